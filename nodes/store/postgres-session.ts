import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { SqlRow, SqlValue, SqlWriter } from './sql';

/** One connection while it is used. Statements are prepared once for each connection, under a name. */
export class PostgresSession implements SqlWriter {
  readonly woken = new Set<string>();

  constructor(private readonly client: PoolClient) {}

  async all(sql: string, ...values: SqlValue[]): Promise<SqlRow[]> {
    return (await this.query(sql, values)).rows;
  }

  async get(sql: string, ...values: SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.query(sql, values)).rows[0];
  }

  async run(sql: string, ...values: SqlValue[]): Promise<number> {
    return (await this.query(sql, values)).rowCount ?? 0;
  }

  async lock(...names: string[]): Promise<void> {
    await this.client.query({
      name: 'lock',
      text: `SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM (
               SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS t (name, place) ORDER BY place) AS ordered`,
      values: [[...new Set(names)].sort().map(storable)],
    });
  }

  wake(source: string): Promise<void> {
    this.woken.add(source);
    return Promise.resolve();
  }

  private async query(sql: string, values: SqlValue[]): Promise<{ rows: SqlRow[]; rowCount: number | null }> {
    const { name, text } = statement(sql);
    return this.client.query<SqlRow>({ name, text, values: values.map(storable) });
  }
}

const statements = new Map<string, { name: string; text: string }>();

/** The statement with PostgreSQL's placeholders, and a name that stands for its text. */
function statement(sql: string): { name: string; text: string } {
  const known = statements.get(sql);
  if (known) return known;
  let place = 0;
  const text = sql.replace(/\?/g, () => `$${(place += 1)}`);
  const made = { text, name: createHash('sha256').update(text).digest('hex').slice(0, 32) };
  statements.set(sql, made);
  return made;
}

/** PostgreSQL's texts cannot hold the character NUL, which a hostile body may bring. */
function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
