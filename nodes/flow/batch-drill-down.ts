import { setImmediate as turn } from 'node:timers/promises';
import type { BatchMember, BatchTotals } from '../returns/batch';
import { concerns, refusedLines, type Refused } from '../returns/batch-refusal';
import { BatchTotalizer } from '../returns/batch-totals';
import { buildException } from '../returns/exception';
import type { Refusal, StoredBatch } from '../store/batch';
import type { ReturnsStore } from '../store/store';

/** How many are read at a time. */
const PAGE = 500;

/** A batch as answers and pages show it. */
export function describeBatch(batch: StoredBatch): Record<string, unknown> {
  const { id, number, state, group, openedAt, dueAt, closedAt, postingDate, members, minor, why } = batch;
  const value = group.currency === null ? null : minor;
  return { id, number, state, why, group, openedAt, dueAt, closedAt, postingDate, members, value };
}

export interface MembersPage {
  members: BatchMember[];
  /** Where the next page begins; null after the last one. */
  next: number | null;
}

/**
 * Members of a batch, a page at a time (R133): all of them, or those behind one line of the totals.
 */
export async function membersPage(
  store: ReturnsStore,
  id: string,
  page: { after: number; limit: number; line?: Refused },
): Promise<MembersPage> {
  const found: BatchMember[] = [];
  const { line, limit } = page;
  for await (const member of membersOf(store, id, page.after)) {
    if (line && !member.lines.some((one) => concerns(line, member, one))) continue;
    if (found.length === limit) return { members: found, next: found.at(-1)?.place ?? null };
    found.push(member);
  }
  return { members: found, next: null };
}

async function* membersOf(store: ReturnsStore, id: string, from = 0): AsyncGenerator<BatchMember> {
  for (let after = from; ;) {
    const page = await store.batchMembers(id, { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.place;
    await turn();
  }
}

export interface RefusalOutcome {
  /** What the ERP took, and what it refused; together they are the batch (R136). */
  posted: BatchTotals;
  refused: BatchTotals;
  /** Returns that went out with an exception now; those that did before are not among them. */
  returns: string[];
}

/**
 * The ERP refused lines of a batch that was sent: each return that brought one goes to output 2 with these lines, and the
 * rest of the batch stands. Saying it twice does nothing more.
 */
export async function refuse(
  store: ReturnsStore,
  batch: StoredBatch,
  refused: readonly Refused[],
  facts: { what: string; raisedBy: string; how: 'send' | 'park'; now: string },
): Promise<RefusalOutcome> {
  const { currency } = batch.group;
  const returns: string[] = [];
  let refusals: (Refusal & { return: string })[] = [];
  const flush = async (): Promise<void> => {
    const done = new Set(await store.refuseMembers(batch.id, refusals, facts.how, facts.now));
    returns.push(...refusals.filter(({ place }) => done.has(place)).map((one) => one.return));
    refusals = [];
  };
  for await (const member of membersOf(store, batch.id)) {
    const lines = refusedLines(member, refused);
    if (lines.length === 0) continue;
    refusals.push({
      place: member.place,
      return: member.return,
      lines: lines.map(({ id }) => id),
      exception: buildException({
        code: 'batch-line-refused',
        returnNumber: member.return,
        orderNumber: member.order,
        brand: member.brand,
        what: `${batch.number ?? batch.id}, ${[...new Set(lines.map(({ sku, id }) => sku ?? `line ${id}`))].join(', ')}: ${facts.what}`,
        lines: lines.map(({ id, sku, quantity }) => ({
          lineId: id,
          sku,
          expected: `${quantity} in batch ${batch.number ?? batch.id}`,
          received: facts.what,
        })),
        raisedBy: facts.raisedBy,
        raisedAt: facts.now,
      }),
    });
    if (refusals.length >= PAGE) await flush();
  }
  await flush();
  const [posted, left] = [new BatchTotalizer(currency), new BatchTotalizer(currency)];
  for await (const { lines, refused: out, wholeValue } of membersOf(store, batch.id)) {
    const isOut = (id: string): boolean => out?.includes(id) ?? false;
    const [kept, gone] = [lines.filter(({ id }) => !isOut(id)), lines.filter(({ id }) => isOut(id))];
    // An amount of the whole return stays with what was posted of it.
    if (kept.length > 0) posted.add({ lines: kept, wholeValue });
    if (gone.length > 0) left.add({ lines: gone, wholeValue: kept.length > 0 ? null : wholeValue });
  }
  return { posted: posted.totals(), refused: left.totals(), returns };
}
