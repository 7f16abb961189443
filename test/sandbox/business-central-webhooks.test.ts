import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { WebhookRequest } from '../../nodes/sandbox/business-central/simulator-types';
import { API, body, makeCaller, tokenFor, type Caller, type Json } from './business-central-caller';

const SUBSCRIPTIONS = `${API}/subscriptions`;

describe('D2.8, B7: webhooks', () => {
  let caller: Caller;
  let received: WebhookRequest[] = [];
  /** Statuses of the next answers of the subscriber; 200 when none is left. */
  let statuses: number[] = [];
  let echo = true;
  let waiting: { milliseconds: number; resolve: () => void }[] = [];

  beforeEach(async () => {
    received = [];
    statuses = [];
    echo = true;
    waiting = [];
    caller = await makeCaller({
      wait: (milliseconds) => new Promise((resolve) => waiting.push({ milliseconds, resolve })),
      webhookRetryDelaysMs: [60_000, 600_000],
      deliver: (request) => {
        const token = /validationToken=(.*)$/.exec(request.url)?.[1];
        if (token !== undefined) return Promise.resolve({ status: 200, body: echo ? token : 'no' });
        received.push(request);
        return Promise.resolve({ status: statuses.shift() ?? 200, body: '' });
      },
    });
  });

  const resourceOf = (set: string): string => `/api/v2.0/companies(${caller.simulator.companyId})/${set}`;
  const subscribe = async (set = 'salesCreditMemos', clientState = 'secret'): Promise<Json> => {
    const answer = await caller.call('POST', SUBSCRIPTIONS, {
      notificationUrl: 'https://flow.example/bc',
      resource: resourceOf(set),
      clientState,
    });
    assert.equal(answer.status, 201, String(answer.body));
    return body(answer);
  };
  const values = (): Json[] => received.flatMap((one) => (JSON.parse(one.body) as { value: Json[] }).value);
  /** Lets the time of every wait pass, one after the other, until nothing is under way. */
  const settled = async (): Promise<void> => {
    const state = { settled: false };
    const all = caller.simulator.observer.settled().then(() => {
      state.settled = true;
    });
    for (let next = waiting.shift(); !state.settled || next; next = waiting.shift()) {
      caller.clock.now += next?.milliseconds ?? 0;
      next?.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
  };

  it('the handshake must be echoed, at the start and at every renewal', async () => {
    echo = false;
    const refused = await caller.call('POST', SUBSCRIPTIONS, {
      notificationUrl: 'https://flow.example/bc',
      resource: resourceOf('items'),
    });
    assert.equal(refused.status, 400);
    assert.deepEqual(await caller.rows(SUBSCRIPTIONS), []);
    echo = true;
    const { subscriptionId } = await subscribe();
    const path = `${SUBSCRIPTIONS}('${String(subscriptionId)}')`;
    assert.equal((await caller.call('PATCH', path, {})).status, 400);
    echo = false;
    assert.equal((await caller.call('PATCH', path, {}, { 'if-match': '*' })).status, 400);
    echo = true;
    assert.equal((await caller.call('PATCH', path, {}, { 'if-match': '*' })).status, 200);
  });

  it('changes come half a minute later, the created and changed one once, with the secret', async () => {
    await subscribe();
    const before = caller.clock.now;
    const memo = await caller.draft();
    await caller.post(memo);
    assert.deepEqual(received, []);
    await settled();
    assert.equal(caller.clock.now - before, 30_000);
    assert.equal(received.length, 1);
    const [value] = values();
    assert.deepEqual(
      [value?.['changeType'], value?.['clientState'], value?.['resource']],
      ['created', 'secret', `${resourceOf('salesCreditMemos').slice(1)}(${String(memo['id'])})`],
    );
  });

  it('a change of a line is one of its document, a deletion is told, a refusal is not', async () => {
    const memo = await caller.draft();
    await subscribe();
    const lines = `salesCreditMemos(${String(memo['id'])})/salesCreditMemoLines`;
    await caller.create(lines, { lineType: 'Comment', description: 'x' });
    await settled();
    await caller.call('POST', 'salesCreditMemos', { customerNumber: 'NOBODY' });
    await settled();
    await caller.call('DELETE', `salesCreditMemos(${String(memo['id'])})`);
    await settled();
    assert.deepEqual(
      values().map(({ changeType }) => changeType),
      ['updated', 'deleted'],
    );
  });

  it('over a thousand changes become one of the collection', async () => {
    await subscribe('customers');
    const requests = Array.from({ length: 100 }, (_, index) => index);
    for (let batch = 0; batch < 11; batch += 1) {
      await caller.call('POST', `${API}/$batch`, {
        requests: requests.map((index) => ({
          method: 'POST',
          url: `companies(${caller.simulator.companyId})/customers`,
          body: { number: `N-${batch}-${index}`, displayName: 'x' },
        })),
      });
    }
    await settled();
    const [value] = values();
    assert.equal(values().length, 1);
    assert.equal(value?.['changeType'], 'collection');
    assert.match(String(value['resource']), /customers\?\$filter=lastModifiedDateTime%20gt%20/);
  });

  it('it is tried again after 408, 429 and 5xx; any other failure ends the subscription', async () => {
    await subscribe();
    statuses = [503, 429, 200];
    await caller.draft();
    await settled();
    assert.deepEqual(caller.simulator.observer.notifications()[0]?.answers, [503, 429, 200]);
    statuses = [500, 408, 500];
    await caller.draft();
    await settled();
    assert.equal(caller.simulator.observer.notifications()[1]?.outcome, 'given-up');
    assert.equal((await caller.rows(SUBSCRIPTIONS)).length, 1);
    statuses = [404];
    await caller.draft();
    await settled();
    assert.equal(caller.simulator.observer.notifications()[2]?.outcome, 'subscription-deleted');
    assert.deepEqual(await caller.rows(SUBSCRIPTIONS), []);
  });

  it('it expires after three days unless it is renewed', async () => {
    const day = 86_400_000;
    const { subscriptionId } = await subscribe();
    caller.clock.now += 2 * day;
    caller = { ...caller, call: await freshCall() };
    const path = `${SUBSCRIPTIONS}(${String(subscriptionId)})`;
    assert.equal((await caller.call('PATCH', path, {}, { 'if-match': '*' })).status, 200);
    caller.clock.now += 2 * day;
    caller = { ...caller, call: await freshCall() };
    assert.equal((await caller.call('GET', path)).status, 200);
    caller.clock.now += day;
    caller = { ...caller, call: await freshCall() };
    assert.equal((await caller.call('GET', path)).status, 404);
    caller.simulator.addForeignCreditMemo(caller.sale().number);
    await settled();
    assert.deepEqual(received, []);
  });

  /** The token of the caller has run out: a call with a new one. */
  async function freshCall(): Promise<Caller['call']> {
    const token = await tokenFor(caller.simulator);
    const { call } = caller;
    return (method, path, sent, headers = {}) =>
      call(method, path, sent, { authorization: `Bearer ${token}`, ...headers });
  }

  it('locations, return orders and item entries send nothing; a wrong field is refused', async () => {
    for (const set of ['locations', 'salesReturnOrders', 'itemLedgerEntries', 'nope']) {
      const answer = await caller.call('POST', SUBSCRIPTIONS, {
        notificationUrl: 'https://flow.example/bc',
        resource: resourceOf(set),
      });
      assert.equal(answer.status, 400, set);
    }
    const long = await caller.call('POST', SUBSCRIPTIONS, {
      notificationUrl: 'https://flow.example/bc',
      resource: resourceOf('items'),
      clientState: 'x'.repeat(2049),
    });
    assert.equal(long.status, 400);
  });

  it('an environment holds so many subscriptions, and they can be removed', async () => {
    const own = await makeCaller({
      maxSubscriptions: 1,
      deliver: ({ url }) => Promise.resolve({ status: 200, body: url.split('validationToken=')[1] ?? '' }),
    });
    const send = (): ReturnType<Caller['call']> =>
      own.call('POST', SUBSCRIPTIONS, {
        notificationUrl: 'https://flow.example/bc?x=1',
        resource: `api/v2.0/companies(${own.simulator.companyId})/items`,
      });
    const made = body(await send());
    assert.equal((await send()).status, 400);
    const path = `${SUBSCRIPTIONS}('${String(made['subscriptionId'])}')`;
    assert.equal((await own.call('DELETE', path)).status, 204);
    assert.equal((await send()).status, 201);
  });
});
