import { addMoney, formatDecimal } from '../returns/money';
import type { CreditPlan, PlannedRow } from './plan-credit';
import type { CreditPolicy } from './policy';
import { noonOf, type PostingDay } from './posting-day';
import type { OriginalOrder } from './records';

/** Writes the credit (sales-credit POST); what it takes over comes from the original order. */
export function creditBody(
  order: OriginalOrder,
  plan: CreditPlan,
  day: PostingDay,
  { warehouseId, statusId }: Pick<CreditPolicy, 'warehouseId'> & { statusId: number | null },
  key: { reference: string; instanceId: number },
): Record<string, unknown> {
  return {
    customer: { id: order.customerId },
    ref: order.reference,
    placedOn: noonOf(day.deferredFrom ?? day.day),
    taxDate: noonOf(day.day),
    parentId: order.id,
    ...(statusId === null ? {} : { statusId }),
    warehouseId: warehouseId ?? order.warehouseId,
    channelId: order.channelId,
    externalRef: key.reference,
    installedIntegrationInstanceId: key.instanceId,
    ...(order.priceListId > 0 ? { priceListId: order.priceListId } : {}),
    currency: { code: order.currency },
    rows: bodyRows(plan).map((row) => ({
      ...(row.productId === null ? { name: row.name } : { productId: row.productId, name: row.name }),
      quantity: String(row.quantity),
      taxCode: row.taxCode,
      net: formatDecimal(row.net),
      tax: formatDecimal(row.tax),
      nominalCode: row.nominalCode,
      // By this id the row is known again: rows of a credit come back in no defined order.
      ...(row.rowId === null ? {} : { externalRef: String(row.rowId) }),
    })),
  };
}

/**
 * The rows as they are sent: lines of one original row, such as units with different reasons, stand on one row, as they
 * do on the order. Of one product on two rows a goods-in note would become two (goods-in-note POST).
 */
export function bodyRows(plan: CreditPlan): PlannedRow[] {
  const rows: PlannedRow[] = [];
  for (const row of plan.rows) {
    const same = rows.findIndex(
      ({ rowId, productId, nominalCode }) =>
        row.rowId !== null &&
        rowId === row.rowId &&
        productId === row.productId &&
        nominalCode === row.nominalCode,
    );
    const known = rows[same];
    if (!known) rows.push(row);
    else {
      rows[same] = {
        ...known,
        quantity: known.quantity + row.quantity,
        net: addMoney(known.net, row.net),
        tax: addMoney(known.tax, row.tax),
      };
    }
  }
  return rows;
}
