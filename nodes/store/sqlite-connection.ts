import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sqliteModule } from './sqlite-module';
import type { SqlRow, SqlValue, SqlWriter } from './sql';

/** One connection with its prepared statements. */
export class SqliteConnection implements SqlWriter {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(file: string) {
    const { DatabaseSync } = sqliteModule();
    this.database = new DatabaseSync(file);
    try {
      // Bringing the log into the database every 32 MB instead of every four writes the pages of the indexes less often,
      // and the cache keeps them at hand.
      this.database.exec(
        `PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;
         PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8000`,
      );
    } catch (thrown) {
      this.database.close();
      throw thrown;
    }
  }

  get inTransaction(): boolean {
    return this.database.isTransaction;
  }

  exec(sql: string): void {
    this.database.exec(sql);
  }

  /** One statement that is used again and again, and has neither values nor rows. */
  step(sql: string): void {
    this.prepared(sql).run();
  }

  /** Begins a transaction that writes; what a broken disk left open is rolled back first. */
  begin(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
    this.step('BEGIN IMMEDIATE');
  }

  /** Where the disk is broken even this may fail; the next {@link begin} tries it again. */
  tryRollback(): void {
    try {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
    } catch {
      // What the transaction failed with is told to its callers; this adds nothing to it.
    }
  }

  /** Brings the log into the database and empties it. False where another program reads the file meanwhile. */
  checkpoint(): boolean {
    return this.prepared('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
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

  /** Transactions of SQLite come one after another as it is. */
  lock(): Promise<void> {
    return Promise.resolve();
  }

  /** Sources to wake when the transaction has been committed. */
  readonly woken = new Set<string>();

  wake(source: string): Promise<void> {
    this.woken.add(source);
    return Promise.resolve();
  }

  /** Bytes in use; free pages, which the next rows will take, do not count. */
  usedBytes(): number {
    const pragma = (name: string): number =>
      Number(Object.values(this.prepared(`PRAGMA ${name}`).get() ?? {})[0]);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
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
