import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BATCH_TOPIC, batchKey, type ClosedBatch } from '../../nodes/returns/batch';
import type { ExceptionCode } from '../../nodes/returns/exception-catalogue';
import type { AnyDelivery, ReturnsStore } from '../../nodes/store/store';
import { batchesIn, close, join, newMember, NODE, sealOne, takeSent } from '../support/batches';
import { NOW } from '../support/events';
import { exception, LATER, type OpenedStore } from './conformance';

const at = (minutes: number): string => new Date(Date.parse(NOW) + minutes * 60_000).toISOString();

/** What every driver must do about a whole batch that is held and resumed. */
export function batchHoldingConformance(name: string, open: () => Promise<OpenedStore>): void {
  const contract = (title: string, work: (opened: OpenedStore) => Promise<void>): void => {
    it(title, async () => {
      const opened = await open();
      try {
        await work(opened);
      } finally {
        await opened.store.close();
      }
    });
  };
  describe(`${name}: a batch that is held as a whole`, () => {
    contract('a batch that is parked keeps its members for as long as it is open', async ({ store }) => {
      await join(store, newMember('A'));
      const payload = await close(store, await sealOne(store));
      for (const delivery of await takeSent(store)) await store.settleDelivery(delivery.id, NOW);
      const message = JSON.stringify({ topic: BATCH_TOPIC, payload });
      const why = exception('erp-unauthorized');
      await store.parkException(
        { returnKey: batchKey(payload.id), router: 'router', exception: why, message },
        NOW,
      );
      const before = { settled: LATER, people: NOW };
      assert.equal((await store.prune(before)).members, 0);
      await store.resumeExceptions({ all: true }, NODE, NOW);
      assert.equal((await store.prune(before)).members, 0);
      const [again] = await takeSent(store);
      assert.deepEqual(batchesIn(again ? [again] : [])[0]?.members[0]?.lines.length, 1);
      await store.settleDelivery(again?.id ?? '', NOW);
      assert.equal((await store.prune(before)).members, 1);
    });

    contract('that was resumed and came through is done with, and goes with age', async ({ store }) => {
      const { batch, hold } = await heldBatch(store);
      const id = await hold('erp-unauthorized', at(0));
      assert.equal(await stateOf(store, id), 'open');
      await store.resumeExceptions({ ids: [id] }, NODE, at(1), 'anna');
      const [again] = await takeSent(store);
      assert.equal(await stateOf(store, id), 'resumed');
      await settle(store, again, at(2));
      await settle(store, again, at(3));
      assert.deepEqual(await said(store, id), [
        'flow | raised',
        'anna | resumed',
        `flow | closed by itself | batch ${batch.number} went through its flow`,
      ]);
      assert.equal((await store.prune({ settled: LATER, people: NOW })).exceptions, 1);
      assert.equal(await store.parkedException(id), null);
    });

    contract('and is held again, for that or for something else, is not done with', async ({ store }) => {
      const { hold } = await heldBatch(store);
      const first = await hold('erp-unauthorized', at(0));
      await store.resumeExceptions({ ids: [first] }, NODE, at(1));
      const [second] = await takeSent(store);
      await hold('erp-unauthorized', at(2));
      await settle(store, second, at(3));
      assert.equal(await stateOf(store, first), 'open');
      await store.resumeExceptions({ ids: [first] }, NODE, at(4));
      const [third] = await takeSent(store);
      const other = await hold('erp-unavailable', at(5));
      await settle(store, third, at(6));
      assert.deepEqual([await stateOf(store, first), await stateOf(store, other)], ['resumed', 'open']);
      await store.resumeExceptions({ ids: [other] }, NODE, at(7));
      const [fourth] = await takeSent(store);
      await settle(store, fourth, at(8));
      assert.deepEqual([await stateOf(store, first), await stateOf(store, other)], ['closed', 'closed']);
    });

    contract('is not done with while a delivery of it is under way or waits', async ({ store }) => {
      await join(store, newMember('A'));
      const payload = await close(store, await sealOne(store));
      const [first] = await takeSent(store);
      const { id } = await store.parkException(parkedBatch(payload, 'erp-unauthorized'), at(0));
      await store.resumeExceptions({ ids: [id] }, NODE, at(1));
      // The delivery in which it was held ends after it was resumed.
      await settle(store, first, at(2));
      assert.equal(await stateOf(store, id), 'resumed');
      const [again] = await takeSent(store);
      await store.postponeDelivery(again?.id ?? '', { dueAt: at(0), waitsOn: null, reasons: [] }, at(3));
      assert.equal(await stateOf(store, id), 'resumed');
      const [waited] = await takeSent(store);
      assert.equal(waited?.id, again?.id);
      await settle(store, waited, at(4));
      assert.equal(await stateOf(store, id), 'closed');
    });

    contract('for what concerns others too brings those on as well', async ({ store }) => {
      const ids: string[] = [];
      for (const name of ['A', 'B']) {
        await join(store, newMember(name));
        const payload = await close(store, await sealOne(store));
        ids.push((await store.parkException(parkedBatch(payload, 'erp-unauthorized'), at(0))).id);
      }
      for (const delivery of await takeSent(store)) await settle(store, delivery, at(0));
      const [first = '', second = ''] = ids;
      await store.resumeExceptions({ ids: [first] }, NODE, at(1));
      const [again] = await takeSent(store);
      await settle(store, again, at(2));
      assert.deepEqual([await stateOf(store, first), await stateOf(store, second)], ['closed', 'resumed']);
    });
  });
}

interface Held {
  batch: ClosedBatch;
  /** Holds it under a code; resolves to the id of its exception. */
  hold: (code: ExceptionCode, now: string) => Promise<string>;
}

/** A batch of one return whose first delivery has ended. */
async function heldBatch(store: ReturnsStore): Promise<Held> {
  await join(store, newMember('A'));
  const batch = await close(store, await sealOne(store));
  for (const delivery of await takeSent(store)) await settle(store, delivery, NOW);
  const hold: Held['hold'] = async (code, now) =>
    (await store.parkException(parkedBatch(batch, code), now)).id;
  return { batch, hold };
}

function parkedBatch(
  payload: ClosedBatch,
  code: ExceptionCode,
): Parameters<ReturnsStore['parkException']>[0] {
  const message = JSON.stringify({ topic: BATCH_TOPIC, payload, documents: [] });
  return { returnKey: batchKey(payload.id), router: 'router', exception: exception(code), message };
}

function settle(store: ReturnsStore, delivery: AnyDelivery | undefined, now: string): Promise<void> {
  assert.ok(delivery);
  return store.settleDelivery(delivery.id, now);
}

async function stateOf(store: ReturnsStore, id: string): Promise<string | undefined> {
  return (await store.parkedException(id))?.status;
}

async function said(store: ReturnsStore, id: string): Promise<string[]> {
  const history = await store.exceptionHistory(id);
  return history.map(({ who, action, note }) =>
    [who, action, ...(action === 'closed by itself' ? [note] : [])].join(' | '),
  );
}
