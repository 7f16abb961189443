import type { ReturnEvent, ReturnLine } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import { formatMoney, negateMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { planLines, type PlanFacts, type PlannedLine } from '../fscm/match-lines';
import type { EarlierReturn } from '../fscm/orders';
import { textOf, type D365Row } from '../fscm/rows';
import type { DraftRow } from './draft-rows';
import type { BcSale, BcSaleLine } from './sales';

export interface DraftFacts {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces. */
  mapped: ReturnEvent;
  mappings: Mappings | null;
  sale: BcSale;
  earlier: readonly EarlierReturn[];
  /** Items that fees are mapped to, by number in capitals. */
  feeItems: ReadonlyMap<string, D365Row>;
  eachUnit: string;
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
    const { mappings, earlier, eachUnit } = facts;
    return planLines({ event, mapped, mappings, sales, earlier, eachUnit } satisfies PlanFacts);
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
  return { rows: [...goods, ...fees.rows], planned: base.planned };
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
    unit: planned.sale.unit,
    quantity,
    price: planned.sale.price,
    base: negateMoney(amount).minor,
    gross: negateMoney(gross).minor,
    tax: negateMoney(tax).minor,
    taxCode: sold?.taxCode ?? '',
    taxRate: sold?.taxRate ?? null,
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
  feeItems,
}: DraftFacts): { rows: DraftRow[] } | { problem: Problem } {
  const rows: DraftRow[] = [];
  for (const line of event.lines.filter(({ kind }) => kind === 'fee')) {
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
    const gross = Math.round(line.price.minor * line.quantity.value);
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
