import { LedgerError } from './failure';
import { checkRows } from './mapping-check';
import {
  ANY,
  cleanCell,
  keyColumns,
  keyText,
  MAPPING_TABLE_NAMES,
  overrideKey,
  rowKey,
  tableOf,
  type KeysOf,
  type MappingRow,
  type MappingTableName,
  type RowOf,
} from './mapping-tables';

/** Rows by table, as a node holds them. */
export type MappingContent = { readonly [T in MappingTableName]?: readonly MappingRow[] };

interface Index {
  rows: readonly MappingRow[];
  byKey: ReadonlyMap<string, MappingRow>;
  together: ReadonlyMap<string, readonly MappingRow[]>;
}

/**
 * The rows that hold for a brand: its own, and those of the base that it does not override. A code without a row is
 * null, and the caller raises the exception; nothing ever falls to a default (R66).
 */
export class Mappings {
  /** The same for the same effective rows, in whatever order they stand and wherever they come from. */
  readonly version: string;
  private readonly tables: ReadonlyMap<MappingTableName, Index>;

  /**
   * @param own    override the base's rows by key
   * @param digest a short hash of a text
   * @throws LedgerError `mappings-invalid` (config) naming the first wrong row, for nothing may be posted by half a table
   */
  constructor(own: MappingContent, base: Mappings | null, digest: (text: string) => string) {
    const cleaned = cleanContent(own);
    for (const table of MAPPING_TABLE_NAMES) assertSound(table, cleaned[table] ?? []);
    this.tables = new Map(
      MAPPING_TABLE_NAMES.map((table) => [
        table,
        indexOf(table, overriding(table, cleaned[table] ?? [], base)),
      ]),
    );
    this.version = digest(canonicalText(this));
  }

  /** All rows that hold, ordered by key. */
  rows(table: MappingTableName): readonly MappingRow[] {
    return this.tables.get(table)?.rows ?? [];
  }

  /**
   * The row for these keys. Where a column may say “any”, the row that names the value wins over the one that says any.
   * A value that is missing (null or blank) is met only by a row that says any.
   */
  find<T extends MappingTableName>(table: T, keys: KeysOf<T>): RowOf<T> | null {
    return this.findAny(table, keys) as RowOf<T> | null;
  }

  /** {@link find} for a table whose name is not known when the program is written. */
  findAny(table: MappingTableName, keys: Readonly<Record<string, string | null>>): MappingRow | null {
    const columns = keyColumns(table);
    const wanted = columns.map(({ name }) => cleanCell(keys[name] ?? ''));
    // What comes in is a code, even where it looks like our sign for any.
    if (columns.some(({ any }, at) => !any && (wanted[at] === '' || wanted[at] === ANY))) return null;
    const byKey = this.tables.get(table)?.byKey;
    const lookUp = (cells: readonly string[]): MappingRow | undefined =>
      byKey?.get(rowKey(table, Object.fromEntries(columns.map(({ name }, at) => [name, cells[at] ?? '']))));
    const exact = wanted.includes('') ? undefined : lookUp(wanted);
    return exact ?? lookUp(wanted.map((cell, at) => (columns[at]?.any ? ANY : cell))) ?? null;
  }

  /** The rows that belong together, such as the parts of a bundle; none where there is no such bundle. */
  findTogether(table: MappingTableName, name: string): readonly MappingRow[] {
    return this.tables.get(table)?.together.get(keyText([cleanCell(name)])) ?? [];
  }

  /** What is stored with the version: all rows that hold. */
  content(): MappingContent {
    return Object.fromEntries(
      MAPPING_TABLE_NAMES.map((table) => [table, this.rows(table)] as const).filter(
        ([, rows]) => rows.length > 0,
      ),
    );
  }
}

/** The item for what a platform calls it: its SKU first, then the variant, then the barcode. */
export function findItem(
  mappings: Mappings,
  named: { sku: string | null; variant?: string | null; upc?: string | null },
): RowOf<'sku'> | null {
  return (
    mappings.find('sku', { by: 'sku', code: named.sku }) ??
    mappings.find('sku', { by: 'variant', code: named.variant ?? null }) ??
    mappings.find('sku', { by: 'upc', code: named.upc ?? null })
  );
}

/** Tidy cells; columns that a table does not have, and rows in which nothing stands, are left out. */
export function cleanContent(content: MappingContent): MappingContent {
  return Object.fromEntries(
    MAPPING_TABLE_NAMES.map((table) => [table, cleanRows(table, content[table] ?? [])]),
  );
}

export function cleanRows(table: MappingTableName, rows: readonly MappingRow[]): MappingRow[] {
  const names = tableOf(table).columns.map(({ name }) => name);
  return rows
    .map((row) => Object.fromEntries(names.map((name) => [name, cleanCell(row[name] ?? '')])))
    .filter((row) => names.some((name) => row[name] !== ''));
}

/** Ordered by key, as people look for a row. */
export function sortedRows(table: MappingTableName, rows: readonly MappingRow[]): MappingRow[] {
  return rows
    .map((row) => ({ row, key: rowKey(table, row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}

function overriding(
  table: MappingTableName,
  own: readonly MappingRow[],
  base: Mappings | null,
): MappingRow[] {
  const overridden = new Set(own.map((row) => overrideKey(table, row)));
  const kept = (base?.rows(table) ?? []).filter((row) => !overridden.has(overrideKey(table, row)));
  return sortedRows(table, [...kept, ...own]);
}

function indexOf(table: MappingTableName, rows: readonly MappingRow[]): Index {
  const together = new Map<string, MappingRow[]>();
  if (tableOf(table).together !== undefined) {
    for (const row of rows) {
      const key = overrideKey(table, row);
      together.set(key, [...(together.get(key) ?? []), row]);
    }
  }
  return { rows, byKey: new Map(rows.map((row) => [rowKey(table, row), row])), together };
}

/** One text for all contents that mean the same. */
function canonicalText(mappings: Mappings): string {
  return JSON.stringify(
    MAPPING_TABLE_NAMES.map((table) => [
      table,
      mappings.rows(table).map((row) => [
        rowKey(table, row),
        tableOf(table)
          .columns.filter(({ role }) => role === 'value')
          .map(({ name }) => row[name]),
      ]),
    ]).filter(([, rows]) => (rows ?? []).length > 0),
  );
}

function assertSound(table: MappingTableName, rows: readonly MappingRow[]): void {
  const faults = checkRows(table, rows);
  const [first] = faults;
  if (!first) return;
  const key = keyColumns(table)
    .map(({ name }) => rows[first.row]?.[name] ?? '')
    .join(' / ');
  const others = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
  const received = first.received === '' ? 'it is blank' : `it is “${first.received}”`;
  throw new LedgerError({
    code: 'mappings-invalid',
    class: 'config',
    message:
      `Return Mappings: in the table ${table}, row “${key}”, the column ${first.column} needs ${first.expected}; ` +
      `${received}${others}. Open the mappings, correct it and deploy`,
    details: { table, column: first.column, faults: faults.length },
  });
}
