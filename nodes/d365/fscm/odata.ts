import type { AuditedSet, EntitySet } from './names';

/** A text in a filter or key: single quotes doubled (A2). */
export function quoted(value: string): string {
  return `'${value.toWellFormed().replaceAll("'", "''")}'`;
}

export function eq(field: string, value: string): string {
  return `${field} eq ${quoted(value)}`;
}

export function eqEnum(field: string, type: string, member: string): string {
  return `${field} eq Microsoft.Dynamics.DataEntities.${type}${quoted(member)}`;
}

export function and(...conditions: readonly string[]): string {
  return conditions.map((condition) => (/ or /.test(condition) ? `(${condition})` : condition)).join(' and ');
}

/** `in` is not supported (A2), so a list becomes a chain of `or`. */
export function anyOf(field: string, values: readonly string[]): string {
  return values.map((value) => eq(field, value)).join(' or ');
}

export interface ListOptions {
  filter?: string;
  select?: readonly string[];
  expand?: string;
  top?: number;
}

/** Address of a set, below `/data/`. `cross-company` is always on: without it other companies' rows do not exist (A2). */
export function listPath(set: EntitySet | AuditedSet, options: ListOptions = {}): string {
  const parts = ['cross-company=true'];
  if (options.filter !== undefined) parts.push(`$filter=${encodeURIComponent(options.filter)}`);
  if (options.select !== undefined) parts.push(`$select=${options.select.join(',')}`);
  if (options.expand !== undefined) parts.push(`$expand=${options.expand}`);
  if (options.top !== undefined) parts.push(`$top=${options.top}`);
  return `${set}?${parts.join('&')}`;
}

/** A key path names every key field (A2). */
export function keyPath(key: Readonly<Record<string, string | number>>): string {
  return Object.entries(key)
    .map(
      ([field, value]) => `${field}=${typeof value === 'number' ? value : encodeURIComponent(quoted(value))}`,
    )
    .join(',');
}

/** Splits values so that no filter makes an address too long for a gateway. */
export function inChunks(values: readonly string[], field: string, longest = 1800): string[][] {
  const chunks: string[][] = [];
  let chunk: string[] = [];
  let length = 0;
  for (const value of values) {
    const size = encodeURIComponent(`${eq(field, value)} or `).length;
    if (chunk.length > 0 && length + size > longest) {
      chunks.push(chunk);
      chunk = [];
      length = 0;
    }
    chunk.push(value);
    length += size;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
