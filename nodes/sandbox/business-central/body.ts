import { decodeOption, type Entity, type Field, type Navigation } from './entity';
import type { Value } from './records';
import { refuse } from './refusal';

/** What a caller sent for one row: its fields, and the rows of a deep insert (B2). */
export interface Body {
  fields: Readonly<Record<string, Value>>;
  nested: readonly { link: Navigation; bodies: readonly unknown[] }[];
}

const GUID = /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i;

/** Reads a body field by field. `deep` is whether rows below it may come with it: in a POST, but not in a PATCH. */
export function readBody(entity: Entity, sent: unknown, deep: boolean, omitted: ReadonlySet<string>): Body {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return refuse('bodyInvalid');
  const fields: Record<string, Value> = {};
  const nested: Body['nested'][number][] = [];
  for (const [name, value] of Object.entries(sent)) {
    if (name.includes('@')) continue;
    const link = entity.navigation[name];
    if (link) {
      if (!deep || !link.many || !Array.isArray(value)) return refuse('bodyInvalid');
      nested.push({ link, bodies: value });
      continue;
    }
    const field = entity.fields.get(name);
    if (!field || omitted.has(`${entity.set}.${name}`)) {
      return refuse('propertyUnknown', { field: name, type: entity.type });
    }
    if (field.readOnly) refuse('readOnlyField', { field: name });
    fields[name] = readValue(field, value);
  }
  return { fields, nested };
}

/** Reads one value; what it cannot be is refused as the platform or AL would. */
export function readValue(field: Field, value: unknown): Value {
  const { name, kind } = field;
  switch (kind) {
    case 'decimal':
    case 'integer':
      if (typeof value !== 'number' || (kind === 'integer' && !Number.isInteger(value))) {
        return refuse('valueInvalid', { field: name, type: kind === 'integer' ? 'Int32' : 'Decimal' });
      }
      return value;
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse('valueInvalid', { field: name, type: 'Boolean' });
    case 'guid':
      if (typeof value !== 'string' || !GUID.test(value)) return refuse('guidInvalid');
      return value.replace(/[{}]/g, '').toLowerCase();
    case 'date':
    case 'datetime':
      if (typeof value !== 'string' || Number.isNaN(Date.parse(value)) || !/^\d{4}-\d\d-\d\d/.test(value)) {
        return refuse('valueInvalid', { field: name, type: 'Date' });
      }
      return kind === 'date' ? value.slice(0, 10) : value;
    case 'option':
      return readOption(field, value);
    default:
      return readText(field, value);
  }
}

function readOption({ name, options }: Field, value: unknown): string {
  if (typeof value !== 'string') return refuse('valueInvalid', { field: name, type: 'Option' });
  const member = value === '' ? ' ' : decodeOption(value);
  if (!options.includes(member)) refuse('optionInvalid', { value, options: options.join(',') });
  return member;
}

/** A code is kept in capitals and without blanks around it. */
function readText({ name, kind, length }: Field, value: unknown): string {
  if (value === null) return '';
  if (typeof value !== 'string') return refuse('valueInvalid', { field: name, type: 'String' });
  const kept = kind === 'code' ? value.trim().toUpperCase() : value;
  if (kept.length > length) refuse('tooLong', { length: kept.length, limit: length, value });
  return kept;
}
