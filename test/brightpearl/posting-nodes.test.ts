import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeOf } from '../../nodes/brightpearl/posting-node';
import { returnKey, type PostedDocument } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { LONGEST_STATUS } from '../../nodes/runtime/status';
import { returnOf, writesOf } from '../support/brightpearl-rig';
import { exchangeRig } from '../support/brightpearl-exchange';
import { goodsRig, stockOf, unitsOf } from '../support/brightpearl-goods';
import { deliver, exceptionOf, messageOf, nodeOf, sentOf } from '../support/brightpearl-nodes';
import { intake, NOW } from '../support/events';

const NOTE = 'POST /warehouse-service/order/{id}/goods-note/goods-in';
/** States are asked for again at once, so that a test need not wait for them. */
const SOON = { settings: { stateFirstMinutes: 0.00001 } };
const TOO_LATE = { settings: { stateFirstMinutes: 0.00001, stateHours: 1e-7 } };

function kindsOf(message: NodeMessage | undefined): string[] {
  return (message?.['documents'] as PostedDocument[]).map(({ kind }) => kind);
}

describe('Brightpearl Goods In', () => {
  it('passes on the message that came, with the note appended, and counts it', async () => {
    const rig = await goodsRig();
    const credit = await rig.creditFor();
    const node = nodeOf(rig, 'brightpearl-goods-in');
    const message = {
      ...messageOf(returnOf(rig.order, undefined, { topic: 'return.received' }), [credit]),
      own: 1,
    };
    const { error, times, sent } = await node.take(message);
    assert.deepEqual([error, times], [undefined, 1]);
    const { passed, held } = sentOf(sent);
    assert.deepEqual([passed.length, held.length], [1, 0]);
    assert.equal(passed[0], message);
    assert.equal(message.own, 1);
    assert.deepEqual(kindsOf(message), ['sales-credit', 'goods-in']);
    await node.take(message);
    assert.deepEqual(kindsOf(message), ['sales-credit', 'goods-in']);
    await node.end();
  });

  it('passes on what brings no goods, as it is and without a call', async () => {
    const rig = await goodsRig();
    const node = nodeOf(rig, 'brightpearl-goods-in', { when: 'return.accepted', rejectedGoods: 'ignore' });
    for (const topic of [
      'return.started',
      'return.received',
      'return.rejected',
      'return.cancelled',
    ] as const) {
      const message = messageOf(returnOf(rig.order, undefined, { topic }));
      const { sent } = await node.take(message);
      assert.deepEqual(sent, [[message, null]]);
    }
    assert.equal(rig.connector.calls, 0);
  });

  it('sends what a person must decide to output 2, and says so in its status', async () => {
    const rig = await goodsRig();
    await rig.creditFor();
    const node = nodeOf(rig, 'brightpearl-goods-in', { putAway: 'disposition' });
    const message = messageOf(returnOf(rig.order, undefined, { topic: 'return.accepted' }));
    const { passed, held } = sentOf((await node.take(message)).sent);
    assert.deepEqual(passed, []);
    const exception = exceptionOf(held[0]);
    assert.deepEqual(
      [exception.code, exception.owner, exception.raisedBy],
      ['disposition-unmapped', 'warehouse', 'brightpearl-goods-in'],
    );
    assert.match(
      exception.summary,
      new RegExp(`^Return HR${rig.order.number} \\(order ${rig.order.number}\\): `),
    );
    for (const { text = '' } of node.statuses) assert.ok(text.length <= LONGEST_STATUS, text);
  });

  it('its table takes a disposition in whatever case, and its numbers as the dialog saves them', async () => {
    const rig = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    await rig.creditFor();
    const node = nodeOf(rig, 'brightpearl-goods-in', {
      putAway: 'disposition',
      dispositions: [{ disposition: 'Resellable', place: 'sellable' }],
      warehouseId: '3',
      release: true,
    });
    await node.take(messageOf(unitsOf(rig.order, [0, 1, 2], { topic: 'return.accepted' }, 'RESELLABLE')));
    const [note] = rig.simulator.observer.goodsInNotes();
    assert.deepEqual([note?.warehouseId, note?.lines[0]?.locationId], [3, 30]);
  });

  it('R110: a lost answer is looked up before anyone is asked for help', async () => {
    const rig = await goodsRig();
    await rig.creditFor();
    const node = nodeOf(rig, 'brightpearl-goods-in');
    rig.simulator.dials.dropAfterCommitNext = 1;
    const message = messageOf(returnOf(rig.order, undefined, { topic: 'return.received' }));
    assert.equal(sentOf((await node.take(message)).sent).passed.length, 1);
    assert.equal(rig.simulator.observer.goodsInNotes().length, 1);
    assert.equal(writesOf(rig.simulator)[NOTE], 1);
  });

  it('a release whose answer is lost is the warehouse’s to look at; the note is in the message all the same', async () => {
    const rig = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    await rig.creditFor();
    const node = nodeOf(rig, 'brightpearl-goods-in', {
      release: true,
      dispositions: [{ disposition: 'resellable', place: 'sellable' }],
    });
    await node.take(messageOf(unitsOf(rig.order, [0, 1, 2], {})));
    rig.simulator.dials.dropBeforeCommitNext = 1;
    const of = unitsOf(rig.order, [0, 1, 2], { topic: 'return.accepted' }, 'resellable');
    const { held } = sentOf((await node.take(messageOf(of))).sent);
    const exception = exceptionOf(held[0]);
    assert.deepEqual(
      [exception.code, exception.class, exception.owner],
      ['release-outcome-unknown', 'ambiguous', 'warehouse'],
    );
    assert.deepEqual(kindsOf(held[0]), ['goods-in']);
    assert.equal(stockOf(rig.simulator, rig.order.lines[0]?.sku ?? '', true), 3);
  });

  it('R85: goods that come before the credit wait in the store, and are booked when it is there', async () => {
    const rig = await goodsRig(undefined, SOON);
    const node = nodeOf(rig, 'brightpearl-goods-in');
    const of = returnOf(rig.order, undefined, { topic: 'return.received' });
    const { attempts, sent } = await deliver(rig, node, of, (attempt) =>
      attempt === 2 ? rig.creditFor() : undefined,
    );
    assert.equal(attempts, 3);
    assert.deepEqual(kindsOf(sentOf(sent).passed[0]), ['sales-credit', 'goods-in']);
  });

  it('R97: where it does not come in time, finance is told, with every try', async () => {
    const rig = await goodsRig(undefined, TOO_LATE);
    const node = nodeOf(rig, 'brightpearl-goods-in');
    const { sent } = await deliver(rig, node, returnOf(rig.order, undefined, { topic: 'return.received' }));
    const exception = exceptionOf(sentOf(sent).held[0]);
    assert.deepEqual(
      [exception.code, exception.class, exception.owner],
      ['credit-missing', 'state-blocked', 'finance'],
    );
    assert.match(exception.detail, /^Tried \d+ times for return /);
    assert.deepEqual(rig.simulator.observer.goodsInNotes(), []);
  });

  it('R101: a credit that stays locked is told as that', async () => {
    const rig = await goodsRig(undefined, TOO_LATE);
    const credit = await rig.creditFor();
    rig.simulator.lockOrder(Number(credit.number));
    const node = nodeOf(rig, 'brightpearl-goods-in');
    const { sent } = await deliver(rig, node, returnOf(rig.order, undefined, { topic: 'return.received' }));
    assert.equal(exceptionOf(sentOf(sent).held[0]).code, 'order-locked');
  });

  it('closes what was sent back for another try, and leaves what other nodes are held for', async () => {
    const rig = await goodsRig();
    await rig.creditFor();
    const of = returnOf(rig.order, undefined, { topic: 'return.received' });
    await rig.store.accept(intake([{ event: of, returnKey: returnKey(of), exception: null }]));
    const unset = nodeOf(rig, 'brightpearl-goods-in', { warehouseId: 99 });
    const { held } = sentOf((await unset.take(messageOf(of))).sent);
    const park = (code: string): Promise<{ id: string }> =>
      rig.store.parkException(
        {
          returnKey: returnKey(of),
          router: 'router-1',
          exception: { ...exceptionOf(held[0]), code },
          message: JSON.stringify(messageOf(of)),
        },
        NOW,
      );
    const { id } = await park('location-unknown');
    const other = await park('exchange-sku-missing');
    await rig.store.resumeExceptions({ ids: [id] }, 'in-1', NOW);
    await nodeOf(rig, 'brightpearl-goods-in').take(messageOf(of));
    assert.equal((await rig.store.parkedException(id))?.status, 'closed');
    assert.equal((await rig.store.parkedException(other.id))?.status, 'open');
  });

  it('a setting that cannot be is said in words', async () => {
    const rig = await goodsRig();
    for (const [config, said] of [
      [{ account: '' }, /choose a Brightpearl account/],
      [{ warehouseId: 'main' }, /warehouseId/],
      [{ rowField: 'row id' }, /must be the name of a field/],
    ] as const) {
      const node = nodeOf(rig, 'brightpearl-goods-in', config);
      const { error } = await node.take(messageOf(returnOf(rig.order)));
      assert.ok(error instanceof LedgerError && error.class === 'config');
      assert.match(error.message, said);
    }
  });
});

describe('Brightpearl Exchange Order', () => {
  it('passes on a return without an exchange, and one whose stage is not reached', async () => {
    const rig = await exchangeRig();
    const node = nodeOf(rig, 'brightpearl-exchange-order');
    for (const event of [
      returnOf(rig.order, undefined, { topic: 'return.accepted' }),
      { ...rig.event(), topic: 'return.received' as const },
      { ...rig.event(), topic: 'return.rejected' as const },
    ]) {
      const message = messageOf(event);
      assert.deepEqual((await node.take(message)).sent, [[message, null]]);
    }
    assert.equal(rig.connector.calls, 0);
  });

  it('makes the order and passes the return on with it', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    const credit = await rig.creditFor(event);
    const node = nodeOf(rig, 'brightpearl-exchange-order', { statusId: '1', warehouseId: '' });
    const message = messageOf(event, [credit]);
    const { passed } = sentOf((await node.take(message)).sent);
    assert.deepEqual(kindsOf(passed[0]), ['sales-credit', 'exchange-order']);
    assert.equal(rig.simulator.observer.exchangeOrders()[0]?.statusId, 1);
  });

  it('R126: an order without its stock goes to output 2, with the order in the message', async () => {
    const rig = await exchangeRig(undefined, { initialStock: 0 });
    const event = rig.event();
    await rig.creditFor(event);
    const node = nodeOf(rig, 'brightpearl-exchange-order');
    const { held } = sentOf((await node.take(messageOf(event))).sent);
    const exception = exceptionOf(held[0]);
    assert.deepEqual([exception.code, exception.owner], ['exchange-not-allocated', 'warehouse']);
    assert.deepEqual(kindsOf(held[0]), ['exchange-order']);
    assert.equal(rig.simulator.observer.exchangeOrders().length, 1);
  });

  it('waits for the credit that is to be there first', async () => {
    const rig = await exchangeRig(undefined, SOON);
    const event = rig.event();
    const node = nodeOf(rig, 'brightpearl-exchange-order');
    const { attempts, sent } = await deliver(rig, node, event, () => rig.creditFor(event));
    assert.equal(attempts, 2);
    assert.deepEqual(kindsOf(sentOf(sent).passed[0]), ['sales-credit', 'exchange-order']);
  });

  it('R127: no personal data is in the message, the statuses or the log', async () => {
    const rig = await exchangeRig(undefined, { initialStock: 0 });
    const data = {
      'shippingAddress.address1': '12 Lime Street',
      'shippingAddress.zip': 'S1 4RT',
      email: 'a@b.example',
    };
    await rig.store.accept({ ...intake([]), people: [{ token: 'p_1', data, seenAt: NOW }] });
    const event = { ...rig.event(), customerToken: 'p_1' };
    await rig.creditFor(event);
    const node = nodeOf(rig, 'brightpearl-exchange-order');
    const { sent } = await node.take(messageOf(event));
    const original = await rig.connector.reader.order(rig.simulator.orderId(rig.order.number) ?? 0);
    const texts = JSON.stringify([sent, node.statuses, node.errors]);
    for (const value of [...Object.values(data), ...Object.values(original?.delivery.address ?? {})]) {
      assert.ok(!texts.includes(value), value);
    }
  });
});

describe('an error whose code says more than its class', () => {
  it('is raised under that code', () => {
    assert.equal(codeOf('credit-missing'), 'credit-missing');
    assert.equal(codeOf('brightpearl-period-locked'), 'period-closed');
    assert.equal(codeOf('brightpearl-customer-unknown'), 'customer-unknown');
    assert.equal(codeOf('http-no-answer'), undefined);
  });
});
