import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHECKS, profileWith, type Check, type CheckResult } from '../../nodes/returns/check-profile';
import { checkAgainstSale } from '../../nodes/returns/check-sale';
import type { SaleAnswer } from '../../nodes/returns/erp-sale';
import type { ReturnLine } from '../../nodes/returns/event';
import { mappedReturn } from '../../nodes/returns/mapped-return';
import type { MappingRow } from '../../nodes/returns/mapping-tables';
import { Mappings, type MappingContent } from '../../nodes/returns/mappings';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { event, line } from '../support/events';
import { profileOf, saleWith, soldLine } from '../support/sales';

const gbp = (minor: number): { minor: number; currency: string } => money(minor, 'GBP');

/** A return of these lines, checked as the node does it. */
function check(
  tables: MappingContent,
  lines: readonly Partial<ReturnLine>[],
  answer: SaleAnswer,
  checks: readonly Check[] = CHECKS,
): CheckResult {
  const mappings = new Mappings(tables, null, () => 'v1');
  const told = event({
    lines: lines.map((one, at) => line({ id: `L${at + 1}`, orderLineId: null, ...one })),
  });
  const { event: named } = mappedReturn(told, mappings);
  return checkAgainstSale(named, answer, profileWith(profileOf(checks), mappings), told);
}

function codes({ findings }: CheckResult): string[] {
  return findings.map(({ code }) => code);
}

describe('R36: the order is checked by the ERP’s item, and people are told the platform’s SKU', () => {
  const sku = [{ by: 'sku', code: 'abc-1', item: 'ABC1' }];

  it('a mapped SKU is found on the order', () => {
    assert.deepEqual(codes(check({ sku }, [{ sku: 'abc-1 ' }], saleWith([soldLine({ sku: 'ABC1' })]))), []);
    assert.deepEqual(codes(check({}, [{ sku: 'abc-1 ' }], saleWith([soldLine({ sku: 'ABC1' })]))), [
      'line-not-on-order',
    ]);
  });

  it('a finding names the line, the SKU as it came, and the item that it means', () => {
    const back = { sku: 'abc-1', quantity: quantity(2) };
    const { findings } = check({ sku }, [back], saleWith([soldLine({ sku: 'ABC1' })]));
    assert.deepEqual(
      findings.map(({ code, what, line: one }) => [code, what, one.lineId, one.sku]),
      [['quantity-over-order', 'abc-1 (ABC1): 1 sold, 0 returned before, 2 now', 'L1', 'abc-1']],
    );
    const other = check({ sku }, [{ sku: 'abc-1' }], saleWith([soldLine({ sku: 'XYZ' })]));
    assert.deepEqual(
      other.findings.map(({ code, line: one }) => [code, one.expected, one.received]),
      [['line-not-on-order', '1 × XYZ', 'abc-1']],
    );
  });

  it('an item that only its barcode tells is named by the ERP’s item', () => {
    const upc = [{ by: 'upc', code: '5012345678900', item: 'ABC1' }];
    const back = { sku: null, upc: '5012345678900', quantity: quantity(3) };
    const { findings } = check({ sku: upc }, [back], saleWith([soldLine({ sku: 'ABC1', quantity: 2 })]));
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.sku]),
      [['quantity-over-order', 'ABC1']],
    );
  });

  it('R49: items sent instead of others are found by either SKU', () => {
    const mappings = new Mappings({ sku }, null, () => 'v1');
    const told = event({ lines: [line({ sku: 'abc-1', orderLineId: null })] });
    const { event: named } = mappedReturn(told, mappings);
    const sale = saleWith([soldLine({ sku: 'OLD1' })]);
    for (const returned of ['abc-1', 'abc1']) {
      const profile = profileOf(['order'], { substitutes: new Map([[returned, 'old1']]) });
      const { findings } = checkAgainstSale(named, sale, profileWith(profile, mappings), told);
      assert.deepEqual(findings, [], returned);
    }
  });
});

describe('R45, R46, R47: units', () => {
  const rows = (...of: [string, string, string][]): { unit: MappingRow[] } => ({
    unit: of.map(([from, to, factor]) => ({ item: '*', from, to, factor })),
  });
  const cases = (change: object = {}): SaleAnswer =>
    saleWith([soldLine({ quantity: 2, unit: 'case', pieces: null, net: 240_000, tax: 48_000, ...change })]);

  it('R47: two cases sold, 25 each back: the row tells that it is one too many', () => {
    const unit = rows(['each', 'case', '1/12']);
    assert.deepEqual(codes(check(unit, [{ quantity: quantity(24) }], cases())), []);
    const { findings } = check(unit, [{ quantity: quantity(25) }], cases());
    assert.deepEqual(
      findings.map(({ code, what }) => [code, what]),
      [['quantity-over-order', 'RUN-42-BLU: 24 sold, 0 returned before, 25 now']],
    );
  });

  it('R45: a case that comes back is twelve pieces of the order, at the platform’s price of a case', () => {
    const pieces = saleWith([soldLine({ quantity: 24, net: 240_000, tax: 48_000 })]);
    const back = { quantity: quantity(1, 'case'), price: gbp(1440) };
    assert.deepEqual(codes(check(rows(['case', 'each', '12']), [back], pieces)), []);
    assert.deepEqual(codes(check(rows(['case', 'each', '12']), [{ ...back, price: gbp(1441) }], pieces)), [
      'price-mismatch',
    ]);
    assert.deepEqual(
      codes(check(rows(['case', 'each', '12']), [{ quantity: quantity(3, 'case') }], pieces)),
      ['quantity-over-order'],
    );
  });

  it('R46: a unit without a row is told with the row that is missing', () => {
    const back = [{ quantity: quantity(1, 'crate') }];
    const { findings } = check({}, back, saleWith([soldLine({ quantity: 24 })]));
    assert.deepEqual(
      findings.map(({ code, what, line: one }) => [code, what, one.received]),
      [['unit-unmapped', 'RUN-42-BLU: returned 1 crate', '1 crate']],
    );
    assert.match(String(findings[0]?.line.expected), /from crate to each for RUN-42-BLU, or for all items/);
    assert.deepEqual(codes(check({}, [{}], cases())), ['unit-unmapped']);
    // Without the check it is what it was.
    assert.deepEqual(codes(check({}, [{}], cases(), ['order', 'quantity'])), ['unit-mismatch']);
  });

  it('R46: an order that does not come to whole pieces is told, and nothing is rounded', () => {
    const { findings } = check(rows(['case', 'each', '2.5']), [{}], cases({ quantity: 3 }));
    assert.deepEqual(
      findings.map(({ code, line: one }) => [code, one.received]),
      [['uom-not-representable', '3 case = 15/2 each']],
    );
  });
});

describe('R48: a bundle that the order lists as its parts', () => {
  const bundle = [
    { parent: 'SET', component: 'SHIRT', quantity: '1', share: '0.5' },
    { parent: 'SET', component: 'SOCK', quantity: '2', share: '0.5' },
  ];
  const parts = (sets = 1, change: object = {}): SaleAnswer =>
    saleWith([
      soldLine({ id: 'row-1', sku: 'SHIRT', quantity: sets, net: 100_000 * sets, tax: 20_000 * sets }),
      soldLine({ id: 'row-2', sku: 'SOCK', quantity: 2 * sets, net: 60_000 * sets, tax: 0, ...change }),
    ]);

  it('R48: is checked as its parts: both are on the order, and worth what they are there', () => {
    const found = check({ bundle }, [{ sku: 'SET', price: gbp(1800) }], parts());
    assert.deepEqual(codes(found), []);
    assert.deepEqual(
      found.soldOn.map(({ line: one, sold }) => [one.sku, sold.map(({ sku }) => sku)]),
      [['SET', ['SHIRT', 'SOCK']]],
    );
    assert.deepEqual(codes(check({ bundle }, [{ sku: 'SET', price: gbp(1799) }], parts())), [
      'price-mismatch',
    ]);
    assert.deepEqual(codes(check({}, [{ sku: 'SET' }], parts())), ['line-not-on-order']);
  });

  it('R48: an order that lacks a part does not have the bundle', () => {
    const shirt = saleWith([soldLine({ sku: 'SHIRT' })]);
    assert.deepEqual(codes(check({ bundle }, [{ sku: 'SET' }], shirt)), ['line-not-on-order']);
  });

  it('R48, R50: each part is counted, with what came back of it before', () => {
    const { findings } = check(
      { bundle },
      [{ sku: 'SET', quantity: quantity(2) }],
      parts(2, { returned: 1 }),
    );
    assert.deepEqual(
      findings.map(({ code, what, line: one }) => [code, what, one.sku]),
      [['quantity-over-order', 'SOCK in SET: 4 sold, 1 returned before, 4 now', 'SET']],
    );
    // The whole bundle and then a part of it: the order has no more.
    assert.deepEqual(codes(check({ bundle }, [{ sku: 'SET' }, { sku: 'SOCK' }], parts())), [
      'quantity-over-order',
    ]);
  });

  it('R48: by its platform’s SKU, and as a line of its own where the order has it', () => {
    const sku = [{ by: 'sku', code: 'gift-set', item: 'SET' }];
    assert.deepEqual(codes(check({ sku, bundle }, [{ sku: 'gift-set' }], parts())), []);
    const whole = saleWith([soldLine({ sku: 'SET', net: 150_000, tax: 30_000 })]);
    assert.deepEqual(codes(check({ sku, bundle }, [{ sku: 'gift-set', price: gbp(1800) }], whole)), []);
  });

  it('R48: bundles counted in another unit are not guessed', () => {
    const back = [{ sku: 'SET', quantity: quantity(1, 'crate') }];
    assert.deepEqual(codes(check({ bundle }, back, parts())), ['unit-unmapped']);
  });

  it('R48: half a part cannot come back', () => {
    const half = [
      { parent: 'SET', component: 'SHIRT', quantity: '1', share: '0.5' },
      { parent: 'SET', component: 'SOCK', quantity: '1.5', share: '0.5' },
    ];
    assert.deepEqual(codes(check({ bundle: half }, [{ sku: 'SET' }], parts())), ['quantity-not-whole']);
    assert.deepEqual(codes(check({ bundle: half }, [{ sku: 'SET', quantity: quantity(2) }], parts(2))), []);
  });
});
