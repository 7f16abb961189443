import assert from 'node:assert/strict';
import {
  createBrightpearlSimulator,
  type BrightpearlSimulator,
  type BrightpearlSimulatorOptions,
} from '../../nodes/sandbox/brightpearl/brightpearl-simulator';
import type { SimulatedResponse } from '../../nodes/sandbox/simulator';
import { createWorld, type World } from '../../nodes/sandbox/world';

/** Time that only moves when a test moves it. */
export class TestClock {
  private time = Date.parse('2026-03-02T09:00:00Z');
  private waiting: { at: number; wake: () => void }[] = [];

  readonly now = (): number => this.time;

  readonly wait = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.waiting.push({ at: this.time + ms, wake });
    });

  /** Lets time pass, and what is due happen in its order. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = until;
  }
}

export interface WireRow {
  id: number;
  productId?: number;
  sku?: string;
  name: string;
  quantity: string;
  net: string;
  tax: string;
  taxCode: string;
  bundleParent: boolean;
  bundleChild: boolean;
  parentRowId: number;
}

export interface WireSale {
  id: number;
  parentId?: number;
  rows: WireRow[];
  total: { net: string; tax: string; gross: string };
  isCanceled: boolean;
  invoice: { invoiceReference: string; taxDate: string };
  orderPaymentStatus: string;
  stockStatusCode: string;
  allocationStatusCode: string;
}

export interface WireOrderRow {
  productId: number;
  productSku?: string;
  quantity: { magnitude: string };
  rowValue: { taxCode: string; rowNet: { value: string }; rowTax: { value: string } };
  composition: { bundleParent: boolean; bundleChild: boolean; parentOrderRowId: number };
}

export interface WireOrder {
  id: number;
  parentOrderId: number;
  orderTypeCode: string;
  reference: string;
  orderStatus: { orderStatusId: number; name: string };
  invoices: { invoiceReference: string; taxDate: string }[];
  stockStatusCode: string;
  allocationStatusCode: string;
  orderPaymentStatus: string;
  totalValue: { net: string; taxAmount: string; total: string };
  assignment: { current: { channelId: number } };
  parties: { customer: { contactId: number } };
  orderRows: Record<string, WireOrderRow>;
  warehouseId: number;
  historicalOrder: boolean;
}

export interface Answered {
  status: number;
  body: { response?: unknown; errors?: { code: string; message: string }[] };
  headers: Record<string, string>;
  text: string;
}

export const HEADERS = { 'brightpearl-app-ref': 'acme_returns', 'brightpearl-account-token': 'sys-token' };

/** A simulated account with a clock of its own, and a caller with a system token. */
export class TestAccount {
  readonly clock = new TestClock();
  readonly world: World;
  readonly simulator: BrightpearlSimulator;

  constructor(options: Partial<BrightpearlSimulatorOptions> = {}) {
    this.world = options.world ?? createWorld({ seed: 3, orders: 12 });
    this.simulator = createBrightpearlSimulator({
      world: this.world,
      account: 'acme',
      auth: { appRef: 'acme_returns', accountToken: 'sys-token' },
      now: this.clock.now,
      wait: this.clock.wait,
      ...options,
    });
  }

  raw(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = HEADERS,
  ): Promise<SimulatedResponse> {
    return this.simulator.handle({
      method,
      url: `/public-api/acme${path}`,
      headers,
      body: Buffer.from(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)),
    });
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answered> {
    const answer = await this.raw(method, path, body, headers);
    const text = String(answer.body ?? '');
    return {
      status: answer.drop ? 0 : answer.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Answered['body']) : {},
      headers: answer.headers ?? {},
      text,
    };
  }

  async get<T>(path: string): Promise<T> {
    const answer = await this.call('GET', path);
    assert.ok(answer.status < 300, answer.text);
    return answer.body.response as T;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    const answer = await this.call('POST', path, body);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.response as T;
  }

  /** Refused with this status; the code and message are told. */
  async refused(method: string, path: string, body: unknown, status: number): Promise<string> {
    const answer = await this.call(method, path, body);
    assert.equal(answer.status, status, answer.text);
    const [error] = answer.body.errors ?? [];
    assert.ok(error, answer.text);
    assert.match(error.code, /^[A-Z]{4}-\d{3}$/);
    return (answer.body.errors ?? []).map(({ code, message }) => `${code}: ${message}`).join('\n');
  }

  id(index = 0): number {
    const id = this.simulator.orderId(this.world.orders[index]?.number ?? '');
    assert.ok(id !== undefined);
    return id;
  }

  async order(id: number): Promise<WireOrder> {
    const [order] = await this.get<WireOrder[]>(`/order-service/order/${id}`);
    assert.ok(order);
    return order;
  }

  async credit(id: number): Promise<WireSale> {
    const [credit] = await this.get<WireSale[]>(`/order-service/sales-credit/${id}`);
    assert.ok(credit);
    return credit;
  }

  /** The body of a credit for everything on an order. */
  async creditBody(orderId: number, change: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const order = await this.order(orderId);
    const rows = Object.values(order.orderRows).filter(({ composition }) => !composition.bundleChild);
    return {
      customer: { id: order.parties.customer.contactId },
      parentId: orderId,
      ref: order.reference,
      externalRef: `return-${orderId}`,
      installedIntegrationInstanceId: 7,
      rows: rows.map((row) => ({
        productId: row.productId,
        quantity: row.quantity.magnitude,
        taxCode: row.rowValue.taxCode,
        net: row.rowValue.rowNet.value,
        tax: row.rowValue.rowTax.value,
      })),
      ...change,
    };
  }

  async makeCredit(index = 0, change: Record<string, unknown> = {}): Promise<number> {
    return this.post<number>('/order-service/sales-credit', await this.creditBody(this.id(index), change));
  }
}
