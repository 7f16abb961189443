import { asLedgerError } from '../returns/failure';
import { waitAborted } from '../store/keyed-queue';
import type { Surroundings } from './retry';

export interface GathererOptions<Item, Answer> {
  /** How long the first one waits for others, in milliseconds. */
  gatherMs: number;
  /** How many may go together. */
  most: number;
  /**
   * Does the work of several at once. What it is to work on is told by `take`, to be called when its turn has come: by
   * then more may have been gathered. The answers come in the order of what was taken.
   */
  work: (take: () => readonly Item[]) => Promise<readonly (Answer | Error)[]>;
  surroundings: Pick<Surroundings, 'wait'>;
}

interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/**
 * Lets one call do for many: what is asked for within a short time, and until the call's turn has come, goes together.
 * Under a limit of calls that is what counts: the longer the queue, the more each call carries.
 */
export class Gatherer<Item, Answer> {
  private queue: Waiting<Item, Answer>[] = [];
  private underWay = 0;

  constructor(private readonly options: GathererOptions<Item, Answer>) {}

  /** Resolves with the answer for this item, or rejects with what was said of it, or of the whole call. */
  ask(item: Item, signal?: AbortSignal): Promise<Answer> {
    if (signal?.aborted) return Promise.reject(waitAborted());
    const answer = new Promise<Answer>((resolve, reject) => {
      const stop = (): void => reject(waitAborted());
      const ended = (): void => signal?.removeEventListener('abort', stop);
      signal?.addEventListener('abort', stop, { once: true });
      this.queue.push({
        item,
        resolve: (value) => {
          ended();
          resolve(value);
        },
        reject: (error) => {
          ended();
          reject(error);
        },
      });
    });
    // One run is begun for each full load and for the rest.
    if (this.queue.length > this.underWay * this.options.most) this.begin();
    return answer;
  }

  private begin(): void {
    this.underWay += 1;
    void this.run().finally(() => {
      if (this.queue.length > this.underWay * this.options.most) this.begin();
    });
  }

  private async run(): Promise<void> {
    let taken: Waiting<Item, Answer>[] = [];
    let begun = false;
    const take = (): readonly Item[] => {
      // A call that is made again, after a wait that the server asked for, carries the same as before.
      if (!begun) {
        begun = true;
        taken = this.queue.splice(0, this.options.most);
        this.underWay -= 1;
      }
      return taken.map(({ item }) => item);
    };
    try {
      if (this.options.gatherMs > 0) await this.options.surroundings.wait(this.options.gatherMs);
      const answers = await this.options.work(take);
      taken.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (answer === undefined) reject(new Error('No answer came for a part of a gathered call'));
        else if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    } catch (thrown) {
      // What failed before its turn had come, because the ERP is down for example, failed for all that had gathered.
      take();
      const error = asLedgerError(thrown);
      for (const { reject } of taken) reject(error);
    }
  }
}
