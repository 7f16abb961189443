import { money, parseMoney, type Money } from '../../returns/money';
import { and, eq } from '../fscm/odata';
import type { EarlierReturn, SalesLine } from '../fscm/orders';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import type { D365Settings } from '../settings';
import type { BcCalls } from './client';
import { orderTag } from './external-number';
import { contains, eqWithin, setPath, withLines } from './query';

/** A line of a posted invoice. `amount` is the line's as its prices are, with or without tax, after every discount. */
export interface BcSaleLine extends SalesLine {
  /** Item number without the variant, which stands in `itemNumber` besides. */
  number: string;
  variantId: string;
  name: string;
  gross: Money;
  tax: Money;
  taxCode: string;
  /** In percent. */
  taxRate: number;
  locationId: string;
}

/** What was invoiced of an order: one invoice, or several of its parts. */
export interface BcSale {
  orderNumber: string;
  invoices: { id: string; number: string }[];
  customer: string;
  currency: string;
  /** Whether its prices contain tax. */
  inclusive: boolean;
  /** Where the goods went, as the invoice tells it; for replacements. */
  shipTo: D365Row;
  /** The order is still there, as far as it is found by the number that the platform knows. */
  orderLeft: boolean;
  lines: BcSaleLine[];
}

export type FoundSale =
  | { found: 'sale'; sale: BcSale }
  | { found: 'unknown' }
  | { found: 'ambiguous'; what: string }
  | { found: 'not-invoiced' | 'cancelled'; what: string; customer: string; currency: string };

/** Longest external document number, and longest numbers of orders and invoices. */
export const LONGEST = { externalDocumentNumber: 35, orderNumber: 20, number: 20 } as const;

/** Statuses of invoices that are posted and hold; `Open` is posted and not paid (B4). */
const POSTED = ['Open', 'Paid'];

/** Finds the sale by the number that the returns platform knows (B6, B-1): its invoices, else its order. */
export async function findBcSale(
  orderNumber: string,
  client: BcCalls,
  { bcOrderField }: Pick<D365Settings, 'bcOrderField'>,
  signal?: AbortSignal,
): Promise<FoundSale> {
  const filter = eqWithin(bcOrderField, orderNumber, LONGEST[bcOrderField]);
  if (filter === null) return { found: 'unknown' };
  // What an invoice calls the number of its order is the order's own number.
  const ofOrder = eq(bcOrderField === 'orderNumber' ? 'number' : bcOrderField, orderNumber);
  const [invoices = [], orders = []] = await client.readTogether(
    [
      setPath('salesInvoices', { filter, expand: withLines('salesInvoiceLines') }),
      setPath('salesOrders', { filter: ofOrder }),
    ],
    signal,
  );
  const posted = invoices.filter((row) => POSTED.includes(statusOf(row)));
  const [first] = posted;
  if (first) return fromInvoices(orderNumber, first, posted, orders);
  const cancelled = invoices.find((row) => statusOf(row) === 'Canceled');
  if (cancelled) {
    const what = `sales invoice ${textOf(cancelled, 'number')} was cancelled`;
    return { found: 'cancelled', what, ...partyOf(cancelled) };
  }
  const [order] = [...orders, ...invoices];
  if (!order) return { found: 'unknown' };
  const what = `sales order ${textOf(order, 'number')}, ${statusOf(order)}`;
  return { found: 'not-invoiced', what, ...partyOf(order) };
}

function partyOf(row: D365Row): { customer: string; currency: string } {
  return { customer: textOf(row, 'customerNumber'), currency: textOf(row, 'currencyCode') };
}

function fromInvoices(
  orderNumber: string,
  first: D365Row,
  posted: readonly D365Row[],
  orders: readonly D365Row[],
): FoundSale {
  const same = (field: string): boolean =>
    posted.every((row) => textOf(row, field) === textOf(first, field)) &&
    posted.every((row) => row['pricesIncludeTax'] === first['pricesIncludeTax']);
  // Parts of one order are invoiced one by one; anything else that bears the number is another sale.
  if (!same('customerNumber') || !same('currencyCode') || !same('orderNumber')) {
    const what = posted.map((row) => `sales invoice ${textOf(row, 'number')}`).join(', ');
    return { found: 'ambiguous', what };
  }
  const currency = textOf(first, 'currencyCode');
  const inclusive = first['pricesIncludeTax'] === true;
  return {
    found: 'sale',
    sale: {
      orderNumber,
      invoices: posted.map((row) => ({ id: textOf(row, 'id'), number: textOf(row, 'number') })),
      customer: textOf(first, 'customerNumber'),
      currency,
      inclusive,
      shipTo: first,
      orderLeft: orders.some((row) => textOf(row, 'number') === textOf(first, 'orderNumber')),
      lines: posted.flatMap((row) =>
        linesIn(row, 'salesInvoiceLines')
          .filter((line) => textOf(line, 'lineType') === 'Item')
          .map((line) => saleLine(line, textOf(row, 'number'), currency, inclusive)),
      ),
    },
  };
}

function saleLine(row: D365Row, invoice: string, currency: string, inclusive: boolean): BcSaleLine {
  const number = textOf(row, 'lineObjectNumber');
  const gross = amountIn(row, 'netAmountIncludingTax', currency);
  return {
    lotId: `${invoice}/${numberOf(row, 'sequence')}`,
    itemNumber: itemName(number, row),
    dimensions: {},
    quantity: numberOf(row, 'quantity'),
    unit: textOf(row, 'unitOfMeasureCode'),
    price: numberOf(row, 'unitPrice'),
    amount: inclusive ? gross : amountIn(row, 'netAmount', currency),
    external: '',
    number,
    variantId: variantOf(row),
    name: textOf(row, 'description'),
    gross,
    tax: amountIn(row, 'netTaxAmount', currency),
    taxCode: textOf(row, 'taxCode'),
    taxRate: numberOf(row, 'taxPercent'),
    locationId: textOf(row, 'locationId'),
  };
}

/** An item with its variant, where it has one: `TEE-01/RED`. */
export function itemName(number: string, line: D365Row): string {
  const variant = line['itemVariant'] as D365Row | null | undefined;
  const code = variant ? textOf(variant, 'code') : '';
  return code === '' ? number : `${number}/${code}`;
}

const BLANK_GUID = '00000000-0000-0000-0000-000000000000';

/** A blank id is all zeros (B2). */
export function idIn(row: D365Row, field: string): string {
  const id = textOf(row, field);
  return id === BLANK_GUID ? '' : id;
}

function variantOf(row: D365Row): string {
  return idIn(row, 'itemVariantId');
}

/** A member of an option: blanks and signs come escaped (B2). */
export function optionIn(row: D365Row, field: string): string {
  return textOf(row, field).replace(/_x([0-9a-f]{4})_/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** The status of a document, such as `In Review`. */
export function statusOf(row: D365Row): string {
  return optionIn(row, 'status').trim();
}

/** The lines of a document that was read with them. */
export function linesIn(header: D365Row, set: string): D365Row[] {
  const lines = header[set];
  return Array.isArray(lines) ? (lines as D365Row[]) : [];
}

/** An amount as Business Central tells it; more decimals than the currency has are rounded away. */
export function amountIn(row: D365Row, field: string, currency: string): Money {
  const value = numberOf(row, field);
  const one = parseMoney('1', currency).minor;
  return money(Math.sign(value) * Math.round(Number((Math.abs(value) * one).toFixed(4))), currency);
}

/**
 * Addresses of the credit memos of a sale, drafts and posted: those with the order number in their external number, as ours
 * have it; those with the order number itself, and those applied to its invoices, as people make them.
 */
export function memoPaths(sale: BcSale): string[] {
  const expand = withLines('salesCreditMemoLines');
  const ours = contains('externalDocumentNumber', orderTag(sale.orderNumber));
  return [
    and(ours, eq('customerNumber', sale.customer)),
    ...sale.invoices.map(({ number }) => eq('invoiceNumber', number)),
  ].map((filter) => setPath('salesCreditMemos', { filter, expand }));
}

/** What credit memos of others took of a sale. A cancelled one has given it back. */
export function earlierReturns(memos: readonly D365Row[], own: ReadonlySet<string>): EarlierReturn[] {
  const each = new Map(memos.map((memo) => [textOf(memo, 'id'), memo]));
  return [...each.values()]
    .filter((memo) => statusOf(memo) !== 'Canceled')
    .filter((memo) => !own.has(textOf(memo, 'externalDocumentNumber').toUpperCase()))
    .flatMap((memo) => linesIn(memo, 'salesCreditMemoLines'))
    .filter((line) => textOf(line, 'lineType') === 'Item')
    .map((line) => ({
      itemNumber: itemName(textOf(line, 'lineObjectNumber'), line),
      external: '',
      quantity: numberOf(line, 'quantity'),
      unit: textOf(line, 'unitOfMeasureCode'),
    }));
}
