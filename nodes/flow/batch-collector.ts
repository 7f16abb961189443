import type { BatchGroup, ClosingReason } from '../returns/batch';
import { groupMatches } from '../returns/batch-parts';
import type { ReturnMessage } from '../returns/event';
import { asLedgerError, type LedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import type { NodeMessage } from '../runtime/node-red';
import type { Surroundings } from '../runtime/retry';
import type { StoredBatch } from '../store/batch';
import { faultPoint } from '../store/fault-point';
import { BatchCloser, type CloserParts } from './batch-closer';
import type { GroupExpression } from './batch-expression';
import { admit, termsOf } from './batch-intake';
import { JoinQueue } from './join-queue';
import { OpenBatches, type OpenSummary } from './open-batches';

/** So often at least the batches of other instances are looked at, and the clock. */
const LONGEST_REST_MS = 30_000;
const SHORTEST_REST_MS = 50;
/** A fortieth of the longest age: well within the twentieth by which it may be late (R134). */
const RESTS_IN_AGE = 40;
/** After a failure it is tried again so much later, and later each time. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export interface CollectorParts extends CloserParts {
  node: string;
  surroundings: Surroundings;
  signal: AbortSignal;
  expression: GroupExpression | null;
  /** Something of the node has been opened in the store and is to be sent. */
  sendNow: () => void;
  onChange: () => void;
  /** Closing failed; it is tried again. */
  onFailure: (error: LedgerError) => void;
}

export type Taken =
  | { kind: 'passes' }
  | { kind: 'problem'; problem: Problem }
  /** It is a member now, or was one before: it goes no further by itself. */
  | { kind: 'joined' | 'repeat' };

/** The life of a node's batches: returns join them, and they are closed when their time has come. */
export class BatchCollector {
  /** What is being closed, and why that failed when it was tried last. */
  closing: StoredBatch | null = null;
  failing: LedgerError | null = null;
  private readonly open: OpenBatches;
  private readonly joins: JoinQueue;
  private readonly closer: BatchCloser;
  /** Returns that are on their way into their batches. */
  private readonly taking = new Set<Promise<unknown>>();
  private rest = new AbortController();
  private mustLook = true;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private working: Promise<void> | undefined;

  constructor(private readonly parts: CollectorParts) {
    const { store, settings, surroundings } = parts;
    this.open = new OpenBatches(settings.times, surroundings.clock, surroundings.elapsed);
    this.joins = new JoinQueue(store, () => instantOf(surroundings.clock));
    this.closer = new BatchCloser(parts);
  }

  /** Stores the return in its batches. When this resolves, nothing can lose it any more. */
  async take(message: NodeMessage, view: ReturnMessage): Promise<Taken> {
    const taken = this.store(message, view);
    const settled = taken.catch(() => undefined);
    this.taking.add(settled);
    void settled.then(() => this.taking.delete(settled));
    return taken;
  }

  private async store(message: NodeMessage, view: ReturnMessage): Promise<Taken> {
    const { node, settings, expression } = this.parts;
    const admission = await admit(node, message, view, settings, expression);
    if (admission.kind !== 'member') return admission;
    faultPoint('member-before-stored');
    const result = await this.joins.join(admission.member);
    faultPoint('member-stored');
    if (result.kind === 'repeat') return { kind: 'repeat' };
    for (const id of result.gone) this.open.delete(id);
    for (const batch of result.batches) this.open.set(batch);
    // One that is full is closed at once, and one that is new may be due before all others.
    if (result.batches.some(({ state, members }) => state === 'sealed' || members === 1)) this.wake();
    this.parts.onChange();
    return { kind: 'joined' };
  }

  /** Closes batches when they are due, until the node is closed. */
  async run(): Promise<void> {
    const { signal, surroundings } = this.parts;
    let failures = 0;
    await this.agreeAgain().catch(() => undefined);
    while (!this.ended()) {
      try {
        await this.work();
        failures = 0;
      } catch (thrown) {
        if (this.ended()) return;
        failures += 1;
        this.mustLook = true;
        this.failing = asLedgerError(thrown);
        this.parts.onFailure(this.failing);
      }
      this.parts.onChange();
      const until = failures > 0 ? retryAfter(failures) : this.untilNext();
      const rest = AbortSignal.any([signal, this.rest.signal]);
      await surroundings.wait(until, rest).catch(() => undefined);
      this.rest = new AbortController();
    }
  }

  /** Looks now whether there is something to close. */
  wake(): void {
    this.rest.abort();
  }

  /** Another instance did something. */
  lookAgain(): void {
    this.mustLook = true;
    this.wake();
  }

  /** Closes open batches by command, all or those of a group; everything that has come before is in them. */
  async end(why: 'command' | 'reset', wanted: Partial<BatchGroup>): Promise<StoredBatch[]> {
    const { store, node } = this.parts;
    await Promise.all(this.taking);
    const open = (await store.pendingBatches(node)).filter(
      ({ state, group }) => state === 'open' && groupMatches(group, wanted),
    );
    const sealed = await this.seal(
      open.map(({ id }) => id),
      why,
    );
    const ended: StoredBatch[] = [];
    for (const id of sealed) {
      const batch = await this.close(id);
      if (batch) ended.push(batch);
    }
    this.parts.onChange();
    return ended;
  }

  summary(): OpenSummary {
    return this.open.summary();
  }

  pending(): Promise<StoredBatch[]> {
    return this.parts.store.pendingBatches(this.parts.node);
  }

  /** One look at everything: also what a test calls to let time do its work. */
  async work(): Promise<void> {
    // A command closes batches beside it; each of them is closed once all the same.
    this.working ??= this.workOnce().finally(() => (this.working = undefined));
    await this.working;
  }

  private async workOnce(): Promise<void> {
    await this.look();
    const byReason = new Map<ClosingReason, string[]>();
    for (const { id, why } of this.open.due()) byReason.set(why, [...(byReason.get(why) ?? []), id]);
    for (const [why, ids] of byReason) await this.seal(ids, why);
    const failures: unknown[] = [];
    for (const { id } of this.open.sealed()) {
      // One that cannot be closed holds up no other.
      await this.close(id).catch((thrown: unknown) => failures.push(thrown));
    }
    if (failures.length > 0) throw failures[0];
    this.failing = null;
  }

  private async look(): Promise<void> {
    const { store, node, surroundings } = this.parts;
    const elapsed = surroundings.elapsed();
    if (!this.mustLook && elapsed - this.lookedAt < this.restMs()) return;
    this.mustLook = false;
    this.open.replace(await store.pendingBatches(node));
    this.lookedAt = elapsed;
  }

  private async seal(ids: readonly string[], why: ClosingReason): Promise<string[]> {
    if (ids.length === 0) return [];
    const { store } = this.parts;
    const sealed = await store.sealBatches(ids, why);
    for (const id of ids) {
      const batch = await store.batch(id);
      if (batch) this.open.set(batch);
      else this.open.delete(id);
    }
    return sealed;
  }

  private async close(id: string): Promise<StoredBatch | null> {
    const { signal, sendNow, onChange } = this.parts;
    this.closing = this.open.all().find((one) => one.id === id) ?? null;
    onChange();
    try {
      const batch = await this.closer.close(id, signal);
      if (batch) this.open.set(batch);
      else this.open.delete(id);
      return batch;
    } finally {
      this.closing = null;
      sendNow();
    }
  }

  /** The settings may have changed since the batches were opened: everybody is told the time of now. */
  private async agreeAgain(): Promise<void> {
    const { store, settings } = this.parts;
    const { dueAt } = termsOf(settings);
    for (const { id, state, openedAt, group, dueAt: told } of await this.pending()) {
      const due = dueAt(openedAt, group);
      if (state === 'open' && due !== told) await store.setBatchDue(id, due);
    }
  }

  private ended(): boolean {
    return this.parts.signal.aborted;
  }

  private untilNext(): number {
    const due = this.open.untilDue() ?? Number.POSITIVE_INFINITY;
    return Math.max(SHORTEST_REST_MS, Math.min(due, this.restMs()));
  }

  private restMs(): number {
    const { mostAgeMs } = this.parts.settings.times;
    return Math.min(LONGEST_REST_MS, (mostAgeMs ?? Number.POSITIVE_INFINITY) / RESTS_IN_AGE);
  }
}

function retryAfter(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
}
