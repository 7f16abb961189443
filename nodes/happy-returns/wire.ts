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

/** Texts of an item that are read. Anything else is named in a flag. */
const ITEM_TEXTS = [
  'happyReturnsReturnID',
  'happyReturnsItemID',
  'happyReturnsExpressCode',
  'happyReturnsRetailerID',
  'purchasedAt',
  'purchasedDate',
  'orderNumber',
  'externalRMAID',
  'orderID',
  'orderLineItemID',
  'sku',
  'upc',
  'productVariantID',
  'productName',
  'labelBarcode',
  'categoryID',
  'dropoffMethod',
  'tracking',
  'carrier',
  'labelURL',
  'destinationAddressID',
  'returnReason',
  'returnReasonID',
  'refundType',
  'inspectionOutcome',
  'condition',
  'disposition',
  'location',
  'locationMetro',
  'country',
  'startedDate',
  'approvedDate',
  'departureDate',
  'poNumber',
  'palletNumber',
  'shippingBoxBarcode',
  'shippingBoxKind',
  'returnBagBarcode',
  // Personal data: taken out before; named here so that it raises no flag.
  'email',
] as const;

const ITEM_FLAGS = ['oneClickExchange'] as const;

export const KNOWN_ITEM_KEYS: ReadonlySet<string> = new Set([...ITEM_TEXTS, ...ITEM_FLAGS]);

/** One physical unit in a webhook: what is read of it, and whatever else it holds. */
export type WireItem = Record<(typeof ITEM_TEXTS)[number], string | null> &
  Record<(typeof ITEM_FLAGS)[number], boolean> & { [other: string]: unknown };

export const EMPTY_ITEM = Object.fromEntries<null | false>([
  ...ITEM_TEXTS.map((key) => [key, null] as const),
  ...ITEM_FLAGS.map((key) => [key, false] as const),
]) as unknown as WireItem;

/**
 * Reads an item: numbers become texts, blanks null. Written out because a webhook may hold thousands of items of forty
 * fields: a schema takes five times as long, which is felt in every webhook.
 *
 * @returns the item, or the name of the field that is neither text nor number; empty where it is no object at all
 */
export function readItem(raw: unknown): { item: WireItem } | { wrong: string } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return { wrong: '' };
  const given = raw as Record<string, unknown>;
  const item: WireItem = { ...EMPTY_ITEM };
  for (const key of ITEM_TEXTS) {
    const text = textOf(given[key]);
    if (text === undefined) return { wrong: key };
    item[key] = text;
  }
  for (const key of ITEM_FLAGS) {
    const value = given[key] ?? false;
    if (typeof value !== 'boolean' && typeof value !== 'string') return { wrong: key };
    item[key] = value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
  }
  for (const key of Object.keys(given)) if (!KNOWN_ITEM_KEYS.has(key)) item[key] = given[key];
  return { item };
}

/** Undefined for what is neither a text nor a number. */
function textOf(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value))) return undefined;
  const text = String(value).trim();
  return text === '' ? null : text.slice(0, 512);
}

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
