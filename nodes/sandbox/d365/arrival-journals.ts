import { companyOf, dateOf, find, having, text, type Erp, type SetWriter } from './erp';
import type { Row } from './odata-filter';
import { fieldRefusal, Refusal } from './refusal';
import { Relations } from './relations';
import { effectOf, requireReceivable } from './return-states';
import { siteOf } from './return-orders';
import { inStockUnits } from './units';

const HEADER = 'ItemArrivalJournalHeadersV2';
const LINE = 'ItemArrivalJournalLinesV2';
const HEADER_ENTITY = 'WMSItemArrivalJournalHeaderV2Entity';
const LINE_ENTITY = 'WMSItemArrivalJournalLineV2Entity';

/** Item arrival journals (A7). They are made over OData and never posted by it. */
export class ArrivalJournals implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, HEADER_ENTITY);
  }

  create(body: Row): Row {
    refuseReadOnly(body, HEADER_ENTITY);
    this.check(body);
    return this.erp.data.table(HEADER).put({
      ...body,
      dataAreaId: companyOf(body, this.erp.data),
      JournalNumber: this.erp.numbers.arrivalJournal(),
      DefaultReceivingSiteId:
        body['DefaultReceivingSiteId'] ?? siteOf(this.erp, body, 'DefaultReceivingWarehouseId'),
      IsPosted: 'No',
    });
  }

  update(row: Row, change: Row): void {
    refuseReadOnly(change, HEADER_ENTITY);
    refusePosted(row, this.relations);
    const merged = { ...row, ...change };
    this.check(merged);
    this.erp.data.table(HEADER).put(merged);
  }

  remove(row: Row): void {
    refusePosted(row, this.relations);
    const { data } = this.erp;
    for (const line of journalLines(this.erp, row)) data.table(LINE).delete(data.table(LINE).keyOf(line));
    data.table(HEADER).delete(data.table(HEADER).keyOf(row));
  }

  private check(row: Row): void {
    const { relations } = this;
    relations.required(row, 'JournalNameId', 'Name');
    relations.known(row, 'JournalNameId', 'Journal name', (value) =>
      this.erp.rules.arrivalJournalNames.some((name) => name.toLowerCase() === value.toLowerCase()),
    );
    relations.related(row, 'DefaultReceivingWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
    checkLocation(
      this.erp,
      relations,
      row,
      'DefaultReceivingWarehouseId',
      'DefaultReceivingWarehouseLocationId',
    );
    relations.related(
      row,
      'DefaultReturnDispositionCodeId',
      'ReturnDispositionCodes',
      'DispositionCode',
      'Disposition code',
    );
    relations.related(row, 'DefaultAccountNumber', 'CustomersV3', 'CustomerAccount', 'Customer account');
  }
}

/** Lines of item arrival journals: each names the lot of a return line that waits for its goods (A7, D1 item 6). */
export class ArrivalLines implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, LINE_ENTITY);
  }

  create(body: Row): Row {
    const company = companyOf(body, this.erp.data);
    const number = text(body, 'JournalNumber');
    const journal = find(this.erp.data, HEADER, { dataAreaId: company, JournalNumber: number });
    if (!journal) throw fieldRefusal(LINE_ENTITY, number, 'Journal', 'JournalNumber');
    refusePosted(journal, this.relations);
    const before = journalLines(this.erp, journal);
    const last = Math.max(0, ...before.map((line) => Number(line['LineNumber'])));
    const row = this.defaulted({ ...body, dataAreaId: company }, journal);
    row['LineNumber'] = body['LineNumber'] ?? last + 1;
    if (before.some((line) => line['LineNumber'] === row['LineNumber'])) {
      throw this.relations.refused('Cannot create a record. The record already exists.', 'WMSJournalTrans');
    }
    this.check(row, before);
    return this.erp.data.table(LINE).put(row);
  }

  update(row: Row, change: Row): void {
    const journal = this.journalOf(row);
    refusePosted(journal, this.relations);
    const merged = { ...row, ...change };
    const others = journalLines(this.erp, journal).filter((line) => line !== row);
    this.check(merged, others);
    this.erp.data.table(LINE).put(merged);
  }

  remove(row: Row): void {
    refusePosted(this.journalOf(row), this.relations);
    const table = this.erp.data.table(LINE);
    table.delete(table.keyOf(row));
  }

  private journalOf(row: Row): Row {
    const key = { dataAreaId: row['dataAreaId'] ?? '', JournalNumber: text(row, 'JournalNumber') };
    return find(this.erp.data, HEADER, key) ?? {};
  }

  /** What a line leaves out comes from its journal. */
  private defaulted(body: Row, journal: Row): Row {
    const from = (field: string, other: string): string => text(body, field) || text(journal, other);
    const warehouse = from('ReceivingWarehouseId', 'DefaultReceivingWarehouseId');
    const quarantine = from(
      'IsQuarantineOrderCreatedForReceivedItem',
      'IsQuarantineOrderCreatedForReceivedItem',
    );
    return {
      ...body,
      TransactionDate: body['TransactionDate'] ?? dateOf(this.erp),
      TransactionReferenceNumber: from('TransactionReferenceNumber', 'DefaultTransactionReferenceNumber'),
      ReturnItemNumber: from('ReturnItemNumber', 'DefaultReturnItemNumber'),
      ReturnDispositionCodeId: from('ReturnDispositionCodeId', 'DefaultReturnDispositionCodeId'),
      AccountNumber: from('AccountNumber', 'DefaultAccountNumber'),
      ReceivingWarehouseId: warehouse,
      ReceivingInventorySiteId:
        text(body, 'ReceivingInventorySiteId') ||
        siteOf(this.erp, { ReceivingWarehouseId: warehouse }, 'ReceivingWarehouseId'),
      ReceivingWarehouseLocationId: from(
        'ReceivingWarehouseLocationId',
        'DefaultReceivingWarehouseLocationId',
      ),
      IsQuarantineOrderCreatedForReceivedItem: quarantine || 'No',
    };
  }

  private check(row: Row, others: readonly Row[]): void {
    const { relations, erp } = this;
    const company = row['dataAreaId'] ?? '';
    relations.required(row, 'ItemNumber', 'Item number');
    relations.related(row, 'ItemNumber', 'ReleasedProductsV2', 'ItemNumber', 'Item number');
    relations.notStopped(company, text(row, 'ItemNumber'), 'Returned order', 'WMSJournalTrans');
    if (!(Number(row['ItemQuantity'] ?? 0) > 0))
      throw relations.refused('The quantity of an arrival must be positive.', 'WMSJournalTrans');
    relations.related(row, 'AccountNumber', 'CustomersV3', 'CustomerAccount', 'Customer account');
    relations.related(row, 'ReceivingWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
    checkLocation(erp, relations, row, 'ReceivingWarehouseId', 'ReceivingWarehouseLocationId');
    this.checkWarehouse(row);
    relations.related(
      row,
      'ReturnDispositionCodeId',
      'ReturnDispositionCodes',
      'DispositionCode',
      'Disposition code',
    );
    this.checkDisposition(row);
    if (row['IsReturnOrder'] === 'Yes') this.checkReturn(row, others);
  }

  private checkWarehouse(row: Row): void {
    const warehouse = find(this.erp.data, 'Warehouses', {
      dataAreaId: row['dataAreaId'] ?? '',
      WarehouseId: text(row, 'ReceivingWarehouseId'),
    });
    const advanced = warehouse?.['AreAdvancedWarehouseManagementProcessesEnabled'] === 'Yes';
    if (!advanced || !this.erp.rules.wmsRefusesArrivalJournals) return;
    throw this.relations.refused(
      `Warehouse ${text(row, 'ReceivingWarehouseId')} uses warehouse management processes; register the arrival there.`,
      'WMSJournalTrans',
    );
  }

  /** No disposition before the inspection, and no arrival of what is credited without goods (A4, A4.2). */
  private checkDisposition(row: Row): void {
    const code = text(row, 'ReturnDispositionCodeId');
    if (code !== '' && row['IsQuarantineOrderCreatedForReceivedItem'] === 'Yes') {
      throw this.relations.refused(
        'A disposition code cannot be given while the item goes to quarantine.',
        'WMSJournalTrans',
      );
    }
    const effect = effectOf(this.erp, {
      dataAreaId: row['dataAreaId'] ?? '',
      ReturnDispositionCode: code,
    });
    if (effect?.goods === 'none')
      throw this.relations.refused('Nothing arrives for a credit-only disposition.', 'WMSJournalTrans');
  }

  private checkReturn(row: Row, others: readonly Row[]): void {
    const { relations } = this;
    relations.required(row, 'ReferenceInventoryLotId', 'Lot ID');
    relations.required(row, 'TransactionReferenceNumber', 'Number');
    relations.required(row, 'ReturnItemNumber', 'RMA number');
    const lot = text(row, 'ReferenceInventoryLotId');
    const line = returnLineOf(this.erp, row);
    if (!line) throw fieldRefusal(LINE_ENTITY, lot, 'Lot ID', 'ReferenceInventoryLotId');
    // The two numbers are not interchangeable (A4).
    relations.known(
      row,
      'TransactionReferenceNumber',
      'Return order',
      (value) => value === text(line, 'ReturnOrderNumber'),
    );
    relations.known(row, 'ReturnItemNumber', 'RMA number', (value) => value === text(line, 'RMANumber'));
    const header = find(this.erp.data, 'ReturnOrderHeadersV2', {
      dataAreaId: line['dataAreaId'] ?? '',
      ReturnOrderNumber: text(line, 'ReturnOrderNumber'),
    });
    requireReceivable(this.erp, header ?? {}, LINE_ENTITY);
    if (line['ReturnStatus'] !== 'Awaiting')
      throw relations.refused(`Lot ${lot} is not expected: ${text(line, 'ReturnStatus')}.`, 'SalesLine');
    if (text(line, 'ItemNumber').toLowerCase() !== text(row, 'ItemNumber').toLowerCase())
      throw relations.refused(`Lot ${lot} is of another item.`, 'WMSJournalTrans');
    const arriving = [...others, row]
      .filter((other) => text(other, 'ReferenceInventoryLotId') === lot)
      .reduce((all, other) => all + Number(other['ItemQuantity']), 0);
    if (arriving > inStockUnits(this.erp, line)) {
      throw relations.refused(`More arrives of lot ${lot} than is expected.`, 'WMSJournalTrans');
    }
  }
}

export function journalLines(erp: Erp, journal: Row): Row[] {
  const number = text(journal, 'JournalNumber');
  return having(erp.data, LINE, journal['dataAreaId'] ?? '', 'JournalNumber', number).sort(
    (a, b) => Number(a['LineNumber']) - Number(b['LineNumber']),
  );
}

/** The return line whose lot an arrival line names. */
export function returnLineOf(erp: Erp, row: Row): Row | undefined {
  return erp.data
    .table('ReturnOrderLinesV2')
    .find({ op: 'eq', field: 'ReturnInventoryLotId', value: text(row, 'ReferenceInventoryLotId') })
    .find((line) => line['dataAreaId'] === row['dataAreaId']);
}

function checkLocation(erp: Erp, relations: Relations, row: Row, warehouse: string, location: string): void {
  relations.known(row, location, 'Location', (value) =>
    relations.exists('WarehouseLocations', {
      dataAreaId: companyOf(row, erp.data),
      WarehouseId: text(row, warehouse),
      WarehouseLocationId: value,
    }),
  );
}

/** Posting is not to be had over OData (D1, item 7). */
export function refuseReadOnly(body: Row, entity: string): void {
  const field = ['IsPosted', 'PostedDateTime', 'PostedUserId'].find(
    (name) => body[name] !== undefined && body[name] !== 'No',
  );
  if (field === undefined) return;
  throw new Refusal(
    entity,
    [`Field '${field}' does not allow editing.`],
    `validateField failed on field '${entity}.${field}'`,
  );
}

function refusePosted(journal: Row, relations: Relations): void {
  if (journal['IsPosted'] === 'Yes')
    throw relations.refused(`Journal ${text(journal, 'JournalNumber')} has been posted.`, 'WMSJournalTable');
}
