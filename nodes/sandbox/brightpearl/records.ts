import type { WorldItem } from '../world';

/** What the simulated account holds. Amounts are hundredths of the order's currency. */

export interface SimTaxCode {
  id: number;
  code: string;
  description: string;
  /** Percent. */
  rate: number;
}

export interface SimStatus {
  id: number;
  name: string;
  type: 'SO' | 'SC';
  /** What a document in this status is to the accounts. */
  role?: 'default' | 'invoiced' | 'cancelled' | 'locked';
  disabled?: boolean;
}

export interface SimBundle {
  sku: string;
  /** Only where the shop has no such item. */
  name?: string;
  components: readonly { sku: string; quantity: number }[];
}

export type ProductStatus = 'LIVE' | 'DISCONTINUED' | 'ARCHIVED';

export interface SimProduct {
  id: number;
  sku: string;
  name: string;
  barcode: string;
  item: WorldItem | null;
  /** Set by a person; else the shop's state of the item tells it. */
  status: ProductStatus | null;
  taxCode: string;
  components: { productId: number; quantity: number }[];
}

export interface SimContact {
  id: number;
  firstName: string;
  lastName: string;
  email: string;
  account: string;
}

export interface SimRow {
  id: number;
  sequence: number;
  productId: number | null;
  sku: string | null;
  name: string;
  /** Ten-thousandths of a unit: quantities have up to four decimals. */
  quantity: number;
  net: number;
  tax: number;
  taxCode: string;
  nominalCode: string;
  externalRef: string | null;
  bundleParent: boolean;
  parentRowId: number | null;
  /** Units that goods-in notes have received, or that are allocated on a sales order. */
  received: number;
  allocated: number;
}

export interface SimOrder {
  id: number;
  type: 'SO' | 'SC';
  parentId: number | null;
  ref: string;
  externalRef: string | null;
  instanceId: number | null;
  contactId: number;
  statusId: number;
  warehouseId: number;
  channelId: number;
  priceListId: number;
  priceModeCode: 'INC' | 'EXC';
  currency: string;
  placedOn: number;
  taxDate: number;
  createdOn: number;
  updatedOn: number;
  createdBy: number;
  closedOn: number | null;
  rows: SimRow[];
  invoice: { state: 'none' | 'pending' | 'invoiced'; reference: string; taxDate: number };
  shipped: boolean;
  historical: boolean;
  lock: 'status' | 'invoice-pending' | 'hidden' | null;
  origin: 'shop' | 'api' | 'foreign';
  /** Where it goes, as it was given; sales orders and credits hand it back. */
  address: Record<string, unknown>;
  deliveryAddress: Record<string, unknown>;
  shippingMethodId: number;
  notes: { id: number; text: string; at: number }[];
}

export interface SimNote {
  id: number;
  orderId: number;
  warehouseId: number;
  batchReference: string | null;
  receivedOn: number;
  lines: {
    productId: number;
    rowId: number;
    quantity: number;
    locationId: number;
    value: number;
    currency: string;
    corrected: number;
  }[];
}

export interface SimPayment {
  id: number;
  orderId: number;
  type: string;
  method: string;
  transactionRef: string | null;
  transactionCode: string | null;
  currency: string;
  amountPaid: number;
  amountAuthorised: number;
  paymentDate: number;
  createdOn: number;
  journalId: number | null;
  origin: 'shop' | 'api';
}

export interface SimLocation {
  id: number;
  warehouseId: number;
  quarantine: boolean;
}

export interface SimWarehouse {
  id: number;
  name: string;
  defaultLocation: number;
  quarantineLocation: number;
}

/** Ten-thousandths in one unit. */
export const UNIT = 10_000;

export function totals(order: SimOrder): { net: number; tax: number; gross: number } {
  const net = order.rows.reduce((sum, row) => sum + row.net, 0);
  const tax = order.rows.reduce((sum, row) => sum + row.tax, 0);
  return { net, tax, gross: net + tax };
}

export const DEFAULT_TAX_CODES: readonly SimTaxCode[] = [
  { id: 1, code: 'T0', description: 'Zero rated', rate: 0 },
  { id: 2, code: 'T5', description: 'Reduced rate', rate: 5 },
  { id: 7, code: 'T20', description: 'Standard rate', rate: 20 },
  { id: 8, code: 'T2', description: 'Tax exempt', rate: 0 },
];

export const DEFAULT_STATUSES: readonly SimStatus[] = [
  { id: 1, name: 'Draft / Quote', type: 'SO' },
  { id: 2, name: 'New web order', type: 'SO', role: 'default' },
  { id: 4, name: 'Invoiced', type: 'SO', role: 'invoiced' },
  { id: 5, name: 'Cancelled', type: 'SO', role: 'cancelled' },
  { id: 9, name: 'On hold: locked', type: 'SO', role: 'locked' },
  { id: 20, name: 'New credit', type: 'SC', role: 'default' },
  { id: 21, name: 'Awaiting authorisation', type: 'SC' },
  { id: 22, name: 'Authorised', type: 'SC' },
  { id: 23, name: 'Credited', type: 'SC', role: 'invoiced' },
  { id: 24, name: 'Cancelled credit', type: 'SC', role: 'cancelled' },
  { id: 29, name: 'On hold: locked credit', type: 'SC', role: 'locked' },
];

export const DEFAULT_CHANNELS = [
  { id: 1, name: 'Web shop' },
  { id: 3, name: 'Marketplace' },
] as const;

export const DEFAULT_PAYMENT_METHODS = [
  { code: 'WEB_PAY', name: 'Web payments', bankAccount: '1200' },
  { code: 'GIFT_CARD', name: 'Gift cards', bankAccount: null },
] as const;

export const NOMINAL_CODES: readonly { id: number; code: string; name: string; bank: boolean }[] = [
  { id: 1, code: '4000', name: 'Sales', bank: false },
  { id: 2, code: '4001', name: 'Sales of the marketplace', bank: false },
  { id: 3, code: '4040', name: 'Delivery charged', bank: false },
  { id: 4, code: '4900', name: 'Return fees', bank: false },
  { id: 5, code: '1100', name: 'Accounts receivable', bank: false },
  { id: 6, code: '1200', name: 'Bank', bank: true },
];

export const PRICE_LISTS = [
  { id: 1, name: { text: 'Cost', format: 'PLAIN' }, code: 'COST' },
  { id: 2, name: { text: 'Retail', format: 'PLAIN' }, code: 'RET' },
] as const;

/** The staff member that a system token acts for. */
export const API_USER = 4;
/** A colleague who works in Brightpearl's own screens. */
export const COLLEAGUE = 5;

export const MAIN_WAREHOUSE = 2;
export const RETURN_WAREHOUSE = 3;

/** An order with nothing on it. */
export function blankOrder(id: number, type: 'SO' | 'SC', at: number): SimOrder {
  return {
    id,
    type,
    parentId: null,
    ref: '',
    externalRef: null,
    instanceId: null,
    contactId: 0,
    statusId: 0,
    warehouseId: MAIN_WAREHOUSE,
    channelId: 1,
    priceListId: 2,
    priceModeCode: 'INC',
    currency: '',
    placedOn: at,
    taxDate: at,
    createdOn: at,
    updatedOn: at,
    createdBy: API_USER,
    closedOn: null,
    rows: [],
    invoice: { state: 'none', reference: '', taxDate: at },
    shipped: false,
    historical: false,
    lock: null,
    origin: 'api',
    address: {},
    deliveryAddress: {},
    shippingMethodId: 0,
    notes: [],
  };
}
