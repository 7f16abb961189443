import { eq, quoted } from '../fscm/odata';
import { BC_AUDITED_NAMES, BC_NAMES, BC_ORDER_NAMES, BC_RECEIPT_NAMES, type BcSet } from './names';

export interface BcQuery {
  filter?: string;
  /** Names of sets below it, with the fields of {@link BC_NAMES} each; a nested one as `set/navigation`. */
  expand?: string;
  top?: number;
}

/** Address of a set below the company, with the fields that are used of it and no others. */
export function setPath(set: BcSet, { filter, expand, top }: BcQuery = {}): string {
  const parts = [`$select=${fieldsOf(set)}`];
  if (filter !== undefined) parts.push(`$filter=${encodeURIComponent(filter)}`);
  if (expand !== undefined) parts.push(`$expand=${encodeURIComponent(expand)}`);
  if (top !== undefined) parts.push(`$top=${top}`);
  return `${set}?${parts.join('&')}`;
}

/** One row with what stands below it. */
export function rowPath(set: BcSet, id: string, expand?: string): string {
  const below = expand === undefined ? '' : `&$expand=${encodeURIComponent(expand)}`;
  return `${set}(${id})?$select=${fieldsOf(set)}${below}`;
}

function fieldsOf(set: BcSet): string {
  const names: Readonly<Record<BcSet, readonly string[]>> = {
    ...BC_NAMES,
    ...BC_AUDITED_NAMES,
    ...BC_ORDER_NAMES,
    ...BC_RECEIPT_NAMES,
  };
  return names[set].join(',');
}

/** Lines of a document with their variants, as an expansion of its header. */
export function withLines(lines: 'salesCreditMemoLines' | 'salesInvoiceLines'): string {
  return `${lines}($select=${BC_NAMES[lines].join(',')};$expand=itemVariant($select=id,code))`;
}

/** Whether a text field holds a text. In the middle of a code only: a star would stand for anything. */
export function contains(field: string, value: string): string {
  return `contains(${field},${quoted(value)})`;
}

/** A filter for one text; a text that is longer than its field is refused by Business Central, so nothing has it. */
export function eqWithin(field: string, value: string, longest: number): string | null {
  return value.length > longest ? null : eq(field, value);
}
