import assert from 'node:assert/strict';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import type { PostedDocuments, RefundPolicy } from '../../nodes/d365/documents';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { documentReference } from '../../nodes/runtime/document-reference';
import type { Surroundings } from '../../nodes/runtime/retry';
import type { D365SimulatorOptions } from '../../nodes/sandbox/d365/simulator-types';
import { addOrder, createWorld, type WorldOrder, type WorldPayment } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { D365Sandbox } from './d365-sandbox';
import { event, line } from './events';
import { BASE, httpTo } from './simulated-http';

export const POLICY: RefundPolicy = {
  mappings: null,
  methods: new Map([
    ['CARD', 'CARD'],
    ['GIFT', 'GIFT'],
  ]),
  route: 'journal',
  journalName: 'RETREFUND',
};

export interface SaleOptions {
  payments?: WorldPayment[];
}

/** Credits that are posted in the simulated Finance & SCM, and what refunds them. */
export class RefundBench {
  readonly waits: number[] = [];
  private returns = 0;

  private constructor(
    readonly erp: D365Sandbox,
    readonly store: ReturnsStore,
    readonly connector: FscmConnector,
    private readonly surroundings: Surroundings,
  ) {}

  static async open(
    options: Partial<D365SimulatorOptions> = {},
    settings: Partial<D365Settings> = {},
  ): Promise<RefundBench> {
    const erp = await D365Sandbox.open({ world: createWorld({ seed: 5, orders: 3 }), ...options });
    const { clock } = erp;
    const surroundings: Surroundings = {
      clock,
      elapsed: () => clock.at,
      random: () => 0.5,
      wait: (milliseconds) => {
        clock.at += milliseconds;
        return Promise.resolve();
      },
    };
    const connector = new FscmConnector({
      settings: d365SettingsSchema.parse({
        environmentUrl: BASE,
        authorityUrl: BASE,
        tenant: 't',
        clientId: 'c',
        company: 'usrt',
        posting: 'service',
        ...settings,
      }),
      clientSecret: 's',
      http: httpTo(erp.simulator),
      surroundings,
      connectionId: 'connection-1',
    });
    return new RefundBench(erp, await openMemoryStore(), connector, surroundings);
  }

  /** Another process on the same ERP: a connector of its own on the store given, or on a new one. */
  async another(settings: Partial<D365Settings> = {}, store?: ReturnsStore): Promise<RefundBench> {
    const connector = new FscmConnector({
      settings: d365SettingsSchema.parse({
        environmentUrl: BASE,
        authorityUrl: BASE,
        tenant: 't',
        clientId: 'c',
        company: 'usrt',
        posting: 'service',
        ...settings,
      }),
      clientSecret: 's',
      http: httpTo(this.erp.simulator),
      surroundings: this.surroundings,
      connectionId: 'connection-1',
    });
    return new RefundBench(this.erp, store ?? (await openMemoryStore()), connector, this.surroundings);
  }

  /** An order of the shop that is worth `minor`. */
  sale(minor: number, { payments }: SaleOptions = {}): WorldOrder {
    const order = addOrder(this.erp.world, { sku: this.erp.sku, quantity: 1, state: 'invoiced' });
    const [sold] = order.lines;
    assert.ok(sold);
    sold.priceMinor = minor;
    sold.amountMinor = minor;
    if (payments) order.payments = payments;
    this.erp.simulator.takeOver(order);
    return order;
  }

  /** A return of the order whose credit note is posted, each amount a line of its own. */
  async credited(
    order: WorldOrder,
    amounts: readonly number[],
    change: Partial<ReturnEvent> = {},
    beforeInvoice: (returnOrder: string) => void = () => undefined,
  ): Promise<{ of: ReturnEvent; credit: PostedDocument; returnOrder: string }> {
    this.returns += 1;
    const returnId = `HRRET${String(this.returns).padStart(4, '0')}`;
    const of = event({
      returnId,
      returnNumber: returnId,
      order: { number: order.number, id: order.id },
      lines: amounts.map((_, at) => line({ id: `L${at + 1}`, sku: this.erp.sku })),
      ...change,
    });
    const held = await this.erp.returnOrder(
      amounts.map((minor, at) => ({
        ReturnSalesQuantity: -1,
        SalesPrice: minor / 100,
        LineAmount: -minor / 100,
        ExternalItemNumber: `L${at + 1}`,
      })),
      {
        CustomerAccountNumber: order.customer,
        InvoiceCustomerAccountNumber: order.customer,
        CustomersOrderReference: documentReference(of),
        CustomerRequisitionNumber: order.salesOrderNumber,
        CurrencyCode: this.erp.world.currency,
      },
    );
    beforeInvoice(held.number);
    await this.erp.receive(held, { ItemQuantity: 1 });
    const posted = await this.erp.service('postReturnInvoice', { ReturnOrderNumber: held.number });
    assert.equal(posted.success, true, posted.messages);
    const note = this.erp.simulator.observer.creditNotes().find(({ number }) => number === posted.number);
    assert.ok(note);
    const credit = this.document(of, 'credit-note', note.number, Math.round(note.total * 100), {
      returnOrder: held.number,
      voucher: note.voucher,
    });
    await this.keep(of, credit);
    return { of, credit, returnOrder: held.number };
  }

  document(
    of: ReturnEvent,
    kind: string,
    number: string,
    minor: number,
    references: Record<string, string> = {},
  ): PostedDocument {
    return {
      system: 'd365',
      kind,
      number,
      id: null,
      references: { reference: documentReference(of), company: 'usrt', ...references },
      status: 'Posted',
      amount: money(minor, this.erp.world.currency),
      postedAt: new Date(this.erp.clock.at).toISOString(),
    };
  }

  /** Puts a document into the store, as the node that posted it does. */
  async keep(of: ReturnEvent, document: PostedDocument): Promise<void> {
    const now = new Date(this.erp.clock.at).toISOString();
    const key = returnKey(of);
    const intent = await this.store.beginIntent(
      {
        connectionId: 'connection-1',
        kind: document.kind,
        key: `${key}#${document.number}`,
        returnKey: key,
        reference: documentReference(of),
      },
      now,
    );
    await this.store.completeIntent(intent.intentId, document, now);
  }

  refund(
    of: ReturnEvent,
    credit: PostedDocument | readonly PostedDocument[],
    policy: Partial<RefundPolicy> = {},
  ): Promise<PostedDocuments> {
    const credits = 'number' in credit ? [credit] : credit;
    return this.connector.bookRefund(of, credits, { ...POLICY, ...policy }, this.store);
  }

  /** Lines of payment journals as `method amount reference`, posted ones only unless asked. */
  refunds(all = false): string[] {
    return this.erp.simulator.observer
      .refunds()
      .filter(({ posted }) => posted || all)
      .map(({ method, amount, paymentId }) =>
        [method, amount.toFixed(2), paymentId].filter((part) => part !== '').join(' '),
      );
  }

  /** Number of payment journals. */
  async journals(): Promise<number> {
    return (await this.erp.rows('CustomerPaymentJournalHeaders')).length;
  }

  /** A payment journal that a person makes. */
  async byHand(fields: Record<string, unknown>, post = true): Promise<string> {
    const made = await this.erp.created('CustomerPaymentJournalHeaders', {
      JournalName: 'CUSTPAY',
      Description: 'by hand',
    });
    const number = String(made['JournalBatchNumber']);
    await this.erp.created('CustomerPaymentJournalLines', { JournalBatchNumber: number, ...fields });
    if (post) {
      const { success, messages } = await this.erp.service('postPaymentJournal', {
        JournalBatchNumber: number,
      });
      assert.equal(success, true, messages);
    }
    return number;
  }
}

export const GIFT_AND_CARD: WorldPayment[] = [
  { tender: 'GIFT', type: 'GiftCard', reference: 'GC-REF-1', amountMinor: 3000 },
  { tender: 'CARD', type: 'CreditCard', reference: 'CARD-REF-2', amountMinor: 7000 },
];
