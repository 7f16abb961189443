import { FINANCE_ENTITIES } from './entities-finance';
import { MASTER_ENTITIES } from './entities-master';
import { RETURN_ENTITIES } from './entities-returns';
import { SALES_ENTITIES } from './entities-sales';
import type { Entity } from './entity-model';

/**
 * The entity sets that the simulator serves, with the fields that `reference/dynamics365.md` lists (A5 to A10).
 * `$metadata` is written from this table, and a name that is not in it is refused. Where the reference names a set
 * and no fields (taxes, settled invoices, locations), the fields are inferred [I].
 */
export const ENTITIES: readonly Entity[] = [
  ...RETURN_ENTITIES,
  ...SALES_ENTITIES,
  ...MASTER_ENTITIES,
  ...FINANCE_ENTITIES,
];

const BY_SET = new Map(ENTITIES.map((found) => [found.set, found]));

/** Set names are case-sensitive (A2). */
export function entityOf(set: string): Entity | undefined {
  return BY_SET.get(set);
}
