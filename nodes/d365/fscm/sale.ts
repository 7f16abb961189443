import type { ErpSale, ErpSaleLine, SaleAnswer, SaleState } from '../../returns/erp-sale';
import type { ReturnEvent } from '../../returns/event';
import { fineOf } from '../../returns/fine-amount';
import { subtractMoney, type Money } from '../../returns/money';
import { itemLines } from '../../returns/posting-checks';
import { EACH } from '../../returns/quantity';
import { documentReference } from '../../runtime/document-reference';
import type { D365Client } from './client';
import type { NamesOf } from './names';
import { itemPaths, itemsIn, type OrderItems } from './order-items';
import { usedByEarlier, usedOf, type LineUse } from './line-use';
import { blockingHold, D365Orders, type OrderDetails, type SalesOrder } from './orders';
import { invoicedLines, taxesOf } from './sale-tax';
import { goodsOf, othersOf } from './taken-back';
import { unitFacts, wholePiecesIn, type UnitFacts } from './unit-facts';
import type { D365Units } from './units';
import type { D365Settings } from '../settings';

/**
 * The original sale of a return with what other return orders took of it, found and counted as the return order itself
 * does it.
 *
 * @param orderNumber the part of the platform's order number that D365 knows
 */
export async function findSale(
  event: ReturnEvent,
  orderNumber: string,
  parts: SaleParts,
  signal?: AbortSignal,
): Promise<SaleAnswer> {
  const { client, settings, units, ready } = parts;
  const orders = new D365Orders(client, { ...settings, unitCostField: '' });
  const [rows = []] = await client.readTogether([orders.lookUp(orderNumber)], signal);
  const found = orders.read(rows);
  const [order] = found;
  if (!order) return { found: 'unknown', what: `order ${orderNumber}` };
  if (found.length > 1) {
    return { found: 'ambiguous', what: found.map(({ number }) => `sales order ${number}`).join(', ') };
  }
  const details = await orders.details(order, documentReference(event), signal);
  const { lines, invoices } = details;
  if (invoices.length > 0) await ready('tax', signal);
  const invoiced = await invoicedLines(invoices, client, settings.company, signal);
  const each = settings.eachUnit.toLowerCase();
  const inPieces =
    lines.every(({ unit }) => unit.toLowerCase() === each) &&
    itemLines(event).every(({ quantity }) => quantity.unit === EACH);
  const byItem = taxesOf(lines, invoiced, new Map());
  const sale = (
    items: OrderItems,
    taxes: ReadonlyMap<string, Money>,
    facts: UnitFacts | null,
  ): SaleAnswer => ({ found: 'sale', sale: saleOf(order, { ...details, items }, settings, taxes, facts) });
  // Most invoices and all single pieces go by item numbers; product numbers are read for the rest only.
  if (inPieces && (byItem.size === lines.length || invoiced.length === 0))
    return sale(new Map(), byItem, null);
  const numbers = [...new Set(lines.map(({ itemNumber }) => itemNumber))];
  const items = itemsIn(await client.readTogether(itemPaths(settings.company, numbers, ''), signal), '');
  const products = [...items.values()].map(({ productNumber }) => productNumber);
  const facts = inPieces ? null : unitFacts(await units.of(products, signal), items);
  return sale(items, taxesOf(lines, invoiced, items), facts);
}

/** What the original sale is read with. */
export interface SaleParts {
  client: Pick<D365Client, 'readTogether'>;
  settings: D365Settings;
  units: D365Units;
  ready: (of: NamesOf, signal?: AbortSignal) => Promise<void>;
}

/**
 * A sales order in the words that all ERPs share.
 *
 * @param taxes by lot, as far as they are known
 * @param units null where all of its lines, and those of the return, are in single pieces
 */
export function saleOf(
  order: SalesOrder,
  details: OrderDetails,
  settings: Pick<D365Settings, 'eachUnit' | 'requireInvoice'>,
  taxes: ReadonlyMap<string, Money> = new Map(),
  units: UnitFacts | null = null,
): ErpSale {
  const hold = blockingHold(details.customerHold);
  const { lines, earlier } = details;
  const uses = usedByEarlier(lines, earlier, settings.eachUnit, units);
  const ours = earlier.filter(({ byOthers }) => byOthers !== true);
  const withoutOthers = usedByEarlier(lines, ours, settings.eachUnit, units);
  return {
    number: order.number,
    currency: order.currency,
    state: stateOf(order, details, settings.requireInvoice),
    stateDetail: `sales order ${order.number}, ${order.status}`,
    customer: {
      account: `account ${order.customer || 'missing'}`,
      known: order.customer !== '' && details.customerKnown,
      hold: hold === null ? null : `on hold for ${hold}`,
    },
    lines: uses.map((use, at) => {
      const { itemNumber } = use.sale;
      const pieces = usedOf(use) - usedOf(withoutOthers[at] ?? use);
      const documents = othersOf(earlier, [itemNumber]).map((one) => ({
        name: `return order ${one.returnOrder ?? '?'}`,
        goods: goodsOf(one),
      }));
      return {
        ...lineOf(use, order, taxes.get(use.sale.lotId) ?? null),
        ...(units ? { piecesIn: (unit: string) => wholePiecesIn(units, itemNumber, unit) } : {}),
        ...(documents.length > 0 ? { byOthers: { pieces, documents } } : {}),
      };
    }),
  };
}

/** Where the connection takes orders without an invoice, none is missing. */
function stateOf(order: SalesOrder, details: OrderDetails, requireInvoice: boolean): SaleState {
  if (order.status === 'Canceled') return 'cancelled';
  if (order.stopped) return 'locked';
  return details.invoiced || !requireInvoice ? 'invoiced' : 'not-invoiced';
}

function lineOf(
  { sale, each, taken, takenPieces, givenMinor }: LineUse,
  { taxIncluded }: SalesOrder,
  tax: Money | null,
): ErpSaleLine {
  const net = tax && taxIncluded ? subtractMoney(sale.amount, tax) : sale.amount;
  return {
    id: sale.lotId,
    externalId: sale.external === '' ? null : sale.external,
    sku: sale.itemNumber,
    name: null,
    quantity: sale.quantity,
    unit: sale.unit,
    pieces: each,
    returned: taken,
    returnedPieces: takenPieces,
    // Where the tax is not known, the room that is left with it is not known either.
    creditedMinor: tax ? givenMinor : null,
    net: fineOf(net),
    tax: tax && fineOf(tax),
    // Finance & SCM works its tax out by its own groups, and nothing of the table of taxes is posted (A6).
    taxCode: null,
    taxRate: null,
    // Flags of bundles stand in a set whose fields the reference does not name (A8).
    parentId: null,
    substitutedFor: null,
  };
}
