import type { SeededRandom, World, WorldOrder, WorldOrderLine } from '../world';

/**
 * Literals of the return status; only `started` is confirmed (4.5), the others are settings (4.17). That the platform
 * tells of the warehouse at all is not documented: `received`, `accepted` and `rejected` are what consultants expect of
 * it, or send in its name when the warehouse has looked at the goods.
 */
export interface StatusWords {
  started: string;
  droppedOff: string;
  approved: string;
  expired: string;
  received: string;
  accepted: string;
  rejected: string;
}

export const DEFAULT_WORDS: StatusWords = {
  started: 'started',
  droppedOff: 'dropped_off',
  approved: 'approved',
  expired: 'expired',
  received: 'item_received',
  accepted: 'accepted',
  rejected: 'rejected',
};

/** What becomes of goods in the warehouse: taken in only, or inspected as well. */
export const ARRIVAL_OUTCOMES = ['received', 'accepted', 'rejected'] as const;

export type ArrivalOutcome = (typeof ARRIVAL_OUTCOMES)[number];

/** One physical unit that comes back. */
export interface SimulatedUnit {
  itemId: string;
  order: WorldOrder;
  line: WorldOrderLine;
  /** Which unit of the order line: `<line>-<offset>-<total>`; a line of one unit has no suffix (4.2). */
  offset: number;
  reason: { id: string; text: string };
  exchange: boolean;
  /** What the platform tells of it otherwise than the shop would. */
  told: Readonly<Record<string, unknown>>;
}

export interface SimulatedReturn {
  id: string;
  expressCode: string;
  email: string;
  dropoffMethod: string;
  units: SimulatedUnit[];
}

export interface WireEvent {
  event: string;
  typeID: string;
}

/** A POST of the platform. One order number each (4.5, rule 6). */
export interface Post {
  kind: 'return.asn' | 'return.label.update' | 'outbound_shipment.asn';
  returnId: string;
  order: string | null;
  body: unknown;
}

const REASONS = [
  { id: 'too-small', text: 'Too small' },
  { id: 'too-big', text: 'Too big' },
  { id: 'changed-mind', text: 'Changed my mind' },
  { id: 'damaged', text: 'Arrived damaged' },
] as const;

/** The reasons that shoppers give. */
export const REASON_CODES: readonly string[] = REASONS.map(({ id }) => id);

const CODE_LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'.split('');

export interface ReturnWish {
  orders: readonly WorldOrder[];
  /** Units of each order that come back; all by default. */
  units?: number;
  dropoffMethod?: string;
  exchange?: boolean;
  /** More units of the first line than were sold. */
  extra?: number;
  /** Fields of each item as the platform tells them, where that is not what the shop sold. */
  told?: Readonly<Record<string, unknown>>;
}

/** Makes a return of units of the given orders. Codes are unique within one run of the generator. */
export function createReturn(
  world: World,
  random: SeededRandom,
  wish: ReturnWish,
  used: Set<string>,
): SimulatedReturn {
  const [first] = wish.orders;
  if (!first) throw new Error('A return needs an order');
  const customer = world.customers.find((known) => known.account === first.customer);
  const units = wish.orders.flatMap((order) => {
    const all = order.lines.flatMap((line) =>
      Array.from({ length: line.quantity }, (_, offset) => ({ order, line, offset })),
    );
    const extra = order.lines
      .slice(0, 1)
      .flatMap((line) =>
        Array.from({ length: wish.extra ?? 0 }, (_, at) => ({ order, line, offset: line.quantity + at })),
      );
    return [...all.slice(0, wish.units ?? all.length), ...extra];
  });
  return {
    id: uuid(random),
    expressCode: uniqueCode(random, used),
    email: customer?.email ?? 'nobody@shopper.example',
    dropoffMethod: wish.dropoffMethod ?? 'return-bar',
    units: units.map(({ order, line, offset }) => ({
      itemId: `hri-${uuid(random).slice(0, 12)}`,
      order,
      line,
      offset,
      reason: random.pick(REASONS),
      exchange: wish.exchange ?? false,
      told: wish.told ?? {},
    })),
  };
}

/** The item as it stands in `return.asn`: the documented fields, one entry for each unit (4.5, rule 7). */
export function asnItem(
  world: World,
  simulated: SimulatedReturn,
  unit: SimulatedUnit,
): Record<string, unknown> {
  const item = world.items.find((known) => known.sku === unit.line.sku);
  return {
    happyReturnsReturnID: simulated.id,
    happyReturnsItemID: unit.itemId,
    happyReturnsExpressCode: simulated.expressCode,
    purchasedAt: unit.order.orderedAt.replace('.000Z', '+00:00'),
    email: simulated.email,
    orderNumber: unit.order.number,
    externalRMAID: null,
    orderID: unit.order.id,
    orderLineItemID: lineUnitId(unit),
    sku: unit.line.sku,
    upc: item?.upc ?? null,
    productVariantID: `v-${unit.line.sku}`,
    labelBarcode: null,
    productName: item?.name ?? unit.line.sku,
    dropoffMethod: simulated.dropoffMethod,
    returnReason: unit.reason.text,
    returnReasonID: unit.reason.id,
    refundType: unit.exchange ? 'exchange' : 'original-payment',
    oneClickExchange: unit.exchange,
    ...unit.told,
  };
}

/** The item as it stands in `outbound_shipment.asn` (4.7). */
export function shipmentItem(
  world: World,
  simulated: SimulatedReturn,
  unit: SimulatedUnit,
  box: { barcode: string; pallet: string; tracking: string; departed: string },
): Record<string, unknown> {
  const item = world.items.find((known) => known.sku === unit.line.sku);
  return {
    purchasedDate: unit.order.orderedAt.slice(0, 10),
    orderNumber: unit.order.number,
    orderID: unit.order.id,
    orderLineItemID: lineUnitId(unit),
    sku: unit.line.sku,
    upc: item?.upc ?? null,
    productVariantID: `v-${unit.line.sku}`,
    productName: item?.name ?? unit.line.sku,
    returnReason: unit.reason.text,
    refundType: unit.exchange ? 'exchange' : 'original-payment',
    oneClickExchange: String(unit.exchange),
    location: 'Return Bar 1187',
    locationMetro: 'Denver',
    country: 'US',
    inspectionOutcome: 'sellable',
    poNumber: 'PO-700100',
    palletNumber: box.pallet,
    shippingBoxBarcode: box.barcode,
    shippingBoxKind: 'gaylord',
    tracking: box.tracking,
    carrier: 'ups',
    departureDate: box.departed,
    happyReturnsRetailerID: world.brand,
    destinationAddressID: 'dest-west-01',
    happyReturnsExpressCode: simulated.expressCode,
    happyReturnsItemID: unit.itemId,
  };
}

/** The label update: last write wins, no time, no order (4.6). */
export function labelUpdate(world: World, simulated: SimulatedReturn, label: string): Post {
  return {
    kind: 'return.label.update',
    returnId: simulated.id,
    order: null,
    body: {
      event: 'return_label_update',
      typeID: '',
      retailerID: world.brand,
      webhookType: 'return.label.update',
      labelID: label,
      happyReturnsReturnID: simulated.id,
      happyReturnsExpressCode: simulated.expressCode,
    },
  };
}

/**
 * POSTs of events of one return that fell into one aggregation window, one for each order. The latest status is the
 * primary event, else the latest event; the others follow newest first (4.5, rules 2 to 6).
 *
 * @param events in the order in which they happened
 */
export function aggregate(world: World, simulated: SimulatedReturn, events: readonly WireEvent[]): Post[] {
  const newestFirst = [...events].reverse();
  const primary =
    newestFirst.find((happening) => happening.event === 'return_status_updated') ?? newestFirst[0];
  if (!primary) return [];
  const orders = new Set(simulated.units.map((unit) => unit.order.number));
  return [...orders].map((order) => ({
    kind: 'return.asn',
    returnId: simulated.id,
    order,
    body: {
      event: primary.event,
      typeID: primary.typeID,
      retailerID: world.brand,
      otherEvents: newestFirst.filter((happening) => happening !== primary),
      items: simulated.units
        .filter((unit) => unit.order.number === order)
        .map((unit) => asnItem(world, simulated, unit)),
    },
  }));
}

export function statusEvent(typeID: string): WireEvent {
  return { event: 'return_status_updated', typeID };
}

/** The window of an arrival: the receipt, and what the inspection found where there was one. */
export function arrivalEvents(words: StatusWords, outcome: ArrivalOutcome): WireEvent[] {
  const receipt = statusEvent(words.received);
  return outcome === 'received' ? [receipt] : [receipt, statusEvent(words[outcome])];
}

function lineUnitId(unit: SimulatedUnit): string {
  return unit.line.quantity === 1
    ? unit.line.lineId
    : `${unit.line.lineId}-${unit.offset}-${unit.line.quantity}`;
}

function uniqueCode(random: SeededRandom, used: Set<string>): string {
  for (;;) {
    const code = `HR${Array.from({ length: 6 }, () => random.pick(CODE_LETTERS)).join('')}`;
    if (used.has(code)) continue;
    used.add(code);
    return code;
  }
}

function uuid(random: SeededRandom): string {
  const hex = Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
