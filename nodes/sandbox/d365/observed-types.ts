/** What tests and rehearsals see of the simulated ERP's books. Amounts are in currency; negative is credited. */

export interface ObservedReturnLine {
  itemNumber: string;
  quantity: number;
  amount: number;
  external: string;
  lot: string;
  status: string;
  disposition: string;
  warehouse: string;
  location: string;
  tax: number;
  /** Cost of one unit as it came back; 0 before the packing slip. */
  unitCost: number;
  packingSlip: string;
  creditNote: string;
}

export interface ObservedReturnOrder {
  number: string;
  rma: string;
  reference: string;
  requisition: string;
  customer: string;
  status: string;
  stopped: boolean;
  total: number;
  tax: number;
  charges: number;
  /** Return reason code; empty where none was sent. */
  reason: string;
  /** The order that a replacing disposition made; empty where none did. */
  replacement: string;
  lines: ObservedReturnLine[];
}

export interface ObservedStock {
  item: string;
  warehouse: string;
  location: string;
  /** `scrap` counts what was scrapped there; it is no stock any more. */
  place: 'sellable' | 'quarantine' | 'scrap';
  quantity: number;
}

export interface ObservedCreditNote {
  number: string;
  voucher: string;
  date: string;
  returnOrder: string;
  reference: string;
  customer: string;
  currency: string;
  total: number;
  tax: number;
  lines: { item: string; quantity: number; amount: number; tax: number; warehouse: string }[];
  /** What is still open of it on the customer's account. */
  open: number;
}

export interface ObservedRefund {
  journal: string;
  line: number;
  posted: boolean;
  customer: string;
  /** Positive: money that goes to the customer. */
  amount: number;
  currency: string;
  method: string;
  reference: string;
  paymentId: string;
  voucher: string;
  /** What it was settled with. */
  settled: { invoice: string; amount: number }[];
}

export interface ObservedArrival {
  journal: string;
  description: string;
  posted: boolean;
  lines: { lot: string; item: string; quantity: number; disposition: string; quarantine: boolean }[];
}

export interface ObservedSalesOrder {
  number: string;
  reference: string;
  requisition: string;
  customer: string;
  status: string;
  lines: { item: string; quantity: number; amount: number; reserved: number; external: string }[];
}

export interface ObservedQuarantine {
  order: string;
  lot: string;
  item: string;
  warehouse: string;
  quantity: number;
  ended: boolean;
}

export interface ObservedPaymentLine {
  order: string;
  line: number;
  type: string;
  tender: string;
  status: string;
  amount: number;
  posted: number;
}
