import assert from 'node:assert/strict';
import { z } from 'zod';
import { BusinessCentralConnector } from '../../nodes/d365/business-central/connector';
import registerCreate from '../../nodes/d365/d365-create-return-order';
import registerCredit from '../../nodes/d365/d365-credit-note';
import registerExchange from '../../nodes/d365/d365-exchange-order';
import registerArrival from '../../nodes/d365/d365-item-arrival';
import type {
  ArrivalPolicy,
  CreditNotePolicy,
  D365Connector,
  ExchangePolicy,
  PostedDocuments,
  RefundPolicy,
  ReturnOrderOutcome,
  ReturnOrderPolicy,
} from '../../nodes/d365/documents';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import { CATALOGUE } from '../../nodes/returns/exception-catalogue';
import { LedgerError } from '../../nodes/returns/failure';
import type { Mappings } from '../../nodes/returns/mappings';
import type { Problem } from '../../nodes/returns/posting-checks';
import { codeOf } from '../../nodes/d365/posting-node';
import { defineNode } from '../../nodes/runtime/define-node';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import type { HttpSend } from '../../nodes/runtime/http';
import {
  createBusinessCentralSimulator,
  type BusinessCentralSimulator,
  type BusinessCentralSimulatorOptions,
} from '../../nodes/sandbox/business-central/business-central-simulator';
import {
  createD365Simulator,
  type D365Simulator,
  type D365SimulatorOptions,
} from '../../nodes/sandbox/d365/d365-simulator';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { fakeNodeRed, type FakeNode } from './fake-node-red';
import type { SentRequest } from './odata-words';
import { mappingsNode } from './posting-mappings';
import { recorded } from './recorded-http';
import { BASE, httpTo, simulatedTime } from './simulated-http';

const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };
const START = Date.parse('2026-03-30T10:00:00Z');

export type D365NodeType =
  'd365-create-return-order' | 'd365-item-arrival' | 'd365-credit-note' | 'd365-exchange-order';

/** How the product documents' returns are posted, in both products. */
export const POLICIES = {
  order: { warehouse: 'RETQC', reasons: new Map(), orderPattern: null } satisfies ReturnOrderPolicy,
  arrival: {
    when: 'return.received',
    rejectedGoods: 'quarantine',
    inspection: 'quarantine',
    warehouse: '',
    journalName: 'RETARR',
    mappings: null,
    dispositions: new Map([
      ['resellable', { code: 'CREDIT', warehouse: 'MAIN', location: 'BULK' }],
      ['damaged', { code: 'SCRAP', warehouse: '', location: '' }],
    ]),
    unannounced: null,
  } satisfies ArrivalPolicy,
  credit: {
    mappings: null,
    reasons: new Map(),
    orderPattern: null,
    closedPeriod: 'defer',
    timeZone: 'UTC',
    toleranceMinor: 0,
    early: false,
  } satisfies CreditNotePolicy,
  refund: {
    mappings: null,
    methods: new Map([['card', 'CARD']]),
    route: 'journal',
    journalName: 'RETREFUND',
  } satisfies RefundPolicy,
  exchange: { mappings: null, warehouse: '', orderPattern: null } satisfies ExchangePolicy,
};

/** A product of Dynamics 365 with its simulator, a store, and a clock that moves only when somebody waits. */
export interface ProductRig<Product = D365Simulator | BusinessCentralSimulator> {
  world: World;
  simulator: Product;
  time: ReturnType<typeof simulatedTime>;
  store: ReturnsStore;
  connector: D365Connector;
  /**
   * What was called since this was last asked, in order, as `GET ReturnOrderHeadersV2`: each part of a batch for itself,
   * sign-in, metadata and the list of companies left out.
   */
  calls: () => string[];
  /** The same without what only reads. */
  writes: () => string[];
  order: (fits?: (order: WorldOrder) => boolean) => WorldOrder;
  announce: (of: ReturnEvent, change?: Partial<ReturnOrderPolicy>) => Promise<ReturnOrderOutcome>;
  receive: (of: ReturnEvent, change?: Partial<ArrivalPolicy>) => Promise<PostedDocuments>;
  credit: (of: ReturnEvent, change?: Partial<CreditNotePolicy>) => Promise<PostedDocuments>;
  /** Refunds the credits of the return that the store holds. */
  refund: (of: ReturnEvent, change?: Partial<RefundPolicy>) => Promise<PostedDocuments>;
  exchange: (of: ReturnEvent, change?: Partial<ExchangePolicy>) => Promise<PostedDocuments>;
  /** Comes back for as long as it is asked to, as a delivery that waits in the store does; the world moves on between. */
  inTheEnd: <T>(work: () => Promise<T>, between?: () => void) => Promise<T>;
  /** One of the four nodes, wired to this connector and store. */
  node: (type: D365NodeType, config?: Record<string, unknown>, mappings?: () => Mappings) => FakeNode;
  /** Units that came to a place since the beginning, by its name; `RETQC quarantine` and `RETQC scrap` for what is not sellable. */
  stock: () => Record<string, number>;
  /** Posted credits, minor units, above zero. */
  credited: () => number[];
  /** Posted refunds, likewise. Business Central takes none over its API. */
  refunded: () => number[];
}

/** A simulated Finance & SCM, which its own posting service posts for, unless settings say otherwise. */
export async function fscmRig(
  options: Partial<D365SimulatorOptions> = {},
  settings: Partial<D365Settings> = {},
): Promise<ProductRig<D365Simulator>> {
  const world = options.world ?? createWorld({ seed: 3, orders: 60 });
  const time = simulatedTime(START);
  const simulator = createD365Simulator({
    ...ACCOUNT,
    now: () => time.now,
    wait: time.wait,
    ...options,
    world,
  });
  const make = (http: HttpSend): D365Connector => new FscmConnector({ ...partsOf(time, settings), http });
  const { observer } = simulator;
  return rigOf(world, time, simulator, make, {
    stock: () =>
      observer.stock().map(({ item, warehouse, place, quantity }) => ({
        at: place === 'sellable' ? warehouse : `${warehouse} ${place}`,
        item,
        quantity,
      })),
    credited: () => observer.creditNotes().map(({ total }) => minor(-total)),
    refunded: () =>
      observer
        .refunds()
        .filter(({ posted }) => posted)
        .map(({ amount }) => minor(amount)),
  });
}

/** A simulated Business Central. */
export async function bcRig(
  options: Partial<BusinessCentralSimulatorOptions> = {},
  settings: Partial<D365Settings> = {},
): Promise<ProductRig<BusinessCentralSimulator>> {
  const world = options.world ?? createWorld({ seed: 3, orders: 60 });
  const time = simulatedTime(START);
  const now = (): number => time.now;
  const simulator = createBusinessCentralSimulator({ ...ACCOUNT, now, wait: time.wait, ...options, world });
  const make = (http: HttpSend): D365Connector =>
    new BusinessCentralConnector({ ...partsOf(time, { product: 'bc', ...settings }), http });
  const { observer } = simulator;
  return rigOf(world, time, simulator, make, {
    stock: () => observer.stock().map(({ item, location, quantity }) => ({ at: location, item, quantity })),
    credited: () => observer.creditMemos().map(({ gross }) => gross),
    refunded: () => [],
  });
}

interface Observed {
  stock: () => { at: string; item: string; quantity: number }[];
  credited: () => number[];
  refunded: () => number[];
}

async function rigOf<Product extends D365Simulator | BusinessCentralSimulator>(
  world: World,
  time: ReturnType<typeof simulatedTime>,
  simulator: Product,
  make: (http: HttpSend) => D365Connector,
  observed: Observed,
): Promise<ProductRig<Product>> {
  const store = await openMemoryStore();
  const { http, sent } = recorded(httpTo(simulator));
  const connector = make(http);
  const calls = (): string[] => sent.splice(0).flatMap(callsIn);
  const before = placesOf(observed);
  return {
    world,
    simulator,
    time,
    store,
    connector,
    calls,
    writes: () => calls().filter((call) => !call.startsWith('GET ')),
    order: (fits = ({ lines }) => lines.length > 1) => {
      const order = world.orders.find((one) => one.state === 'invoiced' && fits(one));
      assert.ok(order, 'no such order in the world');
      return order;
    },
    announce: (of, change) => connector.createReturnOrder(of, { ...POLICIES.order, ...change }, store),
    receive: (of, change) => connector.receiveGoods(of, [], { ...POLICIES.arrival, ...change }, store),
    credit: (of, change) => connector.postCredit(of, [], { ...POLICIES.credit, ...change }, store),
    refund: async (of, change) => {
      const documents = await store.documentsOf(returnKey(of));
      const credits = documents.filter(({ kind }) => kind === 'credit-note');
      return connector.bookRefund(of, credits, { ...POLICIES.refund, ...change }, store);
    },
    exchange: (of, change) => connector.createExchange(of, [], { ...POLICIES.exchange, ...change }, store),
    inTheEnd: (work, between) => inTheEnd(time, work, between),
    node: (type, config = {}, mappings) => nodeOf({ connector, store }, type, config, mappings),
    stock: () => difference(before, placesOf(observed)),
    credited: observed.credited,
    refunded: observed.refunded,
  };
}

/** The event of a return that its goods have arrived. */
export function received(of: ReturnEvent, lines = of.lines): ReturnEvent {
  return { ...of, id: `${of.id}_received`, topic: 'return.received', lines };
}

/** The event that they are accepted, with what the warehouse decided. */
export function acceptedAs(of: ReturnEvent, disposition: string | null, lines = of.lines): ReturnEvent {
  const decided = lines.map((line) => ({ ...line, confirmedDisposition: disposition }));
  return { ...of, id: `${of.id}_accepted`, topic: 'return.accepted', lines: decided };
}

/** The error that work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<LedgerError> {
  const [settled] = await Promise.allSettled([work]);
  assert.equal(settled.status, 'rejected', `it did not fail: ${JSON.stringify(settled)}`);
  assert.ok(settled.reason instanceof LedgerError, String(settled.reason));
  return settled.reason;
}

/** What an exception of the node would say: code and who has to act. */
export function told(problem: Problem | LedgerError | null): string {
  assert.ok(problem, 'nothing is told');
  const code = codeOf(problem.code);
  assert.ok(code, `${problem.code} is no exception`);
  return `${code}, ${CATALOGUE[code].owner}`;
}

/** The outcome of a return order, as `posted` or `code, owner`. */
export function outcomeOf(outcome: ReturnOrderOutcome): string {
  if (outcome.outcome === 'exception') return told(outcome.problem);
  return outcome.mismatch ? `posted; ${told(outcome.mismatch)}` : 'posted';
}

function partsOf(
  time: ReturnType<typeof simulatedTime>,
  settings: Partial<D365Settings>,
): Omit<ConstructorParameters<typeof FscmConnector>[0], 'http'> {
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const given = { environmentUrl: BASE, authorityUrl: BASE, tenant, clientId, company: 'usrt' };
  return {
    settings: d365SettingsSchema.parse({ ...given, posting: 'service', ...settings }),
    clientSecret,
    surroundings: time,
    connectionId: 'connection-1',
  };
}

function nodeOf(
  { connector, store }: Pick<ProductRig, 'connector' | 'store'>,
  type: D365NodeType,
  config: Record<string, unknown>,
  mappings: (() => Mappings) | undefined,
): FakeNode {
  const { RED, make } = fakeNodeRed();
  for (const register of [registerCreate, registerArrival, registerCredit, registerExchange]) register(RED);
  defineNode(RED, {
    type: 'd365-connection',
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(connector),
      store: () => Promise.resolve(store),
    }),
  });
  const connection = make('d365-connection', {});
  const used = mappings ? { mappings: mappingsNode(RED, make, mappings).id } : {};
  return make(type, { connection: connection.id, ...used, ...config });
}

async function inTheEnd<T>(
  time: ReturnType<typeof simulatedTime>,
  work: () => Promise<T>,
  between?: () => void,
): Promise<T> {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      assert.ok(thrown instanceof LedgerError, String(thrown));
      const waits = ['state-blocked', 'ambiguous', 'transient', 'rate-limited'];
      assert.ok(waits.includes(thrown.class), String(thrown));
      await time.wait(thrown.retryAfterMs ?? 60_000);
      between?.();
    }
  }
  throw new Error('It came back twenty times in vain');
}

/** The calls of a request: of a batch, each of its parts. */
function callsIn({ method, url, body }: SentRequest): string[] {
  const parts = /\$batch$/.test(url) ? partsOfBatch(body) : [{ method, url }];
  return parts
    .filter((part) => !/oauth2|\$metadata|\/companies(\?|$)|LegalEntities/.test(part.url))
    .map((part) => `${part.method} ${nameIn(part.url)}`);
}

function partsOfBatch(body: string): { method: string; url: string }[] {
  if (body.startsWith('{'))
    return (JSON.parse(body) as { requests: { method: string; url: string }[] }).requests;
  return [...body.matchAll(/^(GET|POST|PATCH|DELETE) (\S+) HTTP\/1\.1/gm)].map(
    ([, method = '', url = '']) => ({ method, url }),
  );
}

/** The set and the action of an address, or the operation of the service. */
function nameIn(url: string): string {
  const [path = ''] = url.split('?');
  const [, name = path] = /\/data\/(.+)$|\/RetConnectorService\/(.+)$/.exec(path)?.filter(Boolean) ??
    /companies\([^)]*\)\/(.+)$/.exec(path) ?? ['', path];
  return name.replace(/\([^)]*\)/g, '').replace('Microsoft.NAV.', '');
}

function placesOf({ stock }: Observed): Map<string, number> {
  const places = new Map<string, number>();
  for (const { at, quantity } of stock()) places.set(at, (places.get(at) ?? 0) + quantity);
  return places;
}

function difference(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number> {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes = names.map((at) => [at, (after.get(at) ?? 0) - (before.get(at) ?? 0)] as const);
  return Object.fromEntries(changes.filter(([, change]) => change !== 0));
}

function minor(amount: number): number {
  return Math.round(amount * 100);
}
