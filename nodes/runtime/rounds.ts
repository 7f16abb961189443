import { asLedgerError } from '../returns/failure';
import { waitAborted } from '../store/keyed-queue';
import type { Surroundings } from './retry';

export interface RoundsOptions<Item, Answer> {
  /** How many are to take part; those that end without a word take part in nothing. */
  coming: number;
  /** How long a round waits for those that have not asked for anything yet, in milliseconds. */
  waitMs: number;
  /** Does the work of a round at once. The answers come in the order of the items. */
  work: (items: readonly Item[]) => Promise<readonly (Answer | Error)[]>;
  surroundings: Pick<Surroundings, 'wait'>;
}

interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** One that takes part in rounds. It takes part from the first time that it asks until it leaves. */
export interface Participant<Item, Answer> {
  ask(item: Item): Promise<Answer>;
  /** Must be called when its work is over, however that ended, or the others wait for it. */
  leave(): void;
}

/**
 * Lets work that goes on side by side do the same step together: a round begins when everybody who takes part waits for
 * an answer, so that the calls of all become one. Other than a gatherer, it knows how many there are, and so needs no
 * luck with the time.
 */
export class Rounds<Item, Answer> {
  private coming: number;
  private taking = 0;
  private waiting: Waiting<Item, Answer>[] = [];
  /** Counts the rounds, so that a wait that is over late does not begin the next one. */
  private round = 0;
  private waitedIn = -1;
  private timedIn = -1;
  private readonly stop = (): void => {
    for (const { reject } of this.waiting.splice(0)) reject(waitAborted());
  };

  constructor(
    private readonly options: RoundsOptions<Item, Answer>,
    private readonly signal?: AbortSignal,
  ) {
    this.coming = options.coming;
    signal?.addEventListener('abort', this.stop, { once: true });
  }

  join(): Participant<Item, Answer> {
    let state: 'coming' | 'taking' | 'left' = 'coming';
    return {
      ask: (item) => {
        if (this.signal?.aborted) return Promise.reject(waitAborted());
        if (state === 'coming') {
          state = 'taking';
          this.coming -= 1;
          this.taking += 1;
        }
        return new Promise<Answer>((resolve, reject) => {
          this.waiting.push({ item, resolve, reject });
          this.look();
        });
      },
      leave: () => {
        if (state === 'coming') this.coming -= 1;
        else if (state === 'taking') this.taking -= 1;
        state = 'left';
        if (this.coming + this.taking === 0) this.signal?.removeEventListener('abort', this.stop);
        else this.look();
      },
    };
  }

  private look(): void {
    if (this.waiting.length === 0 || this.waiting.length < this.taking) return;
    if (this.coming > 0 && this.waitedIn !== this.round) {
      this.waitForOthers();
      return;
    }
    void this.run(this.waiting.splice(0));
  }

  /** Those that still come may be held up by somebody else's work, so nobody waits for them for long. */
  private waitForOthers(): void {
    const { round } = this;
    if (this.timedIn === round) return;
    this.timedIn = round;
    const over = (): void => {
      if (this.round !== round) return;
      this.waitedIn = round;
      this.look();
    };
    this.options.surroundings.wait(this.options.waitMs).then(over, over);
  }

  private async run(taken: readonly Waiting<Item, Answer>[]): Promise<void> {
    this.round += 1;
    try {
      const answers = await this.options.work(taken.map(({ item }) => item));
      taken.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (answer === undefined) reject(new Error('No answer came for a part of a round'));
        else if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    } catch (thrown) {
      const error = asLedgerError(thrown);
      for (const { reject } of taken) reject(error);
    }
  }
}
