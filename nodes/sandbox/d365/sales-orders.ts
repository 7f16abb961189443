import { companyOf, find, having, text, type Erp, type SetWriter } from './erp';
import type { Row } from './odata-filter';
import { fieldRefusal } from './refusal';
import { Relations } from './relations';
import { release, reserve } from './stock';
import { cents } from './tax';

const HEADER = 'SalesOrderHeadersV4';
const LINE = 'SalesOrderLinesV3';

/** Sales orders that are made over OData, for exchanges (A14, F-9). */
export class SalesOrders implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, 'SalesOrderHeaderV4Entity');
  }

  create(body: Row): Row {
    this.relations.lengths(HEADER, body);
    this.check(body);
    const account = text(body, 'OrderingCustomerAccountNumber');
    const customer = find(this.erp.data, 'CustomersV3', {
      dataAreaId: companyOf(body, this.erp.data),
      CustomerAccount: account,
    });
    return this.erp.data.table(HEADER).put({
      ...body,
      dataAreaId: companyOf(body, this.erp.data),
      SalesOrderNumber: this.erp.numbers.salesOrder(),
      InvoiceCustomerAccountNumber: text(body, 'InvoiceCustomerAccountNumber') || account,
      CustomerPaymentMethodName: text(body, 'CustomerPaymentMethodName') || text(customer, 'PaymentMethod'),
      CurrencyCode: body['CurrencyCode'] ?? this.erp.currency,
      SalesOrderStatus: 'Backorder',
      SalesOrderProcessingStatus: 'Active',
    });
  }

  update(row: Row, change: Row): void {
    requireBackorder(row, this.relations);
    const merged: Row = {
      ...row,
      ...change,
      SalesOrderStatus: text(row, 'SalesOrderStatus'),
      SalesOrderProcessingStatus: text(row, 'SalesOrderProcessingStatus'),
    };
    this.check(merged);
    this.erp.data.table(HEADER).put(merged);
  }

  remove(row: Row): void {
    requireBackorder(row, this.relations);
    for (const line of orderLines(this.erp, row)) removeLine(this.erp, line);
    const table = this.erp.data.table(HEADER);
    table.delete(table.keyOf(row));
  }

  private check(row: Row): void {
    const { relations } = this;
    relations.required(row, 'OrderingCustomerAccountNumber', 'Customer account');
    for (const field of ['OrderingCustomerAccountNumber', 'InvoiceCustomerAccountNumber']) {
      relations.related(row, field, 'CustomersV3', 'CustomerAccount', 'Customer account');
    }
    relations.known(row, 'CurrencyCode', 'Currency', (value) => /^[A-Z]{3}$/.test(value));
    relations.related(
      row,
      'CustomerPaymentMethodName',
      'CustomerPaymentMethods',
      'Name',
      'Method of payment',
    );
    relations.related(row, 'DefaultShippingWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
  }
}

/** Lines of such orders; what is free of their units is reserved at once [I]. */
export class SalesLines implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, 'SalesOrderLineV3Entity');
  }

  create(body: Row): Row {
    this.relations.lengths(LINE, body);
    const company = companyOf(body, this.erp.data);
    const number = text(body, 'SalesOrderNumber');
    const header = find(this.erp.data, HEADER, { dataAreaId: company, SalesOrderNumber: number });
    if (!header) throw fieldRefusal('SalesOrderLineV3Entity', number, 'Sales order', 'SalesOrderNumber');
    requireBackorder(header, this.relations);
    const given: Row = { ...body, dataAreaId: company };
    this.check(given);
    if (!(Number(given['OrderedSalesQuantity'] ?? 0) > 0))
      throw this.relations.refused('The quantity of a sales line must be positive.', 'SalesLine');
    return addLine(this.erp, header, given);
  }

  update(row: Row, change: Row): void {
    requireBackorder(this.headerOf(row), this.relations);
    const merged: Row = {
      ...row,
      ...change,
      SalesOrderLineStatus: text(row, 'SalesOrderLineStatus'),
    };
    this.check(merged);
    this.erp.data.table(LINE).put(merged);
    reserveLine(this.erp, merged);
  }

  remove(row: Row): void {
    requireBackorder(this.headerOf(row), this.relations);
    removeLine(this.erp, row);
  }

  private headerOf(row: Row): Row {
    const key = { dataAreaId: row['dataAreaId'] ?? '', SalesOrderNumber: text(row, 'SalesOrderNumber') };
    return find(this.erp.data, HEADER, key) ?? {};
  }

  private check(row: Row): void {
    const { relations } = this;
    relations.required(row, 'ItemNumber', 'Item number');
    relations.related(row, 'ItemNumber', 'ReleasedProductsV2', 'ItemNumber', 'Item number');
    relations.known(row, 'SalesUnitSymbol', 'Unit', (value) =>
      relations.exists('UnitsOfMeasure', { UnitSymbol: value }),
    );
    relations.related(row, 'ShippingWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
    relations.notStopped(row['dataAreaId'] ?? '', text(row, 'ItemNumber'), 'Sales order', 'SalesLine');
    relations.variant(row, 'SalesLine');
  }
}

/** The order that a "Replace…" disposition makes with the packing slip (A4.2): the same units, at no charge [I]. */
export function createReplacement(erp: Erp, header: Row, lines: readonly Row[]): string {
  const company = header['dataAreaId'] ?? '';
  const number = erp.numbers.salesOrder();
  const order = erp.data.table(HEADER).put({
    dataAreaId: company,
    SalesOrderNumber: number,
    SalesOrderStatus: 'Backorder',
    SalesOrderProcessingStatus: 'Active',
    OrderingCustomerAccountNumber: text(header, 'CustomerAccountNumber'),
    InvoiceCustomerAccountNumber: text(header, 'InvoiceCustomerAccountNumber'),
    CustomersOrderReference: text(header, 'CustomersOrderReference'),
    CustomerRequisitionNumber: text(header, 'ReturnOrderNumber'),
    CurrencyCode: text(header, 'CurrencyCode'),
  });
  for (const line of lines) {
    addLine(erp, order, {
      dataAreaId: company,
      ItemNumber: text(line, 'ItemNumber'),
      OrderedSalesQuantity: -Number(line['ReturnSalesQuantity']),
      SalesUnitSymbol: text(line, 'SalesUnitSymbol'),
      SalesPrice: Number(line['SalesPrice']),
      ExternalItemNumber: text(line, 'ExternalItemNumber'),
    });
  }
  const current = find(erp.data, 'ReturnOrderHeadersV2', {
    dataAreaId: company,
    ReturnOrderNumber: text(header, 'ReturnOrderNumber'),
  });
  erp.data.table('ReturnOrderHeadersV2').put({
    ...(current ?? header),
    IsReplacementSalesOrderCreated: 'Yes',
    ReplacementSalesOrderNumber: number,
  });
  return number;
}

export function orderLines(erp: Erp, header: Row): Row[] {
  const number = text(header, 'SalesOrderNumber');
  return having(erp.data, LINE, header['dataAreaId'] ?? '', 'SalesOrderNumber', number);
}

function addLine(erp: Erp, header: Row, body: Row): Row {
  const price = Number(body['SalesPrice'] ?? erp.priceOf(text(body, 'ItemNumber')));
  const quantity = Number(body['OrderedSalesQuantity']);
  const off = Number(body['LineDiscountAmount'] ?? 0) * quantity;
  const line = erp.data.table(LINE).put({
    ...body,
    InventoryLotId: erp.numbers.lot(),
    SalesOrderNumber: text(header, 'SalesOrderNumber'),
    SalesUnitSymbol: text(body, 'SalesUnitSymbol') || 'ea',
    SalesPrice: price,
    LineAmount: body['LineAmount'] ?? cents(price * quantity - off),
    ShippingWarehouseId:
      text(body, 'ShippingWarehouseId') ||
      text(header, 'DefaultShippingWarehouseId') ||
      erp.data.mainWarehouse,
    SalesOrderLineStatus: 'Backorder',
    LineCreationSequenceNumber: orderLines(erp, header).length + 1,
  });
  reserveLine(erp, line);
  return line;
}

function reserveLine(erp: Erp, line: Row): void {
  const company = line['dataAreaId'] ?? '';
  const lot = text(line, 'InventoryLotId');
  release(erp, company, lot);
  const at = {
    company,
    item: text(line, 'ItemNumber'),
    warehouse: text(line, 'ShippingWarehouseId'),
    location: '',
  };
  reserve(erp, at, lot, Number(line['OrderedSalesQuantity']));
}

function removeLine(erp: Erp, line: Row): void {
  release(erp, line['dataAreaId'] ?? '', text(line, 'InventoryLotId'));
  const table = erp.data.table(LINE);
  table.delete(table.keyOf(line));
}

function requireBackorder(header: Row, relations: Relations): void {
  const live = header['SalesOrderStatus'] === 'Backorder' && header['IsSalesProcessingStopped'] !== 'Yes';
  if (!live) throw relations.refused('The sales order cannot be changed in its status.', 'SalesTable');
}
