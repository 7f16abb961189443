import type { Books } from './books';
import { CREDIT_MEMO, INVOICE, linesOf, ORDER, SHOWN_STATUS } from './documents';
import { createDocument } from './document-header';
import { setRemaining } from './ledger';
import { postDraft } from './posting';
import { amount, text, type Row } from './records';
import type { ShopImport } from './shop-import';
import type { BusinessCentralSimulator } from './simulator-types';
import { recalculate } from './totals';

type PersonsWork = Pick<
  BusinessCentralSimulator,
  'change' | 'blockItem' | 'setDraftStatus' | 'payInvoice' | 'keepOrder' | 'addForeignCreditMemo' | 'takeOver'
>;

/** What people do in Business Central's own screens. */
export function personsWork(books: Books, shop: ShopImport): PersonsWork {
  const invoiceOf = (orderNumber: string): Row => {
    shop.sync();
    const invoice = shop.invoiceOf(orderNumber);
    if (!invoice) throw new Error(`The simulator has no invoice of the order ${orderNumber}`);
    return invoice;
  };
  return {
    change: (set, fields, change) => {
      shop.sync();
      const table = books.table(set);
      const rows = table
        .all()
        .filter((row) => Object.entries(fields).every(([name, value]) => row[name] === value));
      for (const row of rows) table.change(text(row, 'id'), change);
      books.journal.commit();
      return rows.length;
    },
    blockItem: (number, { blocked, salesBlocked }) => {
      shop.sync();
      const item = books.find('items', 'number', number);
      if (!item) throw new Error(`The simulator has no item ${number}`);
      books.table('items').change(text(item, 'id'), {
        ...(blocked === undefined ? {} : { blocked }),
        ...(salesBlocked === undefined ? {} : { _salesBlocked: salesBlocked }),
      });
      books.journal.commit();
    },
    setDraftStatus: (id, status) => {
      const [held = 'Open'] = Object.entries(SHOWN_STATUS).find(([, shown]) => shown === status) ?? [];
      books.table('salesCreditMemos').change(id, { status, _status: held });
      books.journal.commit();
    },
    payInvoice: (orderNumber, amountMinor) => {
      const invoice = invoiceOf(orderNumber);
      setRemaining(books, invoice, books.minor(amount(invoice, 'totalAmountIncludingTax')) - amountMinor);
      books.journal.commit();
    },
    keepOrder: (orderNumber) => keepOrder(books, invoiceOf(orderNumber)),
    addForeignCreditMemo: (orderNumber, externalDocumentNumber = '') =>
      addForeignCreditMemo(books, invoiceOf(orderNumber), externalDocumentNumber),
    takeOver: (order) => {
      shop.takeOver(order);
      books.journal.commit();
    },
  };
}

/** The order of an invoice exists again, as one that was delivered in part does. */
function keepOrder(books: Books, invoice: Row): void {
  const order = books.table('salesOrders').insert({
    ...invoice,
    id: text(invoice, 'orderId'),
    number: text(invoice, 'orderNumber'),
    orderDate: text(invoice, 'invoiceDate'),
    status: 'Open',
    _status: 'Released',
    _posted: false,
  });
  for (const line of linesOf(books, INVOICE, invoice)) {
    books.table(ORDER.lines).insert({ ...line, id: '', documentId: text(order, 'id') });
  }
  books.journal.commit();
}

function addForeignCreditMemo(books: Books, invoice: Row, externalDocumentNumber: string): string {
  const draft = createDocument(
    books,
    CREDIT_MEMO,
    { customerNumber: text(invoice, 'customerNumber'), externalDocumentNumber },
    'person',
  );
  for (const line of linesOf(books, INVOICE, invoice)) {
    books.table(CREDIT_MEMO.lines).insert({ ...line, id: '', documentId: text(draft, 'id') });
  }
  const posted = postDraft(books, CREDIT_MEMO, recalculate(books, CREDIT_MEMO, draft));
  books.journal.commit();
  return text(posted, 'number');
}
