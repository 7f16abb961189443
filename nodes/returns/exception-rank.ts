import { currencyDecimals, type Money } from './money';

/** What the place of an exception in the list depends on. */
export interface RankFacts {
  code: string;
  owner: string;
  value: Money | null;
  /** When it was raised first. */
  firstAt: string;
  /** How many returns wait for the same cause, this one among them: each is a customer who waits. */
  group: number;
}

/** The parts of a score; a person sees them beside the sum. */
export interface RankParts {
  /** 0 to 40: 10 for each power of ten of the value in whole units of its currency. No rates: 100 is 100. */
  value: number;
  /** 0 to 25: one for each 8 hours since it was raised first. */
  age: number;
  /** 0 or 20: a customer was promised something that is now held up. */
  promise: number;
  /** 0, or 5, 10, 15 in the last three days of a month (UTC), for what changes the month's figures. */
  period: number;
  /** 0 to 20: 5 for each doubling of the returns that wait for the same cause. */
  group: number;
  /** 0 or 100: a credit was refused, and comes before everything else (R151). */
  credit: number;
}

export interface Rank {
  score: number;
  parts: RankParts;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const REFUSED_CREDITS = ['credit-line-refused', 'credit-needs-authorisation', 'credit-not-invoiced'];
/** Refunds and replacements that customers wait for, whoever puts them right. */
const PROMISES = [
  'payment-method-unmapped',
  'refund-over-paid',
  'refund-declined',
  'refund-by-others',
  'credit-blocked',
  'stock-without-credit',
  'credit-overdue',
  'exchange-sku-missing',
  'exchange-price-missing',
  'exchange-address-unsent',
  'exchange-not-allocated',
];

/**
 * How urgent an exception is by what it costs (R143). The same facts at the same time have the same score, and a higher
 * score comes first; the score is the sum of its parts.
 */
export function rankOf(facts: RankFacts, now: string): Rank {
  const parts: RankParts = {
    value: valuePart(facts.value),
    age: Math.min(25, Math.max(0, Math.floor((Date.parse(now) - Date.parse(facts.firstAt)) / (8 * HOUR_MS)))),
    promise: facts.owner === 'customer service' || PROMISES.includes(facts.code) ? 20 : 0,
    period: movesMoney(facts) ? periodPart(now) : 0,
    group: Math.min(20, Math.floor(Math.log2(Math.max(1, facts.group)) * 5)),
    credit: REFUSED_CREDITS.includes(facts.code) ? 100 : 0,
  };
  const { value, age, promise, period, group, credit } = parts;
  return { score: value + age + promise + period + group + credit, parts };
}

/** What comes first in a list: the higher score, then the older, then the id, so that the order is always the same. */
export function byRank(
  a: { rank: Rank; firstAt: string; id: string },
  b: { rank: Rank; firstAt: string; id: string },
): number {
  return b.rank.score - a.rank.score || inOrder(a.firstAt, b.firstAt) || inOrder(a.id, b.id);
}

function valuePart(value: Money | null): number {
  if (value === null) return 0;
  const units = Math.abs(value.minor) / 10 ** currencyDecimals(value.currency);
  return Math.min(40, Math.round(10 * Math.log10(1 + units)));
}

function movesMoney({ owner, value }: RankFacts): boolean {
  return owner === 'finance' || value !== null;
}

/** Of the day's distance to the end of its month. */
function periodPart(now: string): number {
  const date = new Date(now);
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  const days = Math.ceil((end - date.getTime()) / DAY_MS);
  return days > 3 ? 0 : (4 - days) * 5;
}

function inOrder(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
