import type { Post } from '../../nodes/sandbox/happy-returns/generator';
import type { Simulator } from '../../nodes/sandbox/simulator';
import { BRIGHTPEARL_IDS, brightpearlFlow } from '../brightpearl-flow';
import { BrightpearlAccount, REFUNDS } from './brightpearl-erp';
import type { Expected, Held } from './check';
import { FaultyErp } from './faulty-erp';
import { HappyReturnsPlan, shopFor } from './happy-returns-plan';
import type { Delivery, FlowNode, Scenario, ScenarioOptions, StoreSettings } from './scenario';

const PLATFORM_ACCOUNT = { secret: 'crash-webhook-secret', apiKey: 'crash-api-key' };
const PATH = '/returns/happy-returns-for-brightpearl';
/** The vendor's 200 would make a run of hours; the throttle works the same. */
const CALLS_PER_MINUTE = 600;
const LOCKED_MS = 8000;

/** Happy Returns to Brightpearl: the credit on scan, and where it is wanted its invoice and its refund. */
export class HappyReturnsToBrightpearl implements Scenario {
  readonly name: string;
  readonly storeId = BRIGHTPEARL_IDS.store;
  readonly resumeButton = BRIGHTPEARL_IDS.resume;
  readonly changeable = [
    BRIGHTPEARL_IDS.validator,
    BRIGHTPEARL_IDS.credit,
    BRIGHTPEARL_IDS.router,
    BRIGHTPEARL_IDS.in,
    BRIGHTPEARL_IDS.account,
  ];
  readonly receiving = new RegExp(`Receives Happy Returns webhooks at ${PATH} `);
  // A credit is one call.
  readonly unreachable = ['header-before-lines'] as const;
  readonly writesTogether = true;
  readonly writes = { most: 4, eachOpen: 0.01 };
  readonly erp: FaultyErp;
  private readonly account: BrightpearlAccount;
  private readonly returns: HappyReturnsPlan;
  private readonly count: number;
  private planned = 0;

  constructor(
    { seed, returns, random }: ScenarioOptions,
    private readonly wish: { refunds: boolean },
  ) {
    const { refunds } = wish;
    this.name = `happy-returns-to-brightpearl${refunds ? '-refunds' : ''}`;
    this.count = returns;
    const world = shopFor(returns, seed);
    this.account = new BrightpearlAccount({
      world,
      seed,
      callsPerMinute: CALLS_PER_MINUTE,
      lockedMs: LOCKED_MS,
      refunds,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
    });
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, Math.min(ms, 100)));
    this.returns = new HappyReturnsPlan(
      { world, seed, random, account: PLATFORM_ACCOUNT, wait },
      this.account.books,
    );
    // What comes late comes when it has long been looked up and sent again: only the unique key stands against it.
    this.erp = new FaultyErp(this.account.underTest(), random, {
      slowShare: 0.1,
      slowMs: 300,
      dropShare: 0.05,
      lateShare: 0.02,
      lateMs: 6000,
      afterKillMs: 6000,
    });
  }

  get expected(): readonly Expected[] {
    return this.returns.expected;
  }

  simulators(instance: string): Simulator[] {
    return [this.erp.seenBy(instance)];
  }

  flow({
    store,
    baseUrl,
    instance,
  }: {
    store: StoreSettings;
    baseUrl: (simulator: string) => string;
    instance: string;
  }): FlowNode[] {
    const { config, credentials } = store;
    // Each flow has a store of its own.
    const schema = config['schema'] === undefined ? {} : { schema: `${config['schema']}_brightpearl` };
    return brightpearlFlow({
      apiUrl: baseUrl(this.erp.nameFor(instance)),
      path: PATH,
      secret: PLATFORM_ACCOUNT.secret,
      store: { ...config, ...schema, ...(credentials ? { credentials } : {}) },
      credit: this.wish.refunds ? REFUNDS : {},
      account: {
        callsPerMinute: CALLS_PER_MINUTE,
        concurrency: 8,
        timeoutSeconds: 5,
        retryFirstSeconds: 1,
        stateFirstMinutes: 0.05,
      },
    });
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
    return this.account.held();
  }

  conditions(): string[] {
    const { observer } = this.account.simulator;
    return [
      `no settle time; ${this.erp.conditions()}`,
      `throttle on, rolling, raised from the vendor’s 200 to ${CALLS_PER_MINUTE} calls a minute: ` +
        `${observer.throttleReplies()} calls refused by it; ${this.account.locked} orders locked for up to ` +
        `${LOCKED_MS / 1000} s`,
    ];
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
