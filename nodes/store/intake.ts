import { applyTopic, type Stage, type StageChange } from '../returns/lifecycle';
import { openDelivery } from './deliveries';
import { keepPerson } from './people';
import { halvesLock, judgeRejection } from './rejected-credits';
import { text, type SqlDatabase, type SqlReader, type SqlWriter } from './sql';
import type { AcceptResult, Intake, NewEvent, NewReceipt, Receipt } from './store';

/** Stores a request's receipt, people and events, and opens a delivery for each event that is new. */
export async function accept(sql: SqlWriter, database: SqlDatabase, intake: Intake): Promise<AcceptResult> {
  // Two events of one return must not both move it from the same stage.
  const rejected = intake.events.filter(({ event }) => event.topic === 'return.rejected');
  await sql.lock(
    intake.receipt.id,
    ...intake.events.map((entry) => entry.returnKey),
    ...rejected.map((entry) => halvesLock(entry.returnKey)),
  );
  const fresh = await keepReceipt(sql, intake.receipt);
  const events: AcceptResult['events'] = [];
  for (const entry of intake.events) {
    events.push({ id: entry.event.id, fresh: await keepEvent(sql, database, entry, intake.receipt) });
  }
  // A repeat, whenever it comes, must not bring back a person who was erased meanwhile.
  const news = events.length === 0 ? fresh : events.some((event) => event.fresh);
  if (news) for (const person of intake.people) await keepPerson(sql, person);
  return { fresh, events };
}

async function keepReceipt(sql: SqlWriter, receipt: NewReceipt): Promise<boolean> {
  const row = await sql.get(
    `INSERT INTO receipts (id, source, platform, body, received_at, times) VALUES (?, ?, ?, ?, ?, 1)
     ON CONFLICT (id) DO UPDATE SET times = receipts.times + 1 RETURNING times`,
    receipt.id,
    receipt.source,
    receipt.platform,
    receipt.body,
    receipt.receivedAt,
  );
  if (receipt.unreadable !== null) {
    await sql.run(
      `INSERT INTO unreadable (receipt_id, bytes) VALUES (?, ?) ON CONFLICT (receipt_id) DO NOTHING`,
      receipt.id,
      receipt.unreadable,
    );
  }
  return Number(row?.['times']) === 1;
}

/** Returns false for an event that is known already; its identity decides, not the receipt's. */
async function keepEvent(
  sql: SqlWriter,
  database: SqlDatabase,
  entry: NewEvent,
  receipt: NewReceipt,
): Promise<boolean> {
  const { event, returnKey, exception } = entry;
  const change = await stageChange(sql, entry);
  const exceptionJson = exception === null ? null : JSON.stringify(exception);
  const inserted = await sql.run(
    `INSERT INTO events (id, return_key, topic, receipt_id, event, exception, effect, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    event.id,
    returnKey,
    event.topic,
    receipt.id,
    JSON.stringify(event),
    exceptionJson,
    // What it did to the return's stage is kept with it, late and conflicting ones too.
    JSON.stringify(change),
    event.receivedAt,
  );
  if (inserted === 0) return false;
  await moveReturn(sql, database, entry, change.kind === 'moved' ? change.to : change.stage);
  if (event.topic === 'return.rejected') await judgeRejection(sql, returnKey);
  await openDelivery(sql, database, {
    source: receipt.source,
    eventId: event.id,
    brand: event.brand,
    exception: exceptionJson,
    now: event.receivedAt,
  });
  return true;
}

async function stageChange(sql: SqlReader, { event, returnKey, exception }: NewEvent): Promise<StageChange> {
  const row = await sql.get(`SELECT stage FROM returns WHERE return_key = ?`, returnKey);
  const stage: Stage = row ? (text(row, 'stage') as Stage) : 'announced';
  // An event that is held back for an exception moves nothing: nobody has confirmed that it is ours, or what it means.
  return exception === null ? applyTopic(stage, event.topic) : { kind: 'unchanged', stage };
}

/** Writes down where a return stands, and which event is its newest. */
export async function moveReturn(
  sql: SqlWriter,
  { dialect }: SqlDatabase,
  entry: NewEvent,
  stage: Stage,
): Promise<void> {
  const { event, returnKey } = entry;
  await sql.run(
    `INSERT INTO returns (return_key, platform, brand, return_id, return_number, order_number, stage, since,
       last_event, last_event_at, changed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${dialect.next('returns', 'changed')})
     ON CONFLICT (return_key) DO UPDATE SET
       return_number = COALESCE(returns.return_number, excluded.return_number),
       since = CASE WHEN returns.stage = excluded.stage THEN returns.since ELSE excluded.since END,
       last_event = CASE WHEN excluded.last_event_at >= returns.last_event_at
         THEN excluded.last_event ELSE returns.last_event END,
       last_event_at = CASE WHEN excluded.last_event_at >= returns.last_event_at
         THEN excluded.last_event_at ELSE returns.last_event_at END,
       stage = excluded.stage, changed = excluded.changed`,
    returnKey,
    event.platform,
    event.brand,
    event.returnId,
    event.returnNumber,
    event.order.number,
    stage,
    event.occurredAt,
    event.id,
    rankOf(entry),
  );
}

/**
 * Of a return's events the one of the greatest rank is its newest: the one that happened last, whatever the order in
 * which they came. Nothing happens after it was received, and one that is held back ranks below all others.
 */
function rankOf({ event, exception }: NewEvent): string {
  if (exception !== null) return '';
  return event.occurredAt < event.receivedAt ? event.occurredAt : event.receivedAt;
}

export async function findReceipt(sql: SqlReader, id: string): Promise<Receipt | null> {
  const row = await sql.get(
    `SELECT receipts.*, unreadable.bytes FROM receipts LEFT JOIN unreadable ON receipt_id = id WHERE id = ?`,
    id,
  );
  if (!row) return null;
  const bytes = row['bytes'];
  return {
    id: text(row, 'id'),
    source: text(row, 'source'),
    platform: text(row, 'platform'),
    body: typeof row['body'] === 'string' ? row['body'] : null,
    unreadable: bytes instanceof Uint8Array ? Buffer.from(bytes) : null,
    receivedAt: text(row, 'received_at'),
    times: Number(row['times']),
  };
}
