import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type LedgerError } from '../../nodes/returns/failure';
import { checkRows } from '../../nodes/returns/mapping-check';
import {
  ANY,
  keyColumns,
  MAPPING_TABLE_NAMES,
  tableOf,
  type MappingRow,
} from '../../nodes/returns/mapping-tables';
import { findItem, Mappings, type MappingContent } from '../../nodes/returns/mappings';
import { contentArbitrary, rowsArbitrary } from '../support/mapping-rows';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10);
const mappings = (own: MappingContent, base: Mappings | null = null): Mappings =>
  new Mappings(own, base, digest);

const DISPOSITIONS: readonly MappingRow[] = [
  {
    disposition: 'resell',
    condition: '*',
    erpDisposition: 'Credit',
    warehouse: 'MAIN',
    location: '',
    document: 'refund',
  },
  {
    disposition: 'resell',
    condition: 'used',
    erpDisposition: 'Credit',
    warehouse: 'OUTLET',
    location: '',
    document: '',
  },
  {
    disposition: 'damaged',
    condition: '*',
    erpDisposition: 'Quarantine',
    warehouse: 'QUAR',
    location: 'Q1',
    document: '',
  },
  {
    disposition: 'write-off',
    condition: 'broken',
    erpDisposition: 'Scrap',
    warehouse: 'MAIN',
    location: '',
    document: 'WO-JOURNAL',
  },
];

describe('look-ups in Return Mappings', () => {
  it('R36: “abc-1 ” is the stock code ABC1 with a row for it, and nothing without one', () => {
    const set = mappings({ sku: [{ by: 'sku', code: 'abc-1', item: 'ABC1' }] });
    assert.equal(findItem(set, { sku: 'abc-1 ' })?.item, 'ABC1');
    assert.equal(findItem(set, { sku: 'ABC-1' }), null);
    assert.equal(findItem(set, { sku: null }), null);
  });

  it('R36: an item is found by its SKU first, then by its variant, then by its barcode', () => {
    const set = mappings({
      sku: [
        { by: 'upc', code: '0501', item: 'BY-UPC' },
        { by: 'variant', code: 'v9', item: 'BY-VARIANT' },
        { by: 'sku', code: 'A', item: 'BY-SKU' },
      ],
    });
    assert.equal(findItem(set, { sku: 'A', variant: 'v9', upc: '0501' })?.item, 'BY-SKU');
    assert.equal(findItem(set, { sku: 'B', variant: 'v9', upc: '0501' })?.item, 'BY-VARIANT');
    assert.equal(findItem(set, { sku: 'B', upc: '0501' })?.item, 'BY-UPC');
    // A barcode that is written like a SKU is none.
    assert.equal(findItem(set, { sku: '0501' }), null);
  });

  it('R60, R63, R64, R68, R72, R79: each table gives the code of its row, and nothing for any other', () => {
    const set = mappings({
      reason: [{ reason: 'too_big', erpReason: 'SIZE', disposition: '' }],
      location: [{ location: 'LON-1', warehouse: '61' }],
      payment: [{ method: 'shopify_payments', erpMethod: '1220' }],
      fee: [{ fee: 'restocking', item: 'FEE-RESTOCK' }],
      returnType: [{ type: 'exchange', status: 'Awaiting goods' }],
      disposition: DISPOSITIONS,
    });
    assert.equal(set.find('reason', { reason: 'too_big' })?.erpReason, 'SIZE');
    assert.equal(set.find('location', { location: 'LON-1' })?.warehouse, '61');
    assert.equal(set.find('location', { location: 'LON-2' }), null);
    assert.equal(set.find('payment', { method: 'shopify_payments' })?.erpMethod, '1220');
    // R81: a method that is not mapped is never guessed.
    assert.equal(set.find('payment', { method: 'Shopify_payments' }), null);
    assert.equal(set.find('fee', { fee: 'restocking' })?.item, 'FEE-RESTOCK');
    assert.equal(set.find('returnType', { type: 'exchange' })?.status, 'Awaiting goods');
    assert.equal(set.find('disposition', { disposition: 'damaged', condition: null })?.warehouse, 'QUAR');
  });

  it('R54: a tax rate is the same however it is written, a code is matched as it stands', () => {
    const set = mappings({
      tax: [
        { by: 'rate', tax: '20.0', taxCode: 'T20' },
        { by: 'rate', tax: '5.5', taxCode: 'T5' },
        { by: 'code', tax: '20', taxCode: 'OTHER' },
      ],
    });
    assert.equal(set.find('tax', { by: 'rate', tax: '20' })?.taxCode, 'T20');
    assert.equal(set.find('tax', { by: 'rate', tax: '20.000' })?.taxCode, 'T20');
    assert.equal(set.find('tax', { by: 'code', tax: '20' })?.taxCode, 'OTHER');
    assert.equal(set.find('tax', { by: 'code', tax: '20.0' }), null);
    assert.equal(set.find('tax', { by: 'rate', tax: '20.01' }), null);
  });

  it('R61, R62, R70: the row for the condition wins over the one for any condition', () => {
    const set = mappings({ disposition: DISPOSITIONS });
    const warehouse = (disposition: string, condition: string | null): string | null =>
      set.find('disposition', { disposition, condition })?.warehouse ?? null;
    assert.equal(warehouse('resell', 'used'), 'OUTLET');
    assert.equal(warehouse('resell', 'new'), 'MAIN');
    assert.equal(warehouse('resell', null), 'MAIN');
    assert.equal(warehouse('damaged', 'used'), 'QUAR');
    assert.equal(
      set.find('disposition', { disposition: 'write-off', condition: 'broken' })?.document,
      'WO-JOURNAL',
    );
    assert.equal(warehouse('write-off', 'new'), null);
    assert.equal(warehouse('write-off', null), null);
  });

  it('R66, R69: no disposition is for any: such a row is refused, and * that comes in is a code like others', () => {
    for (const table of MAPPING_TABLE_NAMES) {
      for (const column of keyColumns(table).filter(({ any }) => !any)) {
        const row = Object.fromEntries(tableOf(table).columns.map(({ name }) => [name, '1']));
        assert.ok(
          checkRows(table, [{ ...row, [column.name]: ANY }]).some((fault) => fault.column === column.name),
          `${table}.${column.name}`,
        );
      }
    }
    const set = mappings({ disposition: DISPOSITIONS });
    assert.equal(set.find('disposition', { disposition: '*', condition: 'used' }), null);
    assert.equal(set.find('disposition', { disposition: '', condition: 'used' }), null);
    // One unmapped code in 100: 99 are found.
    const reasons = Array.from({ length: 99 }, (_, at) => ({
      reason: `r${at}`,
      erpReason: 'E',
      disposition: '',
    }));
    const found = Array.from({ length: 100 }, (_, at) =>
      mappings({ reason: reasons }).find('reason', { reason: `r${at}` }),
    );
    assert.equal(found.filter((row) => row === null).length, 1);
  });

  it('R66: whatever the rows, only a code that stands in a row is found, and the most exact row wins', () => {
    fc.assert(
      fc.property(
        rowsArbitrary('disposition'),
        fc.string({ maxLength: 3 }),
        fc.option(fc.string({ maxLength: 3 })),
        (rows, disposition, condition) => {
          const set = mappings({ disposition: rows });
          const key = (text: string | null): string => (text ?? '').normalize('NFC').trim();
          const named = rows.filter(
            (row) => key(row['disposition'] ?? '') === key(disposition) && key(disposition) !== '',
          );
          const exact = named.find(
            (row) => key(row['condition'] ?? '') === key(condition) && key(condition) !== '',
          );
          const any = named.find((row) => row['condition'] === ANY);
          const found = set.find('disposition', { disposition, condition });
          assert.equal(found?.warehouse ?? null, (exact ?? any)?.['warehouse'] ?? null);
        },
      ),
    );
  });

  it('names the row, the column and what is expected where a row cannot be used', () => {
    assert.throws(
      () => mappings({ location: [{ location: 'LON-1', warehouse: ' ' }] }),
      (thrown: LedgerError) => {
        assert.equal(thrown.code, 'mappings-invalid');
        assert.equal(thrown.class, 'config');
        assert.match(
          thrown.message,
          /table location, row “LON-1”, the column warehouse needs .+; it is blank/,
        );
        return true;
      },
    );
    assert.throws(
      () =>
        mappings({
          reason: [
            { reason: 'a', erpReason: 'x' },
            { reason: 'a ', erpReason: 'y' },
          ],
        }),
      /a key that no other row of the table has/,
    );
  });
});

describe('a base and its own rows', () => {
  const base = mappings({
    reason: [
      { reason: 'small', erpReason: 'BASE', disposition: '' },
      { reason: 'wet', erpReason: 'BASE', disposition: '' },
    ],
    bundle: [
      { parent: 'SET', component: 'CUP', quantity: '1', share: '1/2' },
      { parent: 'SET', component: 'POT', quantity: '1', share: '1/2' },
    ],
    unit: [{ item: '*', from: 'each', to: 'case', factor: '1/12' }],
  });

  it('R60: a brand overrides rows of its base by key, and keeps the others', () => {
    const brand = mappings({ reason: [{ reason: 'wet', erpReason: 'OWN', disposition: '' }] }, base);
    assert.equal(brand.find('reason', { reason: 'wet' })?.erpReason, 'OWN');
    assert.equal(brand.find('reason', { reason: 'small' })?.erpReason, 'BASE');
    assert.equal(base.find('reason', { reason: 'wet' })?.erpReason, 'BASE');
    assert.equal(brand.rows('reason').length, 2);
  });

  it('R48: a bundle is overridden as a whole, and a conversion in both directions', () => {
    const brand = mappings(
      {
        bundle: [{ parent: 'SET', component: 'MUG', quantity: '2', share: '1' }],
        unit: [{ item: '*', from: 'case', to: 'each', factor: '10' }],
      },
      base,
    );
    assert.deepEqual(
      brand.findTogether('bundle', 'SET').map((row) => row['component']),
      ['MUG'],
    );
    assert.equal(brand.find('unit', { item: 'A', from: 'each', to: 'case' }), null);
  });

  it('for all rows: what holds is the own row, else the base’s, else nothing', () => {
    fc.assert(
      fc.property(rowsArbitrary('location'), rowsArbitrary('location'), (own, below) => {
        const lower = mappings({ location: below });
        const upper = mappings({ location: own }, lower);
        const set = mappings({ location: own });
        for (const { location = '' } of [...own, ...below, { location: 'no such' }]) {
          const wanted = set.find('location', { location }) ?? lower.find('location', { location });
          assert.deepEqual(upper.find('location', { location }), wanted);
        }
      }),
    );
  });

  it('the version is that of the rows that hold, in whatever order and wherever they stand', () => {
    fc.assert(
      fc.property(contentArbitrary, (content) => {
        const turned = Object.fromEntries(
          Object.entries(content).map(([table, rows]) => [table, [...rows].reverse()]),
        ) as MappingContent;
        const set = mappings(content);
        assert.equal(mappings(turned).version, set.version);
        assert.equal(mappings({}, set).version, set.version);
        assert.equal(mappings(content, set).version, set.version);
        assert.equal(mappings(set.content()).version, set.version);
      }),
      { numRuns: 50 },
    );
    const versions = ['1', '2'].map(
      (warehouse) => mappings({ location: [{ location: 'A', warehouse }] }).version,
    );
    assert.notEqual(versions[0], versions[1]);
    assert.notEqual(mappings({}).version, versions[0]);
  });
});

describe('the declaration of the tables', () => {
  it('has keys before values, blank cells only among values, and any only beside a key that may not be any', () => {
    for (const table of MAPPING_TABLE_NAMES) {
      const { columns } = tableOf(table);
      const keys = keyColumns(table);
      assert.deepEqual(columns.slice(0, keys.length), keys, table);
      assert.ok(
        keys.every(({ optional }) => optional === undefined),
        table,
      );
      assert.ok(
        keys.some(({ any }) => any === undefined),
        table,
      );
      assert.ok(columns.length > keys.length, table);
    }
  });
});
