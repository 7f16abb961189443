import { createHash } from 'node:crypto';
import type { ReturnEvent } from '../returns/event';

/** Room in the ERPs' fields for it: few give a length, so this is careful. */
const LONGEST = 60;

const PREFIXES: Readonly<Record<string, string>> = { 'happy-returns': 'HR', swap: 'SW', zigzag: 'ZZ' };

/**
 * Our reference on the documents of a return: the same for every event of the return and order, readable, and the key
 * that a look-up goes by. Example: `HR-HRQ7K2MD-AC-50211`.
 */
export function documentReference(
  event: Pick<ReturnEvent, 'platform' | 'brand' | 'returnId' | 'order' | 'part'>,
): string {
  const prefix = PREFIXES[event.platform] ?? event.platform.slice(0, 6).toUpperCase();
  const part = event.part === undefined ? '' : `-part${event.part}`;
  const plain = `${prefix}-${event.returnId}-${event.order.number ?? ''}${part}`;
  // A wildcard in the reference would make the look-up find other documents (A2).
  const safe = plain.replace(/[^A-Za-z0-9._-]/g, '_');
  if (safe === plain && safe.length <= LONGEST) return safe;
  const digest = createHash('sha256').update(`${event.brand}\u0000${plain}`).digest('hex').slice(0, 12);
  return `${safe.slice(0, LONGEST - 13)}-${digest}`;
}
