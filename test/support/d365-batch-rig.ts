import { FscmConnector } from '../../nodes/d365/fscm/connector';
import {
  postBatch,
  type BatchPosting,
  type BatchPostingParts,
  type PostedMember,
} from '../../nodes/d365/post-batch';
import type { ReturnOrderPolicy } from '../../nodes/d365/documents';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import type { ClosedBatch } from '../../nodes/returns/batch';
import type { ReturnEvent } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { D365SimulatorOptions } from '../../nodes/sandbox/d365/simulator-types';
import { addOrder, createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { line } from './events';
import { accepted, batchRig, one, type BatchRig } from './batch-rig';
import { BASE, httpTo } from './simulated-http';

export const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };
const BEAT_MS = 50;
export const POLICY: ReturnOrderPolicy = {
  warehouse: 'RETQC',
  reasons: new Map(),
  orderPattern: /^AC-\d+$/,
};

export interface MadeCall {
  /** How many rows it was to create. */
  writes: number;
  /** How many of them are headers of return orders. */
  headers: number;
  at: number;
  /** No answer came. */
  lost: boolean;
}

/** A Batch Aggregator's collector, and Dynamics 365 behind it, on one clock that jumps. */
export interface D365BatchRig extends BatchRig {
  world: World;
  simulator: D365Simulator;
  connector: FscmConnector;
  posted: PostedMember[];
  /** Calls as they left, in order. */
  made: readonly MadeCall[];
  /** Lets time pass until the work is done. */
  run: <T>(work: Promise<T>) => Promise<T>;
  /** Takes returns in and closes the batch. */
  batchOf: (returns: readonly ReturnEvent[]) => Promise<ClosedBatch>;
  /** Posts a batch once, as one delivery of it does. */
  post: (batch: ClosedBatch, change?: Partial<BatchPostingParts>) => Promise<BatchPosting>;
  /** Posts it as often as it comes back, each time after the wait that was asked for. */
  postInTheEnd: (batch: ClosedBatch, change?: Partial<BatchPostingParts>) => Promise<BatchPosting>;
  /** What the ERP holds for returns, by reference: `SKU × quantity = amount`. */
  held: () => Map<string, string[]>;
}

export async function d365BatchRig(
  options: {
    orders?: number;
    config?: Record<string, unknown>;
    settings?: Partial<D365Settings>;
    simulator?: Partial<D365SimulatorOptions>;
  } = {},
): Promise<D365BatchRig> {
  const rig = await batchRig({ mostMembers: 10_000, ...options.config });
  const { time, store } = rig;
  const world = createWorld({ seed: 3, orders: options.orders ?? 60 });
  const simulator = createD365Simulator({
    world,
    ...ACCOUNT,
    now: time.clock.now,
    wait: (milliseconds) => time.wait(milliseconds),
    ...options.simulator,
  });
  const made: MadeCall[] = [];
  const simulated = httpTo(simulator);
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse({
      environmentUrl: BASE,
      authorityUrl: BASE,
      tenant: ACCOUNT.tenant,
      clientId: ACCOUNT.clientId,
      company: 'usrt',
      ...options.settings,
    }),
    clientSecret: ACCOUNT.clientSecret,
    http: async (request) => {
      const creates = [...String(request.body ?? '').matchAll(/^POST \S+\/data\/(\w+)/gm)];
      const headers = creates.filter(([, set]) => set === 'ReturnOrderHeadersV2').length;
      const call = { writes: creates.length, headers, at: time.clock.now(), lost: false };
      made.push(call);
      try {
        return await simulated(request);
      } catch (thrown) {
        call.lost = true;
        throw thrown;
      }
    },
    surroundings: time,
    connectionId: 'connection-1',
  });
  const posted: PostedMember[] = [];
  /** With a heartbeat: long work of the store must not look as if nothing would happen any more. */
  const run = async <T>(work: Promise<T>): Promise<T> => {
    const over = new AbortController();
    const beat = async (): Promise<void> => {
      while (!over.signal.aborted) await time.wait(BEAT_MS, over.signal);
    };
    beat().catch(() => undefined);
    try {
      return await time.run(work);
    } finally {
      over.abort();
    }
  };
  const post: D365BatchRig['post'] = async ({ id }, change = {}) => {
    const stored = await store.batch(id);
    if (!stored) throw new Error(`There is no batch ${id}`);
    return run(
      postBatch(stored, {
        connector,
        store,
        policy: POLICY,
        surroundings: time,
        together: 50,
        how: 'send',
        raisedBy: 'd365-create-return-order',
        onPosted: (member) => {
          posted.push(member);
          return Promise.resolve();
        },
        onByHand: () => undefined,
        ...change,
      }),
    );
  };
  const postInTheEnd: D365BatchRig['postInTheEnd'] = async (batch, change) => {
    for (let tries = 0; tries < 50; tries += 1) {
      const outcome = await post(batch, change);
      if (outcome.totals) return outcome;
      await run(time.wait(outcome.failure?.retryAfterMs ?? 1000));
    }
    throw new Error('It came back fifty times in vain');
  };
  return {
    ...rig,
    world,
    simulator,
    connector,
    posted,
    made,
    run,
    post,
    postInTheEnd,
    batchOf: async (returns) => {
      for (const event of returns) await rig.take({ event });
      return one(await rig.flush());
    },
    held: () => heldBy(simulator),
  };
}

export function heldBy(simulator: D365Simulator): Map<string, string[]> {
  const held = new Map<string, string[]>();
  for (const { reference, lines } of simulator.observer.returnOrders()) {
    // A header whose lines were refused is no return order yet.
    if (lines.length === 0) continue;
    const rows = lines.map(
      ({ itemNumber, quantity: units, amount }) => `${itemNumber} × ${units} = ${amount}`,
    );
    held.set(reference, [...(held.get(reference) ?? []), ...rows].sort());
  }
  return held;
}

/** An accepted return of an order with all of its goods, each line worth what it was sold for. */
export function returnOfOrder(order: WorldOrder, name = `HR${order.number}`): ReturnEvent {
  return accepted(name, {
    order: { number: order.number, id: order.id },
    lines: order.lines.map((sold) =>
      line({
        id: sold.lineId,
        orderLineId: sold.lineId,
        sku: sold.sku,
        quantity: quantity(sold.quantity),
        price: { minor: sold.priceMinor, currency: 'USD' },
      }),
    ),
  });
}

/** Returns of the first orders of the world. */
export function returnsOf(world: World, count: number): ReturnEvent[] {
  return world.orders.slice(0, count).map((order) => returnOfOrder(order));
}

/** An order that Dynamics 365 refuses a return of: of a stopped item, or not known there. */
export function troubled(world: World, trouble: 'blocked' | 'unknown'): WorldOrder {
  return addOrder(world, trouble === 'blocked' ? { sku: 'STOP-42-RED' } : { state: 'unknown-to-erp' });
}

/** Two accepted returns of an order of two pieces, each of one of them. */
export function partsOfOrder(order: WorldOrder): ReturnEvent[] {
  return ['A', 'B'].map((part) => {
    const whole = returnOfOrder(order, `HR${order.number}${part}`);
    return { ...whole, lines: whole.lines.slice(0, 1).map((of) => ({ ...of, quantity: quantity(1) })) };
  });
}
