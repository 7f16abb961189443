import type { Answer, Operation } from './operation';
import { refuse } from './refusal';
import type { Subscription, Webhooks } from './webhooks';

/** `…/api/v2.0/subscriptions` (B7). Renewing is a PATCH, and needs an etag as every PATCH does. */
export async function operateSubscriptions(webhooks: Webhooks, operation: Operation): Promise<Answer> {
  webhooks.expire();
  const { method, segments, body, headers } = operation;
  const key = /^subscriptions\('?([^')]*)'?\)$/.exec(segments[0] ?? '')?.[1];
  if (key === undefined) {
    if (method === 'GET')
      return { status: 200, body: { value: [...webhooks.subscriptions.values()].map(shown) } };
    if (method !== 'POST') return refuse('methodNotAllowed', { method, set: 'subscriptions' });
    if (typeof body !== 'object' || body === null) return refuse('bodyInvalid');
    const field = (name: string): unknown => Reflect.get(body, name) as unknown;
    const given = {
      notificationUrl: field('notificationUrl'),
      resource: field('resource'),
      clientState: field('clientState'),
    };
    return { status: 201, body: shown(await webhooks.subscribe(given)) };
  }
  const subscription = webhooks.subscriptions.get(key);
  if (!subscription) return refuse('recordUnknown', { table: 'API Webhook Subscription', key: `'${key}'` });
  const token = headers['if-match'];
  if (method === 'PATCH' && token === undefined) refuse('tokenMissing');
  if (token !== undefined && token !== '*' && token !== etag(subscription)) refuse('changed');
  switch (method) {
    case 'GET':
      return { status: 200, body: shown(subscription) };
    case 'PATCH':
      return { status: 200, body: shown(await webhooks.renew(subscription)) };
    case 'DELETE':
      webhooks.subscriptions.delete(key);
      return { status: 204 };
    default:
      return refuse('methodNotAllowed', { method, set: 'subscriptions' });
  }
}

function shown(subscription: Subscription): Record<string, unknown> {
  const { subscriptionId, notificationUrl, resource, clientState, expiresAt } = subscription;
  return {
    '@odata.etag': etag(subscription),
    subscriptionId,
    notificationUrl,
    resource,
    clientState,
    expirationDateTime: new Date(expiresAt).toISOString(),
  };
}

function etag({ subscriptionId, version }: Subscription): string {
  return `W/"${Buffer.from(`${subscriptionId};${version}`).toString('base64')}"`;
}
