import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coverage, keyInWords, targetsOf, type Sighting } from '../../nodes/returns/mapping-coverage';
import { likeness, suggest } from '../../nodes/returns/mapping-suggestions';
import type { MappingTableName } from '../../nodes/returns/mapping-tables';
import { Mappings, type MappingContent } from '../../nodes/returns/mappings';
import { NOW } from '../support/events';

const CONTENT: MappingContent = {
  sku: [
    { by: 'sku', code: 'abc-1', item: 'ABC1' },
    { by: 'sku', code: 'old', item: 'GONE' },
  ],
  disposition: [
    {
      disposition: 'resell',
      condition: '*',
      erpDisposition: 'Credit',
      warehouse: 'MAIN',
      location: '',
      document: '',
    },
    {
      disposition: 'resell',
      condition: 'used',
      erpDisposition: 'Credit',
      warehouse: 'OUTLET',
      location: '',
      document: '',
    },
  ],
  fee: [{ fee: 'restocking', item: 'ABC1' }],
  unit: [{ item: '*', from: 'each', to: 'case', factor: '1/12' }],
  bundle: [{ parent: 'SET', component: 'CUP', quantity: '1', share: '1' }],
};
const mappings = new Mappings(CONTENT, null, () => 'v');
const seen = (table: MappingTableName, keys: Record<string, string>, times = 1): Sighting => ({
  table,
  keys,
  brand: 'acme',
  times,
  firstAt: NOW,
  lastAt: NOW,
});

describe('R65, R67: coverage of Return Mappings', () => {
  const report = coverage(
    mappings,
    {
      seen: [
        seen('disposition', { disposition: 'resell', condition: 'new' }, 7),
        seen('disposition', { disposition: 'burnt', condition: '' }, 2),
        seen('disposition', { disposition: 'lost', condition: 'x' }, 9),
        seen('sku', { by: 'sku', code: 'abc-1' }),
        seen('sku', { by: 'sku', code: 'KNOWN' }),
        seen('sku', { by: 'sku', code: 'new' }),
        seen('bundle', { parent: 'SET' }),
        seen('bundle', { parent: 'NO-SET' }),
      ],
      beyond: { sku: 3 },
    },
    (_table, keys) => keys['code'] === 'KNOWN',
  );
  const of = (table: MappingTableName): (typeof report)[number] | undefined =>
    report.find((one) => one.table === table);

  it('R65: codes that came in and have no row, the most frequent first', () => {
    assert.deepEqual(
      of('disposition')?.unmapped.map(({ keys, times }) => [keyInWords('disposition', keys), times]),
      [
        ['lost / x', 9],
        ['burnt', 2],
      ],
    );
  });

  it('R65: an SKU that the ERP knows as it is needs no row, and an item that is no bundle neither', () => {
    assert.deepEqual(
      of('sku')?.unmapped.map(({ keys }) => keys['code']),
      ['new'],
    );
    assert.deepEqual(of('bundle')?.unmapped, []);
    assert.equal(of('sku')?.beyond, 3);
  });

  it('R65: rows that nothing has used', () => {
    assert.deepEqual(
      of('disposition')?.unused.map((row) => row['condition']),
      ['used'],
    );
    assert.deepEqual(
      of('sku')?.unused.map((row) => row['code']),
      ['old'],
    );
    assert.deepEqual(of('bundle')?.unused, []);
    assert.equal(of('unit')?.unused.length, 1);
  });

  it('R67: what rows point at is told once for each value, without “any”', () => {
    const items = targetsOf(mappings, 'item');
    assert.deepEqual([...items.keys()].sort(), ['ABC1', 'CUP', 'GONE']);
    assert.deepEqual(
      items.get('ABC1')?.map(({ table, column }) => [table, column]),
      [
        ['sku', 'item'],
        ['fee', 'item'],
      ],
    );
    assert.deepEqual([...targetsOf(mappings, 'warehouse').keys()], ['MAIN', 'OUTLET']);
  });
});

describe('R230: suggestions for a code without a row', () => {
  const items = [
    { value: 'ABC1', name: 'Running shoe red 42', upc: '05012345678900' },
    { value: 'ABC2', name: 'Running shoe blue 42', upc: '5099999999999' },
    { value: 'XYZ', name: 'Garden hose', upc: null },
  ];

  it('come with their evidence, the best first, the same every time', () => {
    const asked = { code: 'abc-1', name: 'Running shoe, red, 42', upc: '5012345678900' };
    const suggestions = suggest(asked, items, [{ code: 'ABC 1', value: 'ABC1', where: 'Acme US' }]);
    assert.equal(suggestions[0]?.value, 'ABC1');
    assert.deepEqual(
      suggestions[0].evidence.map(({ kind }) => kind),
      ['same-barcode', 'same-letters', 'accepted-before'],
    );
    assert.equal(suggestions[1]?.value, 'ABC2');
    assert.equal(suggestions.length, 2);
    assert.deepEqual(
      suggest(asked, [...items].reverse(), []).map(({ value }) => value),
      ['ABC1', 'ABC2'],
    );
  });

  it('are none where nothing speaks for them, and change nothing', () => {
    assert.deepEqual(suggest({ code: 'Q' }, items), []);
    assert.deepEqual(
      suggest({ code: '---' }, [{ value: '***' }], [{ code: '!!', value: 'A', where: 'B' }]),
      [],
    );
    const before = mappings.content();
    suggest({ code: 'new' }, items, [{ code: 'new', value: 'ABC1', where: 'x' }]);
    assert.deepEqual(mappings.content(), before);
    assert.equal(mappings.find('sku', { by: 'sku', code: 'new' }), null);
  });

  it('likeness is from 0 to 1, the same both ways', () => {
    assert.equal(likeness('Running shoe', 'running-SHOE'), 1);
    assert.equal(likeness('abc', 'xyz'), 0);
    assert.equal(likeness('a', 'A'), 1);
    assert.equal(likeness('', ''), 0);
    assert.equal(likeness('night', 'nacht'), likeness('nacht', 'night'));
  });
});
