import type { ErpItem, ItemCandidate } from '../../returns/erp-connector';
import type { SaleAnswer } from '../../returns/erp-sale';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import type { WaitLimits } from '../../returns/failure-policy';
import type { TargetKind } from '../../returns/mapping-tables';
import { negateMoney } from '../../returns/money';
import { instantOf } from '../../returns/time';
import type { ConnectionTestResult } from '../../runtime/connection-test';
import type { ReturnsStore } from '../../store/store';
import { gateOf, sideBySide, testSteps, waitLimitsOf, type ConnectorParts } from '../connector-parts';
import {
  KINDS,
  SYSTEM,
  type ArrivalPolicy,
  type CreditNotePolicy,
  type D365Connector,
  type ExchangePolicy,
  type PostedDocuments,
  type RefundPolicy,
  type ReturnOrderOutcome,
  type ReturnOrderPolicy,
} from '../documents';
import { describeMissing, missingOf } from '../fscm/metadata';
import { eq, quoted } from '../fscm/odata';
import { textOf, type D365Row } from '../fscm/rows';
import { createTokenSource } from '../token';
import { BcClient } from './client';
import { postCredit } from './credit-note';
import { createExchange } from './exchange-order';
import { numberPrefix } from './external-number';
import { GatheredCalls } from './gathered-calls';
import { BcItems } from './items';
import { existingIn } from './mapping-targets';
import { BC_NAMES, BC_ORDER_NAMES } from './names';
import type { BcParts } from './parts';
import { PublishedServices } from './published';
import { closedUntil } from './posting-day';
import { setPath } from './query';
import { bookRefund } from './refund';
import { takeGoods } from './take-goods';
import { createReturnOrder } from './return-order';
import { findSale } from './sale';
import { amountIn, statusOf } from './sales';
import { BC_ADDRESS } from './settings';

const REFUSED =
  'Business Central refused the application: enter the client ID there on the page Microsoft Entra Applications, set its ' +
  'State to Enabled, and give it permission sets for sales, items and ledger entries (SUPER cannot be given to applications).';

/** Business Central behind the interface that the flow nodes know, and the documents of the D365 nodes. */
export class BusinessCentralConnector implements D365Connector {
  readonly system = SYSTEM;
  readonly product = 'bc';
  readonly label: string;
  readonly connectionId: string;
  readonly postingWay: string;
  readonly goodsWithCredit: boolean;
  private readonly client: BcClient;
  private readonly items: BcItems;
  private readonly services: PublishedServices;
  /** When the doubt about a document began, on a clock that nobody can set. */
  private readonly doubts = new Map<string, number>();
  private checked: Promise<void> | undefined;

  constructor(private readonly parts: ConnectorParts) {
    const { settings, clientSecret, http, surroundings } = parts;
    // One scope for every environment (`reference/dynamics365.md` B1).
    const signIn = { ...settings, environmentUrl: BC_ADDRESS, tokenVersion: 'v2' as const };
    const tokens = createTokenSource(signIn, clientSecret, http, surroundings);
    this.goodsWithCredit = settings.bcRoute !== 'return-order';
    this.postingWay = this.goodsWithCredit ? 'credit memos' : 'return orders';
    this.label = `Dynamics 365 Business Central, company ${settings.company}`;
    this.connectionId = parts.connectionId;
    const { bcConcurrency: concurrency, bcCallsPerMinute: callsPerMinute } = settings;
    const gate = gateOf('Business Central', { concurrency, callsPerMinute }, parts);
    this.client = new BcClient(settings, tokens, http, surroundings, gate);
    this.services = new PublishedServices(this.client, settings);
    this.items = new BcItems(this.client, surroundings.clock);
  }

  /** How waits and limits of failed calls, and of drafts in approval, are set. */
  get waitLimits(): WaitLimits {
    return waitLimitsOf(this.parts.settings);
  }

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
    const { client, services } = this;
    return findSale(event, number, { client, settings: this.parts.settings, services }, signal);
  }

  existing(
    kind: TargetKind,
    values: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlySet<string> | null> {
    return existingIn(kind, values, this.client, signal);
  }

  /** Credit memos that bear our reference: what is posted is a credit note, a draft stands for the return order. */
  async findPostings(reference: string, signal?: AbortSignal): Promise<PostedDocument[]> {
    const number = numberPrefix(reference);
    const filter =
      'exact' in number
        ? eq('externalDocumentNumber', number.exact)
        : `startswith(externalDocumentNumber,${quoted(number.startsWith)})`;
    const [rows = []] = await this.client.readTogether([setPath('salesCreditMemos', { filter })], signal);
    return rows.map((row) => this.postedMemo(row, reference));
  }

  private postedMemo(row: D365Row, reference: string): PostedDocument {
    const status = statusOf(row);
    const draft = status === 'Draft' || status === 'In Review';
    const { company } = this.parts.settings;
    return {
      system: SYSTEM,
      kind: draft ? KINDS.returnOrder : KINDS.creditNote,
      number: textOf(row, 'number'),
      id: textOf(row, 'id'),
      references: { reference, external: textOf(row, 'externalDocumentNumber'), company },
      status: status || null,
      amount: negateMoney(amountIn(row, 'totalAmountIncludingTax', textOf(row, 'currencyCode'))),
      postedAt: instantOf(this.parts.surroundings.clock),
    };
  }

  /** The last day of the closed accounting periods; the range of allowed posting dates cannot be read (B4). */
  async closedUntil(signal?: AbortSignal): Promise<string | null> {
    return closedUntil(await this.client.list(setPath('accountingPeriods'), signal));
  }

  /** Creates or finds the draft credit memo of a return; checks the environment's names before the first one. */
  async createReturnOrder(
    event: ReturnEvent,
    policy: ReturnOrderPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<ReturnOrderOutcome> {
    await this.ready(signal);
    return this.oneReturnOrder(event, policy, this.with(store), signal);
  }

  private oneReturnOrder(
    event: ReturnEvent,
    policy: ReturnOrderPolicy,
    parts: BcParts,
    signal?: AbortSignal,
  ): Promise<ReturnOrderOutcome> {
    // Returns of one order are made one after another: each must see what the others took of a line.
    const name = `${this.connectionId}/order/${event.order.number ?? ''}`;
    return parts.store.exclusive(name, () => createReturnOrder(event, policy, parts, signal), signal);
  }

  /** The same for many returns: side by side, each step of all of them in batches. */
  async createReturnOrders(
    events: readonly ReturnEvent[],
    policy: ReturnOrderPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<(ReturnOrderOutcome | LedgerError)[]> {
    await this.ready(signal);
    const gathered = new GatheredCalls(this.client, events.length, this.parts.surroundings, signal);
    return sideBySide(events, gathered, (event, { calls }) =>
      this.oneReturnOrder(event, policy, { ...this.with(store), client: calls }, signal),
    );
  }

  /**
   * Goods of a return order are received on it. For drafts of credit memos nothing is posted: posting the credit takes them
   * in. Goods that nobody announced are announced here, where the policy says so (R14, R106); rejected ones are kept off.
   */
  receiveGoods(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: ArrivalPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments> {
    return this.document('credit', event, store, signal, (parts) =>
      takeGoods(event, known, policy, parts, signal, (announced) =>
        this.createReturnOrder(event, announced, store, signal),
      ),
    );
  }

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

  bookRefund(
    event: ReturnEvent,
    credits: readonly PostedDocument[],
    _policy: RefundPolicy,
    store: ReturnsStore,
  ): Promise<PostedDocuments> {
    return bookRefund(event, credits, { store });
  }

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

  /** What changes the same documents of one return is done one after the other. */
  private async document<Result>(
    of: 'credit' | 'exchange',
    event: ReturnEvent,
    store: ReturnsStore,
    signal: AbortSignal | undefined,
    work: (parts: BcParts) => Promise<Result>,
  ): Promise<Result> {
    await this.ready(signal);
    const name = `${this.connectionId}/${of}/${returnKey(event)}`;
    return store.exclusive(name, () => work(this.with(store)), signal);
  }

  private with(store: ReturnsStore): BcParts {
    const { client, services, connectionId, doubts } = this;
    const { settings, surroundings } = this.parts;
    return { client, services, settings, connectionId, store, surroundings, doubts };
  }

  /** Throws where the company or names that are used are not there; asked once, then remembered. */
  ready(signal?: AbortSignal): Promise<void> {
    this.checked ??= this.check(signal).catch((thrown: unknown) => {
      this.checked = undefined;
      throw thrown;
    });
    return this.checked;
  }

  /** Names of the API that the route of this connection uses. */
  private get wanted(): Readonly<Record<string, readonly string[]>> {
    return this.parts.settings.bcRoute === 'return-order' ? { ...BC_NAMES, ...BC_ORDER_NAMES } : BC_NAMES;
  }

  private async check(signal?: AbortSignal): Promise<void> {
    const [xml] = await Promise.all([this.client.metadata(signal), this.client.companyId(signal)]);
    const sentence = describeMissing(missingOf(xml, this.wanted));
    if (sentence === null) return this.services.requireIn(this.parts.settings.bcRoute, signal);
    throw new LedgerError({ code: 'd365-names-missing', class: 'config', message: sentence });
  }

  /** The Test connection button: sign-in and company, names, what cannot be known. Stops at the first step that fails. */
  testConnection(signal?: AbortSignal): Promise<ConnectionTestResult> {
    const { company, bcRoute } = this.parts.settings;
    return testSteps(this.label, REFUSED, async (tell) => {
      await this.client.companyId(signal);
      tell({ ok: true, text: 'Signed in to Business Central.' });
      tell({ ok: true, text: `Company ${company} is there.` });
      const missing = describeMissing(missingOf(await this.client.metadata(signal), this.wanted));
      tell(
        missing === null
          ? { ok: true, text: 'All sets and fields are there.' }
          : { ok: false, text: missing },
      );
      if (bcRoute === 'return-order') {
        await this.services.requireReturnOrders(signal);
        tell({ ok: true, text: 'Everything that return orders need is published.' });
      }
      const closed = await this.closedUntil(signal);
      const until = closed === null ? 'No accounting period is closed' : `Books are closed until ${closed}`;
      tell({
        ok: true,
        text: `${until}. Which posting dates are allowed cannot be read; it shows when a credit is posted.`,
      });
    });
  }
}
