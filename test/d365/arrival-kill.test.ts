import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { createWorld } from '../../nodes/sandbox/world';
import { ACCOUNT, SKU, arrivalOf, orderOf, piecesIn } from '../support/d365-arrivals';
import { runKilled } from '../support/killed-process';

const PROCESS = join(__dirname, 'arrival-process.js');

const run = (args: readonly string[], faultAt: string | null): Promise<unknown> =>
  runKilled(PROCESS, args, faultAt);

/** The return order is made on the way, so that its points come first. */
const KILLS = [
  ['intent-before-call:2', 'before the header of the journal leaves'],
  ['answer-before-stored:2', 'the header is made, and it is not stored'],
  ['header-before-lines:2', 'the header is stored, and no line is sent'],
  ['intent-before-call:3', 'before the lines leave'],
  ['answer-before-stored:3', 'the lines are made, and it is not posted'],
  ['outcome-before-next:2', 'all is done, and nobody was told'],
] as const;

describe('R110: a process that is killed between two calls leaves one journal', () => {
  for (const [point, title] of KILLS) {
    it(`${title} (${point})`, { timeout: 60_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'returns-arrival-'));
      const world = createWorld({ seed: 3, orders: 5 });
      const simulator = createD365Simulator({ world, ...ACCOUNT });
      const server = await startSandboxServer([simulator]);
      try {
        const received = arrivalOf(orderOf(world, SKU, 2), 'return.received', 2);
        const args = [join(folder, 'store.db'), JSON.stringify(received), server.baseUrl('d365')];
        assert.equal(await run(args, point), null, 'it was not killed');
        assert.deepEqual(await run(args, null), { documents: 1, problem: null });
        const [journal, second] = simulator.observer.arrivals();
        assert.deepEqual([journal?.posted, journal?.lines.length, second], [true, 1, undefined]);
        assert.equal(piecesIn(simulator, SKU, 'quarantine'), 2);
        assert.equal(simulator.observer.returnOrders().length, 1);
      } finally {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
