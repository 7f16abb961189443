/** Values that both databases take. */
export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** Reads with `?` placeholders, in SQL that SQLite and PostgreSQL both understand. */
export interface SqlReader {
  all(sql: string, ...values: SqlValue[]): Promise<SqlRow[]>;
  get(sql: string, ...values: SqlValue[]): Promise<SqlRow | undefined>;
}

export interface SqlWriter extends SqlReader {
  /** Returns how many rows were changed. */
  run(sql: string, ...values: SqlValue[]): Promise<number>;
  /**
   * Makes other transactions that lock the same name wait until this one has ended. Several names are locked in one
   * call, so that two transactions cannot wait for each other.
   */
  lock(...names: string[]): Promise<void>;
  /** Once this transaction is durable, tells every instance that a source has something to emit. */
  wake(source: string): Promise<void>;
}

/** The few words in which the databases differ. */
export interface SqlDialect {
  /** Type of a column that holds bytes. */
  readonly bytes: 'BLOB' | 'BYTEA';
  /** Type of a column that holds whole numbers of 64 bits: amounts of money do not fit into 32. */
  readonly wholeNumber: 'INTEGER' | 'BIGINT';
  /** Stands behind a table's columns: SQLite checks their types only where it is told to. */
  readonly tableOptions: 'STRICT' | '';
  /** Ends a query that chooses rows of a table to change: those that another transaction changes are left out. */
  skipLocked(table: string): string;
  /** What the schema needs before its first step. */
  readonly prelude: readonly string[];
  /** An expression for the next number of a column that puts rows in an order. */
  next(table: string, column: string): string;
  /** The same for an INSERT of the rows of a SELECT: each gets a number of its own. */
  nextOfEach(table: string, column: string): string;
}

/**
 * A database as the store needs it. The operations are written once over this; a driver brings transactions,
 * durability and the translation of its errors.
 */
export interface SqlDatabase {
  readonly driver: 'sqlite' | 'memory' | 'postgres';
  readonly dialect: SqlDialect;
  /** Sees committed data only. */
  read<T>(work: (sql: SqlReader) => Promise<T>): Promise<T>;
  /**
   * Runs the work in a transaction; the promise resolves when it is durable. A work that throws is rolled back alone.
   * Inside, only the given writer may be awaited: the transaction is open meanwhile.
   */
  write<T>(work: (sql: SqlWriter) => Promise<T>): Promise<T>;
  /** Removes from the disk what deleted rows have left in logs and free pages. */
  scrub(): Promise<void>;
  /** True where the opening of that name has ended, so that nobody works on what it left. */
  hasEnded(sql: SqlReader, owner: string): Promise<boolean>;
  /** False where this opening may be taken for ended by others: nothing must be sent to an ERP then. */
  isAlive(): boolean;
  /** Runs work that must be the only one of its name, among all instances. Rejects where the signal is aborted. */
  exclusive<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Tells of {@link SqlWriter.wake}, here or in another instance; null says that any source may have something. */
  onWake(listener: (source: string | null) => void): () => void;
  /** Bytes that the store takes, as far as known. */
  usedBytes(): number;
  /** Writes a copy of the whole store while it is in use; the copy has been checked when the promise resolves. */
  backup(file: string): Promise<{ bytes: number }>;
  /** Ends what was begun and closes; later calls reject with `store-closed`. */
  close(): Promise<void>;
}

/** Reads a text column; a missing one is a fault of the program. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`Column ${column} is not a text`);
  return value;
}

export function textOrNull(row: SqlRow, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

export function count(row: SqlRow | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}
