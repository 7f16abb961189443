import { tidy, type Books } from './books';
import { checkOpen, CREDIT_MEMO, linesOf, type DocumentKind } from './documents';
import { BLANK_GUID } from './entity';
import { amount, flag, text, type Row, type Value } from './records';
import { refuse } from './refusal';
import type { ItemUnit } from './simulator-types';
import { recalculate } from './totals';

type Fields = Readonly<Record<string, Value>>;

/** What lines of the other types point to: none of these exist here. */
const OTHER_TABLES: Readonly<Record<string, string>> = {
  Comment: 'Standard Text',
  Resource: 'Resource',
  'Fixed Asset': 'Fixed Asset',
  Charge: 'Item Charge',
  'Allocation Account': 'Allocation Account',
};

/** Adds a line to a draft, and works the document out again. */
export function addLine(books: Books, kind: DocumentKind, header: Row, given: Fields): Row {
  checkOpen(books, kind, header);
  const table = books.table(kind.lines);
  const lines = linesOf(books, kind, header);
  const sequence = Number(given['sequence'] ?? 0) || amount(lines.at(-1) ?? {}, 'sequence') + 10_000;
  if (lines.some((line) => amount(line, 'sequence') === sequence)) refuse('lineExists');
  const line = table.insert({
    ...validated(books, kind, given, null),
    documentId: text(header, 'id'),
    sequence,
  });
  recalculate(books, kind, header);
  return table.get(text(line, 'id')) ?? line;
}

export function changeLine(books: Books, kind: DocumentKind, line: Row, given: Fields): Row {
  const header = headerOf(books, kind, line);
  checkOpen(books, kind, header);
  for (const field of ['documentId', 'sequence', 'lineObjectNumber']) {
    const value = given[field];
    if (value !== undefined && value !== line[field]) refuse('notModifiable', { field });
  }
  const table = books.table(kind.lines);
  table.change(text(line, 'id'), validated(books, kind, given, line));
  recalculate(books, kind, header);
  return table.get(text(line, 'id')) ?? line;
}

export function removeLine(books: Books, kind: DocumentKind, line: Row): void {
  const header = headerOf(books, kind, line);
  checkOpen(books, kind, header);
  books.table(kind.lines).remove(text(line, 'id'));
  recalculate(books, kind, header);
}

function headerOf(books: Books, kind: DocumentKind, line: Row): Row {
  return books.table(kind.set).get(text(line, 'documentId')) ?? refuse('documentUnknown');
}

/** Checks the fields in the order of the API page, and adds what the item brings. */
function validated(
  books: Books,
  kind: DocumentKind,
  given: Fields,
  before: Row | null,
): Record<string, Value> {
  const line: Record<string, Value> = {
    ...(before ?? { lineType: 'Comment', quantity: 0, unitPrice: 0 }),
    ...given,
  };
  const item = itemOf(books, given, line);
  if (item) takeItem(books, kind, item, given, line, before);
  else takeAccount(books, given, line, before);
  takeLocation(books, given);
  takeTax(books, given, line);
  takeDiscount(books, given, line);
  return line;
}

/** The item that the line is of; undefined for lines of another type. */
function itemOf(books: Books, given: Fields, line: Record<string, Value>): Row | undefined {
  const id = given['itemId'];
  if (id !== undefined && id !== BLANK_GUID) {
    const item = books.table('items').get(String(id));
    if (!item) refuse('itemUnknown');
    if ((given['accountId'] ?? BLANK_GUID) !== BLANK_GUID) refuse('itemAndAccount');
    line['lineType'] = 'Item';
    return item;
  }
  if (line['lineType'] !== 'Item') return undefined;
  const number = String(line['lineObjectNumber'] ?? '');
  return books.find('items', 'number', number) ?? refuse('itemUnknown');
}

function takeItem(
  books: Books,
  kind: DocumentKind,
  item: Row,
  given: Fields,
  line: Record<string, Value>,
  before: Row | null,
): void {
  const number = text(item, 'number');
  if (flag(item, 'blocked')) refuse('itemBlocked', { number });
  // Only a notification on returns, an error on orders and invoices (B5.1).
  if (kind !== CREDIT_MEMO && flag(item, '_salesBlocked')) refuse('salesBlocked', { number });
  const unit = unitOf(books, item, given, line);
  const fresh = before === null || text(before, 'itemId') !== text(item, 'id');
  Object.assign(line, {
    itemId: text(item, 'id'),
    accountId: BLANK_GUID,
    lineObjectNumber: number,
    description: given['description'] ?? (fresh ? text(item, 'displayName') : text(line, 'description')),
    unitOfMeasureCode: unit.code,
    unitOfMeasureId: text(books.find('unitsOfMeasure', 'code', unit.code) ?? {}, 'id'),
    taxCode: given['taxCode'] ?? (fresh ? text(item, 'taxGroupCode') : text(line, 'taxCode')),
    _perUnit: unit.quantity,
  });
  const unitChanged = before !== null && text(before, 'unitOfMeasureCode') !== unit.code;
  if (given['unitPrice'] === undefined && (fresh || unitChanged)) {
    line['unitPrice'] = tidy(amount(item, 'unitPrice') * unit.quantity);
  }
  const variant = given['itemVariantId'];
  if (variant === undefined || variant === BLANK_GUID) return;
  const found = books.table('itemVariants').get(String(variant));
  if (!found || text(found, 'itemId') !== text(item, 'id')) {
    refuse('relation', {
      field: 'Variant Code',
      table: 'Sales Line',
      value: found ? text(found, 'code') : String(variant),
      related: 'Item Variant',
    });
  }
}

/** The unit must be one of the item's own, not only of the global list (B5.1). */
function unitOf(books: Books, item: Row, given: Fields, line: Record<string, Value>): ItemUnit {
  const units = itemUnits(item);
  const byId = given['unitOfMeasureId'];
  const named =
    byId === undefined || byId === BLANK_GUID ? undefined : books.table('unitsOfMeasure').get(String(byId));
  const asked = given['unitOfMeasureCode'] ?? (named ? text(named, 'code') : byId);
  const held = text(line, 'itemId') === text(item, 'id') ? text(line, 'unitOfMeasureCode') : '';
  const code = asked === undefined || asked === '' || asked === BLANK_GUID ? held : String(asked);
  const unit = code === '' ? units[0] : units.find((known) => known.code === code);
  return (
    unit ??
    refuse('relation', {
      field: 'Unit of Measure Code',
      table: 'Sales Line',
      value: code,
      related: 'Item Unit of Measure',
    })
  );
}

/** An item's units; the first is its base unit. */
export function itemUnits(item: Row): ItemUnit[] {
  return JSON.parse(text(item, '_units')) as ItemUnit[];
}

function takeAccount(books: Books, given: Fields, line: Record<string, Value>, before: Row | null): void {
  if (given['unitOfMeasureId'] !== undefined || given['unitOfMeasureCode'] !== undefined)
    refuse('unitOnlyForItems');
  const id = given['accountId'];
  const number = String(line['lineObjectNumber'] ?? '');
  const type = text(line, 'lineType');
  if ((id !== undefined && id !== BLANK_GUID) || type === 'Account') {
    const account =
      id === undefined ? books.find('accounts', 'number', number) : books.table('accounts').get(String(id));
    if (!account) return refuse('accountUnknown');
    Object.assign(line, {
      lineType: 'Account',
      accountId: text(account, 'id'),
      lineObjectNumber: text(account, 'number'),
      description:
        given['description'] ?? (before ? text(line, 'description') : text(account, 'displayName')),
    });
  } else if (number !== '') {
    refuse('relation', {
      field: 'No.',
      table: 'Sales Line',
      value: number,
      related: OTHER_TABLES[type] ?? type,
    });
  }
}

function takeLocation(books: Books, given: Fields): void {
  const id = given['locationId'];
  if (id === undefined || id === BLANK_GUID || books.table('locations').get(String(id))) return;
  refuse('relation', {
    field: 'Location Id',
    table: 'Sales Invoice Line Aggregate',
    value: String(id),
    related: 'Location',
  });
}

function takeTax(books: Books, given: Fields, line: Record<string, Value>): void {
  const code = text(line, 'taxCode');
  const group = books.find('taxGroups', 'code', code);
  if (!group && (given['taxCode'] ?? '') !== '') {
    refuse('relation', { field: 'Tax Group Code', table: 'Sales Line', value: code, related: 'Tax Group' });
  }
  line['taxPercent'] = group ? amount(group, '_rate') : 0;
}

/** Amount and percentage of the line's discount follow each other; the one that is sent leads. */
function takeDiscount(books: Books, given: Fields, line: Record<string, Value>): void {
  const full = books.minor(amount(line, 'quantity') * amount(line, 'unitPrice'));
  if (given['discountAmount'] !== undefined && given['discountPercent'] === undefined) {
    const discount = books.minor(amount(line, 'discountAmount'));
    line['discountPercent'] = full === 0 ? 0 : tidy((discount * 100) / full);
  } else {
    line['discountAmount'] = books.decimal((full * amount(line, 'discountPercent')) / 100);
  }
}
