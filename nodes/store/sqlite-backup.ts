import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { LedgerError } from '../returns/failure';
import { createPrivate } from './sqlite-lock';
import { sqliteModule } from './sqlite-module';

/** Copies in a thread of its own, so that the flow goes on meanwhile; what comes out is one consistent moment. */
const COPY = `
const { workerData, parentPort } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
const source = new DatabaseSync(workerData.from, { readOnly: true });
source.prepare('VACUUM INTO ?').run(workerData.to);
source.close();
const copy = new DatabaseSync(workerData.to, { readOnly: true });
const [row] = copy.prepare('PRAGMA quick_check(1)').all();
copy.close();
parentPort.postMessage(Object.values(row)[0]);
`;

/**
 * Writes a checked copy of a store that is in use. The file appears under its name only when it is complete and on
 * the disk. Throws `backup-failed` (transient).
 */
export async function backupSqlite(from: string, to: string): Promise<{ bytes: number }> {
  const unfinished = `${to}.unfinished`;
  try {
    rmSync(unfinished, { force: true });
    createPrivate(unfinished);
    const verdict = await copyInThread(from, unfinished);
    if (verdict !== 'ok') throw new Error(`the copy is not sound: ${verdict}`);
    sync(unfinished);
    renameSync(unfinished, to);
    return { bytes: statSync(to).size };
  } catch (thrown) {
    rmSync(unfinished, { force: true });
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new LedgerError({
      code: 'backup-failed',
      class: 'transient',
      message: `The returns store could not be backed up: ${reason}`,
      cause: thrown,
    });
  }
}

function copyInThread(from: string, to: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(COPY, { eval: true, workerData: { from, to } });
    worker.once('message', (verdict: unknown) => resolve(String(verdict)));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the copy ended early')));
  });
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Puts a back-up in the place of the store, if one lies beside it as `<file>.restore`. What was there before is kept
 * as `<file>.replaced-<time>`. To be called while the store's lock is held and before it is opened.
 *
 * @returns the name under which the former file is kept; null where nothing was to be restored
 * Throws `restore-unreadable` (config) where the back-up is damaged; the store is left as it was.
 */
export function restoreIfWanted(file: string, at: string): string | null {
  const wanted = `${file}.restore`;
  if (!existsSync(wanted)) return null;
  assertSound(wanted);
  createPrivate(wanted);
  const kept = `${file}.replaced-${at.replace(/[:.]/g, '-')}`;
  // The log belongs to the file that it was written for: beside another one it would be read into that.
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${kept}${suffix}`);
  }
  renameSync(wanted, file);
  return kept;
}

function assertSound(file: string): void {
  const { DatabaseSync } = sqliteModule();
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const [row] = database.prepare('PRAGMA quick_check(1)').all();
      const schema = database.prepare(`SELECT value FROM meta WHERE name = 'schema'`).get();
      if (Object.values(row ?? {})[0] === 'ok' && schema) return;
    } finally {
      database.close();
    }
  } catch {
    // Said below, whatever SQLite calls it.
  }
  throw new LedgerError({
    code: 'restore-unreadable',
    class: 'config',
    message: `The back-up ${file} is damaged or is not a returns store: put another one there, or remove it`,
  });
}
