import { LedgerError } from '../returns/failure';

/** SQLite's primary result codes (sqlite.org/rescode.html); an extended code carries one in its lowest byte. */
const RESULT = { busy: 5, locked: 6, readOnly: 8, full: 13 } as const;
const FULL = new Set(['ENOSPC', 'EDQUOT']);
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM']);

/** The words of SQLite and of the file system become ours; a LedgerError of an operation stays what it is. */
export function storeError(thrown: unknown): LedgerError {
  if (thrown instanceof LedgerError) return thrown;
  const result = resultOf(thrown);
  const code = codeOf(thrown);
  if (result === RESULT.full || FULL.has(code)) {
    return fault('store-full', 'The disk of the returns store is full', thrown);
  }
  if (result === RESULT.readOnly || READ_ONLY.has(code)) {
    return fault(
      'store-read-only',
      'The returns store cannot be written: its disk or file is read-only',
      thrown,
    );
  }
  return fault('store-unavailable', `The returns store failed: ${reasonOf(thrown)}`, thrown);
}

/** True where somebody else holds the file. */
export function isBusy(thrown: unknown): boolean {
  const result = resultOf(thrown);
  return result === RESULT.busy || result === RESULT.locked;
}

function resultOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined;
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

function reasonOf(thrown: unknown): string {
  // The parser quotes what it could not read, and that may be somebody's data (reliability 4.8).
  if (thrown instanceof SyntaxError) return 'a stored value is not JSON';
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function fault(code: string, message: string, thrown: unknown): LedgerError {
  const cause = thrown instanceof SyntaxError ? undefined : thrown;
  return new LedgerError({ code, class: 'transient', message, cause });
}
