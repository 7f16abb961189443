import { bundleOnOrder } from '../../returns/bundle-on-order';
import type { ReturnLine } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import type { Problem } from '../../returns/posting-checks';
import { partOfBundle } from '../../returns/posting-lines';
import type { LineUnits } from '../../returns/unit-count';
import type { Placement } from './arrival-place';
import { countedPieces, piecesOnLine, type CountFacts, type Uncountable } from './arrival-units';
import { sameText } from './line-use';
import type { ExpectedLine } from './return-order-state';

/** Units of a line that have arrived and are in no journal yet, as the platform counts them. */
export interface Arrival extends LineUnits {
  line: ReturnLine;
  /** The line in the ERP's names and pieces. */
  known: ReturnLine;
  place: Placement;
}

/** What a journal registers of one lot. */
export interface Take {
  lot: string;
  item: string;
  dimensions: Readonly<Record<string, string>>;
  /** As the journal tells it: in the unit of the item's stock, positive. */
  quantity: number;
  /** The same in the unit of the return line; not in plans that were kept before units were known. */
  onLine?: number;
  quarantine: boolean;
  code: string;
  warehouse: string;
  location: string;
  /** Line of the return that it is of. */
  lineId: string;
}

/** A journal to be made. */
export interface ArrivalPlan {
  journalName: string;
  takes: Take[];
  units: LineUnits[];
  /** Version of the mappings that it was planned with. */
  mappings: string | null;
}

export interface PlanFacts extends CountFacts {
  number: string;
  lines: readonly ExpectedLine[];
  mappings: Mappings | null;
}

/** One item of the ERP that an arrival brings. */
interface Want {
  arrival: Arrival;
  item: string;
  /** Pieces of it in one unit of the line. */
  each: number;
  /** In pieces. */
  shares: { line: ExpectedLine; quantity: number }[];
}

/** Ends of `ExternalItemNumber`: the component of a bundle, a further line of the sale. */
const ENDS = /(\+\d+)?(\/\d+)?$/;
/** Ends of line ids by which a platform tells units of one order line apart. */
const UNIT = /[.~]\d+$/;

/**
 * Finds the lots that goods are registered on: those of the line itself first, which partial arrivals have left open; then,
 * since a platform may tell units of one line apart that it told together before, others of the same item. Never more than
 * a lot has open: where more has arrived, or something else, nothing is registered at all (R173).
 *
 * A line in another unit takes the pieces that its unit and that of the stock tell exactly, by the ERP's own conversions
 * (R45, R46); what is a part of a box waits for the rest of it.
 *
 * One journal has one name, and each lot at most once: what needs another waits for the next journal.
 */
export function planArrival(
  arrivals: readonly Arrival[],
  facts: PlanFacts,
): { plan: ArrivalPlan } | { problem: Problem } {
  const wanted = wantsOf(arrivals, facts);
  if ('problem' in wanted) return wanted;
  const { wants } = wanted;
  const open = new Map(
    facts.lines.map((line) => [line.lot, line.status === 'Awaiting' ? (piecesOnLine(line, facts) ?? 0) : 0]),
  );
  allot(wants, facts.lines, open);
  // Told before anything is counted: twelve pieces are not more than one box.
  const [strange] = wants.flatMap(({ arrival, item, shares }) =>
    facts.lines
      .filter((line) => sameText(line.item, item) && line.status === 'Awaiting')
      .filter((line) => isOfSameLine(line, arrival.line) || shares.some((share) => share.line === line))
      .filter((line) => piecesOnLine(line, facts) === null)
      .map((line) => otherUnit(arrival, line, facts)),
  );
  if (strange) return { problem: strange };
  const short = wants.filter((want) => piecesOf(want) < want.arrival.units * want.each);
  if (short.length > 0) return { problem: notAnnounced(short, facts) };
  return inUnits(firstJournal(arrivals, wants, facts.mappings), arrivals, facts);
}

/** A plan in pieces as the journal and the return order count it. */
function inUnits(
  plan: ArrivalPlan,
  arrivals: readonly Arrival[],
  facts: PlanFacts,
): { plan: ArrivalPlan } | { problem: Problem } {
  const takes: Take[] = [];
  for (const take of plan.takes) {
    const line = facts.lines.find(({ lot }) => lot === take.lot);
    const counted = line ? countedPieces(line, take.quantity, facts) : { quantity: take.quantity };
    if ('not' in counted) {
      const arrival = arrivals.find((one) => one.line.id === take.lineId);
      return { problem: partOfUnit(take, arrival?.line.sku ?? null, counted.not, facts) };
    }
    takes.push({ ...take, ...counted });
  }
  return { plan: { ...plan, takes } };
}

/**
 * The units of arrivals that a journal holds which is there without our knowing how it was meant.
 *
 * @param held pieces by lot
 */
export function unitsHeld(
  arrivals: readonly Arrival[],
  facts: PlanFacts,
  held: ReadonlyMap<string, number>,
): LineUnits[] {
  const wanted = wantsOf(arrivals, facts);
  if ('problem' in wanted) return [];
  allot(wanted.wants, facts.lines, new Map(held));
  return arrivals.flatMap((arrival) => {
    const own = wanted.wants.filter((want) => want.arrival === arrival);
    const units = Math.min(...own.map((want) => Math.floor(piecesOf(want) / want.each)));
    const { lineId, unitIds } = arrival;
    return units > 0 && Number.isFinite(units) ? [{ lineId, units, unitIds: unitIds.slice(0, units) }] : [];
  });
}

function wantsOf(
  arrivals: readonly Arrival[],
  { lines, mappings, number }: PlanFacts,
): { wants: Want[] } | { problem: Problem } {
  const has = (item: string): boolean => lines.some((line) => sameText(line.item, item));
  const wants: Want[] = [];
  for (const arrival of arrivals) {
    const { line, known } = arrival;
    const onOrder = bundleOnOrder(known.sku ?? '', mappings, has);
    if (onOrder === null) return { problem: strangeItem(arrival, lines, number) };
    if ('partOf' in onOrder) return { problem: partOfBundle(known, onOrder.partOf) };
    const pieces = known.quantity.value / line.quantity.value;
    wants.push(
      ...onOrder.wants.map(({ sku, each }) => ({ arrival, item: sku, each: each * pieces, shares: [] })),
    );
  }
  return { wants };
}

/** Lots of the very line go first for all, then those of its other units, then those of the same item. */
function allot(wants: readonly Want[], lines: readonly ExpectedLine[], open: Map<string, number>): void {
  for (const near of [isOfLine, isOfSameLine, () => true]) {
    for (const want of wants) {
      const fitting = lines.filter((line) => sameText(line.item, want.item) && near(line, want.arrival.line));
      for (const line of fitting) take(want, line, open);
    }
  }
}

function take(want: Want, line: ExpectedLine, open: Map<string, number>): void {
  const left = open.get(line.lot) ?? 0;
  const quantity = Math.min(left, want.arrival.units * want.each - piecesOf(want));
  if (quantity <= 0) return;
  open.set(line.lot, left - quantity);
  want.shares.push({ line, quantity });
}

function isOfLine({ external }: ExpectedLine, { id }: ReturnLine): boolean {
  return external.replace(ENDS, '') === id;
}

function isOfSameLine({ external }: ExpectedLine, { id }: ReturnLine): boolean {
  return external.replace(ENDS, '').replace(UNIT, '') === id.replace(UNIT, '');
}

function piecesOf({ shares }: Want): number {
  return shares.reduce((sum, { quantity }) => sum + quantity, 0);
}

function firstJournal(
  arrivals: readonly Arrival[],
  wants: readonly Want[],
  mappings: Mappings | null,
): ArrivalPlan {
  const journalName = arrivals[0]?.place.journalName ?? '';
  const takes = new Map<string, Take>();
  const units: LineUnits[] = [];
  for (const arrival of arrivals) {
    if (arrival.place.journalName !== journalName) continue;
    const own = wants
      .filter((want) => want.arrival === arrival)
      .flatMap(({ shares }) => shares.map(({ line, quantity }) => takeOf(arrival, line, quantity)));
    if (own.some((one) => !goesWith(one, takes.get(one.lot)))) continue;
    for (const one of own) {
      const before = takes.get(one.lot)?.quantity ?? 0;
      takes.set(one.lot, { ...one, quantity: before + one.quantity });
    }
    const { lineId, unitIds } = arrival;
    units.push({ lineId, units: arrival.units, unitIds });
  }
  return { journalName, takes: [...takes.values()], units, mappings: mappings?.version ?? null };
}

function takeOf({ line, place }: Arrival, expected: ExpectedLine, quantity: number): Take {
  const { lot, item, dimensions } = expected;
  const { quarantine, code, location } = place;
  const warehouse = place.warehouse === '' ? expected.warehouse : place.warehouse;
  return { lot, item, dimensions, quantity, quarantine, code, warehouse, location, lineId: line.id };
}

/** Goods of one lot stand on one line of a journal, so they must be meant for the same place. */
function goesWith(one: Take, other: Take | undefined): boolean {
  return (
    other === undefined ||
    (one.quarantine === other.quarantine &&
      one.code === other.code &&
      one.warehouse === other.warehouse &&
      one.location === other.location)
  );
}

function strangeItem({ line, units }: Arrival, lines: readonly ExpectedLine[], number: string): Problem {
  const sku = line.sku ?? '?';
  return {
    code: 'goods-not-announced',
    what: `${sku} is not on return order ${number}`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'sku',
        expected: lines.map(({ quantity, item }) => `${quantity} × ${item}`).join(', '),
        received: `${units} × ${sku}`,
      },
    ],
  };
}

function notAnnounced(short: readonly Want[], { lines, number, eachUnit }: PlanFacts): Problem {
  const told = short.map((want) => {
    const { line } = want.arrival;
    const states = lines.filter(({ item }) => sameText(item, want.item));
    const expected = states.map((one) => `${countOf(one, eachUnit)} ${one.status}`).join(', ');
    const arrived = want.arrival.units * want.each;
    const what = `${want.item}: ${piecesOf(want)} still expected on return order ${number}, ${arrived} arrived`;
    const received = String(arrived);
    return { what, line: { lineId: line.id, sku: line.sku, field: 'quantity', expected, received } };
  });
  const what = told.map((one) => one.what).join('; ');
  return { code: 'goods-not-announced', what, lines: told.map(({ line }) => line) };
}

/** With its unit, where that is not the piece. */
function countOf({ quantity, unit }: ExpectedLine, eachUnit: string): string {
  return sameText(unit, eachUnit) ? String(quantity) : `${quantity} ${unit}`;
}

/** Nobody tells how many pieces a line is, or they would be no whole ones. */
function otherUnit({ line }: Arrival, expected: ExpectedLine, { eachUnit }: PlanFacts): Problem {
  return {
    code: 'unit-mismatch',
    what: `${expected.item}: ${expected.quantity} ${expected.unit}`,
    lines: [{ lineId: line.id, sku: line.sku, field: 'unit', expected: eachUnit, received: expected.unit }],
  };
}

/** Pieces that do not come to a number that the unit may have: nothing is rounded (R46). */
function partOfUnit(
  { item, lineId, quantity }: Take,
  sku: string | null,
  { unit, would, decimals }: Uncountable,
  { number, eachUnit }: PlanFacts,
): Problem {
  if (would === '') {
    const received = unit === '' ? 'a unit that is not told' : unit;
    const line = { lineId, sku, field: 'unit', expected: eachUnit, received: `stock in ${received}` };
    return { code: 'unit-mismatch', what: `${item}: stock in ${received}`, lines: [line] };
  }
  const received = `${quantity} pieces = ${would}`;
  const fits = decimals === 0 ? `whole ${unit}` : `${unit} with at most ${decimals} decimals`;
  const expected = `${fits}: the rest of it, with which all is registered, or a return order in pieces`;
  return {
    code: 'uom-not-representable',
    what: `${item}: ${received} on return order ${number}`,
    lines: [{ lineId, sku, field: 'unit', expected, received }],
  };
}
