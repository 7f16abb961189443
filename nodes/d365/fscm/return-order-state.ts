import type { ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import { dimensionsOf } from './orders';
import { linesOf } from './return-order-checks';
import { numberOf, textOf, type D365Row } from './rows';

/** A line of a return order, as far as an arrival needs it. Partial arrivals split lines: each part has a lot of its own. */
export interface ExpectedLine {
  lot: string;
  item: string;
  /** The item's variant. */
  dimensions: Readonly<Record<string, string>>;
  /** Pieces that come back: positive. */
  quantity: number;
  unit: string;
  /** Ours: the line of the return, and what tells its parts apart. */
  external: string;
  warehouse: string;
  /** `ReturnStatusLine` (A4.1). */
  status: string;
}

/** The lines of goods of a return order, without those that were cancelled. */
export function expectedLines(order: D365Row): ExpectedLine[] {
  return linesOf(order)
    .map((row) => ({
      lot: textOf(row, 'ReturnInventoryLotId'),
      item: textOf(row, 'ItemNumber'),
      dimensions: dimensionsOf(row),
      quantity: -numberOf(row, 'ReturnSalesQuantity'),
      unit: textOf(row, 'SalesUnitSymbol'),
      external: textOf(row, 'ExternalItemNumber'),
      warehouse: textOf(row, 'ReturnWarehouseId'),
      status: textOf(row, 'ReturnStatus'),
    }))
    .filter(({ status, quantity }) => status !== 'Canceled' && quantity > 0);
}

/**
 * Whether goods can be received on a return order (A4.1): it is `Created` or `Open`. Throws `return-order-locked`
 * (state-blocked) where somebody has stopped it, so that no doomed call is made and it goes on by itself (R101, R162).
 */
export function unreceivable(order: D365Row): Problem | null {
  const number = textOf(order, 'ReturnOrderNumber');
  if (textOf(order, 'IsReturnProcessingStopped') === 'Yes') throw returnOrderLocked(number);
  const status = textOf(order, 'ReturnStatus');
  if (status === 'Created' || status === 'Open') return null;
  return {
    code: 'return-order-closed',
    what: `return order ${number} is ${status === '' ? 'without a status' : status}`,
    lines: [{ field: 'status', expected: 'Created or Open', received: status }],
  };
}

export function returnOrderLocked(number: string): LedgerError {
  return new LedgerError({
    code: 'return-order-locked',
    class: 'state-blocked',
    message: `Return order ${number} is stopped in Dynamics 365; the goods are in the building and not in the books`,
  });
}

/** Goods came before their return order, or for none (R85). */
export function returnOrderMissing(event: ReturnEvent): LedgerError {
  return new LedgerError({
    code: 'return-order-missing',
    class: 'state-blocked',
    message: `The return order of return ${event.returnNumber ?? event.returnId} is not there yet, or has no lines yet`,
  });
}
