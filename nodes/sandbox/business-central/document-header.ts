import type { Books } from './books';
import { checkOpen, CREDIT_MEMO, linesOf, ORDER, type DocumentKind } from './documents';
import { BLANK_GUID } from './entity';
import { flag, text, type Row, type Value } from './records';
import { refuse } from './refusal';
import { recalculate } from './totals';

type Fields = Readonly<Record<string, Value>>;
type Changes = Record<string, Value>;

/** Makes a draft. The customer brings currency, terms, address and whether prices include tax. */
export function createDocument(books: Books, kind: DocumentKind, given: Fields, origin = 'api'): Row {
  if (given['customerId'] === undefined && (given['customerNumber'] ?? '') === '') refuse('customerMissing');
  const changes = validated(books, kind, given);
  checkExternalNumber(books, kind, changes, '');
  const { series, from } = kind.draft;
  const number = String(books.nextNumber(series, from));
  const today = books.today();
  return books.table(kind.set).insert({
    [kind.dateField]: today,
    postingDate: today,
    dueDate: today,
    status: 'Draft',
    ...changes,
    discountAppliedBeforeTax: changes['pricesIncludeTax'] !== true,
    number,
    _draftNumber: number,
    _status: 'Open',
    _posted: false,
    _origin: origin,
    _remaining: 0,
    _applied: 0,
  });
}

export function changeDocument(books: Books, kind: DocumentKind, header: Row, given: Fields): Row {
  checkOpen(books, kind, header);
  const changes = validated(books, kind, given);
  checkExternalNumber(books, kind, changes, text(header, 'id'));
  const changed = books.table(kind.set).change(text(header, 'id'), changes);
  return recalculate(books, kind, changed);
}

/** Takes a document away with its lines. A posted one can go too, if the permissions allow it: here they do not [I]. */
export function removeDocument(books: Books, kind: DocumentKind, header: Row): void {
  checkOpen(books, kind, header);
  for (const line of linesOf(books, kind, header)) books.table(kind.lines).remove(text(line, 'id'));
  books.table(kind.set).remove(text(header, 'id'));
}

/** Checks the fields in the order in which the API page has them, and adds what they bring. */
function validated(books: Books, kind: DocumentKind, given: Fields): Changes {
  const changes: Changes = { ...given };
  sellTo(books, kind, given, changes);
  billTo(books, given, changes);
  dimensionCodes(books, given);
  currency(books, given, changes);
  related(books, given, 'paymentTermsId', 'paymentTerms', 'a', 'Payment Terms');
  related(books, given, 'shipmentMethodId', 'shipmentMethods', 'a', 'Shipment Method');
  const salesperson = given['salesperson'];
  if (salesperson !== undefined && salesperson !== '') {
    const found = books.find('salespeoplePurchasers', 'code', String(salesperson));
    if (!found) relation('Salesperson Code', String(salesperson), 'Salesperson/Purchaser');
  }
  if (kind === CREDIT_MEMO) {
    appliesTo(books, given, changes);
    related(books, given, 'customerReturnReasonId', 'customerReturnReasons', 'a', 'Reason Code');
  }
  return changes;
}

function sellTo(books: Books, kind: DocumentKind, given: Fields, changes: Changes): void {
  const customer = customerOf(books, given, 'customerId', 'customerNumber', 'sell-to');
  if (!customer) return;
  const blocked = text(customer, 'blocked');
  // Ship and Invoice stop orders, Invoice also invoices; returns are stopped by All alone (B5.1).
  const stops =
    blocked === 'All' ||
    (kind !== CREDIT_MEMO && (blocked === 'Invoice' || (kind === ORDER && blocked === 'Ship')));
  if (stops) refuse('customerBlockedCreate', { number: text(customer, 'number'), blocked });
  const currencyId = text(customer, 'currencyId');
  Object.assign(changes, {
    customerId: text(customer, 'id'),
    customerNumber: text(customer, 'number'),
    customerName: text(customer, 'displayName'),
    billToCustomerId: text(customer, 'id'),
    billToCustomerNumber: text(customer, 'number'),
    billToName: text(customer, 'displayName'),
    pricesIncludeTax: flag(customer, '_pricesIncludeTax'),
    email: given['email'] ?? text(customer, 'email'),
    paymentTermsId: given['paymentTermsId'] ?? text(customer, 'paymentTermsId'),
    currencyId,
    currencyCode: currencyId === BLANK_GUID ? books.world.currency : text(customer, 'currencyCode'),
  });
}

function billTo(books: Books, given: Fields, changes: Changes): void {
  const customer = customerOf(books, given, 'billToCustomerId', 'billToCustomerNumber', 'bill-to');
  if (!customer) return;
  Object.assign(changes, {
    billToCustomerId: text(customer, 'id'),
    billToCustomerNumber: text(customer, 'number'),
    billToName: text(customer, 'displayName'),
  });
}

/** The customer that id and number name; both must name the same. */
function customerOf(
  books: Books,
  given: Fields,
  idField: string,
  numberField: string,
  role: string,
): Row | null {
  const [id, number] = [given[idField], given[numberField]];
  if (id === undefined && (number === undefined || number === '')) return null;
  const customer =
    id === undefined
      ? books.find('customers', 'number', String(number))
      : books.table('customers').get(String(id));
  if (!customer) return refuse('customerUnknown', { role });
  if (id !== undefined && number !== undefined && text(customer, 'number') !== number) {
    refuse('customerMismatch', { role });
  }
  return customer;
}

/** The local currency has no record of its own: its id is blank, and its code stands for it [I]. */
function currency(books: Books, given: Fields, changes: Changes): void {
  const [id, code] = [given['currencyId'], given['currencyCode']];
  if (id === undefined && code === undefined) return;
  const local = books.world.currency;
  let found: Row | undefined;
  if (id !== undefined && id !== BLANK_GUID) {
    found = books.table('currencies').get(String(id));
    if (!found) refuse('idUnknown', { field: 'currencyId', article: 'a', table: 'Currency' });
    if (code !== undefined && text(found, 'code') !== code) {
      refuse('valuesMismatch', { what: 'currency', table: 'Currency' });
    }
  } else if (code !== undefined && code !== '' && code !== local) {
    found = books.find('currencies', 'code', String(code));
    if (!found) refuse('idUnknown', { field: 'currencyCode', article: 'a', table: 'Currency' });
  }
  changes['currencyId'] = found ? text(found, 'id') : BLANK_GUID;
  changes['currencyCode'] = found ? text(found, 'code') : local;
}

/** The posted invoice that the credit memo will be applied to. An unknown number shows only at posting [I]. */
function appliesTo(books: Books, given: Fields, changes: Changes): void {
  const [id, number] = [given['invoiceId'], given['invoiceNumber']];
  if (id === BLANK_GUID) {
    changes['invoiceNumber'] = '';
    return;
  }
  if (id !== undefined) {
    const invoice = books.table('salesInvoices').get(String(id));
    if (!invoice || !flag(invoice, '_posted')) {
      refuse('idUnknown', { field: 'invoiceId', article: 'an', table: 'Invoice' });
    }
    const found = text(invoice, 'number');
    if (number !== undefined && number !== found) refuse('invoiceMismatch');
    changes['invoiceNumber'] = found;
  } else if (number !== undefined) {
    const invoice = books.find('salesInvoices', 'number', String(number));
    changes['invoiceId'] = invoice ? text(invoice, 'id') : BLANK_GUID;
  }
}

function related(
  books: Books,
  given: Fields,
  field: string,
  set: string,
  article: string,
  table: string,
): void {
  const id = given[field];
  if (id === undefined || id === BLANK_GUID || books.table(set).get(String(id))) return;
  refuse('idUnknown', { field, article, table });
}

function dimensionCodes(books: Books, given: Fields): void {
  const dimensions = books.table('dimensions').all();
  for (const [index, field] of ['shortcutDimension1Code', 'shortcutDimension2Code'].entries()) {
    const value = given[field];
    if (value === undefined || value === '') continue;
    const values = books.table('dimensionValues').by('dimensionId', text(dimensions[index] ?? {}, 'id'));
    if (!values.some((row) => text(row, 'code') === value)) {
      relation(`Shortcut Dimension ${index + 1} Code`, String(value), 'Dimension Value');
    }
  }
}

function relation(field: string, value: string, other: string): never {
  return refuse('relation', { field, table: 'Sales Header', value, related: other });
}

/** Not a rule of the product (B5.1): only where an extension asks for it. */
function checkExternalNumber(books: Books, kind: DocumentKind, changes: Changes, own: string): void {
  const value = String(changes['externalDocumentNumber'] ?? '');
  if (!books.around.dials.externalNumberUnique || value === '') return;
  const other = books
    .table(kind.set)
    .by('externalDocumentNumber', value)
    .find((row) => text(row, 'id') !== own);
  if (other) refuse('externalNumberTaken', { value, document: kind.name, number: text(other, 'number') });
}
