import { ITEM_CACHE, type ErpConnector, type ErpItem } from '../returns/erp-connector';
import { LedgerError } from '../returns/failure';
import { instantOf } from '../returns/time';
import type { Surroundings } from '../runtime/retry';
import type { ReturnsStore } from '../store/store';

/** Kind of master data under which it is kept when the item master was read whole. */
const FILL = 'item-master';
const LAST = 'last';
/** Rows of one transaction: short enough that returns do not wait for it. */
const ROWS = 1000;

export interface Filled {
  /** Items of the ERP, and how many of them may be posted. */
  items: number;
  active: number;
  /** When it was begun: nothing that was read is older. */
  at: string;
}

/** Fills the cache of items in bulk: page by page from the ERP into the store, so that it never stands in memory whole. */
export class ItemMaster {
  constructor(
    private readonly connector: ErpConnector,
    private readonly store: ReturnsStore,
    private readonly surroundings: Pick<Surroundings, 'clock'>,
    private readonly signal: AbortSignal,
  ) {}

  get offered(): boolean {
    return this.connector.eachItem !== undefined;
  }

  /** When it was read whole the last time, by whichever node; null where it never was. */
  async last(): Promise<Filled | null> {
    const found = await this.store.masterData(this.connector.connectionId, FILL, [LAST]);
    return (found.get(LAST)?.value as Filled | undefined) ?? null;
  }

  /** Reads it, if nobody has done so since the given time: one node does it for all that share the connection. */
  async fillUnlessSince(since: number): Promise<Filled> {
    const name = `${this.connector.connectionId}/${FILL}`;
    const work = async (): Promise<Filled> => {
      const last = await this.last();
      return last !== null && Date.parse(last.at) > since ? last : this.fill();
    };
    return this.store.exclusive(name, work, this.signal);
  }

  /**
   * Reads the whole item master. Active items are cached; what is not active any more is taken out, so that it is asked
   * for when it comes (R44).
   *
   * @param onItem sees each item as it comes by
   */
  async fill(onItem: (item: ErpItem) => void = () => undefined): Promise<Filled> {
    const { connector, store, signal } = this;
    if (!connector.eachItem) {
      throw new LedgerError({
        code: 'items-not-offered',
        class: 'config',
        message: `${connector.label} does not offer its whole item master`,
      });
    }
    const filled = { items: 0, active: 0, at: instantOf(this.surroundings.clock) };
    for await (const page of connector.eachItem(signal)) {
      for (let start = 0; start < page.length; start += ROWS) {
        await this.keep(page.slice(start, start + ROWS));
      }
      filled.items += page.length;
      filled.active += page.filter(({ state }) => state === 'active').length;
      for (const item of page) onItem(item);
    }
    const record = { key: LAST, value: filled, readAt: filled.at };
    await store.putMasterData(connector.connectionId, FILL, [record]);
    return filled;
  }

  private async keep(items: readonly ErpItem[]): Promise<void> {
    const { connectionId } = this.connector;
    const active = items.filter(({ state }) => state === 'active');
    const others = items.filter(({ state }) => state !== 'active').map(({ sku }) => sku);
    if (active.length > 0) {
      const records = active.map((item) => ({ key: item.sku, value: item, readAt: item.readAt }));
      await this.store.putMasterData(connectionId, ITEM_CACHE, records);
    }
    if (others.length > 0) await this.store.forgetMasterData(connectionId, ITEM_CACHE, others);
  }
}
