import type { World, WorldItem, WorldOrder } from '../world';
import { emptyValue, ENTITIES, type Entity } from './entities';
import { indexedValues, matches, type Expression, type Row } from './odata-filter';

/** Rows of one entity set, with its indexes. */
export class Table {
  private readonly rows = new Map<string, Row>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();

  constructor(readonly entity: Entity) {
    for (const field of entity.indexed) this.indexes.set(field, new Map());
  }

  get size(): number {
    return this.rows.size;
  }

  keyOf(row: Row): string {
    return this.entity.keys.map((key) => String(row[key]).toLowerCase()).join('\u0000');
  }

  get(key: string): Row | undefined {
    return this.rows.get(key);
  }

  /** Adds or replaces a row; fields that are not given hold their empty value. */
  put(given: Row): Row {
    const row: Row = {};
    for (const [field, type] of Object.entries(this.entity.fields))
      row[field] = given[field] ?? emptyValue(type);
    const key = this.keyOf(row);
    this.delete(key);
    this.rows.set(key, row);
    for (const [field, index] of this.indexes) {
      const value = String(row[field]).toLowerCase();
      const keys = index.get(value) ?? new Set();
      keys.add(key);
      index.set(value, keys);
    }
    return row;
  }

  delete(key: string): void {
    const row = this.rows.get(key);
    if (!row) return;
    this.rows.delete(key);
    for (const [field, index] of this.indexes) index.get(String(row[field]).toLowerCase())?.delete(key);
  }

  find(filter: Expression | null): Row[] {
    if (filter === null) return [...this.rows.values()];
    return this.candidates(filter).filter((row) => matches(filter, row));
  }

  private candidates(filter: Expression): Row[] {
    for (const [field, index] of this.indexes) {
      const values = indexedValues(filter, field);
      if (!values) continue;
      const keys = new Set(values.flatMap((value) => [...(index.get(value.toLowerCase()) ?? [])]));
      return [...keys].map((key) => this.rows.get(key)).filter((row): row is Row => row !== undefined);
    }
    return [...this.rows.values()];
  }
}

export type Tables = Map<string, Table>;

/** Fills the tables from the shop, and keeps them up with it: orders and items may be added while it runs. */
export class ErpData {
  readonly tables: Tables = new Map(ENTITIES.map((entity) => [entity.set, new Table(entity)]));
  private orders = 0;
  private items = '';

  constructor(
    private readonly world: World,
    readonly company: string,
    otherCompany: string,
  ) {
    for (const id of [company, otherCompany])
      this.table('LegalEntities').put({ LegalEntityId: id, Name: `Company ${id}` });
    this.codes(company);
    this.codes(otherCompany);
    for (const customer of world.customers) {
      this.table('CustomersV3').put({
        dataAreaId: company,
        CustomerAccount: customer.account,
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

  private codes(company: string): void {
    const { world } = this;
    this.table('Warehouses').put({
      dataAreaId: company,
      WarehouseId: world.mainWarehouse,
      OperationalSiteId: world.site,
    });
    this.table('Warehouses').put({
      dataAreaId: company,
      WarehouseId: world.returnWarehouse,
      OperationalSiteId: world.site,
    });
    for (const [code, action] of [
      ['CREDIT', 'Credit'],
      ['CREDONLY', 'CreditOnly'],
      ['SCRAP', 'Scrap'],
      ['BACK', 'ReturnToCust'],
    ] as const) {
      this.table('ReturnDispositionCodes').put({
        dataAreaId: company,
        DispositionCode: code,
        DispositionAction: action,
      });
    }
    for (const reason of ['FIT', 'DMG', 'MIND', 'WRONG']) {
      this.table('ReturnReasonCodeBiEntities').put({
        dataAreaId: company,
        ReasonCodeId: reason,
        Description: reason,
      });
    }
    for (const [unit, digits] of [
      ['ea', 0],
      ['box', 0],
    ] as const) {
      this.table('UnitsOfMeasure').put({ UnitSymbol: unit, DecimalPrecision: digits, UnitClass: 'Quantity' });
    }
    for (const state of ['Active', 'Obsolete'])
      this.table('ProductLifecycleStates').put({ LifecycleStateId: state });
    this.table('ProductLifecycleStateProcesses').put({
      LifecycleStateId: 'Obsolete',
      ProcessName: 'Sales order',
      ProcessPolicy: 'Error',
      ApplicableProcessArea: 'Sales',
    });
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
  }

  private syncOrder(order: WorldOrder): void {
    if (order.state === 'unknown-to-erp') return;
    const { company, world } = this;
    const account = order.state === 'no-customer' ? `X-${order.customer}` : order.customer;
    const invoiced = order.state !== 'not-invoiced' && order.state !== 'cancelled';
    const open = order.state === 'cancelled' ? 'Canceled' : 'Backorder';
    const total = order.lines.reduce((sum, line) => sum + line.amountMinor, 0) / 100;
    this.table('SalesOrderHeadersV4').put({
      dataAreaId: company,
      SalesOrderNumber: order.salesOrderNumber,
      SalesOrderStatus: invoiced ? 'Invoiced' : open,
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
    this.table('SalesInvoiceHeadersV4').put({
      dataAreaId: company,
      InvoiceNumber: `INV-${order.salesOrderNumber}`,
      InvoiceDate: order.orderedAt,
      LedgerVoucher: `V-${order.salesOrderNumber}`,
      SalesOrderNumber: order.salesOrderNumber,
      TotalInvoiceAmount: total,
      CurrencyCode: world.currency,
      InvoiceCustomerAccountNumber: account,
      CustomersOrderReference: order.number,
    });
  }
}
