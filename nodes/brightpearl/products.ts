import type { ErpItem, ItemCandidate } from '../returns/erp-connector';
import { instantOf, type Clock } from '../returns/time';
import type { BrightpearlClient } from './client';
import { idSet } from './id-set';
import { numberIn, objectIn, textIn } from './records';
import { idOf, searchPath, type SearchRow } from './search';

/** Pages of the whole list of products: a million of them. */
const MOST_PAGES = 2000;

/** What a new order row needs to know of a product. */
export interface Product {
  id: number;
  sku: string;
  name: string;
  /** The tax code it is sold with. */
  taxCode: string;
  status: string;
}

/** Reads products by SKU. Their search takes one SKU at a time; answers are kept by the caller. */
export class BrightpearlProducts {
  /** Calls made to look SKUs up. */
  lookUps = 0;

  constructor(
    private readonly client: BrightpearlClient,
    private readonly clock: Clock,
  ) {}

  /** What Brightpearl knows of each SKU; every asked one is in the answer. */
  async find(skus: readonly string[], signal?: AbortSignal): Promise<Map<string, ErpItem>> {
    const found = await Promise.all(
      skus.map(async (sku): Promise<[string, ErpItem]> => {
        const rows = await this.rowsOf(sku, signal);
        return [sku, judge(sku, rows, instantOf(this.clock))];
      }),
    );
    return new Map(found);
  }

  /** Every product that has a SKU, a page at a time. */
  async *each(signal?: AbortSignal): AsyncGenerator<ErpItem[]> {
    for await (const page of this.client.searchPages('/product-service/product-search', MOST_PAGES, signal)) {
      this.lookUps += 1;
      const readAt = instantOf(this.clock);
      yield page.flatMap((row) => {
        const sku = textIn(row, 'SKU');
        return sku === '' ? [] : [judge(sku, [row], readAt)];
      });
    }
  }

  /** Products whose SKU begins like this one or whose barcode it is; at most ten. A help to a person only. */
  async candidates(sku: string, signal?: AbortSignal): Promise<ItemCandidate[]> {
    const barcode = /^\d{8,14}$/.test(sku) ? { barcode: sku } : null;
    const words = sku.split(/[^A-Za-z0-9]+/).filter((word) => word.length >= 3);
    const filters = barcode ?? (words[0] === undefined ? null : { productName: words[0] });
    if (filters === null) return [];
    const rows = await this.client.search(
      () => searchPath('/product-service/product-search', filters),
      signal,
    );
    return rows.slice(0, 10).map((row) => ({
      itemNumber: textIn(row, 'SKU'),
      name: textIn(row, 'productName') || null,
    }));
  }

  /** A product with its tax code; null where no single one has this SKU. */
  async bySku(sku: string, signal?: AbortSignal): Promise<Product | null> {
    const rows = await this.rowsOf(sku, signal);
    const id = rows.length === 1 && rows[0] ? idOf(rows[0], 'productId') : null;
    if (id === null) return null;
    const [raw] = await this.client.list(() => `/product-service/product/${idSet([id])}`, signal);
    if (!raw) return null;
    const { taxCode } = objectIn(raw, 'financialDetails');
    return {
      id: numberIn(raw, 'id'),
      sku,
      name: textIn(rows[0] ?? {}, 'productName'),
      taxCode: textIn((taxCode ?? {}) as Record<string, unknown>, 'code'),
      status: textIn(raw, 'status'),
    };
  }

  private async rowsOf(sku: string, signal?: AbortSignal): Promise<SearchRow[]> {
    const rows = await this.client.search(() => {
      this.lookUps += 1;
      return searchPath('/product-service/product-search', { SKU: sku });
    }, signal);
    // A search by text may find more than was asked for; a SKU must be exact (R36).
    return rows.filter((row) => textIn(row, 'SKU').toLowerCase() === sku.toLowerCase());
  }
}

function judge(sku: string, rows: readonly SearchRow[], readAt: string): ErpItem {
  const [row] = rows;
  if (!row) return { sku, state: 'unknown', itemNumber: null, name: null, unit: null, reason: null, readAt };
  const known = {
    sku,
    itemNumber: textIn(row, 'SKU'),
    name: textIn(row, 'productName') || null,
    unit: null,
    barcode: textIn(row, 'barcode') || null,
    readAt,
  };
  const status = textIn(row, 'productStatus').toUpperCase();
  // Archived products cannot stand on new orders (212647683). Discontinued ones can; whether their returns go on is the
  // validator's to say.
  if (status === 'ARCHIVED') return { ...known, state: 'blocked', reason: 'archived in Brightpearl' };
  if (status === 'DISCONTINUED')
    return { ...known, state: 'discontinued', reason: 'discontinued in Brightpearl' };
  return { ...known, state: 'active', reason: null };
}
