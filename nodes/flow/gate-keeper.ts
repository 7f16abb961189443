import { returnKey, type ReturnEvent } from '../returns/event';
import { asLedgerError, type LedgerError } from '../returns/failure';
import { instantOf } from '../returns/time';
import type { Surroundings } from '../runtime/retry';
import { faultPoint } from '../store/fault-point';
import type { GateCounts, GateRules, GateTaken } from '../store/gate-return';
import type { ReturnsStore } from '../store/store';

/** So often at least it is looked whether something can go on: other nodes and instances tell nobody of it. */
const LONGEST_REST_MS = 30_000;
const SHORTEST_REST_MS = 50;
/** After a failure it is tried again so much later, and later each time. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
/** How many returns are looked at side by side. */
const TOGETHER = 100;

export interface KeeperParts {
  node: string;
  store: ReturnsStore;
  rules: GateRules;
  surroundings: Surroundings;
  signal: AbortSignal;
  /** Something may have changed that the status shows. */
  onChange: (counts: GateCounts) => void;
  onFailure: (error: LedgerError) => void;
}

/** The life of the returns at a gate: events come, and time passes. All that it remembers is in the store. */
export class GateKeeper {
  /** Why it could not look at its returns when it was tried last. */
  failing: LedgerError | null = null;
  private rest = new AbortController();
  private nextDue: string | null = null;
  private working: Promise<void> | undefined;
  private lookedAtAll = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: KeeperParts) {}

  /** Stores an event and what follows from it. When this resolves, nothing can lose it any more. */
  async take(event: ReturnEvent): Promise<GateTaken> {
    const { node, store, rules } = this.parts;
    faultPoint('gate-before-stored');
    const taken = await store.arriveAtGate({ node, returnKey: returnKey(event), event, rules }, this.now());
    faultPoint('gate-stored');
    const { dueAt } = taken.found;
    if (dueAt !== null && (this.nextDue === null || dueAt < this.nextDue)) this.wake();
    return taken;
  }

  /** Looks after the returns until the node is closed. */
  async run(): Promise<void> {
    const { signal, surroundings } = this.parts;
    let failures = 0;
    while (!this.ended()) {
      try {
        const { elapsed } = surroundings;
        await this.work(elapsed() - this.lookedAtAll >= LONGEST_REST_MS || failures > 0);
        failures = 0;
        this.failing = null;
      } catch (thrown) {
        if (this.ended()) return;
        failures += 1;
        this.failing = asLedgerError(thrown);
        this.parts.onFailure(this.failing);
      }
      const until = failures > 0 ? retryAfter(failures) : this.untilNext();
      await surroundings.wait(until, AbortSignal.any([signal, this.rest.signal])).catch(() => undefined);
      this.rest = new AbortController();
    }
  }

  /** Looks now whether something can go on. */
  wake(): void {
    this.rest.abort();
  }

  /** One look: at everything, or at what is found quickly. Also what a test calls to let time do its work. */
  async work(all = true): Promise<void> {
    this.working ??= this.workOnce(all).finally(() => (this.working = undefined));
    await this.working;
  }

  private async workOnce(all: boolean): Promise<void> {
    const { node, store, rules, surroundings } = this.parts;
    const seen = new Set<string>();
    if (all) this.lookedAtAll = surroundings.elapsed();
    for (;;) {
      const settings = all ? rules.settings : null;
      const found = await store.gateReturnsToReview(node, settings, this.now(), TOGETHER);
      const fresh = found.filter((key) => !seen.has(key));
      // What still stands there after it was looked at is looked at again next time, not for ever.
      if (fresh.length === 0 || this.ended()) break;
      faultPoint('gate-before-review');
      await Promise.all(fresh.map((key) => store.reviewAtGate(node, key, rules, this.now())));
      faultPoint('gate-reviewed');
      for (const key of fresh) seen.add(key);
    }
    const counts = await store.gateCounts(node);
    this.nextDue = counts.nextDue;
    this.parts.onChange(counts);
  }

  private ended(): boolean {
    return this.parts.signal.aborted;
  }

  private now(): string {
    return instantOf(this.parts.surroundings.clock);
  }

  private untilNext(): number {
    const due =
      this.nextDue === null
        ? Number.POSITIVE_INFINITY
        : Date.parse(this.nextDue) - this.parts.surroundings.clock.now();
    return Math.max(SHORTEST_REST_MS, Math.min(due, LONGEST_REST_MS));
  }
}

function retryAfter(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
}
