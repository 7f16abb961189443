import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { createWorld } from '../../nodes/sandbox/world';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { batchRig, one } from '../support/batch-rig';
import { ORDERS, connectorTo } from '../support/d365-arrivals';
import { ACCOUNT, returnOfOrder } from '../support/d365-batch-rig';
import { createHttp } from '../../nodes/runtime/http';
import { realSurroundings } from '../../nodes/runtime/retry';
import { runKilled } from '../support/killed-process';

const PROCESS = join(__dirname, 'documents-batch-process.js');

const run = (args: readonly string[], faultAt: string | null): Promise<unknown> =>
  runKilled(PROCESS, args, faultAt);

/** Twenty members in pages of eight; one of each page is refused by the import. */
const KILLS = [
  ['intent-before-call:1', 'before the first package'],
  ['package-uploaded:1', 'the package is in its place, and nothing remembers it'],
  ['package-remembered:1', 'the journals remember the package, and it is not begun'],
  ['package-begun:1', 'the import is begun, and nobody was told'],
  ['answer-before-stored:1', 'the import is over, and no journal is stored'],
  ['intent-before-call:12', 'in the second page, before its package'],
  ['package-begun:2', 'the second import is begun'],
  ['outcome-before-next:1', 'one journal of a page is posted and stored'],
  ['outcome-before-next:11', 'some of the second page are'],
  ['batch-before-refused:1', 'a page is posted, and what was refused is not handed back'],
  ['batch-page-posted:2', 'between two pages'],
  ['batch-page-posted:3', 'all is posted, and nobody was told'],
] as const;

describe('R137: a batch of arrivals that is killed leaves one journal for each return', () => {
  for (const [point, title] of KILLS) {
    it(`${title} (${point})`, { timeout: 60_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'returns-arrivals-'));
      const file = join(folder, 'store.db');
      const world = createWorld({ seed: 3, orders: 20 });
      const simulator = createD365Simulator({ world, ...ACCOUNT });
      const server = await startSandboxServer([simulator]);
      try {
        const rig = await batchRig({}, { store: await openSqliteStore({ file }) });
        const events = world.orders.map((order, at) => {
          const event = returnOfOrder(order);
          const confirmedDisposition = at % 8 === 3 ? 'Strange' : 'Resellable';
          return { ...event, lines: event.lines.map((line) => ({ ...line, confirmedDisposition })) };
        });
        const address = server.baseUrl('d365');
        const connector = connectorTo(createHttp({ allowPlainHttp: true }), realSurroundings, {
          environmentUrl: address,
          authorityUrl: address,
        });
        await connector.createReturnOrders(events, ORDERS, rig.store);
        for (const event of events) await rig.take({ event });
        const batch = one(await rig.flush());
        await rig.end();

        const args = ['arrivals', file, batch.id, address];
        assert.equal(await run(args, point), null, 'it was not killed');
        assert.deepEqual(await run(args, null), { posted: 17, refused: 3, open: 0 });
        const made = simulator.observer.arrivals();
        assert.deepEqual([made.length, made.every(({ posted }) => posted)], [17, true]);
        assert.equal(new Set(made.map(({ description }) => description)).size, 17);
      } finally {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
