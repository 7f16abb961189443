import { chmodSync, closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { LedgerError } from '../returns/failure';
import { isBusy } from './sqlite-errors';
import { sqliteModule } from './sqlite-module';

/**
 * One process for one store file. The lock is an exclusive transaction on a companion file, held for as long as the
 * store is open: the operating system takes it away when the process ends, however it ends, so nothing stale can stay.
 * A second opening within this process is refused as well.
 *
 * Nothing in this process may open and close the companion file but SQLite: closing any descriptor of a file takes
 * away all POSIX locks that the process holds on it (sqlite.org/howtocorrupt.html 2.2).
 */
export class StoreLock {
  private constructor(
    private readonly database: DatabaseSync,
    private readonly ownerFile: string,
  ) {}

  /**
   * @param file  the store's file, by its real path
   * @param since when it was opened, for the sentence that others get
   */
  static acquire(file: string, since: string): StoreLock {
    const { DatabaseSync } = sqliteModule();
    const lockFile = `${file}.lock`;
    const ownerFile = `${file}.owner`;
    createPrivate(lockFile);
    const database = new DatabaseSync(lockFile);
    try {
      database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (thrown) {
      database.close();
      if (isBusy(thrown)) throw inUse(file, ownerFile, thrown);
      throw thrown;
    }
    writeOwner(ownerFile, since);
    return new StoreLock(database, ownerFile);
  }

  release(): void {
    // While the lock is still held, so that the next owner's text is not the one removed.
    ifPossible(() => rmSync(this.ownerFile, { force: true }));
    this.database.close();
  }
}

/**
 * Makes a file that only its owner can read, before anything is written to it. One that is there already is not
 * opened, because of the locks that may be held on it.
 */
export function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
  chmodSync(file, 0o600);
}

function inUse(file: string, ownerFile: string, cause: unknown): LedgerError {
  return new LedgerError({
    code: 'store-in-use',
    class: 'config',
    message:
      `The returns store ${basename(file)} is in use by another Node-RED${ownerText(ownerFile)}. ` +
      'One store file serves one Node-RED; give this one a file of its own.',
    cause,
  });
}

/** The owner's text only makes the sentence better; the lock does not need it. */
function writeOwner(ownerFile: string, since: string): void {
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), since });
  ifPossible(() => writeFileSync(ownerFile, owner, { mode: 0o600 }));
}

function ownerText(ownerFile: string): string {
  try {
    const owner = JSON.parse(readFileSync(ownerFile, 'utf8')) as Record<string, unknown>;
    return ` (process ${String(owner['pid'])} on ${String(owner['host'])} since ${String(owner['since'])})`;
  } catch {
    return '';
  }
}

function ifPossible(act: () => void): void {
  try {
    act();
  } catch {
    // A text that could not be written or removed costs a detail of a sentence, nothing else.
  }
}
