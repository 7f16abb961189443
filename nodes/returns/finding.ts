import type { ExceptionLine } from './exception';
import { titleOf, type ExceptionCode } from './exception-catalogue';

/** One thing that is wrong with a return, with what was expected beside what came. */
export interface Finding {
  code: ExceptionCode;
  /** Fills the catalogue's sentence: names and values only. */
  what: string;
  line: Partial<Omit<ExceptionLine, 'code'>>;
}

/** All findings of a return as one exception: what a node raises. */
export interface Verdict {
  code: ExceptionCode;
  what: string;
  /** The findings of other codes, in words; empty where there are none. */
  detail: string;
  lines: Partial<ExceptionLine>[];
}

/**
 * Which of several findings gives the exception its code, first to last. What must be put right before anything else can
 * be judged comes first: the order, then its customer, then which item it is and in which unit, then the codes without a
 * row, which many returns share, then how many, then how much money. What only has to be waited for comes last.
 */
export const PRECEDENCE: readonly ExceptionCode[] = [
  'blind-return',
  'order-reference-missing',
  'order-reference-invalid',
  'order-unknown',
  'order-ambiguous',
  'order-cancelled',
  'order-historical',
  'customer-unknown',
  'customer-on-hold',
  'sku-missing',
  'sku-unknown',
  'sku-discontinued',
  'sku-blocked',
  'substitution',
  'line-not-on-order',
  'unit-mismatch',
  'unit-unmapped',
  'uom-not-representable',
  'quantity-not-whole',
  'return-type-unmapped',
  'reason-unmapped',
  'disposition-unmapped',
  'location-unmapped',
  'fee-unmapped',
  'tax-unmapped',
  'credit-by-others',
  'quantity-over-order',
  'bundle-part',
  'value-over-order',
  'tax-mismatch',
  'price-mismatch',
];

/** An exception holds no more; what is beyond is counted in its detail. */
const MOST_LINES = 500;

/** Sums the findings of a return up; null where there are none. Each stands as a line of its own, with its own code. */
export function verdictOn(findings: readonly Finding[]): Verdict | null {
  const sorted = [...findings].sort((a, b) => rank(a.code) - rank(b.code));
  const [first] = sorted;
  if (!first) return null;
  const { code } = first;
  const codes = [...new Set(sorted.map((finding) => finding.code))];
  const others = codes.slice(1).map((other) => `${titleOf(other)}: ${whatOf(sorted, other)}`);
  const beyond = findings.length - MOST_LINES;
  if (beyond > 0) others.push(`${beyond} more findings are not listed`);
  return {
    code,
    what: whatOf(sorted, code),
    detail: others.length === 0 ? '' : `Also found:\n${others.join('\n')}`.slice(0, 8000),
    lines: sorted.slice(0, MOST_LINES).map((finding) => ({ ...finding.line, code: finding.code })),
  };
}

/** What a check adds that is not listed comes after what is, and before what passes by itself. */
function rank(code: ExceptionCode): number {
  const at = PRECEDENCE.indexOf(code);
  return at === -1 ? PRECEDENCE.length : at;
}

function whatOf(findings: readonly Finding[], code: ExceptionCode): string {
  const all = [...new Set(findings.filter((finding) => finding.code === code).map(({ what }) => what))];
  const shown = all.slice(0, 10).join(', ');
  return all.length > 10 ? `${shown} and ${all.length - 10} more` : shown;
}
