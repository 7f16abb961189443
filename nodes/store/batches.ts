import { randomBytes } from 'node:crypto';
import type { BatchGroup, ClosingReason, MemberFacts } from '../returns/batch';
import { decideJoin, happenedAt, type KnownMember } from '../returns/batch-membership';
import { groupKey, type MemberPart } from '../returns/batch-parts';
import { memberValue } from '../returns/batch-totals';
import type { ReturnEvent } from '../returns/event';
import type { BatchState, JoinResult, NewMember, StoredBatch } from './batch';
import { count, text, textOrNull, type SqlReader, type SqlRow, type SqlWriter } from './sql';

/**
 * Members that still count: in a batch, or sent one by one instead. What was expelled, refused or withdrawn may join
 * again.
 */
const HOLDING = `('in', 'released')`;

/** Sums stay far below what a number holds exactly, whatever the last member adds. */
const MOST_MINOR = 2 ** 50;

export async function joinBatches(
  sql: SqlWriter,
  members: readonly NewMember[],
  now: string,
): Promise<JoinResult[]> {
  // Two who look for the open batch of a group, or for what a return has already, must not both find none.
  await sql.lock(...new Set(members.map(({ node }) => lockOf(node))));
  const results: JoinResult[] = [];
  for (const member of members) results.push(await join(sql, member, now));
  return results;
}

async function join(sql: SqlWriter, member: NewMember, now: string): Promise<JoinResult> {
  const { node, event, returnKey, rule } = member;
  const decision = decideJoin(event, member.parts, await knownMembers(sql, node, returnKey), rule);
  if (decision.kind === 'repeat') return { kind: 'repeat' };
  const touched = new Set<string>();
  // Who takes the place of another has waited as long as that one.
  let since = now;
  for (const { batchId, place } of decision.replaces) {
    const joinedAt = await leaveOpen(sql, batchId, place);
    if (joinedAt < since) since = joinedAt;
    touched.add(batchId);
  }
  await keepEvent(sql, event, returnKey, now);
  for (const part of decision.parts) touched.add(await joinPart(sql, member, part, { since, now }));
  const batches: StoredBatch[] = [];
  const gone: string[] = [];
  for (const id of touched) {
    const batch = await findBatch(sql, id);
    if (batch) batches.push(batch);
    else gone.push(id);
  }
  return { kind: 'joined', batches, gone };
}

async function knownMembers(sql: SqlReader, node: string, returnKey: string): Promise<KnownMember[]> {
  const rows = await sql.all(
    `SELECT batch_id, place, event_id, topic, happened_at, facts, refused, batches.state AS batch_state
     FROM batch_members JOIN batches ON batches.id = batch_id
     WHERE return_key = ? AND batch_members.node = ? AND batch_members.state IN ${HOLDING}
     ORDER BY joined_at, batch_id, place`,
    returnKey,
    node,
  );
  return rows.map((row) => ({
    batchId: text(row, 'batch_id'),
    place: count(row, 'place'),
    open: row['batch_state'] === 'open',
    eventId: text(row, 'event_id'),
    topic: text(row, 'topic'),
    happenedAt: text(row, 'happened_at'),
    lines: readFacts(row)?.lines ?? null,
    refused: readRefused(row) ?? [],
  }));
}

/** Resolves to when the member had joined. A batch that nobody is in any more is gone. */
async function leaveOpen(sql: SqlWriter, batchId: string, place: number): Promise<string> {
  const row = await sql.get(
    `DELETE FROM batch_members WHERE batch_id = ? AND place = ? RETURNING joined_at, minor`,
    batchId,
    place,
  );
  if (!row) throw new Error('The member is not there any more');
  await sql.run(
    `UPDATE batches SET members = members - 1, minor = minor - ? WHERE id = ?`,
    count(row, 'minor'),
    batchId,
  );
  await sql.run(`DELETE FROM batches WHERE id = ? AND state = 'open' AND members = 0`, batchId);
  return text(row, 'joined_at');
}

/** A member that leaves its batch goes out as its event, so that must be stored, however it came here. */
export async function keepEvent(
  sql: SqlWriter,
  event: ReturnEvent,
  returnKey: string,
  now: string,
): Promise<void> {
  const known = await sql.get(`SELECT id FROM events WHERE id = ? AND event <> ''`, event.id);
  if (known) return;
  await sql.run(
    `INSERT INTO events (id, return_key, topic, receipt_id, event, exception, effect, received_at)
     VALUES (?, ?, ?, '', ?, NULL, '{}', ?)
     ON CONFLICT (id) DO UPDATE SET event = excluded.event`,
    event.id,
    returnKey,
    event.topic,
    JSON.stringify(event),
    now,
  );
}

/** Resolves to the batch that it joined. */
async function joinPart(
  sql: SqlWriter,
  member: NewMember,
  part: MemberPart,
  times: { since: string; now: string },
): Promise<string> {
  const { node, event, returnKey, terms, facts, day } = member;
  const stored: MemberFacts = { ...facts, lines: part.lines, wholeValue: part.wholeValue };
  const minor = memberValue(stored);
  const batch = await openBatchOf(sql, member, part.group, minor ?? 0, times);
  const place = count(batch, 'places') + 1;
  const id = text(batch, 'id');
  await sql.run(
    `INSERT INTO batch_members (batch_id, place, node, return_key, event_id, topic, happened_at, state, joined_at,
       day, minor, facts)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'in', ?, ?, ?, ?)`,
    id,
    place,
    node,
    returnKey,
    event.id,
    event.topic,
    happenedAt(event),
    times.since,
    day,
    minor,
    JSON.stringify(stored),
  );
  const members = count(batch, 'members') + 1;
  const sum = count(batch, 'minor') + (minor ?? 0);
  const { currency } = part.group;
  const mostMinor = currency === null ? null : terms.mostMinor(currency);
  const byCount = terms.mostMembers !== null && members >= terms.mostMembers;
  const byValue = mostMinor !== null && sum >= mostMinor;
  const why: ClosingReason | null = byCount ? terms.whenFull : byValue ? 'value' : null;
  await sql.run(
    `UPDATE batches SET places = ?, members = ?, minor = ?, state = ?, why = ? WHERE id = ?`,
    place,
    members,
    sum,
    why === null ? 'open' : 'sealed',
    why,
    id,
  );
  return id;
}

/** The open batch of a group that has room for an amount; where there is none it is opened. */
async function openBatchOf(
  sql: SqlWriter,
  { node, terms }: NewMember,
  group: BatchGroup,
  minor: number,
  { since, now }: { since: string; now: string },
): Promise<SqlRow> {
  const key = groupKey(group);
  const open = await sql.get(
    `SELECT * FROM batches WHERE node = ? AND group_key = ? AND state = 'open'`,
    node,
    key,
  );
  if (open && Math.abs(count(open, 'minor')) + Math.abs(minor) <= MOST_MINOR) {
    // Not where the clock was put back meanwhile: nobody has waited longer for that.
    if (since < now && text(open, 'opened_at') > since)
      await openedEarlier(sql, text(open, 'id'), since, terms, group);
    return open;
  }
  if (open) {
    await sql.run(`UPDATE batches SET state = 'sealed', why = 'value' WHERE id = ?`, text(open, 'id'));
  }
  const made = await sql.get(
    `INSERT INTO batches (id, node, state, group_key, brand, opened_at, due_at, places, members, minor)
     VALUES (?, ?, 'open', ?, ?, ?, ?, 0, 0, 0) RETURNING *`,
    batchId(since),
    node,
    key,
    group.brand ?? '',
    since,
    terms.dueAt(since, group),
  );
  if (!made) throw new Error('The batch was not opened');
  return made;
}

async function openedEarlier(
  sql: SqlWriter,
  id: string,
  since: string,
  terms: NewMember['terms'],
  group: BatchGroup,
): Promise<void> {
  await sql.run(
    `UPDATE batches SET opened_at = ?, due_at = ? WHERE id = ?`,
    since,
    terms.dueAt(since, group),
    id,
  );
}

export async function pendingBatches(sql: SqlReader, node: string): Promise<StoredBatch[]> {
  const rows = await sql.all(
    `SELECT * FROM batches WHERE node = ? AND state IN ('open', 'sealed') ORDER BY due_at, id`,
    node,
  );
  return rows.map(toBatch);
}

export async function setBatchDue(sql: SqlWriter, id: string, dueAt: string): Promise<void> {
  await sql.run(`UPDATE batches SET due_at = ? WHERE id = ? AND state = 'open'`, dueAt, id);
}

export async function sealBatches(
  sql: SqlWriter,
  ids: readonly string[],
  why: ClosingReason,
): Promise<string[]> {
  const sealed: string[] = [];
  for (const id of [...ids].sort()) {
    const batch = await findBatch(sql, id);
    if (!batch) continue;
    await sql.lock(lockOf(batch.node));
    const changed = await sql.run(
      `UPDATE batches SET state = 'sealed', why = ? WHERE id = ? AND state = 'open'`,
      why,
      id,
    );
    if (changed > 0) sealed.push(id);
  }
  return sealed;
}

export async function findBatch(sql: SqlReader, id: string): Promise<StoredBatch | null> {
  const row = await sql.get(`SELECT * FROM batches WHERE id = ?`, id);
  return row ? toBatch(row) : null;
}

/** All that changes which batches of a node take members comes one after another. */
export function lockOf(node: string): string {
  return `batches/${node}`;
}

export function toBatch(row: SqlRow): StoredBatch {
  return {
    id: text(row, 'id'),
    node: text(row, 'node'),
    number: textOrNull(row, 'label'),
    state: text(row, 'state') as BatchState,
    group: JSON.parse(text(row, 'group_key')) as BatchGroup,
    openedAt: text(row, 'opened_at'),
    dueAt: text(row, 'due_at'),
    why: textOrNull(row, 'why') as ClosingReason | null,
    closedAt: textOrNull(row, 'closed_at'),
    postingDate: textOrNull(row, 'posting_date'),
    members: count(row, 'members'),
    minor: count(row, 'minor'),
  };
}

/** Null where they were pruned, or cannot be read. */
export function readFacts(row: SqlRow): MemberFacts | null {
  const stored = text(row, 'facts');
  if (stored === '') return null;
  try {
    return JSON.parse(stored) as MemberFacts;
  } catch {
    return null;
  }
}

export function readRefused(row: SqlRow): string[] | null {
  const stored = textOrNull(row, 'refused');
  return stored === null ? null : (JSON.parse(stored) as string[]);
}

/** In the order of time, so that new ones stand side by side in their index. */
function batchId(now: string): string {
  return `b_${Date.parse(now).toString(36).padStart(9, '0')}_${randomBytes(8).toString('hex')}`;
}
