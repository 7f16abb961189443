import { text, textOrNull, type SqlDatabase, type SqlReader, type SqlWriter } from './sql';

export const HISTORY_ACTIONS = [
  'raised',
  'raised again',
  'assigned',
  'note',
  'edited',
  'resumed',
  'closed by itself',
  'resolved outside',
  'discarded',
] as const;

export type HistoryAction = (typeof HISTORY_ACTIONS)[number];

/** Who did what to an exception, and when. Holds no personal data but the name of the user who acted. */
export interface HistoryEntry {
  at: string;
  who: string;
  action: HistoryAction;
  note: string | null;
}

/** What the pack does by itself is done by this name. */
export const BY_FLOW = 'flow';

/** To be called in the transaction of the change. */
export async function addHistory(
  sql: SqlWriter,
  { dialect }: Pick<SqlDatabase, 'dialect'>,
  exceptionId: string,
  { at, who, action, note }: HistoryEntry,
): Promise<void> {
  await sql.run(
    `INSERT INTO exception_history (seq, exception_id, at, who, action, note)
     VALUES (${dialect.next('exception_history', 'seq')}, ?, ?, ?, ?, ?)`,
    exceptionId,
    at,
    who,
    action,
    note,
  );
}

/** In the order in which it happened. */
export async function exceptionHistory(sql: SqlReader, exceptionId: string): Promise<HistoryEntry[]> {
  const rows = await sql.all(
    `SELECT at, who, action, note FROM exception_history WHERE exception_id = ? ORDER BY seq`,
    exceptionId,
  );
  return rows.map((row) => ({
    at: text(row, 'at'),
    who: text(row, 'who'),
    action: text(row, 'action') as HistoryAction,
    note: textOrNull(row, 'note'),
  }));
}
