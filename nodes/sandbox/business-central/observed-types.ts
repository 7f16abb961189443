/** What the ledger holds, as tests and rehearsals want to see it. Amounts are minor units of the currency. */

export interface ObservedCall {
  method: string;
  path: string;
  status: number;
  at: number;
}

export interface ObservedLine {
  type: string;
  /** Number of the item or account. */
  number: string;
  quantity: number;
  unit: string;
  location: string;
  variant: string;
  taxCode: string;
  net: number;
  tax: number;
  gross: number;
}

export interface ObservedDocument {
  id: string;
  number: string;
  /** The number it had as a draft; the same where it is one. */
  draftNumber: string;
  externalNumber: string;
  customer: string;
  status: string;
  currency: string;
  postingDate: string;
  reason: string;
  /** Made by a person or another app, not by a call. */
  foreign: boolean;
  /** The invoice that it was applied to, and how much. */
  appliedTo: string;
  applied: number;
  lines: ObservedLine[];
  net: number;
  tax: number;
  gross: number;
}

export interface ObservedStock {
  item: string;
  location: string;
  /** In base units. */
  quantity: number;
}

/** An item ledger entry: the proof that goods have moved. */
export interface ObservedItemEntry {
  entry: number;
  documentType: string;
  document: string;
  item: string;
  location: string;
  /** In base units; above zero into stock. */
  quantity: number;
  sales: number;
  cost: number;
}

export interface ObservedReturnOrder {
  number: string;
  externalNumber: string;
  status: string;
  lines: {
    item: string;
    quantity: number;
    received: number;
    invoiced: number;
    location: string;
    reason: string;
  }[];
}

export interface ObservedNotification {
  subscriptionId: string;
  changes: { changeType: string; resource: string }[];
  /** Statuses of the answers, one a try; 0 where there was none. */
  answers: number[];
  outcome: 'open' | 'delivered' | 'given-up' | 'subscription-deleted';
}

export interface ObservedLedger {
  /** How many calls came, the refused ones included; a batch is one. */
  calls(): number;
  /** The last thousand calls. */
  recent(): readonly ObservedCall[];
  throttleReplies(): number;
  /** Posted credit memos. */
  creditMemos(): ObservedDocument[];
  /** Drafts of credit memos that are left over. */
  drafts(): ObservedDocument[];
  /** Sales orders and posted invoices that came by a call: exchanges, and corrections of wrong credits. */
  exchangeOrders(): ObservedDocument[];
  newInvoices(): ObservedDocument[];
  /** Invoices that a credit memo was applied to. */
  appliedInvoices(): { invoice: string; creditMemo: string; amount: number; remaining: number }[];
  /** Units by item and location, the blank location included. */
  stock(): ObservedStock[];
  /** Item ledger entries besides the opening stock and the shop's own sales. */
  itemEntries(): ObservedItemEntry[];
  returnOrders(): ObservedReturnOrder[];
  returnReceipts(): { number: string; order: string }[];
  notifications(): ObservedNotification[];
  /** Everything late (commits, notifications) has happened. */
  settled(): Promise<void>;
}
