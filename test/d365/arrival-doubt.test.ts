import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { D365Dials } from '../../nodes/sandbox/d365/simulator-types';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { httpTo } from '../support/simulated-http';
import {
  ARRIVALS,
  SKU,
  arrivalOf,
  arrivalRig,
  connectorTo,
  orderOf,
  piecesIn,
} from '../support/d365-arrivals';

const FAULTS: readonly [string, Partial<D365Dials>][] = [
  ['carried out, and the answer lost', { dropAfterCommitNext: 1 }],
  ['lost on the way', { dropBeforeCommitNext: 1 }],
  ['carried out a minute later', { lateCommitNext: 1, lateCommitMs: 60_000 }],
  ['refused for a moment', { updateConflictNext: 1 }],
  ['met by a gateway without a service', { unavailableNext: 1 }],
  ['throttled', { throttleNext: 1 }],
];

/** A write at which a fault begins: the header, the lines, the posting. */
const WRITES = ['POST ItemArrivalJournalHeadersV2', 'POST $batch', 'POST postArrivalJournal'];

describe('R109: whatever happens to a call, there is one journal', () => {
  for (const [title, dials] of FAULTS) {
    for (const [at, write] of WRITES.entries()) {
      it(`${write}: ${title}`, async () => {
        const rig = await arrivalRig({}, { settleSeconds: 120 });
        const order = orderOf(rig.world, SKU, 2);
        const received = arrivalOf(order, 'return.received', 2);
        received.lines.push({
          ...(received.lines[0] as (typeof received.lines)[0]),
          id: 'other',
          orderLineId: null,
        });
        received.lines = received.lines.map((line) => ({ ...line, quantity: { value: 1, unit: 'each' } }));
        await rig.announce({ ...received, topic: 'return.started' });
        const push = rig.writes.push.bind(rig.writes);
        rig.writes.push = (...told: string[]): number => {
          if (rig.writes.length === at) Object.assign(rig.simulator.dials, dials);
          return push(...told);
        };
        const { problem } = await rig.inTheEnd(received);
        // Whatever is still on its way comes now.
        await rig.time.wait(3_600_000);
        await rig.simulator.observer.settled();
        assert.equal(problem, null);
        assert.equal(rig.writes[at], write);
        const [journal, second] = rig.simulator.observer.arrivals();
        assert.deepEqual([journal?.posted, journal?.lines.length, second], [true, 2, undefined]);
        assert.equal(piecesIn(rig.simulator, SKU, 'quarantine'), 2);
        assert.equal((await rig.receive(received)).documents.length, 1);
      });
    }
  }
});

describe('R109: what another process left behind', () => {
  it('a header without lines is completed, under the name that is meant now', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const received = arrivalOf(order, 'return.received', 1);
    // The line is refused: its location is not there.
    const [, , bad] = [
      '',
      '',
      new Map([['x', { code: 'CREDIT', warehouse: 'MAIN', location: 'NOWHERE' }]]),
    ] as const;
    const accepted = arrivalOf(order, 'return.accepted', 1, { confirmedDisposition: 'x' });
    const error = await rig.fails(accepted, { ...ARRIVALS, dispositions: bad });
    assert.deepEqual([error.code, error.class], ['d365-value-unknown', 'data-invalid']);
    const { problem } = await rig.receive(received, { ...ARRIVALS, journalName: 'ARRIVAL' });
    assert.equal(problem, null);
    const [journal, second] = rig.simulator.observer.arrivals();
    assert.deepEqual([journal?.posted, journal?.lines.length, second], [true, 1, undefined]);
    assert.ok(rig.writes.includes('PATCH ItemArrivalJournalHeadersV2'));
  });

  it('a journal that another store knows nothing of is handed on, with its units', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 3);
    await rig.announce(arrivalOf(order, 'return.started', 3));
    await rig.receive(arrivalOf(order, 'return.received', 2));
    const store = await openMemoryStore();
    const connector = connectorTo(httpTo(rig.simulator), rig.time);
    const { documents } = await connector.receiveGoods(
      arrivalOf(order, 'return.received', 3),
      [],
      ARRIVALS,
      store,
    );
    const lines = documents.map(({ references }) => references['lines']);
    const id = order.lines[0]?.lineId ?? '';
    assert.deepEqual(lines, [`${id}×2`, `${id}×1`]);
    assert.equal(rig.simulator.observer.arrivals().length, 2);
    assert.equal(piecesIn(rig.simulator, SKU, 'quarantine'), 3);
  });

  it('a journal of our name with other lines is a conflict, and nothing is posted', async () => {
    const rig = await arrivalRig({ customService: null }, { posting: 'batch-job' });
    const order = orderOf(rig.world, SKU, 2);
    await rig.announce(arrivalOf(order, 'return.started', 2));
    const received = arrivalOf(order, 'return.received', 2);
    assert.equal((await rig.fails(received)).code, 'd365-arrival-not-posted');
    rig.simulator.change('ItemArrivalJournalLinesV2', () => true, { ItemQuantity: 1 });
    const { problem } = await rig.receive(received);
    assert.deepEqual(
      [problem?.code, problem?.lines.map(({ expected, received: there }) => [expected, there])],
      ['document-conflict', [['2', '1']]],
    );
  });
});

describe('R176: how a journal is posted', () => {
  it('the batch job is waited for, and no second journal is made meanwhile', async () => {
    const rig = await arrivalRig({ customService: null }, { posting: 'batch-job' });
    const order = orderOf(rig.world, SKU, 3);
    await rig.announce(arrivalOf(order, 'return.started', 3));
    const first = arrivalOf(order, 'return.received', 1);
    const all = arrivalOf(order, 'return.received', 3);
    for (const event of [first, all, first]) {
      const error = await rig.fails(event);
      assert.deepEqual([error.code, error.class], ['d365-arrival-not-posted', 'state-blocked']);
    }
    assert.equal(rig.simulator.observer.arrivals().length, 1);
    rig.simulator.operator.runBatchJobs('arrival');
    assert.equal((await rig.receive(first)).made.length, 1);
    assert.equal((await rig.fails(all)).code, 'd365-arrival-not-posted');
    rig.simulator.operator.runBatchJobs('arrival');
    assert.equal((await rig.receive(all)).documents.length, 2);
    assert.equal(piecesIn(rig.simulator, SKU, 'quarantine'), 3);
  });

  it('its own schedule is enough', async () => {
    const rig = await arrivalRig({ customService: null }, { posting: 'batch-job' });
    rig.simulator.dials.arrivalJobSeconds = 60;
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    assert.equal((await rig.inTheEnd(arrivalOf(order, 'return.received', 1))).made.length, 1);
  });

  it('a fault of the service is tried again; what it refuses is told in its words', async () => {
    const rig = await arrivalRig();
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const received = arrivalOf(order, 'return.received', 1);
    rig.simulator.dials.serviceFaultNext = 1;
    const error = await rig.fails(received);
    assert.deepEqual([error.code, error.class], ['d365-arrival-service-failed', 'transient']);
    rig.simulator.change('ReturnOrderLinesV2', () => true, { ReturnStatus: 'Registered' });
    const { problem } = await rig.receive(received);
    assert.equal(problem?.code, 'arrival-not-posted');
    assert.match(problem.what, /^arrival journal .*: Lot .* is not expected: Registered\.$/);
    rig.simulator.change('ReturnOrderLinesV2', () => true, { ReturnStatus: 'Awaiting' });
    assert.equal((await rig.receive(received)).made.length, 1);
    assert.equal(rig.simulator.observer.arrivals().length, 1);
  });

  it('posted without an effect is an exception with both figures, until the effect is there', async () => {
    const rig = await arrivalRig({ customService: null }, { posting: 'batch-job' });
    const order = orderOf(rig.world, SKU, 1);
    await rig.announce(arrivalOf(order, 'return.started', 1));
    const received = arrivalOf(order, 'return.received', 1);
    await rig.fails(received);
    rig.simulator.change('ItemArrivalJournalHeadersV2', () => true, { IsPosted: 'Yes' });
    const { made, problem } = await rig.receive(received);
    assert.deepEqual(
      [made, problem?.code, problem?.lines.map(({ expected, received: there }) => [expected, there])],
      [[], 'arrival-without-effect', [['1 Quarantine', '1 Awaiting']]],
    );
    rig.simulator.change('ReturnOrderLinesV2', () => true, { ReturnStatus: 'Quarantine' });
    assert.equal((await rig.receive(received)).made.length, 1);
  });
});
