import assert from 'node:assert/strict';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { D365SimulatorOptions } from '../../nodes/sandbox/d365/simulator-types';
import type { SimulatedRequest, SimulatedResponse } from '../../nodes/sandbox/simulator';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';

export type Json = Record<string, unknown>;

const SERVICE = '/api/services/RetConnectorServiceGroup/RetConnectorService';

/** A clock that a test sets. Waits end at once. */
export class TestClock {
  at = Date.parse('2026-03-28T12:00:00Z');
  readonly now = (): number => this.at;

  forward(seconds: number): void {
    this.at += seconds * 1000;
  }
}

/** The simulated Finance & SCM with a token, and the calls that its tests make over and over. */
export class D365Sandbox {
  readonly clock = new TestClock();
  readonly world: World;
  readonly simulator: D365Simulator;
  private token = '';

  private constructor(options: Partial<D365SimulatorOptions>) {
    this.world = options.world ?? createWorld({ seed: 1, orders: 20 });
    this.simulator = createD365Simulator({
      world: this.world,
      tenant: 't',
      clientId: 'c',
      clientSecret: 's',
      now: this.clock.now,
      wait: () => Promise.resolve(),
      specialProducts: true,
      ...options,
    });
  }

  static async open(options: Partial<D365SimulatorOptions> = {}): Promise<D365Sandbox> {
    const sandbox = new D365Sandbox(options);
    const form = 'grant_type=client_credentials&client_id=c&client_secret=s&resource=https%3A%2F%2Fx.example';
    const answer = await sandbox.simulator.handle({
      method: 'POST',
      url: '/t/oauth2/token',
      headers: {},
      body: Buffer.from(form),
    });
    sandbox.token = (JSON.parse(String(answer.body)) as { access_token: string }).access_token;
    return sandbox;
  }

  get authorization(): string {
    return `Bearer ${this.token}`;
  }

  get order(): WorldOrder {
    const [order] = this.world.orders;
    assert.ok(order);
    return order;
  }

  /** An item that is sold. */
  get sku(): string {
    return this.world.items[0]?.sku ?? '';
  }

  call(
    method: string,
    url: string,
    body?: unknown,
    headers: SimulatedRequest['headers'] = {},
  ): Promise<SimulatedResponse> {
    return this.simulator.handle({
      method,
      url,
      headers: { authorization: this.authorization, ...headers },
      body: Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    });
  }

  post(set: string, body: Json): Promise<SimulatedResponse> {
    return this.call('POST', `/data/${set}?cross-company=true`, { dataAreaId: 'usrt', ...body });
  }

  async created(set: string, body: Json): Promise<Json> {
    const answer = await this.post(set, body);
    assert.equal(answer.status, 201, String(answer.body));
    return JSON.parse(String(answer.body)) as Json;
  }

  /** What the Infolog of a refused create says. */
  async refused(set: string, body: Json): Promise<string> {
    return infolog(await this.post(set, body));
  }

  async rows(set: string, filter?: string): Promise<Json[]> {
    const query = filter === undefined ? '' : `&$filter=${encodeURIComponent(filter)}`;
    const answer = await this.call('GET', `/data/${set}?cross-company=true${query}`);
    assert.equal(answer.status, 200, String(answer.body));
    return (JSON.parse(String(answer.body)) as { value: Json[] }).value;
  }

  async service(
    operation: string,
    request: Json,
  ): Promise<{ success: boolean; number: string; messages: string }> {
    const answer = await this.call('POST', `${SERVICE}/${operation}`, {
      _request: { DataAreaId: 'usrt', ...request },
    });
    assert.equal(answer.status, 200, String(answer.body));
    const { Success, DocumentNumber, Messages } = JSON.parse(String(answer.body)) as {
      Success: boolean;
      DocumentNumber: string;
      Messages: string[];
    };
    return { success: Success, number: DocumentNumber, messages: Messages.join(' ') };
  }

  /** A return order with a line for each change; without one, two units of the first item at 10. */
  async returnOrder(lines: Json[] = [{}], header: Json = {}): Promise<ReturnHeld> {
    const made = await this.created('ReturnOrderHeadersV2', {
      CustomerAccountNumber: 'C-00001',
      CustomersOrderReference: 'HR-1',
      DefaultReturnWarehouseId: 'RETQC',
      ...header,
    });
    const number = String(made['ReturnOrderNumber']);
    const lots: string[] = [];
    for (const line of lines) {
      const row = await this.created('ReturnOrderLinesV2', {
        ReturnOrderNumber: number,
        ItemNumber: this.sku,
        ReturnSalesQuantity: -2,
        SalesPrice: 10,
        ...line,
      });
      lots.push(String(row['ReturnInventoryLotId']));
    }
    return { number, rma: String(made['RMANumber']), lots };
  }

  /** An arrival journal of these lots; `header` and each line may be changed. */
  async arrival(held: ReturnHeld, lines: Json[] = [{}], header: Json = {}): Promise<string> {
    const journal = await this.created('ItemArrivalJournalHeadersV2', this.arrivalHeader(held, header));
    const number = String(journal['JournalNumber']);
    for (const [index, line] of lines.entries()) {
      await this.created(
        'ItemArrivalJournalLinesV2',
        this.arrivalLine(held, number, {
          ...(held.lots[index] === undefined ? {} : { ReferenceInventoryLotId: held.lots[index] }),
          ...line,
        }),
      );
    }
    return number;
  }

  arrivalHeader(held: ReturnHeld, change: Json = {}): Json {
    return {
      JournalNameId: 'RETARR',
      DefaultTransactionReferenceType: 'Sales',
      DefaultTransactionReferenceNumber: held.number,
      DefaultReturnItemNumber: held.rma,
      DefaultReceivingWarehouseId: 'RETQC',
      IsQuarantineOrderCreatedForReceivedItem: 'No',
      ...change,
    };
  }

  arrivalLine(held: ReturnHeld, journal: string, change: Json = {}): Json {
    return {
      JournalNumber: journal,
      ItemNumber: this.sku,
      ItemQuantity: 2,
      ReferenceInventoryLotId: held.lots[0] ?? '',
      IsReturnOrder: 'Yes',
      ReturnDispositionCodeId: 'CREDIT',
      ...change,
    };
  }

  /** Receives the whole of an order: arrival journal made and posted. */
  async receive(held: ReturnHeld, line: Json = {}): Promise<void> {
    const number = await this.arrival(
      held,
      held.lots.map(() => line),
    );
    const posted = await this.service('postArrivalJournal', { JournalNumber: number });
    assert.equal(posted.success, true, posted.messages);
  }

  statuses(number: string): [string, ...string[]] {
    const order = this.simulator.observer.returnOrders().find((one) => one.number === number);
    assert.ok(order);
    return [order.status, ...order.lines.map(({ status }) => status)];
  }
}

export interface ReturnHeld {
  number: string;
  rma: string;
  lots: string[];
}

/** The Infolog of a refusal in the shape of A2.1; fails for anything else. */
export function infolog(answer: SimulatedResponse): string {
  assert.equal(answer.status, 400, String(answer.body));
  const { error } = JSON.parse(String(answer.body)) as {
    error: { message: string; innererror?: { message: string; type: string } };
  };
  assert.match(error.innererror?.type ?? error.message, /AxODataWriteException$/);
  return error.innererror?.message ?? '';
}
