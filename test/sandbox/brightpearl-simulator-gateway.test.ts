import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatIdSet, IdSet } from '../../nodes/sandbox/brightpearl/id-set';
import { Refusal } from '../../nodes/sandbox/brightpearl/refusal';
import { readDecimal } from '../../nodes/sandbox/brightpearl/wire';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { HEADERS, TestAccount } from '../support/brightpearl-account';

describe('the simulated Brightpearl at its door', () => {
  it('calls without valid credentials get 401 with the text in response', async () => {
    const account = new TestAccount();
    for (const headers of [
      {},
      { 'brightpearl-app-ref': 'acme_returns' },
      { ...HEADERS, 'brightpearl-account-token': 'wrong' },
      { 'brightpearl-account-token': 'sys-token' },
      { 'brightpearl-app-ref': 'acme_returns', authorization: 'Bearer t' },
    ]) {
      const answer = await account.call('GET', '/accounting-service/tax-code', undefined, headers);
      assert.equal(answer.status, 401);
      assert.match(String(answer.body.response), /Not authenticated/);
    }
  });

  it('takes a system token, a staff token in either header, and OAuth with the developer reference', async () => {
    const auth = {
      appRef: 'acme_returns',
      accountToken: 'sys-token',
      staffTokens: { 'staff-token': 9 },
      oauth: { token: 'bearer', devRef: 'dev' },
    };
    const account = new TestAccount({ auth });
    const app = { 'brightpearl-app-ref': 'acme_returns' };
    const oauth = { ...app, authorization: 'Bearer bearer' };
    const tries: [Record<string, string>, number][] = [
      [HEADERS, 200],
      [{ ...app, 'brightpearl-staff-token': 'staff-token' }, 200],
      [{ ...app, 'brightpearl-account-token': 'staff-token' }, 200],
      [{ ...oauth, 'brightpearl-dev-ref': 'dev' }, 200],
      [oauth, 401],
      [{ ...app, 'brightpearl-staff-token': 'sys-token' }, 401],
    ];
    for (const [headers, status] of tries) {
      assert.equal(
        (await account.call('GET', '/accounting-service/tax-code', undefined, headers)).status,
        status,
      );
    }
  });

  it('another account is not this one, and a forbidden service gets 403', async () => {
    const account = new TestAccount({
      auth: { appRef: 'acme_returns', accountToken: 'sys-token', forbiddenServices: ['accounting-service'] },
    });
    await account.refused('GET', '/accounting-service/tax-code', undefined, 403);
    const other = await account.simulator.handle({
      method: 'GET',
      url: '/public-api/other/accounting-service/tax-code',
      headers: HEADERS,
      body: Buffer.alloc(0),
    });
    assert.equal(other.status, 401);
  });

  it('an unknown path is 404 with CMNC-404, a wrong method 405, a body that is no JSON CMNC-010', async () => {
    const account = new TestAccount();
    assert.match(await account.refused('GET', '/order-service/nope/1', undefined, 404), /CMNC-404/);
    await account.refused('DELETE', '/order-service/order/1', undefined, 405);
    assert.match(await account.refused('POST', '/order-service/sales-credit', 'not json', 400), /CMNC-010/);
  });

  it('R157: every answer tells what is left of 200 calls and when the period ends; over it 503', async () => {
    const account = new TestAccount();
    const tax = '/accounting-service/tax-code';
    const first = await account.call('GET', tax);
    assert.equal(first.headers['brightpearl-requests-remaining'], '199');
    assert.equal(first.headers['brightpearl-next-throttle-period'], '60000');
    await account.clock.advance(1000);
    for (let call = 0; call < 199; call += 1) assert.equal((await account.call('GET', tax)).status, 200);
    const refused = await account.call('GET', tax);
    assert.equal(refused.status, 503);
    assert.match(String(refused.body.response), /too many requests/);
    assert.equal(refused.headers['brightpearl-requests-remaining'], '0');
    assert.equal(refused.headers['brightpearl-next-throttle-period'], '59000');
    assert.equal(account.simulator.observer.throttleReplies(), 1);
    // Rolling: after the wait one call is free, the other 199 a second later.
    await account.clock.advance(59_000);
    assert.equal((await account.call('GET', tax)).status, 200);
    assert.equal((await account.call('GET', tax)).status, 503);
    await account.clock.advance(1000);
    assert.equal((await account.call('GET', tax)).status, 200);
    assert.equal(account.simulator.observer.throttleReplies(), 2);
  });

  it('R157: counted in periods, all calls are free again at once', async () => {
    const account = new TestAccount({ throttleKind: 'period' });
    account.simulator.dials.throttleLimit = 3;
    const status = async (): Promise<number> =>
      (await account.call('GET', '/accounting-service/tax-code')).status;
    assert.deepEqual([await status(), await status(), await status(), await status()], [200, 200, 200, 503]);
    await account.clock.advance(60_000);
    assert.deepEqual([await status(), await status(), await status(), await status()], [200, 200, 200, 503]);
    account.simulator.dials.throttleOff = true;
    assert.equal(await status(), 200);
  });

  it('R157: no client gets more than 200 calls into any minute', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 60 }), async (pauses) => {
        const account = new TestAccount();
        account.simulator.dials.throttleLimit = 5;
        const served: number[] = [];
        for (const pause of pauses) {
          await account.clock.advance(pause);
          const { status } = await account.call('GET', '/order-service/order-type');
          if (status === 200) served.push(account.clock.now());
        }
        for (const from of served) {
          assert.ok(served.filter((at) => at >= from && at < from + 60_000).length <= 5);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('a gateway fault is 503 without the throttle headers: not to be taken for throttling', async () => {
    const account = new TestAccount();
    account.simulator.dials.unavailableNext = 1;
    const answer = await account.call('GET', '/accounting-service/tax-code');
    assert.equal(answer.status, 503);
    assert.equal(answer.headers['brightpearl-requests-remaining'], undefined);
    assert.equal(account.simulator.observer.throttleReplies(), 0);
  });

  it('drops writes before and after the commit, and commits late', async () => {
    const account = new TestAccount();
    const { dials, observer } = account.simulator;
    const credit = async (key: string): Promise<number> => {
      const body = await account.creditBody(account.id(), { externalRef: key });
      return (await account.call('POST', '/order-service/sales-credit', body)).status;
    };
    dials.dropBeforeCommitNext = 1;
    assert.equal(await credit('a'), 0);
    assert.equal(observer.salesCredits().length, 0);
    dials.dropAfterCommitNext = 1;
    assert.equal(await credit('b'), 0);
    assert.equal(observer.salesCredits().length, 1);
    Object.assign(dials, { lateCommitNext: 1, lateCommitMs: 5000 });
    assert.equal(await credit('c'), 0);
    assert.equal(observer.salesCredits().length, 1);
    await account.clock.advance(5000);
    assert.equal(observer.salesCredits().length, 2);
    dials.dropAfterCommitShare = 1;
    assert.equal((await account.call('GET', '/order-service/order-type')).status, 200);
    assert.equal(await credit('d'), 0);
  });

  it('is served over HTTP below its name, and a dropped answer cuts the connection', async () => {
    const account = new TestAccount();
    const server = await startSandboxServer([account.simulator]);
    try {
      const url = `${server.baseUrl('brightpearl')}/public-api/acme`;
      const answer = await fetch(`${url}/order-service/order-search?pageSize=1`, { headers: HEADERS });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('brightpearl-requests-remaining'), '199');
      account.simulator.dials.dropAfterCommitNext = 1;
      const body = JSON.stringify(await account.creditBody(account.id()));
      await assert.rejects(
        fetch(`${url}/order-service/sales-credit`, { method: 'POST', headers: HEADERS, body }),
      );
      assert.equal(account.simulator.observer.salesCredits().length, 1);
    } finally {
      await server.close();
    }
  });

  it('counts calls by path', async () => {
    const account = new TestAccount();
    await account.call('GET', `/order-service/order/${account.id()},${account.id(1)}`);
    await account.call('GET', `/order-service/order/${account.id()}-${account.id(3)}`);
    assert.deepEqual(account.simulator.observer.byPath(), { 'GET /order-service/order/{id}': 2 });
    assert.equal(account.simulator.observer.calls(), 2);
  });
});

describe('id sets (help 211125046)', () => {
  it('what is written as an id set is read back as the same ids', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (ids) => {
        const set = IdSet.parse(formatIdSet(ids));
        const table = new Map(Array.from({ length: 400 }, (_, index) => [index + 1, index + 1]));
        assert.deepEqual(
          set.pick(table),
          [...ids].sort((a, b) => a - b),
        );
        assert.equal(set.size, ids.length);
      }),
    );
  });

  it('mixes lists and ranges, each id once', () => {
    assert.equal(IdSet.parse('1,2,5-9').size, 7);
    assert.equal(IdSet.parse('5-9,6,7-12').size, 8);
  });

  it('refuses descending ranges, zero, words and what is no id', () => {
    for (const text of ['9-5', '5-5', '0', '1,,2', 'a', '1-', '-1', '1 2', '99999999999']) {
      assert.throws(() => IdSet.parse(text), Refusal, text);
    }
  });

  it('at most 200 orders a request; a wide range costs no time to refuse', async () => {
    const account = new TestAccount();
    await account.refused('GET', '/order-service/order/1-201', undefined, 400);
    await account.refused('GET', '/order-service/order/1-2000000000', undefined, 400);
    await account.refused('GET', '/order-service/order/5-1', undefined, 400);
    await account.refused('GET', '/product-service/product/1-201', undefined, 400);
  });

  it('an empty answer is 404, for orders, products and tax codes', async () => {
    const account = new TestAccount();
    await account.refused('GET', '/order-service/order/1,2', undefined, 404);
    await account.refused('GET', '/product-service/product/1-5', undefined, 404);
    await account.refused('GET', '/accounting-service/tax-code/99', undefined, 404);
    const lenient = new TestAccount({ emptyIs404: false });
    assert.deepEqual(await lenient.get('/order-service/order/1,2'), []);
  });

  it('OPTIONS tells the fewest URIs for many ids', async () => {
    const account = new TestAccount();
    const answer = await account.call('OPTIONS', '/order-service/order/');
    assert.deepEqual(answer.body.response, { getUris: [`/order/${account.id(0)}-${account.id(11)}`] });
  });
});

describe('decimals on the wire', () => {
  it('are read without losing a penny', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (units) => {
        assert.equal(readDecimal((units / 100).toFixed(2), 2), units === 0 ? 0 : units);
        assert.equal(readDecimal(units / 100, 2), units === 0 ? 0 : units);
      }),
    );
    for (const wrong of ['1.005', 1.005, '', 'x', null, undefined, Number.NaN, '1e3']) {
      assert.equal(readDecimal(wrong, 2), null);
    }
    assert.equal(readDecimal('4.0000', 2), 400);
  });
});

describe('multi-message (help 211125066)', () => {
  const message = (label: string, uri: string, body: unknown): Record<string, unknown> => ({
    label,
    uri,
    httpMethod: 'POST',
    body,
  });

  it('carries out up to ten writes in one request of the throttle', async () => {
    const account = new TestAccount();
    const bodies = await Promise.all([0, 1, 2].map((index) => account.creditBody(account.id(index))));
    const before = (await account.call('GET', '/order-service/order-type')).headers[
      'brightpearl-requests-remaining'
    ];
    const answer = await account.call('POST', '/multi-message', {
      processingMode: 'PARALLEL',
      onFail: 'CONTINUE',
      messages: bodies.map((body, index) => message(`m${index}`, '/order-service/sales-credit', body)),
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['brightpearl-requests-remaining'], String(Number(before) - 1));
    const { processedMessages } = answer.body.response as {
      processedMessages: { label: string; statusCode: number; body: { content: string } }[];
    };
    assert.deepEqual(processedMessages.map(({ label }) => label).sort(), ['m0', 'm1', 'm2']);
    const ids = processedMessages.map(
      ({ body }) => (JSON.parse(body.content) as { response: number }).response,
    );
    assert.deepEqual(
      ids.sort(),
      account.simulator.observer.salesCredits().map(({ id }) => id),
    );
  });

  it('stops or goes on after a failure, with 207 and the labels of what was not done', async () => {
    const account = new TestAccount();
    const good = await account.creditBody(account.id());
    const messages = [
      message('bad', '/order-service/sales-credit', { ...good, rows: [] }),
      message('good', '/order-service/sales-credit', good),
    ];
    const stopped = await account.call('POST', '/multi-message', {
      processingMode: 'SEQUENTIAL',
      onFail: 'STOP',
      messages,
    });
    assert.equal(stopped.status, 207);
    assert.deepEqual((stopped.body.response as { unprocessedMessages: string[] }).unprocessedMessages, [
      'good',
    ]);
    assert.equal(account.simulator.observer.salesCredits().length, 0);
    const went = await account.call('POST', '/multi-message', {
      processingMode: 'SEQUENTIAL',
      onFail: 'CONTINUE',
      messages,
    });
    assert.equal(went.status, 207);
    assert.equal(account.simulator.observer.salesCredits().length, 1);
  });

  it('refuses reads, more than ten messages, equal labels and unknown modes', async () => {
    const account = new TestAccount();
    const run = (change: Record<string, unknown>): Promise<string> =>
      account.refused(
        'POST',
        '/multi-message',
        { processingMode: 'SEQUENTIAL', onFail: 'STOP', messages: [message('a', '/x', {})], ...change },
        400,
      );
    await run({ messages: [{ ...message('a', '/order-service/order/1', {}), httpMethod: 'GET' }] });
    await run({ messages: Array.from({ length: 11 }, (_, index) => message(String(index), '/x', {})) });
    await run({ messages: [message('a', '/x', {}), message('a', '/y', {})] });
    await run({ processingMode: 'FAST' });
    await run({ messages: [] });
  });

  it('counts each message where the option says so', async () => {
    const account = new TestAccount({ multiMessageCountsOnce: false });
    account.simulator.dials.throttleLimit = 2;
    const messages = ['a', 'b', 'c'].map((label) => message(label, '/x', {}));
    const answer = await account.call('POST', '/multi-message', {
      processingMode: 'SEQUENTIAL',
      onFail: 'STOP',
      messages,
    });
    assert.equal(answer.status, 503);
  });
});
