import { setImmediate as turn } from 'node:timers/promises';
import type { Surroundings } from '../../nodes/runtime/retry';
import type { SeededRandom } from '../../nodes/sandbox/world';
import { waitAborted } from '../../nodes/store/keyed-queue';

interface Sleeper {
  due: number;
  wake: () => void;
}

/** Turns of the event loop without a change, after which everybody is taken to be waiting. */
const QUIET_TURNS = 8;

/** Time that jumps to the next moment at which somebody wakes, as soon as everybody waits. */
export class SimulatedClock implements Surroundings {
  private time: number;
  private readonly sleepers = new Set<Sleeper>();

  constructor(
    private readonly draws: SeededRandom,
    start = Date.parse('2026-02-20T10:00:00Z'),
  ) {
    this.time = start;
  }

  readonly clock = { now: (): number => this.time };
  readonly elapsed = (): number => this.time;
  readonly random = (): number => this.draws.next();

  readonly wait = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(waitAborted());
        return;
      }
      const sleeper: Sleeper = {
        due: this.time + Math.max(0, milliseconds),
        wake: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      const stop = (): void => {
        this.sleepers.delete(sleeper);
        reject(waitAborted());
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.sleepers.add(sleeper);
    });

  /** Lets time pass until the work is done. Throws where it is not done and nobody waits for anything. */
  async run<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const watched = work.finally(() => (over = true));
    // It is awaited below; until then a failure is nobody's.
    watched.catch(() => undefined);
    for (;;) {
      for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) await turn();
      // The compiler does not see that it changes while others run.
      if (over as boolean) return watched;
      const next = [...this.sleepers].reduce<Sleeper | null>(
        (first, sleeper) => (first === null || sleeper.due < first.due ? sleeper : first),
        null,
      );
      if (next === null) throw new Error('The work is not done, and nothing will happen any more');
      this.sleepers.delete(next);
      this.time = Math.max(this.time, next.due);
      next.wake();
    }
  }
}
