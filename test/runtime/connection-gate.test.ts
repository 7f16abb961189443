import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LedgerError } from '../../nodes/returns/failure';
import { decideFailure } from '../../nodes/returns/failure-policy';
import { ConnectionGate, type GateOptions } from '../../nodes/runtime/connection-gate';
import { simulatedTime } from '../support/simulated-http';

type Time = ReturnType<typeof simulatedTime>;

function gateOf(time: Time, change: Partial<GateOptions> = {}): ConnectionGate {
  return new ConnectionGate({
    label: 'the ERP',
    concurrency: 8,
    callsPerMinute: null,
    surroundings: time,
    ...change,
  });
}

const noAnswer = (): LedgerError =>
  new LedgerError({ code: 'http-no-answer', class: 'ambiguous', message: 'x' });
const fails = (gate: ConnectionGate): Promise<unknown> =>
  gate
    .pass(
      () => Promise.reject(noAnswer()),
      () => false,
    )
    .catch((thrown: unknown) => thrown);
const succeeds = (gate: ConnectionGate): Promise<number> =>
  gate.pass(
    () => Promise.resolve(200),
    () => false,
  );

describe('R157: the server’s own wait', () => {
  it('holds for all, and a long one is not waited for in memory', async () => {
    const time = simulatedTime();
    const gate = gateOf(time);
    gate.pause(4000);
    await Promise.all([succeeds(gate), succeeds(gate)]);
    assert.ok(
      time.waits.every((wait) => wait <= 4000) && time.now - Date.parse('2026-02-20T10:00:00Z') >= 4000,
    );
    gate.pause(60_000);
    await assert.rejects(succeeds(gate), {
      code: 'connection-paused',
      class: 'rate-limited',
      retryAfterMs: 60_000,
    });
    time.now += 60_000;
    assert.equal(await succeeds(gate), 200);
  });
});

describe('calls a minute', () => {
  it('are never more, whatever is asked for, and none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 6, max: 600 }),
        fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 300 }),
        async (callsPerMinute, pauses) => {
          const time = simulatedTime();
          const gate = gateOf(time, { callsPerMinute });
          const calls: number[] = [];
          for (const pause of pauses) {
            time.now += pause;
            for (;;) {
              try {
                await gate.pass(
                  () => Promise.resolve(calls.push(time.now)),
                  () => false,
                );
                break;
              } catch (thrown) {
                assert.ok(thrown instanceof LedgerError && thrown.retryAfterMs !== undefined);
                time.now += thrown.retryAfterMs;
              }
            }
          }
          assert.equal(calls.length, pauses.length);
          // Whatever minute is looked at: a server that counts a rolling one would refuse the call too many.
          for (const start of calls) {
            const inMinute = calls.filter((at) => at >= start && at < start + 60_000).length;
            assert.ok(inMinute <= callsPerMinute, `${inMinute} calls in a minute of ${callsPerMinute}`);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('T12: drain a backlog evenly, in the time that calls ÷ limit foretells', async () => {
    const time = simulatedTime();
    const gate = gateOf(time, { callsPerMinute: 200, concurrency: 1 });
    const began = time.now;
    const pass = (): Promise<number> =>
      gate.pass(
        () => Promise.resolve(200),
        () => false,
      );
    for (let call = 0; call < 1000; call += 1) await pass();
    const minutes = (time.now - began) / 60_000;
    assert.ok(Math.abs(minutes - 5) / 5 < 0.05, `${minutes} minutes for 1,000 calls at 200 a minute`);
  });

  it('R157: leave out what others take of a shared pool, by the server’s own count', async () => {
    const time = simulatedTime();
    const gate = gateOf(time, { callsPerMinute: 200 });
    await succeeds(gate);
    // One call was ours, and 150 are gone.
    gate.told(50);
    assert.equal(gate.callsPerMinute, 51);
    time.now += 60_001;
    assert.equal(gate.callsPerMinute, 200);
  });
});

describe('an ERP that is down', () => {
  it('R160: is left alone after five failures, so that nothing waits behind it', async () => {
    const time = simulatedTime();
    const gate = gateOf(time);
    for (let at = 0; at < 5; at += 1)
      assert.equal(((await fails(gate)) as LedgerError).code, 'http-no-answer');
    assert.ok(gate.down);
    let called = 0;
    const call = (): Promise<number> =>
      gate.pass(
        () => Promise.resolve((called += 1)),
        () => false,
      );
    await assert.rejects(call(), { code: 'connection-down', class: 'transient' });
    assert.equal(called, 0);
  });

  it('is asked by one call whether it is back; the others wait for its answer', async () => {
    const time = simulatedTime();
    let recovered = 0;
    const gate = gateOf(time, { onRecovered: () => void (recovered += 1) });
    for (let at = 0; at < 5; at += 1) await fails(gate);
    time.now += 5000;
    let answer: (status: number) => void = () => undefined;
    const probe = gate.pass(
      () => new Promise<number>((resolve) => (answer = resolve)),
      () => false,
    );
    await new Promise(setImmediate);
    await assert.rejects(succeeds(gate), { code: 'connection-down' });
    answer(200);
    await probe;
    assert.deepEqual([gate.down, recovered, await succeeds(gate)], [false, 1, 200]);
  });

  it('is left alone longer each time, up to a minute', async () => {
    const time = simulatedTime();
    const gate = gateOf(time);
    for (let at = 0; at < 5; at += 1) await fails(gate);
    const rests: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const refused = await fails(gate);
      assert.ok(refused instanceof LedgerError && refused.retryAfterMs !== undefined);
      rests.push(refused.retryAfterMs);
      time.now += refused.retryAfterMs;
      await fails(gate);
    }
    assert.deepEqual(rests, [5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('a business refusal in between says that it is there', async () => {
    const gate = gateOf(simulatedTime());
    for (let at = 0; at < 20; at += 1) {
      if (at % 4 === 3)
        await gate.pass(
          () => Promise.resolve(400),
          () => false,
        );
      else await fails(gate);
    }
    assert.equal(gate.down, false);
  });

  it('a call that waits for its turn is given up when the node closes', async () => {
    const gate = gateOf(simulatedTime(), { concurrency: 1 });
    let end: () => void = () => undefined;
    const first = gate.pass(
      () => new Promise<void>((resolve) => (end = resolve)),
      () => false,
    );
    const abort = new AbortController();
    const second = gate.pass(
      () => Promise.resolve(),
      () => false,
      abort.signal,
    );
    await new Promise(setImmediate);
    abort.abort();
    end();
    await first;
    await assert.rejects(second, { code: 'wait-aborted' });
    assert.equal(await succeeds(gate), 200);
  });
});

describe('what is done about a failure', () => {
  const failure = (kind: LedgerError['class'], retryAfterMs?: number): LedgerError =>
    new LedgerError({ code: 'x', class: kind, message: 'x', retryAfterMs });

  it('R156: what a person must mend is parked at once', () => {
    for (const kind of ['data-invalid', 'auth', 'config'] as const) {
      assert.deepEqual(decideFailure(failure(kind), 0, 0, 0.5), { action: 'park' });
    }
  });

  it('R158: waits grow with jitter, never before the server’s own wait, until the limit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'transient' as const,
          'rate-limited' as const,
          'ambiguous' as const,
          'state-blocked' as const,
        ),
        fc.nat(50),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.option(fc.nat(3_600_000), { nil: undefined }),
        (kind, waits, random, asked) => {
          const decided = decideFailure(failure(kind, asked), waits, 1000, random);
          assert.ok(decided.action === 'wait');
          assert.ok(decided.waitMs >= (asked ?? 0) && decided.waitMs >= 7500);
          assert.ok(decided.waitMs <= Math.max(30 * 60_000, (asked ?? 0) + 1000));
        },
      ),
    );
    assert.deepEqual(decideFailure(failure('transient'), 9, 24 * 3_600_000, 0), { action: 'park' });
    assert.equal(decideFailure(failure('state-blocked'), 9, 24 * 3_600_000, 0).action, 'wait');
    assert.deepEqual(decideFailure(failure('transient'), 3, 61_000, 0, { limitMs: 60_000 }), {
      action: 'park',
    });
  });

  it('R158: after an outage of ten minutes everything is back within the plan', () => {
    let at = 0;
    let waits = 0;
    while (at < 10 * 60_000) {
      const decided = decideFailure(failure('transient'), waits, at, 0.5);
      assert.ok(decided.action === 'wait');
      at += decided.waitMs;
      waits += 1;
    }
    assert.ok(waits <= 7, `${waits} tries`);
  });
});
