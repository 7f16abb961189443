import { find, having, text, type Erp } from './erp';
import type { Row } from './odata-filter';
import { ReturnLines } from './return-lines';
import { ReturnOrders } from './return-orders';
import { setLine } from './return-states';
import { orderLines } from './sales-orders';
import { cents } from './tax';

/** How many of a line of a sale a person takes back; by its place on the sale, from 1. */
export type TakenBack = Readonly<Record<number, number>>;

/**
 * A person's return order with *Find sales order*: its lines are linked to those of the sale, with the price and the
 * discount of the sale, and no more is taken than was invoiced and not returned by a linked line (A4). It bears no reference
 * and no requisition number. All of the sale unless told otherwise.
 */
export function returnOfSale(erp: Erp, salesOrder: string, taken?: TakenBack): string {
  const { data } = erp;
  const sale = find(data, 'SalesOrderHeadersV4', {
    dataAreaId: data.company,
    SalesOrderNumber: salesOrder,
  });
  if (!sale) throw new Error(`The simulator has no sales order ${salesOrder}`);
  return data.changes.allOrNone(() => takeBack(erp, sale, taken));
}

function takeBack(erp: Erp, sale: Row, taken: TakenBack | undefined): string {
  const header = new ReturnOrders(erp).create({
    CustomerAccountNumber: text(sale, 'OrderingCustomerAccountNumber'),
    InvoiceCustomerAccountNumber: text(sale, 'InvoiceCustomerAccountNumber'),
    CurrencyCode: text(sale, 'CurrencyCode'),
    DefaultReturnWarehouseId: 'RETQC',
  });
  const number = text(header, 'ReturnOrderNumber');
  const writer = new ReturnLines(erp);
  for (const [index, sold] of orderLines(erp, sale).entries()) {
    const quantity = taken ? (taken[index + 1] ?? 0) : Number(sold['OrderedSalesQuantity']);
    if (quantity > 0) takeLine(erp, writer, number, sold, quantity);
  }
  return number;
}

function takeLine(erp: Erp, writer: ReturnLines, number: string, sold: Row, quantity: number): void {
  const lot = text(sold, 'InventoryLotId');
  const ordered = Number(sold['OrderedSalesQuantity']);
  const before = having(erp.data, 'ReturnOrderLinesV2', erp.data.company, 'ReturningInventoryLotId', lot)
    .filter((line) => line['ReturnStatus'] !== 'Canceled')
    .reduce((sum, line) => sum - Number(line['ReturnSalesQuantity']), 0);
  if (before + quantity > ordered) throw new Error(`Lot ${lot} has ${ordered - before} left to return`);
  const line = writer.create({
    ReturnOrderNumber: number,
    ItemNumber: text(sold, 'ItemNumber'),
    ProductConfigurationId: text(sold, 'ProductConfigurationId'),
    ProductSizeId: text(sold, 'ProductSizeId'),
    ProductColorId: text(sold, 'ProductColorId'),
    ProductStyleId: text(sold, 'ProductStyleId'),
    ProductVersionId: text(sold, 'ProductVersionId'),
    ReturnSalesQuantity: -quantity,
    SalesUnitSymbol: text(sold, 'SalesUnitSymbol'),
    SalesPrice: Number(sold['SalesPrice']),
    LineAmount: cents((Number(sold['LineAmount']) * -quantity) / ordered),
  });
  setLine(erp, line, { ReturningInventoryLotId: lot });
}
