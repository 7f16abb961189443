import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import register from '../../nodes/flow/returns-mappings';
import type { LedgerError } from '../../nodes/returns/failure';
import type { MappingRow } from '../../nodes/returns/mapping-tables';
import { defineNode, livingBehaviour, type NodeBehaviour } from '../../nodes/runtime/define-node';
import {
  lookUp,
  lookUpItem,
  mappingsOf,
  RETURNS_MAPPINGS,
  withMappings,
  type MappingsNode,
} from '../../nodes/runtime/mappings-node';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { adminRoutes, type Answer, type Call } from '../support/admin-routes';
import { fakeNodeRed, type FakeNode } from '../support/fake-node-red';

interface Rig {
  store: ReturnsStore;
  make: (config: Record<string, unknown>) => FakeNode;
  mappings: (node: FakeNode) => MappingsNode;
  ask: (route: string, call?: Call) => Promise<Answer>;
}

async function withRig(
  test: (rig: Rig) => Promise<void>,
  allowed = [`${RETURNS_MAPPINGS}.read`],
): Promise<void> {
  const store = await openMemoryStore();
  const { RED, make } = fakeNodeRed();
  const { admin, ask } = adminRoutes(RED, allowed, `/returns-ledger/${RETURNS_MAPPINGS}`);
  defineNode(admin, {
    type: 'returns-store',
    config: z.object({}),
    start: (): NodeBehaviour => ({ open: () => Promise.resolve(store) }) as NodeBehaviour,
  });
  register(admin);
  const storeNode = make('returns-store', {});
  const made: FakeNode[] = [];
  try {
    await test({
      store,
      ask,
      make: (config) => {
        const node = make(RETURNS_MAPPINGS, { store: storeNode.id, ...config });
        made.push(node);
        return node;
      },
      mappings: (node) => livingBehaviour(node.id, RETURNS_MAPPINGS) as MappingsNode,
    });
  } finally {
    for (const node of made) await node.end();
    await storeNode.end();
    await store.close();
  }
}

const reasons = (...rows: [string, string][]): { tables: Record<string, MappingRow[]> } => ({
  tables: { reason: rows.map(([reason, erpReason]) => ({ reason, erpReason, disposition: '' })) },
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const failure = (work: () => unknown): LedgerError => {
  try {
    work();
  } catch (thrown) {
    return thrown as LedgerError;
  }
  throw new Error('It did not fail');
};

describe('the node Return Mappings', () => {
  it('R60: gives its rows and those of its base, and stores the version with the rows that hold', () =>
    withRig(async ({ store, make, mappings }) => {
      const base = make(reasons(['wet', 'W'], ['small', 'S']));
      const brand = make({ name: 'Acme', base: base.id, ...reasons(['wet', 'OWN']) });
      const held = mappings(brand).mappings();
      assert.equal(held.find('reason', { reason: 'wet' })?.erpReason, 'OWN');
      assert.equal(held.find('reason', { reason: 'small' })?.erpReason, 'S');
      assert.equal(mappings(brand).mappings(), held);
      for (const node of [brand, base]) await mappings(node).store();
      await brand.end();
      await base.end();
      const stored = await store.mappingVersion(brand.id);
      assert.equal(stored?.version, held.version);
      assert.deepEqual(stored.content, held.content());
      assert.notEqual((await store.mappingVersion(base.id))?.version, held.version);
      assert.deepEqual(withMappings({ rma: '1' }, held), { rma: '1', mappings: held.version });
      assert.deepEqual(withMappings({ rma: '1' }, null), { rma: '1' });
    }));

  it('refuses a base that leads back, or that is not there, with a sentence', () =>
    withRig(async ({ make, mappings }) => {
      const one = make({ name: 'One', base: 'node-3', ...reasons() });
      const two = make({ name: 'Two', base: one.id, ...reasons() });
      assert.equal(two.id, 'node-3');
      const error = failure(() => mappings(two).mappings());
      assert.equal(error.code, 'mappings-cycle');
      assert.equal(error.class, 'config');
      assert.match(
        error.message,
        /“Two” leads back to themselves: open them, and choose another base or none/,
      );
      assert.equal(failure(() => mappings(one).mappings()).code, 'mappings-cycle');
      const alone = make({ name: 'Alone', base: 'gone', ...reasons() });
      assert.equal(failure(() => mappings(alone).mappings()).code, 'mappings-base-missing');
      await turn();
      assert.match(alone.errors.join(), /does not exist, is disabled or needs attention itself/);
    }));

  it('R66: does not start with a row that is for any disposition, and says which one', () =>
    withRig(async ({ make, mappings }) => {
      const row = { disposition: '*', condition: '*', erpDisposition: 'Credit', warehouse: 'MAIN' };
      const node = make({ tables: { disposition: [row] } });
      assert.equal(mappings(node), undefined);
      assert.match(
        node.errors.join(),
        /table disposition, row “\* \/ \*”, the column disposition needs .*\* is not allowed here/,
      );
      const user = { peerThat: () => undefined };
      assert.equal(failure(() => mappingsOf(user, node.id)).code, 'mappings-not-set');
      await turn();
    }));

  it('R65: counts codes that came in, and tells those without a row with suggestions', () =>
    withRig(async ({ make, mappings, ask, store }) => {
      const other = make({ name: 'Acme US', ...reasons(['TOO-SMALL', 'SIZE']) });
      const node = make({ name: 'Acme UK', ...reasons(['wet', 'W'], ['dry', 'D']) });
      const saw = (reason: string): void =>
        mappings(node).saw([{ table: 'reason', keys: { reason }, brand: 'acme' }]);
      for (const reason of ['wet', 'too_small', 'too_small ']) saw(reason);
      const { status, body } = await ask('GET /:id/coverage', { params: { id: node.id } });
      assert.equal(status, 200);
      const [unmapped, ...more] = body['unmapped'] as {
        keys: object;
        times: number;
        suggestions: object[];
      }[];
      assert.deepEqual(more, []);
      assert.deepEqual(unmapped?.keys, { reason: 'too_small' });
      assert.equal(unmapped.times, 2);
      assert.deepEqual(unmapped.suggestions, [
        { value: 'SIZE', score: 50, evidence: [{ kind: 'accepted-before', where: 'Acme US', times: 1 }] },
      ]);
      assert.deepEqual(body['unused'], [{ table: 'reason', count: 1, keys: ['["dry"]'] }]);
      assert.equal(body['version'], mappings(node).mappings().version);
      // R230: nothing has changed by it.
      assert.equal(mappings(node).mappings().find('reason', { reason: 'too_small' }), null);
      saw('late');
      await node.end();
      assert.equal((await store.sightings(node.id)).seen.length, 3);
      await other.end();
    }));

  it('R37, R69: a look-up counts what came in, whether there is a row or not', () =>
    withRig(async ({ make, mappings, store }) => {
      const { tables } = reasons(['wet', 'W']);
      const node = make({ tables: { ...tables, sku: [{ by: 'upc', code: '0501', item: 'ABC1' }] } });
      const from = mappings(node);
      assert.equal(lookUp(from, 'reason', { reason: 'wet' }, 'acme')?.erpReason, 'W');
      assert.equal(lookUp(from, 'reason', { reason: 'new' }, 'acme'), null);
      assert.equal(lookUpItem(from, { sku: 'A', variantId: null, upc: '0501' }, 'acme')?.item, 'ABC1');
      assert.equal(lookUpItem(from, { sku: 'B', variantId: null, upc: null }, 'acme'), null);
      await from.store();
      await node.end();
      assert.deepEqual(
        (await store.sightings(node.id)).seen.map(({ table, keys }) => [
          table,
          Object.values(keys).join(' '),
        ]),
        [
          ['reason', 'new'],
          ['reason', 'wet'],
          ['sku', 'sku B'],
          ['sku', 'upc 0501'],
        ],
      );
    }));

  it('takes a file with a preview, and names what is wrong in it', () =>
    withRig(async ({ ask }) => {
      const { tables } = reasons(['wet', 'W'], ['old', 'O']);
      const body = { format: 'csv', table: 'reason', text: 'reason,erpReason\nwet,X\nnew,N\n', tables };
      const previews = async (call: object): Promise<Record<string, unknown>> => {
        const answer = await ask('POST /import', { body: call });
        return (answer.body['previews'] as Record<string, unknown>[])[0] ?? {};
      };
      const row = (reason: string, erpReason: string): MappingRow => ({ reason, erpReason, disposition: '' });
      assert.deepEqual((await previews(body))['changes'], {
        added: [row('new', 'N')],
        changed: [{ before: row('wet', 'W'), after: row('wet', 'X') }],
        removed: [row('old', 'O')],
        same: 0,
      });
      const wrong = await previews({ ...body, text: 'reason;erpReason\nwet;\nnew;N\n' });
      assert.deepEqual(
        (wrong['faults'] as { row: number; column: string }[]).map((fault) => [fault.row, fault.column]),
        [[2, 'erpReason']],
      );
      // The good rows alone, and nothing is removed by a file that has errors.
      assert.deepEqual(wrong['rows'], [row('new', 'N'), row('old', 'O'), row('wet', 'W')]);
      const json = await ask('POST /export', { body: { format: 'json', tables } });
      const again = await ask('POST /import', {
        body: { format: 'json', text: json.body['text'], tables: {} },
      });
      assert.deepEqual((again.body['previews'] as { rows: unknown }[])[0]?.rows, [
        row('old', 'O'),
        row('wet', 'W'),
      ]);
      const unreadable = await ask('POST /import', { body: { format: 'json', text: 'x', tables } });
      assert.match(String(unreadable.body['unreadable']), /This is no JSON/);
      const refused = await ask('POST /import', { body: { format: 'xls', text: '', tables } });
      assert.equal(refused.status, 400);
      const check = await ask('POST /check', { body: reasons(['a', ''], ['a', 'x']) });
      assert.equal((check.body['faults'] as Record<string, unknown[]>)['reason']?.length, 2);
    }));

  it('shows and reads nothing without the permission', () =>
    withRig(async ({ ask }) => {
      for (const route of [
        'GET /tables',
        'POST /check',
        'POST /import',
        'POST /export',
        'GET /:id/coverage',
      ]) {
        assert.equal((await ask(route, { body: {} })).status, 401, route);
      }
    }, []));

  it('tells of coverage only for what is deployed', () =>
    withRig(async ({ ask }) => {
      assert.equal((await ask('GET /:id/coverage', { params: { id: 'none' } })).status, 404);
    }));
});
