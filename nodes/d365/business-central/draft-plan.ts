import type { PostedDocument, ReturnEvent, ReturnLine } from '../../returns/event';
import { fractionOf } from '../../returns/exact-fraction';
import type { Mappings } from '../../returns/mappings';
import { formatMoney, money, negateMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { EACH, quantity } from '../../returns/quantity';
import { convertUnit } from '../../returns/unit-conversion';
import { planLines, type PlanFacts, type PlannedLine } from '../fscm/match-lines';
import type { EarlierReturn } from '../fscm/orders';
import { textOf, type D365Row } from '../fscm/rows';
import type { UnitFacts } from '../fscm/unit-facts';
import type { ReturnOrderPolicy } from '../documents';
import { expectedTotals, type DraftRow } from './draft-rows';
import type { BcSale, BcSaleLine } from './sales';

export interface DraftFacts {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces. */
  mapped: ReturnEvent;
  mappings: Mappings | null;
  sale: BcSale;
  earlier: readonly EarlierReturn[];
  /** Whether fees are lines of the draft; without, they are. */
  fees?: ReturnOrderPolicy['fees'];
  /** Items that fees are mapped to, by number in capitals. */
  feeItems: ReadonlyMap<string, D365Row>;
  eachUnit: string;
  /** How units of items are counted in single pieces; null where the company does not publish it. */
  units: UnitFacts | null;
  countIn: 'order-unit' | 'pieces';
}

export type DraftPlan = { rows: DraftRow[]; planned: PlannedLine[] } | { problem: Problem };

/**
 * The lines of the draft credit memo of a return: goods with the sale's own prices, shared out to the penny over all returns
 * of a line (R50, R52); fees of the platform as lines below zero (R167, R170).
 */
export function planDraft(facts: DraftFacts): DraftPlan {
  const { sale, event } = facts;
  const mapped = withVariants(facts.mapped, sale);
  const plan = (amountOf: (line: BcSaleLine) => Money): ReturnType<typeof planLines> => {
    const sales = sale.lines.map((line) => ({ ...line, amount: amountOf(line) }));
    const { mappings, earlier, eachUnit, countIn } = facts;
    const units = unitsOf(facts.units ?? null, mappings);
    return planLines({
      event,
      mapped,
      mappings,
      sales,
      earlier,
      eachUnit,
      units,
      countIn,
    } satisfies PlanFacts);
  };
  // The same shares are taken of each of the three amounts.
  const [base, gross, tax] = [
    plan(({ amount }) => amount),
    plan((line) => line.gross),
    plan((line) => line.tax),
  ];
  if ('problem' in base) return base;
  if ('problem' in gross) return gross;
  if ('problem' in tax) return tax;
  if (base.planned.length === 0) {
    return {
      problem: { code: 'line-not-on-order', what: 'nothing: no goods come back', lines: [] },
    };
  }
  const goods = base.planned.map((row, at) =>
    goodsRow(row, sale, gross.planned[at]?.amount ?? row.amount, tax.planned[at]?.amount ?? row.amount),
  );
  const fees = planFees(facts);
  if ('problem' in fees) return fees;
  const rows = sale.inclusive ? fees.rows : feesToThePenny(goods, fees.rows, sale.currency);
  return { rows: [...goods, ...rows], planned: base.planned };
}

/**
 * Where tax comes on top, it is worked out on the sum of each tax group, so that the rounding of a fee's tax depends on the
 * goods beside it: its amount without tax is chosen so that the credit is lower by the fee to the penny (R170).
 */
function feesToThePenny(goods: readonly DraftRow[], fees: readonly DraftRow[], currency: string): DraftRow[] {
  const total = (rows: readonly DraftRow[]): number => expectedTotals(rows, false, currency).gross.minor;
  const chosen: DraftRow[] = [];
  for (const fee of fees) {
    const before = [...goods, ...chosen];
    const wanted = total(before) + fee.gross;
    const nearby = [0, 1, -1].map((away) => ({ ...fee, base: fee.base + away, tax: fee.tax - away }));
    chosen.push(nearby.find((row) => total([...before, row]) === wanted) ?? fee);
  }
  return chosen;
}

/**
 * What a unit of the sale holds, by the table of units of the mappings: the standard API does not tell it (C2). Only whole
 * ones are credited.
 */
function unitsOf(published: UnitFacts | null, mappings: Mappings | null): UnitFacts | null {
  if (mappings === null) return published;
  return {
    piecesIn: (item, unit) => {
      const told = published?.piecesIn(item, unit) ?? null;
      if (told) return told;
      const one = convertUnit(mappings, item, quantity(1, unit), EACH);
      return one.ok ? fractionOf(one.factor) : null;
    },
    decimalsOf: (unit) => published?.decimalsOf(unit) ?? 0,
  };
}

/** Where the sale has an item in one variant only, the item's number tells that variant. */
function withVariants(event: ReturnEvent, sale: BcSale): ReturnEvent {
  const lines = event.lines.map((line): ReturnLine => {
    const sku = line.sku?.toLowerCase();
    const named = new Set(
      sale.lines.filter(({ number }) => number.toLowerCase() === sku).map(({ itemNumber }) => itemNumber),
    );
    const [only] = named;
    return only !== undefined && named.size === 1 ? { ...line, sku: only } : line;
  });
  return { ...event, lines };
}

function goodsRow(planned: PlannedLine, sale: BcSale, gross: Money, tax: Money): DraftRow {
  const { line, external, units, quantity, amount } = planned;
  const sold = sale.lines.find(({ lotId }) => lotId === planned.sale.lotId);
  return {
    line: line.id,
    external,
    units,
    fee: false,
    item: sold?.number ?? planned.sale.itemNumber,
    variantId: sold?.variantId ?? '',
    unit: planned.unit,
    quantity,
    price: planned.price,
    base: negateMoney(amount).minor,
    gross: negateMoney(gross).minor,
    tax: negateMoney(tax).minor,
    taxCode: sold?.taxCode ?? '',
    taxRate: sold?.taxRate ?? null,
  };
}

/** The fees of a return that its draft is lowered by: one of nothing is no line, and a node may leave them out. */
export function feesToPost(event: ReturnEvent, fees: ReturnOrderPolicy['fees']): ReturnLine[] {
  if (fees === 'leave-out') return [];
  return event.lines.filter(({ kind, price }) => kind === 'fee' && price?.minor !== 0);
}

/** What a fee keeps back, in minor units: some platforms tell it as an amount below zero. */
function chargedMinor({ quantity }: ReturnLine, price: Money): number {
  return Math.round(Math.abs(price.minor) * quantity.value);
}

/** Fees that came, or were changed, after the draft was made: the credit is not lowered by them, so somebody is told. */
export function feesChangedSince(
  fees: readonly ReturnLine[],
  { number, references, amount }: PostedDocument,
): Problem | null {
  const rows = JSON.parse(references['rows'] ?? '[]') as DraftRow[];
  const currency = amount?.currency ?? '';
  const held = new Map(rows.filter(({ fee }) => fee).map(({ line, gross }) => [line, -gross]));
  const changed = fees.filter(
    (line) => line.price === null || held.get(line.id) !== chargedMinor(line, line.price),
  );
  if (changed.length === 0) return null;
  return {
    code: 'return-grown',
    what: `credit memo ${number}`,
    lines: changed.map((line) => {
      const minor = held.get(line.id);
      return {
        lineId: line.id,
        sku: line.sku,
        field: 'fee',
        expected: minor === undefined ? 'no fee' : formatMoney(money(minor, currency)),
        received: `${feeName(line)}${line.price === null ? '' : ` ${formatMoney(line.price)}`}`,
      };
    }),
  };
}

/** The item that a fee of the platform is booked on; undefined where it has no row. */
export function feeItemOf(line: ReturnLine, mappings: Mappings | null): string | undefined {
  return mappings?.find('fee', { fee: feeName(line) })?.item;
}

function feeName(line: ReturnLine): string {
  return line.sku ?? line.description ?? line.id;
}

/**
 * A fee is a line of quantity 1 with a price below zero, on an item that is no stock: the credit is lower by it, and nothing
 * moves. What has no row, or a row that names goods, stops the whole credit (R168).
 */
function planFees({
  event,
  mappings,
  sale,
  fees,
  feeItems,
}: DraftFacts): { rows: DraftRow[] } | { problem: Problem } {
  const rows: DraftRow[] = [];
  for (const line of feesToPost(event, fees)) {
    const name = feeName(line);
    const number = feeItemOf(line, mappings);
    if (number === undefined) {
      return { problem: feeProblem(line, name, 'a row in the table fee of the Return Mappings') };
    }
    const item = feeItems.get(number.toUpperCase());
    if (!item || textOf(item, 'type') === 'Inventory') {
      const what = `${name} is ${number}, ${item ? 'which is kept in stock' : 'which is not there'}`;
      return { problem: feeProblem(line, what, 'an item of type Service or Non-Inventory') };
    }
    if (line.price === null) return { problem: feeProblem(line, `${name} has no amount`, 'an amount') };
    if (line.price.currency !== sale.currency) {
      const what = `${name} is ${formatMoney(line.price)}`;
      return { problem: feeProblem(line, what, `an amount in ${sale.currency}`) };
    }
    const gross = chargedMinor(line, line.price);
    const rate = sale.lines.find(({ taxCode }) => taxCode === textOf(item, 'taxGroupCode'))?.taxRate;
    if (rate === undefined && !sale.inclusive) {
      const what = `${name}: the rate of ${textOf(item, 'taxGroupCode') || 'its tax group'} is not told by the order`;
      return { problem: feeProblem(line, what, 'a tax group of the goods of the order') };
    }
    const tax = taxWithin(gross, rate ?? 0);
    rows.push({
      line: line.id,
      external: line.id,
      units: 0,
      fee: true,
      item: textOf(item, 'number'),
      variantId: '',
      unit: '',
      quantity: 1,
      price: 0,
      base: -(sale.inclusive ? gross : gross - tax),
      gross: -gross,
      tax: -tax,
      taxCode: textOf(item, 'taxGroupCode'),
      taxRate: rate ?? null,
    });
  }
  return { rows };
}

/** The tax that an amount holds at a rate in percent, rounded half up. */
export function taxWithin(gross: number, rate: number): number {
  return Math.round(Number(((gross * rate) / (100 + rate)).toFixed(6)));
}

function feeProblem(line: ReturnLine, what: string, expected: string): Problem {
  return {
    code: 'fee-unmapped',
    what,
    lines: [
      { lineId: line.id, sku: line.sku, field: 'fee', expected, received: line.sku ?? line.description },
    ],
  };
}
