import { count, text, textOrNull, type SqlReader, type SqlValue } from './sql';

/** What waits for one thing to be mended (R154). */
export interface ExceptionGroup {
  cause: string;
  code: string;
  /** How many open exceptions it has. */
  count: number;
  firstAt: string;
  lastAt: string;
}

export interface GroupFilter {
  router?: string;
  limit: number;
  offset?: number;
}

/** The causes of open exceptions, the one with the most of them first. */
export async function exceptionGroups(sql: SqlReader, filter: GroupFilter): Promise<ExceptionGroup[]> {
  const values: SqlValue[] = filter.router === undefined ? [] : [filter.router];
  const rows = await sql.all(
    `SELECT cause, MIN(code) AS code, COUNT(*) AS n, MIN(first_at) AS first_at, MAX(last_at) AS last_at
     FROM exceptions WHERE status = 'open'${filter.router === undefined ? '' : ' AND router = ?'}
     GROUP BY cause ORDER BY COUNT(*) DESC, cause LIMIT ? OFFSET ?`,
    ...values,
    filter.limit,
    filter.offset ?? 0,
  );
  return rows.map((row) => ({
    cause: text(row, 'cause'),
    code: textOrNull(row, 'code') ?? '',
    count: count(row, 'n'),
    firstAt: text(row, 'first_at'),
    lastAt: text(row, 'last_at'),
  }));
}
