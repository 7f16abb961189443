import assert from 'node:assert/strict';
import type { ExchangePolicy } from '../../nodes/brightpearl/exchange-body';
import type { ExchangeOutcome } from '../../nodes/brightpearl/exchange-order';
import type { PostedDocument, ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import type { WorldItem, WorldOrder } from '../../nodes/sandbox/world';
import {
  orderWhere,
  brightpearlRig,
  posted,
  returnOf,
  type BrightpearlRig,
  type RigOptions,
} from './brightpearl-rig';
import { line } from './events';

export const EXCHANGE: ExchangePolicy = {
  mappings: null,
  orderPattern: null,
  afterCredit: true,
  priceFrom: 'even',
  linkParent: true,
  requireAllocation: true,
  warehouseId: null,
  statusId: null,
};

export interface ExchangeRig extends BrightpearlRig {
  order: WorldOrder;
  /** What the first line of the order was sold for, tax included. */
  value: number;
  /** Another item of the shop, that the first line is exchanged for. */
  other: WorldItem;
  /** The first line comes back, and an exchange line asks for the other item. */
  event: (price?: number | null, change?: Partial<ReturnLine>) => ReturnEvent;
  creditFor: (of: ReturnEvent) => Promise<PostedDocument>;
  exchange: (of: ReturnEvent, policy?: Partial<ExchangePolicy>) => Promise<ExchangeOutcome>;
}

export async function exchangeRig(
  fits: (order: WorldOrder) => boolean = ({ lines }) =>
    lines[0]?.quantity === 1 && lines[0].amountMinor > 5000,
  options: RigOptions = {},
): Promise<ExchangeRig> {
  const rig = await brightpearlRig(options);
  const order = orderWhere(rig.world, fits);
  const [sold] = order.lines;
  const other = rig.world.items.find(({ sku }) => !order.lines.some((one) => one.sku === sku));
  assert.ok(sold && other);
  const event: ExchangeRig['event'] = (price = null, change = {}) =>
    returnOf(order, undefined, {
      topic: 'return.accepted',
      lines: [
        line({
          id: sold.lineId,
          orderLineId: sold.lineId,
          sku: sold.sku,
          quantity: quantity(sold.quantity),
          outcome: 'exchange',
        }),
        line({
          id: `${sold.lineId}-x`,
          kind: 'exchange',
          orderLineId: sold.lineId,
          sku: other.sku,
          quantity: quantity(sold.quantity),
          price: price === null ? null : money(price, 'GBP'),
          ...change,
        }),
      ],
    });
  return {
    ...rig,
    order,
    other,
    value: sold.amountMinor,
    event,
    creditFor: async (of) => posted(await rig.credit(of)),
    exchange: (of, policy = {}) =>
      rig.connector.createExchangeOrder(of, [], { ...EXCHANGE, ...policy }, rig.store),
  };
}

/** The document of an exchange that nothing is wrong with. */
export function made(outcome: ExchangeOutcome): PostedDocument {
  assert.equal(outcome.problem, null, JSON.stringify(outcome));
  assert.ok(outcome.document);
  return outcome.document;
}

export function refusedWith(outcome: ExchangeOutcome): NonNullable<ExchangeOutcome['problem']> {
  assert.ok(outcome.problem, JSON.stringify(outcome));
  return outcome.problem;
}
