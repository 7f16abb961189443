import { z } from 'zod';
import { CHECKS, FIRST_CHECKS, type CheckProfile } from '../returns/check-profile';
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
    checks: z.array(z.enum(CHECKS)).default([...FIRST_CHECKS]),
    orderPattern: patternField,
    toleranceMinor: z.coerce.number().int().min(0).max(100_000).default(0),
    substitutes: z.array(z.object({ returned: filled, sold: filled })).default([]),
  })
  .transform(
    ({ name, erp, maxAgeMinutes, checks, orderPattern, toleranceMinor, substitutes, ...others }) => ({
      name,
      maxAgeMinutes,
      connection: typeof others[erp] === 'string' ? others[erp] : '',
      profile: {
        checks: new Set(checks),
        orderPattern,
        toleranceMinor,
        substitutes: new Map(
          substitutes.map((row) => [row.returned.toLowerCase(), row.sold.toLowerCase()] as const),
        ),
      } satisfies CheckProfile,
    }),
  );

export type ValidatorConfig = z.infer<typeof validatorConfigSchema>;
