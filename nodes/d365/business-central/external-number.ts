import { createHash } from 'node:crypto';

/** Longest external document number (`reference/dynamics365.md` B4.1). */
const LONGEST = 35;
/** Letters of the order number that a shortened one ends with. */
const TAG = 16;
const HEAD = 9;
const DIGEST = 8;

/** So many credit memos of one return are told from those of other returns. */
const PORTIONS = 50;

/**
 * Our reference as an external document number: Business Central keeps 35 capitals. A longer one is shortened to its
 * beginning, a digest and the end of the order number, so that it stays unique, is the same every time, and earlier credit
 * memos of an order are found by the order number in it.
 *
 * @param reference our reference of the return, `documentReference`
 * @param suffix    tells several documents of one return apart, such as `-C2`
 */
export function externalNumber(reference: string, orderNumber: string, suffix = ''): string {
  const whole = `${reference}${suffix}`;
  if (whole.length <= LONGEST) return whole.toUpperCase();
  return `${shortHead(reference, suffix)}-${orderTag(orderNumber)}`;
}

/** The part of an external number by which a return's documents are found where only its reference is known. */
export function numberPrefix(reference: string): { exact: string } | { startsWith: string } {
  return reference.length <= LONGEST
    ? { exact: reference.toUpperCase() }
    : { startsWith: shortHead(reference, '') };
}

/** External numbers that documents of this return may have. */
export function ownNumbers(reference: string, orderNumber: string): Set<string> {
  const portions = Array.from({ length: PORTIONS }, (_, at) => `-C${at + 1}`);
  return new Set(['', ...portions].map((suffix) => externalNumber(reference, orderNumber, suffix)));
}

/** What every external number of ours holds of the original order. */
export function orderTag(orderNumber: string): string {
  return orderNumber
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(-TAG)
    .toUpperCase();
}

/** Two references that differ in case only are two returns, so the digest is of the reference as it is. */
function shortHead(reference: string, suffix: string): string {
  const digest = createHash('sha256').update(`${reference}${suffix}`).digest('hex').slice(0, DIGEST);
  return `${reference.slice(0, HEAD)}-${digest}`.toUpperCase();
}
