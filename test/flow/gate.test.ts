import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReturnTopic } from '../../nodes/returns/event';
import { buildException } from '../../nodes/returns/exception';
import { CREDIT_TIMINGS } from '../../nodes/returns/credit-timing';
import { exposureOf } from '../../nodes/runtime/pair-watch';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { line } from '../support/events';
import { DAY_MS, GateRig, HOUR_MS, keyOf, withGate } from '../support/gate-rig';

const SIX: readonly ReturnTopic[] = [
  'return.started',
  'return.dropped_off',
  'return.in_transit',
  'return.received',
  'return.accepted',
  'return.refunded',
];
const REJECTED: readonly ReturnTopic[] = [...SIX.slice(0, 4), 'return.rejected', 'return.updated'];

function orders<T>(of: readonly T[]): T[][] {
  if (of.length < 2) return [[...of]];
  return of.flatMap((one, at) =>
    orders([...of.slice(0, at), ...of.slice(at + 1)]).map((rest) => [one, ...rest]),
  );
}

describe('R96: any order of six events leaves the same end state', () => {
  const cases: [string, Record<string, unknown>, readonly ReturnTopic[]][] = [
    ...CREDIT_TIMINGS.map((policy): (typeof cases)[number] => [
      `${policy}, accepted`,
      { policy, confirm: true },
      SIX,
    ]),
    ['on-accepted, a refund is acceptance', { refundAccepts: 'happy-returns', confirm: true }, SIX],
    ['on-accepted, rejected', { confirm: true }, REJECTED],
    ['on-accepted, a cancellation that came too late', {}, [...SIX.slice(0, 5), 'return.cancelled']],
  ];
  for (const [name, config, topics] of cases) {
    it(`${name}: all 720 orders`, async () => {
      const all = orders(topics);
      assert.equal(all.length, 720);
      const store = await openMemoryStore();
      const rig = await GateRig.open(config, { store });
      const ends = new Map<string, string>();
      try {
        for (const [at, order] of all.entries()) {
          const id = `R${at}`;
          for (const topic of order) await rig.take(topic, id);
        }
        const credited = (await rig.sent()).filter(({ exception }) => exception === null);
        const first = new Map<string, number>();
        for (const { event } of credited) first.set(event.returnId, (first.get(event.returnId) ?? 0) + 1);
        const rejects = topics === REJECTED;
        assert.equal(first.size, rejects ? 0 : 720, 'each goes out, rejected ones do not');
        for (const id of first.keys()) await rig.half('credit', id, { looks: false });
        await rig.keeper.work();
        for (let at = 0; at < 720; at += 1) {
          const { state, phase, wait, told } = await rig.at(`R${at}`);
          ends.set(JSON.stringify({ state, phase, wait, told }), all[at]?.join(' ') ?? '');
        }
        assert.equal(ends.size, 1, [...ends].map((end) => end.join(' after ')).join('\n'));
        const confirmed = (await rig.sent()).filter(({ confirms }) => confirms).length;
        assert.equal(confirmed, !rejects && config['confirm'] === true ? 720 : 0);
      } finally {
        await rig.end();
      }
    });
  }
});

describe('the Return Gate holds a return until its stage', () => {
  it('R86: after the drop-off alone a month passes: still pending, nothing goes out, and its age is told', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.started');
      await rig.take('return.dropped_off');
      assert.deepEqual(await rig.out(), []);
      await rig.passes(30 * DAY_MS);
      assert.deepEqual(await rig.out(), ['arrival-overdue']);
      const { phase, wait, told } = await rig.at();
      assert.deepEqual([phase, wait, told], ['held', 'arrival', 'arrival-overdue']);
      assert.deepEqual(await rig.store.documentsOf(keyOf('A')), []);
      assert.equal((await rig.store.gateCounts('gate-node')).overLimit, 1);
    });
  });

  it('R87: the credit is let through after the goods were accepted, never before', async () => {
    await withGate({}, async (rig) => {
      for (const topic of ['return.started', 'return.dropped_off', 'return.received'] as const) {
        await rig.take(topic);
        assert.deepEqual(await rig.out(), [], topic);
      }
      await rig.take('return.refunded');
      assert.deepEqual(await rig.out(), [], 'that the platform has paid says nothing of the goods');
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted']);
    });
  });

  it('R87: a refund lets the credit through only where the goods are known to be accepted', async () => {
    const decided = { lines: [line({ confirmedDisposition: 'restock' })] };
    await withGate({ refundAccepts: 'swap, zigzag', confirm: true }, async (rig) => {
      await rig.take('return.refunded', 'A');
      await rig.take('return.refunded', 'DECIDED', decided);
      await rig.take('return.refunded', 'SWAP', { platform: 'swap' });
      await rig.take('return.accepted', 'LATER');
      await rig.take('return.refunded', 'LATER');
      assert.deepEqual(
        (await rig.sent()).map(({ event, goodsAccepted }) => [event.returnId, event.topic, goodsAccepted]),
        [
          ['DECIDED', 'return.refunded', true],
          ['SWAP', 'return.refunded', true],
          ['LATER', 'return.accepted', false],
        ],
      );
      await rig.take('return.accepted', 'A');
      assert.deepEqual(await rig.out(), ['accepted']);
    });
  });

  it('R87: a platform whose refund is made its acceptance later on: what waits goes on after the deploy', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.refunded');
      assert.deepEqual(await rig.out(), []);
      await rig.redeployed({ refundAccepts: 'happy-returns' }).keeper.work();
      assert.deepEqual(await rig.out(), ['refunded']);
    });
  });

  it('asks a person where rejected goods are refunded as if they were accepted', async () => {
    await withGate({ refundAccepts: 'happy-returns' }, async (rig) => {
      await rig.take('return.rejected');
      await rig.take('return.refunded');
      assert.deepEqual(await rig.out(), ['rejected-goods', 'inspection-conflict']);
    });
  });

  it('R88: goods that were received and not inspected go nowhere, so no stock is sellable', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.received');
      await rig.passes(4 * DAY_MS);
      assert.deepEqual(await rig.out(), []);
      await rig.passes(2 * DAY_MS);
      assert.deepEqual(await rig.out(), ['inspection-overdue']);
    });
  });

  it('R91: with on-scan the return goes out with its scan, and the exposure rises until the goods are in', async () => {
    await withGate({ policy: 'on-scan' }, async (rig) => {
      await rig.take('return.started');
      assert.deepEqual(await rig.out(), []);
      await rig.take('return.dropped_off');
      assert.deepEqual(await rig.out(), ['dropped_off']);
      await rig.half('credit');
      const [row] = await exposureOf(rig.store, null, rig.time);
      assert.deepEqual([row?.count, row?.minor], [1, 2500]);
      await rig.take('return.received');
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['received', 'accepted'], 'the stock half follows');
      await rig.half('goods');
      assert.deepEqual(await exposureOf(rig.store, null, rig.time), []);
      assert.equal((await rig.at()).phase, 'done');
    });
  });

  it('R93: what is told besides, or was stopped before the gate, lets nothing through', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.received');
      await rig.take('return.updated');
      await rig.take('return.refunded');
      assert.deepEqual(await rig.out(), []);
    });
  });

  it('R99: later events go out in the order of the way; what is older than what went out stays behind', async () => {
    await withGate({ policy: 'on-scan' }, async (rig) => {
      await rig.take('return.accepted');
      await rig.take('return.received');
      await rig.take('return.dropped_off');
      assert.deepEqual(await rig.out(), ['accepted']);
      // A second parcel of the same return brings other units, and none of them is lost.
      await rig.take('return.accepted', 'A', { id: 'second-parcel' });
      assert.deepEqual(
        (await rig.sent()).map(({ event }) => event.id),
        ['second-parcel'],
      );
      const effects = (await rig.store.gateEvents('gate-node', keyOf('A')))
        .map(({ effect }) => effect)
        .sort();
      assert.deepEqual(effects, ['credit', 'later', 'recorded', 'recorded']);
    });
  });

  it('lets an event that comes again change nothing', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.accepted');
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted']);
    });
  });
});

describe('rejected goods', () => {
  it('R30: accepted at the drop-off, rejected at the hub: no credit, and an exception of the kind rejected-goods', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.dropped_off');
      await rig.take('return.received');
      await rig.take('return.rejected');
      const [only, ...others] = await rig.sent();
      assert.deepEqual([only?.exception?.code, others.length], ['rejected-goods', 0]);
      assert.equal(only?.event.topic, 'return.rejected');
      await rig.passes(90 * DAY_MS);
      assert.deepEqual(await rig.out(), []);
      assert.equal((await rig.at()).phase, 'rejected');
    });
  });

  /** Credited early, then rejected; what was told is parked. */
  const creditedThenRejected = async (rig: GateRig): Promise<string> => {
    await rig.take('return.dropped_off');
    await rig.half('credit');
    await rig.take('return.rejected');
    return parkTold(rig);
  };
  const parkTold = async (rig: GateRig): Promise<string> => {
    const told = (await rig.sent()).at(-1);
    assert.equal(told?.exception?.code, 'credited-but-rejected');
    const message = JSON.stringify({ topic: told.event.topic, payload: told.event });
    const parked = { returnKey: keyOf('A'), router: 'router', exception: told.exception, message };
    return (await rig.store.parkException(parked, rig.now)).id;
  };
  /** What is out, and what of it was rejected. */
  const exposure = async ({ store, time }: GateRig): Promise<number[]> => {
    const [row] = await exposureOf(store, null, time);
    return row ? [row.count, row.minor, row.rejected.count, row.rejected.minor] : [];
  };

  it('R94: rejected after an early credit: somebody owns the reversal, and no refund is confirmed', async () => {
    await withGate({ policy: 'on-scan', confirm: true }, async (rig) => {
      await rig.take('return.dropped_off');
      assert.deepEqual(await rig.out(), ['dropped_off']);
      await rig.take('return.rejected');
      const [told] = await rig.sent();
      assert.deepEqual([told?.exception?.code, told?.exception?.owner], ['credited-but-rejected', 'finance']);
      await rig.half('credit');
      assert.deepEqual(await rig.out(), []);
      assert.deepEqual(await exposure(rig), [0, 0, 1, 2500], 'also where the credit comes last');
    });
  });

  it('R94, R98: the meter shows it apart, the reversal is proposed, and nobody waits for its goods', async () => {
    await withGate({ policy: 'on-scan' }, async (rig) => {
      await rig.take('return.dropped_off', 'B');
      await rig.half('credit', 'B', { minor: -1000 });
      await rig.take('return.dropped_off');
      await rig.half('credit');
      assert.deepEqual(await exposure(rig), [2, 3500, 0, 0]);
      await rig.take('return.rejected');
      assert.deepEqual(await exposure(rig), [1, 1000, 1, 2500]);
      const told = (await rig.sent()).at(-1);
      assert.match(
        told?.exception?.summary ?? '',
        /credit D-A over 25\.00 GBP, made early by the policy on-scan; proposed: reverse it/,
      );
      await rig.passes(90 * DAY_MS);
      assert.deepEqual(await rig.out(), ['credit-without-stock'], 'of B alone');
      assert.deepEqual(await exposure(rig), [1, 1000, 1, 2500]);
      const listed = await rig.store.rejectedCredits({ limit: 9 });
      assert.deepEqual(
        listed.map(({ document }) => document),
        ['D-A'],
      );
    });
  });

  for (const settlement of ['outside', 'discarded'] as const) {
    it(`R94: leaves the meter when a person has settled it (${settlement}), and stays away`, async () => {
      await withGate({ policy: 'on-scan' }, async (rig) => {
        const id = await creditedThenRejected(rig);
        assert.deepEqual(await exposure(rig), [0, 0, 1, 2500]);
        await rig.store.settleException(id, settlement, 'reversed: 4711', { who: 'anna', at: rig.now });
        assert.deepEqual(await exposure(rig), []);
        await rig.take('return.rejected', 'A', { id: 'told-once-more' });
        await rig.passes(400 * DAY_MS);
        await rig.store.prune({ settled: rig.now, people: rig.now });
        await rig.take('return.rejected', 'A', { id: 'told-after-years' });
        assert.deepEqual(await exposure(rig), []);
        assert.deepEqual(await rig.out(), []);
      });
    });
  }

  it('R94: leaves it when many are settled at once', async () => {
    await withGate({ policy: 'on-scan' }, async (rig) => {
      const id = await creditedThenRejected(rig);
      const act = { who: 'anna', at: rig.now };
      await rig.store.settleExceptions([id], 'outside', 'reversed', act);
      assert.deepEqual(await exposure(rig), []);
    });
  });

  it('R94: leaves it when the goods are booked in', async () => {
    await withGate({ policy: 'on-scan' }, async (rig) => {
      await creditedThenRejected(rig);
      await rig.half('stock');
      assert.deepEqual(await exposure(rig), []);
    });
  });

  it('R94: sent on without a decision it is told once more; accepted after all it waits for its goods', async () => {
    await withGate({ policy: 'on-scan' }, async (rig) => {
      const id = await creditedThenRejected(rig);
      const status = async (): Promise<string | undefined> => (await rig.store.parkedException(id))?.status;
      await rig.store.resumeExceptions({ ids: [id] }, 'router', rig.now);
      await rig.take('return.rejected');
      assert.equal(await parkTold(rig), id);
      assert.equal(await status(), 'open');
      assert.deepEqual(await exposure(rig), [0, 0, 1, 2500]);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['inspection-conflict']);
      await rig.store.resumeExceptions({ ids: [id] }, 'router', rig.now);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted']);
      assert.equal(await status(), 'closed');
      assert.deepEqual(await exposure(rig), [1, 2500, 0, 0], 'until its goods are recorded');
      await rig.half('goods');
      assert.deepEqual(await exposure(rig), []);
    });
  });

  it('asks a person where goods were rejected and then accepted, and goes on once when the person says so', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.rejected');
      await rig.take('return.accepted');
      const sent = await rig.sent();
      assert.deepEqual(
        sent.map(({ exception }) => exception?.code),
        ['rejected-goods', 'inspection-conflict'],
      );
      const ids: string[] = [];
      for (const { event, exception } of sent) {
        if (!exception) continue;
        const message = JSON.stringify({ topic: event.topic, payload: event });
        const parked = { returnKey: keyOf('A'), router: 'router', exception, message };
        ids.push((await rig.store.parkException(parked, rig.now)).id);
      }
      await rig.store.resumeExceptions({ ids: ids.slice(1) }, 'router', rig.now);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted']);
      for (const id of ids) assert.equal((await rig.store.parkedException(id))?.status, 'closed');
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), []);
    });
  });
});

describe('R97: every wait has a limit and an owner', () => {
  const WAITS: [string, string, ReturnTopic[], number][] = [
    ['handover-overdue', 'customer service', ['return.started'], 30 * DAY_MS],
    ['arrival-overdue', 'warehouse', ['return.dropped_off'], 14 * DAY_MS],
    ['inspection-overdue', 'warehouse', ['return.received'], 5 * DAY_MS],
    ['credit-overdue', 'finance', ['return.accepted'], 24 * HOUR_MS],
  ];
  for (const [code, owner, topics, limit] of WAITS) {
    it(`${code}: told once, with age and owner; closes by itself when the return goes on`, async () => {
      await withGate({ confirm: true }, async (rig) => {
        for (const topic of topics) await rig.take(topic);
        await rig.sent();
        await rig.passes(limit - 1000);
        assert.deepEqual(await rig.out(), []);
        await rig.passes(2000);
        const [told] = await rig.sent();
        assert.deepEqual([told?.exception?.code, told?.exception?.owner], [code, owner]);
        assert.match(told?.exception?.summary ?? '', /\d+ (days|h)/, 'with its age');
        await rig.passes(limit);
        assert.deepEqual(await rig.out(), [], 'not again and again');
        if (!told?.exception) return;
        const message = JSON.stringify({ topic: told.event.topic, payload: told.event });
        const { id } = await rig.store.parkException(
          { returnKey: keyOf('A'), router: 'router', exception: told.exception, message },
          rig.now,
        );
        if (code === 'credit-overdue') await rig.half('credit');
        else await rig.take('return.accepted');
        assert.equal((await rig.store.parkedException(id))?.status, 'closed');
      });
    });
  }

  it('closes what was parked after the return had gone on already', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.received');
      await rig.passes(6 * DAY_MS);
      const [told] = await rig.sent();
      await rig.take('return.accepted');
      assert.ok(told?.exception);
      const message = JSON.stringify({ topic: told.event.topic, payload: told.event });
      const { id } = await rig.store.parkException(
        { returnKey: keyOf('A'), router: 'router', exception: told.exception, message },
        rig.now,
      );
      await rig.keeper.work();
      assert.equal((await rig.store.parkedException(id))?.status, 'closed');
    });
  });

  it('waits as long again when a person sends it on, and no more when a person ends the wait', async () => {
    await withGate({}, async (rig) => {
      const parkTold = async (): Promise<string> => {
        const [told] = await rig.sent();
        assert.equal(told?.exception?.code, 'inspection-overdue');
        const message = JSON.stringify({ topic: told.event.topic, payload: told.event });
        const parked = { returnKey: keyOf('A'), router: 'router', exception: told.exception, message };
        return (await rig.store.parkException(parked, rig.now)).id;
      };
      await rig.take('return.received');
      await rig.passes(6 * DAY_MS);
      const id = await parkTold();
      await rig.store.resumeExceptions({ ids: [id] }, 'router', rig.now);
      await rig.take('return.received');
      assert.equal((await rig.store.parkedException(id))?.status, 'closed');
      await rig.passes(4 * DAY_MS);
      assert.deepEqual(await rig.out(), []);
      await rig.passes(2 * DAY_MS);
      await parkTold();
      await rig.store.settleException(id, 'discarded', 'lost', { who: 'anna', at: rig.now });
      await rig.keeper.work();
      assert.equal((await rig.at()).phase, 'ended');
      assert.deepEqual((await rig.store.gateCounts('gate-node')).held, 0);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted'], 'the goods came after all');
    });
  });

  it('lets pass again what a person resumes after it was parked behind the gate', async () => {
    await withGate({}, async (rig) => {
      const taken = await rig.take('return.accepted');
      assert.equal(taken.phase, 'done');
      const [sent] = await rig.sent();
      const message = JSON.stringify({ topic: sent?.event.topic, payload: sent?.event });
      const exception = buildException({
        code: 'order-unknown',
        returnNumber: 'A',
        orderNumber: 'AC-A',
        brand: 'acme-shoes',
        what: 'AC-A',
        raisedBy: 'brightpearl-sales-credit',
        raisedAt: rig.now,
      });
      const parked = { returnKey: keyOf('A'), router: 'router', exception, message };
      const { id } = await rig.store.parkException(parked, rig.now);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), [], 'a repeat of the platform is none');
      await rig.store.resumeExceptions({ ids: [id] }, 'router', rig.now);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted']);
      await rig.store.closeExceptions(keyOf('A'), 'posted', [], rig.now);
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), []);
    });
  });

  it('follows a changed limit and a changed policy after a deploy', async () => {
    await withGate({}, async (rig) => {
      await rig.take('return.dropped_off');
      await rig.take('return.dropped_off', 'B');
      const other = rig.redeployed({ policy: 'on-scan' });
      await other.keeper.work();
      assert.deepEqual(await rig.out(), ['dropped_off', 'dropped_off']);
      await rig.take('return.received', 'C');
      await rig.redeployed({ inspectionDays: 1 }).keeper.work();
      await rig.passes(1.5 * DAY_MS);
      assert.deepEqual(await rig.out(), ['inspection-overdue']);
    });
  });
});

describe('refunds are confirmed once their credit exists', () => {
  it('R89, R201: no confirmation before the credit, and one as soon as it exists', async () => {
    await withGate({ confirm: true }, async (rig) => {
      await rig.take('return.accepted');
      assert.deepEqual(await rig.out(), ['accepted']);
      await rig.passes(HOUR_MS);
      assert.deepEqual(await rig.out(), []);
      await rig.half('credit');
      assert.deepEqual(await rig.out(), ['refund']);
      await rig.passes(HOUR_MS);
      assert.deepEqual(await rig.out(), []);
      assert.equal((await rig.at()).phase, 'done');
    });
  });

  it('R202: the credit fails and 24 hours pass: not one confirmation, and an exception', async () => {
    await withGate({ confirm: true }, async (rig) => {
      for (let at = 0; at < 20; at += 1) await rig.take('return.accepted', `R${at}`);
      await rig.sent();
      await rig.passes(24 * HOUR_MS + 1000);
      const out = await rig.out();
      assert.deepEqual([new Set(out), out.length], [new Set(['credit-overdue']), 20]);
    });
  });

  it('R95: an authorisation that came early is held until the return is processed', async () => {
    await withGate({ confirm: true }, async (rig) => {
      await rig.take('return.refunded');
      await rig.take('return.received');
      assert.deepEqual(await rig.out(), []);
      await rig.take('return.accepted');
      await rig.half('credit');
      assert.deepEqual(await rig.out(), ['accepted', 'refund']);
    });
  });

  it('R200: that a return was taken in makes no refund', async () => {
    await withGate({ confirm: true, policy: 'on-initiation' }, async (rig) => {
      const { phase } = await rig.take('return.started');
      assert.equal(phase, 'released');
      assert.ok(!(await rig.out()).includes('refund'));
    });
  });

  it('R92: stock is in and the credit fails: the pair is incomplete, and its owner is told', async () => {
    await withGate({ confirm: true }, async (rig) => {
      await rig.take('return.accepted');
      await rig.sent();
      await rig.half('stock');
      await rig.passes(25 * HOUR_MS);
      assert.deepEqual(await rig.out(), ['credit-overdue']);
      const lacking = await rig.store.unpairedHalves({ half: 'stock', without: 'credit', limit: 10 });
      assert.deepEqual(
        lacking.map(({ returnNumber }) => returnNumber),
        ['A'],
      );
    });
  });
});

describe('policies by brand and reason', () => {
  const reason = (code: string): { lines: ReturnType<typeof line>[] } => ({
    lines: [line({ reason: { code, text: code } })],
  });
  const policies = [
    { brand: 'acme-shoes', reason: '', policy: 'on-scan' },
    { brand: '', reason: 'damaged', policy: 'on-received' },
    { brand: 'acme-shoes', reason: 'damaged', policy: 'on-accepted' },
    { brand: 'beta', reason: 'changed-mind', policy: 'on-initiation' },
  ];

  it('R71: two reasons with different rules each follow their own way', async () => {
    await withGate({ policies }, async (rig) => {
      await rig.take('return.dropped_off', 'SMALL', reason('too-small'));
      await rig.take('return.dropped_off', 'BROKEN', reason('damaged'));
      assert.deepEqual(
        (await rig.sent()).map(({ event }) => event.returnId),
        ['SMALL'],
      );
      await rig.take('return.accepted', 'BROKEN', reason('damaged'));
      assert.deepEqual(
        (await rig.sent()).map(({ event }) => event.returnId),
        ['BROKEN'],
      );
    });
  });

  it('R71: a return with both reasons follows the more careful one', async () => {
    await withGate({ policies }, async (rig) => {
      const both = {
        lines: [...reason('too-small').lines, line({ id: '2', reason: { code: 'damaged', text: null } })],
      };
      await rig.take('return.dropped_off', 'BOTH', both);
      assert.deepEqual(await rig.out(), []);
    });
  });
});

describe('R98, R206: what is out and not in', () => {
  it('is the sum of the early credits, by age', async () => {
    await withGate({ policy: 'on-scan' }, async (rig) => {
      for (let at = 0; at < 10; at += 1) {
        if (at === 5) await rig.passes(10 * DAY_MS);
        await rig.take('return.dropped_off', `R${at}`);
        await rig.half('credit', `R${at}`, { minor: -1000 - at });
      }
      const [row] = await exposureOf(rig.store, null, rig.time);
      assert.deepEqual([row?.count, row?.minor], [10, 10_045]);
      assert.deepEqual(
        row?.ages.map(({ age, count, minor }) => [age, count, minor]),
        [
          ['up to 7 days', 5, 5035],
          ['7 to 14 days', 5, 5010],
        ],
      );
    });
  });
});
