import type { Vendors } from './vendors';
import type { WorldItem, WorldOrder } from './world';

/** Troubles of the simulated shop that a person in the ERP can mend, by the exception that they become. */
export const TROUBLES = [
  'sku-blocked',
  'sku-discontinued',
  'sku-unknown',
  'order-unknown',
  'order-not-invoiced',
] as const;

export type Trouble = (typeof TROUBLES)[number];

/** Which state of the shop's things is a trouble. */
const STATES: Readonly<Record<Trouble, WorldItem['state'] | WorldOrder['state']>> = {
  'sku-blocked': 'stopped',
  'sku-discontinued': 'discontinued',
  'sku-unknown': 'absent',
  'order-unknown': 'unknown-to-erp',
  'order-not-invoiced': 'not-invoiced',
};

/**
 * Does in Dynamics 365, in both products, what a person would do about an exception, for all that it concerns, and tells their names: SKUs,
 * or order numbers.
 */
export function mend(
  trouble: Trouble,
  { world, d365, businessCentral }: Pick<Vendors, 'world' | 'd365' | 'businessCentral'>,
): string[] {
  // The ERPs take the items over by itself when one of them has changed.
  const items = world.items.filter(({ state }) => state === STATES[trouble]);
  for (const item of items) item.state = 'active';
  const orders = world.orders.filter(({ state }) => state === STATES[trouble]);
  for (const order of orders) {
    order.state = 'invoiced';
    d365.takeOver(order);
    businessCentral().takeOver(order);
  }
  return [...items.map(({ sku }) => sku), ...orders.map(({ number }) => number)];
}
