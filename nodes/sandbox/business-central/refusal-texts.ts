import { POSTING_REFUSALS } from './posting-refusals';
import { PROTOCOL_REFUSALS } from './protocol-refusals';
import { SALES_REFUSALS } from './sales-refusals';

/**
 * What the simulated Business Central refuses (reference/dynamics365.md B2, B8): HTTP status, code, and the words in
 * English and, where Business Central translates them, in German. Words in braces are replaced by what was found.
 *
 * The codes are documented, and so are the English fragments that B8 names. Which code each rule gets, and every
 * status but 400 for business rules and 409 for a stale etag, is inferred [I]. The German words are made up in the
 * style of the product [U]. Every entry can be replaced through the option `refusals`.
 */
export interface RefusalText {
  status: number;
  code: string;
  en: string;
  /** In German; the platform's own messages have no translation [I]. */
  de?: string;
}

export const REFUSALS = { ...PROTOCOL_REFUSALS, ...SALES_REFUSALS, ...POSTING_REFUSALS };

export type RefusalKey = keyof typeof REFUSALS;
export type RefusalOverrides = Partial<Record<RefusalKey, Partial<RefusalText>>>;
