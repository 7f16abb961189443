import type { Books } from './books';
import { entityOf } from './entities';
import { matches } from './filter';
import type { Answer, Operation } from './operation';
import { parseQuery, present } from './query';
import { refuse } from './refusal';
import { cutSegment, readGuid } from './target';
import type { Row } from './records';

const NONE: ReadonlySet<string> = new Set();

/** `GET /companies` and one of them (B1). */
export function readCompanies(all: readonly Books[], operation: Operation): Answer {
  const entity = entityOf('companies');
  if (!entity || operation.method !== 'GET') {
    return refuse('methodNotAllowed', { method: operation.method, set: 'companies' });
  }
  const query = parseQuery(operation.options, entity, NONE);
  const { key } = cutSegment(operation.segments[0] ?? '');
  const show = (books: Books): Record<string, unknown> => present(rowOf(books), entity, query, books, NONE);
  if (key !== null) return { status: 200, body: show(companyById(all, readGuid(key))) };
  const { filter } = query;
  const found = all.filter((books) => filter === null || matches(filter, rowOf(books)));
  return { status: 200, body: { '@odata.context': '$metadata#companies', value: found.map(show) } };
}

export function companyById(all: readonly Books[], id: string): Books {
  return all.find((books) => books.id === id) ?? refuse('companyUnknown');
}

/** The company that an option or a header names, by id or by name; one must be named. */
export function companyNamed(all: readonly Books[], named: string | undefined): Books {
  const wanted = named?.toLowerCase();
  return (
    all.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted) ?? refuse('companyUnknown')
  );
}

function rowOf(books: Books): Row {
  return {
    id: books.id,
    systemVersion: `${books.around.options.version ?? 28}.0.0.0`,
    timestamp: 1,
    name: books.name,
    displayName: books.name,
    _version: 1,
  };
}
