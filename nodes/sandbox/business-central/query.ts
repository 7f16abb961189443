import type { Books } from './books';
import { computed } from './computed';
import { entityOf } from './entities';
import { BLANK_DATE, encodeOption, type Entity, type Field, type Navigation } from './entity';
import { indexedValues, matches, parseFilter, type Expression } from './filter';
import { amount, text, type Row, type Table, type Value } from './records';
import { refuse } from './refusal';

export interface Query {
  filter: Expression | null;
  select: string[] | null;
  expand: { name: string; link: Navigation; query: Query }[];
  orderBy: { field: string; descending: boolean }[];
  top: number | null;
  skip: number;
  /** Id of the last row of the page before. */
  after: string | null;
  count: boolean;
}

type Options = readonly (readonly [string, string])[];

/** Reads the query options of an address. Options without a dollar sign are others' business. */
export function parseQuery(options: Options, entity: Entity, omitted: ReadonlySet<string>): Query {
  const query: Query = {
    filter: null,
    select: null,
    expand: [],
    orderBy: [],
    top: null,
    skip: 0,
    after: null,
    count: false,
  };
  const known = (field: string): string => {
    if (!entity.fields.has(field) || omitted.has(`${entity.set}.${field}`)) {
      refuse('propertyUnknown', { field, type: entity.type });
    }
    return field;
  };
  for (const [name, value] of options) {
    switch (name) {
      case '$filter':
        query.filter = parseFilter(value, entity);
        break;
      case '$select':
        query.select = value.split(',').map((field) => known(field.trim()));
        break;
      case '$expand':
        query.expand = cut(value, ',').map((part) => parseExpand(part, entity, omitted));
        break;
      case '$orderby':
        query.orderBy = value.split(',').map((part) => {
          const [field = '', direction] = part.trim().split(/\s+/);
          return { field: known(field), descending: direction === 'desc' };
        });
        break;
      case '$top':
        query.top = wholeNumber(value);
        break;
      case '$skip':
        query.skip = wholeNumber(value);
        break;
      case '$skiptoken':
        query.after = value;
        break;
      case '$count':
        query.count = value === 'true';
        break;
      default:
        if (name.startsWith('$')) refuse('querySyntax', { why: `option '${name}'` });
    }
  }
  return query;
}

/** `lines($expand=item($select=number);$filter=…)`: as many levels as are asked for (B2). */
function parseExpand(part: string, entity: Entity, omitted: ReadonlySet<string>): Query['expand'][number] {
  const match = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(part);
  const name = match?.[1] ?? '';
  const link = entity.navigation[name];
  const target = link && entityOf(link.to);
  if (!target) return refuse('propertyUnknown', { field: name || part, type: entity.type });
  const options = cut(match?.[2] ?? '', ';').map((option) => {
    const at = option.indexOf('=');
    return [option.slice(0, at).trim(), option.slice(at + 1)] as const;
  });
  return { name, link, query: parseQuery(options, target, omitted) };
}

/** Cuts a text at a sign that stands neither in brackets nor in quotes. */
function cut(text: string, sign: string): string[] {
  const parts: string[] = [];
  let [depth, quoted, from] = [0, false, 0];
  for (let at = 0; at < text.length; at += 1) {
    const here = text[at];
    if (here === "'") quoted = !quoted;
    if (quoted) continue;
    if (here === '(') depth += 1;
    if (here === ')') depth -= 1;
    if (here === sign && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)].filter((part) => part.trim() !== '');
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) refuse('querySyntax', { why: `'${text}' is not a whole number` });
  return Number(text);
}

/** The rows that a query finds, in order; `within` keeps to the rows of a parent. */
export function runQuery(
  query: Query,
  table: Table,
  books: Books,
  within?: { field: string; value: string },
): Row[] {
  const rows = (within ? table.by(within.field, within.value) : candidates(query.filter, table))
    .map((row) => computed(books, table.entity, row))
    .filter((row) => query.filter === null || matches(query.filter, row));
  if (query.orderBy.length === 0) return rows;
  return rows.sort((a, b) => {
    for (const { field, descending } of query.orderBy) {
      const [left, right] = [a[field] ?? '', b[field] ?? ''];
      if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1);
    }
    return 0;
  });
}

function candidates(filter: Expression | null, table: Table): Row[] {
  if (filter === null) return table.all();
  const ids = indexedValues(filter, 'id');
  if (ids) return ids.map((id) => table.get(id)).filter((row): row is Row => row !== undefined);
  for (const field of table.entity.indexed) {
    const values = indexedValues(filter, field);
    if (values) return [...new Set(values.flatMap((value) => table.by(field, value)))];
  }
  return table.all();
}

/** A row as it is sent: with its etag, its selected fields, and what was expanded. */
export function present(
  row: Row,
  entity: Entity,
  query: Pick<Query, 'select' | 'expand'>,
  books: Books,
  omitted: ReadonlySet<string>,
): Record<string, unknown> {
  const shown: Record<string, unknown> = { '@odata.etag': etagOf(row) };
  const whole = computed(books, entity, row);
  for (const name of query.select ?? entity.fields.keys()) {
    const field = entity.fields.get(name);
    if (!field || omitted.has(`${entity.set}.${name}`)) continue;
    shown[name] = wireValue(field, whole[name] ?? '', books.around.options.blankDate ?? BLANK_DATE);
  }
  for (const { name, link, query: inner } of query.expand) {
    const table = books.table(link.to);
    const related = runQuery(inner, table, books, { field: link.on, value: text(whole, link.from) }).map(
      (other) => present(other, table.entity, inner, books, omitted),
    );
    shown[name] = link.many ? page(related, inner) : (related[0] ?? null);
  }
  return shown;
}

function wireValue({ kind }: Field, value: Value, blankDate: string): Value {
  if (kind === 'option') return encodeOption(String(value));
  return kind === 'date' && value === BLANK_DATE ? blankDate : value;
}

function page<T>(rows: T[], { skip, top }: Query): T[] {
  return rows.slice(skip, top === null ? undefined : skip + top);
}

/** A weak etag that changes with every change of the row. */
export function etagOf(row: Row): string {
  const token = `19;${text(row, 'id')};${amount(row, '_version')};`;
  return `W/"${Buffer.from(token).toString('base64')}"`;
}
