import type { ReturnEvent } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import { negateMoney, shareOf, type Money } from '../../returns/money';
import { withComponents } from '../../returns/bundle-on-order';
import { itemLines, type Problem } from '../../returns/posting-checks';
import { sameText } from './line-use';
import type { PlannedLine } from './match-lines';
import type { OrderDetails, SalesOrder } from './orders';
import type { FscmParts } from './parts';
import { planOnSale, type SoldFacts } from './taken-back';
import { unitsOfOrder } from './unit-facts';
import { groupOf, type CreditNoteLine, type CreditState, type Lot } from './read-credit';

/** What a return is to be credited, by the sale. */
export interface CreditPlan {
  /** Empty where the return order names no sale. */
  planned: readonly PlannedLine[];
  /** Accepted pieces by group of lots. */
  wanted: ReadonlyMap<string, number>;
  /** What was sold and what came back of it; null where the return order names no sale. */
  sold: SoldFacts | null;
}

/** Plans the credit of an event on the sale that its return order names, as the return order itself was planned. */
export async function planCredit(
  { event, mapped, mappings }: { event: ReturnEvent; mapped: ReturnEvent; mappings: Mappings | null },
  state: CreditState,
  reference: string,
  parts: Pick<FscmParts, 'orders' | 'settings' | 'units'>,
  signal?: AbortSignal,
): Promise<CreditPlan | { problem: Problem }> {
  if (state.salesOrder === '') {
    const wanted = new Map(itemLines(mapped).map(({ id, quantity }) => [id, quantity.value]));
    return { planned: [], wanted, sold: null };
  }
  const order: SalesOrder = {
    number: state.salesOrder,
    customer: state.customer,
    invoiceCustomer: state.invoiceCustomer,
    currency: state.currency,
    status: '',
    taxIncluded: false,
    stopped: false,
  };
  const goods = withComponents(
    itemLines(mapped).flatMap(({ sku }) => sku ?? []),
    mappings,
  );
  const details = await parts.orders.details(order, reference, signal, goods);
  const { eachUnit } = parts.settings;
  const earlier = madeBefore(details, state.number);
  const units = await unitsOfOrder(details, mapped, parts, signal);
  // Counted as the return order is, which may be in pieces where the sale was in boxes.
  const countIn = state.lots.every(({ unit }) => sameText(unit, eachUnit)) ? 'pieces' : 'order-unit';
  const facts = { sales: details.lines, earlier, eachUnit, units, countIn } as const;
  const plan = planOnSale({ event, mapped, mappings, ...facts });
  if ('problem' in plan) return plan;
  const wanted = new Map<string, number>();
  for (const { external, quantity } of plan.planned) {
    wanted.set(groupOf(external), (wanted.get(groupOf(external)) ?? 0) + quantity);
  }
  return {
    planned: plan.planned,
    wanted,
    sold: { sales: details.lines, earlier: details.earlier, eachUnit, units },
  };
}

/** Return orders of the sale that were there when ours was planned: of what came later our share does not depend. */
function madeBefore({ earlier }: OrderDetails, number: string): OrderDetails['earlier'] {
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  return earlier.filter(({ returnOrder = '' }) => compare(returnOrder, number) < 0);
}

/** What lots should be credited with, as negative amounts. */
export interface Meant {
  amount: Money;
  /** Null where the invoice of the sale does not tell the tax of its line. */
  tax: Money | null;
}

/**
 * What lots come to by the sale: the next pieces of its lines after those that were credited before, to the penny (R52).
 * Of a lot that the plan does not hold, the return order tells it, which was compared with the sale when it was made.
 *
 * @param before lots of the return that earlier credits hold
 * @param invoiced lines of the invoices of the sale
 */
export function meantFor(
  lots: readonly Lot[],
  before: readonly Lot[],
  planned: readonly PlannedLine[],
  invoiced: readonly CreditNoteLine[],
): (Meant & { lot: Lot; share: PlannedLine | undefined })[] {
  const done = new Map<string, number>();
  for (const { external, pieces } of before) done.set(external, (done.get(external) ?? 0) + pieces);
  const taxes = taxOfLines(planned, invoiced);
  return lots.map((lot) => {
    const share = planned.find(({ external }) => external === lot.external);
    const from = done.get(lot.external) ?? 0;
    const to = from + lot.pieces;
    done.set(lot.external, to);
    if (!share || to > share.quantity) return { lot, share, amount: lot.amount, tax: null };
    const { sale, taken, sold, each } = share;
    const upTo = (quantity: number): number => taken + Math.round(quantity * each);
    const part = (whole: Money): Money => negateMoney(shareOf(whole, upTo(from), upTo(to), sold));
    const tax = taxes.get(sale.lotId);
    return { lot, share, amount: part(sale.amount), tax: tax === undefined ? null : part(tax) };
  });
}

/** The tax of each line of the sale by its lot, where exactly one line of an invoice is that line. */
function taxOfLines(
  planned: readonly PlannedLine[],
  invoiced: readonly CreditNoteLine[],
): Map<string, Money> {
  const taxes = new Map<string, Money>();
  for (const { sale } of planned) {
    const fitting = invoiced.filter(
      ({ item, pieces, amount }) =>
        item.toLowerCase() === sale.itemNumber.toLowerCase() &&
        pieces === sale.quantity &&
        amount.minor === sale.amount.minor,
    );
    // Two lines that are the same have the same tax.
    const [first] = fitting;
    if (first && fitting.every(({ tax }) => tax.minor === first.tax.minor)) taxes.set(sale.lotId, first.tax);
  }
  return taxes;
}
