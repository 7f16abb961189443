import { NAMES, NAMES_OF } from './names';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import { DIMENSIONS, dimensionsOf } from './orders';
import type { FscmParts } from './parts';
import { textOf, type D365Row } from './rows';

/** An item that goes out, as a line of a sales order names it. */
export interface ExchangeItem {
  itemNumber: string;
  /** Its variant; empty where the product has none. */
  dimensions: Readonly<Record<string, string>>;
  taxGroup: string;
  state: 'active' | 'blocked' | 'discontinued' | 'unknown';
  /** Why it cannot be sold. */
  reason: string | null;
}

/** What is shown of a product master's variants, as a help to a person. */
const SHOWN = 10;

/**
 * The items of replacements, by SKU in lower case: released products, or variants by their variant number. A product master
 * without its variant is not known: which one is meant is never guessed.
 */
export async function exchangeItems(
  skus: readonly string[],
  parts: Pick<FscmParts, 'client' | 'items' | 'settings'>,
  signal?: AbortSignal,
): Promise<Map<string, ExchangeItem>> {
  const { client, items } = parts;
  const company = eq('dataAreaId', parts.settings.company);
  const read = async (paths: readonly string[]): Promise<D365Row[]> =>
    paths.length === 0 ? [] : (await client.readTogether(paths, signal)).flat();
  const direct = await items.find(skus, signal);
  const unknown = skus.filter((sku) => direct.get(sku)?.state === 'unknown');
  const variants = await read(
    inChunks(unknown, 'ProductVariantNumber').map((chunk) => {
      const filter = and(company, anyOf('ProductVariantNumber', chunk));
      return listPath('ReleasedProductVariantsV2', {
        filter,
        select: NAMES_OF.exchange.ReleasedProductVariantsV2,
      });
    }),
  );
  const variantOf = new Map(variants.map((row) => [textOf(row, 'ProductVariantNumber').toLowerCase(), row]));
  const numbers = new Map(
    skus.map((sku) => {
      const row = variantOf.get(sku.toLowerCase());
      return [sku, row ? masterOf(row) : (direct.get(sku)?.itemNumber ?? sku)] as const;
    }),
  );
  const masters = [...new Set(variants.map(masterOf))];
  const states = new Map([...direct, ...(masters.length > 0 ? await items.find(masters, signal) : [])]);
  const products = await read(
    inChunks([...new Set(numbers.values())], 'ItemNumber').map((chunk) =>
      listPath('ReleasedProductsV2', {
        filter: and(company, anyOf('ItemNumber', chunk)),
        select: [...NAMES.ReleasedProductsV2, ...NAMES_OF.exchange.ReleasedProductsV2],
      }),
    ),
  );
  const productOf = new Map(products.map((row) => [textOf(row, 'ItemNumber').toLowerCase(), row]));
  const found = new Map<string, ExchangeItem>();
  for (const [sku, itemNumber] of numbers) {
    const variant = variantOf.get(sku.toLowerCase());
    const product = productOf.get(itemNumber.toLowerCase());
    const known = states.get(variant ? itemNumber : sku);
    const item: ExchangeItem = {
      itemNumber: product ? textOf(product, 'ItemNumber') : itemNumber,
      dimensions: variant ? dimensionsOf(variant) : {},
      taxGroup: product ? textOf(product, 'SalesSalesTaxItemGroupCode') : '',
      state: product ? (known?.state ?? 'unknown') : 'unknown',
      reason: known?.reason ?? null,
    };
    const isMaster = product !== undefined && textOf(product, 'ProductDimensionGroupName') !== '';
    found.set(sku.toLowerCase(), isMaster && !variant ? withoutVariant(item) : item);
  }
  return found;
}

/** The nearest items, or the variants of a product master. */
export async function exchangeCandidates(
  sku: string,
  parts: Pick<FscmParts, 'client' | 'items' | 'settings'>,
  signal?: AbortSignal,
): Promise<string[]> {
  const filter = and(eq('dataAreaId', parts.settings.company), eq('ProductMasterNumber', sku));
  const select = ['ProductVariantNumber'];
  const path = listPath('ReleasedProductVariantsV2', { filter, select, top: SHOWN });
  const [variants = []] = await parts.client.readTogether([path], signal);
  if (variants.length > 0) return variants.map((row) => textOf(row, 'ProductVariantNumber'));
  return (await parts.items.candidates(sku, signal)).map(({ itemNumber }) => itemNumber);
}

/** Whether a row of a variant or of stock is of these dimensions. */
export function hasDimensions(row: D365Row, dimensions: Readonly<Record<string, string>>): boolean {
  return DIMENSIONS.every(
    (field) => textOf(row, field).toLowerCase() === (dimensions[field] ?? '').toLowerCase(),
  );
}

function masterOf(variant: D365Row): string {
  return textOf(variant, 'ItemNumber') || textOf(variant, 'ProductMasterNumber');
}

function withoutVariant(item: ExchangeItem): ExchangeItem {
  return { ...item, state: 'unknown', reason: 'a product master, without its variant' };
}
