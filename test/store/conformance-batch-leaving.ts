import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isBatch } from '../../nodes/returns/batch';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { StoredBatch } from '../../nodes/store/batch';
import type { ReturnsStore } from '../../nodes/store/store';
import { close, group, join, memberLine, newMember, NODE, part, sealOne, takeSent } from '../support/batches';
import { intake, line, newEvent, NOW } from '../support/events';
import { exception, type OpenedStore } from './conformance';

/** What every driver must do about members that leave a batch: what leaves is sent, and may come again. */
export function batchLeavingConformance(name: string, open: () => Promise<OpenedStore>): void {
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
  describe(`${name}: members that leave a batch`, () => {
    contract(
      'R135: one that is expelled goes out with its exception, and may come again',
      async ({ store }) => {
        const [bad, good] = [newMember('BAD'), newMember('GOOD')];
        await join(store, bad);
        await join(store, good);
        const batch = await sealOne(store);
        const raised = exception('batch-member-invalid');
        const expulsions = [{ place: 1, exception: raised }];
        await store.expelMembers(batch.id, expulsions, 'send', NOW);
        await store.expelMembers(batch.id, expulsions, 'send', NOW);
        assert.deepEqual(await store.countLeft(batch.id), { expelled: 1, withdrawn: 0 });
        const closed = await close(store, batch);
        assert.equal(closed.totals.overall.members, 1);
        const taken = await takeSent(store);
        const sent = taken.filter(({ event }) => !isBatch(event));
        assert.deepEqual(
          sent.map(({ event, exception: why }) => [event.id, why?.code]),
          [[bad.event.id, 'batch-member-invalid']],
        );
        assert.deepEqual((sent[0]?.event as ReturnEvent).lines, bad.event.lines);
        assert.deepEqual(
          (await store.batchMembers(batch.id, { limit: 9 })).map((one) => one.return),
          ['GOOD'],
        );
        assert.deepEqual(await join(store, good), []);
        assert.equal((await join(store, bad)).length, 1);
      },
    );

    contract('where nobody would get it, it is parked, and can be resumed', async ({ store }) => {
      await join(store, newMember('BAD'));
      const batch = await sealOne(store);
      await store.expelMembers(
        batch.id,
        [{ place: 1, exception: exception('batch-member-invalid') }],
        'park',
        NOW,
      );
      await store.endEmptyBatch(batch.id, NOW);
      assert.equal((await store.batch(batch.id))?.state, 'empty');
      assert.deepEqual(await takeSent(store), []);
      assert.deepEqual(await store.countExceptions(), { open: 1, byOwner: { data: 1 } });
      const [resumed] = await store.resumeExceptions({ all: true }, 'router', NOW);
      await join(store, newMember('BAD'));
      await close(store, await sealOne(store));
      const parked = await store.parkedException(resumed?.id ?? '');
      assert.deepEqual([parked?.status, parked?.resolution], ['closed', 'batch TEST-1']);
      const last = (await store.exceptionHistory(resumed?.id ?? '')).at(-1);
      assert.deepEqual([last?.action, last?.note], ['closed by itself', 'batch TEST-1']);
    });

    contract('one that was withdrawn goes nowhere', async ({ store }) => {
      const rejected = newEvent({
        topic: 'return.rejected',
        returnId: 'A',
        order: { number: 'AC-A', id: null },
      });
      await join(store, newMember('A'));
      await store.accept(intake([rejected]));
      const batch = await sealOne(store);
      assert.equal((await store.membersToCheck(batch.id, 0, 9))[0]?.stage, 'rejected');
      await store.expelMembers(batch.id, [{ place: 1, exception: null }], 'send', NOW);
      assert.deepEqual(await store.countLeft(batch.id), { expelled: 0, withdrawn: 1 });
      assert.deepEqual(await takeSent(store), []);
    });

    contract('a batch that is dissolved sends its members one by one, each once', async ({ store }) => {
      const members = ['A', 'B', 'C'].map((id) => newMember(id));
      for (const member of members) await join(store, member);
      const batch = await sealOne(store);
      assert.equal(await store.releaseMembers(batch.id, 2, NOW), 1);
      assert.equal((await store.batch(batch.id))?.state, 'sealed');
      assert.equal(await store.releaseMembers(batch.id, 2, NOW), 0);
      assert.equal((await store.batch(batch.id))?.state, 'dissolved');
      assert.deepEqual(
        (await takeSent(store)).map(({ event }) => event.id),
        members.map(({ event }) => event.id),
      );
      for (const member of members) assert.deepEqual(await join(store, member), []);
    });

    contract('of a return in two batches, dissolving one sends the goods of that one', async ({ store }) => {
      const member = newMember('A', {
        event: {
          lines: [line({ id: '1' }), line({ id: '2' })],
        },
      });
      const parts = ['1', '2'].map((id) =>
        part({ group: group({ warehouse: id }), lines: [memberLine({ id, warehouse: id })] }),
      );
      const [, second] = await join(store, { ...member, parts });
      await store.sealBatches([second?.id ?? ''], 'reset');
      await store.releaseMembers(second?.id ?? '', 9, NOW);
      const [sent] = await takeSent(store);
      assert.deepEqual(
        (sent?.event as ReturnEvent).lines.map(({ id }) => id),
        ['2'],
      );
    });

    contract('R132: the events of the members are read page by page', async ({ store }) => {
      const members = ['A', 'B', 'C'].map((name) => newMember(name));
      for (const member of members) await join(store, member);
      const { id } = await sealOne(store);
      const read: (string | undefined)[] = [];
      for (let after = 0; ; after += 2) {
        const page = await store.memberEvents(id, { after, limit: 2 });
        read.push(...page.map(({ event: of }) => of?.id));
        if (page.length < 2) break;
      }
      assert.deepEqual(
        read,
        members.map(({ event: of }) => of.id),
      );
      await store.expelMembers(id, [{ place: 2, exception: null }], 'send', NOW);
      const left = await store.memberEvents(id, { limit: 9 });
      assert.deepEqual(
        left.map(({ place }) => place),
        [1, 3],
      );
    });

    contract('R136: what the ERP refused goes out, and only that joins again', async ({ store }) => {
      const lines = [memberLine({ id: '1', value: 100 }), memberLine({ id: '2', value: 900 })];
      const member = newMember('A', { parts: [part({ lines })] });
      await join(store, member);
      await join(store, newMember('B'));
      const batch = await sealOne(store);
      const refusals = [{ place: 1, lines: ['2'], exception: exception('batch-line-refused') }];
      assert.deepEqual(await store.refuseMembers(batch.id, refusals, 'send', NOW), []);
      await close(store, batch);
      assert.deepEqual(await store.refuseMembers(batch.id, refusals, 'send', NOW), [1]);
      assert.deepEqual(await store.refuseMembers(batch.id, refusals, 'send', NOW), []);
      assert.deepEqual((await store.batchMembers(batch.id, { limit: 1 }))[0]?.refused, ['2']);
      const sent = (await takeSent(store)).filter(({ event }) => !isBatch(event));
      assert.deepEqual(
        sent.map(({ exception: why }) => why?.code),
        ['batch-line-refused'],
      );
      const [again] = await join(store, member);
      assert.deepEqual([again?.members, again?.minor], [1, 900]);
      assert.deepEqual(await join(store, member), []);
    });
  });

  describe(`${name}: members over time`, () => {
    it('R137: in random histories every unit is in one batch, once', async () => {
      const step = fc.oneof(
        fc.record({
          do: fc.constant('join' as const),
          return: fc.integer({ min: 0, max: 4 }),
          lines: fc.subarray(['1', '2', '3'], { minLength: 1 }),
          at: fc.integer({ min: 0, max: 9 }),
        }),
        fc.record({ do: fc.constant('close' as const) }),
        fc.record({ do: fc.constant('expel' as const) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const { store } = await open();
          try {
            await assertOnce(store, steps);
          } finally {
            await store.close();
          }
        }),
        { numRuns: name === 'postgres' ? 8 : 60 },
      );
    });
  });
}

type Step = { do: 'join'; return: number; lines: string[]; at: number } | { do: 'close' } | { do: 'expel' };

/** Every line that was ever told of is in one member: of a batch that was sent, or of one that waits. */
async function assertOnce(store: ReturnsStore, steps: readonly Step[]): Promise<void> {
  const told = new Set<string>();
  const all = new Map<string, ReturnType<typeof newMember>>();
  const joinLines = async (number: number, lines: string[], at: number): Promise<void> => {
    const time = new Date(Date.parse(NOW) + at * 60_000).toISOString();
    const member = newMember(`R${number}`, {
      event: { occurredAt: time, receivedAt: time },
      parts: [part({ lines: lines.map((id) => memberLine({ id })) })],
    });
    for (const id of lines) told.add(`R${number}/${id}`);
    all.set(member.event.id, member);
    await join(store, member);
  };
  const sealFirst = async (): Promise<StoredBatch | undefined> => {
    const [batch] = await store.pendingBatches(NODE);
    if (batch) await store.sealBatches([batch.id], 'command');
    return batch;
  };
  for (const one of steps) {
    if (one.do === 'join') {
      await joinLines(one.return, one.lines, one.at);
      continue;
    }
    const batch = await sealFirst();
    if (!batch) continue;
    if (one.do === 'expel') {
      const [first] = await store.membersToCheck(batch.id, 0, 1);
      const why = exception('batch-member-invalid');
      await store.expelMembers(batch.id, [{ place: first?.place ?? 0, exception: why }], 'send', NOW);
      // Resumed, it comes with the event that was expelled.
      for (const { event } of await takeSent(store)) {
        const member = all.get(event.id);
        if (member) await join(store, member);
      }
    }
    const left = await store.membersToCheck(batch.id, 0, 1);
    if (left.length > 0) await close(store, batch);
    else await store.endEmptyBatch(batch.id, NOW);
  }
  const counts = new Map<string, number>();
  for (const batch of await store.listBatches(NODE, { limit: 1000 })) {
    for (const { return: number, lines } of await store.batchMembers(batch.id, { limit: 1000 })) {
      for (const { id } of lines) counts.set(`${number}/${id}`, (counts.get(`${number}/${id}`) ?? 0) + 1);
    }
  }
  for (const unit of told) assert.equal(counts.get(unit), 1, unit);
  assert.equal(counts.size, told.size);
}
