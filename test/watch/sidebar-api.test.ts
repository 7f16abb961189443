import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineNode } from '../../nodes/runtime/define-node';
import { obeyCommand } from '../../nodes/runtime/exception-desk';
import { EXCEPTION_ROUTER, type RouterBehaviour } from '../../nodes/runtime/living-routers';
import { RETURNS_STORE } from '../../nodes/runtime/returns-store';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { serveSidebar } from '../../nodes/watch/sidebar-api';
import { SidebarPulse } from '../../nodes/watch/sidebar-pulse';
import { adminRoutes, type Answer, type Call } from '../support/admin-routes';
import { NOW } from '../support/events';
import { fakeNodeRed } from '../support/fake-node-red';
import { parkedFor, returnOf, shared } from '../store/conformance-exceptions';

const READ = 'returns-exception-router.read';
const WRITE = 'returns-exception-router.write';
const ACT = 'POST /:store/exceptions/:exception/:action';
const GROUP = 'POST /:store/group/:action';

interface Rig {
  store: ReturnsStore;
  /** The ids of two Exception Routers that run. */
  routers: readonly [string, string];
  ask: (route: string, call?: Call) => Promise<Answer>;
}

async function withSidebar(
  allowed: readonly string[],
  work: (rig: Rig) => Promise<void>,
  routers = 2,
): Promise<void> {
  const { RED, make } = fakeNodeRed();
  const { admin, ask } = adminRoutes(RED, allowed, '/returns-ledger/sidebar');
  const store = await openMemoryStore();
  defineNode(admin, {
    type: RETURNS_STORE,
    config: z.object({}),
    start: () => ({ open: () => Promise.resolve(store), input: () => Promise.resolve() }),
  });
  defineNode(admin, {
    type: EXCEPTION_ROUTER,
    config: z.object({}),
    start: ({ id }): RouterBehaviour => ({
      obey: (command, who) => obeyCommand(command, { store, source: id, who, now: NOW }),
      store: () => Promise.resolve(store),
    }),
  });
  const timer = { clear: () => undefined };
  const pulse = new SidebarPulse({ publish: () => undefined, setTimer: () => timer, elapsed: () => 0 });
  serveSidebar(admin, pulse);
  const node = make(RETURNS_STORE, { name: 'Ledger' });
  const running = Array.from({ length: routers }, () => make(EXCEPTION_ROUTER, {}));
  try {
    await work({
      store,
      routers: [running[0]?.id ?? '', running[1]?.id ?? ''],
      ask: (route, call = {}) => ask(route, { ...call, params: { store: node.id, ...call.params } }),
    });
  } finally {
    for (const one of [node, ...running]) await one.end(true);
    await store.close();
  }
}

describe('what the sidebar Returns asks', () => {
  it('R145, R154: causes and their exceptions, described for people', async () => {
    await withSidebar([READ], async ({ store, ask }) => {
      for (const id of ['R1', 'R2']) {
        await store.parkException(parkedFor(await returnOf(store, id), shared('sku-unknown', 'A')), NOW);
      }
      const { body } = await ask('GET /:store/groups', { query: { limit: '5' } });
      const [group] = body['groups'] as Record<string, unknown>[];
      assert.deepEqual(
        [group?.['thing'], group?.['count'], group?.['owners'], group?.['routerName']],
        ['A', 2, ['data'], null],
      );
      assert.match(String(group?.['title']), /sku/i);
      const cause = String(group?.['cause']);
      const list = (await ask('GET /:store/exceptions', { query: { cause, limit: '1', offset: '1' } })).body;
      assert.equal(list['total'], 2);
      const [one] = list['exceptions'] as { id: string }[];
      const shown = await ask('GET /:store/exceptions/:exception', { params: { exception: one?.id ?? '' } });
      assert.deepEqual([shown.body['router'], shown.body['siblings']], ['router', 1]);
      const overview = await ask('GET /overview');
      const stores = overview.body['stores'] as { name: string; open: number; owners: object }[];
      assert.deepEqual(
        stores.map(({ open, owners }) => [open, owners]),
        [[2, { data: 2 }]],
      );
    });
  });

  it('R17, R150: what is done to a cause is done to those of its router only, in the user’s name', async () => {
    await withSidebar([READ, WRITE], async ({ store, ask, routers: [acme, other] }) => {
      const ids: string[] = [];
      for (const [id, router] of Object.entries({ R1: acme, R2: acme, R3: other })) {
        const parked = parkedFor(await returnOf(store, id), shared('sku-unknown', 'A'), router);
        ids.push((await store.parkException(parked, NOW)).id);
      }
      const cause = 'sku-unknown|acme-shoes|A';
      const body = { cause, router: acme, reason: 'credited by hand' };
      const settled = await ask(GROUP, { params: { action: 'resolve' }, body, user: 'anna' });
      assert.equal(settled.body['count'], 2);
      assert.deepEqual(await store.countExceptions(), { open: 1, byOwner: { data: 1 } });
      const entry = (await store.exceptionHistory(ids[0] ?? '')).at(-1);
      assert.deepEqual(
        [entry?.who, entry?.action, entry?.note],
        ['anna', 'resolved outside', 'credited by hand'],
      );
      assert.equal(
        (await ask(GROUP, { params: { action: 'resume' }, body: { cause, router: other } })).body['count'],
        1,
      );
      assert.equal((await store.takeDeliveries(other, { each: 9 }, NOW)).length, 1);
    });
  });

  it('resumes at the router that parked it, also by its id', async () => {
    await withSidebar([READ, WRITE], async ({ store, ask, routers: [acme] }) => {
      const parked = parkedFor(await returnOf(store, 'R1'), shared('sku-unknown', 'A'), acme);
      const { id } = await store.parkException(parked, NOW);
      await ask(ACT, { params: { exception: id, action: 'resume' }, body: {} });
      assert.equal((await store.takeDeliveries(acme, { each: 9 }, NOW)).length, 1);
    });
  });

  it('what a router parked that is gone goes on at the only one left, and not where there are two', async () => {
    const park = async (store: ReturnsStore): Promise<string> => {
      const parked = parkedFor(await returnOf(store, 'R1'), shared('sku-unknown', 'A'), 'a deleted one');
      return (await store.parkException(parked, NOW)).id;
    };
    await withSidebar([READ, WRITE], async ({ store, ask }) => {
      const exception = await park(store);
      const { status, body } = await ask(ACT, { params: { exception, action: 'resume' }, body: {} });
      assert.deepEqual([status, body['code']], [409, 'router-not-running']);
      assert.equal((await store.countExceptions()).open, 1);
      // What stays where it is needs none.
      const note = { params: { exception, action: 'note' }, body: { text: 'seen' } };
      assert.equal((await ask(ACT, note)).status, 200);
    });
    const one = async ({ store, ask, routers: [only] }: Rig): Promise<void> => {
      const exception = await park(store);
      await ask(ACT, { params: { exception, action: 'resume' }, body: {} });
      assert.equal((await store.takeDeliveries(only, { each: 9 }, NOW)).length, 1);
    };
    await withSidebar([READ, WRITE], one, 1);
  });

  it('refuses with a status and a sentence', async () => {
    await withSidebar([READ, WRITE], async ({ ask }) => {
      const status = async (route: string, call: Call): Promise<number> => (await ask(route, call)).status;
      const params = { exception: 'none', action: 'resume' };
      assert.equal(await status(ACT, { params, body: {} }), 404);
      assert.equal(await status('GET /:store/exceptions/:exception', { params }), 404);
      assert.equal(await status('GET /:store/groups', { params: { store: 'none' } }), 404);
      assert.equal(await status('GET /:store/groups', { query: { colour: 'red' } }), 400);
      assert.equal(await status(GROUP, { params: { action: 'resume' }, body: { cause: 'x' } }), 400);
      const edit = { cause: 'x', router: 'y', changes: {} };
      assert.equal(await status(GROUP, { params: { action: 'edit' }, body: edit }), 400);
      assert.equal(
        await status(GROUP, { params: { action: 'list' }, body: { cause: 'x', router: 'y' } }),
        400,
      );
      assert.equal(await status('POST /:store/waiting/retry', { body: {} }), 400);
    });
  });

  it('without the permission nothing is read and nothing is done', async () => {
    await withSidebar([], async ({ ask }) => {
      for (const route of [
        'GET /overview',
        'GET /:store/groups',
        'GET /:store/exceptions',
        'GET /:store/waiting',
      ]) {
        assert.equal((await ask(route)).status, 401, route);
      }
    });
    await withSidebar([READ], async ({ store, ask }) => {
      const { id } = await store.parkException(
        parkedFor(await returnOf(store, 'R1'), shared('sku-unknown', 'A')),
        NOW,
      );
      const params = { exception: id, action: 'discard' };
      const body = { reason: 'x', cause: 'sku-unknown|acme-shoes|A', router: 'router' };
      assert.equal((await ask(ACT, { params, body })).status, 401);
      assert.equal((await ask(GROUP, { params, body })).status, 401);
      assert.equal((await ask('POST /:store/waiting/retry', { body: { waitsOn: 'c' } })).status, 401);
      assert.equal((await store.countExceptions()).open, 1);
    });
  });
});
