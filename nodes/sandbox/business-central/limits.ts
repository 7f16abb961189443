import type { BusinessCentralDials } from './simulator-types';

const WINDOW_MS = 300_000;
/** The longest a call waits in the queue, and the longest it is worked on (B3). */
export const EIGHT_MINUTES_MS = 480_000;

export type Admission =
  { kind: 'in' } | { kind: 'too-many'; actual: number; maximum: number } | { kind: 'queue-timeout' };

interface Waiting {
  since: number;
  resolve: (admission: Admission) => void;
}

/**
 * The limits of one app (B3): calls in a sliding window of five minutes, so many worked on at a time, so many more
 * waiting in their order. Refused calls do not count [U].
 */
export class Limits {
  private taken: number[] = [];
  private active = 0;
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly dials: BusinessCentralDials,
    private readonly now: () => number,
  ) {}

  /** Lets a call in, at once or when its turn comes. Who is in must leave. */
  enter(): Promise<Admission> {
    const { dials } = this;
    if (dials.limitsOff) return this.admit();
    const now = this.now();
    const old = this.taken.findIndex((at) => at > now - WINDOW_MS);
    this.taken = old < 0 ? [] : old === 0 ? this.taken : this.taken.slice(old);
    if (this.taken.length >= dials.callsPerWindow) {
      return refused(this.taken.length + 1, dials.callsPerWindow);
    }
    if (this.active >= dials.concurrentCalls && this.waiting.length >= dials.queuedCalls) {
      const maximum = dials.concurrentCalls + dials.queuedCalls;
      return refused(this.active + this.waiting.length + 1, maximum);
    }
    this.taken.push(now);
    if (this.active < dials.concurrentCalls) return this.admit();
    return new Promise((resolve) => this.waiting.push({ since: now, resolve }));
  }

  leave(): void {
    this.active -= 1;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      if (this.now() - next.since > EIGHT_MINUTES_MS) {
        next.resolve({ kind: 'queue-timeout' });
        continue;
      }
      this.active += 1;
      next.resolve({ kind: 'in' });
      return;
    }
  }

  private admit(): Promise<Admission> {
    this.active += 1;
    return Promise.resolve({ kind: 'in' });
  }
}

function refused(actual: number, maximum: number): Promise<Admission> {
  return Promise.resolve({ kind: 'too-many', actual, maximum });
}
