import type { Books } from './books';
import { CREDIT_MEMO, INVOICE, linesOf, ORDER, type DocumentKind } from './documents';
import { amount, flag, text, type Row } from './records';
import { linesOfReturn } from './return-orders';
import type {
  ObservedDocument,
  ObservedItemEntry,
  ObservedLedger,
  ObservedLine,
  ObservedReturnOrder,
  ObservedStock,
} from './observed-types';

/** What stands in the books, as tests and rehearsals want to see it. */
export function observeBooks(
  books: Books,
): Pick<
  ObservedLedger,
  | 'creditMemos'
  | 'drafts'
  | 'exchangeOrders'
  | 'newInvoices'
  | 'appliedInvoices'
  | 'stock'
  | 'itemEntries'
  | 'returnOrders'
  | 'returnReceipts'
> {
  const documents = (kind: DocumentKind, wanted: (row: Row) => boolean): ObservedDocument[] =>
    books
      .table(kind.set)
      .all()
      .filter(wanted)
      .map((row) => observedDocument(books, kind, row));
  const fromShop = (row: Row): boolean => text(row, '_origin') === 'shop';
  const posted = (row: Row): boolean => flag(row, '_posted');
  return {
    creditMemos: () => documents(CREDIT_MEMO, posted),
    drafts: () => documents(CREDIT_MEMO, (row) => !posted(row)),
    exchangeOrders: () => documents(ORDER, (row) => !fromShop(row)),
    newInvoices: () => documents(INVOICE, (row) => !fromShop(row) && posted(row)),
    appliedInvoices: () =>
      books
        .table('salesCreditMemos')
        .all()
        .filter((row) => amount(row, '_applied') !== 0)
        .map((row) => ({
          invoice: text(row, 'invoiceNumber'),
          creditMemo: text(row, 'number'),
          amount: amount(row, '_applied'),
          remaining: amount(
            books.find('salesInvoices', 'number', text(row, 'invoiceNumber')) ?? {},
            '_remaining',
          ),
        })),
    stock: () => observedStock(books),
    itemEntries: () => observedItemEntries(books),
    returnOrders: () =>
      books
        .table('salesReturnOrders')
        .all()
        .map((row) => observedReturn(books, row)),
    returnReceipts: () =>
      books
        .table('returnReceipts')
        .all()
        .map((row) => ({ number: text(row, 'number'), order: text(row, 'orderNumber') })),
  };
}

function observedDocument(books: Books, kind: DocumentKind, row: Row): ObservedDocument {
  const reason = books.table('customerReturnReasons').get(text(row, 'customerReturnReasonId'));
  return {
    id: text(row, 'id'),
    number: text(row, 'number'),
    draftNumber: text(row, '_draftNumber'),
    externalNumber: text(row, 'externalDocumentNumber'),
    customer: text(row, 'customerNumber'),
    status: text(row, 'status'),
    currency: text(row, 'currencyCode'),
    postingDate: text(row, 'postingDate'),
    reason: reason ? text(reason, 'code') : '',
    foreign: text(row, '_origin') !== 'api',
    appliedTo: text(row, 'invoiceNumber'),
    applied: amount(row, '_applied'),
    lines: linesOf(books, kind, row).map((line) => observedLine(books, line)),
    net: books.minor(amount(row, 'totalAmountExcludingTax')),
    tax: books.minor(amount(row, 'totalTaxAmount')),
    gross: books.minor(amount(row, 'totalAmountIncludingTax')),
  };
}

function observedLine(books: Books, line: Row): ObservedLine {
  const location = books.table('locations').get(text(line, 'locationId'));
  const variant = books.table('itemVariants').get(text(line, 'itemVariantId'));
  return {
    type: text(line, 'lineType'),
    number: text(line, 'lineObjectNumber'),
    quantity: amount(line, 'quantity'),
    unit: text(line, 'unitOfMeasureCode'),
    location: location ? text(location, 'code') : '',
    variant: variant ? text(variant, 'code') : '',
    taxCode: text(line, 'taxCode'),
    net: books.minor(amount(line, 'netAmount')),
    tax: books.minor(amount(line, 'netTaxAmount')),
    gross: books.minor(amount(line, 'netAmountIncludingTax')),
  };
}

function observedStock(books: Books): ObservedStock[] {
  return [...books.stock].map(([place, quantity]) => {
    const at = place.lastIndexOf('|');
    return { item: place.slice(0, at), location: place.slice(at + 1), quantity };
  });
}

function observedItemEntries(books: Books): ObservedItemEntry[] {
  const ofShop = new Set(
    books
      .table('salesInvoices')
      .all()
      .filter((row) => text(row, '_origin') === 'shop')
      .map((row) => text(row, 'number')),
  );
  return (
    books
      .table('itemLedgerEntries')
      .all()
      // A credit memo may have the number of an invoice: what came in is not the shop's.
      .filter(
        (row) =>
          text(row, 'entryType') === 'Sale' &&
          (amount(row, 'quantity') > 0 || !ofShop.has(text(row, 'documentNumber'))),
      )
      .map((row) => ({
        entry: amount(row, 'entryNumber'),
        documentType: text(row, 'documentType'),
        document: text(row, 'documentNumber'),
        item: text(row, 'itemNumber'),
        location: text(row, '_location'),
        quantity: amount(row, 'quantity'),
        sales: books.minor(amount(row, 'salesAmountActual')),
        cost: books.minor(amount(row, 'costAmountActual')),
      }))
  );
}

function observedReturn(books: Books, order: Row): ObservedReturnOrder {
  return {
    number: text(order, 'number'),
    externalNumber: text(order, 'externalDocumentNumber'),
    status: text(order, 'status'),
    lines: linesOfReturn(books, order).map((line) => ({
      item: text(line, 'lineObjectNumber'),
      quantity: amount(line, 'quantity'),
      received: amount(line, 'returnQtyReceived'),
      invoiced: amount(line, '_invoiced'),
      location: text(line, '_location'),
      reason: text(line, '_reason'),
    })),
  };
}
