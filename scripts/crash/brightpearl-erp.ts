import {
  createBrightpearlSimulator,
  type BrightpearlSimulator,
} from '../../nodes/sandbox/brightpearl/brightpearl-simulator';
import { sockPacks } from '../../nodes/sandbox/brightpearl/rehearsal-account';
import type { SimulatedRequest, SimulatedResponse } from '../../nodes/sandbox/simulator';
import { seededRandom, type World, type WorldOrder, type WorldOrderLine } from '../../nodes/sandbox/world';
import { BRIGHTPEARL_SECRETS } from '../brightpearl-flow';
import type { Held } from './check';
import { OUTAGE_WAIT_SECONDS, type ErpUnderTest, type Outage } from './faulty-erp';
import type { Bookkeeping, ReturnedLine } from './happy-returns-plan';
import { REFUSALS, shareOf, type PlannedReturn } from './returns-mix';

/** How the harness knows Brightpearl. */

export interface AccountOptions {
  world: World;
  seed: number;
  /** Calls a minute that the throttle lets through. */
  callsPerMinute: number;
  /** For how long an order stays locked at most, in milliseconds. */
  lockedMs: number;
  now?: () => number;
  wait: (milliseconds: number) => Promise<void>;
  uniqueKey?: boolean;
  /** Each credit is to be invoiced and paid back as well. */
  refunds: boolean;
}

/** What the credit node is told besides, so that it does that. */
export const REFUNDS = {
  invoice: 'at-once',
  refund: true,
  methods: [
    { paid: 'WEB_PAY', refund: 'WEB_PAY' },
    { paid: 'GIFT_CARD', refund: 'GIFT_CARD' },
  ],
} as const;

/** Tax codes of the shop's items in turn, with their rates in percent. */
const TAX = [
  { code: 'T20', rate: 20 },
  { code: 'T5', rate: 5 },
  { code: 'T0', rate: 0 },
] as const;

const LOCKED_SHARE = 0.03;
const LOCKS = ['status', 'invoice-pending', 'hidden'] as const;

/** A simulated account over a shop, with what people do in it meanwhile, and what must stand in it in the end. */
export class BrightpearlAccount {
  readonly simulator: BrightpearlSimulator;
  /** Orders that were locked, and opened again later. */
  locked = 0;
  private readonly rates: ReadonlyMap<string, number>;

  constructor(private readonly options: AccountOptions) {
    const { world, seed, now, wait } = options;
    const taxOf = (index: number): (typeof TAX)[number] => TAX[index % TAX.length] ?? TAX[0];
    this.rates = new Map(world.items.map(({ sku }, index) => [sku, taxOf(index).rate]));
    const { account, appRef, token } = BRIGHTPEARL_SECRETS;
    this.simulator = createBrightpearlSimulator({
      world,
      seed,
      account,
      auth: { appRef, accountToken: token },
      bundles: sockPacks(world),
      taxCodeOf: (_item, index) => taxOf(index).code,
      uniqueKey: options.uniqueKey ?? true,
      wait,
      ...(now ? { now } : {}),
    });
    this.simulator.dials.throttleLimit = options.callsPerMinute;
  }

  /** Prices contain their tax: what was paid for a row is shared out to the penny, and so is the tax of it. */
  get books(): Bookkeeping {
    const { seed, refunds } = this.options;
    const random = seededRandom(seed + 77);
    const amount: Bookkeeping['amount'] = ({ amountMinor, quantity }, units) =>
      shareOf(amountMinor, units, quantity);
    return {
      refusals: [
        ...REFUSALS,
        { code: 'customer-unknown', order: { state: 'no-customer' } },
        { code: 'credit-by-others', order: {} },
      ],
      amount,
      also: (order, returned) => ({
        'parent order': String(this.simulator.orderId(order.number) ?? 'none'),
        tax: String(returned.reduce((sum, { line, units }) => sum + this.taxOf(line, units), 0)),
        'integration instance': String(BRIGHTPEARL_SECRETS.instanceId),
        'times invoiced': refunds ? '1' : '0',
        'paid back': String(
          refunds ? returned.reduce((sum, { line, units }) => sum + amount(line, units), 0) : 0,
        ),
      }),
      before: (wish) => this.happen(wish, random),
    };
  }

  /** The sales credits that are not cancelled, without those that a person made. */
  held(): Held[] {
    const { observer } = this.simulator;
    const invoices = sums(observer.ledger().map(({ orderId }) => [orderId, 1]));
    const payments = sums(observer.payments().map(({ orderId, amount }) => [orderId, amount]));
    return observer
      .salesCredits()
      .filter(({ state, foreign }) => state !== 'cancelled' && !foreign)
      .map((credit) => ({
        reference: credit.externalRef ?? 'none',
        number: String(credit.id),
        minor: credit.gross,
        // What a bundle brings with it carries no value and is not a line of the return.
        lines: credit.rows
          .filter(({ parentRowId }) => parentRowId === null)
          .map((row) => ({ sku: row.sku ?? row.name, quantity: row.quantity, minor: row.net + row.tax })),
        also: {
          'parent order': String(credit.parentId ?? 'none'),
          tax: String(credit.tax),
          'integration instance': String(credit.instanceId ?? 'none'),
          'times invoiced': String(invoices.get(credit.id) ?? 0),
          'paid back': String(payments.get(credit.id) ?? 0),
        },
      }));
  }

  underTest(): ErpUnderTest {
    const { simulator } = this;
    return {
      name: 'brightpearl',
      handle: (request) => simulator.handle(request),
      dials: simulator.dials,
      settled: () => simulator.observer.settled(),
      isWrite: ({ method }) => method !== 'GET' && method !== 'OPTIONS',
      refusal,
      inHalves,
    };
  }

  /** A person has credited the order already, or has it open, so that it is locked for a while. */
  private happen(wish: PlannedReturn, random: ReturnType<typeof seededRandom>): void {
    if (wish.refused === 'credit-by-others') {
      for (const order of wish.orders) this.simulator.addForeignCredit(this.idOf(order));
    }
    if (wish.refused !== null || random.next() >= LOCKED_SHARE) return;
    for (const order of wish.orders) {
      const id = this.idOf(order);
      this.locked += 1;
      this.simulator.lockOrder(id, random.pick(LOCKS));
      void this.options
        .wait(random.between(0, this.options.lockedMs))
        .then(() => this.simulator.unlockOrder(id));
    }
  }

  private idOf(order: WorldOrder): number {
    const id = this.simulator.orderId(order.number);
    if (id === undefined) throw new Error(`The account has no order ${order.number}`);
    return id;
  }

  private taxOf(line: WorldOrderLine, units: ReturnedLine['units']): number {
    return shareOf(this.wholeTax(line), units, line.quantity);
  }

  private wholeTax({ sku, amountMinor }: WorldOrderLine): number {
    const rate = this.rates.get(sku) ?? 0;
    return Math.round((amountMinor * rate) / (100 + rate));
  }
}

function sums(entries: readonly (readonly [number, number])[]): Map<number, number> {
  const result = new Map<number, number>();
  for (const [id, value] of entries) result.set(id, (result.get(id) ?? 0) + value);
  return result;
}

/** A multi-message in two. */
function inHalves(request: SimulatedRequest): readonly [SimulatedRequest, SimulatedRequest] | null {
  if (!request.url.endsWith('/multi-message')) return null;
  const body = JSON.parse(request.body.toString()) as { messages: unknown[] };
  const { length } = body.messages;
  if (length < 2) return null;
  const half = (from: number, to: number): SimulatedRequest => ({
    ...request,
    body: Buffer.from(JSON.stringify({ ...body, messages: body.messages.slice(from, to) })),
  });
  return [half(0, length >> 1), half(length >> 1, length)];
}

function refusal({ kind }: Outage): SimulatedResponse {
  if (kind === 'unavailable') {
    return {
      status: 503,
      headers: { 'content-type': 'text/html' },
      body: '<html>Service Unavailable</html>',
    };
  }
  return {
    status: 503,
    headers: {
      'content-type': 'application/json',
      'brightpearl-requests-remaining': '0',
      'brightpearl-next-throttle-period': String(OUTAGE_WAIT_SECONDS * 1000),
    },
    body: JSON.stringify({
      response: 'You have sent too many requests. Please wait before sending another.',
    }),
  };
}
