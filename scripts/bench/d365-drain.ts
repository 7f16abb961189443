import { LEGACY_LIMITS } from '../../nodes/sandbox/d365/throttle';
import { counted, simulatedBc, simulatedFscm, type Product } from './d365-products';
import { atATime, journeyOf, postInTheEnd, type Step } from './d365-story';
import { median, progress, rounded, table } from './report';

const RETURNS = 5000;
/** Returns in the flow at a time, as the In node has them by default. */
const WINDOW = 50;
/** What both products allow: requests in five minutes. */
const REQUESTS_PER_MINUTE = 1200;

interface Drain {
  what: string;
  steps: readonly Step[];
  /** Of the connection. */
  atATime: number;
  callsPerMinute: number | null;
  latencyMs: number;
  long?: boolean;
  start: (drain: Drain) => Promise<Product<unknown>>;
}

const LIFE: readonly Step[] = ['return order', 'arrival', 'credit note', 'refund'];

const fscm =
  (limited: boolean): Drain['start'] =>
  ({ atATime: concurrency, callsPerMinute, latencyMs }) =>
    simulatedFscm({
      orders: RETURNS,
      latencyMs,
      settings: { posting: 'service', concurrency, ...(callsPerMinute === null ? {} : { callsPerMinute }) },
      fscm: limited ? { legacyLimits: LEGACY_LIMITS } : {},
    });

const bc: Drain['start'] = ({ atATime: bcConcurrency, callsPerMinute, latencyMs }) =>
  simulatedBc({
    orders: RETURNS,
    latencyMs,
    settings: { bcConcurrency, bcCallsPerMinute: callsPerMinute ?? '' },
  });

const DRAINS: readonly Drain[] = [
  {
    what: 'Finance & SCM, old limits on',
    steps: LIFE,
    atATime: 8,
    callsPerMinute: REQUESTS_PER_MINUTE,
    latencyMs: 150,
    start: fscm(true),
  },
  {
    what: 'Finance & SCM, old limits on, slow',
    steps: LIFE,
    atATime: 3,
    callsPerMinute: REQUESTS_PER_MINUTE,
    latencyMs: 400,
    long: true,
    start: fscm(true),
  },
  {
    what: 'Finance & SCM, limits off',
    steps: LIFE,
    atATime: 8,
    callsPerMinute: null,
    latencyMs: 150,
    start: fscm(false),
  },
  {
    what: 'Finance & SCM, limits off',
    steps: LIFE,
    long: true,
    atATime: 52,
    callsPerMinute: null,
    latencyMs: 150,
    start: fscm(false),
  },
  {
    what: 'Business Central',
    steps: ['return order', 'credit note'],
    atATime: 5,
    callsPerMinute: REQUESTS_PER_MINUTE,
    latencyMs: 150,
    start: bc,
  },
  {
    what: 'Business Central, slow',
    steps: ['return order', 'credit note'],
    atATime: 5,
    callsPerMinute: REQUESTS_PER_MINUTE,
    latencyMs: 400,
    long: true,
    start: bc,
  },
];

/**
 * How long a backlog takes in both products of Dynamics 365 under the limits that they document.
 *
 * @param all also what takes minutes to simulate: slow calls, and 52 of them at a time
 */
export async function drainOfD365(all = false): Promise<string> {
  const rows: string[][] = [];
  for (const drain of DRAINS.filter(({ long }) => all || long !== true)) {
    progress(
      `drain, ${drain.what}: ${RETURNS} returns, ${drain.latencyMs} ms a call, ${drain.atATime} at a time`,
    );
    const { minutes, calls, expected, refused, busiest } = await drained(drain);
    rows.push([
      drain.what,
      `${drain.latencyMs} ms`,
      String(drain.atATime),
      drain.callsPerMinute === null ? 'none' : String(drain.callsPerMinute),
      rounded(calls / RETURNS),
      rounded(expected),
      rounded(minutes),
      rounded(minutes / expected),
      busiest.toLocaleString('en-US'),
      String(refused),
    ]);
  }
  return (
    `8b. A backlog of ${RETURNS.toLocaleString('en-US')} returns to Dynamics 365 on a simulated clock, every call as long as is said, ` +
    `${WINDOW} returns in the flow at a time, one run each. Finance & SCM: return order, arrival, credit note and refund by the posting ` +
    'service; old limits: 6,000 requests and 1,200 s of work in 300 s, 52 at a time. Business Central: draft and post; 6,000 ' +
    'requests in 300 s, 5 at a time and 95 waiting. The estimate is made beforehand: median of three returns’ calls ÷ what is the ' +
    'narrower, calls a minute or calls at a time ÷ their length\n\n' +
    table(
      [
        'ERP',
        'a call',
        'at a time',
        'calls a minute',
        'calls per return',
        'estimate, min',
        'measured, min',
        'ratio',
        'most calls in 300 s',
        'refused',
      ],
      rows,
    )
  );
}

async function drained(
  drain: Drain,
): Promise<{ minutes: number; calls: number; expected: number; refused: number; busiest: number }> {
  const desk = await drain.start(drain);
  const { clock, store, world, connector } = desk;
  const journeys = world.orders.map((order) => journeyOf(world, order));
  const each = async (
    journey: (typeof journeys)[number],
    leave?: () => () => Promise<void>,
  ): Promise<void> => {
    for (const step of drain.steps) await postInTheEnd(step, journey, desk, leave);
  };
  try {
    return await clock.run(
      (async () => {
        const samples: number[] = [];
        // The first one brings what is asked once; the next three tell what a return costs.
        for (const [at, journey] of journeys.slice(0, 4).entries()) {
          const { calls } = await counted(() => each(journey));
          if (at > 0) samples.push(Object.values(calls).reduce((sum, count) => sum + count, 0));
        }
        const rest = journeys.slice(4);
        const bySpeed = (drain.atATime * 60_000) / drain.latencyMs;
        const perMinute = Math.min(bySpeed, drain.callsPerMinute ?? bySpeed);
        const expected = (median(samples) * rest.length) / perMinute;
        // So that the calls before do not count in its first five minutes.
        await clock.wait(300_000);
        const [began, callsBefore] = [clock.now, connector.calls];
        await atATime(WINDOW, rest, each);
        const minutes = (clock.now - began) / 60_000;
        const calls = ((connector.calls - callsBefore) * RETURNS) / rest.length;
        return { minutes, calls, expected, refused: desk.refused(), busiest: desk.busiest() };
      })(),
    );
  } finally {
    await store.close();
  }
}
