import { setTimeout as delay } from 'node:timers/promises';
import type { ReturnEvent } from '../../nodes/returns/event';
import { seededRandom, type SeededRandom } from '../../nodes/sandbox/world';
import type { AnyFaultPoint } from '../../nodes/store/fault-point';
import { feed } from '../batch-flow';
import { unsettled, type ReturnStates } from '../returns-table';
import type { Instance } from './instance';
import { loggedErrors, type TestReport } from './report';
import { SQLITE } from './rig';
import type { Run } from './tests';

/** A place that is not come to within this time is given up, and tried again later at its first pass. */
const REACH_LIMIT_MS = 10_000;
const TRIES = 2;
const SENDERS = 4;
/** Share of the events that are sent again although they were answered. */
const REPEAT_SHARE = 0.15;
const SHARE_BEFORE_THE_END = 0.85;

export interface Kill<Point> {
  /** Null for a kill at random. */
  point: Point | null;
  again: boolean;
}

/** A return that is sent, event by event. */
export interface Planned {
  events: readonly ReturnEvent[];
  acknowledged: boolean;
}

/** What became of all that was sent. */
export type Counted = Pick<TestReport, 'acknowledged' | 'posted' | 'parked' | 'lost' | 'duplicate'> & {
  wrongAmount?: number;
  findings: readonly string[];
};

export interface PointKillsOptions<Point extends AnyFaultPoint, One extends Planned> {
  /** The test's number and what it is, for example `T8 kill -9 at a gate`. */
  name: string;
  points: readonly Point[];
  /** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
  mostPasses: Readonly<Record<Point, number>>;
  /** Makes this test's random numbers others than those of the next. */
  salt: number;
  plan: (count: number, random: SeededRandom) => One[];
  /** The store of the flow, and how long it may take until all has come to its end. */
  storeId: string;
  endLimitMs: number;
}

/**
 * Kills Node-RED at each named place of a node while events are fed to a flow, again and again. An event is fed until it is
 * answered, some of them once more.
 */
export abstract class PointKills<Point extends AnyFaultPoint, One extends Planned> {
  protected readonly random: SeededRandom;
  protected readonly planned: One[];
  private readonly reached: Record<string, number> = {};
  private readonly wanted: Record<string, number> = {};
  private readonly crashes: string[] = [];
  private kills = 0;
  /** Returns that may be sent by now, and that were begun. */
  private allowed = 0;
  private begun = 0;
  private left = 0;

  constructor(
    private readonly run: Run,
    protected readonly instance: Instance,
    private readonly options: PointKillsOptions<Point, One>,
  ) {
    this.random = seededRandom(run.seed + options.salt);
    this.planned = options.plan(run.returns, this.random);
  }

  protected abstract flow(): unknown;
  /** How much of the node's own work is still under way. */
  protected abstract waiting(): Promise<number>;
  /** Added to the progress that is told. */
  protected progress(): string {
    return '';
  }
  /** The events of a return in the order in which they are fed. */
  protected order(events: readonly ReturnEvent[]): ReturnEvent[] {
    return [...events];
  }
  /** Called now and then while a process lives. */
  protected readonly disturb: (point: Point | null) => void = () => undefined;

  /** Carries the test out; what it has counted is told with {@link report}. */
  async carryOut(): Promise<void> {
    const { instance, run } = this;
    await (await instance.start({}, [])).deploy(this.flow());
    const sending = Promise.all(Array.from({ length: SENDERS }, () => this.send()));
    const plan = this.plan();
    const count = plan.length;
    for (const { point } of plan) this.wanted[point ?? 'random'] = (this.wanted[point ?? 'random'] ?? 0) + 1;
    for (let at = 0; at < plan.length && at < count * TRIES; at += 1) {
      const kill = plan[at];
      if (!kill) break;
      const share = this.planned.length * SHARE_BEFORE_THE_END * Math.min(1, (at + 1) / count);
      this.allowed = Math.max(this.allowed, Math.floor(share));
      if (await this.liveAndDie(kill)) {
        this.reached[kill.point ?? 'random'] = (this.reached[kill.point ?? 'random'] ?? 0) + 1;
      } else plan.push({ ...kill, again: true });
      this.kills += 1;
      if (this.kills % 10 === 0) {
        run.tell(
          `kill ${this.kills} of ${plan.length}; ${this.begun} of ${this.planned.length} returns sent${this.progress()}`,
        );
      }
    }
    await instance.nodeRed.stop('SIGKILL');
    await instance.start();
    this.allowed = this.planned.length;
    await sending;
    this.left = await this.comeToRest();
  }

  private plan(): Kill<Point>[] {
    const { each, random: atRandom } = this.run;
    const kills: Kill<Point>[] = this.options.points.flatMap((point) =>
      Array.from({ length: each }, () => ({ point, again: false })),
    );
    // Half as many at random as with vendors: the places that matter here are named.
    const more = Array.from({ length: Math.ceil(atRandom / 2) }, () => ({ point: null, again: false }));
    return this.random.shuffle([...kills, ...more]);
  }

  /** One life. Returns whether it ended as it was meant to. */
  private async liveAndDie({ point, again }: Kill<Point>): Promise<boolean> {
    const { instance, random, options } = this;
    await instance.nodeRed.stop('SIGKILL');
    const pass = point === null || again ? 1 : random.between(1, options.mostPasses[point]);
    const env: Record<string, string> = point === null ? {} : { RETURNS_LEDGER_FAULT_AT: `${point}:${pass}` };
    const nodeRed = instance.launch(env);
    const over = new AbortController();
    void nodeRed.exited().then(() => over.abort());
    const deadline = performance.now() + (point === null ? 1500 + random.between(0, 2500) : REACH_LIMIT_MS);
    while (!over.signal.aborted && performance.now() < deadline) {
      await delay(250, undefined, { signal: over.signal }).catch(() => undefined);
      // Enough comes in for the place to be come to, and few returns are used up.
      const most = this.planned.length * (SHARE_BEFORE_THE_END + (1 - SHARE_BEFORE_THE_END) * 0.7);
      if (this.begun >= this.allowed) this.allowed = Math.min(Math.floor(most), this.allowed + 3);
      this.disturb(point);
    }
    const alive = nodeRed.running;
    await nodeRed.stop('SIGKILL');
    if (nodeRed.signal !== 'SIGKILL') {
      this.crashes.push(`${point ?? 'random'}: ${nodeRed.log.slice(-2000)}`);
      return false;
    }
    return point === null ? alive : !alive;
  }

  private async send(): Promise<void> {
    for (;;) {
      while (this.begun >= this.allowed) {
        if (this.begun >= this.planned.length) return;
        await delay(25);
      }
      const one = this.planned[this.begun];
      this.begun += 1;
      if (!one) return;
      const events = [...one.events, ...one.events.filter(() => this.random.next() < REPEAT_SHARE)];
      for (const event of this.order(events)) {
        while ((await feed(this.instance.port, { topic: event.topic, payload: event })).status !== 200)
          await delay(50);
      }
      one.acknowledged = true;
    }
  }

  /** Asks the node of the flow. */
  protected command(command: string, payload: object = {}): Promise<{ status: number; body: string }> {
    return feed(this.instance.port, { command, payload });
  }

  /** Lets everything come to its end. Returns how much has not. */
  private async comeToRest(): Promise<number> {
    const deadline = performance.now() + this.options.endLimitMs;
    for (;;) {
      const own = await this.waiting();
      const states = await this.instance.nodeRed
        .admin<ReturnStates>(`/returns-ledger/returns-store/${this.options.storeId}/returns?limit=1`)
        .catch(() => null);
      const left = own + (states === null ? 1 : unsettled(states));
      if (left === 0 || performance.now() > deadline) return left;
      await delay(250);
    }
  }

  report(counted: Counted, notes: readonly string[], seconds: number): TestReport {
    const { findings, wrongAmount = 0, ...counts } = counted;
    const faults = [
      ...findings.slice(0, 20),
      ...this.crashes.map((crash) => `Node-RED ended by itself: ${crash}`),
    ];
    for (const [name, count] of Object.entries(this.wanted)) {
      const reached = this.reached[name] ?? 0;
      if (reached < count) faults.push(`${name}: reached ${reached} times of ${count}`);
    }
    if (this.left > 0) faults.push(`${this.left} returns, batches or deliveries never came to their end`);
    if (counts.acknowledged < this.planned.length) {
      faults.push(`${this.planned.length - counts.acknowledged} returns were never acknowledged`);
    }
    return {
      test: `${this.options.name}, ${SQLITE.name}`,
      scenario: null,
      what: `${this.kills} kills`,
      seed: this.run.seed,
      sent: `${this.planned.length} returns`,
      ...counts,
      wrongAmount,
      seconds,
      faults,
      notes: [
        ...notes,
        `kills that came where they were meant to: ${Object.entries(this.reached)
          .map(([name, count]) => `${name} ${count}`)
          .sort()
          .join(', ')}`,
        ...loggedErrors(this.instance.errors()),
      ],
    };
  }
}
