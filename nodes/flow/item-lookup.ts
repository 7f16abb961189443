import { ITEM_CACHE, type ErpConnector, type ErpItem } from '../returns/erp-connector';
import { asLedgerError, LedgerError } from '../returns/failure';
import type { Clock } from '../returns/time';
import { withRetry, type Surroundings } from '../runtime/retry';
import type { ReturnsStore } from '../store/store';

export interface ItemAnswer {
  item: ErpItem;
  /** How old the answer is, in milliseconds; 0 where the ERP was just asked. */
  ageMs: number;
}

/**
 * Looks items up in the ERP's item master: from the store's cache where the entry is young enough, else from the ERP,
 * in bulk. What is asked while a call is under way goes into the next call together, so a burst of returns needs few
 * calls.
 *
 * Only active items are cached. A blocked, discontinued or unknown one is asked for each time, so that it passes as
 * soon as somebody has put it right.
 */
export class ItemLookup {
  private waiting = new Map<string, ((answer: ErpItem | LedgerError) => void)[]>();
  private asking = false;

  constructor(
    private readonly connector: ErpConnector,
    private readonly store: ReturnsStore,
    private readonly maxAgeMs: number,
    private readonly surroundings: Surroundings,
    private readonly signal: AbortSignal,
  ) {}

  /** The ERP's word on each SKU. Throws a LedgerError where the ERP cannot be asked. */
  async find(skus: readonly string[]): Promise<Map<string, ItemAnswer>> {
    const wanted = [...new Set(skus)];
    const answers = await this.fromCache(wanted, this.surroundings.clock);
    const missing = wanted.filter((sku) => !answers.has(sku));
    const asked = await Promise.all(missing.map((sku) => this.ask(sku)));
    for (const item of asked) answers.set(item.sku, { item, ageMs: 0 });
    return answers;
  }

  /** How many items are cached, and the age of the oldest. */
  async age(): Promise<{ count: number; oldest: string | null }> {
    return this.store.masterDataAge(this.connector.connectionId, ITEM_CACHE);
  }

  private async fromCache(skus: readonly string[], clock: Clock): Promise<Map<string, ItemAnswer>> {
    const cached = await this.store.masterData(this.connector.connectionId, ITEM_CACHE, skus);
    const answers = new Map<string, ItemAnswer>();
    for (const [sku, record] of cached) {
      const ageMs = clock.now() - Date.parse(record.readAt);
      if (ageMs >= 0 && ageMs <= this.maxAgeMs) answers.set(sku, { item: record.value as ErpItem, ageMs });
    }
    return answers;
  }

  private ask(sku: string): Promise<ErpItem> {
    return new Promise((resolve, reject) => {
      const tell = (answer: ErpItem | LedgerError): void => {
        if (answer instanceof LedgerError) reject(answer);
        else resolve(answer);
      };
      this.waiting.set(sku, [...(this.waiting.get(sku) ?? []), tell]);
      void this.askAll();
    });
  }

  private async askAll(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    // The messages of one turn are asked together.
    await Promise.resolve();
    while (this.waiting.size > 0) {
      const batch = this.waiting;
      this.waiting = new Map();
      const answers = await this.askErp([...batch.keys()]);
      for (const [sku, listeners] of batch) {
        const answer = answers.get(sku) ?? notAnswered(sku);
        for (const tell of listeners) tell(answer);
      }
    }
    this.asking = false;
  }

  /** What the ERP refuses of many is asked in halves: one SKU that it chokes on must not stop the others. */
  private async askErp(skus: readonly string[]): Promise<Map<string, ErpItem | LedgerError>> {
    try {
      const items = await withRetry(
        () => this.connector.findItems(skus, this.signal),
        this.surroundings,
        this.signal,
      );
      const active = [...items.values()].filter((item) => item.state === 'active');
      await this.store.putMasterData(
        this.connector.connectionId,
        ITEM_CACHE,
        active.map((item) => ({ key: item.sku, value: item, readAt: item.readAt })),
      );
      return items;
    } catch (thrown) {
      const error = asLedgerError(thrown);
      const ofOneSku = error.class === 'data-invalid' || error.code === 'internal-error';
      if (!ofOneSku || skus.length === 1) return new Map(skus.map((sku) => [sku, error]));
      const half = Math.ceil(skus.length / 2);
      const halves = await Promise.all([this.askErp(skus.slice(0, half)), this.askErp(skus.slice(half))]);
      return new Map(halves.flatMap((answers) => [...answers]));
    }
  }
}

function notAnswered(sku: string): LedgerError {
  return new LedgerError({
    code: 'items-not-read',
    class: 'transient',
    message: `The ERP gave no answer about ${sku}`,
  });
}
