import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../node-red-process';
import { batch, batchMembers } from './batch';
import { calls } from './calls';
import { callsInBatches } from './d365-batch-calls';
import { callsOfDocuments } from './d365-calls';
import { drainOfD365 } from './d365-drain';
import { callsOfHundred } from './d365-hundred';
import { drain } from './drain';
import { canPin, tieSelf } from './helper';
import { endToEnd } from './end-to-end';
import { failures } from './failures';
import { ingest } from './ingest';
import { isolation } from './isolation';
import { memory } from './memory';
import { onPostgres } from './on-postgres';
import { PAYLOAD_BYTES } from './payload';
import { posting } from './posting';
import { progress } from './report';
import { startUp } from './start-up';

interface Wanted {
  rounds: number;
  returns: number;
}

/** The parts of the measurement; `long` ones run only where they are named. */
const PARTS: Readonly<Record<string, { run: (wanted: Wanted) => Promise<string>; long?: boolean }>> = {
  ingest: { run: ({ rounds }) => ingest(rounds) },
  posting: { run: ({ rounds }) => posting(rounds) },
  'end-to-end': { run: ({ rounds }) => endToEnd(rounds) },
  failures: { run: ({ rounds }) => failures(rounds) },
  calls: { run: () => calls() },
  'd365-calls': { run: () => callsInBatches() },
  d365: {
    run: async () => [await callsOfDocuments(), await callsOfHundred(), await drainOfD365()].join('\n\n'),
  },
  'd365-drain': { run: () => drainOfD365(true), long: true },
  'start-up': { run: ({ rounds }) => startUp(rounds) },
  postgres: { run: ({ rounds }) => onPostgres(rounds) },
  isolation: { run: ({ rounds }) => isolation(rounds) },
  drain: { run: () => drain() },
  batch: { run: () => batch(), long: true },
  'batch-members': { run: () => batchMembers(), long: true },
  memory: { run: ({ returns }) => memory(returns), long: true },
};

/** Prints each performance figure beside a baseline that was taken in the same run. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      returns: { type: 'string', default: '100000' },
    },
  });
  const names = values.only?.split(',') ?? Object.keys(PARTS).filter((name) => !PARTS[name]?.long);
  const unknown = names.filter((name) => !PARTS[name]);
  if (unknown.length > 0) {
    throw new Error(`There is no part ${unknown.join(', ')}; the parts are ${Object.keys(PARTS).join(', ')}`);
  }
  const wanted = { rounds: Number(values.rounds), returns: Number(values.returns) };
  console.log(`${conditions(wanted.rounds)}\n`);
  tieSelf();
  for (const name of names) {
    progress(name);
    const text = await PARTS[name]?.run(wanted);
    console.log(`${text ?? ''}\n`);
  }
  console.log(`Load of the machine at the end, this measurement included: ${busy()}`);
}

/** What else the machine does spoils the figures, and the reader should see it. */
function busy(): string {
  return `${loadavg()[0]?.toFixed(1) ?? '–'} processes on average`;
}

function conditions(rounds: number): string {
  const version = (folder: string): string =>
    (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  const all = cpus();
  const tied = canPin()
    ? 'server tied to processor 0, load generator and other helpers to processor 1'
    : 'no process tied to a processor (taskset is not there)';
  return [
    `Processor: ${all.length} × ${all[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB memory; ${tied}`,
    `Node.js ${process.versions.node}, SQLite ${process.versions['sqlite'] ?? 'unknown'}, ` +
      `Node-RED ${version(join(ROOT, 'node_modules', 'node-red'))}, pack ${version(ROOT)}`,
    `Load of the machine before: ${busy()}`,
    `${rounds} rounds, variants alternating within each; webhooks of ${PAYLOAD_BYTES} bytes where nothing else is said`,
  ].join('\n');
}

main().then(
  () => process.exit(0),
  (thrown: unknown) => {
    console.error(thrown);
    process.exit(1);
  },
);
