import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closedBatchOf } from '../../nodes/d365/batch-delivery';
import { BatchIntake } from '../../nodes/d365/batch-intake';
import type { PostingSummary } from '../../nodes/d365/post-batch';
import { batchKey, type ClosedBatch } from '../../nodes/returns/batch';
import type { PostedDocument } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import { asLedgerError } from '../../nodes/returns/failure';
import type { NodeMessage, SendValue } from '../../nodes/runtime/node-red';
import { storedMessage } from '../../nodes/runtime/raise-exception';
import { StatusLine } from '../../nodes/runtime/status';
import { openMemoryStore } from '../../nodes/store/sqlite';
import {
  d365BatchRig,
  POLICY,
  returnOfOrder,
  returnsOf,
  troubled,
  type D365BatchRig,
} from '../support/d365-batch-rig';
import { fakeNodeRed } from '../support/fake-node-red';

interface Taken {
  sent: SendValue[];
  statuses: string[];
}

/** What the node does with a batch, without Node-RED. */
async function take(
  rig: D365BatchRig,
  message: NodeMessage,
  parts: { store?: D365BatchRig['store']; together?: number; abort?: AbortController } = {},
): Promise<Taken> {
  const { RED } = fakeNodeRed();
  const sent: SendValue[] = [];
  const statuses: string[] = [];
  let now = 0;
  const status = new StatusLine(
    { status: ({ text }) => void statuses.push(text ?? '') },
    () => (now += 5000),
  );
  const { signal } = parts.abort ?? new AbortController();
  const node = {
    RED,
    id: 'node-1',
    label: 'create',
    info: () => undefined,
    warn: () => undefined,
    signal,
    status,
  };
  const connection = {
    connector: () => Promise.resolve(rig.connector),
    store: () => Promise.resolve(parts.store ?? rig.store),
  };
  const intake = new BatchIntake(
    node,
    connection,
    { policy: () => POLICY, saw: () => undefined },
    parts.together ?? 50,
    rig.time,
  );
  const batch = closedBatchOf(message);
  assert.ok(batch);
  await rig.run(intake.take(message, batch, (value) => void sent.push(value)));
  status.close();
  return { sent, statuses };
}

function messageOf(batch: ClosedBatch): NodeMessage {
  return { topic: 'batch.closed', payload: batch, documents: [] };
}

/** What was sent, by output. */
function outputs({ sent }: Taken): { on: NodeMessage[]; exceptions: NodeMessage[] } {
  const of = (output: number): NodeMessage[] =>
    sent.flatMap((row) => {
      const message = (row as (NodeMessage | null)[])[output];
      return message ? [message] : [];
    });
  return { on: of(0), exceptions: of(1) };
}

describe('D365 Create Return Order takes a closed batch', () => {
  it('R132, R136: one message goes on, with a document for each member and totals that reconcile', async () => {
    const rig = await d365BatchRig({ orders: 39 });
    try {
      const odd = returnOfOrder(troubled(rig.world, 'unknown'));
      const batch = await rig.batchOf([...returnsOf(rig.world, 39), odd]);
      const message = messageOf(batch);
      const taken = await take(rig, message, { together: 10 });
      const { on, exceptions } = outputs(taken);
      assert.deepEqual([on.length, on[0] === message, exceptions.length], [1, true, 0]);
      const posting = message['posting'] as PostingSummary;
      assert.deepEqual(posting.counts, { closed: 40, posted: 39, refused: 1, byHand: 0 });
      const { closed, posted, refused } = posting;
      assert.equal(posted.overall.value + refused.overall.value, closed.overall.value);
      const documents = message['documents'] as PostedDocument[];
      assert.deepEqual(
        posting.members?.map(({ return: name, number }) => [name, number]),
        batch.members
          .filter(({ returnKey }) => !returnKey.includes(odd.returnId))
          .map(({ return: name }) => [
            name,
            documents.find(({ references }) => references['return'] === name)?.number,
          ]),
      );
      assert.ok(documents.every(({ references }) => references['batch'] === batch.number));
      assert.ok(
        taken.statuses.some((text) => /^30 of 40 posted$/.test(text)),
        taken.statuses.join(),
      );
      assert.equal(taken.statuses.at(-1), '39 posted, 1 refused');
      const [parked] = (await rig.sent()).returns;
      assert.equal(parked?.exception?.code, 'order-unknown');
    } finally {
      await rig.end();
    }
  });

  it('without members in the message the documents are not in it either, and the batch lists them', async () => {
    const rig = await d365BatchRig({ orders: 5, config: { membersInMessage: 0 } });
    try {
      const message = messageOf(await rig.batchOf(returnsOf(rig.world, 5)));
      await take(rig, message);
      assert.deepEqual(message['documents'], []);
      const posting = message['posting'] as PostingSummary;
      assert.deepEqual([posting.members, posting.counts.posted], [null, 5]);
    } finally {
      await rig.end();
    }
  });

  it('R159: nothing could bring the message back, so it is looked up here', async () => {
    const rig = await d365BatchRig({ orders: 8 });
    try {
      const message = messageOf(await rig.batchOf(returnsOf(rig.world, 8)));
      await rig.run(rig.connector.ready());
      rig.simulator.dials.dropAfterCommitNext = 1;
      const { on } = outputs(await take(rig, message));
      assert.equal(on.length, 1);
      assert.equal(rig.simulator.observer.returnOrders().length, 8);
    } finally {
      await rig.end();
    }
  });

  it('an amount that Dynamics 365 changed is an exception of its return alone, which is posted', async () => {
    const rig = await d365BatchRig({ orders: 4 });
    try {
      const batch = await rig.batchOf(returnsOf(rig.world, 4));
      const { connector } = rig;
      let changed = '';
      const create = connector.createReturnOrders.bind(connector);
      connector.createReturnOrders = async (...of) => {
        const outcomes = await create(...of);
        const [first] = outcomes;
        if (first && 'outcome' in first && first.outcome === 'posted') {
          changed = first.document.number;
          first.mismatch = { code: 'amount-mismatch', what: 'expected 1.00, it has 2.00', lines: [] };
        }
        return outcomes;
      };
      const { on, exceptions } = outputs(await take(rig, messageOf(batch)));
      assert.equal((on[0]?.['posting'] as PostingSummary).counts.posted, 4);
      assert.deepEqual(
        exceptions.map((one) => [
          (one['exception'] as ReturnException).code,
          (one['documents'] as PostedDocument[]).map(({ number }) => number),
        ]),
        [['amount-mismatch', [changed]]],
      );
      assert.deepEqual((await rig.sent()).returns, []);
    } finally {
      await rig.end();
    }
  });

  it('a batch of another store is an exception that says what to do, and nothing is posted', async () => {
    const rig = await d365BatchRig({ orders: 3 });
    const other = await openMemoryStore();
    try {
      const message = messageOf(await rig.batchOf(returnsOf(rig.world, 3)));
      const { on, exceptions } = outputs(await take(rig, message, { store: other }));
      assert.equal(on.length, 0);
      const exception = exceptions[0]?.['exception'] as ReturnException;
      assert.equal(exception.code, 'node-misconfigured');
      assert.match(exception.summary, /choose the store of the Batch Aggregator/);
      assert.equal(rig.simulator.observer.returnOrders().length, 0);
    } finally {
      await other.close();
      await rig.end();
    }
  });

  it('a batch that was held is resumed: what was posted is found, its exception is closed', async () => {
    const rig = await d365BatchRig({ orders: 6 });
    try {
      const batch = await rig.batchOf(returnsOf(rig.world, 6));
      await rig.run(rig.connector.ready());
      rig.simulator.dials.unavailableNext = 1000;
      const held = messageOf(batch);
      const { exceptions } = outputs(await take(rig, held, { together: 3 }));
      const exception = exceptions[0]?.['exception'] as ReturnException;
      assert.equal(exception.code, 'erp-unavailable');
      assert.match(exception.summary, new RegExp(`batch ${batch.number}, 0 of 6 posted`));
      const message = storedMessage(held);
      const parked = { returnKey: batchKey(batch.id), router: 'r', exception, message };
      const { id } = await rig.store.parkException(parked, new Date(rig.time.clock.now()).toISOString());
      rig.simulator.dials.unavailableNext = 0;
      await rig.run(rig.time.wait(120_000));
      await rig.store.resumeExceptions({ ids: [id] }, 'r', new Date(rig.time.clock.now()).toISOString());
      // As the router keeps it: the members are in the store.
      const { on } = outputs(await take(rig, messageOf({ ...batch, members: [] })));
      assert.equal((on[0]?.['posting'] as PostingSummary).counts.posted, 6);
      assert.equal((await rig.store.countExceptions()).open, 0);
      const last = (await rig.store.exceptionHistory(id)).at(-1);
      assert.deepEqual([last?.action, last?.note], ['closed by itself', `batch ${batch.number} is posted`]);
    } finally {
      await rig.end();
    }
  });

  it('a node that closes in the middle leaves the batch to come again', async () => {
    const rig = await d365BatchRig({ orders: 6 });
    try {
      const batch = await rig.batchOf(returnsOf(rig.world, 6));
      const abort = new AbortController();
      abort.abort();
      const thrown = await take(rig, messageOf(batch), { abort }).catch(asLedgerError);
      assert.equal('code' in thrown && thrown.code, 'wait-aborted');
    } finally {
      await rig.end();
    }
  });

  it('what only looks like a batch is refused with the field', () => {
    const odd = { topic: 'batch.closed', payload: { kind: 'batch', schema: 1, id: '' } };
    assert.throws(() => closedBatchOf(odd), /msg\.payload\.id is not what a closed batch holds/);
    assert.equal(closedBatchOf({ payload: { schema: 1 } }), null);
    assert.equal(closedBatchOf({ payload: 'batch' }), null);
  });
});
