import type { ExceptionLine } from './exception';
import { keyInWords } from './mapping-coverage';
import { tableOf, type MappingTableName } from './mapping-tables';

/** Which line is concerned, as far as it is one line. */
export interface ConcernedLine {
  id: string | null;
  sku: string | null;
}

/**
 * What to put into the exception of a code that has no row: its code is the one of the table, and what was received is the
 * code alone, so that all returns with the same code are one cause and raise one alert (R40).
 *
 * @param candidates what it might mean, as a help for people; nothing chooses from them
 */
export function unmappedLine(
  table: MappingTableName,
  keys: Readonly<Record<string, string | null>>,
  line: ConcernedLine,
  candidates: readonly string[] = [],
): ExceptionLine {
  const told = Object.fromEntries(
    Object.entries(keys).flatMap(([name, cell]): [string, string][] => {
      const column = tableOf(table).columns.find((one) => one.name === name);
      return cell === null || column?.choices ? [] : [[name, cell]];
    }),
  );
  const received = keyInWords(table, told);
  return {
    lineId: line.id,
    sku: line.sku,
    code: tableOf(table).unmapped,
    field: table === 'sku' ? 'sku' : null,
    expected: `a row in the table ${table} of the Return Mappings`,
    received: received === '' ? null : received,
    candidates: [...candidates].slice(0, 10),
  };
}
