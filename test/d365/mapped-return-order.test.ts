import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from '../../nodes/d365/documents';
import type { PostedDocument, ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import type { Problem } from '../../nodes/returns/posting-checks';
import { quantity } from '../../nodes/returns/quantity';
import { createWorld, type WorldOrder } from '../../nodes/sandbox/world';
import { d365BatchRig, POLICY, returnOfOrder, returnsOf, type D365BatchRig } from '../support/d365-batch-rig';
import { line } from '../support/events';
import { bundleRows, mappingsWith, reasonRows, skuRow } from '../support/posting-mappings';

async function withRig(
  options: Parameters<typeof d365BatchRig>[0],
  work: (rig: D365BatchRig) => Promise<void>,
): Promise<void> {
  const rig = await d365BatchRig(options);
  try {
    await work(rig);
  } finally {
    await rig.end();
  }
}

const create = (
  rig: D365BatchRig,
  of: ReturnEvent,
  policy: Partial<ReturnOrderPolicy> = {},
): Promise<ReturnOrderOutcome> =>
  rig.run(rig.connector.createReturnOrder(of, { ...POLICY, ...policy }, rig.store));

function posted(outcome: ReturnOrderOutcome): PostedDocument {
  assert.ok(outcome.outcome === 'posted', JSON.stringify(outcome));
  assert.equal(outcome.mismatch, null);
  return outcome.document;
}

function problemOf(outcome: ReturnOrderOutcome): Problem {
  assert.ok(outcome.outcome === 'exception', JSON.stringify(outcome));
  return outcome.problem;
}

function orderIn(rig: D365BatchRig, fits: (order: WorldOrder) => boolean): WorldOrder {
  const order = rig.world.orders.find(fits);
  assert.ok(order);
  return order;
}

/** A return of one line of goods that names no line of the shop. */
function back(order: WorldOrder, of: Partial<ReturnLine>, name = 'HRONE'): ReturnEvent {
  return { ...returnOfOrder(order, name), lines: [line({ id: '7001', orderLineId: null, ...of })] };
}

const single = ({ lines }: WorldOrder): boolean => lines.length === 1 && lines[0]?.quantity === 1;

describe('the return order with Return Mappings', () => {
  it('R36: finds the item of the row and records the version; without the row it parks in the platform’s words', () =>
    withRig({}, async (rig) => {
      const order = orderIn(rig, single);
      const sold = order.lines[0]?.sku ?? '';
      const of = back(order, { sku: 'abc-1 ' });
      const problem = problemOf(
        await create(rig, of, { mappings: mappingsWith({ sku: [skuRow('x', 'y')] }) }),
      );
      assert.deepEqual([problem.code, problem.lines[0]?.sku], ['line-not-on-order', 'abc-1 ']);
      const mappings = mappingsWith({ sku: [skuRow('abc-1', sold)] });
      const document = posted(await create(rig, of, { mappings }));
      assert.equal(document.references['mappings'], mappings.version);
      const [held] = rig.simulator.observer.returnOrders();
      assert.deepEqual([held?.lines[0]?.itemNumber, held?.lines[0]?.external], [sold, '7001']);
      // What was posted keeps its version; without mappings there is none.
      const later = mappingsWith({ sku: [skuRow('abc-1', sold), skuRow('x', 'y')] });
      assert.equal(
        posted(await create(rig, of, { mappings: later })).references['mappings'],
        mappings.version,
      );
      const other = orderIn(rig, (one) => single(one) && one !== order);
      assert.equal('mappings' in posted(await create(rig, returnOfOrder(other))).references, false);
    }));

  it('R60: the table of reasons gives the code; an own table wins as a whole; without rows none is sent', () =>
    withRig({}, async (rig) => {
      const mappings = mappingsWith({ reason: reasonRows({ 'too-small': 'FIT', damaged: 'DMG' }) });
      const reasonOf = (reference: string): string | undefined =>
        rig.simulator.observer.returnOrders().find((held) => held.reference === reference)?.reason;
      const [first, second, third] = rig.world.orders;
      assert.ok(first && second && third);
      const one = posted(await create(rig, returnOfOrder(first), { mappings }));
      assert.equal(reasonOf(one.references['reference'] ?? ''), 'FIT');
      const reasons = new Map([['too-small', 'MIND']]);
      const two = posted(await create(rig, returnOfOrder(second), { mappings, reasons }));
      assert.equal(reasonOf(two.references['reference'] ?? ''), 'MIND');
      const none = mappingsWith({ sku: [skuRow('x', 'y')] });
      const three = posted(await create(rig, returnOfOrder(third), { mappings: none }));
      assert.equal(reasonOf(three.references['reference'] ?? ''), '');
      const unheard = back(third, { sku: third.lines[0]?.sku ?? null, reason: { code: 'wet', text: null } });
      const before = rig.connector.calls;
      const problem = problemOf(await create(rig, unheard, { mappings }));
      assert.deepEqual([problem.code, problem.lines[0]?.received], ['reason-unmapped', 'wet']);
      assert.equal(rig.connector.calls, before);
      assert.equal(problemOf(await create(rig, unheard, { mappings, reasons })).code, 'reason-unmapped');
    }));

  it('R45, R46: a pack is its pieces, counted as one; what does not come out, or has no row, parks', () =>
    withRig({}, async (rig) => {
      const order = orderIn(rig, ({ lines }) => lines.length === 1 && lines[0]?.quantity === 3);
      const sku = order.lines[0]?.sku ?? '';
      const mappings = mappingsWith({ unit: [{ item: sku, from: 'pack', to: 'each', factor: '3' }] });
      const half = problemOf(
        await create(rig, back(order, { sku, quantity: quantity(0.5, 'pack') }), { mappings }),
      );
      assert.equal(half.code, 'uom-not-representable');
      const crate = back(order, { sku, quantity: quantity(1, 'crate') });
      assert.equal(problemOf(await create(rig, crate, { mappings })).code, 'unit-unmapped');
      const of = back(order, { sku, quantity: quantity(1, 'pack') });
      const document = posted(await create(rig, of, { mappings }));
      assert.equal(document.references['lines'], '7001×1');
      assert.equal(rig.simulator.observer.returnOrders()[0]?.lines[0]?.quantity, -3);
      posted(await create(rig, { ...of, topic: 'return.refunded' }, { mappings }));
    }));
});

/** A shop whose last order holds the two components of sets. */
function setWorld(
  sets: number,
  each: readonly [number, number],
  amounts: readonly [number, number],
  lineIds: readonly [string, string] = ['98000001', '98000002'],
): { world: ReturnType<typeof createWorld>; order: WorldOrder; parts: string[] } {
  const world = createWorld({ seed: 5, orders: 5 });
  const order = world.orders.at(-1);
  assert.ok(order);
  const parts = world.items.slice(0, 2).map(({ sku }) => sku);
  order.state = 'invoiced';
  order.lines = parts.map((sku, at) => {
    const units = sets * (each[at] ?? 1);
    const amountMinor = amounts[at] ?? 1;
    return {
      lineId: lineIds[at] ?? '',
      sku,
      quantity: units,
      priceMinor: Math.ceil(amountMinor / units),
      amountMinor,
    };
  });
  return { world, order, parts };
}

describe('R48: a bundle that was sold as its components', () => {
  it('comes back as them, each under a number of its own, and counts as one unit of its line', async () => {
    const { world, order, parts } = setWorld(1, [1, 2], [10_01, 5_00]);
    const [a = '', b = ''] = parts;
    await withRig({ simulator: { world } }, async (rig) => {
      const mappings = mappingsWith({ bundle: bundleRows('SET', { [a]: 1, [b]: 2 }) });
      const of = back(order, { sku: 'SET' });
      const document = posted(await create(rig, of, { mappings }));
      assert.deepEqual([document.references['lines'], document.amount?.minor], ['7001×1', -15_01]);
      const [held] = rig.simulator.observer.returnOrders();
      assert.deepEqual(
        held?.lines.map((one) => [one.itemNumber, one.quantity, one.external]).sort(),
        [
          [a, -1, '7001+1'],
          [b, -2, '7001+2'],
        ].sort(),
      );
      posted(await create(rig, { ...of, topic: 'return.refunded' }, { mappings }));
      const second = problemOf(await create(rig, back(order, { sku: 'SET' }, 'HRTWO'), { mappings }));
      assert.deepEqual([second.code, second.lines[0]?.sku], ['quantity-over-order', 'SET']);
    });
  });

  it('is completed where its lines were lost, without a line twice', async () => {
    const { world, order, parts } = setWorld(1, [1, 1], [10_00, 5_00]);
    await withRig({ simulator: { world }, settings: { settleSeconds: 0 } }, async (rig) => {
      const mappings = mappingsWith({
        bundle: bundleRows('SET', { [parts[0] ?? '']: 1, [parts[1] ?? '']: 1 }),
      });
      rig.simulator.dials.dropAfterCommitNext = 1;
      let outcome: ReturnOrderOutcome | undefined;
      for (let tries = 0; tries < 5 && !outcome; tries += 1) {
        outcome = await create(rig, back(order, { sku: 'SET' }), { mappings }).catch(() => undefined);
      }
      assert.ok(outcome);
      assert.equal(posted(outcome).references['mappings'], mappings.version);
      const orders = rig.simulator.observer.returnOrders();
      assert.deepEqual([orders.length, orders[0]?.lines.length], [1, 2]);
    });
  });

  it('a component of a bundle that the order has as a whole parks, and the bundle is named', () =>
    withRig({}, async (rig) => {
      const order = orderIn(rig, single);
      const parent = order.lines[0]?.sku ?? '';
      const mappings = mappingsWith({ bundle: bundleRows(parent, { P1: 1, P2: 1 }) });
      const problem = problemOf(await create(rig, back(order, { sku: 'P2' }), { mappings }));
      assert.deepEqual([problem.code, problem.what], ['bundle-part', `1 × P2 of ${parent}`]);
      assert.deepEqual(rig.simulator.observer.returnOrders(), []);
    }));

  it('R52: sets and parts in any order never give more than the order, and together exactly that', async () => {
    const amount = fc.integer({ min: 10, max: 300_00 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 }),
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
        fc.tuple(amount, amount),
        fc.constantFrom(['98000001', '98000002'] as const, ['7001', '7001'] as const),
        fc.array(fc.constantFrom('SET', 'A', 'B'), { maxLength: 5 }),
        async (sets, each, amounts, lineIds, sequence) => {
          const { world, order, parts } = setWorld(sets, each, amounts, lineIds);
          const [a = '', b = ''] = parts;
          await withRig({ simulator: { world } }, async (rig) => {
            const mappings = mappingsWith({ bundle: bundleRows('SET', { [a]: each[0], [b]: each[1] }) });
            let number = 0;
            const give = async (sku: string): Promise<boolean> => {
              number += 1;
              const of = back(
                order,
                { sku, orderLineId: lineIds[0] === '7001' ? '7001' : null },
                `HRS${number}`,
              );
              const outcome = await create(rig, of, { mappings });
              if (outcome.outcome === 'posted') {
                assert.equal(outcome.mismatch, null);
                return true;
              }
              assert.equal(outcome.problem.code, 'quantity-over-order');
              return false;
            };
            const given = (): number =>
              rig.simulator.observer
                .returnOrders()
                .flatMap(({ lines }) => lines)
                .reduce((sum, one) => sum - Math.round(one.amount * 100), 0);
            for (const what of sequence) {
              await give(what === 'SET' ? 'SET' : what === 'A' ? a : b);
              assert.ok(given() <= amounts[0] + amounts[1]);
            }
            for (const sku of ['SET', a, b]) while (await give(sku));
            assert.equal(given(), amounts[0] + amounts[1]);
          });
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('R69: a batch with one reason that has no row', () => {
  it('posts 99 of 100 with the version, and one parks', () =>
    withRig({ orders: 100 }, async (rig) => {
      const returns = returnsOf(rig.world, 100).map((of, at) =>
        at === 41
          ? { ...of, lines: of.lines.map((one) => ({ ...one, reason: { code: 'wet', text: null } })) }
          : of,
      );
      const mappings = mappingsWith({ reason: reasonRows({ 'too-small': 'FIT' }) });
      const taken: string[] = [];
      const batch = await rig.batchOf(returns);
      const outcome = await rig.post(batch, {
        policy: { ...POLICY, mappings },
        onTaken: ({ returnId }) => taken.push(returnId),
      });
      assert.deepEqual([outcome.posted, outcome.refused, outcome.open, taken.length], [99, 1, 0, 100]);
      assert.equal(rig.held().size, 99);
      for (const { document } of rig.posted) assert.equal(document.references['mappings'], mappings.version);
    }));
});
