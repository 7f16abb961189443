import { returnEventSchema, type ReturnEvent } from './event';
import { LedgerError } from './failure';

/** One field that was changed, as the history keeps it. */
export interface FieldChange {
  field: string;
  from: unknown;
  to: unknown;
}

const FIELDS = ['order.number', 'returnNumber'];
const LINE_FIELDS = [
  'sku',
  'upc',
  'replacementSku',
  'quantity.value',
  'reason.code',
  'outcome',
  'condition',
  'confirmedDisposition',
  'warehouse',
];

/** What can be corrected; `n` stands for the number of a line, from 0. */
export const EDITABLE: readonly string[] = [...FIELDS, ...LINE_FIELDS.map((name) => `lines[n].${name}`)];

const LINE = /^lines\[(\d{1,4})\]\.(.+)$/;

/**
 * A return as a person corrected it: only named fields, and the result is what an event may be. Throws `edit-refused`
 * with a sentence for a field that cannot be changed, and for a value that does not fit.
 */
export function editReturn(
  event: ReturnEvent,
  changes: Readonly<Record<string, unknown>>,
): { event: ReturnEvent; changed: FieldChange[] } {
  const fields = Object.entries(changes);
  if (fields.length === 0) throw refused('Nothing is to be changed: put { "field": value } into changes');
  const edited = structuredClone(event);
  const changed = fields.map(([field, to]) => change(edited, field, to));
  const parsed = returnEventSchema.safeParse(edited);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(`${issue?.path.join('.') ?? 'A value'} does not fit: ${issue?.message ?? 'unknown'}`);
  }
  return { event: parsed.data, changed: changed.filter(({ from, to }) => from !== to) };
}

/** A change in words, for the history. */
export function inWords({ field, from, to }: FieldChange): string {
  return `${field}: ${JSON.stringify(from ?? null)} → ${JSON.stringify(to ?? null)}`;
}

function change(event: ReturnEvent, field: string, to: unknown): FieldChange {
  const line = LINE.exec(field);
  if (!line) {
    if (!FIELDS.includes(field)) throw unknownField(field);
    return set(event, field, field, to);
  }
  const [, number = '', name = ''] = line;
  const place = event.lines[Number(number)];
  if (!place)
    throw refused(`There is no ${field}: the return has ${event.lines.length} lines, from lines[0]`);
  if (!LINE_FIELDS.includes(name)) throw unknownField(field);
  return set(place, name, field, to);
}

/** Sets one of the names above, so the path is never one that came from outside. */
function set(target: object, path: string, field: string, to: unknown): FieldChange {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = target as Record<string, unknown>;
  for (const name of names) at = at[name] as Record<string, unknown>;
  const from = at[last];
  at[last] = to;
  return { field, from, to };
}

function unknownField(field: string): LedgerError {
  return refused(
    `${field.slice(0, 60)} cannot be changed. What can be: ${FIELDS.join(', ')}, and of a line ` +
      LINE_FIELDS.map((name) => `lines[n].${name}`).join(', '),
  );
}

function refused(message: string): LedgerError {
  return new LedgerError({ code: 'edit-refused', class: 'data-invalid', message });
}
