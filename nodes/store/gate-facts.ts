import { returnEventSchema, type ReturnEvent } from '../returns/event';
import { openCodes, OWN_CODES, type GateAct, type GateInput } from '../returns/gate';
import { ENDED_BY_PERSON, KNOWN_BESIDES } from './gate-reading';
import type { GateArrival, GateReturn } from './gate-return';
import { text, type SqlReader, type SqlRow, type SqlWriter } from './sql';

/** Resolves to whether the event is new to the gate. */
export async function noteEvent(
  sql: SqlWriter,
  { node, returnKey, event }: GateArrival,
  now: string,
): Promise<boolean> {
  const noted = await sql.run(
    `INSERT INTO gate_events (return_key, node, event_id, topic, happened_at, effect, arrived_at)
     VALUES (?, ?, ?, ?, ?, 'recorded', ?) ON CONFLICT (return_key, node, event_id) DO NOTHING`,
    returnKey,
    node,
    event.id,
    event.topic,
    event.occurredAt,
    now,
  );
  return noted > 0;
}

/** The event was stored once, and only its identity is left. */
export async function isForgotten(sql: SqlReader, eventId: string): Promise<boolean> {
  const row = await sql.get(`SELECT event FROM events WHERE id = ?`, eventId);
  return row !== undefined && text(row, 'event') === '';
}

export async function noteEffect(
  sql: SqlWriter,
  { node, returnKey, event }: GateArrival,
  acts: readonly GateAct[],
): Promise<void> {
  const effects = acts.map((act) =>
    act.kind === 'release' ? act.step : 'code' in act ? act.code : act.kind,
  );
  if (effects.length === 0) return;
  await sql.run(
    `UPDATE gate_events SET effect = ? WHERE return_key = ? AND node = ? AND event_id = ?`,
    effects.join(' '),
    returnKey,
    node,
    event.id,
  );
}

export async function hasCredit(sql: SqlReader, returnKey: string): Promise<boolean> {
  const row = await sql.get(
    `SELECT return_key FROM halves WHERE return_key = ? AND half = 'credit'
     UNION ALL SELECT return_key FROM halves_settled WHERE return_key = ? LIMIT 1`,
    returnKey,
    returnKey,
  );
  return row !== undefined;
}

/** A person has sent it on: an exception of this gate, or of a node behind it, is on its way back. */
export async function resumedOf(
  sql: SqlReader,
  returnKey: string,
  { state }: GateReturn,
): Promise<GateInput[]> {
  const rows = await sql.all(
    `SELECT code FROM exceptions WHERE return_key = ? AND status = 'resumed'`,
    returnKey,
  );
  const codes = rows.map((row) => text(row, 'code'));
  const open: readonly string[] = openCodes(state);
  const own = codes.some((code) => open.includes(code));
  const behind = codes.some((code) => !(OWN_CODES as readonly string[]).includes(code));
  return [
    ...(own ? [{ kind: 'resumed' } as const] : []),
    ...(behind ? [{ kind: 'resumed', behind: true } as const] : []),
  ];
}

export async function knownBesides(
  sql: SqlReader,
  node: string,
  returnKey: string,
): Promise<ReturnEvent | null> {
  const row = await sql.get(
    `SELECT v.event FROM gate_returns g JOIN returns r ON r.return_key = g.return_key
       JOIN events v ON v.id = r.last_event
     WHERE g.return_key = ? AND g.node = ? AND g.phase = 'held' AND v.event <> '' AND ${KNOWN_BESIDES}`,
    returnKey,
    node,
  );
  return row ? readEvent(row) : null;
}

function readEvent(row: SqlRow): ReturnEvent | null {
  const parsed = returnEventSchema.safeParse(JSON.parse(text(row, 'event')));
  return parsed.success ? parsed.data : null;
}

export async function endedByPerson(sql: SqlReader, node: string, returnKey: string): Promise<boolean> {
  const row = await sql.get(
    `SELECT g.return_key FROM gate_returns g WHERE g.return_key = ? AND g.node = ? AND ${ENDED_BY_PERSON}`,
    returnKey,
    node,
  );
  return row !== undefined;
}
