import type { World, WorldItem, WorldOrder } from '../world';
import { ENTITIES } from './entities';
import { INTERNAL_ENTITIES } from './entities-internal';
import type { ErpRules } from './rules';
import { setUp } from './setup-data';
import { Changes, Table } from './tables';
import { taxOf } from './tax';

/** Fills the tables from the shop, and keeps them up with it: orders and items may be added while it runs. */
export class ErpData {
  readonly changes = new Changes();
  private readonly tables = new Map(
    [...ENTITIES, ...INTERNAL_ENTITIES].map((entity) => [entity.set, new Table(entity, this.changes)]),
  );
  /** The warehouse that goods are sold from. */
  readonly mainWarehouse: string;
  private orders = 0;
  private items = '';
  private readonly stocked = new Set<string>();

  constructor(
    private readonly world: World,
    readonly company: string,
    otherCompany: string,
    private readonly rules: Pick<
      ErpRules,
      'openingStock' | 'tax' | 'callCenter' | 'quarantineWarehouse' | 'specialProducts'
    >,
  ) {
    this.mainWarehouse = world.mainWarehouse;
    setUp(this, world, [company, otherCompany], rules);
    for (const customer of world.customers) {
      this.table('CustomersV3').put({
        dataAreaId: company,
        CustomerAccount: customer.account,
        InvoiceAccount: customer.account,
        PaymentMethod: 'CARD',
        SalesCurrencyCode: world.currency,
        PrimaryContactEmail: customer.email,
        ...(customer.onHold === true ? { OnHoldStatus: 'All' } : {}),
      });
    }
    this.sync();
  }

  table(set: string): Table {
    const table = this.tables.get(set);
    if (!table) throw new Error(`The simulator has no table ${set}`);
    return table;
  }

  /** Takes over what has been added to the shop since the last call. */
  sync(): void {
    const states = this.world.items.map((item) => item.state).join();
    if (states !== this.items) {
      this.items = states;
      for (const item of this.world.items) this.syncItem(item);
    }
    for (; this.orders < this.world.orders.length; this.orders += 1) {
      const order = this.world.orders[this.orders];
      if (order) this.syncOrder(order);
    }
  }

  /** Takes an order over as it is in the shop now. */
  takeOver(order: WorldOrder): void {
    this.syncOrder(order);
  }

  private syncItem(item: WorldItem): void {
    const key = { dataAreaId: this.company, ItemNumber: item.sku };
    const products = this.table('ReleasedProductsV2');
    const settings = this.table('ProductDefaultOrderSettings');
    if (item.state === 'absent') {
      products.delete(products.keyOf(key));
      settings.delete(settings.keyOf(key));
      return;
    }
    products.put({
      ...key,
      ProductNumber: item.sku,
      ProductSearchName: item.name,
      SearchName: item.name,
      ProductType: 'Item',
      InventoryUnitSymbol: 'ea',
      SalesUnitSymbol: 'ea',
      ProductLifecycleStateId: item.state === 'discontinued' ? 'Obsolete' : 'Active',
    });
    settings.put({ ...key, IsSalesProcessingStopped: item.state === 'stopped' ? 'Yes' : 'No' });
    this.table('SellableReleasedProducts').put({
      dataAreaId: this.company,
      ProductNumber: item.sku,
      IsSalesStopped: item.state === 'stopped' ? 'Yes' : 'No',
      IsStockedProduct: 'Yes',
      SalesUnitSymbol: 'ea',
      InventoryUnitSymbol: 'ea',
      ProductType: 'Item',
    });
    this.table('ProductBarcodesV3').put({ ...key, Barcode: item.upc, ProductQuantityUnitSymbol: 'ea' });
    if (!this.stocked.has(item.sku)) this.openStock(item.sku);
  }

  private openStock(sku: string): void {
    this.stocked.add(sku);
    const { company, mainWarehouse, world } = this;
    const { openingStock } = this.rules;
    this.table('StockPlaces').put({
      dataAreaId: company,
      ItemNumber: sku,
      WarehouseId: mainWarehouse,
      Place: 'sellable',
      Quantity: openingStock,
    });
    this.table('WarehousesOnHandV2').put({
      dataAreaId: company,
      ItemNumber: sku,
      InventorySiteId: world.site,
      InventoryWarehouseId: mainWarehouse,
      OnHandQuantity: openingStock,
      AvailableOnHandQuantity: openingStock,
    });
  }

  private syncOrder(order: WorldOrder): void {
    if (order.state === 'unknown-to-erp') return;
    const { company, world } = this;
    const account = order.state === 'no-customer' ? `X-${order.customer}` : order.customer;
    const invoiced = order.state !== 'not-invoiced' && order.state !== 'cancelled';
    const open = order.state === 'cancelled' ? 'Canceled' : 'Backorder';
    this.table('SalesOrderHeadersV4').put({
      dataAreaId: company,
      SalesOrderNumber: order.salesOrderNumber,
      SalesOrderStatus: invoiced ? 'Invoiced' : open,
      SalesOrderProcessingStatus: invoiced ? 'Invoiced' : open === 'Canceled' ? 'Canceled' : 'Active',
      OrderingCustomerAccountNumber: account,
      InvoiceCustomerAccountNumber: account,
      CustomersOrderReference: order.number,
      CurrencyCode: world.currency,
      CustomerPaymentMethodName: 'CARD',
      DefaultShippingWarehouseId: world.mainWarehouse,
      SalesOrderOriginCode: 'WEB',
    });
    order.lines.forEach((line, index) => {
      const full = (line.priceMinor * line.quantity) / 100;
      this.table('SalesOrderLinesV3').put({
        dataAreaId: company,
        InventoryLotId: `LOT-${order.salesOrderNumber}-${index + 1}`,
        SalesOrderNumber: order.salesOrderNumber,
        ItemNumber: line.sku,
        OrderedSalesQuantity: line.quantity,
        SalesUnitSymbol: 'ea',
        SalesPrice: line.priceMinor / 100,
        LineDiscountAmount: Math.round(full * 100 - line.amountMinor) / 100 / line.quantity,
        LineAmount: line.amountMinor / 100,
        SalesOrderLineStatus: invoiced ? 'Invoiced' : open,
        ShippingWarehouseId: world.mainWarehouse,
        LineCreationSequenceNumber: index + 1,
        ExternalItemNumber: line.lineId,
      });
    });
    if (!invoiced) return;
    const taxes = this.invoiceLines(order);
    this.table('SalesInvoiceHeadersV4').put({
      ...invoiceKey(order, company),
      SalesOrderNumber: order.salesOrderNumber,
      TotalInvoiceAmount: taxes.total,
      TotalTaxAmount: taxes.tax,
      CurrencyCode: world.currency,
      InvoiceCustomerAccountNumber: account,
      CustomersOrderReference: order.number,
    });
    if (this.rules.callCenter) this.payments(order, taxes.total);
  }

  private invoiceLines(order: WorldOrder): { tax: number; total: number } {
    const taxes = taxOf(
      this.rules.tax,
      order.lines.map((line) => ({
        amount: line.amountMinor / 100,
        taxGroup: this.taxGroupOf(line.sku),
      })),
    );
    order.lines.forEach((line, index) => {
      this.table('SalesInvoiceV4Lines').put({
        ...invoiceKey(order, this.company),
        LineCreationSequenceNumber: index + 1,
        ProductNumber: line.sku,
        InvoicedQuantity: line.quantity,
        SalesPrice: line.priceMinor / 100,
        SalesUnitSymbol: 'ea',
        LineAmount: line.amountMinor / 100,
        LineTotalTaxAmount: taxes.lines[index] ?? 0,
        InventoryWarehouseId: this.mainWarehouse,
      });
    });
    return taxes;
  }

  private taxGroupOf(sku: string): string {
    const table = this.table('ReleasedProductsV2');
    const product = table.get(table.keyOf({ dataAreaId: this.company, ItemNumber: sku }));
    return String(product?.['SalesSalesTaxItemGroupCode'] ?? '');
  }

  /** How the shopper paid, as the call center knows it (A10): with one card, unless the order tells otherwise. */
  private payments(order: WorldOrder, total: number): void {
    const card = { tender: 'CARD', type: 'CreditCard', reference: '', amountMinor: Math.round(total * 100) };
    (order.payments ?? [card]).forEach((payment, index) => {
      this.table('CallCenterSalesOrderCustomerPayments').put({
        dataAreaId: this.company,
        LineNumber: index + 1,
        SalesOrderId: order.salesOrderNumber,
        CustomerPaymentType: payment.type,
        Status: 'Paid',
        RetailStoreTenderTypeId: payment.tender,
        UniqueCreditCardId: payment.reference,
        Amount: payment.amountMinor / 100,
        PostedAmount: payment.amountMinor / 100,
        CurrencyCode: this.world.currency,
      });
    });
  }
}

function invoiceKey(
  order: WorldOrder,
  company: string,
): { dataAreaId: string; InvoiceNumber: string; InvoiceDate: string; LedgerVoucher: string } {
  return {
    dataAreaId: company,
    InvoiceNumber: `INV-${order.salesOrderNumber}`,
    InvoiceDate: order.orderedAt,
    LedgerVoucher: `V-${order.salesOrderNumber}`,
  };
}
