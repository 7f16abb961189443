import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BATCH_TOPIC, isBatch, type ClosedBatch } from '../../nodes/returns/batch';
import type { PostedDocument } from '../../nodes/returns/event';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { exception } from '../store/conformance';
import { batchesIn, close, join, newMember, sealOne, takeSent } from '../support/batches';
import { NOW } from '../support/events';
import { routerRig } from '../support/router-rig';

/** A closed batch of two returns, as its first delivery brings it. */
async function sentBatch(store: ReturnsStore): Promise<ClosedBatch> {
  for (const name of ['A', 'B']) await join(store, newMember(name));
  await close(store, await sealOne(store));
  const taken = await takeSent(store);
  for (const { id } of taken) await store.settleDelivery(id, NOW);
  const [batch] = batchesIn(taken);
  assert.ok(batch);
  assert.equal(batch.members.length, 2);
  return batch;
}

function document(references: PostedDocument['references']): PostedDocument {
  const number = references['return'] ?? 'J-1';
  return {
    system: 'erp',
    kind: 'return-order',
    number,
    id: null,
    references,
    status: null,
    amount: null,
    postedAt: NOW,
  };
}

/** Resolves when the next delivery is settled. */
function nextSettled(store: ReturnsStore): Promise<void> {
  const settle = store.settleDelivery.bind(store);
  return new Promise((resolve, reject) => {
    store.settleDelivery = async (id, now) => {
      await settle(id, now).then(resolve, reject);
    };
  });
}

describe('a whole batch that the Exception Router parks', () => {
  it('is kept without its members and without what was posted for each of them, with what all are worth', async () => {
    const store = await openMemoryStore();
    const payload = await sentBatch(store);
    const rig = await routerRig({}, { store });
    const documents = [document({ batch: payload.number, return: 'A' }), document({ batch: payload.number })];
    const message: NodeMessage = {
      topic: BATCH_TOPIC,
      payload,
      documents,
      exception: exception('erp-unauthorized'),
    };
    const { error } = await rig.node.take(message);
    assert.equal(error, undefined);
    const [parked] = await store.listExceptions({ limit: 9 });
    assert.ok(parked);
    assert.equal(parked.returnKey, `batch/${payload.id}`);
    const kept = JSON.parse(parked.message) as { payload: ClosedBatch; documents: PostedDocument[] };
    assert.deepEqual([kept.payload.members, kept.payload.totals], [[], payload.totals]);
    assert.deepEqual(
      kept.documents.map(({ number }) => number),
      ['J-1'],
    );
    assert.deepEqual(parked.value, { minor: 5000, currency: 'GBP' });
    // The message that goes on to its owner is as it came.
    assert.equal(payload.members.length, 2);
    assert.equal(documents.length, 2);
    await rig.end();
    await store.close();
  });

  it('is resumed with its members, and closes by itself when its flow is done, whoever posts it', async () => {
    const store = await openMemoryStore();
    const payload = await sentBatch(store);
    const rig = await routerRig({}, { store });
    await rig.node.take({ topic: BATCH_TOPIC, payload, exception: exception('erp-unauthorized') });
    const [{ id } = { id: '' }] = await store.listExceptions({ limit: 9 });
    const edit = store.editException(id, { returnNumber: 'X' }, { who: 'anna', at: NOW });
    await assert.rejects(edit, /a whole batch: correct the returns in it one by one/);
    const settled = nextSettled(store);
    await rig.ask('resume', { id });
    const [again] = await rig.until(0, 1);
    const batch = again?.['payload'] as object;
    assert.ok(isBatch(batch));
    assert.deepEqual(
      batch.members.map((member) => member.return),
      ['A', 'B'],
    );
    await settled;
    assert.equal((await store.parkedException(id))?.status, 'closed');
    const history = await store.exceptionHistory(id);
    assert.deepEqual(
      history.map(({ action }) => action),
      ['raised', 'resumed', 'closed by itself'],
    );
    assert.equal(history.at(-1)?.note, `batch ${payload.number} went through its flow`);
    await rig.end();
    await store.close();
  });
});
