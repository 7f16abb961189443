import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bundleParts, splitOverParts } from '../../nodes/returns/bundle-split';
import { fractionOf, fractionText } from '../../nodes/returns/exact-fraction';
import { checkRows } from '../../nodes/returns/mapping-check';
import { Mappings, type MappingContent } from '../../nodes/returns/mappings';
import type { MappingRow } from '../../nodes/returns/mapping-tables';
import { convertUnit } from '../../nodes/returns/unit-conversion';

const mappings = (content: MappingContent): Mappings => new Mappings(content, null, () => 'v');
const units = (...rows: MappingRow[]): Mappings => mappings({ unit: rows });
const row = (item: string, from: string, to: string, factor: string): MappingRow => ({
  item,
  from,
  to,
  factor,
});

describe('conversion of units', () => {
  const set = units(
    row('*', 'each', 'case', '1/12'),
    row('WINE', 'case', 'each', '6'),
    row('*', 'pack', 'each', '2.5'),
  );

  it('R45: 1 each of a case of 12 is 1/12 case, and a case is 12 each, by the same row', () => {
    assert.deepEqual(convertUnit(set, 'BEER', { value: 12, unit: 'each' }, 'case'), {
      ok: true,
      quantity: { value: 1, unit: 'case' },
      factor: '1/12',
    });
    const back = convertUnit(set, 'BEER', { value: 1, unit: 'case' }, 'each');
    assert.ok(back.ok && back.quantity.value === 12);
    const same = convertUnit(set, 'BEER', { value: 3, unit: 'each' }, 'each');
    assert.ok(same.ok && same.quantity.value === 3);
  });

  it('R45: the row of the item wins over the one of all items, whichever way it is written', () => {
    const found = convertUnit(set, 'WINE', { value: 3, unit: 'each' }, 'case');
    assert.ok(found.ok && found.quantity.value === 0.5 && found.factor === '1/6');
  });

  it('R46: 5 each of a case of 12 park; nothing is rounded', () => {
    const whole = convertUnit(set, 'BEER', { value: 5, unit: 'each' }, 'case', true);
    assert.deepEqual(whole, {
      ok: false,
      code: 'uom-not-representable',
      expected: 'a whole number of case',
      received: '5 each = 5/12 case',
    });
    assert.equal(convertUnit(set, 'BEER', { value: 1, unit: 'each' }, 'case').ok, false);
    const half = convertUnit(set, 'BEER', { value: 6, unit: 'each' }, 'case');
    assert.ok(half.ok && half.quantity.value === 0.5);
    assert.equal(convertUnit(set, 'BEER', { value: 6, unit: 'each' }, 'case', true).ok, false);
  });

  it('R46: without a factor it parks, and says which row is missing', () => {
    const none = convertUnit(set, 'BEER', { value: 1, unit: 'each' }, 'pallet');
    assert.ok(!none.ok && none.code === 'unit-unmapped');
    assert.match(none.expected, /from each to pallet for BEER, or for all items/);
    assert.equal(convertUnit(units(), 'A', { value: 1, unit: 'each' }, 'case').ok, false);
  });

  it('R46: for all factors and quantities it is exact, or it is refused', () => {
    const part = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(part, part, fc.integer({ min: -1e9, max: 1e9 }), (above, below, millionths) => {
        const value = millionths / 1_000_000;
        const converted = convertUnit(
          units(row('*', 'a', 'b', `${above}/${below}`)),
          'X',
          { value, unit: 'a' },
          'b',
        );
        const exact = (BigInt(millionths) * BigInt(above)) % BigInt(below) === 0n;
        assert.equal(converted.ok, exact);
        if (!converted.ok) return;
        const got = BigInt(Math.round(converted.quantity.value * 1_000_000));
        assert.equal(got * BigInt(below), BigInt(millionths) * BigInt(above));
        // And the way back is the way there.
        const back = convertUnit(
          units(row('*', 'a', 'b', `${above}/${below}`)),
          'X',
          converted.quantity,
          'a',
        );
        assert.ok(back.ok && back.quantity.value === (value === 0 ? 0 : value));
      }),
    );
  });

  it('refuses rows that contradict each other, and factors that are no numbers above 0', () => {
    const faults = checkRows('unit', [row('*', 'each', 'case', '1/12'), row('*', 'case', 'each', '10')]);
    assert.deepEqual(
      faults.map(({ row: at, column, code, expected }) => [at, column, code, expected]),
      [
        [0, 'factor', 'together', '1/10, as the row for the way back says'],
        [1, 'factor', 'together', '12, as the row for the way back says'],
      ],
    );
    assert.deepEqual(
      checkRows('unit', [row('*', 'each', 'case', '1/12'), row('*', 'case', 'each', '12')]),
      [],
    );
    for (const factor of ['0', '0.0', '0/5', '1/0', '-1', '1,5', 'a dozen', '1/2.5']) {
      assert.equal(checkRows('unit', [row('*', 'a', 'b', factor)])[0]?.column, 'factor', factor);
    }
    for (const factor of ['12', '0.5', '1/12', '100', '0012']) {
      assert.deepEqual(checkRows('unit', [row('*', 'a', 'b', factor)]), [], factor);
    }
  });

  it('a fraction is read exactly', () => {
    assert.equal(fractionText(fractionOf('0.5')), '1/2');
    assert.equal(fractionText(fractionOf('12')), '12');
    assert.equal(fractionText(fractionOf('4/12')), '1/3');
    assert.equal(fractionText(fractionOf('0.000001')), '1/1000000');
    assert.throws(() => fractionOf('half'), /Enter a number or a fraction/);
  });
});

describe('bundles', () => {
  const part = (component: string, share: string, quantity = '1'): MappingRow => ({
    parent: 'SET',
    component,
    quantity,
    share,
  });

  it('R48, R52: 10.00 over three parts is 10.00 again, in whatever order they come back', () => {
    const parts = bundleParts(
      mappings({ bundle: [part('C', '1/3'), part('A', '1/3'), part('B', '1/3')] }),
      'SET',
    );
    assert.deepEqual(
      parts.map(({ component }) => component),
      ['A', 'B', 'C'],
    );
    assert.deepEqual(splitOverParts(1000, parts), [333, 334, 333]);
    assert.deepEqual(splitOverParts(-1000, parts), [-333, -334, -333]);
    assert.deepEqual(bundleParts(mappings({}), 'SET'), []);
  });

  it('R52: for all amounts and shares no penny is lost or made', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.integer({ min: -1e9, max: 1e9 }), (some, minor) => {
        const all = [...some, 1];
        const whole = all.reduce((sum, one) => sum + one, 0);
        const rows = all.map((weight, at) => part(`C${at}`, `${weight}/${whole}`));
        const set = mappings({ bundle: rows });
        const split = splitOverParts(minor, bundleParts(set, 'SET'));
        assert.equal(
          split.reduce((sum, one) => sum + one, 0),
          minor,
        );
        split.forEach((one, at) => {
          const exact = (minor * (all[at] ?? 0)) / whole;
          assert.ok(Math.abs(one - exact) <= 1, `${one} is not about ${exact}`);
        });
      }),
    );
  });

  it('R52: shares that are not the whole price are refused', () => {
    const [fault] = checkRows('bundle', [part('A', '1/3'), part('B', '0.33')]);
    assert.equal(fault?.code, 'together');
    assert.equal(fault.received, '199/300');
    assert.match(fault.expected, /shares of SET that are 1 together/);
    assert.throws(() => mappings({ bundle: [part('A', '1/2')] }), /column share needs/);
  });
});
