import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueDifferences } from '../../nodes/flow/catalogue-check';
import { validatorConfigSchema } from '../../nodes/flow/validator-config';
import { CHECKS, FIRST_CHECKS } from '../../nodes/returns/check-profile';
import type { ErpConnector, ItemState } from '../../nodes/returns/erp-connector';
import type { SaleAnswer } from '../../nodes/returns/erp-sale';
import { returnKey, type ReturnEvent, type ReturnLine } from '../../nodes/returns/event';
import { causeOf } from '../../nodes/returns/exception-cause';
import type { MappingAudit } from '../../nodes/returns/mapping-coverage';
import type { MappingContent } from '../../nodes/returns/mappings';
import { quantity } from '../../nodes/returns/quantity';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { messageOf, sentOf } from '../support/brightpearl-nodes';
import { event, line, NOW } from '../support/events';
import { mappedValidator, type MappedValidator } from '../support/mapped-validator';
import { saleWith, soldLine } from '../support/sales';
import { validatorOver } from '../support/validator-node';

const ITEMS: Readonly<Record<string, ItemState>> = { ABC1: 'active', SHIRT: 'active', STOPPED: 'blocked' };

/** An ERP with these items, one order and one warehouse. */
function erp(sale: SaleAnswer = saleWith([soldLine({ sku: 'ABC1', quantity: 9 })])): ErpConnector {
  return {
    system: 'test',
    label: 'test',
    connectionId: 'c1',
    waitLimits: {},
    findItems: (skus) =>
      Promise.resolve(
        new Map(
          skus.map((sku) => [
            sku,
            {
              sku,
              state: ITEMS[sku] ?? 'unknown',
              itemNumber: sku,
              name: null,
              unit: null,
              reason: null,
              readAt: NOW,
            },
          ]),
        ),
      ),
    findCandidates: (sku) =>
      Promise.resolve(sku.startsWith('abc') ? [{ itemNumber: 'ABC1', name: 'Shoe' }] : []),
    findSale: () => Promise.resolve(sale),
    findPostings: () => Promise.resolve([]),
    existing: (kind, values) =>
      Promise.resolve(kind === 'warehouse' ? new Set(values.filter((value) => value === 'MAIN')) : null),
  };
}

const TABLES: MappingContent = {
  sku: [
    { by: 'sku', code: 'abc-1', item: 'ABC1' },
    { by: 'sku', code: 'gone', item: 'DELETED' },
  ],
  reason: [
    { reason: 'too-small', erpReason: 'SIZE' },
    { reason: 'Too big', erpReason: 'SIZE' },
  ],
  disposition: [
    { disposition: 'sellable', condition: '*', erpDisposition: 'Credit', warehouse: 'MAIN' },
    { disposition: 'damaged', condition: 'used', erpDisposition: 'Scrap', warehouse: 'MAIN' },
  ],
  location: [{ location: 'LON-1', warehouse: 'MAIN' }],
  returnType: [{ type: 'original-payment', status: 'Refund' }],
  fee: [{ fee: 'RESTOCK', item: 'ABC1' }],
  tax: [
    { by: 'code', tax: 'T20', taxCode: 'STD' },
    { by: 'rate', tax: '5', taxCode: 'RED' },
  ],
};

/** What output 3 answered. */
function audited(sent: readonly unknown[]): MappingAudit {
  const answer = (sent[0] as { payload: MappingAudit }[])[2];
  assert.ok(answer);
  return answer.payload;
}

async function withValidator(
  test: (rig: MappedValidator & { store: ReturnsStore }) => Promise<void>,
  config: Record<string, unknown> = {},
  { connector = erp(), tables = TABLES }: { connector?: ErpConnector; tables?: MappingContent } = {},
): Promise<void> {
  const store = await openMemoryStore();
  const rig = mappedValidator({ connector, store }, { checks: [...CHECKS], ...config }, tables);
  try {
    await test({ ...rig, store });
  } finally {
    await rig.end();
    await store.close();
  }
}

let returns = 0;

/** A return of its own, of a mapped item of the order. */
function back(change: Partial<ReturnLine> = {}, of: Partial<ReturnEvent> = {}): ReturnEvent {
  returns += 1;
  const lines = [line({ id: 'L1', sku: 'abc-1', orderLineId: null, ...change })];
  return event({ returnId: `HR-${returns}`, returnNumber: `HR-${returns}`, lines, ...of });
}

describe('a validator without mappings', () => {
  it('checks what it always did, whatever checks an import brings', async () => {
    const config = validatorConfigSchema.parse({ checks: [...CHECKS] });
    assert.equal(config.mappings, '');
    assert.deepEqual(
      CHECKS.filter((check) => !config.profile.checks.has(check)),
      ['unit', 'reason', 'disposition', 'location', 'returnType', 'fee', 'taxCode'],
    );
    const store = await openMemoryStore();
    const node = validatorOver({ connector: erp(), store }, { checks: [...CHECKS] });
    const of = back({ sku: 'ABC1', reason: { code: 'never seen', text: null } });
    assert.equal(sentOf((await node.take(messageOf(of))).sent).passed.length, 1);
    const { error } = await node.take({ command: 'audit' });
    assert.match((error as Error).message, /this node uses none: open it and choose some/);
    await node.end();
    await store.close();
  });

  it('does not start with mappings that are not there', async () => {
    const store = await openMemoryStore();
    const node = validatorOver({ connector: erp(), store }, { mappings: 'nowhere' });
    assert.match(node.errors.join(), /No Return Mappings are chosen, or they are disabled/);
    await node.end();
    await store.close();
  });
});

describe('R36: SKUs of the platform', () => {
  it('R36: with a row the ERP’s item is checked; the message stays the platform’s', () =>
    withValidator(async ({ node }) => {
      const message = messageOf(back({ sku: 'abc-1 ' }));
      const before = structuredClone(message);
      assert.deepEqual(sentOf((await node.take(message)).sent).passed, [message]);
      assert.deepEqual(message, before);
    }));

  it('R36: without a row it is an exception that shows the nearest items', () =>
    withValidator(
      async ({ check }) => {
        const exception = await check(back({ sku: 'abc-1 ' }));
        assert.equal(exception?.code, 'sku-unknown');
        const [told] = exception.lines;
        assert.deepEqual(
          [told?.sku, told?.received, told?.candidates],
          ['abc-1 ', 'abc-1 ', ['ABC1 (Shoe)']],
        );
      },
      { checks: ['item'] },
      { tables: {} },
    ));

  it('R32, R36: a row that names an item which the ERP does not have is told with both', () =>
    withValidator(
      async ({ check }) => {
        const exception = await check(back({ sku: 'gone' }));
        assert.match(exception?.summary ?? '', /the ERP does not know gone \(DELETED\)/);
        const [told] = exception?.lines ?? [];
        assert.deepEqual([told?.sku, told?.received], ['gone', 'gone']);
        assert.match(told?.expected ?? '', /the mappings name DELETED/);
      },
      { checks: ['item'] },
    ));

  it('R48: a bundle that is no item of the ERP passes by its parts, and a stopped part stops it', () =>
    withValidator(
      async ({ check, node }) => {
        assert.equal(await check(back({ sku: 'SET' })), null);
        const audit = audited((await node.take({ command: 'audit' })).sent);
        assert.deepEqual([audit.stale, audit.suggestions, audit.tables[0]?.unmapped], [[], [], []]);
        const exception = await check(back({ sku: 'BAD-SET' }));
        assert.deepEqual(
          exception?.lines.map(({ code, sku }) => [code, sku]),
          [['sku-blocked', 'BAD-SET']],
        );
      },
      { checks: ['item', 'discontinued'] },
      {
        tables: {
          bundle: [
            { parent: 'SET', component: 'ABC1', quantity: '1', share: '0.5' },
            { parent: 'SET', component: 'SHIRT', quantity: '1', share: '0.5' },
            { parent: 'BAD-SET', component: 'STOPPED', quantity: '1', share: '1' },
          ],
        },
      },
    ));

  it('R37: an unmapped SKU is an exception at once, in the store, and is counted', (t) =>
    withValidator(async ({ check, node, mappings, store, mappingsId }) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      assert.equal((await check(back({ sku: 'nobody' })))?.code, 'sku-unknown');
      t.mock.timers.tick(1000);
      assert.match(node.statuses.at(-1)?.text ?? '', /^0 ok · 1 held/);
      await mappings.counted();
      const { seen } = await store.sightings(mappingsId);
      const sku = seen.find(({ table }) => table === 'sku');
      assert.deepEqual([sku?.keys, sku?.times], [{ by: 'sku', code: 'nobody' }, 1]);
      t.mock.timers.reset();
    }));
});

describe('codes that need a row', () => {
  it('R60: each reason that has a row passes, by its code or where there is none by its text', () =>
    withValidator(
      async ({ check }) => {
        assert.equal(await check(back({ reason: { code: 'too-small', text: 'Whatever' } })), null);
        assert.equal(await check(back({ reason: { code: null, text: 'Too big' } })), null);
        assert.equal(await check(back({ reason: { code: null, text: null } })), null);
        const exception = await check(back({ reason: { code: 'wet', text: 'Too big' } }));
        assert.equal(exception?.code, 'reason-unmapped');
        assert.deepEqual(
          exception.lines.map((one) => [one.lineId, one.sku, one.field, one.received]),
          [['L1', 'abc-1', 'reason', 'wet']],
        );
      },
      { checks: ['reason'] },
    ));

  it('R66: an unmapped disposition stops the return and falls to no default', () =>
    withValidator(
      async ({ node, check }) => {
        const of = back({ platformDisposition: 'burnt' }, { topic: 'return.accepted' });
        const { passed, held } = sentOf((await node.take(messageOf(of))).sent);
        assert.deepEqual([passed.length, held.length], [0, 1]);
        // A row for used goods is none for new ones, and what nobody told is met by “any” alone.
        const damaged = (condition: string | null): ReturnEvent =>
          back({ platformDisposition: 'damaged', condition });
        assert.equal(await check(damaged('used')), null);
        assert.equal((await check(damaged('new')))?.lines[0]?.received, 'damaged / new');
        assert.equal((await check(damaged(null)))?.lines[0]?.received, 'damaged');
        assert.equal(await check(back({ platformDisposition: 'sellable', condition: 'anything' })), null);
      },
      { checks: ['disposition'] },
    ));

  it('R66: what the warehouse confirmed counts, and before the inspection nothing is held', () =>
    withValidator(
      async ({ check }) => {
        for (const topic of ['return.started', 'return.received', 'return.accepted'] as const)
          assert.equal(await check(back({}, { topic })), null);
        const confirmed = back({ platformDisposition: 'burnt', confirmedDisposition: 'sellable' });
        assert.equal(await check(confirmed), null);
        const other = back({ platformDisposition: 'sellable', confirmedDisposition: 'burnt' });
        assert.equal((await check(other))?.code, 'disposition-unmapped');
      },
      { checks: ['disposition'] },
    ));

  it('R72: a location parks unless it is exactly that of a row: the line’s, or else the parcel’s', () =>
    withValidator(
      async ({ check }) => {
        const to = (destinationId: string): Partial<ReturnEvent> => ({
          shipment: {
            method: null,
            carrier: null,
            tracking: null,
            bagBarcodes: [],
            boxBarcode: null,
            pallet: null,
            purchaseOrder: null,
            destinationId,
            departedAt: null,
          },
        });
        assert.equal(await check(back({}, to('LON-1'))), null);
        assert.equal(await check(back({ warehouse: 'LON-1' }, to('PAR-1'))), null);
        assert.equal(await check(back()), null);
        assert.equal((await check(back({}, to('lon-1'))))?.code, 'location-unmapped');
        const exception = await check(back({ warehouse: 'LON-2' }, to('LON-1')));
        assert.deepEqual([exception?.code, exception?.lines[0]?.received], ['location-unmapped', 'LON-2']);
      },
      { checks: ['location'] },
    ));

  it('R69: the type of return, and each fee', () =>
    withValidator(
      async ({ check }) => {
        const fee = (of: Partial<ReturnLine>): ReturnEvent =>
          back({}, { lines: [line({ id: 'F1', kind: 'fee', sku: null, ...of })] });
        assert.equal(await check(back()), null);
        assert.equal(await check(back({ outcome: null })), null);
        assert.equal((await check(back({ outcome: 'gift-card' })))?.code, 'return-type-unmapped');
        assert.equal(await check(fee({ sku: 'RESTOCK' })), null);
        assert.equal(await check(fee({ description: 'RESTOCK' })), null);
        assert.equal((await check(fee({ description: 'Label' })))?.lines[0]?.received, 'Label');
        assert.match((await check(fee({})))?.summary ?? '', /line F1 has no code/);
      },
      { checks: ['returnType', 'fee'] },
    ));

  it('R54, R55: the tax of each line of the order has a row, by its code or its rate', async () => {
    const taxed = (taxes: [string | null, number | null][]): SaleAnswer =>
      saleWith(
        taxes.map(([taxCode, taxRate], at) => soldLine({ id: `row-${at}`, sku: `S${at}`, taxCode, taxRate })),
      );
    const codesOf = async (taxes: [string | null, number | null][]): Promise<(string | null)[] | null> => {
      const lines = taxes.map((_, at) => line({ id: `L${at}`, sku: `S${at}`, orderLineId: null }));
      let received: (string | null)[] | null = null;
      await withValidator(
        async ({ check }) => {
          const exception = await check(back({}, { lines }));
          assert.ok(exception === null || exception.code === 'tax-unmapped', exception?.code);
          received = exception?.lines.map((one) => one.received) ?? null;
        },
        { checks: ['taxCode'] },
        { connector: erp(taxed(taxes)) },
      );
      return received;
    };
    assert.equal(
      await codesOf([
        ['T20', 2000],
        ['T5', 500],
        [null, 500],
      ]),
      null,
    );
    assert.equal(await codesOf([[null, null]]), null);
    assert.deepEqual(
      await codesOf([
        ['T20', 2000],
        ['T0', 0],
        [null, 1750],
      ]),
      ['T0', '17.5'],
    );
    assert.deepEqual(await codesOf([['t20', 1900]]), ['t20']);
  });

  it('R46: a quantity that does not come out whole is told once, and nothing is rounded', () =>
    withValidator(
      async ({ check }) => {
        const of = back({ quantity: quantity(5, 'half') });
        const exception = await check(of);
        assert.deepEqual(
          exception?.lines.map(({ code, received }) => [code, received]),
          [['uom-not-representable', '5 half = 5/2 each']],
        );
        assert.deepEqual(of.lines[0]?.quantity, quantity(5, 'half'));
      },
      { checks: ['order', 'quantity', 'unit'] },
      { tables: { ...TABLES, unit: [{ item: '*', from: 'half', to: 'each', factor: '1/2' }] } },
    ));

  it('all of them come at once, each on its line, and each with the check that is on', async () => {
    const wrong = {
      reason: { code: 'wet', text: null },
      platformDisposition: 'burnt',
      outcome: 'swap',
      warehouse: 'PAR-1',
    };
    const codesWith = async (checks: readonly string[]): Promise<string[]> => {
      let codes: string[] = [];
      await withValidator(
        async ({ check }) => {
          codes = (await check(back(wrong)))?.lines.map(({ code }) => code) ?? [];
        },
        { checks },
      );
      return codes;
    };
    assert.deepEqual(await codesWith(CHECKS), [
      'return-type-unmapped',
      'reason-unmapped',
      'disposition-unmapped',
      'location-unmapped',
    ]);
    assert.deepEqual(await codesWith(FIRST_CHECKS), []);
    assert.deepEqual(await codesWith(['location']), ['location-unmapped']);
  });
});

describe('R40, R69: an unmapped code is one cause', () => {
  it('R40: whichever line, item and return it comes with, and with spaces around it', () =>
    withValidator(async ({ check }) => {
      const causes = new Set<string>();
      for (const [at, reason] of ['wet', ' wet', 'wet '].entries()) {
        const of = back({
          id: `X${at}`,
          sku: at === 0 ? 'abc-1' : 'ABC1',
          reason: { code: reason, text: `${at}` },
        });
        const exception = await check(of);
        assert.ok(exception);
        causes.add(causeOf(exception, returnKey(of)));
      }
      assert.deepEqual([...causes], ['reason-unmapped|acme-shoes|wet']);
    }));

  it('R69: one unmapped code in 100 returns parks one and lets 99 go on', () =>
    withValidator(async ({ check, mappings, store, mappingsId }) => {
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          check(back({ reason: { code: at === 41 ? 'wet' : 'too-small', text: null } })),
        ),
      );
      assert.deepEqual(
        results.flatMap((one) => (one ? [one.code] : [])),
        ['reason-unmapped'],
      );
      await mappings.counted();
      const { seen } = await store.sightings(mappingsId);
      assert.deepEqual(
        seen.filter(({ table }) => table === 'reason').map(({ keys, times }) => [keys['reason'], times]),
        [
          ['too-small', 99],
          ['wet', 1],
        ],
      );
    }));

  it('R65: every table that was looked up is in the coverage report, and a used row is not unused', () =>
    withValidator(
      async ({ check, ask, mappingsId }) => {
        const lines = [
          line({
            id: 'L1',
            sku: 'abc-1',
            orderLineId: null,
            quantity: quantity(1, 'case'),
            platformDisposition: 'sellable',
            warehouse: 'LON-1',
          }),
          line({ id: 'F1', kind: 'fee', sku: 'RESTOCK' }),
        ];
        assert.equal(await check(back({}, { lines })), null);
        const { body } = await ask('GET /:id/coverage', { params: { id: mappingsId } });
        assert.deepEqual(body['unmapped'], []);
        assert.deepEqual(
          (body['unused'] as { table: string; count: number }[]).map(({ table, count }) => [table, count]),
          [
            ['sku', 1],
            ['reason', 1],
            ['disposition', 1],
            ['tax', 1],
          ],
        );
      },
      {},
      {
        connector: erp(saleWith([soldLine({ sku: 'ABC1', quantity: 24, unit: 'box', pieces: null })])),
        tables: {
          ...TABLES,
          unit: [
            { item: 'ABC1', from: 'each', to: 'case', factor: '1/12' },
            { item: '*', from: 'box', to: 'each', factor: '1' },
          ],
        },
      },
    ));
});

describe('R67: the audit of the mappings that a validator uses', () => {
  const tables = { ...TABLES, location: [{ location: 'PAR-1', warehouse: 'CLOSED' }] };

  it('R67: tells at start-up of a row that points at what the ERP does not have, and shows it in the dialog', () =>
    withValidator(
      async ({ node, mappings, ask, mappingsId }) => {
        while (mappings.newestAudit() === null && node.warnings.length === 0)
          await new Promise((resolve) => setImmediate(resolve));
        assert.match(node.warnings.join(), /Return Mappings: 2 stale \(the ERP does not have: /);
        assert.match(node.warnings.join(), /location PAR-1 → CLOSED/);
        const { body } = await ask('GET /:id/coverage', { params: { id: mappingsId } });
        const shown = body['audit'] as MappingAudit;
        assert.deepEqual(
          shown.stale.map(({ table, value }) => [table, value]),
          [
            ['sku', 'DELETED'],
            ['location', 'CLOSED'],
          ],
        );
      },
      { checks: ['reason'] },
      { tables },
    ));

  it('R67: answers on output 3 when asked, with what came in up to now', (t) =>
    withValidator(
      async ({ node, check, mappings }) => {
        t.mock.timers.enable({ apis: ['setTimeout'] });
        await check(back({ sku: 'abc-2', reason: { code: 'wet', text: null } }));
        const { sent, error } = await node.take({ command: 'audit' });
        assert.equal(error, undefined);
        const audit = audited(sent);
        assert.equal(audit.version, mappings.mappings().version);
        assert.deepEqual(
          audit.tables.flatMap(({ table, unmapped }) =>
            unmapped.map(({ keys }) => [table, Object.values(keys).at(-1)]),
          ),
          [
            ['sku', 'abc-2'],
            ['reason', 'wet'],
          ],
        );
        assert.equal(audit.suggestions[0]?.code, 'abc-2');
        assert.match(node.warnings.at(-1) ?? '', /2 unmapped · 2 stale .*press Coverage/);
        t.mock.timers.tick(1000);
        assert.equal(node.statuses.at(-1)?.text, '0 ok · 1 held · 2 stale');
        t.mock.timers.reset();
        const other = await node.take({ command: 'catalogue', payload: ['ABC1'] });
        assert.equal((other.sent[0] as { payload: CatalogueDifferences }[])[2]?.payload.active, 1);
      },
      { checks: ['reason'] },
      { tables },
    ));

  it('R230: changes nothing, whatever it suggests', () =>
    withValidator(
      async ({ node, check, mappings }) => {
        const { version } = mappings.mappings();
        for (let at = 0; at < 2; at += 1) {
          assert.equal((await check(back({ sku: 'abc-2' })))?.code, 'sku-unknown');
          await node.take({ command: 'audit' });
        }
        assert.equal(mappings.mappings().version, version);
      },
      { checks: ['item'] },
    ));
});
