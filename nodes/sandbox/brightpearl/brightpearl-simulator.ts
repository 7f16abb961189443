import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { seededRandom } from '../world';
import { Account } from './account';
import { accountingRoutes } from './accounting-routes';
import { authenticate, NOT_AUTHENTICATED, TOO_MANY_REQUESTS } from './auth';
import { EventBus } from './events';
import { masterRoutes } from './master-routes';
import { messageCount, runMultiMessage } from './multi-message';
import { observedNotes, observedOrder, observedPayments, observedStock } from './observe';
import { orderRoutes } from './order-routes';
import { People } from './people';
import type { SimOrder } from './records';
import { refuse, Refusal, refusalAnswer } from './refusal';
import { Sales } from './sales';
import type {
  BrightpearlDials,
  BrightpearlSimulator,
  BrightpearlSimulatorOptions,
  ObservedCall,
} from './simulator-types';
import { Throttle } from './throttle';
import { warehouseRoutes } from './warehouse-routes';
import { webhookRoutes } from './webhook-routes';
import { toJson, type Answer, type Call } from './wire';

export type { BrightpearlSimulator, BrightpearlSimulatorOptions } from './simulator-types';

const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' };

/**
 * Makes a Brightpearl account that speaks its public API, written from the vendor's pages and not from any connector.
 * `docs/brightpearl-simulator-notes.md` tells which page each part follows, what is inferred and what is unknown.
 */
export function createBrightpearlSimulator(options: BrightpearlSimulatorOptions): BrightpearlSimulator {
  const now = options.now ?? Date.now;
  const wait = options.wait ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const random = seededRandom(options.seed ?? 1);
  const shuffle = <T>(list: readonly T[]): T[] => random.shuffle(list);
  const dials: BrightpearlDials = {
    latencyMs: 0,
    throttleOff: false,
    throttleLimit: 200,
    unavailableNext: 0,
    unauthorisedNext: 0,
    dropAfterCommitNext: 0,
    dropAfterCommitShare: 0,
    dropBeforeCommitNext: 0,
    lateCommitMs: 0,
    lateCommitNext: 0,
    closeAfterMs: 0,
    closeFailsNext: 0,
    periodLockedUntil: '',
    periodLockedBy: 5,
  };
  const account = new Account(options, now);
  const events = new EventBus({
    account: options.account,
    now,
    wait,
    deliver: options.deliver,
    retryDelaysMs: options.webhookRetryDelaysMs ?? [1000, 10_000, 60_000],
  });
  const sales = new Sales(account, dials, events, wait);
  const people = new People(account, sales, events);
  const throttle = new Throttle(now, options.throttlePeriodMs ?? 60_000, options.throttleKind ?? 'rolling');
  const routes = [
    ...orderRoutes(account, sales, events, shuffle),
    ...masterRoutes(account),
    ...accountingRoutes(account, dials),
    ...warehouseRoutes(account, sales, events),
    ...webhookRoutes(account, events),
  ];
  const calls: ObservedCall[] = [];
  const paths = new Map<string, number>();
  const late = new Set<Promise<void>>();
  let total = 0;
  let throttled = 0;

  const handle = async (request: SimulatedRequest): Promise<SimulatedResponse> => {
    const answer = await answerTo(request);
    const path = request.url.split('?')[0] ?? '';
    total += 1;
    calls.push({ method: request.method, path, status: answer.drop ? 0 : answer.status, at: now() });
    if (calls.length > 1000) calls.shift();
    const kind = `${request.method} ${path.replace(/^\/public-api\/[^/]+/, '').replace(/\/[\d,.*-]+(?=\/|$)/g, '/{id}')}`;
    paths.set(kind, (paths.get(kind) ?? 0) + 1);
    return answer;
  };

  async function answerTo(request: SimulatedRequest): Promise<SimulatedResponse> {
    if (dials.latencyMs > 0) await wait(dials.latencyMs);
    if (spend('unavailableNext')) {
      return {
        status: 503,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>503 Service Temporarily Unavailable</body></html>',
      };
    }
    const url = /^\/public-api\/([^/?]+)(\/[^?]*)(?:\?(.*))?$/.exec(request.url);
    if (!url) return { status: 404 };
    const actor = url[1] === options.account ? authenticate(request, options.auth) : null;
    if (actor === null || spend('unauthorisedNext')) return respond({ status: 401, body: NOT_AUTHENTICATED });
    const call: Call = {
      method: request.method,
      path: url[2] ?? '',
      query: new URLSearchParams(url[3] ?? ''),
      body: parse(request.body),
      actor,
    };
    if (!admitted(call)) {
      throttled += 1;
      return respond({ status: 503, body: TOO_MANY_REQUESTS });
    }
    account.sync();
    return request.method === 'GET' || request.method === 'OPTIONS' ? respond(perform(call)) : write(call);
  }

  /** Takes the call out of the pool of the account. */
  function admitted(call: Call): boolean {
    if (dials.throttleOff) return true;
    const each = call.path === '/multi-message' && !(options.multiMessageCountsOnce ?? true);
    const needed = each ? messageCount(call.body) : 1;
    return Array.from({ length: needed }).every(() => throttle.take(dials.throttleLimit));
  }

  /** Decides what happens to a write, and to its answer. */
  function write(call: Call): SimulatedResponse {
    if (spend('dropBeforeCommitNext')) return { status: 0, drop: true };
    if (spend('lateCommitNext')) {
      const work = wait(dials.lateCommitMs).then(() => {
        perform(call);
      });
      late.add(work);
      void work.finally(() => late.delete(work));
      return { status: 0, drop: true };
    }
    const answer = respond(perform(call));
    const dropped =
      spend('dropAfterCommitNext') ||
      (dials.dropAfterCommitShare > 0 && random.next() < dials.dropAfterCommitShare);
    return dropped ? { ...answer, drop: true } : answer;
  }

  /** Carries a call out; what is refused becomes its answer. */
  function perform(call: Call): Answer {
    try {
      if (call.path === '/multi-message' && call.method === 'POST')
        return runMultiMessage(call, perform, shuffle);
      return route(call);
    } catch (thrown) {
      if (thrown instanceof Refusal) return refusalAnswer(thrown, options.refusals ?? {});
      throw thrown;
    }
  }

  function route(call: Call): Answer {
    const service = call.path.split('/')[1] ?? '';
    if (options.auth.forbiddenServices?.includes(service)) return refuse('forbidden', { what: service });
    const here = routes.filter(({ pattern }) => pattern.test(call.path));
    const found = here.find(({ method }) => method === call.method);
    if (found) return found.handle(call, found.pattern.exec(call.path)?.slice(1) ?? []);
    return here.length > 0
      ? refuse('methodNotAllowed', { method: call.method })
      : refuse('notFound', { what: call.path });
  }

  function respond(answer: Answer): SimulatedResponse {
    const limit = dials.throttleOff ? 200 : dials.throttleLimit;
    return {
      status: answer.status,
      headers: { ...JSON_TYPE, ...throttle.headers(limit) },
      body: toJson(answer.body),
    };
  }

  /** Uses up one of a dial's next times. */
  function spend(
    dial:
      | 'unavailableNext'
      | 'unauthorisedNext'
      | 'dropAfterCommitNext'
      | 'dropBeforeCommitNext'
      | 'lateCommitNext',
  ): boolean {
    if (dials[dial] <= 0) return false;
    dials[dial] -= 1;
    return true;
  }

  const ordersWhere = (wanted: (order: SimOrder) => boolean): ReturnType<typeof observedOrder>[] =>
    [...account.orders.values()].filter(wanted).map((order) => observedOrder(account, order));

  return {
    name: 'brightpearl',
    handle,
    dials,
    observer: {
      calls: () => total,
      recent: () => calls,
      byPath: () => Object.fromEntries(paths),
      throttleReplies: () => throttled,
      salesCredits: () => ordersWhere(({ type }) => type === 'SC'),
      exchangeOrders: () => ordersWhere(({ type, origin }) => type === 'SO' && origin === 'api'),
      goodsInNotes: () => observedNotes(account),
      stock: () => observedStock(account),
      payments: () => observedPayments(account),
      ledger: () => [...account.ledger],
      webhooks: () => events.deliveries.map((delivery) => ({ ...delivery, answers: [...delivery.answers] })),
      settled: async () => {
        for (;;) {
          const open = [...late, ...sales.pending(), ...events.pending()];
          if (open.length === 0) return;
          await Promise.all(open);
        }
      },
    },
    orderId: (number) => {
      account.sync();
      return account.byNumber.get(number);
    },
    productId: (sku) => account.bySku.get(sku)?.id,
    lockOrder: (id, shown = 'status') => {
      people.order(id).lock = shown;
    },
    unlockOrder: (id) => {
      people.order(id).lock = null;
    },
    setOrderState: (id, state) => people.setState(id, state),
    changeRow: (id, rowId, change) => people.changeRow(id, rowId, change),
    addForeignCredit: (id, credit = {}) => people.addCredit(id, credit),
    setProductStatus: (sku, status) => {
      const product = account.bySku.get(sku);
      if (!product) throw new Error(`The sandbox has no product ${sku}`);
      product.status = status;
    },
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
