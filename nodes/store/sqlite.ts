import { mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { instantOf, systemClock, type Clock } from '../returns/time';
import { openLedgerStore } from './ledger-store';
import { SqliteDatabase } from './sqlite-database';
import { storeError } from './sqlite-errors';
import { createPrivate, StoreLock } from './sqlite-lock';
import { sqliteModule } from './sqlite-module';
import type { ReturnsStore } from './store';

export interface SqliteOptions {
  /** Path of the database file; its folder is made where it is missing. */
  file: string;
  /** Tells since when the file is in use. */
  clock?: Clock;
  owner?: string;
}

/**
 * Opens the embedded store: one file, write-ahead log, every commit flushed to disk, readable by the owner only.
 * Throws `node-too-old`, `store-in-use`, `store-newer` (config), or `store-full`, `store-read-only`,
 * `store-unavailable` (transient).
 */
export async function openSqliteStore(options: SqliteOptions): Promise<ReturnsStore> {
  sqliteModule();
  let lock: StoreLock | undefined;
  let database: SqliteDatabase | undefined;
  try {
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
    const file = realFile(options.file);
    const held = (lock = StoreLock.acquire(file, instantOf(options.clock ?? systemClock)));
    // SQLite gives its log and index files the mode of the database file.
    createPrivate(file);
    database = new SqliteDatabase('sqlite', file, () => held.release());
    return await openLedgerStore(database, options.owner);
  } catch (thrown) {
    if (database) await database.close();
    else lock?.release();
    throw storeError(thrown);
  }
}

/** A store that lives in memory, for tests: the same operations on a database without a file. */
export async function openMemoryStore(owner?: string): Promise<ReturnsStore> {
  return openLedgerStore(new SqliteDatabase('memory', ':memory:'), owner);
}

/** Two names of one file must meet at one lock. */
function realFile(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return join(realpathSync(dirname(file)), basename(file));
  }
}
