import type { DatabaseSync } from 'node:sqlite';
import type { SqlReader, SqlRow, SqlValue } from '../../nodes/store/sql';

/** Answers each query with nothing, and keeps how SQLite would carry it out. */
export function explaining(database: DatabaseSync): { reader: SqlReader; plans: string[] } {
  const plans: string[] = [];
  const explain = (sql: string, values: SqlValue[]): void => {
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    plans.push(steps.map((step) => String(step['detail'])).join('; '));
  };
  const all = (sql: string, ...values: SqlValue[]): Promise<SqlRow[]> => {
    explain(sql, values);
    return Promise.resolve([]);
  };
  return { reader: { all, get: (sql, ...values) => all(sql, ...values).then((rows) => rows[0]) }, plans };
}
