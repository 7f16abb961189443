import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addMoney,
  formatDecimal,
  money,
  moneySchema,
  parseMoney,
  shareOf,
  sumMoney,
} from '../../nodes/returns/money';
import { addQuantity, quantity } from '../../nodes/returns/quantity';

const minor = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
const currency = fc.constantFrom('GBP', 'USD', 'JPY', 'BHD');

describe('R27: money is integer minor units with a currency', () => {
  it('survives writing and reading without a float', () => {
    fc.assert(
      fc.property(minor, currency, (value, code) => {
        const amount = money(value, code);
        assert.deepEqual(parseMoney(formatDecimal(amount), code), amount);
        assert.deepEqual(moneySchema.parse(JSON.parse(JSON.stringify(amount))), amount);
      }),
      { numRuns: 5000 },
    );
  });

  it('reads what an ERP sends as a JSON number', () => {
    fc.assert(
      fc.property(minor, (value) =>
        assert.equal(parseMoney(value / 100, 'GBP').minor, value === 0 ? 0 : value),
      ),
      { numRuns: 20_000 },
    );
  });

  it('R27: 100,000 random returns: the total equals the sum of their lines exactly', () => {
    fc.assert(
      fc.property(fc.array(minor, { maxLength: 20 }), (lines) => {
        const total = sumMoney(
          lines.map((line) => money(line, 'USD')),
          'USD',
        );
        assert.equal(
          total.minor,
          lines.reduce((sum, line) => sum + line, 0),
        );
      }),
      { numRuns: 100_000 },
    );
  });

  it('refuses what would lose a penny', () => {
    for (const [text, code] of [
      ['1.005', 'GBP'],
      ['1.5', 'JPY'],
      ['1,50', 'GBP'],
      ['', 'GBP'],
      ['1e3', 'GBP'],
      ['NaN', 'GBP'],
    ] as const) {
      assert.throws(() => parseMoney(text, code), { name: 'LedgerError' }, text);
    }
    assert.throws(() => parseMoney(0.1 + 0.2, 'GBP'), { code: 'money-too-precise' });
    assert.throws(() => money(0.5, 'GBP'), { code: 'money-not-integer' });
    assert.throws(() => addMoney(money(1, 'GBP'), money(1, 'USD')), { code: 'money-currency-mixed' });
  });
});

describe('R52, R21: shares of a line add up to the penny', () => {
  it('10.00 in three parts is 3.33, 3.34, 3.33', () => {
    const parts = [0, 1, 2].map((unit) => shareOf(money(1000, 'GBP'), unit, unit + 1, 3).minor);
    assert.deepEqual(parts, [333, 334, 333]);
  });

  it('whatever the split, the parts equal the whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -10_000_000, max: 10_000_000 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 20 }),
        (total, units, cuts) => {
          const points = [0, ...new Set(cuts.filter((cut) => cut < units)), units].sort((a, b) => a - b);
          const parts = points
            .slice(1)
            .map((to, at) => shareOf(money(total, 'GBP'), points[at] ?? 0, to, units).minor);
          assert.equal(
            parts.reduce((sum, part) => sum + part, 0),
            total,
          );
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

describe('quantities carry a unit', () => {
  it('are never added across units', () => {
    assert.throws(() => addQuantity(quantity(1, 'each'), quantity(1, 'case')), {
      code: 'quantity-unit-mixed',
    });
  });

  it('add exactly to the millionth', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -1e9, max: 1e9 }), (a, b) => {
        const sum = addQuantity(quantity(a / 1e6), quantity(b / 1e6));
        assert.equal(Math.round(sum.value * 1e6), a + b);
      }),
    );
  });
});
