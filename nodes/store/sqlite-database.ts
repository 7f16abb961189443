import { LedgerError } from '../returns/failure';
import { KeyedQueue } from './keyed-queue';
import { backupSqlite } from './sqlite-backup';
import { SqliteConnection } from './sqlite-connection';
import { storeError } from './sqlite-errors';
import type { SqlDatabase, SqlDialect, SqlReader, SqlWriter } from './sql';

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
  readonly dialect: SqlDialect = {
    bytes: 'BLOB',
    wholeNumber: 'INTEGER',
    tableOptions: 'STRICT',
    skipLocked: () => '',
    prelude: [],
    next: (table, column) => `(SELECT COALESCE(MAX(${column}), 0) + 1 FROM ${table})`,
    nextOfEach: (table, column) =>
      `(SELECT COALESCE(MAX(${column}), 0) FROM ${table}) + ROW_NUMBER() OVER ()`,
  };
  private readonly writer: SqliteConnection;
  private readonly reader: SqliteConnection;
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  /** Reads and clean-ups that have begun; closing waits for them. */
  private readonly underWay = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined;
  private readonly alone = new KeyedQueue();
  private readonly listeners = new Set<(source: string | null) => void>();
  private measured: { at: number; bytes: number } | undefined;
  /** How many transactions were committed: for figures and tests. */
  commits = 0;

  constructor(
    readonly driver: 'sqlite' | 'memory',
    private readonly file: string,
    private readonly onClose: () => void = () => undefined,
  ) {
    this.writer = new SqliteConnection(file);
    try {
      // A process that was killed has left its log behind, perhaps with somebody in it who was being erased.
      this.writer.checkpoint();
      // A database in memory belongs to its one connection.
      this.reader = driver === 'memory' ? this.writer : new SqliteConnection(file);
    } catch (thrown) {
      this.writer.close();
      throw thrown;
    }
  }

  async read<T>(work: (sql: SqlReader) => Promise<T>): Promise<T> {
    this.assertOpen();
    return this.track(async () => {
      // On the one connection in memory a read must not see a group that may still be rolled back.
      if (this.reader === this.writer) await this.betweenGroups();
      return work(this.reader);
    });
  }

  write<T>(work: (sql: SqlWriter) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.assertOpen();
      this.waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (this.waiting.length === 1 && !this.running) setImmediate(() => this.runGroups());
    });
  }

  async scrub(): Promise<void> {
    this.assertOpen();
    await this.track(async () => {
      await this.betweenGroups();
      if (this.writer.checkpoint()) return;
      throw new LedgerError({
        code: 'store-unavailable',
        class: 'transient',
        message:
          'What was deleted is still in the log of the returns store, because another program is reading the file: ' +
          'try again when it has ended',
      });
    });
  }

  /** The file has one owner at a time, so that of any other one has ended. */
  hasEnded(): Promise<boolean> {
    return Promise.resolve(true);
  }

  isAlive(): boolean {
    return true;
  }

  exclusive<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.alone.run(name, work, signal);
  }

  onWake(listener: (source: string | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  usedBytes(): number {
    if (this.closing) return 0;
    // Asked for with each request, and the same until something is committed.
    if (this.measured?.at !== this.commits) {
      this.measured = { at: this.commits, bytes: this.writer.usedBytes() };
    }
    return this.measured.bytes;
  }

  async backup(file: string): Promise<{ bytes: number }> {
    this.assertOpen();
    if (this.driver === 'memory') throw new Error('A store in memory has nothing to copy');
    return this.track(() => backupSqlite(this.file, file));
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    await Promise.allSettled([...this.underWay]);
    while (this.running || this.waiting.length > 0) {
      this.runGroups();
      await this.running;
    }
    try {
      if (this.reader !== this.writer) this.reader.close();
      // The last connection to close brings the log into the file and removes it.
      this.writer.close();
    } finally {
      this.onClose();
    }
  }

  private runGroups(): void {
    if (this.running || this.waiting.length === 0) return;
    this.running = this.runGroup().finally(() => {
      this.running = undefined;
      if (this.waiting.length > 0) setImmediate(() => this.runGroups());
    });
  }

  private async betweenGroups(): Promise<void> {
    while (this.running) await this.running;
  }

  /** Never throws: every work of the group gets its answer. */
  private async runGroup(): Promise<void> {
    const group = this.waiting;
    this.waiting = [];
    const answers: (() => void)[] = [];
    try {
      this.writer.begin();
      for (const entry of group) answers.push(await this.runOne(entry));
      this.writer.step('COMMIT');
      this.commits += 1;
    } catch (thrown) {
      this.writer.tryRollback();
      const error = storeError(thrown);
      for (const entry of group) entry.reject(error);
      return;
    }
    for (const tell of answers) tell();
    const woken = [...this.writer.woken];
    this.writer.woken.clear();
    for (const source of woken) for (const listener of this.listeners) listener(source);
  }

  /** Runs one work in a savepoint of its own; what it throws stays its own. Answers are given after the commit. */
  private async runOne({ work, resolve, reject }: Waiting): Promise<() => void> {
    this.writer.step('SAVEPOINT one');
    try {
      const value = await work(this.writer);
      this.writer.step('RELEASE one');
      return () => resolve(value);
    } catch (thrown) {
      // Where the disk is full or broken SQLite has ended the transaction: the whole group has failed.
      if (!this.writer.inTransaction) throw thrown;
      this.writer.exec('ROLLBACK TO one; RELEASE one');
      const error = storeError(thrown);
      return () => reject(error);
    }
  }

  private async track<T>(work: () => Promise<T>): Promise<T> {
    const begun = work();
    this.underWay.add(begun);
    try {
      return await begun;
    } catch (thrown) {
      throw storeError(thrown);
    } finally {
      this.underWay.delete(begun);
    }
  }

  private assertOpen(): void {
    if (!this.closing) return;
    throw new LedgerError({
      code: 'store-closed',
      class: 'transient',
      message: 'The returns store is closed',
    });
  }
}
