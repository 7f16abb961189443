import type { ErpItem, ItemCandidate } from '../../returns/erp-connector';
import type { SaleAnswer } from '../../returns/erp-sale';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { asLedgerError, type LedgerError } from '../../returns/failure';
import type { WaitLimits } from '../../returns/failure-policy';
import type { TargetKind } from '../../returns/mapping-tables';
import { instantOf } from '../../returns/time';
import type { ConnectionTestResult } from '../../runtime/connection-test';
import type { ReturnsStore } from '../../store/store';
import { D365Client } from './client';
import { GatheredCalls, type ReturnOrderCalls } from './gathered-calls';
import { FscmEnvironment } from './environment';
import { EnvironmentFields } from './environment-fields';
import { D365Items } from './items';
import { D365Orders } from './orders';
import {
  SYSTEM,
  type ArrivalPolicy,
  type CreditedReturn,
  type CreditNotePolicy,
  type D365Connector,
  type ExchangePolicy,
  type PostedDocuments,
  type RefundPolicy,
  type ReturnOrderOutcome,
  type ReturnOrderPolicy,
} from '../documents';
import { gateOf, sideBySide, waitLimitsOf, type ConnectorParts } from '../connector-parts';
import { createExchange } from './exchange-order';
import { receiveTogether } from './arrival-package';
import { receiveGoods } from './item-arrival';
import { postCredit } from './credit-note';
import { bookRefund } from './refund';
import { refundTogether } from './refund-package';
import type { NamesOf } from './names';
import type { FscmParts } from './parts';
import { closedUntil, FscmPeriods } from './periods';
import { PostingRoute } from './posting-route';
import { createReturnOrder } from './return-order';
import { postedReturnOrder, returnOrdersPath } from './return-order-rows';
import { textOf } from './rows';
import { existingIn } from './mapping-targets';
import { findSale } from './sale';
import { D365Units } from './units';
import { createTokenSource } from '../token';

/** Finance & Supply Chain Management behind the interface that the flow nodes know, and the documents of its own nodes. */
export class FscmConnector implements D365Connector {
  readonly system = SYSTEM;
  readonly product = 'fscm';
  readonly label: string;
  readonly connectionId: string;
  private readonly client: D365Client;
  private readonly items: D365Items;
  /** When the doubt about an intent began, on a clock that nobody can set. */
  private readonly doubts = new Map<string, number>();
  private readonly environment: FscmEnvironment;
  private readonly route: PostingRoute;
  private readonly periods: FscmPeriods;
  private readonly units: D365Units;
  private readonly fields: EnvironmentFields;

  constructor(private readonly parts: ConnectorParts) {
    const { settings, clientSecret, http, surroundings } = parts;
    const tokens = createTokenSource(settings, clientSecret, http, surroundings);
    this.label = `Dynamics 365 Finance & SCM, company ${settings.company}`;
    this.connectionId = parts.connectionId;
    const gate = gateOf('Dynamics 365', settings, parts);
    this.client = new D365Client(settings, tokens, http, surroundings, gate);
    this.environment = new FscmEnvironment(this.client, settings.company);
    this.route = new PostingRoute(this.client, settings);
    this.periods = new FscmPeriods(this.client, settings.company, surroundings.clock);
    this.items = new D365Items(this.client, settings.company, surroundings.clock);
    const unitsReady = (signal?: AbortSignal): Promise<void> => this.ready(signal, 'units');
    this.units = new D365Units(this.client, settings.eachUnit, surroundings.clock, unitsReady);
    this.fields = new EnvironmentFields(this.client);
  }

  readonly goodsWithCredit = false;

  get postingWay(): string {
    return this.parts.settings.posting === 'service' ? 'posting service' : 'batch jobs';
  }

  /** How waits and limits of failed calls, and of documents that are not posted yet, are set. */
  get waitLimits(): WaitLimits {
    return waitLimitsOf(this.parts.settings);
  }

  /** HTTP calls made so far. */
  get calls(): number {
    return this.client.calls;
  }

  findItems(skus: readonly string[], signal?: AbortSignal): Promise<Map<string, ErpItem>> {
    return this.items.find(skus, signal);
  }

  eachItem(signal?: AbortSignal): AsyncIterable<readonly ErpItem[]> {
    return this.items.each(signal);
  }

  findCandidates(sku: string, signal?: AbortSignal): Promise<ItemCandidate[]> {
    return this.items.candidates(sku, signal);
  }

  findSale(event: ReturnEvent, signal?: AbortSignal, orderNumber?: string): Promise<SaleAnswer> {
    const number = orderNumber ?? event.order.number ?? '';
    const { client, units } = this;
    const ready = (of: NamesOf, until?: AbortSignal): Promise<void> => this.ready(until, of);
    return findSale(event, number, { client, settings: this.parts.settings, units, ready }, signal);
  }

  existing(
    kind: TargetKind,
    values: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlySet<string> | null> {
    return existingIn(kind, values, this.client, this.parts.settings, signal);
  }

  /**
   * The last day up to which the books of the company are closed (R163); null where they are open, or where the environment
   * does not tell: a credit note then says so, and what needs no period goes on.
   */
  async closedUntil(signal?: AbortSignal): Promise<string | null> {
    const today = instantOf(this.parts.surroundings.clock).slice(0, 10);
    try {
      return closedUntil(await this.periods.read(signal), today);
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (error.code === 'd365-periods-missing' || error.code === 'd365-not-found') return null;
      throw error;
    }
  }

  async findPostings(reference: string, signal?: AbortSignal): Promise<PostedDocument[]> {
    const { company } = this.parts.settings;
    const [rows = []] = await this.client.readTogether([returnOrdersPath(company, reference)], signal);
    const postedAt = instantOf(this.parts.surroundings.clock);
    return rows.map((row) =>
      postedReturnOrder(row, {
        number: textOf(row, 'ReturnOrderNumber'),
        amount: null,
        references: { reference, company },
        postedAt,
      }),
    );
  }

  /** Creates or finds the return order of a return; checks the environment's names before the first one. */
  async createReturnOrder(
    event: ReturnEvent,
    policy: ReturnOrderPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<ReturnOrderOutcome> {
    await this.ready(signal);
    return this.oneReturnOrder(event, policy, store, this.client, signal);
  }

  /**
   * The same for many returns with few calls: each step of all of them is one `$batch`. Each has its own intent, look-up
   * and outcome; what failed for one is the answer of that one. Throws only where nothing could be begun.
   */
  async createReturnOrders(
    events: readonly ReturnEvent[],
    policy: ReturnOrderPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<(ReturnOrderOutcome | LedgerError)[]> {
    await this.ready(signal);
    const calls = new GatheredCalls(this.client, events.length, this.parts.surroundings, signal);
    return sideBySide(events, calls, (event, caller) =>
      this.oneReturnOrder(event, policy, store, caller, signal),
    );
  }

  private oneReturnOrder(
    event: ReturnEvent,
    policy: ReturnOrderPolicy,
    store: ReturnsStore,
    client: ReturnOrderCalls,
    signal?: AbortSignal,
  ): Promise<ReturnOrderOutcome> {
    const { settings, surroundings, connectionId } = this.parts;
    const orders = new D365Orders(client, settings);
    const { units, fields, doubts } = this;
    const ready = (of: NamesOf, until?: AbortSignal): Promise<void> => this.ready(until, of);
    const known = { units, fields, ready };
    const parts = { client, orders, settings, connectionId, store, surroundings, doubts, ...known };
    // Returns of one order are made one after another: each must see what the others took of a line.
    const name = `${connectionId}/order/${event.order.number ?? ''}`;
    return store.exclusive(name, () => createReturnOrder(event, policy, parts, signal), signal);
  }

  /** Registers the goods of a return. */
  receiveGoods(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: ArrivalPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments> {
    return this.document('arrival', event, store, signal, (parts) =>
      receiveGoods(event, known, policy, parts, signal),
    );
  }

  /** Registers the goods of many returns with few calls; their journals go in with one data package. */
  async receiveGoodsTogether(
    events: readonly ReturnEvent[],
    policy: ArrivalPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<(PostedDocuments | LedgerError)[]> {
    await Promise.all([this.ready(signal), this.ready(signal, 'arrival')]);
    const lock = (event: ReturnEvent): string => this.lockOf('arrival', event);
    return receiveTogether(events, policy, this.with(store), lock, signal);
  }

  /** Posts the credit note of a return. */
  postCredit(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: CreditNotePolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments> {
    return this.document('credit', event, store, signal, (parts) =>
      postCredit(event, known, policy, parts, signal),
    );
  }

  /** Books the refund of a credit. */
  bookRefund(
    event: ReturnEvent,
    credits: readonly PostedDocument[],
    policy: RefundPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments> {
    return this.document('refund', event, store, signal, (parts) =>
      bookRefund(event, credits, policy, parts, signal),
    );
  }

  /** Books the refunds of many returns with few calls; their journals go in with one data package. */
  async bookRefundsTogether(
    credited: readonly CreditedReturn[],
    policy: RefundPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<(PostedDocuments | LedgerError)[]> {
    await Promise.all([this.ready(signal), this.ready(signal, 'refund')]);
    const lock = ({ event }: CreditedReturn): string => this.lockOf('refund', event);
    return refundTogether(credited, policy, this.with(store), lock, signal);
  }

  /** Creates or finds the replacement order of a return. */
  createExchange(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: ExchangePolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments> {
    return this.document('exchange', event, store, signal, (parts) =>
      createExchange(event, known, policy, parts, signal),
    );
  }

  /** One document of a return: its names are checked before the first, and those of one return are made one by one. */
  private async document<Result>(
    of: NamesOf,
    event: ReturnEvent,
    store: ReturnsStore,
    signal: AbortSignal | undefined,
    work: (parts: FscmParts) => Promise<Result>,
  ): Promise<Result> {
    await Promise.all([this.ready(signal), this.ready(signal, of)]);
    return store.exclusive(this.lockOf(of, event), () => work(this.with(store)), signal);
  }

  private lockOf(of: NamesOf, event: ReturnEvent): string {
    return `${this.connectionId}/${of}/${returnKey(event)}`;
  }

  /** What the documents of this connection are made with. */
  with(store: ReturnsStore): FscmParts {
    const { client, route, periods, connectionId, doubts, items, units, fields } = this;
    const { settings, surroundings } = this.parts;
    const orders = new D365Orders(client, settings);
    const ready = (of: NamesOf, until?: AbortSignal): Promise<void> => this.ready(until, of);
    const known = { items, units, fields, ready };
    return { client, orders, route, periods, settings, connectionId, store, surroundings, doubts, ...known };
  }

  ready(signal?: AbortSignal, of?: NamesOf): Promise<void> {
    return this.environment.ready(signal, of);
  }

  testConnection(signal?: AbortSignal): Promise<ConnectionTestResult> {
    return this.environment.test(this.label, signal);
  }
}
