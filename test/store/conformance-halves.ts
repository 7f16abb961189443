import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { NewHalf, ReturnsStore, StoredHalf, UnpairedSum } from '../../nodes/store/store';
import { returnKey } from '../../nodes/returns/event';
import { event, intake, newEvent, NOW } from '../support/events';
import { HALVES, hours, keys, newHalf, unpaired } from '../support/halves';
import { exception, LATER, type OpenedStore } from './conformance';

const DAY_MS = 24 * 3_600_000;

/** What every driver must do about the halves of a return: each is remembered, and what lacks its counterpart is known. */
export function halvesConformance(name: string, open: () => Promise<OpenedStore>): void {
  const contract = (title: string, work: (opened: OpenedStore) => Promise<void>): void => {
    it(title, async () => {
      const opened = await open();
      try {
        await work(opened);
      } finally {
        await opened.store.close();
      }
    });
  };
  const record = async (store: ReturnsStore, ...list: NewHalf[]): Promise<void> => {
    for (const one of list) assert.equal(await store.recordHalf(one), true);
  };

  describe(`${name}: the halves of a return`, () => {
    contract('are kept as they were told; the first stays, and a repeat is no news', async ({ store }) => {
      const credit = newHalf('a', 'credit');
      const goods = newHalf('a', 'goods', { returnNumber: null, orderNumber: null, dueAt: null, at: LATER });
      await record(store, goods, credit);
      assert.equal(await store.recordHalf({ ...credit, document: 'another', at: LATER }), false);
      assert.deepEqual(await store.halvesOf('a'), [
        { ...credit, toldAt: null },
        { ...goods, toldAt: null },
      ]);
      assert.deepEqual(await store.halvesOf('b'), []);
    });

    contract('tells those of one connection, and those with a number of their own', async ({ store }) => {
      const credit = (key: string, change: Partial<NewHalf>): Promise<boolean> =>
        store.recordHalf(newHalf(key, 'credit', change));
      await credit('a', { connectionId: 'one', returnNumber: 'HRA', orderNumber: 'AC-1', document: '100' });
      await credit('b', { connectionId: 'two', returnNumber: 'HRB', orderNumber: 'AC-1', document: '101' });
      const list = { half: 'credit', without: 'goods', limit: 9 } as const;
      assert.deepEqual(keys(await store.unpairedHalves({ ...list, connectionId: 'two' })), ['b']);
      assert.equal((await store.sumUnpaired('credit', 'goods', [], 'one'))[0]?.count, 1);
      assert.equal((await store.sumUnpaired('credit', 'goods', []))[0]?.count, 2);
      assert.deepEqual(keys(await store.halvesNamed('credit', ['AC-1'])).sort(), ['a', 'b']);
      assert.deepEqual(keys(await store.halvesNamed('credit', ['101', 'HRA', 'unheard'])).sort(), ['a', 'b']);
      assert.deepEqual(keys(await store.halvesNamed('credit', ['100'])), ['a']);
      assert.deepEqual(await store.halvesNamed('stock', ['100']), []);
      assert.deepEqual(await store.halvesNamed('credit', []), []);
    });

    contract('pair in whatever order they come', async ({ store }) => {
      const orders = [
        ['credit', 'goods', 'stock'],
        ['credit', 'stock', 'goods'],
        ['goods', 'credit', 'stock'],
        ['goods', 'stock', 'credit'],
        ['stock', 'credit', 'goods'],
        ['stock', 'goods', 'credit'],
      ] as const;
      for (const [first, second, third] of orders) {
        const key = `${first}-${second}-${third}`;
        await record(store, newHalf(key, first));
        assert.deepEqual(await unpaired(store), {
          [`${first} without ${second}`]: [key],
          [`${first} without ${third}`]: [key],
        });
        await record(store, newHalf(key, second));
        assert.deepEqual(await unpaired(store), {
          [`${first} without ${third}`]: [key],
          [`${second} without ${third}`]: [key],
        });
        await record(store, newHalf(key, third));
        assert.deepEqual(await unpaired(store), {});
      }
    });

    contract('that come all at once know of each other', async ({ store }) => {
      const returns = Array.from({ length: 25 }, (_, at) => `r${at}`);
      const fresh = await Promise.all(
        returns.flatMap((key) => [...HALVES, ...HALVES].map((half) => store.recordHalf(newHalf(key, half)))),
      );
      assert.equal(fresh.filter((one) => one).length, 75);
      assert.deepEqual(await unpaired(store), {});
    });

    contract('one that is taken back is missing again, reported or not', async ({ store }) => {
      await record(store, newHalf('a', 'stock'));
      await store.markHalvesTold('stock', ['a'], hours(30));
      await record(store, newHalf('a', 'credit'));
      assert.equal(await store.removeHalf('a', 'credit'), true);
      assert.equal(await store.removeHalf('a', 'credit'), false);
      assert.equal(await store.removeHalf('b', 'credit'), false);
      const again = { half: 'stock', without: 'credit', notToldSince: hours(0), limit: 9 } as const;
      assert.deepEqual(keys(await store.unpairedHalves(again)), ['a']);
      await record(store, newHalf('a', 'credit', { document: 'the next' }));
      assert.deepEqual(
        (await store.halvesOf('a')).map(({ document }) => document),
        ['the next', 'stock of a'],
      );
    });

    it('are still there after the process has ended', async () => {
      const opened = await open();
      await record(opened.store, newHalf('a', 'credit'), newHalf('a', 'stock'), newHalf('b', 'goods'));
      if (!opened.reopen) {
        await opened.store.close();
        return;
      }
      const again = await opened.reopen();
      await record(again, newHalf('b', 'stock'));
      assert.deepEqual(await unpaired(again), {
        'credit without goods': ['a'],
        'goods without credit': ['b'],
        'stock without credit': ['b'],
        'stock without goods': ['a'],
      });
      await again.close();
    });

    contract('an amount that is not whole is refused for good', async ({ store }) => {
      const broken = newHalf('a', 'credit', { amount: { minor: 0.5, currency: 'USD' } });
      await assert.rejects(store.recordHalf(broken), { code: 'money-not-integer', class: 'data-invalid' });
      assert.deepEqual(await store.halvesOf('a'), []);
    });
  });

  describe(`${name}: halves without their counterpart`, () => {
    contract('R178: with a limit of 24 h one is listed at 25 h, and not at 24 h', async ({ store }) => {
      const forever = newHalf('no-limit', 'stock', { dueAt: null });
      await record(store, newHalf('a', 'stock', { dueAt: hours(24) }), forever);
      const overdue = async (dueBefore: string): Promise<string[]> =>
        keys(await store.unpairedHalves({ half: 'stock', without: 'credit', dueBefore, limit: 9 }));
      assert.deepEqual(await overdue(hours(23)), []);
      assert.deepEqual(await overdue(hours(24)), []);
      assert.deepEqual(await overdue(hours(25)), ['a']);
    });

    contract('R115: of many movements exactly the 3 without their credit are listed', async ({ store }) => {
      for (let at = 0; at < 30; at += 1) {
        await record(store, newHalf(`r${at}`, 'stock', { at: hours(-at) }));
        if (at % 10 !== 4) await record(store, newHalf(`r${at}`, 'credit'));
      }
      await record(store, newHalf('only-credit', 'credit'));
      const list = { half: 'stock', without: 'credit', dueBefore: hours(25), limit: 100 } as const;
      assert.deepEqual(keys(await store.unpairedHalves(list)), ['r24', 'r14', 'r4']);
    });

    contract(
      'R92: stock without its credit is reported once, and again when asked for',
      async ({ store }) => {
        const list = { half: 'stock', without: 'credit', dueBefore: hours(25), limit: 9 } as const;
        await record(store, newHalf('a', 'stock'), newHalf('b', 'stock', { at: hours(1) }));
        await record(store, newHalf('a', 'goods'));
        await store.markHalvesTold('stock', ['b', 'a', 'unknown'], hours(25));
        const told = (await store.halvesOf('a')).map(({ half, toldAt }) => [half, toldAt]);
        assert.deepEqual(told, [
          ['goods', null],
          ['stock', hours(25)],
        ]);
        const notToldSince = async (since: string): Promise<string[]> =>
          keys(await store.unpairedHalves({ ...list, notToldSince: since }));
        assert.deepEqual(await notToldSince(hours(25)), []);
        assert.deepEqual(await notToldSince(hours(25.001)), ['a', 'b']);
        await store.markHalvesTold('stock', ['a'], hours(49));
        await store.markHalvesTold('stock', [], hours(49));
        assert.deepEqual(await notToldSince(hours(30)), ['b']);
        assert.equal((await store.unpairedHalves(list)).length, 2);
      },
    );

    contract('come oldest first, page by page', async ({ store }) => {
      for (let at = 0; at < 25; at += 1) {
        await record(store, newHalf(`r${at}`, 'credit', { at: hours(((at * 7) % 25) - (at % 2)) }));
      }
      const page = (offset: number): Promise<StoredHalf[]> =>
        store.unpairedHalves({ half: 'credit', without: 'goods', limit: 10, offset });
      const all = (await Promise.all([0, 10, 20].map(page))).flat();
      assert.equal(new Set(keys(all)).size, 25);
      const times = all.map(({ at }) => at);
      assert.deepEqual(times, [...times].sort());
    });
  });

  describe(`${name}: exposure`, () => {
    contract('R98: 10 early credits whose goods have not come sum up to those credits', async ({ store }) => {
      for (let at = 1; at <= 10; at += 1) {
        await record(
          store,
          newHalf(`early${at}`, 'credit', { amount: { minor: 1000 + at, currency: 'GBP' } }),
        );
        await record(store, newHalf(`whole${at}`, 'credit'), newHalf(`whole${at}`, 'goods'));
      }
      assert.deepEqual(await store.sumUnpaired('credit', 'goods', []), [
        { brand: 'acme-shoes', currency: 'GBP', band: 0, count: 10, minor: 10_055 },
      ]);
      assert.deepEqual(await store.sumUnpaired('goods', 'credit', []), []);
    });

    contract('R206: is told by brand, currency and age', async ({ store }) => {
      const bands = [hours(-24), hours(-48)];
      const credit = (key: string, at: string, change: Partial<NewHalf> = {}): NewHalf =>
        newHalf(key, 'credit', { at, ...change });
      await record(
        store,
        credit('newest', hours(0)),
        credit('new', hours(-23.999)),
        credit('on the first', hours(-24)),
        credit('above the second', hours(-47.999)),
        credit('on the second', hours(-48)),
        credit('old', hours(-4800)),
        credit('other currency', hours(0), { amount: { minor: -7, currency: 'JPY' } }),
        credit('other brand', hours(0), { brand: 'Zebra' }),
        credit('no amount', hours(0), { amount: null }),
      );
      const sum = (band: number, change: Partial<UnpairedSum> = {}): UnpairedSum => ({
        brand: 'acme-shoes',
        currency: 'USD',
        band,
        count: 2,
        minor: 5000,
        ...change,
      });
      assert.deepEqual(await store.sumUnpaired('credit', 'stock', bands), [
        sum(0, { brand: 'Zebra', count: 1, minor: 2500 }),
        sum(0, { currency: null, count: 1, minor: 0 }),
        sum(0, { currency: 'JPY', count: 1, minor: -7 }),
        sum(0),
        sum(1),
        sum(2),
      ]);
    });

    contract('is exact far beyond 32 bits, and refused where it cannot be', async ({ store }) => {
      const most = Number.MAX_SAFE_INTEGER;
      const amount = (minor: number): Partial<NewHalf> => ({ amount: { minor, currency: 'IDR' } });
      await record(store, newHalf('a', 'credit', amount(most - 3)), newHalf('b', 'credit', amount(2)));
      assert.equal((await store.sumUnpaired('credit', 'goods', []))[0]?.minor, most - 1);
      assert.deepEqual((await store.halvesOf('a'))[0]?.amount, { minor: most - 3, currency: 'IDR' });
      await record(store, newHalf('c', 'credit', amount(4)));
      await assert.rejects(store.sumUnpaired('credit', 'goods', []), { code: 'money-not-integer' });
      await record(store, newHalf('d', 'credit', amount(-most)));
      assert.equal((await store.sumUnpaired('credit', 'goods', []))[0]?.minor, 3);
    });

    it('agrees with a plain model, whatever comes and goes in whatever order', async () => {
      const entry = fc.record({
        remove: fc.integer({ min: 0, max: 4 }).map((dice) => dice === 0),
        key: fc.integer({ min: 0, max: 7 }).map((at) => `r${at}`),
        half: fc.constantFrom(...HALVES),
        brand: fc.constantFrom('acme-shoes', 'other'),
        currency: fc.constantFrom('USD', 'GBP', null),
        minor: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        hoursAgo: fc.integer({ min: 0, max: 10 }),
      });
      const bands = [hours(-2), hours(-5), hours(-9)];
      await fc.assert(
        fc.asyncProperty(fc.array(entry, { maxLength: 40 }), async (entries) => {
          const { store } = await open();
          const model = new Map<string, NewHalf>();
          for (const { remove, key, half, brand, currency, minor, hoursAgo } of entries) {
            const id = `${key} ${half}`;
            if (remove) {
              assert.equal(await store.removeHalf(key, half), model.delete(id));
              continue;
            }
            const amount = currency === null ? null : { minor, currency };
            const one = newHalf(key, half, { brand, amount, at: hours(-hoursAgo) });
            assert.equal(await store.recordHalf(one), !model.has(id));
            if (!model.has(id)) model.set(id, one);
          }
          for (const half of HALVES) {
            for (const without of HALVES) {
              const wanted = [...model.values()].filter(
                (one) => one.half === half && !model.has(`${one.returnKey} ${without}`),
              );
              const listed = await store.unpairedHalves({ half, without, limit: 100 });
              assert.deepEqual(keys(listed).sort(), wanted.map(({ returnKey }) => returnKey).sort());
              const sums = await store.sumUnpaired(half, without, bands);
              assert.deepEqual(asTotals(sums), totals(wanted, bands));
            }
          }
          await store.close();
        }),
        { numRuns: 40 },
      );
    });
  });

  describe(`${name}: credits whose goods were rejected (R94)`, () => {
    const KEY = returnKey(event());
    const tellRejected = (store: ReturnsStore): Promise<unknown> =>
      store.accept(intake([newEvent({ topic: 'return.rejected' })]));
    const park = async (store: ReturnsStore): Promise<string> => {
      const told = exception('credited-but-rejected');
      return (await store.parkException({ returnKey: KEY, router: 'r', exception: told, message: '{}' }, NOW))
        .id;
    };
    const rejected = async (store: ReturnsStore): Promise<[string[], UnpairedSum[]]> => [
      keys(await store.rejectedCredits({ limit: 9 })),
      await store.sumRejectedCredits(),
    ];
    const NONE: [string[], UnpairedSum[]] = [[], []];
    const ONE: [string[], UnpairedSum[]] = [
      [KEY],
      [{ brand: 'acme-shoes', currency: 'USD', band: 0, count: 1, minor: 2500 }],
    ];

    contract('are found whichever comes first, credit or rejection, and are no others', async ({ store }) => {
      await record(store, newHalf('another', 'credit'), newHalf(KEY, 'credit'));
      assert.deepEqual(await rejected(store), NONE);
      await tellRejected(store);
      assert.deepEqual(await rejected(store), ONE);
      assert.deepEqual(await unpaired(store), {
        'credit without goods': ['another'],
        'credit without stock': ['another'],
      });
      assert.equal((await store.sumUnpaired('credit', 'goods', []))[0]?.count, 1);
      await store.removeHalf(KEY, 'credit');
      assert.deepEqual(await rejected(store), NONE);
      await record(store, newHalf(KEY, 'credit'));
      assert.deepEqual(await rejected(store), ONE);
      assert.deepEqual(await store.sumRejectedCredits('another account'), []);
      assert.deepEqual(await store.rejectedCredits({ connectionId: 'another account', limit: 9 }), []);
      assert.deepEqual(keys(await store.rejectedCredits({ limit: 9, offset: 1 })), []);
    });

    contract('are counted until the goods are booked in', async ({ store }) => {
      await tellRejected(store);
      await record(store, newHalf(KEY, 'credit'), newHalf(KEY, 'goods'));
      assert.deepEqual(await rejected(store), ONE, 'that they came back says nothing of their worth');
      await record(store, newHalf(KEY, 'stock'));
      assert.deepEqual(await rejected(store), NONE);
    });

    contract(
      'are counted until a person has settled it, and again when it is raised anew',
      async ({ store }) => {
        await record(store, newHalf(KEY, 'credit'));
        await tellRejected(store);
        const id = await park(store);
        await store.settleException(id, 'discarded', 'accepted as a loss', { who: 'anna', at: NOW });
        assert.deepEqual(await rejected(store), NONE);
        assert.deepEqual(await unpaired(store), {}, 'nor does anybody wait for its goods');
        await park(store);
        assert.deepEqual(await rejected(store), ONE);
        await store.settleExceptions([id], 'outside', 'reversed', { who: 'anna', at: NOW });
        assert.deepEqual(await rejected(store), NONE);
        await park(store);
        assert.deepEqual(await rejected(store), NONE, 'what was settled outside stays settled');
      },
    );

    contract('that come all at once with their rejection are found', async ({ store }) => {
      const returns = Array.from({ length: 25 }, (_, at) =>
        newEvent({ returnId: `R${at}`, topic: 'return.rejected' }),
      );
      await Promise.all(
        returns.flatMap((one) => [
          store.accept(intake([one])),
          store.recordHalf(newHalf(one.returnKey, 'credit')),
        ]),
      );
      assert.equal((await store.rejectedCredits({ limit: 99 })).length, 25);
    });
  });

  describe(`${name}: halves that grow old`, () => {
    const prune = (store: ReturnsStore, settled: string): Promise<number> =>
      store.prune({ settled, people: NOW }).then(({ halves }) => halves);

    contract('are removed when their return is complete, and only then', async ({ store }) => {
      await record(store, newHalf('whole', 'credit'), newHalf('whole', 'stock'), newHalf('whole', 'goods'));
      await record(store, newHalf('pair', 'stock'), newHalf('pair', 'credit', { at: hours(5) }));
      await record(store, newHalf('no-stock', 'credit'), newHalf('no-stock', 'goods'));
      await record(store, newHalf('no-credit', 'stock'), newHalf('no-credit', 'goods'));
      await record(
        store,
        newHalf('late', 'stock'),
        newHalf('late', 'credit'),
        newHalf('late', 'goods', { at: LATER }),
      );
      assert.equal(await prune(store, NOW), 0);
      assert.equal(await prune(store, hours(0.5)), 3);
      assert.equal(await prune(store, LATER), 0);
      assert.equal(await prune(store, hours(5)), 3);
      assert.equal(await prune(store, hours(6)), 2);
      assert.equal(await prune(store, hours(24 * 365)), 0);
      assert.equal((await store.halvesOf('no-stock')).length + (await store.halvesOf('no-credit')).length, 4);
    });

    contract('T23: one that comes again after years is known, and lacks nothing', async ({ store }) => {
      await record(store, newHalf('a', 'credit'), newHalf('a', 'stock'));
      assert.equal(await prune(store, LATER), 2);
      for (const half of HALVES) assert.equal(await store.recordHalf(newHalf('a', half)), false);
      assert.deepEqual(await unpaired(store), {});
      assert.equal(await store.removeHalf('a', 'credit'), false);
    });

    contract('are removed in chunks, however many there are', async ({ store }) => {
      const returns = Array.from({ length: 501 }, (_, at) => `r${at}`);
      await Promise.all(
        returns.flatMap((key) =>
          [newHalf(key, 'credit'), newHalf(key, 'stock')].map((half) => store.recordHalf(half)),
        ),
      );
      assert.equal(await prune(store, LATER), 1002);
    });

    contract('the event of a return that waits for its other half is kept for it', async ({ store }) => {
      const names = ['waits', 'told nothing', 'has both', 'goods are in'];
      const [waits, toldNothing, hasBoth, goodsAreIn] = names.map((returnId) => newEvent({ returnId }));
      assert.ok(waits && toldNothing && hasBoth && goodsAreIn);
      await store.accept(intake([waits, toldNothing, hasBoth, goodsAreIn]));
      for (const delivery of await store.takeDeliveries('in-1', { each: 9 }, NOW)) {
        await store.settleDelivery(delivery.id, NOW);
      }
      await record(
        store,
        newHalf(waits.returnKey, 'credit'),
        newHalf(toldNothing.returnKey, 'credit', { dueAt: null }),
        newHalf(hasBoth.returnKey, 'credit'),
        newHalf(hasBoth.returnKey, 'stock'),
        newHalf(goodsAreIn.returnKey, 'credit'),
        newHalf(goodsAreIn.returnKey, 'goods'),
      );
      const settled = new Date(Date.parse(NOW) + 400 * DAY_MS).toISOString();
      assert.equal((await store.prune({ settled, people: NOW })).events, 3);
      assert.deepEqual(await store.latestEvent(waits.returnKey), waits.event);
      await record(store, newHalf(waits.returnKey, 'stock'));
      assert.equal((await store.prune({ settled, people: NOW })).events, 1);
    });
  });
}

type Totals = Record<string, { count: number; minor: number }>;

/** The sums as the model has them: every part by itself. */
function totals(list: readonly NewHalf[], bands: readonly string[]): Totals {
  const found: Totals = {};
  for (const { brand, amount, at } of list) {
    const band = bands.filter((instant) => instant >= at).length;
    const sum = (found[`${brand} ${amount?.currency ?? 'none'} ${band}`] ??= { count: 0, minor: 0 });
    sum.count += 1;
    sum.minor += amount?.minor ?? 0;
  }
  return found;
}

function asTotals(sums: readonly UnpairedSum[]): Totals {
  return Object.fromEntries(
    sums.map(({ brand, currency, band, count, minor }) => [
      `${brand} ${currency ?? 'none'} ${band}`,
      { count, minor },
    ]),
  );
}
