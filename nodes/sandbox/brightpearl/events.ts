import { wireTime } from './wire';
import type { ObservedDelivery, WebhookRequest } from './simulator-types';

export interface SimWebhook {
  id: number;
  subscribeTo: string;
  httpMethod: string;
  uriTemplate: string;
  bodyTemplate?: string;
  contentType?: string;
  idSetAccepted: boolean;
  qualityOfService: 0 | 1;
}

interface EventBusOptions {
  account: string;
  now: () => number;
  wait: (milliseconds: number) => Promise<void>;
  deliver: ((request: WebhookRequest) => Promise<number>) | undefined;
  retryDelaysMs: readonly number[];
}

/**
 * Resource events and the webhooks that want them (help 212644863, 212644883, webhook POST [D]). Quality 0 is tried
 * again only after a 503; quality 1 after everything but a 4xx and a success. How often and how late is unknown [U].
 */
export class EventBus {
  readonly webhooks = new Map<number, SimWebhook>();
  readonly deliveries: ObservedDelivery[] = [];
  private readonly open = new Set<Promise<void>>();

  constructor(private readonly options: EventBusOptions) {}

  /** Tells everyone who subscribed to the event, or to what stands above it: `order` also gets `order.modified`. */
  raise(event: string, id: number): void {
    for (const webhook of this.webhooks.values()) {
      if (event !== webhook.subscribeTo && !event.startsWith(`${webhook.subscribeTo}.`)) continue;
      const delivery: ObservedDelivery = {
        webhookId: webhook.id,
        event,
        resourceIds: String(id),
        qualityOfService: webhook.qualityOfService,
        answers: [],
        outcome: 'open',
      };
      this.deliveries.push(delivery);
      const { deliver } = this.options;
      if (!deliver) continue;
      const work = this.send(this.request(webhook, event, id), delivery, deliver);
      this.open.add(work);
      void work.finally(() => this.open.delete(work));
    }
  }

  pending(): readonly Promise<void>[] {
    return [...this.open];
  }

  private async send(
    request: WebhookRequest,
    delivery: ObservedDelivery,
    deliver: (request: WebhookRequest) => Promise<number>,
  ): Promise<void> {
    const delays = [...this.options.retryDelaysMs];
    for (;;) {
      // The answer to the call that caused the event leaves first.
      await this.options.wait(0);
      const status = await deliver(request).catch(() => 0);
      delivery.answers.push(status);
      if (status >= 200 && status < 300) {
        delivery.outcome = 'delivered';
        return;
      }
      const again = delivery.qualityOfService === 1 ? status < 400 || status >= 500 : status === 503;
      const delay = delays.shift();
      if (!again || delay === undefined) {
        delivery.outcome = 'given-up';
        return;
      }
      await this.options.wait(delay);
    }
  }

  private request(webhook: SimWebhook, event: string, id: number): WebhookRequest {
    const [resource = '', lifecycle = '', specifier = ''] = event.split('.');
    const words: Record<string, string> = {
      'account-code': this.options.account,
      'resource-type': resource,
      'resource-id': String(id),
      'lifecycle-event': lifecycle,
      'resource-specifier': specifier,
      'full-event': event,
      'raised-on': wireTime(this.options.now()),
      'brightpearl-version': '4.23.1',
    };
    const fill = (template: string): string =>
      template.replace(/\$\{([\w-]+)\}/g, (whole, name: string) => words[name] ?? whole);
    const withBody = webhook.httpMethod === 'POST' || webhook.httpMethod === 'PUT';
    return {
      method: webhook.httpMethod,
      url: fill(webhook.uriTemplate),
      headers: withBody ? { 'content-type': webhook.contentType ?? 'application/json' } : {},
      body: withBody ? fill(webhook.bodyTemplate ?? '') : '',
    };
  }
}
