import assert from 'node:assert/strict';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import type { ReturnEvent } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { createWorld, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { event, line } from './events';
import type { SentRequest } from './odata-words';
import { recorded } from './recorded-http';
import { BASE, httpTo, simulatedTime } from './simulated-http';

const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };

/** Return orders made one by one and as a batch, and all that is read for the checks, each request kept. */
export async function rehearsedRequests(): Promise<{
  sent: readonly SentRequest[];
  orders: readonly WorldOrder[];
}> {
  const world = createWorld({ seed: 3, orders: 20 });
  const time = simulatedTime();
  const simulator = createD365Simulator({ world, ...ACCOUNT, now: () => time.now, wait: time.wait });
  const { http, sent } = recorded(httpTo(simulator));
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const settings: Partial<D365Settings> = {
    environmentUrl: BASE,
    authorityUrl: BASE,
    tenant,
    clientId,
    company: 'usrt',
  };
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse(settings),
    clientSecret,
    http,
    surroundings: time,
    connectionId: 'connection-1',
  });
  const store = await openMemoryStore();
  const policy = { warehouse: 'RETQC', reasons: new Map([['too-small', 'FIT']]), orderPattern: null };
  const orders = world.orders.slice(0, 5);
  const [first, ...rest] = orders.map(returnOf);
  assert.ok(first);
  const test = await connector.testConnection();
  assert.ok(test.ok, JSON.stringify(test));
  assert.equal((await connector.createReturnOrder(first, policy, store)).outcome, 'posted');
  for (const outcome of await connector.createReturnOrders(rest, policy, store))
    assert.ok('outcome' in outcome && outcome.outcome === 'posted', JSON.stringify(outcome));
  const skus = world.items.map(({ sku }) => sku);
  await connector.findItems(skus);
  for await (const page of connector.eachItem()) assert.ok(page.length > 0);
  await connector.findCandidates("RUN'38");
  await connector.findSale(first);
  await connector.findPostings("O'Neil & 50% #1");
  for (const kind of ['warehouse', 'disposition', 'payment method', 'unit'] as const)
    await connector.existing(kind, ['RETQC']);
  await store.close();
  return { sent, orders };
}

function returnOf(order: WorldOrder): ReturnEvent {
  return event({
    id: `event-${order.number}`,
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    lines: order.lines.map((sold) =>
      line({ id: sold.lineId, orderLineId: sold.lineId, sku: sold.sku, quantity: quantity(sold.quantity) }),
    ),
  });
}
