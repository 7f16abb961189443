import type { ErpData } from './erp-data';
import type { Numbers } from './numbers';
import type { Row, Value } from './odata-filter';
import type { ErpRules } from './rules';

/** One environment: what it holds, how it is set up, its number sequences and its clock. */
export interface Erp {
  readonly data: ErpData;
  readonly rules: ErpRules;
  readonly numbers: Numbers;
  readonly currency: string;
  /** Price of an item in currency, for its cost. */
  readonly priceOf: (item: string) => number;
  readonly now: () => number;
  /** What is told to others when a sales invoice or a credit note is posted (A13). */
  readonly invoicePosted: (invoice: Row) => void;
}

/** Writes rows of one entity set, as far as OData may. */
export interface SetWriter {
  create(body: Row): Row;
  update(row: Row, change: Row): void;
  remove(row: Row): void;
}

export function text(row: Row | undefined, field: string): string {
  return String(row?.[field] ?? '');
}

export function companyOf(row: Row, data: ErpData): Value {
  const company = row['dataAreaId'];
  return company === undefined || company === '' ? data.company : company;
}

/** The row with that key, or undefined. */
export function find(data: ErpData, set: string, key: Row): Row | undefined {
  const table = data.table(set);
  return table.get(table.keyOf(key));
}

/** Rows of one company whose field holds that text, in the order in which they came. */
export function having(data: ErpData, set: string, company: Value, field: string, value: string): Row[] {
  return data
    .table(set)
    .find({ op: 'eq', field, value })
    .filter((row) => row['dataAreaId'] === company && text(row, field).toLowerCase() === value.toLowerCase());
}

/** The lines of a return order, in their order. */
export function linesOf(data: ErpData, header: Row): Row[] {
  return having(
    data,
    'ReturnOrderLinesV2',
    header['dataAreaId'] ?? '',
    'ReturnOrderNumber',
    text(header, 'ReturnOrderNumber'),
  ).sort((a, b) => Number(a['LineCreationSequenceNumber']) - Number(b['LineCreationSequenceNumber']));
}

export function dateOf(erp: Pick<Erp, 'now'>): string {
  return new Date(erp.now()).toISOString();
}
