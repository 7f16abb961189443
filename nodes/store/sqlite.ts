import { mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { instantOf, systemClock, type Clock } from '../returns/time';
import { openLedgerStore, type LedgerStoreOptions } from './ledger-store';
import { restoreIfWanted } from './sqlite-backup';
import { SqliteDatabase } from './sqlite-database';
import { storeError } from './sqlite-errors';
import { createPrivate, StoreLock } from './sqlite-lock';
import { sqliteModule } from './sqlite-module';
import type { ReturnsStore } from './store';

export interface SqliteOptions extends LedgerStoreOptions {
  /** Path of the database file; its folder is made where it is missing. */
  file: string;
  /** Tells since when the file is in use. */
  clock?: Clock;
  /** Called where a back-up was put in the place of the store, with the name that the former file has now. */
  onRestored?: (keptAs: string) => void;
}

/**
 * Opens the embedded store: one file, write-ahead log, every commit flushed to disk, readable by the owner only.
 * A back-up that lies beside the file as `<file>.restore` takes its place first.
 * Throws `node-too-old`, `store-in-use`, `store-newer`, `restore-unreadable` (config), or `store-full`, `store-read-only`,
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
    const replaced = restoreIfWanted(file, instantOf(options.clock ?? systemClock));
    if (replaced !== null) options.onRestored?.(replaced);
    // SQLite gives its log and index files the mode of the database file.
    createPrivate(file);
    database = new SqliteDatabase('sqlite', file, () => held.release());
    return await openLedgerStore(database, options);
  } catch (thrown) {
    if (database) await database.close();
    else lock?.release();
    throw storeError(thrown);
  }
}

/** A store that lives in memory, for tests: the same operations on a database without a file. */
export async function openMemoryStore(options: LedgerStoreOptions = {}): Promise<ReturnsStore> {
  return openLedgerStore(new SqliteDatabase('memory', ':memory:'), options);
}

/** Two names of one file must meet at one lock. */
function realFile(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return join(realpathSync(dirname(file)), basename(file));
  }
}
