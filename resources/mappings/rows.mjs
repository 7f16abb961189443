/**
 * What the dialog knows of rows, from the declaration of the tables that the server gives: their order, what is found,
 * and what is wrong. Pure, so that it runs in tests as well.
 */

export function cleanCell(text) {
  return String(text ?? '')
    .normalize('NFC')
    .trim();
}

function kindOf(declaration, column, row) {
  const where = column.kindWhere;
  const name = where && row[where.column] === where.is ? where.kind : column.kind;
  return declaration.kinds[name];
}

/** The same for two rows that would answer the same question. */
export function rowKey(declaration, table, row) {
  const cells = declaration.tables[table].columns
    .filter(({ role }) => role === 'key')
    .map((column) => {
      const cell = cleanCell(row[column.name]);
      const kind = kindOf(declaration, column, row);
      return kind.decimal && new RegExp(kind.pattern).test(cell) ? String(Number(cell)) : cell;
    });
  return JSON.stringify(cells);
}

/** Rows by key, as the server sorts them; rows are kept as the same objects. */
export function sorted(declaration, table, rows) {
  return rows
    .map((row) => ({ row, key: rowKey(declaration, table, row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}

/** Rows in which each word of the search stands somewhere. */
export function found(declaration, table, rows, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  const names = declaration.tables[table].columns.map(({ name }) => name);
  return rows.filter((row) => {
    const text = names.map((name) => String(row[name] ?? '').toLowerCase()).join('\n');
    return words.every((word) => text.includes(word));
  });
}

/** What is wrong with a cell: `missing` or `wrong`, with what is expected; null where it is sound. */
export function cellFault(declaration, column, row) {
  const received = cleanCell(row[column.name]);
  const kind = kindOf(declaration, column, row);
  const any = column.any ? `, or ${declaration.any} for any` : '';
  const expected = column.choices ? column.choices.join(', ') : kind.expected + any;
  const fault = (code) => ({ column: column.name, code, received, expected });
  if (received === '') return column.optional ? null : fault('missing');
  if (received === declaration.any && column.role === 'key') return column.any ? null : fault('wrong');
  if (column.choices) return column.choices.includes(received) ? null : fault('wrong');
  return new RegExp(kind.pattern).test(received) ? null : fault('wrong');
}

/** Faults of single rows and keys that stand twice, by row. What rows must be together, the server checks. */
export function faultsOf(declaration, table, rows) {
  const faults = new Map();
  const first = new Map();
  for (const row of rows) {
    const own = declaration.tables[table].columns
      .map((column) => cellFault(declaration, column, row))
      .filter((fault) => fault !== null);
    const key = rowKey(declaration, table, row);
    if (first.has(key)) own.push({ column: '', code: 'twice', received: '', expected: '' });
    else first.set(key, row);
    if (own.length > 0) faults.set(row, own);
  }
  return faults;
}

/** The first table that has wrong rows, with their number; null where all are sound. */
export function firstFault(declaration, tables) {
  for (const table of Object.keys(declaration.tables)) {
    const count = faultsOf(declaration, table, (tables || {})[table] || []).size;
    if (count > 0) return { table, count };
  }
  return null;
}

/** Tables as they are saved: tidy cells, ordered rows, no row in which nothing stands, no table without rows. */
export function saved(declaration, tables) {
  const filled = Object.entries(declaration.tables).map(([table, { columns }]) => {
    const rows = (tables[table] || [])
      .map((row) => Object.fromEntries(columns.map(({ name }) => [name, cleanCell(row[name])])))
      .filter((row) => Object.values(row).some((cell) => cell !== ''));
    return [table, sorted(declaration, table, rows)];
  });
  return Object.fromEntries(filled.filter(([, rows]) => rows.length > 0));
}

/** True where following the base leads back to a node that was met before. */
export function leadsBack(id, baseOf) {
  const met = new Set();
  for (let at = id; at; at = baseOf(at)) {
    if (met.has(at)) return true;
    met.add(at);
  }
  return false;
}
