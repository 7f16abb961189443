import { ExampleRun, type RunWish } from './example-run';
import { figures, median, medianRatio, progress, spread, table, type Figure } from './report';
import { askNumber, PARKED } from './store-target';

const RETURNS = 2000;
const FAIL_EVERY = 20;
const BAD = RETURNS / FAIL_EVERY;
const GOOD = RETURNS - BAD;
const CONCURRENCY = 8;
const LIMIT_MS = 300_000;
/** R140: the good ones keep more than this share of their throughput. */
const LEAST_KEPT = 0.95;

/** An address that tells what Node-RED has used of its processor: steadier than the clock where others use it too. */
const SETTINGS = `httpAdminMiddleware: (request, response, next) => {
    if (request.url !== '/bench/cpu') return next();
    response.json(process.cpuUsage());
  },`;

interface Variant {
  what: string;
  wish: RunWish;
  posted: number;
  parked: number;
  /** Seconds from the first webhook to the last settled delivery, round by round. */
  clock: number[];
  /** Seconds of processor time that Node-RED used meanwhile. */
  processor: number[];
}

/**
 * R140: what 5 % failing returns cost the good 95 %. The same returns in the same order, once all good and once with every
 * 20th of an unknown item, which is parked; and the good ones alone, to tell what the failing ones cost as work.
 */
export async function failures(rounds: number): Promise<string> {
  const all = variant(`${GOOD} good, the other ${BAD} good as well`, {}, RETURNS, 0);
  const some = variant(`${GOOD} good, the other ${BAD} parked`, { failEvery: FAIL_EVERY }, GOOD, BAD);
  const alone = variant(`${GOOD} good, and no others`, { orders: GOOD }, GOOD, 0);
  const variants = [all, some, alone];
  for (let round = 1; round <= rounds; round += 1) {
    // Each comes first, second and last in turn.
    for (let at = 0; at < variants.length; at += 1) {
      const one = variants[(at + round) % variants.length] ?? all;
      const { clock, processor } = await measure(one);
      one.clock.push(clock);
      one.processor.push(processor);
      const told = `${clock.toFixed(1)} s, ${processor.toFixed(1)} s of the processor`;
      progress(`failures, round ${round} of ${rounds}: ${one.what}: ${told}`);
    }
  }
  return report(all, some, alone);
}

function variant(what: string, wish: Partial<RunWish>, posted: number, parked: number): Variant {
  const whole = { orders: RETURNS, concurrency: CONCURRENCY, ...wish };
  return { what, wish: whole, posted, parked, clock: [], processor: [] };
}

async function measure({ wish, posted, parked }: Variant): Promise<{ clock: number; processor: number }> {
  const run = await ExampleRun.start(wish, { settings: SETTINGS });
  try {
    const used = await processorSeconds(run);
    const began = performance.now();
    await run.send(0, wish.orders, 0);
    await run.send(0, wish.orders, 1);
    await run.settled(LIMIT_MS);
    const clock = (performance.now() - began) / 1000;
    const processor = (await processorSeconds(run)) - used;
    const [{ documents }, held] = [await run.state(), await askNumber(run.store, PARKED)];
    if (documents === posted && held === parked) return { clock, processor };
    throw new Error(`${posted} were to be posted and ${parked} parked, but it is ${documents} and ${held}`);
  } finally {
    await run.end();
  }
}

async function processorSeconds(run: ExampleRun): Promise<number> {
  const { user, system } = await run.red.process.admin<NodeJS.CpuUsage>('/bench/cpu');
  return (user + system) / 1e6;
}

type Measured = 'clock' | 'processor';

const rates = (one: Variant, by: Measured): number[] => one[by].map((seconds) => GOOD / seconds);

function report(all: Variant, some: Variant, alone: Variant): string {
  const rows = [all, some, alone].map((one) => [
    one.what,
    spread(one.clock),
    spread(rates(one, 'clock')),
    spread(rates(one, 'processor')),
  ]);
  const beside = (by: Measured, what: string, other: Variant): Figure => {
    const value = median(rates(some, by));
    const kept = medianRatio(rates(some, by), rates(other, by));
    const figure = {
      what: `good returns a second${by === 'processor' ? ' of the processor' : ''}, 5 % beside them parked`,
      value,
      unit: '/s',
      baseline: { what, value: value / kept },
    };
    return other === all ? { ...figure, target: `> ${LEAST_KEPT} of it`, met: kept > LEAST_KEPT } : figure;
  };
  const head = ['variant', 'seconds', 'good returns/s', 'good returns/s of the processor'];
  return (
    `Failures (R140): example 1, two webhooks a return, instant ERP, concurrency ${CONCURRENCY}; ` +
    `throughput of the ${GOOD} good returns at full load, from the first webhook to the last settled delivery\n\n` +
    `${table(head, rows)}\n\n` +
    figures([
      beside('clock', '5 % beside them good', all),
      beside('processor', '5 % beside them good', all),
      beside('clock', 'nothing beside them', alone),
      beside('processor', 'nothing beside them', alone),
    ])
  );
}
