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

/**
 * Fields that a customer has added, or that the reference does not list (D3): an environment lacks them unless an option
 * names them.
 */
export const EXTENSIONS: readonly string[] = [
  'SalesOrderHeadersV4.DeliveryAddressName',
  'SalesOrderHeadersV4.DeliveryAddressStreet',
  'SalesOrderHeadersV4.DeliveryAddressCity',
  'SalesOrderHeadersV4.DeliveryAddressZipCode',
  'SalesOrderHeadersV4.DeliveryAddressCountryRegionId',
  'SalesOrderHeadersV4.OrderChannelCode',
  'SalesOrderLinesV3.LineChannelCode',
  'ReturnOrderHeadersV2.ReturnOriginCode',
  'ReturnOrderLinesV2.ReturnConditionText',
  'ReturnOrderLinesV2.ReturnPriority',
  'ReleasedProductsV2.UnitCost',
];

const BY_SET = new Map(ENTITIES.map((found) => [found.set, found]));

/** Set names are case-sensitive (A2). */
export function entityOf(set: string): Entity | undefined {
  return BY_SET.get(set);
}
