import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asLedgerError } from '../../nodes/returns/failure';
import { Rounds } from '../../nodes/runtime/rounds';
import { seededRandom } from '../../nodes/sandbox/world';
import { SimulatedClock } from '../../scripts/crash/simulated-clock';

interface Bench {
  time: SimulatedClock;
  rounds: Rounds<string, string>;
  /** What went together. */
  made: string[][];
}

function bench(coming: number, signal?: AbortSignal): Bench {
  const time = new SimulatedClock(seededRandom(1));
  const made: string[][] = [];
  const work = (items: readonly string[]): Promise<(string | Error)[]> => {
    made.push([...items]);
    if (items.includes('down')) return Promise.reject(new Error('the call failed'));
    return Promise.resolve(items.map((item) => (item === 'refused' ? new Error(item) : item.toUpperCase())));
  };
  return { time, made, rounds: new Rounds({ coming, waitMs: 200, work, surroundings: time }, signal) };
}

describe('work side by side takes its steps together', () => {
  it('each step of all is one call, however long the others took before it', async () => {
    const { time, rounds, made } = bench(3);
    const one = async (name: string, delay: number): Promise<string[]> => {
      const own = rounds.join();
      const first = await own.ask(`${name}1`);
      await time.wait(delay);
      const second = await own.ask(`${name}2`);
      own.leave();
      return [first, second];
    };
    const answers = await time.run(Promise.all([one('a', 0), one('b', 5000), one('c', 20)]));
    assert.deepEqual(made, [
      ['a1', 'b1', 'c1'],
      ['a2', 'c2', 'b2'],
    ]);
    assert.deepEqual(answers, [
      ['A1', 'A2'],
      ['B1', 'B2'],
      ['C1', 'C2'],
    ]);
  });

  it('what ends early, or needs no step, holds nobody up', async () => {
    const { time, rounds, made } = bench(3);
    const [a, b, c] = [rounds.join(), rounds.join(), rounds.join()];
    c.leave();
    const first = Promise.all([a.ask('a1'), b.ask('b1')]);
    await time.run(first);
    b.leave();
    await time.run(a.ask('a2'));
    assert.deepEqual(made, [['a1', 'b1'], ['a2']]);
    assert.equal(time.clock.now(), Date.parse('2026-02-20T10:00:00Z'));
  });

  it('what is held up by somebody else is waited for a short time only', async () => {
    const { time, rounds, made } = bench(2);
    const [a, late] = [rounds.join(), rounds.join()];
    const start = time.clock.now();
    await time.run(a.ask('a1'));
    assert.equal(time.clock.now() - start, 200);
    const both = Promise.all([a.ask('a2'), late.ask('b1')]);
    await time.run(both);
    assert.deepEqual(made, [['a1'], ['a2', 'b1']]);
  });

  it('what is refused for one is the answer of that one; a call that fails is that of all', async () => {
    const { time, rounds } = bench(2);
    const [a, b] = [rounds.join(), rounds.join()];
    const [good, refused] = await time.run(Promise.allSettled([a.ask('good'), b.ask('refused')]));
    assert.deepEqual([good.status, refused.status], ['fulfilled', 'rejected']);
    const both = await time.run(Promise.allSettled([a.ask('x'), b.ask('down')]));
    assert.ok(both.every(({ status }) => status === 'rejected'));
  });

  it('ends when the node closes, and keeps no listener behind', async () => {
    const abort = new AbortController();
    const { rounds } = bench(2, abort.signal);
    const waiting = rounds.join().ask('a1').catch(asLedgerError);
    abort.abort();
    const error = await waiting;
    assert.equal(typeof error === 'object' && error.code, 'wait-aborted');
  });
});
