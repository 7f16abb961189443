import { setTimeout as delay } from 'node:timers/promises';
import type { NodeRedProcess } from '../node-red-process';
import { FAULT_POINTS, type AnyFaultPoint } from '../../nodes/store/fault-point';
import type { Instance } from './instance';
import { drawMoment, nameOf, planKills, type Kill, type KillPlan, type Moment } from './kill-plan';
import { Rig, type RigOptions, type ScenarioVerdict } from './rig';

export interface KillsOptions extends RigOptions, KillPlan {
  /** How many of the instances are killed; the others live on. */
  victims: number;
  /** Kills from inside at these points alone, and none during redeploys; without, at all that are come to. */
  only?: readonly AnyFaultPoint[];
  tell: (line: string) => void;
}

export interface Kills {
  /** By what they were counted under; what was not reached in time is not in here. */
  reached: Record<string, number>;
  planned: Record<string, number>;
  kills: number;
  /** Lives whose point was not reached in time; killed all the same. */
  missed: number;
  /** Processes that ended by themselves: each is a bug. */
  crashes: string[];
  posts: number;
  answered: number;
  unsettled: number;
  errors: Map<string, number>;
  verdicts: ScenarioVerdict[];
  seconds: number;
}

/** A point that is not reached within this time is given up, and tried again later. */
const REACH_LIMIT_MS = 10_000;
/** There are so many lives at most for each kill that was planned. */
const TRIES = 2;
const WATCH_MS = 250;
const RETURNS_A_SECOND = 60;
/** While the kills are behind the returns: enough work for every point, and few returns used up. */
const SLOW_RETURNS_A_SECOND = 6;
const SHARE_BEFORE_THE_END = 0.85;

/**
 * T1: kills Node-RED again and again while returns come in, at named points, from the ERP's side, in the middle of
 * deploys and at random, lets everything come to its end, and compares what was acknowledged with what the ERP holds.
 */
export async function killAgainAndAgain(options: KillsOptions): Promise<Kills> {
  const began = performance.now();
  const rig = await Rig.create(options);
  const run = new KillRun(rig, options);
  try {
    return { ...(await run.run()), seconds: (performance.now() - began) / 1000 };
  } finally {
    await rig.end();
  }
}

class KillRun {
  private readonly reached: Record<string, number> = {};
  private readonly planned: Record<string, number> = {};
  private readonly crashes: string[] = [];
  private kills = 0;
  /** Deliveries that were open when it was last asked. */
  private open = 0;
  private missed = 0;
  /** The share of the plan that is done when the life of now is over; more than 1 while kills are tried again. */
  private done = 0;
  private toldAt = 0;

  constructor(
    private readonly rig: Rig,
    private readonly options: KillsOptions,
  ) {}

  async run(): Promise<Omit<Kills, 'seconds'>> {
    const { rig } = this;
    const shared = FAULT_POINTS.filter((point) =>
      rig.scenarios.some(({ unreachable }) => !unreachable.includes(point)),
    );
    const own = new Set(rig.scenarios.flatMap(({ ownPoints = [] }) => ownPoints));
    const points = [...shared, ...own];
    const { only } = this.options;
    const plan = planKills(this.options, rig.random, {
      points: only ? points.filter((point) => only.includes(point)) : points,
      everywhere: !only,
      halfDone: rig.scenarios.some(({ writesTogether }) => writesTogether),
    });
    const planned = plan.length;
    for (const kill of plan) this.planned[nameOf(kill)] = (this.planned[nameOf(kill)] ?? 0) + 1;
    const victims = rig.instances.slice(0, this.options.victims);
    for (let at = 0; at < plan.length && at < planned * TRIES; at += 1) {
      const kill = plan[at];
      const victim = victims[at % victims.length];
      if (!kill || !victim) break;
      this.done = (at + 1) / planned;
      this.pace();
      if (await this.liveAndDie(victim, kill)) {
        this.reached[nameOf(kill)] = (this.reached[nameOf(kill)] ?? 0) + 1;
      } else {
        this.missed += 1;
        plan.push({ ...kill, again: true });
      }
      this.kills += 1;
      this.tell(`kill ${this.kills} of ${plan.length}, ${nameOf(kill)}`);
    }
    for (const victim of victims) await victim.start();
    this.done = 2;
    rig.load.rate = RETURNS_A_SECOND * 2;
    await rig.load.done;
    const unsettled = await rig.comeToRest((left) => this.tell(`${left} deliveries to come to their end`));
    return {
      reached: this.reached,
      planned: this.planned,
      kills: this.kills,
      missed: this.missed,
      crashes: this.crashes,
      posts: rig.load.posts,
      answered: rig.load.acknowledged,
      unsettled,
      errors: rig.errors(),
      verdicts: await rig.verdicts(),
    };
  }

  /**
   * The returns keep step with the kills: each life gets its share of them soon, and a few more for as long as it lasts.
   * Some are kept for the end, when kills are tried again.
   */
  private pace(): void {
    const { done } = this;
    const { load } = this.rig;
    const due = load.total * Math.min(1, done) * SHARE_BEFORE_THE_END;
    const most = done > 1 ? load.total : due + load.total * (1 - SHARE_BEFORE_THE_END) * 0.7;
    if (load.returns < due) load.rate = RETURNS_A_SECOND;
    else load.rate = load.returns < most ? Math.min(SLOW_RETURNS_A_SECOND, load.total / 100) : 0;
  }

  /** One life. Returns whether it ended as it was meant to. */
  private async liveAndDie(instance: Instance, kill: Kill): Promise<boolean> {
    await instance.nodeRed.stop('SIGKILL');
    const { random, scenarios } = this.rig;
    const fitting = kill.kind === 'half-done' ? scenarios.filter((one) => one.writesTogether) : scenarios;
    const { erp, writes } = random.pick(fitting);
    const mostOpen = scenarios.find((one) => one.mostOpen !== undefined)?.mostOpen;
    const moment = drawMoment(kill, this.open, random, { writes, pairs: scenarios.length, mostOpen });
    const env: Record<string, string> =
      kill.kind === 'point' ? { RETURNS_LEDGER_FAULT_AT: `${kill.point}:${moment.pass}` } : {};
    const nodeRed = instance.launch(env);
    const over = new AbortController();
    void nodeRed.exited().then(() => over.abort());
    void this.watch(instance, over.signal);
    const rests = (ms: number): Promise<void> => delay(ms, undefined, { signal: over.signal }).catch(ignore);
    let killedByUs = false;
    const die = (): void => {
      killedByUs = true;
      void nodeRed.stop('SIGKILL');
    };
    switch (kill.kind) {
      case 'point':
        await this.stimulate(instance, nodeRed, moment, rests, over.signal);
        break;
      case 'during-call':
      case 'committed-before-reply':
      case 'half-done':
        erp.trap = { when: kill.kind, instance: instance.name, after: moment.writes, kill: die };
        await rests(REACH_LIMIT_MS);
        erp.trap = null;
        break;
      case 'during-redeploy':
        await nodeRed.waitForLog(/Started flows/, REACH_LIMIT_MS).catch(ignore);
        await rests(moment.afterMs);
        void nodeRed.deploy(this.rig.flows(instance, false)).catch(ignore);
        await rests(random.between(0, 400));
        break;
      case 'random':
        // A start may take longer than such a life where the machine is busy; half of the lives get to work for certain.
        if (random.next() < 0.5) await nodeRed.waitForLog(/Started flows/, REACH_LIMIT_MS).catch(ignore);
        await rests(moment.afterMs);
        break;
    }
    const hard = nodeRed.running && !killedByUs;
    await nodeRed.stop('SIGKILL');
    if (nodeRed.signal !== 'SIGKILL') {
      this.crashes.push(`${nameOf(kill)}: ${nodeRed.log.slice(-2000)}`);
      return false;
    }
    return kill.kind === 'random' || kill.kind === 'during-redeploy' ? hard : !hard;
  }

  /** Does what brings the process to its point, until it has died or its time is over. */
  private async stimulate(
    instance: Instance,
    nodeRed: NodeRedProcess,
    { stimulus }: Moment,
    rests: (ms: number) => Promise<void>,
    over: AbortSignal,
  ): Promise<void> {
    const deadline = performance.now() + REACH_LIMIT_MS;
    const late = (): boolean => over.aborted || performance.now() > deadline;
    if (stimulus === null) {
      await rests(REACH_LIMIT_MS);
      return;
    }
    if (stimulus === 'outage') {
      const kind = this.rig.random.pick(['unavailable', 'throttled'] as const);
      for (const { erp } of this.rig.scenarios) erp.outage = { kind };
      await rests(REACH_LIMIT_MS);
      for (const { erp } of this.rig.scenarios) erp.outage = null;
      return;
    }
    await nodeRed.waitForLog(/Started flows/, REACH_LIMIT_MS).catch(ignore);
    if (stimulus === 'deploy') await rests(this.rig.random.between(0, 1000));
    while (!late()) {
      if (stimulus === 'resume') await this.rig.resume(instance);
      else if (stimulus === 'prune') await this.rig.prune(instance);
      else void nodeRed.deploy(this.rig.flows(instance, false)).catch(ignore);
      await rests(stimulus === 'deploy' ? REACH_LIMIT_MS : 300);
    }
  }

  /** Asks now and then how much is open, for as long as the life lasts, and keeps the load in step. */
  private async watch(instance: Instance, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await delay(WATCH_MS, undefined, { signal: over }).catch(ignore);
      this.pace();
      this.open = await this.rig.unsettled(instance).catch(() => this.open);
    }
  }

  private tell(what: string): void {
    const now = performance.now();
    if (now - this.toldAt < 3000) return;
    this.toldAt = now;
    const { load } = this.rig;
    this.options.tell(
      `${what}; ${load.returns} of ${load.total} returns sent, ${load.unanswered} webhooks without an answer, ` +
        `${this.open} deliveries open`,
    );
  }
}

function ignore(): void {
  // The process has died, as it was meant to.
}
