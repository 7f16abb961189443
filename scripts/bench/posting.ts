import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { prepareIntake } from '../../nodes/happy-returns/intake';
import { createVocabulary } from '../../nodes/happy-returns/vocabulary';
import type { ReturnEvent } from '../../nodes/returns/event';
import { createHttp } from '../../nodes/runtime/http';
import { realSurroundings } from '../../nodes/runtime/retry';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import type { Tally } from './erp-process';
import { CLIENT_SECRET } from './payload';
import { Helper, HELPER_CORE } from './helper';
import { returnsOf, shopOf, storyOf } from './payload';
import { figures, median, progress, spread, table } from './report';
import { openStore } from './store-target';

const LATENCY_MS = 50;
const CONCURRENCY = 8;
const RETURNS = 200;
/** Returns at work at a time: enough that the connection's places are always taken. */
const AT_WORK = 32;

/** Figure 2: how much of what the ERP's latency leaves is used. */
export async function posting(rounds: number): Promise<string> {
  const measured: number[] = [];
  const bare: number[] = [];
  let tally: Tally = {};
  for (let round = 1; round <= rounds; round += 1) {
    progress(`posting, round ${round} of ${rounds}`);
    const erp = Helper.start('erp-process', HELPER_CORE);
    try {
      const url = await erp.ask<string>('simulate', { orders: RETURNS, latencyMs: LATENCY_MS });
      const folder = mkdtempSync(join(tmpdir(), 'returns-bench-'));
      const store = await openStore({ driver: 'sqlite', file: join(folder, 'bench.db') });
      try {
        const posted = await postReturns(erp, url, store, { returns: RETURNS, concurrency: CONCURRENCY });
        measured.push(posted.callsPerSecond);
        tally = posted.tally;
      } finally {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      }
      const mock = await erp.ask<string>('mock', { latencyMs: LATENCY_MS });
      bare.push(await bareCalls(mock, 600, CONCURRENCY));
    } finally {
      await erp.stop();
    }
  }
  const ceiling = CONCURRENCY / (LATENCY_MS / 1000);
  const value = median(measured);
  const kinds = Object.entries(tally).map(([kind, n]) => [kind, String(n)]);
  return (
    `2. Posting: ${RETURNS} return orders through the D365 connector, ERP latency ${LATENCY_MS} ms, ` +
    `concurrency ${CONCURRENCY}, store on disk; calls/s ${spread(measured)}\n\n` +
    `${table(['calls of one round', 'number'], kinds)}\n\n` +
    figures([
      {
        what: 'ERP calls/s, ÷ concurrency ÷ latency',
        value,
        unit: '/s',
        baseline: { what: 'what the latency allows', value: ceiling },
        target: '≥ 0.9',
        met: value / ceiling >= 0.9,
      },
      {
        what: 'ERP calls/s, ÷ the same number of bare calls',
        value,
        unit: '/s',
        baseline: { what: 'node:http, no connector', value: median(bare) },
      },
    ])
  );
}

/** Posts the return order of each return with the connector alone: no Node-RED, no webhooks. */
export async function postReturns(
  erp: Helper,
  url: string,
  store: ReturnsStore,
  wish: { returns: number; concurrency: number },
): Promise<{ callsPerSecond: number; returnsPerSecond: number; tally: Tally }> {
  const settings = d365SettingsSchema.parse({
    environment: 'live',
    environmentUrl: url,
    authorityUrl: url,
    tenant: 'bench-tenant',
    clientId: 'bench-client',
    company: 'usrt',
    concurrency: wish.concurrency,
  });
  const http = createHttp({ maxSockets: wish.concurrency });
  const parts = { settings, clientSecret: CLIENT_SECRET, http, surroundings: realSurroundings };
  const connector = new FscmConnector({ ...parts, connectionId: 'bench' });
  const events = await firstEvents(wish.returns);
  await connector.ready();
  await erp.ask('tally');
  const policy = { warehouse: 'RETQC', reasons: new Map<string, string>(), orderPattern: null };
  const began = performance.now();
  await inParallel(events, AT_WORK, async (event) => {
    const done = await connector.createReturnOrder(event, policy, store);
    if (done.outcome === 'exception') throw new Error(`Not posted: ${done.problem.what}`);
  });
  const seconds = (performance.now() - began) / 1000;
  http.close();
  const tally = await erp.ask<Tally>('tally');
  const calls = Object.values(tally).reduce((sum, n) => sum + n, 0);
  return { callsPerSecond: calls / seconds, returnsPerSecond: wish.returns / seconds, tally };
}

/** The canonical events that the first webhooks of the returns stand for. */
async function firstEvents(count: number): Promise<ReturnEvent[]> {
  const world = shopOf(count);
  const store = await openMemoryStore();
  const settings = {
    source: 'bench',
    vocabulary: createVocabulary([]),
    retailers: new Set([world.brand]),
    personToken: (identity: string) => store.personToken(identity),
    knownOrders: () => Promise.resolve([]),
  };
  const events: ReturnEvent[] = [];
  for (const simulated of returnsOf(world)) {
    const [body = Buffer.alloc(0)] = storyOf(world, simulated);
    const { intake } = await prepareIntake(body, true, new Date().toISOString(), settings);
    const event = intake.events.at(-1)?.event;
    if (event) events.push(event);
  }
  await store.close();
  return events;
}

async function inParallel<T>(
  list: readonly T[],
  places: number,
  work: (entry: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < list.length; at = next++) {
      const entry = list[at];
      await work(entry as T);
    }
  };
  await Promise.all(Array.from({ length: places }, worker));
}

/** Calls of an answering machine, made with nothing but Node's client. */
async function bareCalls(url: string, count: number, concurrency: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const began = performance.now();
  const call = (): Promise<void> =>
    new Promise((resolve, reject) => {
      request(url, { agent, method: 'POST' }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject)
        .end('{}');
    });
  await inParallel(Array.from({ length: count }), concurrency, call);
  agent.destroy();
  return count / ((performance.now() - began) / 1000);
}
