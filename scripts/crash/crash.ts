import { parseArgs } from 'node:util';
import { hasPostgres } from '../postgres-server';
import { FULL, SHORT } from './extent';
import { finalTable, passed, type TestReport } from './report';
import { SCENARIOS, scenarioNamed } from './scenarios';
import { TESTS } from './tests';

const SEED = 1;

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
      scenario: { type: 'string' },
      returns: { type: 'string' },
      each: { type: 'string' },
      random: { type: 'string' },
      redeploys: { type: 'string' },
    },
  });
  const extent = { ...(values.short ? SHORT : FULL) };
  if (values.returns !== undefined) {
    extent.returns = wholeNumber(values.returns, 'returns');
    extent.returnsOfLifecycle = extent.returns;
  }
  if (values.each !== undefined) {
    extent.each = wholeNumber(values.each, 'each');
    extent.eachOfLifecycle = extent.each;
  }
  if (values.random !== undefined) {
    extent.random = wholeNumber(values.random, 'random');
    extent.randomOfLifecycle = extent.random;
  }
  if (values.redeploys !== undefined) extent.redeploys = wholeNumber(values.redeploys, 'redeploys');
  extent.warmUp = Math.min(extent.warmUp, Math.max(1, Math.floor(extent.redeploys / 2)));
  const seed = wholeNumber(values.seed, 'seed');
  const all = Object.keys(TESTS).filter((name) => name !== 'postgres' || hasPostgres());
  const names = values.only === undefined ? all : values.only.toLowerCase().split(',');
  const unknown = names.find((name) => !TESTS[name]);
  if (unknown !== undefined) throw new Error(`--only is one of ${Object.keys(TESTS).join(', ')}`);
  console.log(`Seed ${seed}. What fails can be repeated with npm run crash -- --seed ${seed}`);
  if (!hasPostgres()) console.log('PostgreSQL is not installed on this machine: its test is left out');
  const scenarios =
    values.scenario?.toLowerCase().split(',') ??
    Object.keys(SCENARIOS).filter((name) => !SCENARIOS[name]?.named);
  for (const name of scenarios) scenarioNamed(name);
  const reports: TestReport[] = [];
  for (const name of names) {
    const tell = (line: string): void => console.log(`${name.toUpperCase()}  ${line}`);
    reports.push(...((await TESTS[name]?.({ ...extent, seed, scenarios, tell })) ?? []));
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
