import { money } from '../returns/money';
import type { Half, NewHalf, RejectedFilter, StoredHalf, UnpairedFilter, UnpairedSum } from './half';
import { halvesLock, judgeRejection } from './rejected-credits';
import { count, text, textOrNull, type SqlReader, type SqlRow, type SqlValue, type SqlWriter } from './sql';

/**
 * Each half of a return says which halves the return has, its own among them: what lacks one stands in a small index,
 * and what has it in none. The column names are written into the statements, as those indexes want it.
 */
const PRESENT: Readonly<Record<Half, string>> = {
  credit: 'has_credit',
  goods: 'has_goods',
  stock: 'has_stock',
};

/** How many numbers one statement looks for. */
const NAMES_AT_ONCE = 400;

export async function recordHalf(sql: SqlWriter, entry: NewHalf): Promise<boolean> {
  const { returnKey, half, amount } = entry;
  const checked = amount === null ? null : money(amount.minor, amount.currency);
  await lockHalves(sql, returnKey);
  const others = await sql.all(`SELECT half FROM halves WHERE return_key = ?`, returnKey);
  const present = new Set(others.map((row) => text(row, 'half')));
  if (present.has(half) || (present.size === 0 && (await isSettled(sql, returnKey)))) return false;
  const has = (other: Half): number => (other === half || present.has(other) ? 1 : 0);
  await sql.run(
    `INSERT INTO halves (return_key, half, connection_id, brand, return_number, order_number, document, minor,
       currency, happened_at, due_at, has_credit, has_goods, has_stock)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    returnKey,
    half,
    entry.connectionId,
    entry.brand,
    entry.returnNumber,
    entry.orderNumber,
    entry.document,
    checked?.minor ?? null,
    checked?.currency ?? null,
    entry.at,
    entry.dueAt,
    has('credit'),
    has('goods'),
    has('stock'),
  );
  if (present.size > 0) {
    await sql.run(
      `UPDATE halves SET ${PRESENT[half]} = 1 WHERE return_key = ? AND half <> ?`,
      returnKey,
      half,
    );
  }
  if (half === 'credit') await judgeRejection(sql, returnKey);
  return true;
}

export async function removeHalf(sql: SqlWriter, returnKey: string, half: Half): Promise<boolean> {
  await lockHalves(sql, returnKey);
  const removed = await sql.run(`DELETE FROM halves WHERE return_key = ? AND half = ?`, returnKey, half);
  if (removed === 0) return false;
  // What was reported of the others before is not that they lack this one now.
  await sql.run(`UPDATE halves SET ${PRESENT[half]} = 0, told_at = NULL WHERE return_key = ?`, returnKey);
  return true;
}

/**
 * Forgets the halves of a complete return, but not that it was complete: a half that comes once more, after years
 * perhaps, would else stand there without its counterpart. Returns how many were removed.
 */
export async function settleHalves(sql: SqlWriter, returnKey: string): Promise<number> {
  await lockHalves(sql, returnKey);
  // One of them may have been taken back since the return was found.
  const removed = await sql.run(
    `DELETE FROM halves WHERE return_key = ? AND has_credit = 1 AND has_stock = 1`,
    returnKey,
  );
  if (removed > 0) {
    await sql.run(
      `INSERT INTO halves_settled (return_key) VALUES (?) ON CONFLICT (return_key) DO NOTHING`,
      returnKey,
    );
  }
  return removed;
}

export async function halvesOf(sql: SqlReader, returnKey: string): Promise<StoredHalf[]> {
  const rows = await sql.all(
    `SELECT * FROM halves WHERE return_key = ? ORDER BY happened_at, half`,
    returnKey,
  );
  return rows.map(toHalf);
}

export async function unpairedHalves(sql: SqlReader, filter: UnpairedFilter): Promise<StoredHalf[]> {
  const conditions = [`half = ?`, lacks(filter.half, filter.without)];
  const values: SqlValue[] = [filter.half];
  if (filter.connectionId !== undefined) {
    conditions.push(`connection_id = ?`);
    values.push(filter.connectionId);
  }
  if (filter.dueBefore !== undefined) {
    conditions.push(`due_at < ?`);
    values.push(filter.dueBefore);
  }
  if (filter.notToldSince !== undefined) {
    conditions.push(`(told_at IS NULL OR told_at < ?)`);
    values.push(filter.notToldSince);
  }
  const rows = await sql.all(
    `SELECT * FROM halves WHERE ${conditions.join(' AND ')} ORDER BY happened_at, return_key LIMIT ? OFFSET ?`,
    ...values,
    filter.limit,
    filter.offset ?? 0,
  );
  return rows.map(toHalf);
}

export async function markHalvesTold(
  sql: SqlWriter,
  half: Half,
  returnKeys: readonly string[],
  now: string,
): Promise<void> {
  // In one order, so that two who do this do not wait for each other.
  for (const returnKey of [...returnKeys].sort()) {
    await sql.run(`UPDATE halves SET told_at = ? WHERE return_key = ? AND half = ?`, now, returnKey, half);
  }
}

export async function sumUnpaired(
  sql: SqlReader,
  half: Half,
  without: Half,
  bands: readonly string[],
  connectionId?: string,
): Promise<UnpairedSum[]> {
  const band = bands.map(() => `CASE WHEN happened_at <= ? THEN 1 ELSE 0 END`).join(' + ') || '0';
  // As text, because a sum may have more digits than the database's driver gives as a number.
  const rows = await sql.all(
    `SELECT brand, currency, band, COUNT(*) AS n, CAST(COALESCE(SUM(minor), 0) AS TEXT) AS total
     FROM (SELECT brand, currency, minor, ${band} AS band FROM halves
       WHERE half = ? AND ${lacks(half, without)}${connectionId === undefined ? '' : ' AND connection_id = ?'}) AS unpaired
     GROUP BY brand, currency, band`,
    ...bands,
    half,
    ...(connectionId === undefined ? [] : [connectionId]),
  );
  return rows.map(toSum).sort(byBrandCurrencyAndBand);
}

/** What lacks its counterpart. A credit whose goods were rejected waits for nothing more: it is counted apart. */
function lacks(half: Half, without: Half): string {
  return `${PRESENT[without]} = 0${half === 'credit' ? ' AND rejection = 0' : ''}`;
}

/** Rejected after the credit, nobody has settled it, and no goods were booked in for it. */
const REJECTED = `rejection = 1 AND half = 'credit' AND has_stock = 0`;

export async function rejectedCredits(
  sql: SqlReader,
  { connectionId, limit, offset = 0 }: RejectedFilter,
): Promise<StoredHalf[]> {
  const rows = await sql.all(
    `SELECT * FROM halves WHERE ${REJECTED}${connectionId === undefined ? '' : ' AND connection_id = ?'}
     ORDER BY happened_at, return_key LIMIT ? OFFSET ?`,
    ...(connectionId === undefined ? [] : [connectionId]),
    limit,
    offset,
  );
  return rows.map(toHalf);
}

export async function sumRejectedCredits(sql: SqlReader, connectionId?: string): Promise<UnpairedSum[]> {
  const rows = await sql.all(
    `SELECT brand, currency, 0 AS band, COUNT(*) AS n, CAST(COALESCE(SUM(minor), 0) AS TEXT) AS total FROM halves
     WHERE ${REJECTED}${connectionId === undefined ? '' : ' AND connection_id = ?'} GROUP BY brand, currency`,
    ...(connectionId === undefined ? [] : [connectionId]),
  );
  return rows.map(toSum).sort(byBrandCurrencyAndBand);
}

export async function halvesNamed(
  sql: SqlReader,
  half: Half,
  names: readonly string[],
): Promise<StoredHalf[]> {
  const found = new Map<string, StoredHalf>();
  for (let start = 0; start < names.length; start += NAMES_AT_ONCE) {
    const some = names.slice(start, start + NAMES_AT_ONCE);
    const list = some.map(() => '?').join(', ');
    for (const column of ['return_number', 'order_number', 'document']) {
      const rows = await sql.all(
        `SELECT * FROM halves WHERE half = ? AND ${column} IN (${list})`,
        half,
        ...some,
      );
      for (const row of rows) found.set(text(row, 'return_key'), toHalf(row));
    }
  }
  return [...found.values()];
}

/** Of two halves that come at the same time each must see the other, or be seen by it. */
function lockHalves(sql: SqlWriter, returnKey: string): Promise<void> {
  return sql.lock(halvesLock(returnKey));
}

async function isSettled(sql: SqlReader, returnKey: string): Promise<boolean> {
  const row = await sql.get(`SELECT return_key FROM halves_settled WHERE return_key = ?`, returnKey);
  return row !== undefined;
}

function toHalf(row: SqlRow): StoredHalf {
  const currency = textOrNull(row, 'currency');
  return {
    returnKey: text(row, 'return_key'),
    half: text(row, 'half') as Half,
    connectionId: text(row, 'connection_id'),
    brand: text(row, 'brand'),
    returnNumber: textOrNull(row, 'return_number'),
    orderNumber: textOrNull(row, 'order_number'),
    document: textOrNull(row, 'document'),
    amount: currency === null ? null : money(count(row, 'minor'), currency),
    at: text(row, 'happened_at'),
    dueAt: textOrNull(row, 'due_at'),
    toldAt: textOrNull(row, 'told_at'),
  };
}

/** Throws `money-not-integer` where the sum is so large that a number does not hold it exactly. */
function toSum(row: SqlRow): UnpairedSum {
  const currency = textOrNull(row, 'currency');
  const minor = currency === null ? 0 : money(Number(text(row, 'total')), currency).minor;
  return { brand: text(row, 'brand'), currency, band: count(row, 'band'), count: count(row, 'n'), minor };
}

function byBrandCurrencyAndBand(a: UnpairedSum, b: UnpairedSum): number {
  return inOrder(a.brand, b.brand) || inOrder(a.currency ?? '', b.currency ?? '') || inOrder(a.band, b.band);
}

function inOrder<T extends string | number>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
