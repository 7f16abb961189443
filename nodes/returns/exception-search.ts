import type { ReturnException } from './exception';

/** Longer than any sentence with its numbers; what is cut off is a list of further SKUs. */
const LONGEST = 2000;

/**
 * What an exception is found by: return, order, SKUs, what came and what was expected, its code and its sentence, in
 * small letters. Not its steps, for they are the same in all of a code.
 */
export function searchText({
  about,
  lines,
  code,
  summary,
}: Pick<ReturnException, 'about' | 'lines' | 'code' | 'summary'>): string {
  const values = lines.flatMap(({ sku, expected, received }) => [sku, expected, received]);
  const words = [about.returnNumber, about.orderNumber, code, summary, ...values];
  const known = new Set(words.filter((word): word is string => word !== null && word !== ''));
  return [...known].join('\n').toLowerCase().slice(0, LONGEST);
}
