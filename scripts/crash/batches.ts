import type { BatchMember } from '../../nodes/returns/batch';
import type { ReturnEvent } from '../../nodes/returns/event';
import { BATCH_FAULT_POINTS, type BatchFaultPoint } from '../../nodes/store/fault-point';
import { BATCH_NODE, BATCH_STORE, BatchBooks, batchFlow } from '../batch-flow';
import { checkBatches, CLOSED_UNTIL, planReturns, type PlannedReturn, type Told } from './batch-plan';
import { Instance } from './instance';
import { PointKills } from './point-kills';
import type { TestReport } from './report';
import type { Run } from './tests';

/** The settings of the batch node under test: small batches, so that every place is come to again and again. */
const SETTINGS = {
  name: 'Crash',
  from: 'on-received',
  byBrand: true,
  byWarehouse: true,
  mostMembers: 25,
  maxAgeMinutes: 0.02,
  closedUntil: CLOSED_UNTIL,
  closedPeriod: 'park',
  membersInMessage: 20,
};

/** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
const MOST_PASSES: Readonly<Record<BatchFaultPoint, number>> = {
  'member-before-stored': 30,
  'member-stored': 30,
  'batch-sealed': 4,
  'batch-page-checked': 4,
  'batch-before-expelled': 3,
  'batch-before-closed': 4,
  'batch-in-transaction': 4,
  'batch-closed': 4,
  'batch-before-emit': 6,
  'batch-emitted': 6,
  'batch-dissolving': 2,
};

/**
 * T7: kills Node-RED at each named place of batching while returns come in, again and again, and counts outside where each
 * unit of each return is: in one batch, sent alone after a reset, or with finance (R137).
 */
export async function batches(run: Run): Promise<TestReport[]> {
  const began = performance.now();
  const books = await BatchBooks.open();
  const instance = await Instance.create('batches');
  const test = new BatchKills(run, books, instance);
  try {
    await test.carryOut();
    return [await test.counted((performance.now() - began) / 1000)];
  } finally {
    await instance.end();
    await books.close();
  }
}

class BatchKills extends PointKills<BatchFaultPoint, PlannedReturn> {
  constructor(
    run: Run,
    private readonly books: BatchBooks,
    instance: Instance,
  ) {
    super(run, instance, {
      name: 'T7 kill -9 while batching',
      points: BATCH_FAULT_POINTS,
      mostPasses: MOST_PASSES,
      salt: 7,
      plan: planReturns,
      storeId: BATCH_STORE,
      endLimitMs: 240_000,
    });
  }

  protected override flow(): unknown {
    return batchFlow(this.books.url, SETTINGS);
  }

  protected override progress(): string {
    return `, ${this.books.batches.size} batches told`;
  }

  protected override order(events: readonly ReturnEvent[]): ReturnEvent[] {
    return this.random.shuffle(events);
  }

  protected override readonly disturb = (point: BatchFaultPoint | null): void => {
    if (point !== 'batch-dissolving' && (point !== null || this.random.next() >= 0.1)) return;
    void this.command('reset');
  };

  /** Flushes what waits. */
  protected override async waiting(): Promise<number> {
    await this.command('flush');
    const open = JSON.parse((await this.command('status')).body || '{}') as { batches?: unknown[] };
    return open.batches?.length ?? 1;
  }

  async counted(seconds: number): Promise<TestReport> {
    const { batches: count, sentAgain, released, ...verdict } = checkBatches(this.planned, await this.told());
    const notes = [
      `${count} batches, ${sentAgain} of them sent again after a crash; ${released} returns or ` +
        'parts of returns sent alone after a reset',
    ];
    return this.report(verdict, notes, seconds);
  }

  /** What the books hold; the members of large batches are read from the store, as a flow would. */
  private async told(): Promise<Told> {
    const batchesTold = await Promise.all(
      [...this.books.batches.values()].map(async (times) => {
        const [batch] = times;
        if (!batch) throw new Error('A batch was told of without a payload');
        return {
          batch,
          times,
          members: batch.membersIncluded ? batch.members : await this.membersOf(batch.id),
        };
      }),
    );
    const released = new Map(this.books.returns.map((event) => [event.id, event]));
    return {
      batches: batchesTold,
      released: [...released.values()],
      exceptions: this.books.exceptions.map(({ event, exception }) => ({ event, code: exception.code })),
    };
  }

  private async membersOf(id: string): Promise<BatchMember[]> {
    const members: BatchMember[] = [];
    for (let after = 0; ;) {
      const path = `/returns-ledger/returns-batch-aggregator/${BATCH_NODE}/batches/${id}/members?after=${after}&limit=10`;
      type Page = { members: BatchMember[]; next: number | null };
      const page = await this.instance.nodeRed.admin<Page>(path);
      members.push(...page.members);
      if (page.next === null) return members;
      after = page.next;
    }
  }
}
