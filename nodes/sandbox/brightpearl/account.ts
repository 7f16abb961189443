import type { World, WorldItem } from '../world';
import {
  DEFAULT_CHANNELS,
  DEFAULT_PAYMENT_METHODS,
  DEFAULT_STATUSES,
  DEFAULT_TAX_CODES,
  MAIN_WAREHOUSE,
  RETURN_WAREHOUSE,
  type ProductStatus,
  type SimContact,
  type SimLocation,
  type SimNote,
  type SimOrder,
  type SimPayment,
  type SimProduct,
  type SimRow,
  type SimStatus,
  type SimTaxCode,
  type SimWarehouse,
  totals,
} from './records';
import { importOrder } from './shop-import';
import type { BrightpearlSimulatorOptions, LedgerEntry } from './simulator-types';
import { Stock } from './stock';

/** A row before it has its ids: a product or free text, and what it is worth. */
export interface NewRow {
  product: SimProduct | null;
  name: string;
  quantity: number;
  net: number;
  tax: number;
  taxCode: string;
  nominalCode: string;
  externalRef: string | null;
}

/** The tables of the simulated account, filled from the shop that both sides of the sandbox know. */
export class Account {
  readonly products = new Map<number, SimProduct>();
  readonly bySku = new Map<string, SimProduct>();
  readonly contacts = new Map<number, SimContact>();
  readonly orders = new Map<number, SimOrder>();
  readonly notes = new Map<number, SimNote>();
  readonly payments = new Map<number, SimPayment>();
  readonly warehouses = new Map<number, SimWarehouse>();
  readonly locations = new Map<number, SimLocation>();
  readonly stock = new Stock();
  readonly ledger: LedgerEntry[] = [];
  readonly taxCodes: readonly SimTaxCode[];
  readonly statuses: readonly SimStatus[];
  readonly channels: readonly { id: number; name: string }[];
  readonly paymentMethods: readonly { code: string; name: string; bankAccount: string | null }[];
  /** Orders by what they are looked up by, so that a long rehearsal does not read the whole table each time. */
  readonly byRef = new Map<string, SimOrder[]>();
  readonly byExternalRef = new Map<string, SimOrder[]>();
  readonly byParent = new Map<number, SimOrder[]>();
  readonly byNumber = new Map<string, number>();
  /** Method and transaction reference of every payment: together they are unique [D customer-payment POST]. */
  readonly paymentKeys = new Set<string>();
  private readonly paymentsOfOrder = new Map<number, SimPayment[]>();

  private readonly ids = new Map<string, number>();
  private imported = 0;

  constructor(
    readonly options: BrightpearlSimulatorOptions,
    readonly now: () => number,
  ) {
    this.taxCodes = options.taxCodes ?? DEFAULT_TAX_CODES;
    this.statuses = options.statuses ?? DEFAULT_STATUSES;
    this.channels = options.channels ?? DEFAULT_CHANNELS;
    this.paymentMethods = options.paymentMethods ?? DEFAULT_PAYMENT_METHODS;
    this.addWarehouses();
    this.addProducts();
    for (const customer of options.world.customers) {
      const [firstName = '', ...rest] = customer.name.split(' ');
      const id = this.nextId('contact', 200);
      this.contacts.set(id, {
        id,
        firstName,
        lastName: rest.join(' '),
        email: customer.email,
        account: customer.account,
      });
    }
    this.sync();
  }

  get world(): World {
    return this.options.world;
  }

  nextId(kind: string, from: number): number {
    const id = this.ids.get(kind) ?? from;
    this.ids.set(kind, id + 1);
    return id;
  }

  /** Brings in the orders that the shop has sold since. */
  sync(): void {
    const { orders } = this.world;
    for (; this.imported < orders.length; this.imported += 1) {
      const order = orders[this.imported];
      if (order && order.state !== 'unknown-to-erp') importOrder(this, order, this.imported);
    }
  }

  statusOf(product: SimProduct): ProductStatus {
    if (product.status !== null) return product.status;
    if (product.item?.state === 'stopped') return 'ARCHIVED';
    return product.item?.state === 'discontinued' ? 'DISCONTINUED' : 'LIVE';
  }

  /** A bundle is never stock-tracked (help 211131066 [D]). */
  stockTracked(product: SimProduct): boolean {
    return product.components.length === 0;
  }

  taxRate(code: string): number | null {
    return this.taxCodes.find((tax) => tax.code === code)?.rate ?? null;
  }

  statusFor(type: 'SO' | 'SC', role: NonNullable<SimStatus['role']>): number {
    return this.statuses.find((status) => status.type === type && status.role === role)?.id ?? 0;
  }

  /** Puts rows on an order: a bundle's row brings the rows of its components [D order-row POST]. */
  addRows(order: SimOrder, rows: readonly NewRow[]): void {
    for (const { product, ...row } of rows) {
      const parent = this.addRow(order, product, row, null);
      for (const component of product?.components ?? []) {
        const part = this.products.get(component.productId);
        if (!part) continue;
        // The value stands on the bundle's row; what the components carry is not documented [I].
        const quantity = component.quantity * row.quantity;
        this.addRow(
          order,
          part,
          { ...row, name: part.name, quantity, net: 0, tax: 0, externalRef: null },
          parent.id,
        );
      }
    }
  }

  keep(order: SimOrder): void {
    this.orders.set(order.id, order);
    list(this.byRef, order.ref.toLowerCase()).push(order);
    if (order.externalRef !== null) list(this.byExternalRef, order.externalRef.toLowerCase()).push(order);
    if (order.parentId !== null) list(this.byParent, order.parentId).push(order);
  }

  keepPayment(payment: SimPayment): void {
    this.payments.set(payment.id, payment);
    if (payment.transactionRef !== null) this.paymentKeys.add(`${payment.method}|${payment.transactionRef}`);
    list(this.paymentsOfOrder, payment.orderId).push(payment);
  }

  paymentsOf(order: { id: number }): readonly SimPayment[] {
    return this.paymentsOfOrder.get(order.id) ?? [];
  }

  /** Carries out what accounting does with a document. */
  invoice(order: SimOrder, taxDate: number): void {
    const reference = `${order.type === 'SC' ? 'SC' : 'SI'}-${this.nextId(`invoice-${order.type}`, 500_001)}`;
    order.invoice = { state: 'invoiced', reference, taxDate };
    order.closedOn = this.now();
    order.updatedOn = this.now();
    order.statusId = this.statusFor(order.type, 'invoiced') || order.statusId;
    this.ledger.push({
      orderId: order.id,
      type: order.type,
      invoiceReference: reference,
      taxDate: new Date(taxDate).toISOString().slice(0, 10),
      ...totals(order),
    });
  }

  private addRow(
    order: SimOrder,
    product: SimProduct | null,
    row: Omit<NewRow, 'product'>,
    parentRowId: number | null,
  ): SimRow {
    const added: SimRow = {
      id: this.nextId('row', 300_001),
      sequence: (order.rows.length + 1) * 10,
      productId: product?.id ?? null,
      sku: product?.sku ?? null,
      ...row,
      bundleParent: product !== null && !this.stockTracked(product),
      parentRowId,
      received: 0,
      allocated: 0,
    };
    order.rows.push(added);
    return added;
  }

  private addWarehouses(): void {
    const names: [number, string][] = [
      [MAIN_WAREHOUSE, this.world.mainWarehouse],
      [RETURN_WAREHOUSE, this.world.returnWarehouse],
    ];
    for (const [id, name] of names) {
      const [defaultLocation, quarantineLocation] = [id * 10, id * 10 + 1];
      this.warehouses.set(id, { id, name, defaultLocation, quarantineLocation });
      this.locations.set(defaultLocation, { id: defaultLocation, warehouseId: id, quarantine: false });
      this.locations.set(quarantineLocation, { id: quarantineLocation, warehouseId: id, quarantine: true });
    }
  }

  private addProducts(): void {
    const bundles = new Map((this.options.bundles ?? []).map((bundle) => [bundle.sku, bundle]));
    this.world.items.forEach((item, index) => {
      if (item.state === 'absent') return;
      this.addProduct(1000 + index, item.sku, item.name, item.upc, item, this.taxCodeOf(item, index));
    });
    for (const bundle of bundles.values()) {
      if (!this.bySku.has(bundle.sku)) {
        const id = 5000 + this.nextId('extra-product', 1);
        this.addProduct(
          id,
          bundle.sku,
          bundle.name ?? bundle.sku,
          '',
          null,
          this.taxCodes.at(-1)?.code ?? 'T0',
        );
      }
    }
    for (const bundle of bundles.values()) {
      const product = this.bySku.get(bundle.sku);
      for (const { sku, quantity } of bundle.components) {
        const part = this.bySku.get(sku);
        if (!part) throw new Error(`The bundle ${bundle.sku} has the unknown component ${sku}`);
        product?.components.push({ productId: part.id, quantity });
      }
    }
    const [main] = this.warehouses.values();
    for (const product of this.products.values()) {
      if (main && this.stockTracked(product) && this.statusOf(product) === 'LIVE') {
        this.stock.move(product.id, main.defaultLocation, this.options.initialStock ?? 50);
      }
    }
  }

  private addProduct(
    id: number,
    sku: string,
    name: string,
    barcode: string,
    item: WorldItem | null,
    taxCode: string,
  ): void {
    const product: SimProduct = { id, sku, name, barcode, item, status: null, taxCode, components: [] };
    this.products.set(id, product);
    this.bySku.set(sku, product);
  }

  private taxCodeOf(item: WorldItem, index: number): string {
    if (this.options.taxCodeOf) return this.options.taxCodeOf(item, index);
    return (
      this.taxCodes[index % 5 === 4 ? 0 : index % 5 === 3 ? 1 : 2]?.code ?? this.taxCodes[0]?.code ?? 'T0'
    );
  }
}

function list<K, T>(map: Map<K, T[]>, key: K): T[] {
  const known = map.get(key) ?? [];
  map.set(key, known);
  return known;
}
