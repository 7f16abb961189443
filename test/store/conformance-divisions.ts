import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import type { Division } from '../../nodes/store/division';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, intake, line, NOW } from '../support/events';
import { document, exception, INTENT, LATER, type OpenedStore } from './conformance';

const CHECK = 'validator-1';
const LINES = ['a', 'b', 'c'].map((id) => line({ id, sku: id.toUpperCase() }));

const wholeEvent = (change: Partial<ReturnEvent> = {}): ReturnEvent => event({ lines: LINES, ...change });

/** Stores an event and divides it, with the lines that shall wait. */
async function divided(
  store: ReturnsStore,
  whole: ReturnEvent,
  wait: readonly string[],
  change: Partial<Division> = {},
): Promise<string[] | null> {
  await store.accept(intake([{ event: whole, returnKey: returnKey(whole), exception: null }]));
  const exceptionOf = (): ReturnType<typeof exception> => exception('sku-unknown', 'B');
  const first = await store.divide(
    { source: CHECK, event: whole, wait, mayBegin: true, exceptionOf, ...change },
    LATER,
  );
  return first && first.lines.map(({ id }) => id);
}

async function sent(store: ReturnsStore): Promise<[string, string[], string | null][]> {
  const deliveries = await store.takeDeliveries(CHECK, { each: 100 }, LATER);
  return deliveries.map(({ event: one, exception: held }) => [
    one.id,
    one.lines.map(({ id }) => id),
    held?.code ?? null,
  ]);
}

/** What every driver must do about returns of which some lines wait while the others go on. */
export function divisionsConformance(name: string, open: () => Promise<OpenedStore>): void {
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

  describe(`${name}: divided returns`, () => {
    contract('what waits is a return of its own, with a delivery that is there once', async ({ store }) => {
      const whole = wholeEvent();
      assert.deepEqual(await divided(store, whole, ['b']), ['a', 'c']);
      assert.deepEqual(await sent(store), [[`${whole.id}~2`, ['b'], 'sku-unknown']]);
      const key = returnKey({ ...whole, part: 2 });
      assert.equal((await store.returnState(key))?.stage, 'started');
      assert.equal((await store.latestEvent(key))?.part, 2);
      // Whoever sends the first event again sends what belongs to it.
      assert.deepEqual(
        (await store.latestEvent(returnKey(whole)))?.lines.map(({ id }) => id),
        ['a', 'c'],
      );
      assert.deepEqual([...(await store.partsOf(returnKey(whole)))].sort(), [
        ['a', 1],
        ['b', 2],
        ['c', 1],
      ]);
    });

    contract('the same event again sends nothing twice, before and after a restart', async (opened) => {
      const whole = wholeEvent();
      assert.deepEqual(await divided(opened.store, whole, ['b']), ['a', 'c']);
      assert.deepEqual(await divided(opened.store, whole, ['b']), ['a', 'c']);
      const store = opened.reopen ? await opened.reopen() : opened.store;
      const again = await store.latestEvent(returnKey(whole));
      assert.ok(again);
      assert.deepEqual(await divided(store, again, []), ['a', 'c']);
      assert.equal((await sent(store)).length, 1);
      if (store !== opened.store) await store.close();
    });

    contract(
      'a line keeps its part whatever is found later, with the setting off as well',
      async ({ store }) => {
        await divided(store, wholeEvent(), ['b']);
        const off = { mayBegin: false, exceptionOf: () => null };
        assert.deepEqual(await divided(store, wholeEvent({ topic: 'return.accepted' }), ['a'], off), [
          'a',
          'c',
        ]);
        assert.deepEqual(
          (await sent(store)).map(([, lines, code]) => [lines, code]),
          [
            [['b'], 'sku-unknown'],
            [['b'], null],
          ],
        );
      },
    );

    contract('a return that passed whole stays whole', async ({ store }) => {
      assert.deepEqual(await divided(store, wholeEvent(), []), ['a', 'b', 'c']);
      assert.deepEqual(await divided(store, wholeEvent(), ['b']), ['a', 'b', 'c']);
      assert.deepEqual(await sent(store), []);
    });

    contract('a return that is under way is not divided any more', async ({ store }) => {
      const whole = wholeEvent();
      const intent = { ...INTENT, returnKey: returnKey(whole) };
      const begun = await store.beginIntent(intent, NOW);
      assert.ok(begun.state === 'start');
      await store.completeIntent(begun.intentId, document('1'), NOW);
      assert.deepEqual(await divided(store, whole, ['b']), ['a', 'b', 'c']);
    });

    contract('nobody divides where the setting is off', async ({ store }) => {
      assert.deepEqual(await divided(store, wholeEvent(), ['b'], { mayBegin: false }), ['a', 'b', 'c']);
      assert.equal((await store.partsOf(returnKey(wholeEvent()))).size, 0);
    });

    contract('each part hears what concerns it, a cancellation both', async ({ store }) => {
      await divided(store, wholeEvent(), ['b']);
      await sent(store);
      const none = { exceptionOf: () => null };
      const onlyB = wholeEvent({ topic: 'return.accepted', lines: LINES.slice(1, 2) });
      assert.equal(await divided(store, onlyB, [], none), null);
      const onlyA = wholeEvent({ topic: 'return.accepted', lines: LINES.slice(0, 1) });
      assert.deepEqual(await divided(store, onlyA, [], none), ['a']);
      const cancelled = wholeEvent({ topic: 'return.cancelled', lines: [] });
      assert.deepEqual(await divided(store, cancelled, [], none), []);
      assert.deepEqual(await sent(store), [
        [`${onlyB.id}~2`, ['b'], null],
        [`${cancelled.id}~2`, [], null],
      ]);
    });

    contract('two events at the same time settle it once', async ({ store }) => {
      const [one, other] = [wholeEvent(), wholeEvent({ topic: 'return.received' })];
      const [first, second] = await Promise.all([divided(store, one, ['b']), divided(store, other, ['c'])]);
      assert.deepEqual(first, second);
      const waiting = (await sent(store)).map(([, lines]) => lines);
      assert.equal(waiting.length, 2);
      assert.deepEqual(waiting[0], waiting[1]);
      assert.deepEqual([...(first ?? []), ...(waiting[0] ?? [])].sort(), ['a', 'b', 'c']);
    });
  });
}
