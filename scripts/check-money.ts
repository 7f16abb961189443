import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { PLANNERS } from './money/planners';
import { checkMoney, retold, type MoneyReport } from './money/run';
import { FEATURES, OPTIONAL, RULES, type Feature } from './money/story';

const NAMES = Object.keys(FEATURES) as Feature[];

/** What was tried and found; for each broken rule its smallest case as it went. */
export function reportLines(report: MoneyReport, seconds: number): string[] {
  const { cases, seed, without, kinds, features, documents, broken } = report;
  const number = (count: number): string => count.toLocaleString('en-US');
  const row = (count: number, words: string): string => `${number(count).padStart(11)}  ${words}`;
  const wrong = [...broken.values()].reduce((sum, { count }) => sum + count, 0);
  const found = [...broken].flatMap(([rule, { count, smallest }]) => [
    `WRONG ${RULES[rule]}: ${number(count)} cases`,
    `      the smallest, case ${smallest.index} (${smallest.kind}): ${smallest.figures}`,
    ...retold(report, smallest.index).map((line) => `        ${line}`),
  ]);
  return [
    ...Object.entries(kinds).map(([kind, count]) => row(count, kind)),
    'of which with',
    ...NAMES.filter((name) => !without.has(name)).map((name) => row(features.get(name) ?? 0, FEATURES[name])),
    ...NAMES.filter((name) => without.has(name)).map((name) => `   left out  ${FEATURES[name]}`),
    ...found,
    `${number(cases)} cases (seed ${seed}), ${number(documents)} documents planned, ${number(wrong)} differences; ` +
      `${seconds.toFixed(1)} s on one of ${availableParallelism()} cores, Node ${process.version}, ${process.platform} ${process.arch}`,
  ];
}

function main(): void {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      only: { type: 'string' },
      without: { type: 'string', default: '' },
    },
  });
  const [cases, seed] = [Number(values.cases), Number(values.seed)];
  if (!Number.isSafeInteger(cases) || cases < 1) throw new Error('--cases is a whole number from 1');
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed is a whole number from 0');
  const left = values.without.split(',').filter((name) => name !== '');
  const unknown = left.find((name) => !OPTIONAL.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--without knows ${OPTIONAL.join(', ')}, not ${unknown}`);
  const without = new Set(left as Feature[]);
  if (values.only !== undefined) {
    for (const line of retold({ seed, without }, Number(values.only))) console.log(line);
    return;
  }
  const began = performance.now();
  const report = checkMoney({ cases, seed, without, planners: PLANNERS });
  for (const line of reportLines(report, (performance.now() - began) / 1000)) console.log(line);
  process.exitCode = report.broken.size === 0 ? 0 : 1;
}

if (require.main === module) main();
