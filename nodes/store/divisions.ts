import { divideEvent, FIRST_PART, WAITING_PART } from '../returns/division';
import { returnKey, type ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import type { Stage } from '../returns/lifecycle';
import { openDelivery } from './deliveries';
import type { Division } from './division';
import { faultPoint } from './fault-point';
import { moveReturn } from './intake';
import { halvesLock, judgeRejection } from './rejected-credits';
import { count, text, type SqlDatabase, type SqlReader, type SqlWriter } from './sql';

export async function partsOf(sql: SqlReader, key: string): Promise<Map<string, number>> {
  const rows = await sql.all(`SELECT line_id, part FROM return_parts WHERE return_key = ?`, key);
  return new Map(rows.map((row) => [text(row, 'line_id'), count(row, 'part')]));
}

export async function divide(
  sql: SqlWriter,
  database: SqlDatabase,
  division: Division,
  now: string,
): Promise<ReturnEvent | null> {
  const { event, source } = division;
  const key = returnKey(event);
  const rejected =
    event.topic === 'return.rejected' ? [halvesLock(returnKey({ ...event, part: WAITING_PART }))] : [];
  await sql.lock(`division/${key}`, ...rejected);
  const { first, waiting } = divideEvent(event, await settleParts(sql, key, division));
  if (waiting === null) return first;
  if (first !== null) {
    // Whoever sends the event again, sends what belongs to it now; the platform's own words stay in the receipt.
    await sql.run(
      `UPDATE events SET event = ? WHERE id = ? AND event <> ''`,
      JSON.stringify(first),
      event.id,
    );
  }
  const exception = division.exceptionOf(waiting);
  faultPoint('division-in-transaction');
  const isNew = await keepPart(sql, database, event.id, waiting, exception, now);
  if (isNew) {
    const json = exception === null ? null : JSON.stringify(exception);
    const delivery = { source, eventId: waiting.id, brand: waiting.brand, exception: json, now };
    await openDelivery(sql, database, delivery);
  }
  return first;
}

/** The part of each line from now on. What was settled once stays. */
async function settleParts(
  sql: SqlWriter,
  key: string,
  { event, wait, mayBegin }: Division,
): Promise<Map<string, number>> {
  const parts = await partsOf(sql, key);
  if (parts.size === 0 && (!mayBegin || event.part !== undefined)) return parts;
  const together = parts.size === 0 && (await isUnderWay(sql, key));
  const waits = new Set(together ? [] : wait);
  for (const { id } of event.lines.filter((line) => !parts.has(line.id))) {
    const part = waits.has(id) ? WAITING_PART : FIRST_PART;
    await sql.run(`INSERT INTO return_parts (return_key, line_id, part) VALUES (?, ?, ?)`, key, id, part);
    parts.set(id, part);
  }
  return parts;
}

/**
 * Something of the whole return has gone on already, or a person has booked it by hand, so none of its lines may go another
 * way (R17).
 */
async function isUnderWay(sql: SqlReader, key: string): Promise<boolean> {
  const row = await sql.get(
    `SELECT return_key FROM intents WHERE return_key = ?
     UNION ALL SELECT return_key FROM gate_returns WHERE return_key = ?
     UNION ALL SELECT return_key FROM batch_members WHERE return_key = ?
     UNION ALL SELECT return_key FROM exceptions WHERE return_key = ? AND settled = 'outside' LIMIT 1`,
    key,
    key,
    key,
    key,
  );
  return row !== undefined;
}

/** Stores the part's event, so that it is known like any other. Returns false where it is known already. */
async function keepPart(
  sql: SqlWriter,
  database: SqlDatabase,
  wholeId: string,
  event: ReturnEvent,
  exception: ReturnException | null,
  now: string,
): Promise<boolean> {
  const key = returnKey(event);
  const whole = await sql.get(
    `SELECT receipt_id, received_at, stage FROM events
       LEFT JOIN returns ON returns.return_key = events.return_key WHERE id = ?`,
    wholeId,
  );
  const inserted = await sql.run(
    `INSERT INTO events (id, return_key, topic, receipt_id, event, exception, effect, received_at)
     VALUES (?, ?, ?, ?, ?, ?, '{}', ?) ON CONFLICT (id) DO NOTHING`,
    event.id,
    key,
    event.topic,
    whole ? text(whole, 'receipt_id') : '',
    JSON.stringify(event),
    exception === null ? null : JSON.stringify(exception),
    whole ? text(whole, 'received_at') : now,
  );
  if (inserted === 0) return false;
  const stage = (whole?.['stage'] ?? 'announced') as Stage;
  await moveReturn(sql, database, { event, returnKey: key, exception }, stage);
  if (event.topic === 'return.rejected') await judgeRejection(sql, key);
  return true;
}
