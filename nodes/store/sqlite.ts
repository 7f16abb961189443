import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LedgerError } from '../returns/failure';
import { openLedgerStore } from './ledger-store';
import { createPrivate, StoreLock } from './sqlite-lock';
import { sqliteModule } from './sqlite-module';
import type { SqlDatabase, SqlReader, SqlRow, SqlValue, SqlWriter } from './sql';
import type { ReturnsStore } from './store';

export interface SqliteOptions {
  /** Path of the database file; its folder is made where it is missing. */
  file: string;
  owner?: string;
}

/**
 * Opens the embedded store: one file, write-ahead log, every commit flushed to disk, readable by the owner only.
 * Throws `node-too-old`, `store-in-use`, `store-newer` (config) or `store-unavailable` (transient).
 */
export async function openSqliteStore(options: SqliteOptions): Promise<ReturnsStore> {
  sqliteModule();
  const lock = StoreLock.acquire(options.file);
  let database: SqliteDatabase | undefined;
  try {
    // SQLite gives its log and index files the mode of the database file.
    createPrivate(options.file);
    database = new SqliteDatabase('sqlite', options.file, () => lock.release());
    return await openLedgerStore(database, options.owner);
  } catch (thrown) {
    if (database) await database.close();
    else lock.release();
    throw thrown;
  }
}

/** A store that lives in memory, for tests: the same operations on a database without a file. */
export async function openMemoryStore(owner?: string): Promise<ReturnsStore> {
  return openLedgerStore(new SqliteDatabase('memory', ':memory:'), owner);
}

interface Waiting {
  work: (sql: SqlWriter) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/**
 * SQLite through Node's built-in module. Writes of one event-loop turn share one transaction and one flush (group
 * commit): about three times the throughput of one commit each (`reference/performance.md` 7).
 */
export class SqliteDatabase implements SqlDatabase {
  private readonly writer: Connection;
  private readonly reader: Connection;
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  private closed = false;
  /** How many transactions were committed: for figures and tests. */
  commits = 0;

  constructor(
    readonly driver: 'sqlite' | 'memory',
    file: string,
    private readonly onClose: () => void = () => undefined,
  ) {
    this.writer = new Connection(file);
    // A database in memory belongs to its one connection.
    this.reader = driver === 'memory' ? this.writer : new Connection(file);
  }

  async read<T>(work: (sql: SqlReader) => Promise<T>): Promise<T> {
    this.assertOpen();
    // On the one connection in memory a read must not see a group that may still be rolled back.
    if (this.reader === this.writer) while (this.running) await this.running;
    try {
      return await work(this.reader);
    } catch (thrown) {
      throw storeError(thrown);
    }
  }

  write<T>(work: (sql: SqlWriter) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.assertOpen();
      this.waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (this.waiting.length === 1 && !this.running) setImmediate(() => this.runGroups());
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.runGroups();
    while (this.running) await this.running;
    this.closed = true;
    if (this.reader !== this.writer) this.reader.close();
    this.writer.close();
    this.onClose();
  }

  private runGroups(): void {
    if (this.running || this.waiting.length === 0) return;
    this.running = this.runGroup().finally(() => {
      this.running = undefined;
      if (this.waiting.length > 0) setImmediate(() => this.runGroups());
    });
  }

  private async runGroup(): Promise<void> {
    const group = this.waiting;
    this.waiting = [];
    const answers: (() => void)[] = [];
    try {
      this.writer.exec('BEGIN IMMEDIATE');
      for (const entry of group) answers.push(await this.runOne(entry));
      this.writer.exec('COMMIT');
      this.commits += 1;
    } catch (thrown) {
      this.writer.rollback();
      const error = storeError(thrown);
      for (const entry of group) entry.reject(error);
      return;
    }
    for (const tell of answers) tell();
  }

  /** Runs one work in a savepoint of its own; what it throws stays its own. Answers are given after the commit. */
  private async runOne({ work, resolve, reject }: Waiting): Promise<() => void> {
    this.writer.exec('SAVEPOINT one');
    try {
      const value = await work(this.writer);
      this.writer.exec('RELEASE one');
      return () => resolve(value);
    } catch (thrown) {
      // Where the disk is full or broken SQLite has ended the transaction: the whole group has failed.
      if (!this.writer.inTransaction) throw thrown;
      this.writer.exec('ROLLBACK TO one; RELEASE one');
      const error = storeError(thrown);
      return () => reject(error);
    }
  }

  private assertOpen(): void {
    if (!this.closed) return;
    throw new LedgerError({
      code: 'store-closed',
      class: 'transient',
      message: 'The returns store is closed',
    });
  }
}

/** One connection with its prepared statements. */
class Connection implements SqlWriter {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(file: string) {
    const { DatabaseSync } = sqliteModule();
    this.database = new DatabaseSync(file);
    this.database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
       PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF`,
    );
  }

  get inTransaction(): boolean {
    return this.database.isTransaction;
  }

  exec(sql: string): void {
    this.database.exec(sql);
  }

  rollback(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
  }

  all(sql: string, ...values: SqlValue[]): Promise<SqlRow[]> {
    return attempt(() => this.prepared(sql).all(...values) as SqlRow[]);
  }

  get(sql: string, ...values: SqlValue[]): Promise<SqlRow | undefined> {
    return attempt(() => this.prepared(sql).get(...values) as SqlRow | undefined);
  }

  run(sql: string, ...values: SqlValue[]): Promise<number> {
    return attempt(() => Number(this.prepared(sql).run(...values).changes));
  }

  close(): void {
    this.statements.clear();
    this.database.close();
  }

  private prepared(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

function attempt<T>(act: () => T): Promise<T> {
  try {
    return Promise.resolve(act());
  } catch (thrown) {
    return Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}

/** SQLite's own words become ours; a LedgerError of an operation stays what it is. */
function storeError(thrown: unknown): LedgerError {
  if (thrown instanceof LedgerError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  if (/full/i.test(reason)) return fault('store-full', 'The disk of the returns store is full', thrown);
  if (/readonly|read-only/i.test(reason)) {
    return fault(
      'store-read-only',
      'The returns store cannot be written: its disk or file is read-only',
      thrown,
    );
  }
  return fault('store-unavailable', `The returns store failed: ${reason}`, thrown);
}

function fault(code: string, message: string, cause: unknown): LedgerError {
  return new LedgerError({ code, class: 'transient', message, cause });
}
