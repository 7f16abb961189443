import type { ClosingReason } from '../returns/batch';
import { dueOf, type ClosingTimes } from '../returns/batch-due';
import type { StoredBatch } from '../store/batch';

interface Entry {
  batch: StoredBatch;
  /** On a clock that nobody can set: when it was first seen here, and how old it was then. */
  seenAt: number;
  ageThen: number;
}

export interface OpenSummary {
  members: number;
  batches: number;
  /** Minor units by currency. */
  values: ReadonlyMap<string, number>;
  /** In milliseconds since 1970; null where nothing waits. */
  nextDue: number | null;
}

/** A batch that was opened so far ahead of the clock was opened by a clock that was wrong (T5). */
const AHEAD_MS = 5 * 60_000;

/** The batches of a node that are not closed yet, as far as this instance has seen them: kept up with each change. */
export class OpenBatches {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly times: ClosingTimes,
    private readonly clock: { now: () => number },
    private readonly elapsed: () => number,
  ) {}

  /** What the store says of them all, instead of what was known. */
  replace(batches: readonly StoredBatch[]): void {
    const ids = new Set(batches.map(({ id }) => id));
    for (const id of this.entries.keys()) if (!ids.has(id)) this.entries.delete(id);
    for (const batch of batches) this.set(batch);
  }

  set(batch: StoredBatch): void {
    if (batch.state !== 'open' && batch.state !== 'sealed') {
      this.entries.delete(batch.id);
      return;
    }
    const known = this.entries.get(batch.id);
    if (known?.batch.openedAt === batch.openedAt) {
      known.batch = batch;
      return;
    }
    // Opened earlier than was known: it has waited longer, and never for a shorter time than it was seen to wait.
    const ageThen = Math.max(0, this.clock.now() - Date.parse(batch.openedAt), known ? this.ageOf(known) : 0);
    this.entries.set(batch.id, { batch, seenAt: this.elapsed(), ageThen });
  }

  delete(id: string): void {
    this.entries.delete(id);
  }

  all(): StoredBatch[] {
    return [...this.entries.values()].map(({ batch }) => batch);
  }

  sealed(): StoredBatch[] {
    return this.all().filter(({ state }) => state === 'sealed');
  }

  /** Those that are to be closed by now, with the reason. */
  due(): { id: string; why: ClosingReason }[] {
    const found: { id: string; why: ClosingReason }[] = [];
    for (const entry of this.entries.values()) {
      if (entry.batch.state !== 'open') continue;
      const why = this.reasonNow(entry);
      if (why !== null) found.push({ id: entry.batch.id, why });
    }
    return found;
  }

  private ageOf({ seenAt, ageThen }: Entry): number {
    return ageThen + this.elapsed() - seenAt;
  }

  private reasonNow(entry: Entry): ClosingReason | null {
    const { batch } = entry;
    const now = this.clock.now();
    const opened = Date.parse(batch.openedAt);
    const { mostAgeMs } = this.times;
    const due = dueOf(opened, batch.group.period, this.times);
    if (now >= due.at) return due.why;
    if (opened > now + AHEAD_MS) return due.why;
    // A clock that was put back must not let anybody wait longer.
    return mostAgeMs !== null && this.ageOf(entry) >= mostAgeMs ? 'age' : null;
  }

  /** How long until the next one is due, in milliseconds; null where nothing is open. */
  untilDue(): number | null {
    const { nextDue } = this.summary();
    return nextDue === null ? null : Math.max(0, nextDue - this.clock.now());
  }

  summary(): OpenSummary {
    const values = new Map<string, number>();
    let members = 0;
    let nextDue: number | null = null;
    for (const { batch } of this.entries.values()) {
      members += batch.members;
      const { currency } = batch.group;
      if (currency !== null) values.set(currency, (values.get(currency) ?? 0) + batch.minor);
      const due = Date.parse(batch.dueAt);
      if (batch.state === 'open' && (nextDue === null || due < nextDue)) nextDue = due;
    }
    return { members, batches: this.entries.size, values, nextDue };
  }
}
