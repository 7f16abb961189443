import { LedgerError } from '../../returns/failure';

/** A row of an entity set, as D365 writes it. */
export type D365Row = Record<string, unknown>;

/** Throws `d365-answer` (ambiguous): nobody knows what such an answer means. */
export function parseJson(answer: { text: string }): D365Row {
  try {
    return JSON.parse(answer.text) as D365Row;
  } catch {
    throw new LedgerError({
      code: 'd365-answer',
      class: 'ambiguous',
      message: 'D365 answered with something that is not JSON',
    });
  }
}

/** The rows of a list. */
export function rowsOf(body: D365Row): D365Row[] {
  return Array.isArray(body['value']) ? (body['value'] as D365Row[]) : [];
}

/** A text field of a row; empty where it is missing. */
export function textOf(row: D365Row, field: string): string {
  const value = row[field];
  return typeof value === 'string' ? value : '';
}

export function numberOf(row: D365Row, field: string): number {
  const value = row[field];
  return typeof value === 'number' ? value : Number(value ?? 0);
}
