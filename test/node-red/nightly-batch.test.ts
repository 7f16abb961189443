import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import { changed, Rehearsal, settled, type FlowNode } from '../support/rehearsal';
import type { ReturnStates } from '../../scripts/returns-table';

const STORE = 'rl04store0000000';
const BATCHES = '/returns-ledger/returns-batch-aggregator/rl04aggregator00/batches';

interface Batch {
  id: string;
  number: string;
  state: string;
  members: number;
}

interface Member {
  return: string;
  refused: string[] | null;
  posted: { kind: string; number: string }[];
}

function exampleFlow(): FlowNode[] {
  return JSON.parse(readFileSync(join(ROOT, 'examples', 'nightly-batch.json'), 'utf8')) as FlowNode[];
}

function withDocuments({ returns }: ReturnStates): number {
  return returns.filter(({ documents }) => documents.length > 0).length;
}

/** Every second answer to a write is lost, and each webhook in ten comes twice. */
for (const [title, faults] of [
  ['as it is imported', {}],
  [
    'with lost answers, and webhooks that come twice',
    { duplicates: 10, reorder: 10, dropShare: 50, seed: 5 },
  ],
] as const) {
  describe(`R217: the nightly batch in a real Node-RED, ${title}`, () => {
    let rehearsal: Rehearsal;
    const flow = changed(exampleFlow(), 'returns-sandbox', faults);
    const press = async (name: string): Promise<void> => {
      const button = flow.find((node) => node.type === 'inject' && node['name'] === name);
      await rehearsal.nodeRed.inject(button?.id ?? name);
    };
    const until = (wanted: (states: ReturnStates) => boolean): Promise<ReturnStates> =>
      rehearsal.until(wanted, 90_000, STORE);
    const batches = async (): Promise<Batch[]> =>
      (await rehearsal.nodeRed.admin<{ batches: Batch[] }>(BATCHES)).batches;
    const members = async ({ id }: Batch): Promise<Member[]> =>
      (await rehearsal.nodeRed.admin<{ members: Member[] }>(`${BATCHES}/${id}/members`)).members;

    before(async () => {
      rehearsal = await Rehearsal.start(flow);
      await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
    });
    after(() => rehearsal.end());

    it('R132, R136: nothing is posted before the batch is closed; then 24 are, and one parks alone', async () => {
      await press('Send 25 returns');
      await until((now) => now.returns.length === 26 && settled(now));
      await press('Goods arrive and are accepted');
      const before = await until(
        (now) => now.returns.every(({ stage }) => stage === 'accepted') && settled(now),
      );
      assert.equal(withDocuments(before), 0);
      await press('Close the batch now');
      const states = await until((now) => withDocuments(now) === 24 && settled(now));
      assert.deepEqual(states.returns.flatMap(({ exception }) => exception?.code ?? []).sort(), [
        'order-unknown',
        'sku-blocked',
      ]);
      const numbers = states.returns.flatMap(({ documents }) => documents.map(({ number }) => number));
      assert.deepEqual([numbers.length, new Set(numbers).size], [24, 24]);
    });

    it('R133: the batch lists its members, each with its return order or its refusal', async () => {
      const [batch, ...others] = await batches();
      assert.ok(batch && others.length === 0);
      assert.deepEqual([batch.number, batch.state, batch.members], ['NIGHT-000001', 'closed', 25]);
      const listed = await members(batch);
      assert.equal(listed.length, 25);
      assert.equal(listed.filter(({ posted }) => posted[0]?.kind === 'return-order').length, 24);
      assert.equal(listed.filter(({ refused }) => refused !== null).length, 1);
    });

    it('R141, R150: mended and resumed, the rest goes into the next batch and is posted once', async () => {
      await press('Take the stop off STOP-42-RED');
      await press('Resume everything');
      await until((now) => now.exceptions.open === 0 && settled(now));
      await press('Close the batch now');
      const states = await until(
        (now) => withDocuments(now) === 25 && now.exceptions.open === 1 && settled(now),
      );
      assert.deepEqual(states.exceptions.byOwner, { 'customer service': 1 });
      assert.deepEqual(
        (await batches()).map(({ number, members: count }) => [number, count]),
        [
          ['NIGHT-000002', 2],
          ['NIGHT-000001', 25],
        ],
      );
    });

    it('logs no error', () => assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/));
  });
}
