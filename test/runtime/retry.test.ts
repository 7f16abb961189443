import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LedgerError, type FailureClass } from '../../nodes/returns/failure';
import { KeyedQueue } from '../../nodes/store/keyed-queue';
import { redact } from '../../nodes/runtime/redact';
import { retryAfterMs, withRetry } from '../../nodes/runtime/retry';
import { normalisePath } from '../../nodes/runtime/webhook-route';
import { simulatedTime } from '../support/simulated-http';

const failing = (failure: FailureClass, retryAfter?: number): LedgerError =>
  new LedgerError({ code: 'x', class: failure, message: 'x', retryAfterMs: retryAfter });

describe('R157, R158: trying again', () => {
  it('waits longer each time, within the plan', async () => {
    const time = simulatedTime();
    let calls = 0;
    await assert.rejects(
      withRetry(() => Promise.reject(((calls += 1), failing('transient'))), time),
      { class: 'transient' },
    );
    assert.equal(calls, 4);
    assert.deepEqual(time.waits, [188, 375, 750]);
  });

  it('never comes back before the wait that the server asked for', async () => {
    const time = simulatedTime();
    let calls = 0;
    await withRetry(
      () => ((calls += 1) < 3 ? Promise.reject(failing('rate-limited', 4000)) : Promise.resolve()),
      time,
    );
    assert.ok(time.waits.every((wait) => wait >= 4000));
  });

  it('does not wait for long in memory', async () => {
    const time = simulatedTime();
    await assert.rejects(
      withRetry(() => Promise.reject(failing('rate-limited', 30_000)), time),
      { retryAfterMs: 30_000 },
    );
    assert.deepEqual(time.waits, []);
  });

  for (const failure of ['ambiguous', 'data-invalid', 'state-blocked', 'auth', 'config'] as const) {
    it(`does not try again what is ${failure}`, async () => {
      let calls = 0;
      await assert.rejects(
        withRetry(() => Promise.reject(((calls += 1), failing(failure))), simulatedTime()),
      );
      assert.equal(calls, 1);
    });
  }

  it('reads Retry-After as seconds and as a date', () => {
    const clock = { now: () => Date.parse('2026-01-01T00:00:00Z') };
    assert.equal(retryAfterMs('7', clock), 7000);
    assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:09 GMT', clock), 9000);
    assert.equal(retryAfterMs(undefined, clock), undefined);
    assert.equal(retryAfterMs('soon', clock), undefined);
  });
});

describe('a queue by key', () => {
  it('keeps one key in order, lets others pass, and survives a failure', async () => {
    const queue = new KeyedQueue();
    const order: string[] = [];
    let release: () => void = () => undefined;
    const slow = queue.run('a', async () => {
      await new Promise<void>((resolve) => (release = resolve));
      order.push('a1');
      throw new Error('a1 failed');
    });
    const next = queue.run('a', () => Promise.resolve(order.push('a2')));
    await queue.run('b', () => Promise.resolve(order.push('b1')));
    assert.deepEqual(order, ['b1']);
    release();
    await assert.rejects(slow);
    await next;
    assert.deepEqual(order, ['b1', 'a1', 'a2']);
  });
});

describe('redaction', () => {
  it('takes time in proportion to the text, whatever it holds', () => {
    const hostile = [
      'ab',
      'eyJaaaaa-',
      'a@b',
      'token',
      'Bearer ',
      'password=  ',
      'a.b@c-',
      '@',
      'x-hr-signature',
    ];
    const cost = (text: string): number => {
      const started = process.cpuUsage().user;
      redact(text);
      return process.cpuUsage().user - started;
    };
    for (const piece of hostile) {
      const [small, large] = [10_000, 160_000].map((size) =>
        Math.min(...[1, 2, 3].map(() => cost(piece.repeat(Math.ceil(size / piece.length))))),
      );
      // Sixteen times the text: far from the 256 times that a search anew at each character would cost.
      assert.ok((large ?? 0) <= 60 * Math.max(small ?? 0, 3000), `${piece}: ${small} µs, then ${large} µs`);
    }
  });

  it('takes tokens, secrets in texts and addresses out, and leaves sentences readable', () => {
    const text = redact(
      'Order AC-1: Authorization: Bearer abc.def-ghi123 password=hunter22 from ann@example.com, x-hr-signature: 5d9dad7e',
    );
    assert.equal(text, 'Order AC-1: Authorization: Bearer ••• password=••• from •••, x-hr-signature: •••');
  });
});

describe('webhook paths', () => {
  it('are plain', () => {
    assert.equal(normalisePath('returns/happy-returns/'), '/returns/happy-returns');
    for (const path of ['', '/', '/a b', '/:id', '/a*', '/(x)'])
      assert.throws(() => normalisePath(path), { code: 'path-invalid' });
  });
});
