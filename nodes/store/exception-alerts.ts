import type { AlertKind } from '../returns/exception-alert';
import type { ReturnException } from '../returns/exception';
import { money, type Money } from '../returns/money';
import { toParked } from './exceptions';
import type { ParkedException } from './parked-exception';
import {
  count,
  text,
  textOrNull,
  type SqlDatabase,
  type SqlReader,
  type SqlRow,
  type SqlWriter,
} from './sql';

/**
 * Alerts about causes (R194, R199). One row for each cause that was raised at a router: how often, how much of that has
 * been told, and when something may be told next. It is written in the transaction of what it tells of, and a claim makes
 * sure that of several instances one tells it.
 */
export interface AlertsStore {
  /**
   * Takes what is due at a router for a while. What is not confirmed by then, because the process died, is due again.
   */
  takeAlerts(router: string, when: AlertTimes): Promise<TakenAlert[]>;
  /** It has been told, or there was nothing to tell. Nothing more is told of its cause before `nextAt`. */
  confirmAlert(alert: TakenAlert, nextAt: string, now: string): Promise<void>;
}

export interface AlertTimes {
  now: string;
  /** How long the caller has the alerts for itself. */
  until: string;
  /** What was resumed after this is still on its way, so that its cause is not gone yet. */
  resumedSince: string;
}

export interface TakenAlert {
  router: string;
  key: string;
  code: string;
  brand: string | null;
  /** Null where there is nothing to tell after all. */
  kind: AlertKind | null;
  /** Nothing of the cause is open or on its way. */
  gone: boolean;
  /** How often it was raised in all, and how much of that was not told before. */
  raised: number;
  more: number;
  /** Open exceptions, and the returns that they are about. */
  count: number;
  returns: number;
  value: Money[];
  since: string | null;
  owners: string[];
  /** The first few, the most valuable first. */
  first: ParkedException[];
}

/** So many are taken in one transaction. */
const AT_ONCE = 50;
/** So many exceptions an alert names. */
const NAMED = 5;

/** To be called in the transaction in which an exception is opened. True where it is to be told now. */
export async function noteRaised(
  sql: SqlWriter,
  { router, key, exception }: { router: string; key: string; exception: ReturnException },
  now: string,
): Promise<boolean> {
  const row = await sql.get(
    `INSERT INTO exception_alerts (router, alert_key, code, brand, raised, told_raised, told, due_at)
     VALUES (?, ?, ?, ?, 1, 0, 0, ?)
     ON CONFLICT (router, alert_key) DO UPDATE SET raised = exception_alerts.raised + 1,
       due_at = COALESCE(exception_alerts.due_at,
         CASE WHEN exception_alerts.next_at > excluded.due_at THEN exception_alerts.next_at ELSE excluded.due_at END)
     RETURNING due_at`,
    router,
    key,
    exception.code,
    exception.about.brand,
    now,
  );
  return row !== undefined && text(row, 'due_at') <= now;
}

export async function takeAlerts(
  database: SqlDatabase,
  owner: string,
  router: string,
  when: AlertTimes,
): Promise<TakenAlert[]> {
  // Most of the time there is none, and a look is cheaper than a transaction.
  const due = await database.read((sql) => dueAlerts(sql, router, when));
  if (due.length === 0) return [];
  return database.write(async (sql) => {
    const taken: TakenAlert[] = [];
    for (const row of due) {
      const other = textOrNull(row, 'claimed_by') ?? '';
      // Whoever had it has died with it, perhaps: it is nobody's then, whatever time it had.
      const ended = other !== '' && other !== owner && (await database.hasEnded(sql, other));
      const claimed = await sql.run(
        `UPDATE exception_alerts SET claimed_until = ?, claimed_by = ?
         WHERE router = ? AND alert_key = ? AND told = ? AND told_raised = ?
           AND (claimed_until IS NULL OR claimed_until <= ? OR claimed_by = ?)`,
        when.until,
        owner,
        router,
        text(row, 'alert_key'),
        count(row, 'told'),
        count(row, 'told_raised'),
        when.now,
        ended ? other : '',
      );
      if (claimed === 1) taken.push(await described(sql, router, text(row, 'alert_key'), when));
    }
    return taken;
  });
}

/** Something was raised; or what was told of is gone; or what is over can be forgotten. */
function dueAlerts(sql: SqlReader, router: string, { now, resumedSince }: AlertTimes): Promise<SqlRow[]> {
  return sql.all(
    `SELECT alert_key, told, told_raised, claimed_by FROM exception_alerts AS alerts
     WHERE router = ? AND (due_at <= ?
       OR (told = 0 AND due_at IS NULL AND (next_at IS NULL OR next_at <= ?))
       OR (told = 1 AND NOT EXISTS (SELECT 1 FROM exceptions WHERE exceptions.router = alerts.router
         AND exceptions.alert_key = alerts.alert_key AND ${stillThere})))
     ORDER BY due_at, alert_key LIMIT ${AT_ONCE}`,
    router,
    now,
    now,
    resumedSince,
  );
}

const stillThere = `(status = 'open' OR (status = 'resumed' AND resumed_at > ?))`;

async function described(
  sql: SqlReader,
  router: string,
  key: string,
  { resumedSince }: AlertTimes,
): Promise<TakenAlert> {
  const alert = await sql.get(
    `SELECT * FROM exception_alerts WHERE router = ? AND alert_key = ?`,
    router,
    key,
  );
  if (!alert) throw new Error('The alert is gone while it is being taken');
  const open = `FROM exceptions WHERE router = ? AND alert_key = ? AND status = 'open'`;
  const sums = await sql.all(
    `SELECT owner, value_currency, SUM(value_minor) AS minor, COUNT(*) AS n, MIN(first_at) AS since ${open}
     GROUP BY owner, value_currency ORDER BY owner, value_currency`,
    router,
    key,
  );
  const returns = await sql.get(`SELECT COUNT(DISTINCT return_key) AS n ${open}`, router, key);
  const first = await sql.all(
    `SELECT * ${open} ORDER BY COALESCE(value_minor, 0) DESC, seq LIMIT ${NAMED}`,
    router,
    key,
  );
  const there = await sql.get(
    `SELECT id FROM exceptions WHERE router = ? AND alert_key = ? AND ${stillThere} LIMIT 1`,
    router,
    key,
    resumedSince,
  );
  const total = sums.reduce((sum, row) => sum + count(row, 'n'), 0);
  const [raised, toldRaised, told] = [
    count(alert, 'raised'),
    count(alert, 'told_raised'),
    count(alert, 'told') === 1,
  ];
  return {
    router,
    key,
    code: text(alert, 'code'),
    brand: textOrNull(alert, 'brand'),
    kind: kindOf({ open: total > 0, gone: !there, told, more: raised - toldRaised }),
    gone: !there,
    raised,
    more: raised - toldRaised,
    count: total,
    returns: count(returns, 'n'),
    value: valuesOf(sums),
    since: sums.map((row) => text(row, 'since')).sort()[0] ?? null,
    owners: [...new Set(sums.map((row) => text(row, 'owner')))],
    first: first.map(toParked),
  };
}

function kindOf(facts: { open: boolean; gone: boolean; told: boolean; more: number }): AlertKind | null {
  if (facts.open && !facts.told) return 'raised';
  if (facts.open) return facts.more > 0 ? 'update' : null;
  return facts.gone && facts.told ? 'cleared' : null;
}

function valuesOf(rows: readonly SqlRow[]): Money[] {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const currency = textOrNull(row, 'value_currency');
    if (currency !== null) sums.set(currency, (sums.get(currency) ?? 0) + count(row, 'minor'));
  }
  return [...sums].map(([currency, minor]) => money(minor, currency));
}

/** What was raised while it was being told is due at the next time. */
export async function confirmAlert(
  sql: SqlWriter,
  { router, key, kind, gone, raised }: TakenAlert,
  nextAt: string,
  now: string,
): Promise<void> {
  if (kind === null && gone) {
    const forgotten = await sql.run(
      `DELETE FROM exception_alerts WHERE router = ? AND alert_key = ? AND raised = ? AND told = 0
         AND (next_at IS NULL OR next_at <= ?)`,
      router,
      key,
      raised,
      now,
    );
    if (forgotten > 0) return;
  }
  if (kind === 'raised' || kind === 'update') {
    await sql.run(
      `UPDATE exception_alerts SET told = 1, told_raised = ?, next_at = ?, claimed_until = NULL, claimed_by = NULL,
         due_at = CASE WHEN raised > ? THEN ? END WHERE router = ? AND alert_key = ?`,
      raised,
      nextAt,
      raised,
      nextAt,
      router,
      key,
    );
    return;
  }
  // After a cleared one the interval of the last alert still counts: what comes and goes is not told each time.
  await sql.run(
    `UPDATE exception_alerts SET told = CASE WHEN ? = 1 THEN 0 ELSE told END,
       told_raised = CASE WHEN ? = 1 THEN ? ELSE told_raised END, claimed_until = NULL, claimed_by = NULL,
       due_at = CASE WHEN raised > ? THEN COALESCE(next_at, due_at) END WHERE router = ? AND alert_key = ?`,
    gone ? 1 : 0,
    gone ? 1 : 0,
    raised,
    raised,
    router,
    key,
  );
}
