import type { ReturnException } from '../returns/exception';
import { actionOf, type Act, type Settlement } from './exception-acts';
import { BY_FLOW } from './exception-history';
import { concernsRejection, halvesLock, judgeRejection } from './rejected-credits';
import { count, text, type SqlDatabase, type SqlReader, type SqlValue, type SqlWriter } from './sql';
import type { ExceptionSelection } from './store';

/** One page of the open exceptions of a selection, in the order in which they were parked. */
export interface ExceptionPage {
  ids: string[];
  /** Where the next page begins; null after the last one. */
  next: number | null;
}

/** The condition of a selection that names none, and the values in it. */
export function conditionOf(selection: Exclude<ExceptionSelection, { ids: readonly string[] }>): {
  where: string;
  values: SqlValue[];
} {
  const [field, value] =
    'code' in selection
      ? ['code', selection.code]
      : 'owner' in selection
        ? ['owner', selection.owner]
        : 'cause' in selection
          ? ['cause', selection.cause]
          : [null, ''];
  const { router } = selection;
  return {
    where: `status = 'open'${field === null ? '' : ` AND ${field} = ?`}${router === undefined ? '' : ' AND router = ?'}`,
    values: [...(field === null ? [] : [value]), ...(router === undefined ? [] : [router])],
  };
}

/** What a selection means now, page by page: a page takes as much memory for ten thousand as for ten. */
export async function exceptionPage(
  sql: SqlReader,
  selection: Exclude<ExceptionSelection, { ids: readonly string[] }>,
  after: number,
  limit: number,
): Promise<ExceptionPage> {
  const { where, values } = conditionOf(selection);
  const rows = await sql.all(
    `SELECT id, seq FROM exceptions WHERE ${where} AND seq > ? ORDER BY seq LIMIT ?`,
    ...values,
    after,
    limit,
  );
  const last = rows.at(-1);
  return {
    ids: rows.map((row) => text(row, 'id')),
    next: rows.length < limit || !last ? null : count(last, 'seq'),
  };
}

/** All of them belong to this owner from now on. Three statements, however many there are. */
export async function assignExceptions(
  sql: SqlWriter,
  database: SqlDatabase,
  ids: readonly string[],
  owner: string,
  act: Act,
): Promise<number> {
  if (ids.length === 0) return 0;
  await handedTo(sql, database, ids, owner, act);
  return sql.run(
    `UPDATE exceptions SET owner = ?, assigned = ? WHERE id IN (${places(ids)})`,
    owner,
    owner,
    ...ids,
  );
}

export async function noteExceptions(
  sql: SqlWriter,
  database: SqlDatabase,
  ids: readonly string[],
  note: string,
  act: Act,
): Promise<number> {
  return ids.length === 0 ? 0 : told(sql, database, ids, 'note', note, act);
}

/** Settled by a person, all for one reason. What is closed already stays as it is. */
export async function settleExceptions(
  sql: SqlWriter,
  database: SqlDatabase,
  ids: readonly string[],
  settlement: Settlement,
  reason: string,
  act: Act,
): Promise<number> {
  if (ids.length === 0) return 0;
  const rejected = await rejectedReturns(sql, ids);
  await sql.lock(...rejected.map(halvesLock));
  await told(sql, database, ids, actionOf(settlement), reason, act);
  const settled = await sql.run(
    `UPDATE exceptions SET status = 'closed', settled = ?, resolution = ?, last_at = ?
     WHERE status <> 'closed' AND id IN (${places(ids)})`,
    settlement,
    reason,
    act.at,
    ...ids,
  );
  for (const returnKey of rejected) await judgeRejection(sql, returnKey);
  await sql.run(`DELETE FROM exception_events WHERE exception_id IN (${places(ids)})`, ...ids);
  return settled;
}

/** Returns among them whose goods were rejected: their credits are judged again. */
async function rejectedReturns(sql: SqlReader, ids: readonly string[]): Promise<string[]> {
  const rows = await sql.all(`SELECT return_key, code FROM exceptions WHERE id IN (${places(ids)})`, ...ids);
  const keys = rows.flatMap((row) => (concernsRejection(text(row, 'code')) ? text(row, 'return_key') : []));
  return [...new Set(keys)];
}

/** A page of a router's open exceptions: those that nobody was given by a person go to the owner that is named now. */
export async function reownPage(
  sql: SqlWriter,
  database: SqlDatabase,
  router: string,
  ownerOf: (exception: ReturnException) => string,
  page: { after: number; limit: number; now: string },
): Promise<{ changed: number; next: number | null }> {
  const rows = await sql.all(
    `SELECT id, seq, owner, assigned, exception FROM exceptions WHERE status = 'open' AND router = ? AND seq > ?
     ORDER BY seq LIMIT ?`,
    router,
    page.after,
    page.limit,
  );
  const moving = new Map<string, string[]>();
  for (const row of rows.filter((one) => one['assigned'] === null)) {
    const owner = ownerOf(JSON.parse(text(row, 'exception')) as ReturnException);
    if (owner !== row['owner']) moving.set(owner, [...(moving.get(owner) ?? []), text(row, 'id')]);
  }
  for (const [owner, ids] of moving) {
    await handedTo(sql, database, ids, owner, { who: BY_FLOW, at: page.now });
    await sql.run(`UPDATE exceptions SET owner = ? WHERE id IN (${places(ids)})`, owner, ...ids);
  }
  const last = rows.at(-1);
  return {
    changed: [...moving.values()].reduce((sum, ids) => sum + ids.length, 0),
    next: rows.length < page.limit || !last ? null : count(last, 'seq'),
  };
}

function handedTo(
  sql: SqlWriter,
  database: SqlDatabase,
  ids: readonly string[],
  owner: string,
  { who, at }: Act,
): Promise<number> {
  return sql.run(
    `INSERT INTO exception_history (seq, exception_id, at, who, action, note)
     SELECT ${database.dialect.nextOfEach('exception_history', 'seq')}, id, ?, ?, 'assigned', owner || ' → ' || ?
     FROM exceptions WHERE id IN (${places(ids)})`,
    at,
    who,
    owner,
    ...ids,
  );
}

function told(
  sql: SqlWriter,
  database: SqlDatabase,
  ids: readonly string[],
  action: string,
  note: string,
  { who, at }: Act,
): Promise<number> {
  return sql.run(
    `INSERT INTO exception_history (seq, exception_id, at, who, action, note)
     SELECT ${database.dialect.nextOfEach('exception_history', 'seq')}, id, ?, ?, ?, ?
     FROM exceptions WHERE status <> 'closed' AND id IN (${places(ids)})`,
    at,
    who,
    action,
    note,
    ...ids,
  );
}

function places(ids: readonly string[]): string {
  return ids.map(() => '?').join(', ');
}
