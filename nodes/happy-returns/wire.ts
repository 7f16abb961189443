import { z } from 'zod';

/**
 * The bodies that Happy Returns sends (`reference/returns-platforms.md` 4.5 to 4.7). Only the return id is relied on;
 * everything else may be missing, and unknown keys are kept for the flags.
 */

const optionalText = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => {
    const text = value === null || value === undefined ? '' : String(value).trim();
    return text === '' ? null : text.slice(0, 512);
  });

const optionalFlag = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => value === true || (typeof value === 'string' && value.toLowerCase() === 'true'));

/** Keys of an item that are read. Anything else is named in a flag. */
const itemShape = {
  happyReturnsReturnID: optionalText,
  happyReturnsItemID: optionalText,
  happyReturnsExpressCode: optionalText,
  happyReturnsRetailerID: optionalText,
  purchasedAt: optionalText,
  purchasedDate: optionalText,
  orderNumber: optionalText,
  externalRMAID: optionalText,
  orderID: optionalText,
  orderLineItemID: optionalText,
  sku: optionalText,
  upc: optionalText,
  productVariantID: optionalText,
  productName: optionalText,
  labelBarcode: optionalText,
  categoryID: optionalText,
  dropoffMethod: optionalText,
  tracking: optionalText,
  carrier: optionalText,
  labelURL: optionalText,
  destinationAddressID: optionalText,
  returnReason: optionalText,
  returnReasonID: optionalText,
  refundType: optionalText,
  oneClickExchange: optionalFlag,
  inspectionOutcome: optionalText,
  condition: optionalText,
  disposition: optionalText,
  location: optionalText,
  locationMetro: optionalText,
  country: optionalText,
  startedDate: optionalText,
  approvedDate: optionalText,
  departureDate: optionalText,
  poNumber: optionalText,
  palletNumber: optionalText,
  shippingBoxBarcode: optionalText,
  shippingBoxKind: optionalText,
  returnBagBarcode: optionalText,
  // Personal data: taken out before this schema is used; named here so that they raise no flag.
  email: optionalText,
} as const;

export const KNOWN_ITEM_KEYS: ReadonlySet<string> = new Set(Object.keys(itemShape));

export const itemSchema = z.looseObject(itemShape);

/** One physical unit in a webhook. */
export type WireItem = z.infer<typeof itemSchema>;

const otherEventSchema = z.looseObject({ event: optionalText, typeID: optionalText });

export const envelopeSchema = z.looseObject({
  event: optionalText,
  typeID: optionalText,
  webhookType: optionalText,
  retailerID: optionalText,
  happyReturnsRetailerID: optionalText,
  otherEvents: z
    .array(otherEventSchema)
    .max(1000)
    .nullish()
    .transform((others) => others ?? []),
  items: z
    .array(z.unknown())
    .max(20_000)
    .nullish()
    .transform((items) => items ?? null),
  labelID: optionalText,
  happyReturnsReturnID: optionalText,
  happyReturnsExpressCode: optionalText,
});

export type Envelope = z.infer<typeof envelopeSchema>;

export const KNOWN_ENVELOPE_KEYS: ReadonlySet<string> = new Set(Object.keys(envelopeSchema.shape));
