import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';

/** Which store a measurement runs on; it travels to helper processes, so it holds plain values only. */
export interface StoreTarget {
  driver: 'sqlite';
  /** The database file; Node-RED's own lies below its user directory. */
  file: string;
}

/** The drivers that the figures are taken on. */
export const DRIVERS: readonly StoreTarget['driver'][] = ['sqlite'];

/** The file of a store node that says `file: 'bench'`. */
export function storeIn(userDir: string): StoreTarget {
  return { driver: 'sqlite', file: `${userDir}/returns-ledger/bench.db` };
}

/** What the returns-store node must say to use the target. */
export function storeNode(id: string): Record<string, unknown> & { id: string; type: string } {
  return { id, type: 'returns-store', name: '', file: 'bench' };
}

export function openStore(target: StoreTarget): Promise<ReturnsStore> {
  return openSqliteStore({ file: target.file });
}

/** Asks the database itself for a number, beside the process that uses it. */
export function askNumber(target: StoreTarget, sql: string): number {
  const database = new DatabaseSync(target.file, { readOnly: true });
  try {
    database.exec('PRAGMA busy_timeout = 2000');
    return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  } finally {
    database.close();
  }
}

export const UNSETTLED = `SELECT COUNT(*) FROM deliveries WHERE state IN ('open', 'emitted', 'waiting')`;
export const RECEIPTS = 'SELECT COUNT(*) FROM receipts';
export const EVENTS = 'SELECT COUNT(*) FROM events';
export const POSTED = `SELECT COUNT(*) FROM intents WHERE state = 'posted'`;
