import { fineOf } from '../../returns/fine-amount';
import type { Money } from '../../returns/money';
import type { D365Client } from './client';
import { NAMES_OF } from './names';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import type { OrderItems } from './order-items';
import type { SalesLine } from './orders';
import { numberOf, textOf, type D365Row } from './rows';
import { rateOf, rounded } from './tax-rate';

/** A line of an invoice, as far as it tells the tax of a line of the sale. */
interface InvoicedLine {
  product: string;
  quantity: number;
  amount: number;
  tax: number;
}

/** Reads the lines of invoices; they name no sales order, so they are found by the numbers of the invoices (A8). */
export async function invoicedLines(
  invoices: readonly string[],
  client: Pick<D365Client, 'readTogether'>,
  company: string,
  signal?: AbortSignal,
): Promise<D365Row[]> {
  if (invoices.length === 0) return [];
  const answers = await client.readTogether(
    inChunks(invoices, 'InvoiceNumber').map((chunk) =>
      listPath('SalesInvoiceV4Lines', {
        filter: and(eq('dataAreaId', company), anyOf('InvoiceNumber', chunk)),
        select: NAMES_OF.tax.SalesInvoiceV4Lines,
      }),
    ),
    signal,
  );
  return answers.flat();
}

/**
 * The tax of each line of a sale, by its lot, as far as its invoices tell: they know products and not lines of the order, so
 * a line's tax is told where the same product was invoiced in the same quantity and amount, in one piece or, where the order
 * has the product once, in several.
 */
export function taxesOf(
  sales: readonly SalesLine[],
  invoiced: readonly D365Row[],
  items: OrderItems,
): Map<string, Money> {
  const open = invoiced.map((row): InvoicedLine => ({
    product: textOf(row, 'ProductNumber').toLowerCase(),
    quantity: numberOf(row, 'InvoicedQuantity'),
    amount: numberOf(row, 'LineAmount'),
    tax: numberOf(row, 'LineTotalTaxAmount'),
  }));
  const productOf = ({ itemNumber }: SalesLine): readonly string[] => {
    const item = itemNumber.toLowerCase();
    return [item, items.get(item)?.productNumber.toLowerCase() ?? item];
  };
  const taxes = new Map<string, Money>();
  for (const sale of sales) {
    const names = productOf(sale);
    const mine = open.filter(({ product }) => names.includes(product));
    const fits = (lines: readonly InvoicedLine[]): boolean =>
      near(sum(lines, 'quantity'), sale.quantity) && near(sum(lines, 'amount'), amountOf(sale));
    const whole = mine.find((one) => fits([one]));
    const once = sales.filter((other) => names.includes(other.itemNumber.toLowerCase())).length === 1;
    const lines = whole ? [whole] : once && fits(mine) ? mine : [];
    if (lines.length === 0) continue;
    taxes.set(sale.lotId, rounded(sum(lines, 'tax'), sale.amount.currency));
    for (const line of lines) open.splice(open.indexOf(line), 1);
  }
  return taxes;
}

/**
 * The rates that items of a tax group were sold with, in hundredths of a percent; a group of different rates has none.
 *
 * @param taxes by lot
 */
export function ratesOf(
  sales: readonly SalesLine[],
  taxes: ReadonlyMap<string, Money>,
  items: OrderItems,
): Map<string, number> {
  const found = new Map<string, Set<number>>();
  for (const sale of sales) {
    const tax = taxes.get(sale.lotId);
    const rate = tax && rateOf(sale.amount, tax);
    if (rate === undefined || rate === null) continue;
    const group = taxGroupOf(sale, items);
    found.set(group, (found.get(group) ?? new Set()).add(rate));
  }
  return new Map(
    [...found].flatMap(([group, rates]) =>
      rates.size === 1 ? [...rates].map((rate) => [group, rate] as const) : [],
    ),
  );
}

/** The tax group of a line: its own, else that of its item. */
export function taxGroupOf({ taxGroup, itemNumber }: SalesLine, items: OrderItems): string {
  const group =
    taxGroup === undefined || taxGroup === '' ? items.get(itemNumber.toLowerCase())?.taxGroup : taxGroup;
  return (group ?? '').toLowerCase();
}

function amountOf({ amount }: SalesLine): number {
  return fineOf(amount) / 10_000;
}

function sum(lines: readonly InvoicedLine[], field: 'quantity' | 'amount' | 'tax'): number {
  return lines.reduce((all, line) => all + line[field], 0);
}

function near(one: number, other: number): boolean {
  return Math.abs(one - other) < 1e-6;
}
