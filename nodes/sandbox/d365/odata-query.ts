import { entityOf } from './entities';
import type { Entity } from './entity-model';
import { parseFilter, QueryFault, type Expression, type Row } from './odata-filter';
import type { ErpData } from './erp-data';

export interface Query {
  entity: Entity;
  /** Values of the key path, or null for the whole set. */
  key: Row | null;
  filter: Expression | null;
  select: string[] | null;
  expand: string[];
  orderBy: { field: string; descending: boolean }[];
  top: number | null;
  skip: number;
  count: boolean;
  crossCompany: boolean;
}

const OPTIONS = new Set([
  '$filter',
  '$select',
  '$expand',
  '$orderby',
  '$top',
  '$skip',
  '$count',
  'cross-company',
]);

/** Reads the part of an address behind `/data/`. Throws a QueryFault, or returns null for a set that does not exist. */
export function parseQuery(path: string, omitted: ReadonlySet<string>): Query | null {
  const [resource = '', search = ''] = splitOnce(path, '?');
  const match = /^(\w+)(?:\((.*)\))?$/.exec(decodeURIComponent(resource));
  const entity = entityOf(match?.[1] ?? '');
  if (!match || !entity || omitted.has(entity.set)) return null;
  const options = new URLSearchParams(search);
  for (const name of options.keys()) {
    if (!OPTIONS.has(name)) throw new QueryFault(`The query option '${name}' is not supported.`);
  }
  const filter = options.get('$filter');
  const select = options
    .get('$select')
    ?.split(',')
    .map((field) => field.trim());
  for (const field of select ?? []) requireField(entity, field, omitted);
  const expand =
    options
      .get('$expand')
      ?.split(',')
      .map((name) => name.trim()) ?? [];
  for (const name of expand) {
    if (!entity.navigation[name])
      throw new QueryFault(`Could not find a property named '${name}' on '${entity.type}'.`);
  }
  return {
    entity,
    key: match[2] === undefined ? null : parseKey(match[2], entity),
    filter: filter === null ? null : parseFilter(filter, entity),
    select: select ?? null,
    expand,
    orderBy: parseOrder(options.get('$orderby'), entity, omitted),
    top: wholeNumber(options.get('$top')),
    skip: wholeNumber(options.get('$skip')) ?? 0,
    count: options.get('$count') === 'true',
    crossCompany: options.get('cross-company') === 'true',
  };
}

/** Texts are in quotes; numbers and dates are not. */
function parseKey(text: string, entity: Entity): Row {
  const key: Row = {};
  for (const match of text.matchAll(/(\w+)=(?:'((?:[^']|'')*)'|([^,'()\s]+))/g)) {
    const [, field = '', quoted, bare] = match;
    const type = entity.fields[field];
    if ((type === 'String') !== (quoted !== undefined)) continue;
    if (quoted !== undefined) key[field] = quoted.replaceAll("''", "'");
    else key[field] = type === 'DateTimeOffset' ? String(bare) : Number(bare);
  }
  for (const field of entity.keys) {
    // Every key field must be given (A2).
    if (key[field] === undefined)
      throw new QueryFault(`The key field '${field}' of '${entity.type}' is missing.`);
  }
  return key;
}

function parseOrder(text: string | null, entity: Entity, omitted: ReadonlySet<string>): Query['orderBy'] {
  if (text === null) return [];
  return text.split(',').map((part) => {
    const [field = '', direction = 'asc'] = part.trim().split(/\s+/);
    requireField(entity, field, omitted);
    return { field, descending: direction === 'desc' };
  });
}

function requireField(entity: Entity, field: string, omitted: ReadonlySet<string>): void {
  if (entity.fields[field] === undefined || omitted.has(`${entity.set}.${field}`)) {
    throw new QueryFault(
      `Could not find a property named '${field}' on type 'Microsoft.Dynamics.DataEntities.${entity.type}'.`,
    );
  }
}

function wholeNumber(text: string | null): number | null {
  if (text === null) return null;
  if (!/^\d+$/.test(text)) throw new QueryFault('A whole number is expected.');
  return Number(text);
}

function splitOnce(text: string, by: string): string[] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)];
}

/** The rows that a query finds, in order, within the companies that the caller sees (A2). */
export function runQuery(query: Query, data: ErpData): Row[] {
  const rows = data
    .table(query.entity.set)
    .find(query.filter)
    .filter(
      (row) => row['dataAreaId'] === undefined || query.crossCompany || row['dataAreaId'] === data.company,
    );
  const { orderBy } = query;
  if (orderBy.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const { field, descending } of orderBy) {
      const [left, right] = [a[field] ?? '', b[field] ?? ''];
      if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1);
    }
    return 0;
  });
}

/** A row as it is sent: with its etag, its selected fields, and what was expanded (one level). */
export function present(
  row: Row,
  query: Pick<Query, 'entity' | 'select' | 'expand'>,
  data: ErpData,
): Record<string, unknown> {
  const shown: Record<string, unknown> = { '@odata.etag': etagOf(row) };
  for (const field of query.select ?? Object.keys(query.entity.fields)) shown[field] = row[field];
  for (const name of query.expand) {
    const link = query.entity.navigation[name];
    const target = link === undefined ? undefined : entityOf(link.to);
    if (!link || !target) continue;
    const [, on = ''] = link.on;
    const related = data
      .table(link.to)
      .find({ op: 'eq', field: on, value: String(row[on]) })
      .filter((other) => link.on.every((field) => other[field] === row[field]))
      .map((other) => present(other, { entity: target, select: null, expand: [] }, data));
    shown[name] = link.many ? related : (related[0] ?? null);
  }
  return shown;
}

/** A weak etag that changes with the content. */
export function etagOf(row: Row): string {
  let hash = 5381;
  for (const char of JSON.stringify(row)) hash = ((hash * 33) ^ char.charCodeAt(0)) >>> 0;
  return `W/"${Buffer.from(String(hash)).toString('base64')}"`;
}
