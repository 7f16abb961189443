import { z } from 'zod';
import { MAPPING_TABLE_NAMES, type MappingRow } from '../returns/mapping-tables';
import type { MappingContent } from '../returns/mappings';

const rowSchema = z.record(z.string(), z.coerce.string());

/** Rows as the dialog keeps them; tables that this version does not know are left alone. */
export const tablesSchema = z
  .record(z.string(), z.array(rowSchema))
  .default({})
  .transform((tables): MappingContent => {
    const known = MAPPING_TABLE_NAMES.map((name): [string, readonly MappingRow[]] => [
      name,
      tables[name] ?? [],
    ]);
    return Object.fromEntries(known);
  });

export const mappingSettingsSchema = z.object({
  name: z.string().default(''),
  store: z.string().min(1, 'choose a returns store'),
  /** Another node of this type, whose rows hold where this one has none of its own. */
  base: z
    .string()
    .default('')
    .transform((id) => (id === '_ADD_' ? '' : id)),
  tables: tablesSchema,
});

export type MappingSettings = z.infer<typeof mappingSettingsSchema>;
