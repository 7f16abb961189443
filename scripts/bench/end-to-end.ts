import { openMemoryStore } from '../../nodes/store/sqlite';
import { ExampleRun } from './example-run';
import type { BrightpearlValues } from './flows';
import { Helper, HELPER_CORE } from './helper';
import { postReturns } from './posting';
import { figures, median, medianRatio, progress, spread, table, type Figure } from './report';
import type { PostgresTarget } from './store-target';

const CONCURRENCIES = [8, 16] as const;
const LIMIT_MS = 300_000;
/** What a Brightpearl account takes, and what a return costs of it in a backlog. */
const BRIGHTPEARL_CALLS_PER_MINUTE = 200;
const BRIGHTPEARL_CALLS_A_RETURN = 0.2;

/** Figure 3: from the first webhook to the last settled delivery, through example 1. */
export async function endToEnd(rounds: number, returns = 2000): Promise<string> {
  const flow = new Map<number, number[]>();
  const alone: number[] = [];
  const brightpearl: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const concurrency of CONCURRENCIES) {
      progress(`end to end, round ${round} of ${rounds}, concurrency ${concurrency}`);
      const speed = await throughExample(returns, concurrency);
      progress(`  ${speed.toFixed(0)} returns/s`);
      flow.set(concurrency, [...(flow.get(concurrency) ?? []), speed]);
    }
    progress(`end to end, round ${round} of ${rounds}: the connector alone`);
    alone.push(await connectorAlone(returns));
    progress(`end to end, round ${round} of ${rounds}: Brightpearl without its throttle`);
    brightpearl.push(await throughExample(returns, 4, undefined, {}));
  }
  const rows = [...flow].map(([concurrency, speeds]) => [
    `example 1, connection’s concurrency ${concurrency}`,
    spread(speeds),
  ]);
  rows.push(['Happy Returns to Brightpearl without its throttle, concurrency 4', spread(brightpearl)]);
  rows.push([
    'the ERP calls of example 1 by the connector alone, store in memory, concurrency 8',
    spread(alone),
  ]);
  const list = [...flow].map(([concurrency, speeds]): Figure => {
    const value = median(speeds);
    return {
      what: `returns/s, concurrency ${concurrency}`,
      value,
      unit: '/s',
      baseline: { what: 'connector alone', value: value / medianRatio(speeds, alone) },
      target: '≥ 150 /s',
      met: value >= 150,
    };
  });
  list.push({
    what: 'returns/s to Brightpearl, no throttle',
    value: median(brightpearl),
    unit: '/s',
    baseline: {
      what: `what ${BRIGHTPEARL_CALLS_PER_MINUTE} calls a minute allow at ${BRIGHTPEARL_CALLS_A_RETURN} a return`,
      value: BRIGHTPEARL_CALLS_PER_MINUTE / 60 / BRIGHTPEARL_CALLS_A_RETURN,
    },
  });
  return (
    `3. End to end: ${returns} returns with two webhooks each (first those of all starts, then those of all drop-offs), ` +
    `instant ERP\n\n${table(['returns/s', ''], rows)}\n\n${figures(list)}`
  );
}

/** Returns a second, from the first webhook to the last settled delivery. */
export async function throughExample(
  returns: number,
  concurrency: number,
  store?: PostgresTarget,
  brightpearl?: BrightpearlValues,
): Promise<number> {
  const run = await ExampleRun.start({
    orders: returns,
    concurrency,
    ...(store ? { store } : {}),
    ...(brightpearl ? { brightpearl } : {}),
  });
  try {
    const began = performance.now();
    await run.send(0, returns, 0);
    await run.send(0, returns, 1);
    await run.settled(LIMIT_MS);
    const seconds = (performance.now() - began) / 1000;
    const { documents } = await run.state();
    if (documents !== returns)
      throw new Error(`${returns} returns came, and the ERP holds ${documents} documents`);
    return returns / seconds;
  } finally {
    await run.end();
  }
}

async function connectorAlone(returns: number): Promise<number> {
  const erp = Helper.start('erp-process', HELPER_CORE);
  const store = await openMemoryStore();
  try {
    const url = await erp.ask<string>('simulate', { orders: returns, latencyMs: 0 });
    const posted = await postReturns(erp, url, store, { returns, concurrency: 8 });
    return posted.returnsPerSecond;
  } finally {
    await Promise.all([erp.stop(), store.close()]);
  }
}
