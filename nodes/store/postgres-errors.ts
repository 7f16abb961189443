import { LedgerError, type FailureClass } from '../returns/failure';

/** SQLSTATE codes (postgresql.org/docs/current/errcodes-appendix.html) → what they mean for the store. */
const MEANINGS: readonly { state: RegExp; code: string; class: FailureClass; text: string }[] = [
  { state: /^53100$/, code: 'store-full', class: 'transient', text: 'The disk of the returns store is full' },
  {
    state: /^25006$/,
    code: 'store-read-only',
    class: 'transient',
    text: 'The returns store cannot be written: PostgreSQL is read-only, perhaps a standby',
  },
  {
    state: /^28/,
    code: 'store-unauthorized',
    class: 'auth',
    text: 'PostgreSQL refused the user or the password of the returns store',
  },
  {
    state: /^3D000$/,
    code: 'store-missing',
    class: 'config',
    text: 'The database of the returns store does not exist in PostgreSQL: create it, or correct its name',
  },
  {
    state: /^42501$/,
    code: 'store-forbidden',
    class: 'config',
    text: 'The PostgreSQL user of the returns store may not create or use its tables: make it the owner of the database',
  },
];

/** Transactions that PostgreSQL has rolled back because of each other: carrying them out again is safe. */
const CLASHED = /^(40001|40P01|55P03)$/;
/** The server goes down or comes up, or the connection has broken. */
const DISCONNECTED = /^(08...|57P0[123])$/;
const SYSTEM = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** The words of PostgreSQL become ours; a LedgerError of an operation stays what it is. */
export function postgresError(thrown: unknown): LedgerError {
  if (thrown instanceof LedgerError) return thrown;
  const state = stateOf(thrown);
  const meaning = MEANINGS.find((one) => one.state.test(state));
  if (meaning) {
    return new LedgerError({
      code: meaning.code,
      class: meaning.class,
      message: meaning.text,
      cause: thrown,
    });
  }
  // The server's own message may quote a value, so only its code is told.
  const message = isDisconnected(thrown)
    ? 'PostgreSQL cannot be reached, so the returns store is not available'
    : `The returns store failed: PostgreSQL answered ${state || 'an error'}`;
  return new LedgerError({ code: 'store-unavailable', class: 'transient', message, cause: thrown });
}

/** True where nothing was carried out and a second try may succeed. */
export function mayTryAgain(thrown: unknown): boolean {
  return CLASHED.test(stateOf(thrown)) || isDisconnected(thrown);
}

function isDisconnected(thrown: unknown): boolean {
  const state = stateOf(thrown);
  if (DISCONNECTED.test(state) || SYSTEM.has(state)) return true;
  return (
    thrown instanceof Error &&
    /connection (terminated|ended)|timeout exceeded when trying|query read timeout/i.test(thrown.message)
  );
}

function stateOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
