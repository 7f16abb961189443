import { setImmediate as turn } from 'node:timers/promises';
import type { Surroundings } from '../../nodes/runtime/retry';
import { seededRandom } from '../../nodes/sandbox/world';
import type { ReturnsStore } from '../../nodes/store/store';

/** Turns of the event loop in which nothing stirs, after which everybody waits for the clock. */
const QUIET_TURNS = 3;

interface Alarm {
  at: number;
  ring: () => void;
}

/**
 * A clock that goes on to the next thing that is waited for as soon as nobody is at work: hours of waiting pass in
 * seconds, in the order in which they would pass. Work on a store counts where the store is one of `watching`.
 */
export class SimulatedClock implements Surroundings {
  readonly clock = { now: (): number => this.now };
  private readonly alarms: Alarm[] = [];
  private readonly drawn = seededRandom(17);
  private atStore = 0;
  private stirred = 0;

  constructor(public now: number) {}

  readonly elapsed = (): number => this.now;
  readonly random = (): number => this.drawn.next();

  readonly wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      this.stirred += 1;
      this.add({ at: this.now + Math.max(0, milliseconds), ring: resolve });
    });

  /** The store, whose work under way keeps the clock from going on. */
  watching(store: ReturnsStore): ReturnsStore {
    const kept = new Map<PropertyKey, unknown>();
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (!kept.has(name)) kept.set(name, this.counted(target, member as AnyFunction, name));
        return kept.get(name);
      },
    });
  }

  /** Lets time pass until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { over: false };
    const end = (): void => {
      state.over = true;
    };
    work.then(end, end);
    for (;;) {
      await this.quiet();
      if (state.over) return work;
      this.goOn();
    }
  }

  private counted(target: ReturnsStore, member: AnyFunction, name: PropertyKey): AnyFunction {
    // Who holds a lock may be waiting for the clock.
    if (name === 'exclusive') return member.bind(target);
    return (...given: unknown[]) => {
      const answer = member.apply(target, given);
      if (!(answer instanceof Promise)) return answer;
      this.atStore += 1;
      const done = (): void => {
        this.atStore -= 1;
        this.stirred += 1;
      };
      answer.then(done, done);
      return answer;
    };
  }

  private async quiet(): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS;) {
      const before = this.stirred;
      await turn();
      turns = this.stirred === before && this.atStore === 0 ? turns + 1 : 0;
    }
  }

  private goOn(): void {
    const next = this.alarms[0];
    if (!next) throw new Error('Everybody waits, and nobody for the clock');
    this.now = Math.max(this.now, next.at);
    while (this.alarms[0] && this.alarms[0].at <= this.now) this.take().ring();
  }

  /** A heap: the first one is the next to ring; of one time, in the order in which they came. */
  private add(alarm: Alarm): void {
    const { alarms } = this;
    let at = alarms.push(alarm) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((alarms[above] as Alarm).at <= alarm.at) break;
      alarms[at] = alarms[above] as Alarm;
      at = above;
    }
    alarms[at] = alarm;
  }

  private take(): Alarm {
    const { alarms } = this;
    const [first] = alarms as [Alarm];
    const last = alarms.pop() as Alarm;
    if (alarms.length > 0) this.sink(last);
    return first;
  }

  private sink(alarm: Alarm): void {
    const { alarms } = this;
    const time = (at: number): number => alarms[at]?.at ?? Number.POSITIVE_INFINITY;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const least = time(left + 1) < time(left) ? left + 1 : left;
      if (time(least) >= alarm.at) break;
      alarms[at] = alarms[least] as Alarm;
      at = least;
    }
    alarms[at] = alarm;
  }
}

type AnyFunction = (...given: unknown[]) => unknown;
