import fc from 'fast-check';
import {
  ANY,
  CELL_KINDS,
  MAPPING_TABLE_NAMES,
  rowKey,
  tableOf,
  type CellKindName,
  type MappingColumn,
  type MappingRow,
  type MappingTableName,
} from '../../nodes/returns/mapping-tables';
import type { MappingContent } from '../../nodes/returns/mappings';

/** Texts that make trouble in files: quotes, delimiters, formulas, spaces, letters of all kinds. */
const text = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
    fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...Array.from(`=+-@'";,\t |€ßÅ０A1`)) }),
  )
  .map((value) => value.normalize('NFC').trim())
  .filter((value) => new RegExp(CELL_KINDS.text.pattern).test(value) && value !== ANY);

const cells: Record<CellKindName, fc.Arbitrary<string>> = {
  text,
  quantity: fc.integer({ min: 1, max: 999 }).map(String),
  factor: fc
    .tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 999 }))
    .map(([above, below]) => `${above}/${below}`),
  share: fc.constant('1'),
  rate: fc.integer({ min: 0, max: 999 }).map((tenths) => String(tenths / 10)),
};

function cellOf(column: MappingColumn): fc.Arbitrary<string> {
  if (column.choices) return fc.constantFrom(...column.choices);
  const cell = cells[column.kindWhere?.kind ?? column.kind];
  if (column.any) return fc.oneof(cell, fc.constant(ANY));
  return column.optional ? fc.oneof(cell, fc.constant('')) : cell;
}

/** Sound rows of a table: no key stands twice, and rows that belong together fit. */
export function rowsArbitrary(table: MappingTableName, most = 12): fc.Arbitrary<MappingRow[]> {
  const { columns, together, eitherWay } = tableOf(table);
  const row = fc.record(Object.fromEntries(columns.map((column) => [column.name, cellOf(column)])), {
    noNullPrototype: true,
  });
  return fc
    .uniqueArray(row, { maxLength: most, selector: (one) => rowKey(table, one) })
    .map((rows) => (together ? onePerGroup(rows, together) : rows))
    .map((rows) => (eitherWay ? rows.filter((one) => (one['from'] ?? '') < (one['to'] ?? '')) : rows));
}

/** Each bundle has one part, which is the whole price. */
function onePerGroup(rows: readonly MappingRow[], together: string): MappingRow[] {
  return [...new Map(rows.map((row) => [row[together], row])).values()];
}

export const contentArbitrary: fc.Arbitrary<MappingContent> = fc.record(
  Object.fromEntries(MAPPING_TABLE_NAMES.map((table) => [table, rowsArbitrary(table, 6)])),
);
