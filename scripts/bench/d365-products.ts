import { AsyncLocalStorage } from 'node:async_hooks';
import { BusinessCentralConnector } from '../../nodes/d365/business-central/connector';
import type { D365Connector } from '../../nodes/d365/documents';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import type { HttpRequest, HttpSend } from '../../nodes/runtime/http';
import {
  createBusinessCentralSimulator,
  type BusinessCentralSimulator,
} from '../../nodes/sandbox/business-central/business-central-simulator';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { D365SimulatorOptions } from '../../nodes/sandbox/d365/simulator-types';
import type { World } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { BASE, httpTo } from '../../test/support/simulated-http';
import type { Tally } from './erp-process';
import { shopOf } from './payload';
import { SimulatedClock } from './simulated-clock';

const ACCOUNT = { tenant: 'bench-tenant', clientId: 'bench-client', clientSecret: 'bench-secret' };

export interface ProductWish {
  /** One sold order for each return. */
  orders: number;
  latencyMs: number;
  /** Settings of the connection besides those that every one needs. */
  settings?: Record<string, unknown>;
  /** What the simulated Finance & SCM does besides. */
  fscm?: Partial<D365SimulatorOptions>;
}

/** A simulated product of Dynamics 365 on a clock of its own, and the pack's connector to it. */
export interface Product<Simulator> {
  world: World;
  simulator: Simulator;
  clock: SimulatedClock;
  store: ReturnsStore;
  connector: D365Connector;
  /** Answers that a limit of the product refused. */
  refused: () => number;
  /** The most calls that any five minutes had. */
  busiest: () => number;
}

/** What somebody asked of the ERP. */
export interface Asked {
  calls: Tally;
}

const asking = new AsyncLocalStorage<Asked>();

/** Does the work, and tells which calls it made, whatever is done beside it. */
export async function counted<T>(work: () => Promise<T>): Promise<{ value: T; calls: Tally }> {
  const asked: Asked = { calls: {} };
  return { value: await asking.run(asked, work), calls: asked.calls };
}

export type Fscm = Product<D365Simulator> & { connector: FscmConnector };

export async function simulatedFscm(wish: ProductWish): Promise<Fscm> {
  const world = shopOf(wish.orders);
  const clock = new SimulatedClock(Date.parse('2026-02-20T10:00:00Z'));
  const { now, wait } = { now: clock.elapsed, wait: clock.wait };
  const simulator = createD365Simulator({
    world,
    ...ACCOUNT,
    now,
    wait,
    specialProducts: true,
    publicUrl: BASE,
    ...wish.fscm,
  });
  simulator.dials.latencyMs = wish.latencyMs;
  const { http, ...figures } = countingHttp(httpTo(simulator), clock);
  const connector = new FscmConnector({
    settings: settingsWith(wish.settings),
    clientSecret: ACCOUNT.clientSecret,
    http,
    surroundings: clock,
    connectionId: 'bench',
  });
  const store = clock.watching(await openMemoryStore());
  return { world, simulator, clock, store, connector, ...figures };
}

export async function simulatedBc(wish: ProductWish): Promise<Product<BusinessCentralSimulator>> {
  const world = shopOf(wish.orders);
  const clock = new SimulatedClock(Date.parse('2026-03-30T10:00:00Z'));
  const simulator = createBusinessCentralSimulator({
    world,
    ...ACCOUNT,
    now: clock.elapsed,
    wait: clock.wait,
  });
  simulator.dials.latencyMs = wish.latencyMs;
  const { http, ...figures } = countingHttp(httpTo(simulator), clock);
  const connector = new BusinessCentralConnector({
    settings: settingsWith({ product: 'bc', ...wish.settings }),
    clientSecret: ACCOUNT.clientSecret,
    http,
    surroundings: clock,
    connectionId: 'bench',
  });
  const store = clock.watching(await openMemoryStore());
  return { world, simulator, clock, store, connector, ...figures };
}

function settingsWith(settings: Record<string, unknown> = {}): ReturnType<typeof d365SettingsSchema.parse> {
  const { tenant, clientId } = ACCOUNT;
  return d365SettingsSchema.parse({
    environmentUrl: BASE,
    authorityUrl: BASE,
    tenant,
    clientId,
    company: 'usrt',
    ...settings,
  });
}

const WINDOW_MS = 300_000;

/** Counts calls for whoever makes them, and in each five minutes. */
function countingHttp(
  send: HttpSend,
  clock: SimulatedClock,
): { http: HttpSend } & Pick<Product<unknown>, 'refused' | 'busiest'> {
  let refused = 0;
  let busiest = 0;
  const last: number[] = [];
  let oldest = 0;
  const http: HttpSend = async (request) => {
    const calls = asking.getStore()?.calls;
    const kind = kindOf(request);
    if (calls) calls[kind] = (calls[kind] ?? 0) + 1;
    if (kind !== 'token') {
      last.push(clock.now);
      while ((last[oldest] ?? 0) <= clock.now - WINDOW_MS) oldest += 1;
      busiest = Math.max(busiest, last.length - oldest);
    }
    const answer = await send(request);
    if (answer.status === 429) refused += 1;
    return answer;
  };
  return { http, refused: () => refused, busiest: () => busiest };
}

/** A call in a few words, such as `read together: SalesOrderLinesV3, CustomersV3` or `POST salesCreditMemos`. */
function kindOf({ method, url, body, safe }: HttpRequest): string {
  const path = new URL(url).pathname;
  if (path.endsWith('/token')) return 'token';
  if (path.endsWith('$metadata')) return '$metadata';
  if (!path.endsWith('$batch')) return `${method} ${nameIn(path)}`;
  const text = String(body);
  const sets = text.startsWith('{')
    ? [...text.matchAll(/"url":"(?:companies\([^)]*\)\/)?(\w+)/g)]
    : [...text.matchAll(/(?:GET|POST) \S*?\/?data\/(\w+)/g)];
  const names = [...new Set(sets.map((match) => match[1]))].join(', ');
  return `${safe === true ? 'read' : 'write'} together: ${names}`;
}

/** The last set, operation or action in a path, without ids. */
function nameIn(path: string): string {
  const parts = path
    .split('/')
    .map((part) => part.replace(/\(.*$/, '').replace(/^Microsoft\.\w+\.(\w+\.)?/, ''));
  return parts[1] === 'blob' ? 'blob' : (parts.at(-1) ?? '');
}
