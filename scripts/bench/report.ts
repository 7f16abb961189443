/** One line of a table: a figure beside its baseline of the same run. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  baseline?: { what: string; value: number };
  /** What is asked for, in words. */
  target?: string;
  /** Undefined where there is nothing to meet. */
  met?: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** A share of the values is at or below the answer; `share` from 0 to 1, the values in order. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The median of each round's own ratio: rounds differ more than the variants within one. */
export function medianRatio(values: readonly number[], baseline: readonly number[]): number {
  return median(values.map((value, round) => value / (baseline[round] ?? Number.NaN)));
}

export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** The spread of the rounds, for a figure's text: `3,120 (2,990–3,300)`. */
export function spread(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${rounded(median(values))} (${rounded(low)}–${rounded(high)})`;
}

/** A table in Markdown whose columns stand one below the other. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Figures beside their baselines. */
export function figures(list: readonly Figure[]): string {
  return table(
    ['figure', 'value', 'baseline', 'ratio', 'target', 'met'],
    list.map(({ what, value, unit, baseline, target, met }) => [
      what,
      `${rounded(value)} ${unit}`.trim(),
      baseline ? `${rounded(baseline.value)} (${baseline.what})` : '',
      baseline ? rounded(value / baseline.value) : '',
      target ?? '',
      met === undefined ? '' : met ? 'yes' : 'NO',
    ]),
  );
}

/** Says how far it is, apart from the figures, so that these can be kept in a file. */
export function progress(text: string): void {
  process.stderr.write(`… ${text}\n`);
}
