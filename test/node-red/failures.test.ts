import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  aggregate,
  createReturn,
  DEFAULT_WORDS,
  type Post,
  type SimulatedReturn,
} from '../../nodes/sandbox/happy-returns/generator';
import { createWorld, seededRandom } from '../../nodes/sandbox/world';
import { changed, exampleFlow, Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const SECRET = 'a-webhook-secret-for-this-test';
const RETURNS = 40;
/** 5 %, and as many as may be under way at a time: they take every place before a good one comes. */
const FAILING = 2;

/** Example 1 with a live account, the sandbox's ERP, and no more places than there are failing returns. */
function narrowFlow(): FlowNode[] {
  const live = changed(exampleFlow(), 'happy-returns-account', {
    environment: 'live',
    credentials: { secret: SECRET, secondSecret: '' },
  });
  return changed(live, 'happy-returns-in', { window: FAILING });
}

function withUnknownItem(simulated: SimulatedReturn): SimulatedReturn {
  const units = simulated.units.map((unit) => ({ ...unit, line: { ...unit.line, sku: 'NO-SUCH-42' } }));
  return { ...simulated, units };
}

describe('R140: failures beside the main flow', () => {
  it(
    'R140: with 5 % failing the good ones all post, and none waits behind a failing one',
    { timeout: 90_000 },
    async () => {
      const world = createWorld({ seed: 1 });
      const [random, used] = [seededRandom(42), new Set<string>()];
      const returns = world.orders.slice(0, RETURNS).map((order, at) => {
        const simulated = createReturn(world, random, { orders: [order] }, used);
        return at < FAILING ? withUnknownItem(simulated) : simulated;
      });
      assert.equal(returns.length, RETURNS);
      const posts = (typeID: string): Post[] =>
        returns.flatMap((one) => aggregate(world, one, [{ event: 'return_status_updated', typeID }]));
      const rehearsal = await Rehearsal.start([]);
      try {
        await rehearsal.nodeRed.deploy(narrowFlow());
        await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
        // One after another, the failing ones first: deliveries go out in the order in which they came.
        for (const post of [...posts(DEFAULT_WORDS.started), ...posts(DEFAULT_WORDS.droppedOff)]) {
          const body = Buffer.from(JSON.stringify(post.body));
          const signature = createHmac('sha256', SECRET).update(body).digest('hex');
          const status = await rehearsal.post(body, {
            'content-type': 'application/json',
            'x-hr-signature': signature,
          });
          assert.equal(status, 200);
        }
        const states = await rehearsal.until((now) => now.returns.length === RETURNS && settled(now));
        const failing = new Set(returns.slice(0, FAILING).map(({ expressCode }) => expressCode));
        const [bad, good] = [true, false].map((fails) =>
          states.returns.filter((one) => failing.has(one.return) === fails),
        );
        assert.ok(bad && good);
        assert.equal(good.length, RETURNS - FAILING);
        for (const one of good)
          assert.deepEqual([one.documents.length, one.exception], [1, null], one.return);
        assert.equal(new Set(good.map(({ documents }) => documents[0]?.number)).size, good.length);
        assert.deepEqual(
          bad.map((one) => [one.documents.length, one.exception?.code]),
          Array.from({ length: FAILING }, () => [0, 'sku-unknown']),
        );
        assert.deepEqual(states.exceptions, { open: FAILING, byOwner: { data: FAILING } });
        assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
      } finally {
        await rehearsal.end();
      }
    },
  );
});
