/** Something that a code might mean. */
export interface SuggestionCandidate {
  /** What would stand in the row, such as an item of the ERP. */
  value: string;
  name?: string | null;
  upc?: string | null;
}

/** The same code, or one like it, that a person mapped before. */
export interface EarlierAcceptance {
  code: string;
  value: string;
  /** Where: the name of the mappings that have the row. */
  where: string;
}

export interface SuggestionAsked {
  code: string;
  /** What the platform calls it, where it does. */
  name?: string | null;
  upc?: string | null;
}

export type Evidence =
  | { kind: 'same-barcode'; upc: string }
  | { kind: 'accepted-before'; where: string; times: number }
  | { kind: 'same-letters'; value: string }
  | { kind: 'alike'; value: string; percent: number };

export interface Suggestion {
  value: string;
  /** From 0 to 100, for the order only. */
  score: number;
  evidence: Evidence[];
}

const LEAST_ALIKE = 0.5;
const SCORE = { 'same-barcode': 60, 'accepted-before': 50, 'same-letters': 45, alike: 40 } as const;

/**
 * What an unmapped code might mean, with the evidence for it, best first, at most five. It is a help for a person, who
 * alone applies it (R230): nothing calls this on the way of a return.
 */
export function suggest(
  asked: SuggestionAsked,
  candidates: readonly SuggestionCandidate[],
  earlier: readonly EarlierAcceptance[] = [],
): Suggestion[] {
  const found = new Map<string, Evidence[]>();
  const add = (value: string, evidence: Evidence): void =>
    void found.set(value, [...(found.get(value) ?? []), evidence]);
  for (const candidate of unique(candidates)) {
    for (const evidence of evidenceFor(asked, candidate)) add(candidate.value, evidence);
  }
  const accepted = earlier.filter(
    ({ code }) => letters(code) === letters(asked.code) && letters(code) !== '',
  );
  for (const value of new Set(accepted.map((one) => one.value))) {
    const same = accepted.filter((one) => one.value === value);
    const where = [...new Set(same.map((one) => one.where))].sort().join(', ');
    add(value, { kind: 'accepted-before', where, times: same.length });
  }
  return [...found]
    .map(([value, evidence]) => ({ value, score: scoreOf(evidence), evidence }))
    .sort((a, b) => b.score - a.score || (a.value < b.value ? -1 : 1))
    .slice(0, 5);
}

function evidenceFor(asked: SuggestionAsked, { value, name, upc }: SuggestionCandidate): Evidence[] {
  const evidence: Evidence[] = [];
  if (asked.upc && upc && digits(asked.upc) !== '' && digits(asked.upc) === digits(upc)) {
    evidence.push({ kind: 'same-barcode', upc });
  }
  if (letters(asked.code) !== '' && letters(asked.code) === letters(value)) {
    evidence.push({ kind: 'same-letters', value });
    return evidence;
  }
  const pairs: [string, string][] = [[asked.code, value]];
  if (name) pairs.push([asked.name ?? asked.code, name]);
  const best = pairs
    .map(([a, b]) => ({ value: b, likeness: likeness(a, b) }))
    .reduce((one, other) => (other.likeness > one.likeness ? other : one));
  if (best.likeness >= LEAST_ALIKE) {
    evidence.push({ kind: 'alike', value: best.value, percent: Math.round(best.likeness * 100) });
  }
  return evidence;
}

function scoreOf(evidence: readonly Evidence[]): number {
  const sum = evidence.reduce(
    (total, one) => total + (one.kind === 'alike' ? (SCORE.alike * one.percent) / 100 : SCORE[one.kind]),
    0,
  );
  return Math.min(100, Math.round(sum));
}

/** How alike two texts are, from 0 to 1: the share of pairs of letters that both have. */
export function likeness(a: string, b: string): number {
  const [one, other] = [pairsOf(letters(a)), pairsOf(letters(b))];
  if (one.length === 0 || other.length === 0) return letters(a) === letters(b) && letters(a) !== '' ? 1 : 0;
  const left = new Map<string, number>();
  for (const pair of other) left.set(pair, (left.get(pair) ?? 0) + 1);
  let common = 0;
  for (const pair of one) {
    const count = left.get(pair) ?? 0;
    if (count === 0) continue;
    left.set(pair, count - 1);
    common += 1;
  }
  return (2 * common) / (one.length + other.length);
}

function pairsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2));
}

/** Letters and digits alone: how a shop writes a code differs in case, dashes and spaces. */
function letters(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** A barcode with or without leading zeros is the same one. */
function digits(text: string): string {
  return text.replace(/\D/g, '').replace(/^0+/, '');
}

function unique(candidates: readonly SuggestionCandidate[]): SuggestionCandidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.value, candidate])).values()];
}
