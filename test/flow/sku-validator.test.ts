import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkSkus } from '../../nodes/flow/check-skus';
import { ItemCandidates } from '../../nodes/flow/item-candidates';
import { ItemLookup } from '../../nodes/flow/item-lookup';
import type { ErpConnector, ErpItem, ItemState } from '../../nodes/returns/erp-connector';
import { LedgerError } from '../../nodes/returns/failure';
import { verdictOn } from '../../nodes/returns/finding';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { event, line } from '../support/events';
import { simulatedTime } from '../support/simulated-http';

function item(sku: string, state: ItemState, readAt = '2026-02-20T10:00:00.000Z'): ErpItem {
  return {
    sku,
    state,
    itemNumber: state === 'unknown' ? null : sku,
    name: null,
    unit: 'ea',
    reason: null,
    readAt,
  };
}

describe('R32, R35, R37: each line against the item master', () => {
  const items = new Map([
    ...['A', 'B', 'C', 'D', 'E'].map((sku) => [sku, item(sku, 'active')] as const),
    ['BLOCKED', item('BLOCKED', 'blocked')],
    ['GONE', item('GONE', 'discontinued')],
    ['NOBODY', item('NOBODY', 'unknown')],
  ]);
  const lines = [...items.keys()].map((sku) => line({ id: sku, sku }));

  it('five active pass; blocked, discontinued and absent ones have codes of their own, all at once', () => {
    const found = verdictOn(
      checkSkus(event({ lines }), items, new Map([['NOBODY', [{ itemNumber: 'NOBODY-1', name: 'Nearly' }]]])),
    );
    assert.deepEqual(
      found?.lines.map((one) => [one.sku, one.code]),
      [
        ['NOBODY', 'sku-unknown'],
        ['GONE', 'sku-discontinued'],
        ['BLOCKED', 'sku-blocked'],
      ],
    );
    assert.equal(found.code, 'sku-unknown');
    assert.deepEqual(found.lines[0]?.candidates, ['NOBODY-1 (Nearly)']);
    assert.deepEqual(checkSkus(event({ lines: lines.slice(0, 5) }), items, new Map()), []);
  });

  it('a line without a SKU is named by its line, and fees need none', () => {
    const found = checkSkus(
      event({
        lines: [line({ id: 'L7', sku: null, upc: '040' }), line({ id: 'F', kind: 'fee', sku: null })],
      }),
      items,
      new Map(),
    );
    assert.deepEqual(
      found.map(({ code, what }) => [code, what]),
      [['sku-missing', 'line L7']],
    );
  });

  it('a replacement that the ERP does not know is found as well', () => {
    const found = checkSkus(
      event({ lines: [line({ sku: 'A', replacementSku: 'NOBODY' })] }),
      items,
      new Map(),
    );
    assert.deepEqual(
      found.map(({ code }) => code),
      ['sku-unknown'],
    );
  });
});

describe('the item cache', () => {
  const bench = async (
    states: Map<string, ItemState>,
    fault: { now: LedgerError | null } = { now: null },
  ): Promise<{ lookup: ItemLookup; asked: string[][]; time: ReturnType<typeof simulatedTime> }> => {
    const asked: string[][] = [];
    const time = simulatedTime();
    const connector: ErpConnector = {
      system: 'test',
      label: 'test',
      connectionId: 'c1',
      waitLimits: {},
      findItems: (skus) => {
        if (fault.now) return Promise.reject(fault.now);
        asked.push([...skus]);
        const readAt = new Date(time.now).toISOString();
        return Promise.resolve(
          new Map(skus.map((sku) => [sku, item(sku, states.get(sku) ?? 'unknown', readAt)])),
        );
      },
      findCandidates: () => Promise.resolve([]),
      findPostings: () => Promise.resolve([]),
    };
    const lookup = new ItemLookup(
      connector,
      await openMemoryStore(),
      60_000,
      time,
      new AbortController().signal,
    );
    return { lookup, asked, time };
  };

  it('asks once for many, and again when the answer is too old', async () => {
    const { lookup, asked, time } = await bench(
      new Map([
        ['A', 'active'],
        ['B', 'active'],
      ]),
    );
    await Promise.all(Array.from({ length: 100 }, () => lookup.find(['A', 'B'])));
    assert.equal(asked.flat().length, 2);
    time.now += 30_000;
    assert.equal((await lookup.find(['A'])).get('A')?.ageMs, 30_000);
    assert.equal(asked.flat().length, 2);
    time.now += 31_000;
    await lookup.find(['A']);
    assert.equal(asked.flat().length, 3);
  });

  it('R148: a blocked item passes as soon as the block is gone', async () => {
    const states = new Map<string, ItemState>([['A', 'blocked']]);
    const { lookup } = await bench(states);
    assert.equal((await lookup.find(['A'])).get('A')?.item.state, 'blocked');
    states.set('A', 'active');
    assert.equal((await lookup.find(['A'])).get('A')?.item.state, 'active');
  });

  it('tells everyone who waits when the ERP cannot be asked, and works again after', async () => {
    const fault = { now: new LedgerError({ code: 'x', class: 'auth', message: 'no' }) as LedgerError | null };
    const { lookup } = await bench(new Map([['A', 'active']]), fault);
    const results = await Promise.allSettled([lookup.find(['A']), lookup.find(['A'])]);
    assert.deepEqual(
      results.map((result) =>
        result.status === 'rejected' ? (result.reason as LedgerError).code : 'answered',
      ),
      ['x', 'x'],
    );
    fault.now = null;
    assert.equal((await lookup.find(['A'])).get('A')?.item.state, 'active');
  });
});

describe('a SKU that the ERP chokes on', () => {
  it('R160: fails alone; the others of the same bulk call are answered', async () => {
    const time = simulatedTime();
    const choke = new LedgerError({ code: 'd365-refused', class: 'data-invalid', message: 'no' });
    const asked: number[] = [];
    const connector: ErpConnector = {
      system: 'test',
      label: 'test',
      connectionId: 'c1',
      waitLimits: {},
      findItems: (skus) => {
        asked.push(skus.length);
        if (skus.includes('BAD')) return Promise.reject(choke);
        return Promise.resolve(
          new Map(skus.map((sku) => [sku, item(sku, 'active', new Date(time.now).toISOString())])),
        );
      },
      findCandidates: () => Promise.resolve([]),
      findPostings: () => Promise.resolve([]),
    };
    const store = await openMemoryStore();
    const lookup = new ItemLookup(connector, store, 60_000, time, new AbortController().signal);
    const skus = [...Array.from({ length: 15 }, (_, at) => `S${at}`), 'BAD'];
    const results = await Promise.allSettled(skus.map((sku) => lookup.find([sku])));
    assert.deepEqual(
      results.flatMap((result, at) => (result.status === 'rejected' ? [skus[at]] : [])),
      ['BAD'],
    );
    assert.ok(asked.length < 12, `${asked.length} calls`);
  });
});

describe('R140: what looks like an unknown SKU', () => {
  it('is asked for once in ten minutes, again where it failed, and never for known items', async () => {
    const asked: string[] = [];
    let [now, down] = [0, true];
    const findCandidates: ErpConnector['findCandidates'] = (sku) => {
      asked.push(sku);
      if (down) return Promise.reject(new Error('down'));
      return Promise.resolve([{ itemNumber: `${sku}-1`, name: null }]);
    };
    const candidates = new ItemCandidates({ findCandidates }, () => now, new AbortController().signal);
    const items = [item('A', 'unknown'), item('B', 'active'), item('C', 'blocked')];
    assert.deepEqual([...(await candidates.of(items))], [['A', []]]);
    down = false;
    for (let times = 0; times < 4; times += 1) {
      assert.equal((await candidates.of(items)).get('A')?.[0]?.itemNumber, 'A-1');
    }
    assert.deepEqual(asked, ['A', 'A']);
    now = 600_000;
    await candidates.of(items);
    assert.equal(asked.length, 3);
    // Only so many are kept, the newest.
    for (let at = 0; at < 500; at += 1) await candidates.of([item(`X${at}`, 'unknown')]);
    await candidates.of(items);
    assert.equal(asked.length, 504);
  });
});
