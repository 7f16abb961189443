import { placeStock } from './arrival-posting';
import { dateOf, find, linesOf, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';
import { periodFault } from './periods';
import { PostingFault, type Posted } from './posting';
import { effectOf, isService, setLine } from './return-states';
import { createReplacement } from './sales-orders';
import { cents } from './tax';
import { inStockUnits } from './units';

export interface PackingSlipRequest {
  number: string;
  packingSlipId?: string;
  /** The day it is posted on; without it, today. Not in A7's proposal: the credit and the slip must share a day. */
  date?: string;
  /** Lots to post; without it, every line that is registered. */
  lots?: readonly string[];
  /** Units by lot, where a caller names them: only the whole line will do (A4). */
  quantities?: Readonly<Record<string, number>>;
}

/** The return order that is posted: it must be under way, and not stopped [I]. */
export function orderToPost(erp: Erp, company: Value, number: string): Row {
  const header = find(erp.data, 'ReturnOrderHeadersV2', { dataAreaId: company, ReturnOrderNumber: number });
  if (!header) throw new PostingFault([`Return order ${number} does not exist.`]);
  const status = text(header, 'ReturnStatus');
  if (header['IsReturnProcessingStopped'] === 'Yes')
    throw new PostingFault([`Return order ${number} is stopped.`]);
  if (status === 'Closed' || status === 'Canceled')
    throw new PostingFault([`Return order ${number} cannot be posted in status ${status}.`]);
  return header;
}

/** Posts a return packing slip: it commits the dispositions of the lines (A4). */
export function postPackingSlip(erp: Erp, company: Value, request: PackingSlipRequest): Posted {
  const header = orderToPost(erp, company, request.number);
  const lines = linesOf(erp.data, header);
  const named = request.lots?.length ? request.lots : null;
  const missing = named?.find((lot) => !lines.some((line) => line['ReturnInventoryLotId'] === lot));
  if (missing !== undefined)
    throw new PostingFault([`Lot ${missing} is not of return order ${request.number}.`]);
  const chosen = named
    ? lines.filter((line) => named.includes(text(line, 'ReturnInventoryLotId')))
    : lines.filter((line) => line['ReturnStatus'] === 'Registered');
  if (chosen.length === 0) throw new PostingFault(['There is nothing registered to post.']);
  const faults = chosen.flatMap((line) => slipFaults(line, request));
  if (faults.length > 0) throw new PostingFault(faults);
  const slip = request.packingSlipId || erp.numbers.packingSlip();
  commitDispositions(erp, header, chosen, slip, request.date);
  return { documentNumber: slip };
}

function slipFaults(line: Row, request: PackingSlipRequest): string[] {
  const lot = text(line, 'ReturnInventoryLotId');
  const status = text(line, 'ReturnStatus');
  if (status !== 'Registered') {
    const reason = status === 'Quarantine' ? 'is in quarantine' : `has status ${status}`;
    return [`Lot ${lot} ${reason}; a packing slip needs a registered line.`];
  }
  const units = request.quantities?.[lot];
  if (units !== undefined && units !== -Number(line['ReturnSalesQuantity']))
    return [`Lot ${lot} can only be delivered in full; split the line.`];
  return [];
}

/** The work of a packing slip, which the invoice does too where the slip was skipped (A4). */
export function commitDispositions(
  erp: Erp,
  header: Row,
  lines: readonly Row[],
  slip: string,
  day = dateOf(erp),
): void {
  const fault = periodFault(erp, header['dataAreaId'] ?? '', day, ['Invent']);
  if (fault !== null) throw new PostingFault([fault]);
  const bare = lines.find((line) => !isService(erp, line) && !effectOf(erp, line));
  if (bare) throw new PostingFault([`Lot ${text(bare, 'ReturnInventoryLotId')} has no disposition code.`]);
  const replaced = lines.filter((line) => effectOf(erp, line)?.replaces === true);
  for (const line of lines) commitLine(erp, header, line, slip);
  if (replaced.length > 0) createReplacement(erp, header, replaced);
  erp.data.table('CustPackingSlipJourBiEntities').put({
    dataAreaId: header['dataAreaId'] ?? '',
    SourceKey: erp.numbers.record(),
    PackingSlipId: slip,
    DeliveryDate: day,
    SalesId: text(header, 'ReturnOrderNumber'),
    ReturnItemNum: text(header, 'RMANumber'),
    Qty: lines.reduce((all, line) => all + Number(line['ReturnSalesQuantity']), 0),
  });
}

function commitLine(erp: Erp, header: Row, line: Row, slip: string): void {
  const company = header['dataAreaId'] ?? '';
  const goods = effectOf(erp, line)?.goods ?? 'none';
  const units = inStockUnits(erp, line);
  const [warehouse, location] = [text(line, 'ReturnWarehouseId'), text(line, 'ReturnWarehouseLocationId')];
  if (goods === 'scrap' || goods === 'customer') placeStock(erp, line, warehouse, location, 'sellable', -1);
  erp.data.table('ReturnLineFacts').put({
    dataAreaId: company,
    ReturnInventoryLotId: text(line, 'ReturnInventoryLotId'),
    WarehouseId: warehouse,
    LocationId: location,
    PackingSlipId: slip,
    UnitCost: unitCost(erp, line),
    Scrapped: goods === 'scrap' ? units : 0,
    SentBack: goods === 'customer' ? units : 0,
  });
  erp.data.table('CustPackingSlipTransBiEntities').put({
    dataAreaId: company,
    SourceKey: erp.numbers.record(),
    PackingSlipId: slip,
    SalesId: text(header, 'ReturnOrderNumber'),
    ReturnItemNum: text(header, 'RMANumber'),
    ItemId: text(line, 'ItemNumber'),
    InventTransId: text(line, 'ReturnInventoryLotId'),
    Qty: Number(line['ReturnSalesQuantity']),
    Scrap: goods === 'scrap' ? 'Yes' : 'No',
  });
  setLine(erp, line, {
    ReturnStatus: 'Received',
    ReturnedSalesQuantity: Number(line['ReturnSalesQuantity']),
  });
}

/** Cost of one unit that comes back: that of the sale, else what the line says, else that of the item (A4). */
function unitCost(erp: Erp, line: Row): number {
  const linked = text(line, 'ReturningInventoryLotId') !== '';
  const typed = Number(line['ReturnUnitCost']);
  if (!linked && typed > 0) return typed;
  return cents(erp.priceOf(text(line, 'ItemNumber')) * erp.rules.costShare);
}
