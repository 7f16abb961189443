import type * as sqlite from 'node:sqlite';
import { LedgerError } from '../returns/failure';

type SqliteModule = typeof sqlite;

/** Node's built-in SQLite. Throws `node-too-old` (config) with one clear sentence where this Node.js has none. */
export function sqliteModule(): SqliteModule {
  const found: unknown =
    typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:sqlite') : undefined;
  if (found !== undefined && found !== null) return found as SqliteModule;
  throw new LedgerError({
    code: 'node-too-old',
    class: 'config',
    message:
      `This Node.js (${process.version}) has no built-in SQLite; ` +
      'the returns store needs Node.js 22.13 or newer (24 recommended)',
  });
}
