import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { carryOut, readValidatorCommand, type CatalogueDifferences } from '../../nodes/flow/catalogue-check';
import { ItemLookup } from '../../nodes/flow/item-lookup';
import { ItemMaster, type Filled } from '../../nodes/flow/item-master';
import { keepFilled } from '../../nodes/flow/master-refresh';
import type { ErpConnector, ErpItem, ItemState } from '../../nodes/returns/erp-connector';
import { LedgerError } from '../../nodes/returns/failure';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { sentOf } from '../support/brightpearl-nodes';
import { brightpearlRig } from '../support/brightpearl-rig';
import { simulatedTime } from '../support/simulated-http';
import { d365Rig, validatorOver } from '../support/validator-node';

const NEVER = new AbortController().signal;

interface Bench {
  store: ReturnsStore;
  time: ReturnType<typeof simulatedTime>;
  states: Map<string, ItemState>;
  lookup: ItemLookup;
  master: ItemMaster;
  /** Calls for single SKUs, and readings of the whole list. */
  asked: string[];
  read: { times: number; largestPage: number };
  fault: { now: LedgerError | null };
}

/** An ERP with a list of items, and what is over it. */
async function bench(given: Iterable<[string, ItemState]>, pageSize = 500): Promise<Bench> {
  const states = new Map(given);
  const time = simulatedTime();
  const asked: string[] = [];
  const read = { times: 0, largestPage: 0 };
  const fault: Bench['fault'] = { now: null };
  const itemOf = (sku: string): ErpItem => {
    const state = states.get(sku) ?? 'unknown';
    const readAt = new Date(time.now).toISOString();
    return { sku, state, itemNumber: sku, name: null, unit: null, reason: state, readAt };
  };
  const connector: ErpConnector = {
    system: 'test',
    label: 'test',
    connectionId: 'c1',
    waitLimits: {},
    findItems: (skus) => {
      asked.push(...skus);
      return Promise.resolve(new Map(skus.map((sku) => [sku, itemOf(sku)])));
    },
    findCandidates: () => Promise.resolve([]),
    findPostings: () => Promise.resolve([]),
    eachItem: async function* () {
      await Promise.resolve();
      if (fault.now) throw fault.now;
      read.times += 1;
      let page: ErpItem[] = [];
      for (const sku of states.keys()) {
        page.push(itemOf(sku));
        read.largestPage = Math.max(read.largestPage, page.length);
        if (page.length < pageSize) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
  };
  const store = await openMemoryStore();
  const lookup = new ItemLookup(connector, store, 3_600_000, time, NEVER);
  return {
    store,
    time,
    states,
    lookup,
    master: new ItemMaster(connector, store, time, NEVER),
    asked,
    read,
    fault,
  };
}

function shop(active: number): [string, ItemState][] {
  const items = Array.from({ length: active }, (_, at): [string, ItemState] => [`S-${at}`, 'active']);
  return [...items, ['STOP', 'blocked'], ['OLD', 'discontinued']];
}

describe('R32: the item master read ahead', () => {
  it('answers without a call for each SKU; what is not active is asked for when it comes', async () => {
    const { master, lookup, asked } = await bench(shop(1200));
    const filled = await master.fill();
    assert.deepEqual([filled.items, filled.active], [1202, 1200]);
    await lookup.find(Array.from({ length: 1200 }, (_, at) => `S-${at}`));
    assert.deepEqual(asked, []);
    assert.equal((await lookup.find(['STOP'])).get('STOP')?.item.state, 'blocked');
    assert.deepEqual(asked, ['STOP']);
    assert.equal((await lookup.age()).count, 1200);
  });

  it('R44: takes out what is not active any more', async () => {
    const { master, lookup, states } = await bench(shop(3));
    await master.fill();
    states.set('S-1', 'blocked');
    assert.equal((await lookup.find(['S-1'])).get('S-1')?.item.state, 'active');
    await master.fill();
    assert.equal((await lookup.find(['S-1'])).get('S-1')?.item.state, 'blocked');
  });

  it('is read at start and again by age; a node that comes later does not read it anew', async () => {
    const { master, time, read } = await bench(shop(3));
    const abort = new AbortController();
    const filled: Filled[] = [];
    const start = time.now;
    const waits: number[] = [];
    const surroundings = {
      clock: time.clock,
      wait: (ms: number) => {
        waits.push(ms);
        time.now += ms;
        if (waits.length === 3) abort.abort();
        return Promise.resolve();
      },
    };
    await keepFilled({
      master: () => Promise.resolve(master),
      maxAgeMs: 3_600_000,
      surroundings,
      signal: abort.signal,
      onFilled: (one) => filled.push(one),
      onFailed: (sentence) => assert.fail(sentence),
    });
    assert.deepEqual(waits, [2_700_000, 2_700_000, 2_700_000]);
    assert.equal(read.times, 3);
    time.now -= 60_000;
    assert.equal((await master.fillUnlessSince(start)).at, filled[2]?.at);
    assert.equal(read.times, 3);
  });

  it('says once that it cannot be read, and goes on trying', async () => {
    const { master, fault, time } = await bench(shop(3));
    fault.now = new LedgerError({ code: 'x', class: 'transient', message: 'no answer' });
    const abort = new AbortController();
    const failed: string[] = [];
    let rounds = 0;
    await keepFilled({
      master: () => Promise.resolve(master),
      maxAgeMs: 3_600_000,
      surroundings: {
        clock: time.clock,
        wait: () => {
          rounds += 1;
          if (rounds === 2) fault.now = null;
          if (rounds === 3) abort.abort();
          return Promise.resolve();
        },
      },
      signal: abort.signal,
      onFilled: () => undefined,
      onFailed: (sentence) => failed.push(sentence),
    });
    assert.deepEqual(failed, ['The item master could not be read ahead: no answer']);
    assert.ok((await master.last()) !== null);
  });

  it('is read by pages from both ERPs', async () => {
    const d365 = await d365Rig({ pageSize: 25 });
    const fromD365 = new ItemMaster(d365.connector, d365.store, d365.time, NEVER);
    assert.deepEqual(counted(await fromD365.fill()), [118, 116]);
    const states = await statesOf(d365.connector);
    assert.deepEqual([states.get('STOP-42-RED'), states.get('OLD-40-GRY')], ['blocked', 'discontinued']);
    const brightpearl = await brightpearlRig();
    const fromBrightpearl = new ItemMaster(brightpearl.connector, brightpearl.store, brightpearl.time, NEVER);
    assert.deepEqual(counted(await fromBrightpearl.fill()), [118, 116]);
  });
});

function counted({ items, active }: Filled): number[] {
  return [items, active];
}

async function statesOf(connector: ErpConnector): Promise<Map<string, ItemState>> {
  const states = new Map<string, ItemState>();
  for await (const page of connector.eachItem?.() ?? []) {
    for (const { sku, state } of page) states.set(sku, state);
  }
  return states;
}

describe('R34, R39: the catalogue of a platform against the item master', () => {
  it('reports exactly what is absent, blocked and discontinued, in one reading', async () => {
    const { master, lookup, read, asked } = await bench(shop(50));
    const skus = [
      ...Array.from({ length: 47 }, (_, at) => `s-${at}`),
      'GONE-1',
      'GONE-2',
      'GONE-3',
      'GONE-4',
    ];
    const found = await differences([...skus, 'STOP', 'OLD'], lookup, master);
    assert.deepEqual(found, {
      asked: 53,
      active: 47,
      absent: ['GONE-1', 'GONE-2', 'GONE-3', 'GONE-4'],
      blocked: [{ sku: 'STOP', reason: 'blocked' }],
      discontinued: [{ sku: 'OLD', reason: 'discontinued' }],
      notOnPlatform: { count: 3, skus: ['S-47', 'S-48', 'S-49'] },
    });
    assert.deepEqual([read.times, asked.length], [1, 0]);
  });

  it('R34: three items that were added and two that were deactivated since', async () => {
    const { master, lookup, states } = await bench(shop(20));
    const platform = [...states].filter(([, state]) => state === 'active').map(([sku]) => sku);
    for (const sku of ['NEW-1', 'NEW-2', 'NEW-3']) states.set(sku, 'active');
    states.set('S-1', 'discontinued');
    states.delete('S-2');
    const found = await differences(platform, lookup, master);
    assert.deepEqual(found.notOnPlatform, { count: 3, skus: ['NEW-1', 'NEW-2', 'NEW-3'] });
    assert.deepEqual([found.absent, found.discontinued.map(({ sku }) => sku)], [['S-2'], ['S-1']]);
  });

  it('is answered by the node on output 3; a list that is none is refused with what to send', async () => {
    const rig = await d365Rig();
    const node = validatorOver(rig);
    const { sent } = await node.take({
      command: 'catalogue',
      payload: ['RUN-38-BLU', 'GHOST-1', 'STOP-42-RED'],
    });
    const answer = (sent[0] as unknown[])[2] as { payload: CatalogueDifferences };
    assert.deepEqual(sentOf(sent), { passed: [], held: [] });
    assert.deepEqual(
      [answer.payload.active, answer.payload.absent, answer.payload.blocked.map(({ sku }) => sku)],
      [1, ['GHOST-1'], ['STOP-42-RED']],
    );
    const refused = await node.take({ command: 'catalogue', payload: ['A', ''] });
    assert.match((refused.error as Error).message, /entry 2 is none/);
    assert.equal(readValidatorCommand('anything else', {}), null);
    await node.end();
  });
});

async function differences(
  skus: string[],
  lookup: ItemLookup,
  master: ItemMaster,
): Promise<CatalogueDifferences> {
  return (await carryOut(
    { command: 'catalogue', skus },
    { lookup, master, audits: null },
  )) as CatalogueDifferences;
}

describe('a catalogue of 100,000 items', () => {
  it('goes through memory a page at a time', async () => {
    const { master, store, read } = await bench(shop(100_000), 5000);
    const sizes: number[] = [];
    const put = store.putMasterData.bind(store);
    store.putMasterData = (connection, kind, records) => {
      sizes.push(records.length);
      return put(connection, kind, records);
    };
    assert.deepEqual(counted(await master.fill()), [100_002, 100_000]);
    assert.deepEqual([read.times, read.largestPage, Math.max(...sizes)], [1, 5000, 1000]);
    assert.equal((await store.masterDataAge('c1', 'item')).count, 100_000);
  });
});
