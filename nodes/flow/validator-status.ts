import type { StatusLine } from '../runtime/status';

/** What the status of the SKU Validator tells an operator. */
export class ValidatorStatus {
  passed = 0;
  warned = 0;
  /** The age of the oldest answer of the ERP that was used. */
  oldestMs = 0;
  /** Rows of the mappings that point at what the ERP does not have, by the newest audit. */
  private stale = 0;
  /** Returns, not events: several events of one return meet the same problem. */
  readonly held = new Set<string>();

  constructor(private readonly status: StatusLine) {}

  /** What the newest audit found; the status changes only where that is news. */
  showStale(count: number): void {
    if (count === this.stale) return;
    this.stale = count;
    this.show();
  }

  show(): void {
    const parts = [`${this.passed} ok`];
    if (this.held.size > 0) parts.push(`${this.held.size} held`);
    if (this.stale > 0) parts.push(`${this.stale} stale`);
    if (this.warned > 0) parts.push(`${this.warned} differ`);
    if (this.oldestMs >= 60_000) parts.push(`data ${Math.round(this.oldestMs / 60_000)} min old`);
    const text = parts.join(' · ');
    if (this.held.size > 0 || this.stale > 0) this.status.attention(text);
    else this.status.ok(text);
  }
}
