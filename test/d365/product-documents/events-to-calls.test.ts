import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ReturnEvent, ReturnTopic } from '../../../nodes/returns/event';
import type { NodeMessage } from '../../../nodes/runtime/node-red';
import { rejected, returnOf } from '../../support/bc-bench';
import { messageOf, sentOf } from '../../support/brightpearl-nodes';
import { fscmJournal, FSCM_REFUND } from '../../support/d365-call-sequences';
import { acceptedAs, bcRig, fscmRig, type ProductRig } from '../../support/d365-product-rig';

type Follow = (of: ReturnEvent, topic: ReturnTopic) => Promise<string[]>;

/** The four nodes one behind the other; tells what is written for an event. */
function flowOver(rig: ProductRig<never> | ProductRig, t: TestContext): Follow {
  const refund = rig.connector.product === 'fscm' ? 'journal' : 'none';
  const nodes = [
    rig.node('d365-create-return-order', { warehouse: 'RETQC' }),
    rig.node('d365-exchange-order'),
    rig.node('d365-item-arrival', { journalName: 'RETARR' }),
    rig.node('d365-credit-note', { refund, journalName: 'RETREFUND' }),
  ];
  t.after(() => Promise.all(nodes.map((node) => node.end())));
  return async (of, topic) => {
    let message: NodeMessage = messageOf({ ...of, id: `${of.id}_${topic}`, topic });
    for (const node of nodes) {
      const { passed, held } = sentOf((await node.take(message)).sent);
      assert.deepEqual(held, [], JSON.stringify(held[0]?.['exception']));
      assert.ok(passed[0]);
      message = passed[0];
    }
    return rig.writes();
  };
}

describe('C3: what each event calls', () => {
  it('C3, Finance & SCM: drop-off F-1 and F-2, transit nothing, receipt F-4, acceptance F-5 to F-7, refund nothing', async (t) => {
    const rig = await fscmRig();
    const sold = rig.order();
    const of = returnOf(sold);
    const count = sold.lines.length;
    const follow = flowOver(rig, t);
    const lines = Array<string>(count).fill('POST ReturnOrderLinesV2');
    assert.deepEqual(await follow(of, 'return.dropped_off'), ['POST ReturnOrderHeadersV2', ...lines]);
    assert.deepEqual(await follow(of, 'return.in_transit'), []);
    assert.deepEqual(await follow(of, 'return.received'), [...fscmJournal(count), 'POST postArrivalJournal']);
    const { observer, operator } = rig.simulator;
    // F-3: the inspection ends in Dynamics 365.
    for (const { lot } of observer.quarantine()) operator.endQuarantine(lot, { disposition: 'CREDIT' });
    const accepted = await follow(acceptedAs(of, null), 'return.accepted');
    assert.deepEqual(accepted, ['POST postReturnPackingSlip', 'POST postReturnInvoice', ...FSCM_REFUND]);
    assert.deepEqual(await follow(of, 'return.refunded'), []);
    const total = sold.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    assert.deepEqual([rig.credited(), rig.refunded()], [[total], [total]]);
    assert.equal(observer.returnOrders()[0]?.status, 'Closed');
  });

  it('C3, Business Central: drop-off B-1 to B-4, transit and receipt nothing, acceptance B-5, refund nothing', async (t) => {
    const rig = await bcRig();
    const sold = rig.order();
    const of = returnOf(sold);
    const follow = flowOver(rig, t);
    assert.deepEqual(await follow(of, 'return.dropped_off'), ['POST salesCreditMemos']);
    assert.deepEqual(await follow(of, 'return.in_transit'), []);
    assert.deepEqual(await follow(of, 'return.received'), []);
    assert.deepEqual(await follow(acceptedAs(of, null), 'return.accepted'), ['POST salesCreditMemos/post']);
    assert.deepEqual(await follow(of, 'return.refunded'), []);
    assert.equal(rig.credited().length, 1);
  });

  it('C3, Business Central: a rejection deletes the draft', async (t) => {
    const rig = await bcRig();
    const of = returnOf(rig.order());
    const follow = flowOver(rig, t);
    await follow(of, 'return.started');
    assert.deepEqual(await follow(rejected(of), 'return.rejected'), ['DELETE salesCreditMemos']);
    assert.deepEqual([rig.credited(), rig.simulator.observer.drafts()], [[], []]);
  });

  /** A return of one line, for another item of the shop. */
  const exchangeOf = (rig: ProductRig<never> | ProductRig): ReturnEvent => {
    const sold = rig.order(({ lines }) => lines.length === 1);
    const other = rig.world.items.find(
      ({ sku, state }) => state === 'active' && sold.lines.every((one) => one.sku !== sku),
    );
    return returnOf(sold, {}, undefined, { outcome: 'exchange', replacementSku: other?.sku ?? null });
  };

  it('C3, Finance & SCM: an exchange is a return order and a sales order of its own (F-9), and an even one refunds nothing', async (t) => {
    const rig = await fscmRig();
    const of = exchangeOf(rig);
    const follow = flowOver(rig, t);
    const order = ['POST ReturnOrderHeadersV2', 'POST ReturnOrderLinesV2'];
    assert.deepEqual(await follow(of, 'return.started'), order);
    await follow(of, 'return.received');
    const { observer, operator } = rig.simulator;
    for (const { lot } of observer.quarantine()) operator.endQuarantine(lot, { disposition: 'CREDIT' });
    assert.deepEqual(await follow(acceptedAs(of, null), 'return.accepted'), [
      'POST SalesOrderHeadersV4',
      'POST SalesOrderLinesV3',
      'POST postReturnPackingSlip',
      'POST postReturnInvoice',
    ]);
    assert.deepEqual([rig.credited().length, rig.refunded()], [1, []]);
    assert.equal(observer.salesOrders().length, 1);
  });

  it('C3, Business Central: an exchange is a draft and a sales order of its own (B-8)', async (t) => {
    const rig = await bcRig();
    const of = exchangeOf(rig);
    const follow = flowOver(rig, t);
    assert.deepEqual(await follow(of, 'return.started'), ['POST salesCreditMemos']);
    const writes = ['POST salesOrders', 'POST salesCreditMemos/post'];
    assert.deepEqual(await follow(acceptedAs(of, null), 'return.accepted'), writes);
    assert.deepEqual([rig.credited().length, rig.simulator.observer.exchangeOrders().length], [1, 1]);
  });
});
