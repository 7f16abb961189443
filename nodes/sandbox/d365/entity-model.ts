import { ENUMS } from './enums';

export type FieldType = 'String' | 'Decimal' | 'Int32' | 'Int64' | 'DateTimeOffset' | { enum: string };

export interface Entity {
  set: string;
  /** Singular name, and the internal class that error texts name. */
  type: string;
  internal: string;
  keys: readonly string[];
  fields: Readonly<Record<string, FieldType>>;
  navigation: Readonly<Record<string, { to: string; on: readonly string[]; many: boolean }>>;
  /** Fields that a filter finds without reading every row. */
  indexed: readonly string[];
  writable: boolean;
}

function fields(spec: string): Record<string, FieldType> {
  const table: Record<string, FieldType> = {};
  for (const part of spec.trim().split(/\s+/)) {
    const [name = '', type = 'String'] = part.split(':');
    table[name] =
      type === 'Decimal' ||
      type === 'Int32' ||
      type === 'Int64' ||
      type === 'DateTimeOffset' ||
      type === 'String'
        ? type
        : { enum: type };
  }
  return table;
}

/** One entity set; `spec` lists its fields as `Name` (a text) or `Name:Type`. */
export function entity(
  set: string,
  internal: string,
  keys: string,
  spec: string,
  more: Partial<Pick<Entity, 'navigation' | 'indexed' | 'writable'>> = {},
): Entity {
  return {
    set,
    type: set
      .replace(/Headers(V\d)/, 'Header$1')
      .replace(/Lines(V\d)?$/, 'Line$1')
      .replace(/Entities$/, 'Entity')
      .replace(/s$/, ''),
    internal,
    keys: keys.split(' '),
    fields: fields(spec),
    navigation: more.navigation ?? {},
    indexed: more.indexed ?? [],
    writable: more.writable ?? false,
  };
}

/** What an empty field holds (A2). */
export function emptyValue(type: FieldType): string | number {
  if (typeof type !== 'string') return ENUMS[type.enum]?.[0] ?? '';
  if (type === 'String') return '';
  return type === 'DateTimeOffset' ? '1900-01-01T12:00:00Z' : 0;
}
