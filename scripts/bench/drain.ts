import { rmSync } from 'node:fs';
import { BRIGHTPEARL_IDS } from '../brightpearl-flow';
import { makeBacklog, putBacklog } from './backlog';
import type { ErpState, ErpWish, Tally } from './erp-process';
import { liveBrightpearl } from './flows';
import { Helper, HELPER_CORE } from './helper';
import { BenchRed, RECEIVES } from './red';
import { figures, progress, table } from './report';
import { StatusListener, type ShownStatus } from './status-listener';
import { askNumber, storeIn, UNSETTLED } from './store-target';

const RETURNS = 5000;
/** The vendor's throttle, and the account node's own setting by default. */
const CALLS_PER_MINUTE = 200;
const LATENCY_MS = 200;
const WINDOW = 50;
const LIMIT_MS = 30 * 60_000;
const TOLERANCE = 0.05;
/** Asked once for each SKU, since the store knows none. */
const SKU_LOOK_UP = 'GET product-search';

interface Drained {
  minutes: number;
  calls: Tally;
  state: ErpState;
  /** What the node's status said, from the beginning. */
  shown: ShownStatus[];
}

/**
 * Figure 8 (T12): a backlog to Brightpearl at the throttle that the vendor documents, in real time: how long it takes,
 * how that compares with its calls, and what the node said of it beforehand.
 */
export async function drain(): Promise<string> {
  progress(`drain: ${RETURNS} returns at ${CALLS_PER_MINUTE} calls a minute, in real time`);
  const erp = Helper.start('erp-process', HELPER_CORE);
  const backlog = await makeBacklog({ returns: RETURNS, source: BRIGHTPEARL_IDS.in, steps: [1] });
  try {
    const wish: ErpWish = {
      erp: 'brightpearl',
      orders: RETURNS,
      latencyMs: LATENCY_MS,
      callsPerMinute: CALLS_PER_MINUTE,
    };
    const flows = liveBrightpearl(await erp.ask<string>('simulate', wish), {});
    // The first start takes the secrets in; then the backlog is put in its place.
    const red = await BenchRed.start({ flows, ready: RECEIVES });
    try {
      await red.process.stop('SIGTERM');
      putBacklog(backlog, red.userDir);
      await erp.ask('tally');
      return report(await drainOf(red, erp));
    } finally {
      await red.end();
    }
  } finally {
    await erp.stop();
    rmSync(backlog.folder, { recursive: true, force: true });
  }
}

async function drainOf(red: BenchRed, erp: Helper): Promise<Drained> {
  const nodeRed = await red.relaunch();
  const began = performance.now();
  const statuses = await StatusListener.connect(nodeRed, BRIGHTPEARL_IDS.credit);
  const store = storeIn(red.userDir);
  for (let told = 0; ;) {
    const left = await askNumber(store, UNSETTLED);
    const elapsed = performance.now() - began;
    if (left === 0) break;
    if (elapsed > LIMIT_MS) throw new Error(`Not drained: ${left} deliveries are left`);
    if (elapsed - told > 30_000) {
      told = elapsed;
      progress(`  ${left} deliveries left after ${(elapsed / 60_000).toFixed(1)} min`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const minutes = (performance.now() - began) / 60_000;
  statuses.close();
  const [calls, state] = [await erp.ask<Tally>('tally'), await erp.ask<ErpState>('state')];
  if (state.documents !== RETURNS) throw new Error(`${RETURNS} returns, and ${state.documents} credits`);
  return { minutes, calls, state, shown: statuses.shown };
}

function report({ minutes, calls, state, shown }: Drained): string {
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const lookUps = calls[SKU_LOOK_UP] ?? 0;
  const byCalls = total / CALLS_PER_MINUTE;
  const forecasts = shown.filter(({ text }) => text.includes('to go'));
  const [first] = forecasts;
  const foretold = first ? minutesIn(first.text) : Number.NaN;
  // One a minute, for the course of it.
  const course = forecasts.filter(
    ({ at }, index) =>
      index === 0 || Math.floor(at / 60_000) > Math.floor((forecasts[index - 1]?.at ?? 0) / 60_000),
  );
  const deviation = (minutes - byCalls) / byCalls;
  const kinds = Object.entries(calls).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    `8. T12, a backlog of ${RETURNS.toLocaleString('en-US')} returns to Brightpearl: throttle at ${CALLS_PER_MINUTE} calls a ` +
    `minute, rolling, each call ${LATENCY_MS} ms; one delivery a return, window ${WINDOW}; store as after a restart, ` +
    `no item known; one run in real time\n\n` +
    `${table(['calls', 'number'], [...kinds.map(([kind, count]) => [kind, String(count)]), ['all', String(total)]])}\n\n` +
    `${table(
      ['after', 'the node’s status'],
      course.map(({ at, text }) => [`${(at / 60_000).toFixed(2)} min`, text]),
    )}\n\n` +
    figures([
      { what: 'calls per return', value: total / RETURNS, unit: '' },
      { what: 'the same without the look-up of each SKU', value: (total - lookUps) / RETURNS, unit: '' },
      {
        what: 'minutes until the last one is settled',
        value: minutes,
        unit: 'min',
        baseline: { what: `calls ÷ ${CALLS_PER_MINUTE}`, value: byCalls },
        target: 'within 5 %',
        met: Math.abs(deviation) <= TOLERANCE,
      },
      { what: 'deviation from calls ÷ 200', value: deviation * 100, unit: '%' },
      {
        what: 'minutes, beside what the node said before it began',
        value: minutes,
        unit: 'min',
        baseline: { what: first?.text ?? 'nothing said', value: foretold },
      },
      {
        what: 'calls refused by the throttle',
        value: state.throttled,
        unit: '',
        target: '0',
        met: state.throttled === 0,
      },
    ])
  );
}

/** The time in a status such as `5000 to go · ~5 min`. */
function minutesIn(text: string): number {
  const [, number = '', unit = ''] = /~(\d+) (s|min|h)$/.exec(text) ?? [];
  return Number(number) * (unit === 'h' ? 60 : unit === 's' ? 1 / 60 : 1);
}
