import type { Books } from './books';
import { CREDIT_MEMO, INVOICE, linesOf, type DocumentKind } from './documents';
import { createDocument } from './document-header';
import { applyTo } from './ledger';
import { postDraft } from './posting';
import { amount, text, type Row } from './records';
import { refuse } from './refusal';
import { recalculate } from './totals';

const CONFIRM =
  'The invoice was posted from an order. A Sales Credit memo will be created which you complete and post manually. The quantities will be corrected in the existing Sales Order.  Do you want to continue?';

/** Copies a posted invoice into a draft credit memo: only one that is open in full (B5, way 2). */
export function makeCorrectiveCreditMemo(books: Books, invoice: Row): Row {
  const total = books.minor(amount(invoice, 'totalAmountIncludingTax'));
  const open = amount(invoice, '_remaining');
  if (open !== total) refuse(open === 0 ? 'invoiceClosed' : 'invoicePartlyPaid');
  const order = text(invoice, 'orderNumber');
  if (order !== '' && books.find('salesOrders', 'number', order))
    refuse('confirmNeeded', { question: CONFIRM });
  return copyInvoice(books, invoice, books.around.options.correctiveComment ?? true);
}

/** Cancels a posted invoice by a credit memo that is posted at once. */
export function cancelInvoice(books: Books, invoice: Row): void {
  if (text(invoice, 'status') === 'Canceled') refuse('alreadyCanceled', { document: 'invoice' });
  const total = books.minor(amount(invoice, 'totalAmountIncludingTax'));
  if (amount(invoice, '_remaining') !== total) refuse('paidInvoice');
  postDraft(books, CREDIT_MEMO, copyInvoice(books, invoice, false), { status: 'Corrective' });
  books.table('salesInvoices').change(text(invoice, 'id'), { status: 'Canceled' });
  books.commitPosting();
}

/** Cancels a posted credit memo by an invoice: only the corrective one of an invoice (B5.1). */
export function cancelCreditMemo(books: Books, memo: Row): void {
  if (text(memo, 'status') === 'Canceled') refuse('alreadyCanceled', { document: 'credit memo' });
  if (text(memo, 'status') !== 'Corrective') refuse('notCorrective');
  const draft = createDocument(books, INVOICE, header(memo), text(memo, '_origin'));
  copyLines(books, CREDIT_MEMO, memo, INVOICE, draft);
  const invoice = postDraft(books, INVOICE, recalculate(books, INVOICE, draft), { status: 'Corrective' });
  applyTo(books, invoice, books.minor(amount(invoice, 'totalAmountIncludingTax')));
  books.table('salesCreditMemos').change(text(memo, 'id'), { status: 'Canceled' });
  books.commitPosting();
}

function copyInvoice(books: Books, invoice: Row, comment: boolean): Row {
  const draft = createDocument(books, CREDIT_MEMO, {
    ...header(invoice),
    invoiceId: text(invoice, 'id'),
    invoiceNumber: text(invoice, 'number'),
  });
  if (comment) {
    books.table('salesCreditMemoLines').insert({
      documentId: text(draft, 'id'),
      sequence: 5000,
      lineType: 'Comment',
      description: `Invoice No. ${text(invoice, 'number')}:`,
    });
  }
  copyLines(books, INVOICE, invoice, CREDIT_MEMO, draft);
  return recalculate(books, CREDIT_MEMO, draft);
}

function header(from: Row): Record<string, string | number> {
  const kept = ['customerNumber', 'externalDocumentNumber', 'currencyCode'];
  return {
    ...Object.fromEntries(kept.map((field) => [field, text(from, field)])),
    discountAmount: amount(from, 'discountAmount'),
  };
}

function copyLines(books: Books, from: DocumentKind, source: Row, to: DocumentKind, target: Row): void {
  for (const line of linesOf(books, from, source)) {
    const sold = from === INVOICE ? soldEntry(books, source, line) : undefined;
    books.table(to.lines).insert({
      ...line,
      id: '',
      documentId: text(target, 'id'),
      ...(sold ? { _soldEntry: amount(sold, 'entryNumber') } : {}),
    });
  }
}

/** The copy functions name the item entry of the sale, which the API does not show (B5.1): goods come back at its cost. */
function soldEntry(books: Books, invoice: Row, line: Row): Row | undefined {
  return books
    .table('itemLedgerEntries')
    .all()
    .find(
      (row) =>
        text(row, 'documentNumber') === text(invoice, 'number') &&
        text(row, 'itemNumber') === text(line, 'lineObjectNumber') &&
        amount(row, 'quantity') < 0,
    );
}
