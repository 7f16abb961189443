import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CRYPTO_SETTING, handMadeFlow, plainFlow, receivingFlow } from './flows';
import {
  bareServer,
  checkStored,
  CONNECTIONS,
  fullLoad,
  PREPARED,
  SECONDS,
  WARM_UP_SECONDS,
} from './bare-run';
import { Helper, HELPER_CORE } from './helper';
import type { FixedRate, LoadResult } from './load-process';
import { BenchRed, RECEIVES, type RedOptions } from './red';
import { figures, median, medianRatio, progress, spread, table, type Figure } from './report';
import { storeIn } from './store-target';

const RATE = 200;
const RATE_SECONDS = 5;

interface Measured {
  loop: LoadResult;
  rate: LoadResult | null;
}

type Variant = 'in' | 'plain' | 'bare' | 'by hand';

const NAMES: Readonly<Record<Variant, string>> = {
  in: '(a) Happy Returns In, in Node-RED',
  plain: '(b) http in → function → http response, nothing stored',
  bare: '(c) bare server, the same work without Node-RED',
  'by hand': '(d) by hand: (b) with the call of an instant ERP inside',
};

/** Figure 1: signed webhooks, stored before the answer. */
export async function ingest(rounds: number): Promise<string> {
  const load = Helper.start('load-process', HELPER_CORE);
  const erp = Helper.start('erp-process', HELPER_CORE);
  const results = new Map<Variant, Measured[]>();
  try {
    await load.ask('prepare', { count: PREPARED });
    const erpUrl = await erp.ask<string>('mock', { latencyMs: 0 });
    const measure: Record<Variant, () => Promise<Measured>> = {
      in: () => inNodeRed(load, { flows: receivingFlow(), ready: RECEIVES }, true),
      plain: () => inNodeRed(load, { flows: plainFlow(), settings: CRYPTO_SETTING }, true),
      bare: () => withoutNodeRed(load),
      'by hand': () => inNodeRed(load, { flows: handMadeFlow(erpUrl), settings: CRYPTO_SETTING }, false),
    };
    for (let round = 1; round <= rounds; round += 1) {
      for (const variant of Object.keys(measure) as Variant[]) {
        progress(`ingest, round ${round} of ${rounds}: ${NAMES[variant]}`);
        await load.ask('reset');
        const measured = await measure[variant]();
        progress(`  ${Math.round(measured.loop.perSecond)}/s, p99 ${measured.loop.p99.toFixed(1)} ms`);
        results.set(variant, [...(results.get(variant) ?? []), measured]);
      }
    }
  } finally {
    await Promise.all([load.stop(), erp.stop()]);
  }
  return report(results);
}

/** First the fixed rate, on an empty store, then as much as it takes. */
async function inNodeRed(load: Helper, options: RedOptions, withRate: boolean): Promise<Measured> {
  const red = await BenchRed.start(options);
  try {
    const rate = withRate ? await load.ask<LoadResult>('fixedRate', rateOf(red.port)) : null;
    const loop = await fullLoad(load, red.port);
    if (options.ready) await checkStored(rate ? [rate, loop] : [loop], storeIn(red.userDir));
    // A profile is written when the process ends by itself.
    if (process.env['BENCH_CPU_PROFILE'] !== undefined) await red.process.stop('SIGTERM');
    return { loop, rate };
  } finally {
    await red.end();
  }
}

async function withoutNodeRed(load: Helper): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'returns-bench-'));
  try {
    const loop = await bareServer(load, { driver: 'sqlite', file: join(folder, 'bench.db') });
    return { loop, rate: null };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rateOf(port: number): FixedRate {
  return {
    port,
    connections: CONNECTIONS,
    perSecond: RATE,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: RATE_SECONDS,
  };
}

function report(results: ReadonlyMap<Variant, readonly Measured[]>): string {
  const loops = (variant: Variant): LoadResult[] => (results.get(variant) ?? []).map(({ loop }) => loop);
  const rates = (variant: Variant): LoadResult[] =>
    (results.get(variant) ?? []).flatMap(({ rate }) => rate ?? []);
  const speed = (variant: Variant): number[] => loops(variant).map((one) => one.perSecond);
  const p99 = (variant: Variant): number[] => loops(variant).map((one) => one.p99);
  const compared = (other: Variant, letter: string, atLeast: number): Figure => {
    const ratio = medianRatio(speed('in'), speed(other));
    return {
      what: `requests/s, ÷ ${letter}`,
      value: median(speed('in')),
      unit: '/s',
      baseline: { what: letter, value: median(speed('in')) / ratio },
      target: `≥ ${atLeast} × ${letter}`,
      met: ratio >= atLeast,
    };
  };
  const atRate = median(rates('in').map((one) => one.p99));
  const list: Figure[] = [
    compared('bare', 'c', 0.9),
    compared('plain', 'b', 0.8),
    compared('by hand', 'd', 5),
    {
      what: 'p99 under full load',
      value: median(p99('in')),
      unit: 'ms',
      baseline: { what: 'b', value: median(p99('plain')) },
      target: '≤ b',
      met: median(p99('in')) <= median(p99('plain')),
    },
    {
      what: `p99 at ${RATE} requests/s`,
      value: atRate,
      unit: 'ms',
      baseline: { what: 'b', value: median(rates('plain').map((one) => one.p99)) },
      target: '≤ 15 ms',
      met: atRate <= 15,
    },
  ];
  const rows = [...results.keys()].map((variant) => {
    const load = Math.max(...loops(variant).map((one) => one.cpu));
    const speeds = spread(speed(variant));
    const p50 = spread(loops(variant).map((one) => one.p50));
    return [NAMES[variant], speeds, p50, spread(p99(variant)), `${Math.round(load * 100)} %`];
  });
  const head = ['variant', 'requests/s', 'p50 ms', 'p99 ms', 'generator’s own load'];
  return (
    `1. Ingest: ${CONNECTIONS} connections, ${WARM_UP_SECONDS} s warm-up, ${SECONDS} s measured; the ratios are ` +
    `medians of the rounds’ own\n\n${table(head, rows)}\n\n${figures(list)}`
  );
}
