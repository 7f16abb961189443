import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  matchPayout,
  payoutRowSchema,
  type PayoutCredit,
  type PayoutRow,
} from '../../nodes/returns/match-payout';
import { money } from '../../nodes/returns/money';

function row(reference: string, amount: string, currency = 'GBP'): PayoutRow {
  return payoutRowSchema.parse({ reference, amount, currency });
}

function credit(document: string, minor: number, change: Partial<PayoutCredit> = {}): PayoutCredit {
  return {
    document,
    returnNumber: `HR${document}`,
    orderNumber: 'AC-1',
    amount: money(-minor, 'GBP'),
    ...change,
  };
}

describe('R116: credits are matched to a payout without line-by-line work', () => {
  it('a file of 1,000 rows with 8 odd ones: 99.2 % matched by itself, and each of the rest explained', () => {
    const credits = Array.from({ length: 1000 }, (_, index) =>
      credit(String(index), 1000 + index, { orderNumber: `AC-${index}` }),
    );
    const rows = credits.map(({ document, orderNumber, returnNumber, amount }, index) => {
      const reference = [document, orderNumber, returnNumber][index % 3] ?? '';
      const odd = index % 125 === 7 ? 1 : 0;
      return row(reference, ((-amount.minor + odd) / 100).toFixed(2));
    });
    const { matches, unpaid } = matchPayout(rows, credits);
    assert.equal(matches.filter(({ explanation }) => explanation === null).length, 992);
    const explained = matches.filter(({ explanation }) => explanation !== null);
    for (const { explanation } of explained)
      assert.match(explanation ?? '', /^paid \d+\.\d\d GBP, credited \d+: \d+\.\d\d GBP$/);
    assert.equal(unpaid.length, 8);
  });

  it('one row may pay all that is left of an order', () => {
    const { matches } = matchPayout([row('AC-1', '30.00')], [credit('1', 10_00), credit('2', 20_00)]);
    assert.deepEqual(matches[0]?.credits, ['1', '2']);
  });

  it('a second payment of the same credit is seen as one too many', () => {
    const { matches } = matchPayout([row('HR1', '10.00'), row('HR1', '-10.00')], [credit('1', 10_00)]);
    assert.deepEqual(matches[0]?.credits, ['1']);
    assert.match(matches[1]?.explanation ?? '', /once more/);
  });

  it('nothing is forced: no credit, another currency, no amount', () => {
    const credits = [credit('1', 10_00)];
    const { matches, unpaid } = matchPayout(
      [row('AC-9', '10.00'), row('AC-1', '10.00', 'USD'), row('AC-1', 'ten')],
      credits,
    );
    assert.deepEqual(
      matches.map((match) => match.credits),
      [[], [], []],
    );
    assert.match(matches[0]?.explanation ?? '', /there is no credit for AC-9/);
    assert.match(matches[1]?.explanation ?? '', /paid 10.00 USD, credited 1: 10.00 GBP/);
    assert.match(matches[2]?.explanation ?? '', /not an amount/);
    assert.deepEqual(unpaid, credits);
  });

  it('whatever comes: a credit is matched once, and matched amounts are equal', () => {
    const numbers = fc.constantFrom('A', 'B', 'C');
    const amounts = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(numbers, amounts), { maxLength: 12 }),
        fc.array(fc.tuple(numbers, amounts), { maxLength: 12 }),
        (given, paid) => {
          const credits = given.map(([orderNumber, minor], index) =>
            credit(String(index), minor, { orderNumber }),
          );
          const rows = paid.map(([reference, minor]) => row(reference, (minor / 100).toFixed(2)));
          const { matches, unpaid } = matchPayout(rows, credits);
          const used = matches.flatMap((match) => match.credits);
          assert.equal(new Set(used).size, used.length);
          assert.equal(used.length + unpaid.length, credits.length);
          for (const match of matches.filter(({ explanation }) => explanation === null)) {
            const sum = match.credits.reduce(
              (total, id) => total - (credits[Number(id)]?.amount.minor ?? 0),
              0,
            );
            assert.equal(sum, Math.round(Number(match.row.amount) * 100));
          }
        },
      ),
    );
  });
});
