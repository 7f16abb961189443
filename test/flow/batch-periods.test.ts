import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accepted, NODE, one, withRig } from '../support/batch-rig';
import { line, NOW } from '../support/events';

const MINUTE = 60_000;

describe('R139, R163 to R166: periods', () => {
  const on = (day: string, time = '12:00'): { occurredAt: string; receivedAt: string } => ({
    occurredAt: `${day}T${time}:00.000Z`,
    receivedAt: `${day}T${time}:00.000Z`,
  });

  it('R139: a batch that spans midnight of the last day is two, each with its date', async () => {
    await withRig(
      { maxAgeMinutes: 60, timeZone: 'Europe/London' },
      async (rig) => {
        // London is an hour ahead: 23:30 there is 22:30 in UTC.
        await rig.take({ event: accepted('MARCH', on('2026-03-31', '22:30')) });
        await rig.time.run(rig.time.wait(10 * MINUTE));
        await rig.take({ event: accepted('APRIL', on('2026-03-31', '23:30')) });
        const batches = await rig.flush();
        assert.deepEqual(
          batches
            .map(({ postingDate, group, members }) => [postingDate, group.period, members[0]?.return])
            .sort(),
          [
            ['2026-03-31', '2026-03-31', 'MARCH'],
            ['2026-04-01', '2026-04-30', 'APRIL'],
          ],
        );
      },
      { start: '2026-03-31T22:55:00Z' },
    );
  });

  it('R139: and is closed when the period ends', async () => {
    await withRig(
      { maxAgeMinutes: 600, periods: 'listed', periodEnds: '2026-03-28' },
      async (rig) => {
        const running = rig.collector.run();
        await rig.time.run(
          (async () => {
            await rig.take({ event: accepted('OLD', on('2026-03-28', '23:00')) });
            await rig.time.wait(55 * MINUTE);
          })(),
        );
        assert.deepEqual((await rig.sent()).batches, []);
        await rig.time.run(rig.time.wait(6 * MINUTE));
        const batch = one((await rig.sent()).batches);
        assert.deepEqual([batch.why, batch.closedAt.slice(0, 16)], ['period-end', '2026-03-29T00:00']);
        await rig.end();
        await running;
      },
      { start: '2026-03-28T23:00:00Z' },
    );
  });

  it('R163: park: nothing is sent for a closed month, and finance has it', async () => {
    await withRig({ closedPeriod: 'park' }, async (rig) => {
      rig.books.closedUntil = '2026-03-31';
      await rig.take({ event: accepted('MARCH', on('2026-03-30')) });
      await rig.take({ event: accepted('APRIL', on('2026-04-02')) });
      await rig.collector.end('command', {});
      const { batches, returns } = await rig.sent();
      assert.deepEqual(
        batches.flatMap(({ members }) => members.map((member) => member.return)),
        ['APRIL'],
      );
      const { event, exception } = one(returns);
      assert.deepEqual(
        [event.returnId, exception?.code, exception?.owner],
        ['MARCH', 'period-closed', 'finance'],
      );
      assert.match(
        exception?.summary ?? '',
        /belongs to 2026-03-30, and the books are closed until 2026-03-31/,
      );
    });
  });

  it('R164: defer: posted on the first open day, with the original date kept', async () => {
    await withRig({ closedUntil: '2026-03-31', closedPeriod: 'defer' }, async (rig) => {
      // The later of what the dialog and the ERP say counts.
      rig.books.closedUntil = '2026-02-28';
      await rig.take({ event: accepted('A', on('2026-03-29')) });
      await rig.take({ event: accepted('B', on('2026-03-30')) });
      await rig.take({ event: accepted('C', on('2026-03-30')) });
      const batch = one(await rig.flush());
      assert.equal(batch.postingDate, '2026-04-01');
      assert.deepEqual(batch.originalDates, [
        { date: '2026-03-29', members: 1, value: 2500 },
        { date: '2026-03-30', members: 2, value: 5000 },
      ]);
      assert.deepEqual(
        batch.members.map(({ originalDate }) => originalDate),
        ['2026-03-29', '2026-03-30', '2026-03-30'],
      );
      await rig.take({ event: accepted('D', on('2026-04-03')) });
      const open = one(await rig.flush());
      assert.deepEqual([open.postingDate, open.originalDates], ['2026-04-03', []]);
    });
  });

  it('R165: money and stock of a return carry the same date', async () => {
    await withRig({ from: 'on-received' }, async (rig) => {
      // The credit was deferred when it was posted: the stock goes with it.
      const credit = {
        system: 'erp',
        kind: 'sales-credit',
        number: '1001',
        id: null,
        references: { day: '2026-03-30', postingDay: '2026-04-01', deferredFrom: '2026-03-30' },
        status: null,
        amount: { minor: -3000, currency: 'GBP' },
        postedAt: NOW,
      };
      await rig.take({ event: accepted('A', { ...on('2026-03-30'), lines: [line()] }), documents: [credit] });
      const batch = one(await rig.flush());
      assert.deepEqual([batch.postingDate, batch.members[0]?.date], ['2026-04-01', '2026-04-01']);
      assert.deepEqual([batch.totals.overall.value, batch.totals.overall.units[0]?.quantity], [3000, 1]);
      assert.deepEqual(batch.members[0]?.documents[0]?.number, '1001');
    });
  });

  it('R166: 12 deferrals are listed for finance, with their values', async () => {
    await withRig({ closedUntil: '2026-03-31', byBrand: true }, async (rig) => {
      for (let at = 0; at < 12; at += 1) {
        const price = { minor: 1000 + at, currency: 'GBP' };
        await rig.take({
          event: accepted(`R${at}`, { ...on('2026-03-30'), brand: `b${at % 3}`, lines: [line({ price })] }),
        });
      }
      await rig.take({ event: accepted('OPEN', on('2026-04-02')) });
      const batches = await rig.flush();
      assert.equal(batches.length, 4);
      const wanted = { from: '2026-02-20T00:00:00.000Z', to: '2026-02-21T00:00:00.000Z', limit: 100 };
      const listed = await rig.store.deferredMembers(NODE, wanted);
      assert.equal(listed.length, 12);
      assert.deepEqual(new Set(listed.map(({ postingDate }) => postingDate)), new Set(['2026-04-01']));
      assert.equal(
        listed.reduce((sum, { minor }) => sum + (minor ?? 0), 0),
        12 * 1000 + 66,
      );
    });
  });
});
