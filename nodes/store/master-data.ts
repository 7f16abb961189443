import { count, text, textOrNull, type SqlReader, type SqlWriter } from './sql';
import type { MasterRecord, NewMasterRecord } from './store';

export async function masterData(
  sql: SqlReader,
  connectionId: string,
  kind: string,
  keys: readonly string[],
): Promise<Map<string, MasterRecord>> {
  const found = new Map<string, MasterRecord>();
  for (const key of keys) {
    const row = await sql.get(
      `SELECT value, read_at FROM master_data WHERE connection_id = ? AND kind = ? AND item_key = ?`,
      connectionId,
      kind,
      key,
    );
    if (row)
      found.set(key, { value: JSON.parse(text(row, 'value')) as unknown, readAt: text(row, 'read_at') });
  }
  return found;
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
