import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '../../nodes/returns/money';
import type { ReturnsStore } from '../../nodes/store/store';
import { line, NOW } from '../support/events';
import { LATER, type OpenedStore } from './conformance';
import { parkedFor, returnOf, shared } from './conformance-exceptions';

/** What every driver must tell the sidebar. */
export function boardConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}: the board of exceptions`, () => {
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

    /** Parks a return of a price; gives its exception's id. */
    const park = async (
      store: ReturnsStore,
      returnId: string,
      { code = 'sku-unknown', thing = 'A', pence = 1000, router = 'router', currency = 'GBP' } = {},
    ): Promise<string> => {
      const one = await returnOf(store, returnId, { lines: [line({ price: money(pence, currency) })] });
      const exception = shared(code as 'sku-unknown', thing);
      return (await store.parkException(parkedFor(one, exception, router), NOW)).id;
    };

    contract('R143, R154: causes with their sums, the most urgent first, a page at a time', async (store) => {
      await park(store, 'R1', { pence: 100 });
      await park(store, 'R2', { pence: 250 });
      await park(store, 'R3', { pence: 300, currency: 'EUR' });
      await park(store, 'R4', { thing: 'B', pence: 90_000_000 });
      const all = await store.rankedGroups({ limit: 10 }, NOW);
      assert.deepEqual([all.total, all.exceptions], [2, 4]);
      const [first, second] = all.groups;
      assert.equal(first?.cause, 'sku-unknown|acme-shoes|B');
      assert.deepEqual([second?.count, second?.owners], [3, ['data']]);
      assert.deepEqual(second?.value, [
        { minor: 300, currency: 'EUR' },
        { minor: 350, currency: 'GBP' },
      ]);
      const page = await store.rankedGroups({ limit: 1, offset: 1 }, NOW);
      assert.deepEqual([page.total, page.groups.map(({ cause }) => cause)], [2, [second.cause]]);
    });

    contract('a cause at two routers is two groups, and one is resumed without the other', async (store) => {
      await park(store, 'R1', { router: 'acme' });
      await park(store, 'R2', { router: 'other' });
      const { groups } = await store.rankedGroups({ limit: 10 }, NOW);
      assert.deepEqual(groups.map(({ router }) => router).sort(), ['acme', 'other']);
      const cause = 'sku-unknown|acme-shoes|A';
      const resumed = await store.resumeExceptions({ cause, router: 'acme' }, 'acme', LATER);
      assert.deepEqual(
        resumed.map(({ router }) => router),
        ['acme'],
      );
      assert.equal((await store.rankedGroups({ limit: 10, router: 'other' }, NOW)).exceptions, 1);
      assert.equal((await store.resumeExceptions({ all: true, router: 'acme' }, 'acme', LATER)).length, 0);
      assert.equal((await store.resumeExceptions({ all: true, router: 'other' }, 'x', LATER)).length, 1);
    });

    contract('words are found in any case of letters, and % is no joker', async (store) => {
      await park(store, 'HRABC1', { thing: 'Gift_50%' });
      await park(store, 'HRABC2', { thing: 'Gift 500' });
      const found = async (text: string): Promise<number> =>
        (await store.findExceptions({ text, sort: 'age', limit: 9 }, NOW)).total;
      assert.equal(await found('gift_50%'), 1);
      assert.equal(await found('GIFT 500'), 1);
      assert.equal(await found('gift'), 2);
      assert.equal(await found('%'), 1);
      assert.equal(await found('!'), 0);
      assert.equal(await found('r1'), 2);
      // The steps of a code are the same in all of its exceptions, so their words find nothing.
      assert.equal(await found('press'), 0);
      assert.equal(await found('candidates'), 0);
      assert.equal((await store.rankedGroups({ text: 'gift_50%', limit: 9 }, NOW)).total, 1);
    });

    contract('its version is another one after whatever a person or the flow did', async (store) => {
      const versions = [await store.exceptionsVersion()];
      const seen = async (): Promise<void> => {
        const version = await store.exceptionsVersion();
        assert.ok(!versions.includes(version), `${version} again, after ${versions.join(', ')}`);
        versions.push(version);
      };
      const act = { who: 'anna', at: LATER };
      const first = await park(store, 'R1');
      await seen();
      await store.assignException(first, 'finance', act);
      await seen();
      await store.noteException(first, 'asked', act);
      await seen();
      await store.resumeExceptions({ ids: [first] }, 'router', LATER);
      await seen();
      const second = await park(store, 'R2');
      await seen();
      await store.settleException(second, 'outside', 'by hand', act);
      await seen();
    });

    contract('R193: what waits by itself is counted apart, by what it waits for', async (store) => {
      for (const returnId of ['R1', 'R2', 'R3']) {
        await returnOf(store, returnId);
        const parked = await park(store, `${returnId}-x`);
        await store.resumeExceptions({ ids: [parked] }, 'erp-in', NOW);
      }
      const taken = await store.takeDeliveries('erp-in', { each: 9 }, NOW);
      assert.equal(taken.length, 3);
      for (const [at, { id }] of taken.entries()) {
        const waitsOn = at < 2 ? 'connection-1' : null;
        await store.postponeDelivery(
          id,
          {
            dueAt: LATER,
            waitsOn,
            reasons: [{ at: NOW, by: 'n', code: 'erp-unavailable', class: 'transient', what: 'no answer' }],
          },
          NOW,
        );
      }
      const groups = await store.waitingGroups();
      assert.deepEqual(
        groups.map(({ waitsOn, count, nextDue }) => [waitsOn, count, nextDue]),
        [
          ['connection-1', 2, LATER],
          [null, 1, LATER],
        ],
      );
      assert.deepEqual(groups[0]?.reason, { code: 'erp-unavailable', class: 'transient', what: 'no answer' });
    });
  });
}
