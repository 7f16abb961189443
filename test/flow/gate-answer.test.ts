import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAnswerer } from '../../nodes/flow/gate-answer';
import type { RefundStatus } from '../../nodes/returns/refund-status';
import type { HttpRequestIn, HttpResponseOut } from '../../nodes/runtime/node-red';
import type { ReturnTopic } from '../../nodes/returns/event';
import { DAY_MS, GATE, type GateRig, withGate } from '../support/gate-rig';

const KEY = 'a-key-of-enough-characters';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Asks as an HTTP client does, without a server. */
function asking(rig: GateRig, perMinute = 1000): (url: string, given?: Asking) => Promise<Answer> {
  const answerer = createAnswerer({
    node: GATE,
    key: KEY,
    perMinute,
    store: Promise.resolve(rig.store),
    rules: rig.rules,
    surroundings: rig.time,
  });
  return async (url, { method = 'GET', headers = { 'x-returns-key': KEY } } = {}) => {
    const answer: Answer = { status: 0, headers: {}, body: '' };
    const response = {
      headersSent: false,
      destroyed: false,
      setHeader: (name: string, value: string) => void (answer.headers[name] = value),
      writeHead: (status: number, more: Record<string, string>) => {
        answer.status = status;
        Object.assign(answer.headers, more);
      },
      end: (text: string) => void (answer.body = text),
    };
    await answerer(
      { method, url, headers } as unknown as HttpRequestIn,
      response as unknown as HttpResponseOut,
    );
    return answer;
  };
}

interface Asking {
  method?: string;
  headers?: Record<string, string>;
}

describe('“where is my refund”', () => {
  it('R203: each of 100 pending returns is answered with its stage and the day that is expected', async () => {
    await withGate({ confirm: true }, async (rig) => {
      const ask = asking(rig);
      const topics: ReturnTopic[] = [
        'return.started',
        'return.dropped_off',
        'return.in_transit',
        'return.received',
      ];
      for (let at = 0; at < 100; at += 1) await rig.take(topics[at % 4] ?? 'return.started', `R${at}`);
      const expected: Record<string, string> = {
        announced: '2026-04-11',
        'handed in': '2026-03-12',
        arrived: '2026-02-26',
      };
      for (let at = 0; at < 100; at += 1) {
        const { status, body } = await ask(`/x?return=R${at}`);
        const told = JSON.parse(body) as RefundStatus;
        assert.equal(status, 200);
        assert.equal(told.return, `R${at}`);
        assert.equal(told.expectedBy, expected[told.stage]);
        assert.ok(told.text.length > 20 && told.nextStep.length > 10 && !told.late);
      }
    });
  });

  it('R31, R195: says each state in plain words, and nothing but the number of the return', async () => {
    await withGate({ confirm: true }, async (rig) => {
      const ask = asking(rig);
      const stage = async (name: string): Promise<string> =>
        (JSON.parse((await ask(`/x?return=${name}`)).body) as RefundStatus).stage;
      await rig.take('return.started');
      assert.equal(await stage('A'), 'announced');
      await rig.take('return.dropped_off');
      assert.equal(await stage('A'), 'handed in');
      await rig.take('return.received');
      assert.equal(await stage('A'), 'arrived');
      await rig.take('return.accepted');
      assert.equal(await stage('A'), 'being credited');
      await rig.half('credit');
      assert.equal(await stage('A'), 'credited');
      await rig.take('return.rejected', 'B');
      assert.equal(await stage('B'), 'rejected');
      await rig.take('return.cancelled', 'C');
      assert.equal(await stage('C'), 'cancelled');
      const { body, headers } = await ask('/x?return=A');
      assert.deepEqual(Object.keys(JSON.parse(body) as object).sort(), [
        'expectedBy',
        'late',
        'nextStep',
        'return',
        'stage',
        'text',
        'updatedAt',
      ]);
      assert.doesNotMatch(body, /AC-A|acme|D-A|RUN-42|2500|25\.00/);
      assert.equal(headers['cache-control'], 'no-store');
    });
  });

  it('says that it is late, with another day, once the time that was agreed is over', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.received');
      await rig.passes(6 * DAY_MS);
      const told = JSON.parse((await asking(rig)('/x?return=A')).body) as RefundStatus;
      assert.deepEqual([told.late, told.expectedBy], [true, '2026-03-04']);
    });
  });

  it('tells nothing without the key, and nothing of what it does not know', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.started');
      const ask = asking(rig);
      for (const headers of [
        {},
        { 'x-returns-key': '' },
        { 'x-returns-key': `${KEY}x` },
        { authorization: KEY },
      ]) {
        const { status, body } = await ask('/x?return=A', { headers: headers });
        assert.deepEqual([status, body], [401, '']);
      }
      assert.equal((await ask('/x?return=A', { headers: { authorization: `Bearer ${KEY}` } })).status, 200);
      for (const url of [
        '/x',
        '/x?return=',
        '/x?return=B',
        `/x?return=${'A'.repeat(300)}`,
        '/x?return=A&brand=other',
      ]) {
        const { status, body } = await ask(url);
        assert.deepEqual([status, body], [404, ''], url);
      }
      assert.equal((await ask('/x?return=A', { method: 'POST' })).status, 405);
    });
  });

  it('needs the order where several returns have the number', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.started', 'A');
      await rig.take('return.accepted', 'A', {
        id: 'another-order',
        order: { number: 'AC-OTHER', id: null },
      });
      const ask = asking(rig);
      assert.equal((await ask('/x?return=A')).status, 404);
      const { body } = await ask('/x?return=A&order=AC-OTHER');
      assert.equal((JSON.parse(body) as RefundStatus).stage, 'being credited');
    });
  });

  it('answers so many a minute; who guesses keys takes nothing from those who know it', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.started');
      const ask = asking(rig, 3);
      const wrong: number[] = [];
      for (let at = 0; at < 25; at += 1) wrong.push((await ask('/x?return=A', { headers: {} })).status);
      assert.deepEqual([wrong[0], wrong[19], wrong[20]], [401, 401, 429]);
      const right: number[] = [];
      for (let at = 0; at < 4; at += 1) right.push((await ask('/x?return=A')).status);
      assert.deepEqual(right, [200, 200, 200, 429]);
      assert.equal((await ask('/x?return=A')).headers['retry-after'], '60');
      await rig.passes(61_000);
      assert.equal((await ask('/x?return=A')).status, 200);
    });
  });
});
