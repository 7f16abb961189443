import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { ROOT } from '../../scripts/node-red-process';
import { checkRows } from '../../nodes/returns/mapping-check';
import {
  ANY,
  CELL_KINDS,
  MAPPING_TABLE_NAMES,
  MAPPING_TABLES,
  rowKey,
  tableOf,
  type MappingRow,
  type MappingTableName,
} from '../../nodes/returns/mapping-tables';
import { sortedRows } from '../../nodes/returns/mappings';
import { contentArbitrary } from '../support/mapping-rows';

type Declaration = object;
interface RowsModule {
  rowKey: (declaration: Declaration, table: string, row: MappingRow) => string;
  found: (declaration: Declaration, table: string, rows: MappingRow[], search: string) => MappingRow[];
  faultsOf: (
    declaration: Declaration,
    table: string,
    rows: MappingRow[],
  ) => Map<MappingRow, { code: string; column: string }[]>;
  firstFault: (
    declaration: Declaration,
    tables: object | undefined,
  ) => { table: string; count: number } | null;
  saved: (declaration: Declaration, tables: object) => Record<string, MappingRow[]>;
  leadsBack: (id: string, baseOf: (id: string) => string | undefined) => boolean;
}

/** As the server sends it. */
const declaration = JSON.parse(
  JSON.stringify({ any: ANY, kinds: CELL_KINDS, tables: MAPPING_TABLES }),
) as Declaration;

describe('rows in the dialog of Return Mappings', () => {
  let rows: RowsModule;
  before(async () => {
    rows = (await import(pathToFileURL(join(ROOT, 'resources/mappings/rows.mjs')).href)) as RowsModule;
  });

  it('calls the same rows wrong as the server, for the same reason', () => {
    const cell = fc.constantFrom(
      '',
      ' ',
      'A',
      'a ',
      '*',
      '20',
      '20.0',
      '1/3',
      '0',
      'x\ny',
      'sku',
      'rate',
      '-1',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...MAPPING_TABLE_NAMES),
        fc.array(fc.array(cell, { minLength: 6, maxLength: 6 }), { maxLength: 5 }),
        (table: MappingTableName, cells) => {
          const names = tableOf(table).columns.map(({ name }) => name);
          const made: MappingRow[] = cells.map((some) =>
            Object.fromEntries(names.map((name, at) => [name, some[at] ?? ''])),
          );
          const server = checkRows(table, made)
            .filter(({ code }) => code !== 'together')
            .map(({ row, code, column }) => `${row} ${code} ${code === 'twice' ? '' : column}`);
          const browser = [...rows.faultsOf(declaration, table, made)].flatMap(([row, faults]) =>
            faults.map(({ code, column }) => `${made.indexOf(row)} ${code} ${column}`),
          );
          assert.deepEqual(browser.sort(), server.sort());
          for (const row of made) assert.equal(rows.rowKey(declaration, table, row), rowKey(table, row));
        },
      ),
    );
  });

  it('saves what the server would keep: tidy, sorted, without blank rows and empty tables', () => {
    fc.assert(
      fc.property(contentArbitrary, (content) => {
        const wanted = MAPPING_TABLE_NAMES.filter((table) => (content[table] ?? []).length > 0).map(
          (table) => [table, sortedRows(table, content[table] ?? [])],
        );
        assert.deepEqual(rows.saved(declaration, content), Object.fromEntries(wanted));
        assert.equal(rows.firstFault(declaration, content), null);
      }),
      { numRuns: 30 },
    );
    const blank = {
      location: [{ location: ' ', warehouse: '' }],
      fee: [{ fee: ' a ', item: 'B', stray: 'x' }],
    };
    assert.deepEqual(rows.saved(declaration, blank), { fee: [{ fee: 'a', item: 'B' }] });
    assert.equal(rows.firstFault(declaration, undefined), null);
    assert.deepEqual(rows.firstFault(declaration, blank), { table: 'location', count: 1 });
  });

  it('finds rows by words, quickly among 5,000', () => {
    const many = Array.from({ length: 5000 }, (_, at) => ({
      by: 'sku',
      code: `SKU-${at}`,
      item: `Item ${at % 7}`,
    }));
    assert.deepEqual(
      rows.found(declaration, 'sku', many, 'sku-4999 item').map((row) => row['code']),
      ['SKU-4999'],
    );
    assert.equal(rows.found(declaration, 'sku', many, ' '), many);
    const begun = performance.now();
    for (let at = 0; at < 20; at += 1) rows.found(declaration, 'sku', many, `SKU-${at}`);
    rows.faultsOf(declaration, 'sku', many);
    assert.ok(performance.now() - begun < 2000);
  });

  it('sees a base that leads back', () => {
    const bases: Record<string, string> = { a: 'b', b: 'c', c: '', x: 'y', y: 'x', z: 'z' };
    const baseOf = (id: string): string | undefined => bases[id];
    assert.deepEqual(
      ['a', 'b', 'c', 'x', 'y', 'z'].map((id) => rows.leadsBack(id, baseOf)),
      [false, false, false, true, true, true],
    );
  });
});
