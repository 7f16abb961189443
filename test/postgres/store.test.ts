import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { PostgresServer } from '../../scripts/postgres-server';
import { openPostgresStore, type PostgresOptions } from '../../nodes/store/postgres';
import type { ReturnsStore } from '../../nodes/store/store';
import { intake, newEvent, NOW } from '../support/events';
import { newHalf, unpaired } from '../support/halves';
import { document, INTENT, LATER, storeConformance, type OpenedStore } from '../store/conformance';
import { boardConformance } from '../store/conformance-board';
import { exceptionsConformance, shared } from '../store/conformance-exceptions';
import { batchConformance } from '../store/conformance-batches';
import { divisionsConformance } from '../store/conformance-divisions';
import { gatesConformance } from '../store/conformance-gates';
import { halvesConformance } from '../store/conformance-halves';
import { mappingsConformance } from '../store/conformance-mappings';
import { workConformance } from '../store/conformance-work';
import { assertNewestEventsAreFound, BACK_TO_SCHEMA_7 } from '../store/earlier-schema';

/** Short, so that the end of an instance is noticed within a test. */
const LEASE_MS = 1500;

let server: PostgresServer;
let schemas = 0;
before(async () => {
  server = await PostgresServer.start();
});
after(() => server.stop());

function optionsOf(schema: string): PostgresOptions {
  const { host, port, database, user, password } = server;
  return { host, port, database, user, password, tls: 'off', schema, leaseMs: LEASE_MS, connections: 4 };
}

async function openFresh(options: { maxBytes?: number } = {}): Promise<OpenedStore & { schema: string }> {
  const schema = `case_${(schemas += 1)}`;
  const store = await openPostgresStore({ ...optionsOf(schema), ...options });
  return {
    store,
    schema,
    reopen: async () => {
      await store.close();
      return openPostgresStore(optionsOf(schema));
    },
    another: () => openPostgresStore(optionsOf(schema)),
  };
}

storeConformance('postgres', () => openFresh());
workConformance('postgres', openFresh);
halvesConformance('postgres', () => openFresh());
exceptionsConformance('postgres', () => openFresh());
boardConformance('postgres', () => openFresh());
batchConformance('postgres', () => openFresh());
mappingsConformance('postgres', openFresh);
gatesConformance('postgres', () => openFresh());
divisionsConformance('postgres', openFresh);

/** Asks again until the answer is as wanted; the instances notice each other's end after their lease. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10 * LEASE_MS;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < deadline, `not reached: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('postgres: several instances', () => {
  const together = async (work: (one: ReturnsStore, two: ReturnsStore) => Promise<void>): Promise<void> => {
    const { store, another } = await openFresh();
    const two = await another?.();
    assert.ok(two);
    try {
      await work(store, two);
    } finally {
      await Promise.all([store.close(), two.close()]);
    }
  };

  it('R199: an alert is told by one of them', () =>
    together(async (one, two) => {
      const exception = shared('sku-blocked', 'A');
      const times = { now: LATER, until: '2026-02-21T00:00:00.000Z', resumedSince: NOW };
      for (let round = 0; round < 20; round += 1) {
        const parked = { returnKey: `k${round}`, router: `router ${round}`, exception, message: '{}' };
        await one.parkException({ ...parked, alert: true }, NOW);
        const taken = await Promise.all(
          [one, two, one, two].map((store) => store.takeAlerts(parked.router, times)),
        );
        assert.equal(taken.flat().length, 1);
      }
    }));

  it('open the same new store at the same time', async () => {
    const schema = `case_${(schemas += 1)}`;
    const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgresStore(optionsOf(schema))));
    await Promise.all(stores.map((store) => store.accept(intake([newEvent()]))));
    assert.equal((await stores[0]?.countDeliveries(null))?.open, 5);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('take each delivery once', async () => {
    await together(async (one, two) => {
      const events = Array.from({ length: 60 }, (_, at) => newEvent({ returnId: `R${at}` }));
      await Promise.all(events.map((event, at) => (at % 2 ? one : two).accept(intake([event]))));
      const taken = await Promise.all(
        Array.from({ length: 24 }, (_, at) => (at % 2 ? one : two).takeDeliveries('in-1', { each: 5 }, NOW)),
      );
      const ids = taken.flat().map((delivery) => delivery.id);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(ids.length, 60);
    });
  });

  it('R12: the same event to both at once is one event', async () => {
    await together(async (one, two) => {
      const events = Array.from({ length: 30 }, () => newEvent());
      const results = await Promise.all(
        events.flatMap((event) => [one, two, one].map((store) => store.accept(intake([event])))),
      );
      assert.equal(results.filter((result) => result.events[0]?.fresh).length, 30);
      assert.equal((await one.countDeliveries(null)).open, 30);
    });
  });

  it('make one document: one begins, the other waits, and gets the same result', async () => {
    await together(async (one, two) => {
      const begun = await Promise.all([one, two].map((store) => store.beginIntent(INTENT, NOW)));
      assert.deepEqual(begun.map(({ state }) => state).sort(), ['busy', 'start']);
      await one.completeIntent(begun[0]?.intentId ?? '', document('RMA-1'), NOW);
      const after = await two.beginIntent(INTENT, NOW);
      assert.deepEqual(after.state === 'posted' && after.document, document('RMA-1'));
    });
  });

  it('R92: the two halves of a return that come to both at once know of each other', async () => {
    await together(async (one, two) => {
      const returns = Array.from({ length: 100 }, (_, at) => `r${at}`);
      const fresh = await Promise.all(
        returns.flatMap((key) => [
          one.recordHalf(newHalf(key, 'credit')),
          two.recordHalf(newHalf(key, 'stock')),
          one.recordHalf(newHalf(key, 'goods')),
          two.recordHalf(newHalf(key, 'credit')),
        ]),
      );
      assert.equal(fresh.filter((first) => first).length, 300);
      assert.deepEqual(await unpaired(one), {});
      const removed = await Promise.all(
        returns.map((key, at) => (at % 2 ? one : two).removeHalf(key, at % 3 ? 'credit' : 'stock')),
      );
      assert.ok(removed.every((gone) => gone));
      // What is complete no longer is not pruned, whoever takes it back meanwhile.
      const [again] = await Promise.all([
        Promise.all(returns.map((key) => one.recordHalf(newHalf(key, 'stock')))),
        two.exclusive('upkeep', () => two.prune({ settled: LATER, people: NOW })),
      ]);
      assert.equal(again.filter((first) => first).length, 34);
      assert.equal((await unpaired(one))['stock without credit']?.length, 66);
    });
  });

  it('work on one order one after another', async () => {
    await together(async (one, two) => {
      let inside = 0;
      const work = async (): Promise<void> => {
        inside += 1;
        assert.equal(inside, 1);
        await new Promise(setImmediate);
        await one.returnState('x');
        inside -= 1;
      };
      await Promise.all(
        Array.from({ length: 10 }, (_, at) => (at % 2 ? one : two).exclusive('order/1', work)),
      );
    });
  });

  it('hear of what the other has opened', async () => {
    await together(async (one, two) => {
      const heard: (string | null)[] = [];
      two.onWake((source) => void heard.push(source));
      await one.accept(intake([newEvent()]));
      await until(
        () => Promise.resolve(heard),
        (all) => all.includes('in-1'),
      );
    });
  });

  it('leave what another living instance has in hand alone, and take it over when that one has ended', async () => {
    const { store, schema } = await openFresh();
    const child = startHolder(schema);
    await child.held;
    await store.accept(intake([newEvent()]));
    assert.equal((await store.beginIntent(INTENT, NOW)).state, 'busy');
    assert.equal(await store.releaseDeliveries('in-1'), 0);
    const asked = store.exclusive('order/1', () => Promise.resolve('mine'));
    const woken: (string | null)[] = [];
    store.onWake((source) => void woken.push(source));
    child.process.kill('SIGKILL');
    await until(
      () => store.releaseDeliveries('in-1'),
      (released) => released === 1,
    );
    const intent = await until(
      () => store.beginIntent(INTENT, LATER),
      (state) => state.state !== 'busy',
    );
    assert.ok(intent.state === 'resume' && intent.doubtSince === LATER);
    assert.equal(await asked, 'mine');
    await store.close();
  });
});

it('postgres: a store of an earlier version is brought up to date with what it holds', async () => {
  const { store, schema } = await openFresh();
  await assertNewestEventsAreFound(store, async () => {
    await store.close();
    const { host, port, database, user, password } = server;
    const client = new Client({ host, port, database, user, password });
    await client.connect();
    await client.query(`SET search_path = ${schema}`);
    for (const statement of BACK_TO_SCHEMA_7) await client.query(statement);
    await client.end();
    return openPostgresStore(optionsOf(schema));
  });
});

/** A process of its own that holds a delivery, an intent and a lock until it is killed. */
function startHolder(schema: string): { process: ChildProcess; held: Promise<void> } {
  const child = fork(join(__dirname, 'holder-process.js'), [JSON.stringify(optionsOf(schema))]);
  return { process: child, held: new Promise((resolve) => child.once('message', () => resolve())) };
}

describe('postgres: what breaks', () => {
  it('20 hard kills of writing processes: what was acknowledged is stored, once', async () => {
    const { store, schema } = await openFresh();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      const child = fork(join(__dirname, 'writer-process.js'), [JSON.stringify(optionsOf(schema))]);
      await new Promise<void>((resolve) => {
        let told = 0;
        child.on('message', (id: string) => {
          acknowledged.add(id);
          if ((told += 1) === 15 + round) child.kill('SIGKILL');
        });
        child.once('exit', () => resolve());
      });
    }
    const stored = (await store.takeDeliveries('in-1', { each: 1_000_000 }, NOW)).map(
      ({ event }) => event.id,
    );
    assert.equal(new Set(stored).size, stored.length);
    for (const id of acknowledged) assert.ok(stored.includes(id), `${id} was acknowledged and is lost`);
    await store.close();
  });

  it('a server that crashes and comes back is survived, and nothing acknowledged is lost', async () => {
    const { store } = await openFresh();
    const acknowledged: string[] = [];
    const writer = { stop: false };
    const writing = (async () => {
      while (!writer.stop) {
        const one = newEvent();
        try {
          await store.accept(intake([one]));
          acknowledged.push(one.event.id);
        } catch (thrown) {
          assert.equal((thrown as { class?: string }).class, 'transient');
        }
      }
    })();
    for (let crash = 0; crash < 2; crash += 1) {
      const before = acknowledged.length;
      await until(
        () => Promise.resolve(acknowledged.length),
        (now) => now > before + 20,
      );
      await server.crashAndRestart();
    }
    const before = acknowledged.length;
    await until(
      () => Promise.resolve(acknowledged.length),
      (now) => now > before + 20,
    );
    writer.stop = true;
    await writing;
    const stored = new Set(
      (await store.takeDeliveries('in-1', { each: 1_000_000 }, NOW)).map(({ event }) => event.id),
    );
    for (const id of acknowledged) assert.ok(stored.has(id), `${id} was acknowledged and is lost`);
    await until(
      () => Promise.resolve(isAlive(store)),
      (alive) => alive,
    );
    await store.close();
  });

  it('an instance that cannot show signs of life posts nothing more', async () => {
    const { store } = await openFresh();
    store.assertAlive();
    const end = performance.now() + LEASE_MS;
    // The whole process stands still, as it does under a debugger or while its machine sleeps.
    while (performance.now() < end);
    assert.throws(() => store.assertAlive(), { code: 'store-lease-lost', class: 'transient' });
    await store.close();
  });

  it('a wrong password, database or port is told in one sentence', async () => {
    const good = optionsOf('case_x');
    await assert.rejects(openPostgresStore({ ...good, database: 'nowhere' }), {
      code: 'store-missing',
      class: 'config',
    });
    await assert.rejects(openPostgresStore({ ...good, port: 1 }), {
      code: 'store-unavailable',
      class: 'transient',
    });
    await assert.rejects(openPostgresStore({ ...good, schema: 'x; drop' }), { code: 'config-invalid' });
  });

  it('stores what PostgreSQL’s texts cannot hold', async () => {
    const { store } = await openFresh();
    const hostile = newEvent({ returnId: 'A\0B', order: { number: 'AC-\0', id: null } });
    await store.accept(intake([hostile]));
    const [delivery] = await store.takeDeliveries('in-1', { each: 1 }, NOW);
    assert.deepEqual(delivery?.event, hostile.event);
    assert.equal((await store.accept(intake([hostile], { id: 'r2' }))).events[0]?.fresh, false);
    await store.close();
  });
});

function isAlive(store: ReturnsStore): boolean {
  try {
    store.assertAlive();
    return true;
  } catch {
    return false;
  }
}
