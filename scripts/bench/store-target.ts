import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { openPostgresStore } from '../../nodes/store/postgres';
import { openSqliteStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';

/** Which store a measurement runs on; it travels to helper processes, so it holds plain values only. */
export type StoreTarget =
  | {
      driver: 'sqlite';
      /** The database file; Node-RED's own lies below its user directory. */
      file: string;
    }
  | PostgresTarget;

export interface PostgresTarget {
  driver: 'postgres';
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** One of its own for each run, so that each begins with an empty store. */
  schema: string;
}

/** The file of a store node that says `file: 'bench'`. */
export function storeIn(userDir: string): StoreTarget & { file: string } {
  return { driver: 'sqlite', file: `${userDir}/returns-ledger/bench.db` };
}

/** What the returns-store node must say to use a PostgreSQL server, or by default the embedded store. */
export function storeNode(id: string, target?: PostgresTarget): StoreNode {
  const node = { id, type: 'returns-store', name: '' };
  if (!target) return { ...node, file: 'bench' };
  const { password, ...server } = target;
  return { ...node, ...server, tls: 'off', credentials: { password } };
}

type StoreNode = Record<string, unknown> & { id: string; type: string };

export function openStore(target: StoreTarget): Promise<ReturnsStore> {
  if (target.driver === 'sqlite') return openSqliteStore({ file: target.file });
  return openPostgresStore({ ...target, tls: 'off' });
}

/** Asks the database itself for a number, beside the process that uses it. */
export async function askNumber(target: StoreTarget, sql: string): Promise<number> {
  if (target.driver === 'postgres') return askPostgres(target, sql);
  const database = new DatabaseSync(target.file, { readOnly: true });
  try {
    database.exec('PRAGMA busy_timeout = 2000');
    return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  } finally {
    database.close();
  }
}

async function askPostgres({ schema, ...server }: PostgresTarget, sql: string): Promise<number> {
  const client = new Client({ ...server, options: `-c search_path=${schema}` });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(sql);
    return Number(Object.values(rows[0] ?? {})[0]);
  } finally {
    await client.end();
  }
}

export const UNSETTLED = `SELECT COUNT(*) FROM deliveries WHERE state IN ('open', 'emitted', 'waiting')`;
export const PARKED = `SELECT COUNT(*) FROM exceptions WHERE status = 'open'`;
export const RECEIPTS = 'SELECT COUNT(*) FROM receipts';
export const EVENTS = 'SELECT COUNT(*) FROM events';
