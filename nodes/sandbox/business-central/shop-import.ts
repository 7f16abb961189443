import type { WorldOrder } from '../world';
import type { Books } from './books';
import { INVOICE, linesOf, ORDER, type DocumentKind } from './documents';
import { BLANK_GUID } from './entity';
import { setRemaining } from './ledger';
import { finishInvoice } from './posting';
import { amount, guidOf, text, type Row, type Value } from './records';
import { setUpCodes, setUpCustomers, setUpServices, setUpVariants, takeItem } from './set-up';
import { recalculate } from './totals';

/** Keeps a company up with the shop: orders and items may be added while it runs. */
export class ShopImport {
  private imported = 0;
  /** State of each item when it was last taken over. */
  private readonly items = new Map<string, string>();

  constructor(private readonly books: Books) {
    setUpCodes(books);
    setUpCustomers(books);
    setUpServices(books);
    this.sync();
    setUpVariants(books);
    books.journal.commit();
  }

  /** Takes over what has been added to the shop since the last call. */
  sync(): void {
    const { world } = this.books;
    for (const [index, item] of world.items.entries()) {
      if (this.items.get(item.sku) === item.state) continue;
      this.items.set(item.sku, item.state);
      takeItem(this.books, item, index);
    }
    for (; this.imported < world.orders.length; this.imported += 1) {
      const order = world.orders[this.imported];
      if (order) this.takeOver(order, this.imported);
    }
    this.books.journal.commit();
  }

  /** Takes an order over as it is in the shop now; what is held of it already is replaced, unless it is invoiced. */
  takeOver(order: WorldOrder, index = this.books.world.orders.indexOf(order)): void {
    if (order.state === 'unknown-to-erp' || this.invoiceOf(order.number)) return;
    const { books } = this;
    const open = books.find('salesOrders', 'number', order.salesOrderNumber);
    if (open) removeWithLines(books, ORDER, open);
    if (order.state === 'not-invoiced') {
      importDocument(books, ORDER, order, {
        number: order.salesOrderNumber,
        status: 'Open',
        _status: 'Released',
      });
      return;
    }
    const invoice = importDocument(books, INVOICE, order, {
      number: String(books.nextNumber(INVOICE.posted.series, INVOICE.posted.from)),
      orderNumber: order.salesOrderNumber,
      orderId: open ? text(open, 'id') : guidOf(`${books.id}|${order.salesOrderNumber}`),
      _posted: true,
      _status: 'Released',
    });
    finishInvoice(books, invoice);
    const share = books.around.options.paidShare?.(order, index) ?? 1;
    const total = books.minor(amount(invoice, 'totalAmountIncludingTax'));
    const held = books.table('salesInvoices').get(text(invoice, 'id'));
    if (held) setRemaining(books, held, total - Math.round(total * share));
  }

  /** The posted invoice of a shop order. */
  invoiceOf(orderNumber: string): Row | undefined {
    return this.books
      .table('salesInvoices')
      .by('externalDocumentNumber', orderNumber)
      .find((row) => text(row, '_origin') === 'shop');
  }
}

function removeWithLines(books: Books, kind: DocumentKind, header: Row): void {
  for (const line of linesOf(books, kind, header)) books.table(kind.lines).remove(text(line, 'id'));
  books.table(kind.set).remove(text(header, 'id'));
}

function importDocument(
  books: Books,
  kind: DocumentKind,
  order: WorldOrder,
  more: Record<string, Value>,
): Row {
  // An order whose customer is gone names a number that nobody has.
  const number = order.state === 'no-customer' ? `X-${order.customer}` : order.customer;
  const customer = books.find('customers', 'number', number);
  const date = order.orderedAt.slice(0, 10);
  const header = books.table(kind.set).insert({
    externalDocumentNumber: order.number,
    [kind.dateField]: date,
    postingDate: date,
    dueDate: date,
    customerId: customer ? text(customer, 'id') : BLANK_GUID,
    customerNumber: number,
    customerName: customer ? text(customer, 'displayName') : '',
    billToCustomerId: customer ? text(customer, 'id') : BLANK_GUID,
    billToCustomerNumber: number,
    currencyCode: books.world.currency,
    pricesIncludeTax: books.around.options.pricesIncludeTax ?? true,
    _draftNumber: text(more, 'number'),
    _posted: false,
    _origin: 'shop',
    _remaining: 0,
    _applied: 0,
    ...more,
  });
  const location = books.find('locations', 'code', books.world.mainWarehouse);
  for (const [index, line] of order.lines.entries()) {
    const item = books.find('items', 'number', line.sku);
    const group = books.find('taxGroups', 'code', text(item ?? {}, 'taxGroupCode'));
    const full = line.priceMinor * line.quantity;
    books.table(kind.lines).insert({
      documentId: text(header, 'id'),
      sequence: (index + 1) * 10_000,
      lineType: 'Item',
      itemId: item ? text(item, 'id') : BLANK_GUID,
      lineObjectNumber: line.sku,
      description: item ? text(item, 'displayName') : line.sku,
      unitOfMeasureCode: text(item ?? {}, 'baseUnitOfMeasureCode'),
      unitOfMeasureId: item ? text(item, 'baseUnitOfMeasureId') : BLANK_GUID,
      quantity: line.quantity,
      unitPrice: books.decimal(line.priceMinor),
      discountAmount: books.decimal(full - line.amountMinor),
      discountPercent: full === 0 ? 0 : Math.round(((full - line.amountMinor) * 10_000_000) / full) / 100_000,
      taxCode: text(item ?? {}, 'taxGroupCode'),
      taxPercent: group ? amount(group, '_rate') : 0,
      locationId: location ? text(location, 'id') : BLANK_GUID,
      _perUnit: 1,
    });
  }
  return recalculate(books, kind, header);
}
