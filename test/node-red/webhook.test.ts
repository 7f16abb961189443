import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  aggregate,
  createReturn,
  DEFAULT_WORDS,
  type Post,
} from '../../nodes/sandbox/happy-returns/generator';
import { addOrder, createWorld, seededRandom } from '../../nodes/sandbox/world';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { changed, exampleFlow, Rehearsal, settled, STORE, type FlowNode } from '../support/rehearsal';

const SECRET = 'a-webhook-secret-for-this-test';
const SECOND = 'the-next-webhook-secret';

/** The example with a live account, whose secrets are given as a deploy gives them, and the sandbox ERP. */
function liveFlow(): FlowNode[] {
  return changed(exampleFlow(), 'happy-returns-account', {
    environment: 'live',
    credentials: { secret: SECRET, secondSecret: SECOND },
  });
}

function sign(body: Buffer | string, secret = SECRET): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

const JSON_TYPE = 'application/json';

describe('the webhook in a real Node-RED', () => {
  let rehearsal: Rehearsal;
  const world = createWorld({ seed: 1 });
  const random = seededRandom(42);
  const used = new Set<string>();

  before(async () => {
    rehearsal = await Rehearsal.start([]);
    await rehearsal.nodeRed.deploy(liveFlow());
    await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
  });
  after(() => rehearsal.end());

  const story = (at: number): Post[] => {
    const order = world.orders[at] ?? addOrder(world, {});
    const simulated = createReturn(world, random, { orders: [order] }, used);
    const status = (typeID: string): { event: string; typeID: string } => ({
      event: 'return_status_updated',
      typeID,
    });
    return [
      ...aggregate(world, simulated, [status(DEFAULT_WORDS.started)]),
      ...aggregate(world, simulated, [status(DEFAULT_WORDS.droppedOff), status(DEFAULT_WORDS.approved)]),
    ];
  };
  const send = (post: Post, headers: Record<string, string> = {}): Promise<number> => {
    const body = Buffer.from(JSON.stringify(post.body));
    return rehearsal.post(body, { 'content-type': JSON_TYPE, 'x-hr-signature': sign(body), ...headers });
  };

  it('R12: a webhook repeated 50 times in any order leaves one return order', async () => {
    const posts = random.shuffle(Array.from({ length: 50 }, () => repeated).flatMap((list) => list));
    const answers = await Promise.all(posts.map((post) => send(post)));
    assert.deepEqual(new Set(answers), new Set([200]));
    const states = await rehearsal.until((now) => now.returns.length === 1 && settled(now));
    assert.deepEqual(
      states.returns.map((one) => [one.documents.length, one.stage]),
      [[1, 'dropped_off']],
    );
  });
  const repeated = story(0);

  it('answers as the reply policy says', async () => {
    const body = JSON.stringify({ event: 'x' });
    const signed = { 'content-type': JSON_TYPE, 'x-hr-signature': sign(body) };
    assert.equal(await rehearsal.post('', {}, 'GET'), 405);
    assert.equal(await rehearsal.post(body, { 'content-type': JSON_TYPE }), 401);
    assert.equal(await rehearsal.post(body, { ...signed, 'x-hr-signature': [sign(body), sign(body)] }), 401);
    assert.equal(await rehearsal.post(body, { ...signed, 'x-hr-signature': sign(`${body} `) }), 401);
    assert.equal(await rehearsal.post('x'.repeat(300 * 1024), { 'content-type': JSON_TYPE }), 413);
    assert.equal(await rehearsal.post(body, signed), 200);
    assert.equal(await rehearsal.post('not json', { ...signed, 'x-hr-signature': sign('not json') }), 200);
    assert.equal(await rehearsal.post(body, { ...signed, 'x-hr-signature': sign(body, SECOND) }), 200);
    assert.equal(await rehearsal.post(body, { ...signed, 'content-type': 'text/plain' }), 200);
    const states = await rehearsal.until(settled);
    // The unknown event and the unreadable body are parked with an owner, each once.
    assert.deepEqual(states.exceptions.byOwner, { integration: 2 });
  });

  it(
    'T1: killed after the answer, it sends the return on at the next start',
    { timeout: 60_000 },
    async () => {
      // Without the ERP's answer the delivery cannot be settled before the kill.
      const posts = story(3);
      await Promise.all(posts.map((post) => send(post)));
      await rehearsal.killAndRestart();
      const number = world.orders[3]?.number;
      const states = await rehearsal.until(
        (now) =>
          now.returns.some(
            (one) => one.order === number && (one.documents.length === 1 || one.exception !== null),
          ),
        50_000,
      );
      assert.ok(states.returns.some((one) => one.order === number));
    },
  );

  it(
    '10,000 forged, truncated, repeated or missing signatures: none accepted',
    { timeout: 120_000 },
    async () => {
      const earlier = await rehearsal.states();
      const body = Buffer.from(JSON.stringify(story(1)[0]?.body));
      const good = sign(body);
      const forged = (at: number): string | string[] | undefined => {
        switch (at % 6) {
          case 0:
            return undefined;
          case 1:
            return good.slice(0, at % 64);
          case 2:
            return [good, good];
          case 3:
            return good.slice(0, -1) + (good.endsWith('0') ? '1' : '0');
          case 4:
            return sign(body, randomBytes(16).toString('hex'));
          default:
            return randomBytes(32).toString('hex');
        }
      };
      const answers = new Map<number, number>();
      for (let start = 0; start < 10_000; start += 100) {
        const batch = Array.from({ length: 100 }, (_, at) => {
          const signature = forged(start + at);
          return rehearsal.post(body, {
            'content-type': JSON_TYPE,
            ...(signature === undefined ? {} : { 'x-hr-signature': signature }),
          });
        });
        for (const answer of await Promise.all(batch)) answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
      assert.deepEqual([...answers], [[401, 10_000]]);
      assert.equal((await rehearsal.states()).returns.length, earlier.returns.length);
      const notices = rehearsal.nodeRed.log.match(/A webhook was refused/g) ?? [];
      assert.ok(notices.length < 50, `${notices.length} notices in the log`);
    },
  );

  it('10,000 mutated bodies with valid signatures: no crash, no 5xx', { timeout: 180_000 }, async () => {
    const text = JSON.stringify(story(2)[1]?.body);
    const pieces = ['{', '}', '[', ']', '"', ',', 'null', '1e999', '"__proto__":{"x":1},', '', '\\ud800'];
    const answers = new Map<number, number>();
    for (let start = 0; start < 10_000; start += 100) {
      const batch = Array.from({ length: 100 }, () => {
        const at = random.between(0, text.length);
        const body = Buffer.from(
          text.slice(0, at) + random.pick(pieces) + text.slice(at + random.between(0, 30)),
        );
        return rehearsal.post(body, { 'content-type': JSON_TYPE, 'x-hr-signature': sign(body) });
      });
      for (const answer of await Promise.all(batch)) answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    assert.deepEqual([...answers], [[200, 10_000]]);
    // Whatever could be read as an event goes its way: to a document or to an exception with an owner.
    const states = await rehearsal.until(settled, 120_000);
    assert.ok(states.exceptions.open > 0);
  });

  it('R221: no secret in flows, settings, log or the node’s own answers', async () => {
    const flows = await (await fetch(`${rehearsal.nodeRed.baseUrl}/flows`)).text();
    const visible = flows + rehearsal.nodeRed.log + JSON.stringify(await rehearsal.states());
    assert.ok(!visible.includes(SECRET) && !visible.includes(SECOND));
  });
});

describe('T4: what cannot be stored is not acknowledged', () => {
  it('answers 500 while another process has the store, and says so in one sentence', async () => {
    const rehearsal = await Rehearsal.start([]);
    const held = await openSqliteStore({
      file: join(rehearsal.nodeRed.userDir, 'returns-ledger', `store-${STORE}.db`),
    });
    try {
      await rehearsal.nodeRed.deploy(liveFlow());
      await rehearsal.nodeRed.waitForLog(
        /is in use by another Node-RED \(process \d+ on .+\)\. One store file serves one/,
      );
      const body = JSON.stringify({ event: 'x' });
      assert.equal(
        await rehearsal.post(body, { 'content-type': JSON_TYPE, 'x-hr-signature': sign(body) }),
        500,
      );
      assert.equal(
        await rehearsal.post(body, { 'content-type': JSON_TYPE, 'x-hr-signature': 'forged' }),
        401,
      );
    } finally {
      await held.close();
      await rehearsal.end();
    }
  });
});
