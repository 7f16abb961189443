import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReturnEvent } from '../../nodes/returns/event';
import { readUnits } from '../../nodes/returns/unit-count';
import { openMemoryStore } from '../../nodes/store/sqlite';
import {
  ARRIVALS,
  ORDERS,
  SKU,
  acceptedAs,
  arrivalOf,
  arrivalRig,
  connectorTo,
  orderOf,
  piecesIn,
  type ArrivalRig,
} from '../support/d365-arrivals';
import { httpTo } from '../support/simulated-http';

/** How the environment counts. */
interface Counting {
  /** Pieces in a box. */
  each: number;
  /** Decimals that a number of boxes may have. */
  decimals: number;
  /** What the stock is counted in. */
  stock: 'ea' | 'box';
}

const USUAL: Counting = { each: 12, decimals: 0, stock: 'ea' };

interface Boxes {
  rig: ArrivalRig;
  /** So many pieces of the return so far. */
  told: (pieces: number, topic?: ReturnEvent['topic'], disposition?: string) => ReturnEvent;
  /** What the return order and its journals have taken, in pieces. */
  registered: () => { lines: number; journals: number };
}

/** A return, counted in pieces, of a sale that the ERP counts in boxes; its return order is in boxes. */
async function boxes(count: number, counting: Counting = USUAL): Promise<Boxes> {
  const rig = await arrivalRig();
  const { simulator } = rig;
  const { each, decimals, stock } = counting;
  const order = orderOf(rig.world, SKU, count);
  await rig.connector.findSale(arrivalOf(order, 'return.started', 1));
  const ofOrder = (row: Readonly<Record<string, unknown>>): boolean =>
    row['SalesOrderNumber'] === order.salesOrderNumber;
  simulator.change('SalesOrderLinesV3', ofOrder, { SalesUnitSymbol: 'box' });
  simulator.change('UnitOfMeasureConversions', () => true, { Factor: each });
  simulator.change('UnitsOfMeasure', (row) => row['UnitSymbol'] === 'box', { DecimalPrecision: decimals });
  simulator.change('ReleasedProductsV2', (row) => row['ItemNumber'] === SKU, { InventoryUnitSymbol: stock });
  const told: Boxes['told'] = (pieces, topic = 'return.received', disposition = 'resellable') =>
    arrivalOf(order, topic, pieces, topic === 'return.accepted' ? acceptedAs(disposition) : {});
  await rig.announce(told(count * each, 'return.started'));
  assert.deepEqual(
    rig.order().lines.map(({ quantity }) => quantity),
    [-count],
  );
  return {
    rig,
    told,
    registered: () => {
      const lines = rig.order().lines.filter(({ status }) => status !== 'Awaiting');
      const journals = simulator.observer.arrivals().flatMap((journal) => journal.lines);
      const inJournals = journals.reduce((sum, { quantity }) => sum + quantity, 0);
      return {
        lines: lines.reduce((sum, { quantity }) => sum - quantity, 0) * each,
        journals: inJournals * (stock === 'box' ? each : 1),
      };
    },
  };
}

describe('R45, R46: pieces of a return line that the ERP counts in boxes', () => {
  it('the pieces of a whole box are registered as one, and the other box is still expected', async () => {
    const { rig, told, registered } = await boxes(2);
    assert.equal((await rig.receive(told(12))).problem, null);
    assert.deepEqual(
      rig.order().lines.map(({ quantity, status }) => [quantity, status]),
      [
        [-1, 'Quarantine'],
        [-1, 'Awaiting'],
      ],
    );
    assert.equal(piecesIn(rig.simulator, SKU, 'quarantine'), 12);
    const second = await rig.receive(told(24));
    assert.equal(second.problem, null);
    assert.deepEqual(registered(), { lines: 24, journals: 24 });
    // A repeat makes no journal.
    assert.deepEqual((await rig.receive(told(24))).made, []);
  });

  it('a part of a box is parked in words that say what it waits for, and goes with the rest', async () => {
    const { rig, told, registered } = await boxes(1);
    const { problem, made } = await rig.receive(told(5));
    assert.ok(problem);
    const [line] = problem.lines;
    assert.deepEqual([problem.code, made, rig.writes], ['uom-not-representable', [], []]);
    assert.match(problem.what, /5 pieces = 5\/12 box on return order /);
    assert.equal(line?.received, '5 pieces = 5/12 box');
    assert.match(line.expected ?? '', /^whole box: the rest of it/);
    assert.equal((await rig.receive(told(12))).problem, null);
    assert.deepEqual(registered(), { lines: 12, journals: 12 });
  });

  it('more than the boxes hold is told with its unit; so is a unit without a conversion, and nothing is made', async () => {
    const { rig, told } = await boxes(2);
    const more = await rig.receive(told(25));
    assert.deepEqual(
      [more.problem?.code, more.problem?.lines[0]?.expected],
      ['goods-not-announced', '2 box Awaiting'],
    );
    rig.simulator.change('ReturnOrderLinesV2', () => true, { SalesUnitSymbol: 'kg' });
    const strange = await rig.receive(told(24));
    assert.deepEqual(
      [strange.problem?.code, strange.problem?.lines[0]?.received, rig.writes],
      ['unit-mismatch', 'kg', []],
    );
  });

  it('where the stock is counted in a unit without a conversion, that is told', async () => {
    const { rig, told } = await boxes(1);
    rig.simulator.change('ReleasedProductsV2', () => true, { InventoryUnitSymbol: 'kg' });
    const { problem } = await rig.receive(told(12));
    assert.deepEqual(
      [problem?.code, problem?.lines[0]?.received, rig.writes],
      ['unit-mismatch', 'stock in kg', []],
    );
  });

  for (const stock of ['ea', 'box'] as const) {
    it(`a journal that another store knows nothing of is handed on with its pieces, stock in ${stock}`, async () => {
      const { rig, told, registered } = await boxes(2, { ...USUAL, stock });
      await rig.receive(told(12));
      const store = await openMemoryStore();
      const connector = connectorTo(httpTo(rig.simulator), rig.time);
      const { documents, problem } = await connector.receiveGoods(told(24), [], ARRIVALS, store);
      assert.equal(problem, null);
      assert.deepEqual(
        documents.map((one) => readUnits(one).map(({ units }) => units)),
        [[12], [12]],
      );
      assert.deepEqual(registered(), { lines: 24, journals: 24 });
      await store.close();
    });
  }

  it('dispositions that share a box are parked, since each would be a part of it', async () => {
    const { rig, told } = await boxes(1);
    const event = told(12, 'return.accepted');
    const [line] = event.lines;
    assert.ok(line);
    const parts = [5, 7].map((value, at) => ({
      ...line,
      id: `${line.id}.${at}`,
      quantity: { ...line.quantity, value },
      confirmedDisposition: at === 0 ? 'resellable' : 'damaged',
    }));
    const { problem } = await rig.receive({ ...event, lines: parts });
    assert.deepEqual([problem?.code, rig.writes], ['uom-not-representable', []]);
  });

  it('a return order that comes with the goods is in boxes too', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.connector.findSale(arrivalOf(order, 'return.started', 1));
    const ofOrder = (row: Readonly<Record<string, unknown>>): boolean =>
      row['SalesOrderNumber'] === order.salesOrderNumber;
    rig.simulator.change('SalesOrderLinesV3', ofOrder, { SalesUnitSymbol: 'box' });
    const policy = { ...ARRIVALS, unannounced: ORDERS };
    assert.equal((await rig.receive(arrivalOf(order, 'return.received', 12), policy)).problem, null);
    assert.equal(piecesIn(rig.simulator, SKU, 'quarantine'), 12);
  });
});

describe('R45, R46, R174: pieces that arrive over several messages', () => {
  it('sum to what is registered, whatever a box holds and however it may be told; a part of one is parked', async () => {
    const counting = fc.record({
      each: fc.constantFrom(2, 3, 4, 5, 6, 8, 10, 12),
      decimals: fc.constantFrom(0, 1, 2),
      stock: fc.constantFrom('ea', 'box'),
    });
    const message = fc.record({
      share: fc.integer({ min: 1, max: 12 }),
      topic: fc.constantFrom('return.received', 'return.accepted'),
      disposition: fc.constantFrom('resellable', 'damaged'),
      fault: fc.constantFrom('none', 'none', 'dropAfterCommitNext', 'dropBeforeCommitNext'),
    });
    const messages = fc.array(message, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(counting, fc.integer({ min: 1, max: 3 }), messages, async (how, count, several) => {
        const { rig, told, registered } = await boxes(count, how);
        const all = count * how.each;
        const fits = (pieces: number): boolean => (pieces * 10 ** how.decimals) % how.each === 0;
        let held = 0;
        const last = { share: 12, topic: 'return.received', disposition: '', fault: 'none' } as const;
        for (const { share, topic, disposition, fault } of [...several, last]) {
          const pieces = Math.max(1, Math.floor((all * share) / 12));
          if (fault !== 'none') rig.simulator.dials[fault] = 1;
          const { problem, documents } = await rig.inTheEnd(told(pieces, topic, disposition));
          Object.assign(rig.simulator.dials, { dropAfterCommitNext: 0, dropBeforeCommitNext: 0 });
          const fresh = Math.max(0, pieces - held);
          assert.equal(problem?.code ?? null, fits(fresh) ? null : 'uom-not-representable');
          if (fits(fresh)) held += fresh;
          const units = documents.flatMap(readUnits).reduce((sum, one) => sum + one.units, 0);
          assert.equal(units, held);
          const { lines, journals } = registered();
          assert.deepEqual([Math.round(lines * 1e6) / 1e6, Math.round(journals * 1e6) / 1e6], [held, held]);
        }
        assert.equal(held, all);
        await rig.store.close();
      }),
      { numRuns: Number(process.env['ARRIVAL_RUNS'] ?? 60) },
    );
  });
});
