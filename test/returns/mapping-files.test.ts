import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readCsv, writeCsv } from '../../nodes/returns/mapping-csv';
import { changesBetween, mergedRows, readJson, writeJson } from '../../nodes/returns/mapping-import';
import { MAPPING_TABLE_NAMES } from '../../nodes/returns/mapping-tables';
import { sortedRows } from '../../nodes/returns/mappings';
import { contentArbitrary, rowsArbitrary } from '../support/mapping-rows';

const LOCATIONS = [
  { location: 'LON-1', warehouse: '61' },
  { location: 'PAR, "2"', warehouse: '62' },
];

describe('mappings as CSV', () => {
  it('R72: is what spreadsheets read, with a header, and sorted', () => {
    const csv = writeCsv('location', [...LOCATIONS].reverse());
    assert.equal(csv, '\uFEFFlocation,warehouse\r\nLON-1,61\r\n"PAR, ""2""",62\r\n');
  });

  it('takes comma, semicolon and tab, any line end, a mark of UTF-8, blank rows and any order of columns', () => {
    for (const text of [
      '\uFEFFlocation,warehouse\r\nLON-1,61\r\n"PAR, ""2""",62\r\n',
      'location;warehouse\nLON-1;61\n"PAR, ""2""";62',
      'Warehouse\tLOCATION\r61\tLON-1\r\r62\t"PAR, ""2"""\r',
      '"location" , "warehouse"\n LON-1 , 61 \n,\n"PAR, ""2""" ,62\n\n\n',
    ]) {
      assert.deepEqual(readCsv('location', text), { rows: LOCATIONS, faults: [] }, text);
    }
  });

  it('each fault names row and column as the spreadsheet counts them, and what is expected', () => {
    const csv = 'item,from,to,factor\nA,each,case,1/12\n\nA,each,pack,0\n*,each,,2\nA,each,case,6\n';
    const { rows, faults } = readCsv('unit', csv);
    assert.deepEqual(
      faults.map(({ row, column, received, expected }) => [row, column, received, expected.slice(0, 30)]),
      [
        [4, 'factor', '0', 'a number above 0 or a fraction'],
        [5, 'to', '', 'a text on one line, at most 20'],
        [6, 'to', 'case', 'a key that no other row of the'],
      ],
    );
    assert.deepEqual(rows, [{ item: 'A', from: 'each', to: 'case', factor: '1/12' }]);
  });

  it('tells of columns that are missing, unknown or twice, of cells too many and of an open quote', () => {
    const first = (text: string): unknown[] => {
      const { rows, faults } = readCsv('location', text);
      const [fault] = faults;
      return [rows.length, fault?.row, fault?.column, fault?.received, fault?.expected];
    };
    assert.deepEqual(first(''), [0, 1, 'location', '', 'a header row with the columns location, warehouse']);
    assert.deepEqual(first('LON-1,61\n'), [0, 1, 'LON-1', 'LON-1', 'one of the columns location, warehouse']);
    assert.deepEqual(first('location,Location,warehouse\n'), [
      0,
      1,
      'Location',
      'Location',
      'each column once',
    ]);
    assert.deepEqual(first('location,warehouse\nA,1,2\n'), [
      0,
      2,
      '',
      '2',
      'no more cells than there are columns',
    ]);
    assert.deepEqual(first('location,warehouse\nA,1\n"B,2\nC,3'), [
      0,
      3,
      '',
      'a quote that is opened and not closed',
      'a closing quote (")',
    ]);
  });

  it('of a bundle nothing is good where one part is wrong', () => {
    const csv = 'parent,component,quantity,share\nS,A,1,1/2\nS,B,x,1/2\nT,C,1,1\n';
    const { rows, faults } = readCsv('bundle', csv);
    assert.deepEqual(
      rows.map((row) => row['component']),
      ['C'],
    );
    assert.deepEqual(
      faults.map(({ row, column }) => [row, column]),
      [[3, 'quantity']],
    );
  });

  it('a cell that a spreadsheet would run is written so that it does not, and read back as it was', () => {
    const cells = ['=1+1', '+44', '-5', '@SUM(A1)', "'=1", "''=1", "it's", '＝1+1', "'"];
    const rows = cells.map((warehouse, at) => ({ location: `L${at}`, warehouse }));
    const csv = writeCsv('location', rows);
    for (const line of csv.split('\r\n').slice(1)) {
      assert.doesNotMatch(line, /(^|,)"?[=+\-@\t\r＝＋－＠]/, line);
    }
    assert.deepEqual(readCsv('location', csv), { rows, faults: [] });
  });

  it('for all tables and rows: what was exported is imported as it was', () => {
    for (const table of MAPPING_TABLE_NAMES) {
      fc.assert(
        fc.property(rowsArbitrary(table), (rows) => {
          assert.deepEqual(readCsv(table, writeCsv(table, rows)), {
            rows: sortedRows(table, rows),
            faults: [],
          });
        }),
        { numRuns: 60 },
      );
    }
  });

  it('never throws, whatever the file', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ab",;\t\r\n\'=')), maxLength: 60 }),
        (text) => {
          readCsv('location', `location,warehouse\n${text}`);
          readCsv('location', text);
          readJson(text);
        },
      ),
    );
  });

  it('reads 5,000 rows in well under a second', () => {
    const rows = Array.from({ length: 5000 }, (_, at) => ({ by: 'sku', code: `SKU-${at}`, item: `I${at}` }));
    const csv = writeCsv('sku', rows);
    const begun = performance.now();
    assert.equal(readCsv('sku', csv).rows.length, 5000);
    assert.ok(performance.now() - begun < 3000);
  });
});

describe('mappings as JSON', () => {
  it('for all sets: what was exported is imported as it was', () => {
    fc.assert(
      fc.property(contentArbitrary, (content) => {
        const read = readJson(writeJson(content));
        assert.equal(read.unreadable, null);
        for (const table of MAPPING_TABLE_NAMES) {
          const rows = content[table] ?? [];
          if (rows.length === 0) assert.equal(read.tables[table], undefined);
          else assert.deepEqual(read.tables[table], { rows: sortedRows(table, rows), faults: [] });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('names table, row and column of each fault', () => {
    assert.match(readJson('{').unreadable ?? '', /^This is no JSON/);
    assert.match(readJson('[]').unreadable ?? '', /Expected \{"returnMappings"/);
    assert.match(
      readJson('{"tables":{"skus":[]}}').unreadable ?? '',
      /There is no table skus; the tables are sku, /,
    );
    const tables = {
      location: [
        { location: 'A', warehouse: 1 },
        { location: 'B', wharehouse: 'x' },
        'C',
        { location: null },
      ],
    };
    const read = readJson(JSON.stringify({ tables })).tables.location;
    assert.deepEqual(read?.rows, [{ location: 'A', warehouse: '1' }]);
    assert.deepEqual(
      read.faults.map(({ row, column }) => [row, column]),
      [
        [2, 'wharehouse'],
        [3, ''],
        [4, 'location'],
      ],
    );
  });
});

describe('what an import changes', () => {
  it('tells what is added, changed and removed, and what stays where the file is put into the rows', () => {
    const before = [...LOCATIONS, { location: 'ROM', warehouse: '63' }];
    const file = [
      { location: 'LON-1', warehouse: '61' },
      { location: 'ROM', warehouse: '64' },
      { location: 'OSL', warehouse: '65' },
    ];
    assert.deepEqual(changesBetween('location', before, file), {
      added: [{ location: 'OSL', warehouse: '65' }],
      changed: [
        { before: { location: 'ROM', warehouse: '63' }, after: { location: 'ROM', warehouse: '64' } },
      ],
      removed: [{ location: 'PAR, "2"', warehouse: '62' }],
      same: 1,
    });
    const merged = changesBetween('location', before, mergedRows('location', before, file));
    assert.deepEqual(
      [merged.added.length, merged.changed.length, merged.removed.length, merged.same],
      [1, 1, 0, 2],
    );
  });
});
