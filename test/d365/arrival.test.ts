import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantity } from '../../nodes/returns/quantity';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { Problem } from '../../nodes/returns/posting-checks';
import { documentReference } from '../../nodes/runtime/document-reference';
import {
  ARRIVALS,
  ORDERS,
  OTHER,
  SKU,
  acceptedAs,
  arrivalOf,
  arrivalRig,
  numbersOf,
  orderOf,
  piecesIn,
} from '../support/d365-arrivals';
import { line } from '../support/events';
import { bundleRows, dispositionRow, mappingsWith, skuRow } from '../support/posting-mappings';

function shown({
  problem,
}: {
  problem: Problem | null;
}): [string, string, (string | null | undefined)[]] | null {
  if (!problem) return null;
  const [first] = problem.lines;
  return [problem.code, problem.what, [first?.expected, first?.received]];
}

describe('A7: the item arrival journal', () => {
  it('R102: one journal with the right lines; R73: goods that nobody has looked at are in quarantine', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 2);
    await rig.announce(arrivalOf(order, 'return.started', 2));
    const received = arrivalOf(order, 'return.received', 2);
    const { documents, made, problem } = await rig.receive(received);
    assert.deepEqual([numbersOf(documents), problem], [numbersOf(made), null]);
    const [document] = documents;
    const held = rig.order();
    const [expected] = held.lines;
    assert.ok(document && expected);
    const { amount, kind, number, references, status, system } = document;
    const reference = `${documentReference(received)}-A1`;
    assert.deepEqual([system, kind, status, amount], ['d365', 'item-arrival', 'posted', null]);
    assert.deepEqual(references, {
      reference,
      returnOrder: held.number,
      rma: held.rma,
      company: 'usrt',
      warehouse: 'RETQC',
      lots: expected.lot,
      lines: `${received.lines[0]?.id ?? ''}×2`,
      quarantine: 'true',
    });
    assert.deepEqual(rig.simulator.observer.arrivals(), [
      {
        journal: number,
        description: reference,
        posted: true,
        lines: [{ lot: expected.lot, item: SKU, quantity: 2, disposition: '', quarantine: true }],
      },
    ]);
    assert.deepEqual([held.status, expected.status, expected.warehouse], ['Open', 'Quarantine', 'RETQC']);
    assert.deepEqual(
      [piecesIn(rig.simulator, SKU, 'quarantine'), rig.writes],
      [2, ['POST ItemArrivalJournalHeadersV2', 'POST ItemArrivalJournalLinesV2', 'POST postArrivalJournal']],
    );
  });

  it('R104: inspected goods go where their disposition says, under its code', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 2);
    await rig.announce(arrivalOf(order, 'return.started', 2));
    const { problem } = await rig.receive(arrivalOf(order, 'return.accepted', 2, acceptedAs('Resellable')));
    assert.equal(problem, null);
    const [held] = rig.order().lines;
    assert.deepEqual(
      [held?.status, held?.disposition, held?.warehouse, held?.location],
      ['Registered', 'CREDIT', 'MAIN', 'BULK'],
    );
  });

  it('R12, R109: repeats, later events and two messages at once make no second journal', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 2);
    await rig.announce(arrivalOf(order, 'return.started', 2));
    const received = arrivalOf(order, 'return.received', 2);
    const all = await Promise.all(Array.from({ length: 10 }, () => rig.receive(received)));
    assert.equal(new Set(all.flatMap(({ documents }) => numbersOf(documents))).size, 1);
    assert.equal(all.flatMap(({ made }) => made).length, 1);
    const calls = rig.connector.calls;
    const later = await rig.receive(arrivalOf(order, 'return.accepted', 2, acceptedAs('resellable')));
    assert.deepEqual([later.documents.length, later.made, rig.connector.calls], [1, [], calls]);
    assert.equal(rig.simulator.observer.arrivals().length, 1);
    // Nothing is booked twice: the quarantine order is ended there.
    assert.equal(rig.order().lines[0]?.status, 'Quarantine');
  });

  it('R86: nothing arrives with a drop-off or a refund at it', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    for (const topic of [
      'return.dropped_off',
      'return.in_transit',
      'return.refunded',
      'return.cancelled',
    ] as const) {
      assert.deepEqual((await rig.receive(arrivalOf(order, topic, 1))).documents, []);
    }
    assert.equal(rig.simulator.observer.arrivals().length, 0);
    assert.deepEqual([rig.order().status, rig.writes], ['Created', []]);
  });

  it('a refund whose goods a Return Gate counts as accepted brings them', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const refunded = arrivalOf(order, 'return.refunded', 1, { platformDisposition: 'resellable' });
    await rig.receive(refunded, { ...ARRIVALS, goodsAccepted: true });
    assert.equal(rig.order().lines[0]?.disposition, 'CREDIT');
  });
});

describe('R174: arrivals in parts', () => {
  it('over three days split the line, and each finds the lot that is still open', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 3);
    await rig.announce(arrivalOf(order, 'return.started', 3));
    for (const units of [1, 2, 3]) {
      const { made, problem } = await rig.receive(arrivalOf(order, 'return.received', units));
      assert.deepEqual([made.length, problem], [1, null]);
    }
    const held = rig.order();
    assert.deepEqual(
      held.lines.map((one) => [one.quantity, one.status, one.external]),
      held.lines.map(() => [-1, 'Quarantine', order.lines[0]?.lineId]),
    );
    assert.equal(new Set(held.lines.map(({ lot }) => lot)).size, 3);
    const names = rig.simulator.observer.arrivals().map(({ description }) => description.slice(-3));
    assert.deepEqual(names, ['-A1', '-A2', '-A3']);
  });

  it('by the ids of the units, under whichever line the platform tells them', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 2);
    const id = order.lines[0]?.lineId ?? '';
    const both = (topic: ReturnEvent['topic']): ReturnEvent =>
      arrivalOf(order, topic, 2, { id: `${id}.0`, unitIds: ['u1', 'u2'] });
    await rig.announce(both('return.started'));
    const one = arrivalOf(order, 'return.received', 1, { id: `${id}.1`, unitIds: ['u2'] });
    assert.equal((await rig.receive(one)).problem, null);
    const inspected = arrivalOf(order, 'return.accepted', 1, {
      id: `${id}.0`,
      unitIds: ['u1'],
      ...acceptedAs('resellable'),
    });
    const other = { ...one.lines[0], ...acceptedAs('damaged') };
    inspected.lines.push(line(other));
    assert.equal((await rig.receive(inspected)).problem, null);
    const states = rig.order().lines.map((held) => [held.quantity, held.status, held.disposition]);
    assert.deepEqual(states, [
      [-1, 'Quarantine', ''],
      [-1, 'Registered', 'CREDIT'],
    ]);
  });

  it('units of one lot with two dispositions make two journals', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 3);
    const id = order.lines[0]?.lineId ?? '';
    await rig.announce(arrivalOf(order, 'return.started', 3, { id: `${id}.0` }));
    const accepted = arrivalOf(order, 'return.accepted', 2, { id: `${id}.0`, ...acceptedAs('resellable') });
    accepted.lines.push(
      line({ ...accepted.lines[0], id: `${id}.2`, quantity: quantity(1), ...acceptedAs('damaged') }),
    );
    const { made, problem } = await rig.receive(accepted);
    assert.deepEqual([made.length, problem], [2, null]);
    const states = rig.order().lines.map((held) => [held.quantity, held.disposition]);
    assert.deepEqual(states, [
      [-2, 'CREDIT'],
      [-1, 'SCRAP'],
    ]);
  });
});

describe('R173: what was not announced', () => {
  it('more units than announced: nothing of them is registered', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 5);
    await rig.announce(arrivalOf(order, 'return.started', 2));
    const outcome = await rig.receive(arrivalOf(order, 'return.received', 3));
    const what = `${SKU}: 2 still expected on return order ${rig.order().number}, 3 arrived`;
    assert.deepEqual(shown(outcome), ['goods-not-announced', what, ['2 Awaiting', '3']]);
    assert.deepEqual([rig.writes, rig.order().status], [[], 'Created']);
  });

  it('another item: told with both', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const outcome = await rig.receive(arrivalOf(order, 'return.received', 1, { sku: OTHER }));
    const what = `${OTHER} is not on return order ${rig.order().number}`;
    assert.deepEqual(shown(outcome), ['goods-not-announced', what, [`1 × ${SKU}`, `1 × ${OTHER}`]]);
    assert.deepEqual(rig.writes, []);
  });
});

describe('R101: the state of the return order comes first', () => {
  it('R162: a stopped one gets no doomed call, and goes on by itself when it is released', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const { number } = rig.order();
    rig.simulator.operator.stopOrder(number);
    const received = arrivalOf(order, 'return.received', 1);
    const error = await rig.fails(received);
    assert.deepEqual([error.code, error.class], ['return-order-locked', 'state-blocked']);
    assert.deepEqual(rig.writes, []);
    rig.simulator.operator.resumeOrder(number);
    assert.equal((await rig.receive(received)).made.length, 1);
  });

  it('one that is stopped between header and lines is waited for with its journal', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const { number } = rig.order();
    const store = rig.store;
    const record = store.recordIntentStep.bind(store);
    rig.store.recordIntentStep = async (...facts) => {
      await record(...facts);
      if (facts[1] === 'journal') rig.simulator.operator.stopOrder(number);
    };
    const received = arrivalOf(order, 'return.received', 1);
    assert.equal((await rig.fails(received)).code, 'return-order-locked');
    rig.store.recordIntentStep = record;
    rig.simulator.operator.resumeOrder(number);
    assert.equal((await rig.receive(received)).made.length, 1);
    assert.equal(rig.simulator.observer.arrivals().length, 1);
  });

  it('a cancelled one takes no goods', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const { number } = rig.order();
    rig.simulator.operator.cancelOrder(number);
    const outcome = await rig.receive(arrivalOf(order, 'return.received', 1));
    const expected = ['Created or Open', 'Canceled'];
    assert.deepEqual(shown(outcome), ['return-order-closed', `return order ${number} is Canceled`, expected]);
    assert.deepEqual(rig.writes, []);
  });

  it('R85: goods that come before their return order wait for it', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    const received = arrivalOf(order, 'return.received', 1);
    const error = await rig.fails(received);
    assert.deepEqual([error.code, error.class], ['return-order-missing', 'state-blocked']);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    assert.equal((await rig.receive(received)).made.length, 1);
  });

  it('R14, R106: or get it first, where the node is set so', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    const policy = { ...ARRIVALS, unannounced: ORDERS };
    const outcome = await rig.receive(arrivalOf(order, 'return.received', 1), policy);
    assert.deepEqual([outcome.made.length, outcome.problem], [1, null]);
    assert.equal(rig.order().lines[0]?.status, 'Quarantine');
    const strange = arrivalOf({ ...order, number: 'AC-NONE' }, 'return.received', 1);
    assert.equal((await rig.receive(strange, policy)).problem?.code, 'order-unknown');
  });
});

describe('dispositions', () => {
  it('R66: one without a row moves nothing', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const outcome = await rig.receive(arrivalOf(order, 'return.accepted', 1, acceptedAs('mystery')));
    const told = ['a row in the disposition table', 'mystery'];
    assert.deepEqual(shown(outcome), ['disposition-unmapped', 'mystery', told]);
    assert.deepEqual(rig.writes, []);
  });

  for (const [disposition, why] of [
    ['money only', 'CREDONLY credits without goods, and these goods are there'],
    ['of yesterday', 'GONE is no disposition code there'],
  ] as const) {
    it(`${why}: no journal`, async () => {
      const rig = await arrivalRig();
      const order = orderOf(rig.world, SKU, 1);
      await rig.announce(arrivalOf(order, 'return.started', 1));
      const outcome = await rig.receive(arrivalOf(order, 'return.accepted', 1, acceptedAs(disposition)));
      assert.deepEqual([outcome.problem?.code, outcome.problem?.what], ['disposition-unfit', why]);
      assert.deepEqual(rig.writes, []);
    });
  }

  it('C2: one that replaces is refused only where the return has a replacement of its own', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const accepted = arrivalOf(order, 'return.accepted', 1, acceptedAs('replace'));
    const exchange = { ...accepted, lines: accepted.lines.map((one) => ({ ...one, replacementSku: OTHER })) };
    assert.equal((await rig.receive(exchange)).problem?.code, 'disposition-unfit');
    assert.equal((await rig.receive(accepted)).made.length, 1);
  });

  it('R94: rejected goods are in quarantine without a disposition, or are not received', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const rejected = arrivalOf(order, 'return.rejected', 1, { platformDisposition: 'resellable' });
    assert.deepEqual((await rig.receive(rejected, { ...ARRIVALS, rejectedGoods: 'ignore' })).documents, []);
    await rig.receive(rejected, { ...ARRIVALS, inspection: 'hold' });
    const [held] = rig.order().lines;
    assert.deepEqual([held?.status, held?.disposition], ['Quarantine', '']);
  });

  it('held goods are registered without one in the warehouse of the node', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    await rig.receive(arrivalOf(order, 'return.received', 1), { ...ARRIVALS, inspection: 'hold' });
    const [held] = rig.order().lines;
    assert.deepEqual([held?.status, held?.disposition, held?.warehouse], ['Registered', '', 'RETQC']);
  });

  it('D3: a warehouse that receives in the warehouse app gets no journal', async () => {
    const rig = await arrivalRig();
    rig.simulator.change('Warehouses', (row) => row['WarehouseId'] === 'RETQC', {
      AreAdvancedWarehouseManagementProcessesEnabled: 'Yes',
    });
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const outcome = await rig.receive(arrivalOf(order, 'return.received', 1));
    const told = ['one without warehouse management processes', 'RETQC'];
    assert.deepEqual(shown(outcome), ['warehouse-advanced', 'warehouse RETQC', told]);
    assert.deepEqual(rig.writes, []);
  });
});

describe('with Return Mappings', () => {
  it('R65: code, warehouse, location and journal name are those of the row', async () => {
    const rig = await arrivalRig();
    const mappings = mappingsWith({
      sku: [skuRow('shop-1', SKU)],
      disposition: [
        dispositionRow('grade a', 'CREDIT', { warehouse: 'MAIN', location: 'BULK', document: 'ARRIVAL' }),
      ],
    });
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const policy = { ...ARRIVALS, dispositions: new Map(), mappings };
    const change = { sku: 'shop-1', ...acceptedAs('grade a') };
    const { documents, problem } = await rig.receive(arrivalOf(order, 'return.accepted', 1, change), policy);
    assert.deepEqual([problem, documents[0]?.references['mappings']], [null, mappings.version]);
    const [held] = rig.order().lines;
    assert.deepEqual([held?.disposition, held?.warehouse, held?.location], ['CREDIT', 'MAIN', 'BULK']);
  });

  it('a reason may name the disposition where nobody has told one', async () => {
    const rig = await arrivalRig();
    const mappings = mappingsWith({
      reason: [{ reason: 'broken', erpReason: 'DMG', disposition: 'SCRAP' }],
    });
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const change = { reason: { code: 'broken', text: null } };
    const policy = { ...ARRIVALS, dispositions: new Map(), mappings };
    await rig.receive(arrivalOf(order, 'return.accepted', 1, change), policy);
    assert.equal(rig.order().lines[0]?.disposition, 'SCRAP');
    const other = arrivalOf(orderOf(rig.world, SKU, 1), 'return.accepted', 1, acceptedAs('x'));
    const outcome = await rig.receive(other, policy);
    assert.deepEqual(shown(outcome)?.slice(0, 2), ['disposition-unmapped', 'x']);
  });

  it('R46: units of a pack are registered as pieces, and broken ones are held', async () => {
    const rig = await arrivalRig();
    const mappings = mappingsWith({ unit: [{ item: '*', from: 'pack', to: 'each', factor: '2' }] });
    const order = orderOf(rig.world, SKU, 4);
    const policy = { ...ARRIVALS, mappings, unannounced: { ...ORDERS, mappings } };
    const packs = (count: number): ReturnEvent =>
      arrivalOf(order, 'return.received', 1, { quantity: quantity(count, 'pack') });
    const { documents, problem } = await rig.receive(packs(2), policy);
    assert.deepEqual(
      [problem, documents[0]?.references['lines']],
      [null, `${order.lines[0]?.lineId ?? ''}×2`],
    );
    assert.equal(rig.order().lines[0]?.quantity, -4);
  });

  it('R48: a bundle is received as the components that are on the return order', async () => {
    const rig = await arrivalRig();
    const [one, two] = [SKU, OTHER];
    const order = orderOf(rig.world, one, 2);
    order.lines.push({
      ...(order.lines[0] as (typeof order.lines)[0]),
      lineId: '990009',
      sku: two,
      quantity: 4,
    });
    const mappings = mappingsWith({ bundle: bundleRows('SET', { [one]: 1, [two]: 2 }) });
    const set = (topic: ReturnEvent['topic'], units: number): ReturnEvent =>
      arrivalOf(order, topic, units, { sku: 'SET', orderLineId: null });
    const policy = { ...ARRIVALS, mappings, unannounced: { ...ORDERS, mappings } };
    rig.simulator.takeOver(order);
    const all = await rig.receive(set('return.received', 2), policy);
    assert.equal(all.problem, null);
    assert.deepEqual(
      rig.order().lines.map((held) => [held.itemNumber, held.quantity, held.status]),
      [
        [one, -2, 'Quarantine'],
        [two, -4, 'Quarantine'],
      ],
    );
  });
});
