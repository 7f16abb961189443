import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import type { ReturnStates } from '../../scripts/returns-table';
import { booksOf, kindsOf, LIFECYCLES, withBooks } from '../support/d365-lifecycle';
import { Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const LIMIT = { timeout: 180_000 };

for (const [example, lifecycle] of Object.entries(LIFECYCLES)) {
  describe(`example: ${example}`, () => {
    const flow = JSON.parse(readFileSync(join(ROOT, 'examples', example), 'utf8')) as FlowNode[];
    const store = flow.find(({ type }) => type === 'returns-store')?.id ?? '';
    let rehearsal: Rehearsal;
    const press = async (name: string): Promise<void> => {
      const button = flow.find((node) => node.type === 'inject' && node['name'] === name);
      await rehearsal.nodeRed.inject(button?.id ?? name);
    };
    const until = (wanted: (states: ReturnStates) => boolean): Promise<ReturnStates> =>
      rehearsal.until(wanted, 150_000, store);
    before(async () => {
      rehearsal = await Rehearsal.start(withBooks(flow));
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
    });
    after(() => rehearsal.end());

    it(
      'R86: announces every return once, and credits nothing before its goods are there',
      LIMIT,
      async () => {
        await press('Send 25 returns');
        const states = await until((now) => now.returns.length === 26 && settled(now));
        assert.equal(states.returns.filter((one) => kindsOf(one).join() === 'return-order').length, 24);
        assert.equal(states.exceptions.open, 2);
      },
    );

    it(
      'R102, R113, R124: posts everything of each return once when they are, to the penny',
      LIMIT,
      async () => {
        await press('Goods arrive and are accepted');
        if (lifecycle.inspect !== null) {
          await until(
            ({ returns }) => returns.filter((one) => kindsOf(one).includes('item-arrival')).length === 24,
          );
          await press(lifecycle.inspect);
        }
        const states = await until(
          (now) => now.returns.every(({ stage }) => stage === 'accepted') && settled(now),
        );
        assert.equal(states.exceptions.open, 2);
        lifecycle.check(states, await booksOf(rehearsal.nodeRed.baseUrl, lifecycle));
        assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
      },
    );
  });
}
