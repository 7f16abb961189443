import assert from 'node:assert/strict';
import { BusinessCentralConnector } from '../../nodes/d365/business-central/connector';
import type {
  ArrivalPolicy,
  CreditNotePolicy,
  PostedDocuments,
  ReturnOrderOutcome,
  ReturnOrderPolicy,
} from '../../nodes/d365/documents';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import type { ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import { Mappings, type MappingContent } from '../../nodes/returns/mappings';
import { quantity } from '../../nodes/returns/quantity';
import { versionOf } from '../../nodes/runtime/mappings-node';
import {
  createBusinessCentralSimulator,
  type BusinessCentralSimulator,
  type BusinessCentralSimulatorOptions,
} from '../../nodes/sandbox/business-central/business-central-simulator';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, line } from './events';
import { BASE, httpTo, simulatedTime } from './simulated-http';

export const BC_ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };

export const POLICY: ReturnOrderPolicy = { warehouse: 'RETQC', reasons: new Map(), orderPattern: /^AC-\d+$/ };
export const CREDIT: CreditNotePolicy = {
  mappings: null,
  reasons: new Map(),
  orderPattern: null,
  closedPeriod: 'defer',
  timeZone: 'UTC',
  toleranceMinor: 0,
  early: false,
};
export const ARRIVAL: ArrivalPolicy = {
  when: 'return.received',
  rejectedGoods: 'ignore',
  inspection: 'hold',
  warehouse: '',
  journalName: '',
  mappings: null,
  dispositions: new Map(),
  unannounced: null,
};

/** A connector to a simulated Business Central, with a store and a clock that moves only when somebody waits. */
export interface BcBench {
  world: World;
  simulator: BusinessCentralSimulator;
  time: ReturnType<typeof simulatedTime>;
  store: ReturnsStore;
  connector: BusinessCentralConnector;
  announce: (of: ReturnEvent, policy?: ReturnOrderPolicy) => Promise<ReturnOrderOutcome>;
  credit: (of: ReturnEvent, policy?: Partial<CreditNotePolicy>) => Promise<PostedDocuments>;
  receive: (of: ReturnEvent, policy?: Partial<ArrivalPolicy>) => Promise<PostedDocuments>;
  /** What stands in Business Central, read as another app reads it. */
  read: (path: string) => Promise<Record<string, unknown>[]>;
  write: (method: 'POST' | 'DELETE', path: string) => Promise<void>;
  order: (fits?: (order: WorldOrder) => boolean) => WorldOrder;
}

export async function bcBench(
  options: Partial<BusinessCentralSimulatorOptions> = {},
  settings: Partial<D365Settings> = {},
): Promise<BcBench> {
  const world = options.world ?? createWorld({ seed: 3, orders: 40 });
  const time = simulatedTime(Date.parse('2026-03-30T10:00:00Z'));
  const simulator = createBusinessCentralSimulator({
    world,
    ...BC_ACCOUNT,
    now: () => time.now,
    wait: time.wait,
    ...options,
  });
  const store = await openMemoryStore();
  const connector = bcConnector(simulator, time, settings);
  return {
    world,
    simulator,
    time,
    store,
    connector,
    announce: (of, policy = POLICY) => connector.createReturnOrder(of, policy, store),
    credit: (of, policy = {}) => connector.postCredit(of, [], { ...CREDIT, ...policy }, store),
    receive: (of, policy = {}) => connector.receiveGoods(of, [], { ...ARRIVAL, ...policy }, store),
    read: async (path) => {
      const text = await call(simulator, 'GET', path);
      return (JSON.parse(text) as { value: Record<string, unknown>[] }).value;
    },
    write: async (method, path) => {
      await call(simulator, method, path);
    },
    order: (fits = (one) => one.lines.length > 1) => {
      const order = world.orders.find(fits);
      assert.ok(order);
      return order;
    },
  };
}

export function bcConnector(
  simulator: BusinessCentralSimulator,
  time: ReturnType<typeof simulatedTime>,
  settings: Partial<D365Settings> = {},
  secret = BC_ACCOUNT.clientSecret,
): BusinessCentralConnector {
  return new BusinessCentralConnector({
    settings: d365SettingsSchema.parse({
      product: 'bc',
      environmentUrl: BASE,
      authorityUrl: BASE,
      tenant: BC_ACCOUNT.tenant,
      clientId: BC_ACCOUNT.clientId,
      company: 'usrt',
      ...settings,
    }),
    clientSecret: secret,
    http: httpTo(simulator),
    surroundings: time,
    connectionId: 'connection-1',
  });
}

/** A return of units of an order, all of them by default. */
export function returnOf(
  order: WorldOrder,
  change: Partial<ReturnEvent> = {},
  units = Number.MAX_SAFE_INTEGER,
  ofLine: Partial<ReturnLine> = {},
): ReturnEvent {
  return event({
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    occurredAt: '2026-03-20T09:00:00.000Z',
    lines: order.lines.map((sold) =>
      line({
        id: sold.lineId,
        orderLineId: sold.lineId,
        sku: sold.sku,
        quantity: quantity(Math.min(units, sold.quantity)),
        ...ofLine,
      }),
    ),
    ...change,
  });
}

export function accepted(of: ReturnEvent, lines = of.lines): ReturnEvent {
  return { ...of, id: `${of.id}_accepted`, topic: 'return.accepted', lines };
}

export function rejected(of: ReturnEvent, lines = of.lines): ReturnEvent {
  return { ...of, id: `${of.id}_rejected`, topic: 'return.rejected', lines };
}

export function mappings(content: MappingContent): Mappings {
  return new Mappings(content, null, versionOf);
}

export function codeOf(outcome: ReturnOrderOutcome): string {
  return outcome.outcome === 'exception'
    ? outcome.problem.code
    : `posted, ${outcome.mismatch?.code ?? 'as meant'}`;
}

/** Comes back for as long as it is asked to, as a delivery that waits in the store does. */
export async function inTheEnd<T>(time: BcBench['time'], work: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 10; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      assert.ok(thrown instanceof LedgerError, String(thrown));
      await time.wait(thrown.retryAfterMs ?? 60_000);
    }
  }
  throw new Error('It came back ten times in vain');
}

/** A call of somebody else, which must succeed. */
async function call(
  simulator: BusinessCentralSimulator,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
): Promise<string> {
  const http = httpTo(simulator);
  const { tenant, clientId, clientSecret } = BC_ACCOUNT;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://api.businesscentral.dynamics.com/.default',
  });
  const tokenUrl = `${BASE}/${tenant}/oauth2/v2.0/token`;
  const signedIn = await http({ method: 'POST', url: tokenUrl, headers: {}, body: form.toString() });
  const token = (JSON.parse(signedIn.text) as { access_token: string }).access_token;
  const answer = await http({
    method,
    url: `${BASE}/v2.0/production/api/v2.0/companies(${simulator.companyId})/${path}`,
    headers: { authorization: `Bearer ${token}` },
  });
  assert.ok(answer.status < 300, answer.text);
  return answer.text;
}

/** Loses the answer to the first posting that an address matches, and all that is asked after it: as if the process had died. */
export function dyingAfter(simulator: BcBench['simulator'], posting: RegExp): { recover: () => void } {
  const handle = simulator.handle.bind(simulator);
  let state: 'alive' | 'dead' | 'back' = 'alive';
  simulator.handle = async (request) => {
    if (state === 'dead') return { status: 0, drop: true };
    const answer = await handle(request);
    if (state === 'back' || !posting.test(request.url)) return answer;
    state = 'dead';
    return { status: 0, drop: true };
  };
  return { recover: () => void (state = 'back') };
}
