import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unitValue } from '../../nodes/brightpearl/goods-note-draft';
import type { GoodsInPolicy } from '../../nodes/brightpearl/put-away';
import { readCredit, readOrder } from '../../nodes/brightpearl/records';
import type { ReturnEvent, ReturnTopic } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { failureOf, returnOf, writesOf } from '../support/brightpearl-rig';
import { bookedOf, goodsRig, problemIn, moved, stockOf, unitsOf } from '../support/brightpearl-goods';

const RELEASE = 'POST /warehouse-service/warehouse/{id}/quarantine/release';
const three: Parameters<typeof goodsRig>[0] = ({ lines }) => lines[0]?.quantity === 3;
const received = { topic: 'return.received' } as const;
const accepted = { topic: 'return.accepted' } as const;
const BY_DISPOSITION = { putAway: 'disposition' } as const;

describe('where goods are put', () => {
  it('R73, R76, R88: before the inspection into quarantine, whatever the platform says', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2], received, 'resellable'), BY_DISPOSITION));
    assert.deepEqual(moved(rig), [0, 3]);
  });

  it('R61, R74: accepted goods by their disposition, each pool by its own lines only', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const [resold] = unitsOf(rig.order, [0], accepted, 'Resellable').lines;
    const [broken] = unitsOf(rig.order, [1, 2], accepted, 'damaged').lines;
    assert.ok(resold && broken);
    const [first, second] = bookedOf(
      await rig.book(
        returnOf(rig.order, undefined, { ...accepted, lines: [resold, broken] }),
        BY_DISPOSITION,
      ),
    );
    assert.deepEqual(moved(rig), [1, 2]);
    assert.deepEqual(
      [first, second].map((document) => [
        document?.references['location'],
        document?.references['quarantine'],
      ]),
      [
        ['20', 'false'],
        ['21', 'true'],
      ],
    );
  });

  it('what the warehouse decided wins over what the platform proposed', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const of = unitsOf(rig.order, [0, 1, 2], accepted, 'resellable');
    const lines = of.lines.map((one) => ({ ...one, confirmedDisposition: 'damaged' }));
    bookedOf(await rig.book({ ...of, lines }, BY_DISPOSITION));
    assert.deepEqual(moved(rig), [0, 3]);
  });

  it('R66: a disposition without a row moves nothing, and no default is used', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    for (const [disposition, shown] of [
      ['refurbish', 'refurbish'],
      [null, 'none'],
    ] as const) {
      const problem = problemIn(
        await rig.book(unitsOf(rig.order, [0, 1, 2], accepted, disposition), BY_DISPOSITION),
      );
      assert.deepEqual([problem.code, problem.what], ['disposition-unmapped', shown]);
    }
    assert.deepEqual(rig.simulator.observer.goodsInNotes(), []);
    const dispositions = new Map([['none', 'sellable' as const]]);
    bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2], accepted), { ...BY_DISPOSITION, dispositions }));
    assert.deepEqual(moved(rig), [3, 0]);
  });

  it('into the warehouse of the credit, or the one that is set', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const [document] = bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2]), { warehouseId: 3 }));
    assert.deepEqual([document?.references['warehouse'], document?.references['location']], ['3', '31']);
  });
});

describe('release from quarantine', () => {
  const RELEASING = { release: true } as const;

  it('R62: what is accepted and can be sold leaves quarantine, once, product by product', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2], received), RELEASING));
    assert.deepEqual(moved(rig), [0, 3]);
    const [document] = bookedOf(
      await rig.book(unitsOf(rig.order, [1, 2], accepted, 'resellable'), RELEASING),
    );
    assert.deepEqual(moved(rig), [2, 1]);
    assert.deepEqual([document?.kind, document?.status], ['quarantine-release', 'released']);
    assert.equal(document?.number, `HR-HR${rig.order.number}-${rig.order.number}-R1`);
    const again = unitsOf(rig.order, [0, 1, 2], accepted, 'resellable');
    await rig.book(again, RELEASING);
    await rig.book(again, RELEASING);
    assert.deepEqual(moved(rig), [3, 0]);
    assert.equal(writesOf(rig.simulator)[RELEASE], 2);
  });

  it('is off unless it is switched on, and leaves what is damaged where it is', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2], received)));
    bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2], accepted, 'resellable')));
    bookedOf(await rig.book(unitsOf(rig.order, [0, 1, 2], accepted, 'damaged'), RELEASING));
    assert.deepEqual(moved(rig), [0, 3]);
    const problem = problemIn(
      await rig.book(unitsOf(rig.order, [0, 1, 2], accepted, 'refurbish'), RELEASING),
    );
    assert.equal(problem.code, 'disposition-unmapped');
    assert.deepEqual(moved(rig), [0, 3]);
  });

  it('takes a bundle out component by component', async () => {
    const probe = await goodsRig(three);
    const components = [
      { sku: 'HOO-38-BLU', quantity: 2 },
      { sku: 'BEA-38-BLU', quantity: 1 },
    ];
    const bundles = [{ sku: probe.order.lines[0]?.sku ?? '', components }];
    const rig = await goodsRig(({ number }) => number === probe.order.number, { bundles });
    await rig.creditFor(unitsOf(rig.order, [0, 1, 2], { topic: 'return.dropped_off' }));
    await rig.book(unitsOf(rig.order, [0, 1, 2], received), RELEASING);
    await rig.book(unitsOf(rig.order, [0, 2], accepted, 'resellable'), RELEASING);
    const stock = (sku: string): number[] => [
      stockOf(rig.simulator, sku) - 50,
      stockOf(rig.simulator, sku, true),
    ];
    assert.deepEqual(
      [stock('HOO-38-BLU'), stock('BEA-38-BLU')],
      [
        [4, 2],
        [2, 1],
      ],
    );
  });

  it('counts units that went to sellable stock at once, where the platform names none', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor(unitsOf(rig.order, [0, 1, 2], { topic: 'return.dropped_off' }));
    const sofar = (topic: ReturnTopic, units: number): ReturnEvent => {
      const of = unitsOf(rig.order, [0, 1, 2], { topic }, 'resellable');
      const lines = of.lines.map((one) => ({ ...one, unitIds: [], quantity: quantity(units) }));
      return { ...of, lines };
    };
    const policy = { ...BY_DISPOSITION, ...RELEASING };
    for (const [topic, units, sellable, apart] of [
      ['return.accepted', 1, 1, 0],
      ['return.received', 2, 1, 1],
      ['return.accepted', 1, 1, 1],
      ['return.accepted', 2, 2, 0],
      ['return.received', 3, 2, 1],
      ['return.accepted', 2, 2, 1],
      ['return.accepted', 3, 3, 0],
    ] as const) {
      bookedOf(await rig.book(sofar(topic, units), policy));
      assert.deepEqual(moved(rig), [sellable, apart]);
    }
  });

  it('is never repeated where its outcome is not known; the warehouse looks', async () => {
    for (const dial of ['dropAfterCommitNext', 'dropBeforeCommitNext'] as const) {
      const rig = await goodsRig(three);
      await rig.creditFor();
      await rig.book(unitsOf(rig.order, [0, 1, 2], received), RELEASING);
      rig.simulator.dials[dial] = 1;
      const inspected = unitsOf(rig.order, [0, 1, 2], accepted, 'resellable');
      assert.equal((await failureOf(rig.book(inspected, RELEASING))).class, 'ambiguous');
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const problem = problemIn(await rig.book(inspected, RELEASING));
        assert.equal(problem.code, 'release-outcome-unknown');
        assert.match(problem.what, /^3 × \S+ \(product \d+\) in warehouse 2$/);
      }
      assert.equal(writesOf(rig.simulator)[RELEASE], 1);
    }
  });

  it('one line that is stuck does not hold up the others', async () => {
    const rig = await goodsRig(({ lines }) => lines.length === 2);
    await rig.creditFor();
    await rig.book(returnOf(rig.order, undefined, received), RELEASING);
    const lines = returnOf(rig.order).lines.map((one) => ({ ...one, platformDisposition: 'resellable' }));
    const inspected = returnOf(rig.order, undefined, { ...accepted, lines });
    rig.simulator.dials.dropAfterCommitNext = 1;
    await failureOf(rig.book(inspected, RELEASING));
    const outcome = await rig.book(inspected, RELEASING);
    assert.equal(problemIn(outcome).code, 'release-outcome-unknown');
    assert.equal(outcome.booked.length, 1);
    for (const sold of rig.order.lines) assert.equal(stockOf(rig.simulator, sold.sku), 50 + sold.quantity);
  });
});

describe('what a unit is worth as it comes in', () => {
  const original = readOrder({
    currency: { orderCurrencyCode: 'EUR', accountingCurrencyCode: 'GBP' },
    orderRows: {
      '11': {
        productId: 1,
        quantity: { magnitude: '4.0000' },
        itemCost: { currencyCode: 'GBP', value: '10.5000' },
      },
      '12': { productId: 2, quantity: { magnitude: '1.0000' } },
    },
  });
  const credit = readCredit({
    currency: { code: 'EUR' },
    rows: [
      { id: 1, productId: 9, quantity: '2.0000', externalRef: '11' },
      { id: 2, productId: 1, quantity: '2.0000', bundleChild: true },
      { id: 3, productId: 2, quantity: '1.0000', externalRef: '12' },
    ],
  });

  it('is its cost on the original order, as the account tells costs', () => {
    const value = (row: number, unitCost: GoodsInPolicy['unitCost']): unknown =>
      unitValue(credit.rows[row], credit, original, unitCost);
    assert.deepEqual(value(0, 'unit'), { currency: 'GBP', value: 10.5 });
    assert.deepEqual(value(0, 'row'), { currency: 'GBP', value: 2.625 });
    assert.deepEqual(value(0, 'none'), { currency: 'GBP', value: 0 });
    assert.deepEqual(value(1, 'unit'), { currency: 'GBP', value: 10.5 });
    assert.deepEqual(value(2, 'unit'), { currency: 'GBP', value: 0 });
    assert.deepEqual(unitValue(credit.rows[0], credit, null, 'unit'), { currency: 'EUR', value: 0 });
  });
});
