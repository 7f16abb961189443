import { randomBytes } from 'node:crypto';
import { batchKey, isBatch, type ClosedBatch } from '../returns/batch';
import type { PostedDocument, ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import { LedgerError } from '../returns/failure';
import { isAcceptedAtGate } from './gate-reading';
import { documentsOf } from './intents';
import {
  count,
  text,
  textOrNull,
  type SqlDatabase,
  type SqlDialect,
  type SqlReader,
  type SqlRow,
  type SqlWriter,
} from './sql';
import type { AnyDelivery, Delivery, DeliveryCounts, NewWait, TakeLimits, Wait } from './store';

export interface NewDelivery {
  source: string;
  eventId: string;
  brand: string;
  exception: string | null;
  now: string;
}

/** No wait is longer than this, so what seems to be due later was written by a clock that was wrong (T5). */
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** The first and the last waits of a delivery are kept; there is no need for each of hundreds. */
const WAITS_KEPT = 40;

/** Opens a delivery: from now on the event is emitted by its source until its flow is done. */
export async function openDelivery(
  sql: SqlWriter,
  database: SqlDatabase,
  delivery: NewDelivery,
): Promise<void> {
  await sql.run(
    `INSERT INTO deliveries (seq, id, source, event_id, brand, exception, state, attempt, changed_at)
     VALUES (${database.dialect.next('deliveries', 'seq')}, ?, ?, ?, ?, ?, 'open', 0, ?)`,
    deliveryId(delivery.now),
    delivery.source,
    delivery.eventId,
    delivery.brand,
    delivery.exception,
    delivery.now,
  );
  await sql.wake(delivery.source);
}

/** Ids in the order of time stand side by side in their index, so that a group of new ones changes one page of it. */
function deliveryId(now: string): string {
  return `d_${Date.parse(now).toString(36).padStart(9, '0')}_${randomBytes(12).toString('hex')}`;
}

export async function takeDeliveries(
  sql: SqlWriter,
  database: SqlDatabase,
  source: string,
  limits: TakeLimits,
  owner: string,
  now: string,
): Promise<Delivery[]> {
  const taken = await takeAnyDeliveries(sql, database, source, limits, owner, now);
  return taken.map((delivery) => {
    const { event } = delivery;
    if (isBatch(event)) throw sendsBatches(source);
    return { ...delivery, event };
  });
}

function sendsBatches(source: string): LedgerError {
  return new LedgerError({
    code: 'delivery-of-batch',
    class: 'config',
    message: `The source ${source} sends batches, and only returns were asked for`,
  });
}

export async function takeAnyDeliveries(
  sql: SqlWriter,
  { dialect }: SqlDatabase,
  source: string,
  limits: TakeLimits,
  owner: string,
  now: string,
): Promise<AnyDelivery[]> {
  await openDue(sql, source, now);
  const rows: SqlRow[] = [];
  for (let brand = await nextBrand(sql, source, null); brand !== null;) {
    const places = limits.each - (limits.underWay?.[brand] ?? 0);
    if (places > 0) rows.push(...(await openOf(sql, dialect, source, brand, places)));
    brand = await nextBrand(sql, source, brand);
  }
  rows.sort((a, b) => Number(a['seq']) - Number(b['seq']));
  const deliveries: AnyDelivery[] = [];
  // One transaction takes no more than one brand's share; the rest comes with the next.
  for (const row of rows.slice(0, limits.each)) {
    await sql.run(
      `UPDATE deliveries SET state = 'emitted', owner = ?, attempt = attempt + 1, changed_at = ? WHERE seq = ?`,
      owner,
      now,
      Number(row['seq']),
    );
    const key = text(row, 'return_key');
    const delivery = toDelivery(row, await documentsOf(sql, key));
    const { event } = delivery;
    const refund = !isBatch(event) && event.topic === 'return.refunded';
    const accepted = refund && (await isAcceptedAtGate(sql, key));
    deliveries.push(accepted ? { ...delivery, goodsAccepted: true } : delivery);
  }
  return deliveries;
}

/** The brands that have something open, one after another: one look at the index for each, however much is open. */
async function nextBrand(sql: SqlReader, source: string, after: string | null): Promise<string | null> {
  const first = `SELECT MIN(brand) AS brand FROM deliveries WHERE source = ? AND state = 'open'`;
  const row =
    after === null ? await sql.get(first, source) : await sql.get(`${first} AND brand > ?`, source, after);
  return row ? textOrNull(row, 'brand') : null;
}

function openOf(
  sql: SqlReader,
  dialect: SqlDialect,
  source: string,
  brand: string,
  limit: number,
): Promise<SqlRow[]> {
  return sql.all(
    `SELECT deliveries.seq, deliveries.id, source, attempt, brand, waits, deliveries.exception, event, return_key
     FROM deliveries JOIN events ON events.id = event_id
     WHERE source = ? AND state = 'open' AND brand = ? ORDER BY seq LIMIT ?
     ${dialect.skipLocked('deliveries')}`,
    source,
    brand,
    limit,
  );
}

/** Waiting deliveries whose time has come are open again. */
async function openDue(sql: SqlWriter, source: string, now: string): Promise<void> {
  const absurd = new Date(Date.parse(now) + LONGEST_WAIT_MS).toISOString();
  await sql.run(
    `UPDATE deliveries SET state = 'open' WHERE source = ? AND state = 'waiting' AND (due_at <= ? OR due_at > ?)`,
    source,
    now,
    absurd,
  );
}

function toDelivery(row: SqlRow, documents: PostedDocument[]): AnyDelivery {
  const exception = textOrNull(row, 'exception');
  return {
    id: text(row, 'id'),
    source: text(row, 'source'),
    brand: text(row, 'brand'),
    attempt: count(row, 'attempt') + 1,
    event: JSON.parse(text(row, 'event')) as ReturnEvent | ClosedBatch,
    exception: exception === null ? null : (JSON.parse(exception) as ReturnException),
    documents,
    waits: JSON.parse(text(row, 'waits')) as Wait[],
  };
}

/** Resolves to the batch that it brought, where that one was held and resumed; null in all other cases. */
export async function settleDelivery(sql: SqlWriter, id: string, now: string): Promise<string | null> {
  // Told with the change itself: every return settles its deliveries, and hardly ever is there such a batch.
  const row = await sql.get(
    `UPDATE deliveries SET state = 'settled', changed_at = ? WHERE id = ? AND state <> 'settled'
     RETURNING (SELECT deliveries.event_id FROM exceptions
       WHERE return_key = '${batchKey('')}' || deliveries.event_id AND status = 'resumed' LIMIT 1) AS batch_id`,
    now,
    id,
  );
  return row ? textOrNull(row, 'batch_id') : null;
}

export async function postponeDelivery(
  sql: SqlWriter,
  id: string,
  wait: NewWait,
  now: string,
): Promise<void> {
  const row = await sql.get(`SELECT waits FROM deliveries WHERE id = ? AND state = 'emitted'`, id);
  if (!row) return;
  const waits = [...(JSON.parse(text(row, 'waits')) as Wait[]), ...wait.reasons];
  if (waits.length > WAITS_KEPT) waits.splice(WAITS_KEPT / 2, waits.length - WAITS_KEPT);
  await sql.run(
    `UPDATE deliveries SET state = 'waiting', due_at = ?, waits_on = ?, waits = ?, changed_at = ? WHERE id = ?`,
    wait.dueAt,
    wait.waitsOn,
    JSON.stringify(waits),
    now,
    id,
  );
}

export async function hastenDeliveries(sql: SqlWriter, waitsOn: string, now: string): Promise<string[]> {
  const rows = await sql.all(
    `SELECT DISTINCT source FROM deliveries WHERE state = 'waiting' AND waits_on = ?`,
    waitsOn,
  );
  await sql.run(`UPDATE deliveries SET due_at = ? WHERE state = 'waiting' AND waits_on = ?`, now, waitsOn);
  const sources = rows.map((row) => text(row, 'source'));
  for (const source of sources) await sql.wake(source);
  return sources;
}

export async function nextDue(sql: SqlReader, source: string): Promise<string | null> {
  const row = await sql.get(
    `SELECT MIN(due_at) AS due FROM deliveries WHERE source = ? AND state = 'waiting'`,
    source,
  );
  return row ? textOrNull(row, 'due') : null;
}

/** Opens what this opening has emitted and no longer follows, and what an opening that has ended left. */
export async function releaseDeliveries(
  sql: SqlWriter,
  database: SqlDatabase,
  source: string,
  owner: string,
  keep: ReadonlySet<string>,
): Promise<number> {
  const owners = await sql.all(
    `SELECT DISTINCT owner FROM deliveries WHERE source = ? AND state = 'emitted'`,
    source,
  );
  let released = 0;
  for (const row of owners) {
    const other = text(row, 'owner');
    if (other === owner) released += await releaseOwn(sql, source, owner, keep);
    else if (await database.hasEnded(sql, other)) {
      released += await sql.run(
        `UPDATE deliveries SET state = 'open' WHERE source = ? AND state = 'emitted' AND owner = ?`,
        source,
        other,
      );
    }
  }
  return released;
}

async function releaseOwn(
  sql: SqlWriter,
  source: string,
  owner: string,
  keep: ReadonlySet<string>,
): Promise<number> {
  const rows = await sql.all(
    `SELECT id FROM deliveries WHERE source = ? AND state = 'emitted' AND owner = ?`,
    source,
    owner,
  );
  const lost = rows.map((row) => text(row, 'id')).filter((id) => !keep.has(id));
  for (const id of lost) await sql.run(`UPDATE deliveries SET state = 'open' WHERE id = ?`, id);
  return lost.length;
}

export async function countDeliveries(sql: SqlReader, source: string | null): Promise<DeliveryCounts> {
  const ofSource = source === null ? '' : 'AND source = ?';
  const values = source === null ? [] : [source];
  // One look at each index, and none at what is settled.
  const states = ['open', 'emitted', 'waiting'].map(
    (state) =>
      `SELECT '${state}' AS state, COUNT(*) AS n, ${state === 'waiting' ? 'MIN(due_at)' : 'NULL'} AS due
       FROM deliveries WHERE state = '${state}' ${ofSource}`,
  );
  const rows = await sql.all(states.join(' UNION ALL '), ...values, ...values, ...values);
  const of = (state: string): SqlRow | undefined => rows.find((row) => row['state'] === state);
  const waiting = of('waiting');
  return {
    open: count(of('open'), 'n'),
    emitted: count(of('emitted'), 'n'),
    waiting: count(waiting, 'n'),
    nextDue: waiting ? textOrNull(waiting, 'due') : null,
  };
}
