import type { Account } from './account';
import type { EventBus, SimWebhook } from './events';
import { IdSet } from './id-set';
import { bodyOf, listAnswer } from './order-routes';
import { Refusal, refuse, type Fault } from './refusal';
import { done, ok, type Route } from './wire';

/** Webhooks of the integration service [D webhook POST and GET; DELETE inferred]. */
export function webhookRoutes(account: Account, events: EventBus): Route[] {
  return [
    {
      method: 'GET',
      pattern: /^\/integration-service\/webhook\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const found = ids === '' ? [...events.webhooks.values()] : IdSet.parse(ids).pick(events.webhooks);
        return ids === '' ? ok(found) : listAnswer(account, found, 'webhooks');
      },
    },
    {
      method: 'POST',
      pattern: /^\/integration-service\/webhook\/?$/,
      handle: (call) => {
        const webhook = readWebhook(bodyOf(call), account.nextId('webhook', 1));
        events.webhooks.set(webhook.id, webhook);
        return ok(webhook.id);
      },
    },
    {
      method: 'DELETE',
      pattern: /^\/integration-service\/webhook\/(\d+)$/,
      handle: (call, [id = '']) =>
        events.webhooks.delete(Number(id)) ? done() : refuse('notFound', { what: call.path }),
    },
  ];
}

function readWebhook(body: Record<string, unknown>, id: number): SimWebhook {
  const faults: Fault[] = [];
  const text = (field: string, required: boolean): string | undefined => {
    const value = body[field];
    if (typeof value === 'string' && value !== '') return value;
    if (required) faults.push({ key: 'fieldRequired', values: { field } });
    return undefined;
  };
  const invalid = (field: string, why: string): void => {
    faults.push({ key: 'fieldInvalid', values: { field, value: JSON.stringify(body[field] ?? null), why } });
  };
  const httpMethod = text('httpMethod', true) ?? '';
  const withBody = httpMethod === 'POST' || httpMethod === 'PUT';
  if (httpMethod !== '' && !withBody && httpMethod !== 'GET' && httpMethod !== 'DELETE') {
    invalid('httpMethod', 'GET, POST, PUT or DELETE');
  }
  const subscribeTo = text('subscribeTo', true) ?? '';
  if (subscribeTo !== '' && !/^[a-z-]+(\.(created|modified|destroyed)(\.[a-z-]+)?)?$/.test(subscribeTo)) {
    invalid('subscribeTo', 'it must be {resource}.{created|modified|destroyed}.{specifier}');
  }
  const uriTemplate = text('uriTemplate', true) ?? '';
  if (uriTemplate !== '' && !/^https?:\/\//.test(uriTemplate))
    invalid('uriTemplate', 'it must be an absolute URI');
  const bodyTemplate = text('bodyTemplate', withBody);
  const contentType = text('contentType', withBody);
  const quality = body['qualityOfService'] ?? 0;
  if (quality !== 0 && quality !== 1) invalid('qualityOfService', '0 or 1');
  if (faults.length > 0) throw new Refusal(faults);
  return {
    id,
    subscribeTo,
    httpMethod,
    uriTemplate,
    ...(bodyTemplate === undefined ? {} : { bodyTemplate }),
    ...(contentType === undefined ? {} : { contentType }),
    idSetAccepted: body['idSetAccepted'] === true,
    qualityOfService: quality === 1 ? 1 : 0,
  };
}
