import { withComponents } from '../../returns/bundle-on-order';
import type { ReturnEvent } from '../../returns/event';
import { itemLines, type Problem } from '../../returns/posting-checks';
import type { ReasonCodes } from '../../returns/reason-codes';
import type { Surroundings } from '../../runtime/retry';
import type { ReturnsStore } from '../../store/store';
import type { ReturnOrderPolicy } from '../documents';
import type { D365Settings } from '../settings';
import type { EnvironmentFields } from './environment-fields';
import type { ReturnOrderCalls } from './gathered-calls';
import type { PlannedLine } from './match-lines';
import type { NamesOf } from './names';
import { stoppedItem } from './order-items';
import type { D365Orders, OrderDetails, SalesOrder } from './orders';
import { planFees, type MappedFee, type PlannedFee } from './plan-fees';
import { unfitOrder } from './return-order-checks';
import type { ReturnPlace } from './return-places';
import { invoicedLines, ratesOf, taxesOf } from './sale-tax';
import { planOnSale } from './taken-back';
import { unitsOfOrder } from './unit-facts';
import type { D365Units } from './units';

export interface ReturnOrderParts {
  client: ReturnOrderCalls;
  orders: D365Orders;
  settings: D365Settings;
  connectionId: string;
  store: ReturnsStore;
  surroundings: Surroundings;
  /** When the doubt about an intent began, in milliseconds of `surroundings.elapsed`. */
  doubts: Map<string, number>;
  units: D365Units;
  /** Fields that only this environment has. */
  fields: EnvironmentFields;
  /** Throws where the environment lacks what a document needs besides. */
  ready: (of: NamesOf, signal?: AbortSignal) => Promise<void>;
}

/** What is to be posted. */
export interface Posting {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces. */
  mapped: ReturnEvent;
  reasons: ReasonCodes;
  policy: ReturnOrderPolicy;
  reference: string;
  fees: readonly MappedFee[];
  /** Where the goods of each line go, by its id. */
  places: ReadonlyMap<string, ReturnPlace>;
}

/** What is to stand on a return order. */
export interface PlannedReturnOrder {
  planned: readonly PlannedLine[];
  fees: readonly PlannedFee[];
  /** Cost of a unit, by the item in lower case; 0 where none is sent. */
  costOf: (item: string) => number;
}

/**
 * Plans the lines of a return order on the sale: goods, units, fees, places and costs; what the ERP would refuse is told
 * before any call that writes.
 *
 * @param isThere the return order exists already: what is there is not refused any more
 */
export async function planReturnOrder(
  { event, mapped, policy, reference, fees }: Posting,
  order: SalesOrder,
  isThere: boolean,
  parts: ReturnOrderParts,
  signal?: AbortSignal,
): Promise<PlannedReturnOrder | { problem: Problem }> {
  const { settings } = parts;
  const { mappings = null } = policy;
  await checkNames(parts, signal);
  const goods = itemLines(mapped).flatMap(({ sku }) => sku ?? []);
  const wanted = [...withComponents(goods, mappings), ...fees.map(({ item }) => item)];
  const details = await parts.orders.details(order, reference, signal, wanted);
  const unfit = unfitOrder(order, details, settings.requireInvoice);
  if (unfit) return { problem: unfit };
  const { lines: sales, earlier, items } = details;
  const plan = planOnSale({
    event,
    mapped,
    mappings,
    sales,
    earlier,
    eachUnit: settings.eachUnit,
    units: await unitsOfOrder(details, mapped, parts, signal),
    ...(policy.countIn ? { countIn: policy.countIn } : {}),
  });
  if ('problem' in plan) return { problem: plan.problem };
  const { planned } = plan;
  if (planned.length === 0)
    return { problem: { code: 'line-not-on-order', what: 'nothing: no goods come back', lines: [] } };
  // What is there already is not refused any more.
  const named = planned.map(({ line, sale }) => ({ line, itemNumber: sale.itemNumber }));
  const stopped = isThere ? null : stoppedItem(named, items);
  if (stopped) return { problem: stopped };
  const charged = planFees(fees, {
    currency: order.currency,
    taxIncluded: order.taxIncluded,
    items,
    rates: fees.length === 0 ? new Map() : await ratesOfSale(order, details, parts, signal),
  });
  if ('problem' in charged) return { problem: charged.problem };
  const each = settings.eachUnit.toLowerCase();
  const costOf = (item: string): number => {
    const found = items.get(item.toLowerCase());
    // What a unit costs is known in the item's own unit only.
    return found?.unit.toLowerCase() === each ? found.unitCost : 0;
  };
  return { planned, fees: charged.fees, costOf };
}

/** Names that only some connections use. */
async function checkNames(
  { settings, fields }: Pick<ReturnOrderParts, 'settings' | 'fields'>,
  signal?: AbortSignal,
): Promise<void> {
  const { unitCostField, linkSale } = settings;
  const onLine = [
    ...(linkSale ? ['ReturningInventoryLotId'] : []),
    ...(unitCostField === '' ? [] : ['ReturnUnitCost']),
  ];
  await fields.check('ReturnOrderLinesV2', onLine, signal);
  if (unitCostField !== '') await fields.check('ReleasedProductsV2', [unitCostField], signal);
}

/** The tax of a fee is known from the goods that were sold; it is read only where there is one. */
async function ratesOfSale(
  { taxIncluded }: SalesOrder,
  { lines, invoices, items }: OrderDetails,
  { client, settings, ready }: ReturnOrderParts,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  if (taxIncluded) return new Map();
  await ready('tax', signal);
  const invoiced = await invoicedLines(invoices, client, settings.company, signal);
  return ratesOf(lines, taxesOf(lines, invoiced, items), items);
}
