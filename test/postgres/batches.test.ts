import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isBatch, type ClosedBatch } from '../../nodes/returns/batch';
import { openPostgresStore } from '../../nodes/store/postgres';
import type { ReturnsStore } from '../../nodes/store/store';
import { PostgresServer } from '../../scripts/postgres-server';
import { accepted, batchRig, NODE, type BatchRig } from '../support/batch-rig';
import { NOW } from '../support/events';

let server: PostgresServer;
let schemas = 0;
before(async () => {
  server = await PostgresServer.start();
});
after(() => server.stop());

/** Two instances of one node on one store. */
async function together(
  config: Record<string, unknown>,
  work: (one: BatchRig, two: BatchRig) => Promise<void>,
): Promise<void> {
  const schema = `batches_${(schemas += 1)}`;
  const { host, port, database, user, password } = server;
  const open = (): Promise<ReturnsStore> =>
    openPostgresStore({ host, port, database, user, password, tls: 'off', schema, connections: 4 });
  const rigs = [
    await batchRig(config, { store: await open() }),
    await batchRig(config, { store: await open() }),
  ];
  const [one, two] = rigs;
  assert.ok(one && two);
  try {
    await work(one, two);
  } finally {
    for (const rig of rigs) await rig.end();
  }
}

async function sentBy(store: ReturnsStore): Promise<ClosedBatch[]> {
  const taken = await store.takeAnyDeliveries(NODE, { each: 1000 }, NOW);
  return taken.flatMap(({ event }) => (isBatch(event) ? event : []));
}

describe('postgres: batches of several instances', () => {
  it('R137: a return that comes to both at once is in one batch, and none is too large', async () => {
    await together({ mostMembers: 30 }, async (one, two) => {
      const events = Array.from({ length: 100 }, (_, at) => accepted(`R${at}`));
      const taken = await Promise.all(events.flatMap((event) => [one.take({ event }), two.take({ event })]));
      assert.equal(taken.filter(({ kind }) => kind === 'joined').length, 100);
      await Promise.all([one.collector.work(), two.collector.work()]);
      await Promise.all([one.collector.end('command', {}), two.collector.end('command', {})]);
      const batches = await sentBy(one.store);
      assert.deepEqual(
        batches.map(({ members }) => members.length).sort((a, b) => b - a),
        [30, 30, 30, 10],
      );
      const members = batches.flatMap((batch) => batch.members.map((member) => member.return));
      assert.equal(new Set(members).size, 100);
      assert.deepEqual(
        batches.map(({ number }) => number).sort(),
        [1, 2, 3, 4].map((number) => `NIGHTLY-CREDITS-00000${number}`),
      );
    });
  });

  it('each batch is closed by one of them, and sent by one', async () => {
    await together({ byBrand: true, mostMembers: '' }, async (one, two) => {
      const events = Array.from({ length: 40 }, (_, at) => accepted(`R${at}`, { brand: `brand-${at % 8}` }));
      await Promise.all(events.map((event, at) => (at % 2 ? one : two).take({ event })));
      for (const { id } of await one.collector.pending()) await one.store.sealBatches([id], 'command');
      await Promise.all([one, two].map((rig) => rig.collector.work()));
      const sent = await Promise.all([one, two, one, two].map(({ store }) => sentBy(store)));
      const ids = sent.flat().map(({ id }) => id);
      assert.deepEqual([ids.length, new Set(ids).size], [8, 8]);
      assert.equal(
        sent.flat().reduce((sum, { totals }) => sum + totals.overall.value, 0),
        40 * 2500,
      );
    });
  });

  it('what one leaves sealed when it dies is closed by the other', async () => {
    await together({ mostMembers: '' }, async (one, two) => {
      await one.take({ event: accepted('A') });
      const [batch] = await one.collector.pending();
      await one.store.sealBatches([batch?.id ?? ''], 'age');
      await two.collector.work();
      assert.equal((await two.store.batch(batch?.id ?? ''))?.state, 'closed');
      assert.equal((await sentBy(two.store)).length, 1);
    });
  });
});
