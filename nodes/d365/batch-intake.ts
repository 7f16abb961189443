import { batchKey, closedBatchSchema, isBatch, type BatchMember, type ClosedBatch } from '../returns/batch';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import { buildException } from '../returns/exception';
import { asLedgerError, LedgerError } from '../returns/failure';
import { instantOf } from '../returns/time';
import type { NodeContext } from '../runtime/define-node';
import { deliveryWaits } from '../runtime/delivery-source';
import { erpFault } from '../runtime/erp-fault';
import type { NodeMessage, SendValue } from '../runtime/node-red';
import { exceptionsAreHeard, raiseException } from '../runtime/raise-exception';
import { realSurroundings, type Surroundings } from '../runtime/retry';
import { waitOrRaiseFor } from '../runtime/wait-or-raise';
import type { StoredBatch } from '../store/batch';
import type { ReturnsStore, SettledOutside } from '../store/store';
import type { D365Connector } from './documents';
import {
  NOT_CURED,
  postBatch,
  type BatchPosting,
  type BatchProgress,
  type PostedMember,
  type PostingSummary,
} from './post-batch';
import type { ReturnOrderPolicy } from './documents';

const RAISED_BY = 'd365-create-return-order';
/** How often a batch is begun here that nothing could bring back, or whose answer was lost a moment ago. */
const ATTEMPTS = 3;
const LONGEST_STATUS = 32;

type Send = (message: SendValue) => void;
type Node = Pick<NodeContext<unknown>, 'RED' | 'id' | 'label' | 'info' | 'warn' | 'signal' | 'status'>;

interface Connection {
  connector(): Promise<D365Connector>;
  store(): Promise<ReturnsStore>;
}

interface Posted {
  documents: PostedDocument[];
  members: NonNullable<PostingSummary['members']>;
}

/** The closed batch that a message brings; null where it brings none. */
export function closedBatchOf(message: NodeMessage): ClosedBatch | null {
  const { payload } = message;
  if (typeof payload !== 'object' || payload === null || !isBatch(payload)) return null;
  const parsed = closedBatchSchema.safeParse(payload);
  if (parsed.success) return payload;
  throw new LedgerError({
    code: 'message-invalid',
    class: 'data-invalid',
    message:
      `msg.payload.${parsed.error.issues[0]?.path.join('.') ?? ''} is not what a closed batch holds; ` +
      'wire this node behind a Batch Aggregator, and change the payload only where the help says so',
  });
}

/** How the members of a batch are posted. */
export interface BatchIntakePosting {
  /** As it is when a batch comes: its mappings can be deployed by themselves. */
  policy: () => ReturnOrderPolicy;
  /** Counts the codes of a return that is posted. */
  saw: (event: ReturnEvent) => void;
}

/** What D365 Create Return Order does with a closed batch: a return order for each member, and the totals of them all. */
export class BatchIntake {
  constructor(
    private readonly node: Node,
    private readonly connection: Connection,
    private readonly posting: BatchIntakePosting,
    private readonly together: number,
    private readonly surroundings: Surroundings = realSurroundings,
  ) {}

  /** Resolves when the message is done with: sent on, held as an exception, or left to come back from the store. */
  async take(message: NodeMessage, batch: ClosedBatch, send: Send): Promise<void> {
    const { status, signal } = this.node;
    let outcome: BatchPosting | undefined;
    try {
      const posted: Posted = { documents: [], members: [] };
      outcome = await this.post(message, batch, posted, send);
      if (!outcome.totals)
        throw outcome.failure ?? new Error(`Batch ${batch.number} is not posted as a whole`);
      const store = await this.connection.store();
      const now = instantOf(this.surroundings.clock);
      await store.closeExceptions(batchKey(batch.id), `batch ${batch.number} is posted`, [], now);
      if (batch.membersIncluded) appendDocuments(message, posted.documents);
      message['posting'] = summaryOf(batch, outcome, outcome.totals, posted);
      const { posted: done, refused } = outcome;
      if (refused > 0) status.attention(statusText(batch.number, `${done} posted, ${refused} refused`));
      else status.ok(statusText(batch.number, `${done} posted`));
      send([message, null]);
    } catch (thrown) {
      // A node that is closing has not failed: the delivery stays open and is sent again.
      if (signal.aborted) throw thrown;
      await this.failed(message, batch, asLedgerError(thrown), outcome ?? null, send);
    }
  }

  /** What was left open because an answer was lost is looked up here, where it does not take long. */
  private async post(
    message: NodeMessage,
    batch: ClosedBatch,
    posted: Posted,
    send: Send,
  ): Promise<BatchPosting> {
    const { node, together, surroundings } = this;
    const policy = this.posting.policy();
    const [connector, store] = await Promise.all([this.connection.connector(), this.connection.store()]);
    const stored = await knownBatch(store, batch);
    for (let attempt = 1; ; attempt += 1) {
      posted.documents = [];
      posted.members = [];
      const outcome = await postBatch(stored, {
        connector,
        store,
        policy,
        together,
        surroundings,
        how: exceptionsAreHeard(node.RED, stored.node) ? 'send' : 'park',
        raisedBy: RAISED_BY,
        signal: node.signal,
        onTaken: (event) => this.posting.saw(event),
        onProgress: (progress) => node.status.busy(progressText(batch.number, progress)),
        onByHand: (member, settled) => this.onByHand(batch, posted, member, settled),
        onPosted: (member, event) => this.onPosted(message, batch, posted, member, event, send),
      });
      const { failure } = outcome;
      if (failure?.class !== 'ambiguous' || attempt >= ATTEMPTS) return outcome;
      const wait = failure.retryAfterMs;
      // What takes longer waits in the store; only a message that the store cannot bring back waits here.
      if (wait !== undefined && deliveryWaits(message) !== null) return outcome;
      node.status.waiting(statusText(batch.number, 'looking up'));
      if (wait !== undefined) await surroundings.wait(wait, node.signal);
    }
  }

  private onByHand(batch: ClosedBatch, posted: Posted, member: BatchMember, settled: SettledOutside): void {
    const { place, return: name, order } = member;
    if (batch.membersIncluded) {
      posted.members.push({ place, return: name, order, number: `by hand: ${settled.resolution}` });
    }
    this.node.info(
      `Return ${name} of batch ${batch.number} was not posted, for a person settled it outside on ` +
        `${settled.at.slice(0, 10)}: ${settled.resolution}`,
    );
  }

  private async onPosted(
    message: NodeMessage,
    batch: ClosedBatch,
    posted: Posted,
    { member, document, leftOut, mismatch }: PostedMember,
    event: ReturnEvent,
    send: Send,
  ): Promise<void> {
    const { node } = this;
    const { place, return: name, order } = member;
    if (batch.membersIncluded) {
      posted.members.push({ place, return: name, order, number: document.number });
      posted.documents.push(inBatch(document, batch.number, name));
    }
    if (leftOut.length > 0) {
      node.warn(
        `Return order ${document.number}: fees are left out, as this node is set (${leftOut.join(', ')})`,
      );
    }
    const store = await this.connection.store();
    const now = instantOf(this.surroundings.clock);
    if (!mismatch) {
      await store.closeExceptions(returnKey(event), `return order ${document.number}`, NOT_CURED, now);
      return;
    }
    // It is posted, so it stays in the batch; a person has to look at it, with the return alone.
    const exception = buildException({
      ...mismatch,
      returnNumber: name,
      orderNumber: order,
      brand: event.brand,
      raisedBy: RAISED_BY,
      raisedAt: now,
    });
    const own: NodeMessage = { topic: event.topic, payload: event, documents: [document] };
    if (message['delivery'] !== undefined) own['delivery'] = message['delivery'];
    await raiseException(node, store, own, returnKey(event), exception, send);
  }

  private async failed(
    message: NodeMessage,
    batch: ClosedBatch,
    error: LedgerError,
    progress: BatchProgress | null,
    send: Send,
  ): Promise<void> {
    const { node, surroundings } = this;
    const connector = await this.connection.connector().catch(() => null);
    const name = `batch ${batch.number}`;
    const decided = connector
      ? waitOrRaiseFor(message, name, error, { connector, raisedBy: RAISED_BY, surroundings })
      : ({ outcome: 'exception', fault: erpFault(error) } as const);
    if (decided.outcome === 'waits') {
      node.status.waiting(statusText(batch.number, 'waiting'));
      return;
    }
    node.status.attention(statusText(batch.number, 'held'));
    const exception = buildException({
      ...decided.fault,
      what: `${progress ? `${name}, ${progress.posted} of ${progress.members} posted` : name}: ${decided.fault.what}`,
      returnNumber: null,
      orderNumber: null,
      brand: batch.group.brand ?? null,
      raisedBy: RAISED_BY,
      raisedAt: instantOf(surroundings.clock),
    });
    const store = await this.connection.store();
    await raiseException(node, store, message, batchKey(batch.id), exception, send);
  }
}

async function knownBatch(store: ReturnsStore, { id, number }: ClosedBatch): Promise<StoredBatch> {
  const stored = await store.batch(id);
  if (stored?.state === 'closed') return stored;
  throw new LedgerError({
    code: 'batch-unknown',
    class: 'config',
    message: `The returns store of the connection has no closed batch ${number}: choose the store of the Batch Aggregator`,
  });
}

function inBatch(document: PostedDocument, batch: string, name: string): PostedDocument {
  return { ...document, references: { ...document.references, batch, return: name } };
}

/** Appended, never replaced, and never twice. */
function appendDocuments(message: NodeMessage, documents: readonly PostedDocument[]): void {
  const before = Array.isArray(message['documents']) ? (message['documents'] as PostedDocument[]) : [];
  const keyOf = ({ system, kind, number }: PostedDocument): string => JSON.stringify([system, kind, number]);
  const known = new Set(before.map(keyOf));
  message['documents'] = [...before, ...documents.filter((document) => !known.has(keyOf(document)))];
}

function summaryOf(
  batch: ClosedBatch,
  { posted, refused, byHand, members }: BatchProgress,
  totals: NonNullable<BatchPosting['totals']>,
  done: Posted,
): PostingSummary {
  return {
    batch: batch.number,
    system: 'd365',
    kind: 'return-order',
    counts: { closed: members, posted, refused, byHand },
    closed: batch.totals,
    ...totals,
    members: batch.membersIncluded ? [...done.members].sort((a, b) => a.place - b.place) : null,
  };
}

function progressText(number: string, { posted, members }: BatchProgress): string {
  return statusText(number, `${posted} of ${members} posted`);
}

/** With the number of the batch, where a status has room for it. */
function statusText(number: string, text: string): string {
  const long = `${number}: ${text}`;
  return long.length <= LONGEST_STATUS ? long : text;
}
