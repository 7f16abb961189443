import assert from 'node:assert/strict';
import type { ExchangePolicy, PostedDocuments, ReturnOrderPolicy } from '../../nodes/d365/documents';
import type { D365Settings } from '../../nodes/d365/settings';
import type { PostedDocument, ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import type { D365SimulatorOptions } from '../../nodes/sandbox/d365/simulator-types';
import type { WorldItem, WorldOrder } from '../../nodes/sandbox/world';
import { event as anEvent, line } from './events';
import { d365Rig, type D365Rig } from './validator-node';

export const EXCHANGE: ExchangePolicy = { mappings: null, warehouse: '', orderPattern: null };
export const RETURNS: ReturnOrderPolicy = { warehouse: 'RETQC', reasons: new Map(), orderPattern: null };

export interface ExchangeRig extends D365Rig {
  order: WorldOrder;
  /** What the first line of the order was sold for. */
  value: number;
  /** Another item of the shop, that the first line is exchanged for. */
  other: WorldItem;
  /** The first line comes back, and an exchange line asks for the other item. */
  event: (price?: number | null, change?: Partial<ReturnLine>) => ReturnEvent;
  returnOrder: (of: ReturnEvent) => Promise<PostedDocument>;
  exchange: (of: ReturnEvent, policy?: Partial<ExchangePolicy>) => Promise<PostedDocuments>;
  /** Comes back for as long as it is asked to, as a delivery that waits in the store does. */
  inTheEnd: (of: ReturnEvent, policy?: Partial<ExchangePolicy>) => Promise<PostedDocuments>;
}

/** A simulated environment with an order of which the first line is exchanged. */
export async function exchangeRig(
  options: Partial<D365SimulatorOptions> = {},
  settings: Partial<D365Settings> = {},
  fits: (order: WorldOrder) => boolean = ({ lines }) => lines[0]?.quantity === 1,
): Promise<ExchangeRig> {
  const rig = await d365Rig({ specialProducts: true, ...options }, settings);
  const order = rig.world.orders.find((one) => one.state === 'invoiced' && fits(one));
  const [sold] = order?.lines ?? [];
  const other = rig.world.items.find(
    ({ sku, state }) => state === 'active' && !order?.lines.some((one) => one.sku === sku),
  );
  assert.ok(order && sold && other);
  const event: ExchangeRig['event'] = (price = null, change = {}) =>
    anEvent({
      topic: 'return.accepted',
      returnId: `HR${order.number}`,
      returnNumber: `HR${order.number}`,
      order: { number: order.number, id: order.id },
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
          price: price === null ? null : money(price, rig.world.currency),
          ...change,
        }),
      ],
    });
  const exchange: ExchangeRig['exchange'] = (of, policy = {}) =>
    rig.connector.createExchange(of, [], { ...EXCHANGE, ...policy }, rig.store);
  return {
    ...rig,
    order,
    other,
    value: sold.amountMinor,
    event,
    returnOrder: async (of) => {
      const outcome = await rig.connector.createReturnOrder(of, RETURNS, rig.store);
      assert.ok(outcome.outcome === 'posted', JSON.stringify(outcome));
      return outcome.document;
    },
    exchange,
    inTheEnd: async (of, policy) => {
      for (let tries = 0; tries < 10; tries += 1) {
        try {
          return await exchange(of, policy);
        } catch (thrown) {
          const { retryAfterMs } = thrown as { retryAfterMs?: number };
          assert.ok(retryAfterMs !== undefined, String(thrown));
          await rig.time.wait(retryAfterMs);
        }
      }
      throw new Error('It came back ten times in vain');
    },
  };
}

/** The document of an exchange that nothing is wrong with. */
export function made({ documents, problem }: PostedDocuments): PostedDocument {
  assert.equal(problem, null, JSON.stringify(problem));
  const [document, ...more] = documents;
  assert.ok(document && more.length === 0);
  return document;
}

export function problemOf({ problem }: PostedDocuments): NonNullable<PostedDocuments['problem']> {
  assert.ok(problem);
  return problem;
}
