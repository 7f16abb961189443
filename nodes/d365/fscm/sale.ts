import type { ErpSale, ErpSaleLine, SaleAnswer, SaleState } from '../../returns/erp-sale';
import type { ReturnEvent } from '../../returns/event';
import { fineOf } from '../../returns/fine-amount';
import { documentReference } from '../../runtime/document-reference';
import type { D365Client } from './client';
import { usedByEarlier, type LineUse } from './match-lines';
import { D365Orders, type OrderDetails, type SalesOrder } from './orders';
import type { D365Settings } from '../settings';

/** Kinds of hold under which nothing is invoiced to a customer, nor credited (A8, CustVendorBlocked). */
const HOLDS = ['Invoice', 'All', 'Never'];

/**
 * The original sale of a return with what other return orders took of it, found and counted as the return order itself
 * does it.
 *
 * @param orderNumber the part of the platform's order number that D365 knows
 */
export async function findSale(
  event: ReturnEvent,
  orderNumber: string,
  client: Pick<D365Client, 'readTogether'>,
  settings: D365Settings,
  signal?: AbortSignal,
): Promise<SaleAnswer> {
  const orders = new D365Orders(client, settings);
  const [rows = []] = await client.readTogether([orders.lookUp(orderNumber)], signal);
  const found = orders.read(rows);
  const [order] = found;
  if (!order) return { found: 'unknown', what: `order ${orderNumber}` };
  if (found.length > 1) {
    return { found: 'ambiguous', what: found.map(({ number }) => `sales order ${number}`).join(', ') };
  }
  const details = await orders.details(order, documentReference(event), signal);
  return { found: 'sale', sale: saleOf(order, details, settings) };
}

/** A sales order in the words that all ERPs share. */
export function saleOf(
  order: SalesOrder,
  details: OrderDetails,
  settings: Pick<D365Settings, 'eachUnit' | 'requireInvoice'>,
): ErpSale {
  const { customerHold } = details;
  return {
    number: order.number,
    currency: order.currency,
    state: stateOf(order, details, settings.requireInvoice),
    stateDetail: `sales order ${order.number}, ${order.status}`,
    customer: {
      account: `account ${order.customer || 'missing'}`,
      known: order.customer !== '' && details.customerKnown,
      hold: HOLDS.includes(customerHold) ? `on hold for ${customerHold}` : null,
    },
    lines: usedByEarlier(details.lines, details.earlier, settings.eachUnit).map((use) =>
      lineOf(use, settings.eachUnit),
    ),
  };
}

/** Where the connection takes orders without an invoice, none is missing. */
function stateOf(order: SalesOrder, details: OrderDetails, requireInvoice: boolean): SaleState {
  if (order.status === 'Canceled') return 'cancelled';
  return details.invoiced || !requireInvoice ? 'invoiced' : 'not-invoiced';
}

function lineOf({ sale, taken, takenPieces }: LineUse, eachUnit: string): ErpSaleLine {
  return {
    id: sale.lotId,
    externalId: sale.external === '' ? null : sale.external,
    sku: sale.itemNumber,
    name: null,
    quantity: sale.quantity,
    unit: sale.unit,
    pieces: sale.unit.toLowerCase() === eachUnit.toLowerCase() ? 1 : null,
    returned: taken,
    returnedPieces: takenPieces,
    // Return orders tell quantities here; their amounts, tax and the tax of a line are posted with the invoice (A6).
    creditedMinor: null,
    net: fineOf(sale.amount),
    tax: null,
    taxCode: null,
    taxRate: null,
    // Flags of bundles are not on the lines that are read (A8).
    parentId: null,
    substitutedFor: null,
  };
}
