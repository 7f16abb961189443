import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { Post, SimulatedReturn } from '../../nodes/sandbox/happy-returns/generator';
import {
  createHappyReturnsSimulator,
  type HappyReturnsSimulator,
} from '../../nodes/sandbox/happy-returns/happy-returns-simulator';
import type { Simulator } from '../../nodes/sandbox/simulator';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { ROOT } from '../node-red-process';
import type { Expected, Held, Line } from './check';
import { erpName, FaultyErp } from './faulty-erp';
import { amountOfUnits, createMix, type PlannedReturn } from './returns-mix';
import type { Delivery, FlowNode, Scenario, ScenarioOptions, StoreSettings } from './scenario';

/** The accounts of the two vendors. They exist in this process only. */
const ERP_ACCOUNT = { tenant: 'crash-tenant', clientId: 'crash-client', clientSecret: 'crash-client-secret' };
const PLATFORM_ACCOUNT = { secret: 'crash-webhook-secret', apiKey: 'crash-api-key' };
const PATH = '/returns/happy-returns';
const STORE = 'rl01store0000001';
const SETTLE_SECONDS = 2;

/** What the harness has no use for: the sandbox inside Node-RED, what talks to it, and the debug panel. */
const LEFT_OUT = new Set(['rl01send00000001', 'rl01ledger000001', 'rl01unblock00001']);
const LEFT_OUT_TYPES = new Set(['returns-sandbox', 'debug', 'comment']);

/** Happy Returns to Dynamics 365 Finance & SCM: the flow of the first example. */
export class HappyReturnsToD365 implements Scenario {
  readonly name = 'happy-returns-to-d365';
  readonly storeId = STORE;
  readonly resumeButton = 'rl01resume000001';
  readonly changeable = ['rl01validator001', 'rl01returnorder1', 'rl01router000001', 'rl01hrin00000001'];
  readonly receiving = /Receives Happy Returns webhooks/;
  readonly settleSeconds = SETTLE_SECONDS;
  readonly erp: FaultyErp;
  readonly expected: Expected[] = [];
  private readonly d365: D365Simulator;
  private readonly platform: HappyReturnsSimulator;
  private readonly nextReturn: () => PlannedReturn;
  private planned = 0;

  constructor(private readonly options: ScenarioOptions) {
    const { seed, returns, random } = options;
    const world: World = createWorld({ seed, orders: Math.ceil(returns * 1.05) });
    this.d365 = createD365Simulator({ world, ...ERP_ACCOUNT, seed });
    this.erp = new FaultyErp(this.d365, random, {
      slowShare: 0.1,
      slowMs: 300,
      dropShare: 0.05,
      lateShare: 0.005,
      lateMs: 800,
    });
    this.platform = createHappyReturnsSimulator({
      world,
      ...PLATFORM_ACCOUNT,
      seed,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 100))),
    });
    this.platform.dials.retries = Number.POSITIVE_INFINITY;
    this.nextReturn = createMix(world, random);
  }

  simulators(instance: string): Simulator[] {
    return [this.erp.seenBy(instance)];
  }

  flow(parts: { store: StoreSettings; baseUrl: (simulator: string) => string; instance: string }): FlowNode[] {
    const { store } = parts;
    const erpUrl = parts.baseUrl(erpName(parts.instance));
    const changes: Record<string, Record<string, unknown>> = {
      'returns-store': {
        ...store.config,
        ...(store.credentials ? { credentials: store.credentials } : {}),
      },
      'happy-returns-account': {
        environment: 'live',
        credentials: { secret: PLATFORM_ACCOUNT.secret },
      },
      'd365-connection': {
        environment: 'live',
        environmentUrl: erpUrl,
        authorityUrl: erpUrl,
        tenant: ERP_ACCOUNT.tenant,
        clientId: ERP_ACCOUNT.clientId,
        credentials: { clientSecret: ERP_ACCOUNT.clientSecret },
        settleSeconds: SETTLE_SECONDS,
        timeoutSeconds: 5,
        retryFirstSeconds: 1,
        // The slow calls must not take all places.
        concurrency: 24,
      },
      // What waits out the settle time after a kill must not keep all others from being sent.
      'happy-returns-in': { window: 500 },
    };
    return exampleFlow()
      .filter((node) => !LEFT_OUT.has(node.id) && !LEFT_OUT_TYPES.has(node.type))
      .map((node) => ({ ...node, ...changes[node.type] }));
  }

  next(returns: number): Delivery[] {
    const count = Math.min(returns, this.options.returns - this.planned);
    this.planned += count;
    return Array.from({ length: count }, () => this.planOne(this.nextReturn())).flat();
  }

  async held(): Promise<Held[]> {
    await this.d365.observer.settled();
    return this.d365.observer
      .returnOrders()
      .filter((document) => document.status !== 'Canceled')
      .map((document) => ({
        reference: document.reference,
        number: document.number,
        minor: Math.round(-document.total * 100),
        lines: document.lines.map((line) => ({
          sku: line.itemNumber,
          quantity: -line.quantity,
          minor: Math.round(-line.amount * 100),
        })),
      }));
  }

  private planOne(wish: PlannedReturn): Delivery[] {
    const { simulated, posts } = this.platform.story(wish);
    const entries = wish.orders.map((order) => expectedOf(simulated, order, wish.refused));
    this.expected.push(...entries);
    return posts.map((post) => this.deliveryOf(post, entries));
  }

  private deliveryOf(post: Post, entries: readonly Expected[]): Delivery {
    const named = entries.filter((entry) => post.order === null || entry.order === post.order);
    return {
      path: PATH,
      send: (deliver) => this.platform.send([post], deliver),
      acknowledged: () => {
        for (const entry of named) entry.acknowledged = true;
      },
    };
  }
}

function exampleFlow(): FlowNode[] {
  return JSON.parse(readFileSync(join(ROOT, 'examples', 'happy-returns-to-d365.json'), 'utf8')) as FlowNode[];
}

function expectedOf(simulated: SimulatedReturn, order: WorldOrder, refused: string | null): Expected {
  const units = new Map<string, number>();
  for (const unit of simulated.units.filter((one) => one.order === order)) {
    units.set(unit.line.lineId, (units.get(unit.line.lineId) ?? 0) + 1);
  }
  const lines = order.lines.flatMap((line): Line[] => {
    const quantity = units.get(line.lineId) ?? 0;
    return quantity === 0 ? [] : [{ sku: line.sku, quantity, minor: amountOfUnits(line, quantity) }];
  });
  return {
    reference: `HR-${simulated.expressCode}-${order.number}`,
    returnNumber: simulated.expressCode,
    order: order.number,
    refused,
    lines,
    acknowledged: false,
  };
}
