import type { ReturnEvent } from '../returns/event';
import { orderReference, type Problem } from '../returns/posting-checks';
import { isCancelled } from './order-state';
import type { BrightpearlParts } from './parts';
import type { OriginalOrder } from './records';
import type { OrderKey } from './settings';

const SALES_ORDER = 'SO';

/**
 * Finds the original order of a return by what the platform carries, and by the alternatives that the account lists,
 * one after another until something is found. Several orders with one reference are never chosen from, unless all but
 * one of them are cancelled.
 */
export async function findOriginal(
  event: ReturnEvent,
  policy: { orderPattern: RegExp | null },
  parts: Pick<BrightpearlParts, 'reader' | 'settings'>,
  signal?: AbortSignal,
): Promise<{ order: OriginalOrder } | { problem: Problem }> {
  const { reader, settings } = parts;
  const number = event.order.number ?? '';
  const reference = orderReference(number, policy.orderPattern);
  for (const key of settings.orderKeys) {
    const ids = await idsBy(key, reference, event, parts, signal);
    const found = await Promise.all([...new Set(ids)].map((id) => reader.order(id, signal)));
    const orders = found.flatMap((order) => (order?.type === SALES_ORDER ? [order] : []));
    const standing = orders.filter(({ status }) => !isCancelled(status, settings.cancelledStatuses));
    const [order] = standing.length > 0 ? standing : orders;
    if (!order) continue;
    if (standing.length > 1 || (standing.length === 0 && orders.length > 1)) {
      const what = orders.map(({ id }) => `order ${id}`).join(', ');
      return { problem: { code: 'order-ambiguous', what, lines: [] } };
    }
    return { order };
  }
  const tried = settings.orderKeys.map((key) => WORDS[key]).join(', then ');
  return {
    problem: { code: 'order-unknown', what: `order ${reference}, looked for by ${tried}`, lines: [] },
  };
}

const WORDS: Readonly<Record<OrderKey, string>> = {
  reference: 'customer reference',
  external: 'external reference',
  'order-id': 'order number of Brightpearl',
};

async function idsBy(
  key: OrderKey,
  reference: string,
  event: ReturnEvent,
  { reader }: Pick<BrightpearlParts, 'reader'>,
  signal?: AbortSignal,
): Promise<number[]> {
  if (key === 'reference') return reader.ordersOfReference(reference, signal);
  if (key === 'external') {
    return event.order.id === null ? [] : reader.ordersOfExternalRef(event.order.id, signal);
  }
  return /^\d{1,9}$/.test(reference) ? [Number(reference)] : [];
}
