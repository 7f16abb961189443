import { isBatch, type ClosedBatch } from './batch';
import type { PostedDocument, ReturnEvent } from './event';
import { money, type Money } from './money';

/**
 * What is at stake with a return that is held: the largest amount among its documents, since they are about the same
 * goods, else its lines' prices as the platform tells them. Never negative, in minor units; null where it is not known,
 * where a line of goods has no price, or where currencies are mixed.
 */
export function valueOf(
  event: Pick<ReturnEvent, 'lines'> | null,
  documents: readonly PostedDocument[],
): Money | null {
  const amounts = documents.flatMap(({ amount }) => (amount === null ? [] : [amount]));
  if (amounts.length > 0) {
    const [{ currency }] = amounts as [Money, ...Money[]];
    if (amounts.some((amount) => amount.currency !== currency)) return null;
    return money(Math.max(...amounts.map(({ minor }) => Math.abs(minor))), currency);
  }
  return pricesOf(event?.lines.filter((line) => line.kind === 'item') ?? []);
}

function pricesOf(lines: ReturnEvent['lines']): Money | null {
  const currency = lines[0]?.price?.currency;
  if (currency === undefined) return null;
  let minor = 0;
  for (const { price, quantity } of lines) {
    if (price?.currency !== currency) return null;
    minor += Math.abs(Math.round(price.minor * quantity.value));
  }
  return Number.isSafeInteger(minor) ? money(minor, currency) : null;
}

function valueOfBatch({ currency, totals }: ClosedBatch): Money | null {
  return currency === null ? null : money(Math.abs(totals.overall.value), currency);
}

/** The same of a message as it is kept with an exception; of a whole batch it is its total. What cannot be read has no value. */
export function valueOfMessage(message: string): Money | null {
  try {
    const { payload, documents } = JSON.parse(message) as { payload?: unknown; documents?: unknown };
    if (typeof payload === 'object' && payload !== null && isBatch(payload)) return valueOfBatch(payload);
    const event = payload as Pick<ReturnEvent, 'lines'> | undefined;
    const known = Array.isArray(documents) ? (documents as PostedDocument[]) : [];
    return valueOf(event && Array.isArray(event.lines) ? event : null, known);
  } catch {
    return null;
  }
}
