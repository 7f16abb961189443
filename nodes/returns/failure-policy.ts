import type { FailureClass, LedgerError } from './failure';

/**
 * What is done about a failure:
 * - `wait`: the delivery waits in the store and its flow is run again when its time has come;
 * - `park`: it becomes an exception with an owner, and nothing is posted again until something changes (R156).
 */
export type FailureAction = 'wait' | 'park';

interface Rule {
  action: FailureAction;
  /** The first wait, the longest one, and for how long in all it is tried again; in milliseconds. */
  firstMs: number;
  longestMs: number;
  limitMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NEVER = { firstMs: 0, longestMs: 0, limitMs: 0 };

/**
 * Class → action, for every vendor; which answer is of which class is the vendor's own table. An outcome that is not
 * known waits like an outage does: each new try looks it up before anything is sent.
 */
export const FAILURE_RULES: Readonly<Record<FailureClass, Rule>> = {
  transient: { action: 'wait', firstMs: 15 * SECOND, longestMs: 15 * MINUTE, limitMs: 24 * HOUR },
  'rate-limited': { action: 'wait', firstMs: 15 * SECOND, longestMs: 5 * MINUTE, limitMs: 24 * HOUR },
  ambiguous: { action: 'wait', firstMs: 15 * SECOND, longestMs: 15 * MINUTE, limitMs: 24 * HOUR },
  'state-blocked': { action: 'wait', firstMs: MINUTE, longestMs: 30 * MINUTE, limitMs: 7 * 24 * HOUR },
  'data-invalid': { action: 'park', ...NEVER },
  auth: { action: 'park', ...NEVER },
  config: { action: 'park', ...NEVER },
};

/** What a user may set for a connection; the rest is as in {@link FAILURE_RULES}. In milliseconds. */
export interface WaitLimits {
  firstMs?: number;
  /** Takes the place of the limit of outages; a blocked state has its own. */
  limitMs?: number;
  /** The same for a document that is not in the right state. */
  stateFirstMs?: number;
  stateLimitMs?: number;
}

export type FailureDecision = { action: 'park' } | { action: 'wait'; waitMs: number };

/**
 * Decides about a failure that has just come.
 *
 * @param waits       how often the delivery has waited before
 * @param waitingMs   how long it has been since it waited for the first time; 0 where it has not
 * @param random      at least 0, below 1: spreads the tries, so that they do not all come at once (R158)
 */
export function decideFailure(
  error: LedgerError,
  waits: number,
  waitingMs: number,
  random: number,
  limits: WaitLimits = {},
): FailureDecision {
  const rule = FAILURE_RULES[error.class];
  if (rule.action === 'park') return { action: 'park' };
  const stateBlocked = error.class === 'state-blocked';
  const limitMs = (stateBlocked ? limits.stateLimitMs : limits.limitMs) ?? rule.limitMs;
  if (waitingMs >= limitMs) return { action: 'park' };
  const firstMs = (stateBlocked ? limits.stateFirstMs : limits.firstMs) ?? rule.firstMs;
  const ceiling = Math.min(rule.longestMs, firstMs * 2 ** Math.min(waits, 30));
  const backOff = Math.round(ceiling * (0.5 + random / 2));
  // The server's own wait is the least there is (R157); a little is put on top, so that not all come back at once.
  const asked = error.retryAfterMs === undefined ? 0 : error.retryAfterMs + Math.round(random * 1000);
  return { action: 'wait', waitMs: Math.max(backOff, asked) };
}
