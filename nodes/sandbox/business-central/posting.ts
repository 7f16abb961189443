import type { Books } from './books';
import { CREDIT_MEMO, INVOICE, linesOf, ORDER, type DocumentKind } from './documents';
import { addLine } from './document-lines';
import { applyTo, isPosted, postGeneral, postItems } from './ledger';
import { amount, flag, text, type Row } from './records';
import { refuse } from './refusal';
import { recalculate } from './totals';

/** How a document is posted besides the usual. */
export interface PostingMode {
  /** The status of the posted document where it is not worked out. */
  status?: string;
  /** The goods came in before, with the receipt of a return order. */
  goodsReceived?: boolean;
}

/** Posts a draft invoice or credit memo: it keeps its id and gets a number of the posted series (B4.1). */
export function postDraft(books: Books, kind: DocumentKind, draft: Row, mode: PostingMode = {}): Row {
  checkPosting(books, kind, draft, mode);
  const header = round(books, kind, draft);
  const posted = books.table(kind.set).change(text(header, 'id'), {
    number: nextPosted(books, kind),
    _posted: true,
    _status: 'Released',
  });
  if (kind === CREDIT_MEMO) finishCreditMemo(books, posted, mode);
  else finishInvoice(books, posted, mode);
  books.commitPosting();
  return books.table(kind.set).get(text(posted, 'id')) ?? posted;
}

function finishCreditMemo(books: Books, memo: Row, mode: PostingMode): void {
  if (mode.goodsReceived !== true) takeGoods(books, memo);
  postGeneral(books, memo, 'Credit Memo', 1);
  const gross = books.minor(amount(memo, 'totalAmountIncludingTax'));
  const invoice = appliedInvoice(books, memo);
  const applied = invoice ? applyTo(books, invoice, gross) : 0;
  books.table('salesCreditMemos').change(text(memo, 'id'), {
    status: mode.status ?? (gross - applied === 0 ? 'Paid' : 'Open'),
    _applied: applied,
    _remaining: gross - applied,
  });
}

/** The entries of an invoice that has just got its number. */
export function finishInvoice(books: Books, invoice: Row, mode: PostingMode = {}): void {
  const number = text(invoice, 'number');
  postItems(books, {
    kind: INVOICE,
    header: invoice,
    direction: -1,
    documentNumber: number,
    documentType: 'Sales Invoice',
  });
  postGeneral(books, invoice, 'Invoice', -1);
  books.table('salesInvoices').change(text(invoice, 'id'), {
    status: mode.status ?? 'Open',
    _remaining: books.minor(amount(invoice, 'totalAmountIncludingTax')),
  });
}

/**
 * Takes the goods of a credit memo into stock. A dial can leave them out, so that a credit stands without its stock
 * (C1 #4).
 */
function takeGoods(books: Books, memo: Row): void {
  const { dials } = books.around;
  const receipt = dials.returnReceiptOnCreditMemo ? receiptFor(books, memo) : null;
  if (dials.noItemEntriesNext > 0) {
    dials.noItemEntriesNext -= 1;
    return;
  }
  postItems(books, {
    kind: CREDIT_MEMO,
    header: memo,
    direction: 1,
    documentNumber: receipt ?? text(memo, 'number'),
    documentType: receipt === null ? 'Sales Credit Memo' : 'Sales Return Receipt',
  });
}

/** With *Return Receipt on Credit Memo*, the goods come under the receipt's number, not the credit memo's [I]. */
function receiptFor(books: Books, memo: Row): string {
  const number = String(books.nextNumber('S-RCPT', 107_001));
  books.table('returnReceipts').insert({
    number,
    externalDocumentNumber: text(memo, 'externalDocumentNumber'),
    documentDate: text(memo, 'creditMemoDate'),
    postingDate: text(memo, 'postingDate'),
    sellToCustomerNumber: text(memo, 'customerNumber'),
    sellToCustomerName: text(memo, 'customerName'),
    billToCustomerNumber: text(memo, 'billToCustomerNumber'),
    currencyCode: text(memo, 'currencyCode'),
  });
  return number;
}

/** Ships and invoices an order whole; it is deleted then, and its invoice names it (B4). */
export function shipAndInvoice(books: Books, order: Row): Row {
  checkPosting(books, ORDER, order);
  const id = text(order, 'id');
  const lines = linesOf(books, ORDER, order);
  const invoice = books.table('salesInvoices').insert({
    ...order,
    id: '',
    number: nextPosted(books, ORDER),
    invoiceDate: text(order, 'orderDate'),
    dueDate: text(order, 'postingDate'),
    orderId: id,
    orderNumber: text(order, 'number'),
    _posted: true,
  });
  for (const line of lines) {
    books.table('salesInvoiceLines').insert({ ...line, id: '', documentId: text(invoice, 'id') });
    books.table('salesOrderLines').remove(text(line, 'id'));
  }
  books.table('salesOrders').remove(id);
  books.table('salesShipments').insert({
    number: String(books.nextNumber('S-SHPT', 102_501)),
    externalDocumentNumber: text(order, 'externalDocumentNumber'),
    invoiceDate: text(order, 'orderDate'),
    postingDate: text(order, 'postingDate'),
    customerNumber: text(order, 'customerNumber'),
    customerName: text(order, 'customerName'),
    orderNumber: text(order, 'number'),
  });
  finishInvoice(books, invoice);
  books.commitPosting();
  return invoice;
}

/** The checks of Sales-Post, as far as B5.1 names them, in the order in which it makes them [I]. */
function checkPosting(books: Books, kind: DocumentKind, header: Row, mode: PostingMode = {}): void {
  const { dials, options } = books.around;
  const lines = linesOf(books, kind, header);
  const number = text(header, 'number');
  const { type } = kind;
  if (lines.length === 0) refuse('noLines', { document: kind.name });
  const goods = lines.filter((line) => text(line, 'lineType') !== 'Comment');
  if (goods.some((line) => amount(line, 'quantity') === 0)) refuse('noQuantity');
  const status = text(header, '_status');
  if (status === 'Pending Approval') refuse('statusNotOpen', { type, number, status });
  checkPostingDate(books, header);
  checkCustomer(books, kind, header);
  if (dials.externalNumberMandatory && text(header, 'externalDocumentNumber') === '') {
    refuse('externalNumberMissing', { type, number });
  }
  for (const line of goods) {
    const item = books.table('items').get(text(line, 'itemId'));
    if (!item || text(item, 'type') !== 'Inventory') continue;
    const place = { type, number, line: amount(line, 'sequence') };
    const location = books.table('locations').get(text(line, 'locationId'));
    if (location && options.warehouseLocations?.includes(text(location, 'code')))
      refuse('warehouseHandling', place);
    // Of goods that came in before, their receipt names the entry; of a copied invoice, its lines do.
    const named = mode.goodsReceived === true || amount(line, '_soldEntry') !== 0;
    if (dials.exactCostReversing && kind === CREDIT_MEMO && !named) refuse('exactCost', place);
    if (flag(item, 'blocked')) refuse('itemBlockedPosting', { number: text(item, 'number') });
    checkInventoryPeriod(books, text(header, 'postingDate'));
  }
  if (text(header, 'invoiceNumber') !== '') appliedInvoice(books, header);
}

export function checkPostingDate(books: Books, header: Row): void {
  const { postingAllowedFrom: from, postingAllowedTo: to } = books.around.dials;
  const date = text(header, 'postingDate');
  if ((from !== '' && date < from) || (to !== '' && date > to)) refuse('postingDate');
}

export function checkInventoryPeriod(books: Books, postingDate: string): void {
  const until = books.around.dials.inventoryClosedUntil;
  if (until === '' || postingDate > until) return;
  const next = new Date(Date.parse(until) + 86_400_000).toISOString().slice(0, 10);
  refuse('inventoryClosed', { date: next });
}

function checkCustomer(books: Books, kind: DocumentKind, header: Row): void {
  const number = text(header, 'customerNumber');
  const customer = books.find('customers', 'number', number);
  if (!customer) return refuse('recordUnknown', { table: 'Customer', key: `No.='${number}'` });
  const blocked = text(customer, 'blocked');
  if (blocked === 'All' || (kind !== CREDIT_MEMO && blocked !== ' ')) {
    refuse('customerBlockedPost', { number, blocked });
  }
}

/** The invoice to apply to. Only open entries of this customer are searched (B5.1). */
function appliedInvoice(books: Books, memo: Row): Row | null {
  const number = text(memo, 'invoiceNumber');
  if (number === '') return null;
  const invoice = books.table('salesInvoices').by('number', number).find(isPosted);
  const open =
    invoice &&
    text(invoice, 'billToCustomerNumber') === text(memo, 'billToCustomerNumber') &&
    amount(invoice, '_remaining') > 0;
  return open ? invoice : refuse('notOpenToApply');
}

/** Rounds the document by a line of its own, where the set-up asks for it (C1 #12). */
function round(books: Books, kind: DocumentKind, draft: Row): Row {
  const step = books.around.dials.invoiceRounding;
  if (step <= 0) return draft;
  const gross = books.minor(amount(draft, 'totalAmountIncludingTax'));
  const difference = Math.round(gross / step) * step - gross;
  if (difference === 0) return draft;
  // A released document takes no line of a caller; rounding is the application's own.
  const open = books.table(kind.set).change(text(draft, 'id'), { _status: 'Open' });
  addLine(books, kind, open, {
    lineType: 'Account',
    lineObjectNumber: '9140',
    quantity: 1,
    unitPrice: books.decimal(difference),
  });
  return recalculate(books, kind, open);
}

function nextPosted(books: Books, kind: DocumentKind): string {
  const { series, from } = kind.posted;
  if (books.around.dials.postedNumbersExhausted) refuse('numbersExhausted', { series });
  return String(books.nextNumber(series, from));
}
