import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasPostgres, PostgresServer } from '../postgres-server';
import { atTheEnd } from './cleanup';
import { killAgainAndAgain, type Kills, type KillsOptions } from './kills';
import { redeployAgainAndAgain } from './redeploys';
import { finalTable, fromVerdict, loggedErrors, passed, type TestReport } from './report';
import { SQLITE } from './rig';
import { runSeed } from './seeds';
import { tornWrites } from './torn-writes';

/** How much of each test is done. */
interface Extent {
  returns: number;
  /** Kills for each named point, and at random. */
  each: number;
  random: number;
  cuts: number;
  seeds: number;
  returnsOfSeed: number;
  redeploys: number;
  warmUp: number;
  returnsOfRedeploys: number;
  /** The smaller run on PostgreSQL: two instances, one of which is killed. */
  returnsOnPostgres: number;
  eachOnPostgres: number;
  randomOnPostgres: number;
}

const FULL: Extent = {
  returns: 10_000,
  each: 10,
  random: 80,
  cuts: 100,
  seeds: 50,
  returnsOfSeed: 200,
  redeploys: 100,
  warmUp: 10,
  returnsOfRedeploys: 2000,
  returnsOnPostgres: 2000,
  eachOnPostgres: 2,
  randomOnPostgres: 10,
};

const SHORT: Extent = {
  returns: 1000,
  each: 1,
  random: 10,
  cuts: 15,
  seeds: 5,
  returnsOfSeed: 200,
  redeploys: 12,
  warmUp: 3,
  returnsOfRedeploys: 300,
  returnsOnPostgres: 200,
  eachOnPostgres: 0,
  randomOnPostgres: 6,
};

const SEED = 1;

interface Run extends Extent {
  seed: number;
  tell: (line: string) => void;
}

/** Which store the instances use, how many they are, and how many of them are killed. */
type Setting = Pick<KillsOptions, 'store' | 'instances' | 'victims'>;

/** Tests by name. A test of another store or of more instances is one more line. */
const TESTS: Readonly<Record<string, (run: Run) => Promise<TestReport>>> = {
  t1: (run) => kills(run, `T1 kill -9, ${SQLITE.name}`, { store: SQLITE, instances: 1, victims: 1 }),
  postgres: killsOnPostgres,
  t2: cuts,
  t3: seeds,
  t6: redeploys,
};

/** Two instances share the work on a server of our own; one of them is killed, the other one lives. */
async function killsOnPostgres(run: Run): Promise<TestReport> {
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

async function kills(run: Run, test: string, setting: Setting): Promise<TestReport> {
  const { returns, seed, each, random, tell } = run;
  const result = await killAgainAndAgain({ returns, seed, each, random, tell, ...setting });
  const figures = fromVerdict(result.verdict);
  return {
    test,
    what: `${result.kills} kills`,
    seed,
    sent: `${result.verdict.returns} returns, ${result.posts} webhooks`,
    ...figures,
    seconds: result.seconds,
    faults: [...figures.faults, ...faultsOfKills(result)],
    notes: [
      `${result.answered} answers with 2xx, repeats included`,
      `kills that came where they were meant to: ${reachedText(result)}; ${result.missed} came elsewhere`,
      ...loggedErrors(result.errors),
    ],
  };
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

async function cuts({ cuts: count, seed, tell }: Run): Promise<TestReport> {
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
  return {
    test: 'T2 power cut, SQLite',
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
  };
}

async function seeds({ seeds: count, returnsOfSeed, seed, tell }: Run): Promise<TestReport> {
  const began = performance.now();
  const report: TestReport = {
    test: 'T3 faults on a simulated clock',
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
    const verdict = await runSeed({ seed: seed + at, returns: returnsOfSeed });
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
    if ((at + 1) % 5 === 0) tell(`seed ${at + 1} of ${count}`);
  }
  report.sent = `${sent} returns`;
  report.seconds = (performance.now() - began) / 1000;
  return report;
}

async function redeploys(run: Run): Promise<TestReport> {
  const { redeploys: count, warmUp, returnsOfRedeploys: returns, seed, tell } = run;
  const result = await redeployAgainAndAgain({
    redeploys: count,
    warmUp,
    returns,
    seed,
    store: SQLITE,
    tell,
  });
  const figures = fromVerdict(result.verdict);
  return {
    test: `T6 redeploys under load, ${SQLITE.name}`,
    what: `${result.redeploys} deploys`,
    seed,
    sent: `${result.verdict.returns} returns, ${result.posts} webhooks`,
    ...figures,
    seconds: result.seconds,
    faults: [
      ...figures.faults,
      ...result.leaks.map((leak) => `leak: ${leak}`),
      ...unsettledFault(result.unsettled),
    ],
    notes: [
      result.leaks.length === 0 ? 'no listener, hook, timer or handle more than after the warm-up' : 'leaks',
      ...loggedErrors(result.errors),
    ],
  };
}

function wholeNumber(text: string, name: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} is a whole number`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(SEED) },
      only: { type: 'string' },
      returns: { type: 'string' },
      redeploys: { type: 'string' },
    },
  });
  const extent = { ...(values.short ? SHORT : FULL) };
  if (values.returns !== undefined) extent.returns = wholeNumber(values.returns, 'returns');
  if (values.redeploys !== undefined) extent.redeploys = wholeNumber(values.redeploys, 'redeploys');
  extent.warmUp = Math.min(extent.warmUp, Math.max(1, Math.floor(extent.redeploys / 2)));
  const seed = wholeNumber(values.seed, 'seed');
  const all = Object.keys(TESTS).filter((name) => name !== 'postgres' || hasPostgres());
  const names = values.only === undefined ? all : values.only.toLowerCase().split(',');
  const unknown = names.find((name) => !TESTS[name]);
  if (unknown !== undefined) throw new Error(`--only is one of ${Object.keys(TESTS).join(', ')}`);
  console.log(`Seed ${seed}. What fails can be repeated with npm run crash -- --seed ${seed}`);
  if (!hasPostgres()) console.log('PostgreSQL is not installed on this machine: its test is left out');
  const reports: TestReport[] = [];
  for (const name of names) {
    const tell = (line: string): void => console.log(`${name.toUpperCase()}  ${line}`);
    const report = await TESTS[name]?.({ ...extent, seed, tell });
    if (report) reports.push(report);
  }
  console.log(`\n${finalTable(reports)}`);
  process.exitCode = reports.every(passed) ? 0 : 1;
}

if (require.main === module) {
  main().catch((thrown: unknown) => {
    console.error(thrown);
    process.exit(1);
  });
}
