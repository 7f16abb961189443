import { LedgerError } from '../returns/failure';

/** One row of a search, by column name. */
export type SearchRow = Readonly<Record<string, string | number | boolean | null>>;

export interface SearchPage {
  rows: SearchRow[];
  /** How many there are on all pages. */
  available: number;
}

/**
 * Reads the answer of a resource search: `metaData.columns` tells what stands where in the arrays of `results`
 * (help 212644983). Columns are found by name, since the vendor may add some.
 */
export function readSearch(response: unknown): SearchPage {
  const { metaData, results } = (response ?? {}) as {
    metaData?: { columns?: unknown; resultsAvailable?: unknown };
    results?: unknown;
  };
  if (!Array.isArray(results) || !Array.isArray(metaData?.columns)) {
    throw new LedgerError({
      code: 'brightpearl-answer',
      class: 'config',
      message: 'Brightpearl answered a search in another form than documented',
    });
  }
  const names = metaData.columns.map((column: unknown) => (column as { name?: string }).name ?? '');
  const rows = results.map((row: unknown): SearchRow => {
    const values = Array.isArray(row) ? (row as SearchRow[string][]) : [];
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
  });
  return { rows, available: Number(metaData.resultsAvailable ?? rows.length) };
}

/** Address of a search with its filters; each value is escaped. */
export function searchPath(resource: string, filters: Readonly<Record<string, string | number>>): string {
  const query = Object.entries(filters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${resource}?${query.join('&')}`;
}

/** A number of a row; null where it is none. */
export function idOf(row: SearchRow, column: string): number | null {
  const value = Number(row[column] ?? Number.NaN);
  return Number.isSafeInteger(value) && value > 0 ? value : null;
}
