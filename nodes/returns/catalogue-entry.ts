import type { FailureClass } from './failure';

/** Who puts exceptions right (DESIGN section 8). */
export const OWNERS = ['finance', 'warehouse', 'customer service', 'data', 'integration'] as const;

export interface CatalogueEntry {
  class: FailureClass;
  owner: (typeof OWNERS)[number];
  /** A plain sentence; `{what}` is replaced by the names and values of the case. */
  sentence: string;
  /** What the owner does, in order. */
  steps: readonly string[];
}

/** The last step of most. */
export const RESUME =
  'Resume the return in the Exception Router; it goes on where it stopped and is posted once.';
