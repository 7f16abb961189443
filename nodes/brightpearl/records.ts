import { LedgerError } from '../returns/failure';
import { money, type Money } from '../returns/money';
import { readFine, readWhole, roundFine } from './amount';

/** Orders and credits of Brightpearl, as far as a return needs them. Amounts are of the order's currency. */

export interface OrderRow {
  rowId: number;
  productId: number | null;
  sku: string | null;
  name: string;
  /** Null where it is not a whole number. */
  quantity: number | null;
  /** For the whole row, in ten-thousandths. */
  net: number;
  tax: number;
  taxCode: string;
  nominalCode: string;
  bundleParent: boolean;
  bundleChild: boolean;
  parentRowId: number | null;
  /** `itemCost` of the row, in ten-thousandths; whether of a unit or of the row is not documented. Null where unknown. */
  cost: number | null;
  /** Currency that the cost is told in; empty where it is not told. */
  costCurrency: string;
}

export type InvoiceState = 'none' | 'pending' | 'invoiced';

export interface OriginalOrder {
  id: number;
  type: string;
  reference: string;
  /** The order that it hangs on; null where there is none. */
  parentId: number | null;
  status: { id: number; name: string };
  invoice: InvoiceState;
  invoiceReference: string;
  historical: boolean;
  currency: string;
  accountingCurrency: string;
  customerId: number;
  warehouseId: number;
  channelId: number;
  priceListId: number;
  delivery: { address: Record<string, string>; shippingMethodId: number };
  allocation: string;
  /** What Brightpearl itself makes of the rows, in ten-thousandths. */
  total: { net: number; tax: number; gross: number };
  rows: OrderRow[];
}

export interface CreditRow {
  rowId: number;
  productId: number | null;
  sku: string | null;
  quantity: number;
  /** In the currency's smallest unit. */
  net: Money;
  tax: Money;
  taxCode: string;
  /** What its maker wrote: ours carry the id of the original row. */
  externalRef: string;
  bundleParent: boolean;
  bundleChild: boolean;
  /** The row of the bundle that a component belongs to. */
  parentRowId: number | null;
}

export interface Credit {
  id: number;
  parentId: number | null;
  externalRef: string;
  instanceId: number | null;
  createdBy: number | null;
  createdOn: string;
  statusId: number;
  cancelled: boolean;
  invoice: InvoiceState;
  invoiceReference: string;
  currency: string;
  warehouseId: number | null;
  net: Money;
  tax: Money;
  gross: Money;
  rows: CreditRow[];
}

type Json = Record<string, unknown>;

/** Reads an order as order GET tells it. Rows are keyed by their id and come in no defined order; here they have one. */
export function readOrder(raw: Json): OriginalOrder {
  const currency = objectIn(raw, 'currency');
  const customer = objectIn(objectIn(raw, 'parties'), 'customer');
  const code = textIn(currency, 'orderCurrencyCode');
  const delivery = objectIn(objectIn(raw, 'parties'), 'delivery');
  const total = objectIn(raw, 'totalValue');
  return {
    id: numberIn(raw, 'id'),
    type: textIn(raw, 'orderTypeCode'),
    reference: textIn(raw, 'reference'),
    parentId: numberIn(raw, 'parentOrderId') || null,
    status: {
      id: numberIn(objectIn(raw, 'orderStatus'), 'orderStatusId'),
      name: textIn(objectIn(raw, 'orderStatus'), 'name'),
    },
    ...invoiceOf(listIn(raw, 'invoices')),
    historical: raw['historicalOrder'] === true,
    currency: code,
    accountingCurrency: textIn(currency, 'accountingCurrencyCode') || code,
    customerId: numberIn(customer, 'contactId'),
    warehouseId: numberIn(raw, 'warehouseId'),
    channelId: numberIn(objectIn(objectIn(raw, 'assignment'), 'current'), 'channelId'),
    priceListId: numberIn(raw, 'priceListId'),
    delivery: {
      address: addressOf(delivery),
      shippingMethodId: numberIn(objectIn(raw, 'delivery'), 'shippingMethodId'),
    },
    allocation: textIn(raw, 'allocationStatusCode'),
    total: {
      net: readFine(total['net'] || 0),
      tax: readFine(total['taxAmount'] || 0),
      gross: readFine(total['total'] || 0),
    },
    rows: Object.entries(objectIn(raw, 'orderRows'))
      .map(([rowId, row]) => readOrderRow(Number(rowId), row as Json))
      .sort((a, b) => a.rowId - b.rowId),
  };
}

function readOrderRow(rowId: number, raw: Json): OrderRow {
  const value = objectIn(raw, 'rowValue');
  const composition = objectIn(raw, 'composition');
  const cost = objectIn(raw, 'itemCost');
  const parent = numberIn(composition, 'parentOrderRowId');
  return {
    rowId,
    productId: numberIn(raw, 'productId') || null,
    sku: textIn(raw, 'productSku') || null,
    name: textIn(raw, 'productName'),
    quantity: readWhole(objectIn(raw, 'quantity')['magnitude'] ?? 0),
    net: readFine(objectIn(value, 'rowNet')['value'] ?? 0),
    tax: readFine(objectIn(value, 'rowTax')['value'] ?? 0),
    taxCode: textIn(value, 'taxCode'),
    nominalCode: textIn(raw, 'nominalCode'),
    bundleParent: composition['bundleParent'] === true,
    bundleChild: composition['bundleChild'] === true,
    parentRowId: parent === 0 ? null : parent,
    cost: cost['value'] === undefined ? null : readFine(cost['value']),
    costCurrency: textIn(cost, 'currencyCode'),
  };
}

/** Reads a sales credit as sales-credit GET tells it. */
export function readCredit(raw: Json): Credit {
  const currency = textIn(objectIn(raw, 'currency'), 'code');
  const total = objectIn(raw, 'total');
  const amount = (field: string): Money => roundFine(readFine(total[field] ?? 0), currency);
  return {
    id: numberIn(raw, 'id'),
    parentId: numberIn(raw, 'parentId') || null,
    externalRef: textIn(raw, 'externalRef'),
    instanceId: numberIn(raw, 'installedIntegrationInstanceId') || null,
    createdBy: numberIn(raw, 'createdBy') || null,
    createdOn: textIn(raw, 'createdOn'),
    statusId: numberIn(raw, 'statusId'),
    cancelled: raw['isCanceled'] === true,
    ...invoiceOf([objectIn(raw, 'invoice')]),
    currency,
    warehouseId: numberIn(raw, 'warehouseId') || null,
    net: amount('net'),
    tax: amount('tax'),
    gross: amount('gross'),
    rows: listIn(raw, 'rows')
      .map((row) => readCreditRow(row as Json, currency))
      .sort((a, b) => a.rowId - b.rowId),
  };
}

function readCreditRow(raw: Json, currency: string): CreditRow {
  return {
    rowId: numberIn(raw, 'id'),
    productId: numberIn(raw, 'productId') || null,
    sku: textIn(raw, 'sku') || null,
    quantity: readFine(raw['quantity'] ?? 0) / 10_000,
    net: roundFine(readFine(raw['net'] ?? 0), currency),
    tax: roundFine(readFine(raw['tax'] ?? 0), currency),
    taxCode: textIn(raw, 'taxCode'),
    externalRef: textIn(raw, 'externalRef'),
    bundleParent: raw['bundleParent'] === true,
    bundleChild: raw['bundleChild'] === true,
    parentRowId: numberIn(raw, 'parentRowId') || null,
  };
}

/** Empty before invoicing, "pending" while accounting works on it, then its reference (sales-credit-close POST). */
function invoiceOf(invoices: readonly unknown[]): { invoice: InvoiceState; invoiceReference: string } {
  const references = invoices.map((invoice) => textIn((invoice ?? {}) as Json, 'invoiceReference'));
  const given = references.find((reference) => reference !== '') ?? '';
  const pending = references.some((reference) => reference.toLowerCase() === 'pending');
  return {
    invoice: pending ? 'pending' : given === '' ? 'none' : 'invoiced',
    invoiceReference: pending ? '' : given,
  };
}

/** Fields of a delivery address, as sales-order POST takes them. It is passed on to Brightpearl and nowhere else. */
const ADDRESS_FIELDS = [
  'addressLine1',
  'addressLine2',
  'addressLine3',
  'addressLine4',
  'postalCode',
  'countryIsoCode',
  'addressFullName',
  'companyName',
  'telephone',
  'mobileTelephone',
  'email',
] as const;

function addressOf(raw: Json): Record<string, string> {
  return Object.fromEntries(
    ADDRESS_FIELDS.flatMap((field) => {
      const value = textIn(raw, field);
      return value === '' ? [] : [[field, value]];
    }),
  );
}

/** An amount of nothing. */
export function nothing(currency: string): Money {
  return money(0, currency);
}

export function objectIn(raw: Json, field: string): Json {
  const value = raw[field];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listIn(raw: Json, field: string): unknown[] {
  const value = raw[field];
  return Array.isArray(value) ? value : [];
}

/** A text of a record; a number is taken as well. Empty where there is none. */
export function textIn(raw: Json, field: string): string {
  const value = raw[field];
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}

/** A whole number of a record, or a text that is one; 0 where there is none. */
export function numberIn(raw: Json, field: string): number {
  const value = Number(raw[field] ?? 0);
  return Number.isSafeInteger(value) ? value : 0;
}

/** The id that a create call answers. Throws `brightpearl-answer` (ambiguous) where it is none. */
export function createdId(answer: unknown): number {
  const id = Number(Array.isArray(answer) ? answer[0] : answer);
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new LedgerError({
    code: 'brightpearl-answer',
    class: 'ambiguous',
    message: 'Brightpearl did not tell the number of what it created',
  });
}
