/** What a case must keep to; the words stand in the report. */
export const RULES = {
  whole: 'All parts of a line come to the line, its net and its tax, to the smallest unit',
  sold: 'Never more comes back than was sold, in pieces and in money',
  share: 'A share is within one smallest unit of its exact value',
  refused: 'What was sold and has not come back is credited',
  kinds: 'Lines by kind are those of the return, with their quantities',
  refund: 'Refund = goods + tax − fee',
  fee: 'A fee is split into net and tax without a rest',
  exchange: 'An exchange balances: what is credited for it and what it costs, both ways',
  forecast: 'An exchange that is made before its credit expects what the credit then gives',
  tender: 'No tender is refunded more than was paid with it',
  payment: 'What is paid back is what the credit gives, one payment for each method',
  split: 'The shares of a bundle’s parts come to its price',
} as const;

export type Rule = keyof typeof RULES;

/** What a case held, so that the report tells what was tried. */
export const FEATURES = {
  'mixed-tax': 'several tax rates on one order',
  'no-decimals': 'currency without decimals',
  'three-decimals': 'currency of three decimals',
  'four-decimals': 'amounts of the ERP finer than the smallest unit',
  parts: 'return in several parts',
  'over-return': 'more returned than sold, to be refused',
  bundle: 'bundle',
  'bundle-mixed': 'bundle that comes back partly whole, partly in its parts',
  'part-value': 'bundle whose parts have a value of their own',
  'same-item': 'one item on two lines at two prices',
  'same-item-nameless': 'the same without line ids that tell the two apart',
  'rounded-apart': 'line whose net and tax, each rounded, are not its total rounded',
  cancelled: 'credit that was cancelled and made again',
  discount: 'discount',
  exchange: 'exchange',
  'exchange-beside': 'some units of a line exchanged, others refunded in the same return',
  'exchange-by-name': 'exchange that only the name of the replacement tells of',
  fee: 'fee',
  tenders: 'refund over several tenders',
  'renamed-tender': 'tender whose refunds are booked with another method',
} as const;

export type Feature = keyof typeof FEATURES;

/** What can be left out of the cases, to see what else is wrong. */
export const OPTIONAL: readonly Feature[] = [
  'bundle-mixed',
  'part-value',
  'same-item',
  'same-item-nameless',
  'cancelled',
  'exchange-beside',
  'exchange-by-name',
  'renamed-tender',
];

/** A rule that a case broke. */
export class Difference extends Error {
  constructor(
    readonly rule: Rule,
    readonly figures: string,
  ) {
    super(`${RULES[rule]}: ${figures}`);
  }
}

export function must(right: boolean, rule: Rule, figures: () => string): asserts right {
  if (!right) throw new Difference(rule, figures());
}

/** What happens in a case: counted always, told in words only where somebody reads them. */
export class Story {
  readonly lines: string[] = [];
  readonly features = new Set<Feature>();
  /** How much there is to read: the smallest counterexample is shown. */
  size = 0;
  /** Documents that were planned. */
  documents = 0;

  constructor(
    private readonly telling: boolean,
    private readonly without: ReadonlySet<Feature>,
  ) {}

  /** Whether a case may hold this. */
  may(feature: Feature): boolean {
    return !this.without.has(feature);
  }

  tell(line: () => string): void {
    this.size += 1;
    if (this.telling) this.lines.push(line());
  }

  has(feature: Feature): void {
    this.features.add(feature);
  }
}
