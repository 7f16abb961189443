import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { membersPage, refuse } from '../../nodes/runtime/batch-drill-down';
import type { BatchTotals, ClosedBatch } from '../../nodes/returns/batch';
import { buildException } from '../../nodes/returns/exception';
import { LedgerError } from '../../nodes/returns/failure';
import { quantity } from '../../nodes/returns/quantity';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { seededRandom } from '../../nodes/sandbox/world';
import { accepted, batchRig, one, withRig } from '../support/batch-rig';
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

  it('R17: a return that a person has settled outside meanwhile is left out', async () => {
    await withRig({ from: 'on-received' }, async (rig) => {
      await rig.take({ event: accepted('GOOD') });
      const event = accepted('BY-HAND');
      await rig.take({ event });
      const about = { returnNumber: 'BY-HAND', orderNumber: null, brand: event.brand };
      const parked = {
        returnKey: returnKey(event),
        router: 'router',
        message: '{}',
        exception: buildException({
          ...about,
          code: 'sku-unknown',
          what: 'x',
          raisedBy: 'returns-sku-validator',
          raisedAt: NOW,
        }),
      };
      const { id } = await rig.store.parkException(parked, NOW);
      await rig.store.settleException(id, 'outside', 'booked by hand', { who: 'anna', at: NOW });
      const batch = one(await rig.flush());
      assert.deepEqual(batch.counts, { members: 1, lines: 1, expelled: 0, withdrawn: 1 });
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
