import { randomUUID } from 'node:crypto';
import type { ReturnException } from '../returns/exception';
import { alertKeyOf } from '../returns/exception-alert';
import { causeOf } from '../returns/exception-cause';
import { searchText } from '../returns/exception-search';
import { valueOfMessage } from '../returns/exception-value';
import { money, type Money } from '../returns/money';
import { noteRaised } from './exception-alerts';
import { addHistory, BY_FLOW } from './exception-history';
import { concernsRejection, halvesLock, judgeRejection } from './rejected-credits';
import { holdEvent, letEventsGo, resumeSiblings } from './exceptions-resume';
import {
  count,
  text,
  textOrNull,
  type SqlDatabase,
  type SqlReader,
  type SqlRow,
  type SqlValue,
  type SqlWriter,
} from './sql';
import type { ExceptionFilter, NewParked, Parked, ParkedException, SettledOutside } from './store';

export async function parkException(
  sql: SqlWriter,
  database: SqlDatabase,
  parked: NewParked,
  now: string,
): Promise<Parked> {
  const { exception } = parked;
  const rejects = concernsRejection(exception.code);
  if (rejects) await sql.lock(halvesLock(parked.returnKey));
  const value = valueOfMessage(parked.message);
  const cause = causeOf(exception, parked.returnKey);
  const key = alertKeyOf(cause);
  const before = await sql.get(
    `SELECT status FROM exceptions WHERE return_key = ? AND router = ? AND code = ?`,
    parked.returnKey,
    parked.router,
    exception.code,
  );
  const row = await sql.get(
    `INSERT INTO exceptions (id, return_key, router, code, owner, status, exception, message, times, first_at, last_at, cause, alert_key, search,
       brand, value_minor, value_currency, seq)
     VALUES (?, ?, ?, ?, ?, 'open', ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?,
       ${database.dialect.next('exceptions', 'seq')})
     ON CONFLICT (return_key, router, code) DO UPDATE SET
       status = CASE WHEN exceptions.settled = 'outside' THEN 'closed' ELSE 'open' END,
       owner = CASE WHEN exceptions.status = 'closed' THEN excluded.owner
         ELSE COALESCE(exceptions.assigned, excluded.owner) END,
       assigned = CASE WHEN exceptions.status = 'closed' THEN NULL ELSE exceptions.assigned END,
       settled = CASE WHEN exceptions.settled = 'outside' THEN 'outside' END, exception = excluded.exception, message = excluded.message,
       times = exceptions.times + 1, last_at = excluded.last_at, cause = excluded.cause,
       alert_key = excluded.alert_key, search = excluded.search, brand = excluded.brand,
       value_minor = excluded.value_minor, value_currency = excluded.value_currency, 
       resolution = CASE WHEN exceptions.settled = 'outside' THEN exceptions.resolution END
     RETURNING id, times, status, owner`,
    randomUUID(),
    parked.returnKey,
    parked.router,
    exception.code,
    parked.owner ?? exception.owner,
    JSON.stringify(exception),
    parked.message,
    now,
    now,
    cause,
    key,
    searchText(exception),
    exception.about.brand,
    value?.minor ?? null,
    value?.currency ?? null,
  );
  if (!row) throw new Error('The exception was not stored');
  const id = text(row, 'id');
  const fresh = count(row, 'times') === 1;
  if (rejects) await judgeRejection(sql, parked.returnKey);
  await addHistory(sql, database, id, {
    at: now,
    who: BY_FLOW,
    action: fresh ? 'raised' : 'raised again',
    note: exception.summary,
  });
  const open = row['status'] === 'open';
  if (open) await holdEvent(sql, id, parked.message, now);
  // A repeat of what is open already, after a crash for example, is nothing new to tell.
  const told = parked.alert === true && open && before?.['status'] !== 'open';
  const alertDue = told && (await noteRaised(sql, { router: parked.router, key, exception }, now));
  return { id, fresh, owner: text(row, 'owner'), open, alertDue };
}

export async function listExceptions(sql: SqlReader, filter: ExceptionFilter): Promise<ParkedException[]> {
  const conditions: [string, SqlValue | undefined][] = [
    ['status', filter.status],
    ['owner', filter.owner],
    ['code', filter.code],
    ['router', filter.router],
    ['cause', filter.cause],
  ];
  const used = conditions.filter((condition): condition is [string, SqlValue] => condition[1] !== undefined);
  const where = used.length === 0 ? '' : `WHERE ${used.map(([column]) => `${column} = ?`).join(' AND ')}`;
  const rows = await sql.all(
    `SELECT * FROM exceptions ${where} ORDER BY seq DESC LIMIT ? OFFSET ?`,
    ...used.map(([, value]) => value),
    filter.limit,
    filter.offset ?? 0,
  );
  return rows.map(toParked);
}

export async function countExceptions(
  sql: SqlReader,
): Promise<{ open: number; byOwner: Record<string, number> }> {
  const rows = await sql.all(
    `SELECT owner, COUNT(*) AS n FROM exceptions WHERE status = 'open' GROUP BY owner ORDER BY owner`,
  );
  const byOwner = Object.fromEntries(rows.map((row) => [text(row, 'owner'), count(row, 'n')]));
  return { open: Object.values(byOwner).reduce((sum, n) => sum + n, 0), byOwner };
}

export async function parkedException(sql: SqlReader, id: string): Promise<ParkedException | null> {
  const row = await sql.get(`SELECT * FROM exceptions WHERE id = ?`, id);
  return row ? toParked(row) : null;
}

export async function openExceptionOf(
  sql: SqlReader,
  returnKey: string,
): Promise<{ id: string; code: string; owner: string; summary: string } | null> {
  const row = await sql.get(
    `SELECT * FROM exceptions WHERE return_key = ? AND status = 'open' ORDER BY seq DESC LIMIT 1`,
    returnKey,
  );
  if (!row) return null;
  const { id, exception } = toParked(row);
  return { id, code: exception.code, owner: exception.owner, summary: exception.summary };
}

export async function settledOutside(sql: SqlReader, returnKey: string): Promise<SettledOutside[]> {
  const rows = await sql.all(
    `SELECT * FROM exceptions WHERE return_key = ? AND status = 'closed' AND settled = 'outside' ORDER BY seq DESC`,
    returnKey,
  );
  return rows.map(toParked).map(({ exception, resolution, lastAt }) => ({
    code: exception.code,
    raisedBy: exception.raisedBy,
    resolution: resolution ?? '',
    at: lastAt,
  }));
}

export async function anyToClose(sql: SqlReader, returnKey: string): Promise<boolean> {
  const row = await sql.get(
    `SELECT id FROM exceptions WHERE return_key = ? AND status <> 'closed' LIMIT 1`,
    returnKey,
  );
  return row !== undefined;
}

export async function closeExceptions(
  sql: SqlWriter,
  database: SqlDatabase,
  returnKey: string,
  resolution: string,
  notCured: readonly string[],
  now: string,
): Promise<number> {
  const rows = await sql.all(
    `SELECT * FROM exceptions WHERE return_key = ? AND status <> 'closed'`,
    returnKey,
  );
  const cured = rows.filter((row) => row['status'] === 'resumed' || !notCured.includes(text(row, 'code')));
  await closeCured(sql, database, cured, resolution, now);
  return cured.length;
}

/** Closes exceptions whose cause is gone, and resumes what waits for the same thing. */
export async function closeCured(
  sql: SqlWriter,
  database: SqlDatabase,
  cured: readonly SqlRow[],
  resolution: string,
  now: string,
): Promise<void> {
  for (const row of cured) {
    await sql.run(
      `UPDATE exceptions SET status = 'closed', resolution = ?, last_at = ? WHERE id = ?`,
      resolution,
      now,
      text(row, 'id'),
    );
    await addHistory(sql, database, text(row, 'id'), {
      at: now,
      who: BY_FLOW,
      action: 'closed by itself',
      note: resolution,
    });
    await letEventsGo(sql, text(row, 'id'));
  }
  // What was mended for one is mended for all that wait for the same thing (R150).
  for (const row of cured.filter((one) => one['status'] === 'resumed')) {
    await resumeSiblings(sql, database, row, resolution, now);
  }
}

/** The event of a message as it is kept; null where it holds none. */
export function eventIdOf(message: string): string | null {
  const { payload } = JSON.parse(message) as { payload?: { id?: unknown } };
  return typeof payload?.id === 'string' ? payload.id : null;
}

/** What is at stake, as it stands in a row. */
export function valueColumns(row: SqlRow): Money | null {
  const currency = textOrNull(row, 'value_currency');
  return currency === null ? null : money(count(row, 'value_minor'), currency);
}

export function toParked(row: SqlRow): ParkedException {
  const id = text(row, 'id');
  const status = text(row, 'status');
  return {
    id,
    returnKey: text(row, 'return_key'),
    router: text(row, 'router'),
    status: status === 'resumed' || status === 'closed' ? status : 'open',
    exception: { ...(JSON.parse(text(row, 'exception')) as ReturnException), id, owner: text(row, 'owner') },
    message: text(row, 'message'),
    cause: text(row, 'cause'),
    brand: textOrNull(row, 'brand'),
    value: valueColumns(row),
    times: count(row, 'times'),
    firstAt: text(row, 'first_at'),
    lastAt: text(row, 'last_at'),
    resolution: textOrNull(row, 'resolution'),
  };
}
