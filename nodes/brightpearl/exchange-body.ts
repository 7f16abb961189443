import type { Mappings } from '../returns/mappings';
import { formatDecimal } from '../returns/money';
import type { Delivery } from './exchange-address';
import type { PriceSource } from '../returns/exchange-price';
import type { ExchangePlan } from './plan-exchange';
import type { OriginalOrder } from './records';

/** How replacement orders are made: what the dialog of the node sets. */
export interface ExchangePolicy {
  /** What the platform's codes are in Brightpearl; null where its SKUs and units are taken as they come. */
  mappings: Mappings | null;
  orderPattern: RegExp | null;
  /** Whether the credit of the goods must be there first (R124). */
  afterCredit: boolean;
  priceFrom: PriceSource;
  /** Whether the order hangs on the original one (R128). */
  linkParent: boolean;
  /** Whether an order whose stock is not allocated is somebody's to look at (R126). */
  requireAllocation: boolean;
  /** Null for the warehouse of the original order. */
  warehouseId: number | null;
  /** Status of the order; null for the account's default. */
  statusId: number | null;
}

/** Writes the replacement order (sales-order POST); what it takes over comes from the original order. */
export function exchangeBody(
  order: OriginalOrder,
  plan: ExchangePlan,
  delivery: Delivery,
  { linkParent, warehouseId, statusId }: ExchangePolicy,
  key: { reference: string; instanceId: number },
): Record<string, unknown> {
  const { shippingMethodId } = order.delivery;
  const deliver = {
    ...(Object.keys(delivery.address).length === 0 ? {} : { address: delivery.address }),
    ...(shippingMethodId > 0 ? { shippingMethodId } : {}),
  };
  return {
    customer: { id: order.customerId },
    ref: order.reference,
    ...(linkParent ? { parentId: order.id } : {}),
    ...(statusId === null ? {} : { statusId }),
    warehouseId: warehouseId ?? order.warehouseId,
    channelId: order.channelId,
    externalRef: key.reference,
    installedIntegrationInstanceId: key.instanceId,
    ...(order.priceListId > 0 ? { priceListId: order.priceListId } : {}),
    currency: { code: order.currency },
    ...(Object.keys(deliver).length === 0 ? {} : { delivery: deliver }),
    rows: plan.rows.map(({ replacement, productId, net, tax, taxCode }) => ({
      productId,
      quantity: String(replacement.units),
      taxCode,
      net: formatDecimal(net),
      tax: formatDecimal(tax),
      externalRef: replacement.line.id,
    })),
  };
}
