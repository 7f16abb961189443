import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { Post } from '../../nodes/sandbox/happy-returns/generator';
import type { Simulator } from '../../nodes/sandbox/simulator';
import { ROOT } from '../node-red-process';
import type { Expected, Held } from './check';
import { D365_BOOKS, d365UnderTest, heldByD365 } from './d365-erp';
import { FaultyErp } from './faulty-erp';
import { HappyReturnsPlan, shopFor } from './happy-returns-plan';
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
  readonly receiving = new RegExp(`Receives Happy Returns webhooks at ${PATH} `);
  readonly unreachable = [];
  readonly writesTogether = false;
  readonly writes = { most: 15, eachOpen: 0.4 };
  readonly erp: FaultyErp;
  private readonly d365: D365Simulator;
  private readonly returns: HappyReturnsPlan;
  private readonly count: number;
  private planned = 0;

  constructor({ seed, returns, random }: ScenarioOptions) {
    this.count = returns;
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, Math.min(ms, 100)));
    const world = shopFor(returns, seed);
    this.d365 = createD365Simulator({ world, ...ERP_ACCOUNT, seed });
    this.returns = new HappyReturnsPlan({ world, seed, random, account: PLATFORM_ACCOUNT, wait }, D365_BOOKS);
    // What comes late must be shorter than the settle time.
    this.erp = new FaultyErp(d365UnderTest(this.d365), random, {
      slowShare: 0.1,
      slowMs: 300,
      dropShare: 0.05,
      lateShare: 0.005,
      lateMs: 800,
      afterKillMs: 1000,
    });
  }

  get expected(): readonly Expected[] {
    return this.returns.expected;
  }

  simulators(instance: string): Simulator[] {
    return [this.erp.seenBy(instance)];
  }

  flow(parts: {
    store: StoreSettings;
    baseUrl: (simulator: string) => string;
    instance: string;
  }): FlowNode[] {
    const { store } = parts;
    const erpUrl = parts.baseUrl(this.erp.nameFor(parts.instance));
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
    const count = Math.min(returns, this.count - this.planned);
    this.planned += count;
    return Array.from({ length: count }, () => this.returns.next())
      .flat()
      .map(({ post, entries }) => this.deliveryOf(post, entries));
  }

  async held(): Promise<Held[]> {
    await this.erp.settled();
    return heldByD365(this.d365);
  }

  conditions(): string[] {
    return [`settle time ${SETTLE_SECONDS} s; ${this.erp.conditions()}`];
  }

  private deliveryOf(post: Post, entries: readonly Expected[]): Delivery {
    return {
      path: PATH,
      send: (deliver) => this.returns.platform.send([post], deliver),
      acknowledged: () => {
        for (const entry of entries) entry.acknowledged = true;
      },
    };
  }
}

function exampleFlow(): FlowNode[] {
  return JSON.parse(readFileSync(join(ROOT, 'examples', 'happy-returns-to-d365.json'), 'utf8')) as FlowNode[];
}
