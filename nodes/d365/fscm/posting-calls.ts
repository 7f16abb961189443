import { asLedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import type { FscmParts } from './parts';
import { refusedPosting, thrownByService } from './posting-refusal';
import type { PostingStep, ServiceAnswer } from './posting-route';
import type { Lot } from './read-credit';
import type { D365Row } from './rows';
import { settle } from '../settle';

/** What the posting service said, and whether it threw that. */
export type Answered = ServiceAnswer & { thrown: boolean };

/** The calls of one document at the posting service, and how long to wait where the outcome of one is open. */
export class PostingCalls {
  /** @param name of the document, by which the time of a doubt is remembered */
  constructor(
    private readonly parts: FscmParts,
    private readonly attempt: PostingAttempt,
    private readonly name: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Has the service post. What it throws is an answer as well; only where its outcome is open this throws. */
  async ask(step: PostingStep, request: D365Row): Promise<Answered> {
    const { route, doubts, surroundings } = this.parts;
    try {
      const answer = await this.attempt.write((assertAlive) => {
        assertAlive();
        return route.post(step, request, this.signal);
      });
      return { ...answer, thrown: false };
    } catch (thrown) {
      const error = asLedgerError(thrown);
      const said = thrownByService(error);
      if (said === null) {
        if (error.class === 'ambiguous') doubts.set(this.name, surroundings.elapsed());
        throw error;
      }
      this.attempt.writing = false;
      return { posted: false, messages: [said], thrown: true };
    }
  }

  /**
   * A call whose answer was lost may still be carried out: nothing is looked up before the settle time is over
   * (`reference/reliability.md`).
   */
  async settle(): Promise<void> {
    if (this.attempt.inDoubt) await settle(this.name, this.parts, this.signal);
  }

  /** D365 was asked what there is: nothing is in doubt any more. */
  lookedUp(): void {
    this.attempt.lookedUp();
    this.parts.doubts.delete(this.name);
  }

  /**
   * What was to be posted is not: a refusal, or an answer that says otherwise, which a person must know of (R176). Throws
   * where it is waited for.
   *
   * @param document for people
   */
  notDone(document: string, answer: Answered, lots: readonly Lot[]): Problem {
    if (answer.posted) return withoutEffect(document, answer.number, lots);
    try {
      return refusedPosting(document, answer.messages, answer.thrown);
    } catch (thrown) {
      // What was read of the periods may be what the books no longer say.
      if (asLedgerError(thrown).code === 'period-closed') this.parts.periods.forget();
      throw thrown;
    }
  }
}

function withoutEffect(document: string, number: string, lots: readonly Lot[]): Problem {
  const told = number === '' ? '' : ` as ${number}`;
  return {
    code: 'posting-without-effect',
    what: `${document}: posted${told} by the answer`,
    lines: lots.map(({ item, lot, status }) => ({
      sku: item,
      field: `status of lot ${lot}`,
      expected: 'Received or Invoiced',
      received: status,
    })),
  };
}
