import { setTimeout as delay } from 'node:timers/promises';
import type { BatchMember } from '../../nodes/returns/batch';
import { seededRandom, type SeededRandom } from '../../nodes/sandbox/world';
import { BATCH_FAULT_POINTS, type BatchFaultPoint } from '../../nodes/store/fault-point';
import { BATCH_NODE, BATCH_STORE, BatchBooks, batchFlow, feed } from '../batch-flow';
import { unsettled, type ReturnStates } from '../returns-table';
import {
  checkBatches,
  CLOSED_UNTIL,
  planReturns,
  type BatchVerdict,
  type PlannedReturn,
  type Told,
} from './batch-plan';
import { Instance } from './instance';
import { loggedErrors, type TestReport } from './report';
import { SQLITE } from './rig';
import type { Run } from './tests';

/** The settings of the batch node under test: small batches, so that every place is come to again and again. */
const SETTINGS = {
  name: 'Crash',
  from: 'on-received',
  byBrand: true,
  byWarehouse: true,
  mostMembers: 25,
  maxAgeMinutes: 0.02,
  closedUntil: CLOSED_UNTIL,
  closedPeriod: 'park',
  membersInMessage: 20,
};

/** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
const MOST_PASSES: Readonly<Record<BatchFaultPoint, number>> = {
  'member-before-stored': 30,
  'member-stored': 30,
  'batch-sealed': 4,
  'batch-page-checked': 4,
  'batch-before-expelled': 3,
  'batch-before-closed': 4,
  'batch-in-transaction': 4,
  'batch-closed': 4,
  'batch-before-emit': 6,
  'batch-emitted': 6,
  'batch-dissolving': 2,
};

/** A place that is not come to within this time is given up, and tried again later at its first pass. */
const REACH_LIMIT_MS = 10_000;
const TRIES = 2;
const SENDERS = 4;
/** Share of the returns that are sent again although they were answered. */
const REPEAT_SHARE = 0.15;
const SHARE_BEFORE_THE_END = 0.85;
const END_LIMIT_MS = 240_000;

interface Kill {
  /** Null for a kill at random. */
  point: BatchFaultPoint | null;
  again: boolean;
}

/**
 * T7: kills Node-RED at each named place of batching while returns come in, again and again, and counts outside where each
 * unit of each return is: in one batch, sent alone after a reset, or with finance (R137).
 */
export async function batches(run: Run): Promise<TestReport[]> {
  const began = performance.now();
  const books = await BatchBooks.open();
  const instance = await Instance.create('batches');
  const test = new BatchKills(run, books, instance);
  try {
    const verdict = await test.run();
    return [test.report(verdict, (performance.now() - began) / 1000)];
  } finally {
    await instance.end();
    await books.close();
  }
}

class BatchKills {
  private readonly random: SeededRandom;
  private readonly planned: PlannedReturn[];
  private readonly reached: Record<string, number> = {};
  private readonly wanted: Record<string, number> = {};
  private readonly crashes: string[] = [];
  private kills = 0;
  /** Returns that may be sent by now, and that were begun. */
  private allowed = 0;
  private begun = 0;
  private left = 0;

  constructor(
    private readonly options: Run,
    private readonly books: BatchBooks,
    private readonly instance: Instance,
  ) {
    this.random = seededRandom(options.seed + 7);
    this.planned = planReturns(options.returns, this.random);
  }

  async run(): Promise<BatchVerdict> {
    const { instance, options } = this;
    await (await instance.start({}, [])).deploy(batchFlow(this.books.url, SETTINGS));
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
        options.tell(
          `kill ${this.kills} of ${plan.length}; ${this.begun} of ${this.planned.length} returns sent, ` +
            `${this.books.batches.size} batches told`,
        );
      }
    }
    await instance.nodeRed.stop('SIGKILL');
    await instance.start();
    this.allowed = this.planned.length;
    await sending;
    this.left = await this.comeToRest();
    return checkBatches(this.planned, await this.told());
  }

  private plan(): Kill[] {
    const { each, random: atRandom } = this.options;
    const kills: Kill[] = BATCH_FAULT_POINTS.flatMap((point) =>
      Array.from({ length: each }, () => ({ point, again: false })),
    );
    // Half as many at random as with vendors: the places that matter to a batch are named.
    const more = Array.from({ length: Math.ceil(atRandom / 2) }, () => ({ point: null, again: false }));
    return this.random.shuffle([...kills, ...more]);
  }

  /** One life. Returns whether it ended as it was meant to. */
  private async liveAndDie({ point, again }: Kill): Promise<boolean> {
    const { instance, random } = this;
    await instance.nodeRed.stop('SIGKILL');
    const pass = point === null || again ? 1 : random.between(1, MOST_PASSES[point]);
    const env: Record<string, string> = point === null ? {} : { RETURNS_LEDGER_FAULT_AT: `${point}:${pass}` };
    const nodeRed = instance.launch(env);
    const over = new AbortController();
    void nodeRed.exited().then(() => over.abort());
    const rests = (ms: number): Promise<void> =>
      delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
    const deadline = performance.now() + (point === null ? 1500 + random.between(0, 2500) : REACH_LIMIT_MS);
    while (!over.signal.aborted && performance.now() < deadline) {
      await rests(250);
      // Enough comes in for the place to be come to, and few returns are used up.
      const most = this.planned.length * (SHARE_BEFORE_THE_END + (1 - SHARE_BEFORE_THE_END) * 0.7);
      if (this.begun >= this.allowed) this.allowed = Math.min(Math.floor(most), this.allowed + 3);
      if (point === 'batch-dissolving' || (point === null && random.next() < 0.1)) void this.command('reset');
    }
    const alive = nodeRed.running;
    await nodeRed.stop('SIGKILL');
    if (nodeRed.signal !== 'SIGKILL') {
      this.crashes.push(`${point ?? 'random'}: ${nodeRed.log.slice(-2000)}`);
      return false;
    }
    return point === null ? alive : !alive;
  }

  /** Sends returns until they are answered, some of them once more. */
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
      for (const event of this.random.shuffle(events)) {
        while ((await feed(this.instance.port, { topic: event.topic, payload: event })).status !== 200)
          await delay(50);
      }
      one.acknowledged = true;
    }
  }

  private command(command: string, payload: object = {}): Promise<{ status: number; body: string }> {
    return feed(this.instance.port, { command, payload });
  }

  /** Flushes what waits and lets every delivery come to its end. Returns how many have not. */
  private async comeToRest(): Promise<number> {
    const deadline = performance.now() + END_LIMIT_MS;
    for (;;) {
      await this.command('flush');
      const open = JSON.parse((await this.command('status')).body || '{}') as { batches?: unknown[] };
      const states = await this.instance.nodeRed
        .admin<ReturnStates>(`/returns-ledger/returns-store/${BATCH_STORE}/returns?limit=1`)
        .catch(() => null);
      const left = (open.batches?.length ?? 1) + (states === null ? 1 : unsettled(states));
      if (left === 0 || performance.now() > deadline) return left;
      await delay(250);
    }
  }

  /** What the books hold; the members of large batches are read from the store, as a flow would. */
  private async told(): Promise<Told> {
    const batchesTold = await Promise.all(
      [...this.books.batches.values()].map(async (times) => {
        const [batch] = times;
        if (!batch) throw new Error('A batch was told of without a payload');
        return {
          batch,
          times,
          members: batch.membersIncluded ? batch.members : await this.membersOf(batch.id),
        };
      }),
    );
    const released = new Map(this.books.returns.map((event) => [event.id, event]));
    return {
      batches: batchesTold,
      released: [...released.values()],
      exceptions: this.books.exceptions.map(({ event, exception }) => ({ event, code: exception.code })),
    };
  }

  private async membersOf(id: string): Promise<BatchMember[]> {
    const members: BatchMember[] = [];
    for (let after = 0; ;) {
      const path = `/returns-ledger/returns-batch-aggregator/${BATCH_NODE}/batches/${id}/members?after=${after}&limit=10`;
      type Page = { members: BatchMember[]; next: number | null };
      const page = await this.instance.nodeRed.admin<Page>(path);
      members.push(...page.members);
      if (page.next === null) return members;
      after = page.next;
    }
  }

  report(verdict: BatchVerdict, seconds: number): TestReport {
    const { acknowledged, posted, parked, lost, duplicate, wrongAmount, findings } = verdict;
    const faults = [
      ...findings.slice(0, 20),
      ...this.crashes.map((crash) => `Node-RED ended by itself: ${crash}`),
    ];
    for (const [name, count] of Object.entries(this.wanted)) {
      const reached = this.reached[name] ?? 0;
      if (reached < count) faults.push(`${name}: reached ${reached} times of ${count}`);
    }
    if (this.left > 0) faults.push(`${this.left} batches or deliveries never came to their end`);
    if (acknowledged < this.planned.length) {
      faults.push(`${this.planned.length - acknowledged} returns were never acknowledged`);
    }
    return {
      test: `T7 kill -9 while batching, ${SQLITE.name}`,
      scenario: null,
      what: `${this.kills} kills`,
      seed: this.options.seed,
      sent: `${this.planned.length} returns`,
      acknowledged,
      posted,
      parked,
      lost,
      duplicate,
      wrongAmount,
      seconds,
      faults,
      notes: [
        `${verdict.batches} batches, ${verdict.sentAgain} of them sent again after a crash; ${verdict.released} returns or ` +
          'parts of returns sent alone after a reset',
        `kills that came where they were meant to: ${Object.entries(this.reached)
          .map(([name, count]) => `${name} ${count}`)
          .sort()
          .join(', ')}`,
        ...loggedErrors(this.instance.errors()),
      ],
    };
  }
}
