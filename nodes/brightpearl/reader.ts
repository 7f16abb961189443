import { Gatherer } from '../runtime/gatherer';
import type { Surroundings } from '../runtime/retry';
import type { BrightpearlClient } from './client';
import { readGoodsNotes, type GoodsNote } from './goods-note';
import { idSet } from './id-set';
import {
  numberIn,
  objectIn,
  readCredit,
  readOrder,
  textIn,
  type Credit,
  type OriginalOrder,
} from './records';
import { isReplacement } from './replacement-key';
import { idOf, searchPath, type SearchRow } from './search';
import type { BrightpearlSettings } from './settings';

/** As many ids as one request may ask for (order GET). */
const MOST_IDS = 200;
/** Products that are remembered; what is asked for beyond that is read again. */
const MOST_KEPT = 20_000;
/** References in one search: they stand in the address, whose length servers limit. */
const MOST_REFERENCES = 60;

/** A document that hangs on an order: a credit, or another order. */
export interface Child {
  id: number;
  parentId: number;
  externalRef: string;
  instanceId: number | null;
}

export interface PaymentRow {
  id: number;
  orderId: number;
  type: string;
  method: string;
  amount: string;
  currency: string;
  transactionRef: string;
}

/**
 * Reads of an account, gathered: what several returns ask for at the same time is fetched with one call
 * (help 211125046: id sets).
 */
export class BrightpearlReader {
  private readonly byReference: Gatherer<string, number[]>;
  private readonly orders: Gatherer<number, OriginalOrder | null>;
  private readonly credits: Gatherer<number, Credit | null>;
  private readonly creditsOf: Gatherer<number, Child[]>;
  private readonly paymentsOf: Gatherer<number, PaymentRow[]>;
  private readonly notesOf: Gatherer<number, GoodsNote[]>;
  private readonly products: Gatherer<number, boolean | null>;
  private readonly tracked = new Map<number, { readAt: number; value: Promise<boolean | null> }>();

  constructor(
    private readonly client: BrightpearlClient,
    private readonly settings: Pick<BrightpearlSettings, 'gatherMs' | 'masterMinutes' | 'instanceId'>,
    private readonly surroundings: Surroundings,
  ) {
    const gathering = { gatherMs: settings.gatherMs, surroundings };
    this.byReference = new Gatherer({
      ...gathering,
      most: MOST_REFERENCES,
      work: (take) => this.findByReferences(take),
    });
    this.orders = new Gatherer({
      ...gathering,
      most: MOST_IDS,
      work: (take) => this.readByIds(take, '/order-service/order', readOrder),
    });
    this.credits = new Gatherer({
      ...gathering,
      most: MOST_IDS,
      work: (take) => this.readByIds(take, '/order-service/sales-credit', readCredit),
    });
    this.creditsOf = new Gatherer({
      ...gathering,
      most: MOST_IDS,
      work: (take) => this.findCreditsOf(take),
    });
    this.paymentsOf = new Gatherer({
      ...gathering,
      most: MOST_IDS,
      work: (take) => this.findPaymentsOf(take),
    });
    this.notesOf = new Gatherer({
      ...gathering,
      most: MOST_IDS,
      work: (take) => this.findNotesOf(take),
    });
    this.products = new Gatherer({
      ...gathering,
      most: MOST_IDS,
      work: (take) =>
        this.readByIds(
          take,
          '/product-service/product',
          (raw) => objectIn(raw, 'stock')['stockTracked'] === true,
        ),
    });
  }

  /** Numbers of the sales orders whose customer reference this is. */
  ordersOfReference(reference: string, signal?: AbortSignal): Promise<number[]> {
    // A comma would be read as two references.
    if (!reference.includes(',')) return this.byReference.ask(reference, signal);
    return this.salesOrders({ customerRef: reference }, signal);
  }

  /** Numbers of the sales orders with an external reference: the shop's own id of the order. */
  ordersOfExternalRef(externalRef: string, signal?: AbortSignal): Promise<number[]> {
    return this.salesOrders({ externalRef }, signal);
  }

  order(id: number, signal?: AbortSignal): Promise<OriginalOrder | null> {
    return this.orders.ask(id, signal);
  }

  credit(id: number, signal?: AbortSignal): Promise<Credit | null> {
    return this.credits.ask(id, signal);
  }

  /** The sales credits that hang on an order, whoever made them. */
  creditsOfOrder(orderId: number, signal?: AbortSignal): Promise<Child[]> {
    return this.creditsOf.ask(orderId, signal);
  }

  /** Payments of an order or credit. */
  payments(orderId: number, signal?: AbortSignal): Promise<PaymentRow[]> {
    return this.paymentsOf.ask(orderId, signal);
  }

  /** The goods-in notes of an order or credit, whoever made them; cancelled ones are not among them. */
  notes(orderId: number, signal?: AbortSignal): Promise<GoodsNote[]> {
    return this.notesOf.ask(orderId, signal);
  }

  /**
   * Whether a product is counted in stock: only then it is received (goods-in-note POST). It is kept as long as other
   * master data. A product that is not found counts as one: Brightpearl itself then says what is wrong.
   */
  async stockTracked(productId: number): Promise<boolean> {
    const now = this.surroundings.elapsed();
    const known = this.tracked.get(productId);
    const fresh = known !== undefined && now - known.readAt < this.settings.masterMinutes * 60_000;
    const value = fresh ? known.value : this.products.ask(productId);
    if (!fresh) {
      if (this.tracked.size >= MOST_KEPT) this.tracked.clear();
      this.tracked.set(productId, { readAt: now, value });
      // What could not be read is asked for again.
      value.catch(() => {
        if (this.tracked.get(productId)?.value === value) this.tracked.delete(productId);
      });
    }
    return (await value) ?? true;
  }

  /** The documents that carry a unique key: none or one. */
  async ofKey(externalRef: string, instanceId: number, signal?: AbortSignal): Promise<number[]> {
    const rows = await this.client.search(
      () =>
        searchPath('/order-service/order-search', {
          externalRef,
          installedIntegrationInstanceId: instanceId,
        }),
      signal,
    );
    return rows.flatMap((row) => idOf(row, 'orderId') ?? []);
  }

  private async salesOrders(filters: Record<string, string>, signal?: AbortSignal): Promise<number[]> {
    const rows = await this.client.search(
      () => searchPath('/order-service/sales-order-search', filters),
      signal,
    );
    return this.originals(rows);
  }

  /** Numbers of the orders that were sold: replacements that this pack made carry the same customer reference. */
  private originals(rows: readonly SearchRow[]): number[] {
    return rows.flatMap((row) =>
      isReplacement(row, this.settings.instanceId) ? [] : (idOf(row, 'salesOrderId') ?? []),
    );
  }

  private async findByReferences(take: () => readonly string[]): Promise<number[][]> {
    let asked: readonly string[] = [];
    const rows = await this.client.search(() => {
      asked = take();
      if (asked.length === 0) return null;
      return searchPath('/order-service/sales-order-search', { customerRefs: [...new Set(asked)].join(',') });
    });
    const byReference = group(rows, (row) => String(row['customerRef'] ?? '').toLowerCase());
    return asked.map((reference) => this.originals(byReference.get(reference.toLowerCase()) ?? []));
  }

  private async readByIds<T>(
    take: () => readonly number[],
    resource: string,
    read: (raw: Record<string, unknown>) => T,
  ): Promise<(T | null | Error)[]> {
    let asked: readonly number[] = [];
    const found = await this.client.list(() => {
      asked = take();
      return asked.length === 0 ? null : `${resource}/${idSet(asked)}`;
    });
    const byId = new Map(found.map((raw) => [numberIn(raw, 'id'), raw]));
    return asked.map((id) => {
      const raw = byId.get(id);
      if (!raw) return null;
      try {
        return read(raw);
      } catch (thrown) {
        // One order that cannot be read must not hold up the others that were asked for with it (R8).
        return thrown as Error;
      }
    });
  }

  private async findCreditsOf(take: () => readonly number[]): Promise<Child[][]> {
    let asked: readonly number[] = [];
    const rows = await this.client.search(() => {
      asked = take();
      if (asked.length === 0) return null;
      return searchPath('/order-service/order-search', {
        parentOrderId: idSet(asked),
        orderTypeId: SALES_CREDIT,
      });
    });
    const byParent = group(rows, (row) => idOf(row, 'parentOrderId') ?? 0);
    return asked.map((parentId) =>
      (byParent.get(parentId) ?? []).flatMap((row) => {
        const id = idOf(row, 'orderId');
        if (id === null) return [];
        const externalRef = String(row['externalRef'] ?? '');
        return [{ id, parentId, externalRef, instanceId: idOf(row, 'installedIntegrationInstanceId') }];
      }),
    );
  }

  private async findNotesOf(take: () => readonly number[]): Promise<GoodsNote[][]> {
    let asked: readonly number[] = [];
    const answer = await this.client.read(() => {
      asked = take();
      return asked.length === 0 ? null : `/warehouse-service/order/${idSet(asked)}/goods-note/goods-in`;
    });
    const notes = readGoodsNotes(answer);
    return asked.map((orderId) => notes.filter((note) => note.orderId === orderId));
  }

  private async findPaymentsOf(take: () => readonly number[]): Promise<PaymentRow[][]> {
    let asked: readonly number[] = [];
    const rows = await this.client.search(() => {
      asked = take();
      if (asked.length === 0) return null;
      return searchPath('/accounting-service/customer-payment-search', { orderId: idSet(asked) });
    });
    const byOrder = group(rows, (row) => idOf(row, 'orderId') ?? 0);
    return asked.map((orderId) =>
      (byOrder.get(orderId) ?? []).map((row) => ({
        id: idOf(row, 'paymentId') ?? 0,
        orderId,
        type: textIn(row, 'paymentType'),
        method: textIn(row, 'paymentMethodCode'),
        amount: textIn(row, 'amountPaid') || '0',
        currency: textIn(row, 'currencyCode'),
        transactionRef: textIn(row, 'transactionRef'),
      })),
    );
  }
}

/** Type of an order in searches (order-type GET). */
const SALES_CREDIT = 3;

function group<Key>(rows: readonly SearchRow[], keyOf: (row: SearchRow) => Key): Map<Key, SearchRow[]> {
  const groups = new Map<Key, SearchRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = groups.get(key);
    if (known) known.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
