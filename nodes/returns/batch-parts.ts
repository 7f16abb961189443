import { periodEnd, type Periods } from './accounting-period';
import type { BatchGroup, MemberLine } from './batch';
import type { ValuedReturn } from './batch-lines';
import type { Day } from './calendar';
import type { Problem } from './posting-checks';

/** What a return must have in common with the others of its batch, beside company, currency and period. */
export interface GroupingRules {
  brand: boolean;
  warehouse: boolean;
  postingDate: boolean;
  /** They are always kept apart; here they must be known as well. */
  company: boolean;
  currency: boolean;
}

/** The part of a return that goes into one batch: lines of one group. */
export interface MemberPart {
  group: BatchGroup;
  lines: MemberLine[];
  wholeValue: number | null;
}

export interface GroupingFacts {
  company: string | null;
  brand: string;
  day: Day;
  /** The value of the expression; null where none is set. */
  expression: string | null;
  periods: Periods;
}

/**
 * Parts a return by what its batches are grouped by. Lines of two warehouses, or of two currencies, are parts of two
 * batches. What must be known and is not is a problem: nothing falls into a default group.
 */
export function partsOf(
  valued: ValuedReturn,
  facts: GroupingFacts,
  rules: GroupingRules,
): { parts: MemberPart[] } | { problem: Problem } {
  const common = currencyOf(valued);
  const parts = new Map<string, MemberPart>();
  const items = valued.lines.filter(({ line }) => line.kind === 'item');
  // Fees have no warehouse: they go with the first goods.
  const home = items[0]?.line.warehouse ?? null;
  for (const { line, currency } of [...items, ...valued.lines.filter((one) => !items.includes(one))]) {
    const warehouse = line.kind === 'fee' ? home : line.warehouse;
    const group = groupOf(facts, rules, { currency: currency ?? common, warehouse });
    if ('problem' in group) return { problem: { ...group.problem, lines: lineProblem(line, group.problem) } };
    const key = groupKey(group);
    const part = parts.get(key) ?? { group, lines: [], wholeValue: null };
    part.lines.push(line);
    parts.set(key, part);
  }
  const all = [...parts.values()];
  const [only] = all;
  // An amount of the whole return cannot be shared out between batches.
  if (only && all.length === 1 && valued.whole) only.wholeValue = valued.whole.minor;
  return { parts: all };
}

/** Groups of the same values have the same key. */
export function groupKey(group: BatchGroup): string {
  const { company, currency, period, brand, warehouse, postingDate, expression } = group;
  return JSON.stringify({ company, currency, period, brand, warehouse, postingDate, expression });
}

/** Whether a group has all the values of a selection, such as `{ brand: 'acme', currency: 'GBP' }`. */
export function groupMatches(group: BatchGroup, wanted: Readonly<Partial<BatchGroup>>): boolean {
  return Object.entries(wanted).every(([name, value]) => group[name as keyof BatchGroup] === value);
}

/** The one currency of the lines that have one, for those that have none. */
function currencyOf({ lines, whole }: ValuedReturn): string | null {
  const known = new Set(lines.flatMap(({ currency }) => currency ?? []));
  const [only] = known;
  if (known.size > 1) return null;
  return only ?? whole?.currency ?? null;
}

function groupOf(
  facts: GroupingFacts,
  rules: GroupingRules,
  line: { currency: string | null; warehouse: string | null },
): BatchGroup | { problem: Problem } {
  const missing = (what: string): { problem: Problem } => ({
    problem: { code: 'batch-group-failed', what: `${what} is not known`, lines: [] },
  });
  if (rules.company && facts.company === null) return missing('its company');
  if (rules.currency && line.currency === null) return missing('its currency');
  if (rules.warehouse && line.warehouse === null) return missing('the warehouse of a line');
  return {
    company: facts.company,
    currency: line.currency,
    period: periodEnd(facts.day, facts.periods),
    ...(rules.brand ? { brand: facts.brand } : {}),
    ...(rules.warehouse && line.warehouse !== null ? { warehouse: line.warehouse } : {}),
    ...(rules.postingDate ? { postingDate: facts.day } : {}),
    ...(facts.expression === null ? {} : { expression: facts.expression }),
  };
}

function lineProblem(line: MemberLine, problem: Problem): Problem['lines'] {
  return [{ lineId: line.id, sku: line.sku, expected: 'a value to group by', received: problem.what }];
}
