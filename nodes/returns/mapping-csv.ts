import { importRows, type ImportFault, type ImportResult, type SourceRow } from './mapping-import';
import { sortedRows } from './mappings';
import { tableOf, type MappingRow, type MappingTableName } from './mapping-tables';

const BOM = '\uFEFF';
/** A spreadsheet would take a cell that begins with one of these for a formula and run it. */
const FORMULA = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const DELIMITERS = [',', ';', '\t'] as const;

/** A table as CSV for spreadsheets: header, comma, CRLF, in UTF-8 with its mark; sorted by key. */
export function writeCsv(table: MappingTableName, rows: readonly MappingRow[]): string {
  const names = tableOf(table).columns.map(({ name }) => name);
  const lines = [names, ...sortedRows(table, rows).map((row) => names.map((name) => row[name] ?? ''))];
  return BOM + lines.map((cells) => `${cells.map(writeCell).join(',')}\r\n`).join('');
}

function writeCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/**
 * Reads a table from CSV as spreadsheets write it: comma, semicolon or tab, quotes, with or without a mark of UTF-8,
 * any line end. Each fault names row and column as the spreadsheet counts them: the header is row 1.
 */
export function readCsv(table: MappingTableName, text: string): ImportResult {
  const body = text.startsWith(BOM) ? text.slice(1) : text;
  const records = splitRecords(body, delimiterOf(table, body));
  const fault = (row: number, column: string, received: string, expected: string): ImportResult => ({
    rows: [],
    faults: [{ row, column, received, expected }],
  });
  if ('unclosed' in records) {
    return fault(records.unclosed, '', 'a quote that is opened and not closed', 'a closing quote (")');
  }
  const names = tableOf(table).columns.map(({ name }) => name);
  const [header = []] = records.rows;
  const columns = header.map((cell) =>
    names.find((name) => name.toLowerCase() === cell.trim().toLowerCase()),
  );
  const faults = headerFaults(table, header, columns);
  if (faults.length > 0) return { rows: [], faults };
  const rows = records.rows.slice(1).flatMap((cells, index): SourceRow[] => {
    // Blank rows are counted, as the spreadsheet counts them.
    if (cells.every((cell) => cell.trim() === '')) return [];
    const row = Object.fromEntries(
      columns.map((column, at) => [column ?? '', readCell(cells[at] ?? '')] as const),
    );
    const extra = cells.slice(header.length).find((cell) => cell.trim() !== '');
    return [{ number: index + 2, row, ...(extra === undefined ? {} : { extra }) }];
  });
  return importRows(table, rows);
}

function headerFaults(
  table: MappingTableName,
  header: readonly string[],
  columns: readonly (string | undefined)[],
): ImportFault[] {
  const names = tableOf(table).columns;
  const all = names.map(({ name }) => name).join(', ');
  const unknown = header.flatMap((cell, at) => {
    if (columns[at] === undefined)
      return [{ row: 1, column: cell.trim(), received: cell.trim(), expected: `one of the columns ${all}` }];
    return columns.indexOf(columns[at]) === at
      ? []
      : [{ row: 1, column: cell.trim(), received: cell.trim(), expected: 'each column once' }];
  });
  const missing = names
    .filter(({ name, optional }) => optional !== true && !columns.includes(name))
    .map(({ name }) => ({
      row: 1,
      column: name,
      received: '',
      expected: `a header row with the columns ${all}`,
    }));
  return [...unknown, ...missing];
}

function readCell(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith("'") && FORMULA.test(trimmed) ? trimmed.slice(1) : trimmed;
}

/** The delimiter with which most of the table's columns are found in the first line. */
function delimiterOf(table: MappingTableName, body: string): string {
  const names = new Set<string>(tableOf(table).columns.map(({ name }) => name.toLowerCase()));
  const [line = ''] = body.split(/\r\n|\r|\n/, 1);
  const found = DELIMITERS.map((delimiter) => {
    const cells = line.split(delimiter).map((cell) => cell.replace(/"/g, '').trim().toLowerCase());
    return { delimiter, cells: cells.length, known: cells.filter((cell) => names.has(cell)).length };
  });
  return found.sort((a, b) => b.known - a.known || b.cells - a.cells)[0]?.delimiter ?? ',';
}

/** The cells of each record; where a quote stays open, the row in which it was opened. */
function splitRecords(body: string, delimiter: string): { rows: string[][] } | { unclosed: number } {
  const rows: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let at = 0;
  const endCell = (): void => {
    cells.push(cell);
    cell = '';
  };
  while (at < body.length) {
    const char = body[at] ?? '';
    if (char === '"' && cell.trim() === '') {
      const quoted = readQuoted(body, at);
      if (!quoted) return { unclosed: rows.length + 1 };
      cell = quoted.text;
      at = quoted.end;
      // What stands behind the closing quote belongs to the cell, however wrong it is: it is then seen and refused.
      while (at < body.length && !isEnd(body[at] ?? '', delimiter)) cell += body[at++] ?? '';
      continue;
    }
    if (char === delimiter) endCell();
    else if (char === '\n' || char === '\r') {
      if (char === '\r' && body[at + 1] === '\n') at += 1;
      endCell();
      rows.push(cells);
      cells = [];
    } else cell += char;
    at += 1;
  }
  if (cell !== '' || cells.length > 0) {
    endCell();
    rows.push(cells);
  }
  return { rows };
}

function isEnd(char: string, delimiter: string): boolean {
  return char === delimiter || char === '\n' || char === '\r';
}

function readQuoted(body: string, start: number): { text: string; end: number } | null {
  let text = '';
  for (let at = start + 1; at < body.length; at += 1) {
    if (body[at] !== '"') text += body[at] ?? '';
    else if (body[at + 1] === '"') {
      text += '"';
      at += 1;
    } else return { text, end: at + 1 };
  }
  return null;
}
