import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { BatchPosting } from '../../nodes/d365/post-batch';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { createWorld } from '../../nodes/sandbox/world';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { batchRig, NODE, one } from '../support/batch-rig';
import { ACCOUNT, heldBy, returnOfOrder, returnsOf, troubled } from '../support/d365-batch-rig';
import { NOW } from '../support/events';
import { runKilled } from '../support/killed-process';

const PROCESS = join(__dirname, 'batch-process.js');

const run = (args: readonly string[], faultAt: string | null): Promise<BatchPosting | null> =>
  runKilled(PROCESS, args, faultAt) as Promise<BatchPosting | null>;

/** Between the parts of a batch, within them, and between the call and what is stored of it. */
const KILLS = [
  ['intent-before-call:1', 'before the first header leaves'],
  ['intent-before-call:12', 'in the second page, before its headers leave'],
  ['answer-before-stored:1', 'the headers of a page are made, and none is stored'],
  ['header-before-lines:5', 'some headers are stored, no line is sent'],
  ['outcome-before-next:1', 'one outcome of a page is stored'],
  ['outcome-before-next:13', 'some outcomes of the second page are stored'],
  ['batch-before-refused:1', 'a page is posted, and what it refused is not handed back'],
  ['batch-page-posted:1', 'between two pages'],
  ['batch-page-posted:4', 'all is posted, and nobody was told'],
] as const;

describe('R137: a batch whose posting is killed is posted once when it comes again', () => {
  for (const [point, title] of KILLS) {
    it(`${title} (${point})`, { timeout: 60_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'returns-batch-'));
      const file = join(folder, 'store.db');
      const world = createWorld({ seed: 3, orders: 25 });
      const simulator = createD365Simulator({ world, ...ACCOUNT });
      const server = await startSandboxServer([simulator]);
      try {
        const odd = [troubled(world, 'unknown'), troubled(world, 'blocked')].map((order) =>
          returnOfOrder(order),
        );
        const rig = await batchRig({}, { store: await openSqliteStore({ file }) });
        const [first, second] = odd;
        assert.ok(first && second);
        const good = returnsOf(world, 25);
        for (const event of [...good.slice(0, 3), first, ...good.slice(3), second]) await rig.take({ event });
        const batch = one(await rig.flush());
        await rig.end();

        const args = [file, batch.id, server.baseUrl('d365')];
        assert.equal(await run(args, point), null, 'it was not killed');
        const outcome = await run(args, null);
        assert.ok(outcome?.totals);
        assert.deepEqual([outcome.posted, outcome.refused, outcome.open], [25, 2, 0]);
        const { posted, refused } = outcome.totals;
        assert.equal(posted.overall.members + refused.overall.members, 27);
        assert.equal(posted.overall.value + refused.overall.value, batch.totals.overall.value);

        const orders = simulator.observer.returnOrders();
        const references = orders.filter(({ lines }) => lines.length > 0).map(({ reference }) => reference);
        assert.deepEqual([references.length, heldBy(simulator).size], [25, 25]);
        assert.equal(new Set(orders.map(({ reference }) => reference)).size, orders.length);
        const store = await openSqliteStore({ file });
        const parked = (await store.takeAnyDeliveries(NODE, { each: 100 }, NOW)).map(
          ({ exception }) => exception?.code,
        );
        await store.close();
        assert.deepEqual(parked.sort(), ['order-unknown', 'sku-blocked']);
      } finally {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
