import type { Books } from './books';
import { addDimension, checkDimensionParent } from './dimension-lines';
import { changeDocument, createDocument, removeDocument } from './document-header';
import { addLine, changeLine, removeLine } from './document-lines';
import { kindOfLines, kindOfSet, type DocumentKind } from './documents';
import { BLANK_GUID, type Entity } from './entity';
import { changeMaster, createMaster } from './master-data';
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
  return createMaster(books, entity, given);
}

export function changeRow(books: Books, entity: Entity, row: Row, given: Fields): Row {
  const document = kindOfSet(entity.set);
  if (document) return changeDocument(books, document, row, given);
  const kind = kindOfLines(entity.set);
  if (kind) return changeLine(books, kind, row, given);
  if (entity.set === 'dimensionSetLines') checkDimensionParent(books, text(row, 'parentId'));
  return changeMaster(books, entity, row, given);
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
