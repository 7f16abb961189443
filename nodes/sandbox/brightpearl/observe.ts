import type { Account } from './account';
import { allocationStatus, stockStatus } from './codes';
import { totals, UNIT, type SimOrder } from './records';
import type { ObservedNote, ObservedOrder, ObservedPayment, ObservedStock } from './simulator-types';

/** What stands in the account, as tests and rehearsals want to see it. */

export function observedOrder(account: Account, order: SimOrder): ObservedOrder {
  const cancelled = order.statusId === account.statusFor(order.type, 'cancelled');
  const { state, reference } = order.invoice;
  return {
    id: order.id,
    ref: order.ref,
    externalRef: order.externalRef,
    instanceId: order.instanceId,
    parentId: order.parentId,
    customerId: order.contactId,
    statusId: order.statusId,
    warehouseId: order.warehouseId,
    channelId: order.channelId,
    currency: order.currency,
    state: cancelled ? 'cancelled' : state === 'none' ? 'live' : state,
    invoiceReference: reference,
    foreign: order.origin === 'foreign',
    allocation: allocationStatus(account, order),
    stock: stockStatus(account, order),
    rows: order.rows.map((row) => ({
      rowId: row.id,
      sku: row.sku,
      name: row.name,
      quantity: row.quantity / UNIT,
      net: row.net,
      tax: row.tax,
      taxCode: row.taxCode,
      nominalCode: row.nominalCode,
      externalRef: row.externalRef,
      bundleParent: row.bundleParent,
      parentRowId: row.parentRowId,
    })),
    ...totals(order),
  };
}

export function observedNotes(account: Account): ObservedNote[] {
  return [...account.notes.values()].map((note) => ({
    id: note.id,
    orderId: note.orderId,
    warehouseId: note.warehouseId,
    batchReference: note.batchReference,
    lines: note.lines.map((line) => ({
      sku: account.products.get(line.productId)?.sku ?? '',
      rowId: line.rowId,
      quantity: line.quantity - line.corrected,
      locationId: line.locationId,
      quarantine: account.locations.get(line.locationId)?.quarantine ?? false,
    })),
  }));
}

export function observedStock(account: Account): ObservedStock[] {
  return account.stock.entries().map(({ productId, locationId, units }) => {
    const location = account.locations.get(locationId);
    return {
      sku: account.products.get(productId)?.sku ?? '',
      warehouseId: location?.warehouseId ?? 0,
      locationId,
      quarantine: location?.quarantine ?? false,
      quantity: units,
    };
  });
}

export function observedPayments(account: Account): ObservedPayment[] {
  return [...account.payments.values()]
    .filter(({ origin }) => origin === 'api')
    .map(({ id, orderId, type, method, transactionRef, amountPaid, journalId }) => ({
      id,
      orderId,
      type,
      method,
      transactionRef,
      amount: amountPaid,
      journalId,
    }));
}
