import type { BatchMember, ClosedBatch, MemberLine } from '../../nodes/returns/batch';
import type { ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import type { SeededRandom } from '../../nodes/sandbox/world';

/** Days up to this one are closed in the flow; what belongs to them is for finance. */
export const CLOSED_UNTIL = '2026-01-31';

const CLOSED_SHARE = 0.1;
/** Share of the returns that are told twice: received, and accepted later. */
const LATER_SHARE = 0.3;
const BRANDS = ['acme', 'beta'];
const WAREHOUSES = ['NORTH', 'SOUTH'];

/** A return as it was planned, with the events that tell of it. */
export interface PlannedReturn {
  id: string;
  /** It belongs to a closed period. */
  closed: boolean;
  lines: ReturnLine[];
  events: ReturnEvent[];
  acknowledged: boolean;
}

/** The returns of a run: lines in several warehouses, later events, closed days. */
export function planReturns(count: number, random: SeededRandom): PlannedReturn[] {
  return Array.from({ length: count }, (_, at) => {
    const id = `B${String(at).padStart(6, '0')}`;
    const closed = random.next() < CLOSED_SHARE;
    const brand = random.pick(BRANDS);
    const lines = Array.from({ length: random.between(1, 3) }, (__, index) =>
      lineOf(String(index + 1), random),
    );
    const happened = closed ? '2026-01-15T10:00:00.000Z' : '2026-02-20T10:00:00.000Z';
    const later = happened.replace('T10', 'T11');
    const topics =
      random.next() < LATER_SHARE
        ? (['return.received', 'return.accepted'] as const)
        : (['return.accepted'] as const);
    const events = topics.map((topic) =>
      eventOf({ id, brand, topic, at: topic === 'return.accepted' ? later : happened, lines }),
    );
    return { id, closed, lines, events, acknowledged: false };
  });
}

function lineOf(id: string, random: SeededRandom): ReturnLine {
  const sku = `SKU-${random.between(1, 40)}`;
  return {
    id,
    kind: 'item',
    sku,
    description: null,
    upc: null,
    variantId: null,
    orderLineId: id,
    unitIds: [],
    quantity: quantity(random.between(1, 3)),
    reason: { code: null, text: null },
    outcome: null,
    condition: null,
    platformDisposition: null,
    confirmedDisposition: null,
    warehouse: random.pick(WAREHOUSES),
    price: { minor: random.between(100, 9999), currency: 'GBP' },
    tax: null,
    replacementSku: null,
  };
}

function eventOf(facts: {
  id: string;
  brand: string;
  topic: ReturnEvent['topic'];
  at: string;
  lines: ReturnLine[];
}): ReturnEvent {
  const { id, brand, topic, at, lines } = facts;
  return {
    schema: 1,
    id: `event-${id}-${topic}`,
    topic,
    platform: 'crash',
    brand,
    returnId: id,
    platformReturnId: null,
    returnNumber: id,
    order: { number: `O-${id}`, id: null },
    externalRmaId: null,
    occurredAt: at,
    timeBasis: 'platform',
    receivedAt: at,
    purchasedAt: null,
    platformStatus: null,
    shipment: null,
    lines,
    customerToken: null,
    flags: [],
  };
}

/** What was told outside: each batch with all its members, the returns that went out alone, and exceptions. */
export interface Told {
  batches: { batch: ClosedBatch; members: readonly BatchMember[]; times: readonly ClosedBatch[] }[];
  released: readonly ReturnEvent[];
  exceptions: readonly { event: ReturnEvent; code: string }[];
}

export interface BatchVerdict {
  acknowledged: number;
  /** Returns of which every unit is in a batch, or went out alone. */
  posted: number;
  parked: Record<string, number>;
  lost: number;
  duplicate: number;
  wrongAmount: number;
  findings: string[];
  batches: number;
  /** Batches that were sent more than once, because a process died before their flow was done. */
  sentAgain: number;
  released: number;
}

/** Counts from outside where each unit of each return is, and whether the sums are right. */
export function checkBatches(planned: readonly PlannedReturn[], told: Told): BatchVerdict {
  const verdict: BatchVerdict = {
    acknowledged: planned.filter(({ acknowledged }) => acknowledged).length,
    posted: 0,
    parked: {},
    lost: 0,
    duplicate: 0,
    wrongAmount: 0,
    findings: [],
    batches: told.batches.length,
    sentAgain: told.batches.filter(({ times }) => times.length > 1).length,
    released: told.released.length,
  };
  const units = new Map<string, number>();
  const values = new Map<string, number>();
  const count = (id: string, line: string, many: number, value: number): void => {
    units.set(`${id}/${line}`, (units.get(`${id}/${line}`) ?? 0) + many);
    values.set(id, (values.get(id) ?? 0) + value);
  };
  for (const { batch, members, times } of told.batches) {
    for (const { return: id, lines } of members) {
      for (const line of lines) count(id, line.id, line.quantity, line.value ?? 0);
    }
    checkSums(batch, members, times, verdict);
  }
  for (const { returnId, lines } of told.released) {
    for (const {
      id,
      quantity: { value },
      price,
    } of lines)
      count(returnId, id, value, (price?.minor ?? 0) * value);
  }
  const exceptions = new Map(told.exceptions.map(({ event, code }) => [event.returnId, code]));
  for (const one of planned)
    checkReturn(one, units, values.get(one.id) ?? 0, exceptions.get(one.id), verdict);
  checkNumbers(told, verdict);
  return verdict;
}

function checkReturn(
  one: PlannedReturn,
  units: ReadonlyMap<string, number>,
  value: number,
  exception: string | undefined,
  to: BatchVerdict,
): void {
  const find = (what: string): void => void to.findings.push(`${one.id}: ${what}`);
  const counted = one.lines.map((line) => units.get(`${one.id}/${line.id}`) ?? 0);
  const meant = one.lines.map((line) => line.quantity.value);
  if (exception !== undefined) to.parked[exception] = (to.parked[exception] ?? 0) + 1;
  // A reset may have let a return go before its period was looked at: parts of it may be parked, and parts not.
  const excesses = one.lines.map((_, at) => (counted[at] ?? 0) - (meant[at] ?? 0));
  if (excesses.some((excess) => excess > 0)) {
    to.duplicate += 1;
    find(`counted ${counted.join()} of ${meant.join()}`);
    return;
  }
  if (excesses.every((excess) => excess === 0)) {
    to.posted += 1;
    const total = one.lines.reduce((sum, line) => sum + (line.price?.minor ?? 0) * line.quantity.value, 0);
    if (value !== total) {
      to.wrongAmount += 1;
      find(`comes to ${value}, and should to ${total}`);
    }
    return;
  }
  if (one.closed && exception === 'period-closed') return;
  if (!one.acknowledged) return;
  to.lost += 1;
  find(`acknowledged, counted ${counted.join()} of ${meant.join()}, ${exception ?? 'no exception'}`);
}

function checkSums(
  batch: ClosedBatch,
  members: readonly BatchMember[],
  times: readonly ClosedBatch[],
  to: BatchVerdict,
): void {
  const lines: MemberLine[] = members.flatMap((member) => [...member.lines]);
  const value = lines.reduce((sum, line) => sum + (line.value ?? 0), 0);
  const many = lines.reduce((sum, line) => sum + line.quantity, 0);
  const { overall, bySku } = batch.totals;
  const skus = bySku.reduce((sum, total) => sum + (total.value ?? 0), 0);
  const units = bySku.reduce((sum, total) => sum + total.quantity, 0);
  if (overall.value !== value || skus !== value || units !== many || overall.members !== members.length) {
    to.wrongAmount += 1;
    to.findings.push(`${batch.number}: totals ${overall.value} for ${units}, members ${value} for ${many}`);
  }
  const first = JSON.stringify(times[0]);
  if (times.some((time) => JSON.stringify(time) !== first)) {
    to.wrongAmount += 1;
    to.findings.push(`${batch.number}: was not the same when it was sent again`);
  }
}

/** Numbers run from 1 without a gap, as finance expects of a journal. */
function checkNumbers({ batches }: Told, to: BatchVerdict): void {
  const numbers = batches.map(({ batch }) => Number(batch.number.split('-').at(-1))).sort((a, b) => a - b);
  const wrong = numbers.findIndex((number, at) => number !== at + 1);
  if (wrong >= 0) to.findings.push(`number ${wrong + 1} of the batches is ${numbers[wrong] ?? 0}`);
}
