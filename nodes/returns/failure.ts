/**
 * What kind of failure something is. The class decides what happens next, never the place where it broke
 * (DESIGN section 5, point 4).
 *
 * - `transient`: try again with back-off; nothing was changed at the other side.
 * - `rate-limited`: try again after the wait that the server named.
 * - `state-blocked`: the document at the other side is not in the right state; wait for the state.
 * - `ambiguous`: the outcome is unknown; look it up before anything else.
 * - `data-invalid`: the data is wrong; park it and do not post it again until something changes.
 * - `auth`: the credentials or rights are refused.
 * - `config`: the set-up of the flow is wrong.
 */
export type FailureClass =
  'transient' | 'rate-limited' | 'state-blocked' | 'ambiguous' | 'data-invalid' | 'auth' | 'config';

/** Extra facts of a failure. Safe to show: no secret and no personal data may be put here. */
export type FailureDetails = Readonly<Record<string, string | number | boolean | null>>;

export interface LedgerErrorOptions {
  code: string;
  class: FailureClass;
  message: string;
  details?: FailureDetails | undefined;
  /** How long the other side asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * The one error class of the pack. `code` is stable and reaches Catch nodes; `message` is a sentence for people.
 */
export class LedgerError extends Error {
  readonly code: string;
  readonly class: FailureClass;
  readonly details: FailureDetails;
  readonly retryAfterMs: number | undefined;

  constructor(options: LedgerErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LedgerError';
    this.code = options.code;
    this.class = options.class;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }

  /** True where trying again without a change can succeed. */
  get retryable(): boolean {
    return this.class === 'transient' || this.class === 'rate-limited';
  }
}

/** Turns anything that was thrown into a {@link LedgerError}; what is one already stays as it is. */
export function asLedgerError(thrown: unknown, fallbackCode = 'internal-error'): LedgerError {
  if (thrown instanceof LedgerError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new LedgerError({ code: fallbackCode, class: 'transient', message, cause: thrown });
}
