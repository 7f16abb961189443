import type { Account } from './account';
import { allocationStatus, paymentStatus, shippingStatus, stockStatus } from './codes';
import { totals, UNIT, type SimOrder, type SimRow } from './records';
import { money, wireTime } from './wire';

/** Puts rows into another order: "Rows on orders are not retrieved in a defined order" [D sales-credit GET]. */
export type Shuffle = <T>(rows: readonly T[]) => T[];

/** An order as order GET tells it: field names and text forms are those of captured answers. */
export function presentOrder(account: Account, order: SimOrder, shuffle: Shuffle): Record<string, unknown> {
  const { net, tax, gross } = totals(order);
  const status = shownStatus(account, order);
  const contact = account.contacts.get(order.contactId);
  const customer = {
    contactId: order.contactId,
    addressFullName: contact ? `${contact.firstName} ${contact.lastName}` : undefined,
    email: contact?.email,
    ...order.address,
  };
  return {
    id: order.id,
    parentOrderId: order.parentId ?? 0,
    orderTypeCode: order.type,
    reference: order.ref,
    version: 1,
    state: { tax: 'READY' },
    orderStatus: { orderStatusId: status.id, name: status.name },
    orderPaymentStatus: paymentStatus(order, account.paymentsOf(order)),
    stockStatusCode: stockStatus(account, order),
    allocationStatusCode: allocationStatus(account, order),
    shippingStatusCode: shippingStatus(account, order),
    placedOn: wireTime(order.placedOn),
    createdOn: wireTime(order.createdOn),
    updatedOn: wireTime(order.updatedOn),
    closedOn: order.closedOn === null ? undefined : wireTime(order.closedOn),
    createdById: order.createdBy,
    priceListId: order.priceListId,
    priceModeCode: order.priceModeCode,
    delivery: { shippingMethodId: order.shippingMethodId },
    invoices: [shownInvoice(order)],
    currency: {
      accountingCurrencyCode: account.options.accountingCurrency ?? account.world.currency,
      orderCurrencyCode: order.currency,
      exchangeRate: '1.000000',
      fixedExchangeRate: false,
    },
    totalValue: {
      net: money(net),
      taxAmount: money(tax),
      baseNet: money(net),
      baseTaxAmount: money(tax),
      baseTotal: money(gross),
      total: money(gross),
    },
    assignment: {
      current: {
        staffOwnerContactId: order.createdBy,
        projectId: 0,
        channelId: order.channelId,
        leadSourceId: 0,
        teamId: 0,
      },
    },
    parties: {
      customer,
      billing: customer,
      delivery: { ...customer, contactId: undefined, ...order.deliveryAddress },
    },
    // A Map keeps its order when it is written, where an object would put the ids in theirs.
    orderRows: new Map(shuffle(order.rows).map((row) => [row.id, presentRow(account, order, row)])),
    warehouseId: order.warehouseId,
    acknowledged: 0,
    costPriceListId: 1,
    historicalOrder: order.historical,
    orderWeighting: 100,
  };
}

export function presentRow(account: Account, order: SimOrder, row: SimRow): Record<string, unknown> {
  const currencyCode = order.currency;
  const each = row.quantity === 0 ? 0 : Math.round((row.net * UNIT) / row.quantity);
  return {
    orderRowSequence: String(row.sequence),
    productId: row.productId ?? undefined,
    productName: row.name,
    productSku: row.sku ?? undefined,
    quantity: { magnitude: quantityText(row.quantity) },
    itemCost: { currencyCode, value: '0.0000' },
    productPrice: { currencyCode, value: money(each, 4) },
    discountPercentage: '0.00',
    rowValue: {
      taxRate: (account.taxRate(row.taxCode) ?? 0).toFixed(4),
      taxCode: row.taxCode,
      taxCalculator: 'manual',
      rowNet: { currencyCode, value: money(row.net, 4) },
      rowTax: { currencyCode, value: money(row.tax, 4) },
      taxClassId: account.taxCodes.find(({ code }) => code === row.taxCode)?.id,
    },
    nominalCode: row.nominalCode,
    composition: {
      bundleParent: row.bundleParent,
      bundleChild: row.parentRowId !== null,
      parentOrderRowId: row.parentRowId ?? 0,
    },
    clonedFromId: 0,
  };
}

/** A sales order or sales credit as its own resource tells it [D sales-credit GET; form of a captured sales order]. */
export function presentSale(account: Account, order: SimOrder, shuffle: Shuffle): Record<string, unknown> {
  const { net, tax, gross } = totals(order);
  const cancelled = account.statusFor(order.type, 'cancelled');
  return {
    id: order.id,
    customer: { id: order.contactId, address: order.address },
    billing: { contactId: order.contactId, address: order.address },
    ref: order.ref,
    placedOn: wireTime(order.placedOn),
    taxDate: wireTime(order.taxDate),
    parentId: order.parentId ?? undefined,
    statusId: shownStatus(account, order).id,
    warehouseId: order.warehouseId,
    staffOwnerId: order.createdBy,
    channelId: order.channelId,
    externalRef: order.externalRef ?? undefined,
    installedIntegrationInstanceId: order.instanceId ?? undefined,
    priceListId: order.priceListId,
    priceModeCode: order.priceModeCode,
    currency: { code: order.currency, fixedExchangeRate: false, exchangeRate: '1.000000' },
    delivery: { address: order.deliveryAddress, shippingMethodId: order.shippingMethodId },
    rows: shuffle(order.rows).map((row) => presentSaleRow(account, row)),
    total: {
      net: money(net),
      tax: money(tax),
      gross: money(gross),
      baseNet: money(net),
      baseTax: money(tax),
      baseGross: money(gross),
    },
    orderPaymentStatus: paymentStatus(order, account.paymentsOf(order)),
    allocationStatusCode: allocationStatus(account, order),
    stockStatusCode: stockStatus(account, order),
    shippingStatusCode: shippingStatus(account, order),
    createdBy: order.createdBy,
    createdOn: wireTime(order.createdOn),
    updatedOn: wireTime(order.updatedOn),
    invoice: shownInvoice(order),
    orderWeighting: 100,
    costPriceListId: 1,
    isCanceled: order.statusId === cancelled,
    customerId: order.contactId,
  };
}

function presentSaleRow(account: Account, row: SimRow): Record<string, unknown> {
  return {
    id: row.id,
    productId: row.productId ?? undefined,
    name: row.name,
    sku: row.sku ?? undefined,
    quantity: quantityText(row.quantity),
    taxCode: row.taxCode,
    tax: money(row.tax, 4),
    net: money(row.net, 4),
    nominalCode: row.nominalCode,
    externalRef: row.externalRef ?? undefined,
    sequence: row.sequence,
    bundleChild: row.parentRowId !== null,
    bundleParent: row.bundleParent,
    // The page says null for a row that is no child, a captured answer says 0 [D/I].
    parentRowId: row.parentRowId ?? 0,
    taxClassId: account.taxCodes.find(({ code }) => code === row.taxCode)?.id,
    taxCalculator: 'manual',
    clonedFromId: 0,
  };
}

/** The status that is shown: a locked order can stand in a status of its own [U]. */
function shownStatus(account: Account, order: SimOrder): { id: number; name: string } {
  const id = order.lock === 'status' ? account.statusFor(order.type, 'locked') : order.statusId;
  return { id, name: account.statuses.find((status) => status.id === id)?.name ?? '' };
}

/** Empty before invoicing, "pending" while accounting works on it, then its reference [D sales-credit-close POST]. */
function shownInvoice(order: SimOrder): Record<string, unknown> {
  const pending = order.invoice.state === 'pending' || order.lock === 'invoice-pending';
  return {
    invoiceReference: pending ? 'pending' : order.invoice.reference,
    taxDate: wireTime(order.invoice.state === 'none' ? order.taxDate : order.invoice.taxDate),
    dueDate: wireTime(order.invoice.state === 'none' ? order.taxDate : order.invoice.taxDate),
  };
}

export function quantityText(quantity: number): string {
  return (quantity / UNIT).toFixed(4);
}
