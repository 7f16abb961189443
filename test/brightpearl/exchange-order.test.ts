import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantity } from '../../nodes/returns/quantity';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { failureOf, INSTANCE, returnOf, writesOf } from '../support/brightpearl-rig';
import { EXCHANGE, exchangeRig, made, refusedWith } from '../support/brightpearl-exchange';
import { GOODS } from '../support/brightpearl-goods';
import { line } from '../support/events';

const ORDER = 'POST /order-service/sales-order';
/** What the first line is exchanged for: the first item of the shop. */
const OTHER = 'RUN-38-BLU';

describe('R124: an exchange is two movements', () => {
  it('the goods credited and received, the replacement on a sales order of its own, both linked', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    const credit = await rig.creditFor(event);
    const goods = await rig.connector.bookGoodsIn(event, [], GOODS, rig.store);
    assert.equal(goods.booked.length, 1);
    const document = made(await rig.exchange(event));
    const [order, ...more] = rig.simulator.observer.exchangeOrders();
    assert.ok(order);
    assert.deepEqual(more, []);
    const [back] = rig.simulator.observer.salesCredits();
    assert.equal(back?.parentId, order.parentId);
    assert.deepEqual(
      order.rows.map(({ sku, quantity: units }) => [sku, units]),
      [[rig.other.sku, 1]],
    );
    assert.deepEqual(document.kind, 'exchange-order');
    assert.equal(document.number, String(order.id));
    assert.equal(document.references['credit'], credit.number);
    assert.equal(rig.simulator.observer.goodsInNotes()[0]?.orderId, back.id);
  });

  it('R128: it leads to the return and to the original order', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    await rig.creditFor(event);
    const document = made(await rig.exchange(event));
    const [order] = rig.simulator.observer.exchangeOrders();
    const original = rig.simulator.orderId(rig.order.number);
    assert.deepEqual(
      [order?.parentId, order?.ref, order?.externalRef, order?.instanceId],
      [original, rig.order.number, `HR-HR${rig.order.number}-${rig.order.number}-X`, INSTANCE],
    );
    assert.equal(order?.rows[0]?.externalRef, event.lines[1]?.id);
    assert.deepEqual(
      [document.references['salesOrder'], document.references['orderReference']],
      [String(original), rig.order.number],
    );
  });

  it('carries the reference of the original order, and is not taken for it by the next return', async () => {
    const rig = await exchangeRig(({ lines }) => lines.length === 2);
    const event = rig.event();
    await rig.creditFor(event);
    made(await rig.exchange(event));
    const next = returnOf(rig.order, undefined, {
      returnId: 'HR-NEXT',
      lines: returnOf(rig.order).lines.slice(1),
    });
    const credit = await rig.creditFor(next);
    assert.equal(credit.references['salesOrder'], String(rig.simulator.orderId(rig.order.number)));
  });

  it('takes customer, channel, warehouse and currency over, unless another warehouse and status are set', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    await rig.creditFor(event);
    made(
      await rig.exchange(event, { statusId: 1, warehouseId: 3, requireAllocation: false, linkParent: false }),
    );
    const [order] = rig.simulator.observer.exchangeOrders();
    const original = await rig.connector.reader.order(rig.simulator.orderId(rig.order.number) ?? 0);
    assert.deepEqual(
      [order?.customerId, order?.channelId, order?.currency],
      [original?.customerId, original?.channelId, original?.currency],
    );
    assert.deepEqual([order?.warehouseId, order?.statusId, order?.parentId], [3, 1, null]);
  });

  it('an account that knows no parent of a sales order', async () => {
    const rig = await exchangeRig(undefined, { salesOrderTakesParent: false });
    const event = rig.event();
    await rig.creditFor(event);
    assert.equal(refusedWith(await rig.exchange(event)).code, 'erp-refused');
    made(await rig.exchange(event, { linkParent: false }));
  });
});

describe('R125: an even exchange', () => {
  it('comes to the value of the goods that come back: 0.00 net of the credit', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    const credit = await rig.creditFor(event);
    const document = made(await rig.exchange(event));
    assert.deepEqual(document.amount, { minor: -(credit.amount?.minor ?? 0), currency: 'GBP' });
    assert.equal(document.references['difference'], '0.00 GBP');
  });

  it('has the tax of the replacement, not that of the goods', async () => {
    const rig = await exchangeRig(undefined, {
      taxCodeOf: (item) => (item.sku === OTHER ? 'T5' : 'T20'),
    });
    const event = rig.event();
    await rig.creditFor(event);
    const document = made(await rig.exchange(event));
    const [row] = rig.simulator.observer.exchangeOrders()[0]?.rows ?? [];
    assert.equal(row?.taxCode, 'T5');
    assert.equal(row.tax, Math.round((rig.value * 5) / 105));
    assert.equal(row.net + row.tax, rig.value);
    assert.equal(document.references['difference'], '0.00 GBP');
  });

  it('a line of goods that names its replacement is the same, and told in both ways it is sent once', async () => {
    const rig = await exchangeRig();
    const [goods, asked] = rig.event().lines;
    assert.ok(goods && asked);
    const naming = { ...goods, replacementSku: rig.other.sku };
    for (const lines of [[naming], [naming, asked]]) {
      const fresh = await exchangeRig();
      const event = returnOf(fresh.order, undefined, { topic: 'return.accepted', lines });
      await fresh.creditFor(event);
      const document = made(await fresh.exchange(event));
      const rows = fresh.simulator.observer.exchangeOrders().flatMap((order) => order.rows);
      assert.deepEqual(
        rows.map(({ sku, quantity: units }) => [sku, units]),
        [[fresh.other.sku, 1]],
      );
      assert.equal(document.references['difference'], '0.00 GBP');
    }
  });

  it('parks instead where the node is set so, or where it is not clear what the replacement is for', async () => {
    const rig = await exchangeRig(({ lines }) => lines.length === 2);
    const event = rig.event();
    await rig.creditFor(returnOf(rig.order, undefined, { topic: 'return.accepted' }));
    const parked = refusedWith(await rig.exchange(event, { priceFrom: 'park' }));
    assert.deepEqual(
      [parked.code, parked.what],
      ['exchange-price-missing', `${event.lines[1]?.quantity.value} × ${rig.other.sku}: no price`],
    );
    const both = rig.order.lines.map((sold) =>
      line({ id: sold.lineId, sku: sold.sku, quantity: quantity(sold.quantity), outcome: 'Exchange' }),
    );
    const stray = line({ id: 'x', kind: 'exchange', sku: rig.other.sku, orderLineId: null });
    const unclear = returnOf(rig.order, undefined, { topic: 'return.accepted', lines: [...both, stray] });
    assert.equal(refusedWith(await rig.exchange(unclear)).code, 'exchange-price-missing');
    assert.deepEqual(rig.simulator.observer.exchangeOrders(), []);
  });
});

describe('R110: one order, whatever comes again', () => {
  it('twenty at a time', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    await rig.creditFor(event);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => rig.exchange(event)));
    assert.equal(new Set(outcomes.map((outcome) => made(outcome).number)).size, 1);
    assert.equal(outcomes.filter(({ created }) => created).length, 1);
    assert.equal(writesOf(rig.simulator)[ORDER], 1);
  });

  it('looked up by its key where the answer was lost, never arrived, or comes late', async () => {
    for (const dials of [
      { dropAfterCommitNext: 1 },
      { dropBeforeCommitNext: 1 },
      { lateCommitNext: 1, lateCommitMs: 1 },
      { lateCommitNext: 1, lateCommitMs: 3_600_000 },
      // While the second try is under way: refused by the key.
      { lateCommitNext: 1, lateCommitMs: 500 },
    ]) {
      const rig = await exchangeRig();
      const event = rig.event();
      await rig.creditFor(event);
      Object.assign(rig.simulator.dials, dials);
      assert.equal((await failureOf(rig.exchange(event))).class, 'ambiguous');
      const document = made(await rig.exchange(event));
      await rig.simulator.observer.settled();
      const [order, ...more] = rig.simulator.observer.exchangeOrders();
      assert.deepEqual([document.number, more.length], [String(order?.id), 0]);
      assert.equal(document.references['difference'], '0.00 GBP');
    }
  });

  it('found by its key where the store knows nothing of it, and compared with what was meant', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    const credit = await rig.creditFor(event);
    const first = made(await rig.exchange(event));
    const store = await openMemoryStore();
    const again = await rig.connector.createExchangeOrder(event, [credit], EXCHANGE, store);
    assert.equal(made(again).number, first.number);
    assert.equal(again.created, false);
  });
});

describe('what stands in the way', () => {
  it('the credit is to be there first, unless the node is set otherwise', async () => {
    const rig = await exchangeRig();
    const error = await failureOf(rig.exchange(rig.event()));
    assert.deepEqual([error.code, error.class], ['credit-missing', 'state-blocked']);
    assert.deepEqual(writesOf(rig.simulator), {});
    const document = made(await rig.exchange(rig.event(), { afterCredit: false }));
    assert.equal(document.references['difference'], '0.00 GBP');
  });

  it('a replacement without a SKU, in either form', async () => {
    const rig = await exchangeRig();
    const [goods, asked] = rig.event().lines;
    assert.ok(goods && asked);
    for (const [lines, lineId] of [
      [[goods, { ...asked, sku: null }], asked.id],
      [[{ ...goods, outcome: 'One-Click EXCHANGE' }], goods.id],
    ] as const) {
      const event = returnOf(rig.order, undefined, { topic: 'return.accepted', lines: [...lines] });
      const problem = refusedWith(await rig.exchange(event));
      assert.deepEqual([problem.code, problem.lines[0]?.lineId], ['exchange-sku-missing', lineId]);
    }
  });

  it('R127: a SKU that the account does not know, or has archived; the nearest are shown and none is chosen', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    await rig.creditFor(event);
    const unknown = refusedWith(await rig.exchange(rig.event(null, { sku: 'RUN-99-BLU' })));
    assert.deepEqual([unknown.code, unknown.what], ['sku-unknown', 'RUN-99-BLU']);
    assert.ok(unknown.lines[0]?.candidates?.some((sku) => sku.startsWith('RUN-')));
    rig.simulator.setProductStatus(rig.other.sku, 'ARCHIVED');
    assert.equal(refusedWith(await rig.exchange(event)).code, 'sku-blocked');
    assert.deepEqual(rig.simulator.observer.exchangeOrders(), []);
  });

  it('R54: a tax code that the account does not have', async () => {
    const rig = await exchangeRig(undefined, { taxCodeOf: (item) => (item.sku === OTHER ? 'T17' : 'T20') });
    const event = rig.event();
    await rig.creditFor(event);
    const problem = refusedWith(await rig.exchange(event));
    assert.deepEqual([problem.code, problem.what], ['tax-unmapped', `T17 of ${rig.other.sku}`]);
  });

  it('R130: a return without a known original order is parked, and none is guessed', async () => {
    const rig = await exchangeRig();
    const blind = { ...rig.event(), order: { number: 'AC-99999', id: null } };
    assert.equal(refusedWith(await rig.exchange(blind, { afterCredit: false })).code, 'order-unknown');
    const nameless = { ...rig.event(), order: { number: null, id: null } };
    assert.equal(refusedWith(await rig.exchange(nameless)).code, 'order-reference-missing');
  });

  it('more that is asked for than the order holds', async () => {
    const rig = await exchangeRig();
    const event = rig.event();
    await rig.creditFor(event);
    made(await rig.exchange(event));
    const problem = refusedWith(await rig.exchange(rig.event(null, { quantity: quantity(2) })));
    assert.deepEqual(
      [problem.code, problem.lines.map(({ expected, received }) => [expected, received])],
      ['return-grown', [['1', '2']]],
    );
  });
});
