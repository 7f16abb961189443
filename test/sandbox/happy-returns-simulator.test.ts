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

  it('a plan holds the exchanges that its mix names, of one piece each, and is as long as without', () => {
    const { planned, posts } = simulatorOf(createWorld({ seed: 7 })).plan(25, { exchange: 4 });
    const exchanges = posts.filter(({ body }) =>
      (body as { items?: { refundType: string; oneClickExchange: boolean }[] }).items?.some(
        (item) => item.refundType === 'exchange' && item.oneClickExchange,
      ),
    );
    assert.deepEqual([planned.length, new Set(exchanges.map(({ returnId }) => returnId)).size], [25, 4]);
    for (const { body } of exchanges) assert.equal((body as { items: object[] }).items.length, 1);
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

describe('goods that reach the warehouse', () => {
  interface Told extends AsnBody {
    items: (AsnBody['items'][number] & { happyReturnsReturnID: string; happyReturnsExpressCode: string })[];
  }

  /** A receiver that keeps what it is told, and answers as it is told to. */
  function receiver(answer: (told: Told) => number = () => 200): {
    told: Told[];
    deliver: (body: Buffer) => Promise<number>;
  } {
    const told: Told[] = [];
    const deliver = (body: Buffer): Promise<number> => {
      const one = JSON.parse(body.toString()) as Told;
      told.push(one);
      return Promise.resolve(answer(one));
    };
    return { told, deliver };
  }

  const words = ({ event, typeID, otherEvents }: Told): string[] =>
    [...otherEvents, { event, typeID }].map((one) => `${one.event} ${one.typeID}`);

  async function sent(count: number): Promise<{
    simulator: ReturnType<typeof simulatorOf>;
    planned: ReturnType<ReturnType<typeof simulatorOf>['plan']>['planned'];
  }> {
    const simulator = simulatorOf(createWorld({ seed: 7 }));
    const { planned, posts } = simulator.plan(count);
    assert.equal(simulator.observer.onTheWay(), 0, 'what was not sent is not on the way');
    await simulator.send(posts, receiver().deliver);
    assert.equal(simulator.observer.onTheWay(), count);
    return { simulator, planned };
  }

  it('are told of in one window: receipt and inspection, for each order of the return, with its units', async () => {
    const { simulator, planned } = await sent(8);
    const { told, deliver } = receiver();
    const arrived = await simulator.arrive({}, deliver);
    assert.deepEqual(
      arrived,
      planned.map(({ returnId, expressCode, orders }) => ({
        returnId,
        expressCode,
        orders,
        outcome: 'accepted',
      })),
    );
    assert.equal(told.length, planned.flatMap(({ orders }) => orders).length);
    for (const body of told) {
      assert.deepEqual(words(body), [
        'return_status_updated item_received',
        'return_status_updated accepted',
      ]);
      assert.ok(body.items.length > 0);
    }
    assert.deepEqual(
      [...new Set(told.map(({ items }) => items[0]?.happyReturnsReturnID))],
      planned.map(({ returnId }) => returnId),
    );
  });

  it('arrive once, so many as were asked for, those that were sent first before the others', async () => {
    const { simulator, planned } = await sent(6);
    const codes = (count?: number): Promise<string[]> =>
      simulator
        .arrive({ count }, receiver().deliver)
        .then((arrived) => arrived.map(({ expressCode }) => expressCode));
    const all = planned.map(({ expressCode }) => expressCode);
    assert.deepEqual(await codes(2), all.slice(0, 2));
    const [third, rest] = await Promise.all([codes(1), codes()]);
    assert.deepEqual([third, rest], [all.slice(2, 3), all.slice(3)]);
    assert.deepEqual(await codes(), []);
    assert.equal(simulator.observer.onTheWay(), 0);
  });

  it('are received only, or rejected, where that is asked for', async () => {
    const { simulator } = await sent(6);
    const { told, deliver } = receiver();
    await simulator.arrive({ count: 1, outcome: 'received' }, deliver);
    const [receipt] = told.splice(0).map(words);
    assert.deepEqual(receipt, ['return_status_updated item_received']);
    const [arrived] = await simulator.arrive({ count: 1, outcome: 'rejected' }, deliver);
    assert.equal(arrived?.outcome, 'rejected');
    assert.deepEqual(told.splice(0).map(words)[0], [
      'return_status_updated item_received',
      'return_status_updated rejected',
    ]);
    simulator.dials.merge = false;
    await simulator.arrive({ count: 1 }, deliver);
    const each = told.map(words);
    assert.deepEqual([...new Set(each.flat())].length, 2);
    assert.ok(each.every(({ length }) => length === 1));
  });

  it('stay on the way until the receiver has taken every webhook of them', async () => {
    const { simulator, planned } = await sent(5);
    simulator.dials.retries = 0;
    const two = planned.find(({ orders }) => orders.length === 2);
    assert.ok(two);
    const half = receiver((body) => (body.items[0]?.orderNumber === two.orders[1] ? 500 : 200));
    const arrived = await simulator.arrive({}, half.deliver);
    assert.deepEqual([arrived.length, simulator.observer.onTheWay()], [4, 1]);
    assert.deepEqual(await simulator.arrive({}, receiver(() => 0).deliver), []);
    const [late] = await simulator.arrive({}, receiver().deliver);
    assert.deepEqual([late?.returnId, simulator.observer.onTheWay()], [two.returnId, 0]);
  });

  it('of returns that nobody was told of do not arrive', async () => {
    const simulator = simulatorOf(createWorld({ seed: 7 }));
    simulator.dials.retries = 0;
    await simulator.send(simulator.plan(3).posts, receiver(() => 404).deliver);
    assert.deepEqual(await simulator.arrive({}, receiver().deliver), []);
  });
});
