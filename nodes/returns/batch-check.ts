import { isClosed } from './accounting-period';
import type { MemberFacts, MemberLine } from './batch';
import type { Day } from './calendar';
import type { Stage } from './lifecycle';
import type { Problem } from './posting-checks';

/** What a member must be like when its batch is closed (R135). */
export interface MemberRules {
  /** Every line must have a value, or the return as a whole. */
  requireValue: boolean;
  /** The books are closed up to and with this day; null where they are open. */
  closedUntil: Day | null;
  closedPeriod: 'defer' | 'park';
}

export type MemberVerdict =
  | { kind: 'good' }
  /** It was rejected or cancelled meanwhile: nothing is to be posted for it. */
  | { kind: 'withdrawn' }
  | { kind: 'invalid'; problem: Problem };

/**
 * Checks a member once more when its batch is closed: the return may have been rejected meanwhile, the books closed, the
 * settings changed.
 *
 * @param facts null where what was stored cannot be read
 * @param stage where the return stands now; null where that is not known
 */
export function checkAtClosing(
  facts: Pick<MemberFacts, 'lines' | 'wholeValue'> | null,
  day: Day,
  stage: Stage | null,
  rules: MemberRules,
): MemberVerdict {
  if (stage === 'rejected' || stage === 'cancelled') return { kind: 'withdrawn' };
  if (facts === null) return invalid('what is stored of it cannot be read', []);
  const problem = checkMember(facts, rules.requireValue);
  if (problem) return { kind: 'invalid', problem };
  if (rules.closedPeriod === 'park' && isClosed(day, rules.closedUntil)) {
    const what = `it belongs to ${day}, and the books are closed until ${rules.closedUntil ?? ''}`;
    return { kind: 'invalid', problem: { code: 'period-closed', what, lines: [] } };
  }
  return { kind: 'good' };
}

/** What can be told of a member at any time; null where it is as it must be. */
export function checkMember(
  { lines, wholeValue }: Pick<MemberFacts, 'lines' | 'wholeValue'>,
  requireValue: boolean,
): Problem | null {
  if (lines.length === 0) {
    return { code: 'batch-member-invalid', what: 'nothing comes back with it', lines: [] };
  }
  const nameless = lines.filter(({ kind, sku }) => kind === 'item' && sku === null);
  if (nameless.length > 0) return about('batch-member-invalid', nameless, 'sku', 'a SKU', 'no SKU');
  const empty = lines.filter(({ quantity }) => quantity <= 0);
  if (empty.length > 0) {
    return about('batch-member-invalid', empty, 'quantity', 'more than 0', 'no quantity');
  }
  const worthless = wholeValue === null ? lines.filter(({ value }) => value === null) : [];
  if (requireValue && worthless.length > 0) {
    return about('batch-value-missing', worthless, 'value', 'an amount', 'no value');
  }
  return null;
}

function about(
  code: Problem['code'],
  lines: readonly MemberLine[],
  field: string,
  expected: string,
  what: string,
): Problem {
  const names = lines.map(({ id, sku }) => (sku === null ? `line ${id}` : `${sku}, line ${id}`));
  return {
    code,
    what: `${what}: ${names.slice(0, 10).join('; ')}`,
    lines: lines.map(({ id, sku }) => ({ lineId: id, sku, field, expected, received: null })),
  };
}

function invalid(what: string, lines: Problem['lines']): MemberVerdict {
  return { kind: 'invalid', problem: { code: 'batch-member-invalid', what, lines } };
}
