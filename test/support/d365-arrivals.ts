import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import register from '../../nodes/d365/d365-item-arrival';
import type {
  ArrivalPolicy,
  D365Connector,
  PostedDocuments,
  ReturnOrderPolicy,
} from '../../nodes/d365/documents';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import type { PostedDocument, ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { asLedgerError, type LedgerError } from '../../nodes/returns/failure';
import { quantity } from '../../nodes/returns/quantity';
import type { Mappings } from '../../nodes/returns/mappings';
import type { HttpSend } from '../../nodes/runtime/http';
import type { Surroundings } from '../../nodes/runtime/retry';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { ObservedReturnOrder, ObservedStock } from '../../nodes/sandbox/d365/observed-types';
import type { D365Simulator, D365SimulatorOptions } from '../../nodes/sandbox/d365/simulator-types';
import { addOrder, createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, line } from './events';
import { connectedNode } from './d365-node';
import type { FakeNode } from './fake-node-red';
import { mappingsNode } from './posting-mappings';
import { BASE, httpTo, simulatedTime } from './simulated-http';

export const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };

/** Two items that the shop sells. */
export const [SKU = '', OTHER = ''] = createWorld({ seed: 3, orders: 1 }).items.map(({ sku }) => sku);

export const ORDERS: ReturnOrderPolicy = {
  warehouse: 'RETQC',
  mappings: null,
  reasons: new Map(),
  orderPattern: null,
};

/** Resellable goods are sold again, damaged ones are scrapped. */
export const ARRIVALS: ArrivalPolicy = {
  when: 'return.received',
  rejectedGoods: 'quarantine',
  inspection: 'quarantine',
  warehouse: '',
  journalName: 'RETARR',
  mappings: null,
  dispositions: new Map([
    ['resellable', { code: 'CREDIT', warehouse: 'MAIN', location: 'BULK' }],
    ['damaged', { code: 'SCRAP', warehouse: '', location: 'INSPECT' }],
    ['money only', { code: 'CREDONLY', warehouse: '', location: '' }],
    ['replace', { code: 'REPLCRED', warehouse: '', location: '' }],
    ['of yesterday', { code: 'GONE', warehouse: '', location: '' }],
  ]),
  unannounced: null,
};

export interface ArrivalRig {
  world: World;
  simulator: D365Simulator;
  time: ReturnType<typeof simulatedTime>;
  store: ReturnsStore;
  connector: FscmConnector;
  /** Writes that left, as `POST ItemArrivalJournalHeadersV2`. */
  writes: string[];
  announce: (event: ReturnEvent) => Promise<void>;
  receive: (event: ReturnEvent, policy?: ArrivalPolicy) => Promise<PostedDocuments>;
  /** The error that it ends with. */
  fails: (event: ReturnEvent, policy?: ArrivalPolicy) => Promise<LedgerError>;
  /** Comes back for as long as it is asked to, as a delivery that waits in the store does. */
  inTheEnd: (event: ReturnEvent, policy?: ArrivalPolicy) => Promise<PostedDocuments>;
  /** The one return order there is. */
  order: () => ObservedReturnOrder;
}

/** Item arrivals over a simulated Finance & SCM; they are posted by the customer's service unless settings say otherwise. */
export async function arrivalRig(
  options: Partial<D365SimulatorOptions> = {},
  settings: Partial<D365Settings> = {},
): Promise<ArrivalRig> {
  const world = options.world ?? createWorld({ seed: 3, orders: 60 });
  const time = simulatedTime();
  const now = (): number => time.now;
  const simulator = createD365Simulator({ ...ACCOUNT, now, wait: waitOf(time), ...options, world });
  const store = await openMemoryStore();
  const writes: string[] = [];
  const send = httpTo(simulator);
  const http: HttpSend = (request) => {
    if (request.method !== 'GET' && request.safe !== true && !request.url.includes('/oauth2/')) {
      const [, set = ''] = /\/(?:data|RetConnectorService)\/([^?(]+)/.exec(request.url) ?? [];
      writes.push(`${request.method} ${set}`);
    }
    return send(request);
  };
  const connector = connectorTo(http, time, settings);
  const receive: ArrivalRig['receive'] = (of, policy = ARRIVALS) =>
    connector.receiveGoods(of, [], policy, store);
  return {
    world,
    simulator,
    time,
    store,
    connector,
    writes,
    announce: async (of) => {
      const made = await connector.createReturnOrder(of, ORDERS, store);
      assert.equal(made.outcome, 'posted', JSON.stringify(made));
      writes.length = 0;
    },
    receive,
    fails: async (of, policy) => {
      try {
        const done = await receive(of, policy);
        throw new Error(`It was done: ${JSON.stringify(done)}`);
      } catch (thrown) {
        return asLedgerError(thrown);
      }
    },
    inTheEnd: async (of, policy) => {
      for (let tries = 0; tries < 30; tries += 1) {
        try {
          return await receive(of, policy);
        } catch (thrown) {
          const error = asLedgerError(thrown);
          assert.ok(
            ['ambiguous', 'transient', 'state-blocked', 'rate-limited'].includes(error.class),
            error.message,
          );
          // An answer that was lost is looked up at once, as the node does it.
          await time.wait(error.retryAfterMs ?? (error.class === 'ambiguous' ? 0 : 15_000));
        }
      }
      throw new Error('It came back thirty times in vain');
    },
    order: () => {
      const [order, more] = simulator.observer.returnOrders();
      assert.ok(order && !more);
      return order;
    },
  };
}

/** What is late happens when somebody has waited for so long, and not before. */
function waitOf(time: ReturnType<typeof simulatedTime>): (milliseconds: number) => Promise<void> {
  const late: { at: number; go: () => void }[] = [];
  const pass = time.wait;
  time.wait = async (milliseconds) => {
    await pass(milliseconds);
    for (const { at, go } of late) if (at <= time.now) go();
    await turn();
  };
  return (milliseconds) =>
    new Promise((go) => {
      if (milliseconds <= 0) go();
      else late.push({ at: time.now + milliseconds, go });
    });
}

export function connectorTo(
  http: HttpSend,
  time: Surroundings,
  settings: Partial<D365Settings> = {},
): FscmConnector {
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const given = { environmentUrl: BASE, authorityUrl: BASE, tenant, clientId, company: 'usrt' };
  return new FscmConnector({
    // Waits may be shorter here than the dialog lets them be.
    settings: { ...d365SettingsSchema.parse({ ...given, posting: 'service' }), ...settings },
    clientSecret,
    http,
    surroundings: time,
    connectionId: 'connection-1',
  });
}

/** An order of the shop with this many pieces of one item. */
export function orderOf(world: World, sku: string, pieces: number): WorldOrder {
  return addOrder(world, { sku, quantity: pieces });
}

/** An event about the first line of an order. */
export function arrivalOf(
  order: WorldOrder,
  topic: ReturnEvent['topic'],
  units: number,
  change: Partial<ReturnLine> = {},
): ReturnEvent {
  const [sold] = order.lines;
  assert.ok(sold);
  return event({
    topic,
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    lines: [
      line({
        id: sold.lineId,
        orderLineId: sold.lineId,
        sku: sold.sku,
        quantity: quantity(units),
        ...change,
      }),
    ],
  });
}

/** The same with what the warehouse decided. */
export function acceptedAs(disposition: string): Partial<ReturnLine> {
  return { confirmedDisposition: disposition };
}

/** The node D365 Item Arrival over a rig. */
export function arrivalNode(
  rig: Pick<ArrivalRig, 'store'> & { connector: D365Connector; product?: D365Connector['product'] },
  config: Record<string, unknown> = {},
  mappings: (() => Mappings) | null = null,
): FakeNode {
  const dispositions = [{ disposition: 'Resellable', code: 'CREDIT', warehouse: 'MAIN', location: 'BULK' }];
  return connectedNode(rig, register, 'd365-item-arrival', ({ RED, make }) => ({
    journalName: 'RETARR',
    ...(mappings ? { mappings: mappingsNode(RED, make, mappings).id } : { dispositions }),
    ...config,
  }));
}

export function numbersOf(documents: readonly PostedDocument[]): string[] {
  return documents.map(({ number }) => number);
}

/** Pieces of an item in one kind of place. */
export function piecesIn(simulator: D365Simulator, item: string, place: ObservedStock['place']): number {
  return simulator.observer
    .stock()
    .filter((one) => one.item === item && one.place === place)
    .reduce((sum, { quantity: pieces }) => sum + pieces, 0);
}
