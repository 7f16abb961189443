import { companyOf, find, having, linesOf, text, type Erp, type SetWriter } from './erp';
import type { Row } from './odata-filter';
import { fieldRefusal } from './refusal';
import { Relations } from './relations';
import { siteOf } from './return-orders';
import { effectOf, isService, recount, requireReceivable, setLine } from './return-states';
import { cents, taxOf } from './tax';
import { convert } from './units';

const LINE = 'ReturnOrderLinesV2';
const ENTITY = 'ReturnOrderLineV2Entity';

/** Fields that the system fills; what a caller sends for them is ignored (D1, item 3). */
const READ_ONLY = new Set([
  'RMANumber',
  'ReturnStatus',
  'TotalDiscountAmount',
  'TotalTaxAmount',
  'TotalChargesAmount',
  'ReturnedSalesQuantity',
  'ReturnInventoryLotId',
  'LineCreationSequenceNumber',
  'ActualReturnArrivalDate',
  'ReturnClosedDate',
]);

/** Return order lines (A6): each gets a lot of its own, and waits for its goods. */
export class ReturnLines implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, ENTITY);
  }

  create(body: Row): Row {
    this.relations.lengths(LINE, body);
    const given: Row = { ...body, dataAreaId: companyOf(body, this.erp.data) };
    // The order number is the first field with a relation (A6).
    const header = this.headerOf(given);
    this.check(given, header);
    requireReceivable(this.erp, header, ENTITY);
    const quantity = Number(given['ReturnSalesQuantity'] ?? 0);
    this.checkSign(given, quantity);
    const sale = this.saleOf(given, quantity);
    const price = Number(given['SalesPrice'] ?? sale?.['SalesPrice'] ?? 0);
    const warehouse = given['ReturnWarehouseId'] ?? header['DefaultReturnWarehouseId'] ?? '';
    const siblings = linesOf(this.erp.data, header);
    return this.keep({
      ...withoutSystemFields(given),
      ReturnOrderNumber: header['ReturnOrderNumber'] ?? '',
      ReturnInventoryLotId: this.erp.numbers.lot(),
      // The link to the sale is not settable over OData for most integrators (D3).
      ReturningInventoryLotId: sale ? text(sale, 'InventoryLotId') : '',
      SalesUnitSymbol: given['SalesUnitSymbol'] ?? (text(this.productOf(given), 'SalesUnitSymbol') || 'ea'),
      SalesPrice: price,
      LineAmount: given['LineAmount'] ?? this.amountOf(sale, price, quantity),
      ReturnWarehouseId: warehouse,
      ReturnSiteId:
        given['ReturnSiteId'] ?? siteOf(this.erp, { ReturnWarehouseId: warehouse }, 'ReturnWarehouseId'),
      LineCreationSequenceNumber: siblings.length + 1,
      ReturnStatus: 'Awaiting',
      RMANumber: header['RMANumber'] ?? '',
      CustomerAccountNumber: header['CustomerAccountNumber'] ?? '',
      InvoiceCustomerAccountNumber: header['InvoiceCustomerAccountNumber'] ?? '',
    });
  }

  update(row: Row, change: Row): void {
    this.relations.lengths(LINE, change);
    const merged: Row = { ...row, ...withoutSystemFields(change) };
    const header = this.headerOf(merged);
    requireReceivable(this.erp, header, ENTITY);
    if (!this.erp.rules.lineEditable.includes(text(row, 'ReturnStatus'))) {
      throw this.relations.refused('The return line is not expected any more.', 'SalesLine');
    }
    this.check(merged, header);
    const quantity = Number(merged['ReturnSalesQuantity']);
    this.checkSign(merged, quantity);
    const repriced = change['ReturnSalesQuantity'] !== undefined || change['SalesPrice'] !== undefined;
    if (repriced && change['LineAmount'] === undefined) {
      merged['LineAmount'] = cents(Number(merged['SalesPrice']) * quantity);
    }
    this.keep(merged);
  }

  remove(row: Row): void {
    if (row['ReturnStatus'] !== 'Awaiting') {
      throw this.relations.refused('The record cannot be deleted in its status.', 'SalesTable');
    }
    const table = this.erp.data.table(LINE);
    table.delete(table.keyOf(row));
    recount(this.erp, row);
  }

  /** A credit-only line expects no goods (A4.1); whether that shows at once over OData is unknown (D3). */
  private keep(row: Row): Row {
    const creditOnly = effectOf(this.erp, row)?.goods === 'none';
    const flips = creditOnly && row['ReturnStatus'] === 'Awaiting' && this.erp.rules.creditOnlyOverOData;
    const [tax = 0] = taxOf(this.erp.rules.tax, [
      {
        amount: Number(row['LineAmount']),
        taxGroup: text(this.productOf(row), 'SalesSalesTaxItemGroupCode'),
      },
    ]).lines;
    return setLine(this.erp, row, { TotalTaxAmount: tax, ...(flips ? { ReturnStatus: 'Received' } : {}) });
  }

  private check(row: Row, header: Row): void {
    const { relations } = this;
    relations.required(row, 'ItemNumber', 'Item number');
    relations.related(row, 'ItemNumber', 'ReleasedProductsV2', 'ItemNumber', 'Item number');
    relations.known(row, 'SalesUnitSymbol', 'Unit', (value) =>
      relations.exists('UnitsOfMeasure', { UnitSymbol: value }),
    );
    relations.related(
      row,
      'ReturnDispositionCode',
      'ReturnDispositionCodes',
      'DispositionCode',
      'Disposition code',
    );
    relations.related(row, 'ReturnWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
    const item = text(row, 'ItemNumber');
    relations.notStopped(row['dataAreaId'] ?? '', item, 'Returned order', 'SalesLine');
    relations.variant(row, 'SalesLine');
    this.checkUnit(row, item);
    if (effectOf(this.erp, row)?.replaces === true && header['IsReplacementSalesOrderCreated'] === 'Yes') {
      throw relations.refused(
        'A replacement order exists; a disposition that replaces cannot be chosen.',
        'SalesLine',
      );
    }
    if (text(row, 'ReturnWarehouseId') === '' && text(header, 'DefaultReturnWarehouseId') === '') {
      throw relations.refused(
        'Inventory dimension Warehouse is mandatory and must consequently be specified.',
        'SalesLine',
      );
    }
  }

  private checkUnit(row: Row, item: string): void {
    const unit = text(row, 'SalesUnitSymbol');
    const stocked = text(this.productOf(row), 'InventoryUnitSymbol');
    if (unit === '' || convert(this.erp, item, 1, unit, stocked) !== null) return;
    throw this.relations.refused(
      `Unit conversion from ${unit} to ${stocked} for item ${item} does not exist.`,
      'SalesLine',
    );
  }

  private checkSign(row: Row, quantity: number): void {
    const mayBePositive = !this.erp.rules.strictNegativeQuantity || isService(this.erp, row);
    if (quantity < 0 || (quantity > 0 && mayBePositive)) return;
    throw this.relations.refused('The quantity of a return line must be negative.', 'SalesLine');
  }

  /** The sale that the line is linked to, where this environment lets OData do so (A6, D3). */
  private saleOf(row: Row, quantity: number): Row | undefined {
    const lot = text(row, 'ReturningInventoryLotId');
    if (lot === '' || !this.erp.rules.saleLotWritable) return undefined;
    const company = row['dataAreaId'] ?? '';
    const sale = find(this.erp.data, 'SalesOrderLinesV3', { dataAreaId: company, InventoryLotId: lot });
    if (sale?.['SalesOrderLineStatus'] !== 'Invoiced')
      throw fieldRefusal(ENTITY, lot, 'Lot', 'ReturningInventoryLotId');
    const returned = having(this.erp.data, LINE, company, 'ReturningInventoryLotId', lot)
      .filter((line) => line['ReturnStatus'] !== 'Canceled')
      .reduce((all, line) => all - Number(line['ReturnSalesQuantity']), 0);
    if (returned - quantity > Number(sale['OrderedSalesQuantity'])) {
      throw this.relations.refused(
        'The quantity is greater than the quantity that was invoiced and not returned.',
        'SalesLine',
      );
    }
    return sale;
  }

  /** A linked line reverses the sale exactly, its discount included (A4). */
  private amountOf(sale: Row | undefined, price: number, quantity: number): number {
    if (!sale) return cents(price * quantity);
    return cents((Number(sale['LineAmount']) / Number(sale['OrderedSalesQuantity'])) * quantity);
  }

  private productOf(row: Row): Row | undefined {
    const key = { dataAreaId: companyOf(row, this.erp.data), ItemNumber: text(row, 'ItemNumber') };
    return find(this.erp.data, 'ReleasedProductsV2', key);
  }

  private headerOf(row: Row): Row {
    const number = text(row, 'ReturnOrderNumber');
    const company = companyOf(row, this.erp.data);
    const header = find(this.erp.data, 'ReturnOrderHeadersV2', {
      dataAreaId: company,
      ReturnOrderNumber: number,
    });
    if (!header) throw fieldRefusal(ENTITY, number, 'Return order', 'ReturnOrderNumber');
    return header;
  }
}

function withoutSystemFields(body: Row): Row {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !READ_ONLY.has(field)));
}
