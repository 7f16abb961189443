import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import { unsettled, type ReturnStates } from '../../scripts/returns-table';
import { Rehearsal, type FlowNode } from '../support/rehearsal';

type Returned = ReturnStates['returns'][number];

const FLOW = join(ROOT, 'test', 'flows', 'd365-goods-arrive.json');
const kindsOf = (one: Returned): string[] => one.documents.map(({ kind }) => kind).sort();
const received = (all: ReturnStates): Returned[] =>
  all.returns.filter((one) => kindsOf(one).includes('item-arrival'));

describe('example: Happy Returns to Dynamics 365, goods arrive', () => {
  const id = (key: string): string => `rl09${key}`;
  let rehearsal: Rehearsal;
  const states = (wanted: (all: ReturnStates) => boolean): Promise<ReturnStates> =>
    rehearsal.until(wanted, 60_000, id('store0000001'));

  before(async () => {
    rehearsal = await Rehearsal.start(JSON.parse(readFileSync(FLOW, 'utf8')) as FlowNode[]);
  });
  after(() => rehearsal.end());

  it('R86: nothing arrives before the warehouse says so', { timeout: 120_000 }, async () => {
    await rehearsal.nodeRed.inject(id('send00000001'));
    const all = await states((now) => now.returns.length === 26 && unsettled(now) === 0);
    assert.equal(all.returns.filter((one) => kindsOf(one).includes('return-order')).length, 24);
    assert.deepEqual(received(all), []);
  });

  it('R102: each return’s goods are registered once when they do', { timeout: 120_000 }, async () => {
    await rehearsal.nodeRed.inject(id('arrive000001'));
    const all = await states((now) => unsettled(now) === 0 && received(now).length === 24);
    for (const one of received(all)) {
      assert.deepEqual(kindsOf(one), ['item-arrival', 'return-order'], one.return);
    }
    assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
  });

  it(
    'R150: what was mended goes on, and its goods are registered as well',
    { timeout: 120_000 },
    async () => {
      await rehearsal.nodeRed.inject(id('unblock00001'));
      await rehearsal.nodeRed.inject(id('resume000001'));
      const all = await states((now) => unsettled(now) === 0 && received(now).length === 25);
      assert.equal(all.returns.filter((one) => kindsOf(one).length === 2).length, 25);
    },
  );

  it('is the same after a hard stop', { timeout: 120_000 }, async () => {
    await rehearsal.killAndRestart();
    assert.equal(received(await states((now) => unsettled(now) === 0)).length, 25);
  });
});
