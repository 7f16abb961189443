import type { Books } from './books';
import { guidOf, type Change } from './records';
import { refuse } from './refusal';
import type { ObservedNotification, WebhookRequest } from './simulator-types';

export interface Subscription {
  subscriptionId: string;
  notificationUrl: string;
  /** As the caller gave it, for example `/api/v2.0/companies(…)/salesCreditMemos`. */
  resource: string;
  clientState: string;
  expiresAt: number;
  version: number;
}

type Deliver = (request: WebhookRequest) => Promise<{ status: number; body: string }>;

interface WebhookOptions {
  now: () => number;
  wait: (milliseconds: number) => Promise<void>;
  deliver: Deliver | undefined;
  retryDelaysMs: readonly number[];
  maxSubscriptions: number;
  booksOf: (companyId: string) => Books | undefined;
}

/** Sets that send notifications (B7). */
const SUPPORTED: ReadonlySet<string> = new Set([
  'accounts',
  'currencies',
  'customerPaymentJournals',
  'customers',
  'dimensions',
  'generalLedgerEntries',
  'items',
  'journals',
  'paymentMethods',
  'paymentTerms',
  'salesCreditMemos',
  'salesInvoices',
  'salesOrders',
  'shipmentMethods',
  'unitsOfMeasure',
]);

const THREE_DAYS_MS = 3 * 86_400_000;
/** The wait after the first change of an entity, and how many changes become one notification (B7). */
const DELAY_MS = 30_000;
const COLLECTION_FROM = 1000;

interface Pending {
  since: string;
  changes: Map<string, Change>;
}

/** Subscriptions and their notifications (B7). */
export class Webhooks {
  readonly subscriptions = new Map<string, Subscription>();
  readonly notifications: ObservedNotification[] = [];
  private readonly pending = new Map<string, Pending>();
  private readonly open = new Set<Promise<void>>();
  private made = 0;

  constructor(private readonly options: WebhookOptions) {}

  /** Registers a subscriber, once it has echoed the validation token. */
  async subscribe(given: {
    notificationUrl: unknown;
    resource: unknown;
    clientState: unknown;
  }): Promise<Subscription> {
    const { notificationUrl, resource, clientState = '' } = given;
    if (typeof notificationUrl !== 'string' || !/^https?:\/\//.test(notificationUrl)) {
      return refuse('subscriptionField', { field: 'notificationUrl' });
    }
    if (typeof clientState !== 'string' || clientState.length > 2048) {
      return refuse('subscriptionField', { field: 'clientState' });
    }
    const shown = typeof resource === 'string' ? resource : '';
    if (!this.parse(shown)) refuse('subscriptionResource', { resource: shown });
    this.expire();
    const { maxSubscriptions: limit } = this.options;
    if (this.subscriptions.size >= limit) refuse('subscriptionLimit', { limit });
    await this.handshake(notificationUrl);
    this.made += 1;
    const subscription: Subscription = {
      subscriptionId: guidOf(`subscription|${this.made}`).replaceAll('-', ''),
      notificationUrl,
      resource: shown,
      clientState,
      expiresAt: this.options.now() + THREE_DAYS_MS,
      version: 1,
    };
    this.subscriptions.set(subscription.subscriptionId, subscription);
    return subscription;
  }

  /** Renews for three days, with a handshake as at first. */
  async renew(subscription: Subscription): Promise<Subscription> {
    await this.handshake(subscription.notificationUrl);
    subscription.expiresAt = this.options.now() + THREE_DAYS_MS;
    subscription.version += 1;
    return subscription;
  }

  /** Forgets what has run out. */
  expire(): void {
    for (const [id, { expiresAt }] of this.subscriptions) {
      if (expiresAt <= this.options.now()) this.subscriptions.delete(id);
    }
  }

  /**
   * Notes a change; a change of a line is one of its document too, whose totals follow. Notifications are sent half a
   * minute later.
   */
  announce(books: Books, set: string, id: string, change: Change): void {
    if (!SUPPORTED.has(set)) return;
    this.expire();
    for (const subscription of this.subscriptions.values()) {
      const wanted = this.parse(subscription.resource);
      if (wanted?.set !== set || wanted.books !== books) continue;
      this.note(subscription, id, change);
    }
  }

  pendingWork(): readonly Promise<void>[] {
    return [...this.open];
  }

  private note(subscription: Subscription, id: string, change: Change): void {
    const { subscriptionId } = subscription;
    const held = this.pending.get(subscriptionId);
    const pending = held ?? {
      since: new Date(this.options.now()).toISOString(),
      changes: new Map<string, Change>(),
    };
    const before = pending.changes.get(id);
    pending.changes.set(id, before === 'created' && change === 'updated' ? 'created' : change);
    if (held) return;
    this.pending.set(subscriptionId, pending);
    const work = this.options.wait(DELAY_MS).then(() => this.send(subscription));
    this.open.add(work);
    void work.finally(() => this.open.delete(work));
  }

  private async send(subscription: Subscription): Promise<void> {
    const { subscriptionId } = subscription;
    const pending = this.pending.get(subscriptionId);
    this.pending.delete(subscriptionId);
    const { deliver } = this.options;
    if (!pending || !deliver || !this.subscriptions.has(subscriptionId)) return;
    const changes = this.changesOf(subscription, pending);
    const notification: ObservedNotification = { subscriptionId, changes, answers: [], outcome: 'open' };
    this.notifications.push(notification);
    const lastModifiedDateTime = new Date(this.options.now()).toISOString();
    const body = JSON.stringify({
      value: changes.map(({ changeType, resource }) => ({
        subscriptionId,
        clientState: subscription.clientState,
        expirationDateTime: new Date(subscription.expiresAt).toISOString(),
        resource,
        changeType,
        lastModifiedDateTime,
      })),
    });
    await this.tryUntilTaken(subscription, notification, body, deliver);
  }

  private changesOf(
    { resource }: Subscription,
    { since, changes }: Pending,
  ): ObservedNotification['changes'] {
    const path = resource.replace(/^\//, '');
    if (changes.size > COLLECTION_FROM) {
      return [{ changeType: 'collection', resource: `${path}?$filter=lastModifiedDateTime%20gt%20${since}` }];
    }
    return [...changes].map(([id, changeType]) => ({ changeType, resource: `${path}(${id})` }));
  }

  /** Tries again after 408, 429 and 5xx; any other failure ends the subscription (B7). No answer counts as 5xx [I]. */
  private async tryUntilTaken(
    subscription: Subscription,
    notification: ObservedNotification,
    body: string,
    deliver: Deliver,
  ): Promise<void> {
    const delays = [...this.options.retryDelaysMs];
    for (;;) {
      const headers = { 'content-type': 'application/json' };
      const { status } = await deliver({ url: subscription.notificationUrl, headers, body }).catch(() => ({
        status: 0,
      }));
      notification.answers.push(status);
      if (status >= 200 && status < 300) {
        notification.outcome = 'delivered';
        return;
      }
      if (status !== 0 && status !== 408 && status !== 429 && status < 500) {
        this.subscriptions.delete(subscription.subscriptionId);
        notification.outcome = 'subscription-deleted';
        return;
      }
      const delay = delays.shift();
      if (delay === undefined) {
        notification.outcome = 'given-up';
        return;
      }
      await this.options.wait(delay);
    }
  }

  private async handshake(notificationUrl: string): Promise<void> {
    const { deliver } = this.options;
    const token = guidOf(`validation|${this.made}|${this.options.now()}`);
    const joint = notificationUrl.includes('?') ? '&' : '?';
    const url = `${notificationUrl}${joint}validationToken=${token}`;
    const answer = await deliver?.({ url, headers: {}, body: '' }).catch(() => undefined);
    if (answer?.status !== 200 || answer.body !== token) refuse('subscriptionHandshake');
  }

  private parse(resource: string): { set: string; books: Books } | null {
    const match = /^\/?(?:api\/)?v2\.0\/companies\(([0-9a-f-]{36})\)\/(\w+)$/i.exec(resource);
    const books = this.options.booksOf((match?.[1] ?? '').toLowerCase());
    const set = match?.[2] ?? '';
    return books && SUPPORTED.has(set) ? { set, books } : null;
  }
}
