import type { ReturnTopic } from '../returns/event';
import {
  OVERDUE_CODES,
  OWN_CODES,
  type GateCode,
  type GatePhase,
  type GateState,
  type GateWait,
} from '../returns/gate';
import type { GateCounts, GateEvent, GateReturn } from './gate-return';
import { count, text, textOrNull, type SqlReader, type SqlRow, type SqlValue } from './sql';

const inList = (codes: readonly string[]): string => codes.map((code) => `'${code}'`).join(', ');
const OWN = inList(OWN_CODES);
const OVERDUE = inList(Object.values(OVERDUE_CODES));

export async function gateCounts(sql: SqlReader, node: string): Promise<GateCounts> {
  const rows = await sql.all(
    `SELECT phase, COUNT(*) AS n, COUNT(told) AS late, MIN(due_at) AS due FROM gate_returns
     WHERE node = ? AND phase IN ('held', 'released') GROUP BY phase`,
    node,
  );
  const of = (phase: string): number =>
    count(
      rows.find((row) => row['phase'] === phase),
      'n',
    );
  const dues = rows.flatMap((row) => textOrNull(row, 'due') ?? []).sort();
  return {
    held: of('held'),
    released: of('released'),
    overLimit: rows.reduce((sum, row) => sum + count(row, 'late'), 0),
    nextDue: dues[0] ?? null,
  };
}

export async function gateReturn(
  sql: SqlReader,
  node: string,
  returnKey: string,
): Promise<GateReturn | null> {
  const row = await gateRow(sql, node, returnKey);
  return row ? toGateReturn(row) : null;
}

export function gateRow(sql: SqlReader, node: string, returnKey: string): Promise<SqlRow | undefined> {
  return sql.get(`SELECT * FROM gate_returns WHERE return_key = ? AND node = ?`, returnKey, node);
}

/** Whether a gate counts the goods of a return as accepted, and lets it go on. */
export async function isAcceptedAtGate(sql: SqlReader, returnKey: string): Promise<boolean> {
  const rows = await sql.all(
    `SELECT * FROM gate_returns WHERE return_key = ? AND phase <> 'rejected'`,
    returnKey,
  );
  return rows.some((row) => toGateReturn(row).state.accepted);
}

export async function gateReturns(
  sql: SqlReader,
  node: string,
  filter: { phase?: GatePhase; overLimit?: boolean; limit: number; offset?: number },
): Promise<GateReturn[]> {
  const conditions = [`node = ?`, filter.phase === undefined ? `phase IN ('held', 'released')` : `phase = ?`];
  const values: SqlValue[] = [node, ...(filter.phase === undefined ? [] : [filter.phase])];
  if (filter.overLimit === true) conditions.push(`told IS NOT NULL`);
  const rows = await sql.all(
    `SELECT * FROM gate_returns WHERE ${conditions.join(' AND ')} ORDER BY since, return_key LIMIT ? OFFSET ?`,
    ...values,
    filter.limit,
    filter.offset ?? 0,
  );
  return rows.map(toGateReturn);
}

export async function gateReturnsNumbered(
  sql: SqlReader,
  node: string,
  returnNumber: string,
): Promise<GateReturn[]> {
  const rows = await sql.all(
    `SELECT * FROM gate_returns WHERE return_number = ? AND node = ? ORDER BY return_key LIMIT 20`,
    returnNumber,
    node,
  );
  return rows.map(toGateReturn);
}

export async function gateEvents(sql: SqlReader, node: string, returnKey: string): Promise<GateEvent[]> {
  const rows = await sql.all(
    `SELECT * FROM gate_events WHERE return_key = ? AND node = ? ORDER BY arrived_at, event_id`,
    returnKey,
    node,
  );
  return rows.map((row) => ({
    eventId: text(row, 'event_id'),
    topic: text(row, 'topic') as ReturnTopic,
    happenedAt: text(row, 'happened_at'),
    effect: text(row, 'effect'),
    at: text(row, 'arrived_at'),
  }));
}

/**
 * The newest event of a return that did not come through this gate, as a condition on `gate_returns` joined with
 * `returns`. It counts once its own flow is done and nothing of the return is in anybody's hands: what a check has
 * stopped, or a person has settled or discarded, must not come in by a back door (R93).
 */
export const KNOWN_BESIDES = `r.last_event <> ''
  AND NOT EXISTS (SELECT 1 FROM return_parts p WHERE p.return_key = g.return_key AND p.part > 1)
  AND NOT EXISTS (SELECT 1 FROM gate_events e
    WHERE e.return_key = g.return_key AND e.node = g.node AND e.event_id = r.last_event)
  AND NOT EXISTS (SELECT 1 FROM deliveries d
    WHERE d.event_id = r.last_event AND d.state IN ('open', 'emitted', 'waiting'))
  AND NOT EXISTS (SELECT 1 FROM exceptions x WHERE x.return_key = g.return_key
    AND (x.settled IS NOT NULL OR (x.status <> 'closed' AND x.code NOT IN (${OVERDUE}))))`;

/** A person has ended the wait of which the owner was told. */
export const ENDED_BY_PERSON = `EXISTS (SELECT 1 FROM exceptions x
  WHERE x.return_key = g.return_key AND x.code = g.told AND x.status = 'closed' AND x.settled IS NOT NULL)`;

/**
 * Each is one look at a small part of the table; what needs a look at all that waits is for now and then: `settings` is
 * null where it is left out.
 */
export async function gateReturnsToReview(
  sql: SqlReader,
  node: string,
  settings: string | null,
  now: string,
  limit: number,
): Promise<string[]> {
  const found = new Set<string>();
  const look = async (query: string, ...values: SqlValue[]): Promise<void> => {
    if (found.size >= limit) return;
    const rows = await sql.all(`SELECT g.return_key FROM gate_returns g ${query} LIMIT ?`, ...values, limit);
    for (const row of rows) if (found.size < limit) found.add(text(row, 'return_key'));
  };
  await look(`WHERE g.node = ? AND g.due_at <= ?`, node, now);
  await look(
    `WHERE g.node = ? AND g.phase = 'released' AND g.credited = 0 AND EXISTS (SELECT 1 FROM halves h
       WHERE h.return_key = g.return_key AND h.half = 'credit')`,
    node,
  );
  if (settings === null) return [...found];
  await look(
    `JOIN returns r ON r.return_key = g.return_key
     WHERE g.node = ? AND g.phase = 'held' AND ${KNOWN_BESIDES}`,
    node,
  );
  await look(
    `WHERE g.node = ? AND g.phase IN ('held', 'released') AND g.told IS NOT NULL AND ${ENDED_BY_PERSON}`,
    node,
  );
  await look(
    `JOIN exceptions x ON x.return_key = g.return_key
     WHERE x.status = 'open' AND x.code IN (${OWN}) AND g.node = ? AND g.codes NOT LIKE '%' || x.code || '%'`,
    node,
  );
  await look(`WHERE g.node = ? AND g.phase IN ('held', 'released') AND g.settings <> ?`, node, settings);
  return [...found];
}

export function toGateReturn(row: SqlRow): GateReturn {
  return {
    returnKey: text(row, 'return_key'),
    brand: text(row, 'brand'),
    returnNumber: text(row, 'return_number'),
    orderNumber: textOrNull(row, 'order_number'),
    reasons: JSON.parse(text(row, 'reasons')) as string[],
    state: JSON.parse(text(row, 'state')) as GateState,
    phase: text(row, 'phase') as GatePhase,
    wait: textOrNull(row, 'waits_for') as GateWait | null,
    since: text(row, 'since'),
    dueAt: textOrNull(row, 'due_at'),
    told: textOrNull(row, 'told') as GateCode | null,
    openedAt: text(row, 'opened_at'),
    changedAt: text(row, 'changed_at'),
  };
}
