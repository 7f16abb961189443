import { count, text, textOrNull, type SqlReader, type SqlWriter } from './sql';
import type { MasterRecord, NewMasterRecord } from './store';

/** Keys that are looked up in one query. */
const CHUNK = 50;

export async function masterData(
  sql: SqlReader,
  connectionId: string,
  kind: string,
  keys: readonly string[],
): Promise<Map<string, MasterRecord>> {
  const found = new Map<string, MasterRecord>();
  const wanted = [...new Set(keys)];
  for (let start = 0; start < wanted.length; start += CHUNK) {
    // The statement is the same whatever the number of keys, so that it is prepared once.
    const chunk = wanted.slice(start, start + CHUNK);
    const size = chunk.length === 1 ? 1 : CHUNK;
    const places = Array.from({ length: size }, (_, at) => chunk[at] ?? null);
    const rows = await sql.all(
      `SELECT item_key, value, read_at FROM master_data
       WHERE connection_id = ? AND kind = ? AND item_key IN (${places.map(() => '?').join(', ')})`,
      connectionId,
      kind,
      ...places,
    );
    for (const row of rows) {
      const value = JSON.parse(text(row, 'value')) as unknown;
      found.set(text(row, 'item_key'), { value, readAt: text(row, 'read_at') });
    }
  }
  return new Map(
    wanted.flatMap((key) => {
      const record = found.get(key);
      return record ? [[key, record]] : [];
    }),
  );
}

export async function putMasterData(
  sql: SqlWriter,
  connectionId: string,
  kind: string,
  records: readonly NewMasterRecord[],
): Promise<void> {
  for (const { key, value, readAt } of records) {
    await sql.run(
      `INSERT INTO master_data (connection_id, kind, item_key, value, read_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (connection_id, kind, item_key) DO UPDATE SET value = excluded.value, read_at = excluded.read_at`,
      connectionId,
      kind,
      key,
      JSON.stringify(value),
      readAt,
    );
  }
}

export async function forgetMasterData(
  sql: SqlWriter,
  connectionId: string,
  kind: string,
  keys: readonly string[],
): Promise<void> {
  for (const key of keys) {
    await sql.run(
      `DELETE FROM master_data WHERE connection_id = ? AND kind = ? AND item_key = ?`,
      connectionId,
      kind,
      key,
    );
  }
}

export async function masterDataAge(
  sql: SqlReader,
  connectionId: string,
  kind: string,
): Promise<{ count: number; oldest: string | null }> {
  const row = await sql.get(
    `SELECT COUNT(*) AS n, MIN(read_at) AS oldest FROM master_data WHERE connection_id = ? AND kind = ?`,
    connectionId,
    kind,
  );
  return { count: count(row, 'n'), oldest: row ? textOrNull(row, 'oldest') : null };
}
