import type { ErpSale, ErpSaleLine, SaleAnswer } from '../returns/erp-sale';
import type { ReturnEvent } from '../returns/event';
import { documentReference } from '../runtime/document-reference';
import { creditsOn } from './credits-on';
import type { TaxCode } from './directory';
import { findOriginal } from './find-order';
import { stateOf } from './order-state';
import type { BrightpearlParts } from './parts';
import type { Credit, OrderRow, OriginalOrder } from './records';
import { usedByEarlier, type RowUse } from './row-use';
import type { BrightpearlSettings } from './settings';

/**
 * The original order of a return with what other credits took of it, found and counted as the credit itself does it.
 *
 * @param orderNumber the part of the platform's order number that Brightpearl knows
 */
export async function findSale(
  event: ReturnEvent,
  orderNumber: string,
  parts: Pick<BrightpearlParts, 'reader' | 'directory' | 'settings'>,
  signal?: AbortSignal,
): Promise<SaleAnswer> {
  const named = { ...event, order: { ...event.order, number: orderNumber } };
  const found = await findOriginal(named, { orderPattern: null }, parts, signal);
  if ('problem' in found) {
    const { code, what } = found.problem;
    return { found: code === 'order-ambiguous' ? 'ambiguous' : 'unknown', what };
  }
  const [{ earlier }, taxCodes] = await Promise.all([
    creditsOn(found.order, documentReference(event), parts, signal),
    parts.directory.taxCodes(),
  ]);
  return { found: 'sale', sale: saleOf(found.order, earlier, taxCodes, parts.settings) };
}

/** An order in the words that all ERPs share. */
export function saleOf(
  order: OriginalOrder,
  earlier: readonly Credit[],
  taxCodes: ReadonlyMap<string, TaxCode>,
  settings: Pick<BrightpearlSettings, 'lockedStatuses' | 'cancelledStatuses'>,
): ErpSale {
  const { state, detail } = stateOf(order, settings);
  const use = usedByEarlier(order.rows, earlier);
  return {
    number: String(order.id),
    currency: order.currency,
    state,
    stateDetail: detail,
    customer: {
      account:
        order.customerId > 0 ? `contact ${order.customerId}` : `order ${order.reference} has no customer`,
      known: order.customerId > 0,
      hold: null,
    },
    // Free text, such as delivery, is no goods that could come back.
    lines: order.rows.flatMap((row) =>
      row.productId === null ? [] : [lineOf(row, use.get(row.rowId), taxCodes)],
    ),
  };
}

function lineOf(row: OrderRow, use: RowUse | undefined, taxCodes: ReadonlyMap<string, TaxCode>): ErpSaleLine {
  return {
    id: String(row.rowId),
    // Brightpearl keeps no id of the shop's line.
    externalId: null,
    sku: row.sku,
    name: row.name === '' ? null : row.name,
    quantity: row.quantity ?? 0,
    unit: null,
    pieces: 1,
    returned: use?.used ?? 0,
    returnedPieces: 0,
    creditedMinor: (use?.net ?? 0) + (use?.tax ?? 0),
    net: row.net,
    tax: row.tax,
    taxCode: row.taxCode === '' ? null : row.taxCode,
    taxRate: taxCodes.get(row.taxCode)?.rate ?? null,
    parentId: row.bundleChild && row.parentRowId !== null ? String(row.parentRowId) : null,
    substitutedFor: null,
  };
}
