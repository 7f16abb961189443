import assert from 'node:assert/strict';
import { it } from 'node:test';
import { quantity } from '../../../nodes/returns/quantity';
import type { ReturnEvent } from '../../../nodes/returns/event';
import { addOrder } from '../../../nodes/sandbox/world';
import { returnOf } from '../../support/bc-bench';
import {
  announced,
  arrived,
  fee,
  feeMappings,
  FEE_ITEMS,
  isFscm,
  onBoth,
  only,
  soldFor,
  type BcRig,
  type FscmRig,
} from '../../support/d365-both-products';
import { bcRig, failureOf, fscmRig, outcomeOf, told, acceptedAs } from '../../support/d365-product-rig';
import { mappingsWith } from '../../support/posting-mappings';

const FEE = 'C2 “return fee SKU”';
const SPECIAL = { fscm: { specialProducts: true } };
const TAXED = { percent: 20, byItemTaxGroup: {}, included: false, rounding: 'line' } as const;

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, one) => sum + one, 0);
}

function withFee(of: ReturnEvent, minor: number): ReturnEvent {
  return { ...of, lines: [...of.lines, fee(minor)] };
}

for (const [taxes, charge, options] of [
  ['', 500, SPECIAL],
  [' with tax on top', 600, { fscm: { specialProducts: true, tax: TAXED }, bc: { pricesIncludeTax: false } }],
] as const) {
  onBoth(
    FEE,
    `credit = goods + tax − fee, and so much is refunded${taxes}`,
    async (rig, product) => {
      const order = rig.order(({ lines }) => lines.length === 2);
      const of = withFee(returnOf(order), charge);
      const mappings = feeMappings(product);
      // What the same goods would be credited with, without the fee: a sale that equals it.
      const plain = addOrder(rig.world, { sku: order.lines[0]?.sku ?? '' });
      plain.lines = order.lines.map((one) => ({ ...one }));
      rig.simulator.takeOver(plain);
      const without = returnOf(plain);
      await announced(rig, without, { mappings });
      only(await rig.credit(await arrived(rig, without), { mappings }));
      const [whole = 0] = rig.credited();
      assert.ok(taxes === '' ? whole === soldFor(order) : whole > soldFor(order));

      await rig.connector.findSale?.(of);
      rig.calls();
      await announced(rig, of, { mappings });
      const [line = ''] = rig.writes().slice(-1);
      assert.equal(line, product === 'fscm' ? 'POST ReturnOrderLinesV2' : 'POST salesCreditMemos');
      const event = await arrived(rig, of);
      rig.calls();
      const credit = only(await rig.credit(event, { mappings }));
      assert.deepEqual(
        rig.writes().filter((call) => !call.startsWith('PATCH')),
        product === 'fscm'
          ? ['POST postReturnPackingSlip', 'POST postReturnInvoice']
          : ['POST salesCreditMemos/post'],
      );
      assert.deepEqual(rig.credited(), [whole, whole - charge]);
      assert.equal(credit.amount?.minor, -(whole - charge));
      const refund = await rig.refund(event, { mappings });
      if (product === 'fscm') {
        assert.equal(only(refund).amount?.minor, -(whole - charge));
        assert.deepEqual(rig.refunded(), [whole - charge]);
        assert.deepEqual(rig.writes(), [
          'POST CustomerPaymentJournalHeaders',
          'POST CustomerPaymentJournalLines',
          'POST postPaymentJournal',
        ]);
      } else {
        assert.equal(told(refund.problem), 'payment-method-unmapped, finance');
        assert.match(refund.problem?.what ?? '', new RegExp(((whole - charge) / 100).toFixed(2)));
        assert.deepEqual(rig.writes(), []);
      }
      // Repeats change nothing.
      await rig.announce(of, { mappings });
      await rig.credit(event, { mappings });
      await rig.refund(event, { mappings });
      assert.deepEqual(rig.writes(), []);
    },
    options,
  );
}

onBoth(
  FEE,
  'of goods that are accepted in parts it is charged once, though the acceptance tells of goods only',
  async (rig, product) => {
    const order = rig.order(({ lines }) => lines.length === 2);
    const of = withFee(returnOf(order), 250);
    const mappings = feeMappings(product);
    await announced(rig, of, { mappings });
    const [first, second] = of.lines;
    assert.ok(first && second);
    only(await rig.credit(await arrived(rig, of, [first]), { mappings }));
    only(await rig.credit(await arrived(rig, of, [first, second]), { mappings }));
    const credited = rig.credited();
    assert.equal(credited.length, 2);
    assert.equal(sumOf(credited), soldFor(order) - 250);
    // In Finance & SCM the first invoice takes the fee; in Business Central it stays on the draft until the last goods.
    const [one = 0] = order.lines.map(({ amountMinor }) => amountMinor);
    assert.ok(credited.includes(product === 'fscm' ? one - 250 : one), credited.join());
  },
  SPECIAL,
);

onBoth(
  FEE,
  'unmapped, or mapped to goods, it holds the whole return; with its row the same event goes through',
  async (rig, product) => {
    const order = rig.order();
    const of = withFee(returnOf(order), 395);
    await rig.connector.ready();
    rig.calls();
    assert.equal(outcomeOf(await rig.announce(of)), 'fee-unmapped, finance');
    const goods = mappingsWith({ fee: [{ fee: 'Return label', item: order.lines[0]?.sku ?? '' }] });
    assert.equal(outcomeOf(await rig.announce(of, { mappings: goods })), 'fee-unmapped, finance');
    const gone = mappingsWith({ fee: [{ fee: 'Return label', item: 'NO-SUCH' }] });
    assert.equal(outcomeOf(await rig.announce(of, { mappings: gone })), 'fee-unmapped, finance');
    assert.deepEqual(rig.writes(), []);
    const document = await announced(rig, of, { mappings: feeMappings(product) });
    assert.equal(document.amount?.minor, -(soldFor(order) - 395));
    const lines = isFscm(rig)
      ? rig.simulator.observer
          .returnOrders()[0]
          ?.lines.map(({ itemNumber, quantity: count }) => [itemNumber, count])
      : rig.simulator.observer.drafts()[0]?.lines.map((row) => [row.number, row.quantity]);
    // Above zero in both: below zero in goods is what comes back in Finance & SCM.
    assert.deepEqual(lines?.at(-1), [FEE_ITEMS[product], 1]);
  },
  SPECIAL,
);

onBoth(
  FEE,
  'told as an amount below zero it lowers the credit all the same; one of nothing is no line, and a node may leave them out',
  async (rig, product) => {
    const [first, second, third] = rig.world.orders.filter(({ state }) => state === 'invoiced');
    assert.ok(first && second && third);
    const mappings = feeMappings(product);
    const below = await announced(rig, withFee(returnOf(first), -500), { mappings });
    assert.equal(below.amount?.minor, -(soldFor(first) - 500));
    const nothing = await announced(rig, withFee(returnOf(second), 0));
    assert.equal(nothing.amount?.minor, -soldFor(second));
    const left = await rig.announce(withFee(returnOf(third), 500), { fees: 'leave-out' });
    assert.ok(left.outcome === 'posted');
    assert.deepEqual([left.leftOut, left.document.amount?.minor], [['fee-1'], -soldFor(third)]);
  },
  SPECIAL,
);

onBoth(
  FEE,
  'one that comes after the return order is told, for the credit is not lowered by it',
  async (rig, product) => {
    const of = returnOf(rig.order());
    const mappings = feeMappings(product);
    await announced(rig, of, { mappings });
    rig.calls();
    const late = await rig.announce(withFee(of, 500), { mappings });
    assert.equal(outcomeOf(late), 'return-grown, customer service');
    assert.deepEqual(rig.calls(), []);
  },
  SPECIAL,
);

it(`${FEE}, Business Central: exchange lines are not told as fees that were left out`, async () => {
  const rig = await bcRig();
  const of = returnOf(rig.order());
  const [goods] = of.lines;
  assert.ok(goods);
  const swap = { ...goods, id: 'x-1', kind: 'exchange' as const, sku: rig.world.items[9]?.sku ?? '' };
  const outcome = await rig.announce({ ...of, lines: [...of.lines, swap] });
  assert.ok(outcome.outcome === 'posted');
  assert.deepEqual(outcome.leftOut, []);
});

/** An order of so many boxes of one item, which the ERP counts in boxes. */
async function soldInBoxes(rig: FscmRig | BcRig, boxes: number): Promise<ReturnEvent> {
  const order = addOrder(rig.world, { sku: rig.world.items[0]?.sku ?? '', quantity: boxes });
  await rig.connector.findSale?.(returnOf(order));
  if (isFscm(rig)) {
    const { salesOrderNumber } = order;
    rig.simulator.change('SalesOrderLinesV3', (row) => row['SalesOrderNumber'] === salesOrderNumber, {
      SalesUnitSymbol: 'box',
    });
  } else {
    const sku = order.lines[0]?.sku ?? '';
    assert.ok(
      rig.simulator.change('salesInvoiceLines', { lineObjectNumber: sku }, { unitOfMeasureCode: 'BOX' }) > 0,
    );
  }
  return returnOf(order);
}

function pieces(of: ReturnEvent, value: number, unit?: string, returnId = of.returnId): ReturnEvent {
  const lines = of.lines.map((one) => ({ ...one, quantity: quantity(value, unit) }));
  return { ...of, returnId, returnNumber: returnId, lines };
}

const UNITS = 'C2 “units: each or case”';

it(`${UNITS}, Finance & SCM: whole boxes are returned as boxes, their pieces received as boxes and credited right`, async () => {
  const rig = await fscmRig();
  const sale = await soldInBoxes(rig, 2);
  const odd = await rig.announce(pieces(sale, 5, undefined, 'HR-3'));
  assert.equal(outcomeOf(odd), 'uom-not-representable, data');
  assert.deepEqual(rig.writes(), []);
  const of = pieces(sale, 12);
  await announced(rig, of);
  const [held] = rig.simulator.observer.returnOrders();
  assert.deepEqual(
    held?.lines.map(({ quantity: count }) => count),
    [-1],
  );
  rig.calls();
  // Five of the box are no number of boxes: they wait for the rest of it.
  const part = await rig.receive(acceptedAs(pieces(of, 5), 'resellable'), { when: 'return.accepted' });
  assert.equal(told(part.problem), 'uom-not-representable, data');
  assert.deepEqual(rig.writes(), []);
  assert.deepEqual(rig.stock(), {});
  const event = await arrived(rig, of);
  assert.deepEqual(rig.stock(), { MAIN: 12 });
  const credit = only(await rig.credit(event));
  const sold = rig.world.orders.at(-1);
  assert.ok(sold);
  assert.equal(credit.amount?.minor, -soldFor(sold) / 2);
});

it(`${UNITS}, Finance & SCM: counted in pieces, five of twelve are received and credited with their share`, async () => {
  const rig = await fscmRig();
  const sale = await soldInBoxes(rig, 1);
  const sold = rig.world.orders.at(-1);
  assert.ok(sold);
  for (const [at, count] of [5, 7].entries()) {
    const of = pieces(sale, count, undefined, `HR-${at}`);
    await announced(rig, of, { countIn: 'pieces' });
    only(await rig.credit(await arrived(rig, of)));
  }
  assert.equal(sumOf(rig.credited()), soldFor(sold));
  assert.deepEqual(rig.stock(), { MAIN: 12 });
});

it(`${UNITS}, Business Central: pieces that make whole boxes are credited in the unit of the sale, by a row of the mappings`, async () => {
  const rig = await bcRig();
  const sale = await soldInBoxes(rig, 2);
  const item = rig.world.items[0]?.sku ?? '';
  const of = pieces(sale, 10);
  // What a box holds is not in the standard API: without a row nothing is guessed.
  assert.equal(outcomeOf(await rig.announce(of)), 'unit-mismatch, data');
  const mappings = mappingsWith({ unit: [{ item, from: 'BOX', to: 'each', factor: '10' }] });
  const odd = await rig.announce(pieces(sale, 5), { mappings });
  assert.equal(outcomeOf(odd), 'uom-not-representable, data');
  assert.deepEqual(rig.writes(), []);
  await announced(rig, of, { mappings });
  const [draft] = rig.simulator.observer.drafts();
  assert.deepEqual(
    draft?.lines.map(({ unit, quantity: count }) => [unit, count]),
    [['BOX', 1]],
  );
  only(await rig.credit(acceptedAs(of, null), { mappings }));
  const sold = rig.world.orders.at(-1);
  assert.ok(sold);
  assert.deepEqual(rig.credited(), [soldFor(sold) / 2]);
  const more = pieces(sale, 20, undefined, 'HR-more');
  assert.equal(outcomeOf(await rig.announce(more, { mappings })), 'quantity-over-order, finance');
});

it(`${FEE}, Business Central: where no amount without tax comes to it, the penny is told, unless finance tolerates it`, async () => {
  for (const toleranceMinor of [0, 1]) {
    const rig = await bcRig({ pricesIncludeTax: false });
    const of = withFee(returnOf(rig.order(({ lines }) => lines.length === 2)), 500);
    const mappings = feeMappings('bc');
    await announced(rig, of, { mappings });
    const { problem } = await rig.credit(acceptedAs(of, null), { mappings, toleranceMinor });
    if (toleranceMinor === 1) assert.equal(problem, null);
    else assert.equal(told(problem), 'amount-mismatch, finance');
    assert.equal(rig.credited().length, 1);
  }
});

onBoth(
  FEE,
  'one that is higher than the first goods accepted is charged with more of them',
  async (rig, product) => {
    const order = rig.order(({ lines }) => lines.length === 2);
    const [one = 0] = order.lines.map(({ amountMinor }) => amountMinor);
    const charge = one + 100;
    assert.ok(soldFor(order) > charge);
    const of = withFee(returnOf(order), charge);
    const mappings = feeMappings(product);
    await announced(rig, of, { mappings });
    const [first, second] = of.lines;
    assert.ok(first && second);
    const event = await arrived(rig, of, [first]);
    rig.calls();
    if (product === 'fscm') {
      // D365 would make an invoice of it: nothing is posted before there are more goods.
      const waits = await failureOf(rig.credit(event, { mappings }));
      assert.deepEqual([told(waits), waits.class], ['goods-not-ready, warehouse', 'state-blocked']);
      assert.deepEqual([rig.writes(), rig.credited()], [[], []]);
    } else only(await rig.credit(event, { mappings }));
    only(await rig.credit(await arrived(rig, of, [first, second]), { mappings }));
    assert.equal(sumOf(rig.credited()), soldFor(order) - charge);
    assert.ok(rig.credited().every((credit) => credit > 0));
  },
  SPECIAL,
);
