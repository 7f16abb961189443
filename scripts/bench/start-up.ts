import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { makeBacklog, putBacklog } from './backlog';
import { CLIENT_SECRET } from './payload';
import { CRYPTO_SETTING, IDS, liveExample, plainFlow, type FlowNode } from './flows';
import { Helper, HELPER_CORE } from './helper';
import { sign, WEBHOOK } from './payload';
import { BenchRed, RECEIVES } from './red';
import { figures, median, progress, spread, table } from './report';
import { askNumber, storeIn, UNSETTLED, type StoreTarget } from './store-target';

const RETURNS = 5000;
const DELIVERIES = 2 * RETURNS;
const IN_DOUBT = 100;
const SETTLE_SECONDS = 5;
const LIMIT_MS = 300_000;

/** Figure 5: from the start of the process to the first webhook answered with 200, with much left to do. */
export async function startUp(rounds: number): Promise<string> {
  const erp = Helper.start('erp-process', HELPER_CORE);
  const backlog = await makeBacklog({
    returns: RETURNS,
    source: IDS.in,
    steps: [0, 1],
    inDoubt: { count: IN_DOUBT, kind: 'return-order', connectionId: IDS.connection },
  });
  const bare: number[] = [];
  const empty: number[] = [];
  const full: number[] = [];
  let worked: WorkedOff | undefined;
  try {
    for (let round = 1; round <= rounds; round += 1) {
      progress(`start-up, round ${round} of ${rounds}`);
      const url = await erp.ask<string>('simulate', { orders: RETURNS, latencyMs: 0 });
      const example = liveExample(url, CLIENT_SECRET, { concurrency: 8 });
      bare.push(await servingAfter(plainFlow(), null));
      empty.push(await servingAfter(example, null));
      full.push(
        await servingAfter(example, backlog, async (store) => {
          if (round === rounds) worked = await workedOff(store);
        }),
      );
    }
  } finally {
    await erp.stop();
    rmSync(backlog.folder, { recursive: true, force: true });
  }
  return report(bare, empty, full, worked);
}

/** Milliseconds from the start of the process to the first webhook answered with 200. */
async function servingAfter(
  flows: readonly FlowNode[],
  backlog: { file: string } | null,
  then: (store: StoreTarget) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const withPack = flows.some((node) => node.type === 'returns-store');
  const options = withPack ? { ready: RECEIVES } : { settings: CRYPTO_SETTING };
  // The first start takes the secrets in; the second one is measured.
  const red = await BenchRed.start({ flows, ...options });
  try {
    await red.process.stop('SIGTERM');
    if (backlog) putBacklog(backlog, red.userDir);
    const began = performance.now();
    const starting = red.relaunch();
    const served = await firstAnswer(red.port, began);
    await starting;
    await then(storeIn(red.userDir));
    return served;
  } finally {
    await red.end();
  }
}

/** Knocks until a webhook is answered with 200. */
async function firstAnswer(port: number, began: number): Promise<number> {
  const body = Buffer.from(JSON.stringify({ event: 'return_status_updated', items: [] }));
  const headers = { 'content-type': 'application/json', 'x-hr-signature': sign(body) };
  for (;;) {
    const status = await new Promise<number>((resolve) => {
      const knock = request({ host: '127.0.0.1', port, path: WEBHOOK, method: 'POST', headers }, (answer) =>
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0)),
      );
      knock.on('error', () => resolve(0));
      knock.end(body);
    });
    const elapsed = performance.now() - began;
    if (status === 200) return elapsed;
    if (elapsed > 60_000)
      throw new Error(`No webhook was answered with 200 within a minute (last: ${status})`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

interface WorkedOff {
  /** Seconds until everything was settled. */
  all: number;
  /** Seconds until no return order was in doubt. */
  doubts: number;
}

async function workedOff(store: StoreTarget): Promise<WorkedOff> {
  progress(`  ${DELIVERIES} deliveries are being worked off`);
  const inDoubt = `SELECT COUNT(*) FROM intents WHERE state <> 'posted' AND reference = return_key AND connection_id = '${IDS.connection}'`;
  const began = performance.now();
  let doubts = Number.NaN;
  for (;;) {
    const seconds = (performance.now() - began) / 1000;
    if (Number.isNaN(doubts) && (await askNumber(store, inDoubt)) === 0) doubts = seconds;
    if ((await askNumber(store, UNSETTLED)) === 0) return { all: seconds, doubts };
    if (seconds * 1000 > LIMIT_MS)
      throw new Error(`Not worked off: ${await askNumber(store, UNSETTLED)} are left`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function report(bare: number[], empty: number[], full: number[], worked: WorkedOff | undefined): string {
  const rows = [
    ['Node-RED with a plain flow', spread(bare)],
    ['example 1, empty store', spread(empty)],
    [`example 1, ${DELIVERIES.toLocaleString('en-US')} open deliveries`, spread(full)],
  ];
  const ms = median(full);
  const list = [
    {
      what: 'start to first webhook stored',
      value: ms,
      unit: 'ms',
      baseline: { what: 'plain Node-RED', value: median(bare) },
      target: '≤ 3,000 ms',
      met: ms <= 3000,
    },
    {
      what: 'start to first webhook stored',
      value: ms,
      unit: 'ms',
      baseline: { what: 'empty store', value: median(empty) },
    },
  ];
  const after = worked
    ? [
        {
          what: `until all ${DELIVERIES.toLocaleString('en-US')} are worked off (last round)`,
          value: worked.all,
          unit: 's',
        },
        {
          what: `until ${IN_DOUBT} return orders in doubt are resolved`,
          value: worked.doubts,
          unit: 's',
          target: `≤ ${60 + SETTLE_SECONDS} s`,
          met: worked.doubts <= 60 + SETTLE_SECONDS,
        },
      ]
    : [];
  return (
    `5. Start-up, ms from the start of the process to the first webhook answered with 200\n\n` +
    `${table(['variant', 'ms'], rows)}\n\n${figures([...list, ...after])}`
  );
}
