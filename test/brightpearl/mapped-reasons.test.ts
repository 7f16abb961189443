import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReturnEvent } from '../../nodes/returns/event';
import { createWorld, type WorldOrder } from '../../nodes/sandbox/world';
import { creditNode, type NodeRig } from '../support/brightpearl-node';
import { returnOf, writesOf } from '../support/brightpearl-rig';
import { mappingsWith, reasonRows, skuRow } from '../support/posting-mappings';

/** What a credit starts in that is sent without a status. */
const ACCOUNT_DEFAULT = 20;

const TABLE = { damaged: '21', 'too-small': '20' };

/** A return of a whole order for these reasons, line by line; the last one counts for the lines after it. */
function because(order: WorldOrder | undefined, ...reasons: string[]): ReturnEvent {
  assert.ok(order);
  const of = returnOf(order);
  const lines = of.lines.map((one, at) => ({
    ...one,
    reason: { code: reasons[Math.min(at, reasons.length - 1)] ?? null, text: null },
  }));
  return { ...of, lines };
}

function statusOf(rig: NodeRig, of: ReturnEvent): number | undefined {
  const parent = rig.simulator.orderId(of.order.number ?? '');
  return rig.simulator.observer.salesCredits().find(({ parentId }) => parentId === parent)?.statusId;
}

async function withNode(
  config: Record<string, unknown>,
  rows: Parameters<typeof mappingsWith>[0],
  test: (rig: NodeRig, orders: readonly WorldOrder[]) => Promise<void>,
): Promise<void> {
  const world = createWorld({ seed: 3, orders: 100, currency: 'GBP' });
  const mappings = mappingsWith(rows);
  const rig = await creditNode(config, { world }, () => mappings);
  try {
    await test(rig, world.orders);
  } finally {
    await rig.end();
  }
}

describe('R64: reasons of Return Mappings give the status of the credit', () => {
  it('each its own; of several, that of the first line; the credit names the version', () =>
    withNode({}, { reason: reasonRows(TABLE) }, async (rig, orders) => {
      for (const [at, [reason, status]] of Object.entries(TABLE).entries()) {
        const of = because(orders[at], reason);
        const { passed, documents } = await rig.take(of);
        assert.deepEqual([passed, statusOf(rig, of)], [true, Number(status)]);
        const { version } = mappingsWith({ reason: reasonRows(TABLE) });
        assert.equal(documents[0]?.references['mappings'], version);
      }
      const mixed = because(
        orders.find(({ lines }, at) => at > 1 && lines.length > 1),
        'damaged',
        'too-small',
      );
      await rig.take(mixed);
      assert.equal(statusOf(rig, mixed), 21);
    }));

  it('the node’s own table wins as a whole', () =>
    withNode(
      { reasons: [{ platform: 'too-small', status: '21' }] },
      { reason: reasonRows(TABLE) },
      async (rig, orders) => {
        const of = because(orders[0], 'too-small');
        await rig.take(of);
        assert.equal(statusOf(rig, of), 21);
        const other = await rig.take(because(orders[1], 'damaged'));
        assert.equal(other.exception?.code, 'reason-unmapped');
        assert.equal(other.exception.lines[0]?.expected, 'a row in the reason table');
      },
    ));

  it('without a row of reasons none is sent, whatever comes', () =>
    withNode({}, { sku: [skuRow('a', 'b')] }, async (rig, orders) => {
      const of = because(orders[0], 'unheard');
      assert.equal((await rig.take(of)).passed, true);
      assert.equal(statusOf(rig, of), ACCOUNT_DEFAULT);
    }));

  it('a text that is no number of a status is a mistake of the settings, which names the row', () =>
    withNode({}, { reason: reasonRows({ damaged: 'Quarantine', fine: '20' }) }, async (rig, orders) => {
      const { passed, exception } = await rig.take(because(orders[0], 'damaged'));
      assert.deepEqual([passed, exception?.code, exception?.class], [false, 'node-misconfigured', 'config']);
      assert.match(exception?.summary ?? '', /table reason, row “damaged”.*it is “Quarantine”/);
      assert.deepEqual(writesOf(rig.simulator), {});
      assert.equal((await rig.take(because(orders[1], 'fine'))).passed, true);
    }));

  it('mappings that are gone hold the return, and say what to do', () =>
    withNode({ mappings: 'gone' }, {}, async (rig, orders) => {
      const { exception } = await rig.take(because(orders[0], 'damaged'));
      assert.equal(exception?.code, 'node-misconfigured');
      assert.match(exception.summary, /No Return Mappings are chosen/);
      assert.equal(rig.connector.calls, 0);
    }));

  it('R69: of 100 returns with one reason that has no row, 99 post and 1 parks', () =>
    withNode({}, { reason: reasonRows(TABLE) }, async (rig, orders) => {
      const unmapped: string[] = [];
      let passed = 0;
      for (const [at, order] of orders.entries()) {
        const came = await rig.take(because(order, at === 41 ? 'never-heard' : 'damaged'));
        if (came.passed) passed += 1;
        else unmapped.push(`${came.exception?.code ?? ''} ${came.exception?.lines[0]?.received ?? ''}`);
      }
      assert.deepEqual([passed, unmapped], [99, ['reason-unmapped never-heard']]);
      assert.equal(rig.simulator.observer.salesCredits().length, 99);
      const codes = rig.seen.filter(({ table }) => table === 'reason').map(({ keys }) => keys['reason']);
      assert.ok(codes.includes('never-heard') && codes.includes('damaged'));
    }));
});
