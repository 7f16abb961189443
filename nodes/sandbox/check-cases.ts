import type { Check } from '../returns/check-profile';
import type { GateWait } from '../returns/gate';
import {
  REASON_CODES,
  statusEvent,
  type Post,
  type ReturnWish,
  type SimulatedReturn,
  type WireEvent,
} from './happy-returns/generator';
import type { Vendors } from './vendors';
import { addOrder, type World, type WorldItem } from './world';

/** The ERPs of the sandbox that checks can ask. */
export const CHECKED_ERPS = ['brightpearl', 'd365'] as const;
export type CheckedErp = (typeof CHECKED_ERPS)[number];

/** What a case needs to be made. */
type Shop = Pick<Vendors, 'world' | 'brightpearl' | 'd365'>;

/** One return that a check finds something wrong with. */
export interface CheckCase {
  check: Check;
  /** The exception that it ends in, or the warning that it carries. */
  code: string;
  /** What is wrong with it, in words. */
  what: string;
  /** In which ERPs the check can find it; the others hold nothing that would tell. */
  erps: readonly CheckedErp[];
  /** Only a platform that tells amounts can show it: the simulated one names fields for them that are not confirmed. */
  needsAmounts?: boolean;
  /** Return Mappings are needed that have a row for each of {@link MAPPED_CODES}, and none for this code. */
  needsMappings?: boolean;
  make(shop: Shop): ReturnWish;
}

/**
 * The codes that the simulated platform and the original orders tell besides those of the cases: Return Mappings with a row
 * for each of them hold none of the other returns.
 */
export const MAPPED_CODES = {
  reason: REASON_CODES,
  returnType: ['original-payment', 'exchange'],
  disposition: ['resellable'],
  location: ['HUB-1'],
} as const;

/** At least one case for each check of the SKU Validator, found by its code. */
export const CHECK_CASES: readonly CheckCase[] = [
  {
    ...at('item', 'sku-unknown', 'an item that was never released'),
    make: ({ world }) => ofOne(world, { sku: 'GHOST-1' }),
  },
  {
    ...at('item', 'sku-blocked', 'an item that may not be sold now'),
    make: ({ world }) => ofOne(world, { sku: 'STOP-42-RED' }),
  },
  {
    ...at('item', 'sku-missing', 'a line without a SKU'),
    make: ({ world }) => ofOne(world, {}, { told: { sku: null } }),
  },
  {
    ...at('discontinued', 'sku-discontinued', 'an item of last season'),
    make: ({ world }) => ofOne(world, { sku: 'OLD-40-GRY' }),
  },
  {
    ...at('blind', 'blind-return', 'a return that names no order'),
    make: ({ world }) => ofOne(world, {}, { told: { orderNumber: null, orderID: null } }),
  },
  {
    ...at('order', 'order-unknown', 'an order that was never imported'),
    make: ({ world }) => ofOne(world, { state: 'unknown-to-erp' }),
  },
  {
    ...at('state', 'order-cancelled', 'an order that was cancelled'),
    make: ({ world }) => ofOne(world, { state: 'cancelled' }),
  },
  {
    ...at('state', 'order-not-invoiced', 'an order that is still open'),
    make: ({ world }) => ofOne(world, { state: 'not-invoiced' }),
  },
  {
    ...at('state', 'order-locked', 'an order whose invoice is under way', ['brightpearl']),
    make: (shop) => {
      const wish = ofOne(shop.world);
      shop.brightpearl().lockOrder(idOf(shop, wish), 'invoice-pending');
      return wish;
    },
  },
  {
    ...at('state', 'order-historical', 'an order that was imported as history', ['brightpearl']),
    make: (shop) => {
      const wish = ofOne(shop.world);
      shop.brightpearl().setOrderState(idOf(shop, wish), 'historical');
      return wish;
    },
  },
  {
    ...at('customer', 'customer-unknown', 'an order whose customer is gone', ['d365']),
    make: ({ world }) => ofOne(world, { state: 'no-customer' }),
  },
  {
    ...at('customer', 'customer-on-hold', 'a customer to whom nothing may be credited', ['d365']),
    make: ({ world }) => {
      const customer = world.customers.find(({ onHold }) => onHold === true);
      return ofOne(world, customer ? { customer: customer.account } : {});
    },
  },
  {
    ...at('order', 'line-not-on-order', 'an item that was not on the order'),
    make: ({ world }) => ofOne(world, {}, { told: { ...told(another(world)), orderLineItemID: null } }),
  },
  {
    ...at('substitution', 'substitution', 'another item than the line of the order that it names', ['d365']),
    make: ({ world }) => ofOne(world, {}, { told: told(another(world)) }),
  },
  {
    ...at('quantity', 'quantity-over-order', 'two come back, one was sold'),
    make: ({ world }) => ofOne(world, {}, { extra: 1 }),
  },
  {
    ...at('value', 'value-over-order', 'the whole value was credited before for the first of two', [
      'brightpearl',
    ]),
    make: (shop) => {
      const wish = ofOne(shop.world, { quantity: 2 }, { units: 1 });
      shop.brightpearl().addForeignCredit(idOf(shop, wish), { unitsAtFullValue: 1 });
      return wish;
    },
  },
  {
    ...at('value', 'price-mismatch', 'the platform tells another price than was paid'),
    needsAmounts: true,
    make: ({ world }) => ofOne(world, {}, { told: amounts(world, { refundAmount: '0.01' }) }),
  },
  {
    ...at('tax', 'tax-mismatch', 'the platform tells another tax than was invoiced', ['brightpearl']),
    needsAmounts: true,
    make: ({ world }) => ofOne(world, {}, { told: amounts(world, { refundTax: '0.01' }) }),
  },
  {
    ...at('bundle', 'bundle-part', 'one pair of a pack of three', ['brightpearl']),
    make: ({ world }) => {
      const pack = world.items.find(({ name, state }) => state === 'active' && name.startsWith('Sock pack'));
      const pair = { sku: `PAIR-${pack?.sku ?? ''}`, name: 'Pair of socks', upc: null };
      return ofOne(world, pack ? { sku: pack.sku } : {}, { told: { ...told(pair), orderLineItemID: null } });
    },
  },
  {
    ...at(
      'product',
      'product-differs',
      'another description and barcode than the item’s; it goes on with a warning',
    ),
    make: ({ world }) => ofOne(world, {}, { told: { productName: 'Lucky dip', upc: '0499999999999' } }),
  },
  {
    ...at('reason', 'reason-unmapped', 'a reason without a row in the mappings'),
    needsMappings: true,
    make: ({ world }) =>
      ofOne(world, {}, { told: { returnReasonID: 'horoscope', returnReason: 'Horoscope' } }),
  },
  {
    ...at('disposition', 'disposition-unmapped', 'a disposition without a row in the mappings'),
    needsMappings: true,
    make: ({ world }) => ofOne(world, {}, { told: { disposition: 'raffle' } }),
  },
  {
    ...at('location', 'location-unmapped', 'a destination without a row in the mappings'),
    needsMappings: true,
    make: ({ world }) => ofOne(world, {}, { told: { destinationAddressID: 'HUB-UNKNOWN' } }),
  },
  {
    ...at('returnType', 'return-type-unmapped', 'a kind of refund without a row in the mappings'),
    needsMappings: true,
    make: ({ world }) => ofOne(world, {}, { told: { refundType: 'bitcoin' } }),
  },
  {
    ...at('taxCode', 'tax-unmapped', 'a tax code of the order without a row in the mappings', [
      'brightpearl',
    ]),
    needsMappings: true,
    make: ({ world }) => ofOne(world),
  },
];

/** Checks of the SKU Validator of which no simulated platform can send a case yet, and why. */
export const CHECKS_WITHOUT_CASE: Readonly<Partial<Record<Check, string>>> = {
  fee: 'Happy Returns tells no fees',
  unit: 'Happy Returns counts single pieces only, and so do the orders of its shop',
};

/** How far a return of the gate's cases comes. */
export interface WaitCase {
  wait: GateWait;
  what: string;
  make(shop: Shop): ReturnWish;
  /** Words of the platform, each sent on its own. */
  tells: readonly ('started' | 'droppedOff' | 'received' | 'accepted')[];
}

/** One return for each wait of the Return Gate, as the policies have it. */
export const WAIT_CASES: readonly WaitCase[] = [
  {
    wait: 'handover',
    what: 'announced, and not handed in',
    tells: ['started'],
    make: ({ world }) => ofOne(world),
  },
  {
    wait: 'arrival',
    what: 'handed in, and not arrived: waits with the policies on-received and on-accepted',
    tells: ['started', 'droppedOff'],
    make: ({ world }) => ofOne(world),
  },
  {
    wait: 'inspection',
    what: 'arrived, and not inspected: waits with the policy on-accepted',
    tells: ['started', 'droppedOff', 'received'],
    make: ({ world }) => ofOne(world),
  },
  {
    wait: 'credit',
    what: 'accepted, and its order is not invoiced: waits for the credit where refunds are confirmed',
    tells: ['started', 'droppedOff', 'received', 'accepted'],
    make: ({ world }) => ofOne(world, { state: 'not-invoiced' }),
  },
  {
    wait: 'goods',
    what: 'credited at the scan, and not arrived: waits with the policies on-initiation and on-scan',
    tells: ['started', 'droppedOff'],
    make: ({ world }) => ofOne(world),
  },
];

/** A return of a case, as it is sent. */
export interface MadeCase {
  simulated: SimulatedReturn;
  posts: Post[];
}

export function makeCheckCase(of: CheckCase, vendors: Vendors): MadeCase {
  return vendors.happyReturns.story(of.make(vendors));
}

export function makeWaitCase(of: WaitCase, vendors: Vendors): MadeCase {
  const { words } = vendors.happyReturns;
  const windows = of.tells.map((word): WireEvent[] => [statusEvent(words[word])]);
  return vendors.happyReturns.story(of.make(vendors), windows);
}

function at(
  check: Check,
  code: string,
  what: string,
  erps: readonly CheckedErp[] = CHECKED_ERPS,
): Omit<CheckCase, 'make'> {
  return { check, code, what, erps };
}

/** A return of one order with one line, that no other return is made of. */
function ofOne(
  world: World,
  change: Parameters<typeof addOrder>[1] = {},
  wish: Omit<ReturnWish, 'orders'> = {},
): ReturnWish {
  const order = addOrder(world, { sku: plain(world).sku, ...change, reserved: true });
  return { orders: [order], ...wish };
}

/** The shop's first item is sound, and no bundle in any ERP. */
function plain({ items }: World): WorldItem {
  const [first] = items;
  if (!first) throw new Error('The sandbox has no items');
  return first;
}

function another({ items }: World): WorldItem {
  const found = items[1];
  if (!found) throw new Error('The sandbox has one item only');
  return found;
}

/** What the platform tells of an item. */
function told({
  sku,
  name,
  upc,
}: {
  sku: string;
  name: string;
  upc: string | null;
}): Record<string, unknown> {
  return { sku, productName: name, upc, productVariantID: `v-${sku}` };
}

/** Fields for amounts that could not be confirmed (`reference/returns-platforms.md` 4.13). */
function amounts(world: World, change: Record<string, string>): Record<string, unknown> {
  return { refundCurrency: world.currency, ...change };
}

function idOf({ brightpearl }: Shop, { orders }: ReturnWish): number {
  const number = orders[0]?.number ?? '';
  const id = brightpearl().orderId(number);
  if (id === undefined) throw new Error(`The simulated Brightpearl has no order ${number}`);
  return id;
}
