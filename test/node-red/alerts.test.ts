import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Alert } from '../../nodes/flow/router-alerts';
import { BUTTON, changed, exampleFlow, Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const LIMIT = { timeout: 120_000 };
const TAB = 'rl01tab000000001';
const ROUTER = 'rl01router000001';

/** The example whose router has an alerts output, wired as to an e-mail node: each alert is a line of a file. */
function alertingFlow(file: string): FlowNode[] {
  const [router] = exampleFlow().filter(({ id }) => id === ROUTER);
  const wires = [...(router?.['wires'] as string[][]), ['alert-line']];
  return [
    ...changed(exampleFlow(), 'returns-exception-router', { outputs: 8, wires }),
    {
      id: 'alert-line',
      type: 'function',
      z: TAB,
      name: 'a line',
      func: 'return { payload: JSON.stringify({ topic: msg.topic, payload: msg.payload, alert: msg.alert }) };',
      outputs: 1,
      timeout: 0,
      noerr: 0,
      initialize: '',
      finalize: '',
      libs: [],
      x: 600,
      y: 600,
      wires: [['alert-file']],
    },
    {
      id: 'alert-file',
      type: 'file',
      z: TAB,
      name: 'alerts',
      filename: file,
      filenameType: 'str',
      appendNewline: true,
      createDir: false,
      overwriteFile: 'false',
      encoding: 'none',
      x: 800,
      y: 600,
      wires: [[]],
    },
  ];
}

interface Line {
  topic: string;
  payload: string;
  alert: Alert;
}

function linesOf(file: string): Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line);
}

async function until<T>(ask: () => T, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = ask();
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < deadline, `not reached: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('R194, R199: alerts of a real Node-RED that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'returns-alerts-'));

  it('are sent once, also across a restart, and tell when the cause is gone', LIMIT, async () => {
    const file = join(folder, 'once.txt');
    const rehearsal = await Rehearsal.start(alertingFlow(file));
    try {
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      await rehearsal.nodeRed.inject(BUTTON.send);
      const { exceptions } = await rehearsal.until((now) => now.returns.length === 26 && settled(now));
      assert.equal(exceptions.open, 2);
      const first = await until(
        () => linesOf(file),
        (lines) => lines.length >= 2,
      );
      assert.deepEqual(
        first.map(({ alert }) => alert.kind),
        ['raised', 'raised'],
      );
      assert.deepEqual(first.map(({ alert }) => alert.owner).sort(), ['customer service', 'data']);
      for (const { payload, topic } of first) {
        assert.match(
          payload,
          /^What happened: Return HR\w+ .*\nWhich return: .*\nEffect: .*\nWho has to act: .*\nNext step: /,
        );
        assert.doesNotMatch(payload + topic, /@|\n\s+at /);
      }
      await rehearsal.killAndRestart();
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      // Told after what the restarted node would have told again.
      const { cause } = (first.find(({ alert }) => alert.owner === 'data') as Line).alert;
      const path = `/returns-ledger/returns-exception-router/${ROUTER}/group/discard`;
      const answer = await fetch(`${rehearsal.nodeRed.baseUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cause, reason: 'a test' }),
      });
      assert.equal(answer.status, 200);
      const all = await until(
        () => linesOf(file),
        (lines) => lines.some(({ alert }) => alert.kind === 'cleared'),
      );
      assert.deepEqual(
        all.map(({ alert }) => alert.kind),
        ['raised', 'raised', 'cleared'],
      );
    } finally {
      await rehearsal.end();
    }
  });

  it('are not lost where the process dies before it sends the first', LIMIT, async () => {
    const file = join(folder, 'killed.txt');
    const env = { RETURNS_LEDGER_FAULT_AT: 'alert-taken:1' };
    const rehearsal = await Rehearsal.start(alertingFlow(file), { env });
    try {
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      await rehearsal.nodeRed.inject(BUTTON.send).catch(() => undefined);
      await rehearsal.nodeRed.exited();
      assert.deepEqual(linesOf(file), []);
      await rehearsal.killAndRestart();
      const lines = await until(
        () => linesOf(file),
        (found) => found.length >= 1,
      );
      assert.equal(lines[0]?.alert.kind, 'raised');
    } finally {
      await rehearsal.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
