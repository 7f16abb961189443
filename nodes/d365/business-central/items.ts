import type { ErpItem, ItemCandidate } from '../../returns/erp-connector';
import { instantOf, type Clock } from '../../returns/time';
import { nearestItems } from '../fscm/items';
import { anyOf, inChunks } from '../fscm/odata';
import { textOf, type D365Row } from '../fscm/rows';
import type { BcCalls } from './client';
import { contains, setPath } from './query';

/** Longest item number, and longest barcode (B4; a longer text in a filter is refused). */
const LONGEST_NUMBER = 20;
const LONGEST_GTIN = 14;

/**
 * The item master of one company. *Blocked* stops an item for every document; *Sales Blocked* does not stop returns, and the
 * API does not show it (`reference/dynamics365.md` B4, B5.1).
 */
export class BcItems {
  constructor(
    private readonly client: BcCalls,
    private readonly clock: Clock,
  ) {}

  /** The state of each SKU: by item number, else by barcode. Every asked SKU is in the answer. */
  async find(skus: readonly string[], signal?: AbortSignal): Promise<Map<string, ErpItem>> {
    const wanted = [...new Set(skus)];
    const byNumber = await this.rowsOf(
      'number',
      wanted.filter((sku) => sku.length <= LONGEST_NUMBER),
      signal,
    );
    const barcodes = wanted.filter((sku) => !byNumber.has(keyOf(sku)) && isBarcode(sku));
    const byBarcode = await this.rowsOf('gtin', barcodes, signal);
    const readAt = instantOf(this.clock);
    return new Map(
      wanted.map((sku) => [sku, judge(sku, byNumber.get(keyOf(sku)) ?? byBarcode.get(keyOf(sku)), readAt)]),
    );
  }

  /** Every item of the company, a page at a time. */
  async *each(signal?: AbortSignal): AsyncGenerator<ErpItem[]> {
    for await (const page of this.client.pages(setPath('items'), signal)) {
      const readAt = instantOf(this.clock);
      yield page.map((row) => judge(textOf(row, 'number'), row, readAt));
    }
  }

  /** Items whose number looks like the given one; nearest first, at most ten. */
  async candidates(sku: string, signal?: AbortSignal): Promise<ItemCandidate[]> {
    const stem = sku.trim().replace(/[*']/g, '').slice(0, 3).toUpperCase();
    if (stem === '') return [];
    const rows = await this.client.list(
      setPath('items', { filter: contains('number', stem), top: 200 }),
      signal,
    );
    return nearestItems(
      sku,
      rows.map((row) => ({ itemNumber: textOf(row, 'number'), name: textOf(row, 'displayName') || null })),
    );
  }

  private async rowsOf(
    field: 'number' | 'gtin',
    values: readonly string[],
    signal?: AbortSignal,
  ): Promise<Map<string, D365Row>> {
    if (values.length === 0) return new Map();
    const paths = inChunks(values, field).map((chunk) =>
      setPath('items', { filter: anyOf(field, chunk.map(withoutStar)) }),
    );
    const answers = await this.client.readTogether(paths, signal);
    const rows = answers.flat();
    return new Map(rows.map((row) => [keyOf(textOf(row, field)), row]));
  }
}

function judge(sku: string, row: D365Row | undefined, readAt: string): ErpItem {
  if (!row) {
    return { sku, state: 'unknown', itemNumber: null, name: null, unit: null, reason: null, readAt };
  }
  const blocked = row['blocked'] === true;
  return {
    sku,
    state: blocked ? 'blocked' : 'active',
    itemNumber: textOf(row, 'number'),
    name: textOf(row, 'displayName') || null,
    unit: textOf(row, 'baseUnitOfMeasureCode') || null,
    barcode: textOf(row, 'gtin') || null,
    reason: blocked ? 'Blocked on the item card' : null,
    readAt,
  };
}

/** Codes are kept in capitals, and compared without regard to case. */
function keyOf(number: string): string {
  return number.toUpperCase();
}

/** A star in a filter stands for anything; no item has one in its number that a platform could mean. */
function withoutStar(value: string): string {
  return value.replaceAll('*', '');
}

function isBarcode(sku: string): boolean {
  return sku.length <= LONGEST_GTIN && /^\d{8,}$/.test(sku);
}
