import { createHash, timingSafeEqual } from 'node:crypto';
import { refundStatus, type RefundStatus } from '../returns/refund-status';
import { instantOf } from '../returns/time';
import type { HttpRequestIn, HttpResponseOut } from '../runtime/node-red';
import type { Surroundings } from '../runtime/retry';
import type { GateReturn, GateRules } from '../store/gate-return';
import type { ReturnsStore } from '../store/store';
import { CallsPerMinute } from './calls-per-minute';

/** So many wrong keys a minute are looked at; the rest is sent away at once. */
const WRONG_KEYS_A_MINUTE = 20;
/** A return number is never longer, and neither is anything else that is asked for. */
const LONGEST = 200;

export interface AnswerParts {
  node: string;
  key: string;
  perMinute: number;
  store: Promise<ReturnsStore>;
  rules: GateRules;
  surroundings: Pick<Surroundings, 'clock' | 'elapsed'>;
}

/**
 * Answers “where is my refund” for one return: `GET <path>?return=HRQ7K2MD`, with the key as `x-returns-key` or as a
 * bearer token, and `brand` and `order` where several returns have the number (R31, R203).
 *
 * | what came | answer |
 * | --- | --- |
 * | not a GET | 405 |
 * | no key or a wrong one | 401 without a detail; 429 after many of them |
 * | more than agreed in a minute | 429 with `retry-after` |
 * | no number, an unknown one, or one that several returns have | 404, and nothing more |
 * | a return that is known here | 200 with stage, next step and expected day |
 */
export function createAnswerer(
  parts: AnswerParts,
): (request: HttpRequestIn, response: HttpResponseOut) => Promise<void> {
  const { elapsed } = parts.surroundings;
  const allowed = new CallsPerMinute(parts.perMinute, elapsed);
  const wrong = new CallsPerMinute(WRONG_KEYS_A_MINUTE, elapsed);
  return async (request, response) => {
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET');
      answer(response, 405);
      return;
    }
    if (!isKey(request, parts.key)) {
      // Whoever guesses takes nothing from those who know the key.
      answer(response, wrong.take() ? 401 : 429);
      return;
    }
    if (!allowed.take()) {
      response.setHeader('retry-after', String(allowed.secondsToNext()));
      answer(response, 429);
      return;
    }
    let found: RefundStatus | null;
    try {
      found = await find(request, parts);
    } catch {
      response.setHeader('retry-after', '10');
      answer(response, 503);
      return;
    }
    if (found) answer(response, 200, found);
    else answer(response, 404);
  };
}

async function find(request: HttpRequestIn, parts: AnswerParts): Promise<RefundStatus | null> {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const [number, brand, order] = ['return', 'brand', 'order'].map((name) => query.get(name)?.trim() ?? '');
  if (number === undefined || number === '' || number.length > LONGEST) return null;
  const store = await parts.store;
  const found = (await store.gateReturnsNumbered(parts.node, number)).filter(
    (one) => (!brand || one.brand === brand) && (!order || one.orderNumber === order),
  );
  const [only] = found;
  return only && found.length === 1 ? refundStatusOf(store, only, parts) : null;
}

/** Where the refund of a return at a gate is. */
export async function refundStatusOf(
  store: Pick<ReturnsStore, 'halvesOf'>,
  found: GateReturn,
  { rules, surroundings }: { rules: GateRules; surroundings: Pick<Surroundings, 'clock'> },
): Promise<RefundStatus> {
  const { returnNumber, returnKey, state, wait, dueAt, changedAt } = found;
  const halves = state.credited ? [] : await store.halvesOf(returnKey);
  return refundStatus({
    returnNumber,
    state,
    policy: rules.policyOf(found),
    credited: state.credited || halves.some(({ half }) => half === 'credit'),
    wait,
    dueAt,
    changedAt,
    limitOf: rules.limitOf,
    now: instantOf(surroundings.clock),
  });
}

/** Digests are compared, so that neither the time nor the length of a key tells anything of the right one. */
function isKey(request: HttpRequestIn, key: string): boolean {
  const header = request.headers['x-returns-key'];
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const given = typeof header === 'string' ? header : (bearer ?? '');
  return key !== '' && timingSafeEqual(digest(given), digest(key));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function answer(response: HttpResponseOut, status: number, body?: RefundStatus): void {
  if (response.headersSent || response.destroyed) return;
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'cache-control': 'no-store',
    'content-length': String(Buffer.byteLength(text)),
  });
  response.end(text);
}
