import type { ReturnEvent } from '../returns/event';
import type { Stage } from '../returns/lifecycle';
import { text, textOrNull, type SqlReader, type SqlRow } from './sql';
import type { ReturnState } from './store';

/** A return waits for its open exception, if it has one. */
const SELECT = `SELECT returns.*,
  (SELECT code FROM exceptions WHERE exceptions.return_key = returns.return_key AND status = 'open'
   ORDER BY seq DESC LIMIT 1) AS waits_for
  FROM returns`;

export async function returnState(sql: SqlReader, returnKey: string): Promise<ReturnState | null> {
  const row = await sql.get(`${SELECT} WHERE return_key = ?`, returnKey);
  return row ? toState(row) : null;
}

/** The newest event stands with its return: one look at each of two keys. One that was pruned has lost its body. */
export async function latestEvent(sql: SqlReader, returnKey: string): Promise<ReturnEvent | null> {
  const row = await sql.get(
    `SELECT event FROM returns JOIN events ON events.id = last_event
     WHERE returns.return_key = ? AND event <> ''`,
    returnKey,
  );
  return row ? (JSON.parse(text(row, 'event')) as ReturnEvent) : null;
}

export async function returnsById(
  sql: SqlReader,
  platform: string,
  brand: string,
  returnId: string,
): Promise<ReturnState[]> {
  const rows = await sql.all(
    `${SELECT} WHERE platform = ? AND brand = ? AND return_id = ? ORDER BY return_key`,
    platform,
    brand,
    returnId,
  );
  return rows.map(toState);
}

export async function listReturns(
  sql: SqlReader,
  filter: { stage?: Stage; limit: number; offset?: number },
): Promise<ReturnState[]> {
  const rows =
    filter.stage === undefined
      ? await sql.all(`${SELECT} ORDER BY changed DESC LIMIT ? OFFSET ?`, filter.limit, filter.offset ?? 0)
      : await sql.all(
          `${SELECT} WHERE stage = ? ORDER BY changed DESC LIMIT ? OFFSET ?`,
          filter.stage,
          filter.limit,
          filter.offset ?? 0,
        );
  return rows.map(toState);
}

function toState(row: SqlRow): ReturnState {
  return {
    returnKey: text(row, 'return_key'),
    platform: text(row, 'platform'),
    brand: text(row, 'brand'),
    returnId: text(row, 'return_id'),
    returnNumber: textOrNull(row, 'return_number'),
    orderNumber: textOrNull(row, 'order_number'),
    stage: text(row, 'stage') as Stage,
    since: text(row, 'since'),
    waitsFor: textOrNull(row, 'waits_for'),
  };
}
