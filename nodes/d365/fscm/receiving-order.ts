import type { ReturnEvent } from '../../returns/event';
import type { Problem } from '../../returns/posting-checks';
import type { ReturnOrderPolicy } from '../documents';
import type { ArrivalParts } from './parts';
import { createReturnOrder } from './return-order';
import { linesOf } from './return-order-checks';
import { returnOrdersPath } from './return-order-rows';
import { returnOrderMissing } from './return-order-state';
import { textOf, type D365Row } from './rows';

/** The return order that goods are received on, with its lines; or why there is none. */
export type FoundOrder = { order: D365Row } | { problem: Problem };

/**
 * Finds the return order of a return by our reference. Where there is none, it is made first, if that is wanted (R14,
 * R106); else `return-order-missing` (state-blocked) is thrown, for it may still come (R85). One that somebody has
 * cancelled is not made again.
 *
 * @param read its rows, where they have just been read with something else
 */
export async function findReturnOrder(
  event: ReturnEvent,
  reference: string,
  unannounced: ReturnOrderPolicy | null,
  parts: ArrivalParts,
  signal?: AbortSignal,
  read?: readonly D365Row[],
): Promise<FoundOrder> {
  const found = read ? orderIn(read) : await readReturnOrder(reference, parts, signal);
  if (found) return found;
  if (!unannounced) throw returnOrderMissing(event);
  const name = `${parts.connectionId}/order/${event.order.number ?? ''}`;
  // Returns of one order are made one after another, as the connector does it.
  const made = await parts.store.exclusive(
    name,
    () => createReturnOrder(event, unannounced, { ...parts, client: parts.apart ?? parts.client }, signal),
    signal,
  );
  if (made.outcome === 'exception') return { problem: made.problem };
  if (made.mismatch) return { problem: made.mismatch };
  const order = await readReturnOrder(reference, parts, signal);
  if (!order) throw returnOrderMissing(event);
  return order;
}

/** Null where there is none, or one without lines: it is being made. */
export async function readReturnOrder(
  reference: string,
  { client, settings }: Pick<ArrivalParts, 'client' | 'settings'>,
  signal?: AbortSignal,
): Promise<FoundOrder | null> {
  const [rows = []] = await client.readTogether([returnOrdersPath(settings.company, reference)], signal);
  return orderIn(rows);
}

function orderIn(rows: readonly D365Row[]): FoundOrder | null {
  const live = rows.filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled');
  if (live.length > 1) {
    const what = live.map((row) => `return order ${textOf(row, 'ReturnOrderNumber')}`).join(', ');
    return { problem: { code: 'document-ambiguous', what, lines: [] } };
  }
  const order = live[0] ?? rows[0];
  return order && linesOf(order).length > 0 ? { order } : null;
}
