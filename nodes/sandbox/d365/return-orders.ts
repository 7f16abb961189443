import { entityOf } from './entities';
import type { Row, Value } from './odata-filter';
import { fieldRefusal, Refusal } from './refusal';
import type { ErpData } from './tables';

export interface ReturnOrderRules {
  /** A number of the caller's own is taken; off in the usual environment (A5). */
  manualNumberSequence: boolean;
  /** A positive quantity on a return line is refused (D1, item 4: inferred, so a setting). */
  strictNegativeQuantity: boolean;
  /** Longest text of a field; the reference does not state them, so they are generous [U]. */
  fieldLengths: Readonly<Record<string, number>>;
}

const HEADER = 'ReturnOrderHeadersV2';
const LINE = 'ReturnOrderLinesV2';

/** Fields that the system fills; what a caller sends for them is ignored. */
const READ_ONLY = new Set([
  'RMANumber',
  'ReturnStatus',
  'ReturnOrderStatus',
  'OrderTotalAmount',
  'OrderTotalTaxAmount',
  'OrderTotalChargesAmount',
  'TotalDiscountAmount',
  'TotalTaxAmount',
  'TotalChargesAmount',
  'ReturnedSalesQuantity',
  'ReplacementSalesOrderNumber',
  'IsReplacementSalesOrderCreated',
  'ReturnInventoryLotId',
  'LineCreationSequenceNumber',
]);

/** Return orders and their lines: relation checks in field order first, then the header's rules (A2). */
export class ReturnOrders {
  private nextOrder = 1624;
  private nextRma = 412;
  private nextLot = 9001;

  constructor(
    private readonly data: ErpData,
    private readonly rules: ReturnOrderRules,
    private readonly currency: string,
  ) {}

  create(set: string, body: Row): Row {
    this.checkLengths(set, body);
    return set === HEADER ? this.createHeader(body) : this.createLine(body);
  }

  update(set: string, row: Row, change: Row): Row {
    this.checkLengths(set, change);
    const allowed = Object.fromEntries(Object.entries(change).filter(([field]) => !READ_ONLY.has(field)));
    const merged = { ...row, ...allowed };
    if (set === HEADER) this.checkHeaderRelations(merged);
    else {
      this.checkOpen(this.headerOf(merged));
      if (row['ReturnStatus'] !== 'Awaiting') {
        throw new Refusal(
          'ReturnOrderLineV2Entity',
          ['The return line is not expected any more.'],
          sourceNoise('SalesLine'),
        );
      }
      this.checkLineRelations(merged);
    }
    const kept = this.data.table(set).put(merged);
    if (set === LINE) this.total(this.headerOf(kept));
    return kept;
  }

  /** Takes a created row away again: a changeset that failed leaves nothing (A2). */
  undoCreate(set: string, row: Row): void {
    const table = this.data.table(set);
    table.delete(table.keyOf(row));
    if (set === LINE) this.total(this.headerOf(row));
  }

  remove(set: string, row: Row): void {
    const table = this.data.table(set);
    if (row['ReturnStatus'] !== (set === HEADER ? 'Created' : 'Awaiting')) {
      throw new Refusal(
        entityOf(set)?.internal ?? set,
        ['The record cannot be deleted in its status.'],
        sourceNoise('SalesTable'),
      );
    }
    table.delete(table.keyOf(row));
    if (set === LINE) this.total(this.headerOf(row));
  }

  private createHeader(body: Row): Row {
    this.checkHeaderRelations(body);
    const table = this.data.table(HEADER);
    const own = this.rules.manualNumberSequence ? body['ReturnOrderNumber'] : undefined;
    const number = own ?? String(this.nextOrder++).padStart(6, '0');
    const company = companyOf(body, this.data);
    if (own !== undefined && table.get(table.keyOf({ dataAreaId: company, ReturnOrderNumber: own }))) {
      throw new Refusal(
        'ReturnOrderHeaderV2Entity',
        ['Cannot create a record. The record already exists.'],
        sourceNoise('SalesTable'),
      );
    }
    return table.put({
      ...writable(body),
      dataAreaId: company,
      ReturnOrderNumber: number,
      RMANumber: String(this.nextRma++).padStart(5, '0'),
      InvoiceCustomerAccountNumber:
        body['InvoiceCustomerAccountNumber'] ?? body['CustomerAccountNumber'] ?? '',
      CurrencyCode: body['CurrencyCode'] ?? this.currency,
      ReturnStatus: 'Created',
      ReturnOrderStatus: 'Backorder',
    });
  }

  private createLine(body: Row): Row {
    const company = companyOf(body, this.data);
    const given: Row = { ...body, dataAreaId: company };
    // The order number is the first field with a relation (A6).
    const header = this.headerOf(given);
    this.checkLineRelations(given);
    this.checkOpen(header);
    const quantity = Number(given['ReturnSalesQuantity'] ?? 0);
    if (quantity === 0 || (this.rules.strictNegativeQuantity && quantity > 0)) {
      throw new Refusal(
        'ReturnOrderLineV2Entity',
        ['The quantity of a return line must be negative.'],
        sourceNoise('SalesLine'),
      );
    }
    const siblings = this.data
      .table(LINE)
      .find({ op: 'eq', field: 'ReturnOrderNumber', value: String(header['ReturnOrderNumber']) });
    const price = Number(given['SalesPrice'] ?? 0);
    const line = this.data.table(LINE).put({
      ...writable(given),
      ReturnOrderNumber: header['ReturnOrderNumber'] ?? '',
      ReturnInventoryLotId: `L-${String(this.nextLot++).padStart(7, '0')}`,
      // The link to the sale is not settable over OData for most integrators (D3).
      ReturningInventoryLotId: '',
      SalesUnitSymbol: given['SalesUnitSymbol'] ?? 'ea',
      LineAmount: given['LineAmount'] ?? Math.round(price * quantity * 100) / 100,
      ReturnWarehouseId: given['ReturnWarehouseId'] ?? header['DefaultReturnWarehouseId'] ?? '',
      LineCreationSequenceNumber: siblings.length + 1,
      ReturnStatus: 'Awaiting',
      RMANumber: header['RMANumber'] ?? '',
      CustomerAccountNumber: header['CustomerAccountNumber'] ?? '',
      InvoiceCustomerAccountNumber: header['InvoiceCustomerAccountNumber'] ?? '',
    });
    this.total(header);
    return line;
  }

  private checkHeaderRelations(row: Row): void {
    const company = companyOf(row, this.data);
    const entity = 'ReturnOrderHeaderV2Entity';
    const related = (field: string, set: string, key: string, label: string): void =>
      this.checkRelated(entity, row, field, label, (value) =>
        this.exists(set, { dataAreaId: company, [key]: value }),
      );
    if (String(row['CustomerAccountNumber'] ?? '') === '') {
      throw new Refusal(
        entity,
        ["Field 'Customer account' must be filled in."],
        `validateField failed on field '${entity}.CustomerAccountNumber'`,
      );
    }
    related('CustomerAccountNumber', 'CustomersV3', 'CustomerAccount', 'Customer account');
    related('InvoiceCustomerAccountNumber', 'CustomersV3', 'CustomerAccount', 'Invoice account');
    related('CustomerReturnReasonCode', 'ReturnReasonCodeBiEntities', 'ReasonCodeId', 'Return reason');
    this.checkRelated(entity, row, 'CurrencyCode', 'Currency', (value) => /^[A-Z]{3}$/.test(value));
    related('DefaultReturnWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
  }

  private checkLineRelations(row: Row): void {
    const company = companyOf(row, this.data);
    const entity = 'ReturnOrderLineV2Entity';
    const related = (field: string, set: string, key: string, label: string): void =>
      this.checkRelated(entity, row, field, label, (value) =>
        this.exists(set, { dataAreaId: company, [key]: value }),
      );
    if (String(row['ItemNumber'] ?? '') === '') {
      throw new Refusal(
        entity,
        ["Field 'Item number' must be filled in."],
        `validateField failed on field '${entity}.ItemNumber'`,
      );
    }
    related('ItemNumber', 'ReleasedProductsV2', 'ItemNumber', 'Item number');
    this.checkRelated(entity, row, 'SalesUnitSymbol', 'Unit', (value) =>
      this.exists('UnitsOfMeasure', { UnitSymbol: value }),
    );
    related('ReturnDispositionCode', 'ReturnDispositionCodes', 'DispositionCode', 'Disposition code');
    related('ReturnWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
    this.checkNotStopped(company, String(row['ItemNumber']));
    const header = this.data
      .table(HEADER)
      .get(`${String(company)}\u0000${String(row['ReturnOrderNumber'] ?? '')}`.toLowerCase());
    const warehouse = row['ReturnWarehouseId'] ?? header?.['DefaultReturnWarehouseId'] ?? '';
    if (warehouse === '') {
      throw new Refusal(
        entity,
        ['Inventory dimension Warehouse is mandatory and must consequently be specified.'],
        sourceNoise('SalesLine'),
      );
    }
  }

  private checkNotStopped(company: Value, item: string): void {
    const key = `${String(company)}\u0000${item}`.toLowerCase();
    const settings = this.data.table('ProductDefaultOrderSettings').get(key);
    if (settings?.['IsSalesProcessingStopped'] === 'Yes') {
      throw new Refusal(
        'ReturnOrderLineV2Entity',
        [`Item ${item} is blocked for 'Returned order'.`],
        sourceNoise('SalesLine'),
      );
    }
    const state = this.data.table('ReleasedProductsV2').get(key)?.['ProductLifecycleStateId'];
    const process = this.data
      .table('ProductLifecycleStateProcesses')
      .find(null)
      .find((row) => row['LifecycleStateId'] === state && row['ApplicableProcessArea'] === 'Sales');
    if (process?.['ProcessPolicy'] === 'Error') {
      throw new Refusal(
        'ReturnOrderLineV2Entity',
        [
          `The product lifecycle state '${String(state)}' of item ${item} does not allow the process 'Sales order'.`,
        ],
        sourceNoise('SalesLine'),
      );
    }
  }

  private checkRelated(
    entity: string,
    row: Row,
    field: string,
    label: string,
    known: (value: string) => boolean,
  ): void {
    const value = String(row[field] ?? '');
    if (value !== '' && !known(value)) throw fieldRefusal(entity, value, label, field);
  }

  private exists(set: string, key: Row): boolean {
    const table = this.data.table(set);
    return table.get(table.keyOf(key)) !== undefined;
  }

  private headerOf(row: Row): Row {
    const table = this.data.table(HEADER);
    const number = String(row['ReturnOrderNumber'] ?? '');
    const header = table.get(
      table.keyOf({ dataAreaId: companyOf(row, this.data), ReturnOrderNumber: number }),
    );
    if (!header) throw fieldRefusal('ReturnOrderLineV2Entity', number, 'Return order', 'ReturnOrderNumber');
    return header;
  }

  private checkOpen(header: Row): void {
    const receivable = header['ReturnStatus'] === 'Created' || header['ReturnStatus'] === 'Open';
    if (receivable && header['IsReturnProcessingStopped'] !== 'Yes') return;
    throw new Refusal(
      'ReturnOrderLineV2Entity',
      ['The return order cannot be changed in its status.'],
      sourceNoise('SalesTable'),
    );
  }

  private total(header: Row): void {
    const lines = this.data
      .table(LINE)
      .find({ op: 'eq', field: 'ReturnOrderNumber', value: String(header['ReturnOrderNumber']) });
    const minor = lines
      .filter((line) => line['dataAreaId'] === header['dataAreaId'])
      .reduce((sum, line) => sum + Math.round(Number(line['LineAmount']) * 100), 0);
    header['OrderTotalAmount'] = minor / 100;
  }

  private checkLengths(set: string, body: Row): void {
    for (const [field, value] of Object.entries(body)) {
      const longest = this.rules.fieldLengths[field];
      if (longest === undefined || typeof value !== 'string' || value.length <= longest) continue;
      throw new Refusal(
        entityOf(set)?.internal ?? set,
        [`The value of ${field} is longer than ${longest} characters.`],
        `validateField failed on field '${field}'`,
      );
    }
  }
}

function writable(body: Row): Row {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !READ_ONLY.has(field)));
}

function companyOf(row: Row, data: ErpData): Value {
  const company = row['dataAreaId'];
  return company === undefined || company === '' ? data.company : company;
}

function sourceNoise(source: string): string {
  return `validateWrite failed on data source '${source} (${source})'`;
}
