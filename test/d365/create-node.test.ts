import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import registerCreate from '../../nodes/d365/d365-create-return-order';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../nodes/returns/event';
import type { Mappings } from '../../nodes/returns/mappings';
import { quantity } from '../../nodes/returns/quantity';
import { defineNode } from '../../nodes/runtime/define-node';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import type { SeenCode } from '../../nodes/runtime/mappings-node';
import type { HttpSend } from '../../nodes/runtime/http';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { addOrder, createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import { event, line } from '../support/events';
import { fakeNodeRed, type FakeNode } from '../support/fake-node-red';
import { mappingsNode, mappingsWith, reasonRows, skuRow } from '../support/posting-mappings';
import { BASE, httpTo, simulatedTime } from '../support/simulated-http';

const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };
const DAY_MS = 86_400_000;

interface Rig {
  world: World;
  store: ReturnsStore;
  node: FakeNode;
  /** Codes that were told to its Return Mappings. */
  seen: readonly SeenCode[];
  /** How often a return order was sent to the ERP. */
  posts: () => number;
  end: () => Promise<void>;
}

/** The node over a simulated ERP. */
async function rigged(mappings: (() => Mappings) | null = null): Promise<Rig> {
  const world = createWorld({ seed: 3, orders: 60 });
  const time = simulatedTime();
  const simulator = createD365Simulator({ world, ...ACCOUNT, now: () => time.now, wait: time.wait });
  const store = await openMemoryStore();
  let posts = 0;
  const send = httpTo(simulator);
  const http: HttpSend = (request) => {
    if (request.method === 'POST' && request.url.includes('/ReturnOrderHeadersV2')) posts += 1;
    return send(request);
  };
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const settings = { environmentUrl: BASE, authorityUrl: BASE, tenant, clientId, company: 'usrt' };
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse(settings),
    clientSecret,
    http,
    surroundings: time,
    connectionId: 'connection-1',
  });
  const { RED, make } = fakeNodeRed();
  defineNode(RED, {
    type: 'd365-connection',
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(connector),
      store: () => Promise.resolve(store),
    }),
  });
  registerCreate(RED);
  const connection = make('d365-connection', {});
  const used = mappings && mappingsNode(RED, make, mappings);
  const node = make('d365-create-return-order', {
    connection: connection.id,
    warehouse: 'RETQC',
    ...(used ? { mappings: used.id } : {}),
  });
  const end = async (): Promise<void> => {
    await node.end();
    await store.close();
  };
  return { world, store, node, seen: used?.seen ?? [], posts: () => posts, end };
}

function returnOf(order: WorldOrder, topic: ReturnEvent['topic']): ReturnEvent {
  return event({
    id: `event-${order.number}-${topic}`,
    topic,
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    lines: order.lines.map((sold) =>
      line({ id: sold.lineId, orderLineId: sold.lineId, sku: sold.sku, quantity: quantity(sold.quantity) }),
    ),
  });
}

/** The ERP refuses a return for its stopped item; the exception is parked, as the router does. */
async function refused(rig: Rig): Promise<{ order: WorldOrder; id: string }> {
  const order = addOrder(rig.world, { sku: 'STOP-42-RED' });
  const first = returnOf(order, 'return.received');
  const { held } = sentOf((await rig.node.take(messageOf(first))).sent);
  const exception = exceptionOf(held[0]);
  assert.equal(exception.code, 'sku-blocked');
  const message = JSON.stringify(messageOf(first));
  const parked = { returnKey: returnKey(first), router: 'router', exception, message };
  return { order, id: (await rig.store.parkException(parked, first.receivedAt)).id };
}

const settle = (rig: Rig, id: string, how: 'outside' | 'discarded'): Promise<void> =>
  rig.store.settleException(id, how, 'refunded by hand', { who: 'finance', at: new Date().toISOString() });

describe('R17: a return that finance has settled by hand', () => {
  it('is not posted by a later event of it, which goes on with a note', async () => {
    const rig = await rigged();
    const { order, id } = await refused(rig);
    await settle(rig, id, 'outside');
    const item = rig.world.items.find(({ sku }) => sku === 'STOP-42-RED');
    assert.ok(item);
    item.state = 'active';
    const before = rig.posts();
    const message = messageOf(returnOf(order, 'return.accepted'));
    const { error, times, sent } = await rig.node.take(message);
    assert.deepEqual([error, times, sentOf(sent).passed], [undefined, 1, [message]]);
    assert.equal(rig.posts(), before);
    assert.deepEqual(await rig.store.documentsOf(returnKey(returnOf(order, 'return.accepted'))), []);
    const [note] = message['settledOutside'] as Record<string, unknown>[];
    assert.deepEqual(
      [note?.['node'], note?.['code'], note?.['resolution']],
      ['d365-create-return-order', 'sku-blocked', 'refunded by hand'],
    );
    await rig.end();
  });

  it('and one that was only discarded is posted', async () => {
    const rig = await rigged();
    const { order, id } = await refused(rig);
    await settle(rig, id, 'discarded');
    const item = rig.world.items.find(({ sku }) => sku === 'STOP-42-RED');
    assert.ok(item);
    item.state = 'active';
    const message = messageOf(returnOf(order, 'return.accepted'));
    assert.equal(sentOf((await rig.node.take(message)).sent).passed.length, 1);
    assert.equal((message['documents'] as unknown[]).length, 1);
    assert.equal(message['settledOutside'], undefined);
    await rig.end();
  });
});

describe('R156: what the ERP refused for its data', () => {
  it('is not sent again by itself, though a day passes', async () => {
    const rig = await rigged();
    const { order, id } = await refused(rig);
    const calls = rig.posts();
    const later = new Date(Date.parse(returnOf(order, 'return.received').receivedAt) + DAY_MS).toISOString();
    for (const source of ['in-1', 'router']) {
      assert.deepEqual(await rig.store.takeAnyDeliveries(source, { each: 9 }, later), []);
      assert.equal(await rig.store.nextDue(source), null);
    }
    // The item is known to be stopped, so the return is not even sent to be refused.
    assert.deepEqual([calls, rig.posts(), (await rig.store.parkedException(id))?.times], [0, 0, 1]);
    await rig.end();
  });
});

describe('D365 Create Return Order with Return Mappings', () => {
  it('R60: posts by the rows that hold now, tells the codes that came, and names the version', async () => {
    let mappings = mappingsWith({ reason: reasonRows({ 'too-small': 'FIT' }) });
    const rig = await rigged(() => mappings);
    const [first, second] = rig.world.orders;
    assert.ok(first && second);
    const sold = first.lines[0]?.sku ?? '';
    const renamed = { ...returnOf(first, 'return.received') };
    renamed.lines = renamed.lines.map((one, at) => (at === 0 ? { ...one, sku: 'abc-1' } : one));
    const held = sentOf((await rig.node.take(messageOf(renamed))).sent).held[0];
    assert.equal(exceptionOf(held).code, 'line-not-on-order');
    assert.equal(exceptionOf(held).lines[0]?.sku, 'abc-1');
    // Mappings are deployed without the node.
    mappings = mappingsWith({ sku: [skuRow('abc-1', sold)], reason: reasonRows({ 'too-small': 'FIT' }) });
    const message = messageOf(renamed);
    assert.deepEqual(sentOf((await rig.node.take(message)).sent).passed, [message]);
    const [document] = message['documents'] as PostedDocument[];
    assert.equal(document?.references['mappings'], mappings.version);
    const seen = new Set(rig.seen.map(({ table, keys }) => `${table} ${Object.values(keys).join(' ')}`));
    assert.ok(seen.has('sku sku abc-1') && seen.has('reason too-small'), [...seen].join());
    await rig.end();
  });
});
