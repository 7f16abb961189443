import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arrivedLines, placeOf, type GoodsInPolicy } from '../../nodes/brightpearl/put-away';
import { RETURN_TOPICS, type ReturnEvent, type ReturnLine } from '../../nodes/returns/event';
import type { Mappings } from '../../nodes/returns/mappings';
import type { MappingRow } from '../../nodes/returns/mapping-tables';
import { quantity } from '../../nodes/returns/quantity';
import { createWorld } from '../../nodes/sandbox/world';
import {
  bookedOf,
  GOODS,
  goodsRig,
  MAIN,
  moved,
  problemIn,
  stockOf,
  type GoodsRig,
} from '../support/brightpearl-goods';
import { failureOf, posted, returnOf, writesOf } from '../support/brightpearl-rig';
import { event, line } from '../support/events';
import { bundleRows, dispositionRow, mappingsWith, reasonRows, skuRow } from '../support/posting-mappings';

const three: Parameters<typeof goodsRig>[0] = ({ lines }) => lines.length === 1 && lines[0]?.quantity === 3;

/** By the mappings alone. */
const by = (mappings: Mappings): Pick<GoodsInPolicy, 'putAway' | 'dispositions' | 'mappings'> => ({
  putAway: 'disposition',
  dispositions: new Map(),
  mappings,
});

/** Accepted goods of the order, one line for each that is told. */
function accepted(rig: GoodsRig, lines: readonly Partial<ReturnLine>[]): ReturnEvent {
  const [sold] = rig.order.lines;
  assert.ok(sold);
  return returnOf(rig.order, undefined, {
    topic: 'return.accepted',
    lines: lines.map((change, at) =>
      line({ id: `${sold.lineId}.${at}`, orderLineId: sold.lineId, sku: sold.sku, ...change }),
    ),
  });
}

/** Rows for every place that the table can name: each is carried out against the simulator. */
const TABLE: readonly MappingRow[] = [
  dispositionRow('resellable', 'sellable', { condition: 'new', location: String(MAIN.sellable) }),
  dispositionRow('resellable', 'quarantine', { condition: 'worn', location: String(MAIN.quarantine) }),
  dispositionRow('restock', 'Sellable'),
  dispositionRow('damaged', 'quarantine'),
  dispositionRow('inspect', 'QUARANTINE', { condition: 'opened' }),
  dispositionRow('none', 'quarantine'),
];

describe('R65: each row of the table of dispositions', () => {
  it('moves the goods where it says, and nothing else', async () => {
    const mappings = mappingsWith({ disposition: TABLE });
    for (const row of mappings.rows('disposition')) {
      const rig = await goodsRig(three);
      await rig.creditFor();
      const condition = row['condition'] === '*' ? 'whatever' : (row['condition'] ?? null);
      const disposition = row['disposition'] === 'none' ? null : (row['disposition'] ?? null);
      const [document] = bookedOf(
        await rig.book(
          accepted(rig, [{ platformDisposition: disposition, condition, quantity: quantity(3) }]),
          by(mappings),
        ),
      );
      const sellable = row['erpDisposition']?.toLowerCase() === 'sellable';
      assert.deepEqual(moved(rig), sellable ? [3, 0] : [0, 3], JSON.stringify(row));
      const { warehouse, location, mappings: version } = document?.references ?? {};
      assert.deepEqual(
        [warehouse, location, version],
        ['2', String(sellable ? MAIN.sellable : MAIN.quarantine), mappings.version],
      );
    }
  });

  it('R74: two lines of one return move each its own pool', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const of = accepted(rig, [
      { platformDisposition: 'resellable', condition: 'new' },
      { platformDisposition: 'resellable', condition: 'worn', quantity: quantity(2) },
    ]);
    bookedOf(await rig.book(of, by(mappingsWith({ disposition: TABLE }))));
    assert.deepEqual(moved(rig), [1, 2]);
  });

  it('R66: a code or a condition without a row moves nothing at all, also of the other lines', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const mappings = mappingsWith({ disposition: TABLE.filter((row) => row['disposition'] !== 'none') });
    for (const [change, shown] of [
      [{ platformDisposition: 'refurbish', condition: 'new' }, 'refurbish / new'],
      [{ platformDisposition: 'resellable', condition: 'torn' }, 'resellable / torn'],
      [{ platformDisposition: 'Damaged' }, 'Damaged'],
      [{ platformDisposition: null }, 'none'],
    ] as const) {
      const of = accepted(rig, [{ platformDisposition: 'restock' }, change]);
      const problem = problemIn(await rig.book(of, by(mappings)));
      assert.deepEqual([problem.code, problem.what], ['disposition-unmapped', shown]);
      assert.equal(problem.lines[0]?.expected, 'a row in the table disposition of the Return Mappings');
    }
    assert.deepEqual([rig.simulator.observer.goodsInNotes(), moved(rig)], [[], [0, 0]]);
  });

  it('R72: a row for another warehouse or location moves nothing, and both numbers are told', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    for (const [change, expected, received] of [
      [{ warehouse: '3' }, '2', '3'],
      [{ warehouse: 'Main warehouse' }, '2', 'Main warehouse'],
      [{ warehouse: '02' }, '2', '02'],
      [{ location: String(MAIN.quarantine) }, String(MAIN.sellable), String(MAIN.quarantine)],
    ] as const) {
      const mappings = mappingsWith({ disposition: [dispositionRow('restock', 'sellable', change)] });
      const problem = problemIn(
        await rig.book(accepted(rig, [{ platformDisposition: 'restock' }]), by(mappings)),
      );
      assert.equal(problem.code, 'warehouse-mismatch');
      assert.deepEqual([problem.lines[0]?.expected, problem.lines[0]?.received], [expected, received]);
    }
    assert.deepEqual(rig.simulator.observer.goodsInNotes(), []);
    const mappings = mappingsWith({
      disposition: [dispositionRow('restock', 'sellable', { warehouse: '3' })],
    });
    const policy = { ...by(mappings), warehouseId: 3 };
    const [note] = bookedOf(await rig.book(accepted(rig, [{ platformDisposition: 'restock' }]), policy));
    assert.equal(note?.references['warehouse'], '3');
  });

  it('a disposition that Brightpearl does not know is a mistake of the settings, which names the row', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const mappings = mappingsWith({ disposition: [dispositionRow('restock', 'A-STOCK')] });
    const error = await failureOf(
      rig.book(accepted(rig, [{ platformDisposition: 'restock' }]), by(mappings)),
    );
    assert.deepEqual([error.code, error.class], ['mapping-disposition-invalid', 'config']);
    assert.match(error.message, /row “restock \/ \*”.*sellable or quarantine.*it is “A-STOCK”/);
    assert.deepEqual(rig.simulator.observer.goodsInNotes(), []);
  });

  it('the node’s own table wins as a whole', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const mappings = mappingsWith({
      disposition: [dispositionRow('damaged', 'sellable'), ...TABLE.slice(0, 3)],
    });
    const own = { putAway: 'disposition', mappings } as const;
    bookedOf(await rig.book(accepted(rig, [{ platformDisposition: 'damaged' }]), own));
    assert.deepEqual(moved(rig), [0, 1]);
    const unknown = accepted(rig, [{ platformDisposition: 'damaged' }, { platformDisposition: 'restock' }]);
    assert.equal(problemIn(await rig.book(unknown, own)).code, 'disposition-unmapped');
  });
});

describe('what the reason says about the goods, where nobody has told a disposition', () => {
  const mappings = mappingsWith({
    reason: reasonRows({ damaged: '21', 'changed-mind': '20', lost: '22' }).map((row) => ({
      ...row,
      disposition: row['reason'] === 'damaged' ? 'quarantine' : row['reason'] === 'lost' ? '' : 'sellable',
    })),
    disposition: [dispositionRow('resellable', 'sellable')],
  });
  const because = (code: string, change: Partial<ReturnLine> = {}): Partial<ReturnLine> => ({
    reason: { code, text: null },
    quantity: quantity(3),
    ...change,
  });

  it('R61: damaged goods go to quarantine, and what can be sold stays as it is', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    bookedOf(await rig.book(accepted(rig, [because('damaged')]), by(mappings)));
    assert.deepEqual(moved(rig), [0, 3]);
  });

  it('R62: goods of a change of mind can be sold once they are accepted, and not before (R76)', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const of = accepted(rig, [because('changed-mind')]);
    const policy = { ...by(mappings), release: true };
    const [received] = bookedOf(await rig.book({ ...of, topic: 'return.received' }, policy));
    assert.deepEqual([moved(rig), received?.references['quarantine']], [[0, 3], 'true']);
    const [released] = bookedOf(await rig.book(of, policy));
    assert.deepEqual(moved(rig), [3, 0]);
    assert.deepEqual(
      [released?.kind, released?.references['mappings']],
      ['quarantine-release', mappings.version],
    );
  });

  it('a disposition that is told counts instead; a reason that says nothing is no disposition', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const silent = await rig.book(accepted(rig, [because('lost')]), by(mappings));
    assert.equal(problemIn(silent).code, 'disposition-unmapped');
    const told = because('damaged', { confirmedDisposition: 'resellable' });
    bookedOf(await rig.book(accepted(rig, [told]), by(mappings)));
    assert.deepEqual(moved(rig), [3, 0]);
  });
});

describe('release from quarantine by the mappings', () => {
  it('follows the table, and a row for another warehouse releases nothing', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    const lines = [{ platformDisposition: 'restock', quantity: quantity(3) }];
    const of = accepted(rig, lines);
    const with3 = (warehouse: string): Parameters<GoodsRig['book']>[1] => ({
      ...by(mappingsWith({ disposition: [dispositionRow('restock', 'sellable', { warehouse })] })),
      putAway: 'quarantine',
      release: true,
    });
    bookedOf(await rig.book({ ...of, topic: 'return.received' }, with3('2')));
    assert.equal(problemIn(await rig.book(of, with3('3'))).code, 'warehouse-mismatch');
    assert.deepEqual(moved(rig), [0, 3]);
    bookedOf(await rig.book(of, with3('2')));
    assert.deepEqual(moved(rig), [3, 0]);
  });
});

describe('R75: with mappings', () => {
  it('no goods of ten thousand are put to sellable stock but by a row and after the inspection', () => {
    const mappings = mappingsWith({ disposition: TABLE });
    const policy = { ...GOODS, ...by(mappings) };
    const codes = fc.option(
      fc.constantFrom('restock', 'resellable', 'damaged', 'inspect', 'Restock', 'none', ''),
    );
    fc.assert(
      fc.property(
        codes,
        codes,
        fc.option(fc.constantFrom('new', 'worn', 'opened', 'x')),
        fc.constantFrom(...RETURN_TOPICS),
        (platformDisposition, confirmedDisposition, condition, topic) => {
          const one = line({ platformDisposition, confirmedDisposition, condition });
          const of = { ...event({ topic }), lines: [one] };
          if (arrivedLines(of, policy).length === 0) return;
          const sellable = placeOf(of, one, policy)?.place === 'sellable';
          const told = confirmedDisposition ?? platformDisposition;
          const byRow = told === 'restock' || (told === 'resellable' && condition === 'new');
          const inspected =
            topic === 'return.accepted' || (topic === 'return.refunded' && confirmedDisposition !== null);
          assert.equal(sellable, byRow && inspected);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('sellable stock rises by what is accepted and mapped to it, of any dispositions and topics', async () => {
    const codes = fc.constantFrom('restock', 'resellable', 'damaged', 'refurbish', null);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(codes, fc.constantFrom('new', 'worn', null)), { minLength: 3, maxLength: 3 }),
        fc.constantFrom('return.received', 'return.accepted', 'return.rejected'),
        async (told, topic) => {
          const rig = await goodsRig(three);
          await rig.creditFor();
          const of = {
            ...accepted(
              rig,
              told.map(([platformDisposition, condition]) => ({ platformDisposition, condition })),
            ),
            topic,
          };
          const outcome = await rig.book(of, by(mappingsWith({ disposition: TABLE })));
          const resold = told.filter(
            ([code, condition]) => code === 'restock' || (code === 'resellable' && condition === 'new'),
          ).length;
          const expected = topic === 'return.accepted' && outcome.problem === null ? resold : 0;
          assert.equal(moved(rig)[0], expected);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('goods in the ERP’s names and pieces', () => {
  it('R36, R45: a pack of three under the platform’s SKU is three pieces of the item, once', async () => {
    const rig = await goodsRig(three);
    const sku = rig.order.lines[0]?.sku ?? '';
    const mappings = mappingsWith({
      sku: [skuRow('pack-1', sku)],
      unit: [{ item: sku, from: 'pack', to: 'each', factor: '3' }],
    });
    const of = accepted(rig, [{ sku: 'pack-1', quantity: quantity(1, 'pack') }]);
    posted(await rig.credit(of, { mappings }));
    const [document] = bookedOf(await rig.book(of, { mappings }));
    assert.deepEqual([moved(rig), document?.references['lines']], [[0, 3], `${of.lines[0]?.id ?? ''}×1`]);
    assert.deepEqual(bookedOf(await rig.book(of, { mappings })), []);
    const crate = accepted(rig, [{ sku: 'pack-1', quantity: quantity(1, 'crate') }]);
    assert.equal(problemIn(await rig.book(crate, { mappings })).code, 'unit-unmapped');
  });

  it('R46: half a pack that is no whole piece parks', async () => {
    const rig = await goodsRig(three);
    const sku = rig.order.lines[0]?.sku ?? '';
    await rig.creditFor();
    const mappings = mappingsWith({ unit: [{ item: sku, from: 'pack', to: 'each', factor: '3' }] });
    const of = accepted(rig, [{ quantity: quantity(0.5, 'pack') }]);
    assert.equal(problemIn(await rig.book(of, { mappings })).code, 'uom-not-representable');
    assert.equal(
      writesOf(rig.simulator)['POST /warehouse-service/order/{id}/goods-note/goods-in'],
      undefined,
    );
  });

  /** An order of the components of two sets, the first component on two rows. */
  const sets = async (): Promise<{ rig: GoodsRig; mappings: Mappings; a: string; b: string }> => {
    const world = createWorld({ seed: 5, orders: 20, currency: 'GBP' });
    const [first, second] = world.items;
    const order = world.orders[0];
    assert.ok(first && second && order);
    const row = (lineId: string, sku: string, units: number): (typeof order.lines)[number] => ({
      lineId,
      sku,
      quantity: units,
      priceMinor: 500,
      amountMinor: 500 * units,
    });
    order.lines = [row('1', first.sku, 1), row('2', second.sku, 4), row('3', first.sku, 3)];
    const rig = await goodsRig(({ number }) => number === order.number, { world });
    const mappings = mappingsWith({ bundle: bundleRows('SET', { [first.sku]: 2, [second.sku]: 2 }) });
    return { rig, mappings, a: first.sku, b: second.sku };
  };

  it('R48: a bundle that was credited as its components is received and released as them', async () => {
    const { rig, mappings, a, b } = await sets();
    const of = accepted(rig, [
      { sku: 'SET', quantity: quantity(2), unitIds: ['u1', 'u2'], platformDisposition: 'resellable' },
    ]);
    posted(await rig.credit(of, { mappings }));
    const apart = (): [number, number][] =>
      [a, b].map((sku) => [stockOf(rig.simulator, sku) - 50, stockOf(rig.simulator, sku, true)]);
    const one = { ...of, topic: 'return.received' as const };
    const [firstLine] = one.lines;
    assert.ok(firstLine);
    // One set today, both tomorrow.
    const today = { ...one, lines: [{ ...firstLine, quantity: quantity(1), unitIds: ['u2'] }] };
    bookedOf(await rig.book(today, { mappings }));
    assert.deepEqual(apart(), [
      [0, 2],
      [0, 2],
    ]);
    bookedOf(await rig.book(one, { mappings }));
    assert.deepEqual(apart(), [
      [0, 4],
      [0, 4],
    ]);
    assert.deepEqual(bookedOf(await rig.book(one, { mappings })), []);
    bookedOf(await rig.book(of, { mappings, release: true }));
    assert.deepEqual(apart(), [
      [4, 0],
      [4, 0],
    ]);
  });

  it('goods that the credit does not hold are said in the platform’s words', async () => {
    const { rig, mappings } = await sets();
    const of = accepted(rig, [{ sku: 'SET', quantity: quantity(1) }]);
    posted(await rig.credit(of, { mappings }));
    const more = accepted(rig, [{ sku: 'SET', quantity: quantity(2) }]);
    const problem = problemIn(await rig.book(more, { mappings }));
    assert.deepEqual(
      [problem.code, problem.lines[0]?.sku, problem.lines[0]?.expected],
      ['goods-not-on-credit', 'SET', 'at most 1'],
    );
  });
});
