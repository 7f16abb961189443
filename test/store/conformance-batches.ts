import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBatch, type ClosedBatch } from '../../nodes/returns/batch';
import type { StoredBatch } from '../../nodes/store/batch';
import {
  batchesIn,
  close,
  group,
  join,
  memberLine,
  newMember,
  NODE,
  part,
  pendingOne,
  sealOne,
  takeSent,
  terms,
} from '../support/batches';
import { NOW } from '../support/events';
import { LATER, type OpenedStore } from './conformance';
import { batchHoldingConformance } from './conformance-batch-holding';
import { batchLeavingConformance } from './conformance-batch-leaving';

/** What every driver must do about batches: each member is in one of them, once, and closing is one step. */
export function batchConformance(name: string, open: () => Promise<OpenedStore>): void {
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
  describe(`${name}: batches and their members`, () => {
    contract('a return opens the batch of its group, and the next one joins it', async ({ store }) => {
      const [first] = await join(store, newMember('A'));
      const [second] = await join(store, newMember('B'), LATER);
      assert.deepEqual(
        [first?.id === second?.id, second?.members, second?.minor, second?.openedAt, second?.dueAt],
        [true, 2, 5000, NOW, '2026-02-20T10:15:00.000Z'],
      );
      assert.deepEqual(second?.group, group());
      const other = newMember('C', { parts: [part({ group: group({ currency: 'EUR' }) })] });
      assert.notEqual((await join(store, other))[0]?.id, first?.id);
      assert.deepEqual(await store.pendingBatches('another'), []);
      const members = await store.batchMembers(first?.id ?? '', { limit: 10 });
      assert.deepEqual(
        members.map(({ place, return: number, order, value, currency, date, originalDate }) => [
          place,
          number,
          order,
          value,
          currency,
          date,
          originalDate,
        ]),
        [
          [1, 'A', 'AC-A', 2500, 'GBP', '2026-02-20', null],
          [2, 'B', 'AC-B', 2500, 'GBP', '2026-02-20', null],
        ],
      );
      assert.equal((await store.batchMembers(first?.id ?? '', { after: 1, limit: 10 }))[0]?.return, 'B');
    });

    contract('R137: the same event again, however often and in one go, is one member', async ({ store }) => {
      const member = newMember('A');
      const results = await Promise.all(
        Array.from({ length: 20 }, () => store.joinBatches([member, member], NOW)),
      );
      assert.equal(results.flat().filter(({ kind }) => kind === 'joined').length, 1);
      assert.equal((await pendingOne(store)).members, 1);
    });

    contract(
      'a number of members, or a value, seals a batch, and never is it exceeded',
      async ({ store }) => {
        const three = terms({ mostMembers: 3 });
        await Promise.all(
          Array.from({ length: 10 }, (_, at) =>
            store.joinBatches([newMember(`R${at}`, { terms: three })], NOW),
          ),
        );
        const batches = await store.pendingBatches(NODE);
        assert.deepEqual(
          batches.map(({ state, members, why }) => `${state} ${members} ${why ?? ''}`).sort(),
          ['open 1 ', 'sealed 3 count', 'sealed 3 count', 'sealed 3 count'],
        );
        const worth = terms({ mostMinor: (currency) => (currency === 'EUR' ? 6000 : null) });
        const euro = [part({ group: group({ currency: 'EUR' }) })];
        for (const id of ['X', 'Y', 'Z']) {
          await join(store, newMember(id, { terms: worth, parts: euro }));
        }
        const inEuro = (await store.pendingBatches(NODE)).filter((one) => one.group.currency === 'EUR');
        assert.deepEqual(
          inEuro.map(({ state, minor, why }) => [state, minor, why]),
          [['sealed', 7500, 'value']],
        );
      },
    );

    contract('a sum never grows so large that it is not exact', async ({ store }) => {
      const huge = [part({ lines: [memberLine({ value: 2 ** 50 })] })];
      for (const id of ['A', 'B']) await join(store, newMember(id, { parts: huge }));
      assert.deepEqual(
        (await store.pendingBatches(NODE)).map(({ state, members }) => [state, members]).sort(),
        [
          ['open', 1],
          ['sealed', 1],
        ],
      );
    });

    contract('a return with lines of two groups is in two batches', async ({ store }) => {
      const lines = [memberLine({ id: '1', warehouse: 'N' }), memberLine({ id: '2', warehouse: 'S' })];
      const parts = lines.map((line) =>
        part({ group: group({ warehouse: line.warehouse ?? '' }), lines: [line] }),
      );
      const member = newMember('A', { parts });
      assert.equal((await join(store, member)).length, 2);
      assert.deepEqual(await join(store, member), []);
      assert.deepEqual(
        (await store.pendingBatches(NODE)).map(({ members }) => members),
        [1, 1],
      );
    });

    contract(
      'a later event takes the place of the earlier one while its batch is open, and waits no longer for it',
      async ({ store }) => {
        await join(store, newMember('A'));
        const later = newMember('A', {
          event: { occurredAt: LATER, receivedAt: LATER },
          parts: [part({ group: group({ currency: 'EUR' }), lines: [memberLine({ value: 100 })] })],
        });
        const [moved] = await join(store, later, LATER);
        assert.deepEqual(
          [moved?.group.currency, moved?.members, moved?.minor, moved?.openedAt],
          ['EUR', 1, 100, NOW],
        );
        assert.equal((await pendingOne(store)).id, moved?.id);
        const early = newMember('A', { event: { occurredAt: '2026-02-19T00:00:00.000Z' } });
        assert.deepEqual(await join(store, early, LATER), []);
      },
    );

    contract('is closed in one step: number, delivery, and no member after it', async ({ store }) => {
      await join(store, newMember('A'));
      const batch = await sealOne(store);
      assert.deepEqual(await store.sealBatches([batch.id, 'b_unknown'], 'age'), []);
      const woken: (string | null)[] = [];
      store.onWake((source) => void woken.push(source));
      assert.equal((await close(store, batch)).number, 'TEST-1');
      assert.ok(woken.includes(NODE));
      const found = await store.batch(batch.id);
      assert.deepEqual(
        [found?.state, found?.number, found?.closedAt, found?.postingDate, found?.why],
        ['closed', 'TEST-1', NOW, '2026-02-20', 'command'],
      );
      await assert.rejects(close(store, batch), /not closed/);
      const [delivery, ...more] = await takeSent(store);
      assert.ok(delivery && isBatch(delivery.event) && more.length === 0);
      assert.deepEqual([delivery.attempt, delivery.exception, delivery.documents], [1, null, []]);
      assert.deepEqual(
        delivery.event.members.map((member) => member.return),
        ['A'],
      );
      assert.equal(delivery.event.totals.overall.value, 2500);
      assert.notEqual((await join(store, newMember('B')))[0]?.id, batch.id);
      await store.settleDelivery(delivery.id, NOW);
      assert.deepEqual(batchesIn(await takeSent(store)), []);
      await sealOne(store);
      const next = (await store.pendingBatches(NODE))[0];
      assert.ok(next);
      assert.equal((await close(store, next)).number, 'TEST-2');
    });

    contract('closes with the members that were counted, or not at all', async ({ store }) => {
      await join(store, newMember('A'));
      const batch = await sealOne(store);
      const make = (): never => assert.fail('it must not be closed');
      const how = { members: 2, deferredUntil: null, make };
      assert.equal(await store.closeBatch(batch.id, how, NOW), false);
      assert.equal((await store.batch(batch.id))?.state, 'sealed');
    });

    contract('what was emitted and not settled is emitted again, with its members', async (opened) => {
      await join(opened.store, newMember('A'));
      await close(opened.store, await sealOne(opened.store));
      assert.equal(batchesIn(await takeSent(opened.store)).length, 1);
      const again = opened.reopen ? await opened.reopen() : opened.store;
      await again.releaseDeliveries(NODE);
      const [batch] = batchesIn(await takeSent(again));
      assert.equal(batch?.members[0]?.return, 'A');
      if (opened.reopen) await again.close();
    });

    contract('more members than a message is to hold stay in the store', async ({ store }) => {
      for (const id of ['A', 'B', 'C']) await join(store, newMember(id));
      const batch = await sealOne(store);
      await close(store, batch, { membersIncluded: false });
      assert.deepEqual(batchesIn(await takeSent(store))[0]?.members, []);
      assert.equal((await store.batchMembers(batch.id, { limit: 2 })).length, 2);
      await store.releaseDeliveries(NODE);
      await assert.rejects(store.takeDeliveries(NODE, { each: 9 }, NOW), /sends batches/);
      assert.equal((await store.countDeliveries(NODE)).open, 1);
    });

    contract(
      'a member of a batch that was sent joins none again; what is new of it does',
      async ({ store }) => {
        const member = newMember('A');
        await join(store, member);
        await close(store, await sealOne(store));
        assert.deepEqual(await join(store, member), []);
        const later = { occurredAt: LATER, receivedAt: LATER };
        assert.deepEqual(await join(store, newMember('A', { event: later })), []);
        const both = [part({ lines: [memberLine(), memberLine({ id: '2', value: 700 })] })];
        const [next] = await join(store, newMember('A', { event: later, parts: both }));
        assert.deepEqual([next?.members, next?.minor], [1, 700]);
        const everyEvent = newMember('A', { event: later, rule: 'event' });
        assert.equal((await join(store, everyEvent))[0]?.members, 2);
      },
    );
  });

  describe(`${name}: what is asked about batches`, () => {
    contract('R197: where a return waits, and until when', async ({ store }) => {
      const member = newMember('A');
      await join(store, member);
      const batch = await pendingOne(store);
      const asked = { id: batch.id, number: null, state: 'open', joinedAt: NOW, closedAt: null };
      assert.deepEqual(await store.batchesOfReturn(member.returnKey), [{ ...asked, dueAt: batch.dueAt }]);
      await store.setBatchDue(batch.id, LATER);
      assert.equal((await store.batchesOfReturn(member.returnKey))[0]?.dueAt, LATER);
      await close(store, await sealOne(store));
      const [after] = await store.batchesOfReturn(member.returnKey);
      assert.deepEqual([after?.number, after?.state, after?.closedAt], ['TEST-1', 'closed', NOW]);
      assert.deepEqual(await store.batchesOfReturn('unknown'), []);
      assert.deepEqual(
        (await store.listBatches(NODE, { limit: 9 })).map(({ number }) => number),
        ['TEST-1'],
      );
    });

    contract('R166: what was deferred, with value and both dates', async ({ store }) => {
      await join(store, newMember('MARCH', { day: '2026-03-30' }));
      await join(store, newMember('APRIL', { day: '2026-04-01' }));
      const batch = await sealOne(store);
      const totals = (await store.membersToCheck(batch.id, 0, 9)).length;
      const made: ClosedBatch = {
        ...(await closedLike(batch)),
        postingDate: '2026-04-01',
      };
      const closing = { members: totals, deferredUntil: '2026-03-31', make: () => made };
      assert.ok(await store.closeBatch(batch.id, closing, NOW));
      const wanted = { from: NOW, to: LATER, limit: 9 };
      assert.deepEqual(await store.deferredMembers(NODE, wanted), [
        {
          batch: 'TEST-7',
          returnKey: newMember('MARCH').returnKey,
          return: 'MARCH',
          order: 'AC-MARCH',
          date: '2026-03-30',
          postingDate: '2026-04-01',
          minor: 2500,
          currency: 'GBP',
        },
      ]);
      assert.deepEqual(await store.deferredMembers(NODE, { ...wanted, offset: 1 }), []);
      assert.deepEqual(await store.deferredMembers(NODE, { ...wanted, to: NOW }), []);
      const members = await store.batchMembers(batch.id, { limit: 9 });
      assert.deepEqual(
        members.map(({ date, originalDate }) => [date, originalDate]),
        [
          ['2026-03-30', '2026-03-30'],
          ['2026-04-01', null],
        ],
      );
    });

    contract('upkeep keeps what waits, and that a return was in a batch', async ({ store }) => {
      const [sent, waits] = [newMember('SENT'), newMember('WAITS')];
      await join(store, sent);
      const batch = await sealOne(store);
      await close(store, batch);
      await join(store, waits);
      const before = { settled: LATER, people: NOW };
      // Its delivery is not settled, so everything stays.
      assert.deepEqual((({ events, members }) => [events, members])(await store.prune(before)), [1, 0]);
      for (const delivery of await takeSent(store)) await store.settleDelivery(delivery.id, NOW);
      assert.equal((await store.prune(before)).members, 1);
      assert.equal((await store.prune(before)).members, 0);
      assert.deepEqual(await join(store, sent), []);
      const [member] = await store.batchMembers(batch.id, { limit: 9 });
      assert.deepEqual([member?.value, member?.date, member?.lines], [2500, '2026-02-20', []]);
      const [open] = await store.pendingBatches(NODE);
      assert.ok(open);
      await store.sealBatches([open.id], 'command');
      await close(store, open);
      const [again] = batchesIn(await takeSent(store));
      assert.equal(again?.members[0]?.lines.length, 1);
    });
  });

  batchLeavingConformance(name, open);
  batchHoldingConformance(name, open);

  async function closedLike(batch: StoredBatch): Promise<ClosedBatch> {
    const { store } = await open();
    await join(store, newMember('X'));
    const other = await sealOne(store);
    const made = await close(store, other);
    await store.close();
    return { ...made, id: batch.id, number: 'TEST-7' };
  }
}
