import type { BatchMember, ClosedBatch } from '../returns/batch';
import { ITEM_CACHE } from '../returns/erp-connector';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import type { ExceptionCode } from '../returns/exception-catalogue';
import { LedgerError, type FailureClass } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import { itemNamesOf } from '../returns/posting-lines';
import { instantOf } from '../returns/time';
import { refuseMembers, splitOf, type BatchSplit, type RefusedMember } from '../runtime/batch-drill-down';
import { erpFault } from '../runtime/erp-fault';
import type { Surroundings } from '../runtime/retry';
import { settledByHand } from '../runtime/settled-outside';
import type { MemberEvent, StoredBatch } from '../store/batch';
import { faultPoint } from '../store/fault-point';
import { waitAborted } from '../store/keyed-queue';
import type { ReturnsStore, SettledOutside } from '../store/store';
import type { Mappings } from '../returns/mappings';
import type { D365Connector, ReturnOrderOutcome, ReturnOrderPolicy } from './documents';

/** What the ERP says of an item although the item cache called it active (R44). */
export const ITEM_REFUSALS: Readonly<Record<string, ExceptionCode>> = {
  'd365-item-blocked': 'sku-blocked',
  'd365-item-lifecycle': 'sku-discontinued',
  'd365-item-unknown': 'sku-unknown',
};

/** A document that exists does not make these good: a person has to look at it. */
export const NOT_CURED: readonly ExceptionCode[] = ['amount-mismatch', 'return-grown'];

/** What concerns one return only: it leaves the batch, and the others are posted. */
const OF_THE_MEMBER: readonly FailureClass[] = ['data-invalid', 'state-blocked'];
/** What concerns all of them and does not pass by itself. */
const OF_THE_NODE: readonly FailureClass[] = ['auth', 'config'];

/** The connection lets no call through for now. */
const NO_CALLS: ReadonlySet<string> = new Set(['connection-down', 'connection-paused']);

/** What became of a member whose documents are there, or why they are not. */
export type MemberOutcome = { outcome: 'posted' } | { outcome: 'exception'; problem: Problem };

type PostedOf<Outcome> = Extract<Outcome, { outcome: 'posted' }>;

/** How the members of a batch are posted, whatever is posted of them. */
export interface MemberPostingParts<Outcome extends MemberOutcome> {
  connectionId: string;
  store: ReturnsStore;
  mappings: Mappings | null;
  surroundings: Surroundings;
  /** Returns that are posted with the same calls; so many are in memory at a time. */
  together: number;
  /** Whether the exceptions of what is refused go out of the batch's node, or are parked at once. */
  how: 'send' | 'park';
  raisedBy: string;
  signal?: AbortSignal | undefined;
  /**
   * Posts returns; what failed for one is the answer of that one. Throws only where nothing could be begun. `accepted`:
   * the refunds whose goods a gate counts as accepted.
   */
  post: (
    events: readonly ReturnEvent[],
    accepted: ReadonlySet<ReturnEvent>,
  ) => Promise<(Outcome | LedgerError)[]>;
  /** The exception that an error is by its code; undefined where only its class tells. */
  codeOf?: (code: string) => ExceptionCode | undefined;
  /** Whether a state of the ERP passes while the batch waits; else the member leaves it with its exception. */
  waits?: (error: LedgerError) => boolean;
  onProgress?: (progress: BatchProgress) => void;
  /** A member is about to be posted. */
  onTaken?: (event: ReturnEvent) => void;
  /** A member has its documents. */
  onDone: (member: BatchMember, posted: PostedOf<Outcome>, event: ReturnEvent) => Promise<void>;
  /** A person has booked a member by hand, so it is not posted (R17). */
  onByHand: (member: BatchMember, settled: SettledOutside) => void;
}

export interface BatchPostingParts extends Omit<
  MemberPostingParts<ReturnOrderOutcome>,
  'connectionId' | 'mappings' | 'post' | 'codeOf' | 'waits' | 'onDone'
> {
  connector: Pick<D365Connector, 'createReturnOrders' | 'connectionId'>;
  policy: ReturnOrderPolicy;
  /** A member has its return order. `mismatch`: it is not as it was meant. */
  onPosted: (member: PostedMember, event: ReturnEvent) => Promise<void>;
}

export interface BatchProgress {
  posted: number;
  refused: number;
  /** Booked by a person instead. */
  byHand: number;
  /** Nothing can be said of them yet: they come with the next delivery of the batch. */
  open: number;
  members: number;
}

export interface PostedMember {
  member: BatchMember;
  document: PostedDocument;
  created: boolean;
  leftOut: readonly string[];
  mismatch: Problem | null;
}

export interface BatchPosting extends BatchProgress {
  /** Sums of what was posted and of what was refused; together they are the batch. Null while some are open. */
  totals: BatchSplit | null;
  /** Why some are open: of what passes by itself, what takes longest. */
  failure: LedgerError | null;
}

/** Makes the return orders of a closed batch, as {@link postMembers} does it. */
export function postBatch(batch: StoredBatch, parts: BatchPostingParts): Promise<BatchPosting> {
  const { connector, policy, store, signal, onPosted } = parts;
  return postMembers<ReturnOrderOutcome>(batch, {
    ...parts,
    connectionId: connector.connectionId,
    mappings: policy.mappings ?? null,
    post: (events) => connector.createReturnOrders(events, policy, store, signal),
    onDone: (member, posted, event) => onPosted({ member, ...posted }, event),
  });
}

/**
 * Posts the members of a closed batch, page by page, each once (R132, R136): what is refused leaves the batch with its
 * exception, what cannot be told yet is left open. It can be done again at any time: members that have their documents
 * are found by their intents, and those that were refused are left alone (R137).
 *
 * Throws what concerns the whole batch and does not pass by itself, such as refused credentials.
 */
export async function postMembers<Outcome extends MemberOutcome>(
  batch: StoredBatch,
  parts: MemberPostingParts<Outcome>,
): Promise<BatchPosting> {
  const { store, together, signal } = parts;
  const run = new BatchRun<Outcome>(batch, parts);
  for (let after = 0; ;) {
    if (signal?.aborted) throw waitAborted();
    const page = { after, limit: together };
    const [members, events] = await Promise.all([
      store.batchMembers(batch.id, page),
      store.memberEvents(batch.id, page),
    ]);
    await run.post(members, new Map(events.map((member) => [member.place, member])));
    faultPoint('batch-page-posted');
    const last = members.at(-1);
    // Where no call is let through, the rest is not tried either.
    if (!last || members.length < together || run.stuck) break;
    after = last.place;
  }
  return run.outcome();
}

class BatchRun<Outcome extends MemberOutcome> {
  /** True where the ERP is down or asks for a pause, so that no call leaves. */
  stuck = false;
  private readonly progress: BatchProgress;
  private failure: LedgerError | null = null;

  constructor(
    private readonly batch: StoredBatch,
    private readonly parts: MemberPostingParts<Outcome>,
  ) {
    this.progress = { posted: 0, refused: 0, byHand: 0, open: 0, members: batch.members };
  }

  async post(members: readonly BatchMember[], events: ReadonlyMap<number, MemberEvent>): Promise<void> {
    const { signal } = this.parts;
    // Those that were refused when the batch came before have gone their own way.
    const left = members.filter(({ lines, refused }) => !lines.every(({ id }) => refused?.includes(id)));
    this.progress.refused += members.length - left.length;
    const known = left.flatMap((member) => {
      const event = events.get(member.place)?.event;
      return event ? [{ member, event }] : [];
    });
    const pruned = left.filter(({ place }) => !events.get(place)?.event);
    if (pruned.length > 0) throw eventsPruned(this.batch, pruned);
    const ours = await this.withoutByHand(known);
    for (const { event } of ours) this.parts.onTaken?.(event);
    const accepted = ours.filter(({ member }) => events.get(member.place)?.goodsAccepted === true);
    const outcomes = await this.parts.post(
      ours.map(({ event }) => event),
      new Set(accepted.map(({ event }) => event)),
    );
    if (signal?.aborted) throw waitAborted();
    await this.sort(ours.map((one, index) => ({ ...one, outcome: outcomes[index] })));
    this.parts.onProgress?.({ ...this.progress });
  }

  private async withoutByHand<Known extends { member: BatchMember; event: ReturnEvent }>(
    known: readonly Known[],
  ): Promise<Known[]> {
    const { store, raisedBy, onByHand } = this.parts;
    const settled = await Promise.all(
      known.map(({ event }) => settledByHand(store, returnKey(event), raisedBy)),
    );
    return known.filter(({ member }, at) => {
      const byHand = settled[at];
      if (!byHand) return true;
      this.progress.byHand += 1;
      onByHand(member, byHand);
      return false;
    });
  }

  private async sort(
    answers: readonly {
      member: BatchMember;
      event: ReturnEvent;
      outcome: Outcome | LedgerError | undefined;
    }[],
  ): Promise<void> {
    const refused: RefusedMember[] = [];
    const posted: Promise<void>[] = [];
    let open = 0;
    let fatal: LedgerError | null = null;
    for (const { member, event, outcome } of answers) {
      if (outcome === undefined) throw new Error(`No outcome came for return ${member.return}`);
      if (outcome instanceof LedgerError) {
        if (OF_THE_NODE.includes(outcome.class) || outcome.code === 'internal-error') fatal = outcome;
        else if (OF_THE_MEMBER.includes(outcome.class) && !this.parts.waits?.(outcome))
          refused.push(await this.refusedBy(outcome, member, event));
        else {
          open += 1;
          if (longer(outcome, this.failure)) this.failure = outcome;
        }
      } else if (outcome.outcome === 'exception') {
        if (outcome.problem.code.startsWith('sku-')) await this.forgetItems(event);
        refused.push(refusedFor(member, outcome.problem));
      } else {
        this.progress.posted += 1;
        posted.push(this.parts.onDone(member, outcome as PostedOf<Outcome>, event));
      }
    }
    await Promise.all(posted);
    await this.refuse(refused);
    if (fatal) throw fatal;
    this.progress.open += open;
    this.stuck = answers.some(({ outcome }) => outcome instanceof LedgerError && NO_CALLS.has(outcome.code));
  }

  private async refuse(refused: readonly RefusedMember[]): Promise<void> {
    const { store, how, raisedBy, surroundings } = this.parts;
    faultPoint('batch-before-refused');
    await refuseMembers(store, this.batch, refused, { how, raisedBy, now: instantOf(surroundings.clock) });
    this.progress.refused += refused.length;
  }

  private async refusedBy(
    error: LedgerError,
    member: BatchMember,
    event: ReturnEvent,
  ): Promise<RefusedMember> {
    const { what, detail, ...fault } = erpFault(error);
    const { codeOf = (code: string) => ITEM_REFUSALS[code] } = this.parts;
    if (ITEM_REFUSALS[error.code] !== undefined) await this.forgetItems(event);
    const problem = { code: codeOf(error.code) ?? fault.code, class: fault.class, detail, lines: [] };
    return { member, lines: member.lines, what, problem };
  }

  /** What was read of an item before is not true any more (R44). */
  private async forgetItems(event: ReturnEvent): Promise<void> {
    const { store, connectionId, mappings } = this.parts;
    await store.forgetMasterData(connectionId, ITEM_CACHE, itemNamesOf(event, mappings));
  }

  async outcome(): Promise<BatchPosting> {
    const { posted, refused, byHand, members } = this.progress;
    const open = members - posted - refused - byHand;
    const failure = open > 0 ? this.failure : null;
    return {
      ...this.progress,
      open,
      totals: open > 0 ? null : await splitOf(this.parts.store, this.batch),
      failure,
    };
  }
}

function refusedFor(member: BatchMember, { what, ...problem }: Problem): RefusedMember {
  return { member, lines: member.lines, what, problem };
}

/** What is to be waited for longest decides when the batch comes again. */
function longer(error: LedgerError, than: LedgerError | null): boolean {
  return than === null || (error.retryAfterMs ?? 0) > (than.retryAfterMs ?? 0);
}

function eventsPruned({ number, id }: StoredBatch, pruned: readonly BatchMember[]): LedgerError {
  const some = pruned.slice(0, 10).map((member) => member.return);
  return new LedgerError({
    code: 'batch-member-pruned',
    class: 'data-invalid',
    message: `Of batch ${number ?? id} the events of ${pruned.length} returns were removed by age: ${some.join(', ')}`,
  });
}

/**
 * Totals of the batch as it was sent, of what was posted and of what was refused, for people and pages (R136). What a
 * person has booked by hand counts as posted there, and `counts.byHand` tells how many that are.
 */
export interface PostingSummary extends BatchSplit {
  batch: string;
  system: string;
  kind: string;
  counts: { closed: number; posted: number; refused: number; byHand: number };
  closed: ClosedBatch['totals'];
  /** How many that count as posted ask for no document of the node, such as a credit before its goods are accepted. */
  without: number;
  /** Which document each member has; null where there are more than a message is to hold (`members` lists them). */
  members: { place: number; return: string; order: string | null; number: string }[] | null;
}
