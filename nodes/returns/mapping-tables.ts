import type { ExceptionCode } from './exception-catalogue';

/** Stands in a cell for any value. It is never implied: a blank cell is a mistake, not “any”. */
export const ANY = '*';

/** What may stand in a cell. The pattern is used here and in the dialog, so it is plain text. */
export interface CellKind {
  readonly pattern: string;
  /** What is expected, as it stands behind “enter”. */
  readonly expected: string;
  /** Cells that are the same number are the same: 20 and 20.0. */
  readonly decimal?: true;
}

export const CELL_KINDS = {
  text: {
    pattern: '^[^\\u0000-\\u001f\\u007f]{1,200}$',
    expected: 'a text on one line, at most 200 characters',
  },
  quantity: {
    pattern: '^(?=.*[1-9])\\d{1,9}(\\.\\d{1,6})?$',
    expected: 'a number above 0 with at most six decimals, such as 2',
  },
  factor: {
    pattern: '^(?!0*(\\.0*)?(/|$))(\\d{1,9}/[1-9]\\d{0,8}|\\d{1,9}(\\.\\d{1,6})?)$',
    expected: 'a number above 0 or a fraction, such as 12, 0.5 or 1/12',
  },
  share: {
    pattern: '^(\\d{1,9}/[1-9]\\d{0,8}|[01](\\.\\d{1,6})?)$',
    expected: 'a part of the price as a number from 0 to 1 or a fraction, such as 0.25 or 1/3',
  },
  rate: {
    pattern: '^\\d{1,3}(\\.\\d{1,6})?$',
    expected: 'a rate in percent as a number without the sign, such as 20 or 5.5',
    decimal: true,
  },
} as const satisfies Readonly<Record<string, CellKind>>;

export type CellKindName = keyof typeof CELL_KINDS;

/** Things of the ERP that a cell points at, so that it can be checked whether they are still there (R67). */
export type TargetKind =
  | 'item'
  | 'unit'
  | 'warehouse'
  | 'location'
  | 'reason'
  | 'disposition'
  | 'payment method'
  | 'tax code'
  | 'status';

export interface MappingColumn {
  readonly name: string;
  /** Rows are found by their keys, and no two rows of a table have the same ones. */
  readonly role: 'key' | 'value';
  readonly kind: CellKindName;
  /** Another kind where another column of the row has a certain value. */
  readonly kindWhere?: { readonly column: string; readonly is: string; readonly kind: CellKindName };
  /** May be blank. Only for values. */
  readonly optional?: true;
  /** {@link ANY} may be written instead of a code. */
  readonly any?: true;
  readonly choices?: readonly string[];
  readonly target?: TargetKind;
}

export interface MappingTable {
  readonly columns: readonly MappingColumn[];
  /** What a set with a base replaces as a whole: a bundle with all its parts. Otherwise one row. */
  readonly together?: string;
  /** Two key columns whose values may change places: a set that replaces the way there replaces the way back as well. */
  readonly eitherWay?: readonly [string, string];
  /**
   * Whether a code that comes in and has no row is a mistake (`always`), is one unless the ERP knows the code as it is
   * (`unless-target`), or means nothing (`never`): most items are no bundle.
   */
  readonly complete: 'always' | 'unless-target' | 'never';
  /** The exception to raise for a code without a row. */
  readonly unmapped: ExceptionCode;
}

/**
 * All tables of Return Mappings, declared here and nowhere else: the dialog, import and export, look-ups, coverage and
 * checks against the ERP follow from this. No table has a default row (requirements 1.1; R66).
 */
export const MAPPING_TABLES = {
  /** An item as the platform names it: by its SKU, its variant or its barcode. */
  sku: {
    columns: [
      { name: 'by', role: 'key', kind: 'text', choices: ['sku', 'variant', 'upc'] },
      { name: 'code', role: 'key', kind: 'text' },
      { name: 'item', role: 'value', kind: 'text', target: 'item' },
    ],
    complete: 'unless-target',
    unmapped: 'sku-unknown',
  },
  /** How many of the second unit one of the first is: 1 each is 1/12 case. */
  unit: {
    columns: [
      { name: 'item', role: 'key', kind: 'text', any: true, target: 'item' },
      { name: 'from', role: 'key', kind: 'text' },
      { name: 'to', role: 'key', kind: 'text', target: 'unit' },
      { name: 'factor', role: 'value', kind: 'factor' },
    ],
    eitherWay: ['from', 'to'],
    complete: 'never',
    unmapped: 'unit-unmapped',
  },
  /** The ERP may sell a bundle as its parts alone, so that the bundle itself is no item there. */
  bundle: {
    columns: [
      { name: 'parent', role: 'key', kind: 'text' },
      { name: 'component', role: 'key', kind: 'text', target: 'item' },
      { name: 'quantity', role: 'value', kind: 'quantity' },
      { name: 'share', role: 'value', kind: 'share' },
    ],
    together: 'parent',
    complete: 'never',
    unmapped: 'sku-unknown',
  },
  reason: {
    columns: [
      { name: 'reason', role: 'key', kind: 'text' },
      { name: 'erpReason', role: 'value', kind: 'text', target: 'reason' },
      { name: 'disposition', role: 'value', kind: 'text', optional: true, target: 'disposition' },
    ],
    complete: 'always',
    unmapped: 'reason-unmapped',
  },
  disposition: {
    columns: [
      { name: 'disposition', role: 'key', kind: 'text' },
      { name: 'condition', role: 'key', kind: 'text', any: true },
      { name: 'erpDisposition', role: 'value', kind: 'text', target: 'disposition' },
      { name: 'warehouse', role: 'value', kind: 'text', target: 'warehouse' },
      { name: 'location', role: 'value', kind: 'text', optional: true, target: 'location' },
      { name: 'document', role: 'value', kind: 'text', optional: true },
    ],
    complete: 'always',
    unmapped: 'disposition-unmapped',
  },
  location: {
    columns: [
      { name: 'location', role: 'key', kind: 'text' },
      { name: 'warehouse', role: 'value', kind: 'text', target: 'warehouse' },
    ],
    complete: 'always',
    unmapped: 'location-unmapped',
  },
  payment: {
    columns: [
      { name: 'method', role: 'key', kind: 'text' },
      { name: 'erpMethod', role: 'value', kind: 'text', target: 'payment method' },
    ],
    complete: 'always',
    unmapped: 'payment-method-unmapped',
  },
  tax: {
    columns: [
      { name: 'by', role: 'key', kind: 'text', choices: ['code', 'rate'] },
      { name: 'tax', role: 'key', kind: 'text', kindWhere: { column: 'by', is: 'rate', kind: 'rate' } },
      { name: 'taxCode', role: 'value', kind: 'text', target: 'tax code' },
    ],
    complete: 'always',
    unmapped: 'tax-unmapped',
  },
  fee: {
    columns: [
      { name: 'fee', role: 'key', kind: 'text' },
      { name: 'item', role: 'value', kind: 'text', target: 'item' },
    ],
    complete: 'always',
    unmapped: 'fee-unmapped',
  },
  returnType: {
    columns: [
      { name: 'type', role: 'key', kind: 'text' },
      { name: 'status', role: 'value', kind: 'text', target: 'status' },
    ],
    complete: 'always',
    unmapped: 'return-type-unmapped',
  },
} as const satisfies Readonly<Record<string, MappingTable>>;

type Tables = typeof MAPPING_TABLES;
export type MappingTableName = keyof Tables;
type ColumnOf<T extends MappingTableName> = Tables[T]['columns'][number];

/** The key columns of a table with what to look for. */
export type KeysOf<T extends MappingTableName> = {
  readonly [C in Extract<ColumnOf<T>, { role: 'key' }> as C['name']]: string | null;
};

/** A row as it was found; an optional cell that was left blank is `''`. */
export type RowOf<T extends MappingTableName> = { readonly [C in ColumnOf<T> as C['name']]: string };

/** A row of any table. */
export type MappingRow = Readonly<Record<string, string>>;

export const MAPPING_TABLE_NAMES = Object.keys(MAPPING_TABLES) as readonly MappingTableName[];

export function tableOf(name: MappingTableName): MappingTable {
  return MAPPING_TABLES[name];
}

export function isMappingTable(name: string): name is MappingTableName {
  return Object.hasOwn(MAPPING_TABLES, name);
}

export function keyColumns(name: MappingTableName): readonly MappingColumn[] {
  return tableOf(name).columns.filter(({ role }) => role === 'key');
}

/** What may stand in a cell of a row, which can depend on another cell. */
export function kindOfCell({ kind, kindWhere }: MappingColumn, row: MappingRow): CellKind {
  return CELL_KINDS[kindWhere && row[kindWhere.column] === kindWhere.is ? kindWhere.kind : kind];
}

/** A cell as it is kept and compared: no space around it, and letters with accents written in one way. Case counts. */
export function cleanCell(text: string): string {
  return text.normalize('NFC').trim();
}

/** What makes the row one of its kind: the same for two rows that would answer the same question. */
export function rowKey(name: MappingTableName, row: MappingRow): string {
  return keyText(
    keyColumns(name).map((column) => {
      const cell = cleanCell(row[column.name] ?? '');
      const kind = kindOfCell(column, row);
      return kind.decimal && new RegExp(kind.pattern).test(cell) ? String(Number(cell)) : cell;
    }),
  );
}

/** The key of what a set with a base replaces: a row, or the rows that belong together. */
export function overrideKey(name: MappingTableName, row: MappingRow): string {
  const { together, eitherWay } = tableOf(name);
  if (together !== undefined) return keyText([cleanCell(row[together] ?? '')]);
  if (!eitherWay) return rowKey(name, row);
  const [one, other] = eitherWay;
  const back = { ...row, [one]: row[other] ?? '', [other]: row[one] ?? '' };
  const [first = ''] = [rowKey(name, row), rowKey(name, back)].sort();
  return first;
}

export function keyText(cells: readonly string[]): string {
  return JSON.stringify(cells);
}
