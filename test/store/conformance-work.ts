import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey } from '../../nodes/returns/event';
import type { Delivery, ReturnsStore, Wait } from '../../nodes/store/store';
import { event, intake, newEvent, NOW } from '../support/events';
import { document, exception, INTENT, LATER, type OpenedStore } from './conformance';

const DUE = '2026-02-20T10:15:00.000Z';

const REASON: Wait = { at: NOW, by: 'd365-create-return-order', code: 'x', class: 'transient', what: 'down' };

/** What every driver must do about work that waits, that is shared, and that grows old. */
export function workConformance(
  name: string,
  open: (options?: { maxBytes?: number }) => Promise<OpenedStore>,
): void {
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
  const take = async (store: ReturnsStore, now = NOW): Promise<Delivery[]> =>
    store.takeDeliveries('in-1', { each: 100 }, now);

  describe(`${name}: work that waits`, () => {
    contract(
      'is not taken before its time, comes back with its history, and can be hastened',
      async ({ store }) => {
        await store.accept(intake([newEvent(), newEvent()]));
        const [first, second] = await take(store);
        assert.ok(first && second);
        for (const delivery of [first, second]) {
          await store.postponeDelivery(delivery.id, { dueAt: DUE, waitsOn: 'c1', reasons: [REASON] }, NOW);
        }
        assert.deepEqual(await store.countDeliveries('in-1'), {
          open: 0,
          emitted: 0,
          waiting: 2,
          nextDue: DUE,
        });
        assert.equal(await store.nextDue('in-1'), DUE);
        assert.deepEqual(await take(store, '2026-02-20T10:14:59.999Z'), []);
        const again = await take(store, DUE);
        assert.deepEqual(
          again.map(({ id, attempt, waits }) => [id, attempt, waits]),
          [
            [first.id, 2, [REASON]],
            [second.id, 2, [REASON]],
          ],
        );
        await store.postponeDelivery(first.id, { dueAt: LATER, waitsOn: 'c1', reasons: [REASON] }, DUE);
        await store.postponeDelivery(second.id, { dueAt: LATER, waitsOn: 'c2', reasons: [REASON] }, DUE);
        assert.deepEqual(await store.hastenDeliveries('c1', DUE), ['in-1']);
        assert.deepEqual(
          (await take(store, DUE)).map(({ id, waits }) => [id, waits.length]),
          [[first.id, 2]],
        );
      },
    );

    contract('T5: a due time that a wrong clock has written does not hold it for ever', async ({ store }) => {
      await store.accept(intake([newEvent()]));
      const [only] = await take(store);
      const wait = { dueAt: '2036-01-01T00:00:00.000Z', waitsOn: null, reasons: [REASON] };
      await store.postponeDelivery(only?.id ?? '', wait, NOW);
      assert.equal((await take(store)).length, 1);
    });

    contract(
      'what is settled is not postponed, and many waits keep the first and the last',
      async ({ store }) => {
        await store.accept(intake([newEvent(), newEvent()]));
        const [settled, patient] = await take(store);
        assert.ok(settled && patient);
        await store.settleDelivery(settled.id, NOW);
        await store.postponeDelivery(settled.id, { dueAt: NOW, waitsOn: null, reasons: [REASON] }, NOW);
        for (let tries = 1; tries <= 100; tries += 1) {
          const reasons = [{ ...REASON, what: `try ${tries}` }];
          await store.postponeDelivery(patient.id, { dueAt: NOW, waitsOn: null, reasons }, NOW);
          const [only, ...more] = await take(store);
          assert.deepEqual([only?.id, more.length], [patient.id, 0]);
          if (tries < 100) continue;
          assert.deepEqual([only?.waits[0]?.what, only?.waits.at(-1)?.what], ['try 1', 'try 100']);
          assert.ok((only?.waits.length ?? 0) <= 40);
        }
      },
    );

    contract('R160: a brand that has its share under way leaves room for the others', async ({ store }) => {
      const stuck = Array.from({ length: 5 }, () => newEvent({ brand: 'stuck' }));
      await store.accept(intake([...stuck, newEvent({ brand: 'quick' })]));
      const first = await store.takeDeliveries('in-1', { each: 3 }, NOW);
      assert.deepEqual(
        first.map((delivery) => delivery.brand),
        ['stuck', 'stuck', 'stuck'],
      );
      const next = await store.takeDeliveries('in-1', { each: 3, underWay: { stuck: 3 } }, NOW);
      assert.deepEqual(
        next.map((delivery) => delivery.brand),
        ['quick'],
      );
      const one = await store.takeDeliveries('in-1', { each: 3, underWay: { stuck: 2 } }, NOW);
      assert.equal(one.length, 1);
    });

    contract(
      'releases what is no longer followed, and wakes the source of what is opened',
      async ({ store }) => {
        const woken: (string | null)[] = [];
        const stop = store.onWake((source) => void woken.push(source));
        await store.accept(intake([newEvent(), newEvent()]));
        const [kept, lost] = await take(store);
        assert.ok(kept && lost);
        assert.equal(await store.releaseDeliveries('in-1', new Set([kept.id])), 1);
        assert.deepEqual(
          (await take(store)).map(({ id }) => id),
          [lost.id],
        );
        stop();
        assert.ok(woken.includes('in-1'));
      },
    );

    contract('carries the documents that the return has', async ({ store }) => {
      const one = newEvent();
      await store.accept(intake([one]));
      const intent = await store.beginIntent({ ...INTENT, returnKey: one.returnKey }, NOW);
      await store.completeIntent(intent.intentId, document('RMA-1'), NOW);
      assert.deepEqual((await take(store))[0]?.documents, [document('RMA-1')]);
    });
  });

  describe(`${name}: work that only one may do`, () => {
    contract('is done by one at a time for each name', async ({ store }) => {
      const order: string[] = [];
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const first = store.exclusive('order/1', async () => {
        order.push('begins');
        await held;
        order.push('ends');
      });
      const second = store.exclusive('order/1', () => Promise.resolve(order.push('second')));
      await store.exclusive('order/2', () => Promise.resolve(order.push('other')));
      release();
      await Promise.all([first, second]);
      assert.deepEqual(order, ['begins', 'other', 'ends', 'second']);
      const abort = new AbortController();
      const blocked = await new Promise<{ done: Promise<void> }>((begun) => {
        const done = store.exclusive('order/3', async () => {
          const wait = new Promise<void>((resolve) => (release = resolve));
          await new Promise(setImmediate);
          begun({ done });
          await wait;
        });
      });
      const given = store.exclusive('order/3', () => Promise.resolve(), abort.signal);
      abort.abort();
      release();
      await assert.rejects(given, { code: 'wait-aborted' });
      await blocked.done;
      store.assertAlive();
    });

    contract('an intent whose end could not be told is taken over, in doubt', async ({ store }) => {
      const begun = await store.beginIntent(INTENT, NOW);
      assert.equal((await store.beginIntent(INTENT, NOW)).state, 'busy');
      // A number that JSON cannot hold stands for any failure on the way to the database.
      const broken = { ...document('RMA-1'), amount: { minor: 1n as unknown as number, currency: 'USD' } };
      await assert.rejects(store.completeIntent(begun.intentId, broken, NOW));
      const next = await store.beginIntent(INTENT, LATER);
      assert.ok(next.state === 'resume');
      assert.deepEqual([next.doubtSince, (await store.beginIntent(INTENT, LATER)).state], [LATER, 'busy']);
    });
  });

  describe(`${name}: the newest event of a return`, () => {
    const at = (minute: number): string => `2026-02-20T10:${String(minute).padStart(2, '0')}:00.000Z`;
    const came = (received: number, occurred = received): { receivedAt: string; occurredAt: string } => ({
      receivedAt: at(received),
      occurredAt: at(occurred),
    });

    contract('is the one that happened last, in whatever order they came', async ({ store }) => {
      const times = [came(1), came(2), came(3, 0), came(4)];
      const events = times.map((time) => newEvent({ ...time, brand: 'any-order' }));
      const key = events[0]?.returnKey ?? '';
      const [first, second, late, last] = events;
      assert.ok(first && second && late && last);
      assert.equal(await store.latestEvent(key), null);
      for (const [one, newest] of [
        [second, second],
        [first, second],
        [late, second],
        [last, last],
        [second, last],
      ] as const) {
        await store.accept(intake([one]));
        assert.deepEqual(await store.latestEvent(key), newest.event);
      }
      assert.equal(await store.latestEvent(newEvent({ brand: 'other' }).returnKey), null);
    });

    contract('of those of one time is the one that came last', async ({ store }) => {
      const [first, second] = [newEvent(), newEvent({ topic: 'return.dropped_off' })];
      await store.accept(intake([first, second]));
      assert.deepEqual(await store.latestEvent(first.returnKey), second.event);
    });

    contract('is never later than it was received, whatever its platform’s clock says', async ({ store }) => {
      const [ahead, next] = [
        newEvent({ ...came(1), occurredAt: '2036-01-01T00:00:00.000Z' }),
        newEvent(came(2)),
      ];
      for (const one of [ahead, next]) await store.accept(intake([one]));
      assert.deepEqual(await store.latestEvent(next.returnKey), next.event);
    });

    contract('is one that is held back only where there is no other', async ({ store }) => {
      const [held, clear] = [newEvent(came(5), exception('brand-unknown')), newEvent(came(1))];
      const heldAgain = newEvent(came(9), exception('brand-unknown'));
      await store.accept(intake([held]));
      assert.deepEqual(await store.latestEvent(held.returnKey), held.event);
      for (const one of [clear, heldAgain]) await store.accept(intake([one]));
      assert.deepEqual(await store.latestEvent(held.returnKey), clear.event);
    });

    contract('is gone when its body was pruned', async ({ store }) => {
      const one = newEvent();
      await store.accept(intake([one]));
      for (const delivery of await take(store)) await store.settleDelivery(delivery.id, NOW);
      await store.prune({ settled: LATER, people: LATER });
      assert.equal(await store.latestEvent(one.returnKey), null);
    });
  });

  describe(`${name}: upkeep`, () => {
    contract('prunes what is settled and old, and knows a repeat for ever (T23)', async ({ store }) => {
      const old = newEvent({ customerToken: 'p_old' });
      const needed = newEvent({ returnId: 'NEEDED' });
      const held = newEvent({ returnId: 'HELD' });
      for (const one of [old, needed, held]) await store.accept(intake([one]));
      const person = { token: 'p_old', data: { email: 'canary@example.com' }, seenAt: NOW };
      await store.accept({ ...intake([newEvent({ returnId: 'X' })]), people: [person] });
      const taken = await take(store);
      for (const delivery of taken) {
        if (delivery.event.returnId !== 'NEEDED') await store.settleDelivery(delivery.id, NOW);
      }
      const parked = {
        returnKey: held.returnKey,
        router: 'r',
        exception: exception('sku-blocked'),
        message: '{}',
      };
      await store.parkException(parked, NOW);
      assert.deepEqual(await store.prune({ settled: NOW, people: NOW }), {
        receipts: 0,
        events: 0,
        deliveries: 0,
        exceptions: 0,
        halves: 0,
        members: 0,
        people: 0,
      });
      const pruned = await store.prune({ settled: LATER, people: LATER });
      assert.deepEqual(pruned, {
        receipts: 2,
        events: 2,
        deliveries: 3,
        exceptions: 0,
        halves: 0,
        members: 0,
        people: 1,
      });
      const repeated = await store.accept(intake([old], { id: 'r_again', receivedAt: LATER }));
      assert.deepEqual(repeated.events, [{ id: old.event.id, fresh: false }]);
      assert.equal(await store.person('p_old'), null);
      await store.releaseDeliveries('in-1');
      assert.deepEqual(
        (await take(store, LATER)).map((delivery) => delivery.event),
        [needed.event],
      );
      await store.closeExceptions(held.returnKey, 'done', [], NOW);
      assert.equal((await store.prune({ settled: LATER, people: LATER })).exceptions, 1);
    });

    it('takes nothing new above its limit, and still finishes what is under way', async () => {
      const full = await open({ maxBytes: 1 });
      try {
        await assert.rejects(full.store.accept(intake([newEvent()])), {
          code: 'store-over-limit',
          class: 'transient',
        });
        const begun = await full.store.beginIntent({ ...INTENT, returnKey: returnKey(event()) }, NOW);
        await full.store.completeIntent(begun.intentId, document('RMA-1'), NOW);
        assert.ok(full.store.size().bytes > 1);
      } finally {
        await full.store.close();
      }
    });
  });
}
