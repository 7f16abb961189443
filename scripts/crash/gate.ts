import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom, type SeededRandom } from '../../nodes/sandbox/world';
import { GATE_FAULT_POINTS, type GateFaultPoint } from '../../nodes/store/fault-point';
import { feed } from '../batch-flow';
import { CREDIT_NODE, GATE_STORE, GateBooks, gateFlow } from '../gate-flow';
import { unsettled, type ReturnStates } from '../returns-table';
import { checkGate, planCases, type GateVerdict, type PlannedCase } from './gate-plan';
import { Instance } from './instance';
import { loggedErrors, type TestReport } from './report';
import { SQLITE } from './rig';
import type { Run } from './tests';

/** Waits are short, so that limits pass while the returns come in. */
const SECONDS = 1 / 86_400;
const SETTINGS = {
  name: 'Crash',
  confirm: true,
  handoverDays: 20 * SECONDS,
  arrivalDays: 20 * SECONDS,
  inspectionDays: 4 * SECONDS,
  creditHours: 1,
};

/** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
const MOST_PASSES: Readonly<Record<GateFaultPoint, number>> = {
  'gate-before-stored': 30,
  'gate-in-transaction': 30,
  'gate-stored': 30,
  'gate-before-review': 3,
  'gate-reviewed': 3,
  'gate-before-emit': 8,
  'gate-emitted': 8,
};

/** A place that is not come to within this time is given up, and tried again later at its first pass. */
const REACH_LIMIT_MS = 10_000;
const TRIES = 2;
const SENDERS = 4;
/** Share of the events that are sent again although they were answered. */
const REPEAT_SHARE = 0.15;
const SHARE_BEFORE_THE_END = 0.85;
const END_LIMIT_MS = 120_000;

interface Kill {
  /** Null for a kill at random. */
  point: GateFaultPoint | null;
  again: boolean;
}

/**
 * T8: kills Node-RED at each named place of a gate while events come in, in any order, again and again, and counts outside
 * what came out: each accepted return once, its refund confirmed once and after it, each rejected one at its own output, and
 * each that waits for too long with its owner, once.
 */
export async function gate(run: Run): Promise<TestReport[]> {
  const began = performance.now();
  const books = await GateBooks.open();
  const instance = await Instance.create('gate');
  mkdirSync(join(instance.userDir, 'nodes'), { recursive: true });
  for (const [name, text] of Object.entries(CREDIT_NODE)) {
    writeFileSync(join(instance.userDir, 'nodes', name), text);
  }
  const test = new GateKills(run, books, instance);
  try {
    const verdict = await test.run();
    return [test.report(verdict, (performance.now() - began) / 1000)];
  } finally {
    await instance.end();
    await books.close();
  }
}

class GateKills {
  private readonly random: SeededRandom;
  private readonly planned: PlannedCase[];
  private readonly reached: Record<string, number> = {};
  private readonly wanted: Record<string, number> = {};
  private readonly crashes: string[] = [];
  private kills = 0;
  private allowed = 0;
  private begun = 0;
  private left = 0;

  constructor(
    private readonly options: Run,
    private readonly books: GateBooks,
    private readonly instance: Instance,
  ) {
    this.random = seededRandom(options.seed + 8);
    this.planned = planCases(options.returns, this.random);
  }

  async run(): Promise<GateVerdict> {
    const { instance, options } = this;
    await (await instance.start({}, [])).deploy(gateFlow(this.books.url, SETTINGS));
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
          `kill ${this.kills} of ${plan.length}; ${this.begun} of ${this.planned.length} returns sent`,
        );
      }
    }
    await instance.nodeRed.stop('SIGKILL');
    await instance.start();
    this.allowed = this.planned.length;
    await sending;
    this.left = await this.comeToRest();
    return checkGate(this.planned, this.books.told);
  }

  private plan(): Kill[] {
    const { each, random: atRandom } = this.options;
    const kills: Kill[] = GATE_FAULT_POINTS.flatMap((point) =>
      Array.from({ length: each }, () => ({ point, again: false })),
    );
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
    const deadline = performance.now() + (point === null ? 1500 + random.between(0, 2500) : REACH_LIMIT_MS);
    while (!over.signal.aborted && performance.now() < deadline) {
      await delay(250, undefined, { signal: over.signal }).catch(() => undefined);
      // Enough comes in for the place to be come to, and few returns are used up.
      const most = this.planned.length * (SHARE_BEFORE_THE_END + (1 - SHARE_BEFORE_THE_END) * 0.7);
      if (this.begun >= this.allowed) this.allowed = Math.min(Math.floor(most), this.allowed + 3);
    }
    const alive = nodeRed.running;
    await nodeRed.stop('SIGKILL');
    if (nodeRed.signal !== 'SIGKILL') {
      this.crashes.push(`${point ?? 'random'}: ${nodeRed.log.slice(-2000)}`);
      return false;
    }
    return point === null ? alive : !alive;
  }

  /** Sends events until they are answered, some of them once more. */
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
      for (const event of events) {
        while ((await feed(this.instance.port, { topic: event.topic, payload: event })).status !== 200)
          await delay(50);
      }
      one.acknowledged = true;
    }
  }

  /** Lets every limit pass and every delivery come to its end. Returns how much has not. */
  private async comeToRest(): Promise<number> {
    const deadline = performance.now() + END_LIMIT_MS;
    for (;;) {
      const { body } = await feed(this.instance.port, { command: 'status', payload: {} });
      const counts = JSON.parse(body || '{}') as { held?: number; released?: number; overLimit?: number };
      const states = await this.instance.nodeRed
        .admin<ReturnStates>(`/returns-ledger/returns-store/${GATE_STORE}/returns?limit=1`)
        .catch(() => null);
      const waiting = (counts.held ?? 1) + (counts.released ?? 0) - (counts.overLimit ?? 0);
      const left = waiting + (states === null ? 1 : unsettled(states));
      if (left === 0 || performance.now() > deadline) return left;
      await delay(250);
    }
  }

  report(verdict: GateVerdict, seconds: number): TestReport {
    const { acknowledged, posted, parked, lost, duplicate, findings, sentAgain } = verdict;
    const faults = [
      ...findings.slice(0, 20),
      ...this.crashes.map((crash) => `Node-RED ended by itself: ${crash}`),
    ];
    for (const [name, count] of Object.entries(this.wanted)) {
      const reached = this.reached[name] ?? 0;
      if (reached < count) faults.push(`${name}: reached ${reached} times of ${count}`);
    }
    if (this.left > 0) faults.push(`${this.left} returns or deliveries never came to their end`);
    if (acknowledged < this.planned.length) {
      faults.push(`${this.planned.length - acknowledged} returns were never acknowledged`);
    }
    return {
      test: `T8 kill -9 at a gate, ${SQLITE.name}`,
      scenario: null,
      what: `${this.kills} kills`,
      seed: this.options.seed,
      sent: `${this.planned.length} returns`,
      acknowledged,
      posted,
      parked,
      lost,
      duplicate,
      wrongAmount: 0,
      seconds,
      faults,
      notes: [
        `${sentAgain} deliveries told again after a crash`,
        `kills that came where they were meant to: ${Object.entries(this.reached)
          .map(([name, count]) => `${name} ${count}`)
          .sort()
          .join(', ')}`,
        ...loggedErrors(this.instance.errors()),
      ],
    };
  }
}
