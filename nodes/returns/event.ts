import { z } from 'zod';
import { exceptionSchema } from './exception';
import { moneySchema } from './money';
import { quantitySchema } from './quantity';
import { instantSchema } from './time';

/** The topics of DESIGN section 3. `return.updated` tells of a change that moves no stage. */
export const RETURN_TOPICS = [
  'return.started',
  'return.dropped_off',
  'return.in_transit',
  'return.received',
  'return.accepted',
  'return.rejected',
  'return.refunded',
  'return.cancelled',
  'return.updated',
] as const;

export type ReturnTopic = (typeof RETURN_TOPICS)[number];

const text = z.string().min(1).max(512);

/** A code of the platform with the words it used, kept verbatim. Mapping to ERP codes happens later. */
export const codedTextSchema = z.object({ code: text.nullable(), text: text.nullable() });

/** Something of the platform's message that we do not know: kept in the store, named here, never fatal (R10). */
export const flagSchema = z.object({
  code: z.enum(['unknown-field', 'unknown-value', 'unexpected-content-type', 'ownership-violation']),
  field: text,
  detail: z.string().max(512).optional(),
});

export const lineSchema = z.object({
  /** Stable within the return, the same in every event; the ERP line carries it as its external number. */
  id: z.string().min(1).max(64),
  /** Goods coming back, goods going out instead, or a charge. */
  kind: z.enum(['item', 'exchange', 'fee']),
  sku: text.nullable(),
  description: text.nullable(),
  upc: text.nullable(),
  variantId: text.nullable(),
  /** The line of the original order, as the shop platform knows it. */
  orderLineId: text.nullable(),
  /** The platform's ids of the physical units that this line counts. */
  unitIds: z.array(text).max(10_000),
  quantity: quantitySchema,
  reason: codedTextSchema,
  /** What the shopper gets: refund, exchange or gift card, in the platform's word. */
  outcome: text.nullable(),
  condition: text.nullable(),
  /** What the platform decided about the goods; only a proposal (requirements 1.1, point 5). */
  platformDisposition: text.nullable(),
  /** What the warehouse decided after inspection. */
  confirmedDisposition: text.nullable(),
  warehouse: text.nullable(),
  /** Unit price as the platform tells it: a check value, the ERP's original order is the truth. */
  price: moneySchema.nullable(),
  tax: moneySchema.nullable(),
  replacementSku: text.nullable(),
});

/** How the goods travel: what is known of bags, boxes and pallets. */
export const shipmentSchema = z.object({
  method: text.nullable(),
  carrier: text.nullable(),
  tracking: text.nullable(),
  bagBarcodes: z.array(text).max(1000),
  boxBarcode: text.nullable(),
  pallet: text.nullable(),
  purchaseOrder: text.nullable(),
  destinationId: text.nullable(),
  departedAt: text.nullable(),
});

/** A payment of the original order, as the platform knows it: what a refund goes back to (R79, R80). */
export const paymentSchema = z.object({
  /** How the platform calls the method (“merchant method id”); Return Mappings tell what it is in the ERP. */
  methodId: text,
  /** The platform's own id of the transaction. Opaque: never a card number, nor anything that money can be drawn with. */
  reference: text.nullable(),
  /** What was paid with it; null where the platform does not tell. */
  amount: moneySchema.nullable(),
});

/** The canonical return event: one shape for every platform (DESIGN section 3). */
export const returnEventSchema = z.object({
  schema: z.literal(1),
  /** Identity of the event: the same for every delivery of it. */
  id: z.string().min(8).max(200),
  topic: z.enum(RETURN_TOPICS),
  platform: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/),
  brand: text,
  /** What the return is known by in every event of it; with `order` it is the key that all documents hang on. */
  returnId: text,
  /** The platform's internal id, where it has one besides. */
  platformReturnId: text.nullable(),
  /** The number a shopper or an operator reads, such as `HRQ7K2MD`. */
  returnNumber: text.nullable(),
  order: z.object({ number: text.nullable(), id: text.nullable() }),
  externalRmaId: text.nullable(),
  /** Which part of a return that was divided; absent where it is whole, and for what went on first. */
  part: z.number().int().min(2).max(99).optional(),
  /** When it happened, where the platform tells; otherwise the time of receipt with `timeBasis: 'receipt'`. */
  occurredAt: instantSchema,
  timeBasis: z.enum(['platform', 'receipt']),
  receivedAt: instantSchema,
  purchasedAt: instantSchema.nullable(),
  /** The platform's own word for what happened, for example `approved`. */
  platformStatus: text.nullable(),
  shipment: shipmentSchema.nullable(),
  lines: z.array(lineSchema).max(5000),
  /** How the original order was paid, in the order of the platform; absent where the platform does not tell. */
  payments: z.array(paymentSchema).max(50).optional(),
  /** The shopper, as a token that opens the store's record. Never a name or an address. */
  customerToken: text.nullable(),
  flags: z.array(flagSchema).max(200),
});

export type ReturnEvent = z.infer<typeof returnEventSchema>;
export type ReturnLine = z.infer<typeof lineSchema>;
export type Shipment = z.infer<typeof shipmentSchema>;
export type Payment = z.infer<typeof paymentSchema>;
export type Flag = z.infer<typeof flagSchema>;

/** A document that was posted for a return, as it stands in `msg.documents`. */
export const postedDocumentSchema = z.object({
  system: text,
  kind: text,
  /** The number people look for in the ERP. */
  number: text,
  /** The key in the ERP's API, where it differs from the number. */
  id: text.nullable(),
  /** Further numbers of the same document, such as the RMA number. */
  references: z.record(z.string(), z.string()),
  status: text.nullable(),
  amount: moneySchema.nullable(),
  postedAt: instantSchema,
});

export type PostedDocument = z.infer<typeof postedDocumentSchema>;

/** The part of a Node-RED message that the nodes of this pack read and write. */
export const returnMessageSchema = z.looseObject({
  topic: z.string(),
  payload: returnEventSchema,
  delivery: z.object({ id: z.string(), attempt: z.number().int().min(1) }).optional(),
  documents: z.array(postedDocumentSchema).optional(),
  exception: exceptionSchema.optional(),
  /** A Return Gate counts the goods of this refund as accepted, by its settings or by what else came to it. */
  goodsAccepted: z.boolean().optional(),
});

export type ReturnMessage = z.infer<typeof returnMessageSchema>;

/** Key of a return for everything that is done once for it: platform, brand, return and order, and the part of one. */
export function returnKey(
  event: Pick<ReturnEvent, 'platform' | 'brand' | 'returnId' | 'order' | 'part'>,
): string {
  const key = [event.platform, event.brand, event.returnId, event.order.number ?? '']
    .map(escapePart)
    .join('/');
  return event.part === undefined ? key : `${key}/part-${event.part}`;
}

/** The platform that a return came from; its name has nothing that is escaped. */
export function platformOf(key: string): string {
  return key.split('/')[0] ?? '';
}

function escapePart(part: string): string {
  return part.replace(/[%/]/g, (char) => (char === '/' ? '%2F' : '%25'));
}
