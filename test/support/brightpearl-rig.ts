import assert from 'node:assert/strict';
import { BrightpearlConnector } from '../../nodes/brightpearl/connector';
import type { CreditPolicy } from '../../nodes/brightpearl/policy';
import type { CreditOutcome } from '../../nodes/brightpearl/sales-credit';
import {
  brightpearlSettingsSchema,
  fixedToken,
  type BrightpearlSettings,
} from '../../nodes/brightpearl/settings';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import { quantity } from '../../nodes/returns/quantity';
import type { Surroundings } from '../../nodes/runtime/retry';
import {
  createBrightpearlSimulator,
  type BrightpearlSimulator,
  type BrightpearlSimulatorOptions,
} from '../../nodes/sandbox/brightpearl/brightpearl-simulator';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, line } from './events';
import { httpTo } from './simulated-http';

export const INSTANCE = 7;

/**
 * Time that moves only when somebody waits: all who wait at the same moment are woken together, so that what is
 * gathered within a time is what is asked for within that time.
 */
export class RigTime implements Surroundings {
  now = Date.parse('2026-02-20T10:00:00Z');
  waits: number[] = [];
  private sleepers: { at: number; wake: () => void }[] = [];
  private ticking = false;

  readonly clock = { now: () => this.now };
  readonly elapsed = (): number => this.now;
  readonly random = (): number => 0.5;
  readonly wait = (milliseconds: number): Promise<void> => {
    this.waits.push(milliseconds);
    return new Promise((wake) => {
      this.sleepers.push({ at: this.now + milliseconds, wake });
      if (!this.ticking) {
        this.ticking = true;
        this.tick();
      }
    });
  };

  /** Lets everything happen that needs no time, then moves to the next who wakes. */
  private tick(rounds = 5): void {
    setImmediate(() => {
      if (rounds > 0) {
        this.tick(rounds - 1);
        return;
      }
      const next = this.sleepers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      if (next === Number.POSITIVE_INFINITY) {
        this.ticking = false;
        return;
      }
      this.now = Math.max(this.now, next);
      const due = this.sleepers.filter(({ at }) => at <= this.now);
      this.sleepers = this.sleepers.filter(({ at }) => at > this.now);
      for (const { wake } of due) wake();
      this.tick();
    });
  }
}

export const POLICY: CreditPolicy = {
  mappings: null,
  reasons: new Map(),
  orderPattern: null,
  rules: {
    substitutes: new Map(),
    bundleParts: 'park',
    toleranceMinor: 0,
    fees: new Map(),
    nominalCode: '',
  },
  invoiceRule: 'invoiced',
  historicalOrders: false,
  others: 'stop',
  othersDays: 30,
  timeZone: 'UTC',
  closedPeriod: 'defer',
  warehouseId: null,
  statusOf: () => null,
};

export interface BrightpearlRig {
  world: World;
  simulator: BrightpearlSimulator;
  time: RigTime;
  store: ReturnsStore;
  connector: BrightpearlConnector;
  credit: (of: ReturnEvent, policy?: Partial<CreditPolicy>) => Promise<CreditOutcome>;
}

export interface RigOptions extends Partial<BrightpearlSimulatorOptions> {
  settings?: Partial<BrightpearlSettings>;
}

/** A simulated account and a connector to it, over a store in memory. */
export async function brightpearlRig({
  settings = {},
  ...options
}: RigOptions = {}): Promise<BrightpearlRig> {
  const world = options.world ?? createWorld({ seed: 3, orders: 60, currency: 'GBP' });
  const time = new RigTime();
  const simulator = createBrightpearlSimulator({
    account: 'acme',
    auth: { appRef: 'acme_returns', accountToken: 'sys-token', staffTokens: { 'staff-token': 4 } },
    now: () => time.now,
    wait: time.wait,
    ...options,
    world,
  });
  const store = await openMemoryStore();
  const connector = connectorTo(simulator, time, settings);
  return {
    world,
    simulator,
    time,
    store,
    connector,
    credit: (of, policy = {}) => connector.createSalesCredit(of, { ...POLICY, ...policy }, store),
  };
}

export function connectorTo(
  simulator: BrightpearlSimulator,
  time: RigTime,
  settings: Partial<BrightpearlSettings> = {},
  token = 'sys-token',
): BrightpearlConnector {
  return new BrightpearlConnector({
    settings: {
      ...brightpearlSettingsSchema.parse({
        apiUrl: 'https://euw1.brightpearl.example',
        account: 'acme',
        authKind: 'system',
        appRef: 'acme_returns',
        instanceId: INSTANCE,
      }),
      ...settings,
    },
    tokens: fixedToken(token),
    http: httpTo(simulator),
    surroundings: time,
    connectionId: 'account-1',
  });
}

/** A return of units of an order, all of them by default. */
export function returnOf(order: WorldOrder, units?: number, change: Partial<ReturnEvent> = {}): ReturnEvent {
  return event({
    topic: 'return.dropped_off',
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    lines: order.lines.map((sold) =>
      line({
        id: sold.lineId,
        orderLineId: sold.lineId,
        sku: sold.sku,
        quantity: quantity(Math.min(units ?? sold.quantity, sold.quantity)),
      }),
    ),
    ...change,
  });
}

/** An order of the shop that fits. */
export function orderWhere(world: World, fits: (order: WorldOrder) => boolean): WorldOrder {
  const order = world.orders.find(fits);
  assert.ok(order);
  return order;
}

export function posted(outcome: CreditOutcome): PostedDocument {
  assert.equal(outcome.outcome, 'posted', JSON.stringify(outcome));
  return outcome.document;
}

export function problemOf(
  outcome: CreditOutcome,
): Extract<CreditOutcome, { outcome: 'exception' }>['problem'] {
  assert.equal(outcome.outcome, 'exception', JSON.stringify(outcome));
  return outcome.problem;
}

/** The error that a promise rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<LedgerError> {
  const thrown: unknown = await work.then(
    (value) => assert.fail(`It did not fail: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof LedgerError, String(thrown));
  return thrown;
}

/** What was thrown, as the error that it must be. */
export function asFailure(thrown: unknown): LedgerError {
  assert.ok(thrown instanceof LedgerError, String(thrown));
  return thrown;
}

/** Calls that create or change something, by path. */
export function writesOf(simulator: BrightpearlSimulator): Record<string, number> {
  const all = Object.entries(simulator.observer.byPath());
  return Object.fromEntries(all.filter(([path]) => !/^(GET|OPTIONS) /.test(path)));
}
