import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CHECKS, type Check, type CheckProfile, type CheckResult } from '../../nodes/returns/check-profile';
import { checkAgainstSale } from '../../nodes/returns/check-sale';
import type { ErpSaleLine, SaleAnswer } from '../../nodes/returns/erp-sale';
import type { ReturnLine } from '../../nodes/returns/event';
import { PRECEDENCE, verdictOn } from '../../nodes/returns/finding';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { SaleUse } from '../../nodes/returns/sale-use';
import { event, line } from '../support/events';
import { profileOf, saleWith, soldLine } from '../support/sales';

const gbp = (minor: number): { minor: number; currency: string } => money(minor, 'GBP');

function check(
  lines: readonly Partial<ReturnLine>[],
  answer: SaleAnswer | null,
  checks: readonly Check[] = CHECKS,
  change: Partial<CheckProfile> = {},
): CheckResult {
  const made = lines.map((one, at) => line({ id: `L${at + 1}`, orderLineId: null, ...one }));
  return checkAgainstSale(event({ lines: made }), answer, profileOf(checks, change));
}

function codes({ findings }: CheckResult): string[] {
  return findings.map(({ code }) => code);
}

describe('R38, R51: what is not on the order', () => {
  const sale = saleWith([soldLine({ externalId: '77', sku: 'A-1' }), soldLine({ id: 'row-2', sku: 'B-2' })]);

  it('shows both SKUs, expected and received', () => {
    const { findings } = check([{ sku: 'C-3' }], sale);
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.expected, one.received]),
      [['line-not-on-order', '1 × A-1, 1 × B-2', 'C-3']],
    );
  });

  it('R49: names the ordered SKU where the return names the order’s line', () => {
    const { findings } = check([{ sku: 'B-2', orderLineId: '77' }], sale);
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.expected, one.received]),
      [['substitution', 'A-1', 'B-2']],
    );
    assert.deepEqual(codes(check([{ sku: 'B-2', orderLineId: '77' }], sale, ['order'])), [
      'line-not-on-order',
    ]);
    assert.deepEqual(codes(check([{ sku: 'B-2', orderLineId: '77' }], sale, ['quantity'])), []);
  });

  it('R49: A ordered, B sent: B is matched with the line of A by the ERP’s word, or by the table', () => {
    const sent = saleWith([soldLine({ sku: 'B-2', substitutedFor: 'A-1' })]);
    assert.deepEqual(codes(check([{ sku: 'B-2' }], sent)), []);
    assert.deepEqual(codes(check([{ sku: 'A-1' }], sent)), []);
    const ordered = saleWith([soldLine({ externalId: '77', sku: 'A-1' })]);
    const substitutes = new Map([['b-2', 'a-1']]);
    assert.deepEqual(codes(check([{ sku: 'B-2', orderLineId: '77' }], ordered, CHECKS, { substitutes })), []);
    assert.deepEqual(codes(check([{ sku: 'B-2', orderLineId: '77' }], ordered)), ['substitution']);
  });
});

describe('R50: quantity net of earlier returns', () => {
  const two = (change: Partial<ErpSaleLine> = {}): SaleAnswer =>
    saleWith([soldLine({ quantity: 2, ...change })]);

  it('two sold, one credited, two back: over-return', () => {
    const { findings } = check([{ quantity: quantity(2) }], two({ returned: 1 }));
    assert.deepEqual(
      findings.map(({ code, what, line: one }) => [code, what, one.expected, one.received]),
      [['quantity-over-order', 'RUN-42-BLU: 2 sold, 1 returned before, 2 now', 'at most 1', '2']],
    );
    assert.deepEqual(codes(check([{ quantity: quantity(1) }], two({ returned: 1 }))), []);
  });

  it('lines of one return share what the order has left', () => {
    assert.deepEqual(codes(check([{}, {}], two())), []);
    assert.deepEqual(codes(check([{}, {}, {}], two())), ['quantity-over-order']);
  });

  it('several order lines of one SKU are used up one after another', () => {
    const sale = saleWith([soldLine({ returned: 1 }), soldLine({ id: 'row-2', quantity: 2 })]);
    assert.deepEqual(codes(check([{ quantity: quantity(2) }], sale)), []);
    assert.deepEqual(codes(check([{ quantity: quantity(3) }], sale)), ['quantity-over-order']);
  });

  it('R47: two cases of twelve sold, 25 pieces back: over-return; 24 are not', () => {
    const cases = two({ unit: 'case', pieces: 12 });
    const { findings } = check([{ quantity: quantity(25) }], cases, ['quantity']);
    assert.deepEqual(findings[0]?.what, 'RUN-42-BLU: 24 sold, 0 returned before, 25 now');
    assert.deepEqual(codes(check([{ quantity: quantity(24) }], cases, ['quantity'])), []);
    assert.deepEqual(codes(check([{ quantity: quantity(3, 'case') }], cases, ['quantity'])), [
      'quantity-over-order',
    ]);
  });

  it('R47: earlier returns count in base units, cases and pieces together', () => {
    const sale = two({ unit: 'case', pieces: 12, returned: 1, returnedPieces: 5 });
    assert.deepEqual(codes(check([{ quantity: quantity(7) }], sale, ['quantity'])), []);
    assert.deepEqual(codes(check([{ quantity: quantity(8) }], sale, ['quantity'])), ['quantity-over-order']);
  });

  it('a unit that nobody can count in pieces is told, unless a table knows it', () => {
    const boxes = two({ unit: 'box', pieces: null });
    assert.deepEqual(codes(check([{}], boxes, ['quantity'])), ['unit-mismatch']);
    const piecesIn = (sku: string, unit: string): number | null =>
      sku === 'RUN-42-BLU' && unit === 'box' ? 6 : null;
    assert.deepEqual(codes(check([{ quantity: quantity(12) }], boxes, ['quantity'], { piecesIn })), []);
    assert.deepEqual(codes(check([{ quantity: quantity(13) }], boxes, ['quantity'], { piecesIn })), [
      'quantity-over-order',
    ]);
    assert.deepEqual(codes(check([{ quantity: quantity(0.5) }], two())), ['quantity-not-whole']);
  });
});

describe('R113: value against the order, with a tolerance', () => {
  const sale = saleWith([soldLine({ quantity: 2, net: 199_900, tax: 40_000 })]);

  it('a penny off is decided by the tolerance, and the result travels with the message', () => {
    const back = { quantity: quantity(2), price: gbp(1200), tax: gbp(400) };
    assert.deepEqual(codes(check([back], sale)), ['price-mismatch']);
    const { findings, warnings } = check([back], sale, CHECKS, { toleranceMinor: 1 });
    assert.deepEqual(findings, []);
    assert.deepEqual(
      warnings.map(({ code, field, expected, received }) => [code, field, expected, received]),
      [['value-within-tolerance', 'price', '23.99 GBP', '24.00 GBP']],
    );
  });

  it('prices with and without tax are both taken, another currency is not', () => {
    assert.deepEqual(codes(check([{ price: gbp(1000), tax: gbp(200) }], sale)), ['price-mismatch'].slice(1));
    assert.deepEqual(codes(check([{ price: gbp(1200), tax: gbp(200) }], sale)), []);
    assert.deepEqual(codes(check([{ price: money(1200, 'EUR') }], sale)), ['price-mismatch']);
  });

  it('where the ERP does not tell the tax, a price fits with or without it', () => {
    const net = saleWith([soldLine({ net: 100_000, tax: null })]);
    for (const price of [1000, 1200, 800]) {
      const found = check([{ price: gbp(price), tax: gbp(200) }], net, ['value', 'tax']);
      assert.deepEqual(codes(found), [], String(price));
    }
    assert.deepEqual(codes(check([{ price: gbp(1100), tax: gbp(200) }], net, ['value'])), ['price-mismatch']);
  });

  it('no more is given back than the line has left', () => {
    const paid = saleWith([soldLine({ quantity: 2, net: 200_000, tax: 40_000, creditedMinor: 1300 })]);
    assert.deepEqual(codes(check([{ quantity: quantity(1) }], paid)), ['value-over-order']);
    assert.deepEqual(codes(check([{ quantity: quantity(1) }], paid, ['quantity'])), []);
  });
});

describe('R55, R56: tax against the invoice', () => {
  it('another tax than the invoice’s is told with both figures', () => {
    const { findings } = check([{ tax: gbp(50) }], saleWith([soldLine()]), ['tax']);
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.expected, one.received]),
      [['tax-mismatch', '2.00 GBP', '0.50 GBP']],
    );
  });

  it('lines of 20 %, 5 % and 0 % each keep their own tax', () => {
    const rates = [
      { sku: 'A', net: 100_000, tax: 20_000 },
      { sku: 'B', net: 100_000, tax: 5_000 },
      { sku: 'C', net: 100_000, tax: 0 },
    ];
    const sale = saleWith(rates.map((rate, at) => soldLine({ id: `row-${at}`, ...rate })));
    const back = rates.map(({ sku, tax }) => ({ sku, tax: gbp(tax / 100) }));
    assert.deepEqual(codes(check(back, sale)), []);
    const [first, ...rest] = back;
    assert.deepEqual(codes(check([{ ...first, tax: gbp(50) }, ...rest], sale)), ['tax-mismatch']);
  });
});

/** A bundle for one price, with parts that have none. */
function bundle(parts: readonly number[], net: number, tax: number, count = 1): ErpSaleLine[] {
  return [
    soldLine({ id: 'bundle', sku: 'SET', quantity: count, net, tax }),
    ...parts.map((each, at) =>
      soldLine({
        id: `part-${at}`,
        sku: `P${at}`,
        quantity: each * count,
        net: 0,
        tax: 0,
        parentId: 'bundle',
      }),
    ),
  ];
}

describe('R48, R52: bundles', () => {
  it('the parent, or a part, is found on the order', () => {
    const sale = saleWith(bundle([1, 1, 1], 100_000, 20_000));
    assert.deepEqual(codes(check([{ sku: 'SET' }], sale)), []);
    assert.deepEqual(codes(check([{ sku: 'P1' }], sale)), ['bundle-part']);
    assert.deepEqual(codes(check([{ sku: 'P1' }], sale, ['order', 'quantity', 'value'])), []);
  });

  it('a part with a price of its own is worth that', () => {
    const [parent = soldLine(), ...parts] = bundle([1, 1], 0, 0);
    const sale = saleWith([parent, ...parts.map((part) => ({ ...part, net: 30_000, tax: 6_000 }))]);
    assert.deepEqual(codes(check([{ sku: 'P0', price: gbp(360) }], sale)), []);
    assert.deepEqual(codes(check([{ sku: 'P0', price: gbp(361) }], sale)), ['price-mismatch']);
  });

  it('parts and bundle together come back once', () => {
    const sale = saleWith(bundle([1, 1], 100_000, 0));
    assert.deepEqual(codes(check([{ sku: 'SET' }, { sku: 'P0' }], sale, ['quantity'])), [
      'quantity-over-order',
    ]);
    assert.deepEqual(codes(check([{ sku: 'P0' }, { sku: 'SET' }], sale, ['quantity'])), [
      'quantity-over-order',
    ]);
    const returned = saleWith(bundle([1, 1], 100_000, 0).map((one) => ({ ...one, returned: 1 })));
    assert.deepEqual(codes(check([{ sku: 'P0' }], returned, ['quantity'])), ['quantity-over-order']);
  });

  it('R52: 10.00 over three parts that come back one by one is 10.00', () => {
    const { sale } = saleWith(bundle([1, 1, 1], 100_000, 20_000)) as Extract<SaleAnswer, { found: 'sale' }>;
    const shares = ['P2', 'P0', 'P1'].map((sku) => worthOfOne(sale.lines, sku, []));
    assert.equal(
      shares.reduce((sum, share) => sum + share, 0),
      1200,
    );
  });

  it('R52: the parts of any bundle, returned separately in any order, sum to the whole to the penny', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.integer({ min: 0, max: 9_999_999 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer(),
        (parts, net, tax, count, seed) => {
          const lines = bundle(parts, net, tax, count);
          const units = lines
            .slice(1)
            .flatMap(({ sku, quantity: many }) => Array<string>(many).fill(sku ?? ''));
          const order = units
            .map((sku, at) => ({ sku, key: Math.imul(at + 1, seed | 1) >>> 0 }))
            .sort((a, b) => a.key - b.key);
          const before: string[] = [];
          let sum = 0;
          let taxSum = 0;
          for (const { sku } of order) {
            const { totalMinor, taxMinor } = worth(lines, sku, before);
            sum += totalMinor;
            taxSum += taxMinor ?? 0;
            before.push(sku);
          }
          // What was paid is net and tax together.
          assert.equal(sum, Math.round((net + tax) / 100));
          assert.equal(taxSum, Math.round(tax / 100));
        },
      ),
    );
  });
});

/** What one unit of a SKU is worth in a return of its own, after others came back. */
function worth(
  lines: readonly ErpSaleLine[],
  sku: string,
  before: readonly string[],
): ReturnType<SaleUse['worthOf']> {
  const sold = lines.map((one) => ({ ...one, returned: before.filter((other) => other === one.sku).length }));
  const { sale } = saleWith(sold) as Extract<SaleAnswer, { found: 'sale' }>;
  const use = new SaleUse(sale, {});
  const takes = use.take(
    use.states.filter((state) => state.sold.sku === sku),
    1,
  );
  assert.equal(takes.length, 1);
  return use.worthOf(takes);
}

function worthOfOne(lines: readonly ErpSaleLine[], sku: string, before: readonly string[]): number {
  return worth(lines, sku, before).totalMinor;
}

describe('R41: the customer, and the state of the order', () => {
  const sale = (change: object): SaleAnswer => saleWith([soldLine()], change);

  it('an unknown customer and one on hold are told', () => {
    const unknown = sale({ customer: { account: 'X-1', known: false, hold: null } });
    assert.deepEqual(codes(check([{}], unknown)), ['customer-unknown']);
    assert.deepEqual(codes(check([{}], unknown, ['order'])), []);
    const held = sale({ customer: { account: 'C-1', known: true, hold: 'on hold for All' } });
    assert.deepEqual(codes(check([{}], held)), ['customer-on-hold']);
  });

  it('what a person must decide is held; what passes by itself is waited for', () => {
    assert.deepEqual(codes(check([{}], sale({ state: 'cancelled' }))), ['order-cancelled']);
    assert.deepEqual(codes(check([{}], sale({ state: 'historical' }))), ['order-historical']);
    const open = check([{}], sale({ state: 'not-invoiced' }));
    assert.deepEqual([codes(open), open.waitsFor?.code], [[], 'order-not-invoiced']);
    assert.equal(check([{}], sale({ state: 'locked' })).waitsFor?.code, 'order-locked');
    assert.equal(check([{}], sale({ state: 'locked' }), ['order']).waitsFor, null);
    // Where a person is asked anyway, they are told that as well.
    assert.deepEqual(codes(check([{ sku: 'C-3' }], sale({ state: 'locked' }))), [
      'line-not-on-order',
      'order-locked',
    ]);
  });
});

describe('R130: blind returns', () => {
  const blind = event({ order: { number: null, id: '880' } });

  it('are told as such, and no order is guessed', () => {
    const { findings } = checkAgainstSale(blind, null, profileOf(CHECKS));
    assert.deepEqual(
      findings.map(({ code, what }) => [code, what]),
      [['blind-return', 'no order number, the shop’s id 880']],
    );
    assert.deepEqual(codes(checkAgainstSale(blind, null, profileOf(['order']))), []);
  });

  it('an order that is not there, or that is several, is told', () => {
    assert.deepEqual(codes(check([{}], { found: 'unknown', what: 'order AC-1' })), ['order-unknown']);
    assert.deepEqual(codes(check([{}], { found: 'ambiguous', what: 'SO-1, SO-2' })), ['order-ambiguous']);
    const strange = event({ order: { number: 'AC-*', id: null } });
    assert.deepEqual(codes(checkAgainstSale(strange, null, profileOf(CHECKS))), ['order-reference-invalid']);
  });
});

describe('R51: all findings of a return are one exception', () => {
  it('with the most important code, and each line with its own', () => {
    const sale = saleWith([soldLine({ sku: 'A' }), soldLine({ id: 'row-2', sku: 'B' })], {
      customer: { account: 'X-1', known: false, hold: null },
    });
    const { findings } = check(
      [{ sku: 'A', price: gbp(1) }, { sku: 'B', quantity: quantity(9) }, { sku: 'C' }],
      sale,
    );
    const verdict = verdictOn(findings);
    assert.equal(verdict?.code, 'customer-unknown');
    assert.equal(verdict.what, 'X-1');
    assert.deepEqual(
      verdict.lines.map((one) => [one.code, one.lineId ?? null]),
      [
        ['customer-unknown', null],
        ['line-not-on-order', 'L3'],
        ['quantity-over-order', 'L2'],
        ['price-mismatch', 'L1'],
      ],
    );
    for (const one of verdict.lines) assert.ok(one.expected && one.received, JSON.stringify(one));
    assert.match(verdict.detail, /^Also found:\nItem is not on the original order: 1 × C\n/);
  });

  it('has no exception where nothing is found, and lists no code twice in the order of precedence', () => {
    assert.equal(verdictOn([]), null);
    assert.equal(new Set(PRECEDENCE).size, PRECEDENCE.length);
  });

  it('does not fall over a return of thousands of findings', () => {
    const lines = Array.from({ length: 3000 }, () => ({ sku: 'NOBODY' }));
    const verdict = verdictOn(check(lines, saleWith([soldLine()])).findings);
    assert.equal(verdict?.lines.length, 500);
    assert.match(verdict.detail, /2500 more findings are not listed/);
  });
});
