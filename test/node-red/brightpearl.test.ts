import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../scripts/node-red-process';
import { unsettled, type ReturnStates } from '../../scripts/returns-table';
import { Rehearsal, type FlowNode } from '../support/rehearsal';

type Returned = ReturnStates['returns'][number];

function example(name: string): FlowNode[] {
  return JSON.parse(readFileSync(join(ROOT, 'examples', `${name}.json`), 'utf8')) as FlowNode[];
}

const kindsOf = (one: Returned): string[] => one.documents.map(({ kind }) => kind).sort();

describe('example: Happy Returns to Brightpearl, credit at the scan', () => {
  const flow = example('happy-returns-to-brightpearl');
  const id = (key: string): string => `rl02${key}`.padEnd(16, '0').slice(0, 16);
  let rehearsal: Rehearsal;
  const states = (wanted: (all: ReturnStates) => boolean): Promise<ReturnStates> =>
    rehearsal.until(wanted, 60_000, id('store'));

  before(async () => {
    rehearsal = await Rehearsal.start(flow);
  });
  after(() => rehearsal.end());

  it(
    'R91: credits each return once at the scan, and parks what cannot be',
    { timeout: 120_000 },
    async () => {
      await rehearsal.nodeRed.inject(id('send'));
      const all = await states((now) => now.returns.length === 26 && unsettled(now) === 0);
      const credited = all.returns.filter((one) => one.documents.length > 0);
      assert.equal(credited.length, 24);
      for (const one of credited) assert.deepEqual(kindsOf(one), ['sales-credit']);
      const held = all.returns.flatMap(({ exception }) => exception?.code ?? []);
      assert.deepEqual(held.sort(), ['order-unknown', 'sku-blocked']);
      assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
    },
  );

  it(
    'R92, R115: books the goods in when they arrive, each on its credit, into quarantine',
    { timeout: 120_000 },
    async () => {
      await rehearsal.nodeRed.inject(id('arrive'));
      const all = await states(
        (now) =>
          unsettled(now) === 0 &&
          now.returns.filter((one) => kindsOf(one).includes('goods-in')).length === 24,
      );
      for (const one of all.returns.filter(({ documents }) => documents.length > 0)) {
        assert.deepEqual(kindsOf(one), ['goods-in', 'sales-credit'], one.return);
      }
    },
  );

  it(
    'R150: what was mended goes on where it stopped, and is credited once',
    { timeout: 120_000 },
    async () => {
      await rehearsal.nodeRed.inject(id('unblock'));
      await rehearsal.nodeRed.inject(id('resume'));
      const all = await states((now) => now.exceptions.open === 1 && unsettled(now) === 0);
      const blocked = all.returns.filter((one) => one.documents.length > 0);
      assert.equal(blocked.length, 25);
    },
  );

  it('is the same after a hard stop', { timeout: 120_000 }, async () => {
    await rehearsal.killAndRestart();
    const all = await states((now) => unsettled(now) === 0);
    assert.equal(all.returns.filter((one) => one.documents.length > 0).length, 25);
  });
});

describe('example: Happy Returns to Brightpearl, credit when accepted', () => {
  const flow = example('happy-returns-to-brightpearl-on-accepted');
  const id = (key: string): string => `rl03${key}`.padEnd(16, '0').slice(0, 16);
  let rehearsal: Rehearsal;

  before(async () => {
    rehearsal = await Rehearsal.start(flow);
  });
  after(() => rehearsal.end());

  it(
    'R86, R87: nothing is posted at the scan; credit, invoice and goods when accepted',
    { timeout: 180_000 },
    async () => {
      await rehearsal.nodeRed.inject(id('send'));
      const sent = await rehearsal.until(
        (now) => now.returns.length === 26 && unsettled(now) === 0,
        60_000,
        id('store'),
      );
      assert.equal(sent.returns.filter((one) => one.documents.length > 0).length, 0);
      await rehearsal.nodeRed.inject(id('arrive'));
      const all = await rehearsal.until(
        (now) =>
          unsettled(now) === 0 && now.returns.filter((one) => one.documents.length === 3).length === 24,
        120_000,
        id('store'),
      );
      for (const one of all.returns.filter(({ documents }) => documents.length > 0)) {
        assert.deepEqual(kindsOf(one), ['credit-invoice', 'goods-in', 'sales-credit']);
      }
      assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
    },
  );
});

/** A button of the sandbox that the example does not have. */
function button(flow: readonly FlowNode[], id: string, command: string, payload: unknown): FlowNode {
  const sandbox = flow.find(({ type }) => type === 'returns-sandbox');
  return {
    id,
    type: 'inject',
    z: String(sandbox?.['z']),
    props: [
      { p: 'command', v: command, vt: 'str' },
      { p: 'payload', v: JSON.stringify(payload), vt: 'json' },
    ],
    wires: [[sandbox?.id]],
  };
}

describe('S2 F1, R112, R155: a locked order in a real Node-RED', () => {
  const flow = example('happy-returns-to-brightpearl').map((node) =>
    node.type === 'brightpearl-account' ? { ...node, stateFirstMinutes: 0.05 } : node,
  );
  const LOCKED = 'AC-50005';
  const store = 'rl02store0000000';
  let rehearsal: Rehearsal;

  before(async () => {
    const lock = { order: LOCKED, shown: 'invoice-pending' };
    rehearsal = await Rehearsal.start([
      ...flow,
      button(flow, 'lockbutton000001', 'lock', lock),
      button(flow, 'unlockbutton0001', 'unlock', { order: LOCKED }),
    ]);
  });
  after(() => rehearsal.end());

  it(
    'waits in the store while the others are credited, and is credited once it opens',
    {
      timeout: 180_000,
    },
    async () => {
      await rehearsal.nodeRed.inject('lockbutton000001');
      await rehearsal.nodeRed.inject('rl02send00000000');
      const locked = (now: ReturnStates): Returned | undefined =>
        now.returns.find(({ order }) => order === LOCKED);
      const waiting = await rehearsal.until(
        (now) => now.returns.length === 26 && now.deliveries.waiting === 1 && unsettled(now) === 1,
        60_000,
        store,
      );
      assert.deepEqual([locked(waiting)?.documents, locked(waiting)?.exception], [[], null]);
      assert.equal(waiting.returns.filter((one) => one.documents.length > 0).length, 23);
      await rehearsal.nodeRed.inject('unlockbutton0001');
      const credited = await rehearsal.until((now) => unsettled(now) === 0, 60_000, store);
      assert.deepEqual(
        locked(credited)?.documents.map(({ kind }) => kind),
        ['sales-credit'],
      );
    },
  );
});
