import type { CreditTiming } from './credit-timing';
import type { GateCode } from './gate';
import { formatMoney, money, type Money } from './money';

const HOUR_MS = 3_600_000;

interface GateStory {
  since: string;
  now: string;
  timing: CreditTiming;
  /** The credit, where it is known to be made. */
  credit: { document: string | null; amount: Money | null } | null;
}

/** What happened at the gate, in the words that fill the catalogue's sentence. */
export function gateWords(code: GateCode, { since, now, timing, credit }: GateStory): string {
  const waited = `waiting since ${since.slice(0, 10)}, ${age(Date.parse(now) - Date.parse(since))}`;
  switch (code) {
    case 'handover-overdue':
    case 'arrival-overdue':
    case 'inspection-overdue':
      return waited;
    case 'credit-overdue':
      return `let through for its credit on ${since.slice(0, 10)}, ${age(Date.parse(now) - Date.parse(since))} ago`;
    case 'credit-without-stock':
      return `credited early by the policy ${timing}, ${waited}`;
    case 'rejected-goods':
      return `policy ${timing}; no credit was made`;
    case 'credited-but-rejected':
      return `${creditInWords(credit, timing)}; proposed: reverse ${credit === null ? 'what was credited' : 'it'}`;
    case 'credited-but-cancelled':
      return creditInWords(credit, timing);
    case 'inspection-conflict':
      return 'rejected first, accepted later';
  }
}

function creditInWords(credit: GateStory['credit'], timing: CreditTiming): string {
  const early = `early by the policy ${timing}`;
  if (credit === null) return `let through for its credit ${early}, none is recorded so far`;
  const { document, amount } = credit;
  const number = document === null ? '' : ` ${document}`;
  const worth = amount === null ? '' : ` over ${formatMoney(money(Math.abs(amount.minor), amount.currency))}`;
  return `credit${number}${worth}, made ${early}`;
}

/** An age in the words of a person: hours up to two days, then days. */
export function age(milliseconds: number): string {
  const hours = Math.max(0, Math.floor(milliseconds / HOUR_MS));
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
