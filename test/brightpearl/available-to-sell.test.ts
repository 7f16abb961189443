import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arrivedLines, placeOf, type GoodsInPolicy } from '../../nodes/brightpearl/put-away';
import type { ReturnEvent, ReturnTopic } from '../../nodes/returns/event';
import { returnOf } from '../support/brightpearl-rig';
import {
  bookedOf,
  GOODS,
  goodsRig,
  moved,
  sellableUnits,
  stockOf,
  unitsOf,
} from '../support/brightpearl-goods';
import { event, line } from '../support/events';

const three: Parameters<typeof goodsRig>[0] = ({ lines }) => lines[0]?.quantity === 3;
const received = { topic: 'return.received' } as const;
const accepted = { topic: 'return.accepted' } as const;

describe('available to sell', () => {
  const POLICY: Partial<GoodsInPolicy> = { putAway: 'disposition', release: true };

  it('R78, R96: is its beginning plus the accepted units, in whatever order the events come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(['in-1', 'in-2', 'ok-0', 'ok-12', 'again', 'refund'], { minLength: 6 }),
        async (order) => {
          const rig = await goodsRig(three);
          await rig.creditFor();
          const events: Record<string, ReturnEvent> = {
            'in-1': unitsOf(rig.order, [0, 1], received),
            'in-2': unitsOf(rig.order, [2], received),
            'ok-0': unitsOf(rig.order, [0], accepted, 'resellable'),
            'ok-12': unitsOf(rig.order, [1, 2], accepted, 'damaged'),
            again: unitsOf(rig.order, [0, 1, 2], received),
            refund: unitsOf(rig.order, [0, 1, 2], { topic: 'return.refunded' }),
          };
          for (const name of order) bookedOf(await rig.book(events[name] as ReturnEvent, POLICY));
          assert.deepEqual(moved(rig), [1, 2]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('R77: is the same in the view of the warehouse and in that of the shop', async () => {
    const rig = await goodsRig(three);
    await rig.creditFor();
    await rig.book(unitsOf(rig.order, [0, 1], accepted, 'resellable'), POLICY);
    await rig.book(unitsOf(rig.order, [2], accepted, 'damaged'), POLICY);
    const sku = rig.order.lines[0]?.sku ?? '';
    const id = rig.simulator.productId(sku) ?? 0;
    const answer = await rig.connector.client.read(() => `/warehouse-service/product-availability/${id}`);
    const { total } = (answer as Record<string, { total: { inStock: number; onHand: number } }>)[id] ?? {};
    assert.deepEqual(total && [total.onHand, total.inStock], [
      stockOf(rig.simulator, sku),
      stockOf(rig.simulator, sku) + stockOf(rig.simulator, sku, true),
    ]);
  });

  it('R75: of random returns, sellable stock rises by the accepted, resellable units only', async () => {
    const dispositions = ['resellable', 'damaged', 'refurbish', 'RESELLABLE', null] as const;
    const rig = await goodsRig();
    const start = sellableUnits(rig.simulator);
    let expected = 0;
    let index = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<ReturnTopic>(
          'return.received',
          'return.accepted',
          'return.rejected',
          'return.refunded',
        ),
        fc.constantFrom(...dispositions),
        fc.constantFrom(...dispositions),
        async (topic, proposed, confirmed) => {
          const order = rig.world.orders[index];
          index += 1;
          assert.ok(order);
          await rig.creditFor(returnOf(order));
          const lines = returnOf(order).lines.map((one) => ({
            ...one,
            platformDisposition: proposed,
            confirmedDisposition: confirmed,
          }));
          await rig.book(returnOf(order, undefined, { topic, lines }), POLICY);
          const inspected =
            topic === 'return.accepted' || (topic === 'return.refunded' && confirmed !== null);
          if (inspected && (confirmed ?? proposed)?.toLowerCase() === 'resellable') {
            expected += order.lines.reduce((sum, sold) => sum + sold.quantity, 0);
          }
          assert.equal(sellableUnits(rig.simulator), start + expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('R75: no disposition of ten thousand is sellable but by the table and after the inspection', () => {
    const words = fc.oneof(
      fc.constantFrom('resellable', 'Resellable ', 'damaged', 'none', ''),
      fc.string({ maxLength: 12 }),
    );
    const topics: ReturnTopic[] = [
      'return.started', 'return.dropped_off', 'return.in_transit', 'return.received', 'return.accepted',
      'return.rejected', 'return.refunded', 'return.cancelled', 'return.updated',
    ]; // prettier-ignore
    fc.assert(
      fc.property(
        fc.constantFrom(...topics),
        fc.option(words),
        fc.option(words),
        (topic, platformDisposition, confirmedDisposition) => {
          const of = event({ topic, lines: [line()] });
          const one = line({ platformDisposition, confirmedDisposition });
          const policy = { ...GOODS, ...POLICY };
          const arrives = arrivedLines({ ...of, lines: [one] }, policy).length > 0;
          if (!arrives || placeOf({ ...of, lines: [one] }, one, policy)?.place !== 'sellable') return;
          assert.ok(
            topic === 'return.accepted' || (topic === 'return.refunded' && confirmedDisposition !== null),
          );
          assert.equal((confirmedDisposition ?? platformDisposition)?.trim().toLowerCase(), 'resellable');
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
