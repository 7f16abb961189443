import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { LedgerError } from '../returns/failure';
import { sqliteModule } from './sqlite-module';

/**
 * One process for one store file. The lock is an exclusive transaction on a companion file, held for as long as the
 * store is open: the operating system takes it away when the process ends, however it ends, so nothing stale can stay.
 * A second opening within this process is refused as well.
 */
export class StoreLock {
  private constructor(
    private readonly database: DatabaseSync,
    private readonly ownerFile: string,
  ) {}

  static acquire(file: string): StoreLock {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { DatabaseSync } = sqliteModule();
    const lockFile = `${file}.lock`;
    const ownerFile = `${file}.owner`;
    let database: DatabaseSync | undefined;
    try {
      createPrivate(lockFile);
      database = new DatabaseSync(lockFile);
      database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (thrown) {
      database?.close();
      if (/locked|busy/i.test(String(thrown))) throw inUse(file, ownerFile, thrown);
      throw thrown;
    }
    writeFileSync(
      ownerFile,
      JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }),
      {
        mode: 0o600,
      },
    );
    return new StoreLock(database, ownerFile);
  }

  release(): void {
    this.database.close();
    rmSync(this.ownerFile, { force: true });
  }
}

/** Makes a file that only its owner can read, before anything is written to it. */
export function createPrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
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

function ownerText(ownerFile: string): string {
  try {
    const owner = JSON.parse(readFileSync(ownerFile, 'utf8')) as Record<string, unknown>;
    return ` (process ${String(owner['pid'])} on ${String(owner['host'])} since ${String(owner['since'])})`;
  } catch {
    return '';
  }
}
