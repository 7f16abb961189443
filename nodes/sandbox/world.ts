/**
 * The shop that both sides of the sandbox know: what was sold, to whom, and which items have a problem. The simulated
 * returns platform makes returns of these orders; the simulated ERPs hold them as posted sales.
 *
 * Everything is drawn from a seed, so that a rehearsal can be repeated. All names are made up.
 */

export interface WorldItem {
  sku: string;
  name: string;
  upc: string;
  /** Unit price in minor units of the world's currency. */
  priceMinor: number;
  /** `stopped` and `discontinued` are refused by the ERP; `absent` is sold by the shop and unknown to the ERP. */
  state: 'active' | 'stopped' | 'discontinued' | 'absent';
}

export interface WorldCustomer {
  account: string;
  name: string;
  email: string;
  /** The ERP credits nothing to this customer now. No usual order is of such a customer. */
  onHold?: boolean;
}

export interface WorldOrderLine {
  /** The shop platform's id of the line. */
  lineId: string;
  sku: string;
  quantity: number;
  /** Unit price before discount, minor units. */
  priceMinor: number;
  /** Line total after discount, minor units. */
  amountMinor: number;
}

export interface WorldOrder {
  /** The number the shopper knows. */
  number: string;
  /** The shop platform's id. */
  id: string;
  /** The ERP's sales order number. */
  salesOrderNumber: string;
  customer: string;
  orderedAt: string;
  lines: WorldOrderLine[];
  /**
   * `unknown-to-erp`: never imported; `no-customer`: the ERP lost its customer; `not-invoiced`: still open there;
   * `cancelled`: taken back there before it was invoiced.
   */
  state: 'invoiced' | 'not-invoiced' | 'unknown-to-erp' | 'no-customer' | 'cancelled';
  /** How it was paid, where that is not one card for all of it. */
  payments?: WorldPayment[];
  /** Made for one case: no other return is made of it. */
  reserved?: boolean;
}

/** A payment of an order, as an ERP with a call center knows it. */
export interface WorldPayment {
  tender: string;
  type: 'CreditCard' | 'GiftCard' | 'Cash' | 'Check';
  /** Opaque id of the transaction; empty where there is none. */
  reference: string;
  amountMinor: number;
}

export interface World {
  seed: number;
  /** The ERP's company (legal entity). */
  company: string;
  /** The merchant's name at the returns platform. */
  brand: string;
  currency: string;
  /** Warehouse that returned goods go to before inspection, and the one they are sold from. */
  returnWarehouse: string;
  mainWarehouse: string;
  site: string;
  items: WorldItem[];
  customers: WorldCustomer[];
  orders: WorldOrder[];
}

export interface WorldOptions {
  seed?: number;
  company?: string;
  brand?: string;
  currency?: string;
  /** Number of orders; default 200. */
  orders?: number;
}

/** Random numbers from a seed: the same seed gives the same row of numbers. */
export interface SeededRandom {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  shuffle<T>(list: readonly T[]): T[];
}

/** mulberry32: small, good enough for test data, and the same on every machine. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(list: readonly T[]): T => {
    const chosen = list[Math.floor(next() * list.length)];
    if (chosen === undefined) throw new Error('Cannot pick from an empty list');
    return chosen;
  };
  const shuffle = <T>(list: readonly T[]): T[] => {
    const copy = [...list];
    for (let last = copy.length - 1; last > 0; last -= 1) {
      const other = between(0, last);
      [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
    }
    return copy;
  };
  return { next, between, pick, shuffle };
}

const ARTICLES = [
  'Runner',
  'Trail shoe',
  'Sandal',
  'Tee',
  'Hoodie',
  'Rain jacket',
  'Beanie',
  'Sock pack',
] as const;
const COLOURS = ['blue', 'black', 'sand', 'green'] as const;
const SIZES = ['38', '40', '42', '44'] as const;
const FIRST_NAMES = ['Ada', 'Bilal', 'Chiara', 'Deng', 'Esra', 'Femi', 'Greta', 'Hugo'] as const;
const LAST_NAMES = ['Archer', 'Brandt', 'Costa', 'Dubois', 'Ekwueme', 'Fisher', 'Garcia', 'Hale'] as const;

/** Makes the shop. The first 116 items are active; the last three are stopped, discontinued and absent. */
export function createWorld(options: WorldOptions = {}): World {
  const seed = options.seed ?? 1;
  const random = seededRandom(seed);
  const items = [...activeItems(random), ...troubledItems()];
  const customers = Array.from({ length: 40 }, (_, index): WorldCustomer => {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    return {
      account: `C-${String(index + 1).padStart(5, '0')}`,
      name: `${first} ${last}`,
      email: `${first}.${last}.${index + 1}@shopper.example`.toLowerCase(),
    };
  });
  const count = options.orders ?? 200;
  const orders = Array.from({ length: count }, (_, index) => createOrder(index, items, customers, random));
  return {
    seed,
    company: options.company ?? 'usrt',
    brand: options.brand ?? 'acme-shoes',
    currency: options.currency ?? 'USD',
    returnWarehouse: 'RETQC',
    mainWarehouse: 'MAIN',
    site: '1',
    items,
    customers: [...customers, ON_HOLD],
    orders,
  };
}

const ON_HOLD: WorldCustomer = {
  account: 'C-90001',
  name: 'Ines Hold',
  email: 'ines.hold@shopper.example',
  onHold: true,
};

function activeItems(random: SeededRandom): WorldItem[] {
  const variants = ARTICLES.flatMap((article) =>
    COLOURS.flatMap((colour) => SIZES.map((size) => ({ article, colour, size }))),
  );
  return variants.slice(0, 116).map(({ article, colour, size }, index) => ({
    sku: `${article.slice(0, 3)}-${size}-${colour.slice(0, 3)}`.toUpperCase().replace(/\s/g, ''),
    name: `${article} ${size} ${colour}`,
    upc: String(400_000_000_000 + index * 7).padStart(13, '0'),
    priceMinor: random.between(990, 18_990),
    state: 'active',
  }));
}

function troubledItems(): WorldItem[] {
  return [
    {
      sku: 'STOP-42-RED',
      name: 'Recalled runner 42 red',
      upc: '0400000009001',
      priceMinor: 8990,
      state: 'stopped',
    },
    {
      sku: 'OLD-40-GRY',
      name: 'Last season tee 40 grey',
      upc: '0400000009002',
      priceMinor: 1990,
      state: 'discontinued',
    },
    { sku: 'GHOST-1', name: 'Never released gift', upc: '0400000009003', priceMinor: 2490, state: 'absent' },
  ];
}

function createOrder(
  index: number,
  items: readonly WorldItem[],
  customers: readonly WorldCustomer[],
  random: SeededRandom,
): WorldOrder {
  const sound = items.filter((item) => item.state === 'active');
  const chosen = random.shuffle(sound).slice(0, random.between(1, 4));
  const number = `AC-${50_001 + index}`;
  const lines = chosen.map((item, position): WorldOrderLine => {
    const quantity = random.between(1, 3);
    const full = item.priceMinor * quantity;
    const percentOff = random.pick([0, 0, 0, 10, 15, 33]);
    return {
      lineId: String(99_000_000 + index * 10 + position),
      sku: item.sku,
      quantity,
      priceMinor: item.priceMinor,
      amountMinor: full - Math.round((full * percentOff) / 100),
    };
  });
  return {
    number,
    id: String(8_800_000_050_001 + index),
    salesOrderNumber: `SO-${String(index + 1).padStart(6, '0')}`,
    customer: random.pick(customers.filter(({ onHold }) => onHold !== true)).account,
    orderedAt: new Date(Date.UTC(2026, 0, 5) + index * 3_600_000).toISOString(),
    lines,
    state: 'invoiced',
  };
}

/** Adds an order of one troubled item, or an order in a troubled state, and returns it. */
export function addOrder(
  world: World,
  change: {
    sku?: string;
    quantity?: number;
    state?: WorldOrder['state'];
    customer?: string;
    reserved?: boolean;
  },
): WorldOrder {
  const index = world.orders.length;
  const order = createOrder(index, world.items, world.customers, seededRandom(world.seed * 1000 + index));
  const item = change.sku === undefined ? undefined : world.items.find((known) => known.sku === change.sku);
  if (change.sku !== undefined && !item) throw new Error(`The sandbox has no item ${change.sku}`);
  if (item) {
    const quantity = change.quantity ?? 1;
    order.lines = [
      {
        lineId: String(99_000_000 + index * 10),
        sku: item.sku,
        quantity,
        priceMinor: item.priceMinor,
        amountMinor: item.priceMinor * quantity,
      },
    ];
  }
  order.state = change.state ?? order.state;
  order.customer = change.customer ?? order.customer;
  if (change.reserved === true) order.reserved = true;
  world.orders.push(order);
  return order;
}
