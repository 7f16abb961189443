import assert from 'node:assert/strict';
import type { GoodsInOutcome } from '../../nodes/brightpearl/goods-in';
import type { GoodsInPolicy } from '../../nodes/brightpearl/put-away';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import type { Problem } from '../../nodes/returns/posting-checks';
import { quantity } from '../../nodes/returns/quantity';
import type { BrightpearlSimulator } from '../../nodes/sandbox/brightpearl/brightpearl-simulator';
import type { WorldOrder } from '../../nodes/sandbox/world';
import {
  brightpearlRig,
  orderWhere,
  posted,
  returnOf,
  type BrightpearlRig,
  type RigOptions,
} from './brightpearl-rig';
import { line } from './events';

/** Locations of the simulated main warehouse, and its number. */
export const MAIN = { warehouse: 2, sellable: 20, quarantine: 21 } as const;

export const GOODS: GoodsInPolicy = {
  mappings: null,
  when: 'return.received',
  rejectedGoods: 'quarantine',
  putAway: 'quarantine',
  dispositions: new Map([
    ['resellable', 'sellable'],
    ['damaged', 'quarantine'],
  ]),
  release: false,
  warehouseId: null,
  rowField: 'purchaseOrderRowId',
  unitCost: 'unit',
};

export interface GoodsRig extends BrightpearlRig {
  order: WorldOrder;
  /** The credit of the whole order, unless the event of it is another. */
  creditFor: (of?: ReturnEvent) => Promise<PostedDocument>;
  book: (of: ReturnEvent, policy?: Partial<GoodsInPolicy>) => Promise<GoodsInOutcome>;
}

/** An account with an order that fits, ready to receive its goods. */
export async function goodsRig(
  fits: (order: WorldOrder) => boolean = () => true,
  options: RigOptions = {},
): Promise<GoodsRig> {
  const rig = await brightpearlRig(options);
  const order = orderWhere(rig.world, fits);
  return {
    ...rig,
    order,
    creditFor: async (of = returnOf(order)) => posted(await rig.credit(of)),
    book: (of, policy = {}) => rig.connector.bookGoodsIn(of, [], { ...GOODS, ...policy }, rig.store),
  };
}

/** An event about units of the first line of an order, by their places in it: `[0, 2]` are the first and third. */
export function unitsOf(
  order: WorldOrder,
  places: readonly number[],
  change: Partial<ReturnEvent> = {},
  disposition: string | null = null,
): ReturnEvent {
  const [sold] = order.lines;
  assert.ok(sold);
  const first = Math.min(...places);
  return returnOf(order, undefined, {
    topic: 'return.received',
    lines: [
      line({
        id: `${sold.lineId}.${first}`,
        orderLineId: sold.lineId,
        sku: sold.sku,
        quantity: quantity(places.length),
        unitIds: places.map((place) => `${sold.lineId}-${place}-${sold.quantity}`),
        platformDisposition: disposition,
      }),
    ],
    ...change,
  });
}

/** Units of a SKU that can be sold, or that lie in quarantine. */
export function stockOf(simulator: BrightpearlSimulator, sku: string, quarantine = false): number {
  return simulator.observer
    .stock()
    .filter((held) => held.sku === sku && held.quarantine === quarantine)
    .reduce((sum, held) => sum + held.quantity, 0);
}

/** Units of the first line that can be sold since the beginning, and those in quarantine. */
export function moved(rig: GoodsRig): [number, number] {
  const sku = rig.order.lines[0]?.sku ?? '';
  return [stockOf(rig.simulator, sku) - 50, stockOf(rig.simulator, sku, true)];
}

/** All units that can be sold, of whatever SKU. */
export function sellableUnits(simulator: BrightpearlSimulator): number {
  const held = simulator.observer.stock().filter(({ quarantine }) => !quarantine);
  return held.reduce((sum, { quantity: units }) => sum + units, 0);
}

export function bookedOf(outcome: GoodsInOutcome): PostedDocument[] {
  assert.equal(outcome.problem, null, JSON.stringify(outcome));
  return outcome.booked;
}

export function problemIn(outcome: GoodsInOutcome): Problem {
  assert.ok(outcome.problem, JSON.stringify(outcome));
  return outcome.problem;
}
