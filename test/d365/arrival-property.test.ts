import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ORDERS,
  OTHER,
  SKU,
  acceptedAs,
  arrivalOf,
  arrivalRig,
  orderOf,
  piecesIn,
} from '../support/d365-arrivals';

const TOPICS = [
  'return.dropped_off',
  'return.received',
  'return.accepted',
  'return.rejected',
  'return.refunded',
] as const;
const DISPOSITIONS = ['resellable', 'damaged'] as const;

/** What an event tells of one line: how many units so far, at which stage, with which decision. */
const told = fc.record({
  line: fc.constantFrom(0, 1),
  units: fc.integer({ min: 1, max: 4 }),
  topic: fc.constantFrom(...TOPICS),
  disposition: fc.constantFrom(...DISPOSITIONS),
  /** What happens to the call. */
  fault: fc.constantFrom(
    'none',
    'none',
    'none',
    'dropAfterCommitNext',
    'dropBeforeCommitNext',
    'serviceFaultNext',
  ),
  twice: fc.boolean(),
});

describe('R75, R78, R96: any arrivals in any order', () => {
  it('register the units that events say arrived, once, and sell only what was inspected as resellable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 8 }), async (events) => {
        const rig = await arrivalRig();
        const orders = [orderOf(rig.world, SKU, 4), orderOf(rig.world, OTHER, 4)];
        const items = [SKU, OTHER];
        const before = items.map((item) => piecesIn(rig.simulator, item, 'sellable'));
        for (const order of orders) {
          assert.equal(
            (await rig.connector.createReturnOrder(arrivalOf(order, 'return.started', 4), ORDERS, rig.store))
              .outcome,
            'posted',
          );
        }
        const arrived = [0, 0];
        const sellable = [0, 0];
        for (const { line, units, topic, disposition, fault, twice } of events) {
          const order = orders[line];
          assert.ok(order);
          const inspected = topic === 'return.accepted' || topic === 'return.refunded';
          // Before the inspection it is only the platform's proposal.
          const change = inspected ? acceptedAs(disposition) : { platformDisposition: disposition };
          const event = arrivalOf(order, topic, units, change);
          if (fault !== 'none') rig.simulator.dials[fault] = 1;
          const outcomes = await Promise.all(
            Array.from({ length: twice ? 2 : 1 }, () => rig.inTheEnd(event)),
          );
          for (const { problem } of outcomes) assert.equal(problem, null);
          const fresh = topic === 'return.dropped_off' ? 0 : Math.max(0, units - (arrived[line] ?? 0));
          arrived[line] = (arrived[line] ?? 0) + fresh;
          if (inspected && disposition === 'resellable') sellable[line] = (sellable[line] ?? 0) + fresh;
        }
        Object.assign(rig.simulator.dials, { dropAfterCommitNext: 0, dropBeforeCommitNext: 0 });
        const held = rig.simulator.observer.returnOrders();
        for (const [line, item] of items.entries()) {
          const lines = held.flatMap((order) => order.lines).filter(({ itemNumber }) => itemNumber === item);
          const registered = lines.filter(({ status }) => status !== 'Awaiting');
          const units = registered.reduce((sum, { quantity }) => sum - quantity, 0);
          assert.equal(units, arrived[line], `${item} registered`);
          const journals = rig.simulator.observer.arrivals().flatMap((journal) => journal.lines);
          const inJournals = journals
            .filter((one) => one.item === item)
            .reduce((sum, one) => sum + one.quantity, 0);
          assert.equal(inJournals, arrived[line], `${item} in journals`);
          const resold = rig.simulator.observer
            .stock()
            .filter((one) => one.item === item && one.place === 'sellable' && one.warehouse === 'MAIN')
            .reduce((sum, { quantity }) => sum + quantity, 0);
          assert.equal(resold - (before[line] ?? 0), sellable[line], `${item} for sale`);
        }
        await rig.store.close();
      }),
      { numRuns: Number(process.env['ARRIVAL_RUNS'] ?? 60) },
    );
  });
});
