import type { Account } from './account';
import { totals, UNIT, type SimOrder, type SimPayment, type SimRow } from './records';

/** Codes of an order's state, as order GET names them [D]; search resources use the numbers. */

/** [D order-type GET] */
export const ORDER_TYPES = [
  { id: 1, code: 'SO', description: 'Sales Order' },
  { id: 2, code: 'PO', description: 'Purchase Order' },
  { id: 3, code: 'SC', description: 'Sales Credit' },
  { id: 4, code: 'PC', description: 'Purchase Credit' },
] as const;

/** The numbers are not on a page that is at hand [U]. */
export const STOCK_STATUSES = [
  { id: 1, code: 'SON' },
  { id: 2, code: 'SOP' },
  { id: 3, code: 'SOA' },
  { id: 4, code: 'NON' },
  { id: 9, code: 'SCN' },
  { id: 10, code: 'SCP' },
  { id: 11, code: 'SCA' },
] as const;

export const PAYMENT_STATUSES = [
  { id: 1, code: 'UNPAID' },
  { id: 2, code: 'PARTIALLY_PAID' },
  { id: 3, code: 'PAID' },
  { id: 4, code: 'AUTHORISED' },
  { id: 5, code: 'NOT_APPLICABLE' },
] as const;

export const SHIPPING_STATUSES = [
  { id: 1, code: 'NST' },
  { id: 2, code: 'SNS' },
  { id: 3, code: 'SPS' },
  { id: 4, code: 'ASS' },
] as const;

export function idOf(list: readonly { id: number; code: string }[], code: string): number {
  return list.find((entry) => entry.code === code)?.id ?? 0;
}

/** Rows whose product is counted in stock; units in whole pieces. */
export function stockRows(account: Account, order: SimOrder): SimRow[] {
  return order.rows.filter((row) => {
    const product = row.productId === null ? undefined : account.products.get(row.productId);
    return product !== undefined && account.stockTracked(product);
  });
}

export function stockStatus(account: Account, order: SimOrder): string {
  const rows = stockRows(account, order);
  if (rows.length === 0) return 'NON';
  const moved =
    order.type === 'SO' ? order.shipped : rows.every((row) => row.received >= row.quantity / UNIT);
  if (moved) return `${order.type}A`;
  return `${order.type}${rows.some((row) => row.received > 0) ? 'P' : 'N'}`;
}

export function allocationStatus(account: Account, order: SimOrder): string {
  const rows = stockRows(account, order);
  if (order.type === 'SC' || rows.length === 0) return 'ANR';
  if (order.shipped || rows.every((row) => row.allocated >= row.quantity / UNIT)) return 'AAA';
  return rows.some((row) => row.allocated > 0) ? 'APA' : 'ANA';
}

export function shippingStatus(account: Account, order: SimOrder): string {
  if (stockRows(account, order).length === 0) return 'NST';
  return order.shipped ? 'ASS' : 'SNS';
}

/** What has moved towards settling the document: received on a sale, paid out on a credit. */
export function paymentStatus(order: SimOrder, payments: readonly SimPayment[]): string {
  const { gross } = totals(order);
  const sign = order.type === 'SO' ? 1 : -1;
  const paid =
    sign *
    payments.reduce((sum, { type, amountPaid }) => sum + (type === 'PAYMENT' ? -amountPaid : amountPaid), 0);
  if (gross === 0) return 'NOT_APPLICABLE';
  if (paid >= gross) return 'PAID';
  return paid > 0 ? 'PARTIALLY_PAID' : 'UNPAID';
}
