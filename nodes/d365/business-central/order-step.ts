import type { PostingAttempt } from '../../runtime/post-once';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { etagOf } from './client';
import { headerPath, linePath, type OrderPage } from './order-page';
import type { BcParts } from './parts';

/** What a line is to have in one of its fields before something is posted, by its number. */
export type LineValues = ReadonlyMap<number, D365Row>;

/**
 * Brings the lines of a return order, and the day that it is posted on, to what is posted next. Each row is changed only as
 * it was read: where somebody was faster, Business Central refuses (409) and it is read anew.
 */
export async function prepareOrder(
  { header, lines }: OrderPage,
  values: LineValues,
  day: string,
  { client, settings }: BcParts,
  attempt: PostingAttempt,
  signal?: AbortSignal,
): Promise<void> {
  const order = textOf(header, 'No');
  const patch = async (path: { page: string }, change: D365Row, row: D365Row): Promise<void> => {
    await attempt.write((assertAlive) => {
      assertAlive();
      return client.patch(path, change, etagOf(row), signal);
    });
  };
  for (const line of lines) {
    const number = numberOf(line, 'Line_No');
    const change = Object.entries(values.get(number) ?? {}).filter(([field, value]) => line[field] !== value);
    if (change.length > 0) await patch(linePath(settings, order, number), Object.fromEntries(change), line);
  }
  if (textOf(header, 'Posting_Date') !== day) {
    await patch(headerPath(settings, order), { Posting_Date: day }, header);
  }
}

/** A quantity without the noise of binary fractions. */
export function tidy(quantity: number): number {
  return Number(quantity.toFixed(5));
}
