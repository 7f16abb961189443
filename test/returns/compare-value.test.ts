import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareValue, PRICE_MODES, type PriceMode, type Worth } from '../../nodes/returns/compare-value';
import type { ErpSaleLine } from '../../nodes/returns/erp-sale';
import type { ReturnLine } from '../../nodes/returns/event';
import { money, type Money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { SaleUse } from '../../nodes/returns/sale-use';
import { saleWith, soldLine } from '../support/sales';

type Told = Pick<ReturnLine, 'price' | 'tax' | 'quantity'>;

const MODES = ['with-tax', 'without-tax'] as const;
const CURRENCIES = ['GBP', 'JPY', 'KWD'] as const;

/** A line that was sold: unit price in the shop's mode and rate of tax in hundredths of a percent. */
const item = fc.record({
  each: fc.integer({ min: 1, max: 500_000 }),
  units: fc.integer({ min: 1, max: 12 }),
  rate: fc.constantFrom(0, 500, 810, 1750, 2000),
});

interface Item {
  each: number;
  units: number;
  rate: number;
}

/** Net and tax of a line as an ERP makes them of the shop's price, in smallest units. */
function amountsOf({ each, units, rate }: Item, mode: PriceMode): { net: number; tax: number } {
  const paid = each * units;
  if (mode === 'without-tax') return { net: paid, tax: Math.round((paid * rate) / 10_000) };
  const net = Math.round((paid * 10_000) / (10_000 + rate));
  return { net, tax: paid - net };
}

/** What the order says that each line of a basket is worth. */
function worthOf(basket: readonly Item[], mode: PriceMode, currency: string, tellsTax: boolean): Worth[] {
  const fine = currency === 'JPY' ? 10_000 : currency === 'KWD' ? 10 : 100;
  const lines = basket.map((one, at): ErpSaleLine => {
    const { net, tax } = amountsOf(one, mode);
    const amounts = tellsTax ? { net: net * fine, tax: tax * fine } : { net: (net + tax) * fine, tax: null };
    return soldLine({ id: `row-${at}`, sku: `S-${at}`, quantity: one.units, ...amounts });
  });
  const answer = saleWith(lines, { currency });
  assert.ok(answer.found === 'sale');
  const use = new SaleUse(answer.sale, {});
  return basket.map(({ units }, at) => use.worthOf(use.take(use.states.slice(at, at + 1), units)));
}

function told({ each, units }: Item, currency: string, tax: Money | null): Told {
  return { price: money(each, currency), tax, quantity: quantity(units) };
}

describe('R59: whether prices contain the tax is a setting', () => {
  for (const mode of MODES) {
    it(`R59: 10,000 random baskets ${mode}: the order's amounts are met exactly, and a penny more is seen`, () => {
      const other = mode === 'with-tax' ? 'without-tax' : 'with-tax';
      let wrongMode = 0;
      fc.assert(
        fc.property(
          fc.array(item, { minLength: 1, maxLength: 6 }),
          fc.constantFrom(...CURRENCIES),
          fc.boolean(),
          (basket, currency, tellsOwnTax) => {
            for (const [at, worth] of worthOf(basket, mode, currency, true).entries()) {
              const one = basket[at];
              assert.ok(one);
              const { tax } = amountsOf(one, mode);
              const line = told(one, currency, tellsOwnTax ? money(tax, currency) : null);
              assert.equal(compareValue(line, worth, 0, mode), null);
              const dearer = told({ ...one, each: one.each + 1 }, currency, line.tax);
              assert.equal(compareValue(dearer, worth, 0, mode)?.within, false);
              assert.equal(compareValue(dearer, worth, one.units, mode)?.within, true);
              // A shop of the other mode is told by every line that has tax.
              if (tax === 0) continue;
              wrongMode += 1;
              assert.equal(compareValue(line, worth, 0, other)?.within, false);
            }
          },
        ),
        { numRuns: 10_000 },
      );
      assert.ok(wrongMode > 10_000);
    });
  }

  it('either takes what only one of the two lets pass', () => {
    // 10.00 with 2.00 of tax in it was sold; the platform says 8.00 and 2.00, or 12.00.
    const worth: Worth = { currency: 'GBP', totalMinor: 1000, taxMinor: 200 };
    const results = (each: number): (boolean | null)[] =>
      PRICE_MODES.map((mode) => {
        const line = told({ each, units: 1, rate: 0 }, 'GBP', money(200, 'GBP'));
        return compareValue(line, worth, 0, mode)?.within ?? null;
      });
    assert.deepEqual(results(800), [null, false, null]);
    assert.deepEqual(results(1000), [null, null, false]);
    assert.deepEqual(results(1200), [false, false, false]);
  });

  it('both figures are told as the platform tells them', () => {
    const worth: Worth = { currency: 'GBP', totalMinor: 1200, taxMinor: 200 };
    const line = told({ each: 999, units: 1, rate: 0 }, 'GBP', money(200, 'GBP'));
    const shown = PRICE_MODES.map((mode) => {
      const { expected, received } = compareValue(line, worth, 0, mode) ?? {};
      return [expected, received];
    });
    assert.deepEqual(shown, [
      ['12.00 GBP', '11.99 GBP'],
      ['12.00 GBP', '9.99 GBP'],
      ['10.00 GBP', '9.99 GBP'],
    ]);
  });

  it('where the ERP does not tell the tax, its amount may hold it or not', () => {
    const gross: Worth = { currency: 'GBP', totalMinor: 1200, taxMinor: null };
    const net: Worth = { currency: 'GBP', totalMinor: 1000, taxMinor: null };
    const fits = (each: number, worth: Worth, mode: PriceMode): boolean =>
      compareValue(told({ each, units: 1, rate: 0 }, 'GBP', money(200, 'GBP')), worth, 0, mode) === null;
    for (const worth of [gross, net]) {
      assert.deepEqual([fits(1200, worth, 'with-tax'), fits(1000, worth, 'without-tax')], [true, true]);
    }
    assert.deepEqual([fits(1400, gross, 'with-tax'), fits(800, net, 'without-tax')], [true, true]);
    assert.deepEqual([fits(1000, gross, 'with-tax'), fits(1200, net, 'without-tax')], [false, false]);
    assert.deepEqual([fits(1000, gross, 'either'), fits(1200, net, 'either')], [true, true]);
  });
});
