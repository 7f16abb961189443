import type { Books } from './books';
import { checkOpen, kindOfSet } from './documents';
import { text, type Row, type Value } from './records';
import { refuse } from './refusal';

/** A dimension of a document or line: named by code or by id, and so is its value. */
export function addDimension(books: Books, given: Readonly<Record<string, Value>>): Row {
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
export function checkDimensionParent(books: Books, id: string): string {
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
