import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import {
  asFailure,
  brightpearlRig,
  orderWhere,
  posted,
  problemOf,
  returnOf,
  writesOf,
} from '../support/brightpearl-rig';
import { line } from '../support/events';
import { bundleRows, mappingsWith, skuRow } from '../support/posting-mappings';

/** A return of one line of goods, under a number of its own. */
function back(order: WorldOrder, of: Partial<ReturnLine>, id = 'HRONE'): ReturnEvent {
  const lines = [line({ id: '7001', orderLineId: null, ...of })];
  return returnOf(order, undefined, { returnId: id, returnNumber: id, lines });
}

const single = ({ lines }: WorldOrder): boolean => lines.length === 1 && lines[0]?.quantity === 1;
const three = ({ lines }: WorldOrder): boolean => lines.length === 1 && lines[0]?.quantity === 3;

describe('the sales credit with Return Mappings', () => {
  it('R36: finds “abc-1 ” as the item of its row; without the row it parks, and names what was sold', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, single);
    const sold = order.lines[0]?.sku ?? '';
    const of = back(order, { sku: 'abc-1 ' });
    const problem = problemOf(await credit(of, { mappings: mappingsWith({ sku: [skuRow('other', 'X')] }) }));
    assert.equal(problem.code, 'line-not-on-order');
    assert.deepEqual([problem.lines[0]?.sku, problem.lines[0]?.expected], ['abc-1 ', `1 × ${sold}`]);
    assert.deepEqual(writesOf(simulator), {});
    const mappings = mappingsWith({ sku: [skuRow('abc-1', sold)] });
    const document = posted(await credit(of, { mappings }));
    assert.equal(document.references['mappings'], mappings.version);
    assert.equal(document.references['reference'], `HR-HRONE-${order.number}`);
    assert.equal(simulator.observer.salesCredits()[0]?.rows[0]?.sku, sold);
  });

  it('says what is wrong in the platform’s words, with the ERP’s beside', async () => {
    const { world, credit } = await brightpearlRig();
    const order = orderWhere(world, single);
    const mappings = mappingsWith({ sku: [skuRow('abc-1', 'NOT-SOLD')] });
    const problem = problemOf(await credit(back(order, { sku: 'abc-1' }), { mappings }));
    assert.deepEqual(
      [problem.code, problem.what, problem.lines[0]?.sku, problem.lines[0]?.received],
      ['line-not-on-order', '1 × NOT-SOLD', 'abc-1', 'NOT-SOLD'],
    );
  });

  it('keeps the version that a credit was posted with, and has none without mappings', async () => {
    const { world, connector, credit } = await brightpearlRig();
    const order = orderWhere(world, single);
    const sold = order.lines[0]?.sku ?? '';
    const first = mappingsWith({ sku: [skuRow('abc-1', sold)] });
    const later = mappingsWith({ sku: [skuRow('abc-1', sold), skuRow('abc-2', 'X')] });
    assert.notEqual(first.version, later.version);
    const of = back(order, { sku: 'abc-1' });
    posted(await credit(of, { mappings: first }));
    const before = connector.calls;
    assert.equal(posted(await credit(of, { mappings: later })).references['mappings'], first.version);
    assert.equal(posted(await credit(of)).references['mappings'], first.version);
    assert.equal(connector.calls, before);
    const other = orderWhere(world, (one) => single(one) && one !== order);
    assert.equal('mappings' in posted(await credit(returnOf(other))).references, false);
  });

  it('records the version on a credit that is found after its answer was lost', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, single);
    const mappings = mappingsWith({ sku: [skuRow('abc-1', order.lines[0]?.sku ?? '')] });
    const of = back(order, { sku: 'abc-1' });
    simulator.dials.dropAfterCommitNext = 1;
    asFailure(await credit(of, { mappings }).catch((thrown: unknown) => thrown));
    assert.equal(posted(await credit(of, { mappings })).references['mappings'], mappings.version);
    assert.equal(simulator.observer.salesCredits().length, 1);
  });
});

describe('R45: packs of the platform', () => {
  const inPacks = (sku: string): Parameters<typeof mappingsWith>[0] => ({
    unit: [{ item: sku, from: 'pack', to: 'each', factor: '3' }],
  });

  it('one pack of three credits three pieces, is counted as one pack, and priced by the pack', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, three);
    const [sold] = order.lines;
    assert.ok(sold);
    const mappings = mappingsWith(inPacks(sold.sku));
    const pack = { sku: sold.sku, quantity: quantity(1, 'pack') };
    const wrong = problemOf(await credit(back(order, { ...pack, price: money(1, 'GBP') }), { mappings }));
    assert.equal(wrong.code, 'price-mismatch');
    const of = back(order, { ...pack, price: money(sold.amountMinor, 'GBP') });
    const document = posted(await credit(of, { mappings }));
    assert.equal(document.references['lines'], '7001×1');
    const [made] = simulator.observer.salesCredits();
    assert.deepEqual([made?.rows[0]?.quantity, made?.gross], [3, sold.amountMinor]);
    posted(await credit({ ...of, topic: 'return.accepted' }, { mappings }));
    const two = { ...of, lines: of.lines.map((one) => ({ ...one, quantity: quantity(2, 'pack') })) };
    assert.equal(problemOf(await credit(two, { mappings })).code, 'return-grown');
  });

  it('R46: a quantity that does not come out whole, and a unit without a row, park before any call', async () => {
    const { world, connector, credit } = await brightpearlRig();
    const order = orderWhere(world, three);
    const sku = order.lines[0]?.sku ?? '';
    const mappings = mappingsWith(inPacks(sku));
    const half = problemOf(await credit(back(order, { sku, quantity: quantity(0.5, 'pack') }), { mappings }));
    assert.deepEqual([half.code, half.lines[0]?.sku], ['uom-not-representable', sku]);
    assert.equal(connector.calls, 0);
    const crate = back(order, { sku, quantity: quantity(1, 'crate') });
    const problem = problemOf(await credit(crate, { mappings }));
    assert.deepEqual([problem.code, problem.lines[0]?.received], ['unit-unmapped', '1 crate']);
    // Without mappings the number alone counts, as it always did.
    posted(await credit(crate));
  });
});

interface SetShop {
  world: World;
  order: WorldOrder;
  parts: string[];
  /** What the order's rows come to together. */
  worth: number;
}

/** A shop whose last order holds the two components of sets, and nothing of the set itself. */
function setShop(sets: number, each: readonly [number, number], amounts: readonly [number, number]): SetShop {
  const world = createWorld({ seed: 5, orders: 20, currency: 'GBP' });
  const order = world.orders.at(-1);
  const parts = world.items.slice(0, 2).map(({ sku }) => sku);
  assert.ok(order);
  order.lines = parts.map((sku, at) => ({
    lineId: String(98_000_000 + at),
    sku,
    quantity: sets * (each[at] ?? 1),
    priceMinor: amounts[at] ?? 1,
    amountMinor: amounts[at] ?? 1,
  }));
  return { world, order, parts, worth: amounts[0] + amounts[1] };
}

describe('R48: a bundle that was sold as its components', () => {
  it('is credited on their rows, at the order’s own money, and counted as one unit of its line', async () => {
    const { world, order, parts, worth } = setShop(1, [1, 2], [10_01, 4_99]);
    const [a = '', b = ''] = parts;
    const mappings = mappingsWith({
      sku: [skuRow('set-red', 'SET')],
      bundle: bundleRows('SET', { [a]: 1, [b]: 2 }),
    });
    const { simulator, credit } = await brightpearlRig({ world });
    const of = back(order, { sku: 'set-red', price: money(worth, 'GBP') });
    const document = posted(await credit(of, { mappings }));
    const [made] = simulator.observer.salesCredits();
    assert.deepEqual(
      made?.rows.map((row) => [row.sku, row.quantity, row.net + row.tax]).sort(),
      [
        [a, 1, 10_01],
        [b, 2, 4_99],
      ].sort(),
    );
    assert.deepEqual([document.references['lines'], document.amount?.minor], ['7001×1', -worth]);
    // The same event again has not grown, and a second set is more than was sold.
    posted(await credit({ ...of, topic: 'return.received' }, { mappings }));
    const second = problemOf(await credit(back(order, { sku: 'set-red' }, 'HRTWO'), { mappings }));
    assert.equal(second.code, 'quantity-over-order');
    assert.equal(second.lines[0]?.sku, 'set-red');
  });

  it('is not made of some of its parts: with one that was not sold, the line is not on the order', async () => {
    const { world, order, parts } = setShop(1, [1, 1], [10_00, 5_00]);
    const { simulator, credit } = await brightpearlRig({ world });
    const mappings = mappingsWith({ bundle: bundleRows('SET', { [parts[0] ?? '']: 1, ELSEWHERE: 1 }) });
    assert.equal(
      problemOf(await credit(back(order, { sku: 'SET' }), { mappings })).code,
      'line-not-on-order',
    );
    assert.deepEqual(writesOf(simulator), {});
  });

  it('a component of a bundle that the order has as a whole parks, and the bundle is named', async () => {
    const { world, simulator, credit } = await brightpearlRig();
    const order = orderWhere(world, single);
    const parent = order.lines[0]?.sku ?? '';
    const mappings = mappingsWith({ bundle: bundleRows(parent, { 'PART-1': 1, 'PART-2': 1 }) });
    const problem = problemOf(await credit(back(order, { sku: 'PART-2' }), { mappings }));
    assert.deepEqual([problem.code, problem.what], ['bundle-part', `1 × PART-2 of ${parent}`]);
    assert.deepEqual(writesOf(simulator), {});
  });

  it('a credit of others on a component stops it', async () => {
    const { world, order, parts } = setShop(1, [1, 1], [10_00, 5_00]);
    const { simulator, credit } = await brightpearlRig({ world });
    const [a = '', b = ''] = parts;
    simulator.addForeignCredit(simulator.orderId(order.number) ?? 0);
    const mappings = mappingsWith({ bundle: bundleRows('SET', { [a]: 1, [b]: 1 }) });
    assert.equal(problemOf(await credit(back(order, { sku: 'SET' }), { mappings })).code, 'credit-by-others');
  });

  it('R52: sets and parts in any order never give more than the order, and together exactly that', async () => {
    const price = fc.integer({ min: 1, max: 300_00 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
        fc.tuple(price, price),
        fc.array(fc.constantFrom('SET', 'A', 'B'), { maxLength: 8 }),
        async (sets, each, amounts, sequence) => {
          const { world, order, parts, worth } = setShop(sets, each, amounts);
          const [a = '', b = ''] = parts;
          const { simulator, credit } = await brightpearlRig({ world });
          const mappings = mappingsWith({ bundle: bundleRows('SET', { [a]: each[0], [b]: each[1] }) });
          let number = 0;
          const give = async (sku: string): Promise<boolean> => {
            number += 1;
            const outcome = await credit(back(order, { sku }, `HRSET${number}`), { mappings });
            if (outcome.outcome === 'posted') return true;
            assert.equal(outcome.problem.code, 'quantity-over-order');
            return false;
          };
          const given = (): number =>
            simulator.observer.salesCredits().reduce((sum, { gross }) => sum + gross, 0);
          for (const what of sequence) {
            await give(what === 'SET' ? 'SET' : what === 'A' ? a : b);
            assert.ok(given() <= worth, `${given()} of ${worth}`);
          }
          for (const sku of ['SET', a, b]) while (await give(sku));
          assert.equal(given(), worth);
        },
      ),
      { numRuns: 12 },
    );
  });
});
