import { addOrder, type SeededRandom, type World, type WorldOrder } from '../../nodes/sandbox/world';

/** A return that is to be made, and the exception that it must end as. */
export interface PlannedReturn {
  orders: WorldOrder[];
  refused: string | null;
  dropoffMethod: 'return-bar' | 'mail';
  units: number;
  /** The goods are exchanged, and not paid back. */
  exchange: boolean;
}

/** What an ERP refuses, with the code of the exception that it must become. */
export interface Refusal {
  code: string;
  order: Parameters<typeof addOrder>[1];
}

const REFUSED_SHARE = 0.03;
const TWO_ORDERS_SHARE = 0.02;
const MAIL_SHARE = 0.05;

/** What every ERP refuses. */
export const REFUSALS: readonly Refusal[] = [
  { code: 'sku-blocked', order: { sku: 'STOP-42-RED' } },
  { code: 'sku-discontinued', order: { sku: 'OLD-40-GRY' } },
  { code: 'order-unknown', order: { state: 'unknown-to-erp' } },
];

/** Draws returns of a shop: mostly one sound order at a Return Bar, some by mail or of two orders, some refused. */
export function createMix(
  world: World,
  random: SeededRandom,
  refusals: readonly Refusal[],
  exchangeShare = 0,
): () => PlannedReturn {
  let next = 0;
  const sound = world.orders.filter((order) => order.state === 'invoiced');
  const soundOrder = (): WorldOrder => {
    const order = sound[next] ?? addOrder(world, {});
    next += 1;
    return order;
  };
  return () => {
    const refusal = random.next() < REFUSED_SHARE ? random.pick(refusals) : null;
    const second = refusal === null && random.next() < TWO_ORDERS_SHARE;
    const order = refusal === null ? soundOrder() : addOrder(world, refusal.order);
    return {
      orders: second ? [order, soundOrder()] : [order],
      refused: refusal?.code ?? null,
      dropoffMethod: random.next() < MAIL_SHARE ? 'mail' : 'return-bar',
      units: random.between(1, 4),
      exchange: exchangeShare > 0 && refusal === null && random.next() < exchangeShare,
    };
  };
}

/** So much of an amount as falls to some of its units, in minor units: shared to the penny. */
export function shareOf(amountMinor: number, units: number, of: number): number {
  return Math.round((amountMinor * units) / of);
}
