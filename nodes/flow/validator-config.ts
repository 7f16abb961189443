import { z } from 'zod';
import {
  CHECKS,
  FIRST_CHECKS,
  MAPPING_CHECKS,
  type Check,
  type CheckProfile,
} from '../returns/check-profile';
import { PRICE_MODES } from '../returns/compare-value';
import { patternField } from '../runtime/config-fields';

const filled = z.string().trim().min(1, 'must be filled in');

/**
 * What the dialog of the SKU Validator sets. `erp` names the property that holds the connection: each ERP has a property
 * of its own in the dialog. A node from before there was a choice of checks has none, and checks what it always did.
 */
export const validatorConfigSchema = z
  .looseObject({
    name: z.string().default(''),
    erp: z.string().default('d365'),
    maxAgeMinutes: z.coerce.number().min(0, 'must be 0 or more').max(10_080).default(60),
    fill: z.boolean().default(false),
    mappings: z.string().default(''),
    /** Lines that pass go on while the others of the return wait. */
    divide: z.boolean().default(false),
    checks: z.array(z.enum(CHECKS)).default([...FIRST_CHECKS]),
    orderPattern: patternField,
    toleranceMinor: z.coerce.number().int().min(0).max(100_000).default(0),
    /** Whether the platform's prices contain the tax (R59). */
    prices: z.enum(PRICE_MODES).default('either'),
    substitutes: z.array(z.object({ returned: filled, sold: filled })).default([]),
  })
  .transform(({ name, erp, maxAgeMinutes, fill, mappings, divide, checks, ...others }) => ({
    name,
    maxAgeMinutes,
    mappings,
    divide,
    // Reading ahead what is not believed for any time would be in vain.
    fill: fill && maxAgeMinutes > 0,
    connection: connectionIn(others, erp),
    // Without mappings there are no rows to look for.
    profile: profileOf(
      mappings === '' ? checks.filter((one) => !MAPPING_CHECKS.includes(one)) : checks,
      others,
    ),
  }));

export type ValidatorConfig = z.infer<typeof validatorConfigSchema>;

function connectionIn(others: Record<string, unknown>, erp: string): string {
  const connection = others[erp];
  return typeof connection === 'string' ? connection : '';
}

function profileOf(
  checks: readonly Check[],
  rules: Pick<CheckProfile, 'orderPattern' | 'toleranceMinor' | 'prices'> & {
    substitutes: readonly { returned: string; sold: string }[];
  },
): CheckProfile {
  const { orderPattern, toleranceMinor, prices, substitutes } = rules;
  const lower = (text: string): string => text.toLowerCase();
  return {
    checks: new Set(checks),
    orderPattern,
    toleranceMinor,
    ...(prices === undefined ? {} : { prices }),
    substitutes: new Map(substitutes.map((row) => [lower(row.returned), lower(row.sold)])),
  };
}
