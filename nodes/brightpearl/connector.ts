import type { ErpConnector, ErpItem, ItemCandidate } from '../returns/erp-connector';
import type { SaleAnswer } from '../returns/erp-sale';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import { asLedgerError } from '../returns/failure';
import type { WaitLimits } from '../returns/failure-policy';
import { negateMoney } from '../returns/money';
import type { TargetKind } from '../returns/mapping-tables';
import { instantOf } from '../returns/time';
import { ConnectionGate } from '../runtime/connection-gate';
import type { ConnectionTestResult } from '../runtime/connection-test';
import type { HttpSend } from '../runtime/http';
import type { Surroundings } from '../runtime/retry';
import type { ReturnsStore } from '../store/store';
import { BrightpearlClient } from './client';
import { creditReferences } from './credit-check';
import { BrightpearlDirectory } from './directory';
import type { ExchangePolicy } from './exchange-body';
import { createExchangeOrder, type ExchangeOutcome } from './exchange-order';
import { bookGoodsIn, type GoodsInOutcome } from './goods-in';
import type { BrightpearlParts } from './parts';
import type { CreditPolicy } from './policy';
import { closedUntil } from './posting-day';
import { BrightpearlProducts } from './products';
import type { GoodsInPolicy } from './put-away';
import { BrightpearlReader } from './reader';
import { existingIn } from './mapping-targets';
import { findSale } from './sale';
import { createSalesCredit, CREDIT_KIND, SYSTEM, type CreditOutcome } from './sales-credit';
import type { BrightpearlSettings, TokenOf } from './settings';

export interface BrightpearlConnectorParts {
  settings: BrightpearlSettings;
  tokens: TokenOf;
  http: HttpSend;
  surroundings: Surroundings;
  connectionId: string;
  /** Brightpearl answers again after an outage. */
  onRecovered?: () => void;
}

/** One Brightpearl account behind the interface that the flow nodes know, and the documents of its own nodes. */
export class BrightpearlConnector implements ErpConnector {
  readonly system = SYSTEM;
  readonly label: string;
  readonly connectionId: string;
  readonly client: BrightpearlClient;
  readonly reader: BrightpearlReader;
  readonly directory: BrightpearlDirectory;
  readonly products: BrightpearlProducts;
  private readonly gate: ConnectionGate;

  constructor(private readonly parts: BrightpearlConnectorParts) {
    const { settings, tokens, http, surroundings } = parts;
    this.label = `Brightpearl, account ${settings.account}`;
    this.connectionId = parts.connectionId;
    this.gate = new ConnectionGate({
      label: 'Brightpearl',
      concurrency: settings.concurrency,
      callsPerMinute: settings.callsPerMinute,
      surroundings,
      ...(parts.onRecovered ? { onRecovered: parts.onRecovered } : {}),
    });
    this.client = new BrightpearlClient(settings, tokens, http, surroundings, this.gate);
    this.reader = new BrightpearlReader(this.client, settings, surroundings);
    this.directory = new BrightpearlDirectory(this.client, settings, surroundings);
    this.products = new BrightpearlProducts(this.client, surroundings.clock);
  }

  /** How waits and limits of failed calls and of locked orders are set. */
  get waitLimits(): WaitLimits {
    const { retryFirstSeconds, retryHours, stateFirstMinutes, stateHours } = this.parts.settings;
    return {
      firstMs: retryFirstSeconds * 1000,
      limitMs: retryHours * 3_600_000,
      stateFirstMs: stateFirstMinutes * 60_000,
      stateLimitMs: stateHours * 3_600_000,
    };
  }

  /** HTTP calls made so far: what the vendor's throttle counts. */
  get calls(): number {
    return this.client.calls;
  }

  /** Of these, the calls that a return costs: a SKU is looked up once in its time, however many returns name it. */
  get callsForReturns(): number {
    return this.client.calls - this.products.lookUps;
  }

  /** Calls a minute that are ours, after what other apps take of the account's pool. */
  get callsPerMinute(): number {
    return this.gate.callsPerMinute ?? this.parts.settings.callsPerMinute;
  }

  get settings(): BrightpearlSettings {
    return this.parts.settings;
  }

  findItems(skus: readonly string[], signal?: AbortSignal): Promise<Map<string, ErpItem>> {
    return this.products.find(skus, signal);
  }

  eachItem(signal?: AbortSignal): AsyncIterable<readonly ErpItem[]> {
    return this.products.each(signal);
  }

  findCandidates(sku: string, signal?: AbortSignal): Promise<ItemCandidate[]> {
    return this.products.candidates(sku, signal);
  }

  /** As the sales credits of the account count it: both read one lock. */
  async closedUntil(): Promise<string | null> {
    return closedUntil(await this.directory.periodLock(), null);
  }

  findSale(event: ReturnEvent, signal?: AbortSignal, orderNumber?: string): Promise<SaleAnswer> {
    const { reader, directory } = this;
    const number = orderNumber ?? event.order.number ?? '';
    return findSale(event, number, { reader, directory, settings: this.parts.settings }, signal);
  }

  existing(kind: TargetKind, values: readonly string[]): Promise<ReadonlySet<string> | null> {
    return existingIn(kind, values, this.directory);
  }

  async findPostings(reference: string, signal?: AbortSignal): Promise<PostedDocument[]> {
    const { settings, surroundings } = this.parts;
    const ids = await this.reader.ofKey(reference, settings.instanceId, signal);
    const credits = await Promise.all(ids.map((id) => this.reader.credit(id, signal)));
    return credits.flatMap((credit): PostedDocument[] => {
      if (!credit) return [];
      return [
        {
          system: SYSTEM,
          kind: CREDIT_KIND,
          number: String(credit.id),
          id: String(credit.id),
          references: { ...creditReferences(credit), reference, salesOrder: String(credit.parentId ?? '') },
          status: credit.cancelled ? 'cancelled' : credit.invoice,
          amount: negateMoney(credit.gross),
          postedAt: instantOf(surroundings.clock),
        },
      ];
    });
  }

  /** Creates or finds the sales credit of a return. */
  createSalesCredit(
    event: ReturnEvent,
    policy: CreditPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<CreditOutcome> {
    // Returns of one order are credited one after another: each must see what the others took of a row.
    const name = `${this.connectionId}/order/${event.order.number ?? ''}`;
    return store.exclusive(name, () => createSalesCredit(event, policy, this.with(store), signal), signal);
  }

  /** What the documents of this account are made with. */
  with(store: ReturnsStore): BrightpearlParts {
    const { client, reader, directory, products, connectionId } = this;
    const { settings, surroundings } = this.parts;
    return { client, reader, directory, products, settings, connectionId, store, surroundings };
  }

  /** The Test connection button: identity, permissions, statuses and the unique key. Stops at the first that fails. */
  async testConnection(): Promise<ConnectionTestResult> {
    const checks: { ok: boolean; text: string }[] = [];
    const { settings } = this.parts;
    try {
      const statuses = await this.directory.statuses();
      checks.push({ ok: true, text: `Signed in to account ${settings.account}.` });
      const [codes, warehouses, methods] = await Promise.all([
        this.directory.taxCodes(),
        this.directory.warehouses(),
        this.directory.paymentMethods(),
      ]);
      checks.push({
        ok: codes.size > 0,
        text: `${codes.size} tax codes, ${warehouses.size} warehouses and ${methods.size} payment methods can be read.`,
      });
      await this.products.find(['returns-ledger-test']);
      checks.push({ ok: true, text: 'Products and orders can be searched.' });
      const lock = await this.directory.periodLock();
      checks.push({
        ok: true,
        text: lock === null ? 'No accounting period is locked.' : `The books are closed until ${lock.until}.`,
      });
      const unknown = [...settings.lockedStatuses, ...settings.cancelledStatuses].filter(
        (entry) =>
          ![...statuses.values()].some(
            ({ id, name }) => String(id) === entry || name.toLowerCase() === entry.toLowerCase(),
          ),
      );
      checks.push(
        unknown.length === 0
          ? { ok: true, text: 'The statuses that are named here exist.' }
          : { ok: false, text: `The account has no order status ${unknown.join(', ')}.` },
      );
      if (settings.instanceId === 0) checks.push({ ok: false, text: NO_INSTANCE });
    } catch (thrown) {
      const error = asLedgerError(thrown);
      const refused = error.class === 'auth';
      checks.push({ ok: false, text: refused ? `${error.message} ${PERMISSIONS}` : error.message });
    }
    const failed = checks.find((check) => !check.ok);
    return { ok: !failed, message: failed?.text ?? `${this.label}: connected.`, checks };
  }

  /** Books the goods of a return in on its sales credit. */
  bookGoodsIn(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: GoodsInPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<GoodsInOutcome> {
    // Arrivals of one return are booked one after another: each must see what the others have booked.
    const name = `${this.connectionId}/goods-in/${returnKey(event)}`;
    return store.exclusive(name, () => bookGoodsIn(event, known, policy, this.with(store), signal), signal);
  }

  /** Creates or finds the replacement order of a return. */
  createExchangeOrder(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: ExchangePolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<ExchangeOutcome> {
    return createExchangeOrder(event, known, policy, this.with(store), signal);
  }
}

const NO_INSTANCE =
  'The installed integration instance ID is missing: without it Brightpearl has no unique key against a second credit.';

const PERMISSIONS =
  'Check the app reference and the token under App store > Private apps, and that the app or its member of staff may ' +
  'use orders, products, warehouses, accounting and contacts.';
