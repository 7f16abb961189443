import { fractionOf, fractionText, inverse, isOne, plus, times, type Fraction } from './exact-fraction';
import {
  ANY,
  cleanCell,
  kindOfCell,
  overrideKey,
  rowKey,
  tableOf,
  type MappingColumn,
  type MappingRow,
  type MappingTableName,
} from './mapping-tables';

/** What is wrong with a row. */
export interface RowFault {
  /** Place of the row in the list that was checked, from 0. */
  row: number;
  column: string;
  code: 'missing' | 'wrong' | 'twice' | 'together';
  received: string;
  expected: string;
}

/**
 * Everything that is wrong with the rows of a table, in their order: a blank or wrong cell, a key that stands twice,
 * shares of a bundle that are not the whole, conversions that contradict each other.
 */
export function checkRows(table: MappingTableName, rows: readonly MappingRow[]): RowFault[] {
  const faults = rows.flatMap((row, index) =>
    tableOf(table).columns.flatMap((column) => {
      const fault = cellFault(column, row);
      return fault ? [{ row: index, column: column.name, ...fault }] : [];
    }),
  );
  const sound = faults.length === 0;
  faults.push(...twice(table, rows));
  if (sound && table === 'bundle') faults.push(...sharesFault(rows));
  if (sound && table === 'unit') faults.push(...contradictions(rows));
  return faults.sort((a, b) => a.row - b.row);
}

/** What is wrong with one cell; null where it is sound. */
export function cellFault(
  column: MappingColumn,
  row: MappingRow,
): Pick<RowFault, 'code' | 'received' | 'expected'> | null {
  const received = cleanCell(row[column.name] ?? '');
  if (received === '') {
    return column.optional ? null : { code: 'missing', received, expected: expectedIn(column, row) };
  }
  const wrong = { code: 'wrong', received, expected: expectedIn(column, row) } as const;
  if (received === ANY && column.role === 'key') return column.any ? null : wrong;
  if (column.choices) return column.choices.includes(received) ? null : wrong;
  return new RegExp(kindOfCell(column, row).pattern).test(received) ? null : wrong;
}

function expectedIn(column: MappingColumn, row: MappingRow): string {
  if (column.choices) return `one of ${column.choices.join(', ')}`;
  const { expected } = kindOfCell(column, row);
  if (column.role !== 'key') return expected;
  return column.any ? `${expected}, or ${ANY} for any` : `${expected}; ${ANY} is not allowed here`;
}

function twice(table: MappingTableName, rows: readonly MappingRow[]): RowFault[] {
  const first = new Map<string, number>();
  const column =
    tableOf(table)
      .columns.filter(({ role }) => role === 'key')
      .at(-1)?.name ?? '';
  return rows.flatMap((row, index): RowFault[] => {
    const key = rowKey(table, row);
    const known = first.get(key);
    if (known === undefined) {
      first.set(key, index);
      return [];
    }
    const expected = 'a key that no other row of the table has';
    return [{ row: index, column, code: 'twice', received: cleanCell(row[column] ?? ''), expected }];
  });
}

/** The parts of a bundle must be the whole price: anything else loses or makes money (R52). */
function sharesFault(rows: readonly MappingRow[]): RowFault[] {
  const sums = new Map<string, { last: number; parent: string; sum: Fraction }>();
  rows.forEach((row, last) => {
    const key = overrideKey('bundle', row);
    const share = fractionOf(cleanCell(row['share'] ?? ''));
    const sum = sums.get(key)?.sum;
    sums.set(key, { last, parent: cleanCell(row['parent'] ?? ''), sum: sum ? plus(sum, share) : share });
  });
  return [...sums.values()]
    .filter(({ sum }) => !isOne(sum))
    .map(({ last, parent, sum }) => ({
      row: last,
      column: 'share',
      code: 'together',
      received: fractionText(sum),
      expected: `shares of ${parent} that are 1 together, such as 1/3, 1/3 and 1/3`,
    }));
}

/** 1 case = 12 each and 1 each = 1/10 case cannot both be true. */
function contradictions(rows: readonly MappingRow[]): RowFault[] {
  const known = new Map<string, MappingRow>(rows.map((row) => [rowKey('unit', row), row]));
  return rows.flatMap((row, index): RowFault[] => {
    const factor = fractionOf(cleanCell(row['factor'] ?? ''));
    const back = known.get(rowKey('unit', { ...row, from: row['to'] ?? '', to: row['from'] ?? '' }));
    if (!back || isOne(times(factor, fractionOf(cleanCell(back['factor'] ?? ''))))) return [];
    const expected = `${fractionText(inverse(fractionOf(cleanCell(back['factor'] ?? ''))))}, as the row for the way back says`;
    return [{ row: index, column: 'factor', code: 'together', received: fractionText(factor), expected }];
  });
}
