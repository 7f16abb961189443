import type { ErpConnector, ErpItem, ItemCandidate } from '../returns/erp-connector';

/** So many unknown SKUs of one return are looked up. */
const MOST_OF_A_RETURN = 20;
const MOST_KEPT = 500;
const KEPT_MS = 600_000;

type Kept = { readAt: number; found: Promise<ItemCandidate[]> };

/**
 * What the ERP has that looks like SKUs it does not know. Each is asked for once in ten minutes, however many events and
 * returns bring it: a help for people must not take the calls that the good returns need (R140). Where it cannot be had,
 * the exception goes without.
 */
export class ItemCandidates {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly connector: Pick<ErpConnector, 'findCandidates'>,
    private readonly elapsed: () => number,
    private readonly signal: AbortSignal,
  ) {}

  /** For those of the items that are unknown. */
  async of(items: Iterable<ErpItem>): Promise<Map<string, ItemCandidate[]>> {
    const unknown = [...items].filter((item) => item.state === 'unknown').map((item) => item.sku);
    const found = await Promise.all(
      unknown.slice(0, MOST_OF_A_RETURN).map(async (sku): Promise<[string, ItemCandidate[]]> => {
        return [sku, await this.find(sku).catch(() => [])];
      }),
    );
    return new Map(found);
  }

  private find(sku: string): Promise<ItemCandidate[]> {
    const known = this.kept.get(sku);
    if (known && this.elapsed() - known.readAt < KEPT_MS) return known.found;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    const asked: Kept = { readAt: this.elapsed(), found: this.connector.findCandidates(sku, this.signal) };
    this.kept.delete(sku);
    this.kept.set(sku, asked);
    // What could not be read is asked for again.
    asked.found.catch(() => {
      if (this.kept.get(sku) === asked) this.kept.delete(sku);
    });
    return asked.found;
  }
}
