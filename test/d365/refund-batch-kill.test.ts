import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createHttp } from '../../nodes/runtime/http';
import { realSurroundings } from '../../nodes/runtime/retry';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { addOrder, createWorld } from '../../nodes/sandbox/world';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { batchRig, one } from '../support/batch-rig';
import { RESOLD } from '../support/d365-arrival-batch';
import { ORDERS, connectorTo } from '../support/d365-arrivals';
import { ACCOUNT, partsOfOrder, returnOfOrder } from '../support/d365-batch-rig';
import { CREDIT_POLICY } from '../support/d365-credit-rig';
import { runKilled } from '../support/killed-process';

const PROCESS = join(__dirname, 'documents-batch-process.js');

/** Twelve members in pages of eight; two of the first page are of one order, so one of them waits for the other. */
const KILLS = [
  ['intent-before-call:1', 'before the first package'],
  ['package-uploaded:1', 'the package is in its place, and nothing remembers it'],
  ['package-remembered:1', 'the journals and their orders remember the package, and it is not begun'],
  ['package-begun:1', 'the import is begun, and nobody was told'],
  ['answer-before-stored:1', 'the import is over, and no journal is stored'],
  ['package-begun:2', 'the import of the second refund of an order is begun'],
  ['refund-before-posting:3', 'journals are imported, and some are not posted'],
  ['refund-before-read-back:2', 'a journal is posted, and nobody has read it'],
  ['outcome-before-next:1', 'one refund of a page is stored'],
  ['batch-page-posted:1', 'between two pages'],
  ['batch-page-posted:2', 'all is posted, and nobody was told'],
] as const;

describe('R109, R137: a batch of refunds that is killed pays each customer once', () => {
  for (const [point, title] of KILLS) {
    it(`${title} (${point})`, { timeout: 60_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'returns-refunds-'));
      const file = join(folder, 'store.db');
      const world = createWorld({ seed: 3, orders: 10 });
      const double = addOrder(world, { quantity: 2, state: 'invoiced' });
      const simulator = createD365Simulator({ world, ...ACCOUNT });
      const server = await startSandboxServer([simulator]);
      try {
        const rig = await batchRig({}, { store: await openSqliteStore({ file }) });
        const whole = world.orders.filter((order) => order !== double).map((order) => returnOfOrder(order));
        const events = [...partsOfOrder(double), ...whole].map((event) => ({
          ...event,
          lines: event.lines.map((line) => ({ ...line, confirmedDisposition: 'Resellable' })),
        }));
        const address = server.baseUrl('d365');
        const connector = connectorTo(createHttp({ allowPlainHttp: true }), realSurroundings, {
          environmentUrl: address,
          authorityUrl: address,
        });
        await connector.createReturnOrders(events, ORDERS, rig.store);
        for (const event of events) {
          await connector.receiveGoods(event, [], RESOLD, rig.store);
          const { problem } = await connector.postCredit(event, [], CREDIT_POLICY, rig.store);
          assert.equal(problem, null);
          await rig.take({ event });
        }
        const batch = one(await rig.flush());
        await rig.end();

        const args = ['refunds', file, batch.id, address];
        assert.equal(await runKilled(PROCESS, args, point), null, 'it was not killed');
        const told = await runKilled(PROCESS, args, null);
        assert.deepEqual(told, { posted: 12, refused: 0, open: 0 });
        const credits = new Map(
          simulator.observer.creditNotes().map((note) => [note.returnOrder, -note.total]),
        );
        const refunds = simulator.observer.refunds();
        assert.deepEqual([refunds.length, refunds.every(({ posted }) => posted)], [12, true]);
        assert.deepEqual(new Map(refunds.map(({ reference, amount }) => [reference, amount])), credits);
      } finally {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
