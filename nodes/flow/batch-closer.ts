import { setImmediate as turn } from 'node:timers/promises';
import { isClosed, postingDay } from '../returns/accounting-period';
import type { BatchMember, ClosedBatch } from '../returns/batch';
import { checkAtClosing, type MemberRules, type MemberVerdict } from '../returns/batch-check';
import { BatchTotalizer, memberValue } from '../returns/batch-totals';
import { dayIn, type Day } from '../returns/calendar';
import { buildException, type ReturnException } from '../returns/exception';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import type { Surroundings } from '../runtime/retry';
import { settledByHand } from '../runtime/settled-outside';
import type { Expulsion, MemberToCheck, StoredBatch } from '../store/batch';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import type { BatchSettings } from './batch-settings';

/** Members that are in memory at a time. */
const PAGE = 500;
/** A batch that changed while it was closed is counted anew; more often than this it does not change. */
const TRIES = 3;

export interface CloserParts {
  store: ReturnsStore;
  settings: BatchSettings;
  surroundings: Pick<Surroundings, 'clock' | 'elapsed'>;
  /** Tells up to which day the ERP’s books are closed; null where nothing is known of it. */
  closedUntil: () => Promise<Day | null>;
  /** Whether somebody gets what leaves by the output for exceptions. */
  exceptionsAreHeard: () => boolean;
  raisedBy: string;
}

/** Closes batches that are sealed, one at a time among all instances. What it does can be done again after a crash. */
export class BatchCloser {
  constructor(private readonly parts: CloserParts) {}

  /**
   * Brings a sealed batch to its end: its members are checked, those that cannot be posted leave it, the others go out
   * together. Resolves to how it stands then.
   */
  async close(id: string, signal?: AbortSignal): Promise<StoredBatch | null> {
    const { store } = this.parts;
    return store.exclusive(
      `batch/${id}`,
      async () => {
        const batch = await store.batch(id);
        if (batch?.state !== 'sealed') return batch;
        faultPoint('batch-sealed');
        if (batch.why === 'reset') await this.dissolve(batch, signal);
        else await this.send(batch, signal);
        return store.batch(id);
      },
      signal,
    );
  }

  /** Nothing is lost: what is not to be sent together is sent one by one. */
  private async dissolve({ id }: StoredBatch, signal?: AbortSignal): Promise<void> {
    const { store } = this.parts;
    let left: number;
    do {
      signal?.throwIfAborted();
      left = await store.releaseMembers(id, PAGE, this.now());
      faultPoint('batch-dissolving');
      await turn();
    } while (left > 0);
  }

  private async send(batch: StoredBatch, signal?: AbortSignal): Promise<void> {
    const { store, settings } = this.parts;
    // Asked before anything is posted, so that no posting is sent that accounting would refuse (R163).
    const closedUntil = later(settings.closedUntil, await this.parts.closedUntil());
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const count = new Count(batch.group.currency, closedUntil);
      await this.check(batch.id, count, signal);
      if (count.totals.members === 0) {
        await store.endEmptyBatch(batch.id, this.now());
        return;
      }
      const left = await store.countLeft(batch.id);
      const totals = count.totals.totals();
      const closedAt = this.now();
      const make = (number: number): ClosedBatch => ({
        schema: 1,
        kind: 'batch',
        id: batch.id,
        number: this.numberOf(batch, number),
        group: batch.group,
        postingDate: count.postingDate ?? dayIn(settings.times.timeZone, Date.parse(closedAt)),
        originalDates: count.originalDates(),
        currency: batch.group.currency,
        openedAt: batch.openedAt,
        closedAt,
        why: batch.why ?? 'command',
        counts: { members: totals.overall.members, lines: totals.overall.lines, ...left },
        totals,
        membersIncluded: totals.overall.members <= settings.membersInMessage,
        members: [] satisfies BatchMember[],
      });
      faultPoint('batch-before-closed');
      const deferredUntil = count.anyDeferred ? closedUntil : null;
      const closing = { members: totals.overall.members, deferredUntil, make };
      if (await store.closeBatch(batch.id, closing, closedAt)) {
        faultPoint('batch-closed');
        return;
      }
    }
    throw new Error(`Batch ${batch.id} changes while it is closed`);
  }

  /** Page by page: those that are good are counted, the others leave the batch. */
  private async check(id: string, count: Count, signal?: AbortSignal): Promise<void> {
    const { store, settings } = this.parts;
    const rules: MemberRules = {
      requireValue: settings.requireValue,
      closedUntil: count.closedUntil,
      closedPeriod: settings.closedPeriod,
    };
    for (let after = 0; ;) {
      signal?.throwIfAborted();
      const page = await store.membersToCheck(id, after, PAGE);
      const expelled: Expulsion[] = [];
      for (const member of page) {
        const byHand = member.settledOutside && (await this.isByHand(member));
        const verdict: MemberVerdict = byHand
          ? { kind: 'withdrawn' }
          : checkAtClosing(member.facts, member.day, member.stage, rules);
        if (verdict.kind === 'good') count.add(member);
        else if (verdict.kind === 'withdrawn') expelled.push({ place: member.place, exception: null });
        else expelled.push({ place: member.place, exception: this.exceptionOf(member, verdict.problem) });
      }
      if (expelled.length > 0) {
        faultPoint('batch-before-expelled');
        const how = this.parts.exceptionsAreHeard() ? 'send' : 'park';
        await store.expelMembers(id, expelled, how, this.now());
      }
      faultPoint('batch-page-checked');
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      after = last.place;
      // Webhooks must not wait until a large batch is through.
      await turn();
    }
  }

  /** What a person has booked by hand is not sent to be posted (R17). */
  private async isByHand({ returnKey }: MemberToCheck): Promise<boolean> {
    return (await settledByHand(this.parts.store, returnKey, this.parts.raisedBy)) !== null;
  }

  private exceptionOf({ returnKey, facts }: MemberToCheck, problem: Problem): ReturnException {
    return buildException({
      ...problem,
      returnNumber: facts?.return ?? returnKey,
      orderNumber: facts?.order ?? null,
      brand: facts?.brand ?? null,
      raisedBy: this.parts.raisedBy,
      raisedAt: this.now(),
    });
  }

  private numberOf({ group }: StoredBatch, number: number): string {
    const { prefix, label } = this.parts.settings;
    const name = prefix || (group.brand ?? label);
    const readable = name
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 20);
    return `${readable || 'BATCH'}-${String(number).padStart(6, '0')}`;
  }

  private now(): string {
    return instantOf(this.parts.surroundings.clock);
  }
}

/** What is counted of a batch while its members pass by. */
class Count {
  readonly totals: BatchTotalizer;
  private latest: Day | null = null;
  private readonly deferred = new Map<Day, { members: number; value: bigint }>();

  constructor(
    currency: string | null,
    readonly closedUntil: Day | null,
  ) {
    this.totals = new BatchTotalizer(currency);
  }

  add({ day, facts }: MemberToCheck): void {
    if (facts === null) return;
    this.totals.add(facts);
    if (this.latest === null || day > this.latest) this.latest = day;
    if (!isClosed(day, this.closedUntil)) return;
    const known = this.deferred.get(day) ?? { members: 0, value: 0n };
    known.members += 1;
    known.value += BigInt(memberValue(facts) ?? 0);
    this.deferred.set(day, known);
  }

  get anyDeferred(): boolean {
    return this.deferred.size > 0;
  }

  get postingDate(): Day | null {
    return this.latest === null ? null : postingDay([this.latest], this.closedUntil);
  }

  originalDates(): ClosedBatch['originalDates'] {
    return [...this.deferred]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([date, { members, value }]) => ({ date, members, value: Number(value) }));
  }
}

function later(a: Day | null, b: Day | null): Day | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
