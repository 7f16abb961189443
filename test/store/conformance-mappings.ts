import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MappingContent } from '../../nodes/returns/mappings';
import type { NewSighting } from '../../nodes/store/mapping';
import { NOW } from '../support/events';
import { LATER, type OpenedStore } from './conformance';

const sighting = (reason: string, change: Partial<NewSighting> = {}): NewSighting => ({
  table: 'reason',
  keys: { reason },
  brand: 'acme',
  times: 1,
  firstAt: NOW,
  lastAt: NOW,
  ...change,
});

/** What every driver must do about mappings: which rows held, and which codes came in. */
export function mappingsConformance(name: string, open: () => Promise<OpenedStore>): void {
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

  describe(`${name}: Return Mappings`, () => {
    contract('R60: a version is kept with its rows from its first use on', async ({ store, reopen }) => {
      const content: MappingContent = { reason: [{ reason: 'tø "small"', erpReason: 'S', disposition: '' }] };
      assert.equal(await store.mappingVersion('m1'), null);
      assert.equal(
        await store.recordMappingVersion({ node: 'm1', version: 'aa', firstAt: NOW, content }),
        true,
      );
      const again = { node: 'm1', version: 'aa', firstAt: LATER, content: {} };
      assert.equal(await store.recordMappingVersion(again), false);
      assert.equal(await store.recordMappingVersion({ ...again, version: 'bb' }), true);
      assert.equal(await store.recordMappingVersion({ ...again, node: 'm2' }), true);
      const reopened = reopen ? await reopen() : store;
      assert.deepEqual(await reopened.mappingVersion('m1', 'aa'), {
        node: 'm1',
        version: 'aa',
        firstAt: NOW,
        content,
      });
      assert.equal((await reopened.mappingVersion('m1'))?.version, 'bb');
      assert.equal(await reopened.mappingVersion('m1', 'cc'), null);
      assert.deepEqual(await reopened.mappingVersions('m1', 9), [
        { node: 'm1', version: 'bb', firstAt: LATER },
        { node: 'm1', version: 'aa', firstAt: NOW },
      ]);
      assert.equal((await reopened.mappingVersions('m1', 1)).length, 1);
      if (reopened !== store) await reopened.close();
    });

    contract('R65: codes that came in are counted, with the first and the last time', async ({ store }) => {
      await store.recordSightings('m1', [sighting('wet', { times: 2, firstAt: LATER, lastAt: LATER })], 10);
      await store.recordSightings(
        'm1',
        [sighting('wet', { times: 3 }), sighting('wet', { brand: 'other' })],
        10,
      );
      await store.recordSightings('m2', [sighting('dry')], 10);
      const { seen, beyond } = await store.sightings('m1');
      assert.deepEqual(seen, [
        sighting('wet', { times: 5, firstAt: NOW, lastAt: LATER }),
        sighting('wet', { brand: 'other' }),
      ]);
      assert.deepEqual(beyond, {});
      assert.equal(await store.forgetSightings('m1'), 2);
      assert.deepEqual(await store.sightings('m1'), { seen: [], beyond: {} });
      assert.equal((await store.sightings('m2')).seen.length, 1);
    });

    contract(
      'R65: more different codes than the limit are counted together, table by table',
      async ({ store }) => {
        const many = Array.from({ length: 7 }, (_, at) => sighting(`r${at}`, { times: 2 }));
        await store.recordSightings('m1', many.slice(0, 3), 5);
        await store.recordSightings('m1', many, 5);
        await store.recordSightings(
          'm1',
          [sighting('x'.repeat(600), { table: 'fee', keys: { fee: 'x'.repeat(600) } })],
          5,
        );
        const { seen, beyond } = await store.sightings('m1');
        assert.deepEqual(
          seen.map(({ keys, times }) => [keys['reason'], times]),
          [
            ['r0', 4],
            ['r1', 4],
            ['r2', 4],
            ['r3', 2],
            ['r4', 2],
          ],
        );
        assert.deepEqual(beyond, { fee: 1, reason: 4 });
      },
    );

    contract('R65: instances that count at the same time lose nothing', async ({ store, another }) => {
      const other = another ? await another() : store;
      await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          (at % 2 ? other : store).recordSightings('m1', [sighting(`r${at % 4}`), sighting(`s${at}`)], 10),
        ),
      );
      const { seen, beyond } = await store.sightings('m1');
      assert.equal(seen.length, 10);
      assert.equal(
        seen.reduce((sum, { times }) => sum + times, beyond.reason ?? 0),
        40,
      );
      if (other !== store) await other.close();
    });
  });
}
