import { tidy, type Books } from './books';
import { linesOf, type DocumentKind } from './documents';
import { amount, flag, text, type Row } from './records';

/** What a posting leaves behind, beside the document itself. */
export interface Entry {
  kind: DocumentKind;
  header: Row;
  /** Number and type that the item entries get. */
  documentNumber: string;
  documentType: string;
  /** Into stock 1, out of it -1. */
  direction: 1 | -1;
}

/** Writes the item ledger entries of a posted document, and moves its goods. */
export function postItems(books: Books, entry: Entry): void {
  const { kind, header, direction } = entry;
  for (const line of linesOf(books, kind, header)) {
    const item = books.table('items').get(text(line, 'itemId'));
    if (!item || text(item, 'type') !== 'Inventory' || amount(line, 'quantity') === 0) continue;
    const location = books.table('locations').get(text(line, 'locationId'));
    const units = tidy(direction * amount(line, 'quantity') * amount(line, '_perUnit'));
    const sold = entryNumbered(books, amount(line, '_soldEntry'));
    postItem(books, {
      item,
      location: location ? text(location, 'code') : '',
      units,
      postingDate: text(header, 'postingDate'),
      customer: text(header, 'customerNumber'),
      documentNumber: entry.documentNumber,
      documentType: entry.documentType,
      sales: -direction * amount(line, 'netAmount'),
      ...(sold ? { unitCost: amount(sold, 'costAmountActual') / amount(sold, 'quantity') } : {}),
    });
  }
}

function entryNumbered(books: Books, number: number): Row | undefined {
  if (number === 0) return undefined;
  return books
    .table('itemLedgerEntries')
    .all()
    .find((row) => amount(row, 'entryNumber') === number);
}

export interface ItemMovement {
  item: Row;
  location: string;
  units: number;
  postingDate: string;
  customer: string;
  documentNumber: string;
  documentType: string;
  sales: number;
  entryType?: string;
  /** Received at no value (return reason with *Inventory Value Zero*). */
  valueZero?: boolean;
  /** What one unit cost when it was sold, where that is named; else the item's cost now. */
  unitCost?: number;
}

export function postItem(books: Books, movement: ItemMovement): void {
  const { item, location, units } = movement;
  books.move(text(item, 'number'), location, units);
  books.table('itemLedgerEntries').insert({
    entryNumber: books.nextNumber('item-entry', 1),
    itemNumber: text(item, 'number'),
    postingDate: movement.postingDate,
    entryType: movement.entryType ?? 'Sale',
    sourceNumber: movement.customer,
    sourceType: movement.customer === '' ? ' ' : 'Customer',
    documentNumber: movement.documentNumber,
    documentType: movement.documentType,
    description: text(item, 'displayName'),
    quantity: units,
    salesAmountActual: movement.sales,
    costAmountActual:
      movement.valueZero === true
        ? 0
        : books.decimal(books.minor(units * (movement.unitCost ?? amount(item, 'unitCost')))),
    _location: location,
  });
}

const RECEIVABLES = '2310';
const TAX = '5610';
const SALES = '6110';

export const ACCOUNTS: readonly { number: string; name: string }[] = [
  { number: RECEIVABLES, name: 'Customers, Domestic' },
  { number: '2920', name: 'Bank' },
  { number: TAX, name: 'Sales VAT' },
  { number: SALES, name: 'Sales, Retail' },
  { number: '6910', name: 'Fees' },
  { number: '9140', name: 'Invoice Rounding' },
];

/** Writes the general ledger entries of a posted document: customer, tax and sales. */
export function postGeneral(books: Books, header: Row, documentType: string, direction: 1 | -1): void {
  const rows: [string, number][] = [
    [RECEIVABLES, -direction * amount(header, 'totalAmountIncludingTax')],
    [TAX, direction * amount(header, 'totalTaxAmount')],
    [SALES, direction * amount(header, 'totalAmountExcludingTax')],
  ];
  for (const [account, debit] of rows) {
    if (debit === 0) continue;
    postAccount(books, {
      account,
      debit,
      postingDate: text(header, 'postingDate'),
      documentNumber: text(header, 'number'),
      documentType,
      description: `${documentType} ${text(header, 'number')}`,
    });
  }
}

export function postAccount(
  books: Books,
  entry: {
    account: string;
    /** Debit above zero, credit below. */
    debit: number;
    postingDate: string;
    documentNumber: string;
    documentType: string;
    description: string;
  },
): void {
  const account = books.find('accounts', 'number', entry.account);
  books.table('generalLedgerEntries').insert({
    entryNumber: books.nextNumber('general-entry', 1),
    postingDate: entry.postingDate,
    documentNumber: entry.documentNumber,
    documentType: entry.documentType,
    accountId: text(account ?? {}, 'id'),
    accountNumber: entry.account,
    description: entry.description,
    debitAmount: Math.max(0, entry.debit),
    creditAmount: Math.max(0, -entry.debit),
  });
}

/** Applies a credit to a posted invoice, as far as that is open; gives what was applied, in minor units. */
export function applyTo(books: Books, invoice: Row, minor: number): number {
  const open = amount(invoice, '_remaining');
  const applied = Math.max(0, Math.min(open, minor));
  setRemaining(books, invoice, open - applied);
  return applied;
}

/** Sets what is open of an invoice; nothing open is *Paid*. */
export function setRemaining(books: Books, invoice: Row, minor: number): void {
  const canceled = text(invoice, 'status') === 'Canceled';
  books.table('salesInvoices').change(text(invoice, 'id'), {
    _remaining: minor,
    status: canceled ? 'Canceled' : minor === 0 ? 'Paid' : 'Open',
  });
}

export function isPosted(row: Row | undefined): row is Row {
  return row !== undefined && flag(row, '_posted');
}
