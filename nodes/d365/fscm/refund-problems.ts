import type { PostedDocument } from '../../returns/event';
import { formatMoney, negateMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { CreditFacts, RefundLine } from './refund-facts';
import type { RefundParts } from './parts';

type Credit = Pick<CreditFacts, 'credit'>;

/** The ERP, or whoever pays for it, refused a refund: finance is told at once (R82). */
export function refusedRefund({ credit }: Credit, what: string): Problem {
  return {
    code: 'refund-declined',
    what: `credit note ${credit.number}, ${what}`.slice(0, 600),
    lines: [],
  };
}

/** Somebody else has refunded the credit, or used it up otherwise: it is not refunded again (R16). */
export function refundedByOthers({ credit }: Credit, due: Money, lines: readonly RefundLine[]): Problem {
  const journals = [...new Set(lines.map(({ journal }) => journal))].join(', ');
  return {
    code: 'refund-by-others',
    what: `credit note ${credit.number} of ${formatMoney(due)}, payment journal ${journals}`,
    lines: lines.map(({ journal, method, amount }) => ({
      field: `payment journal ${journal}`,
      expected: `${formatMoney(due)} by the flow`,
      received: `${method} ${formatMoney(amount)}`,
    })),
  };
}

/** Of the credit note less is open than is to be refunded: it was settled with something else (R16). */
export function settledByOthers({ credit }: Credit, due: Money, open: Money): Problem {
  return {
    code: 'refund-by-others',
    what: `credit note ${credit.number} is settled but for ${formatMoney(open)}`,
    lines: [{ field: `open of ${credit.number}`, expected: formatMoney(due), received: formatMoney(open) }],
  };
}

/** The credit is posted, and its refund cannot go: told with its age (R83). */
export function blockedCredit(
  { credit }: Credit,
  why: string,
  parts: Pick<RefundParts, 'surroundings'>,
): Problem {
  return {
    code: 'credit-blocked',
    what: `credit note ${credit.number}${amountOf(credit)}, ${why}, ${ageOf(credit, parts)}`,
    lines: [],
  };
}

/** The same for what may only need time: null until it has taken as long as anything is waited for. */
export function creditBlocked(
  { credit }: Credit,
  document: string,
  parts: Pick<RefundParts, 'surroundings' | 'settings'>,
): Problem | null {
  const age = parts.surroundings.clock.now() - Date.parse(credit.postedAt);
  if (age < parts.settings.stateHours * 3_600_000) return null;
  return blockedCredit({ credit }, `${document} is not posted`, parts);
}

function amountOf({ amount }: PostedDocument): string {
  if (amount === null) return '';
  return ` of ${formatMoney(amount.minor < 0 ? negateMoney(amount) : amount)}`;
}

/** Since when the credit stands, in words. */
function ageOf({ postedAt }: PostedDocument, { surroundings }: Pick<RefundParts, 'surroundings'>): string {
  const hours = Math.max(0, Math.floor((surroundings.clock.now() - Date.parse(postedAt)) / 3_600_000));
  const age = hours < 48 ? `${hours} hour${hours === 1 ? '' : 's'}` : `${Math.floor(hours / 24)} days`;
  return `posted ${age} ago`;
}
