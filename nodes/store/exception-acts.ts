import { isBatch, type ClosedBatch } from '../returns/batch';
import { returnKey, type ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import { alertKeyOf } from '../returns/exception-alert';
import { causeOf } from '../returns/exception-cause';
import { editReturn, inWords, type FieldChange } from '../returns/exception-edit';
import { searchText } from '../returns/exception-search';
import { valueOfMessage } from '../returns/exception-value';
import { LedgerError } from '../returns/failure';
import { addHistory, type HistoryAction } from './exception-history';
import { eventIdOf, toParked } from './exceptions';
import { letEventsGo } from './exceptions-resume';
import { concernsRejection, halvesLock, judgeRejection } from './rejected-credits';
import { text, type SqlDatabase, type SqlWriter } from './sql';
import type { ParkedException } from './store';

/** Who does something, and when. */
export interface Act {
  who: string;
  at: string;
}

export type Settlement = 'outside' | 'discarded';

/** From now on it belongs to this owner, also when the flow raises it again. */
export async function assignException(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  owner: string,
  act: Act,
): Promise<void> {
  const before = await known(sql, id);
  await sql.run(`UPDATE exceptions SET owner = ?, assigned = ? WHERE id = ?`, owner, owner, id);
  await tell(sql, database, id, act, 'assigned', `${before.exception.owner} → ${owner}`);
}

export async function noteException(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  note: string,
  act: Act,
): Promise<void> {
  await known(sql, id);
  await tell(sql, database, id, act, 'note', note);
}

/**
 * Settled by a person. What was settled outside counts as settled once: when the flow raises it again it is recorded
 * and stays closed (R17). What was discarded opens again when the flow raises it again.
 */
export async function settleException(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  settlement: Settlement,
  reason: string,
  act: Act,
): Promise<void> {
  const { status, returnKey: key, exception } = await known(sql, id);
  if (status === 'closed') throw refused('The exception is closed already');
  const rejects = concernsRejection(exception.code);
  if (rejects) await sql.lock(halvesLock(key));
  await sql.run(
    `UPDATE exceptions SET status = 'closed', settled = ?, resolution = ?, last_at = ? WHERE id = ?`,
    settlement,
    reason,
    act.at,
    id,
  );
  if (rejects) await judgeRejection(sql, key);
  await letEventsGo(sql, id);
  await tell(sql, database, id, act, actionOf(settlement), reason);
}

/** What the history calls it. */
export function actionOf(settlement: Settlement): HistoryAction {
  return settlement === 'outside' ? 'resolved outside' : 'discarded';
}

/**
 * Corrects named fields of the return that is held; what is resumed afterwards is the corrected one. The identity of
 * its event stays, and both values stay in the history. Throws `edit-refused`.
 */
export async function editException(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  changes: Readonly<Record<string, unknown>>,
  act: Act,
): Promise<FieldChange[]> {
  const parked = await known(sql, id);
  if (parked.status !== 'open') throw refused('Only an open exception can be edited');
  const eventId = eventIdOf(parked.message);
  const row = await sql.get(`SELECT event FROM events WHERE id = ? AND event <> ''`, eventId ?? '');
  if (!row) throw refused('It holds no return, so there is nothing to edit');
  const held = JSON.parse(text(row, 'event')) as ReturnEvent | ClosedBatch;
  if (isBatch(held)) throw refused('It holds a whole batch: correct the returns in it one by one');
  const { event, changed } = editReturn(held, changes);
  const key = returnKey(event);
  if (key !== parked.returnKey) await moveTo(sql, parked, event, key);
  const before = JSON.parse(parked.message) as Record<string, unknown>;
  const message = JSON.stringify({ ...before, payload: event });
  const value = valueOfMessage(message);
  const exception = {
    ...(await asRaised(sql, id)),
    id: null,
    about: { ...parked.exception.about, orderNumber: event.order.number },
  };
  const cause = causeOf(exception, key);
  await sql.run(
    `UPDATE exceptions SET return_key = ?, message = ?, exception = ?, cause = ?, alert_key = ?, search = ?,
       value_minor = ?, value_currency = ? WHERE id = ?`,
    key,
    message,
    JSON.stringify(exception),
    cause,
    alertKeyOf(cause),
    searchText(exception),
    value?.minor ?? null,
    value?.currency ?? null,
    id,
  );
  await sql.run(
    `UPDATE events SET event = ?, return_key = ? WHERE id = ?`,
    JSON.stringify(event),
    key,
    event.id,
  );
  await tell(sql, database, id, act, 'edited', changed.map(inWords).join('; '));
  return changed;
}

/** The order's number is part of a return's key: the return moves to the key that its events will have. */
async function moveTo(
  sql: SqlWriter,
  { returnKey: from, router, exception }: ParkedException,
  event: ReturnEvent,
  key: string,
): Promise<void> {
  const other = await sql.get(
    `SELECT id FROM exceptions WHERE return_key = ? AND router = ? AND code = ?`,
    key,
    router,
    exception.code,
  );
  if (other) throw refused(`Return and order ${event.order.number ?? ''} have an exception of their own`);
  const known = await sql.get(`SELECT return_key FROM returns WHERE return_key = ?`, key);
  if (known) return;
  await sql.run(
    `UPDATE returns SET return_key = ?, order_number = ?, return_number = ? WHERE return_key = ?`,
    key,
    event.order.number,
    event.returnNumber,
    from,
  );
}

/** With the owner that the catalogue gave it, whoever has it now. */
async function asRaised(sql: SqlWriter, id: string): Promise<ReturnException> {
  const row = await sql.get(`SELECT exception FROM exceptions WHERE id = ?`, id);
  return JSON.parse(row ? text(row, 'exception') : '{}') as ReturnException;
}

async function known(sql: SqlWriter, id: string): Promise<ParkedException> {
  const row = await sql.get(`SELECT * FROM exceptions WHERE id = ?`, id);
  if (row) return toParked(row);
  throw new LedgerError({
    code: 'exception-unknown',
    class: 'data-invalid',
    message: 'There is no exception of this id: list shows those that there are',
  });
}

function tell(
  sql: SqlWriter,
  database: SqlDatabase,
  id: string,
  { at, who }: Act,
  action: HistoryAction,
  note: string,
): Promise<void> {
  return addHistory(sql, database, id, { at, who, action, note });
}

function refused(message: string): LedgerError {
  return new LedgerError({ code: 'edit-refused', class: 'data-invalid', message });
}
