import { BATCH_TOPIC, batchKey, type ClosedBatch } from '../returns/batch';
import { releasedEvent } from '../returns/batch-release';
import type { Day } from '../returns/calendar';
import type { ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import { LedgerError } from '../returns/failure';
import type { Stage } from '../returns/lifecycle';
import type { Expulsion, MemberToCheck, Refusal } from './batch';
import { keepEvent, lockOf, readFacts, readRefused } from './batches';
import { openDelivery } from './deliveries';
import { closeCured, parkException } from './exceptions';
import { faultPoint } from './fault-point';
import {
  count,
  text,
  textOrNull,
  type SqlDatabase,
  type SqlReader,
  type SqlRow,
  type SqlWriter,
} from './sql';

export async function membersToCheck(
  sql: SqlReader,
  id: string,
  after: number,
  limit: number,
): Promise<MemberToCheck[]> {
  const rows = await sql.all(
    `SELECT place, batch_members.return_key, event_id, day, facts, stage,
       CASE WHEN EXISTS (SELECT 1 FROM exceptions WHERE exceptions.return_key = batch_members.return_key
         AND exceptions.status = 'closed' AND exceptions.settled = 'outside') THEN 1 ELSE 0 END AS by_hand
     FROM batch_members LEFT JOIN returns ON returns.return_key = batch_members.return_key
     WHERE batch_id = ? AND place > ? AND state = 'in' ORDER BY place LIMIT ?`,
    id,
    after,
    limit,
  );
  return rows.map((row) => ({
    place: count(row, 'place'),
    returnKey: text(row, 'return_key'),
    eventId: text(row, 'event_id'),
    day: text(row, 'day'),
    facts: readFacts(row),
    stage: textOrNull(row, 'stage') as Stage | null,
    settledOutside: count(row, 'by_hand') === 1,
  }));
}

export async function expelMembers(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  expulsions: readonly Expulsion[],
  how: 'send' | 'park',
  now: string,
): Promise<void> {
  const batch = await lockedBatch(sql, id, 'sealed');
  if (!batch) return;
  for (const { place, exception } of expulsions) {
    const row = await leave(sql, id, place, exception === null ? 'withdrawn' : 'expelled');
    if (!row || exception === null) continue;
    await tell(sql, database, { node: text(batch, 'node'), row, exception, how, now });
  }
}

/** Takes a member out of its sealed batch. Undefined where it is not in it any more. */
async function leave(
  sql: SqlWriter,
  id: string,
  place: number,
  state: 'withdrawn' | 'expelled' | 'released',
): Promise<SqlRow | undefined> {
  const row = await sql.get(
    `UPDATE batch_members SET state = ? WHERE batch_id = ? AND place = ? AND state = 'in' RETURNING *`,
    state,
    id,
    place,
  );
  if (row) {
    await sql.run(
      `UPDATE batches SET members = members - 1, minor = minor - ? WHERE id = ?`,
      count(row, 'minor'),
      id,
    );
  }
  return row;
}

/** Sends the return of a member with its exception, as durably as any other delivery. */
async function tell(
  sql: SqlWriter,
  database: SqlDatabase,
  parts: { node: string; row: SqlRow; exception: ReturnException; how: 'send' | 'park'; now: string },
): Promise<void> {
  const { node, row, exception, how, now } = parts;
  const eventId = text(row, 'event_id');
  const event = await sql.get(`SELECT event FROM events WHERE id = ? AND event <> ''`, eventId);
  if (!event) {
    throw new LedgerError({
      code: 'batch-member-pruned',
      class: 'data-invalid',
      message: `The event of return ${text(row, 'return_key')} was removed by age, so it cannot be sent again`,
    });
  }
  const { brand } = exception.about;
  if (how === 'send') {
    const json = JSON.stringify(exception);
    await openDelivery(sql, database, { source: node, eventId, brand: brand ?? '', exception: json, now });
    return;
  }
  const message = `{"topic":${JSON.stringify(text(row, 'topic'))},"payload":${text(event, 'event')},"documents":[]}`;
  const parked = { returnKey: text(row, 'return_key'), router: node, exception, message };
  await parkException(sql, database, parked, now);
}

export async function closeBatch(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  closing: { members: number; deferredUntil: Day | null; make: (number: number) => ClosedBatch },
  now: string,
): Promise<boolean> {
  const batch = await lockedBatch(sql, id, 'sealed');
  if (!batch || count(batch, 'members') !== closing.members) return false;
  const node = text(batch, 'node');
  const last = await sql.get(`SELECT MAX(number) AS number FROM batches WHERE node = ?`, node);
  const number = count(last, 'number') + 1;
  const payload = closing.make(number);
  await sql.run(
    `UPDATE batches SET state = 'closed', number = ?, label = ?, closed_at = ?, posting_date = ?, deferred_until = ?
     WHERE id = ?`,
    number,
    payload.number,
    now,
    payload.postingDate,
    closing.deferredUntil,
    id,
  );
  // What is emitted hangs on an event: that of a batch is its payload, which stays for as long as its members.
  await sql.run(
    `INSERT INTO events (id, return_key, topic, receipt_id, event, exception, effect, received_at)
     VALUES (?, ?, ?, '', ?, NULL, '{}', ?)`,
    id,
    batchKey(id),
    BATCH_TOPIC,
    JSON.stringify({ ...payload, members: [] } satisfies ClosedBatch),
    now,
  );
  await closeCured(sql, database, await resumedOf(sql, id), `batch ${payload.number}`, now);
  const brand = text(batch, 'brand');
  await openDelivery(sql, database, { source: node, eventId: id, brand, exception: null, now });
  faultPoint('batch-in-transaction');
  return true;
}

/** Exceptions that were resumed, of returns that are in the batch. */
function resumedOf(sql: SqlReader, id: string): Promise<SqlRow[]> {
  return sql.all(
    `SELECT * FROM exceptions WHERE status = 'resumed' AND EXISTS (SELECT 1 FROM batch_members
       WHERE batch_members.return_key = exceptions.return_key AND batch_id = ? AND batch_members.state = 'in')
     ORDER BY seq`,
    id,
  );
}

export async function endEmptyBatch(sql: SqlWriter, id: string, now: string): Promise<void> {
  await lockedBatch(sql, id, 'sealed');
  await sql.run(
    `UPDATE batches SET state = 'empty', closed_at = ? WHERE id = ? AND state = 'sealed' AND members = 0`,
    now,
    id,
  );
}

export async function releaseMembers(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  limit: number,
  now: string,
): Promise<number> {
  const batch = await lockedBatch(sql, id, 'sealed');
  if (!batch) return 0;
  const rows = await sql.all(
    `SELECT place, batch_members.return_key, facts, events.event
     FROM batch_members JOIN events ON events.id = event_id
     WHERE batch_id = ? AND batch_members.state = 'in' ORDER BY place LIMIT ?`,
    id,
    limit,
  );
  const source = text(batch, 'node');
  for (const row of rows) {
    const place = count(row, 'place');
    const stored = JSON.parse(text(row, 'event')) as ReturnEvent;
    const event = releasedEvent(stored, readFacts(row)?.lines ?? [], `${id}.${place}`);
    await leave(sql, id, place, 'released');
    await keepEvent(sql, event, text(row, 'return_key'), now);
    await openDelivery(sql, database, {
      source,
      eventId: event.id,
      brand: event.brand,
      exception: null,
      now,
    });
  }
  const left = count(batch, 'members') - rows.length;
  if (left === 0) {
    await sql.run(`UPDATE batches SET state = 'dissolved', closed_at = ? WHERE id = ?`, now, id);
  }
  return left;
}

export async function countLeft(
  sql: SqlReader,
  id: string,
): Promise<{ expelled: number; withdrawn: number }> {
  const rows = await sql.all(
    `SELECT state, COUNT(*) AS n FROM batch_members WHERE batch_id = ? AND state IN ('expelled', 'withdrawn')
     GROUP BY state`,
    id,
  );
  const of = (state: string): number =>
    count(
      rows.find((row) => row['state'] === state),
      'n',
    );
  return { expelled: of('expelled'), withdrawn: of('withdrawn') };
}

export async function refuseMembers(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  refusals: readonly Refusal[],
  how: 'send' | 'park',
  now: string,
): Promise<number[]> {
  const batch = await lockedBatch(sql, id, 'closed');
  if (!batch) return [];
  const refused: number[] = [];
  for (const { place, lines, exception } of refusals) {
    const row = await sql.get(
      `SELECT * FROM batch_members WHERE batch_id = ? AND place = ? AND state = 'in'`,
      id,
      place,
    );
    const before = row ? (readRefused(row) ?? []) : [];
    const fresh = lines.filter((line) => !before.includes(line));
    if (!row || fresh.length === 0) continue;
    await sql.run(
      `UPDATE batch_members SET refused = ? WHERE batch_id = ? AND place = ?`,
      JSON.stringify([...before, ...fresh]),
      id,
      place,
    );
    const node = text(batch, 'node');
    await tell(sql, database, { node, row, exception, how, now });
    refused.push(place);
  }
  return refused;
}

async function lockedBatch(
  sql: SqlWriter,
  id: string,
  state: 'sealed' | 'closed',
): Promise<SqlRow | undefined> {
  const known = await sql.get(`SELECT node FROM batches WHERE id = ?`, id);
  if (!known) return undefined;
  await sql.lock(lockOf(text(known, 'node')));
  return sql.get(`SELECT * FROM batches WHERE id = ? AND state = ?`, id, state);
}
