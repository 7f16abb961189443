import { randomUUID } from 'node:crypto';
import type { PostedDocument } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { text, textOrNull, type SqlDatabase, type SqlReader, type SqlRow, type SqlWriter } from './sql';
import type { DeferredDocument, DeferredFilter } from './intent';
import type { IntentData, IntentState, NewIntent } from './store';

/** Who asks for an intent: the opening of the store, and the one try of it. */
export interface Claimant {
  owner: string;
  claim: string;
  /** Whether another try of this opening is still at work. */
  isAtWork: (claim: string) => boolean;
}

/**
 * An intent is `calling` while somebody posts its document, `idle` when nobody does, `posted` when it exists.
 * One that is still `calling` although nobody is at work on it belongs to a process that died in the middle, or to a
 * try that could not tell the store how it ended: whether its call was carried out is not known.
 */
export async function beginIntent(
  sql: SqlWriter,
  database: SqlDatabase,
  intent: NewIntent,
  claimant: Claimant,
  now: string,
): Promise<IntentState> {
  const { owner, claim } = claimant;
  const started = await sql.get(
    `INSERT INTO intents (id, connection_id, kind, business_key, return_key, reference, state, owner, claim, began_at,
       steps)
     VALUES (?, ?, ?, ?, ?, ?, 'calling', ?, ?, ?, '{}')
     ON CONFLICT (connection_id, kind, business_key) DO NOTHING RETURNING id`,
    randomUUID(),
    intent.connectionId,
    intent.kind,
    intent.key,
    intent.returnKey,
    intent.reference,
    owner,
    claim,
    now,
  );
  if (started) return { state: 'start', intentId: text(started, 'id') };
  const row = await sql.get(
    `SELECT * FROM intents WHERE connection_id = ? AND kind = ? AND business_key = ?`,
    intent.connectionId,
    intent.kind,
    intent.key,
  );
  if (!row) throw new Error('The intent was not stored');
  const intentId = text(row, 'id');
  if (row['state'] === 'posted') return { state: 'posted', intentId, document: documentOf(row) };
  const calling = row['state'] === 'calling';
  if (calling && (await isAtWork(sql, database, row, claimant))) return { state: 'busy', intentId };
  // The dead process may have sent its call up to the moment it died, which is before now at any rate.
  const doubtSince = calling ? now : textOrNull(row, 'doubt_since');
  const taken = await sql.run(
    `UPDATE intents SET state = 'calling', owner = ?, claim = ?, began_at = ?, doubt_since = ?
     WHERE id = ? AND state = ? AND owner = ? AND claim = ?`,
    owner,
    claim,
    now,
    doubtSince,
    intentId,
    text(row, 'state'),
    text(row, 'owner'),
    text(row, 'claim'),
  );
  // Somebody else has taken it since it was read.
  if (taken === 0) return { state: 'busy', intentId };
  const steps = JSON.parse(text(row, 'steps')) as Record<string, IntentData>;
  return { state: 'resume', intentId, steps, doubtSince };
}

async function isAtWork(
  sql: SqlReader,
  database: SqlDatabase,
  row: SqlRow,
  { owner, isAtWork: ofUs }: Claimant,
): Promise<boolean> {
  const other = text(row, 'owner');
  return other === owner ? ofUs(text(row, 'claim')) : !(await database.hasEnded(sql, other));
}

export async function recordIntentStep(
  sql: SqlWriter,
  intentId: string,
  step: string,
  data: IntentData,
  now: string,
): Promise<void> {
  const row = await knownIntent(sql, intentId);
  const steps = { ...(JSON.parse(text(row, 'steps')) as Record<string, IntentData>), [step]: data };
  // What is known for sure ends the doubt about what came before it; the next call begins its own.
  await sql.run(
    `UPDATE intents SET steps = ?, began_at = ?, doubt_since = NULL WHERE id = ?`,
    JSON.stringify(steps),
    now,
    intentId,
  );
}

export async function completeIntent(
  sql: SqlWriter,
  intentId: string,
  document: PostedDocument,
  now: string,
): Promise<void> {
  const row = await knownIntent(sql, intentId);
  if (row['state'] === 'posted') {
    const posted = documentOf(row);
    if (posted.number === document.number) return;
    throw new LedgerError({
      code: 'document-conflict',
      class: 'data-invalid',
      message: `The return has document ${posted.number} already, so ${document.number} is one too many`,
    });
  }
  await sql.run(
    `UPDATE intents SET state = 'posted', document = ?, posted_at = ?, doubt_since = NULL WHERE id = ?`,
    JSON.stringify(document),
    now,
    intentId,
  );
}

export async function releaseIntent(
  sql: SqlWriter,
  intentId: string,
  outcome: { doubt: boolean },
  now: string,
): Promise<void> {
  const row = await knownIntent(sql, intentId);
  if (row['state'] === 'posted') return;
  await sql.run(
    `UPDATE intents SET state = 'idle', doubt_since = ? WHERE id = ?`,
    outcome.doubt ? now : null,
    intentId,
  );
}

export async function documentsOf(sql: SqlReader, returnKey: string): Promise<PostedDocument[]> {
  const rows = await sql.all(
    `SELECT document FROM intents WHERE return_key = ? AND state = 'posted' ORDER BY posted_at, id`,
    returnKey,
  );
  return rows.map(documentOf);
}

/** Documents that bear the day they were deferred from, in order of posting. */
export async function deferredDocuments(
  sql: SqlReader,
  { connectionId, since, limit, offset = 0 }: DeferredFilter,
): Promise<DeferredDocument[]> {
  const rows = await sql.all(
    `SELECT return_key, document FROM intents WHERE connection_id = ? AND state = 'posted' AND posted_at >= ?
     AND document LIKE '%"deferredFrom":"%' ORDER BY posted_at, id LIMIT ? OFFSET ?`,
    connectionId,
    since,
    limit,
    offset,
  );
  return rows.map((row) => ({ returnKey: text(row, 'return_key'), document: documentOf(row) }));
}

async function knownIntent(sql: SqlReader, intentId: string): Promise<SqlRow> {
  const row = await sql.get(`SELECT * FROM intents WHERE id = ?`, intentId);
  if (row) return row;
  throw new LedgerError({
    code: 'intent-unknown',
    class: 'data-invalid',
    message: 'The intent is not in the store',
  });
}

function documentOf(row: SqlRow): PostedDocument {
  return JSON.parse(text(row, 'document')) as PostedDocument;
}
