import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CreditOutcome } from '../../nodes/brightpearl/sales-credit';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { BrightpearlSimulator } from '../../nodes/sandbox/brightpearl/brightpearl-simulator';
import { addOrder, createWorld } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import {
  brightpearlRig,
  connectorTo,
  failureOf,
  INSTANCE,
  orderWhere,
  POLICY,
  posted,
  problemOf,
  returnOf,
  writesOf,
} from '../support/brightpearl-rig';

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

describe('nothing twice: the unique key instead of a settle time', () => {
  it('R109: an answer that was lost is looked up, at once, and what is there is handed on', async () => {
    const { world, simulator, time, credit } = await brightpearlRig();
    const of = returnOf(orderWhere(world, () => true));
    simulator.dials.dropAfterCommitNext = 1;
    const failure = await failureOf(credit(of));
    assert.equal(failure.class, 'ambiguous');
    const began = time.now;
    const document = posted(await credit(of));
    assert.equal(simulator.observer.salesCredits().length, 1);
    assert.equal(document.number, String(simulator.observer.salesCredits()[0]?.id));
    assert.deepEqual(writesOf(simulator), { 'POST /order-service/sales-credit': 1 });
    assert.ok(time.now - began < 2000, `looked up after ${time.now - began} ms`);
  });

  it('R109: a commit that comes after the look-up is refused its second by the key', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const of = returnOf(orderWhere(world, () => true));
    simulator.dials.lateCommitNext = 1;
    simulator.dials.lateCommitMs = 800;
    assert.equal((await failureOf(credit(of))).class, 'ambiguous');
    // The second try reads, finds nothing, and meets the late one when it writes.
    const document = posted(await credit(of));
    await simulator.observer.settled();
    assert.equal(simulator.observer.salesCredits().length, 1);
    assert.equal(document.number, String(simulator.observer.salesCredits()[0]?.id));
  });

  it('R18: the key is known whatever words and status it is refused with', async () => {
    for (const refusal of [
      { status: 400, code: 'ORDC-001', message: 'Request could not be carried out' },
      { status: 409, code: 'ORDC-002', message: 'Conflict' },
    ]) {
      const { world, simulator, time, credit } = await brightpearlRig({
        refusals: { duplicateExternalRef: refusal },
      });
      const of = returnOf(orderWhere(world, () => true));
      simulator.dials.lateCommitNext = 1;
      simulator.dials.lateCommitMs = 800;
      await failureOf(credit(of));
      posted(await credit(of));
      await simulator.observer.settled();
      assert.equal(simulator.observer.salesCredits().length, 1, refusal.message);
      assert.ok(time.now > 0);
    }
  });

  it('a store that forgot everything does not credit a second time', async () => {
    const rig = await brightpearlRig();
    const of = returnOf(orderWhere(rig.world, () => true));
    const first = posted(await rig.credit(of));
    const anew = await openMemoryStore();
    const again = await rig.connector.createSalesCredit(of, POLICY, anew);
    assert.equal(posted(again).number, first.number);
    assert.equal(again.outcome === 'posted' && again.created, false);
    assert.equal(rig.simulator.observer.salesCredits().length, 1);
  });

  it('R18: a credit with our key and other content is a conflict that shows both', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, ({ lines }) => lines.length > 1);
    const of = returnOf(order);
    const id = simulator.orderId(order.number) ?? 0;
    simulator.addForeignCredit(id, {
      externalRef: `HR-HR${order.number}-${order.number}`,
      instanceId: INSTANCE,
      rows: [{ rowId: (await rows(simulator, id))[0] ?? 0, quantity: 1 }],
    });
    const outcome = await credit(of);
    assert.equal(outcome.outcome, 'posted');
    assert.equal(outcome.mismatch?.code, 'document-conflict');
    assert.equal(simulator.observer.salesCredits().length, 1);
  });

  it('R21: two partial returns of one line are two credits that sum up to the line', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, ({ lines }) => lines.length === 1 && lines[0]?.quantity === 3);
    posted(await credit(returnOf(order, 1)));
    posted(await credit(returnOf(order, 2, { returnId: 'HRSECOND', returnNumber: 'HRSECOND' })));
    const credits = simulator.observer.salesCredits();
    assert.equal(credits.length, 2);
    assert.equal(
      credits.reduce((sum, { gross }) => sum + gross, 0),
      order.lines[0]?.amountMinor,
    );
    // R50: and a third finds nothing left.
    const third = problemOf(
      await credit(returnOf(order, 1, { returnId: 'HRTHIRD', returnNumber: 'HRTHIRD' })),
    );
    assert.equal(third.code, 'quantity-over-order');
    assert.match(third.what, /3 sold, 3 returned before, 1 now/);
  });

  it('a return that has grown is shown, not credited in silence', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, ({ lines }) => (lines[0]?.quantity ?? 0) > 1);
    posted(await credit(returnOf(order, 1)));
    assert.equal(problemOf(await credit(returnOf(order))).code, 'return-grown');
    assert.equal(simulator.observer.salesCredits().length, 1);
  });
});

describe('finding the original order', () => {
  it('by the customer reference, then by the shop’s id, then by Brightpearl’s own number', async () => {
    const { world, simulator, time } = await brightpearlRig();
    const connector = connectorTo(simulator, time, { orderKeys: ['reference', 'external', 'order-id'] });
    const store = await openMemoryStore();
    const [first, second, third] = world.orders;
    assert.ok(first && second && third);
    const credit = (of: ReturnEvent): Promise<CreditOutcome> =>
      connector.createSalesCredit(of, POLICY, store);
    posted(await credit(returnOf(first)));
    const renamed = { order: { number: 'UNHEARD-1', id: second.id }, returnId: 'HRX' };
    assert.equal(
      posted(await credit(returnOf(second, undefined, renamed))).references['salesOrder'],
      String(simulator.orderId(second.number)),
    );
    const byId = { order: { number: String(simulator.orderId(third.number)), id: null }, returnId: 'HRY' };
    assert.equal(
      posted(await credit(returnOf(third, undefined, byId))).references['orderReference'],
      third.number,
    );
  });

  it('takes the part of the number that the pattern picks', async () => {
    const { world, credit } = await brightpearlRig();
    const order = orderWhere(world, () => true);
    const of = returnOf(order, undefined, { order: { number: `#${order.number}`, id: null } });
    assert.equal(problemOf(await credit(of)).code, 'order-unknown');
    posted(await credit(of, { orderPattern: /^(?:#?(AC-\d+))$/ }));
  });

  it('R15, R130: an order that is not there parks the return, and nothing is guessed or written', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const [order] = world.orders;
    assert.ok(order);
    const unknown = { order: { number: 'AC-1', id: null }, returnId: 'HRZ' };
    assert.equal(problemOf(await credit(returnOf(order, 1, unknown))).code, 'order-unknown');
    const blind = { order: { number: null, id: null }, returnId: 'HRB' };
    assert.equal(problemOf(await credit(returnOf(order, 1, blind))).code, 'order-reference-missing');
    assert.deepEqual(writesOf(simulator), {});
  });

  it('a customer that is gone is named, not replaced by another', async () => {
    const world = createWorld({ seed: 3, orders: 5, currency: 'GBP' });
    const order = addOrder(world, { state: 'no-customer' });
    const { simulator, credit } = await brightpearlRig({ world });
    assert.equal(problemOf(await credit(returnOf(order))).code, 'customer-unknown');
    assert.equal(simulator.observer.salesCredits().length, 0);
  });
});

/** Ids of the rows of an order. */
async function rows(simulator: BrightpearlSimulator, id: number): Promise<number[]> {
  const answer = await simulator.handle({
    method: 'GET',
    url: `/public-api/acme/order-service/order/${id}`,
    headers: { 'brightpearl-app-ref': 'acme_returns', 'brightpearl-account-token': 'sys-token' },
    body: Buffer.alloc(0),
  });
  const body = JSON.parse(String(answer.body)) as { response: { orderRows: Record<string, unknown> }[] };
  return Object.keys(body.response[0]?.orderRows ?? {}).map(Number);
}
