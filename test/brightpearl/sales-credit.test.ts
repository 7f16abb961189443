import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brightpearlRig, INSTANCE, orderWhere, posted, returnOf, writesOf } from '../support/brightpearl-rig';

describe('R110: a sales credit on the original order', () => {
  it('has the parent order, our reference and the values of the original, to the penny', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, ({ lines }) => lines.length > 1);
    const outcome = await credit(returnOf(order));
    const document = posted(outcome);
    const [made, ...others] = simulator.observer.salesCredits();
    assert.ok(made);
    assert.deepEqual(others, []);
    assert.equal(made.parentId, simulator.orderId(order.number));
    assert.equal(made.externalRef, `HR-HR${order.number}-${order.number}`);
    assert.equal(made.instanceId, INSTANCE);
    assert.equal(
      made.gross,
      order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    );
    assert.deepEqual(document.amount, { minor: -made.gross, currency: 'GBP' });
    assert.equal(document.number, String(made.id));
    assert.equal(outcome.outcome === 'posted' && outcome.mismatch, null);
    assert.deepEqual(writesOf(simulator), { 'POST /order-service/sales-credit': 1 });
  });

  it('is made once, whatever comes again', async () => {
    const { world, simulator, credit, connector } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    const first = posted(await credit(returnOf(order)));
    const before = connector.calls;
    const again = await Promise.all(Array.from({ length: 20 }, () => credit(returnOf(order))));
    for (const outcome of again) assert.deepEqual(posted(outcome), first);
    assert.equal(connector.calls, before);
    assert.equal(simulator.observer.salesCredits().length, 1);
  });
});
