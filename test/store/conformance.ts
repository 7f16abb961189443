import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildException } from '../../nodes/returns/exception';
import type { ExceptionCode } from '../../nodes/returns/exception-catalogue';
import type { PostedDocument } from '../../nodes/returns/event';
import type { NewIntent, ReturnsStore } from '../../nodes/store/store';
import { intake, newEvent, NOW } from '../support/events';

export interface OpenedStore {
  store: ReturnsStore;
  /** Ends the store and opens the same data as another process would; undefined where the data lives in memory. */
  reopen?: () => Promise<ReturnsStore>;
  /** Opens the same data as another instance that lives beside the first; undefined where one process has it. */
  another?: () => Promise<ReturnsStore>;
}

export const LATER = '2026-02-20T11:00:00.000Z';

export const INTENT: NewIntent = {
  connectionId: 'c1',
  kind: 'return-order',
  key: 'k1',
  returnKey: 'happy-returns/acme-shoes/HRQ7K2MD/AC-50211',
  reference: 'HR-HRQ7K2MD-AC-50211',
};

export function document(number: string): PostedDocument {
  return {
    system: 'd365',
    kind: 'return-order',
    number,
    id: null,
    references: {},
    status: 'Created',
    amount: { minor: -2500, currency: 'USD' },
    postedAt: NOW,
  };
}

export function exception(code: ExceptionCode, what = 'x'): ReturnType<typeof buildException> {
  return buildException({
    code,
    returnNumber: 'HRQ7K2MD',
    orderNumber: 'AC-50211',
    brand: 'acme-shoes',
    what,
    raisedBy: 'test',
    raisedAt: NOW,
  });
}

/** What every driver of the store must do. */
export function storeConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}: the store’s contract`, () => {
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

    contract('R12: 50 deliveries of one event are one event and one delivery', async ({ store }) => {
      const one = newEvent();
      const results = await Promise.all(Array.from({ length: 50 }, () => store.accept(intake([one]))));
      assert.equal(results.filter((result) => result.events[0]?.fresh).length, 1);
      assert.equal(results.filter((result) => result.fresh).length, 1);
      assert.deepEqual(await store.countDeliveries('in-1'), {
        open: 1,
        emitted: 0,
        waiting: 0,
        nextDue: null,
      });
      assert.equal((await store.receipt(intake([one]).receipt.id))?.times, 50);
    });

    contract('an event’s identity decides, not its receipt’s', async ({ store }) => {
      const [a, b] = [newEvent(), newEvent({ topic: 'return.dropped_off' })];
      await store.accept(intake([a]));
      const result = await store.accept(intake([a, b], { id: 'r_merged' }));
      assert.deepEqual(
        result.events.map((one) => one.fresh),
        [false, true],
      );
    });

    contract('an intake is all or nothing', async ({ store }) => {
      const bad = newEvent();
      // What JSON cannot hold stands for any failure on the way to the database.
      const broken = { ...bad, event: { ...bad.event, returnNumber: 1n as unknown as string } };
      await assert.rejects(store.accept(intake([newEvent(), broken])));
      assert.deepEqual(await store.countDeliveries(null), { open: 0, emitted: 0, waiting: 0, nextDue: null });
      assert.deepEqual(await store.listReturns({ limit: 10 }), []);
    });

    contract(
      'deliveries go out oldest first, stay out until settled, and come back when released',
      async ({ store }) => {
        const events = Array.from({ length: 5 }, () => newEvent());
        for (const one of events) await store.accept(intake([one]));
        await store.accept(intake([newEvent()], { source: 'other', id: 'r_other' }));
        const first = await store.takeDeliveries('in-1', { each: 3 }, NOW);
        assert.deepEqual(
          first.map((delivery) => delivery.event.id),
          events.slice(0, 3).map((one) => one.event.id),
        );
        assert.deepEqual(new Set(first.map((delivery) => delivery.attempt)), new Set([1]));
        await store.settleDelivery(first[0]?.id ?? '', NOW);
        await store.settleDelivery(first[0]?.id ?? '', NOW);
        assert.deepEqual(await store.countDeliveries('in-1'), {
          open: 2,
          emitted: 2,
          waiting: 0,
          nextDue: null,
        });
        assert.equal(await store.releaseDeliveries('in-1'), 2);
        const again = await store.takeDeliveries('in-1', { each: 10 }, NOW);
        assert.deepEqual(
          again.map((delivery) => [delivery.event.id, delivery.attempt]),
          events.slice(1).map((one, at) => [one.event.id, at < 2 ? 2 : 1]),
        );
      },
    );

    contract('a return knows its stage, since when, and what it waits for', async ({ store }) => {
      const one = newEvent();
      await store.accept(intake([one, newEvent({ topic: 'return.dropped_off', occurredAt: LATER })]));
      await store.accept(intake([newEvent({ topic: 'return.cancelled' })], { id: 'r_late' }));
      assert.deepEqual(await store.returnState(one.returnKey), {
        returnKey: one.returnKey,
        platform: 'happy-returns',
        brand: 'acme-shoes',
        returnId: 'HRQ7K2MD',
        returnNumber: 'HRQ7K2MD',
        orderNumber: 'AC-50211',
        stage: 'dropped_off',
        since: LATER,
        waitsFor: null,
      });
      const parked = {
        returnKey: one.returnKey,
        router: 'x',
        exception: exception('sku-blocked'),
        message: '{}',
      };
      await store.parkException(parked, NOW);
      assert.equal((await store.returnState(one.returnKey))?.waitsFor, 'sku-blocked');
      assert.equal((await store.openExceptionOf(one.returnKey))?.owner, 'data');
      assert.equal((await store.returnsById('happy-returns', 'acme-shoes', 'HRQ7K2MD')).length, 1);
      assert.equal((await store.returnsById('happy-returns', 'other', 'HRQ7K2MD')).length, 0);
      assert.equal((await store.listReturns({ stage: 'dropped_off', limit: 10 })).length, 1);
      assert.equal((await store.listReturns({ stage: 'received', limit: 10 })).length, 0);
    });

    contract('an event with an exception moves no stage', async ({ store }) => {
      const one = newEvent({ topic: 'return.received' }, exception('brand-unknown'));
      await store.accept(intake([one]));
      assert.equal((await store.returnState(one.returnKey))?.stage, 'announced');
      assert.equal(
        (await store.takeDeliveries('in-1', { each: 1 }, NOW))[0]?.exception?.code,
        'brand-unknown',
      );
    });

    contract(
      'R100: of many who begin one intent at once, one starts and the others are told it is busy',
      async ({ store }) => {
        const states = await Promise.all(Array.from({ length: 20 }, () => store.beginIntent(INTENT, NOW)));
        assert.equal(states.filter(({ state }) => state === 'start').length, 1);
        assert.equal(states.filter(({ state }) => state === 'busy').length, 19);
        assert.equal((await store.beginIntent({ ...INTENT, key: 'k2' }, NOW)).state, 'start');
        assert.equal((await store.beginIntent({ ...INTENT, connectionId: 'c2' }, NOW)).state, 'start');
      },
    );

    contract('a released intent is resumed with its steps, and with its doubt', async ({ store }) => {
      const { intentId } = await store.beginIntent(INTENT, NOW);
      await store.recordIntentStep(intentId, 'header', { number: '001624' }, NOW);
      await store.releaseIntent(intentId, { doubt: true }, LATER);
      const resumed = await store.beginIntent(INTENT, LATER);
      assert.deepEqual(resumed, {
        state: 'resume',
        intentId,
        steps: { header: { number: '001624' } },
        doubtSince: LATER,
      });
      await store.releaseIntent(intentId, { doubt: false }, LATER);
      const clear = await store.beginIntent(INTENT, LATER);
      assert.equal(clear.state === 'resume' && clear.doubtSince, null);
    });

    contract('a posted intent hands the same document on for ever', async ({ store }) => {
      const { intentId } = await store.beginIntent(INTENT, NOW);
      await store.completeIntent(intentId, document('001624'), NOW);
      await store.completeIntent(intentId, document('001624'), NOW);
      await assert.rejects(store.completeIntent(intentId, document('001625'), NOW), {
        code: 'document-conflict',
      });
      await store.releaseIntent(intentId, { doubt: true }, NOW);
      const state = await store.beginIntent(INTENT, LATER);
      assert.deepEqual(state, { state: 'posted', intentId, document: document('001624') });
      assert.deepEqual(await store.documentsOf(INTENT.returnKey), [document('001624')]);
    });

    contract('R166: documents that were deferred are listed in order of posting', async ({ store }) => {
      const deferred = (number: string, day: string): PostedDocument => ({
        ...document(number),
        references: { deferredFrom: day, postingDay: '2026-04-01' },
      });
      const keep = async (
        key: string,
        one: PostedDocument,
        at: string,
        connectionId = 'c',
      ): Promise<void> => {
        const wanted = { ...INTENT, connectionId, key, returnKey: key };
        await store.completeIntent((await store.beginIntent(wanted, at)).intentId, one, at);
      };
      await keep('a', deferred('CN-1', '2026-03-30'), NOW);
      await keep('b', document('CN-2'), NOW);
      await keep('d', deferred('CN-4', '2026-03-31'), LATER);
      await keep('e', deferred('CN-5', '2026-03-31'), LATER, 'another');
      const filter = { connectionId: 'c', since: NOW, limit: 10 };
      const all = await store.deferredDocuments(filter);
      assert.deepEqual(
        all.map((one) => [one.returnKey, one.document.number]),
        [
          ['a', 'CN-1'],
          ['d', 'CN-4'],
        ],
      );
      const [second] = await store.deferredDocuments({ ...filter, limit: 1, offset: 1 });
      assert.equal(second?.document.number, 'CN-4');
      assert.equal((await store.deferredDocuments({ ...filter, since: LATER })).length, 1);
    });

    contract(
      'one exception for one cause, renewed by repeats, resumed as a delivery, closed when posted',
      async ({ store }) => {
        const one = newEvent();
        await store.accept(intake([one]));
        for (const delivery of await store.takeDeliveries('in-1', { each: 9 }, NOW))
          await store.settleDelivery(delivery.id, NOW);
        const parked = {
          returnKey: one.returnKey,
          router: 'router',
          exception: exception('sku-blocked'),
          message: JSON.stringify({ payload: one.event }),
        };
        const first = await store.parkException(parked, NOW);
        const second = await store.parkException(parked, LATER);
        assert.deepEqual([first.fresh, second.fresh, first.id === second.id], [true, false, true]);
        assert.deepEqual(await store.countExceptions(), { open: 1, byOwner: { data: 1 } });
        const resumed = await store.resumeExceptions({ code: 'sku-blocked' }, 'router', LATER);
        assert.deepEqual(
          resumed.map(({ id, status, times }) => [id, status, times]),
          [[first.id, 'resumed', 2]],
        );
        const [delivery] = await store.takeDeliveries('router', { each: 9 }, LATER);
        assert.deepEqual([delivery?.event, delivery?.exception], [one.event, null]);
        assert.deepEqual(await store.resumeExceptions({ all: true }, 'router', LATER), []);
        await store.parkException(parked, LATER);
        assert.equal((await store.parkedException(first.id))?.status, 'open');
        await store.parkException({ ...parked, exception: exception('amount-mismatch') }, LATER);
        assert.equal(
          await store.closeExceptions(one.returnKey, 'return order 1', ['amount-mismatch'], LATER),
          1,
        );
        assert.equal((await store.openExceptionOf(one.returnKey))?.code, 'amount-mismatch');
        assert.equal(await store.closeExceptions(one.returnKey, 'looked at', [], LATER), 1);
        assert.equal((await store.parkedException(first.id))?.resolution, 'return order 1');
        assert.deepEqual(await store.countExceptions(), { open: 0, byOwner: {} });
      },
    );

    contract('what holds no return cannot be resumed and stays open', async ({ store }) => {
      const parked = {
        returnKey: 'receipt/r1',
        router: 'in-1',
        exception: exception('event-invalid'),
        message: JSON.stringify({ payload: { receipt: 'r1' } }),
      };
      const { id } = await store.parkException(parked, NOW);
      assert.deepEqual(await store.resumeExceptions({ ids: [id] }, 'router', NOW), []);
      assert.equal((await store.parkedException(id))?.status, 'open');
    });

    contract('lists exceptions by owner, code and page', async ({ store }) => {
      for (let at = 0; at < 25; at += 1) {
        const code = at % 5 === 0 ? 'order-unknown' : 'sku-unknown';
        await store.parkException(
          { returnKey: `k${at}`, router: 'r', exception: exception(code), message: '{}' },
          NOW,
        );
      }
      assert.equal((await store.listExceptions({ owner: 'data', limit: 100 })).length, 20);
      assert.equal((await store.listExceptions({ code: 'order-unknown', limit: 100 })).length, 5);
      const pages = [0, 10, 20].map((offset) => store.listExceptions({ status: 'open', limit: 10, offset }));
      const keys = (await Promise.all(pages)).flat().map((parked) => parked.returnKey);
      assert.equal(new Set(keys).size, 25);
    });

    contract('master data is kept by connection and kind, with its age', async ({ store }) => {
      await store.putMasterData('c1', 'item', [
        { key: 'A', value: { state: 'active' }, readAt: LATER },
        { key: 'B', value: { state: 'active' }, readAt: NOW },
      ]);
      await store.putMasterData('c1', 'item', [{ key: 'A', value: { state: 'gone' }, readAt: NOW }]);
      const found = await store.masterData('c1', 'item', ['A', 'B', 'C']);
      assert.deepEqual(
        [...found.entries()].map(([key, record]) => [key, record.value]),
        [
          ['A', { state: 'gone' }],
          ['B', { state: 'active' }],
        ],
      );
      assert.equal((await store.masterData('c2', 'item', ['A'])).size, 0);
      assert.deepEqual(await store.masterDataAge('c1', 'item'), { count: 2, oldest: NOW });
      await store.forgetMasterData('c1', 'item', ['A']);
      assert.deepEqual(await store.masterDataAge('c1', 'item'), { count: 1, oldest: NOW });
    });

    contract('R223: a person is known by a keyed token and can be erased', async ({ store }) => {
      const token = store.personToken(' Canary@Example.com ');
      assert.equal(token, store.personToken('canary@example.com'));
      assert.notEqual(token, store.personToken('canary2@example.com'));
      assert.match(token, /^p_[0-9a-f]{32}$/);
      const base = intake([newEvent({ customerToken: token })]);
      await store.accept({
        ...base,
        people: [{ token, data: { email: 'canary@example.com' }, seenAt: NOW }],
      });
      assert.deepEqual(await store.person(token), { email: 'canary@example.com' });
      assert.equal(await store.erasePerson(token), true);
      assert.equal(await store.erasePerson(token), false);
      assert.equal(await store.person(token), null);
      assert.equal((await store.listReturns({ limit: 1 })).length, 1);
    });

    contract('unreadable bytes come back as they were', async ({ store }) => {
      const bytes = Buffer.from([0, 255, 1, 254]);
      await store.accept(intake([], { id: 'r_bytes', body: null, unreadable: bytes }));
      assert.deepEqual((await store.receipt('r_bytes'))?.unreadable, bytes);
      assert.equal(await store.receipt('r_none'), null);
    });

    it('random histories agree with a plain model', async () => {
      const step = fc.oneof(
        fc.record({ do: fc.constant('accept' as const), event: fc.integer({ min: 0, max: 9 }) }),
        fc.record({ do: fc.constant('take' as const), limit: fc.integer({ min: 1, max: 4 }) }),
        fc.record({ do: fc.constant('settle' as const), at: fc.integer({ min: 0, max: 9 }) }),
        fc.record({ do: fc.constant('release' as const) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const { store } = await open();
          const events = Array.from({ length: 10 }, () => newEvent());
          const model = new Map<string, 'open' | 'emitted' | 'settled'>();
          const ids = new Map<string, string>();
          for (const one of steps) {
            if (one.do === 'accept') {
              const made = events[one.event];
              if (!made) continue;
              const result = await store.accept(intake([made]));
              assert.equal(result.events[0]?.fresh, !model.has(made.event.id));
              if (!model.has(made.event.id)) model.set(made.event.id, 'open');
            } else if (one.do === 'take') {
              const wanted = [...model].filter(([, state]) => state === 'open').slice(0, one.limit);
              const got = await store.takeDeliveries('in-1', { each: one.limit }, NOW);
              assert.deepEqual(
                got.map((delivery) => delivery.event.id),
                wanted.map(([id]) => id),
              );
              for (const delivery of got) {
                model.set(delivery.event.id, 'emitted');
                ids.set(delivery.event.id, delivery.id);
              }
            } else if (one.do === 'settle') {
              const id = events[one.at]?.event.id ?? '';
              const delivery = ids.get(id);
              if (delivery === undefined || model.get(id) !== 'emitted') continue;
              await store.settleDelivery(delivery, NOW);
              model.set(id, 'settled');
            } else {
              await store.releaseDeliveries('in-1');
              for (const [id, state] of model) if (state === 'emitted') model.set(id, 'open');
            }
            const count = (state: string): number =>
              [...model.values()].filter((value) => value === state).length;
            const { open: opened, emitted } = await store.countDeliveries('in-1');
            assert.deepEqual({ opened, emitted }, { opened: count('open'), emitted: count('emitted') });
          }
          await store.close();
        }),
        { numRuns: 40 },
      );
    });

    it('after its process has ended, an intent under way is in doubt', async () => {
      const opened = await open();
      if (!opened.reopen) {
        await opened.store.close();
        return;
      }
      const { intentId } = await opened.store.beginIntent(INTENT, NOW);
      const again = await opened.reopen();
      assert.deepEqual(await again.beginIntent(INTENT, LATER), {
        state: 'resume',
        intentId,
        steps: {},
        doubtSince: LATER,
      });
      await again.close();
    });

    it('says so when it is closed', async () => {
      const { store } = await open();
      await store.close();
      await store.close();
      await assert.rejects(store.accept(intake([newEvent()])), { code: 'store-closed' });
      await assert.rejects(store.listReturns({ limit: 1 }), { code: 'store-closed' });
    });
  });
}
