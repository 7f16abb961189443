import type { AnyDelivery, NewWait } from '../store/store';

export interface UnderWay {
  delivery: AnyDelivery;
  since: number;
  /** No node has it in hand: it waits for its quiet time and takes no place in the window. */
  resting: boolean;
  failed: boolean;
  stalled: boolean;
  /** What nodes of the flow asked to wait for. */
  wait: NewWait | null;
}

type State = Pick<UnderWay, 'resting' | 'failed' | 'stalled'>;

/**
 * The deliveries of a source that are under way. Its figures are kept up with each change: thousands may be resting, and
 * each step of each of them asks for the figures.
 */
export class DeliveryWindow {
  failed = 0;
  stalled = 0;
  private readonly entries = new Map<string, UnderWay>();
  private readonly taken = new Map<string, number>();

  get size(): number {
    return this.entries.size;
  }

  ids(): string[] {
    return [...this.entries.keys()];
  }

  all(): UnderWay[] {
    return [...this.entries.values()];
  }

  /** Places taken in the window, by brand. */
  places(): Record<string, number> {
    return Object.fromEntries(this.taken);
  }

  placesOf(brand: string): number {
    return this.taken.get(brand) ?? 0;
  }

  /** An earlier attempt of the same delivery gives its place to this one. */
  add(entry: UnderWay): void {
    this.remove(entry.delivery.id);
    this.entries.set(entry.delivery.id, entry);
    this.count(entry, 1);
  }

  change(entry: UnderWay, change: Partial<State>): void {
    const followed = this.entries.get(entry.delivery.id) === entry;
    if (followed) this.count(entry, -1);
    Object.assign(entry, change);
    if (followed) this.count(entry, 1);
  }

  remove(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.count(entry, -1);
    this.entries.delete(id);
  }

  clear(): void {
    for (const id of this.ids()) this.remove(id);
  }

  private count({ delivery: { brand }, resting, failed, stalled }: UnderWay, by: 1 | -1): void {
    if (failed) this.failed += by;
    if (stalled) this.stalled += by;
    if (resting || stalled) return;
    const places = this.placesOf(brand) + by;
    if (places === 0) this.taken.delete(brand);
    else this.taken.set(brand, places);
  }
}
