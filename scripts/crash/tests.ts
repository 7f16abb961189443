import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { D365_FAULT_POINTS } from '../../nodes/store/fault-point';
import { PostgresServer } from '../postgres-server';
import { batches } from './batches';
import { atTheEnd } from './cleanup';
import type { Extent } from './extent';
import { divided } from './divided';
import { gate } from './gate';
import { killAgainAndAgain, type Kills, type KillsOptions } from './kills';
import { redeployAgainAndAgain } from './redeploys';
import { fromVerdict, loggedErrors, type TestReport } from './report';
import { SQLITE } from './rig';
import { LIFECYCLES } from './scenarios';
import { runSeed } from './seeds';
import { tornWrites } from './torn-writes';

export interface Run extends Extent {
  seed: number;
  /** Pairs of vendors, by name. */
  scenarios: readonly string[];
  tell: (line: string) => void;
}

/** Which store the instances use, how many they are, and how many of them are killed. */
type Setting = Pick<KillsOptions, 'store' | 'instances' | 'victims' | 'only'>;

/** Tests by name. A test of another store or of more instances is one more line. */
export const TESTS: Readonly<Record<string, (run: Run) => Promise<TestReport[]>>> = {
  t1: (run) => kills(run, `T1 kill -9, ${SQLITE.name}`, { store: SQLITE, instances: 1, victims: 1 }),
  postgres: killsOnPostgres,
  t2: cuts,
  t3: seeds,
  t6: redeploys,
  t7: batches,
  t8: gate,
  t9: divided,
  t10: lifecycle,
};

/** Two instances share the work on a server of our own; one of them is killed, the other one lives. */
async function killsOnPostgres(run: Run): Promise<TestReport[]> {
  const server = await PostgresServer.start();
  atTheEnd(() => void server.stop());
  const { host, port, database, user, password } = server;
  const config = { driver: 'postgres', host, port, database, user, tls: 'off', schema: 'crash' };
  const store = { name: 'PostgreSQL', config, credentials: { password } };
  const smaller = {
    ...run,
    returns: run.returnsOnPostgres,
    each: run.eachOnPostgres,
    random: run.randomOnPostgres,
  };
  try {
    const test = 'T1 kill -9 of one of two, PostgreSQL';
    return await kills(smaller, test, { store, instances: 2, victims: 1 });
  } finally {
    await server.stop();
  }
}

/** The whole way of a return into Dynamics 365: every variant in one Node-RED, unless some of them are named. */
async function lifecycle(run: Run): Promise<TestReport[]> {
  const named = run.scenarios.filter((name) => LIFECYCLES.includes(name));
  const extent = {
    ...run,
    scenarios: named.length > 0 ? named : LIFECYCLES,
    returns: run.returnsOfLifecycle,
    each: run.eachOfLifecycle,
    random: run.randomOfLifecycle,
  };
  return kills(extent, `T10 kill -9 on the whole way into Dynamics 365, ${SQLITE.name}`, {
    store: SQLITE,
    instances: 1,
    victims: 1,
    ...(run.lifecycleOnly ? { only: D365_FAULT_POINTS } : {}),
  });
}

async function kills(run: Run, test: string, setting: Setting): Promise<TestReport[]> {
  const { scenarios, returns, seed, each, random, tell } = run;
  const result = await killAgainAndAgain({ scenarios, returns, seed, each, random, tell, ...setting });
  return reportsOf(result, {
    test,
    what: `${result.kills} kills`,
    seed,
    faults: faultsOfKills(result),
    notes: [
      `kills that came where they were meant to: ${reachedText(result)}; ${result.missed} came elsewhere`,
    ],
  });
}

/** A line for each pair of vendors; what is to be said of the run as a whole stands with the first of them. */
function reportsOf(
  run: Pick<Kills, 'verdicts' | 'posts' | 'answered' | 'errors' | 'seconds'>,
  about: Pick<TestReport, 'test' | 'what' | 'seed' | 'faults' | 'notes'>,
): TestReport[] {
  const together = run.verdicts.length > 1 ? ', for all pairs together' : '';
  const all = [
    `${run.posts} webhooks, ${run.answered} answers with 2xx, repeats included${together}`,
    ...about.notes,
    ...loggedErrors(run.errors),
  ];
  return run.verdicts.map(({ scenario, verdict, conditions }, index): TestReport => {
    const figures = fromVerdict(verdict);
    return {
      ...about,
      scenario,
      sent: `${verdict.returns} returns`,
      ...figures,
      seconds: run.seconds,
      faults: [...figures.faults, ...(index === 0 ? about.faults : [])],
      notes: [...conditions, ...(index === 0 ? all : [])],
    };
  });
}

function faultsOfKills(result: Kills): string[] {
  const faults = result.crashes.map((crash) => `Node-RED ended by itself: ${crash}`);
  for (const [name, planned] of Object.entries(result.planned)) {
    const reached = result.reached[name] ?? 0;
    if (reached < planned) faults.push(`${name}: reached ${reached} times of ${planned}`);
  }
  return [...faults, ...unsettledFault(result.unsettled)];
}

function unsettledFault(unsettled: number): string[] {
  return unsettled === 0 ? [] : [`${unsettled} deliveries never came to their end`];
}

function reachedText({ planned, reached }: Kills): string {
  return Object.keys(planned)
    .sort()
    .map((name) => `${name} ${reached[name] ?? 0}`)
    .join(', ');
}

async function cuts({ cuts: count, seed, tell }: Run): Promise<TestReport[]> {
  const folder = mkdtempSync(join(tmpdir(), 'returns-crash-cuts-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  atTheEnd(remove);
  let done = 0;
  const result = await tornWrites({
    cuts: count,
    seed,
    folder,
    tell: (line) => {
      done += 1;
      if (done % 10 === 0 || line.includes('refused: ')) tell(line);
    },
  });
  remove();
  const unsound = result.cuts - result.recovered - result.refused;
  return [
    {
      test: 'T2 power cut, SQLite',
      scenario: null,
      what: `${result.cuts} cuts`,
      seed,
      sent: 'events until each cut',
      acknowledged: result.acknowledged,
      posted: null,
      parked: {},
      lost: result.lost,
      duplicate: result.repeated,
      wrongAmount: 0,
      seconds: result.seconds,
      faults: unsound === 0 ? [] : [`${unsound} stores were not sound after a cut`],
      notes: [`${result.torn} logs torn, ${result.recovered} stores recovered, ${result.refused} refused`],
    },
  ];
}

async function seeds(run: Run): Promise<TestReport[]> {
  const reports: TestReport[] = [];
  for (const scenario of run.scenarios) reports.push(await seedsOf(scenario, run));
  return reports;
}

async function seedsOf(
  scenario: string,
  { seeds: count, returnsOfSeed, seed, tell }: Run,
): Promise<TestReport> {
  const began = performance.now();
  const report: TestReport = {
    test: 'T3 faults on a simulated clock',
    scenario,
    what: `${count} seeds`,
    seed,
    sent: '',
    acknowledged: 0,
    posted: 0,
    parked: {},
    lost: 0,
    duplicate: 0,
    wrongAmount: 0,
    seconds: 0,
    faults: [],
    notes: [],
  };
  let sent = 0;
  for (let at = 0; at < count; at += 1) {
    const verdict = await runSeed({ scenario, seed: seed + at, returns: returnsOfSeed });
    const one = fromVerdict(verdict);
    sent += verdict.returns;
    report.acknowledged += one.acknowledged;
    report.posted = (report.posted ?? 0) + (one.posted ?? 0);
    report.lost += one.lost;
    report.duplicate += one.duplicate;
    report.wrongAmount += one.wrongAmount;
    for (const [code, parked] of Object.entries(one.parked)) {
      report.parked[code] = (report.parked[code] ?? 0) + parked;
    }
    report.faults.push(...one.faults.map((fault) => `seed ${seed + at}: ${fault}`));
    if ((at + 1) % 5 === 0) tell(`${scenario}, seed ${at + 1} of ${count}`);
  }
  report.sent = `${sent} returns`;
  report.seconds = (performance.now() - began) / 1000;
  return report;
}

async function redeploys(run: Run): Promise<TestReport[]> {
  const { scenarios, redeploys: count, warmUp, returnsOfRedeploys: returns, seed, tell } = run;
  const result = await redeployAgainAndAgain({
    scenarios,
    redeploys: count,
    warmUp,
    returns,
    seed,
    store: SQLITE,
    tell,
  });
  return reportsOf(result, {
    test: `T6 redeploys under load, ${SQLITE.name}`,
    what: `${result.redeploys} deploys`,
    seed,
    faults: [...result.leaks.map((leak) => `leak: ${leak}`), ...unsettledFault(result.unsettled)],
    notes: [
      result.leaks.length === 0 ? 'no listener, hook, timer or handle more than after the warm-up' : 'leaks',
    ],
  });
}
