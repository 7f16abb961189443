import { randomUUID } from 'node:crypto';
import type * as Pg from 'pg';
import { LedgerError } from '../returns/failure';
import { openLedgerStore, type LedgerStoreOptions } from './ledger-store';
import { PostgresDatabase } from './postgres-database';
import { postgresError } from './postgres-errors';
import type { ReturnsStore } from './store';

export interface PostgresOptions extends LedgerStoreOptions {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** `verify`: the server's certificate must be valid; `off` is for loopback and private networks only. */
  tls: 'verify' | 'off';
  /** Tables live in a schema of their own: several stores can share a database. */
  schema?: string;
  /** Connections of this instance, beside the one for its signs of life. */
  connections?: number;
  /** After so long without a sign of life an instance counts as ended; in milliseconds. */
  leaseMs?: number;
  onWarning?: (text: string) => void;
}

/**
 * Opens the store that several Node-RED instances share.
 * Throws `pg-missing`, `store-newer`, `store-missing`, `store-forbidden` (config), `store-unauthorized` (auth), or
 * `store-full`, `store-read-only`, `store-unavailable` (transient).
 */
export async function openPostgresStore(options: PostgresOptions): Promise<ReturnsStore> {
  const pg = await loadPg();
  const schema = options.schema ?? 'returns_ledger';
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema)) {
    throw new LedgerError({
      code: 'config-invalid',
      class: 'config',
      message: 'The schema of the returns store may hold small letters, digits and _ only',
    });
  }
  const owner = options.owner ?? randomUUID();
  const config: Pg.ClientConfig = {
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    password: options.password,
    ssl: options.tls === 'verify' ? { rejectUnauthorized: true } : false,
    application_name: 'returns-ledger',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    // An acknowledged return must be on the disk, whatever the database's own setting says.
    options: `-c search_path=${schema} -c synchronous_commit=on -c statement_timeout=60000 -c lock_timeout=20000 -c idle_in_transaction_session_timeout=60000`,
  };
  const pool = new pg.Pool({ ...config, max: options.connections ?? 8 });
  const database = new PostgresDatabase({
    pool,
    connect: () => new pg.Client(config),
    schema,
    owner,
    leaseMs: options.leaseMs ?? 15_000,
  });
  try {
    await database.start();
    await warnOfUnsafeServer(database, options.onWarning);
    return await openLedgerStore(database, { ...options, owner });
  } catch (thrown) {
    await database.close().catch(() => undefined);
    throw postgresError(thrown);
  }
}

/** `pg` is an optional peer dependency: who uses SQLite needs none. */
async function loadPg(): Promise<typeof Pg> {
  try {
    const loaded = await import('pg');
    return loaded.default;
  } catch (thrown) {
    throw new LedgerError({
      code: 'pg-missing',
      class: 'config',
      message:
        'The PostgreSQL driver is not installed: run "npm install pg" in the Node-RED user directory and restart Node-RED',
      cause: thrown,
    });
  }
}

async function warnOfUnsafeServer(
  database: PostgresDatabase,
  onWarning: ((text: string) => void) | undefined,
): Promise<void> {
  const row = await database.read((sql) =>
    sql.get(`SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages`),
  );
  if (row?.['fsync'] === 'on' && row['pages'] === 'on') return;
  onWarning?.(
    'PostgreSQL runs with fsync or full_page_writes off: a power cut can lose returns that were acknowledged',
  );
}
