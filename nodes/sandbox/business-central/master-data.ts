import type { Books } from './books';
import { BLANK_GUID, type Entity } from './entity';
import { checkJournalLine } from './journals';
import { text, type Row, type Value } from './records';
import { refuse } from './refusal';

type Fields = Readonly<Record<string, Value>>;

/** Where the numbers begin that the system gives; other sets have codes of their own. */
const NUMBERS_FROM: Readonly<Record<string, number>> = { items: 2001, customers: 20_001 };

/** What a new row holds beside its fields. */
function defaults(books: Books, entity: Entity): Record<string, Value> {
  if (entity.set === 'items') return { _units: '[]', _salesBlocked: false };
  if (entity.set !== 'customers') return {};
  return { _pricesIncludeTax: books.around.options.pricesIncludeTax ?? true };
}

export function createMaster(books: Books, entity: Entity, given: Fields): Row {
  const row = { ...defaults(books, entity), ...completed(books, entity, given) };
  const from = NUMBERS_FROM[entity.set];
  if (from !== undefined && text(row, 'number') === '') {
    row['number'] = String(books.nextNumber(entity.set, from));
  }
  checkUnique(books, entity, row, '');
  return books.table(entity.set).insert(row);
}

export function changeMaster(books: Books, entity: Entity, row: Row, given: Fields): Row {
  checkUnique(books, entity, { ...row, ...given }, text(row, 'id'));
  return books.table(entity.set).change(text(row, 'id'), completed(books, entity, given));
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
