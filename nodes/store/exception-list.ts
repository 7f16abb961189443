import { byRank, rankOf, type Rank } from '../returns/exception-rank';
import { toParked, valueColumns } from './exceptions';
import { count, text, type SqlReader, type SqlRow, type SqlValue } from './sql';
import type { ParkedException } from './store';

/** What a list is narrowed down to, and its order. Lists of people, unlike those of nodes, are ranked. */
export interface ExceptionQuery {
  status?: 'open' | 'resumed' | 'closed' | 'any';
  router?: string;
  owner?: string;
  code?: string;
  brand?: string;
  cause?: string;
  /** Raised first before this instant. */
  raisedBefore?: string;
  /** At least this value, in minor units of whatever currency it has. */
  valueFrom?: number;
  /** Part of a return or order number, a SKU, or a word of the sentence, in any case of letters. */
  text?: string;
  sort: 'rank' | 'age';
  limit: number;
  offset?: number;
}

export interface RankedException extends ParkedException {
  rank: Rank;
}

/** How many rows a ranked list looks at: the oldest of them. More than anybody will ever work through. */
const MOST_RANKED = 20_000;
/** The databases take a limited number of values in one statement. */
const AT_ONCE = 200;

/** The exceptions of a query: how many there are, and one page of them, the most urgent or the oldest first. */
export async function findExceptions(
  sql: SqlReader,
  query: ExceptionQuery,
  now: string,
): Promise<{ total: number; found: RankedException[] }> {
  const { where, values } = conditionsOf(query);
  const rows = await sql.all(
    `SELECT id, code, owner, cause, first_at, value_minor, value_currency FROM exceptions ${where}
     ORDER BY first_at, id LIMIT ${MOST_RANKED}`,
    ...values,
  );
  const total = await sql.get(`SELECT COUNT(*) AS n FROM exceptions ${where}`, ...values);
  const groups = await groupSizes(sql);
  const ranked = rows.map((row) => ranks(row, groups, now));
  if (query.sort === 'rank') ranked.sort(byRank);
  const offset = query.offset ?? 0;
  const page = ranked.slice(offset, offset + query.limit);
  const full = await rowsOf(
    sql,
    page.map(({ id }) => id),
  );
  return {
    total: count(total, 'n'),
    found: page.flatMap(({ id, rank }) => {
      const row = full.get(id);
      return row ? [{ ...toParked(row), rank }] : [];
    }),
  };
}

/** How many open exceptions have a cause, at one router or at all. */
export async function groupSize(sql: SqlReader, cause: string, router?: string): Promise<number> {
  const row = await sql.get(
    `SELECT COUNT(*) AS n FROM exceptions WHERE status = 'open' AND cause = ?${router === undefined ? '' : ' AND router = ?'}`,
    cause,
    ...(router === undefined ? [] : [router]),
  );
  return count(row, 'n');
}

/** The condition of a query, and the values in it. */
export function conditionsOf(query: Omit<ExceptionQuery, 'sort'>): { where: string; values: SqlValue[] } {
  const { status = 'open' } = query;
  const all: [string, SqlValue | undefined][] = [
    ['status = ?', status === 'any' ? undefined : status],
    ['router = ?', query.router],
    ['owner = ?', query.owner],
    ['code = ?', query.code],
    ['brand = ?', query.brand],
    ['cause = ?', query.cause],
    ['first_at < ?', query.raisedBefore],
    ['value_minor >= ?', query.valueFrom],
    [`search LIKE ? ESCAPE '!'`, query.text === undefined ? undefined : containing(query.text)],
  ];
  const used = all.filter((one): one is [string, SqlValue] => one[1] !== undefined);
  const where = used.length === 0 ? '' : `WHERE ${used.map(([condition]) => condition).join(' AND ')}`;
  return { where, values: used.map(([, value]) => value) };
}

function containing(words: string): string {
  return `%${words.toLowerCase().replace(/[!%_]/g, '!$&')}%`;
}

/** How many open exceptions each cause has. */
export async function groupSizes(sql: SqlReader): Promise<Map<string, number>> {
  const rows = await sql.all(
    `SELECT cause, COUNT(*) AS n FROM exceptions WHERE status = 'open' GROUP BY cause`,
  );
  return new Map(rows.map((row) => [text(row, 'cause'), count(row, 'n')]));
}

/** Where an exception stands in a list. */
export function ranks(
  row: SqlRow,
  groups: ReadonlyMap<string, number>,
  now: string,
): { id: string; firstAt: string; rank: Rank } {
  const firstAt = text(row, 'first_at');
  const facts = { code: text(row, 'code'), owner: text(row, 'owner'), value: valueColumns(row), firstAt };
  return {
    id: text(row, 'id'),
    firstAt,
    rank: rankOf({ ...facts, group: groups.get(text(row, 'cause')) ?? 1 }, now),
  };
}

async function rowsOf(sql: SqlReader, ids: readonly string[]): Promise<Map<string, SqlRow>> {
  const found = new Map<string, SqlRow>();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    const rows = await sql.all(
      `SELECT * FROM exceptions WHERE id IN (${some.map(() => '?').join(', ')})`,
      ...some,
    );
    for (const row of rows) found.set(text(row, 'id'), row);
  }
  return found;
}
