import assert from 'node:assert/strict';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import type { CreditNotePolicy, PostedDocuments } from '../../nodes/d365/documents';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import type { ReturnEvent } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import { quantity } from '../../nodes/returns/quantity';
import type { HttpSend } from '../../nodes/runtime/http';
import {
  createD365Simulator,
  type D365Simulator,
  type D365SimulatorOptions,
} from '../../nodes/sandbox/d365/d365-simulator';
import type { ObservedReturnLine, ObservedReturnOrder } from '../../nodes/sandbox/d365/observed-types';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { documentReference } from '../../nodes/runtime/document-reference';
import { event, line } from './events';
import { BASE, httpTo, simulatedTime } from './simulated-http';

const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };

export const CREDIT_POLICY: CreditNotePolicy = {
  mappings: null,
  reasons: new Map(),
  orderPattern: null,
  closedPeriod: 'defer',
  timeZone: 'UTC',
  toleranceMinor: 0,
  early: false,
};

export interface CreditRig {
  world: World;
  simulator: D365Simulator;
  time: ReturnType<typeof simulatedTime>;
  store: ReturnsStore;
  connector: FscmConnector;
  /** Requests of the posting service, in order. */
  asked: { operation: string; request: Record<string, unknown> }[];
  /** Makes the return order of an event. */
  ordered: (of: ReturnEvent) => Promise<void>;
  /** Posts an arrival of units of a line, or of all that is left of it. */
  arrive: (of: ReturnEvent, lineId: string, units?: number, how?: Arrival) => Promise<void>;
  post: (of: ReturnEvent, change?: Partial<CreditNotePolicy>) => Promise<PostedDocuments>;
  /** The same, which comes back for as long as it is asked to wait, with the world moving on meanwhile. */
  postInTheEnd: (
    of: ReturnEvent,
    change?: Partial<CreditNotePolicy>,
    between?: () => void,
  ) => Promise<PostedDocuments>;
  order: (of: ReturnEvent) => ObservedReturnOrder;
}

interface Arrival {
  disposition?: string;
  quarantine?: boolean;
}

export async function creditRig(
  settings: Partial<D365Settings> = {},
  options: Partial<D365SimulatorOptions> = {},
): Promise<CreditRig> {
  const world = options.world ?? createWorld({ seed: 3, orders: 60 });
  const time = simulatedTime();
  const simulator = createD365Simulator({
    world,
    ...ACCOUNT,
    now: () => time.now,
    wait: time.wait,
    ...options,
  });
  const store = await openMemoryStore();
  const asked: CreditRig['asked'] = [];
  const send = httpTo(simulator);
  const http: HttpSend = (request) => {
    const operation = /RetConnectorService\/(\w+)$/.exec(request.url)?.[1];
    if (operation !== undefined) {
      const body = JSON.parse(String(request.body)) as { _request: Record<string, unknown> };
      asked.push({ operation, request: body._request });
    }
    return send(request);
  };
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse({
      environmentUrl: BASE,
      authorityUrl: BASE,
      tenant,
      clientId,
      company: 'usrt',
      posting: 'service',
      ...settings,
    }),
    clientSecret,
    http,
    surroundings: time,
    connectionId: 'connection-1',
  });
  const order: CreditRig['order'] = (of) => {
    const found = simulator.observer
      .returnOrders()
      .find(({ reference }) => reference === documentReference(of));
    assert.ok(found);
    return found;
  };
  const { client } = connector.with(store);
  const arrive: CreditRig['arrive'] = async (of, lineId, units, how = {}) => {
    const { number, rma, lines } = order(of);
    const lot = lines.find((one) => baseOf(one) === lineId && one.status === 'Awaiting');
    assert.ok(lot, `nothing of ${lineId} is expected any more`);
    const quarantine = how.quarantine === true ? 'Yes' : 'No';
    const journal = await client.create('ItemArrivalJournalHeadersV2', {
      dataAreaId: 'usrt',
      JournalNameId: 'RETARR',
      DefaultTransactionReferenceType: 'Sales',
      DefaultTransactionReferenceNumber: number,
      DefaultReturnItemNumber: rma,
      DefaultReceivingWarehouseId: 'RETQC',
      IsQuarantineOrderCreatedForReceivedItem: quarantine,
    });
    await client.create('ItemArrivalJournalLinesV2', {
      dataAreaId: 'usrt',
      JournalNumber: journal['JournalNumber'],
      ItemNumber: lot.itemNumber,
      ItemQuantity: units ?? -lot.quantity,
      ReferenceInventoryLotId: lot.lot,
      IsReturnOrder: 'Yes',
      IsQuarantineOrderCreatedForReceivedItem: quarantine,
      ReturnDispositionCodeId: how.quarantine === true ? '' : (how.disposition ?? 'CREDIT'),
    });
    simulator.operator.runBatchJobs('arrival');
    const posted = simulator.observer.arrivals().at(-1);
    assert.equal(posted?.posted, true, JSON.stringify(simulator.observer.batchLog().at(-1)));
  };
  const post: CreditRig['post'] = (of, change = {}) =>
    connector.postCredit(of, [], { ...CREDIT_POLICY, ...change }, store);
  return {
    world,
    simulator,
    time,
    store,
    connector,
    asked,
    ordered: async (of) => {
      const policy = { warehouse: 'RETQC', reasons: new Map<string, string>(), orderPattern: null };
      const outcome = await connector.createReturnOrder(of, policy, store);
      assert.equal(outcome.outcome, 'posted', JSON.stringify(outcome));
    },
    arrive,
    post,
    postInTheEnd: async (of, change, between) => {
      for (let tries = 0; tries < 20; tries += 1) {
        try {
          return await post(of, change);
        } catch (thrown) {
          assert.ok(thrown instanceof LedgerError, String(thrown));
          assert.ok(['state-blocked', 'ambiguous', 'transient'].includes(thrown.class), String(thrown));
          await time.wait(thrown.retryAfterMs ?? 60_000);
          between?.();
        }
      }
      throw new Error('It came back twenty times in vain');
    },
    order,
  };
}

function baseOf({ external }: ObservedReturnLine): string {
  return external.replace(/\/\d+$/, '');
}

/** An accepted return of units of each line of an order, all by default. */
export function acceptedReturn(
  order: WorldOrder,
  units?: Readonly<Record<string, number>>,
  change: Partial<ReturnEvent> = {},
): ReturnEvent {
  const sold = units === undefined ? order.lines : order.lines.filter(({ lineId }) => lineId in units);
  return event({
    topic: 'return.accepted',
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    occurredAt: '2026-02-20T09:00:00.000Z',
    order: { number: order.number, id: order.id },
    lines: sold.map((one) =>
      line({
        id: one.lineId,
        orderLineId: one.lineId,
        sku: one.sku,
        quantity: quantity(units?.[one.lineId] ?? one.quantity),
      }),
    ),
    ...change,
  });
}

/** An order of the world with at least so many lines, of which the first has at least so many units. */
export function orderWith(world: World, lines: number, units = 1): WorldOrder {
  const order = world.orders.find(
    (one) => one.lines.length >= lines && (one.lines[0]?.quantity ?? 0) >= units && one.state === 'invoiced',
  );
  assert.ok(order, 'no such order in the world');
  return order;
}

export async function failureOf(work: Promise<unknown>): Promise<LedgerError> {
  const [settled] = await Promise.allSettled([work]);
  assert.equal(settled.status, 'rejected', 'it did not fail');
  assert.ok(settled.reason instanceof LedgerError, String(settled.reason));
  return settled.reason;
}
