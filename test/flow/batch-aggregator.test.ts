import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { membersPage, refuse } from '../../nodes/flow/batch-drill-down';
import { batchConfigSchema } from '../../nodes/flow/batch-settings';
import type { BatchTotals, ClosedBatch } from '../../nodes/returns/batch';
import { LedgerError } from '../../nodes/returns/failure';
import { quantity } from '../../nodes/returns/quantity';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { seededRandom } from '../../nodes/sandbox/world';
import { accepted, batchRig, NODE, one, withRig } from '../support/batch-rig';
import { intake, line, NOW } from '../support/events';
import { returnKey } from '../../nodes/returns/event';

const MINUTE = 60_000;

describe('R131, R132, R133: one journal instead of many postings', () => {
  it('R131: 600 units over 40 SKUs within 15 minutes are 40 lines whose totals are 600', async () => {
    await withRig({ mostMembers: '', maxAgeMinutes: 15 }, async (rig) => {
      const running = rig.collector.run();
      await rig.time.run(
        (async () => {
          for (let at = 0; at < 300; at += 1) {
            const lines = [0, 1].map((which) =>
              line({
                id: String(which),
                sku: `SKU-${(2 * at + which) % 40}`,
                price: { minor: 100, currency: 'GBP' },
              }),
            );
            await rig.take({ event: accepted(`R${at}`, { lines }) });
          }
          await rig.time.wait(15 * MINUTE + 1000);
        })(),
      );
      const batch = one((await rig.sent()).batches);
      assert.equal(batch.totals.bySku.length, 40);
      assert.deepEqual(new Set(batch.totals.bySku.map((total) => total.quantity)), new Set([15]));
      assert.deepEqual(batch.totals.overall.units, [{ unit: 'each', quantity: 600 }]);
      assert.equal(batch.totals.overall.value, 60_000);
      assert.equal(batch.why, 'age');
      await rig.end();
      await running;
    });
  });

  it('R132: 500 returns are one batch, or as many as the size says, each with its members', async () => {
    for (const [mostMembers, sizes] of [
      ['', [500]],
      [500, [500]],
      [200, [200, 200, 100]],
    ] as const) {
      await withRig({ mostMembers, membersInMessage: 1000 }, async (rig) => {
        await Promise.all(Array.from({ length: 500 }, (_, at) => rig.take({ event: accepted(`R${at}`) })));
        await rig.collector.work();
        const batches = await rig.flush();
        assert.deepEqual(
          batches.map(({ members }) => members.length).sort((a, b) => b - a),
          sizes,
        );
        const all = batches.flatMap(({ members }) => members.map((member) => member.return));
        assert.equal(new Set(all).size, 500);
        const numbers = batches.map(({ number }) => number).sort();
        assert.equal(numbers[0], 'NIGHTLY-CREDITS-000001');
        assert.equal(new Set(numbers).size, sizes.length);
      });
    }
  });

  it('R133: behind each line of a batch are its returns, page by page', async () => {
    await withRig({ membersInMessage: 3 }, async (rig) => {
      for (let at = 0; at < 10; at += 1) {
        await rig.take({ event: accepted(`R${at}`, { lines: [line({ sku: at % 2 ? 'ODD' : 'EVEN' })] }) });
      }
      const batch = one(await rig.flush());
      assert.deepEqual([batch.membersIncluded, batch.members, batch.counts.members], [false, [], 10]);
      const odd = await membersPage(rig.store, batch.id, { after: 0, limit: 3, line: { sku: 'ODD' } });
      assert.deepEqual(
        odd.members.map((member) => member.return),
        ['R1', 'R3', 'R5'],
      );
      const rest = await membersPage(rig.store, batch.id, {
        after: odd.next ?? 0,
        limit: 3,
        line: { sku: 'ODD' },
      });
      assert.deepEqual([rest.members.map((member) => member.return), rest.next], [['R7', 'R9'], null]);
    });
  });
});

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

describe('R135, R136: one that is wrong does not sink the others', () => {
  it('R135: an invalid member is expelled when the batch is closed, and the rest is sent', async () => {
    const store = await openMemoryStore();
    const before = await batchRig({}, { store });
    for (const id of ['A', 'B', 'C']) await before.take({ event: accepted(id) });
    await before.take({ event: accepted('BAD', { lines: [line()] }) });
    // It was valid when it came: since then somebody has asked for values.
    const rig = await batchRig({ requireValue: true }, { store });
    await rig.collector.end('command', {});
    const { batches, returns } = await rig.sent();
    const counts = batches.map(({ counts: of }) => [of.members, of.expelled]);
    // Without a value there is no currency either: it was alone in a batch that is empty now.
    assert.deepEqual(counts, [[3, 0]]);
    const { event, exception } = one(returns);
    assert.deepEqual(
      [event.returnId, exception?.code, exception?.owner],
      ['BAD', 'batch-value-missing', 'finance'],
    );
    assert.match(exception?.summary ?? '', /Return BAD \(order AC-BAD\): its batch needs a value/);
    // Put right and resumed, it goes into the next batch.
    const cured = accepted('BAD', {
      id: event.id,
      lines: [line({ price: { minor: 900, currency: 'GBP' } })],
    });
    assert.equal((await rig.take({ event: cured })).kind, 'joined');
    await rig.end();
  });

  it('what is wrong from the start does not get that far', async () => {
    await withRig({ requireValue: true, byWarehouse: true }, async (rig) => {
      const problem = async (lines: ReturnType<typeof line>[]): Promise<string> => {
        const taken = await rig.take({ event: accepted('X', { lines }) });
        return taken.kind === 'problem' ? taken.problem.code : taken.kind;
      };
      const price = { minor: 100, currency: 'GBP' };
      assert.equal(await problem([]), 'batch-member-invalid');
      assert.equal(await problem([line({ kind: 'exchange' })]), 'batch-member-invalid');
      assert.equal(await problem([line({ sku: null, price })]), 'batch-member-invalid');
      assert.equal(await problem([line({ quantity: quantity(0), price })]), 'batch-member-invalid');
      assert.equal(await problem([line()]), 'batch-value-missing');
      assert.equal(await problem([line({ price })]), 'batch-group-failed');
      assert.equal(await problem([line({ price, warehouse: 'MAIN' })]), 'joined');
    });
  });

  it('a return that was rejected meanwhile is left out', async () => {
    await withRig({ from: 'on-received' }, async (rig) => {
      await rig.take({ event: accepted('GOOD') });
      const received = accepted('BAD', { topic: 'return.received' });
      await rig.take({ event: received });
      const rejected = accepted('BAD', { topic: 'return.rejected' });
      await rig.store.accept(intake([{ event: rejected, returnKey: returnKey(rejected), exception: null }]));
      const batch = one(await rig.flush());
      assert.deepEqual(batch.counts, { members: 1, lines: 1, expelled: 0, withdrawn: 1 });
    });
  });

  it('R136: line 7 of 40 is refused: 39 are posted, one is parked, and the totals reconcile', async () => {
    await withRig({ mostMembers: '' }, async (rig) => {
      const events = Array.from({ length: 80 }, (_, at) =>
        accepted(`R${at}`, {
          lines: [at % 40, (at * 7) % 40].map((sku, which) =>
            line({ id: String(which), sku: `SKU-${sku}`, price: { minor: 100 + at, currency: 'GBP' } }),
          ),
        }),
      );
      for (const event of events) await rig.take({ event });
      const batch = one(await rig.flush());
      const stored = await rig.store.batch(batch.id);
      assert.ok(stored);
      const line7 = batch.totals.bySku[6];
      assert.ok(line7);
      const facts = { what: 'item is blocked', raisedBy: 'test', how: 'send', now: NOW } as const;
      const outcome = await refuse(rig.store, stored, [{ sku: line7.sku }], facts);
      assert.equal(outcome.posted.bySku.length, 39);
      assert.deepEqual(outcome.refused.bySku, [line7]);
      for (const figure of ['value', 'items', 'lines'] as const) {
        assert.equal(
          outcome.posted.overall[figure] + outcome.refused.overall[figure],
          batch.totals.overall[figure],
        );
      }
      const { returns } = await rig.sent();
      assert.deepEqual(
        returns.map(({ event }) => event.returnId),
        outcome.returns,
      );
      assert.match(returns[0]?.exception?.summary ?? '', /NIGHTLY-CREDITS-000001, SKU-\d+: item is blocked/);
      assert.deepEqual((await refuse(rig.store, stored, [{ sku: line7.sku }], facts)).returns, []);
      // Cured and resumed: only the refused lines are in the next batch, and both together are the first one.
      for (const { event } of returns) await rig.take({ event });
      const next = one(await rig.flush());
      assert.deepEqual(next.totals.bySku, [line7]);
    });
  });

  it('one batch that cannot be closed holds up no other, and is tried again', async () => {
    await withRig({ byBrand: true }, async (rig) => {
      rig.books.fault = new LedgerError({ code: 'erp-down', class: 'transient', message: 'down' });
      await rig.take({ event: accepted('A') });
      const running = rig.collector.run();
      await rig.time.run(rig.time.wait(20 * MINUTE));
      assert.deepEqual((await rig.sent()).batches, []);
      assert.equal(rig.failures[0]?.code, 'erp-down');
      assert.ok(rig.books.asked < 15, `asked ${rig.books.asked} times`);
      rig.books.fault = null;
      await rig.time.run(rig.time.wait(2 * MINUTE));
      assert.equal((await rig.sent()).batches.length, 1);
      assert.equal(rig.collector.failing, null);
      await rig.end();
      await running;
    });
  });
});

describe('R138: batches or at once, the totals are the same', () => {
  const sums = (batches: readonly ClosedBatch[]): Record<string, number[]> => {
    const all: Record<string, number[]> = {};
    for (const { totals } of batches) {
      for (const { sku, quantity: units, value } of totals.bySku) {
        const [u = 0, v = 0] = all[sku] ?? [];
        all[sku] = [u + units, v + (value ?? 0)];
      }
    }
    return Object.fromEntries(Object.entries(all).sort());
  };

  it('R138: in both settings', async () => {
    const results: Record<string, number[]>[] = [];
    for (const mode of ['batch', 'each']) {
      await withRig({ mode, mostMembers: 30 }, async (rig) => {
        const random = seededRandom(3);
        for (let at = 0; at < 100; at += 1) {
          const lines = Array.from({ length: random.between(1, 4) }, (_, id) =>
            line({
              id: String(id),
              sku: `SKU-${random.between(1, 9)}`,
              quantity: quantity(random.between(1, 3)),
              price: { minor: random.between(1, 9999), currency: 'GBP' },
            }),
          );
          await rig.take({ event: accepted(`R${at}`, { lines }) });
        }
        await rig.collector.work();
        const batches = await rig.flush();
        if (mode === 'each') {
          assert.equal(batches.length, 100);
          assert.deepEqual(new Set(batches.map(({ why }) => why)), new Set(['each']));
        }
        results.push(sums(batches));
      });
    }
    assert.deepEqual(results[0], results[1]);
  });
});

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

describe('by command', () => {
  it('flush closes the batches of a group, with everything that has come before', async () => {
    await withRig({ byBrand: true }, async (rig) => {
      const taken = ['acme', 'beta'].map((brand) => rig.take({ event: accepted(brand, { brand }) }));
      const ended = await rig.collector.end('command', { brand: 'acme' });
      await Promise.all(taken);
      assert.deepEqual(
        ended.map(({ state, number, group }) => [state, number, group.brand]),
        [['closed', 'ACME-000001', 'acme']],
      );
      assert.equal(one(await rig.collector.pending()).group.brand, 'beta');
      assert.deepEqual(await rig.collector.end('command', { brand: 'gamma' }), []);
    });
  });

  it('reset loses nothing: the returns go out one by one', async () => {
    await withRig({}, async (rig) => {
      const events = Array.from({ length: 1200 }, (_, at) => accepted(`R${at}`));
      await Promise.all(events.map((event) => rig.take({ event })));
      await rig.collector.work();
      await rig.sent();
      const [ended] = await rig.collector.end('reset', {});
      assert.deepEqual([ended?.state, ended?.members], ['dissolved', 0]);
      const { batches, returns } = await rig.sent();
      assert.deepEqual([batches.length, returns.length], [0, 200]);
      assert.ok(returns.every(({ exception }) => exception === null));
      assert.equal((await rig.take({ event: events[1199] ?? accepted('X') })).kind, 'repeat');
    });
  });
});

describe('totals of a batch', () => {
  it('by SKU, warehouse and disposition, by tax code, fees, and all in all', async () => {
    await withRig({}, async (rig) => {
      const price = { minor: 1000, currency: 'GBP' };
      const tax = { minor: 167, currency: 'GBP' };
      const credit = {
        system: 'erp',
        kind: 'sales-credit',
        number: '1',
        id: null,
        references: { taxes: '1×T20×150 4×T20×-20' },
        status: null,
        amount: null,
        postedAt: NOW,
      };
      const lines = [
        line({
          id: '1',
          sku: 'A',
          price,
          warehouse: 'N',
          confirmedDisposition: 'restock',
          quantity: quantity(2),
        }),
        line({ id: '2', sku: 'A', price, tax, warehouse: 'N', platformDisposition: 'restock' }),
        line({ id: '3', sku: 'A', price: null, warehouse: 'S' }),
        line({ id: '4', kind: 'fee', sku: 'RETURN-FEE', price: { minor: 120, currency: 'GBP' } }),
        line({ id: '5', kind: 'exchange', sku: 'B', price }),
      ];
      await rig.take({ event: accepted('A', { lines }), documents: [credit] });
      const { totals } = one(await rig.flush());
      const each = { unit: 'each', unvalued: 0 };
      assert.deepEqual(totals, {
        bySku: [
          { sku: 'A', warehouse: 'N', disposition: 'restock', quantity: 2, value: 2000, lines: 1, ...each },
          // What the platform proposes is nobody's confirmation.
          { sku: 'A', warehouse: 'N', disposition: null, quantity: 1, value: 1000, lines: 1, ...each },
          {
            sku: 'A',
            warehouse: 'S',
            disposition: null,
            quantity: 1,
            value: null,
            lines: 1,
            ...each,
            unvalued: 1,
          },
        ],
        byTax: [
          { code: null, currency: 'GBP', value: 1000, tax: 167, lines: 2 },
          { code: 'T20', currency: 'GBP', value: 2000, tax: 150, lines: 1 },
        ],
        fees: [{ fee: 'RETURN-FEE', quantity: 1, value: 120, lines: 1 }],
        overall: {
          members: 1,
          lines: 4,
          units: [{ unit: 'each', quantity: 4 }],
          currency: 'GBP',
          items: 3000,
          fees: 120,
          notByLine: 0,
          value: 2880,
          unvalued: 1,
        },
      } satisfies BatchTotals);
    });
  });
});
