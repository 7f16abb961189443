import type { Tally } from './erp-process';
import { ExampleRun, type RunWish } from './example-run';
import { progress, rounded, table } from './report';

const RETURNS = 500;
const SIZES = [10, 100, 500] as const;
/** The webhook that tells that the goods are accepted. */
const ACCEPTED = 2;
/** What is asked once for all returns, not for each. */
const SHARED = /^token$|\$metadata|ReleasedProductsV2|ProductDefaultOrderSettings|ProductLifecycleState/;
const LIMIT_MS = 180_000;

/** Calls of a return to Dynamics 365: each by itself, and in batches (R132). */
export async function callsInBatches(): Promise<string> {
  const rows: string[][] = [];
  let alone = Number.NaN;
  for (const size of [null, ...SIZES]) {
    progress(`calls, Dynamics 365: ${size === null ? 'each by itself' : `batches of ${size}`}`);
    const { calls, seconds } = await countCalls(size === null ? {} : { batchOf: size });
    if (size === null) alone = calls;
    rows.push([
      size === null ? 'each by itself' : `in batches of ${size}`,
      String(calls),
      (calls / RETURNS).toFixed(3),
      rounded(alone / calls),
      `${seconds.toFixed(1)} s`,
    ]);
  }
  return (
    `4c. ERP calls per return, Dynamics 365, counted by the simulator over ${RETURNS} accepted returns of as many orders; ` +
    'the ERP answers at once, Together is as large as the batch\n\n' +
    `${table(['posted', 'calls', 'calls per return', 'times fewer', 'until all are settled'], rows)}\n\n` +
    'Sign-in, names and items are asked once and not counted. A batch is five calls whatever its size: look-ups, details, ' +
    'headers, lines, reading back. The time is that of the simulator and not of Dynamics 365, which works through the ' +
    'parts of a call one after another.'
  );
}

async function countCalls(wish: Partial<RunWish>): Promise<{ calls: number; seconds: number }> {
  const run = await ExampleRun.start({ orders: RETURNS, concurrency: 8, ...wish });
  try {
    await run.tally();
    const begun = performance.now();
    await run.send(0, RETURNS, ACCEPTED);
    let documents = 0;
    // A batch is closed when it is full; until then nothing of it is under way.
    while (documents < RETURNS) {
      await run.settled(LIMIT_MS);
      ({ documents } = await run.state());
      if (performance.now() - begun > LIMIT_MS) break;
    }
    await run.settled(LIMIT_MS);
    const seconds = (performance.now() - begun) / 1000;
    const calls = own(await run.tally());
    if (documents !== RETURNS)
      throw new Error(`${RETURNS} returns came, and there are ${documents} return orders`);
    return { calls, seconds };
  } finally {
    await run.end();
  }
}

function own(tally: Tally): number {
  return Object.entries(tally)
    .filter(([kind]) => !SHARED.test(kind))
    .reduce((sum, [, count]) => sum + count, 0);
}
