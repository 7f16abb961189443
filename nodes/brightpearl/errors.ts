import { LedgerError, type FailureClass } from '../returns/failure';

/** What Brightpearl answered, as far as its meaning depends on it. */
export interface BrightpearlAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** One reason of a refusal. */
export interface Fault {
  code: string;
  message: string;
  /** The field that it names, for example `taxCode` or `customer.id`; null where it names none. */
  field: string | null;
  /** The row that it names, counted from 0 as in the request. */
  row: number | null;
}

/** A refusal with all its reasons: Brightpearl tells every fault of a body, not only the first. */
export class BrightpearlRefusal extends LedgerError {
  constructor(
    options: ConstructorParameters<typeof LedgerError>[0],
    readonly faults: readonly Fault[],
  ) {
    super(options);
  }
}

interface Rule {
  status?: (status: number) => boolean;
  says?: RegExp;
  code: string;
  class: FailureClass | 'transient-unless-write';
}

/**
 * Answer → code and class, first match wins. Which code Brightpearl gives to a locked order, a closed period or a key
 * that is taken is not published, so these are known by their words, here and nowhere else
 * (`reference/brightpearl-khaos.md` 1.8).
 */
const RULES: readonly Rule[] = [
  { status: (status) => status === 401, code: 'brightpearl-token-refused', class: 'auth' },
  { status: (status) => status === 403, code: 'brightpearl-forbidden', class: 'auth' },
  { status: (status) => status >= 500, code: 'brightpearl-unavailable', class: 'transient-unless-write' },
  {
    says: /already (exists|used|in use)|is not unique|must be unique|duplicate/i,
    code: 'brightpearl-key-taken',
    class: 'data-invalid',
  },
  { says: /period.{0,20}lock|lock.{0,20}period/i, code: 'brightpearl-period-locked', class: 'state-blocked' },
  { says: /already (been )?invoiced/i, code: 'brightpearl-invoiced', class: 'state-blocked' },
  { says: /pending/i, code: 'brightpearl-invoice-pending', class: 'state-blocked' },
  {
    says: /authori[sz]ation before|needs authori[sz]ation/i,
    code: 'brightpearl-not-authorised',
    class: 'data-invalid',
  },
  { says: /\block(ed)?\b/i, code: 'brightpearl-order-locked', class: 'state-blocked' },
  { says: /cancell?ed/i, code: 'brightpearl-cancelled', class: 'data-invalid' },
  { says: /archived/i, code: 'brightpearl-product-archived', class: 'data-invalid' },
  {
    says: /customer.{0,40}(not exist|unknown|not found)/i,
    code: 'brightpearl-customer-unknown',
    class: 'data-invalid',
  },
  { status: (status) => status === 404, code: 'brightpearl-not-found', class: 'data-invalid' },
  { status: (status) => status === 429, code: 'brightpearl-throttled', class: 'rate-limited' },
  { status: (status) => status >= 400, code: 'brightpearl-refused', class: 'data-invalid' },
];

/** Where the throttle names no time, a whole period is waited for (help 212644823). */
const THROTTLE_PERIOD_MS = 60_000;

/**
 * True for the 503 of the throttle, which carries the throttle's headers and no list of errors; the 503 of a gateway
 * that is down carries neither.
 */
export function isThrottled(answer: BrightpearlAnswer): boolean {
  return answer.status === 503 && answer.headers['brightpearl-next-throttle-period'] !== undefined;
}

/**
 * Turns an answer that is not a success into an error with a class.
 *
 * @param write whether the call could have changed something: then a failure on the way leaves the outcome open
 */
export function brightpearlError(answer: BrightpearlAnswer, write: boolean): BrightpearlRefusal {
  const faults = faultsOf(answer.text);
  const said = faults.map(({ message }) => message).join(' ');
  if (isThrottled(answer)) {
    return refusal('brightpearl-throttled', 'rate-limited', answer, faults, throttleWaitMs(answer));
  }
  const rule = RULES.find(
    ({ status, says }) => (status?.(answer.status) ?? true) && (says === undefined || says.test(said)),
  );
  const found = rule?.class ?? 'transient';
  // A failure on the way may have come after the work was done.
  const failure = found === 'transient-unless-write' ? (write ? 'ambiguous' : 'transient') : found;
  const wait = failure === 'rate-limited' ? THROTTLE_PERIOD_MS : undefined;
  return refusal(rule?.code ?? 'brightpearl-answer', failure, answer, faults, wait);
}

function refusal(
  code: string,
  failure: FailureClass,
  answer: BrightpearlAnswer,
  faults: readonly Fault[],
  retryAfterMs: number | undefined,
): BrightpearlRefusal {
  const words = faults.map((fault) => `${fault.message} (${fault.code})`).join(' ');
  const sentence = words === '' ? `status ${answer.status}` : words;
  return new BrightpearlRefusal(
    {
      code,
      class: failure,
      message: `Brightpearl: ${shorten(sentence)}`,
      details: { status: answer.status },
      retryAfterMs,
    },
    faults,
  );
}

function throttleWaitMs(answer: BrightpearlAnswer): number {
  const wait = Number(answer.headers['brightpearl-next-throttle-period']);
  return Number.isFinite(wait) && wait > 0 ? wait : THROTTLE_PERIOD_MS;
}

function faultsOf(text: string): Fault[] {
  const body = parse(text);
  const errors = body?.['errors'];
  if (!Array.isArray(errors)) {
    const response = body?.['response'];
    return typeof response === 'string' ? [{ code: 'no code', ...placeIn(response) }] : [];
  }
  return errors.flatMap((entry: unknown): Fault[] => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { code, message } = entry as { code?: unknown; message?: unknown };
    if (typeof message !== 'string') return [];
    return [{ code: typeof code === 'string' ? code : 'no code', ...placeIn(message) }];
  });
}

/** The row and field that a message names: `rows[1].taxCode`, `goodsMoved[0].quantity`, `field customer.id` (R117). */
function placeIn(message: string): { message: string; field: string | null; row: number | null } {
  const inRow = /\b(?:rows?|orderRows|goodsMoved)\[(\d{1,5})\](?:\.(\w{1,60}))?/.exec(message);
  if (inRow) return { message, row: Number(inRow[1]), field: inRow[2] ?? null };
  const field = /\bfield ['"]?([A-Za-z][\w.]{0,60})/i.exec(message)?.[1] ?? null;
  return { message, row: null, field };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function shorten(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  return oneLine.length <= 600 ? oneLine : `${oneLine.slice(0, 599)}…`;
}
