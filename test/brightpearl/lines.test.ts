import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder, createWorld, type World } from '../../nodes/sandbox/world';
import { line } from '../support/events';
import {
  brightpearlRig,
  orderWhere,
  posted,
  problemOf,
  returnOf,
  writesOf,
  type RigOptions,
} from '../support/brightpearl-rig';

const FEE = { name: 'Return fee', nominalCode: '4900', taxCode: 'T20' };
const RULES = {
  substitutes: new Map(),
  bundleParts: 'park',
  toleranceMinor: 0,
  fees: new Map(),
  nominalCode: '',
} as const;

function shop(): World {
  return createWorld({ seed: 5, orders: 20, currency: 'GBP' });
}

/** The shop with one order of one item that Brightpearl keeps as a bundle of three. */
function bundleShop(
  priceMinor: number,
  units = 1,
): { world: World; options: RigOptions; parts: string[]; sku: string } {
  const world = shop();
  const [bundle, ...items] = world.items;
  assert.ok(bundle);
  bundle.priceMinor = priceMinor;
  const parts = items.slice(0, 3).map(({ sku }) => sku);
  addOrder(world, { sku: bundle.sku, quantity: units });
  const components = parts.map((sku) => ({ sku, quantity: 1 }));
  return { world, options: { world, bundles: [{ sku: bundle.sku, components }] }, parts, sku: bundle.sku };
}

describe('R55: mixed tax rates in one return', () => {
  it('post in one credit, with the tax code and tax of each original row', async () => {
    const { world, simulator, credit } = await brightpearlRig({
      world: shop(),
      taxCodeOf: (_item, index) => ['T20', 'T5', 'T0'][index % 3] ?? 'T0',
    });
    const rates = (number: string): Set<string> => {
      const id = simulator.orderId(number);
      return new Set(
        simulator.observer
          .salesCredits()
          .find(({ parentId }) => parentId === id)
          ?.rows.map((row) => row.taxCode),
      );
    };
    let mixed = 0;
    for (const order of world.orders) {
      const document = posted(await credit(returnOf(order)));
      if (rates(order.number).size === 3) mixed += 1;
      const made = simulator.observer.salesCredits().find(({ id }) => String(id) === document.number);
      assert.equal(
        made?.gross,
        order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
      );
    }
    assert.ok(mixed > 0, 'an order with all three rates');
  });

  it('R54: a tax code that the account has lost parks before anything is posted', async () => {
    const { world, simulator, credit } = await brightpearlRig({
      world: shop(),
      taxCodes: [{ id: 7, code: 'T20', description: 'Standard', rate: 20 }],
      taxCodeOf: (_item, index) => (index % 2 === 0 ? 'T20' : 'T17'),
    });
    const lost = orderWhere(world, ({ lines }) =>
      lines.some(({ sku }) => world.items.findIndex((item) => item.sku === sku) % 2 === 1),
    );
    const problem = problemOf(await credit(returnOf(lost)));
    assert.equal(problem.code, 'tax-unmapped');
    assert.match(problem.what, /T17/);
    assert.deepEqual(writesOf(simulator), {});
  });
});

describe('R48: bundles', () => {
  it('the bundle itself comes back as one row, and Brightpearl adds its parts', async () => {
    const { world, options } = bundleShop(10_00);
    const { simulator, credit } = await brightpearlRig(options);
    const order = world.orders.at(-1);
    assert.ok(order);
    posted(await credit(returnOf(order)));
    const [made] = simulator.observer.salesCredits();
    assert.deepEqual(
      made?.rows.map((row) => [row.bundleParent, row.parentRowId === null]),
      [
        [true, true],
        [false, false],
        [false, false],
        [false, false],
      ],
    );
    assert.equal(made.gross, 10_00);
  });

  it('a part alone is parked where the order gives it no value', async () => {
    const { world, options, parts } = bundleShop(10_00);
    const { simulator, credit } = await brightpearlRig(options);
    const order = world.orders.at(-1);
    assert.ok(order);
    const of = returnOf(order, 1, { lines: [line({ sku: parts[0] ?? null })] });
    assert.equal(problemOf(await credit(of)).code, 'bundle-part');
    assert.deepEqual(writesOf(simulator), {});
  });

  it('R52: all parts, each in a return of its own, come to the price of the bundle', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 500_00 }),
        fc.integer({ min: 1, max: 3 }),
        async (price, units) => {
          const { world, options, parts } = bundleShop(price, units);
          const { simulator, credit } = await brightpearlRig(options);
          const order = world.orders.at(-1);
          assert.ok(order);
          for (let unit = 0; unit < units; unit += 1) {
            for (const [index, sku] of parts.entries()) {
              const id = `HRP${unit}${index}`;
              const of = returnOf(order, 1, { returnId: id, returnNumber: id, lines: [line({ sku })] });
              posted(await credit(of, { rules: { ...RULES, bundleParts: 'even' } }));
            }
          }
          const credits = simulator.observer.salesCredits();
          assert.equal(credits.length, 3 * units);
          assert.equal(
            credits.reduce((sum, { gross }) => sum + gross, 0),
            price * units,
          );
          // The bundle itself cannot come back as well.
          const whole = problemOf(
            await credit(returnOf(order, 1), { rules: { ...RULES, bundleParts: 'even' } }),
          );
          assert.equal(whole.code, 'quantity-over-order');
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('R49: an item that was sent instead of another', () => {
  it('is held where nobody said what it stands for, and shows what was sold', async () => {
    const { world, credit } = await brightpearlRig({ world: shop() });
    const order = orderWhere(world, ({ lines }) => lines.length === 1);
    const sent = world.items.find(({ sku }) => sku !== order.lines[0]?.sku)?.sku ?? '';
    const problem = problemOf(await credit(returnOf(order, 1, { lines: [line({ sku: sent })] })));
    assert.equal(problem.code, 'line-not-on-order');
    assert.equal(problem.lines[0]?.received, sent);
    assert.match(problem.lines[0].expected ?? '', new RegExp(order.lines[0]?.sku ?? ''));
  });

  it('takes the value of what it replaced, and comes back as itself', async () => {
    const { world, simulator, credit } = await brightpearlRig({ world: shop() });
    const order = orderWhere(world, ({ lines }) => lines.length === 1 && lines[0]?.quantity === 1);
    const sold = order.lines[0]?.sku ?? '';
    const sent = world.items.find(({ sku, state }) => state === 'active' && sku !== sold)?.sku ?? '';
    const substitutes = new Map([[sent.toLowerCase(), sold.toLowerCase()]]);
    posted(
      await credit(returnOf(order, 1, { lines: [line({ sku: sent })] }), {
        rules: { ...RULES, substitutes },
      }),
    );
    const [made] = simulator.observer.salesCredits();
    assert.deepEqual([made?.rows[0]?.sku, made?.gross], [sent, order.lines[0]?.amountMinor]);
    // R50: the one that was sold is used up by it.
    const second = problemOf(await credit(returnOf(order, 1, { returnId: 'HR2' })));
    assert.equal(second.code, 'quantity-over-order');
  });
});

describe('R113: quantity and value against the original', () => {
  it('a platform price that is off by 0.01 is decided by the tolerance, and recorded', async () => {
    const { world, simulator, credit } = await brightpearlRig({ world: shop() });
    const order = orderWhere(world, ({ lines }) => lines.length === 1 && lines[0]?.quantity === 1);
    const sold = order.lines[0];
    assert.ok(sold);
    const price = money(sold.amountMinor + 1, 'GBP');
    const of = returnOf(order, 1, { lines: [line({ sku: sold.sku, price })] });
    const problem = problemOf(await credit(of));
    assert.equal(problem.code, 'price-mismatch');
    assert.ok(problem.lines[0]?.expected && problem.lines[0].received);
    assert.deepEqual(writesOf(simulator), {});
    const document = posted(await credit(of, { rules: { ...RULES, toleranceMinor: 1 } }));
    assert.match(document.references['differences'] ?? '', /order .* GBP, platform .* GBP/);
    assert.equal(document.amount?.minor, -sold.amountMinor);
  });

  it('R59: a price that lacks exactly the tax passes only where that is not said to be wrong', async () => {
    const { world, credit } = await brightpearlRig({ world: shop() });
    const order = orderWhere(world, ({ lines }) => lines.length === 1 && lines[0]?.quantity === 1);
    const sold = order.lines[0];
    assert.ok(sold);
    const net = Math.round((sold.amountMinor * 100) / 120);
    const [price, tax] = [money(net, 'GBP'), money(sold.amountMinor - net, 'GBP')];
    const of = returnOf(order, 1, { lines: [line({ sku: sold.sku, price, tax })] });
    const strict = problemOf(await credit(of, { rules: { ...RULES, prices: 'with-tax' } }));
    assert.equal(strict.code, 'price-mismatch');
    posted(await credit(of, { rules: { ...RULES, prices: 'without-tax' } }));
  });

  it('R50: what an earlier credit took too much of is not credited again', async () => {
    const { world, simulator, credit } = await brightpearlRig({ world: shop() });
    const order = orderWhere(world, ({ lines }) => lines.length === 1 && (lines[0]?.quantity ?? 0) >= 2);
    posted(await credit(returnOf(order, 1)));
    const [made] = simulator.observer.salesCredits();
    assert.ok(made?.rows[0]);
    simulator.changeRow(made.id, made.rows[0].rowId, { net: made.rows[0].net + 5 });
    const rest = (order.lines[0]?.quantity ?? 0) - 1;
    const problem = problemOf(await credit(returnOf(order, rest, { returnId: 'HR2', returnNumber: 'HR2' })));
    assert.equal(problem.code, 'value-over-order');
  });

  it('rows in changing order: parts of returns in any order come to the original, to the penny', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10_000 }), async (seed) => {
        const world = createWorld({ seed, orders: 3, currency: 'GBP' });
        const { simulator, credit } = await brightpearlRig({ world, seed });
        for (const order of world.orders) {
          let part = 0;
          for (const sold of order.lines) {
            for (let unit = 0; unit < sold.quantity; unit += 1) {
              const id = `HR${order.number}.${part++}`;
              const lines = [line({ id: sold.lineId, sku: sold.sku, quantity: quantity(1) })];
              posted(await credit(returnOf(order, 1, { returnId: id, returnNumber: id, lines })));
            }
          }
          const parent = simulator.orderId(order.number);
          const credits = simulator.observer.salesCredits().filter(({ parentId }) => parentId === parent);
          const goods = order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
          assert.equal(
            credits.reduce((sum, { gross }) => sum + gross, 0),
            goods,
          );
        }
      }),
      { numRuns: 12 },
    );
  });

  it('half a piece is refused before the call', async () => {
    const { world, simulator, credit } = await brightpearlRig({ world: shop() });
    const [order] = world.orders;
    assert.ok(order);
    const of = returnOf(order, 1, {
      lines: [line({ sku: order.lines[0]?.sku ?? null, quantity: quantity(0.5) })],
    });
    assert.equal(problemOf(await credit(of)).code, 'quantity-not-whole');
    assert.deepEqual(writesOf(simulator), {});
  });
});

describe('R167, R170: fees', () => {
  it('refund = goods + tax − fee, to the penny, and the fee moves no stock', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 900 }), async (feeMinor) => {
        const { world, simulator, credit } = await brightpearlRig({ world: shop() });
        const order = orderWhere(world, () => true);
        const of = returnOf(order);
        of.lines.push(line({ id: 'fee', kind: 'fee', sku: 'RETURN-FEE', price: money(feeMinor, 'GBP') }));
        const fees = new Map([['return-fee', FEE]]);
        const document = posted(await credit(of, { rules: { ...RULES, fees } }));
        const goods = order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
        assert.equal(document.amount?.minor, feeMinor - goods);
        const row = simulator.observer.salesCredits()[0]?.rows.find(({ sku }) => sku === null);
        assert.deepEqual([row?.name, row?.nominalCode, row?.taxCode], ['Return fee', '4900', 'T20']);
        assert.equal((row?.net ?? 0) + (row?.tax ?? 0), -feeMinor);
      }),
      { numRuns: 25 },
    );
  });

  it('R168: an unmapped fee parks before posting', async () => {
    const { world, simulator, credit } = await brightpearlRig({ world: shop() });
    const of = returnOf(orderWhere(world, () => true));
    of.lines.push(line({ id: 'fee', kind: 'fee', sku: 'RETURN-FEE', price: money(395, 'GBP') }));
    assert.equal(problemOf(await credit(of)).code, 'fee-unmapped');
    assert.deepEqual(writesOf(simulator), {});
  });
});

describe('R64: return reasons map to the status of the credit', () => {
  it('each reason gives its status; the first in the table wins; an unmapped one parks', async () => {
    const { world, simulator, credit } = await brightpearlRig({ world: shop() });
    const table = [
      ['damaged', 21],
      ['too-small', 20],
    ] as const;
    const policy = {
      reasons: new Map<string, unknown>(table),
      statusOf: (of: Parameters<NonNullable<typeof POLICY_STATUS>>[0]) => POLICY_STATUS(of, table),
    };
    for (const [index, [reason, status]] of table.entries()) {
      const order = world.orders[index];
      assert.ok(order);
      const lines = order.lines.map((sold) =>
        line({ id: sold.lineId, sku: sold.sku, reason: { code: reason, text: null } }),
      );
      const document = posted(await credit(returnOf(order, 1, { lines }), policy));
      const made = simulator.observer.salesCredits().find(({ id }) => String(id) === document.number);
      assert.equal(made?.statusId, status);
    }
    const [, , third] = world.orders;
    assert.ok(third);
    const lines = [line({ sku: third.lines[0]?.sku ?? null, reason: { code: 'unheard', text: null } })];
    assert.equal(problemOf(await credit(returnOf(third, 1, { lines }), policy)).code, 'reason-unmapped');
  });
});

const POLICY_STATUS = (
  of: { lines: readonly { reason: { code: string | null } }[] },
  table: readonly (readonly [string, number])[],
): number | null => table.find(([reason]) => of.lines.some((one) => one.reason.code === reason))?.[1] ?? null;
