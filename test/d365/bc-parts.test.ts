import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  allUnits,
  expectedTotals,
  lineBody,
  partOfDraft,
  type DraftRow,
} from '../../nodes/d365/business-central/draft-rows';

/** A line of the return on one or two lines of the sale, with amounts that no price of the sale need divide. */
const rows: fc.Arbitrary<DraftRow[]> = fc
  .array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 6 }),
      further: fc.integer({ min: 0, max: 3 }),
      price: fc.integer({ min: 1, max: 20_000 }),
      base: fc.integer({ min: 1, max: 60_000 }),
      rate: fc.constantFrom(0, 5, 20),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((lines) =>
    lines.flatMap(({ quantity, further, price, base, rate }, at): DraftRow[] => {
      const row: DraftRow = {
        line: `l${at}`,
        external: `l${at}`,
        units: quantity + further,
        fee: false,
        item: `ITEM-${at}`,
        variantId: '',
        unit: 'PCS',
        quantity,
        price: price / 100,
        base,
        gross: base,
        tax: Math.round((base * rate) / (100 + rate)),
        taxCode: `T${rate}`,
        taxRate: rate,
      };
      const second = { ...row, external: `l${at}/2`, units: 0, quantity: further, base: base + 1 };
      return further === 0 ? [row] : [row, second];
    }),
  );

describe('R52: a draft that is decided in parts', () => {
  it('comes to the whole in pieces and pennies, whatever the parts', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }), (plan, steps) => {
        const all = allUnits(plan);
        let done = new Map<string, number>();
        const parts: DraftRow[] = [];
        for (const [at, step] of [...steps, ...[...all].map(() => 99)].entries()) {
          const line = `l${at % all.size}`;
          const next = new Map(done);
          next.set(line, Math.min(all.get(line) ?? 0, (done.get(line) ?? 0) + step));
          const part = partOfDraft(plan, done, next, 'USD');
          assert.ok(part);
          parts.push(...part);
          done = next;
        }
        const rest = partOfDraft(plan, done, all, 'USD');
        assert.ok(rest);
        const sum = (of: readonly DraftRow[], field: 'quantity' | 'base' | 'gross' | 'tax'): number =>
          of.reduce((total, row) => total + row[field], 0);
        for (const field of ['quantity', 'base', 'gross', 'tax'] as const) {
          assert.equal(sum([...parts, ...rest], field), sum(plan, field));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('every line comes to its amount by price and discount, and no discount is below zero', () => {
    fc.assert(
      fc.property(rows, (plan) => {
        for (const row of plan) {
          const body = lineBody(row, 'USD', 'id');
          const [units, price, discount] = [body['quantity'], body['unitPrice'], body['discountAmount']].map(
            Number,
          );
          assert.ok(units !== undefined && price !== undefined && discount !== undefined && discount >= 0);
          assert.equal(Math.round(units * price * 100) - Math.round(discount * 100), row.base);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is not cut through a piece', () => {
    const [row] = fc.sample(rows, 1).flat();
    assert.ok(row);
    const pack = [{ ...row, line: 'p', external: 'p', units: 2, quantity: 1 }];
    assert.equal(partOfDraft(pack, new Map(), new Map([['p', 1]]), 'USD'), null);
  });

  it('tax is expected on the sum of each group, inside or on top of the prices', () => {
    const [row] = fc.sample(rows, 1).flat();
    assert.ok(row);
    const plan = [333, 333].map((base) => ({ ...row, base, gross: base, taxCode: 'S', taxRate: 20 }));
    assert.deepEqual(expectedTotals(plan, true, 'USD').tax?.minor, 111);
    assert.deepEqual(expectedTotals(plan, false, 'USD').gross.minor, 666 + 133);
    assert.equal(expectedTotals([{ ...row, taxRate: null }], true, 'USD').tax, null);
  });
});
