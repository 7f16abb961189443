import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ReturnOrderOutcome } from '../../nodes/d365/documents';
import { createBusinessCentralSimulator } from '../../nodes/sandbox/business-central/business-central-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { createWorld } from '../../nodes/sandbox/world';
import { BC_ACCOUNT, codeOf, returnOf } from '../support/bc-bench';

const PROCESS = join(__dirname, 'bc-corrective-process.js');

/** Runs the process; resolves to what it told, or null where it was killed. */
function run(args: readonly string[], faultAt: string | null): Promise<ReturnOrderOutcome | null> {
  const env = { ...process.env };
  delete env['RETURNS_LEDGER_FAULT_AT'];
  if (faultAt !== null) env['RETURNS_LEDGER_FAULT_AT'] = faultAt;
  return new Promise((resolve, reject) => {
    const child = fork(PROCESS, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let told: ReturnOrderOutcome | null = null;
    child.on('message', (message) => (told = message as ReturnOrderOutcome));
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve(told);
      else if (signal === 'SIGKILL') resolve(null);
      else reject(new Error(`The process ended with ${code ?? signal ?? 'nothing'}`));
    });
  });
}

const KILLS = [
  ['intent-before-call:1', 'the copy is not asked for'],
  ['answer-before-stored:1', 'the copy is made, and nobody knows of it'],
  ['intent-before-call:2', 'the copy has not got our number'],
  ['answer-before-stored:2', 'the copy has our number, and nobody knows of it'],
  ['header-before-lines:1', 'the copy is ours, and whole'],
  ['answer-before-stored:3', 'one line is as planned, the others are not off'],
  ['answer-before-stored:4', 'one line is off'],
  ['outcome-before-next:1', 'all is done, and nobody was told'],
] as const;

describe('R109: a copy of an invoice whose making is killed becomes one draft when it comes again', () => {
  for (const [point, title] of KILLS) {
    it(`${title} (${point})`, { timeout: 60_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'returns-copy-'));
      const world = createWorld({ seed: 3, orders: 10 });
      const simulator = createBusinessCentralSimulator({ world, ...BC_ACCOUNT, paidShare: () => 0 });
      const server = await startSandboxServer([simulator]);
      try {
        const sold = world.orders.find(({ lines }) => lines.length > 1);
        assert.ok(sold);
        const whole = returnOf(sold, {}, 1);
        const event = { ...whole, lines: whole.lines.slice(0, 1) };
        const address = server.baseUrl(simulator.name);
        const args = [join(folder, 'store.db'), address, JSON.stringify(event)];
        assert.equal(await run(args, point), null, 'it was not killed');
        const outcome = await run(args, null);
        assert.ok(outcome?.outcome === 'posted');
        assert.equal(codeOf(outcome), 'posted, as meant');
        assert.equal(outcome.document.references['corrective'], 'yes');
        const drafts = simulator.observer.drafts();
        assert.deepEqual(
          drafts.map(({ lines }) => lines.map(({ type, number, quantity }) => [type, number, quantity])),
          [[['Item', sold.lines[0]?.sku, 1]]],
        );
        assert.equal(drafts[0]?.externalNumber, `HR-HR${sold.number}-${sold.number}`);
      } finally {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
