import { addMoney, formatMoney, money, parseMoney, sumMoney, type Money } from '../../returns/money';
import { numberOf, textOf, type D365Row } from './rows';
import type { PostedDocument } from '../../returns/event';
import type { Problem } from '../../returns/posting-checks';
import type { PlannedLine } from './match-lines';
import { isGoodsLine } from './earlier-returns';
import type { OrderDetails, SalesOrder } from './orders';
import type { MappedFee, PlannedFee } from './plan-fees';
import { rounded } from './tax-rate';

/** The lines of a return order that was read with them. */
export function linesOf(header: D365Row): D365Row[] {
  const lines = header['ReturnOrderLines'];
  return Array.isArray(lines) ? (lines as D365Row[]) : [];
}

/** Sum of the line amounts, as the ERP states them. */
export function amountOf(lines: readonly D365Row[], currency: string): Money {
  return sumMoney(
    lines.map((line) => parseMoney(numberOf(line, 'LineAmount'), currency)),
    currency,
  );
}

/** Lines of the found document that are not of this return: somebody else's content under our reference. */
export function strangeLines(
  present: readonly D365Row[],
  planned: readonly PlannedLine[],
  fees: readonly PlannedFee[],
  number: string,
): Problem | null {
  const ours = new Set([...planned, ...fees].map(({ external }) => external));
  const strange = present.filter((line) => !ours.has(textOf(line, 'ExternalItemNumber')));
  if (strange.length === 0) return null;
  return {
    code: 'document-conflict',
    what: `return order ${number}`,
    lines: strange.map((line) => ({
      field: 'line',
      expected: planned.map(({ sale, quantity }) => `${quantity} × ${sale.itemNumber}`).join(', '),
      received: `${-numberOf(line, 'ReturnSalesQuantity')} × ${textOf(line, 'ItemNumber')}`,
    })),
  };
}

/** Compares what the ERP holds with what was meant; the line amount is a field that the ERP may recalculate (A6). */
export function compareWithPlan(
  written: readonly D365Row[],
  planned: readonly PlannedLine[],
  currency: string,
): Problem | null {
  const byId = new Map(written.map((line) => [textOf(line, 'ExternalItemNumber'), line]));
  const different = planned.flatMap(({ line, external, quantity, amount }) => {
    const row = byId.get(external);
    const got = row ? parseMoney(numberOf(row, 'LineAmount'), currency) : money(0, currency);
    const gotQuantity = row ? -numberOf(row, 'ReturnSalesQuantity') : 0;
    if (got.minor === amount.minor && gotQuantity === quantity) return [];
    return [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'amount',
        expected: `${quantity} for ${formatMoney(amount)}`,
        received: `${gotQuantity} for ${formatMoney(got)}`,
      },
    ];
  });
  if (different.length === 0) return null;
  const meant = planned.reduce((sum, { amount }) => addMoney(sum, amount), money(0, currency));
  return {
    code: 'amount-mismatch',
    what: `expected ${formatMoney(meant)}, it has ${formatMoney(amountOf(written, currency))}`,
    lines: different,
  };
}

/**
 * Compares fees with what the platform told (R170). What the ERP makes of their tax is its own; where it comes to more or
 * less than the customer was told, finance decides.
 */
export function compareFees(
  written: readonly D365Row[],
  fees: readonly PlannedFee[],
  { currency, taxIncluded }: Pick<SalesOrder, 'currency' | 'taxIncluded'>,
): Problem | null {
  const byId = new Map(
    written.filter((line) => !isGoodsLine(line)).map((line) => [textOf(line, 'ExternalItemNumber'), line]),
  );
  const different = fees.flatMap(({ line, external, gross }) => {
    const row = byId.get(external);
    const tax = row && !taxIncluded ? numberOf(row, 'TotalTaxAmount') : 0;
    const got = rounded(row ? numberOf(row, 'LineAmount') + tax : 0, currency);
    if (got.minor === gross.minor) return [];
    return [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'fee',
        expected: formatMoney(gross),
        received: formatMoney(got),
      },
    ];
  });
  if (different.length === 0) return null;
  const what = different.map(({ expected, received }) => `fee ${expected}, it has ${received}`).join('; ');
  return { code: 'amount-mismatch', what, lines: different };
}

/** A fee that came after its return order was made is not on it: the customer would get too much. */
export function grownFees(fees: readonly MappedFee[], document: PostedDocument): Problem | null {
  const posted = (document.references['fees'] ?? '').split(' ').map((entry) => entry.replace(/×\d+$/, ''));
  const late = fees.filter(({ line }) => !posted.includes(line.id));
  if (late.length === 0) return null;
  return {
    code: 'return-grown',
    what: `return order ${document.number}`,
    lines: late.map(({ line, name }) => ({
      lineId: line.id,
      sku: line.sku,
      field: 'fee',
      expected: 'no fee',
      received: name,
    })),
  };
}

/** The one order of a return, which has at most one return order of ours; else what is unclear about them. */
export function theOrder(
  existing: readonly D365Row[],
  orders: readonly SalesOrder[],
  number: string,
): { order: SalesOrder } | { problem: Problem } {
  if (existing.length > 1) {
    const numbers = existing.map((row) => textOf(row, 'ReturnOrderNumber')).join(', ');
    return { problem: { code: 'document-ambiguous', what: numbers, lines: [] } };
  }
  const [order, another] = orders;
  if (!order) return { problem: { code: 'order-unknown', what: `order ${number}`, lines: [] } };
  if (!another) return { order };
  const numbers = orders.map((found) => found.number).join(', ');
  return { problem: { code: 'order-ambiguous', what: numbers, lines: [] } };
}

/** Why no return order can be made of an order; null where it can. */
export function unfitOrder(
  order: SalesOrder,
  { customerKnown, customerHold, invoiced }: OrderDetails,
  requireInvoice: boolean,
): Problem | null {
  if (order.stopped) {
    return { code: 'order-locked', what: `sales order ${order.number} is stopped for processing`, lines: [] };
  }
  if (order.customer === '' || !customerKnown) {
    return { code: 'customer-unknown', what: `account ${order.customer || 'missing'}`, lines: [] };
  }
  // Only that hold keeps a return order from being made; what keeps it from being invoiced is asked when it is credited [I].
  if (customerHold === 'All') {
    return { code: 'customer-on-hold', what: `account ${order.customer} is on hold for All`, lines: [] };
  }
  if (!requireInvoice || invoiced) return null;
  return { code: 'order-not-invoiced', what: `sales order ${order.number}, ${order.status}`, lines: [] };
}
