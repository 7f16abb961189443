import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batchConfigSchema } from '../../nodes/flow/batch-settings';
import { returnKey } from '../../nodes/returns/event';
import { seededRandom } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { accepted, batchRig, one, withRig } from '../support/batch-rig';

const MINUTE = 60_000;

describe('R134, R97: the wait is bounded and agreed', () => {
  /** Returns come at random; gives the longest wait of any of them. */
  async function longestWait(config: Record<string, unknown>, jumpMs: number): Promise<number> {
    const rig = await batchRig(config);
    const random = seededRandom(7);
    const running = rig.collector.run();
    const came = new Map<string, number>();
    const sentAt = new Map<string, number>();
    // What came and when is told by a clock that nobody sets.
    const { clock } = rig.time;
    let shift = 0;
    const real = clock.now;
    Object.assign(clock, { now: () => real() + shift });
    const watch = async (): Promise<void> => {
      for (const { members } of (await rig.sent()).batches) {
        for (const member of members) sentAt.set(member.return, real());
      }
    };
    const arrivals = async (): Promise<void> => {
      for (let at = 0; at < 120; at += 1) {
        await rig.time.wait(random.between(0, 3 * MINUTE));
        if (at === 60) shift = jumpMs;
        came.set(`R${at}`, real());
        await rig.take({ event: accepted(`R${at}`) });
      }
    };
    const watching = async (): Promise<void> => {
      while (sentAt.size < 120) {
        await rig.time.wait(5000);
        await watch();
      }
    };
    await rig.time.run(Promise.all([arrivals(), watching()]));
    await rig.end();
    await running;
    assert.equal(sentAt.size, 120);
    return Math.max(...[...came].map(([id, at]) => (sentAt.get(id) ?? Number.POSITIVE_INFINITY) - at));
  }

  it('R134: no return waits longer than the interval and 5 %', async () => {
    assert.ok((await longestWait({ maxAgeMinutes: 15, mostMembers: '' }, 0)) <= 15 * MINUTE * 1.05);
    assert.ok((await longestWait({ maxAgeMinutes: 15, mostMembers: 5 }, 0)) <= 15 * MINUTE * 1.05);
  });

  it('T5: not even when the clock is set by hours, forth or back', async () => {
    for (const hours of [-5, 5]) {
      const longest = await longestWait(
        { maxAgeMinutes: 15, mostMembers: '', periods: 'none' },
        hours * 60 * MINUTE,
      );
      assert.ok(longest <= 15 * MINUTE * 1.05, `${hours} h: ${longest / MINUTE} min`);
    }
  });

  it('R97: what would wait for ever cannot be set', () => {
    const refused = batchConfigSchema.safeParse({ store: 's', maxAgeMinutes: '', mostMembers: 10 });
    assert.match(refused.error?.issues[0]?.message ?? '', /nobody waits for ever/);
    assert.ok(batchConfigSchema.safeParse({ store: 's', maxAgeMinutes: '', timetable: '02:00' }).success);
  });

  it('R197: a return in a batch shows when it is posted', async () => {
    await withRig({ maxAgeMinutes: 30 }, async (rig) => {
      const event = accepted('A');
      await rig.take({ event });
      const [waiting] = await rig.store.batchesOfReturn(returnKey(event));
      assert.deepEqual([waiting?.state, waiting?.dueAt], ['open', '2026-02-20T10:30:00.000Z']);
    });
  });

  it('a timetable closes at its times, and makes up for one that was slept through', async () => {
    const config = { maxAgeMinutes: '', timetable: '17:00 Mon-Fri', timeZone: 'Europe/London' };
    const store = await openMemoryStore();
    const rig = await batchRig(config, { store });
    await rig.take({ event: accepted('A') });
    await rig.collector.work();
    assert.deepEqual((await rig.sent()).batches, []);
    // Started again at five to nine the next day.
    const again = await batchRig(config, { store, start: '2026-02-21T08:55:00Z' });
    await again.collector.work();
    const batch = one((await again.sent()).batches);
    assert.deepEqual([batch.why, batch.postingDate], ['schedule', '2026-02-20']);
    await again.end();
  });

  it('settings that were changed count for what waits as well', async () => {
    const store = await openMemoryStore();
    const rig = await batchRig({ maxAgeMinutes: 600 }, { store });
    const event = accepted('A');
    await rig.take({ event });
    const again = await batchRig({ maxAgeMinutes: 20 }, { store });
    const running = again.collector.run();
    await again.time.run(again.time.wait(MINUTE));
    assert.equal((await store.batchesOfReturn(returnKey(event)))[0]?.dueAt, '2026-02-20T10:20:00.000Z');
    await again.time.run(again.time.wait(20 * MINUTE));
    assert.equal((await again.sent()).batches.length, 1);
    await again.end();
    await running;
  });
});
