import type { Post } from '../../nodes/sandbox/happy-returns/generator';
import type { Simulator } from '../../nodes/sandbox/simulator';
import { D365_FAULT_POINTS, type D365FaultPoint, type FaultPoint } from '../../nodes/store/fault-point';
import { lifecycleFlow, lifecycleIds, OUTSIDE_NODE } from '../lifecycle-flow';
import type { Expected, Held } from './check';
import { FaultyErp } from './faulty-erp';
import { HappyReturnsPlan, shopFor } from './happy-returns-plan';
import { ACCOUNT, lifecycleErp, type LifecycleErp, type Variant } from './lifecycle-erp';
import type { Delivery, FlowNode, Scenario, ScenarioOptions, StoreSettings } from './scenario';

const PLATFORM_ACCOUNT = { secret: 'crash-webhook-secret', apiKey: 'crash-api-key' };
const SETTLE_SECONDS = 2;
/** How often each batch job of Dynamics 365 runs, and how soon a document that waits for one is looked at. */
const JOB_SECONDS = 0.5;
const LOOK_MINUTES = 0.02;

/** Where a flow's own nodes come to, and where they do not. */
const PLACES: Readonly<
  Record<Variant, { own: readonly D365FaultPoint[]; unreachable: readonly FaultPoint[] }>
> = {
  service: { own: without('draft-before-post', 'memo-before-read-back'), unreachable: [] },
  'batch-jobs': {
    own: ['arrival-before-posting', 'refund-before-posting', 'exchange-before-read-back'],
    unreachable: [],
  },
  'business-central': {
    own: ['draft-before-post', 'memo-before-read-back', 'exchange-before-read-back'],
    unreachable: [],
  },
};

function without(...points: readonly D365FaultPoint[]): D365FaultPoint[] {
  return D365_FAULT_POINTS.filter((point) => !points.includes(point));
}

/**
 * Happy Returns to Dynamics 365, the whole way: return order, arrival, credit note, refund, and the replacement order of
 * what is exchanged.
 */
export class HappyReturnsLifecycle implements Scenario {
  readonly name: string;
  readonly storeId: string;
  readonly resumeButton: string;
  readonly changeable: readonly string[];
  readonly receiving: RegExp;
  readonly unreachable: readonly FaultPoint[];
  readonly ownPoints: readonly D365FaultPoint[];
  readonly nodes = OUTSIDE_NODE;
  readonly writesTogether = false;
  readonly writes = { most: 12, eachOpen: 0.4 };
  readonly mostOpen = 60;
  readonly erp: FaultyErp;
  private readonly dynamics: LifecycleErp;
  private readonly returns: HappyReturnsPlan;
  private readonly count: number;
  private readonly path: string;
  private readonly short: string;
  private planned = 0;

  constructor(
    { seed, returns, random }: ScenarioOptions,
    private readonly variant: Variant,
  ) {
    this.name = `happy-returns-to-d365-${variant}`;
    this.path = `/returns/happy-returns-${variant}`;
    this.short = { service: 'svc', 'batch-jobs': 'jobs', 'business-central': 'bc' }[variant];
    this.receiving = new RegExp(`Receives Happy Returns webhooks at ${this.path} `);
    const ids = lifecycleIds(this.short);
    this.storeId = ids.store;
    this.resumeButton = ids.resume;
    this.changeable = [
      ids.validator,
      ids.order,
      ids.arrival,
      ids.credit,
      ids.replacement,
      ids.router,
      ids.in,
    ];
    this.unreachable = PLACES[variant].unreachable;
    this.ownPoints = PLACES[variant].own;
    this.count = returns;
    const world = shopFor(returns, seed);
    this.dynamics = lifecycleErp({ world, seed, variant, jobSeconds: JOB_SECONDS });
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, Math.min(ms, 100)));
    this.returns = new HappyReturnsPlan(
      { world, seed, random, account: PLATFORM_ACCOUNT, wait },
      this.dynamics.books,
    );
    // What comes late must be shorter than the settle time.
    this.erp = new FaultyErp({ ...this.dynamics.underTest, name: `erp-${variant}` }, random, {
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
    const { config, credentials } = parts.store;
    const baseUrl = parts.baseUrl(this.erp.nameFor(parts.instance));
    // Each flow has a store of its own.
    const schema = config['schema'] === undefined ? {} : { schema: `${config['schema']}_${this.short}` };
    return lifecycleFlow({
      name: this.short,
      path: this.path,
      secret: PLATFORM_ACCOUNT.secret,
      store: { ...config, ...schema, ...(credentials ? { credentials } : {}) },
      connection: this.connection(baseUrl),
      refunds: this.variant !== 'business-central',
      ...(this.variant === 'business-central'
        ? {
            outside: {
              vendor: 'businessCentral',
              baseUrl,
              account: { ...ACCOUNT, company: 'usrt', environment: 'production' },
            },
          }
        : {}),
    });
  }

  private connection(baseUrl: string): Record<string, unknown> {
    const all = {
      company: 'usrt',
      settleSeconds: SETTLE_SECONDS,
      timeoutSeconds: 5,
      retryFirstSeconds: 1,
      stateFirstMinutes: LOOK_MINUTES,
      // The slow calls must not take all places.
      concurrency: 24,
    };
    if (this.variant === 'business-central') {
      return { ...all, product: 'bc', environment: 'sandbox', bcConcurrency: 24, bcCallsPerMinute: '' };
    }
    const { tenant, clientId, clientSecret } = ACCOUNT;
    return {
      ...all,
      product: 'fscm',
      environment: 'live',
      environmentUrl: baseUrl,
      authorityUrl: baseUrl,
      tenant,
      clientId,
      credentials: { clientSecret },
      posting: this.variant === 'service' ? 'service' : 'batch-job',
    };
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
    return this.dynamics.held();
  }

  conditions(): string[] {
    const way: Record<Variant, string> = {
      service: 'posted by the posting service',
      'batch-jobs': `posted by batch jobs that run every ${JOB_SECONDS} s, looked at after ${LOOK_MINUTES * 60} s and later`,
      'business-central': 'drafts posted by their action; no limit of calls',
    };
    return [`${way[this.variant]}; settle time ${SETTLE_SECONDS} s; ${this.erp.conditions()}`];
  }

  private deliveryOf(post: Post, entries: readonly Expected[]): Delivery {
    return {
      path: this.path,
      send: (deliver) => this.returns.platform.send([post], deliver),
      acknowledged: () => {
        for (const entry of entries) entry.acknowledged = true;
      },
    };
  }
}
