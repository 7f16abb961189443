import { ExampleRun } from './example-run';
import { figures, progress, table } from './report';

const FIRST = 10_000;
const BATCH = 2000;

interface Reading {
  rss: number;
  heapUsed: number;
}

/** An address that collects garbage and tells what is in use, beside Node-RED's own. */
const SETTINGS = `httpAdminMiddleware: (request, response, next) => {
    if (request.url !== '/bench/memory') return next();
    for (let times = 0; times < 4; times += 1) global.gc();
    response.json(process.memoryUsage());
  },`;

/** Figure 6: memory after many returns against memory after few, in one process. */
export async function memory(returns: number): Promise<string> {
  const first = Math.min(FIRST, Math.floor(returns / 2));
  const run = await ExampleRun.start(
    { orders: returns, concurrency: 8 },
    { settings: SETTINGS, nodeOptions: ['--expose-gc'] },
  );
  const readings: { returns: number; reading: Reading }[] = [];
  const read = async (done: number): Promise<void> => {
    // Connections and statuses come to rest before it is read.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const reading = await run.red.process.admin<Reading>('/bench/memory');
    readings.push({ returns: done, reading });
    progress(
      `memory: ${done} returns, ${mib(reading.rss)} MiB resident, ${mib(reading.heapUsed)} MiB of heap`,
    );
  };
  try {
    await read(0);
    const marks = new Set([
      first,
      ...[0.25, 0.5, 0.75].map((share) => Math.round((returns * share) / BATCH) * BATCH),
    ]);
    for (let done = 0; done < returns;) {
      const next = Math.min(done + BATCH, returns, done < first ? first : returns);
      for (const step of [0, 1]) await run.send(done, next, step);
      await run.settled(600_000);
      done = next;
      if (marks.has(done) || done === returns) await read(done);
    }
  } finally {
    await run.end();
  }
  const early = readings.find((one) => one.returns === first)?.reading;
  const late = readings.at(-1)?.reading;
  if (!early || !late) throw new Error('Nothing was read');
  const rows = readings.map(({ returns: n, reading }) => [
    n.toLocaleString('en-US'),
    mib(reading.rss),
    mib(reading.heapUsed),
  ]);
  const figure = (what: keyof Reading, name: string): Parameters<typeof figures>[0][number] => ({
    what: `${name} after ${returns.toLocaleString('en-US')} returns`,
    value: late[what] / 2 ** 20,
    unit: 'MiB',
    baseline: { what: `after ${first.toLocaleString('en-US')}`, value: early[what] / 2 ** 20 },
    ...(what === 'rss' ? { target: '≤ 1.2 ×', met: late.rss <= 1.2 * early.rss } : {}),
  });
  return (
    `6. Memory: example 1, two webhooks a return, garbage collected before each reading; one run\n\n` +
    `${table(['returns', 'resident MiB', 'heap MiB'], rows)}\n\n` +
    figures([figure('rss', 'resident'), figure('heapUsed', 'heap')])
  );
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
