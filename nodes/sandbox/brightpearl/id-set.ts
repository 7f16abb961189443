import { refuse } from './refusal';

interface Range {
  low: number;
  high: number;
}

/** Resource ids are positive 31-bit numbers here; a longer row of digits is a mistake. */
const HIGHEST = 2_147_483_647;

/**
 * A set of ids as it stands in a path (help 211125046 "IDs & ID sets" [D]): single ids and ascending ranges, joined by
 * commas. A full stop joins an "unordered list" in the vendor's own clients [I]; it is taken as a comma.
 */
export class IdSet {
  private constructor(private readonly ranges: readonly Range[]) {}

  static parse(text: string): IdSet {
    const ranges = text
      .replace(/%2C/gi, ',')
      .split(/[,.]/)
      .map((part) => {
        const match = /^(\d+)(?:-(\d+))?$/.exec(part);
        const low = Number(match?.[1] ?? Number.NaN);
        const high = match?.[2] === undefined ? low : Number(match[2]);
        const ascending = match?.[2] === undefined || low < high;
        if (!(low >= 1 && high <= HIGHEST && ascending)) return refuse('idSetInvalid', { value: text });
        return { low, high };
      });
    return new IdSet(merge(ranges));
  }

  /** How many ids it names, each once. */
  get size(): number {
    return this.ranges.reduce((sum, { low, high }) => sum + high - low + 1, 0);
  }

  has(id: number): boolean {
    return this.ranges.some(({ low, high }) => low <= id && id <= high);
  }

  /** What exists of it, by ascending id. Walks the ids where they are few and the table where the range is wide. */
  pick<T>(table: ReadonlyMap<number, T>): T[] {
    if (this.size > table.size) {
      return [...table]
        .filter(([id]) => this.has(id))
        .sort(([a], [b]) => a - b)
        .map(([, row]) => row);
    }
    const found: T[] = [];
    for (const { low, high } of this.ranges) {
      for (let id = low; id <= high; id += 1) {
        const row = table.get(id);
        if (row !== undefined) found.push(row);
      }
    }
    return found;
  }

  /** Refuses more than a request may ask for: 200 orders, products or notes [D]. */
  atMost(limit: number): this {
    if (this.size > limit) refuse('idSetTooLarge', { count: this.size, limit });
    return this;
  }
}

/** Writes ids as the shortest id set. */
export function formatIdSet(ids: readonly number[]): string {
  return merge(ids.map((id) => ({ low: id, high: id })))
    .map(({ low, high }) => (low === high ? String(low) : `${low}-${high}`))
    .join(',');
}

function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.low - b.low)) {
    const last = merged.at(-1);
    if (last && range.low <= last.high + 1) last.high = Math.max(last.high, range.high);
    else merged.push({ ...range });
  }
  return merged;
}
