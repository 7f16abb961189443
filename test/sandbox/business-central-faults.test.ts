import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { API, body, makeCaller, tokenFor, type Caller, type Json } from './business-central-caller';

/** A wait that ends when it is told to. */
function gate(): { wait: () => Promise<void>; open: () => void } {
  const waiting: (() => void)[] = [];
  return {
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    open: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

describe('D2.7, B3: limits of an app', () => {
  it('6,000 calls in five minutes, sliding; the next is 429, without Retry-After unless a dial says so', async () => {
    const caller = await makeCaller();
    const { dials } = caller.simulator;
    const path = `${API}/companies`;
    for (let done = 0; done < 5999; done += 1) await caller.call('GET', path);
    caller.clock.now += 299_000;
    assert.equal((await caller.call('GET', path)).status, 200);
    const refused = await caller.call('GET', path);
    assert.deepEqual([refused.status, refused.headers?.['retry-after']], [429, undefined]);
    assert.equal(caller.refusal(refused).code, 'Application_TooManyRequests');
    dials.throttleRetryAfterSeconds = 9;
    assert.equal((await caller.call('GET', path)).headers?.['retry-after'], '9');
    caller.clock.now += 1000;
    assert.equal((await caller.call('GET', path)).status, 200);
    assert.equal(caller.simulator.observer.throttleReplies(), 2);
  });

  it('every app has its own limits', async () => {
    const caller = await makeCaller({ otherClients: [{ clientId: 'second', clientSecret: 's3cret' }] });
    caller.simulator.dials.callsPerWindow = 1;
    const second = { authorization: `Bearer ${await tokenFor(caller.simulator, 'second')}` };
    const path = `${API}/companies`;
    assert.equal((await caller.call('GET', path)).status, 200);
    assert.equal((await caller.call('GET', path)).status, 429);
    assert.equal((await caller.call('GET', path, undefined, second)).status, 200);
  });

  it('five calls are worked on, 95 wait their turn, one more is 429', async () => {
    const held = gate();
    const caller = await makeCaller({ wait: held.wait });
    caller.simulator.dials.latencyMs = 10;
    const statuses: number[] = [];
    const calls = Array.from({ length: 100 }, async () => {
      statuses.push((await caller.call('GET', `${API}/companies`)).status);
    });
    const refused = caller.refusal(await caller.call('GET', `${API}/companies`));
    assert.deepEqual(
      [refused.status, refused.message.split('  ')[0]],
      [429, 'Too many requests reached. Actual (101). Maximum (100).'],
    );
    // Five come out each time the wait ends, and five more go in.
    for (let round = 1; statuses.length < 100; round += 1) {
      held.open();
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(statuses.length, round * 5);
    }
    await Promise.all(calls);
    assert.deepEqual(new Set(statuses), new Set([200]));
  });

  it('who waits longer than eight minutes gets 503', async () => {
    const held = gate();
    const caller = await makeCaller({ wait: held.wait });
    caller.simulator.dials.latencyMs = 10;
    caller.simulator.dials.concurrentCalls = 1;
    const first = caller.call('GET', `${API}/companies`);
    const second = caller.call('GET', `${API}/companies`);
    await new Promise((resolve) => setImmediate(resolve));
    caller.clock.now += 480_001;
    held.open();
    assert.equal((await first).status, 200);
    assert.equal((await second).status, 503);
  });

  it('limits can be switched off', async () => {
    const caller = await makeCaller();
    caller.simulator.dials.callsPerWindow = 0;
    caller.simulator.dials.limitsOff = true;
    assert.equal((await caller.call('GET', `${API}/companies`)).status, 200);
  });

  it('a body over the limit is 413', async () => {
    const caller = await makeCaller({ maxBodyBytes: 100 });
    const answer = await caller.call('POST', 'salesCreditMemos', { email: 'x'.repeat(100) });
    assert.equal(answer.status, 413);
  });
});

describe('D2.7: faults', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await makeCaller();
  });
  const create = (): ReturnType<Caller['call']> =>
    caller.call('POST', 'salesCreditMemos', { customerNumber: caller.sale().customer });
  const drafts = (): number => caller.simulator.observer.drafts().length;

  it('502 and 503 tell when to come again, and nothing is done', async () => {
    const { dials } = caller.simulator;
    dials.retryAfterSeconds = 4;
    for (const [dial, status] of [
      ['badGatewayNext', 502],
      ['unavailableNext', 503],
    ] as const) {
      dials[dial] = 1;
      const answer = await create();
      assert.deepEqual([answer.status, answer.headers?.['retry-after']], [status, '4']);
    }
    assert.equal(drafts(), 0);
  });

  it('408: the work is taken back, but posting has committed', async () => {
    const { dials } = caller.simulator;
    dials.operationTimeoutNext = 1;
    assert.equal((await create()).status, 408);
    assert.equal(drafts(), 0);
    const memo = await caller.draft();
    dials.operationTimeoutNext = 1;
    assert.equal((await caller.post(memo)).status, 408);
    assert.equal(caller.simulator.observer.creditMemos().length, 1);
  });

  it('a call of more than eight minutes is 408', async () => {
    caller.simulator.dials.latencyMs = 480_001;
    const before = caller.clock.now;
    assert.equal((await create()).status, 408);
    assert.equal(caller.clock.now - before, 480_000);
    assert.equal(drafts(), 0);
  });

  it('504: carried out or not, as the dial says', async () => {
    const { dials } = caller.simulator;
    dials.gatewayTimeoutNext = 2;
    assert.equal((await create()).status, 504);
    assert.equal(drafts(), 1);
    dials.gatewayTimeoutCommits = false;
    assert.equal((await create()).status, 504);
    assert.equal(drafts(), 1);
  });

  it('429 and 401 on the next calls', async () => {
    caller.simulator.dials.throttleNext = 1;
    caller.simulator.dials.unauthorisedNext = 1;
    assert.equal((await create()).status, 401);
    assert.equal((await create()).status, 429);
    assert.equal((await create()).status, 201);
  });

  it('commit then drop the reply, and drop before the commit', async () => {
    const { dials } = caller.simulator;
    dials.dropAfterCommitNext = 1;
    assert.equal((await create()).drop, true);
    assert.equal(drafts(), 1);
    dials.dropBeforeCommitNext = 1;
    assert.equal((await create()).drop, true);
    assert.equal(drafts(), 1);
    dials.dropAfterCommitShare = 1;
    assert.equal((await create()).drop, true);
    // Reading is not writing.
    assert.equal((await caller.call('GET', 'salesCreditMemos')).status, 200);
    assert.equal(drafts(), 2);
  });

  it('a late commit shows up after the caller was cut off', async () => {
    const held = gate();
    const slow = await makeCaller({ wait: held.wait });
    slow.simulator.dials.lateCommitMs = 5000;
    slow.simulator.dials.lateCommitNext = 1;
    const answer = await slow.call('POST', 'salesCreditMemos', { customerNumber: slow.sale().customer });
    assert.equal(answer.drop, true);
    assert.equal(slow.simulator.observer.drafts().length, 0);
    held.open();
    await slow.simulator.observer.settled();
    assert.equal(slow.simulator.observer.drafts().length, 1);
  });

  it('B8 deadlock: Internal_ServerError; changed by another: 409 although the etag is right', async () => {
    const memo = await caller.draft();
    const path = `salesCreditMemos(${String(memo['id'])})`;
    caller.simulator.dials.lockedNext = 1;
    const locked = caller.refusal(await caller.post(memo));
    assert.deepEqual([locked.status, locked.code], [500, 'Internal_ServerError']);
    caller.simulator.dials.conflictNext = 1;
    const etag = String((await caller.get(path))['@odata.etag']);
    const conflict = await caller.call('PATCH', path, { email: 'x@y.example' }, { 'if-match': etag });
    assert.equal(caller.refusal(conflict).code, 'Request_EntityChanged');
    assert.equal((await caller.post(memo)).status, 204);
  });

  it('the observer counts calls, the refused ones too', async () => {
    const before = caller.simulator.observer.calls();
    await create();
    await caller.call('GET', 'nope');
    assert.equal(caller.simulator.observer.calls() - before, 2);
    assert.deepEqual(
      caller.simulator.observer
        .recent()
        .slice(-2)
        .map(({ method, status }) => [method, status]),
      [
        ['POST', 201],
        ['GET', 404],
      ],
    );
  });
});

describe('D2.6: $batch in JSON', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await makeCaller();
  });
  const batch = (requests: Json[], headers: Record<string, string> = {}): ReturnType<Caller['call']> =>
    caller.call('POST', `${API}/$batch`, { requests }, headers);
  const memo = (change: Json = {}): Json => ({
    method: 'POST',
    url: `companies(${caller.simulator.companyId})/salesCreditMemos`,
    headers: { 'Content-Type': 'application/json' },
    body: { customerNumber: caller.sale().customer, ...change },
  });
  const responses = (answer: Awaited<ReturnType<Caller['call']>>): Json[] => {
    assert.equal(answer.status, 200, String(answer.body));
    return body(answer)['responses'] as Json[];
  };

  it('requests are independent: one is refused, the others stay, and the outer status is 200', async () => {
    const found = responses(
      await batch([
        { ...memo(), id: 'a' },
        { ...memo({ customerNumber: 'NOBODY' }), id: 'b' },
        memo(),
        { method: 'GET', url: 'salesCreditMemos', headers: { Company: 'usrt' } },
      ]),
    );
    assert.deepEqual(
      found.map(({ id, status }) => [id, status]),
      [
        ['a', 201],
        ['b', 400],
        [null, 201],
        [null, 200],
      ],
    );
    assert.match((found[1]?.['body'] as { error: { message: string } }).error.message, /CorrelationId/);
    assert.equal(((found[3]?.['body'] as Json)['value'] as unknown[]).length, 2);
    assert.equal(caller.simulator.observer.drafts().length, 2);
  });

  it('Isolation: snapshot takes all back when one is refused', async () => {
    const snapshot = { isolation: 'snapshot' };
    const found = responses(await batch([memo(), memo({ customerNumber: 'NOBODY' }), memo()], snapshot));
    assert.deepEqual(
      found.map(({ status }) => status),
      [201, 400, 201],
    );
    assert.equal(caller.simulator.observer.drafts().length, 0);
    assert.deepEqual(
      responses(await batch([memo(), memo()], snapshot)).map(({ status }) => status),
      [201, 201],
    );
    assert.equal(caller.simulator.observer.drafts().length, 2);
  });

  it('posting commits: what came before it cannot be taken back', async () => {
    const draft = await caller.draft();
    const post = {
      method: 'POST',
      url: `companies(${caller.simulator.companyId})/salesCreditMemos(${String(draft['id'])})/Microsoft.NAV.post`,
    };
    const found = responses(
      await batch([memo(), post, memo(), memo({ customerNumber: 'NOBODY' })], { isolation: 'snapshot' }),
    );
    assert.deepEqual(
      found.map(({ status, body: inner }) => [status, inner === undefined]),
      [
        [201, false],
        [204, true],
        [201, false],
        [400, false],
      ],
    );
    assert.equal(caller.simulator.observer.creditMemos().length, 1);
    assert.equal(caller.simulator.observer.drafts().length, 1);
  });

  it('100 operations are taken, one more is refused as a whole', async () => {
    const read = { method: 'GET', url: `companies(${caller.simulator.companyId})/locations?$top=1` };
    const many = (length: number): Json[] => Array.from({ length }, () => read);
    assert.equal(responses(await batch(many(100))).length, 100);
    assert.equal((await batch(many(101))).status, 400);
  });

  it('it is JSON, and an inner change needs its If-Match', async () => {
    const multipart = await batch([], { 'content-type': 'multipart/mixed; boundary=b' });
    assert.equal(multipart.status, 415);
    const draft = await caller.draft();
    const url = `companies(${caller.simulator.companyId})/salesCreditMemos(${String(draft['id'])})`;
    const change = { method: 'PATCH', url, body: { email: 'x@y.example' } };
    const found = responses(await batch([change, { ...change, headers: { 'If-Match': '*' } }]));
    assert.deepEqual(
      found.map(({ status }) => status),
      [400, 200],
    );
  });

  it('a batch that only reads is no write', async () => {
    caller.simulator.dials.dropAfterCommitNext = 1;
    const read = { method: 'GET', url: `companies(${caller.simulator.companyId})/locations` };
    assert.equal((await batch([read])).drop, undefined);
    assert.equal((await batch([memo()])).drop, true);
  });
});
