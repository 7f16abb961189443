import { runAction } from './actions';
import { readBody } from './body';
import type { Books } from './books';
import { entityOf } from './entities';
import type { Entity } from './entity';
import { indexedValues } from './filter';
import { changeRow, createRow, removeRow } from './write-rows';
import { etagOf, parseQuery, present, runQuery, type Query } from './query';
import { text, type Row, type Value } from './records';
import { refuse } from './refusal';
import type { BusinessCentralDials } from './simulator-types';
import { resolve, type Target } from './target';

/** One request below a company: from the wire, or out of a batch. */
export interface Operation {
  method: string;
  /** Path segments behind the company. */
  segments: readonly string[];
  options: readonly (readonly [string, string])[];
  headers: Readonly<Record<string, string | undefined>>;
  body: unknown;
  forbiddenSets: readonly string[];
}

export interface Answer {
  status: number;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  text?: string;
  headers?: Record<string, string>;
}

/** What operations need to know of the environment. */
export interface Environment {
  has: (entity: Entity) => boolean;
  omitted: ReadonlySet<string>;
  pageSize: number;
  dials: BusinessCentralDials;
  /** Address of the API without a slash at the end; empty where links are relative. */
  root: () => string;
}

export function operate(books: Books, operation: Operation, environment: Environment): Answer {
  const target = resolve(books, operation.segments, environment.has);
  const { entity } = target;
  if (operation.forbiddenSets.includes(entity.set)) refuse('forbidden', { what: entity.set });
  if (target.action !== null) return act(books, target, operation, environment);
  switch (operation.method) {
    case 'GET':
      return read(books, target, operation, environment);
    case 'POST':
      checkMethod(entity, 'POST', target.row === null);
      return create(books, target, operation, environment);
    case 'PATCH':
      checkMethod(entity, 'PATCH', target.row !== null);
      return change(books, target, operation, environment);
    case 'DELETE': {
      checkMethod(entity, 'DELETE', target.row !== null);
      checkToken(target.row ?? {}, operation, environment, false);
      if (target.row) removeRow(books, entity, target.row);
      return { status: 204 };
    }
    default:
      return refuse('methodNotAllowed', { method: operation.method, set: entity.set });
  }
}

function checkMethod(entity: Entity, method: 'POST' | 'PATCH' | 'DELETE', fits: boolean): void {
  if (!fits || !entity.methods.includes(method)) refuse('methodNotAllowed', { method, set: entity.set });
}

function read(books: Books, target: Target, operation: Operation, environment: Environment): Answer {
  const { entity, row } = target;
  const query = parseQuery(operation.options, entity, environment.omitted);
  const context = `${environment.root()}/$metadata#companies(${books.id})/${entity.set}`;
  if (row) {
    const shown = present(row, entity, query, books, environment.omitted);
    return { status: 200, body: { '@odata.context': `${context}/$entity`, ...shown } };
  }
  checkParent(target, query);
  const all = runQuery(query, target.table, books, target.within ?? undefined);
  if (target.count) return { status: 200, body: all.length };
  const { rows, next } = pageOf(all, query, pageSize(operation, environment));
  const answer: Record<string, unknown> = { '@odata.context': context };
  if (query.count) answer['@odata.count'] = all.length;
  answer['value'] = rows.map((found) => present(found, entity, query, books, environment.omitted));
  if (next) answer['@odata.nextLink'] = nextLink(books, operation, environment, next);
  return { status: 200, body: answer };
}

/** Lines are read by their document, or one by its id (B2). */
function checkParent({ entity, within }: Target, { filter }: Query): void {
  if (entity.parent === null || within !== null) return;
  const named = filter && (indexedValues(filter, entity.parent) ?? indexedValues(filter, 'id'));
  if (!named) refuse('documentIdMissing');
}

/** `Prefer: odata.maxpagesize`, up to the limit of the service (B2, B3). */
function pageSize({ headers }: Operation, { pageSize: limit }: Environment): number {
  const asked = /odata\.maxpagesize=(\d+)/.exec(headers['prefer'] ?? '')?.[1];
  if (asked === undefined) return limit;
  if (Number(asked) > 20_000) refuse('pageTooLarge', { limit: 20_000 });
  return Math.max(1, Math.min(Number(asked), limit));
}

function pageOf(
  all: readonly Row[],
  query: Query,
  size: number,
): { rows: Row[]; next: { id: string; top: number | null } | null } {
  let from = query.skip;
  if (query.after !== null) {
    from = all.findIndex((row) => text(row, 'id') === query.after) + 1;
    if (from === 0) refuse('skipTokenInvalid');
  }
  const wanted = all.slice(from, query.top === null ? undefined : from + query.top);
  const rows = wanted.slice(0, size);
  const last = rows.at(-1);
  if (rows.length === wanted.length || !last) return { rows, next: null };
  return { rows, next: { id: text(last, 'id'), top: query.top === null ? null : query.top - rows.length } };
}

function nextLink(
  books: Books,
  { segments, options }: Operation,
  environment: Environment,
  next: { id: string; top: number | null },
): string {
  const kept = options.filter(([name]) => !['aid', '$skip', '$top', '$skiptoken'].includes(name));
  const query = new URLSearchParams(kept.map(([name, value]): [string, string] => [name, value]));
  if (next.top !== null) query.set('$top', String(next.top));
  query.set('aid', 'FIRST');
  query.set('$skiptoken', next.id);
  const root = environment.root();
  const path = root === '' ? (segments.at(-1) ?? '') : `${root}/companies(${books.id})/${segments.join('/')}`;
  return `${path}?${query.toString()}`;
}

function create(books: Books, target: Target, operation: Operation, environment: Environment): Answer {
  const { entity, within } = target;
  const body = readBody(entity, operation.body, true, environment.omitted);
  const scoped: Record<string, Value> = { ...body.fields };
  if (within) scoped[within.field] = within.value;
  const row = createRow(books, entity, scoped);
  // A deep insert is one transaction: a line that is refused leaves no header [I].
  for (const { link, bodies } of body.nested) {
    const inner = entityOf(link.to);
    if (!inner?.methods.includes('POST')) return refuse('methodNotAllowed', { method: 'POST', set: link.to });
    for (const sent of bodies) {
      const { fields } = readBody(inner, sent, false, environment.omitted);
      createRow(books, inner, { ...fields, [link.on]: text(row, link.from) });
    }
  }
  const query = parseQuery(operation.options, entity, environment.omitted);
  return { status: 201, body: entityBody(books, entity, text(row, 'id'), query, environment) };
}

function change(books: Books, target: Target, operation: Operation, environment: Environment): Answer {
  const { entity, row } = target;
  if (!row) return refuse('methodNotAllowed', { method: 'PATCH', set: entity.set });
  checkToken(row, operation, environment, true);
  const { fields } = readBody(entity, operation.body, false, environment.omitted);
  changeRow(books, entity, row, fields);
  const query = parseQuery(operation.options, entity, environment.omitted);
  return { status: 200, body: entityBody(books, entity, text(row, 'id'), query, environment) };
}

function act(books: Books, target: Target, operation: Operation, environment: Environment): Answer {
  const { entity, row, action } = target;
  const named =
    books.around.options.actionNamesAsVerbs === true && operation.method === action?.toUpperCase();
  if (operation.method !== 'POST' && !named)
    refuse('methodNotAllowed', { method: operation.method, set: entity.set });
  if (!row || action === null) return refuse('segmentUnknown', { segment: action ?? '' });
  checkToken(row, operation, environment, false);
  runAction(books, entity.set, action, row);
  return { status: 204 };
}

/**
 * A change must name the version that it was made on, or `*`; a deletion or an action may (B2). A stale one is 409.
 */
function checkToken(row: Row, { headers }: Operation, { dials }: Environment, needed: boolean): void {
  const token = headers['if-match'];
  if (token === undefined && needed) refuse('tokenMissing');
  if (token !== undefined && token !== '*' && !/^(W\/)?".*"$/.test(token)) refuse('tokenMissing');
  if (dials.conflictNext > 0) {
    dials.conflictNext -= 1;
    refuse('changed');
  }
  if (token !== undefined && token !== '*' && token !== etagOf(row)) refuse('changed');
}

function entityBody(
  books: Books,
  entity: Entity,
  id: string,
  query: Query,
  environment: Environment,
): unknown {
  const row = books.table(entity.set).get(id);
  const context = `${environment.root()}/$metadata#companies(${books.id})/${entity.set}/$entity`;
  return { '@odata.context': context, ...present(row ?? {}, entity, query, books, environment.omitted) };
}
