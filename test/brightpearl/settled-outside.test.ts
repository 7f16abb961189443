import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import { settlesPostingOf } from '../../nodes/returns/settled-outside';
import type { ReturnsStore } from '../../nodes/store/store';
import { exceptionFor } from '../../nodes/runtime/return-message';
import { systemClock } from '../../nodes/returns/time';
import { creditNode } from '../support/brightpearl-node';
import { orderWhere, returnOf, writesOf } from '../support/brightpearl-rig';
import { messageOf, nodeOf, sentOf } from '../support/brightpearl-nodes';
import { goodsRig } from '../support/brightpearl-goods';
import { intake, NOW } from '../support/events';

/** A person has settled outside what a node raised for a return. */
async function settled(
  store: ReturnsStore,
  event: ReturnEvent,
  exception: Pick<ReturnException, 'code' | 'raisedBy'>,
): Promise<void> {
  const built = exceptionFor(
    { topic: event.topic, payload: event },
    { code: 'order-unknown', what: 'x', raisedBy: exception.raisedBy },
    systemClock,
  );
  const message = JSON.stringify(messageOf(event));
  const parked = {
    returnKey: returnKey(event),
    router: 'router',
    exception: { ...built, ...exception },
    message,
  };
  const { id } = await store.parkException(parked, NOW);
  await store.settleException(id, 'outside', 'refunded by hand', { who: 'finance', at: NOW });
}

describe('R17: one liability and one settlement', () => {
  it('a refund made by hand is not credited again by a later event', async () => {
    for (const raisedBy of ['brightpearl-sales-credit', 'returns-sku-validator']) {
      const rig = await creditNode();
      const order = orderWhere(rig.world, () => true);
      const event = returnOf(order);
      await settled(rig.store, event, { code: 'sku-blocked', raisedBy });
      const came = await rig.take({ ...event, topic: 'return.accepted' });
      assert.deepEqual([came.passed, came.exception, came.documents], [true, null, []], raisedBy);
      assert.deepEqual(writesOf(rig.simulator), {});
      await rig.end();
    }
  });

  it('and its goods are not missed as uncredited', async () => {
    const rig = await creditNode({ creditOn: 'on-accepted', creditWithinHours: 1 });
    const order = orderWhere(rig.world, () => true);
    const ago = new Date(Date.now() - 7_200_000).toISOString();
    const event = returnOf(order, 1, { topic: 'return.received', occurredAt: ago });
    await rig.store.accept(intake([{ event, returnKey: returnKey(event), exception: null }]));
    await rig.take(event);
    await settled(rig.store, event, { code: 'order-unknown', raisedBy: 'brightpearl-sales-credit' });
    await rig.take({ ...event, topic: 'return.accepted' });
    const { goodsWithoutCredit } = (await rig.ask('unpaired')) as {
      goodsWithoutCredit: { overdue: boolean }[];
    };
    assert.deepEqual(
      goodsWithoutCredit.map(({ overdue }) => overdue),
      [false],
    );
    assert.deepEqual(rig.node.sent, []);
    await rig.end();
  });

  it('goods that come in are booked in, though their refund was made by hand; not those booked by hand', async () => {
    const rig = await goodsRig();
    const credit = await rig.creditFor();
    const event = returnOf(rig.order, undefined, { topic: 'return.received' });
    const node = nodeOf(rig, 'brightpearl-goods-in');
    await settled(rig.store, event, { code: 'goods-not-on-credit', raisedBy: 'brightpearl-goods-in' });
    const before = writesOf(rig.simulator);
    const message = messageOf(event, [credit]);
    assert.deepEqual(sentOf((await node.take(message)).sent).passed, [message]);
    assert.deepEqual(writesOf(rig.simulator), before);
    await node.end();

    const other = await goodsRig();
    const othersCredit = await other.creditFor();
    const goods = returnOf(other.order, undefined, { topic: 'return.received' });
    await settled(other.store, goods, { code: 'refund-over-paid', raisedBy: 'brightpearl-sales-credit' });
    const booking = nodeOf(other, 'brightpearl-goods-in');
    const booked = messageOf(goods, [othersCredit]);
    assert.equal(sentOf((await booking.take(booked)).sent).passed.length, 1);
    assert.equal((booked['documents'] as unknown[]).length, 2);
    await booking.end();
  });

  it('a refund that was booked by hand is not booked again, and its credit goes on', async () => {
    const rig = await creditNode({ refund: true, refundMethods: [] });
    const order = orderWhere(rig.world, () => true);
    const event = returnOf(order);
    const held = await rig.take(event);
    assert.equal(held.exception?.code, 'payment-method-unmapped');
    await settled(rig.store, event, held.exception);
    const came = await rig.take({ ...event, topic: 'return.accepted' });
    assert.deepEqual([came.passed, came.exception, came.documents.length], [true, null, 1]);
    assert.deepEqual(rig.simulator.observer.payments(), []);
    await rig.end();
  });

  it('what is resolved about a document that exists, or about one message, stops nothing', () => {
    const isPosting = (type: string): boolean => type.startsWith('erp-');
    const settles = (code: string, raisedBy: string): boolean =>
      settlesPostingOf('erp-credit', { code, raisedBy }, isPosting);
    assert.equal(settles('order-unknown', 'erp-credit'), true);
    assert.equal(settles('sku-unknown', 'returns-sku-validator'), true);
    assert.equal(settles('order-unknown', 'erp-goods'), false);
    assert.equal(settles('amount-mismatch', 'erp-credit'), false);
    assert.equal(settles('event-unknown', 'happy-returns-in'), false);
  });
});
