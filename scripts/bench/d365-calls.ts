import type { Tally } from './erp-process';
import { counted, simulatedBc, simulatedFscm, type Product } from './d365-products';
import { atATime, journeyOf, postInTheEnd, type Journey, type Step } from './d365-story';
import { median, progress, rounded, table } from './report';

/** Returns that come one after another, each when the one before is settled; then so many at once. */
const ALONE = 9;
const BACKLOG = 200;
const LATENCY_MS = 200;
const JOB_SECONDS = 600;
/** What is asked once in its time, whatever the number of returns. */
const SHARED =
  /^token$|^\$metadata$|^GET (companies|Warehouses|ReturnDispositionCodes|LedgerFiscalPeriods|FiscalPeriods|ProductLifecycleStateProcesses)$/;

const LIFE: readonly Step[] = ['return order', 'arrival', 'credit note', 'refund'];
const EXCHANGE: readonly Step[] = ['return order', 'exchange order'];

interface Way {
  what: string;
  /** Returns under way at a time in the backlog: as many as the connection has calls. */
  atATime: number;
  start: (orders: number) => Promise<Product<unknown>>;
  steps: readonly Step[];
}

const latencyMs = LATENCY_MS;
const WAYS: readonly Way[] = [
  {
    what: 'Finance & SCM, posting service',
    atATime: 8,
    start: (orders) => simulatedFscm({ orders, latencyMs, settings: { posting: 'service' } }),
    steps: LIFE,
  },
  {
    what: `Finance & SCM, batch jobs every ${JOB_SECONDS / 60} min`,
    atATime: 8,
    start: async (orders) => {
      const product = await simulatedFscm({ orders, latencyMs });
      const { dials } = product.simulator;
      dials.arrivalJobSeconds = JOB_SECONDS;
      dials.packingSlipJobSeconds = JOB_SECONDS;
      dials.invoiceJobSeconds = JOB_SECONDS;
      dials.paymentJobSeconds = JOB_SECONDS;
      return product;
    },
    steps: LIFE,
  },
  {
    what: 'Finance & SCM, exchange',
    atATime: 8,
    start: (orders) => simulatedFscm({ orders, latencyMs, settings: { posting: 'service' } }),
    steps: EXCHANGE,
  },
  {
    what: 'Business Central',
    atATime: 5,
    start: (orders) => simulatedBc({ orders, latencyMs }),
    // Its API books no refund.
    steps: ['return order', 'arrival', 'credit note'],
  },
  {
    what: 'Business Central, exchange',
    atATime: 5,
    start: (orders) => simulatedBc({ orders, latencyMs }),
    steps: EXCHANGE,
  },
];

/** Calls of one return for each of its documents, and how often it waited in the store. */
interface Cost {
  calls: number[];
  waits: number[];
  kinds: Tally[];
}

/** Calls for a return, document by document, in both products of Dynamics 365. */
export async function callsOfDocuments(): Promise<string> {
  const rows: string[][] = [];
  const kinds: string[][] = [];
  const shared: string[][] = [];
  for (const way of WAYS) {
    progress(`calls, ${way.what}`);
    const { alone, backlog, asked } = await costsOf(way);
    way.steps.forEach((step, at) => {
      rows.push([way.what, step, ...told(alone, at), ...told(backlog, at)]);
      kinds.push([way.what, step, words(alone, at)]);
    });
    rows.push([way.what, 'all', total(alone), waited(alone), total(backlog), waited(backlog)]);
    shared.push([way.what, String(1 + ALONE + BACKLOG), asked]);
  }
  return (
    `4d. ERP calls per return and document, Dynamics 365, counted where they leave; medians. ${ALONE} returns one after another, ` +
    `then ${BACKLOG} at once with 8 (Finance & SCM) or 5 (Business Central) at a time; each return is all lines of an order of one ` +
    `to four lines. Simulated clock, each call ${LATENCY_MS} ms; waits as the connection has them (first look after a minute, ` +
    `then twice as long)\n\n` +
    `${table(['way', 'document', 'alone', 'waits', 'in the backlog', 'waits'], rows)}\n\n` +
    `${table(['way', 'document', 'calls of a return alone (mean)'], kinds)}\n\n` +
    `Asked once in their time, and not counted above:\n\n${table(['way', 'returns', 'calls in all'], shared)}`
  );
}

async function costsOf(way: Way): Promise<{ alone: Cost[]; backlog: Cost[]; asked: string }> {
  const desk = await way.start(1 + ALONE + BACKLOG);
  const { clock, store, world } = desk;
  const shared: Tally = {};
  const exchanged = way.steps.includes('exchange order');
  const journeys = world.orders.map((order) => journeyOf(world, order, exchanged));
  const run = async (journey: Journey, leave?: () => () => Promise<void>): Promise<Cost> => {
    const cost: Cost = { calls: [], waits: [], kinds: [] };
    for (const step of way.steps) {
      const { value, calls } = await counted(() => postInTheEnd(step, journey, desk, leave));
      const own = Object.entries(calls).filter(([kind]) => !SHARED.test(kind));
      for (const [kind, count] of Object.entries(calls))
        if (SHARED.test(kind)) shared[kind] = (shared[kind] ?? 0) + count;
      cost.calls.push(own.reduce((sum, [, count]) => sum + count, 0));
      cost.waits.push(value);
      cost.kinds.push(Object.fromEntries(own));
    }
    return cost;
  };
  try {
    return await clock.run(
      (async () => {
        const [first, ...more] = journeys;
        if (first) await run(first);
        const alone: Cost[] = [];
        for (const journey of more.slice(0, ALONE)) alone.push(await run(journey));
        const backlog: Cost[] = [];
        await atATime(way.atATime, more.slice(ALONE), async (journey, leave) => {
          backlog.push(await run(journey, leave));
        });
        const asked = Object.entries(shared)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', ');
        return { alone, backlog, asked };
      })(),
    );
  } finally {
    await store.close();
  }
}

function told(costs: readonly Cost[], at: number): [string, string] {
  return [
    rounded(median(costs.map(({ calls }) => calls[at] ?? Number.NaN))),
    rounded(median(costs.map(({ waits }) => waits[at] ?? Number.NaN))),
  ];
}

function total(costs: readonly Cost[]): string {
  return rounded(median(costs.map(({ calls }) => calls.reduce((sum, count) => sum + count, 0))));
}

function waited(costs: readonly Cost[]): string {
  return rounded(median(costs.map(({ waits }) => waits.reduce((sum, count) => sum + count, 0))));
}

function words(costs: readonly Cost[], at: number): string {
  const sums: Tally = {};
  for (const { kinds } of costs)
    for (const [kind, count] of Object.entries(kinds[at] ?? {})) sums[kind] = (sums[kind] ?? 0) + count;
  return Object.entries(sums)
    .map(([kind, count]) => `${kind} ${rounded(count / costs.length)}`)
    .join('; ');
}
