import { amount, flag, text, type Row } from './records';
import type { Books } from './books';
import { refuse } from './refusal';

/** The three kinds of sales documents that the API writes. */
export interface DocumentKind {
  set: 'salesOrders' | 'salesInvoices' | 'salesCreditMemos';
  lines: 'salesOrderLines' | 'salesInvoiceLines' | 'salesCreditMemoLines';
  /** For texts: `credit memo`, and the document type of AL. */
  name: string;
  type: string;
  dateField: 'orderDate' | 'invoiceDate' | 'creditMemoDate';
  /** Numbers of drafts, and of what is posted from them. */
  draft: { series: string; from: number };
  posted: { series: string; from: number };
}

export const ORDER: DocumentKind = {
  set: 'salesOrders',
  lines: 'salesOrderLines',
  name: 'order',
  type: 'Order',
  dateField: 'orderDate',
  draft: { series: 'S-ORD', from: 101_001 },
  posted: { series: 'S-INV+', from: 103_001 },
};

export const INVOICE: DocumentKind = {
  set: 'salesInvoices',
  lines: 'salesInvoiceLines',
  name: 'invoice',
  type: 'Invoice',
  dateField: 'invoiceDate',
  draft: { series: 'S-INV', from: 102_001 },
  posted: { series: 'S-INV+', from: 103_001 },
};

export const CREDIT_MEMO: DocumentKind = {
  set: 'salesCreditMemos',
  lines: 'salesCreditMemoLines',
  name: 'credit memo',
  type: 'Credit Memo',
  dateField: 'creditMemoDate',
  draft: { series: 'S-CR', from: 1001 },
  posted: { series: 'S-CR+', from: 104_001 },
};

const KINDS = [ORDER, INVOICE, CREDIT_MEMO];

export function kindOfSet(set: string): DocumentKind | undefined {
  return KINDS.find((kind) => kind.set === set);
}

export function kindOfLines(set: string): DocumentKind | undefined {
  return KINDS.find((kind) => kind.lines === set);
}

export function linesOf(books: Books, kind: DocumentKind, header: Row): Row[] {
  return books
    .table(kind.lines)
    .by('documentId', text(header, 'id'))
    .sort((a, b) => amount(a, 'sequence') - amount(b, 'sequence'));
}

/** AL's status of a document that is not posted, as the API shows it (B4.1). */
export const SHOWN_STATUS: Readonly<Record<string, string>> = {
  Open: 'Draft',
  'Pending Approval': 'In Review',
  Released: 'Open',
};

/** Refuses to change what is posted and, unless an option says otherwise, what is in approval or released. */
export function checkOpen(books: Books, kind: DocumentKind, header: Row): void {
  if (flag(header, '_posted')) refuse('postedFixed', { document: kind.name });
  if (books.around.options.changeNeedsOpen === false) return;
  const status = text(header, '_status');
  if (status !== 'Open') refuse('statusNotOpen', { type: kind.type, number: text(header, 'number'), status });
}
