import { z } from 'zod';
import { lineSchema, returnEventSchema, type ReturnEvent, type ReturnLine } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { parsePath, valueAt } from '../returns/path-expression';

/** A field that the customer has besides, and what it is filled with: a text, or a value of the return. */
export interface CustomField {
  entity: 'header' | 'line';
  field: string;
  from: 'text' | 'path';
  /** The text, or a path such as `returnNumber` or `lines[].condition`. */
  value: string;
}

/** What a custom field may hold before its type is known. */
export type FieldValue = string | number | boolean;

/** Fields of a line start so in a path; the line is the one that is posted. */
const OF_LINE = /^(?:payload\.)?lines\[\]\.?/;

/** What is no code, text or number of the return itself: the person's token, lists, and what only we count. */
const CLOSED: ReadonlySet<string> = new Set(['customerToken', 'lines', 'flags', 'schema', 'unitIds']);

/** Reads a path of a row. Throws `path-invalid` (config) for what leads nowhere, or to a person. */
function placeOf({ entity, value }: CustomField): { ofLine: boolean; steps: (string | number)[] } {
  const ofLine = OF_LINE.test(value.trim());
  const steps = parsePath(
    value
      .trim()
      .replace(OF_LINE, '')
      .replace(/^payload\./, ''),
  );
  const known = Object.keys(ofLine ? lineSchema.shape : returnEventSchema.shape);
  const first = String(steps[0]);
  if (known.includes(first) && !CLOSED.has(first) && (entity === 'line' || !ofLine)) return { ofLine, steps };
  throw new LedgerError({
    code: 'path-invalid',
    class: 'config',
    message:
      `"${value.slice(0, 60)}" is no value of a return that a ${entity} can take, such as returnNumber` +
      (entity === 'line' ? ' or lines[].condition' : ''),
  });
}

const rowSchema = z.object({
  entity: z.enum(['header', 'line']),
  field: z
    .string()
    .trim()
    .regex(/^[A-Za-z]\w{0,79}$/, 'must be the name of a field in Dynamics 365, such as ReturnOriginCode'),
  from: z.enum(['text', 'path']).default('text'),
  value: z.string().trim().min(1, 'enter a text, or a path'),
});

/** The rows of a dialog's table of custom fields. */
export const customFieldsSchema = z
  .array(
    rowSchema.superRefine((row, context) => {
      if (row.from !== 'path') return;
      try {
        placeOf(row);
      } catch (thrown) {
        context.addIssue({ code: 'custom', message: (thrown as Error).message });
      }
    }),
  )
  .default([]);

/** What the rows come to for a document, or for one of its lines; a value that the return does not tell is left out. */
export function customValues(
  rows: readonly CustomField[],
  event: ReturnEvent,
  line: ReturnLine | null,
): Map<string, FieldValue> {
  const entity = line === null ? 'header' : 'line';
  const values = new Map<string, FieldValue>();
  for (const row of rows.filter((one) => one.entity === entity)) {
    const value = row.from === 'text' ? row.value : told(row, event, line);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      values.set(row.field, value);
    }
  }
  return values;
}

function told(row: CustomField, event: ReturnEvent, line: ReturnLine | null): unknown {
  const { ofLine, steps } = placeOf(row);
  return valueAt(steps, ofLine ? line : event);
}
