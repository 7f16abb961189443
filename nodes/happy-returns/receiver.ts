import { asLedgerError, LedgerError } from '../returns/failure';
import { instantOf, type Clock } from '../returns/time';
import type { NodeContext } from '../runtime/define-node';
import type { HttpRequestIn, HttpResponseOut } from '../runtime/node-red';
import { readRawBody } from '../runtime/raw-body';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import type { HappyReturnsAccount } from './account';
import { PLATFORM } from './canonical';
import { prepareIntake } from './intake';

/** So long a webhook waits for a store that is being opened; in milliseconds. */
const STORE_SOON_MS = 2000;

/** What came, for the node's status. */
export interface ReceiverCounts {
  accepted: number;
  repeated: number;
  refused: number;
  parked: number;
  failed: number;
  /** The last one could not be stored. */
  failing: boolean;
}

export interface ReceiverOptions {
  node: Pick<NodeContext<unknown>, 'id' | 'warn' | 'emit'>;
  account: HappyReturnsAccount;
  /** A webhook that comes while the store is being opened waits for it; rejects where it could not be opened. */
  store: Promise<ReturnsStore>;
  maxBytes: number;
  counts: ReceiverCounts;
  clock: Clock;
  afterStored: () => void;
  changed: () => void;
}

/**
 * The webhook's way: method, raw body, signature, and only then a look inside; stored before the answer.
 *
 * | what came | answer |
 * | --- | --- |
 * | not a POST | 405 |
 * | body over the limit, or too slow, or cut off | 413, 408, 400 |
 * | no, several or wrong signatures | 401 without a detail |
 * | valid signature, whatever the body holds | 200 once it is stored |
 * | valid signature, and it cannot be stored | 500, so that it is sent again |
 */
export function createReceiver(
  options: ReceiverOptions,
): (request: HttpRequestIn, response: HttpResponseOut) => Promise<void> {
  const { counts, account } = options;
  const notice = refusalNotices(options);
  const refuse = (response: HttpResponseOut, status: number, why: string): void => {
    counts.refused += 1;
    notice(status, why);
    answer(response, status);
    options.changed();
  };

  return async (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      refuse(response, 405, `the method is ${request.method ?? 'unknown'}, and only POST is received here`);
      return;
    }
    let raw: Buffer;
    try {
      raw = await readRawBody(request, { maxBytes: options.maxBytes, timeoutMs: 15_000 });
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (error.class === 'config') {
        counts.failed += 1;
        counts.failing = true;
        answer(response, 500);
        notice(500, error.message);
        options.changed();
      } else refuse(response, bodyStatus(error.code), error.message);
      return;
    }
    if (!account.verify(raw, signatureHeader(request))) {
      refuse(
        response,
        401,
        account.hasSecret() ? 'its signature is missing or wrong' : 'the account has no secret',
      );
      return;
    }
    await keep(raw, isJson(request.headers['content-type']), response);
  };

  async function keep(raw: Buffer, jsonHeader: boolean, response: HttpResponseOut): Promise<void> {
    try {
      const store = await soon(options.store);
      faultPoint('received-before-stored');
      const stored = await storeWebhook(raw, jsonHeader, store);
      faultPoint('stored-before-answer');
      counts.failing = false;
      counts.accepted += stored.fresh;
      counts.repeated += stored.repeated;
      counts.parked += stored.parked;
      answer(response, 200);
      faultPoint('answered-before-emit');
      options.afterStored();
    } catch (thrown) {
      counts.failed += 1;
      counts.failing = true;
      answer(response, 500);
      notice(500, asLedgerError(thrown).message);
    }
    options.changed();
  }

  async function storeWebhook(raw: Buffer, jsonHeader: boolean, store: ReturnsStore): Promise<StoredWebhook> {
    const now = instantOf(options.clock);
    const { intake, problem } = await prepareIntake(raw, jsonHeader, now, {
      source: options.node.id,
      vocabulary: account.vocabulary,
      retailers: account.retailers,
      personToken: (identity) => store.personToken(identity),
      knownOrders: async (brand, returnId) =>
        (await store.returnsById(PLATFORM, brand, returnId)).map((known) => known.orderNumber),
    });
    const result = await store.accept(intake);
    const fresh = result.events.filter((event) => event.fresh).length;
    if (problem === null) {
      const parked = intake.events.filter(
        (event, index) => event.exception && result.events[index]?.fresh,
      ).length;
      return { fresh, repeated: result.events.length - fresh, parked };
    }
    const message = { topic: 'webhook.parked', payload: { receipt: intake.receipt.id } };
    const parked = await store.parkException(
      {
        returnKey: `receipt/${intake.receipt.id}`,
        router: options.node.id,
        exception: problem,
        message: JSON.stringify(message),
      },
      now,
    );
    if (parked.fresh) options.node.emit([null, { ...message, exception: { ...problem, id: parked.id } }]);
    return {
      fresh,
      repeated: result.events.length - fresh + (parked.fresh ? 0 : 1),
      parked: parked.fresh ? 1 : 0,
    };
  }
}

/** A notice for each kind of refusal, at most one in ten seconds: an attacker must not be able to fill the log. */
function refusalNotices(options: ReceiverOptions): (status: number, why: string) => void {
  const last = new Map<string, { at: number; silent: number }>();
  return (status, why) => {
    const now = options.clock.now();
    const previous = last.get(why);
    if (previous && now - previous.at < 10_000) {
      previous.silent += 1;
      return;
    }
    const more =
      previous && previous.silent > 0 ? ` (and ${previous.silent} more like it since the last notice)` : '';
    options.node.warn(`A webhook was refused with ${status}: ${why}${more}`);
    last.set(why, { at: now, silent: 0 });
  };
}

interface StoredWebhook {
  fresh: number;
  repeated: number;
  parked: number;
}

/** In the first moments after a start the store is about to open; when it takes longer, the sender is to come back. */
function soon(store: Promise<ReturnsStore>): Promise<ReturnsStore> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      const message = 'the returns store is not open yet';
      reject(new LedgerError({ code: 'store-unavailable', class: 'transient', message }));
    }, STORE_SOON_MS);
    store.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

/** Node joins repeated headers with a comma; a signature never holds one, so several are refused as malformed. */
function signatureHeader(request: HttpRequestIn): string | string[] | undefined {
  return request.headers['x-hr-signature'];
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(contentType ?? '');
}

function bodyStatus(code: string): number {
  if (code === 'body-too-large') return 413;
  return code === 'body-too-slow' ? 408 : 400;
}

function answer(response: HttpResponseOut, status: number): void {
  if (response.headersSent || response.destroyed) return;
  // What is left of an unread body must not keep the connection open.
  if (status === 413 || status === 408) response.setHeader('connection', 'close');
  // Without a length the empty answer would be sent in pieces.
  response.writeHead(status, { 'content-length': '0' });
  response.end();
}
