import { refuse } from './refusal';

export type Word =
  | { kind: 'name' | 'text' | 'number' | 'guid' | 'date' | 'time'; value: string }
  | { kind: 'open' | 'close' | 'comma'; value: string };

const PATTERN =
  /\s*(?:(\()|(\))|(,)|'((?:[^']|'')*)'|([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})|(\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))|(\d{4}-\d{2}-\d{2})|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*(?:\/\w+)*))/y;

const KINDS = ['open', 'close', 'comma', 'text', 'guid', 'time', 'date', 'number', 'name'] as const;

/** Cuts the text of a filter into words. */
export function cutFilter(text: string): Word[] {
  const words: Word[] = [];
  const trimmed = text.trimEnd();
  for (let at = 0; at < trimmed.length; at = PATTERN.lastIndex) {
    PATTERN.lastIndex = at;
    const match = PATTERN.exec(trimmed);
    const found =
      (match?.slice(1) as (string | undefined)[] | undefined)?.findIndex((part) => part !== undefined) ?? -1;
    const kind = KINDS[found];
    if (!kind) return refuse('querySyntax', { why: `unexpected sign at position ${at}` });
    const value = match?.[found + 1] ?? '';
    words.push({ kind, value: kind === 'text' ? value.replaceAll("''", "'") : value });
  }
  return words;
}
