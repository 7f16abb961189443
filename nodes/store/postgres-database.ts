import type { Client, Pool, PoolClient } from 'pg';
import { LedgerError } from '../returns/failure';
import { KeyedQueue, waitAborted } from './keyed-queue';
import { mayTryAgain, postgresError } from './postgres-errors';
import { PostgresPresence } from './postgres-presence';
import { PostgresSession } from './postgres-session';
import type { SqlDatabase, SqlDialect, SqlReader, SqlWriter } from './sql';

export interface PostgresDatabaseOptions {
  pool: Pool;
  /** Makes a connection outside the pool, for the signs of life. */
  connect: () => Client;
  schema: string;
  owner: string;
  leaseMs: number;
}

const TRIES = 4;
const BUSY_WAIT_MS = 100;
/** How often the size is looked up: it walks through the files of the tables. */
const SIZE_EVERY_MS = 30_000;

/** What every instance needs before the store's own tables. */
const PRELUDE = [
  `CREATE SEQUENCE IF NOT EXISTS ledger_seq`,
  `CREATE TABLE IF NOT EXISTS instances (owner TEXT PRIMARY KEY, expires_at TIMESTAMPTZ NOT NULL)`,
];

/**
 * PostgreSQL through `pg`: each write is a transaction of its own, and the server commits concurrent ones together.
 * Several instances share the store; each shows signs of life, and what one of them held is free when they stop.
 */
export class PostgresDatabase implements SqlDatabase {
  readonly driver = 'postgres';
  readonly dialect: SqlDialect = {
    bytes: 'BYTEA',
    wholeNumber: 'BIGINT',
    tableOptions: '',
    skipLocked: (table) => `FOR UPDATE OF ${table} SKIP LOCKED`,
    prelude: PRELUDE,
    next: () => `nextval('ledger_seq')`,
    nextOfEach: () => `nextval('ledger_seq')`,
  };
  private readonly presence: PostgresPresence;
  private readonly listeners = new Set<(source: string | null) => void>();
  private readonly alone = new KeyedQueue();
  private readonly underWay = new Set<Promise<unknown>>();
  private bytes = 0;
  private measuredAt = Number.NEGATIVE_INFINITY;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: PostgresDatabaseOptions) {
    const { owner, leaseMs, connect } = options;
    // A connection of the pool that breaks while it is idle is replaced by the pool.
    options.pool.on('error', () => undefined);
    this.presence = new PostgresPresence({
      owner,
      leaseMs,
      connect,
      channel: this.channel,
      onBeat: (client) => this.onBeat(client),
      onWake: (source) => this.tell(source),
    });
  }

  private get channel(): string {
    return `${this.options.schema}_wake`;
  }

  /** Makes the schema and shows the first sign of life. */
  async start(): Promise<void> {
    try {
      await this.write(async (sql) => {
        await sql.lock('schema');
        await sql.run(`CREATE SCHEMA IF NOT EXISTS ${this.options.schema}`);
        for (const statement of PRELUDE) await sql.run(statement);
      });
      await this.presence.start();
    } catch (thrown) {
      throw postgresError(thrown);
    }
  }

  read<T>(work: (sql: SqlReader) => Promise<T>): Promise<T> {
    return this.track(() =>
      again(async () => {
        const client = await this.options.pool.connect();
        return this.using(client, () => work(new PostgresSession(client)));
      }),
    );
  }

  write<T>(work: (sql: SqlWriter) => Promise<T>): Promise<T> {
    return this.track(async () => {
      const { value, woken } = await again(() => this.transaction(work));
      for (const source of woken) this.tell(source);
      return value;
    });
  }

  private async transaction<T>(
    work: (sql: SqlWriter) => Promise<T>,
  ): Promise<{ value: T; woken: ReadonlySet<string> }> {
    const client = await this.options.pool.connect();
    const session = new PostgresSession(client);
    const value = await this.using(
      client,
      async () => {
        await client.query('BEGIN');
        try {
          const done = await work(session);
          for (const source of session.woken) {
            await client.query('SELECT pg_notify($1, $2)', [this.channel, source]);
          }
          return done;
        } catch (thrown) {
          await client.query('ROLLBACK').catch(() => undefined);
          throw thrown;
        }
      },
      true,
    );
    return { value, woken: session.woken };
  }

  /** Gives the connection back; one on which something broke is not used again. */
  private async using<T>(client: PoolClient, work: () => Promise<T>, commit = false): Promise<T> {
    let broken: Error | undefined;
    // Without a listener the error of a connection that breaks in use would end the process.
    const onError = (error: Error): void => void (broken = error);
    client.on('error', onError);
    try {
      const value = await work();
      if (commit) await client.query('COMMIT').catch(outcomeUnknown);
      return value;
    } catch (thrown) {
      if (!(thrown instanceof LedgerError) && mayTryAgain(thrown)) broken ??= thrown as Error;
      if (thrown instanceof LedgerError && thrown.code === 'store-unavailable') broken ??= thrown;
      throw thrown;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
  }

  async scrub(): Promise<void> {
    await this.track(() => this.options.pool.query('VACUUM people, unreadable'));
  }

  async hasEnded(sql: SqlReader, owner: string): Promise<boolean> {
    const row = await sql.get(
      `SELECT owner FROM instances WHERE owner = ? AND expires_at > clock_timestamp()`,
      owner,
    );
    return row === undefined;
  }

  isAlive(): boolean {
    return this.presence.alive;
  }

  /** In this process one after another, among the instances by a row that its owner's end sets free. */
  exclusive<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.alone.run(
      name,
      async () => {
        while (!(await this.takeLock(name))) await pause(BUSY_WAIT_MS, signal);
        try {
          return await work();
        } finally {
          await this.freeLock(name);
        }
      },
      signal,
    );
  }

  private takeLock(name: string): Promise<boolean> {
    const { owner } = this.options;
    return this.write(async (sql) => {
      const taken = await sql.run(
        `INSERT INTO locks (name, owner) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner
         WHERE locks.owner = excluded.owner OR NOT EXISTS (
           SELECT 1 FROM instances WHERE instances.owner = locks.owner AND expires_at > clock_timestamp())`,
        name,
        owner,
      );
      return taken > 0;
    });
  }

  private async freeLock(name: string): Promise<void> {
    try {
      await this.write((sql) =>
        sql.run('DELETE FROM locks WHERE name = ? AND owner = ?', name, this.options.owner),
      );
    } catch {
      // It stays ours: the next work of this instance takes it over, and our end sets it free.
    }
  }

  onWake(listener: (source: string | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  usedBytes(): number {
    return this.bytes;
  }

  backup(): Promise<never> {
    return Promise.reject(
      new LedgerError({
        code: 'backup-elsewhere',
        class: 'config',
        message: 'A returns store in PostgreSQL is backed up with the means of PostgreSQL, such as pg_dump',
      }),
    );
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    await Promise.allSettled([...this.underWay]);
    await this.presence.close();
    await this.options.pool.end();
  }

  /** With each sign of life: the size now and then, and what instances left that have ended. */
  private async onBeat(client: Client): Promise<void> {
    if (performance.now() - this.measuredAt > SIZE_EVERY_MS) {
      this.measuredAt = performance.now();
      const size = await client.query<{ bytes: string }>(
        `SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0) AS bytes FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'`,
        [this.options.schema],
      );
      this.bytes = Number(size.rows[0]?.bytes ?? 0);
      await client.query(`DELETE FROM instances WHERE expires_at < clock_timestamp() - interval '1 day'`);
    }
    if (this.listeners.size === 0) return;
    const left = await client.query(
      `SELECT 1 FROM deliveries WHERE state = 'emitted' AND owner <> $1 AND NOT EXISTS (
         SELECT 1 FROM instances WHERE instances.owner = deliveries.owner AND expires_at > clock_timestamp()) LIMIT 1`,
      [this.options.owner],
    );
    if (left.rows.length > 0) this.tell(null);
  }

  private tell(source: string | null): void {
    for (const listener of this.listeners) listener(source);
  }

  private async track<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing) {
      throw new LedgerError({
        code: 'store-closed',
        class: 'transient',
        message: 'The returns store is closed',
      });
    }
    const begun = work();
    this.underWay.add(begun);
    try {
      return await begun;
    } catch (thrown) {
      throw postgresError(thrown);
    } finally {
      this.underWay.delete(begun);
    }
  }
}

/** Carries out again what was certainly not carried out. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (tries >= TRIES || thrown instanceof LedgerError || !mayTryAgain(thrown)) throw thrown;
      await pause(50 * 2 ** tries + Math.random() * 50);
    }
  }
}

/** Whether a commit was carried out whose answer is missing nobody can tell. */
function outcomeUnknown(thrown: unknown): never {
  throw postgresError(thrown);
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(waitAborted());
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      reject(waitAborted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}
