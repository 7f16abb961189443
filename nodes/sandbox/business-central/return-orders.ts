import { tidy, type Books } from './books';
import { itemUnits } from './document-lines';
import { createDocument } from './document-header';
import { CREDIT_MEMO } from './documents';
import { BLANK_GUID } from './entity';
import { postItem } from './ledger';
import { checkInventoryPeriod, checkPostingDate, postDraft } from './posting';
import { amount, flag, text, type Row, type Value } from './records';
import { refuse } from './refusal';
import { DEFAULT_RETURN_REASONS } from './set-up';
import type { ReturnReason } from './simulator-types';
import { recalculate } from './totals';

/**
 * Sales return orders: received first and invoiced later (B5, way 3). They are made through a published page, never
 * through the API, which can only read them.
 */
export function createReturnOrder(
  books: Books,
  given: {
    customer: string;
    externalNumber: string;
    location: string;
    reference: string;
    postingDate: string;
  },
): Row {
  const customer = books.find('customers', 'number', given.customer);
  if (!customer) {
    const value = given.customer;
    return refuse('relation', {
      field: 'Sell-to Customer No.',
      table: 'Sales Header',
      value,
      related: 'Customer',
    });
  }
  if (text(customer, 'blocked') === 'All') {
    refuse('customerBlockedCreate', { number: given.customer, blocked: 'All' });
  }
  checkLocation(books, given.location, 'Sales Header');
  const today = books.today();
  return books.table('salesReturnOrders').insert({
    number: String(books.nextNumber('S-RETORD', 108_001)),
    externalDocumentNumber: given.externalNumber,
    documentDate: today,
    postingDate: given.postingDate || today,
    orderDate: today,
    dueDate: today,
    sellToCustomerNumber: text(customer, 'number'),
    sellToCustomerName: text(customer, 'displayName'),
    billToCustomerNumber: text(customer, 'number'),
    currencyCode: books.world.currency,
    pricesIncludingVAT: flag(customer, '_pricesIncludeTax'),
    locationCode: given.location,
    yourReference: given.reference,
    status: 'Open',
  });
}

export interface ReturnLine {
  number: string;
  variant: string;
  /** The item ledger entry of the sale, for its cost; 0 for none. */
  appliedFrom: number;
  quantity: number;
  unit: string;
  price: number | null;
  location: string;
  reason: string;
}

export function addReturnLine(books: Books, order: Row, given: ReturnLine): Row {
  checkReturnOpen(order);
  const item = books.find('items', 'number', given.number) ?? refuse('itemUnknown');
  if (flag(item, 'blocked')) refuse('itemBlocked', { number: given.number });
  const units = itemUnits(item);
  const unit = given.unit === '' ? units[0] : units.find(({ code }) => code === given.unit);
  if (!unit) return relation('Unit of Measure Code', given.unit, 'Item Unit of Measure');
  const reason = reasonOf(books, given.reason);
  const location = given.location || reason?.defaultLocation || text(order, 'locationCode');
  checkLocation(books, location, 'Sales Line');
  const variants = books.table('itemVariants').by('itemNumber', given.number);
  if (given.variant !== '' && !variants.some((row) => text(row, 'code') === given.variant)) {
    return relation('Variant Code', given.variant, 'Item Variant');
  }
  checkAppliedFrom(books, given.number, given.appliedFrom);
  const lines = linesOfReturn(books, order);
  const price = given.price ?? tidy(amount(item, 'unitPrice') * unit.quantity);
  return books.table('salesReturnOrderLines').insert({
    documentType: 'Return Order',
    documentNumber: text(order, 'number'),
    sequence: amount(lines.at(-1) ?? {}, 'sequence') + 10_000,
    lineType: 'Item',
    lineObjectNumber: text(item, 'number'),
    description: text(item, 'displayName'),
    unitOfMeasureCode: unit.code,
    quantity: given.quantity,
    unitPrice: price,
    lineAmount: books.decimal(books.minor(price * given.quantity)),
    returnQtyToReceive: given.quantity,
    returnQtyReceived: 0,
    _perUnit: unit.quantity,
    _location: location,
    _reason: given.reason,
    _variant: given.variant,
    _appliedFrom: given.appliedFrom,
    _toInvoice: given.quantity,
    _invoiced: 0,
  });
}

/** Sets how much of a line is to be received or invoiced next. */
export function changeReturnLine(books: Books, line: Row, change: Readonly<Record<string, Value>>): Row {
  return books.table('salesReturnOrderLines').change(text(line, 'id'), change);
}

/** The day that the next posting is on; it may be set on a released order too [I]. */
export function changeReturnOrder(books: Books, order: Row, change: Readonly<Record<string, Value>>): Row {
  return books.table('salesReturnOrders').change(text(order, 'id'), change);
}

/** Another place for the goods of a line: of an open order, before any of them is received. */
export function placeReturnLine(books: Books, line: Row, location: string): void {
  if (location === text(line, '_location')) return;
  checkReturnOpen(orderOf(books, text(line, 'documentNumber')));
  checkLocation(books, location, 'Sales Line');
  changeReturnLine(books, line, { _location: location });
}

/** Posts the receipt: goods into stock, nothing credited. Gives the number of the receipt. */
export function receiveReturnOrder(books: Books, number: string): string {
  const order = orderOf(books, number);
  checkPostingDate(books, order);
  checkInventoryPeriod(books, text(order, 'postingDate'));
  const status = text(order, 'status');
  if (status === 'Pending Approval') refuse('statusNotOpen', { type: 'Return Order', number, status });
  const lines = linesOfReturn(books, order).filter((line) => amount(line, 'returnQtyToReceive') > 0);
  if (lines.length === 0) refuse('nothingToPost');
  const receipt = String(books.nextNumber('S-RCPT', 107_001));
  books.table('returnReceipts').insert({ ...order, id: '', number: receipt, orderNumber: number });
  for (const line of lines) {
    const quantity = amount(line, 'returnQtyToReceive');
    const item = books.find('items', 'number', text(line, 'lineObjectNumber'));
    if (item && text(item, 'type') === 'Inventory') {
      const applied = amount(line, '_appliedFrom');
      if (books.around.dials.exactCostReversing && applied === 0) {
        refuse('exactCost', { type: 'Return Order', number, line: amount(line, 'sequence') });
      }
      const sold = entryOf(books, applied);
      postItem(books, {
        item,
        location: text(line, '_location'),
        units: tidy(quantity * amount(line, '_perUnit')),
        postingDate: text(order, 'postingDate'),
        customer: text(order, 'sellToCustomerNumber'),
        documentNumber: receipt,
        documentType: 'Sales Return Receipt',
        sales: 0,
        valueZero: reasonOf(books, text(line, '_reason'))?.valueZero ?? false,
        ...(sold ? { unitCost: amount(sold, 'costAmountActual') / amount(sold, 'quantity') } : {}),
      });
    }
    const received = amount(line, 'returnQtyReceived') + quantity;
    const rest = tidy(amount(line, 'quantity') - received);
    changeReturnLine(books, line, { returnQtyReceived: received, returnQtyToReceive: rest });
  }
  books.table('salesReturnOrders').change(text(order, 'id'), { status: 'Released' });
  books.commitPosting();
  return receipt;
}

/** Posts the credit memo of what has been received. Gives its number; an order that is done with is deleted. */
export function invoiceReturnOrder(books: Books, number: string): string {
  const order = orderOf(books, number);
  const lines = linesOfReturn(books, order).filter((line) => amount(line, '_toInvoice') > 0);
  if (lines.length === 0) refuse('nothingToPost');
  for (const line of lines) {
    const open = tidy(amount(line, 'returnQtyReceived') - amount(line, '_invoiced'));
    if (amount(line, '_toInvoice') > open) {
      refuse('invoicedMoreThanReceived', { quantity: open, number, line: amount(line, 'sequence') });
    }
  }
  const memo = creditMemoOf(books, order, lines);
  const posted = postDraft(books, CREDIT_MEMO, memo, { goodsReceived: true });
  for (const line of lines) {
    const invoiced = tidy(amount(line, '_invoiced') + amount(line, '_toInvoice'));
    changeReturnLine(books, line, {
      _invoiced: invoiced,
      _toInvoice: tidy(amount(line, 'quantity') - invoiced),
    });
  }
  const rest = linesOfReturn(books, order).filter((line) => amount(line, '_toInvoice') > 0);
  if (rest.length === 0) removeReturnOrder(books, order);
  books.commitPosting();
  return text(posted, 'number');
}

function creditMemoOf(books: Books, order: Row, lines: readonly Row[]): Row {
  const memo = createDocument(books, CREDIT_MEMO, {
    customerNumber: text(order, 'sellToCustomerNumber'),
    externalDocumentNumber: text(order, 'externalDocumentNumber'),
    postingDate: text(order, 'postingDate'),
  });
  for (const line of lines) {
    const item = books.find('items', 'number', text(line, 'lineObjectNumber')) ?? refuse('itemUnknown');
    const group = books.find('taxGroups', 'code', text(item, 'taxGroupCode'));
    const location = books.find('locations', 'code', text(line, '_location'));
    const variant = books
      .table('itemVariants')
      .by('itemNumber', text(item, 'number'))
      .find((row) => text(row, 'code') === text(line, '_variant'));
    books.table('salesCreditMemoLines').insert({
      documentId: text(memo, 'id'),
      sequence: amount(line, 'sequence'),
      lineType: 'Item',
      itemId: text(item, 'id'),
      lineObjectNumber: text(item, 'number'),
      description: text(line, 'description'),
      unitOfMeasureCode: text(line, 'unitOfMeasureCode'),
      quantity: amount(line, '_toInvoice'),
      unitPrice: amount(line, 'unitPrice'),
      taxCode: text(item, 'taxGroupCode'),
      taxPercent: group ? amount(group, '_rate') : 0,
      locationId: location ? text(location, 'id') : BLANK_GUID,
      itemVariantId: variant ? text(variant, 'id') : BLANK_GUID,
      _perUnit: amount(line, '_perUnit'),
    });
  }
  return recalculate(books, CREDIT_MEMO, memo);
}

function removeReturnOrder(books: Books, order: Row): void {
  for (const line of linesOfReturn(books, order))
    books.table('salesReturnOrderLines').remove(text(line, 'id'));
  books.table('salesReturnOrders').remove(text(order, 'id'));
}

export function linesOfReturn(books: Books, order: Row): Row[] {
  return books.table('salesReturnOrderLines').by('documentNumber', text(order, 'number'));
}

export function returnReasons(books: Books): readonly ReturnReason[] {
  return books.around.options.returnReasons ?? DEFAULT_RETURN_REASONS;
}

function reasonOf(books: Books, code: string): ReturnReason | undefined {
  if (code === '') return undefined;
  return (
    returnReasons(books).find((reason) => reason.code === code) ??
    relation('Return Reason Code', code, 'Return Reason')
  );
}

function orderOf(books: Books, number: string): Row {
  const key = `Document Type='Return Order',No.='${number}'`;
  return (
    books.find('salesReturnOrders', 'number', number) ??
    refuse('recordUnknown', { table: 'Sales Header', key })
  );
}

function entryOf(books: Books, number: number): Row | undefined {
  if (number === 0) return undefined;
  return books
    .table('itemLedgerEntries')
    .all()
    .find((row) => amount(row, 'entryNumber') === number);
}

/** What a line is applied from went out, and is of the same item (B5.1). */
function checkAppliedFrom(books: Books, item: string, number: number): void {
  if (number === 0) return;
  const entry = entryOf(books, number);
  if (entry && text(entry, 'itemNumber') === item && amount(entry, 'quantity') < 0) return;
  relation('Appl.-from Item Entry', String(number), 'Item Ledger Entry');
}

/** A released order takes no more lines. */
function checkReturnOpen(order: Row): void {
  const status = text(order, 'status');
  if (status !== 'Open')
    refuse('statusNotOpen', { type: 'Return Order', number: text(order, 'number'), status });
}

function checkLocation(books: Books, code: string, table: string): void {
  if (code === '' || books.find('locations', 'code', code)) return;
  refuse('relation', { field: 'Location Code', table, value: code, related: 'Location' });
}

function relation(field: string, value: string, related: string): never {
  return refuse('relation', { field, table: 'Sales Line', value, related });
}
