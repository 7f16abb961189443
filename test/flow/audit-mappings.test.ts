import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditDaily, auditInWords, auditMappings, type AuditParts } from '../../nodes/flow/audit-mappings';
import type { ErpItem } from '../../nodes/returns/erp-connector';
import { causeOf } from '../../nodes/returns/exception-cause';
import { buildException } from '../../nodes/returns/exception';
import { LedgerError } from '../../nodes/returns/failure';
import { unmappedLine } from '../../nodes/returns/mapping-finding';
import { MAPPING_TABLE_NAMES, tableOf } from '../../nodes/returns/mapping-tables';
import { Mappings } from '../../nodes/returns/mappings';
import { waitAborted } from '../../nodes/store/keyed-queue';
import { NOW } from '../support/events';

const surroundings: AuditParts['surroundings'] = {
  clock: { now: () => Date.parse(NOW) },
  elapsed: () => 0,
  random: () => 0,
  wait: () => Promise.resolve(),
};

const mappings = new Mappings(
  {
    sku: [
      { by: 'sku', code: 'abc-1', item: 'ABC1' },
      { by: 'sku', code: 'old', item: 'DELETED' },
    ],
    fee: [{ fee: 'restock', item: 'DELETED' }],
    location: [
      { location: 'LON-1', warehouse: '61' },
      { location: 'PAR-1', warehouse: '99' },
    ],
    reason: [{ reason: 'wet', erpReason: 'W', disposition: '' }],
  },
  null,
  () => 'v1',
);

const item = (sku: string, state: ErpItem['state']): ErpItem => ({
  sku,
  state,
  itemNumber: sku,
  name: null,
  unit: null,
  reason: null,
  readAt: NOW,
});

function parts(change: Partial<AuditParts['connector']> = {}, skus: readonly string[] = []): AuditParts {
  const has = new Map([
    ['ABC1', 'active'],
    ['KNOWN', 'blocked'],
  ] as const);
  return {
    node: 'm1',
    mappings,
    store: {
      sightings: () =>
        Promise.resolve({
          seen: skus.map((code, at) => ({
            table: 'sku' as const,
            keys: { by: 'sku', code },
            brand: 'acme',
            times: at + 1,
            firstAt: NOW,
            lastAt: NOW,
          })),
          beyond: {},
        }),
    },
    connector: {
      findItems: (wanted) =>
        Promise.resolve(new Map(wanted.map((sku) => [sku, item(sku, has.get(sku as 'ABC1') ?? 'unknown')]))),
      findCandidates: () => Promise.resolve([{ itemNumber: 'ABC1', name: 'Shoe' }]),
      ...change,
    },
    surroundings,
    signal: new AbortController().signal,
  };
}

describe('R67: the audit of Return Mappings', () => {
  it('R67: rows that point at an item that the ERP does not have are told, each with its column', async () => {
    const audit = await auditMappings(parts());
    assert.deepEqual(audit.stale, [
      { table: 'sku', row: 'sku / old', column: 'item', value: 'DELETED' },
      { table: 'fee', row: 'restock', column: 'item', value: 'DELETED' },
    ]);
    assert.deepEqual(
      audit.unchecked.map(({ kind }) => kind),
      ['reason', 'warehouse'],
    );
    assert.equal(audit.version, 'v1');
    assert.equal(audit.checkedAt, NOW);
  });

  it('R67: a deleted warehouse is told where the ERP tells about warehouses', async () => {
    const audit = await auditMappings(
      parts({ existing: (kind) => Promise.resolve(kind === 'warehouse' ? new Set(['61']) : null) }),
    );
    assert.deepEqual(audit.stale.at(-1), {
      table: 'location',
      row: 'PAR-1',
      column: 'warehouse',
      value: '99',
    });
    // What it does not tell about items is still looked up.
    assert.equal(audit.stale.length, 3);
  });

  it('R34, R65: SKUs that came in and that neither a row nor the ERP knows, with suggestions', async () => {
    const audit = await auditMappings(parts({}, ['abc-1', 'KNOWN', 'ABC 1', 'zzz']));
    const sku = audit.tables.find(({ table }) => table === 'sku');
    assert.deepEqual(
      sku?.unmapped.map(({ keys }) => keys['code']),
      ['zzz', 'ABC 1'],
    );
    assert.deepEqual(
      audit.suggestions.map(({ code, suggestions }) => [code, suggestions[0]?.value]),
      [['ABC 1', 'ABC1']],
    );
    assert.equal(auditInWords(audit), '2 unmapped · 2 stale · 5 unused');
  });

  it('an ERP that cannot be asked makes it shorter, claims nothing, and does not stop it', async () => {
    const down = (): Promise<never> =>
      Promise.reject(new LedgerError({ code: 'x', class: 'auth', message: 'The token was refused' }));
    const audit = await auditMappings(parts({ findItems: down, findCandidates: down }, ['zzz']));
    assert.deepEqual(audit.stale, []);
    assert.deepEqual(audit.unchecked[0], { kind: 'item', why: 'The token was refused' });
    assert.deepEqual(audit.tables.find(({ table }) => table === 'sku')?.unmapped, []);
    assert.equal(auditInWords({ tables: [], stale: [] }), null);
  });

  it('5,000 items are asked for in parts', async () => {
    const rows = Array.from({ length: 5000 }, (_, at) => ({ by: 'sku', code: `c${at}`, item: `I${at}` }));
    const calls: number[] = [];
    const audit = await auditMappings({
      ...parts({
        findItems: (wanted) => {
          calls.push(wanted.length);
          return Promise.resolve(new Map(wanted.map((sku) => [sku, item(sku, 'active')])));
        },
      }),
      mappings: new Mappings({ sku: rows }, null, () => 'v'),
    });
    assert.deepEqual(audit.stale, []);
    assert.equal(calls.length, 25);
    assert.ok(calls.every((size) => size <= 200));
  });

  it('R67: runs at start-up and every day, and goes on after a failure', async () => {
    const abort = new AbortController();
    const waits: number[] = [];
    const failures: unknown[] = [];
    let runs = 0;
    await auditDaily(
      () => {
        runs += 1;
        return runs === 2 ? Promise.reject(new Error('once')) : Promise.resolve();
      },
      (thrown) => failures.push(thrown),
      {
        wait: (ms) => {
          waits.push(ms);
          if (waits.length < 3) return Promise.resolve();
          abort.abort();
          return Promise.reject(waitAborted());
        },
      },
      abort.signal,
    );
    assert.equal(runs, 3);
    assert.equal(failures.length, 1);
    assert.deepEqual(waits, [86_400_000, 86_400_000, 86_400_000]);
  });
});

describe('R40: an unmapped code', () => {
  it('R40, R69: is one cause, and so one alert, whatever the number of returns that have it', () => {
    for (const table of MAPPING_TABLE_NAMES) {
      const keys = Object.fromEntries(
        tableOf(table)
          .columns.filter(({ role }) => role === 'key')
          .map(({ name, choices }) => [name, choices?.[0] ?? 'X1']),
      );
      const causes = Array.from({ length: 100 }, (_, at) => {
        const found = unmappedLine(table, keys, { id: `l${at}`, sku: 'S' });
        const code = tableOf(table).unmapped;
        assert.equal(found.code, code);
        const exception = buildException({
          code,
          returnNumber: `R${at}`,
          orderNumber: null,
          brand: 'acme',
          what: 'X1',
          lines: [found],
          raisedBy: 'returns-sku-validator',
          raisedAt: NOW,
        });
        return causeOf(exception, `hr/acme/R${at}`);
      });
      assert.equal(new Set(causes).size, 1, table);
    }
  });

  it('R72: location “LON-2” without a row is location-unmapped, with what was received', () => {
    assert.equal(mappings.find('location', { location: 'LON-2' }), null);
    assert.deepEqual(unmappedLine('location', { location: 'LON-2' }, { id: 'l1', sku: 'S' }), {
      lineId: 'l1',
      sku: 'S',
      code: 'location-unmapped',
      field: null,
      expected: 'a row in the table location of the Return Mappings',
      received: 'LON-2',
      candidates: [],
    });
    assert.equal(unmappedLine('tax', { by: 'rate', tax: '17.5' }, { id: null, sku: null }).received, '17.5');
    assert.equal(unmappedLine('reason', { reason: null }, { id: null, sku: null }).received, null);
  });
});
