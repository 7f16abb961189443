import { openDelivery } from './deliveries';
import { conditionOf } from './exception-bulk';
import { addHistory, BY_FLOW } from './exception-history';
import { eventIdOf, toParked } from './exceptions';
import { text, textOrNull, type SqlDatabase, type SqlReader, type SqlRow, type SqlWriter } from './sql';
import type { ExceptionSelection, ParkedException } from './store';

/** Remembers the event of a message that is parked: two arrivals of one return may be held for one reason. */
export async function holdEvent(sql: SqlWriter, id: string, message: string, now: string): Promise<void> {
  const eventId = eventIdOf(message);
  if (eventId === null) return;
  await sql.run(
    `INSERT INTO exception_events (exception_id, event_id, parked_at) VALUES (?, ?, ?)
     ON CONFLICT (exception_id, event_id) DO NOTHING`,
    id,
    eventId,
    now,
  );
}

/** From now on its deliveries carry them, or nobody needs them any more. */
export async function letEventsGo(sql: SqlWriter, id: string): Promise<void> {
  await sql.run(`DELETE FROM exception_events WHERE exception_id = ?`, id);
}

/** Each resumed return gets a delivery of every event that is held for it, in the order in which they were parked. */
export async function resumeExceptions(
  sql: SqlWriter,
  database: SqlDatabase,
  selection: ExceptionSelection,
  source: string,
  now: string,
  who: string = BY_FLOW,
): Promise<ParkedException[]> {
  const resumed: ParkedException[] = [];
  for (const row of await selectOpen(sql, selection)) {
    const parked = await resume(sql, database, row, { source, now, who, note: null });
    if (parked) resumed.push(parked);
  }
  return resumed;
}

/**
 * One of a cause was resumed and its return has been posted: the open ones of the same cause and router go the same
 * way, in the transaction that closes it. One that was raised after that resume failed with the cause mended: it stays
 * open, so that nothing goes round for ever.
 */
export async function resumeSiblings(
  sql: SqlWriter,
  database: SqlDatabase,
  mended: SqlRow,
  resolution: string,
  now: string,
): Promise<void> {
  const [source, since] = [textOrNull(mended, 'resumed_by'), textOrNull(mended, 'resumed_at')];
  if (source === null || since === null) return;
  const siblings = await sql.all(
    `SELECT * FROM exceptions WHERE status = 'open' AND cause = ? AND router = ? AND last_at < ? ORDER BY seq`,
    text(mended, 'cause'),
    text(mended, 'router'),
    since,
  );
  const { about } = toParked(mended).exception;
  const note = `The cause is mended: ${about.returnNumber ?? 'another return'} went through (${resolution})`;
  for (const row of siblings) await resume(sql, database, row, { source, now, who: BY_FLOW, note });
}

async function resume(
  sql: SqlWriter,
  database: SqlDatabase,
  row: SqlRow,
  how: { source: string; now: string; who: string; note: string | null },
): Promise<ParkedException | null> {
  const parked = toParked(row);
  const { source, now, who, note } = how;
  const events = await heldEvents(sql, parked);
  if (events.length === 0) return null;
  await sql.run(
    `UPDATE exceptions SET status = 'resumed', last_at = ?, resumed_at = ?, resumed_by = ? WHERE id = ?`,
    now,
    now,
    source,
    parked.id,
  );
  const brand = parked.exception.about.brand ?? '';
  for (const eventId of events) {
    await openDelivery(sql, database, { source, eventId, brand, exception: null, now });
  }
  await letEventsGo(sql, parked.id);
  await addHistory(sql, database, parked.id, { at: now, who, action: 'resumed', note });
  return { ...parked, status: 'resumed', lastAt: now };
}

/** Those that are still known with their content; what an earlier version parked has the one of its message. */
async function heldEvents(sql: SqlReader, { id, message }: ParkedException): Promise<string[]> {
  const held = await sql.all(
    `SELECT events.id FROM exception_events JOIN events ON events.id = event_id
     WHERE exception_id = ? AND event <> '' ORDER BY parked_at, events.received_at, events.id`,
    id,
  );
  if (held.length > 0) return held.map((row) => text(row, 'id'));
  const known = await sql.all(`SELECT id FROM events WHERE id = ? AND event <> ''`, eventIdOf(message) ?? '');
  return known.map((row) => text(row, 'id'));
}

async function selectOpen(sql: SqlReader, selection: ExceptionSelection): Promise<SqlRow[]> {
  const open = `SELECT * FROM exceptions WHERE `;
  if ('ids' in selection) {
    const found = await Promise.all(
      selection.ids.map((id) => sql.get(`${open} status = 'open' AND id = ?`, id)),
    );
    return found.filter((row): row is SqlRow => row !== undefined);
  }
  const { where, values } = conditionOf(selection);
  return sql.all(`${open} ${where} ORDER BY seq`, ...values);
}
