import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import register from '../../nodes/flow/returns-gate';
import { gateText } from '../../nodes/flow/gate-status';
import { defineNode, type NodeBehaviour } from '../../nodes/runtime/define-node';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import type { ReturnTopic } from '../../nodes/returns/event';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { z } from 'zod';
import { fakeNodeRed, type FakeNode } from '../support/fake-node-red';
import { keyOf, told } from '../support/gate-rig';

interface NodeRig {
  store: ReturnsStore;
  node: FakeNode;
  take: (message: NodeMessage) => Promise<(NodeMessage | null | undefined)[]>;
  end: (removed?: boolean) => Promise<void>;
}

async function withNode(
  config: Record<string, unknown>,
  test: (rig: NodeRig) => Promise<void>,
): Promise<void> {
  const store = await openMemoryStore();
  const { RED, make } = fakeNodeRed();
  defineNode(RED, {
    type: 'returns-store',
    config: z.object({}),
    start: () => ({ open: () => Promise.resolve(store) }) as NodeBehaviour,
  });
  register(RED);
  const storeNode = make('returns-store', {});
  const node = make('returns-gate', { store: storeNode.id, ...config });
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
    await store.close();
  }
}

const messageOf = (topic: ReturnTopic, name = 'A'): NodeMessage => ({ topic, payload: told(topic, name) });

describe('the node Return Gate', () => {
  it('stores what comes before it is done, and sends nothing itself', async () => {
    await withNode({}, async ({ take, store, node }) => {
      assert.deepEqual(await take(messageOf('return.received')), []);
      assert.equal((await store.gateReturn(node.id, keyOf('A')))?.phase, 'held');
      assert.deepEqual(await take(messageOf('return.accepted')), []);
      assert.equal((await store.countDeliveries(node.id)).open, 1);
    });
  });

  it('R97, R98: answers commands at output 4', async () => {
    await withNode({ policy: 'on-scan' }, async ({ take, store }) => {
      await take(messageOf('return.started'));
      await take(messageOf('return.dropped_off', 'B'));
      await store.recordHalf({
        returnKey: keyOf('B'),
        half: 'credit',
        connectionId: 'erp',
        brand: 'acme-shoes',
        returnNumber: 'B',
        orderNumber: 'AC-B',
        document: '900',
        amount: { minor: -2500, currency: 'GBP' },
        at: new Date().toISOString(),
        dueAt: null,
      });
      const ask = async (command: string, payload: object = {}): Promise<unknown> =>
        (await take({ command, payload }))[3]?.['payload'];
      const { held, released } = (await ask('status')) as { held: number; released: number };
      assert.deepEqual([held, released], [1, 1]);
      const { returns } = (await ask('list', { phase: 'held' })) as { returns: Record<string, unknown>[] };
      assert.deepEqual(
        [returns[0]?.['return'], returns[0]?.['waitsFor'], returns[0]?.['policy']],
        ['A', 'handover', 'on-scan'],
      );
      const [exposure] = (await ask('exposure')) as { count: number; amount: string }[];
      assert.deepEqual([exposure?.count, exposure?.amount], [1, '25.00 GBP']);
      const { creditsWithoutGoods } = (await ask('unpaired')) as {
        creditsWithoutGoods: { document: string }[];
      };
      assert.deepEqual(
        creditsWithoutGoods.map(({ document }) => document),
        ['900'],
      );
      const [shown] = (await ask('show', { return: 'B' })) as {
        events: object[];
        refund: { stage: string };
      }[];
      assert.deepEqual([shown?.events.length, shown?.refund.stage], [1, 'credited']);
      await assert.rejects(ask('open'), /msg\.command can be status, list, show, exposure, unpaired/);
      await assert.rejects(ask('list', { limit: 0 }), /msg\.payload\.limit does not fit: list takes phase/);
    });
  });

  it('refuses what is no return, and says where it is to be wired', async () => {
    await withNode({}, async ({ take }) => {
      await assert.rejects(take({ payload: 'x' }), /wire this node behind one of the pack’s In nodes/);
    });
  });

  it('does not take a wait without a limit', async () => {
    await withNode({ inspectionDays: 0 }, ({ node }) => {
      assert.match(node.errors.join(), /inspectionDays: must be more than 0, so that nobody waits for ever/);
      assert.match(JSON.stringify(node.statuses), /check the settings/);
      return Promise.resolve();
    });
  });

  it('serves no answers without a key, and says so', async () => {
    await withNode({ answers: true }, ({ node }) => {
      assert.match(node.warnings.join(), /enter a key of 16 characters or more/);
      return Promise.resolve();
    });
  });

  it('warns of what it holds when it is deleted', async () => {
    await withNode({}, async ({ take, node, end }) => {
      await take(messageOf('return.received'));
      await end(true);
      assert.match(node.warnings.join(), /1 returns wait at it.*stay in the returns store/s);
    });
  });
});

describe('the status of the Return Gate', () => {
  const out = (minor: number, currency = 'GBP', rejected = 0): Parameters<typeof gateText>[1][number] => ({
    brand: 'a',
    currency,
    count: 1,
    minor,
    ages: [],
    rejected: { count: 1, minor: rejected },
  });

  it('R98: says what waits, what is over its limit, and what is out', () => {
    assert.equal(
      gateText({ held: 12, released: 0, overLimit: 1 }, [out(124_050)]),
      '12 held, 1 over · £1,240 out',
    );
    assert.equal(
      gateText({ held: 3, released: 0, overLimit: 1 }, [out(500)]),
      '3 held, 1 over limit · £5 out',
    );
    assert.equal(gateText({ held: 12, released: 0, overLimit: 0 }, []), '12 held');
    assert.equal(gateText({ held: 0, released: 0, overLimit: 0 }, []), 'nothing waits');
    assert.equal(
      gateText({ held: 0, released: 3, overLimit: 0 }, [out(500), out(700, 'EUR')]),
      '3 released · 2 currencies out',
    );
    assert.equal(gateText({ held: 2, released: 0, overLimit: 0 }, [out(500, 'JPY')]), '2 held · 500 JPY out');
  });

  it('R94: tells apart what was rejected after its credit, as long as there is place', () => {
    const none = { held: 0, released: 0, overLimit: 0 };
    assert.equal(gateText(none, [out(500, 'GBP', 2500)]), 'nothing waits · £5 out');
    assert.equal(gateText(none, [out(0, 'GBP', 2500)]), 'nothing waits · £25 rejected');
    assert.equal(gateText({ ...none, held: 3 }, [out(500, 'GBP', 2500)]), '3 held · £5 out, £25 rejected');
    assert.equal(
      gateText({ ...none, held: 1234, overLimit: 12 }, [out(0, 'GBP', 123_456_700)]),
      '1234 held, 12 over limit',
    );
  });
});
