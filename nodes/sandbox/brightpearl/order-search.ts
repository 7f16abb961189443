import type { Account } from './account';
import {
  idOf,
  ORDER_TYPES,
  PAYMENT_STATUSES,
  paymentStatus,
  SHIPPING_STATUSES,
  shippingStatus,
  STOCK_STATUSES,
  stockStatus,
} from './codes';
import type { SimOrder } from './records';
import type { Column, SearchResource } from './search';
import { wireTime } from './wire';

/** Columns of order-search [D], in the page's order. */
export function orderSearch(account: Account): SearchResource<SimOrder> {
  const columns: Column<SimOrder>[] = [
    { name: 'orderId', type: 'IDSET', value: (order) => order.id },
    {
      name: 'orderTypeId',
      type: 'IDSET',
      reference: ['orderTypeNames'],
      value: (order) => idOf(ORDER_TYPES, order.type),
    },
    { name: 'contactId', type: 'INTEGER', value: (order) => order.contactId },
    {
      name: 'orderStatusId',
      type: 'INTEGER',
      reference: ['orderStatusNames'],
      value: (order) => order.statusId,
    },
    {
      name: 'orderStockStatusId',
      type: 'INTEGER',
      reference: ['orderStockStatusNames'],
      value: (order) => idOf(STOCK_STATUSES, stockStatus(account, order)),
    },
    { name: 'createdOn', type: 'PERIOD', value: (order) => wireTime(order.createdOn) },
    { name: 'createdById', type: 'INTEGER', value: (order) => order.createdBy },
    { name: 'customerRef', type: 'STRING', value: (order) => order.ref },
    {
      name: 'orderPaymentStatusId',
      type: 'INTEGER',
      reference: ['orderPaymentStatusNames'],
      value: (order) => idOf(PAYMENT_STATUSES, paymentStatus(order, account.paymentsOf(order))),
    },
    { name: 'updatedOn', type: 'PERIOD', value: (order) => wireTime(order.updatedOn) },
    { name: 'parentOrderId', type: 'IDSET', value: (order) => order.parentId },
    {
      name: 'orderShippingStatusId',
      type: 'INTEGER',
      reference: ['orderShippingStatusNames'],
      value: (order) => idOf(SHIPPING_STATUSES, shippingStatus(account, order)),
    },
    { name: 'externalRef', type: 'STRING', value: (order) => order.externalRef },
    { name: 'installedIntegrationInstanceId', type: 'INTEGER', value: (order) => order.instanceId },
    { name: 'warehouseId', type: 'IDSET', value: (order) => order.warehouseId },
    { name: 'staffOwnerContactId', type: 'INTEGER', value: (order) => order.createdBy },
    { name: 'taxDate', type: 'PERIOD', value: (order) => wireTime(order.taxDate) },
    { name: 'departmentId', type: 'INTEGER', value: () => null },
    { name: 'deliveryDate', type: 'PERIOD', value: () => null },
  ];
  return {
    columns,
    filters: [
      { name: 'placedOn', type: 'PERIOD', value: (order) => wireTime(order.placedOn) },
      { name: 'isHistoricalOrder', type: 'BOOLEAN', value: (order) => order.historical },
      ...(account.options.orderSearchTakesCustomerRefs ? [customerRefs] : []),
    ],
    rows: (query) => candidates(account, query),
    sort: 'orderId',
    reference: () => ({
      orderTypeNames: names(
        ORDER_TYPES.map(({ id, description }) => [id, description.toUpperCase().replace(' ', '_')]),
      ),
      orderStatusNames: names(account.statuses.map(({ id, name }) => [id, name])),
      orderStockStatusNames: names(STOCK_STATUSES.map(({ id, code }) => [id, code])),
      orderPaymentStatusNames: names(PAYMENT_STATUSES.map(({ id, code }) => [id, code])),
      orderShippingStatusNames: names(SHIPPING_STATUSES.map(({ id, code }) => [id, code])),
    }),
  };
}

/** Columns of sales-order-search [D]; with the set filter `customerRefs`, which looks up many orders in one call. */
export function salesOrderSearch(account: Account): SearchResource<SimOrder> {
  const columns: Column<SimOrder>[] = [
    { name: 'salesOrderId', type: 'IDSET', value: (order) => order.id },
    { name: 'customerId', type: 'INTEGER', value: (order) => order.contactId },
    {
      name: 'orderStatusId',
      type: 'INTEGER',
      reference: ['orderStatusNames'],
      value: (order) => order.statusId,
    },
    { name: 'orderStockStatus', type: 'STRING', value: (order) => stockStatus(account, order) },
    { name: 'createdOn', type: 'PERIOD', value: (order) => wireTime(order.createdOn) },
    { name: 'createdById', type: 'INTEGER', value: (order) => order.createdBy },
    { name: 'customerRef', type: 'STRING', value: (order) => order.ref },
    {
      name: 'orderPaymentStatus',
      type: 'STRING',
      value: (order) => paymentStatus(order, account.paymentsOf(order)),
    },
    { name: 'updatedOn', type: 'PERIOD', value: (order) => wireTime(order.updatedOn) },
    { name: 'orderShippingStatus', type: 'STRING', value: (order) => shippingStatus(account, order) },
    { name: 'externalRef', type: 'STRING', value: (order) => order.externalRef },
    { name: 'installedIntegrationInstanceId', type: 'INTEGER', value: (order) => order.instanceId },
    { name: 'warehouseId', type: 'IDSET', value: (order) => order.warehouseId },
    { name: 'staffOwnerId', type: 'INTEGER', value: (order) => order.createdBy },
    { name: 'taxDate', type: 'PERIOD', value: (order) => wireTime(order.taxDate) },
    { name: 'channelId', type: 'INTEGER', value: (order) => order.channelId },
    { name: 'deliveryDate', type: 'PERIOD', value: () => null },
  ];
  return {
    columns,
    filters: [
      { name: 'isHistoricalOrder', type: 'BOOLEAN', value: (order) => order.historical },
      customerRefs,
    ],
    rows: (query) => candidates(account, query).filter((order) => order.type === 'SO'),
    sort: 'salesOrderId',
    reference: () => ({ orderStatusNames: names(account.statuses.map(({ id, name }) => [id, name])) }),
  };
}

const customerRefs: Column<SimOrder> = {
  name: 'customerRefs',
  type: 'STRING_SET',
  value: (order) => order.ref,
};

/** The orders that the indexes leave over; the filters are applied to them all the same. */
function candidates(account: Account, query: URLSearchParams): SimOrder[] {
  const ref = query.get('customerRef');
  if (ref !== null) return account.byRef.get(ref.toLowerCase()) ?? [];
  const refs = query.get('customerRefs');
  if (refs !== null) {
    const wanted = new Set(refs.split(',').map((part) => part.trim().toLowerCase()));
    return [...wanted].flatMap((part) => account.byRef.get(part) ?? []);
  }
  const external = query.get('externalRef');
  if (external !== null) return account.byExternalRef.get(external.toLowerCase()) ?? [];
  const parent = query.get('parentOrderId');
  if (parent !== null && /^\d+$/.test(parent)) return account.byParent.get(Number(parent)) ?? [];
  return [...account.orders.values()];
}

function names(pairs: readonly (readonly [number, string])[]): Record<string, string> {
  return Object.fromEntries(pairs.map(([id, name]) => [String(id), name]));
}
