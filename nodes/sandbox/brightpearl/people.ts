import type { Account, NewRow } from './account';
import type { EventBus } from './events';
import { blankOrder, COLLEAGUE, UNIT, type SimOrder } from './records';
import type { Sales } from './sales';
import type { ForeignCredit } from './simulator-types';

/** What people do in Brightpearl's own screens, past the API. */
export class People {
  constructor(
    private readonly account: Account,
    private readonly sales: Sales,
    private readonly events: EventBus,
  ) {}

  order(id: number): SimOrder {
    const order = this.account.orders.get(id);
    if (!order) throw new Error(`The sandbox has no order ${id}`);
    return order;
  }

  setState(id: number, state: 'live' | 'pending' | 'invoiced' | 'cancelled' | 'historical'): void {
    const order = this.order(id);
    const { account } = this;
    order.historical = state === 'historical';
    if (state === 'invoiced') {
      if (order.invoice.state !== 'invoiced') account.invoice(order, order.taxDate);
    } else if (state === 'live' || state === 'pending' || state === 'cancelled') {
      order.invoice = {
        state: state === 'pending' ? 'pending' : 'none',
        reference: '',
        taxDate: order.taxDate,
      };
      order.closedOn = null;
      order.statusId = account.statusFor(order.type, state === 'cancelled' ? 'cancelled' : 'default');
    }
    order.updatedOn = account.now();
    this.events.raise('order.modified', id);
  }

  changeRow(id: number, rowId: number, change: { quantity?: number; net?: number; tax?: number }): void {
    const order = this.order(id);
    const row = order.rows.find((known) => known.id === rowId);
    if (!row) throw new Error(`Order ${id} has no row ${rowId}`);
    if (change.quantity !== undefined) row.quantity = change.quantity * UNIT;
    if (change.net !== undefined) row.net = change.net;
    if (change.tax !== undefined) row.tax = change.tax;
    order.updatedOn = this.account.now();
    this.events.raise('order.modified', id);
  }

  /** A credit that is a clone of rows of the original, as the screens make it (help 212648523 [D]). */
  addCredit(parentId: number, credit: ForeignCredit): number {
    const { account } = this;
    const parent = this.order(parentId);
    const order: SimOrder = {
      ...blankOrder(account.nextId('order', 100_001), 'SC', account.now()),
      parentId,
      ref: credit.ref ?? parent.ref,
      externalRef: credit.externalRef ?? null,
      instanceId: credit.instanceId ?? null,
      contactId: parent.contactId,
      statusId: account.statusFor('SC', 'default'),
      warehouseId: parent.warehouseId,
      channelId: parent.channelId,
      priceListId: parent.priceListId,
      currency: parent.currency,
      createdBy: COLLEAGUE,
      origin: 'foreign',
    };
    const roots = parent.rows.filter((row) => row.parentRowId === null);
    const { unitsAtFullValue: units } = credit;
    const wanted =
      credit.rows ?? roots.map((row) => ({ rowId: row.id, quantity: units ?? row.quantity / UNIT }));
    const rows = wanted.map(({ rowId, quantity }): NewRow => {
      const source = roots.find((row) => row.id === rowId);
      if (!source) throw new Error(`Order ${parentId} has no row ${rowId}`);
      const share = units === undefined ? (quantity * UNIT) / source.quantity : 1;
      return {
        product: source.productId === null ? null : (account.products.get(source.productId) ?? null),
        name: source.name,
        quantity: quantity * UNIT,
        net: Math.round(source.net * share),
        tax: Math.round(source.tax * share),
        taxCode: source.taxCode,
        nominalCode: source.nominalCode,
        externalRef: null,
      };
    });
    account.addRows(order, rows);
    account.keep(order);
    this.sales.claim(order);
    if (credit.invoiced) account.invoice(order, order.taxDate);
    this.events.raise('sales-credit.created', order.id);
    return order.id;
  }
}
