import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantity } from '../../nodes/returns/quantity';
import { failureOf, returnOf, writesOf } from '../support/brightpearl-rig';
import { bookedOf, goodsRig, MAIN, problemIn, stockOf, unitsOf } from '../support/brightpearl-goods';
import { createWorld } from '../../nodes/sandbox/world';
import { line } from '../support/events';

const NOTE = 'POST /warehouse-service/order/{id}/goods-note/goods-in';

describe('R92: goods are booked in on the sales credit', () => {
  it('as one note with our reference, on the rows of the credit, in quarantine', async () => {
    const { order, simulator, creditFor, book } = await goodsRig(({ lines }) => lines.length > 1);
    const credit = await creditFor();
    const before = order.lines.map(({ sku }) => stockOf(simulator, sku));
    const outcome = await book(returnOf(order, undefined, { topic: 'return.received' }));
    const [document, ...more] = bookedOf(outcome);
    assert.ok(document);
    assert.deepEqual(more, []);
    const [note, ...others] = simulator.observer.goodsInNotes();
    assert.ok(note);
    assert.deepEqual(others, []);
    assert.equal(note.orderId, Number(credit.number));
    assert.equal(note.warehouseId, MAIN.warehouse);
    assert.equal(note.batchReference, `HR-HR${order.number}-${order.number}-G1`);
    const [made] = simulator.observer.salesCredits();
    assert.deepEqual(
      note.lines.map(({ rowId, quantity: units }) => [rowId, units]).sort(),
      made?.rows.map(({ rowId, quantity: units }) => [rowId, units]).sort(),
    );
    assert.ok(note.lines.every(({ locationId }) => locationId === MAIN.quarantine));
    assert.deepEqual(
      order.lines.map(({ sku }) => stockOf(simulator, sku)),
      before,
    );
    assert.deepEqual([document.system, document.kind], ['brightpearl', 'goods-in']);
    assert.deepEqual(
      [document.number, document.amount, document.status],
      [String(note.id), null, 'received'],
    );
    const { reference, credit: on, warehouse, location, quarantine, lines } = document.references;
    assert.deepEqual(
      [reference, on, warehouse, location, quarantine],
      [note.batchReference, credit.number, '2', '21', 'true'],
    );
    assert.equal(lines, order.lines.map((sold) => `${sold.lineId}×${sold.quantity}`).join(' '));
  });

  it('R110: once, whatever comes again, and twenty at a time', async () => {
    const { order, simulator, creditFor, book, connector } = await goodsRig();
    await creditFor();
    const received = returnOf(order, undefined, { topic: 'return.received' });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => book(received)));
    assert.equal(outcomes.flatMap(bookedOf).length, 1);
    assert.equal(simulator.observer.goodsInNotes().length, 1);
    const [first] = outcomes;
    for (const { documents } of outcomes) assert.deepEqual(documents, first?.documents);
    const before = connector.calls;
    for (const topic of ['return.received', 'return.accepted'] as const) {
      assert.deepEqual(bookedOf(await book(returnOf(order, undefined, { topic }))), []);
    }
    assert.equal(connector.calls, before);
    assert.equal(writesOf(simulator)[NOTE], 1);
  });

  it('R85: not before the credit is there, and then by itself', async () => {
    const { order, simulator, creditFor, book } = await goodsRig();
    const received = returnOf(order, undefined, { topic: 'return.received' });
    const error = await failureOf(book(received));
    assert.deepEqual([error.code, error.class], ['credit-missing', 'state-blocked']);
    assert.match(error.message, new RegExp(`sales credit of order ${order.number} is not there yet`));
    assert.deepEqual(writesOf(simulator), {});
    await creditFor();
    assert.equal(bookedOf(await book(received)).length, 1);
  });

  it('R86: a drop-off, or a refund alone, books nothing', async () => {
    const { order, simulator, creditFor, book } = await goodsRig();
    await creditFor();
    for (const topic of [
      'return.started',
      'return.dropped_off',
      'return.in_transit',
      'return.refunded',
    ] as const) {
      assert.deepEqual(bookedOf(await book(returnOf(order, undefined, { topic }))), []);
    }
    assert.deepEqual(simulator.observer.goodsInNotes(), []);
  });

  it('rejected goods are in the building as well, where the node is set so', async () => {
    const { order, simulator, creditFor, book } = await goodsRig();
    await creditFor();
    const rejected = returnOf(order, undefined, { topic: 'return.rejected' });
    assert.deepEqual(bookedOf(await book(rejected, { rejectedGoods: 'ignore' })), []);
    bookedOf(await book(rejected, { putAway: 'disposition' }));
    const [note] = simulator.observer.goodsInNotes();
    assert.ok(note?.lines.every(({ quarantine }) => quarantine));
  });
});

describe('R99: several arrivals of one return', () => {
  it('make a note each, in their order, and together what was sold', async () => {
    const { order, simulator, creditFor, book } = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    await creditFor();
    const [sold] = order.lines;
    assert.ok(sold);
    const sofar = (units: number): ReturnType<typeof returnOf> =>
      returnOf(order, undefined, {
        topic: 'return.received',
        lines: [line({ id: sold.lineId, sku: sold.sku, quantity: quantity(units) })],
      });
    for (const units of [1, 1, 3, 2, 3]) bookedOf(await book(sofar(units)));
    const notes = simulator.observer.goodsInNotes();
    assert.deepEqual(
      notes.map(({ batchReference, lines }) => [batchReference?.slice(-3), lines[0]?.quantity]),
      [
        ['-G1', 1],
        ['-G2', 2],
      ],
    );
  });

  it('are told apart by their units where the platform names them', async () => {
    const { order, simulator, creditFor, book } = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    await creditFor();
    // Today the second and third unit, tomorrow the first; then all of them again, under one line.
    for (const places of [[1, 2], [1, 2], [0], [0, 1, 2]]) bookedOf(await book(unitsOf(order, places)));
    const notes = simulator.observer.goodsInNotes();
    assert.deepEqual(
      notes.map(({ lines }) => lines.map(({ quantity: units }) => units)),
      [[2], [1]],
    );
  });

  it('of one product on two rows of the order go into notes of their own', async () => {
    const world = createWorld({ seed: 3, orders: 60, currency: 'GBP' });
    const twice = world.orders.find(({ lines }) => lines.length === 2);
    const [first, second] = twice?.lines ?? [];
    assert.ok(first && second);
    Object.assign(first, { quantity: 1 });
    Object.assign(second, { sku: first.sku, quantity: 2 });
    const { order, simulator, creditFor, book } = await goodsRig((one) => one === twice, { world });
    await creditFor(returnOf(order));
    const outcome = await book(returnOf(order, undefined, { topic: 'return.received' }));
    assert.equal(bookedOf(outcome).length, 2);
    const notes = simulator.observer.goodsInNotes();
    assert.deepEqual(
      notes.map(({ batchReference, lines: moved }) => [batchReference?.slice(-3), moved[0]?.quantity]),
      [
        ['-G1', 1],
        ['-G2', 2],
      ],
    );
    assert.equal(stockOf(simulator, first.sku, true), 3);
  });

  it('of one row, with two reasons, stand on one line of the credit and of the note', async () => {
    const { order, simulator, creditFor, book } = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    const [sold] = order.lines;
    assert.ok(sold);
    const lines = [1, 2].map((units) =>
      line({ id: `${sold.lineId}.${units}`, sku: sold.sku, quantity: quantity(units), unitIds: [] }),
    );
    await creditFor(returnOf(order, undefined, { lines }));
    assert.deepEqual(
      simulator.observer.salesCredits().map(({ rows }) => rows.map((row) => row.quantity)),
      [[3]],
    );
    bookedOf(await book(returnOf(order, undefined, { topic: 'return.received', lines })));
    const moved = simulator.observer.goodsInNotes().map((note) => note.lines.map((one) => one.quantity));
    assert.deepEqual(moved, [[3]]);
  });

  it('of more than the credit holds book nothing, and show expected beside received', async () => {
    const { order, simulator, creditFor, book } = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    await creditFor(unitsOf(order, [0, 1], { topic: 'return.dropped_off' }));
    const problem = problemIn(await book(unitsOf(order, [0, 1, 2])));
    assert.equal(problem.code, 'goods-not-on-credit');
    assert.match(problem.what, /: 2 still open on sales credit \d+, 3 arrived$/);
    assert.deepEqual(
      problem.lines.map(({ field, expected, received }) => [field, expected, received]),
      [['quantity', 'at most 2', '3']],
    );
    assert.deepEqual(simulator.observer.goodsInNotes(), []);
  });

  it('of a product that the credit does not hold book nothing', async () => {
    const { order, world, creditFor, book, simulator } = await goodsRig();
    await creditFor();
    const other = world.items.find(({ sku }) => !order.lines.some((sold) => sold.sku === sku))?.sku ?? '';
    const lines = [line({ id: 'x', sku: other })];
    const problem = problemIn(await book(returnOf(order, undefined, { topic: 'return.received', lines })));
    assert.equal(problem.code, 'goods-not-on-credit');
    assert.match(problem.what, new RegExp(`^${other} is not on sales credit \\d+$`));
    assert.equal(
      problem.lines[0]?.expected,
      order.lines.map((sold) => `${sold.quantity} × ${sold.sku}`).join(', '),
    );
    assert.deepEqual(simulator.observer.goodsInNotes(), []);
  });
});

describe('bundles', () => {
  const BUNDLE = {
    components: [
      ['HOO-38-BLU', 2],
      ['BEA-38-BLU', 1],
    ] as const,
  };

  it('R48: come in as their components; the bundle itself is not counted', async () => {
    const probe = await goodsRig(({ lines }) => lines[0]?.quantity === 2);
    const bundle = probe.order.lines[0]?.sku ?? '';
    const components = BUNDLE.components.map(([sku, units]) => ({ sku, quantity: units }));
    const { order, simulator, creditFor, book } = await goodsRig(
      ({ number }) => number === probe.order.number,
      { bundles: [{ sku: bundle, components }] },
    );
    await creditFor(unitsOf(order, [0, 1], { topic: 'return.dropped_off' }));
    bookedOf(await book(unitsOf(order, [1])));
    const [first] = simulator.observer.goodsInNotes();
    assert.deepEqual(first?.lines.map(({ sku, quantity: units }) => [sku, units]).sort(), [
      ['BEA-38-BLU', 1],
      ['HOO-38-BLU', 2],
    ]);
    bookedOf(await book(unitsOf(order, [0, 1])));
    assert.deepEqual(
      [stockOf(simulator, 'HOO-38-BLU', true), stockOf(simulator, 'BEA-38-BLU', true)],
      [4, 2],
    );
    assert.equal(problemIn(await book(unitsOf(order, [0, 1, 2]))).code, 'goods-not-on-credit');
  });
});

describe('the throttle', () => {
  it('goods of forty returns at once share their calls', async () => {
    const { world, connector, creditFor, book, simulator } = await goodsRig();
    const orders = world.orders.slice(0, 40);
    await Promise.all(orders.map((order) => creditFor(returnOf(order))));
    const before = connector.calls;
    const received = orders.map((order) => returnOf(order, undefined, { topic: 'return.received' }));
    const outcomes = await Promise.all(received.map((one) => book(one)));
    assert.equal(outcomes.flatMap(bookedOf).length, 40);
    assert.equal(simulator.observer.goodsInNotes().length, 40);
    assert.ok(connector.calls - before <= 14, `${connector.calls - before} calls`);
  });
});
