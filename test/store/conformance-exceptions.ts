import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey } from '../../nodes/returns/event';
import { buildException, type ReturnException } from '../../nodes/returns/exception';
import type { ExceptionCode } from '../../nodes/returns/exception-catalogue';
import type { AlertTimes, TakenAlert } from '../../nodes/store/exception-alerts';
import type { ExceptionQuery } from '../../nodes/store/exception-list';
import type { NewEvent, NewParked, ReturnsStore } from '../../nodes/store/store';
import { intake, line, newEvent, NOW } from '../support/events';
import { LATER, type OpenedStore } from './conformance';

const AFTERWARDS = '2026-02-20T12:00:00.000Z';

/** An exception whose cause is a value that many returns share. */
export function shared(code: ExceptionCode, value: string): ReturnException {
  const lines = [{ sku: value, received: value }];
  const about = { returnNumber: 'R1', orderNumber: 'O1', brand: 'acme-shoes' };
  return buildException({ code, ...about, what: value, lines, raisedBy: 'erp-node', raisedAt: NOW });
}

/** Accepts a return of its own and settles its delivery, as a flow does that ends in an exception. */
export async function returnOf(
  store: ReturnsStore,
  returnId: string,
  change: Partial<NewEvent['event']> = {},
): Promise<NewEvent> {
  const one = newEvent({ returnId, returnNumber: returnId, ...change });
  await store.accept(intake([one]));
  for (const delivery of await store.takeDeliveries('in-1', { each: 9 }, NOW)) {
    await store.settleDelivery(delivery.id, NOW);
  }
  return one;
}

export function parkedFor(one: NewEvent, exception: ReturnException, router = 'router'): NewParked {
  const message = JSON.stringify({ topic: one.event.topic, payload: one.event, documents: [] });
  return { returnKey: one.returnKey, router, exception, message };
}

/** What every driver must do with exceptions that people put right. */
export function exceptionsConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}: exceptions that people put right`, () => {
    const contract = (title: string, work: (store: ReturnsStore) => Promise<void>): void => {
      it(title, async () => {
        const { store } = await open();
        try {
          await work(store);
        } finally {
          await store.close();
        }
      });
    };

    contract('R154: 200 errors of 3 causes are 3 groups, and one of them is resumed alone', async (store) => {
      const causes = [
        shared('sku-blocked', 'A'),
        shared('sku-blocked', 'B'),
        shared('reason-unmapped', 'wet'),
      ];
      await Promise.all(
        Array.from({ length: 200 }, async (_, at) => {
          const one = newEvent({ returnId: `R${at}` });
          await store.accept(intake([one]));
          const exception = causes[at % 3];
          assert.ok(exception);
          await store.parkException(parkedFor(one, exception), NOW);
        }),
      );
      const groups = await store.exceptionGroups({ limit: 10 });
      assert.deepEqual(
        groups.map(({ cause, count }) => [cause, count]),
        [
          ['sku-blocked|acme-shoes|A', 67],
          ['sku-blocked|acme-shoes|B', 67],
          ['reason-unmapped|acme-shoes|wet', 66],
        ],
      );
      const cause = 'sku-blocked|acme-shoes|B';
      assert.equal((await store.listExceptions({ cause, limit: 500 })).length, 67);
      assert.equal((await store.resumeExceptions({ cause }, 'router', LATER)).length, 67);
      assert.equal((await store.exceptionGroups({ limit: 10, router: 'router' })).length, 2);
      assert.deepEqual(await store.exceptionGroups({ limit: 10, router: 'other' }), []);
    });

    contract('R150: 80 of 80 go through once after one of them was mended and resumed', async (store) => {
      const exception = shared('reason-unmapped', 'wet');
      const ids = new Map<string, string>();
      for (let at = 0; at < 80; at += 1) {
        const one = await returnOf(store, `W${at}`);
        ids.set(one.returnKey, (await store.parkException(parkedFor(one, exception), NOW)).id);
      }
      const other = await returnOf(store, 'OTHER');
      const stays = [
        await store.parkException(parkedFor(other, shared('reason-unmapped', 'torn')), NOW),
        await store.parkException(parkedFor(other, exception, 'another router'), NOW),
      ];
      const [first] = ids.values();
      assert.ok(first);
      await store.resumeExceptions({ ids: [first] }, 'router', LATER, 'anna');
      const posted: string[] = [];
      for (;;) {
        const taken = await store.takeDeliveries('router', { each: 20 }, LATER);
        if (taken.length === 0) break;
        for (const { id, event } of taken) {
          const key = returnKey(event);
          posted.push(key);
          // One of them has a fault of its own besides: it is raised again, and not resumed by the others.
          if (key.includes('/W7/')) {
            await store.parkException(parkedFor({ event, returnKey: key, exception }, exception), AFTERWARDS);
          } else await store.closeExceptions(key, `credit of ${event.returnId}`, [], AFTERWARDS);
          await store.settleDelivery(id, AFTERWARDS);
        }
      }
      assert.deepEqual([posted.length, new Set(posted).size], [80, 80]);
      const open = await store.listExceptions({ status: 'open', limit: 9 });
      assert.deepEqual(
        open.map(({ id }) => id).sort(),
        [
          ...stays.map(({ id }) => id),
          ids.get([...ids.keys()].find((key) => key.includes('/W7/')) ?? ''),
        ].sort(),
      );
      const history = await store.exceptionHistory([...ids.values()][9] ?? '');
      assert.deepEqual(
        history.map(({ action, note }) => [action, note]),
        [
          ['raised', exception.summary],
          ['resumed', 'The cause is mended: R1 went through (credit of W0)'],
          ['closed by itself', 'credit of W9'],
        ],
      );
    });

    contract('R12: two arrivals of one return held for one reason both come back', async (store) => {
      const [first, second] = [await returnOf(store, 'P1'), await returnOf(store, 'P1')];
      const exception = shared('disposition-unmapped', 'wet');
      const { id } = await store.parkException(parkedFor(first, exception), NOW);
      await store.parkException(parkedFor(second, exception), LATER);
      await store.parkException(parkedFor(second, exception), LATER);
      await store.resumeExceptions({ ids: [id] }, 'router', LATER);
      const taken = await store.takeDeliveries('router', { each: 9 }, LATER);
      assert.deepEqual(
        taken.map(({ event }) => event.id),
        [first.event.id, second.event.id],
      );
      // Only the one that fails again is held again.
      await store.parkException(parkedFor(first, exception), LATER);
      await store.resumeExceptions({ ids: [id] }, 'router', LATER);
      assert.deepEqual(
        (await store.takeDeliveries('router', { each: 9 }, LATER)).map(({ event }) => event.id),
        [first.event.id],
      );
    });

    contract('R161: who, when and what is kept with each change', async (store) => {
      const one = await returnOf(store, 'H1');
      const parked = parkedFor(one, shared('sku-blocked', 'A'));
      const { id } = await store.parkException(parked, NOW);
      const anna = { who: 'anna', at: LATER };
      await store.assignException(id, 'finance', anna);
      await store.noteException(id, 'asked the supplier', anna);
      assert.equal((await store.parkException(parked, LATER)).owner, 'finance');
      await store.editException(id, { 'lines[0].sku': 'B' }, anna);
      await store.resumeExceptions({ ids: [id] }, 'router', LATER, 'anna');
      const [delivery] = await store.takeDeliveries('router', { each: 9 }, LATER);
      assert.deepEqual([delivery?.event.lines[0]?.sku, delivery?.event.id], ['B', one.event.id]);
      await store.closeExceptions(one.returnKey, 'credit 1', [], LATER);
      assert.deepEqual(
        (await store.exceptionHistory(id)).map(({ who, action, note }) => [who, action, note]),
        [
          ['flow', 'raised', parked.exception.summary],
          ['anna', 'assigned', 'data → finance'],
          ['anna', 'note', 'asked the supplier'],
          ['flow', 'raised again', parked.exception.summary],
          ['anna', 'edited', 'lines[0].sku: "RUN-42-BLU" → "B"'],
          ['anna', 'resumed', null],
          ['flow', 'closed by itself', 'credit 1'],
        ],
      );
      await assert.rejects(store.editException(id, { 'lines[0].sku': 'C' }, anna), { code: 'edit-refused' });
      await assert.rejects(store.noteException('unknown', 'x', anna), { code: 'exception-unknown' });
      await store.prune({ settled: '2027-01-01T00:00:00.000Z', people: NOW });
      assert.deepEqual(await store.exceptionHistory(id), []);
    });

    contract(
      'R17: what was settled outside is settled once, what was discarded may come back',
      async (store) => {
        const [refunded, dropped] = [await returnOf(store, 'S1'), await returnOf(store, 'S2')];
        const again = [refunded, dropped].map((one) => parkedFor(one, shared('sku-blocked', 'A')));
        const [first, second] = again;
        assert.ok(first && second);
        const ids = [
          (await store.parkException(first, NOW)).id,
          (await store.parkException(second, NOW)).id,
        ] as const;
        const act = { who: 'finance clerk', at: LATER };
        await store.settleException(ids[0], 'outside', 'refunded by hand', act);
        await store.settleException(ids[1], 'discarded', 'a test order', act);
        await assert.rejects(store.settleException(ids[0], 'outside', 'x', act), { code: 'edit-refused' });
        assert.equal((await store.parkException(first, LATER)).open, false);
        assert.equal((await store.parkException(second, LATER)).open, true);
        const settled = await store.parkedException(ids[0]);
        assert.deepEqual(
          [settled?.status, settled?.times, settled?.resolution],
          ['closed', 2, 'refunded by hand'],
        );
        const actions = (await store.exceptionHistory(ids[0])).map(({ action }) => action);
        assert.deepEqual(actions, ['raised', 'resolved outside', 'raised again']);
        const found = await store.settledOutside(refunded.returnKey);
        const { raisedBy } = first.exception;
        assert.deepEqual(
          found.map((one) => [one.code, one.raisedBy, one.resolution]),
          [['sku-blocked', raisedBy, 'refunded by hand']],
        );
        assert.deepEqual(await store.settledOutside(dropped.returnKey), []);
        // It is known for as long as the documents are, whatever else is forgotten with time.
        await store.prune({ settled: '2027-01-01T00:00:00.000Z', people: NOW });
        assert.equal((await store.settledOutside(refunded.returnKey)).length, 1);
        assert.equal((await store.parkedException(ids[1]))?.status, 'open');
      },
    );

    contract('an edit of the order’s number moves the return to its key', async (store) => {
      const one = await returnOf(store, 'E1', { order: { number: null, id: null } });
      const { id } = await store.parkException(parkedFor(one, shared('order-reference-missing', 'x')), NOW);
      await store.editException(id, { 'order.number': 'AC-1' }, { who: 'anna', at: LATER });
      const key = 'happy-returns/acme-shoes/E1/AC-1';
      assert.equal((await store.parkedException(id))?.returnKey, key);
      assert.equal((await store.returnState(key))?.orderNumber, 'AC-1');
      assert.equal((await store.latestEvent(key))?.order.number, 'AC-1');
      assert.equal(await store.returnState(one.returnKey), null);
      assert.equal(await store.closeExceptions(key, 'credit 1', [], LATER), 1);
    });

    contract(
      'a group is dealt with page by page, and nothing of another router is touched',
      async (store) => {
        const exception = shared('sku-blocked', 'A');
        const parked: string[] = [];
        for (const at of Array.from({ length: 25 }, (_, index) => index)) {
          const one = newEvent({ returnId: `G${at}` });
          await store.accept(intake([one]));
          const router = at === 7 ? 'other' : 'router';
          const { id } = await store.parkException(parkedFor(one, exception, router), NOW);
          if (router === 'router') parked.push(id);
        }
        const group = { cause: 'sku-blocked|acme-shoes|A', router: 'router' };
        const first = await store.exceptionPage(group, 0, 10);
        assert.deepEqual(first.ids, parked.slice(0, 10));
        const second = await store.exceptionPage(group, first.next ?? 0, 10);
        const third = await store.exceptionPage(group, second.next ?? 0, 10);
        assert.deepEqual([...first.ids, ...second.ids, ...third.ids], parked);
        assert.deepEqual(
          [third.next, (await store.exceptionPage({ all: true }, 0, 99)).ids.length],
          [null, 25],
        );
        const anna = { who: 'anna', at: LATER };
        assert.equal(await store.assignExceptions(parked, 'finance', anna), 24);
        assert.equal(await store.noteExceptions(parked, 'asked the supplier', anna), 24);
        assert.equal(await store.settleExceptions(first.ids, 'outside', 'by hand', anna), 10);
        // What is closed is not settled a second time, and its history says nothing of it.
        assert.equal(await store.settleExceptions(parked, 'discarded', 'tests', anna), 14);
        assert.equal(await store.settleExceptions([], 'discarded', 'tests', anna), 0);
        const said = async (at: number): Promise<string[]> =>
          (await store.exceptionHistory(parked[at] ?? '')).map(({ who, action, note }) =>
            [who, action, note].join(' | '),
          );
        const before = ['flow | raised | ' + exception.summary, 'anna | assigned | data → finance'];
        before.push('anna | note | asked the supplier');
        assert.deepEqual(await said(0), [...before, 'anna | resolved outside | by hand']);
        assert.deepEqual(await said(23), [...before, 'anna | discarded | tests']);
        assert.deepEqual(await store.countExceptions(), { open: 1, byOwner: { data: 1 } });
      },
    );

    contract(
      'R199: an alert is taken by one, and is due again where that one says nothing',
      async (store) => {
        const at = (minute: number): string => new Date(Date.parse(NOW) + minute * 60_000).toISOString();
        const times = (minute: number): AlertTimes => ({
          now: at(minute),
          until: at(minute + 1),
          resumedSince: at(minute - 60),
        });
        const take = async (minute: number): Promise<TakenAlert[]> =>
          (await Promise.all([1, 2, 3].map(() => store.takeAlerts('router', times(minute))))).flat();
        const priced = (returnId: string, minor: number): Promise<NewEvent> =>
          returnOf(store, returnId, { lines: [line({ price: { minor, currency: 'GBP' } })] });
        const exception = shared('sku-blocked', 'A');
        const cheap = { ...parkedFor(await priced('A1', 500), exception), alert: true };
        const dear = { ...parkedFor(await priced('A2', 900), exception), alert: true, owner: 'night shift' };
        assert.equal((await store.parkException(cheap, NOW)).alertDue, true);
        await store.parkException(dear, NOW);
        // What is parked where nobody listens, and what is another router's, is told by nobody here.
        await store.parkException(parkedFor(await returnOf(store, 'A3'), shared('sku-blocked', 'B')), NOW);
        const other = parkedFor(await returnOf(store, 'A4'), exception, 'other');
        await store.parkException({ ...other, alert: true }, NOW);

        const [alert, ...rest] = await take(0);
        assert.deepEqual(rest, []);
        assert.ok(alert);
        assert.deepEqual(
          [
            alert.kind,
            alert.key,
            alert.code,
            alert.brand,
            alert.count,
            alert.returns,
            alert.more,
            alert.owners,
          ],
          [
            'raised',
            'sku-blocked|acme-shoes|A',
            'sku-blocked',
            'acme-shoes',
            2,
            2,
            2,
            ['data', 'night shift'],
          ],
        );
        assert.deepEqual([alert.value, alert.since], [[{ minor: 1400, currency: 'GBP' }], NOW]);
        assert.deepEqual(
          alert.first.map(({ exception: one, value }) => [one.owner, value?.minor]),
          [
            ['night shift', 900],
            ['data', 500],
          ],
        );
        assert.deepEqual(await take(0.5), []);
        const [again] = await take(1);
        assert.ok(again);
        await store.confirmAlert(again, at(61), at(1));
        assert.deepEqual(await take(2), []);

        const third = { ...parkedFor(await returnOf(store, 'A5'), exception), alert: true };
        assert.equal((await store.parkException(third, at(3))).alertDue, false);
        assert.deepEqual(await take(60), []);
        const [update] = await take(61);
        assert.deepEqual([update?.kind, update?.more, update?.count], ['update', 1, 3]);
        // What is raised while it is being told is told next time.
        await store.parkException({ ...third, returnKey: 'k6' }, at(61));
        assert.ok(update);
        await store.confirmAlert(update, at(121), at(61));
        const [next] = await take(121);
        assert.deepEqual([next?.kind, next?.more, next?.count], ['update', 1, 4]);
        assert.ok(next);
        await store.confirmAlert(next, at(181), at(121));

        const { ids } = await store.exceptionPage({ all: true, router: 'router' }, 0, 9);
        await store.settleExceptions(ids, 'outside', 'by hand', { who: 'anna', at: at(122) });
        const [cleared, ...none] = await take(122);
        assert.deepEqual([cleared?.kind, cleared?.count, cleared?.first, none], ['cleared', 0, [], []]);
        assert.ok(cleared);
        await store.confirmAlert(cleared, at(182), at(122));
        assert.deepEqual(await take(123), []);
        // Forgotten when its interval is over, so that the table does not grow for ever.
        const [over] = await take(181);
        assert.ok(over);
        assert.equal(over.kind, null);
        await store.confirmAlert(over, at(999), at(181));
        assert.deepEqual(await take(500), []);
      },
    );

    contract('R143: lists by what it costs, narrowed down by every field, page by page', async (store) => {
      const price = (minor: number): Partial<NewEvent['event']> => ({
        lines: [line({ price: { minor, currency: 'GBP' } })],
      });
      const dear = await returnOf(store, 'DEAR', price(900_000));
      const cheap = await returnOf(store, 'CHEAP', price(500));
      const free = await returnOf(store, 'FREE');
      await store.parkException(parkedFor(cheap, shared('sku-blocked', 'A')), NOW);
      await store.parkException(parkedFor(free, shared('order-unknown', 'x')), LATER);
      await store.parkException(parkedFor(dear, shared('amount-mismatch', 'y'), 'other'), LATER);
      const keys = async (query: Partial<ExceptionQuery>): Promise<(string | undefined)[]> => {
        const { found } = await store.findExceptions({ sort: 'rank', limit: 10, ...query }, LATER);
        return found.map(({ returnKey }) => returnKey.split('/')[2]);
      };
      assert.deepEqual(await keys({}), ['DEAR', 'FREE', 'CHEAP']);
      assert.deepEqual(await keys({ sort: 'age', limit: 1 }), ['CHEAP']);
      assert.deepEqual(await keys({ valueFrom: 501 }), ['DEAR']);
      assert.deepEqual(await keys({ raisedBefore: LATER }), ['CHEAP']);
      assert.deepEqual(await keys({ brand: 'other' }), []);
      assert.deepEqual(await keys({ brand: 'acme-shoes', router: 'other' }), ['DEAR']);
      assert.deepEqual(await keys({ owner: 'data' }), ['CHEAP']);
      const page = await store.findExceptions({ sort: 'rank', limit: 1, offset: 1 }, LATER);
      assert.equal(page.total, 3);
      assert.deepEqual(page.found[0]?.rank.parts.promise, 20);
      assert.deepEqual((await store.findExceptions({ sort: 'rank', limit: 1 }, LATER)).found[0]?.value, {
        minor: 900_000,
        currency: 'GBP',
      });
    });
  });
}
