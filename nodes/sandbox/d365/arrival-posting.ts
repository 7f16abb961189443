import { journalLines, returnLineOf } from './arrival-journals';
import { dateOf, find, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';
import { PostingFault, type Posted } from './posting';
import { isReceivable, setLine, splitLine } from './return-states';
import { moveStock } from './stock';
import { inStockUnits, ofLineUnit } from './units';

/**
 * Posts an item arrival journal: its lots are registered, or go to quarantine (A4.1). What did not come stays behind
 * as a line of its own that is still expected (A4). Registering writes nothing to the ledger, so that no period is
 * asked [I].
 */
export function postArrivalJournal(erp: Erp, company: Value, number: string): Posted {
  const journal = find(erp.data, 'ItemArrivalJournalHeadersV2', {
    dataAreaId: company,
    JournalNumber: number,
  });
  if (!journal) throw new PostingFault([`Journal ${number} does not exist.`]);
  if (journal['IsPosted'] === 'Yes') throw new PostingFault([`Journal ${number} has already been posted.`]);
  const lines = journalLines(erp, journal);
  if (lines.length === 0) throw new PostingFault([`Journal ${number} has no lines.`]);
  const faults = lines.flatMap((line) => faultsOf(erp, line));
  if (faults.length > 0) throw new PostingFault(faults);
  const registered = new Set<string>();
  for (const line of lines) {
    if (line['IsReturnOrder'] === 'Yes') register(erp, line, registered);
  }
  erp.data.table('ItemArrivalJournalHeadersV2').put({
    ...journal,
    IsPosted: 'Yes',
    PostedDateTime: dateOf(erp),
    PostedUserId: 'batch',
  });
  if (journal['AreLinesDeletedAfterPosting'] === 'Yes') {
    const table = erp.data.table('ItemArrivalJournalLinesV2');
    for (const line of lines) table.delete(table.keyOf(line));
  }
  return { documentNumber: number };
}

function faultsOf(erp: Erp, line: Row): string[] {
  if (line['IsReturnOrder'] !== 'Yes') return [];
  const lot = text(line, 'ReferenceInventoryLotId');
  const expected = returnLineOf(erp, line);
  if (!expected) return [`Lot ${lot} does not exist.`];
  const header = find(erp.data, 'ReturnOrderHeadersV2', {
    dataAreaId: expected['dataAreaId'] ?? '',
    ReturnOrderNumber: text(expected, 'ReturnOrderNumber'),
  });
  if (!header || !isReceivable(erp, header))
    return [`Return order ${text(expected, 'ReturnOrderNumber')} is stopped or not open.`];
  if (expected['ReturnStatus'] !== 'Awaiting')
    return [`Lot ${lot} is not expected: ${text(expected, 'ReturnStatus')}.`];
  if (text(line, 'ReceivingWarehouseId') === '' && text(expected, 'ReturnWarehouseId') === '')
    return ['Inventory dimension Warehouse is mandatory and must consequently be specified.'];
  return [];
}

/** The first arrival of a lot keeps it; whatever else becomes of the line gets a new one. */
function register(erp: Erp, arrival: Row, registered: Set<string>): void {
  const lot = text(arrival, 'ReferenceInventoryLotId');
  const first = !registered.has(lot);
  registered.add(lot);
  const source = first ? returnLineOf(erp, arrival) : remainderOf(erp, arrival);
  if (!source) throw new PostingFault([`More has arrived of lot ${lot} than is expected.`]);
  const quantity = ofLineUnit(erp, source, Number(arrival['ItemQuantity']));
  if (quantity === null) {
    const unit = text(source, 'SalesUnitSymbol');
    throw new PostingFault([`Quantity of lot ${lot} cannot be converted to ${unit} without rounding.`]);
  }
  const open = -Number(source['ReturnSalesQuantity']) - quantity;
  if (open < 0) throw new PostingFault([`More has arrived of lot ${lot} than is expected.`]);
  const line = open > 0 ? splitLine(erp, source, open).kept : source;
  const quarantine = arrival['IsQuarantineOrderCreatedForReceivedItem'] === 'Yes';
  const warehouse = text(arrival, 'ReceivingWarehouseId') || text(line, 'ReturnWarehouseId');
  const location = text(arrival, 'ReceivingWarehouseLocationId') || text(line, 'ReturnWarehouseLocationId');
  const kept = setLine(erp, line, {
    ReturnStatus: quarantine ? 'Quarantine' : 'Registered',
    ReturnDispositionCode: quarantine
      ? ''
      : text(arrival, 'ReturnDispositionCodeId') || text(line, 'ReturnDispositionCode'),
    ReturnWarehouseId: warehouse,
    ReturnSiteId: text(arrival, 'ReceivingInventorySiteId') || text(line, 'ReturnSiteId'),
    ReturnWarehouseLocationId: location,
    ActualReturnArrivalDate: dateOf(erp),
  });
  if (quarantine) toQuarantine(erp, kept, warehouse, location);
  else placeStock(erp, kept, warehouse, location, 'sellable', 1);
}

/** The remainder of the lot that an earlier line of the same journal left behind. */
function remainderOf(erp: Erp, arrival: Row): Row | undefined {
  const original = returnLineOf(erp, arrival);
  if (!original) return undefined;
  return erp.data
    .table('ReturnOrderLinesV2')
    .find({ op: 'eq', field: 'ReturnOrderNumber', value: text(original, 'ReturnOrderNumber') })
    .filter(
      (line) =>
        line['dataAreaId'] === original['dataAreaId'] &&
        line['ReturnStatus'] === 'Awaiting' &&
        line['ItemNumber'] === original['ItemNumber'] &&
        line['ExternalItemNumber'] === original['ExternalItemNumber'],
    )
    .at(-1);
}

/** A quarantine order in the quarantine warehouse, or in the same warehouse where it has none [I]. */
function toQuarantine(erp: Erp, line: Row, warehouse: string, location: string): void {
  const company = line['dataAreaId'] ?? '';
  const own = find(erp.data, 'Warehouses', { dataAreaId: company, WarehouseId: warehouse });
  const place = text(own, 'QuarantineWarehouseId') || warehouse;
  erp.data.table('QuarantineOrders').put({
    dataAreaId: company,
    OrderNumber: erp.numbers.quarantineOrder(),
    ReturnInventoryLotId: text(line, 'ReturnInventoryLotId'),
    ItemNumber: text(line, 'ItemNumber'),
    WarehouseId: place,
    LocationId: location,
    TargetWarehouseId: warehouse,
    TargetLocationId: location,
    Quantity: inStockUnits(erp, line),
    Status: 'Started',
  });
  placeStock(erp, line, place, location, 'quarantine', 1);
}

/** An operator ends the inspection: the lot is registered, in the warehouse it was meant for or another (A4). */
export function endQuarantine(
  erp: Erp,
  lot: string,
  decision: { disposition?: string; warehouse?: string; location?: string } = {},
): void {
  const order = erp.data
    .table('QuarantineOrders')
    .find({ op: 'eq', field: 'ReturnInventoryLotId', value: lot })
    .find((row) => row['Status'] === 'Started');
  const line = returnLineOf(erp, {
    dataAreaId: order?.['dataAreaId'] ?? '',
    ReferenceInventoryLotId: lot,
  });
  if (!order || !line) throw new Error(`The simulator has no quarantine order for lot ${lot}`);
  const warehouse = decision.warehouse ?? text(order, 'TargetWarehouseId');
  const location = decision.location ?? text(order, 'TargetLocationId');
  placeStock(erp, line, text(order, 'WarehouseId'), text(order, 'LocationId'), 'quarantine', -1);
  placeStock(erp, line, warehouse, location, 'sellable', 1);
  erp.data.table('QuarantineOrders').put({ ...order, Status: 'Ended' });
  setLine(erp, line, {
    ReturnStatus: 'Registered',
    ReturnWarehouseId: warehouse,
    ReturnWarehouseLocationId: location,
    ...(decision.disposition === undefined ? {} : { ReturnDispositionCode: decision.disposition }),
  });
}

/** Moves the whole quantity of a return line into a place, or out of it. */
export function placeStock(
  erp: Erp,
  line: Row,
  warehouse: string,
  location: string,
  place: 'sellable' | 'quarantine',
  direction: 1 | -1,
): void {
  const at = { company: line['dataAreaId'] ?? '', item: text(line, 'ItemNumber'), warehouse, location };
  moveStock(erp, at, place, direction * inStockUnits(erp, line));
}
