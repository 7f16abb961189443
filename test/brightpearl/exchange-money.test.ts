import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TaxCode } from '../../nodes/brightpearl/directory';
import { exchangeLines } from '../../nodes/returns/exchange-lines';
import { planExchange } from '../../nodes/brightpearl/plan-exchange';
import type { Product } from '../../nodes/brightpearl/products';
import { money, type Money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { returnOf } from '../support/brightpearl-rig';
import { exchangeRig, made, refusedWith } from '../support/brightpearl-exchange';
import { event, line } from '../support/events';

describe('R129: price differences both ways balance to the penny', () => {
  for (const [name, by, told] of [
    ['dearer by 150.00: the customer owes 150.00', 15_000, '150.00 GBP'],
    ['cheaper by 20.00: the customer is owed 20.00', -2000, '-20.00 GBP'],
    ['of the same price: nobody owes anything', 0, '0.00 GBP'],
  ] as const) {
    it(name, async () => {
      const rig = await exchangeRig();
      const of = rig.event(rig.value + by);
      const credit = await rig.creditFor(of);
      const document = made(await rig.exchange(of));
      assert.equal(document.references['difference'], told);
      assert.equal((document.amount?.minor ?? 0) + (credit.amount?.minor ?? 0), by);
      // Goods only: nothing was put on either side to make them meet.
      const [order] = rig.simulator.observer.exchangeOrders();
      const [back] = rig.simulator.observer.salesCredits();
      assert.deepEqual(
        order?.rows.map(({ sku }) => sku),
        [rig.other.sku],
      );
      assert.deepEqual(
        back?.rows.map(({ sku }) => sku),
        [rig.order.lines[0]?.sku],
      );
    });
  }

  it('compares with the exchanged lines only; what is refunded beside them is no part of it', async () => {
    const rig = await exchangeRig(({ lines }) => lines.length === 2);
    const [goods, asked] = rig.event().lines;
    const refunded = returnOf(rig.order).lines[1];
    assert.ok(goods && asked && refunded);
    const of = returnOf(rig.order, undefined, { topic: 'return.accepted', lines: [goods, refunded, asked] });
    await rig.creditFor(of);
    const document = made(await rig.exchange(of));
    assert.equal(document.references['difference'], '0.00 GBP');
    assert.equal(document.amount?.minor, rig.value);
  });

  it('a price in another currency is not taken', async () => {
    const rig = await exchangeRig();
    const of = rig.event(null, { price: money(1000, 'EUR') });
    await rig.creditFor(of);
    const problem = refusedWith(await rig.exchange(of));
    assert.equal(problem.code, 'exchange-price-missing');
    assert.match(problem.what, /10\.00 EUR, and the order is in GBP$/);
  });

  it('an even exchange of part of a row takes the pennies that the credit gave for it', async () => {
    const rig = await exchangeRig(({ lines }) => lines[0]?.quantity === 3 && lines[0].amountMinor % 3 !== 0);
    let total = 0;
    // Three returns of one unit each: whatever the shares of the row, each exchange is even.
    for (const place of [0, 1, 2]) {
      const [goods, asked] = rig.event(null, { quantity: quantity(1) }).lines;
      assert.ok(goods && asked);
      const lines = [{ ...goods, quantity: quantity(1) }, asked];
      const of = returnOf(rig.order, undefined, { topic: 'return.accepted', returnId: `HR-${place}`, lines });
      const credit = await rig.creditFor(of);
      const document = made(await rig.exchange(of));
      assert.equal(document.references['difference'], '0.00 GBP');
      assert.equal(document.amount?.minor, -(credit.amount?.minor ?? 0));
      total += document.amount.minor;
    }
    assert.equal(total, rig.value);
  });

  it('of random exchanges: rows, totals and difference add up, and no even one costs a penny', () => {
    const rates = new Map<string, TaxCode>(
      [0, 500, 2000].map((rate, id) => [`T${rate / 100}`, { id, code: `T${rate / 100}`, rate }]),
    );
    const row = fc.record({
      units: fc.integer({ min: 1, max: 5 }),
      value: fc.integer({ min: 0, max: 50_000 }),
      price: fc.option(fc.integer({ min: 0, max: 50_000 })),
      tax: fc.constantFrom('T0', 'T5', 'T20'),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = rows.flatMap(({ units, price }, index) => [
          line({ id: `a${index}`, orderLineId: `${index}`, quantity: quantity(units), outcome: 'exchange' }),
          line({
            id: `x${index}`,
            kind: 'exchange',
            sku: `NEW-${index}`,
            orderLineId: `${index}`,
            quantity: quantity(units),
            price: price === null ? null : money(price, 'GBP'),
          }),
        ]);
        const asked = exchangeLines(event({ lines }));
        assert.ok('replacements' in asked);
        const products = new Map<string, Product>(
          rows.map(({ tax }, index) => [
            `new-${index}`,
            { id: index + 1, sku: `NEW-${index}`, name: '', taxCode: tax, status: 'LIVE' },
          ]),
        );
        const values = new Map<string, Money>(
          rows.map(({ value }, index) => [`a${index}`, money(value, 'GBP')]),
        );
        const planned = planExchange({
          replacements: asked.replacements,
          currency: 'GBP',
          products,
          taxCodes: rates,
          values,
          priceFrom: 'even',
        });
        assert.ok('plan' in planned);
        const { plan } = planned;
        const gross = rows.map(({ price, units, value }) => (price === null ? value : price * units));
        assert.deepEqual(
          plan.rows.map(({ net, tax }) => net.minor + tax.minor),
          gross,
        );
        for (const { net, tax, taxCode } of plan.rows) {
          const rate = (rates.get(taxCode)?.rate ?? 0) / 10_000;
          assert.ok(Math.abs(tax.minor - net.minor * rate) <= 1);
        }
        const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);
        assert.equal(plan.gross.minor, plan.net.minor + plan.tax.minor);
        assert.equal(plan.gross.minor, sum(gross));
        assert.equal(plan.difference.minor, sum(gross) - sum(rows.map(({ value }) => value)));
        if (rows.every(({ price }) => price === null)) assert.equal(plan.difference.minor, 0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('R126: the replacement is allocated, and reaches picking without a person', () => {
  it('where there is stock', async () => {
    const rig = await exchangeRig();
    const of = rig.event();
    await rig.creditFor(of);
    const document = made(await rig.exchange(of));
    assert.deepEqual([document.status, document.references['allocation']], ['allocated', 'AAA']);
    assert.equal(rig.simulator.observer.exchangeOrders()[0]?.allocation, 'AAA');
  });

  it('where there is none, the order stands and the warehouse is told, unless nobody needs to be', async () => {
    for (const [options, status] of [
      [{ initialStock: 0 }, 'not allocated'],
      [{ initialStock: 1 }, 'partly allocated'],
    ] as const) {
      const rig = await exchangeRig(({ lines }) => lines[0]?.quantity === 2, options);
      const of = rig.event();
      await rig.creditFor(of);
      const outcome = await rig.exchange(of);
      const problem = refusedWith(outcome);
      assert.deepEqual(
        [problem.code, problem.what],
        ['exchange-not-allocated', `order ${outcome.document?.number}: ${status}`],
      );
      assert.equal(outcome.document?.status, status);
      // It is told once; the order itself is handed on.
      assert.equal(made(await rig.exchange(of)).number, outcome.document.number);
      const relaxed = await exchangeRig(({ lines }) => lines[0]?.quantity === 2, options);
      await relaxed.creditFor(of);
      made(await relaxed.exchange(of, { requireAllocation: false }));
    }
  });
});

describe('R57: what Brightpearl made of the order is compared with what was meant', () => {
  it('a row that was changed before it was found is a conflict', async () => {
    const rig = await exchangeRig();
    const of = rig.event();
    await rig.creditFor(of);
    rig.simulator.dials.dropAfterCommitNext = 1;
    await rig.exchange(of).catch(() => undefined);
    const [order] = rig.simulator.observer.exchangeOrders();
    assert.ok(order?.rows[0]);
    rig.simulator.changeRow(order.id, order.rows[0].rowId, { net: order.rows[0].net + 1 });
    const problem = refusedWith(await rig.exchange(of));
    assert.equal(problem.code, 'document-conflict');
    assert.deepEqual(
      problem.lines.map(({ field }) => field),
      ['net', 'gross'],
    );
  });
});
