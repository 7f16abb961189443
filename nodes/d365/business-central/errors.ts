import { LedgerError, type FailureClass } from '../../returns/failure';
import type { Clock } from '../../returns/time';
import { retryAfterMs } from '../../runtime/retry';
import { shorten, type D365Answer } from '../fscm/errors';

interface Rule {
  status?: (status: number) => boolean;
  /** The code of the answer, whole or its beginning. */
  coded?: RegExp;
  /** Words of its message; calls are made in English for their sake (B2). */
  says?: RegExp;
  code: string;
  class: FailureClass | 'transient-unless-write';
}

/** `Retry-After` is documented for 502 and 503 only (B3): after a 429 the sliding window is given some time to move. */
const DEFAULT_THROTTLE_MS = 15_000;

/**
 * Answer → code and class, first match wins (`reference/dynamics365.md` B8). Nearly every rule of the business comes with one
 * code, `Application_DialogException`, so the words decide.
 */
const RULES: readonly Rule[] = [
  { status: (status) => status === 429, code: 'd365-throttled', class: 'rate-limited' },
  { status: (status) => status === 401, code: 'd365-token-refused', class: 'auth' },
  { status: (status) => status === 403, code: 'd365-forbidden', class: 'auth' },
  // Read again and decided anew: the same change with the same token would be refused again.
  { coded: /^Request_EntityChanged$/, code: 'd365-changed-meanwhile', class: 'state-blocked' },
  {
    says: /draft (credit memo|invoice|order) only|has been posted and can no longer/i,
    code: 'd365-already-posted',
    class: 'data-invalid',
  },
  {
    says: /Blocked must be equal to|Blocked check box is selected/i,
    code: 'd365-item-blocked',
    class: 'data-invalid',
  },
  { says: /Item does not exist/i, code: 'd365-item-unknown', class: 'data-invalid' },
  { says: /is blocked with type/i, code: 'd365-customer-blocked', class: 'data-invalid' },
  { says: /range of allowed posting dates/i, code: 'd365-posting-date', class: 'data-invalid' },
  { says: /Period is already closed/i, code: 'd365-inventory-closed', class: 'data-invalid' },
  {
    says: /no Cust\. Ledger Entry within the filter/i,
    code: 'd365-invoice-not-open',
    class: 'data-invalid',
  },
  { says: /Status must be equal to 'Open'/i, code: 'd365-draft-not-open', class: 'state-blocked' },
  { says: /is already used by/i, code: 'd365-number-taken', class: 'data-invalid' },
  {
    says: /cannot be found in the related table|does not match to an? |customer cannot be found/i,
    code: 'd365-value-unknown',
    class: 'data-invalid',
  },
  { coded: /^Internal_EntityWithSameKeyExists$/, code: 'd365-record-exists', class: 'data-invalid' },
  { coded: /^Internal_CompanyNotFound$/, code: 'd365-company-unknown', class: 'config' },
  { coded: /^Internal_RecordNotFound$/, code: 'd365-record-gone', class: 'data-invalid' },
  { coded: /^Internal_TenantUnavailable$/, code: 'd365-unavailable', class: 'transient-unless-write' },
  // A lock or a deadlock: what was written is taken back. What posting commits before is read before it is repeated.
  { coded: /^Internal_ServerError$/, code: 'd365-locked', class: 'transient' },
  { status: (status) => status === 404, code: 'd365-not-found', class: 'config' },
  {
    status: (status) => status === 408 || status >= 500,
    code: 'd365-unavailable',
    class: 'transient-unless-write',
  },
  { status: (status) => status >= 400, code: 'd365-refused', class: 'data-invalid' },
];

/**
 * Turns an answer that is not a success into an error with a class.
 *
 * @param write whether the call could have changed something: then a time limit or a gateway's failure leaves the outcome open
 */
export function bcError(answer: D365Answer, write: boolean, clock: Clock): LedgerError {
  const { code, message } = saidIn(answer.text);
  const rule = RULES.find(
    ({ status, coded, says }) =>
      (status?.(answer.status) ?? true) && (coded?.test(code) ?? true) && (says?.test(message) ?? true),
  );
  const found = rule?.class ?? 'transient';
  const failure = found === 'transient-unless-write' ? (write ? 'ambiguous' : 'transient') : found;
  const wait = retryAfterMs(answer.headers['retry-after'], clock);
  return new LedgerError({
    code: rule?.code ?? 'd365-answer',
    class: failure,
    message: `Business Central: ${message === '' ? `status ${answer.status}` : shorten(message)}`,
    details: { status: answer.status, ...(code === '' ? {} : { said: code }) },
    retryAfterMs: failure === 'rate-limited' ? (wait ?? DEFAULT_THROTTLE_MS) : wait,
  });
}

/** Code and message of an answer; the correlation id tells people nothing and makes equal messages differ. */
function saidIn(text: string): { code: string; message: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    const message = typeof error?.message === 'string' ? error.message : '';
    return {
      code: typeof error?.code === 'string' ? error.code : '',
      message: message.replace(/\s*CorrelationId:\s*[\w-]+\.?\s*$/i, '').trim(),
    };
  } catch {
    // A gateway's page; the status says enough.
    return { code: '', message: '' };
  }
}
