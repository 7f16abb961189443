import { createHash } from 'node:crypto';
import {
  returnEventSchema,
  type Flag,
  type ReturnEvent,
  type ReturnTopic,
  type Shipment,
} from '../returns/event';
import { toInstant } from '../returns/time';
import { foldUnits } from './units';
import { topicOf, type Vocabulary } from './vocabulary';
import {
  EMPTY_ITEM,
  KNOWN_ENVELOPE_KEYS,
  KNOWN_ITEM_KEYS,
  readItem,
  type Envelope,
  type WireItem,
} from './wire';

export const PLATFORM = 'happy-returns';

/** An event, or the word that could not be translated into one. */
export interface CanonicalEvent {
  event: ReturnEvent;
  /** The platform's words where they are not in the vocabulary. */
  unknownWord: string | null;
}

export interface Canonical {
  events: CanonicalEvent[];
  /** What could not be made an event, in words, one for each problem; the receipt is parked with them. */
  problems: string[];
}

interface Context {
  vocabulary: Vocabulary;
  receivedAt: string;
  customerToken: string | null;
  flags: readonly Flag[];
}

interface Happening {
  event: string;
  typeId: string | null;
  topic: ReturnTopic | null;
}

/**
 * Turns one body into canonical events, in the order in which they happened: `otherEvents` from last to first, then
 * the primary event (`reference/returns-platforms.md` 4.5). One event for each return and order in the body.
 */
export function toCanonical(envelope: Envelope, context: Context): Canonical {
  const flags = [...context.flags, ...unknownFields(envelope, KNOWN_ENVELOPE_KEYS, '')];
  if (envelope.items === null) return fromLabel(envelope, { ...context, flags });
  return fromItems(envelope, envelope.items, { ...context, flags });
}

function fromItems(envelope: Envelope, rawItems: readonly unknown[], context: Context): Canonical {
  const problems: string[] = [];
  const items: WireItem[] = [];
  const flags = [...context.flags];
  for (const [index, raw] of rawItems.entries()) {
    const read = readItem(raw);
    if ('wrong' in read) {
      problems.push(`items[${index}]${read.wrong === '' ? '' : `.${read.wrong}`} cannot be read`);
      continue;
    }
    if (returnIdOf(read.item) === null) {
      problems.push(`items[${index}] has neither happyReturnsReturnID nor happyReturnsExpressCode`);
      continue;
    }
    items.push(read.item);
    flags.push(...unknownFields(read.item, KNOWN_ITEM_KEYS, 'items[].'));
  }
  if (rawItems.length === 0) problems.push('items is empty, so it names no return');

  const happenings = happeningsOf(envelope, context.vocabulary);
  if (happenings.length === 0) problems.push('event is missing');
  const events = groupByReturn(items).flatMap((group) =>
    happenings.map((happening) =>
      buildEvent(
        happening,
        group,
        { ...context, flags: distinctFlags(flags) },
        retailerOf(envelope, group[0]),
      ),
    ),
  );
  return collectValid(events, problems);
}

/** `return.label.update` names a return and its bag, and no items (4.6). */
function fromLabel(envelope: Envelope, context: Context): Canonical {
  const happening = happeningsOf(envelope, context.vocabulary).at(-1);
  if (!happening) return { events: [], problems: ['event is missing'] };
  if (envelope.happyReturnsReturnID === null && envelope.happyReturnsExpressCode === null) {
    return { events: [], problems: ['items is missing, and the body names no return'] };
  }
  const stub: WireItem = {
    ...EMPTY_ITEM,
    happyReturnsReturnID: envelope.happyReturnsReturnID,
    happyReturnsExpressCode: envelope.happyReturnsExpressCode,
    returnBagBarcode: envelope.labelID,
  };
  const built = buildEvent(happening, [stub], context, retailerOf(envelope, stub));
  built.event.lines = [];
  return collectValid([built], []);
}

/** The set of events in a body, oldest first. An outbound shipment has no `event` of its own (4.7). */
function happeningsOf(envelope: Envelope, vocabulary: Vocabulary): Happening[] {
  const looksLikeShipment = envelope.event === null && envelope.items !== null;
  const primary = looksLikeShipment ? { event: 'outbound_shipment', typeID: null } : envelope;
  const all = [...envelope.otherEvents].reverse().concat(primary as (typeof envelope.otherEvents)[number]);
  const seen = new Set<string>();
  return all.flatMap(({ event, typeID }) => {
    if (event === null) return [];
    const key = JSON.stringify([event, typeID]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ event, typeId: typeID, topic: topicOf(vocabulary, eventName(event), typeID) }];
  });
}

/** `outbound_shipment.asn` and its like are names of the same thing. */
function eventName(event: string): string {
  return event.replace(/\.asn$/i, '').replace(/\.update$/i, '_update');
}

function groupByReturn(items: readonly WireItem[]): WireItem[][] {
  const groups = new Map<string, WireItem[]>();
  for (const item of items) {
    const key = JSON.stringify([returnIdOf(item), item.orderNumber]);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

function buildEvent(
  happening: Happening,
  items: WireItem[],
  context: Context,
  retailer: string | null,
): CanonicalEvent {
  const item = items[0];
  if (!item) throw new Error('An event needs at least one item');
  const returnId = returnIdOf(item) ?? '';
  const unknownWord = happening.topic === null ? wordsOf(happening) : null;
  const flags = [...context.flags];
  if (unknownWord !== null) flags.push({ code: 'unknown-value', field: 'event', detail: unknownWord });
  const event: ReturnEvent = {
    schema: 1,
    id: identityOf(happening, retailer, returnId, items),
    topic: happening.topic ?? 'return.updated',
    platform: PLATFORM,
    brand: retailer ?? 'unknown',
    returnId,
    platformReturnId: item.happyReturnsReturnID,
    returnNumber: item.happyReturnsExpressCode,
    order: { number: item.orderNumber, id: item.orderID },
    externalRmaId: item.externalRMAID,
    // No webhook of Happy Returns carries the time of its event (4.14).
    occurredAt: context.receivedAt,
    timeBasis: 'receipt',
    receivedAt: context.receivedAt,
    purchasedAt: purchaseTime(item, flags),
    platformStatus: happening.typeId ?? happening.event,
    shipment: shipmentOf(happening, items),
    lines: foldUnits(items),
    customerToken: context.customerToken,
    flags: distinctFlags(flags),
  };
  return { event, unknownWord };
}

/**
 * Identity of an event without an event id of the vendor: what happened, to which return and order, and everything
 * that is said about its units. The same event delivered again, alone or merged with others, has the same identity;
 * an event that says anything new has another. (4.18 proposes the item ids alone; a second partial drop-off of the
 * same return would then be taken for a repeat.)
 */
function identityOf(
  happening: Happening,
  retailer: string | null,
  returnId: string,
  items: WireItem[],
): string {
  const content = items.map((item) => canonicalJson(item)).sort();
  const digest = createHash('sha256')
    .update(canonicalJson([PLATFORM, retailer, returnId, happening.event, happening.typeId, content]))
    .digest('hex');
  return `hr_${digest.slice(0, 40)}`;
}

/** JSON with sorted keys and without nulls, so that the order of keys in a body makes no difference. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value) ?? null);
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const fields = value as Record<string, unknown>;
  const given = Object.keys(fields).filter((key) => fields[key] !== undefined && fields[key] !== null);
  const ordered: Record<string, unknown> = {};
  for (const key of sortedKeys(given)) ordered[key] = inOrder(fields[key]);
  return ordered;
}

/** Items name the same fields from webhook to webhook, so their order is kept; bounded, for they come from outside. */
const knownOrders = new Map<string, readonly string[]>();

function sortedKeys(keys: readonly string[]): readonly string[] {
  const together = JSON.stringify(keys);
  const known = knownOrders.get(together);
  if (known) return known;
  const sorted = [...keys].sort();
  if (knownOrders.size < 500) knownOrders.set(together, sorted);
  return sorted;
}

function shipmentOf(happening: Happening, items: readonly WireItem[]): Shipment | null {
  const item = items[0];
  if (!item) return null;
  const method = happening.event === 'return_dropoff_method_created' ? happening.typeId : item.dropoffMethod;
  const bags = [...new Set(items.flatMap((unit) => unit.returnBagBarcode ?? []))].sort();
  const shipment: Shipment = {
    method,
    carrier: item.carrier,
    tracking: item.tracking,
    bagBarcodes: bags,
    boxBarcode: item.shippingBoxBarcode,
    pallet: item.palletNumber,
    purchaseOrder: item.poNumber,
    destinationId: item.destinationAddressID,
    departedAt: item.departureDate,
  };
  const known = Object.values(shipment).some(
    (value) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return known ? shipment : null;
}

function purchaseTime(item: WireItem, flags: Flag[]): string | null {
  if (item.purchasedAt === null) return null;
  try {
    return toInstant(item.purchasedAt);
  } catch {
    flags.push({ code: 'unknown-value', field: 'items[].purchasedAt', detail: 'not a time with an offset' });
    return null;
  }
}

/**
 * What a return is known by: the express code, which all three webhooks carry and which is unique for a return and
 * store; without it the UUID, which shipments lack (4.2, 4.7).
 */
function returnIdOf(item: WireItem): string | null {
  return item.happyReturnsExpressCode ?? item.happyReturnsReturnID;
}

function retailerOf(envelope: Envelope, item: WireItem | undefined): string | null {
  return envelope.retailerID ?? envelope.happyReturnsRetailerID ?? item?.happyReturnsRetailerID ?? null;
}

function wordsOf(happening: Happening): string {
  return happening.typeId === null ? happening.event : `${happening.event} / ${happening.typeId}`;
}

function unknownFields(value: object, known: ReadonlySet<string>, prefix: string): Flag[] {
  return Object.keys(value)
    .filter((key) => !known.has(key))
    .slice(0, 50)
    .map((key) => ({ code: 'unknown-field', field: `${prefix}${key}`.slice(0, 120) }));
}

function distinctFlags(flags: readonly Flag[]): Flag[] {
  const seen = new Map(flags.map((flag) => [`${flag.code}|${flag.field}|${flag.detail ?? ''}`, flag]));
  return [...seen.values()].slice(0, 200);
}

/** A last check against the schema that every later node relies on. */
function collectValid(events: readonly CanonicalEvent[], problems: string[]): Canonical {
  const valid: CanonicalEvent[] = [];
  for (const candidate of events) {
    const parsed = returnEventSchema.safeParse(candidate.event);
    if (parsed.success) valid.push({ ...candidate, event: parsed.data });
    else problems.push(`${parsed.error.issues[0]?.path.join('.') ?? 'event'} is not usable`);
  }
  return { events: valid, problems };
}
