import { setImmediate as turn } from 'node:timers/promises';
import type { BatchMember, BatchTotals, MemberDocument, MemberLine } from '../returns/batch';
import { memberDocuments } from '../returns/batch-lines';
import { concerns, refusedLines, type Refused } from '../returns/batch-refusal';
import { BatchTotalizer } from '../returns/batch-totals';
import { buildException, type ExceptionFacts } from '../returns/exception';
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
  /** Each with what has been posted for its return by now. */
  members: (BatchMember & { posted: MemberDocument[] })[];
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
  const found: MembersPage['members'] = [];
  const { line, limit } = page;
  for await (const member of membersOf(store, id, page.after)) {
    if (line && !member.lines.some((one) => concerns(line, member, one))) continue;
    if (found.length === limit) return { members: found, next: found.at(-1)?.place ?? null };
    found.push({ ...member, posted: memberDocuments(await store.documentsOf(member.returnKey)) });
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

export interface BatchSplit {
  /** What the ERP took, and what it refused; together they are the batch (R136). */
  posted: BatchTotals;
  refused: BatchTotals;
}

export interface RefusalOutcome extends BatchSplit {
  /** Returns that went out with an exception now; those that did before are not among them. */
  returns: string[];
}

export interface RefusalFacts {
  raisedBy: string;
  /** Whether the exceptions go out of the batch's node, or are parked because nobody would get them there. */
  how: 'send' | 'park';
  now: string;
}

/** Lines of a member that the ERP refused. */
export interface RefusedMember {
  member: BatchMember;
  lines: readonly MemberLine[];
  /** The ERP's own words. */
  what: string;
  /** What is known more exactly than that a line of a batch was refused. */
  problem?: Pick<ExceptionFacts, 'code' | 'lines' | 'class' | 'detail'>;
}

/**
 * The ERP refused lines of a batch that was sent: each return that brought one goes to output 2 with these lines, and the
 * rest of the batch stands. Saying it twice does nothing more.
 */
export async function refuse(
  store: ReturnsStore,
  batch: StoredBatch,
  refused: readonly Refused[],
  facts: RefusalFacts & { what: string },
): Promise<RefusalOutcome> {
  const returns: string[] = [];
  let found: RefusedMember[] = [];
  const flush = async (): Promise<void> => {
    returns.push(...(await refuseMembers(store, batch, found, facts)));
    found = [];
  };
  for await (const member of membersOf(store, batch.id)) {
    const lines = refusedLines(member, refused);
    if (lines.length > 0) found.push({ member, lines, what: facts.what });
    if (found.length >= PAGE) await flush();
  }
  await flush();
  return { ...(await splitOf(store, batch)), returns };
}

/** The same for members that are known already. Resolves to the returns that went out now. */
export async function refuseMembers(
  store: ReturnsStore,
  batch: StoredBatch,
  refused: readonly RefusedMember[],
  facts: RefusalFacts,
): Promise<string[]> {
  if (refused.length === 0) return [];
  const refusals = refused.map((one) => refusalOf(batch, one, facts));
  const done = new Set(await store.refuseMembers(batch.id, refusals, facts.how, facts.now));
  return refused.flatMap(({ member }) => (done.has(member.place) ? member.return : []));
}

function refusalOf(
  batch: StoredBatch,
  { member, lines, what, problem }: RefusedMember,
  facts: RefusalFacts,
): Refusal {
  const name = batch.number ?? batch.id;
  const skus = [...new Set(lines.map(({ sku, id }) => sku ?? `line ${id}`))].join(', ');
  return {
    place: member.place,
    lines: lines.map(({ id }) => id),
    exception: buildException({
      code: 'batch-line-refused',
      lines: lines.map(({ id, sku, quantity }) => ({
        lineId: id,
        sku,
        expected: `${quantity} in batch ${name}`,
        received: what,
      })),
      ...problem,
      returnNumber: member.return,
      orderNumber: member.order,
      brand: member.brand,
      what: problem ? what : `${name}, ${skus}: ${what}`,
      raisedBy: facts.raisedBy,
      raisedAt: facts.now,
    }),
  };
}

/** What was posted of a batch and what was refused, as far as it is known now (R136). */
export async function splitOf(store: ReturnsStore, batch: StoredBatch): Promise<BatchSplit> {
  const { currency } = batch.group;
  const [posted, left] = [new BatchTotalizer(currency), new BatchTotalizer(currency)];
  for await (const { lines, refused: out, wholeValue } of membersOf(store, batch.id)) {
    const isOut = (id: string): boolean => out?.includes(id) ?? false;
    const [kept, gone] = [lines.filter(({ id }) => !isOut(id)), lines.filter(({ id }) => isOut(id))];
    // An amount of the whole return stays with what was posted of it.
    if (kept.length > 0) posted.add({ lines: kept, wholeValue });
    if (gone.length > 0) left.add({ lines: gone, wholeValue: kept.length > 0 ? null : wholeValue });
  }
  return { posted: posted.totals(), refused: left.totals() };
}
