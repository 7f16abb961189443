import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { EXCEPTION_ROUTER, serveExceptions, type RouterBehaviour } from '../../nodes/flow/router-admin';
import { obeyCommand } from '../../nodes/runtime/exception-desk';
import { defineNode } from '../../nodes/runtime/define-node';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { adminRoutes, type Answer, type Call } from '../support/admin-routes';
import { NOW } from '../support/events';
import { fakeNodeRed } from '../support/fake-node-red';
import { LATER } from '../store/conformance';
import { parkedFor, returnOf, shared } from '../store/conformance-exceptions';

/** The admin routes with a user who has some permissions, and a router over a store. */
function adminWith(allowed: readonly string[], obey: RouterBehaviour['obey']) {
  const { RED, make } = fakeNodeRed();
  const { admin, ask } = adminRoutes(RED, allowed, `/returns-ledger/${EXCEPTION_ROUTER}/:id`);
  defineNode(admin, {
    type: EXCEPTION_ROUTER,
    config: z.object({}),
    start: (): RouterBehaviour => ({ obey, store: () => Promise.reject(new Error('not asked for here')) }),
  });
  serveExceptions(admin);
  const node = make(EXCEPTION_ROUTER, {});
  return (route: string, call: Call = {}): Promise<Answer> =>
    ask(route, { ...call, params: { id: node.id, ...call.params } });
}

const BOTH = [`${EXCEPTION_ROUTER}.read`, `${EXCEPTION_ROUTER}.write`];
const ACT = 'POST /exceptions/:exception/:action';

describe('the admin API of the Exception Router', () => {
  it('lists, shows and changes, with the user’s name in the history', async () => {
    const store = await openMemoryStore();
    const ask = adminWith(BOTH, (command, who) =>
      obeyCommand(command, { store, source: 'router', who, now: LATER }),
    );
    const one = await returnOf(store, 'R1');
    const { id } = await store.parkException(parkedFor(one, shared('sku-unknown', 'A')), NOW);
    assert.equal((await ask('GET /exceptions', { query: { owner: 'data', limit: '5' } })).body['total'], 1);
    const note = { text: 'asked the supplier' };
    await ask(ACT, { params: { exception: id, action: 'note' }, body: note, user: 'anna' });
    await ask('POST /group/:action', {
      params: { action: 'assign' },
      body: { cause: 'sku-unknown|acme-shoes|A', owner: 'finance' },
    });
    const { body } = await ask('GET /exceptions/:exception', { params: { exception: id } });
    const { history } = body['payload'] as { history: { who: string; action: string }[] };
    assert.deepEqual(
      history.map(({ who, action }) => `${who} ${action}`),
      ['flow raised', 'anna note', 'editor assigned'],
    );
    await store.close();
  });

  it('refuses with a status and a sentence', async () => {
    const store = await openMemoryStore();
    const ask = adminWith(BOTH, (command, who) =>
      obeyCommand(command, { store, source: 'router', who, now: LATER }),
    );
    const act = async (action: string, body: object): Promise<number> =>
      (await ask(ACT, { params: { exception: 'unknown', action }, body })).status;
    assert.equal(await act('resolve', { reason: 'x' }), 404);
    assert.equal(await act('resolve', {}), 400);
    assert.equal(await act('list', {}), 400);
    assert.equal((await ask('GET /exceptions/:exception', { params: { exception: 'x' } })).status, 404);
    assert.equal((await ask('GET /exceptions', { params: { id: 'no such node' } })).status, 404);
    assert.equal((await ask('GET /exceptions', { query: { colour: 'red' } })).status, 400);
    await store.close();
  });

  it('without the permission nothing is read and nothing is done', async () => {
    const asked: string[] = [];
    const obey: RouterBehaviour['obey'] = ({ command }) => {
      asked.push(command);
      return Promise.resolve({ payload: [], resumed: false });
    };
    const nobody = adminWith([], obey);
    const reader = adminWith([`${EXCEPTION_ROUTER}.read`], obey);
    const params = { exception: 'x', action: 'discard' };
    assert.equal((await nobody('GET /exceptions')).status, 401);
    assert.equal((await nobody('GET /exceptions/:exception', { params })).status, 401);
    assert.equal((await reader(ACT, { params, body: { reason: 'x' } })).status, 401);
    assert.equal((await reader('POST /group/:action', { params, body: {} })).status, 401);
    assert.deepEqual(asked, []);
    assert.equal((await reader('GET /exceptions')).status, 200);
    assert.deepEqual(asked, ['list']);
    const codes = `GET /returns-ledger/${EXCEPTION_ROUTER}/codes`;
    assert.equal((await nobody(codes)).status, 401);
    assert.ok(((await reader(codes)).body['codes'] as unknown[]).length > 30);
  });
});
