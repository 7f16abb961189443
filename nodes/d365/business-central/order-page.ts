import { LedgerError } from '../../returns/failure';
import { formatMoney, money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { and, eq, keyPath, quoted } from '../fscm/odata';
import type { EarlierReturn } from '../fscm/orders';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import type { D365Settings } from '../settings';
import type { BcCalls } from './client';
import type { DraftRow } from './draft-rows';
import { orderTag } from './external-number';
import { amountIn, statusOf, type BcSale } from './sales';

/**
 * Sales return orders as the published pages 6630 and 6631 show them. Fields are spelled after their captions
 * (`reference/dynamics365.md` B5) [I]; there is no deep insert here (B2).
 */
export const RETURN_ORDER = 'Return Order';

export interface OrderPage {
  header: D365Row;
  lines: D365Row[];
}

type Pages = Pick<D365Settings, 'bcReturnOrderPage' | 'bcReturnLinesPage'>;

function filtered(page: string, filter: string): { page: string } {
  return { page: `${page}?$filter=${encodeURIComponent(filter)}` };
}

export function headerPath({ bcReturnOrderPage }: Pages, number: string): { page: string } {
  return { page: `${bcReturnOrderPage}(${keyPath({ Document_Type: RETURN_ORDER, No: number })})` };
}

export function linePath({ bcReturnLinesPage }: Pages, number: string, line: number): { page: string } {
  const key = { Document_Type: RETURN_ORDER, Document_No: number, Line_No: line };
  return { page: `${bcReturnLinesPage}(${keyPath(key)})` };
}

/** A return order as it stands at this moment; null where there is none, or none any more. */
export async function readOrder(
  client: BcCalls,
  pages: Pages,
  number: string,
  signal?: AbortSignal,
): Promise<OrderPage | null> {
  const byNumber = and(eq('Document_Type', RETURN_ORDER), eq('No', number));
  const [header] = await client.rows(filtered(pages.bcReturnOrderPage, byNumber), signal);
  return header ? { header, lines: await linesOf(client, pages, number, signal) } : null;
}

export async function linesOf(
  client: BcCalls,
  pages: Pages,
  number: string,
  signal?: AbortSignal,
): Promise<D365Row[]> {
  const ofOrder = and(eq('Document_Type', RETURN_ORDER), eq('Document_No', number));
  return client.rows(filtered(pages.bcReturnLinesPage, ofOrder), signal);
}

/** Return orders of a customer with an external number: Business Central takes several (B5.1). */
export function ordersNumbered(
  client: BcCalls,
  pages: Pages,
  external: string,
  customer: string | null,
  signal?: AbortSignal,
): Promise<D365Row[]> {
  const conditions = [eq('Document_Type', RETURN_ORDER), eq('External_Document_No', external)];
  if (customer !== null) conditions.push(eq('Sell_to_Customer_No', customer));
  return client.rows(filtered(pages.bcReturnOrderPage, and(...conditions)), signal);
}

/** What other return orders of a sale hold that is no credit yet; what is credited stands in credit memos. */
export async function openReturns(
  client: BcCalls,
  pages: Pages,
  sale: BcSale,
  own: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<EarlierReturn[]> {
  const filter = and(
    eq('Document_Type', RETURN_ORDER),
    `contains(External_Document_No,${quoted(orderTag(sale.orderNumber))})`,
    eq('Sell_to_Customer_No', sale.customer),
  );
  const orders = await client.rows(filtered(pages.bcReturnOrderPage, filter), signal);
  const open: EarlierReturn[] = [];
  for (const order of orders) {
    if (own.has(textOf(order, 'External_Document_No').toUpperCase())) continue;
    for (const line of await linesOf(client, pages, textOf(order, 'No'), signal)) {
      const variant = textOf(line, 'Variant_Code');
      const quantity = numberOf(line, 'Quantity') - numberOf(line, 'Quantity_Invoiced');
      if (textOf(line, 'Type') !== 'Item' || quantity <= 0) continue;
      const itemNumber = `${textOf(line, 'No')}${variant === '' ? '' : `/${variant}`}`;
      open.push({ itemNumber, external: '', quantity, unit: textOf(line, 'Unit_of_Measure_Code') });
    }
  }
  return open;
}

/** Whether a line of the order is the planned one: item, variant, unit, quantity and price. */
export function holdsRow(line: D365Row, row: DraftRow, variantCode: string, currency: string): boolean {
  return (
    textOf(line, 'No').toUpperCase() === row.item.toUpperCase() &&
    textOf(line, 'Variant_Code').toUpperCase() === variantCode.toUpperCase() &&
    (row.fee || textOf(line, 'Unit_of_Measure_Code').toUpperCase() === row.unit.toUpperCase()) &&
    numberOf(line, 'Quantity') === row.quantity &&
    amountIn(line, 'Unit_Price', currency).minor * row.quantity === row.base
  );
}

/** How an order that was made differs from its plan, by the numbers of its lines; null where it does not (R18). */
export function changedByHand(
  { header, lines }: OrderPage,
  rows: readonly DraftRow[],
  currency: string,
): Problem | null {
  const goods = lines.filter((line) => textOf(line, 'Type') === 'Item');
  const wrong = rows.flatMap((row) => {
    const line = goods.find((one) => numberOf(one, 'Line_No') === row.lineNo);
    if (line && holdsRow(line, row, textOf(line, 'Variant_Code'), currency)) return [];
    const expected = `${row.quantity} × ${row.item} for ${formatMoney(money(row.base, currency))}`;
    return [{ lineId: row.line, sku: row.item, field: 'line', expected, received: wordsOf(line) }];
  });
  const more = goods
    .filter((line) => !rows.some(({ lineNo }) => lineNo === numberOf(line, 'Line_No')))
    .map((line) => ({
      sku: textOf(line, 'No'),
      field: 'line',
      expected: 'nothing',
      received: wordsOf(line),
    }));
  const differences = [...wrong, ...more];
  if (differences.length === 0) return null;
  return { code: 'document-conflict', what: `return order ${textOf(header, 'No')}`, lines: differences };
}

export function wordsOf(line: D365Row | undefined): string {
  if (!line) return 'nothing';
  return `${numberOf(line, 'Quantity')} × ${textOf(line, 'No')} at ${numberOf(line, 'Unit_Price')}`;
}

/** Open and released orders can be posted; one in approval is somebody's decision (C1 row 1). */
export function waitForApproval({ header }: OrderPage): void {
  const status = statusOf({ status: textOf(header, 'Status') });
  if (!status.startsWith('Pending')) return;
  throw new LedgerError({
    code: 'd365-draft-in-review',
    class: 'state-blocked',
    message: `Return order ${textOf(header, 'No')} has the status ${status} in Business Central`,
  });
}

/** Somebody has deleted the order. */
export function orderGone(number: string): Problem {
  const what = `return order ${number} was deleted in Business Central`;
  const lines = [{ field: 'document', expected: `return order ${number}`, received: 'nothing' }];
  return { code: 'document-conflict', what, lines };
}
