import type { ReturnLine } from './event';

/** How a table names goods whose disposition nobody has told. */
export const NO_DISPOSITION = 'none';

/** What the warehouse decided on the goods of a line, else what the platform proposes; null where nobody has told. */
export function toldDisposition({ confirmedDisposition, platformDisposition }: ReturnLine): string | null {
  const told = (confirmedDisposition ?? platformDisposition ?? '').trim();
  return told === '' ? null : told;
}
