import type { Account } from './account';
import { stockRows } from './codes';
import type { EventBus } from './events';
import { blankOrder, MAIN_WAREHOUSE, UNIT, type SimOrder } from './records';
import { refuse } from './refusal';
import { creditedBefore, SaleBody } from './sale-body';
import type { BrightpearlDials } from './simulator-types';
import { readTime } from './wire';

const RESOURCES = { SO: 'sales-order', SC: 'sales-credit' } as const;

/** Sales orders and sales credits: created whole or not at all [D order/index], invoiced asynchronously [D close]. */
export class Sales {
  private readonly keys = new Map<string, number>();
  private readonly working = new Set<Promise<void>>();

  constructor(
    private readonly account: Account,
    private readonly dials: BrightpearlDials,
    private readonly events: EventBus,
    private readonly wait: (milliseconds: number) => Promise<void>,
  ) {}

  create(type: 'SO' | 'SC', given: Record<string, unknown>, actor: number): SimOrder {
    const { account } = this;
    const body = new SaleBody(account, type, given);
    const externalRef = body.text('externalRef');
    const instanceId = body.id('installedIntegrationInstanceId');
    const parentId = body.id('parentId');
    const parent = parentId === null ? undefined : this.parent(body, parentId);
    const [channel] = account.channels;
    const order: SimOrder = {
      ...blankOrder(0, type, account.now()),
      parentId,
      externalRef,
      instanceId,
      contactId: body.customerId(),
      ref: body.text('ref') ?? '',
      placedOn: body.time('placedOn'),
      taxDate: body.time('taxDate'),
      statusId: body.statusId(),
      warehouseId: body.listed('warehouseId', [...account.warehouses.values()], MAIN_WAREHOUSE),
      channelId: body.listed('channelId', account.channels, channel?.id ?? 1),
      priceListId: body.priceListId(2),
      currency: body.currency(),
      createdBy: actor,
      address: body.address('customer'),
      deliveryAddress: body.address('delivery'),
      shippingMethodId: body.shippingMethodId(),
    };
    const rows = body.rows();
    if (parent && type === 'SC' && account.options.limitToOriginal) this.limit(body, parent, rows);
    body.finish();
    const key = keyOf(type, instanceId, externalRef);
    const holder = key === null || account.options.uniqueKey === false ? undefined : this.keys.get(key);
    if (holder !== undefined) {
      refuse('duplicateExternalRef', {
        externalRef: externalRef ?? '',
        instance: instanceId ?? '',
        id: holder,
      });
    }
    order.id = account.nextId('order', 100_001);
    account.addRows(order, rows);
    if (type === 'SO' && (account.options.autoAllocate ?? true)) this.allocate(order);
    account.keep(order);
    if (key !== null) this.keys.set(key, order.id);
    this.events.raise(`${RESOURCES[type]}.created`, order.id);
    return order;
  }

  /** Asks accounting to invoice. May be repeated while it is pending; an invoiced document is refused [D]. */
  close(type: 'SO' | 'SC', id: number, body: unknown, actor: number): void {
    const order = this.account.orders.get(id);
    if (order?.type !== type) return refuse('notFound', { what: `/${RESOURCES[type]}/${id}` });
    this.mustBeUnlocked(order);
    if (order.invoice.state === 'invoiced') refuse('alreadyInvoiced', { id });
    if (order.statusId === this.account.statusFor(type, 'cancelled')) refuse('orderCancelled', { id });
    const status = order.statusId;
    if (this.account.options.closeRefusedInStatuses?.includes(status))
      refuse('notAuthorised', { id, status });
    const given = (body as Record<string, unknown> | undefined)?.['taxDate'];
    const taxDate = given === undefined ? order.taxDate : readTime(given);
    if (taxDate === null) {
      return refuse('fieldInvalid', {
        field: 'taxDate',
        value: String(given),
        why: 'it must be an ISO 8601 date',
      });
    }
    if (this.account.options.periodLockAnswer === 'refuse' && this.periodLocked(taxDate, actor)) {
      refuse('periodLocked', { until: this.dials.periodLockedUntil });
    }
    order.invoice = { state: 'pending', reference: '', taxDate };
    order.updatedOn = this.account.now();
    const work = this.wait(this.dials.closeAfterMs).then(() => this.finishClose(order, taxDate, actor));
    this.working.add(work);
    void work.finally(() => this.working.delete(work));
  }

  mustBeUnlocked(order: SimOrder): void {
    if (order.lock !== null) refuse('orderLocked', { id: order.id });
  }

  /** What accounting still works on. */
  pending(): readonly Promise<void>[] {
    return [...this.working];
  }

  /** A key that another app has taken. */
  claim(order: SimOrder): void {
    const key = keyOf(order.type, order.instanceId, order.externalRef);
    if (key !== null) this.keys.set(key, order.id);
  }

  private finishClose(order: SimOrder, taxDate: number, actor: number): void {
    // A repeated close may find that the first one got through, or that a person has taken the document back.
    if (order.invoice.state !== 'pending') return;
    if (this.dials.closeFailsNext > 0) {
      this.dials.closeFailsNext -= 1;
      return;
    }
    if (this.periodLocked(taxDate, actor)) return;
    this.account.invoice(order, taxDate);
    this.events.raise('order.modified', order.id);
  }

  private periodLocked(taxDate: number, actor: number): boolean {
    const until = Date.parse(this.dials.periodLockedUntil);
    return !Number.isNaN(until) && taxDate < until + 86_400_000 && actor !== this.dials.periodLockedBy;
  }

  private parent(body: SaleBody, parentId: number): SimOrder | undefined {
    const { options, orders } = this.account;
    const parent = orders.get(parentId);
    if (parent?.type !== 'SO') {
      if (options.checkParent ?? true) body.fault('parentUnknown', { id: parentId });
      return undefined;
    }
    if (parent.lock !== null && (options.refuseCreditOnLockedParent ?? true)) {
      body.fault('orderLocked', { id: parentId });
    }
    if (parent.invoice.state === 'pending' && options.refuseCreditOnPendingParent) {
      body.fault('parentPending', { id: parentId });
    }
    return parent;
  }

  private limit(body: SaleBody, parent: SimOrder, rows: ReturnType<SaleBody['rows']>): void {
    const asked = new Map<number, number>();
    rows.forEach(({ product, quantity }, index) => {
      if (product === null) return;
      const before = asked.get(product.id) ?? creditedBefore(this.account, parent, product.id);
      asked.set(product.id, before + quantity);
      const sold = parent.rows
        .filter((row) => row.productId === product.id && row.parentRowId === null)
        .reduce((sum, row) => sum + row.quantity, 0);
      if (before + quantity > sold) {
        body.fault('overCredited', { field: `rows[${index}].quantity`, value: quantity / UNIT });
      }
    });
  }

  /** Allocates what its warehouse has and nobody else was promised; what is in quarantine cannot be sold. */
  private allocate(order: SimOrder): void {
    const { account } = this;
    for (const row of stockRows(account, order)) {
      const free = available(account, row.productId ?? 0, order.warehouseId);
      row.allocated = Math.max(0, Math.min(row.quantity / UNIT, free));
      // The order is not kept yet, so its earlier rows of the same product are taken off here.
      const own = order.rows
        .filter((other) => other !== row && other.productId === row.productId)
        .reduce((sum, other) => sum + other.allocated, 0);
      row.allocated = Math.max(0, Math.min(row.allocated, free - own));
    }
  }
}

/** Units in the sellable locations of a warehouse that are not allocated yet. */
export function available(account: Account, productId: number, warehouseId: number): number {
  return onHand(account, productId, warehouseId) - allocated(account, productId, warehouseId);
}

export function onHand(account: Account, productId: number, warehouseId: number): number {
  return [...account.locations.values()]
    .filter((location) => location.warehouseId === warehouseId && !location.quarantine)
    .reduce((sum, location) => sum + account.stock.at(productId, location.id), 0);
}

export function allocated(account: Account, productId: number, warehouseId: number): number {
  let sum = 0;
  for (const order of account.orders.values()) {
    if (order.origin === 'shop' || order.type !== 'SO' || order.warehouseId !== warehouseId) continue;
    for (const row of order.rows) if (row.productId === productId) sum += row.allocated;
  }
  return sum;
}

/** Both halves of the compound key must be there for it to be unique [D sales-credit POST]. */
function keyOf(type: string, instanceId: number | null, externalRef: string | null): string | null {
  return instanceId === null || externalRef === null ? null : `${type}|${instanceId}|${externalRef}`;
}
