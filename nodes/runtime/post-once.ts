import type { PostedDocument } from '../returns/event';
import { asLedgerError, LedgerError } from '../returns/failure';
import { instantOf } from '../returns/time';
import { faultPoint } from '../store/fault-point';
import { waitAborted } from '../store/keyed-queue';
import type { IntentData, IntentState, NewIntent, ReturnsStore } from '../store/store';
import { withRetry, type Surroundings } from './retry';

const BUSY_WAIT_MS = 100;

export type OpenIntent = Exclude<IntentState, { state: 'busy' }>;

/**
 * Begins an intent. Another message may be at the same document right now: its outcome is waited for, since it is ours
 * as well. Throws `intent-busy` (transient) after the limit, in milliseconds.
 */
export async function beginIntent(
  wanted: NewIntent,
  store: ReturnsStore,
  surroundings: Surroundings,
  limitMs: number,
  signal?: AbortSignal,
): Promise<OpenIntent> {
  for (let waited = 0; waited <= limitMs; waited += BUSY_WAIT_MS) {
    const intent = await store.beginIntent(wanted, instantOf(surroundings.clock));
    if (intent.state !== 'busy') return intent;
    await surroundings.wait(BUSY_WAIT_MS, signal);
  }
  throw new LedgerError({
    code: 'intent-busy',
    class: 'transient',
    message: 'Another message has been working on the same document for too long',
  });
}

export interface OnceParts {
  store: ReturnsStore;
  surroundings: Surroundings;
  /** How long another message may work on the same document before this one gives up, in milliseconds. */
  limitMs: number;
  signal?: AbortSignal | undefined;
}

export interface OnceWork<Result> {
  /** The document was posted before: what it means for this message. No call is needed. */
  posted: (document: PostedDocument) => Result | Promise<Result>;
  /** Posts the document, or finds it. What it does not complete is given back, so that it can be tried again. */
  post: (attempt: PostingAttempt) => Promise<Result>;
}

/**
 * Posts one document once (DESIGN section 5, point 3): intent → look-up → checks → call → outcome. For documents that
 * carry a unique key of the ERP or whose state can be read back, so that a look-up needs no settle time.
 *
 * Throws a {@link LedgerError} where the ERP or the network fails; the intent then says whether the outcome is open.
 */
export async function postOnce<Result>(
  wanted: NewIntent,
  work: OnceWork<Result>,
  parts: OnceParts,
): Promise<Result> {
  const { store, surroundings, limitMs, signal } = parts;
  const intent = await beginIntent(wanted, store, surroundings, limitMs, signal);
  if (intent.state === 'posted') return work.posted(intent.document);
  const attempt = new PostingAttempt(intent, parts);
  try {
    const result = await work.post(attempt);
    if (!attempt.completed) {
      await store.releaseIntent(intent.intentId, { doubt: attempt.inDoubt }, instantOf(surroundings.clock));
    }
    return result;
  } catch (thrown) {
    const error = asLedgerError(thrown);
    const doubt = attempt.writing ? error.class === 'ambiguous' : attempt.inDoubt;
    await store.releaseIntent(intent.intentId, { doubt }, instantOf(surroundings.clock));
    throw error;
  }
}

/** One try at one document. */
export class PostingAttempt {
  /** True from the moment a write may have left until its answer is known. */
  writing = false;
  completed = false;
  /** True while an earlier try may have written something that has not been looked up yet. */
  inDoubt: boolean;

  constructor(
    private readonly intent: Extract<OpenIntent, { state: 'start' | 'resume' }>,
    private readonly parts: OnceParts,
  ) {
    this.inDoubt = intent.state === 'resume' && intent.doubtSince !== null;
  }

  /** What an earlier try remembered of a document that takes several calls. */
  step(name: string): IntentData | undefined {
    return this.intent.state === 'resume' ? this.intent.steps[name] : undefined;
  }

  async record(name: string, data: IntentData): Promise<void> {
    const { store, surroundings } = this.parts;
    await store.recordIntentStep(this.intent.intentId, name, data, instantOf(surroundings.clock));
  }

  /** The ERP was asked, and tells what there is: nothing is in doubt any more. */
  lookedUp(): void {
    this.inDoubt = false;
  }

  /** Makes the call that writes. It is tried again only where it is certain that nothing was written. */
  async write<T>(call: (assertAlive: () => void) => Promise<T>): Promise<T> {
    const { store, surroundings, signal } = this.parts;
    faultPoint('intent-before-call');
    this.writing = true;
    // Right before each try: the wait between two may be the stop in which another instance took over.
    const assertAlive = (): void => {
      if (signal?.aborted) throw waitAborted();
      store.assertAlive();
    };
    const answer = await withRetry(() => call(assertAlive), surroundings, signal);
    this.writing = false;
    faultPoint('answer-before-stored');
    return answer;
  }

  /** The document exists and is whole. */
  async complete(document: PostedDocument): Promise<void> {
    const { store, surroundings } = this.parts;
    await store.completeIntent(this.intent.intentId, document, instantOf(surroundings.clock));
    this.completed = true;
    faultPoint('outcome-before-next');
  }
}
