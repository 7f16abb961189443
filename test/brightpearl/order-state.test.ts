import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideFailure } from '../../nodes/returns/failure-policy';
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

const HOUR = 3_600_000;

describe('R111: the state of the order is read before any create call', () => {
  const locks = [
    { shown: 'status', lockedStatuses: ['On hold: locked'] },
    { shown: 'status', lockedStatuses: ['9'] },
    { shown: 'invoice-pending', lockedStatuses: [] },
  ] as const;
  for (const { shown, lockedStatuses } of locks) {
    it(`a lock that shows as ${shown} (listed: ${lockedStatuses.join()}) gets no create call`, async () => {
      const { world, simulator, time, store } = await brightpearlRig();
      const connector = connectorTo(simulator, time, { lockedStatuses: [...lockedStatuses] });
      const order = orderWhere(world, () => true);
      const id = simulator.orderId(order.number) ?? 0;
      simulator.lockOrder(id, shown);
      const failure = await failureOf(connector.createSalesCredit(returnOf(order), POLICY, store));
      assert.equal(failure.code, 'order-locked');
      assert.equal(failure.class, 'state-blocked');
      assert.match(failure.message, new RegExp(`order ${order.number} \\(${id}\\)`));
      assert.deepEqual(writesOf(simulator), {});
      simulator.unlockOrder(id);
      posted(await connector.createSalesCredit(returnOf(order), POLICY, store));
    });
  }

  it('a lock that shows nowhere is known by the refusal, and waits as well', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    const id = simulator.orderId(order.number) ?? 0;
    simulator.lockOrder(id, 'hidden');
    const failure = await failureOf(credit(returnOf(order)));
    assert.deepEqual([failure.code, failure.class], ['brightpearl-order-locked', 'state-blocked']);
    assert.equal(simulator.observer.salesCredits().length, 0);
    simulator.unlockOrder(id);
    posted(await credit(returnOf(order)));
    assert.equal(simulator.observer.salesCredits().length, 1);
  });

  it('cancelled and historical orders are a person’s, and nothing is called', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const [first, second] = world.orders;
    assert.ok(first && second);
    simulator.setOrderState(simulator.orderId(first.number) ?? 0, 'cancelled');
    simulator.setOrderState(simulator.orderId(second.number) ?? 0, 'historical');
    assert.equal(problemOf(await credit(returnOf(first))).code, 'order-cancelled');
    assert.equal(problemOf(await credit(returnOf(second))).code, 'order-historical');
    assert.deepEqual(writesOf(simulator), {});
    posted(await credit(returnOf(second), { historicalOrders: true }));
  });

  it('an order that is not invoiced yet waits, unless the brand credits those as well', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    simulator.setOrderState(simulator.orderId(order.number) ?? 0, 'live');
    const failure = await failureOf(credit(returnOf(order)));
    assert.deepEqual([failure.code, failure.class], ['order-not-invoiced', 'state-blocked']);
    assert.deepEqual(writesOf(simulator), {});
    posted(await credit(returnOf(order), { invoiceRule: 'any' }));
  });

  it('a brand that may not touch invoiced orders has them wait (R112)', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    const failure = await failureOf(credit(returnOf(order), { invoiceRule: 'not-invoiced' }));
    assert.deepEqual([failure.code, failure.class], ['order-locked', 'state-blocked']);
    assert.deepEqual(writesOf(simulator), {});
  });
});

describe('R112: a locked order waits, and is never lost', () => {
  it('is looked at again after minutes, less and less often, and ends at the limit that the account sets', async () => {
    const { connector } = await brightpearlRig();
    const locked = await lockedFailure();
    const limits = connector.waitLimits;
    const waits: number[] = [];
    let waited = 0;
    for (;;) {
      const decision = decideFailure(locked, waits.length, waited, 0.5, limits);
      if (decision.action === 'park') break;
      waits.push(decision.waitMs);
      waited += decision.waitMs;
    }
    assert.ok(waited >= 72 * HOUR && waited < 73 * HOUR, `${waited / HOUR} hours`);
    assert.ok((waits[0] ?? 0) <= 5 * 60_000 && Math.max(...waits) <= 30 * 60_000);
  });

  it('is credited once when the lock lifts after two hours', async () => {
    const { world, simulator, time, connector, credit } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    const id = simulator.orderId(order.number) ?? 0;
    simulator.lockOrder(id, 'invoice-pending');
    const opensAt = time.now + 2 * HOUR;
    const began = time.now;
    for (let tries = 0; ; tries += 1) {
      if (time.now >= opensAt) simulator.unlockOrder(id);
      try {
        posted(await credit(returnOf(order)));
        break;
      } catch (thrown) {
        const decision = decideFailure(asFailure(thrown), tries, time.now - began, 0.5, connector.waitLimits);
        if (decision.action === 'park') assert.fail('given up');
        time.now += decision.waitMs;
      }
    }
    assert.ok(time.now - opensAt <= 30 * 60_000, 'R155: within one look');
    assert.deepEqual(writesOf(simulator), { 'POST /order-service/sales-credit': 1 });
  });
});

async function lockedFailure(): ReturnType<typeof failureOf> {
  const { world, simulator, credit } = await brightpearlRig();
  const order = orderWhere(world, () => true);
  simulator.lockOrder(simulator.orderId(order.number) ?? 0, 'invoice-pending');
  return failureOf(credit(returnOf(order)));
}
