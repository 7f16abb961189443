import type { Mappings } from './mappings';

/** The ERP’s code for each reason of the platform. Where there is none at all, no reason is sent. */
export interface ReasonCodes {
  readonly size: number;
  has(reason: string): boolean;
  get(reason: string): string | undefined;
  /** What is missing for a reason without a row, as an exception says it. */
  readonly expected: string;
}

/**
 * The reasons of a posting node: its own table, where it has rows; else those of its Return Mappings. An own table wins as
 * a whole, so that a reason is looked for in one place only, and parks where it is not there.
 */
export function reasonCodes(own: ReadonlyMap<string, string>, mappings: Mappings | null): ReasonCodes {
  if (own.size > 0 || mappings === null) {
    return {
      size: own.size,
      has: (reason) => own.has(reason),
      get: (reason) => own.get(reason),
      expected: 'a row in the reason table',
    };
  }
  const codeOf = (reason: string): string | undefined => mappings.find('reason', { reason })?.erpReason;
  return {
    size: mappings.rows('reason').length,
    has: (reason) => codeOf(reason) !== undefined,
    get: codeOf,
    expected: 'a row in the table reason of the Return Mappings',
  };
}
