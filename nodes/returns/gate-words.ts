import type { CreditTiming } from './credit-timing';
import type { GateCode } from './gate';

const HOUR_MS = 3_600_000;

/** What happened at the gate, in the words that fill the catalogue's sentence. */
export function gateWords(
  code: GateCode,
  { since, now, timing }: { since: string; now: string; timing: CreditTiming },
): string {
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
    case 'credited-but-cancelled':
      return `let through for its credit early by the policy ${timing}`;
    case 'inspection-conflict':
      return 'rejected first, accepted later';
  }
}

/** An age in the words of a person: hours up to two days, then days. */
export function age(milliseconds: number): string {
  const hours = Math.max(0, Math.floor(milliseconds / HOUR_MS));
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
