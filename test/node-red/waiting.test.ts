import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { BUTTON, changed, exampleFlow, Rehearsal, settled, STORE, type FlowNode } from '../support/rehearsal';

const LIMIT = { timeout: 90_000 };
const SECRET = 'a-webhook-secret-for-this-test';

/** A button that sets the simulated ERP's dials. */
function dialsButton(id: string, d365: Record<string, number>): FlowNode {
  return {
    id,
    type: 'inject',
    z: 'rl01tab000000001',
    name: id,
    props: [
      { p: 'command', v: 'dials', vt: 'str' },
      { p: 'payload', v: JSON.stringify({ d365 }), vt: 'json' },
    ],
    repeat: '',
    crontab: '',
    once: false,
    onceDelay: 0.1,
    topic: '',
    x: 100,
    y: 20,
    wires: [['rl01sandbox00001']],
  };
}

function liveFlow(store: Record<string, unknown> = {}): FlowNode[] {
  const live = changed(exampleFlow(), 'happy-returns-account', {
    environment: 'live',
    credentials: { secret: SECRET, secondSecret: '' },
  });
  return changed(live, 'returns-store', store);
}

function post(rehearsal: Rehearsal, body: string): Promise<number> {
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  return rehearsal.post(body, { 'content-type': 'application/json', 'x-hr-signature': signature });
}

describe('R155, R158: work that waits for the ERP', () => {
  it('waits in the store during an outage and is posted by itself after it', LIMIT, async () => {
    const flow = [
      ...changed(exampleFlow(), 'd365-connection', { retryFirstSeconds: 1 }),
      dialsButton('down', { unavailableNext: 1_000_000 }),
      dialsButton('up', { unavailableNext: 0 }),
    ];
    const rehearsal = await Rehearsal.start(flow);
    try {
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      await rehearsal.nodeRed.inject('down');
      await rehearsal.nodeRed.inject(BUTTON.send);
      const down = await rehearsal.until(
        (now) => now.returns.length === 26 && now.deliveries.waiting > 0 && now.deliveries.emitted === 0,
      );
      assert.deepEqual([down.deliveries.open, down.exceptions.open], [0, 0]);
      assert.ok(down.returns.every((one) => one.documents.length === 0));
      assert.ok(down.deliveries.nextDue !== null);
      await rehearsal.nodeRed.inject('up');
      const up = await rehearsal.until(
        (now) => settled(now) && now.returns.some((one) => one.documents.length > 0),
      );
      assert.equal(up.returns.filter((one) => one.documents.length === 1).length, 24);
      assert.deepEqual(up.exceptions, { open: 2, byOwner: { 'customer service': 1, data: 1 } });
    } finally {
      await rehearsal.end();
    }
  });

  it('R161: becomes an exception with all tries when the time is over', LIMIT, async () => {
    const flow = [
      ...changed(exampleFlow(), 'd365-connection', { retryFirstSeconds: 1, retryHours: 0 }),
      dialsButton('down', { unavailableNext: 1_000_000 }),
    ];
    const rehearsal = await Rehearsal.start(flow);
    try {
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      await rehearsal.nodeRed.inject('down');
      await rehearsal.nodeRed.inject(BUTTON.send);
      const states = await rehearsal.until((now) => now.returns.length === 26 && settled(now));
      assert.ok(states.exceptions.open >= 26);
      assert.deepEqual(Object.keys(states.exceptions.byOwner), ['integration']);
    } finally {
      await rehearsal.end();
    }
  });
});

describe('a delivery without an end', () => {
  it('is reported as stalled, and leaves room for others', LIMIT, async () => {
    const flow = changed(exampleFlow(), 'happy-returns-in', {
      window: 1,
      stalledMinutes: 0.02,
      wires: [['never'], []],
    });
    const never = {
      id: 'never',
      type: 'function',
      z: 'rl01tab000000001',
      name: 'never done',
      func: 'if (msg.never) node.done();\nreturn null;',
      outputs: 1,
      timeout: 0,
      noerr: 0,
      initialize: '',
      finalize: '',
      libs: [],
      x: 400,
      y: 400,
      wires: [[]],
    };
    const rehearsal = await Rehearsal.start([...flow, never]);
    try {
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      await rehearsal.nodeRed.inject(BUTTON.send);
      await rehearsal.nodeRed.waitForLog(/1 delivery has not come to an end .* first of them of return HR/);
      // With a window of one the others could not have gone out if the stalled one kept its place.
      const states = await rehearsal.until((now) => now.deliveries.emitted > 2);
      assert.ok(states.deliveries.emitted <= 11);
    } finally {
      await rehearsal.end();
    }
  });
});

describe('T4: a store that cannot take more', () => {
  it(
    'above its size limit: what is acknowledged is stored, the rest is to be sent again',
    LIMIT,
    async () => {
      const rehearsal = await Rehearsal.start([]);
      try {
        await rehearsal.nodeRed.deploy(liveFlow({ maxMegabytes: 1 }));
        await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
        const bodies = Array.from({ length: 12 }, () =>
          JSON.stringify({ event: randomBytes(75_000).toString('hex') }),
        );
        const answers: number[] = [];
        for (const body of bodies) answers.push(await post(rehearsal, body));
        assert.deepEqual([...new Set(answers)].sort(), [200, 500]);
        await rehearsal.nodeRed.waitForLog(/larger than its limit of 1 MB/);
        const stored = answers.filter((answer) => answer === 200).length;
        assert.equal((await rehearsal.states()).exceptions.open, stored);
        // With room again, what was refused is taken when it is sent again, and what was stored is a repeat.
        await rehearsal.nodeRed.deploy(liveFlow({ maxMegabytes: 100 }));
        await rehearsal.nodeRed.waitFor(
          () => rehearsal.nodeRed.log.split('Receives Happy Returns webhooks').length > 2,
          30_000,
          'the In node',
        );
        for (const body of bodies) assert.equal(await post(rehearsal, body), 200);
        assert.equal((await rehearsal.states()).exceptions.open, bodies.length);
      } finally {
        await rehearsal.end();
      }
    },
  );

  it('while another process has the file; and it takes over when the file is free', LIMIT, async () => {
    const rehearsal = await Rehearsal.start([]);
    try {
      const file = join(rehearsal.nodeRed.userDir, 'returns-ledger', `store-${STORE}.db`);
      const held = await openSqliteStore({ file });
      await rehearsal.nodeRed.deploy(liveFlow());
      await rehearsal.nodeRed.waitForLog(/is in use by another Node-RED/);
      assert.equal(await post(rehearsal, '{"event":"x"}'), 500);
      await held.close();
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      assert.equal(await post(rehearsal, '{"event":"x"}'), 200);
    } finally {
      await rehearsal.end();
    }
  });
});

describe('R231: a back-up by command', () => {
  it('is written while the store is in use, checked, for its owner only', LIMIT, async () => {
    const rehearsal = await Rehearsal.start(exampleFlow());
    try {
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
      await rehearsal.nodeRed.inject(BUTTON.send);
      await rehearsal.until((now) => now.returns.length > 5);
      const address = `${rehearsal.nodeRed.baseUrl}/returns-ledger/returns-store/${STORE}/backup`;
      const made = (await (await fetch(address, { method: 'POST' })).json()) as { ok: boolean; file: string };
      assert.ok(made.ok);
      assert.equal(statSync(made.file).mode & 0o777, 0o600);
      const copy = await openSqliteStore({ file: made.file });
      assert.ok((await copy.listReturns({ limit: 100 })).length > 5);
      await copy.close();
      assert.equal((await fetch(address.replace(STORE, 'nobody'), { method: 'POST' })).status, 404);
    } finally {
      await rehearsal.end();
    }
  });
});
