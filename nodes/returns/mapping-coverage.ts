import type { Suggestion } from './mapping-suggestions';
import type { Mappings } from './mappings';
import {
  ANY,
  keyColumns,
  keyText,
  MAPPING_TABLE_NAMES,
  rowKey,
  tableOf,
  type MappingRow,
  type MappingTableName,
  type TargetKind,
} from './mapping-tables';

/** A code that came in, and how often. */
export interface Sighting {
  table: MappingTableName;
  /** The cells of the table's keys, or of the column whose rows belong together. */
  keys: Readonly<Record<string, string>>;
  brand: string;
  times: number;
  /** UTC instants. */
  firstAt: string;
  lastAt: string;
}

/** Sightings of a node, and how many could not be told apart any more because there were too many different ones. */
export interface Sightings {
  seen: readonly Sighting[];
  beyond: { readonly [T in MappingTableName]?: number };
}

export interface TableCoverage {
  table: MappingTableName;
  rows: number;
  /** Codes that came in and have no row, the most frequent first (R65, R69). */
  unmapped: Sighting[];
  /** Rows that nothing that came in has used. */
  unused: MappingRow[];
  /** Sightings that are not known one by one: a row may have been used, and a code missing, without being told here. */
  beyond: number;
}

/** A row that points at something that the ERP does not have, or has no more. */
export interface StaleRow {
  table: MappingTableName;
  /** The row’s key in words. */
  row: string;
  column: string;
  value: string;
}

/** What the audit of Return Mappings found (R65–R67). It holds codes only, no personal data. */
export interface MappingAudit {
  version: string;
  checkedAt: string;
  tables: TableCoverage[];
  stale: StaleRow[];
  /** Kinds of things that could not be checked: the ERP does not tell, or could not be asked. */
  unchecked: { kind: TargetKind; why: string }[];
  /** For unmapped SKUs: what they may mean. Applied only by a person (R230). */
  suggestions: { table: MappingTableName; code: string; suggestions: Suggestion[] }[];
}

/**
 * Compares what came in with the rows that hold: codes without a row, and rows without use. A code counts as missing only
 * in tables that must know every code.
 *
 * @param known codes that the ERP knows as they are, for tables that need no row for them
 */
export function coverage(
  mappings: Mappings,
  sightings: Sightings,
  known: (table: MappingTableName, keys: Sighting['keys']) => boolean = () => false,
): TableCoverage[] {
  return MAPPING_TABLE_NAMES.map((table) => {
    const seen = sightings.seen.filter((one) => one.table === table);
    const used = new Set<string>();
    const unmapped: Sighting[] = [];
    for (const sighting of seen) {
      const rows = rowsFor(mappings, sighting);
      for (const row of rows) used.add(rowKey(table, row));
      if (rows.length === 0 && isMissing(table, sighting, known)) unmapped.push(sighting);
    }
    const rows = mappings.rows(table);
    return {
      table,
      rows: rows.length,
      unmapped: byFrequency(unmapped),
      unused: rows.filter((row) => !used.has(rowKey(table, row))),
      beyond: sightings.beyond[table] ?? 0,
    };
  });
}

function rowsFor(mappings: Mappings, { table, keys }: Sighting): readonly MappingRow[] {
  const { together } = tableOf(table);
  if (together !== undefined) return mappings.findTogether(table, keys[together] ?? '');
  const row = mappings.findAny(table, keys);
  return row ? [row] : [];
}

function isMissing(
  table: MappingTableName,
  { keys }: Sighting,
  known: (table: MappingTableName, keys: Sighting['keys']) => boolean,
): boolean {
  const { complete } = tableOf(table);
  return complete === 'always' || (complete === 'unless-target' && !known(table, keys));
}

function byFrequency(sightings: readonly Sighting[]): Sighting[] {
  const text = ({ keys }: Sighting): string => keyText(Object.values(keys));
  return [...sightings].sort((a, b) => b.times - a.times || (text(a) < text(b) ? -1 : 1));
}

/** What the rows point at in the ERP, each value once, with the rows that do. */
export function targetsOf(
  mappings: Mappings,
  kind: TargetKind,
): Map<string, { table: MappingTableName; row: MappingRow; column: string }[]> {
  const targets = new Map<string, { table: MappingTableName; row: MappingRow; column: string }[]>();
  for (const table of MAPPING_TABLE_NAMES) {
    for (const { name: column, target } of tableOf(table).columns) {
      if (target !== kind) continue;
      for (const row of mappings.rows(table)) {
        const value = row[column] ?? '';
        if (value === '' || value === ANY) continue;
        targets.set(value, [...(targets.get(value) ?? []), { table, row, column }]);
      }
    }
  }
  return targets;
}

/** A key in words, as lists show it: `damaged / used`. */
export function keyInWords(table: MappingTableName, keys: Readonly<Record<string, string>>): string {
  return keyColumns(table)
    .map(({ name }) => keys[name])
    .filter((cell) => cell !== undefined && cell !== '')
    .join(' / ');
}
