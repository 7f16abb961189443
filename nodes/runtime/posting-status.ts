import { LONGEST_STATUS, type StatusLine } from './status';

/** What a node that posts documents tells of itself. */
export interface PostingCounts {
  /** What has been made, such as `24 credited`. */
  made: string;
  /** Returns that are being posted now. */
  underWay: number;
  /** Returns that come back by themselves, from the store, and what they wait for; null where that is not known. */
  waiting: ReadonlyMap<string, string | null>;
  /** Returns with an exception. */
  held: number;
  /** Returns that a person has settled outside. */
  byHand: number;
}

/**
 * Shows the counts with the colour that fits. What somebody may have to act on comes first, and a part that there is no
 * room for is left out whole: half a word tells nothing.
 */
export function showPosting(line: StatusLine, counts: PostingCounts): void {
  const { waiting, held, underWay } = counts;
  const text = postingText(counts);
  if (underWay > 0) line.busy(text);
  else if (waiting.size > 0) line.waiting(text);
  else if (held > 0) line.attention(text);
  else line.ok(text);
}

export function postingText({ made, underWay, waiting, held, byHand }: PostingCounts): string {
  const parts = [
    waitsInWords([...waiting.values()]),
    held > 0 ? `${held} held` : null,
    made,
    byHand > 0 ? `${byHand} by hand` : null,
    underWay > 0 ? `${underWay} posting` : null,
  ];
  let text = '';
  for (const part of parts) {
    if (part === null) continue;
    const longer = text === '' ? part : `${text} · ${part}`;
    if (text === '' || longer.length <= LONGEST_STATUS) text = longer;
  }
  return text;
}

/**
 * `3 wait for goods`; of several things that of most returns: `5 wait, 3 for goods`; shorter where there is no room. Null where
 * nothing waits.
 */
export function waitsInWords(reasons: readonly (string | null)[]): string | null {
  if (reasons.length === 0) return null;
  const times = new Map<string, number>();
  for (const reason of reasons) if (reason !== null) times.set(reason, (times.get(reason) ?? 0) + 1);
  const [most] = [...times].sort(([, one], [, other]) => other - one);
  if (most === undefined) return `${reasons.length} waiting`;
  const [reason, count] = most;
  const all = reasons.length;
  const full = count === all ? `${count} wait for ${reason}` : `${all} wait, ${count} for ${reason}`;
  return full.length <= LONGEST_STATUS ? full : `${all} wait: ${reason}`;
}
