import { LedgerError, type FailureClass } from '../../returns/failure';
import type { Clock } from '../../returns/time';
import { retryAfterMs } from '../../runtime/retry';

/** What D365 answered, as far as its meaning depends on it. */
export interface D365Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

interface Rule {
  /** Statuses it applies to; none given: any. */
  status?: (status: number) => boolean;
  /** Pattern in the Infolog or message. */
  says?: RegExp;
  code: string;
  class: FailureClass | 'transient-unless-write';
}

/** If `Retry-After` is missing, the documented sample waits 30 s (A3). */
const DEFAULT_THROTTLE_MS = 30_000;

/**
 * Answer → code and class, first match wins (`reference/dynamics365.md` A15). A business refusal comes with 400 or
 * 500, so the words decide before the status does.
 */
const RULES: readonly Rule[] = [
  { status: (status) => status === 429, code: 'd365-throttled', class: 'rate-limited' },
  { status: (status) => status === 401, code: 'd365-token-refused', class: 'auth' },
  { status: (status) => status === 403, code: 'd365-forbidden', class: 'auth' },
  { says: /update conflict occurred/i, code: 'd365-update-conflict', class: 'transient' },
  { says: /record already exists/i, code: 'd365-record-exists', class: 'data-invalid' },
  { says: /is blocked for '/i, code: 'd365-item-blocked', class: 'data-invalid' },
  { says: /lifecycle state/i, code: 'd365-item-lifecycle', class: 'data-invalid' },
  { says: /is not found in the related table/i, code: 'd365-value-unknown', class: 'data-invalid' },
  { says: /is mandatory and must|must be filled in/i, code: 'd365-value-missing', class: 'data-invalid' },
  { says: /AxODataWriteException/, code: 'd365-refused', class: 'data-invalid' },
  // Of a row that was to be written the nodes read the state themselves; this is of actions.
  {
    says: /cannot be changed in its status|cannot be deleted in its status/i,
    code: 'd365-status',
    class: 'state-blocked',
  },
  { status: (status) => status === 412, code: 'd365-changed-meanwhile', class: 'transient' },
  { status: (status) => status === 404, code: 'd365-not-found', class: 'config' },
  { status: (status) => status >= 500, code: 'd365-unavailable', class: 'transient-unless-write' },
  { status: (status) => status >= 400, code: 'd365-refused', class: 'data-invalid' },
];

/**
 * Turns an answer that is not a success into an error with a class.
 *
 * @param write whether the call could have changed something: then a failure of the gateway leaves the outcome open
 */
export function d365Error(answer: D365Answer, write: boolean, clock: Clock): LedgerError {
  const said = wordsOf(answer.text);
  const rule = RULES.find(
    ({ status, says }) => (status?.(answer.status) ?? true) && (says === undefined || says.test(said.raw)),
  );
  const found = rule?.class ?? 'transient';
  const failure = found === 'transient-unless-write' ? (write ? 'ambiguous' : 'transient') : found;
  const wait = retryAfterMs(answer.headers['retry-after'], clock);
  return new LedgerError({
    code: rule?.code ?? 'd365-answer',
    class: failure,
    message: `D365: ${said.sentence === '' ? `status ${answer.status}` : said.sentence}`,
    details: { status: answer.status },
    retryAfterMs: failure === 'rate-limited' ? (wait ?? DEFAULT_THROTTLE_MS) : wait,
  });
}

/** Entries of an Infolog that tell nothing (A2.1). */
const NOISE =
  /^(validateField failed on field|validateWrite failed on data source|Update has been cancell?ed)/i;

/** The reason in D365's own words: what stands behind `Infolog:`, without noise, stack trace and markup. */
function wordsOf(text: string): { raw: string; sentence: string } {
  const parsed = parseError(text);
  if (parsed === null) return { raw: text.slice(0, 2000), sentence: '' };
  const inner = parsed.innererror?.message ?? '';
  const raw = `${parsed.message ?? ''} ${inner} ${parsed.innererror?.type ?? ''}`;
  const infolog = /Infolog:\s*([\s\S]*)$/.exec(inner)?.[1];
  if (infolog === undefined) return { raw, sentence: shorten(inner === '' ? (parsed.message ?? '') : inner) };
  const entries = infolog
    .split(/;\s*(?=(?:Error|Warning|Info):)|;\s*$/)
    .map((entry) => entry.replace(/^(Error|Warning|Info):\s*/i, '').trim())
    .filter((entry) => entry !== '' && !NOISE.test(entry));
  return { raw, sentence: shorten([...new Set(entries)].join(' ')) };
}

interface ODataError {
  message?: string;
  innererror?: { message?: string; type?: string };
}

function parseError(text: string): ODataError | null {
  try {
    const body = JSON.parse(text) as { error?: ODataError; Message?: string };
    return body.error ?? (body.Message === undefined ? null : { message: body.Message });
  } catch {
    return null;
  }
}

/** One line of at most 600 characters. */
export function shorten(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  return oneLine.length <= 600 ? oneLine : `${oneLine.slice(0, 599)}…`;
}
