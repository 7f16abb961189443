import type { ErpItem, ItemCandidate } from '../../returns/erp-connector';
import { instantOf, type Clock } from '../../returns/time';
import type { D365Client } from './client';
import { textOf, type D365Row } from './rows';
import { and, anyOf, eq, eqEnum, inChunks, listPath } from './odata';

/** Even: products and settings of some items are in one batch. */
const READS_PER_BATCH = 40;
const LIFECYCLE_AGE_MS = 600_000;

/** What is read of the life-cycle rules. */
export const PROCESS_FIELDS = ['LifecycleStateId', 'ProcessPolicy', 'ApplicableProcessArea'] as const;
const PRODUCT_FIELDS = ['ItemNumber', 'SearchName', 'SalesUnitSymbol', 'ProductLifecycleStateId'] as const;
const SETTING_FIELDS = ['ItemNumber', 'IsSalesProcessingStopped'] as const;

/** The item master of one company (A8: released products, default order settings, life-cycle rules). */
export class D365Items {
  private forbidden: { states: ReadonlySet<string>; readAt: number } | undefined;

  constructor(
    private readonly client: D365Client,
    private readonly company: string,
    private readonly clock: Clock,
  ) {}

  /** The state of each SKU, in one batch for up to some hundred of them. Every asked SKU is in the answer. */
  async find(skus: readonly string[], signal?: AbortSignal): Promise<Map<string, ErpItem>> {
    const wanted = [...new Set(skus)];
    const forbidden = await this.forbiddenStates(signal);
    const [products, settings] = await this.rowsOf(wanted, signal);
    const readAt = instantOf(this.clock);
    return new Map(
      wanted.map((sku) => [
        sku,
        judgeItem(sku, products.get(keyOf(sku)), settings.get(keyOf(sku)), forbidden, readAt),
      ]),
    );
  }

  /** Every item of the company, a page at a time. */
  async *each(signal?: AbortSignal): AsyncGenerator<ErpItem[]> {
    const forbidden = await this.forbiddenStates(signal);
    const ofCompany = eq('dataAreaId', this.company);
    const stopped = new Map<string, D365Row>();
    const isStopped = eqEnum('IsSalesProcessingStopped', 'NoYes', 'Yes');
    const select = SETTING_FIELDS;
    const filter = and(ofCompany, isStopped);
    for await (const page of this.client.pages('ProductDefaultOrderSettings', { filter, select }, signal)) {
      for (const row of page) stopped.set(keyOf(textOf(row, 'ItemNumber')), row);
    }
    const products = { filter: ofCompany, select: PRODUCT_FIELDS };
    for await (const page of this.client.pages('ReleasedProductsV2', products, signal)) {
      const readAt = instantOf(this.clock);
      yield page.map((row) => {
        const number = textOf(row, 'ItemNumber');
        return judgeItem(number, row, stopped.get(keyOf(number)), forbidden, readAt);
      });
    }
  }

  /** Items whose number looks like the given one; nearest first, at most ten. */
  async candidates(sku: string, signal?: AbortSignal): Promise<ItemCandidate[]> {
    // A wildcard inside eq is the product's own way to say "contains" (A2).
    const stem = sku.trim().replace(/[*']/g, '').slice(0, 3);
    if (stem === '') return [];
    const filter = and(eq('dataAreaId', this.company), `ItemNumber eq '*${stem}*'`);
    const rows = await this.client.list(
      'ReleasedProductsV2',
      { filter, select: ['ItemNumber', 'SearchName'], top: 200 },
      signal,
    );
    return nearestItems(
      sku,
      rows.map((row) => ({ itemNumber: textOf(row, 'ItemNumber'), name: textOf(row, 'SearchName') || null })),
    );
  }

  /** Products and their settings by item number in lower case, side by side in one batch. */
  private async rowsOf(
    skus: readonly string[],
    signal?: AbortSignal,
  ): Promise<[Map<string, D365Row>, Map<string, D365Row>]> {
    const paths = inChunks(skus, 'ItemNumber').flatMap((chunk) => {
      const filter = and(eq('dataAreaId', this.company), anyOf('ItemNumber', chunk));
      return [
        listPath('ReleasedProductsV2', { filter, select: PRODUCT_FIELDS }),
        listPath('ProductDefaultOrderSettings', { filter, select: SETTING_FIELDS }),
      ];
    });
    const products = new Map<string, D365Row>();
    const settings = new Map<string, D365Row>();
    for (let start = 0; start < paths.length; start += READS_PER_BATCH) {
      const answers = await this.client.readTogether(paths.slice(start, start + READS_PER_BATCH), signal);
      answers.forEach((rows, at) => {
        for (const row of rows)
          (at % 2 === 0 ? products : settings).set(keyOf(textOf(row, 'ItemNumber')), row);
      });
    }
    return [products, settings];
  }

  /** Life-cycle states in which sales are refused. They change rarely, so they are read every ten minutes. */
  private async forbiddenStates(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    if (this.forbidden && this.clock.now() - this.forbidden.readAt < LIFECYCLE_AGE_MS)
      return this.forbidden.states;
    const rows = await this.client.list('ProductLifecycleStateProcesses', { select: PROCESS_FIELDS }, signal);
    const states = forbiddingStates(rows);
    this.forbidden = { states, readAt: this.clock.now() };
    return states;
  }
}

/** The state of an item by its rows; unknown where the company has not released it. */
export function judgeItem(
  sku: string,
  product: D365Row | undefined,
  settings: D365Row | undefined,
  forbidden: ReadonlySet<string>,
  readAt: string,
): ErpItem {
  if (!product)
    return { sku, state: 'unknown', itemNumber: null, name: null, unit: null, reason: null, readAt };
  const state = textOf(product, 'ProductLifecycleStateId');
  const known = {
    sku,
    itemNumber: textOf(product, 'ItemNumber'),
    name: textOf(product, 'SearchName') || null,
    unit: textOf(product, 'SalesUnitSymbol') || null,
    readAt,
  };
  if (forbidden.has(state)) return { ...known, state: 'discontinued', reason: `life-cycle state ${state}` };
  if (settings?.['IsSalesProcessingStopped'] === 'Yes') {
    return { ...known, state: 'blocked', reason: 'stopped for sales in the default order settings' };
  }
  return { ...known, state: 'active', reason: null };
}

/** D365 compares item numbers without regard to case; anything else must be exact (R36). */
function keyOf(itemNumber: string): string {
  return itemNumber.toLowerCase();
}

/**
 * Life-cycle states in which sales are refused. The reference names the members of these enums and not their types, which a
 * filter would have to name, so all rows are read: they are few, one for each process of each state.
 */
export function forbiddingStates(rules: readonly D365Row[]): ReadonlySet<string> {
  return new Set(
    rules
      .filter((row) => row['ProcessPolicy'] === 'Error' && row['ApplicableProcessArea'] === 'Sales')
      .map((row) => textOf(row, 'LifecycleStateId')),
  );
}

/** Items by how much their number differs from the one that was asked for: nearest first, at most ten. */
export function nearestItems(sku: string, candidates: readonly ItemCandidate[]): ItemCandidate[] {
  const asked = bare(sku);
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(asked, bare(candidate.itemNumber)) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate.itemNumber < b.candidate.itemNumber ? -1 : 1))
    .slice(0, 10)
    .map(({ candidate }) => candidate);
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Levenshtein distance: how many letters differ. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
