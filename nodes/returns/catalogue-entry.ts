import type { FailureClass } from './failure';

/** Who puts exceptions right (DESIGN section 8). */
export const OWNERS = ['finance', 'warehouse', 'customer service', 'data', 'integration'] as const;

/**
 * One kind of exception, in words for the person who clears it. The operator's guide, `docs/exceptions.md`, is generated
 * from these. Buttons of the sidebar *Returns* and labels of dialogs stand in “curly quotes”, which a test looks up.
 */
export interface CatalogueEntry {
  class: FailureClass;
  owner: (typeof OWNERS)[number];
  /** Its name in lists, at most 45 characters. */
  title: string;
  /** A plain sentence; `{what}` is replaced by the names and values of the case. */
  sentence: string;
  /** What happened, what it means for stock and money, and what the flow does meanwhile: one to three sentences. */
  meaning: string;
  /** Which fields are shown with it, and what they mean. */
  evidence: string;
  /** What the owner does, in order. */
  steps: readonly string[];
  /** What puts it before others in the list; agrees with `rankOf`. */
  priority: string;
  /** What closes it, and whether others with the same cause go with it; agrees with `causeOf`. */
  closes: string;
}

/** The last step of most. */
export const RESUME = 'Press “Resume”: the return goes on where it stopped and is posted once.';

/** The last step where others wait for the same thing. */
export const RESUME_ALL =
  'Press “Resume”, or “Resume all” on the page of the cause: each return goes on where it stopped and is posted once.';

/** Instead of the last step, where the ERP was put right by hand. */
export const BY_HAND =
  'If you posted it by hand instead, press “Done outside” and write down the number of what you posted: the flow never ' +
  'posts it again.';

/** Ends a step that changes a setting. */
export const AND_DEPLOY = 'then press Done and, at the top right of the editor, Deploy';

/** What puts an exception before others; the figures are those of `rankOf`. */
export const PRIORITY = {
  /** A refused credit (R151). */
  first:
    'First of all: a credit was refused, which adds 100 points. Among these, value, age, how many returns wait for the ' +
    'same cause and the end of the month decide.',
  /** A refund or a replacement that a customer waits for. */
  promised:
    'High: a customer waits for what was promised, which adds 20 points. Besides, value, age, how many returns wait for ' +
    'the same cause and the end of the month count.',
  /** All others. */
  usual:
    'By value, by age, and by how many returns wait for the same cause. In the last three days of a month, what moves ' +
    'money comes earlier.',
} as const;

const BY_ITSELF =
  'It closes by itself when the return has been posted, usually after “Resume” or “Correct”. “Done outside” and ' +
  '“Discard” close it at once, without posting.';

/** What closes an exception, by what others of its cause share with it. */
export const CLOSES = {
  alone: `${BY_ITSELF} It concerns this return alone; no others go with it.`,
  sku: `${BY_ITSELF} Others with the same SKU that wait at the same place then go on by themselves.`,
  value: `${BY_ITSELF} Others with the same value that wait at the same place then go on by themselves.`,
  node: `${BY_ITSELF} Others that were stopped by the same node for the same brand then go on by themselves.`,
  brand: `${BY_ITSELF} Others of the same brand that wait at the same place then go on by themselves.`,
} as const;
