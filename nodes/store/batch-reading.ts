import { setImmediate as turn } from 'node:timers/promises';
import { isBatch, type BatchMember } from '../returns/batch';
import { memberValue } from '../returns/batch-totals';
import { returnKey, type ReturnEvent } from '../returns/event';
import type { BatchOfReturn, BatchState, DeferredMember, MemberEvent, StoredBatch } from './batch';
import { readFacts, readRefused, toBatch } from './batches';
import { isAcceptedAtGate } from './gate-reading';
import { count, text, textOrNull, type SqlDatabase, type SqlReader, type SqlRow } from './sql';
import type { AnyDelivery } from './store';

/** Members that are read at a time. */
const PAGE = 500;

/** Those that are in the batch, or were until it was dissolved. */
const MEMBERS = `SELECT batch_members.*, group_key, deferred_until
  FROM batch_members JOIN batches ON batches.id = batch_id
  WHERE batch_id = ? AND batch_members.state IN ('in', 'released') AND place > ? ORDER BY place`;

export async function batchMembers(
  sql: SqlReader,
  id: string,
  page: { after?: number; limit: number },
): Promise<BatchMember[]> {
  return (await sql.all(`${MEMBERS} LIMIT ?`, id, page.after ?? 0, page.limit)).map(toMember);
}

export async function memberEvents(
  sql: SqlReader,
  id: string,
  page: { after?: number; limit: number },
): Promise<MemberEvent[]> {
  const rows = await sql.all(
    `SELECT place, event FROM batch_members LEFT JOIN events ON events.id = event_id
     WHERE batch_id = ? AND state IN ('in', 'released') AND place > ? ORDER BY place LIMIT ?`,
    id,
    page.after ?? 0,
    page.limit,
  );
  const members: MemberEvent[] = [];
  for (const row of rows) {
    const place = count(row, 'place');
    const stored = textOrNull(row, 'event') ?? '';
    const event = stored === '' ? null : (JSON.parse(stored) as ReturnEvent);
    const accepted = event?.topic === 'return.refunded' && (await isAcceptedAtGate(sql, returnKey(event)));
    members.push(accepted ? { place, event, goodsAccepted: true } : { place, event });
  }
  return members;
}

/**
 * A delivery as it is sent: that of a batch with its members, where they are to be in the message. They are read page by
 * page, so that nobody else waits for thousands of them.
 */
export async function withMembers(database: SqlDatabase, delivery: AnyDelivery): Promise<AnyDelivery> {
  const { event } = delivery;
  if (!isBatch(event) || !event.membersIncluded) return delivery;
  const members: BatchMember[] = [];
  for (let after = 0; ;) {
    const page = await database.read((sql) => batchMembers(sql, event.id, { after, limit: PAGE }));
    members.push(...page);
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = last.place;
    await turn();
  }
  return { ...delivery, event: { ...event, members } };
}

export async function listBatches(
  sql: SqlReader,
  node: string,
  filter: { limit: number; offset?: number },
): Promise<StoredBatch[]> {
  const rows = await sql.all(
    `SELECT * FROM batches WHERE node = ? ORDER BY opened_at DESC, id DESC LIMIT ? OFFSET ?`,
    node,
    filter.limit,
    filter.offset ?? 0,
  );
  return rows.map(toBatch);
}

export async function batchesOfReturn(sql: SqlReader, returnKey: string): Promise<BatchOfReturn[]> {
  const rows = await sql.all(
    `SELECT batches.id, batches.node, label, batches.state, joined_at, due_at, closed_at
     FROM batch_members JOIN batches ON batches.id = batch_id
     WHERE return_key = ? AND batch_members.state = 'in' ORDER BY joined_at DESC, batches.id DESC`,
    returnKey,
  );
  const nodes = new Set<string>();
  return rows.flatMap((row) => {
    const node = text(row, 'node');
    if (nodes.has(node)) return [];
    nodes.add(node);
    return {
      id: text(row, 'id'),
      number: textOrNull(row, 'label'),
      state: text(row, 'state') as BatchState,
      joinedAt: text(row, 'joined_at'),
      dueAt: text(row, 'due_at'),
      closedAt: textOrNull(row, 'closed_at'),
    };
  });
}

export async function deferredMembers(
  sql: SqlReader,
  node: string,
  filter: { from: string; to: string; limit: number; offset?: number },
): Promise<DeferredMember[]> {
  const rows = await sql.all(
    `SELECT batch_members.*, group_key, label, posting_date
     FROM batches JOIN batch_members ON batch_id = batches.id
     WHERE batches.node = ? AND deferred_until IS NOT NULL AND closed_at >= ? AND closed_at < ?
       AND batch_members.state = 'in' AND day <= deferred_until
     ORDER BY closed_at, batch_id, place LIMIT ? OFFSET ?`,
    node,
    filter.from,
    filter.to,
    filter.limit,
    filter.offset ?? 0,
  );
  return rows.map((row) => {
    const facts = readFacts(row);
    return {
      batch: text(row, 'label'),
      returnKey: text(row, 'return_key'),
      return: facts?.return ?? text(row, 'return_key'),
      order: facts?.order ?? null,
      date: text(row, 'day'),
      postingDate: text(row, 'posting_date'),
      minor: row['minor'] === null ? null : count(row, 'minor'),
      currency: currencyOf(row),
    };
  });
}

function toMember(row: SqlRow): BatchMember {
  const key = text(row, 'return_key');
  // Of those that were pruned only what they came to is known.
  const facts = readFacts(row) ?? {
    return: key,
    order: null,
    brand: '',
    lines: [],
    wholeValue: null,
    documents: [],
  };
  const date = text(row, 'day');
  const closedUntil = textOrNull(row, 'deferred_until');
  return {
    ...facts,
    place: count(row, 'place'),
    returnKey: key,
    eventId: text(row, 'event_id'),
    topic: text(row, 'topic'),
    value: row['minor'] === null ? memberValue(facts) : count(row, 'minor'),
    currency: currencyOf(row),
    date,
    originalDate: closedUntil !== null && date <= closedUntil ? date : null,
    refused: readRefused(row),
  };
}

function currencyOf(row: SqlRow): string | null {
  const { currency } = JSON.parse(text(row, 'group_key')) as { currency: string | null };
  return currency;
}
