import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import register from '../../nodes/flow/returns-batch-aggregator';
import { isBatch } from '../../nodes/returns/batch';
import type { ReturnException } from '../../nodes/returns/exception';
import { defineNode, type NodeBehaviour } from '../../nodes/runtime/define-node';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import type { DeferredMember } from '../../nodes/store/batch';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { accepted } from '../support/batch-rig';
import { brightpearlRig } from '../support/brightpearl-rig';
import { line, NOW } from '../support/events';
import { fakeNodeRed, type FakeNode } from '../support/fake-node-red';

interface NodeRig {
  store: ReturnsStore;
  node: FakeNode;
  /** What came out, by output. */
  take: (message: NodeMessage) => Promise<(NodeMessage | null | undefined)[]>;
  /** Stops the node; it is stopped at the end in any case. */
  end: (removed?: boolean) => Promise<void>;
}

async function withNode(
  { config = {}, connector = {} }: { config?: Record<string, unknown>; connector?: object },
  test: (rig: NodeRig) => Promise<void>,
): Promise<void> {
  const store = await openMemoryStore();
  const { RED, make } = fakeNodeRed();
  const paths: string[] = [];
  RED.httpAdmin = { all: () => undefined, post: () => undefined, get: (path) => void paths.push(path) };
  RED.auth = { needsPermission: () => () => undefined };
  const define = (type: string, behaviour: object): void =>
    defineNode(RED, { type, config: z.object({}), start: (): NodeBehaviour => ({ ...behaviour }) });
  define('returns-store', { open: () => Promise.resolve(store) });
  define('rig-account', {
    connector: () =>
      Promise.resolve('label' in connector ? connector : { label: 'Books of ACME', ...connector }),
    store: () => Promise.resolve(store),
  });
  register(RED);
  assert.equal(paths.length, 2);
  const storeNode = make('returns-store', {});
  const account = make('rig-account', {});
  const node = make('returns-batch-aggregator', {
    store: storeNode.id,
    erp: 'brightpearl',
    brightpearl: account.id,
    ...config,
  });
  let ended = false;
  const end = async (removed = false): Promise<void> => {
    if (!ended) await node.end(removed);
    ended = true;
  };
  const take: NodeRig['take'] = async (message) => {
    const { error, times, sent } = await node.take(message);
    assert.equal(times, 1);
    if (error instanceof Error) throw error;
    return (sent[0] ?? []) as (NodeMessage | null)[];
  };
  try {
    await test({ store, node, take, end });
  } finally {
    await end();
    await storeNode.end();
    await account.end();
    await store.close();
  }
}

const messageOf = (name: string, change: Parameters<typeof accepted>[1] = {}): NodeMessage => {
  const event = accepted(name, change);
  return { topic: event.topic, payload: event, other: { untouched: true } };
};

/** Two returns of two months are collected, and their batches closed: state, members and posting date of each. */
async function batchesOf(take: NodeRig['take']): Promise<unknown[][]> {
  await take(messageOf('FEBRUARY'));
  const march = '2026-03-01T10:00:00.000Z';
  await take(messageOf('MARCH', { occurredAt: march, receivedAt: march }));
  const [, , answer] = await take({ command: 'flush' });
  type Batches = { batches: { state: string; members: number; postingDate: string | null }[] };
  const { batches } = answer?.['payload'] as Batches;
  return batches.map(({ state, members, postingDate }) => [state, members, postingDate]);
}

describe('the node Batch Aggregator', () => {
  it('keeps a return that is for a batch, passes others on, and sends problems to output 2', async () => {
    await withNode({ config: { requireValue: true } }, async ({ take }) => {
      assert.deepEqual(await take(messageOf('A')), []);
      const early = messageOf('B', { topic: 'return.started' });
      assert.equal((await take(early))[0], early);
      const worthless = messageOf('C', { lines: [line()] });
      const [, problem] = await take(worthless);
      assert.equal(problem, worthless);
      assert.equal((problem['exception'] as ReturnException).code, 'batch-value-missing');
      assert.deepEqual(problem['other'], { untouched: true });
      const status: NodeMessage = { command: 'status' };
      const [, , answer] = await take(status);
      assert.equal(answer, status);
      const { batches } = answer['payload'] as { batches: { members: number }[] };
      assert.deepEqual(
        batches.map(({ members }) => members),
        [1],
      );
      await assert.rejects(take({ payload: { no: 'return' } }), { code: 'message-invalid' });
      await assert.rejects(take({ command: 'dance' }), { code: 'command-invalid' });
    });
  });

  it('R163: asks the ERP for its closed periods before it closes', async () => {
    const connector = { closedUntil: () => Promise.resolve('2026-02-28') };
    await withNode({ config: { closedPeriod: 'park' }, connector }, async ({ take }) => {
      await take(messageOf('A'));
      const [, , answer] = await take({ command: 'flush' });
      const { batches } = answer?.['payload'] as { batches: { state: string }[] };
      assert.deepEqual(
        batches.map(({ state }) => state),
        ['empty'],
      );
    });
  });

  it('R164, R166: defers what is closed, and the command deferred lists it with value and both dates', async () => {
    const connector = { closedUntil: () => Promise.resolve('2026-02-28') };
    await withNode({ config: { closedPeriod: 'defer' }, connector }, async ({ take }) => {
      await take(messageOf('A'));
      await take({ command: 'flush' });
      const payload = { from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
      const [, , answer] = await take({ command: 'deferred', payload });
      const { deferred } = answer?.['payload'] as { deferred: DeferredMember[] };
      assert.deepEqual(
        deferred.map(({ return: number, minor, currency, date, postingDate }) => [
          number,
          minor,
          currency,
          date,
          postingDate,
        ]),
        [['A', 2500, 'GBP', '2026-02-20', '2026-03-01']],
      );
    });
  });

  it('R163: park: the lock of a Brightpearl account keeps its days out of batches, for finance', async () => {
    const { connector, simulator } = await brightpearlRig();
    simulator.dials.periodLockedUntil = '2026-02-28';
    await withNode({ config: { closedPeriod: 'park' }, connector }, async ({ take, store, node }) => {
      assert.deepEqual(await batchesOf(take), [
        ['empty', 0, null],
        ['closed', 1, '2026-03-01'],
      ]);
      const sent = await store.takeAnyDeliveries(node.id, { each: 9 }, NOW);
      const raised = sent.flatMap(({ exception }) => (exception ? [exception] : []));
      assert.deepEqual(
        raised.map(({ code, owner, about }) => [code, owner, about.returnNumber]),
        [['period-closed', 'finance', 'FEBRUARY']],
      );
      assert.match(
        raised[0]?.summary ?? '',
        /belongs to 2026-02-20, and the books are closed until 2026-02-28/,
      );
      assert.deepEqual(node.warnings, []);
    });
  });

  it('R164: defer: what is locked in a Brightpearl account is posted on its first open day', async () => {
    const { connector, simulator } = await brightpearlRig();
    simulator.dials.periodLockedUntil = '2026-02-28';
    await withNode({ config: { closedPeriod: 'defer' }, connector }, async ({ take, store, node }) => {
      assert.deepEqual(await batchesOf(take), [
        ['closed', 1, '2026-03-01'],
        ['closed', 1, '2026-03-01'],
      ]);
      const sent = await store.takeAnyDeliveries(node.id, { each: 9 }, NOW);
      const members = sent.flatMap(({ event }) => (isBatch(event) ? event.members : []));
      assert.deepEqual(members.map((one) => [one.return, one.originalDate]).sort(), [
        ['FEBRUARY', '2026-02-20'],
        ['MARCH', null],
      ]);
    });
  });

  it('says so where the ERP cannot tell them', async () => {
    await withNode({}, async ({ take, node }) => {
      for (const name of ['A', 'B']) {
        await take(messageOf(name));
        await take({ command: 'flush' });
      }
      const [, , answer] = await take({ command: 'list' });
      const { batches } = answer?.['payload'] as { batches: { number: string; members: number }[] };
      assert.deepEqual(batches.map(({ number, members }) => [number, members]).sort(), [
        ['BATCH-000001', 1],
        ['BATCH-000002', 1],
      ]);
      assert.deepEqual(node.warnings, [
        'Books of ACME does not tell which periods are closed yet; only the day in the dialog counts',
      ]);
    });
  });

  it('warns when it is removed with returns in it', async () => {
    await withNode({ config: { name: 'Nightly' } }, async ({ take, node, end }) => {
      await take(messageOf('A'));
      await end(true);
      assert.match(node.warnings[0] ?? '', /Nightly was removed while 1 returns wait in 1 of its batches/);
    });
  });
});
