import { join } from 'node:path';
import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { openPostgresStore } from '../store/postgres';
import { openSqliteStore } from '../store/sqlite';
import type { ReturnsStore } from '../store/store';

const days = (fallback: number, least: number): z.ZodType<number> =>
  z.coerce.number().int().min(least, `must be at least ${least} days`).max(36_500).default(fallback);

/** What the dialog of the returns store holds. */
export const storeSettingsSchema = z.object({
  name: z.string().default(''),
  driver: z.enum(['sqlite', 'postgres']).default('sqlite'),
  /** A file name below the Node-RED user directory; blank takes one of its own. */
  file: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9._-]*$/, 'use a plain file name of letters, digits, and - . _ without a folder')
    .default(''),
  host: z.string().trim().default(''),
  port: z.coerce.number().int().min(1).max(65_535).default(5432),
  database: z.string().trim().default(''),
  user: z.string().trim().default(''),
  tls: z.enum(['verify', 'off']).default('verify'),
  schema: z
    .string()
    .trim()
    .regex(/^[a-z_][a-z0-9_]{0,50}$/, 'use small letters, digits and _ only')
    .default('returns_ledger'),
  connections: z.coerce.number().int().min(1).max(100).default(8),
  /** Settled deliveries, bodies and closed exceptions are kept so long; documents are kept for ever. */
  keepDays: days(400, 7),
  /** Names and addresses are kept so long after they were last seen. */
  peopleDays: days(120, 1),
  /** At this size nothing new is accepted; blank: no limit. */
  maxMegabytes: z
    .union([z.literal(''), z.coerce.number().int().min(1, 'must be at least 1, or blank')])
    .default(4096)
    .transform((value) => (value === '' ? null : value)),
  /** Hours between two back-ups of the file; 0: none. */
  backupHours: z.coerce.number().min(0, 'must be 0 or more').max(336, 'must be at most 336').default(0),
  backupsKept: z.coerce.number().int().min(1, 'must be at least 1').max(1000).default(7),
});

export type StoreSettings = z.infer<typeof storeSettingsSchema>;

/** Where the file of an embedded store lies. Throws `no-user-directory` (config). */
export function storeFile(settings: StoreSettings, nodeId: string, userDir: string | undefined): string {
  if (userDir === undefined) {
    throw new LedgerError({
      code: 'no-user-directory',
      class: 'config',
      message: 'Node-RED has no user directory, so the returns store has no place for its file',
    });
  }
  const name = settings.file === '' ? `store-${nodeId}.db` : settings.file;
  return join(userDir, 'returns-ledger', name.endsWith('.db') ? name : `${name}.db`);
}

/** Throws `config-invalid` where a setting that PostgreSQL needs is missing. */
export function assertComplete(settings: StoreSettings): void {
  if (settings.driver !== 'postgres') return;
  const missing = (['host', 'database', 'user'] as const).filter((field) => settings[field] === '');
  if (missing.length === 0) return;
  throw new LedgerError({
    code: 'config-invalid',
    class: 'config',
    message: `The returns store in PostgreSQL needs ${missing.join(', ')}: open the node and enter it`,
  });
}

/** Opens the store that the settings describe. */
export function openStore(
  settings: StoreSettings,
  password: string | undefined,
  file: string,
  tell: { info: (text: string) => void; warn: (text: string) => void },
): Promise<ReturnsStore> {
  const maxBytes = settings.maxMegabytes === null ? undefined : settings.maxMegabytes * 1024 * 1024;
  if (settings.driver === 'sqlite') {
    const onRestored = (kept: string): void =>
      tell.warn(`The returns store was restored; the former file is ${kept}`);
    return openSqliteStore({ file, maxBytes, onRestored });
  }
  const { host, port, database, user, tls, schema, connections } = settings;
  return openPostgresStore({
    host,
    port,
    database,
    user,
    password: password ?? '',
    tls,
    schema,
    connections,
    maxBytes,
    onWarning: tell.warn,
  });
}
