import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aggregate, createReturn, type WireEvent } from '../../nodes/sandbox/happy-returns/generator';
import { createHappyReturnsSimulator } from '../../nodes/sandbox/happy-returns/happy-returns-simulator';
import { INFERRED_SIGNING, signBody } from '../../nodes/sandbox/happy-returns/signing';
import { createWorld, seededRandom, type World } from '../../nodes/sandbox/world';

const started: WireEvent = { event: 'return_status_updated', typeID: 'started' };
const dropped: WireEvent = { event: 'return_status_updated', typeID: 'dropped_off' };
const method: WireEvent = { event: 'return_dropoff_method_created', typeID: 'mail' };

interface AsnBody {
  event: string;
  typeID: string;
  otherEvents: WireEvent[];
  items: { orderNumber: string; orderLineItemID: string; happyReturnsItemID: string }[];
}

const simulatorOf = (world: World): ReturnType<typeof createHappyReturnsSimulator> =>
  createHappyReturnsSimulator({
    world,
    secret: 'test-secret-1',
    apiKey: 'key',
    wait: () => Promise.resolve(),
  });

describe('the simulated Happy Returns', () => {
  it('4.4: signs as the reference’s test vector', () => {
    const body = Buffer.from(
      '{"event":"return_status_updated","typeID":"started","retailerID":"acme-shoes","otherEvents":[],"items":[]}',
    );
    assert.equal(
      signBody(body, 'test-secret-1'),
      '5d9dad7ee5101da7f6058f5d64b1de1ad39058e35a21159f8eea8d9cdedb8296',
    );
    assert.equal(
      signBody(body, 'test-secret-1', { ...INFERRED_SIGNING, encoding: 'base64' }),
      'XZ2tfuUQHaf2BY9dZLHeGtOQWONaIRWfjuqNnN7bgpY=',
    );
  });

  it('4.5 rules 2 to 7: the latest status is primary, others newest first, one POST an order, one item a unit', () => {
    const world = createWorld({ seed: 2 });
    const orders = world.orders.slice(0, 2);
    const simulated = createReturn(world, seededRandom(1), { orders }, new Set());
    const posts = aggregate(world, simulated, [started, dropped, method]).map((post) => post.body as AsnBody);
    assert.equal(posts.length, 2);
    for (const [at, body] of posts.entries()) {
      assert.equal(body.typeID, 'dropped_off');
      assert.deepEqual(body.otherEvents, [method, started]);
      const order = orders[at];
      assert.equal(
        body.items.length,
        order?.lines.reduce((sum, line) => sum + line.quantity, 0),
      );
      for (const item of body.items) assert.equal(item.orderNumber, order?.number);
      assert.equal(new Set(body.items.map((item) => item.happyReturnsItemID)).size, body.items.length);
      for (const line of order?.lines ?? []) {
        const ids = body.items.map((item) => item.orderLineItemID).filter((id) => id.startsWith(line.lineId));
        const meant = Array.from(
          { length: line.quantity },
          (_, unit) => `${line.lineId}-${unit}-${line.quantity}`,
        );
        assert.deepEqual(ids, line.quantity === 1 ? [line.lineId] : meant);
      }
    }
  });

  it('the same seed makes the same shop and the same returns, and codes do not repeat', () => {
    const plans = [1, 2].map(() => simulatorOf(createWorld({ seed: 7 })).plan(300));
    assert.deepEqual(plans[0], plans[1]);
    assert.equal(new Set(plans[0]?.planned.map((one) => one.expressCode)).size, 300);
  });

  it('a plan holds each trouble that its mix names', () => {
    const { planned } = simulatorOf(createWorld({ seed: 7 })).plan(25, { unknownSku: 2 });
    const count = (expectation: string): number =>
      planned.filter((one) => one.expectation === expectation).length;
    assert.deepEqual(
      [planned.length, count('sku-blocked'), count('order-unknown'), count('sku-unknown')],
      [25, 1, 1, 2],
    );
  });

  it('sends again what was not answered with 2xx, and not what was refused as forged', async () => {
    const simulator = simulatorOf(createWorld({ seed: 7 }));
    const [post] = simulator.plan(1, {
      blockedSku: 0,
      unknownOrder: 0,
      duplicate: 0,
      twoOrders: 0,
      mail: 0,
    }).posts;
    assert.ok(post);
    const answers = [500, 0, 200];
    await simulator.send([post], () => Promise.resolve(answers.shift() ?? 200));
    assert.deepEqual([simulator.observer.sent(), simulator.observer.acknowledged()], [3, 1]);
    simulator.dials.wrongSignatureNext = 1;
    const seen: string[] = [];
    await simulator.send([post], (body, headers) => {
      const right = headers['x-hr-signature'] === signBody(body, 'test-secret-1');
      seen.push(right ? 'right' : 'wrong');
      return Promise.resolve(right ? 200 : 401);
    });
    assert.deepEqual(seen, ['wrong']);
  });

  it('delivers twice and out of order where the dials say so', async () => {
    const simulator = simulatorOf(createWorld({ seed: 7 }));
    const { posts } = simulator.plan(20);
    simulator.dials.duplicateShare = 1;
    simulator.dials.reorderWindow = 50;
    const bodies: string[] = [];
    await simulator.send(posts, (body) => Promise.resolve(bodies.push(body.toString()) > 0 ? 200 : 500));
    assert.equal(bodies.length, posts.length * 2);
    assert.notDeepEqual(
      bodies.filter((_, at) => at % 2 === 0),
      posts.map((post) => JSON.stringify(post.body)),
    );
  });
});
