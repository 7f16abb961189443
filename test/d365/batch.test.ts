import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { asLedgerError, LedgerError } from '../../nodes/returns/failure';
import type { BatchTotals } from '../../nodes/returns/batch';
import type { BatchPosting } from '../../nodes/d365/post-batch';
import { returnKey } from '../../nodes/returns/event';
import { buildException } from '../../nodes/returns/exception';
import { membersPage } from '../../nodes/runtime/batch-drill-down';
import {
  d365BatchRig,
  POLICY,
  returnOfOrder,
  returnsOf,
  troubled,
  type D365BatchRig,
} from '../support/d365-batch-rig';
import { NOW } from '../support/events';

/** Runs a test with a rig and ends it. */
async function withRig(
  options: Parameters<typeof d365BatchRig>[0],
  work: (rig: D365BatchRig) => Promise<void>,
): Promise<void> {
  const rig = await d365BatchRig(options);
  try {
    await work(rig);
  } finally {
    await rig.end();
  }
}

function reconciles(closed: BatchTotals, { totals }: BatchPosting): void {
  assert.ok(totals);
  for (const figure of ['members', 'lines', 'items', 'value'] as const) {
    assert.equal(totals.posted.overall[figure] + totals.refused.overall[figure], closed.overall[figure]);
  }
}

/** Each reference has one return order, and each return has one. */
function postedOnce(rig: D365BatchRig, expected: number): void {
  const withLines = rig.simulator.observer.returnOrders().filter(({ lines }) => lines.length > 0);
  assert.equal(withLines.length, expected);
  assert.equal(rig.held().size, expected);
}

describe('R17: what a person has booked by hand is not posted with the batch', () => {
  it('is left out, counted, and the others are posted', async () => {
    await withRig({ orders: 3 }, async (rig) => {
      const returns = returnsOf(rig.world, 3);
      const batch = await rig.batchOf(returns);
      const [first] = returns;
      assert.ok(first);
      const act = { who: 'anna', at: NOW };
      for (const [code, raisedBy] of [
        ['amount-mismatch', 'd365-create-return-order'],
        ['erp-refused', 'd365-create-return-order'],
      ] as const) {
        const about = {
          returnNumber: first.returnNumber,
          orderNumber: first.order.number,
          brand: first.brand,
        };
        const exception = buildException({ code, ...about, what: 'x', raisedBy, raisedAt: NOW });
        const parked = { returnKey: returnKey(first), router: 'router', exception, message: '{}' };
        const { id } = await rig.store.parkException(parked, NOW);
        if (code === 'amount-mismatch') {
          await rig.store.settleException(id, 'discarded', 'a test', act);
        } else await rig.store.settleException(id, 'outside', 'return order RMA-1 by hand', act);
      }
      const told: string[] = [];
      const outcome = await rig.post(batch, {
        onByHand: ({ return: name }, { resolution }) => told.push(`${name}: ${resolution}`),
      });
      assert.deepEqual([outcome.posted, outcome.byHand, outcome.refused, outcome.open], [2, 1, 0, 0]);
      assert.deepEqual(told, [`${first.returnNumber ?? ''}: return order RMA-1 by hand`]);
      reconciles(batch.totals, outcome);
      assert.equal(rig.simulator.observer.returnOrders().length, 2);
    });
  });
});

describe('R132: a closed batch becomes return orders, with drill-down to each', () => {
  it('500 returns are one batch, posted with five calls, and each member names its return order', async () => {
    await withRig({ orders: 500 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 500));
      assert.equal(batch.counts.members, 500);
      await rig.connector.ready();
      const before = rig.connector.calls;
      const outcome = await rig.post(batch, { together: 500 });
      assert.equal(rig.connector.calls - before, 5);
      assert.deepEqual([outcome.posted, outcome.refused, outcome.open], [500, 0, 0]);
      reconciles(batch.totals, outcome);
      postedOnce(rig, 500);
      const numbers = new Map(
        rig.simulator.observer.returnOrders().map(({ reference, number }) => [reference, number]),
      );
      const { members, next } = await membersPage(rig.store, batch.id, { after: 0, limit: 500 });
      assert.deepEqual([members.length, next], [500, null]);
      for (const { return: name, order, posted } of members) {
        assert.deepEqual(
          posted.map(({ kind, number }) => [kind, number]),
          [['return-order', numbers.get(`HR-${name}-${order}`)]],
        );
      }
    });
  });

  it('a page at a time is in memory, also where the message has no members', async () => {
    await withRig({ orders: 60, config: { membersInMessage: 0 } }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 60));
      assert.deepEqual([batch.membersIncluded, batch.members], [false, []]);
      const told: number[] = [];
      const outcome = await rig.post(batch, {
        together: 25,
        onProgress: ({ posted }) => told.push(posted),
      });
      assert.deepEqual([outcome.posted, told], [60, [25, 50, 60]]);
      postedOnce(rig, 60);
    });
  });

  it('more than a batch of Dynamics 365 may hold is parted: 1,300 look-ups of four reads each', async () => {
    await withRig({ orders: 1300 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 1300));
      const outcome = await rig.post(batch, { together: 1300 });
      assert.equal(outcome.posted, 1300);
      assert.equal(rig.simulator.observer.recent().filter(({ status }) => status >= 400).length, 0);
    });
  });

  it('two returns of one order are made one after another, and no unit is credited twice', async () => {
    await withRig({ orders: 5 }, async (rig) => {
      const [order] = rig.world.orders;
      assert.ok(order);
      const batch = await rig.batchOf([returnOfOrder(order, 'HRFIRST'), returnOfOrder(order, 'HRSECOND')]);
      const outcome = await rig.post(batch);
      assert.deepEqual([outcome.posted, outcome.refused], [1, 1]);
      const [refused] = (await rig.sent()).returns;
      assert.equal(refused?.exception?.code, 'quantity-over-order');
      reconciles(batch.totals, outcome);
    });
  });
});

describe('R136: what is refused does not sink the batch', () => {
  for (const trouble of ['blocked', 'unknown'] as const) {
    it(`39 post, 1 is refused (${trouble}) and parks alone, totals reconcile`, async () => {
      await withRig({ orders: 39 }, async (rig) => {
        const odd = returnOfOrder(troubled(rig.world, trouble));
        const returns = returnsOf(rig.world, 39);
        const batch = await rig.batchOf([...returns.slice(0, 6), odd, ...returns.slice(6)]);
        assert.equal(batch.counts.members, 40);
        const outcome = await rig.post(batch);
        assert.deepEqual([outcome.posted, outcome.refused, outcome.open], [39, 1, 0]);
        reconciles(batch.totals, outcome);
        postedOnce(rig, 39);
        const { returns: parked } = await rig.sent();
        assert.deepEqual(
          parked.map(({ event, exception }) => [event.returnId, exception?.code, exception?.raisedBy]),
          [
            [
              odd.returnId,
              trouble === 'blocked' ? 'sku-blocked' : 'order-unknown',
              'd365-create-return-order',
            ],
          ],
        );
        // Mended and resumed, it goes into the next batch, and that is all there is in it.
        rig.simulator.change('ProductDefaultOrderSettings', (row) => row['ItemNumber'] === 'STOP-42-RED', {
          IsSalesProcessingStopped: 'No',
        });
        const next = await rig.batchOf([odd]);
        assert.deepEqual(next.totals, outcome.totals?.refused);
        const again = await rig.post(next);
        assert.equal(again.posted, trouble === 'blocked' ? 1 : 0);
      });
    });
  }

  it('the batch comes again: what was refused is left alone, what was posted needs no call', async () => {
    await withRig({ orders: 12 }, async (rig) => {
      const odd = returnOfOrder(troubled(rig.world, 'unknown'));
      const batch = await rig.batchOf([...returnsOf(rig.world, 12), odd]);
      await rig.post(batch);
      await rig.sent();
      const before = rig.connector.calls;
      const again = await rig.post(batch);
      assert.deepEqual([again.posted, again.refused, rig.connector.calls - before], [12, 1, 0]);
      assert.deepEqual((await rig.sent()).returns, []);
      reconciles(batch.totals, again);
    });
  });

  it('one that stays in conflict holds up none of those behind it', async () => {
    await withRig({ orders: 6 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 6));
      await rig.run(rig.connector.ready());
      // As often as a write is tried at once.
      rig.simulator.dials.updateConflictNext = 4;
      const outcome = await rig.post(batch, { together: 1 });
      assert.deepEqual([outcome.posted, outcome.open, outcome.failure?.code], [5, 1, 'd365-update-conflict']);
      await rig.postInTheEnd(batch);
      postedOnce(rig, 6);
    });
  });

  it('refused credentials are no fault of a member: nothing leaves the batch', async () => {
    await withRig({ orders: 5 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 5));
      const refusing = {
        connectionId: 'connection-1',
        createReturnOrders: () =>
          Promise.resolve(
            Array.from(
              { length: 5 },
              () => new LedgerError({ code: 'd365-forbidden', class: 'auth', message: 'no' }),
            ),
          ),
      };
      const failure = await rig.post(batch, { connector: refusing }).catch(asLedgerError);
      assert.equal(failure instanceof LedgerError && failure.code, 'd365-forbidden');
      assert.deepEqual((await rig.sent()).returns, []);
    });
  });
});

describe('R138: in batches or at once, the ERP holds the same', () => {
  it('for any returns, sizes of batches and of calls', { timeout: 120_000 }, async () => {
    const plan = fc.record({
      returns: fc.shuffledSubarray(
        Array.from({ length: 14 }, (_, at) => at),
        { minLength: 1 },
      ),
      mostMembers: fc.integer({ min: 1, max: 6 }),
      together: fc.integer({ min: 1, max: 8 }),
      mode: fc.constantFrom('batch', 'each'),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ returns, mostMembers, together, mode }) => {
        const at = await d365BatchRig({ orders: 12 });
        const inBatches = await d365BatchRig({ orders: 12, config: { mode, mostMembers } });
        try {
          for (const { world } of [at, inBatches]) {
            troubled(world, 'blocked');
            troubled(world, 'unknown');
          }
          const wanted = returns.flatMap((index) => {
            const order = at.world.orders[index];
            return order ? [returnOfOrder(order)] : [];
          });
          const refused: string[] = [];
          for (const event of wanted) {
            const made = at.connector.createReturnOrder(event, POLICY, at.store);
            const outcome = await at.run(made).catch(asLedgerError);
            if (outcome instanceof LedgerError || outcome.outcome === 'exception')
              refused.push(event.returnId);
          }
          for (const event of wanted) await inBatches.take({ event });
          await inBatches.collector.work();
          const batches = await inBatches.flush();
          for (const batch of batches) reconciles(batch.totals, await inBatches.post(batch, { together }));
          assert.deepEqual(inBatches.held(), at.held());
          const parked = (await inBatches.sent()).returns.map(({ event }) => event.returnId);
          assert.deepEqual(parked.sort(), refused.sort());
        } finally {
          await Promise.all([at.end(), inBatches.end()]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('R157: a batch honours the wait that Dynamics 365 asks for', () => {
  it('the whole call is throttled: none leaves before the wait ends, nothing is lost', async () => {
    await withRig({ orders: 20 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 20));
      await rig.run(rig.connector.ready());
      Object.assign(rig.simulator.dials, { throttleNext: 1, retryAfterSeconds: 3 });
      await rig.postInTheEnd(batch);
      const calls = rig.simulator.observer.recent();
      const at = calls.findIndex(({ status }) => status === 429);
      assert.ok(at >= 0 && (calls[at + 1]?.at ?? 0) - (calls[at]?.at ?? 0) >= 3000);
      postedOnce(rig, 20);
    });
  });

  it('a wait that is long is not waited for in memory: the batch comes back, and is whole then', async () => {
    await withRig({ orders: 20 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 20));
      await rig.run(rig.connector.ready());
      Object.assign(rig.simulator.dials, { throttleNext: 1, retryAfterSeconds: 90 });
      const outcome = await rig.post(batch, { together: 5 });
      assert.deepEqual([outcome.posted, outcome.open, outcome.totals], [0, 20, null]);
      assert.equal(outcome.failure?.class, 'rate-limited');
      assert.ok((outcome.failure.retryAfterMs ?? 0) > 80_000);
      await rig.postInTheEnd(batch);
      const calls = rig.simulator.observer.recent();
      const at = calls.findIndex(({ status }) => status === 429);
      assert.ok((calls[at + 1]?.at ?? 0) - (calls[at]?.at ?? 0) >= 90_000);
      postedOnce(rig, 20);
    });
  });

  it('a part is throttled: it waits alone, and is posted once', async () => {
    await withRig({ orders: 20 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 20));
      await rig.run(rig.connector.ready());
      rig.simulator.dials.retryAfterSeconds = 2;
      // Two parts of the first look-up, then two of what is written.
      rig.simulator.dials.throttlePartsNext = 2;
      await rig.postInTheEnd(batch);
      postedOnce(rig, 20);
    });
  });

  it('R158: an outage of ten minutes loses nothing and repeats nothing', async () => {
    await withRig({ orders: 20 }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 20));
      await rig.run(rig.connector.ready());
      rig.simulator.dials.unavailableNext = 12;
      const outcome = await rig.postInTheEnd(batch, { together: 8 });
      assert.equal(outcome.posted, 20);
      postedOnce(rig, 20);
    });
  });
});

describe('R159: an answer that was lost is looked up before anything is written again', () => {
  for (const [title, dials, missing] of [
    ['carried out', { dropAfterCommitNext: 1 }, 0],
    ['never arrived', { dropBeforeCommitNext: 1 }, 20],
    ['carried out a minute later', { lateCommitNext: 1, lateCommitMs: 60_000 }, 0],
    ['cut in the middle', { cutBatchNext: 1, cutBatchAfter: 7 }, 13],
  ] as const) {
    it(title, async () => {
      await withRig({ orders: 20 }, async (rig) => {
        const batch = await rig.batchOf(returnsOf(rig.world, 20));
        await rig.run(rig.connector.ready());
        Object.assign(rig.simulator.dials, dials);
        const first = await rig.post(batch);
        assert.deepEqual([first.posted, first.open, first.failure?.class], [0, 20, 'ambiguous']);
        const outcome = await rig.postInTheEnd(batch);
        assert.equal(outcome.posted, 20);
        postedOnce(rig, 20);
        const lost = rig.made.findIndex((call) => call.lost);
        const [before, next] = rig.made.slice(lost);
        assert.ok(before && next && next.at - before.at >= 120_000);
        assert.equal(before.writes, 20);
        assert.equal(next.writes, 0);
        // Only what the look-up did not find is written again.
        const again = rig.made.slice(lost + 1).reduce((sum, { headers }) => sum + headers, 0);
        assert.equal(again, missing);
      });
    });
  }

  it('an answer with another number of parts is no answer', async () => {
    await withRig({ orders: 6, settings: { settleSeconds: 0 } }, async (rig) => {
      const batch = await rig.batchOf(returnsOf(rig.world, 6));
      await rig.run(rig.connector.ready());
      rig.simulator.dials.dropAfterCommitShare = 0.4;
      const outcome = await rig.postInTheEnd(batch);
      assert.equal(outcome.posted, 6);
      postedOnce(rig, 6);
    });
  });
});
