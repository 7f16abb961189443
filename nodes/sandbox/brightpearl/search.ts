import { IdSet } from './id-set';
import { refuse, Refusal } from './refusal';
import { readDecimal, readTime, type Answer, type Call } from './wire';

/** Data types of columns and filters, as the search pages name them [D]. */
export type ColumnType =
  'IDSET' | 'INTEGER' | 'STRING' | 'SEARCH_STRING' | 'STRING_SET' | 'BOOLEAN' | 'PERIOD';

export interface Column<T> {
  name: string;
  type: ColumnType;
  sortable?: boolean;
  filterable?: boolean;
  /** Names of the tables in `reference` that explain the column's numbers. */
  reference?: readonly string[];
  value(row: T): string | number | boolean | null;
}

export interface SearchResource<T> {
  columns: readonly Column<T>[];
  /** Filters that are no columns. */
  filters?: readonly Column<T>[];
  /** The rows a search reads; may leave out what the filters exclude anyway. */
  rows(query: URLSearchParams): Iterable<T>;
  /** The column it is sorted by where nothing is asked. */
  sort: string;
  reference?: (rows: readonly T[]) => Record<string, Record<string, unknown>>;
}

const RESERVED = new Set(['firstResult', 'pageSize', 'sort', 'columns']);
const MAX_PAGE = 500;

/**
 * A resource search (help 212644983 "Resource search" [D]): results are arrays, `metaData.columns` tells what stands
 * where, pages are counted from 1. The shape is that of a captured answer; `columns` as a parameter is inferred [I].
 */
export function runSearch<T>(resource: SearchResource<T>, call: Call): Answer {
  const { query } = call;
  const first = readPage(query, 'firstResult', 1, Number.MAX_SAFE_INTEGER);
  const size = readPage(query, 'pageSize', MAX_PAGE, MAX_PAGE);
  const tests = readFilters(resource, query);
  const columns = readColumns(resource, query);
  const order = readSort(resource, query);
  const all = [...resource.rows(query)].filter((row) => tests.every((test) => test(row)));
  all.sort((a, b) => compare(order.column.value(a), order.column.value(b)) * (order.descending ? -1 : 1));
  const page = all.slice(first - 1, first - 1 + size);
  const body = {
    response: {
      metaData: {
        resultsAvailable: all.length,
        resultsReturned: page.length,
        firstResult: page.length === 0 ? 0 : first,
        lastResult: page.length === 0 ? 0 : first - 1 + page.length,
        columns: columns.map(describe),
        sorting: [{ filterable: describe(order.column), direction: order.descending ? 'DESC' : 'ASC' }],
      },
      results: page.map((row) => columns.map((column) => column.value(row))),
    },
    reference: resource.reference?.(page),
  };
  return { status: 200, body };
}

function describe<T>(column: Column<T>): Record<string, unknown> {
  return {
    name: column.name,
    sortable: column.sortable ?? true,
    filterable: column.filterable ?? true,
    reportDataType: column.type,
    referenceData: column.reference,
    required: false,
  };
}

function readPage(query: URLSearchParams, field: string, standard: number, most: number): number {
  const text = query.get(field);
  if (text === null) return standard;
  const value = readDecimal(text, 0);
  if (value === null || value < 1 || value > most) return refuse('pageInvalid', { field, value: text });
  return value;
}

function readColumns<T>(resource: SearchResource<T>, query: URLSearchParams): readonly Column<T>[] {
  const wanted = query.get('columns');
  if (wanted === null) return resource.columns;
  return wanted.split(',').map((name) => {
    const column = resource.columns.find((known) => known.name === name);
    return column ?? refuse('filterUnknown', { field: name });
  });
}

function readSort<T>(
  resource: SearchResource<T>,
  query: URLSearchParams,
): { column: Column<T>; descending: boolean } {
  const [name = '', direction = 'ASC'] = (query.get('sort') ?? resource.sort).split(/[.|]/);
  const column = resource.columns.find((known) => known.name === name && known.sortable !== false);
  if (!column || !/^(ASC|DESC)$/.test(direction)) {
    return refuse('pageInvalid', { field: 'sort', value: query.get('sort') ?? '' });
  }
  return { column, descending: direction === 'DESC' };
}

function readFilters<T>(resource: SearchResource<T>, query: URLSearchParams): ((row: T) => boolean)[] {
  const known = [...resource.columns, ...(resource.filters ?? [])];
  return [...query].flatMap(([field, value]) => {
    if (RESERVED.has(field)) return [];
    const column = known.find(({ name, filterable }) => name === field && filterable !== false);
    if (!column) return refuse('filterUnknown', { field });
    const matches = test(column.type, value, field);
    return [(row: T) => matches(column.value(row))];
  });
}

type Matcher = (value: string | number | boolean | null) => boolean;

function test(type: ColumnType, text: string, field: string): Matcher {
  const invalid = (): never => refuse('filterInvalid', { field, value: text });
  switch (type) {
    case 'IDSET': {
      const set = idSet(text, invalid);
      return (value) => typeof value === 'number' && set.has(value);
    }
    case 'INTEGER': {
      const wanted = readDecimal(text, 0) ?? invalid();
      return (value) => value === wanted;
    }
    case 'BOOLEAN': {
      if (text !== 'true' && text !== 'false') return invalid();
      return (value) => value === (text === 'true');
    }
    case 'PERIOD':
      return period(text, invalid);
    case 'STRING':
      return (value) => String(value ?? '').toLowerCase() === text.toLowerCase();
    case 'SEARCH_STRING':
      return (value) =>
        String(value ?? '')
          .toLowerCase()
          .includes(text.toLowerCase());
    case 'STRING_SET': {
      const wanted = new Set(text.split(',').map((part) => part.trim().toLowerCase()));
      return (value) => wanted.has(String(value ?? '').toLowerCase());
    }
  }
}

/** `from/to`, either end may be open; a single day or time is a period of its own length [I]. */
function period(text: string, invalid: () => never): Matcher {
  const [from = '', to] = text.split('/');
  const low = from === '' ? -Infinity : (readTime(from) ?? invalid());
  const open = to === undefined ? low + (from.includes('T') ? 1 : 86_400_000) : Infinity;
  const high = to === undefined || to === '' ? open : (readTime(to) ?? invalid());
  return (value) => {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return at >= low && at < high;
  };
}

function idSet(text: string, invalid: () => never): IdSet {
  try {
    return IdSet.parse(text);
  } catch (thrown) {
    if (thrown instanceof Refusal) return invalid();
    throw thrown;
  }
}

function compare(a: string | number | boolean | null, b: string | number | boolean | null): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}
