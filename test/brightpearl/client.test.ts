import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { brightpearlError, isThrottled } from '../../nodes/brightpearl/errors';
import { idSet } from '../../nodes/brightpearl/id-set';
import { openMemoryStore } from '../../nodes/store/sqlite';
import {
  asFailure,
  brightpearlRig,
  connectorTo,
  failureOf,
  orderWhere,
  POLICY,
  posted,
  problemOf,
  returnOf,
  writesOf,
} from '../support/brightpearl-rig';

describe('R157: the throttle of the account', () => {
  it('two nodes on one account never get a throttle reply, and nothing is lost', async () => {
    const { world, simulator, time } = await brightpearlRig();
    // Twenty calls a minute: singly, and without anything gathered, these would be 300 calls.
    simulator.dials.throttleLimit = 20;
    const connector = connectorTo(simulator, time, { callsPerMinute: 20, writeTogether: false });
    const store = await openMemoryStore();
    await Promise.all(
      world.orders.map(async (of) => {
        for (;;) {
          try {
            return posted(await connector.createSalesCredit(returnOf(of), POLICY, store));
          } catch (thrown) {
            const failure = asFailure(thrown);
            assert.ok(failure.retryAfterMs !== undefined, failure.message);
            await time.wait(failure.retryAfterMs);
          }
        }
      }),
    );
    assert.equal(simulator.observer.salesCredits().length, world.orders.length);
    assert.equal(simulator.observer.throttleReplies(), 0);
  });

  it('when others use up the pool, no call leaves before the vendor’s own time is over', async () => {
    const { world, simulator, time, store } = await brightpearlRig();
    const connector = connectorTo(simulator, time);
    simulator.dials.throttleLimit = 5;
    const headers = { 'brightpearl-app-ref': 'acme_returns', 'brightpearl-account-token': 'sys-token' };
    for (let call = 0; call < 5; call += 1) {
      await simulator.handle({
        method: 'GET',
        url: '/public-api/acme/accounting-service/tax-code',
        headers,
        body: Buffer.alloc(0),
      });
    }
    const full = time.now;
    const failure = await failureOf(
      connector.createSalesCredit(returnOf(orderWhere(world, () => true)), POLICY, store),
    );
    assert.equal(failure.class, 'rate-limited');
    assert.ok((failure.retryAfterMs ?? 0) > 50_000);
    const before = simulator.observer.calls();
    const paused = await failureOf(
      connector.createSalesCredit(returnOf(orderWhere(world, () => true)), POLICY, store),
    );
    assert.equal(paused.code, 'connection-paused');
    assert.equal(simulator.observer.calls(), before);
    time.now = full + 60_001;
    simulator.dials.throttleLimit = 200;
    posted(await connector.createSalesCredit(returnOf(orderWhere(world, () => true)), POLICY, store));
  });

  it('the throttle’s 503 is told from that of a gateway that is down', () => {
    const throttle = {
      status: 503,
      headers: { 'brightpearl-next-throttle-period': '1200' },
      text: '{"response":"too many"}',
    };
    const gateway = { status: 503, headers: {}, text: '<html></html>' };
    assert.deepEqual([isThrottled(throttle), isThrottled(gateway)], [true, false]);
    assert.deepEqual(
      [brightpearlError(throttle, true).class, brightpearlError(throttle, true).retryAfterMs],
      ['rate-limited', 1200],
    );
    assert.equal(brightpearlError(gateway, false).class, 'transient');
    assert.equal(brightpearlError(gateway, true).class, 'ambiguous');
  });
});

describe('R117: a refusal that a person can read', () => {
  it('names the line of the return and the field, for each of its reasons', async () => {
    const { world, simulator, credit } = await brightpearlRig({
      // A tax code that its list has and its order service does not take.
      refusals: { fieldInvalid: { message: 'The value {value} is not valid for the field {field}: {why}' } },
    });
    const order = orderWhere(world, ({ lines }) => lines.length > 1);
    simulator.setProductStatus(order.lines[1]?.sku ?? '', 'ARCHIVED');
    const problem = problemOf(await credit(returnOf(order)));
    assert.equal(problem.code, 'sku-blocked');
    const [fault] = problem.lines;
    assert.equal(fault?.lineId, order.lines[1]?.lineId);
    assert.equal(fault?.sku, order.lines[1]?.sku);
    assert.equal(fault?.field, 'productId');
    assert.match(problem.what, new RegExp(`line ${order.lines[1]?.lineId}.*archived`));
    assert.equal(simulator.observer.salesCredits().length, 0);
  });

  it('a nominal code that the account has not is named with line and field', async () => {
    const { world, credit } = await brightpearlRig();
    const order = orderWhere(world, ({ lines }) => lines.length > 1);
    const rules = { ...POLICY.rules, nominalCode: '9999' };
    const problem = problemOf(await credit(returnOf(order), { rules }));
    assert.equal(problem.code, 'credit-line-refused');
    assert.deepEqual(
      problem.lines.map(({ lineId, field }) => [lineId, field]),
      order.lines.map(({ lineId }) => [lineId, 'nominalCode']),
    );
    assert.match(problem.lines[0]?.received ?? '', /9999.*\(CMNC-042\)/);
  });

  it('R156: it is not sent again: the count of writes stays one', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const rules = { ...POLICY.rules, nominalCode: '9999' };
    problemOf(await credit(returnOf(orderWhere(world, () => true)), { rules }));
    assert.deepEqual(writesOf(simulator), { 'POST /order-service/sales-credit': 1 });
  });
});

describe('several writes in one request', () => {
  it('one that is refused does not stop the others, and each gets its own answer', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const [bad, ...good] = world.orders.slice(0, 8);
    assert.ok(bad);
    const rules = { ...POLICY.rules, nominalCode: '9999' };
    const [refused, ...outcomes] = await Promise.all([
      credit(returnOf(bad), { rules }),
      ...good.map((order) => credit(returnOf(order))),
    ]);
    assert.equal(problemOf(refused).code, 'credit-line-refused');
    for (const [index, outcome] of outcomes.entries()) {
      assert.equal(posted(outcome).references['orderReference'], good[index]?.number);
    }
    assert.deepEqual(writesOf(simulator), { 'POST /multi-message': 1 });
  });

  it('when their common answer is lost, each is looked up, and none is made twice', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const orders = world.orders.slice(0, 10);
    simulator.dials.dropAfterCommitNext = 1;
    const first = await Promise.allSettled(orders.map((order) => credit(returnOf(order))));
    assert.ok(first.every(({ status }) => status === 'rejected'));
    const again = await Promise.all(orders.map((order) => credit(returnOf(order))));
    for (const outcome of again) posted(outcome);
    assert.equal(simulator.observer.salesCredits().length, orders.length);
    assert.deepEqual(writesOf(simulator), { 'POST /multi-message': 1 });
  });

  it('an order that cannot be read holds up none of the others (R8)', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const [odd, ...others] = world.orders.slice(0, 6);
    assert.ok(odd);
    const handle = simulator.handle.bind(simulator);
    const id = simulator.orderId(odd.number);
    simulator.handle = async (request) => {
      const answer = await handle(request);
      if (!request.url.includes('/order-service/order/')) return answer;
      const body = JSON.parse(String(answer.body)) as { response: { id: number; orderRows: unknown }[] };
      for (const order of body.response)
        if (order.id === id) order.orderRows = { 1: { quantity: { magnitude: 'many' } } };
      return { ...answer, body: JSON.stringify(body) };
    };
    const [failed, ...fine] = await Promise.allSettled(
      [odd, ...others].map((order) => credit(returnOf(order))),
    );
    assert.equal(failed?.status, 'rejected');
    assert.ok(fine.every(({ status }) => status === 'fulfilled'));
  });
});

describe('id sets', () => {
  it('name each id once, as single ids and ascending ranges', () => {
    assert.equal(idSet([7, 3, 4, 5, 3, 9]), '3-5,7,9');
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 200 }), (ids) => {
        const read = idSet(ids)
          .split(',')
          .filter((part) => part !== '')
          .flatMap((part) => {
            const [low = 0, high = low] = part.split('-').map(Number);
            return Array.from({ length: high - low + 1 }, (_, index) => low + index);
          });
        assert.deepEqual(
          read,
          [...ids].sort((a, b) => a - b),
        );
      }),
    );
  });
});

describe('both kinds of private app', () => {
  it('a staff app signs in with its staff token, and a wrong token parks with what to do', async () => {
    const { world, simulator, time, store } = await brightpearlRig();
    const staff = connectorTo(simulator, time, { authKind: 'staff' }, 'staff-token');
    posted(await staff.createSalesCredit(returnOf(orderWhere(world, () => true)), POLICY, store));
    const wrong = connectorTo(simulator, time, { authKind: 'staff' }, 'revoked');
    const other = world.orders[1];
    assert.ok(other);
    const failure = await failureOf(wrong.createSalesCredit(returnOf(other), POLICY, store));
    assert.deepEqual([failure.code, failure.class], ['brightpearl-token-refused', 'auth']);
    const test = await wrong.testConnection();
    assert.equal(test.ok, false);
    assert.match(test.message, /Private apps/);
    assert.doesNotMatch(JSON.stringify(test), /revoked/);
    const fine = await connectorTo(simulator, time).testConnection();
    assert.equal(fine.ok, true, fine.message);
  });
});
