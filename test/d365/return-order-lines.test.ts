import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from '../../nodes/d365/documents';
import { customFieldsSchema } from '../../nodes/d365/custom-fields';
import { converted, KnownUnits } from '../../nodes/d365/fscm/units';
import { netOf, rateOf, taxOn } from '../../nodes/d365/fscm/tax-rate';
import { fractionOf } from '../../nodes/returns/exact-fraction';
import type { PostedDocument, ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import type { Problem } from '../../nodes/returns/posting-checks';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder, type WorldOrder } from '../../nodes/sandbox/world';
import { returnOf } from '../support/brightpearl-rig';
import { line } from '../support/events';
import { mappingsWith } from '../support/posting-mappings';
import { d365Rig, type D365Rig } from '../support/validator-node';

const POLICY: ReturnOrderPolicy = { warehouse: 'RETQC', reasons: new Map(), orderPattern: null };
const FEES = mappingsWith({ fee: [{ fee: 'Return label', item: 'RETURN-FEE' }] });
const TAXED = { percent: 20, byItemTaxGroup: {}, included: false, rounding: 'line' } as const;

const create = (
  rig: D365Rig,
  of: ReturnEvent,
  policy: Partial<ReturnOrderPolicy> = {},
): Promise<ReturnOrderOutcome> => rig.connector.createReturnOrder(of, { ...POLICY, ...policy }, rig.store);

function posted(outcome: ReturnOrderOutcome): PostedDocument {
  assert.ok(outcome.outcome === 'posted', JSON.stringify(outcome));
  assert.equal(outcome.mismatch, null, JSON.stringify(outcome.mismatch));
  return outcome.document;
}

function problemOf(outcome: ReturnOrderOutcome): Problem {
  assert.ok(outcome.outcome === 'exception', JSON.stringify(outcome));
  return outcome.problem;
}

function fee(minor: number | null, change: Partial<ReturnLine> = {}): ReturnLine {
  return line({
    id: 'fee-1',
    kind: 'fee',
    sku: null,
    description: 'Return label',
    orderLineId: null,
    price: minor === null ? null : money(minor, 'USD'),
    ...change,
  });
}

function orderWith({ world }: D365Rig, fits: (order: WorldOrder) => boolean = () => true): WorldOrder {
  const order = world.orders.find((one) => one.state === 'invoiced' && fits(one));
  assert.ok(order);
  return order;
}

function withFee(order: WorldOrder, minor: number | null, change: Partial<ReturnLine> = {}): ReturnEvent {
  const of = returnOf(order);
  return { ...of, lines: [...of.lines, fee(minor, change)] };
}

describe('fees on the return order', () => {
  it('R167, R170: a service line above zero, so that credit = goods + tax − fee', async () => {
    for (const tax of [undefined, TAXED, { ...TAXED, included: true }]) {
      const rig = await d365Rig({ specialProducts: true, ...(tax ? { tax } : {}) });
      const order = orderWith(rig);
      const without = await d365Rig({ specialProducts: true, ...(tax ? { tax } : {}) });
      for (const { simulator } of [rig, without]) {
        if (!tax?.included) continue;
        simulator.change('SalesOrderHeadersV4', () => true, { ArePricesIncludingSalesTax: 'Yes' });
      }
      posted(await create(without, returnOf(order)));
      const document = posted(await create(rig, withFee(order, 500), { mappings: FEES }));
      const [held] = rig.simulator.observer.returnOrders();
      const [plain] = without.simulator.observer.returnOrders();
      assert.equal(Math.round((held?.total ?? 0) * 100), Math.round((plain?.total ?? 0) * 100) + 500);
      const charged = held?.lines.find(({ external }) => external === 'fee-1');
      assert.deepEqual([charged?.itemNumber, charged?.quantity], ['RETURN-FEE', 1]);
      assert.equal(document.references['fees'], 'fee-1×500');
      assert.doesNotMatch(document.references['lines'] ?? '', /fee/);
    }
  });

  it('R168: one without a row parks before any call, with mappings and without', async () => {
    const rig = await d365Rig({ specialProducts: true });
    await rig.connector.ready();
    const before = rig.connector.calls;
    const of = withFee(orderWith(rig), 500, { description: 'Surprise' });
    assert.equal(problemOf(await create(rig, of, { mappings: FEES })).code, 'fee-unmapped');
    assert.equal(problemOf(await create(rig, of)).code, 'fee-unmapped');
    assert.equal(rig.connector.calls, before);
    assert.deepEqual(rig.simulator.observer.returnOrders(), []);
  });

  it('a fee that is no service, has no amount or another currency parks', async () => {
    const rig = await d365Rig({ specialProducts: true });
    const order = orderWith(rig);
    const goods = mappingsWith({ fee: [{ fee: 'Return label', item: order.lines[0]?.sku ?? '' }] });
    const gone = mappingsWith({ fee: [{ fee: 'Return label', item: 'NO-SUCH' }] });
    for (const [of, mappings] of [
      [withFee(order, 500), goods],
      [withFee(order, 500), gone],
      [withFee(order, null), FEES],
      [withFee(order, 0, { price: money(500, 'EUR') }), FEES],
    ] as const) {
      assert.equal(problemOf(await create(rig, of, { mappings })).code, 'fee-unmapped');
    }
    assert.deepEqual(rig.simulator.observer.returnOrders(), []);
  });

  it('can be left out, and is told then; a fee of nothing is no line', async () => {
    const rig = await d365Rig({ specialProducts: true });
    const [first, second] = rig.world.orders;
    assert.ok(first && second);
    const outcome = await create(rig, withFee(first, 500), { fees: 'leave-out' });
    assert.deepEqual(outcome.outcome === 'posted' && outcome.leftOut, ['fee-1']);
    posted(await create(rig, withFee(second, 0)));
    assert.ok(
      rig.simulator.observer.returnOrders().every(({ lines }) => lines.every((one) => one.quantity < 0)),
    );
  });

  it('one that comes later is told, for it is not on the return order', async () => {
    const rig = await d365Rig({ specialProducts: true });
    const order = orderWith(rig);
    posted(await create(rig, returnOf(order), { mappings: FEES }));
    const problem = problemOf(await create(rig, withFee(order, 500), { mappings: FEES }));
    assert.deepEqual([problem.code, problem.lines[0]?.received], ['return-grown', 'Return label']);
  });

  it('what the ERP makes of it otherwise is finance’s exception', async () => {
    const rig = await d365Rig({
      specialProducts: true,
      tax: { ...TAXED, byItemTaxGroup: { FULL: 20 }, percent: 0 },
    });
    await rig.connector.findItems(['RETURN-FEE']);
    rig.simulator.change('ReleasedProductsV2', (row) => row['ItemNumber'] === 'RETURN-FEE', {
      SalesSalesTaxItemGroupCode: 'FULL',
    });
    const outcome = await create(rig, withFee(orderWith(rig), 500), { mappings: FEES });
    assert.equal(outcome.outcome === 'posted' && outcome.mismatch?.code, 'amount-mismatch');
    assert.match(
      (outcome.outcome === 'posted' && outcome.mismatch?.what) || '',
      /5\.00 USD, it has 6\.00 USD/,
    );
  });

  it('R170: rates are read off to the penny, and a price comes back from its net amount', () => {
    const rates = fc.constantFrom(0, 500, 550, 750, 1900, 2000, 2100, 2500);
    fc.assert(
      fc.property(
        rates,
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        (rate, net, price) => {
          const found = rateOf(money(net, 'GBP'), money(taxOn(net, rate), 'GBP'));
          assert.ok(found !== null);
          assert.equal(taxOn(net, found), taxOn(net, rate));
          if (net > 10_000) assert.equal(found, rate);
          const back = netOf(price, rate);
          assert.ok(Math.abs(back + taxOn(back, rate) - price) <= 1);
          // Where any net amount comes to the price, it is that one.
          const reached = [back - 2, back - 1, back, back + 1, back + 2].some(
            (one) => one >= 0 && one + taxOn(one, rate) === price,
          );
          assert.equal(back + taxOn(back, rate) === price, reached);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

describe('R45, R46: units by the ERP’s own conversions', () => {
  async function boxes(settings: Partial<ReturnOrderPolicy> = {}): Promise<{
    rig: D365Rig;
    order: WorldOrder;
    back: (pieces: number, id?: string) => Promise<ReturnOrderOutcome>;
  }> {
    const rig = await d365Rig();
    const order = orderWith(rig, ({ lines }) => lines.length === 1 && lines[0]?.quantity === 2);
    await rig.connector.findSale(returnOf(order));
    rig.simulator.change('SalesOrderLinesV3', (row) => row['SalesOrderNumber'] === order.salesOrderNumber, {
      SalesUnitSymbol: 'box',
    });
    const back = (pieces: number, id = 'HR-1'): Promise<ReturnOrderOutcome> => {
      const of = returnOf(order, 1, { returnId: id });
      return create(
        rig,
        { ...of, lines: of.lines.map((one) => ({ ...one, quantity: quantity(pieces) })) },
        settings,
      );
    };
    return { rig, order, back };
  }

  it('pieces that make a whole box are posted as one, and share its amount to the penny', async () => {
    const { rig, order, back } = await boxes();
    posted(await back(12, 'HR-1'));
    const [held] = rig.simulator.observer.returnOrders();
    assert.deepEqual([held?.lines[0]?.quantity], [-1]);
    posted(await back(12, 'HR-2'));
    const total = rig.simulator.observer
      .returnOrders()
      .reduce((sum, one) => sum + Math.round(one.total * 100), 0);
    assert.equal(total, -(order.lines[0]?.amountMinor ?? 0));
    assert.equal(problemOf(await back(1, 'HR-3')).code, 'quantity-over-order');
  });

  it('five of twelve are parked where only whole boxes are taken, and nothing is rounded', async () => {
    const { rig, back } = await boxes();
    const problem = problemOf(await back(5));
    assert.equal(problem.code, 'uom-not-representable');
    assert.match(problem.lines[0]?.received ?? '', /5\/12 box/);
    assert.deepEqual(rig.simulator.observer.returnOrders(), []);
  });

  it('they are counted in pieces where the user wants that, and still share the box’s amount', async () => {
    const { rig, order, back } = await boxes({ countIn: 'pieces' });
    for (const [at, pieces] of [5, 7, 12].entries()) posted(await back(pieces, `HR-${at}`));
    const held = rig.simulator.observer.returnOrders();
    assert.deepEqual(
      held.map(({ lines }) => lines[0]?.quantity),
      [-5, -7, -12],
    );
    const total = held.reduce((sum, one) => sum + Math.round(one.total * 100), 0);
    assert.equal(total, -(order.lines[0]?.amountMinor ?? 0));
    assert.equal(problemOf(await back(1, 'HR-9')).code, 'quantity-over-order');
  });

  it('a product’s own conversion goes before that of all products, in either direction, exactly', () => {
    const one = { innerOffset: fractionOf('0'), outerOffset: fractionOf('0') };
    const units = new KnownUnits(
      [
        { product: '', from: 'box', to: 'ea', factor: fractionOf('12'), ...one },
        { product: 'P1', from: 'ea', to: 'box', factor: fractionOf('1/6'), ...one },
        {
          product: 'P2',
          from: 'box',
          to: 'ea',
          factor: fractionOf('4'),
          ...one,
          innerOffset: fractionOf('1'),
        },
      ],
      new Map([['box', 2]]),
      'ea',
    );
    assert.deepEqual(
      ['P1', 'P2', 'P3'].map((product) => units.piecesIn(product, 'BOX')?.above),
      [6n, 12n, 12n],
    );
    assert.equal(units.piecesIn('P1', 'crate'), null);
    assert.deepEqual([units.decimalsOf('Box'), units.decimalsOf('ea')], [2, 0]);
    // ((3 + 1) × 4) + 2, as A8 has it.
    const offset = {
      product: '',
      from: 'a',
      to: 'b',
      factor: fractionOf('4'),
      innerOffset: fractionOf('1'),
      outerOffset: fractionOf('2'),
    };
    assert.equal(converted(fractionOf('3'), offset).above, 18n);
  });
});

describe('told before anything is written', () => {
  it('a stopped order, a customer on hold, a stopped and a discontinued item', async () => {
    const rig = await d365Rig();
    for (const [sku, code] of [
      ['STOP-42-RED', 'sku-blocked'],
      ['OLD-40-SAND', 'sku-discontinued'],
    ] as const) {
      const item = rig.world.items.find(
        ({ state }) => state === (code === 'sku-blocked' ? 'stopped' : 'discontinued'),
      );
      const order = addOrder(rig.world, { sku: item?.sku ?? sku });
      assert.equal(problemOf(await create(rig, returnOf(order))).code, code);
    }
    const order = orderWith(rig);
    rig.simulator.change('CustomersV3', (row) => row['CustomerAccount'] === order.customer, {
      OnHoldStatus: 'All',
    });
    assert.equal(problemOf(await create(rig, returnOf(order))).code, 'customer-on-hold');
    rig.simulator.change('CustomersV3', () => true, { OnHoldStatus: 'No' });
    rig.simulator.change('SalesOrderHeadersV4', () => true, { IsSalesProcessingStopped: 'Yes' });
    assert.equal(problemOf(await create(rig, returnOf(order))).code, 'order-locked');
    assert.deepEqual(rig.simulator.observer.returnOrders(), []);
  });

  it('R60, C1 row 15: a reason code that the ERP does not have is the mappings’', async () => {
    const rig = await d365Rig();
    const of = returnOf(orderWith(rig), 1);
    const problem = problemOf(await create(rig, of, { reasons: new Map([['too-small', 'NOPE']]) }));
    assert.equal(problem.code, 'reason-unmapped');
    assert.equal(problem.lines[0]?.expected, 'a return reason code of Dynamics 365');
    posted(await create(rig, of, { reasons: new Map([['too-small', 'FIT']]) }));
  });
});

describe('where goods go', () => {
  it('by the place that the platform tells, through the mappings; one without a row parks', async () => {
    const rig = await d365Rig();
    const order = orderWith(rig);
    const at = (warehouse: string | null): ReturnEvent => {
      const of = returnOf(order, 1);
      return { ...of, lines: of.lines.map((one) => ({ ...one, warehouse })) };
    };
    const mappings = mappingsWith({ location: [{ location: 'hub-1', warehouse: rig.world.mainWarehouse }] });
    const policy = { mappings, placeFrom: 'line', location: 'INSPECT' } as const;
    await rig.connector.ready();
    const before = rig.connector.calls;
    assert.equal(problemOf(await create(rig, at('hub-2'), policy)).code, 'location-unmapped');
    assert.equal(rig.connector.calls, before);
    posted(await create(rig, at('hub-1'), policy));
    const other = orderWith(rig, (one) => one !== order);
    posted(await create(rig, returnOf(other, 1), policy));
    assert.deepEqual(
      rig.simulator.observer.returnOrders().map(({ lines }) => [lines[0]?.warehouse, lines[0]?.location]),
      [
        [rig.world.mainWarehouse, ''],
        ['RETQC', 'INSPECT'],
      ],
    );
  });
});

describe('fields of the customer’s own', () => {
  const extensions = [
    'ReturnOrderHeadersV2.ReturnOriginCode',
    'ReturnOrderLinesV2.ReturnConditionText',
    'ReturnOrderLinesV2.ReturnPriority',
    'ReleasedProductsV2.UnitCost',
  ];

  function bodiesOf(rig: D365Rig): string[] {
    const bodies: string[] = [];
    const handle = rig.simulator.handle.bind(rig.simulator);
    Object.assign(rig.simulator, {
      handle: (request: Parameters<typeof handle>[0]) => {
        if (request.method === 'POST') bodies.push(request.body.toString());
        return handle(request);
      },
    });
    return bodies;
  }

  it('hold texts and values of the return, in the type that the field takes', async () => {
    const rig = await d365Rig({ extensions });
    const bodies = bodiesOf(rig);
    const of = returnOf(orderWith(rig), 1);
    const worn = { ...of, lines: of.lines.map((one) => ({ ...one, condition: 'worn' })) };
    posted(
      await create(rig, worn, {
        customFields: [
          { entity: 'header', field: 'ReturnOriginCode', from: 'path', value: 'returnNumber' },
          { entity: 'line', field: 'ReturnConditionText', from: 'path', value: 'lines[].condition' },
          { entity: 'line', field: 'ReturnPriority', from: 'text', value: '7' },
        ],
      }),
    );
    const all = bodies.join();
    assert.match(all, new RegExp(`"ReturnOriginCode":"${of.returnNumber ?? ''}"`));
    assert.match(all, /"ReturnConditionText":"worn"/);
    assert.match(all, /"ReturnPriority":7/);
  });

  it('a name that the environment lacks, or that is ours, is told before anything is written', async () => {
    const rig = await d365Rig();
    const of = returnOf(orderWith(rig), 1);
    const row = { entity: 'header', from: 'text', value: 'x' } as const;
    for (const [field, code] of [
      ['ReturnOriginCode', 'd365-field-missing'],
      ['CurrencyCode', 'd365-field-reserved'],
    ] as const) {
      await assert.rejects(create(rig, of, { customFields: [{ ...row, field }] }), { code, class: 'config' });
    }
    assert.deepEqual(rig.simulator.observer.returnOrders(), []);
  });

  it('take no path to a person, to a list or to nothing', () => {
    const fits = (value: string, entity = 'line'): boolean =>
      customFieldsSchema.safeParse([{ entity, field: 'F', from: 'path', value }]).success;
    for (const good of [
      'returnNumber',
      'order.number',
      'lines[].condition',
      'lines[].reason.code',
      'payload.brand',
    ]) {
      assert.ok(fits(good), good);
    }
    assert.ok(!fits('lines[].sku', 'header'));
    for (const bad of [
      'customerToken',
      'lines[0].sku',
      'lines',
      'people.email',
      'lines[].',
      'constructor',
      'a b',
    ]) {
      assert.ok(!fits(bad), bad);
    }
  });

  it('the link to the sale and the cost of a unit are sent where the connection says so [U]', async () => {
    const rig = await d365Rig(
      { extensions, saleLotWritable: true },
      { linkSale: true, unitCostField: 'UnitCost' },
    );
    const order = orderWith(rig);
    await rig.connector.findItems([order.lines[0]?.sku ?? '']);
    rig.simulator.change('ReleasedProductsV2', () => true, { UnitCost: 4.5 });
    const bodies = bodiesOf(rig);
    posted(await create(rig, returnOf(order)));
    assert.match(bodies.join(), new RegExp(`"ReturningInventoryLotId":"LOT-${order.salesOrderNumber}-1"`));
    assert.match(bodies.join(), /"ReturnUnitCost":4\.5/);
    const plain = await d365Rig();
    const sent = bodiesOf(plain);
    posted(await create(plain, returnOf(orderWith(plain))));
    assert.doesNotMatch(sent.join(), /"ReturningInventoryLotId":|"ReturnUnitCost":/);
  });
});
