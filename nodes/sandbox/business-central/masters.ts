import type { Books } from './books';
import { addLine, changeLine, removeLine } from './document-lines';
import { changeDocument, createDocument, removeDocument } from './document-header';
import { checkOpen, kindOfLines, kindOfSet, type DocumentKind } from './documents';
import { BLANK_GUID, type Entity } from './entity';
import { checkJournalLine } from './journals';
import { text, type Row, type Value } from './records';
import { refuse } from './refusal';

type Fields = Readonly<Record<string, Value>>;

/** Creates a row of any set, by the rules of its table. */
export function createRow(books: Books, entity: Entity, given: Fields): Row {
  const document = kindOfSet(entity.set);
  if (document) return createDocument(books, document, given);
  const kind = kindOfLines(entity.set);
  if (kind) return addLine(books, kind, parentOf(books, kind, given), given);
  if (entity.set === 'dimensionSetLines') return addDimension(books, given);
  const row = { ...defaults(books, entity), ...completed(books, entity, given) };
  if (NUMBERS_FROM[entity.set] !== undefined && text(row, 'number') === '') {
    row['number'] = String(books.nextNumber(entity.set, NUMBERS_FROM[entity.set] ?? 1));
  }
  checkUnique(books, entity, row, '');
  return books.table(entity.set).insert(row);
}

export function changeRow(books: Books, entity: Entity, row: Row, given: Fields): Row {
  const document = kindOfSet(entity.set);
  if (document) return changeDocument(books, document, row, given);
  const kind = kindOfLines(entity.set);
  if (kind) return changeLine(books, kind, row, given);
  if (entity.set === 'dimensionSetLines') checkDimensionParent(books, text(row, 'parentId'));
  checkUnique(books, entity, { ...row, ...given }, text(row, 'id'));
  return books.table(entity.set).change(text(row, 'id'), completed(books, entity, given));
}

export function removeRow(books: Books, entity: Entity, row: Row): void {
  const document = kindOfSet(entity.set);
  const kind = kindOfLines(entity.set);
  if (document) removeDocument(books, document, row);
  else if (kind) removeLine(books, kind, row);
  else {
    if (entity.set === 'dimensionSetLines') checkDimensionParent(books, text(row, 'parentId'));
    books.table(entity.set).remove(text(row, 'id'));
  }
}

function parentOf(books: Books, kind: DocumentKind, given: Fields): Row {
  const id = String(given['documentId'] ?? BLANK_GUID);
  if (id === BLANK_GUID) return refuse('documentIdMissingInsert');
  return books.table(kind.set).get(id) ?? refuse('documentUnknown');
}

/** Where the numbers begin that the system gives; other sets have codes of their own. */
const NUMBERS_FROM: Readonly<Record<string, number>> = { items: 2001, customers: 20_001 };

/** What a new row holds beside its fields. */
function defaults(books: Books, entity: Entity): Record<string, Value> {
  if (entity.set === 'items') return { _units: '[]', _salesBlocked: false };
  if (entity.set !== 'customers') return {};
  return { _pricesIncludeTax: books.around.options.pricesIncludeTax ?? true };
}

/** A row with what its codes stand for. */
function completed(books: Books, entity: Entity, given: Fields): Record<string, Value> {
  const row = { ...given };
  switch (entity.set) {
    case 'items':
      link(books, row, 'unitsOfMeasure', 'baseUnitOfMeasureCode', 'baseUnitOfMeasureId', [
        'Item',
        'Unit of Measure',
      ]);
      link(books, row, 'taxGroups', 'taxGroupCode', 'taxGroupId', ['Item', 'Tax Group']);
      if (row['baseUnitOfMeasureCode'] !== undefined) {
        row['_units'] = JSON.stringify([{ code: row['baseUnitOfMeasureCode'], quantity: 1 }]);
      }
      return row;
    case 'customers':
      link(books, row, 'currencies', 'currencyCode', 'currencyId', ['Customer', 'Currency']);
      return row;
    case 'itemVariants':
      return variant(books, row);
    case 'journalLines':
      return checkJournalLine(books, row);
    default:
      return row;
  }
}

/** Keeps code and id of a related record together. */
function link(
  books: Books,
  row: Record<string, Value>,
  set: string,
  codeField: string,
  idField: string,
  [table, related]: readonly [string, string],
): void {
  const [code, id] = [row[codeField], row[idField]];
  if (code === undefined && id === undefined) return;
  if (code === '' || (code === undefined && id === BLANK_GUID)) return;
  const found = code === undefined ? books.table(set).get(String(id)) : books.find(set, 'code', String(code));
  if (!found) return refuse('relation', { field: codeField, table, value: String(code ?? id), related });
  row[codeField] = text(found, 'code');
  row[idField] = text(found, 'id');
}

function variant(books: Books, row: Record<string, Value>): Record<string, Value> {
  const id = row['itemId'];
  if (id === undefined) return row;
  const item = books.table('items').get(String(id));
  return item ? { ...row, itemNumber: text(item, 'number') } : refuse('itemUnknown');
}

function checkUnique(books: Books, entity: Entity, row: Row, own: string): void {
  const [first] = entity.unique;
  if (first === undefined || text(row, first) === '') return;
  const same = books
    .table(entity.set)
    .by(first, text(row, first))
    .find(
      (other) => text(other, 'id') !== own && entity.unique.every((field) => other[field] === row[field]),
    );
  if (!same) return;
  const key = entity.unique.map((field) => `${field}='${text(row, field)}'`).join(',');
  refuse('duplicate', { table: entity.table, key });
}

/** A dimension of a document or line: named by code or by id, and so is its value. */
function addDimension(books: Books, given: Fields): Row {
  const parentId = String(given['parentId'] ?? '');
  const parentType = checkDimensionParent(books, parentId);
  const dimension =
    given['code'] === undefined
      ? books.table('dimensions').get(String(given['id'] ?? ''))
      : books.find('dimensions', 'code', String(given['code']));
  if (!dimension) return refuse('idUnknown', { field: 'code', article: 'a', table: 'Dimension' });
  const value = books
    .table('dimensionValues')
    .by('dimensionId', text(dimension, 'id'))
    .find((row) => text(row, 'code') === given['valueCode'] || text(row, 'id') === given['valueId']);
  if (!value) return refuse('idUnknown', { field: 'valueCode', article: 'a', table: 'Dimension Value' });
  const code = text(dimension, 'code');
  const held = books.table('dimensionSetLines').by('parentId', parentId);
  if (held.some((row) => text(row, 'code') === code)) {
    refuse('duplicate', { table: 'Dimension Set Entry', key: `Dimension Code='${code}'` });
  }
  return books.table('dimensionSetLines').insert({
    parentId,
    parentType,
    code,
    displayName: text(dimension, 'displayName'),
    valueId: text(value, 'id'),
    valueCode: text(value, 'code'),
    valueDisplayName: text(value, 'displayName'),
  });
}

/** The parent must be a document, or a line of one, that can still be changed. Gives its type. */
function checkDimensionParent(books: Books, id: string): string {
  for (const set of ['salesOrders', 'salesInvoices', 'salesCreditMemos']) {
    const kind = kindOfSet(set);
    if (!kind) continue;
    const header = books.table(kind.set).get(id);
    const line = header ? undefined : books.table(kind.lines).get(id);
    const owner = header ?? (line && books.table(kind.set).get(text(line, 'documentId')));
    if (!owner) continue;
    checkOpen(books, kind, owner);
    return `Sales ${kind.type}${line ? ' Line' : ''}`;
  }
  return refuse('documentUnknown');
}
