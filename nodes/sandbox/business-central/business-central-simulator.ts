import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { seededRandom } from '../world';
import { Access } from './access';
import { Books, type Surroundings } from './books';
import { EIGHT_MINUTES_MS } from './limits';
import { observeBooks } from './observe';
import type { Answer } from './operation';
import { personsWork } from './people';
import { Journal } from './records';
import { Refusal } from './refusal';
import { Routes, type Call } from './routes';
import { setUpCodes } from './set-up';
import { ShopImport } from './shop-import';
import type {
  BusinessCentralDials,
  BusinessCentralSimulator,
  BusinessCentralSimulatorOptions,
  ObservedCall,
} from './simulator-types';
import { Webhooks } from './webhooks';

export type { BusinessCentralSimulator, BusinessCentralSimulatorOptions } from './simulator-types';

const JSON_TYPE = {
  'content-type': 'application/json; odata.metadata=minimal; odata.streaming=true',
  'odata-version': '4.0',
};
const RETRY_MINUTE = 60_000;

/** Makes the simulator; see {@link BusinessCentralSimulatorOptions} for what it keeps to. */
export function createBusinessCentralSimulator(
  options: BusinessCentralSimulatorOptions,
): BusinessCentralSimulator {
  const now = options.now ?? Date.now;
  const wait = options.wait ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const random = seededRandom(options.seed ?? 1);
  const dials = usualDials();
  const journal = new Journal();
  const companies: Books[] = [];
  const webhooks = new Webhooks({
    now,
    wait,
    deliver: options.deliver,
    retryDelaysMs:
      options.webhookRetryDelaysMs ?? [1, 10, 60, 600, 1489].map((minutes) => minutes * RETRY_MINUTE),
    maxSubscriptions: options.maxSubscriptions ?? 200,
    booksOf: (id) => companies.find((books) => books.id === id),
  });
  const around: Surroundings = {
    options,
    dials,
    now,
    announce: (books, set, id, change) => webhooks.announce(books, set, id, change),
  };
  const books = new Books(options.world.company, journal, around);
  const other = new Books(options.otherCompany ?? 'CRONUS', journal, around);
  companies.push(books, other);
  const shop = new ShopImport(books);
  setUpCodes(other);
  journal.commit();
  const access = new Access(options, dials, now);
  const routes = new Routes(companies, journal, webhooks, around);
  const calls: ObservedCall[] = [];
  const late = new Set<Promise<void>>();
  let total = 0;
  let throttled = 0;

  const handle = async (request: SimulatedRequest): Promise<SimulatedResponse> => {
    const answer = await answerTo(request);
    const path = request.url.split('?')[0] ?? '';
    total += 1;
    if (answer.status === 429) throttled += 1;
    calls.push({ method: request.method, path, status: answer.drop ? 0 : answer.status, at: now() });
    if (calls.length > 1000) calls.shift();
    return answer;
  };

  async function answerTo(request: SimulatedRequest): Promise<SimulatedResponse> {
    if (/\/oauth2\/(v2\.0\/)?token$/.test(request.url)) return access.issue(request);
    if (spend('unavailableNext')) return gateway(503, 'Service Unavailable');
    if (spend('badGatewayNext')) return gateway(502, 'Bad Gateway');
    const headers = oneEach(request.headers);
    const refuse = (key: Refusal['key'], values: Refusal['values'] = {}): SimulatedResponse =>
      respond(routes.refused(new Refusal(key, values), headers));
    const app = access.appOf(headers['authorization']);
    if (app === null || spend('unauthorisedNext')) return refuse('credentials');
    if (spend('throttleNext')) return later(refuse('tooManyRequests', { actual: 101, maximum: 100 }));
    const limit = options.maxBodyBytes ?? 350 * 1024 * 1024;
    if (request.body.length > limit) return refuse('bodyTooLarge', { limit });
    const admission = await app.limits.enter();
    if (admission.kind === 'too-many') return later(refuse('tooManyRequests', { ...admission }));
    if (admission.kind === 'queue-timeout') return gateway(503, 'Service Unavailable');
    try {
      const { forbiddenSets } = app.client;
      const { method, url } = request;
      return await work({ method, url, headers, body: parse(request.body), forbiddenSets });
    } finally {
      app.limits.leave();
    }
  }

  /** What happens to a call that was let in, and to its answer. */
  async function work(call: Call): Promise<SimulatedResponse> {
    const { latencyMs } = dials;
    if (latencyMs > 0) await wait(Math.min(latencyMs, EIGHT_MINUTES_MS));
    if (latencyMs > EIGHT_MINUTES_MS) return plain(408, 'Request Timeout');
    shop.sync();
    if (spend('operationTimeoutNext')) {
      // What posting has committed stays; the rest is taken back with the session.
      await routes.answer(call, true);
      return plain(408, 'Request Timeout');
    }
    if (spend('gatewayTimeoutNext')) {
      if (dials.gatewayTimeoutCommits) await routes.answer(call);
      return plain(504, 'Gateway Timeout');
    }
    return isWrite(call) ? write(call) : respond(await routes.answer(call));
  }

  async function write(call: Call): Promise<SimulatedResponse> {
    if (spend('dropBeforeCommitNext')) return { status: 0, drop: true };
    if (spend('lockedNext')) {
      return respond(routes.refused(new Refusal('server', { table: 'Sales Header' }), call.headers));
    }
    if (spend('lateCommitNext')) {
      const committing = wait(dials.lateCommitMs).then(async () => {
        await routes.answer(call);
      });
      late.add(committing);
      void committing.finally(() => late.delete(committing));
      return { status: 0, drop: true };
    }
    const answer = respond(await routes.answer(call));
    const dropped =
      spend('dropAfterCommitNext') ||
      (dials.dropAfterCommitShare > 0 && random.next() < dials.dropAfterCommitShare);
    return dropped ? { ...answer, drop: true } : answer;
  }

  /** [U] The documentation promises no `Retry-After` for 429. */
  function later(response: SimulatedResponse): SimulatedResponse {
    const seconds = dials.throttleRetryAfterSeconds;
    return seconds > 0
      ? { ...response, headers: { ...response.headers, 'retry-after': String(seconds) } }
      : response;
  }

  /** 502 and 503 tell when to come again (B3); the body is the gateway's, not the application's [I]. */
  function gateway(status: number, words: string): SimulatedResponse {
    const answer = plain(status, words);
    return { ...answer, headers: { ...answer.headers, 'retry-after': String(dials.retryAfterSeconds) } };
  }

  /** Uses up one of a dial's next times. */
  function spend(
    dial:
      | 'throttleNext'
      | 'unavailableNext'
      | 'badGatewayNext'
      | 'unauthorisedNext'
      | 'operationTimeoutNext'
      | 'gatewayTimeoutNext'
      | 'dropAfterCommitNext'
      | 'dropBeforeCommitNext'
      | 'lateCommitNext'
      | 'lockedNext',
  ): boolean {
    if (dials[dial] <= 0) return false;
    dials[dial] -= 1;
    return true;
  }

  return {
    name: 'business-central',
    handle,
    dials,
    companyId: books.id,
    observer: {
      calls: () => total,
      recent: () => calls,
      throttleReplies: () => throttled,
      ...observeBooks(books),
      notifications: () => webhooks.notifications.map((one) => ({ ...one, answers: [...one.answers] })),
      settled: async () => {
        for (;;) {
          const open = [...late, ...webhooks.pendingWork()];
          if (open.length === 0) return;
          await Promise.all(open);
        }
      },
    },
    expireTokens: () => access.expireAll(),
    setAccess: (clientId, change) => access.set(clientId, change),
    ...personsWork(books, shop),
  };
}

function usualDials(): BusinessCentralDials {
  return {
    latencyMs: 0,
    limitsOff: false,
    callsPerWindow: 6000,
    concurrentCalls: 5,
    queuedCalls: 95,
    throttleNext: 0,
    throttleRetryAfterSeconds: 0,
    unavailableNext: 0,
    badGatewayNext: 0,
    retryAfterSeconds: 1,
    operationTimeoutNext: 0,
    gatewayTimeoutNext: 0,
    gatewayTimeoutCommits: true,
    unauthorisedNext: 0,
    dropAfterCommitNext: 0,
    dropAfterCommitShare: 0,
    dropBeforeCommitNext: 0,
    lateCommitMs: 0,
    lateCommitNext: 0,
    lockedNext: 0,
    conflictNext: 0,
    noItemEntriesNext: 0,
    postingAllowedFrom: '',
    postingAllowedTo: '',
    inventoryClosedUntil: '',
    externalNumberMandatory: false,
    externalNumberUnique: false,
    exactCostReversing: false,
    returnReceiptOnCreditMemo: false,
    invoiceRounding: 0,
    postedNumbersExhausted: false,
  };
}

function respond({ status, headers, body, text }: Answer): SimulatedResponse {
  if (text !== undefined) return { status, headers: { ...headers }, body: text };
  if (body === undefined) return { status };
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
}

function plain(status: number, words: string): SimulatedResponse {
  const headers = { 'content-type': 'text/html' };
  return { status, headers, body: `<html><body><h1>${status} ${words}</h1></body></html>` };
}

/** Everything but a GET writes, and a batch unless all of it reads. */
function isWrite({ method, url, body }: Call): boolean {
  if (method === 'GET') return false;
  if (!/\/\$batch(\?|$)/.test(url)) return true;
  return /"method"\s*:\s*"(?!GET")/i.test(JSON.stringify(body ?? null));
}

function oneEach(headers: SimulatedRequest['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
