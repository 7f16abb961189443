import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  brightpearlRig,
  orderWhere,
  posted,
  problemOf,
  returnOf,
  writesOf,
} from '../support/brightpearl-rig';

describe('the double-poster check: a credit that somebody else made', () => {
  it('is found before ours is posted, and named: number, amount, who and when', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    // The shop app's switch "create credits from returns".
    const id = simulator.addForeignCredit(simulator.orderId(order.number) ?? 0, {
      externalRef: 'shop-refund-1',
      instanceId: 2,
    });
    const problem = problemOf(await credit(returnOf(order)));
    assert.equal(problem.code, 'credit-by-others');
    assert.match(
      problem.what,
      new RegExp(
        `sales credit ${id} over \\d+\\.\\d\\d GBP, made by staff member 5 through integration 2 on 2026-02-20`,
      ),
    );
    assert.ok(problem.lines.every(({ received }) => /\d for \d+\.\d\d GBP net/.test(received ?? '')));
    assert.deepEqual(writesOf(simulator), {});
  });

  it('a person’s credit, which has no reference at all, is found as well', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    simulator.addForeignCredit(simulator.orderId(order.number) ?? 0, { ref: 'goodwill' });
    assert.equal(problemOf(await credit(returnOf(order))).code, 'credit-by-others');
  });

  it('one on other lines of the order, a cancelled one, and one from long ago do not stop ours', async () => {
    const { world, simulator, time, credit } = await brightpearlRig();
    const order = orderWhere(world, ({ lines }) => lines.length > 1);
    const id = simulator.orderId(order.number) ?? 0;
    const { rows } = simulator.observer.salesCredits()[0] ?? { rows: [] };
    assert.deepEqual(rows, []);
    const other = await rowOf(simulator, id, order.lines[1]?.sku ?? '');
    simulator.addForeignCredit(id, { rows: [{ rowId: other, quantity: 1 }] });
    const cancelled = simulator.addForeignCredit(id);
    simulator.setOrderState(cancelled, 'cancelled');
    const first = returnOf(order, 1);
    posted(await credit({ ...first, lines: first.lines.slice(0, 1) }));
    const [, , second] = world.orders;
    assert.ok(second);
    simulator.addForeignCredit(simulator.orderId(second.number) ?? 0);
    time.now += 31 * 86_400_000;
    const late = { ...returnOf(second), occurredAt: new Date(time.now).toISOString() };
    // Long ago is an earlier return: it is counted, and nothing is left.
    assert.equal(problemOf(await credit(late)).code, 'quantity-over-order');
  });

  it('a brand whose staff credit by hand can have them counted as earlier returns', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, ({ lines }) => lines.length === 1 && lines[0]?.quantity === 3);
    const id = simulator.orderId(order.number) ?? 0;
    const rowId = await rowOf(simulator, id, order.lines[0]?.sku ?? '');
    simulator.addForeignCredit(id, { rows: [{ rowId, quantity: 1 }] });
    assert.equal(problemOf(await credit(returnOf(order), { others: 'count' })).code, 'quantity-over-order');
    posted(await credit(returnOf(order, 2), { others: 'count' }));
    const credits = simulator.observer.salesCredits();
    const total = credits.reduce((sum, { gross }) => sum + gross, 0);
    assert.ok(Math.abs(total - (order.lines[0]?.amountMinor ?? 0)) <= 1);
  });
});

async function rowOf(
  simulator: Awaited<ReturnType<typeof brightpearlRig>>['simulator'],
  orderId: number,
  sku: string,
): Promise<number> {
  const answer = await simulator.handle({
    method: 'GET',
    url: `/public-api/acme/order-service/order/${orderId}`,
    headers: { 'brightpearl-app-ref': 'acme_returns', 'brightpearl-account-token': 'sys-token' },
    body: Buffer.alloc(0),
  });
  const body = JSON.parse(String(answer.body)) as {
    response: { orderRows: Record<string, { productSku?: string }> }[];
  };
  const found = Object.entries(body.response[0]?.orderRows ?? {}).find(([, row]) => row.productSku === sku);
  assert.ok(found, `no row of ${sku}`);
  return Number(found[0]);
}
