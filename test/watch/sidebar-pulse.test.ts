import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SidebarPulse, type StorePulse } from '../../nodes/watch/sidebar-pulse';

/** A pulse over a clock and a store that the test moves by hand. */
function rig() {
  const timers: { work: () => void; at: number }[] = [];
  const told: number[] = [];
  let now = 0;
  let looks = 0;
  let version = 1;
  let fails = false;
  const pulse = new SidebarPulse({
    publish: (stores) => void told.push(stores[0]?.version ?? -1),
    setTimer: (work, ms) => {
      const timer = { work, at: now + ms };
      timers.push(timer);
      return { clear: () => void timers.splice(timers.indexOf(timer), 1) };
    },
    elapsed: () => now,
    look: () => {
      looks += 1;
      if (fails) return Promise.reject(new Error('the store is gone'));
      const counts = { open: 0, owners: {}, waiting: 0, nextDue: null, inFlight: 0 };
      return Promise.resolve([
        { id: 's', name: 'S', problem: null, version, ...counts } satisfies StorePulse,
      ]);
    },
  });
  return {
    pulse,
    told,
    looks: () => looks,
    timers,
    change: () => void (version += 1),
    fail: (is: boolean) => void (fails = is),
    /** Lets the time go by, a timer at a time. */
    pass: async (ms: number): Promise<void> => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers.splice(timers.indexOf(next), 1);
        now = next.at;
        next.work();
        await new Promise(setImmediate);
      }
      now = end;
    },
  };
}

describe('open editors are told of changes', () => {
  it('once for each change, and not where nothing changed', async () => {
    const { pulse, told, change, pass } = rig();
    await pulse.watched();
    await pass(5000);
    assert.deepEqual(told, [1]);
    change();
    await pass(5000);
    assert.deepEqual(told, [1, 2]);
  });

  it('while nobody watches, no store is asked and no timer runs', async () => {
    const { pulse, looks, pass, timers, change, told } = rig();
    await pass(100_000);
    assert.equal(looks(), 0);
    await pulse.watched();
    await pass(50_000);
    const asked = looks();
    assert.equal(timers.length, 0);
    change();
    pulse.lookNow();
    await pass(100_000);
    assert.equal(looks(), asked);
    assert.deepEqual(told, [1]);
  });

  it('at once after a person changed something', async () => {
    const { pulse, told, change, pass } = rig();
    await pulse.watched();
    await pass(1000);
    change();
    pulse.lookNow();
    await pass(0);
    assert.deepEqual(told, [1, 2]);
  });

  it('goes on after a look that failed, and ends when it is closed', async () => {
    const { pulse, told, fail, pass, timers } = rig();
    await pulse.watched();
    fail(true);
    await pass(3000);
    fail(false);
    await pass(2000);
    assert.deepEqual(told, [1]);
    pulse.close();
    assert.equal(timers.length, 0);
  });
});
