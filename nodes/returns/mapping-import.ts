import { checkRows } from './mapping-check';
import { cleanRows, sortedRows } from './mappings';
import {
  isMappingTable,
  MAPPING_TABLE_NAMES,
  rowKey,
  tableOf,
  type MappingRow,
  type MappingTableName,
} from './mapping-tables';

/** What is wrong in a file, where a person finds it there. */
export interface ImportFault {
  /** As the file counts: in a spreadsheet the header is row 1; in JSON the first row is 1. */
  row: number;
  column: string;
  received: string;
  expected: string;
}

export interface ImportResult {
  /** The rows without a fault, sorted by key. Where there are faults, a person decides whether these are taken. */
  rows: MappingRow[];
  faults: ImportFault[];
}

export interface SourceRow {
  number: number;
  row: MappingRow;
  /** A cell that stands under no column. */
  extra?: string;
}

/** Checks rows that were read from a file. */
export function importRows(table: MappingTableName, sources: readonly SourceRow[]): ImportResult {
  const rows = sources.map(({ row }) => row);
  const number = (index: number): number => sources[index]?.number ?? 0;
  const faults = checkRows(table, rows).map((fault) => ({ ...fault, index: fault.row }));
  const extra = sources.flatMap(({ extra: received }, index) =>
    received === undefined
      ? []
      : [{ index, column: '', received, expected: 'no more cells than there are columns' }],
  );
  const all = [...faults, ...extra].sort((a, b) => a.index - b.index);
  const wrong = new Set(all.map(({ index }) => index));
  // Of rows that belong together, none is good where one is not: half a bundle is another price.
  const { together } = tableOf(table);
  const spoilt = new Set(all.map(({ index }) => (together ? (rows[index]?.[together] ?? '') : '')));
  const good = rows.filter(
    (row, index) => !wrong.has(index) && !(together !== undefined && spoilt.has(row[together] ?? '')),
  );
  return {
    rows: sortedRows(table, cleanRows(table, good)),
    faults: all.map(({ index, column, received, expected }) => ({
      row: number(index),
      column,
      received,
      expected,
    })),
  };
}

/** All tables of a set as JSON, as {@link readJson} reads it. */
export function writeJson(tables: { readonly [T in MappingTableName]?: readonly MappingRow[] }): string {
  const filled = MAPPING_TABLE_NAMES.map(
    (table) => [table, sortedRows(table, cleanRows(table, tables[table] ?? []))] as const,
  ).filter(([, rows]) => rows.length > 0);
  return `${JSON.stringify({ returnMappings: 1, tables: Object.fromEntries(filled) }, null, 2)}\n`;
}

export interface JsonResult {
  tables: { [T in MappingTableName]?: ImportResult };
  /** What is wrong with the file as a whole; null where it can be read. */
  unreadable: string | null;
}

/** Reads a set, or some of its tables. A table that the file does not name is not in the answer. */
export function readJson(text: string): JsonResult {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (thrown) {
    return { tables: {}, unreadable: `This is no JSON: ${thrown instanceof Error ? thrown.message : ''}` };
  }
  const tables = objectOf(objectOf(parsed)?.['tables']);
  if (!tables) {
    return { tables: {}, unreadable: 'Expected {"returnMappings": 1, "tables": {"sku": [ … ], …}}' };
  }
  const unknown = Object.keys(tables).find((name) => !isMappingTable(name));
  if (unknown !== undefined) {
    const names = MAPPING_TABLE_NAMES.join(', ');
    return { tables: {}, unreadable: `There is no table ${unknown}; the tables are ${names}` };
  }
  const read = MAPPING_TABLE_NAMES.filter((table) => tables[table] !== undefined).map(
    (table) => [table, readTable(table, tables[table])] as const,
  );
  return { tables: Object.fromEntries(read), unreadable: null };
}

function readTable(table: MappingTableName, value: unknown): ImportResult {
  if (!Array.isArray(value)) {
    return { rows: [], faults: [{ row: 0, column: '', received: typeof value, expected: 'a list of rows' }] };
  }
  const names = new Set<string>(tableOf(table).columns.map(({ name }) => name));
  const faults: ImportFault[] = [];
  const sources = (value as unknown[]).flatMap((one, index): SourceRow[] => {
    const number = index + 1;
    const row = objectOf(one);
    if (!row) {
      faults.push({ row: number, column: '', received: typeof one, expected: 'a row such as {"sku": "A"}' });
      return [];
    }
    const cells: Record<string, string> = {};
    for (const [column, cell] of Object.entries(row)) {
      if (!names.has(column)) {
        const expected = `one of the columns ${[...names].join(', ')}`;
        faults.push({ row: number, column, received: column, expected });
      } else if (typeof cell === 'string' || typeof cell === 'number') cells[column] = String(cell);
      else faults.push({ row: number, column, received: typeof cell, expected: 'a text or a number' });
    }
    return faults.at(-1)?.row === number ? [] : [{ number, row: cells }];
  });
  const result = importRows(table, sources);
  return { rows: result.rows, faults: [...faults, ...result.faults].sort((a, b) => a.row - b.row) };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export interface MappingChanges {
  added: MappingRow[];
  changed: { before: MappingRow; after: MappingRow }[];
  removed: MappingRow[];
  same: number;
}

/** What an import would change, by key. */
export function changesBetween(
  table: MappingTableName,
  before: readonly MappingRow[],
  after: readonly MappingRow[],
): MappingChanges {
  const { columns } = tableOf(table);
  const old = new Map(cleanRows(table, before).map((row) => [rowKey(table, row), row]));
  const changes: MappingChanges = { added: [], changed: [], removed: [], same: 0 };
  for (const row of sortedRows(table, cleanRows(table, after))) {
    const known = old.get(rowKey(table, row));
    old.delete(rowKey(table, row));
    if (!known) changes.added.push(row);
    else if (columns.every(({ name }) => known[name] === row[name])) changes.same += 1;
    else changes.changed.push({ before: known, after: row });
  }
  changes.removed.push(...sortedRows(table, [...old.values()]));
  return changes;
}

/** Rows of a file put into those that are there: the same keys are replaced, the others stay. */
export function mergedRows(
  table: MappingTableName,
  before: readonly MappingRow[],
  file: readonly MappingRow[],
): MappingRow[] {
  const keys = new Set(file.map((row) => rowKey(table, row)));
  return sortedRows(table, [
    ...cleanRows(table, before).filter((row) => !keys.has(rowKey(table, row))),
    ...file,
  ]);
}
