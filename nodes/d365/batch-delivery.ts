import { batchKey, closedBatchSchema, isBatch, type BatchMember, type ClosedBatch } from '../returns/batch';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import { buildException } from '../returns/exception';
import { asLedgerError, LedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import type { NodeContext } from '../runtime/define-node';
import { deliveryWaits } from '../runtime/delivery-source';
import { erpFault } from '../runtime/erp-fault';
import type { NodeMessage, SendValue } from '../runtime/node-red';
import { exceptionsAreHeard, raiseException } from '../runtime/raise-exception';
import type { Surroundings } from '../runtime/retry';
import { LONGEST_STATUS } from '../runtime/status';
import { waitOrRaiseFor } from '../runtime/wait-or-raise';
import type { StoredBatch } from '../store/batch';
import type { ReturnsStore } from '../store/store';
import { SYSTEM, type D365Connector } from './documents';
import type { BatchPosting, BatchProgress, MemberPostingParts, PostingSummary } from './post-batch';

/** How often a batch is begun here that nothing could bring back, or whose answer was lost a moment ago. */
const ATTEMPTS = 3;

export type Send = (message: SendValue) => void;
export type BatchNode = Pick<
  NodeContext<unknown>,
  'RED' | 'id' | 'label' | 'info' | 'warn' | 'signal' | 'status'
>;

export interface BatchConnection {
  connector(): Promise<D365Connector>;
  store(): Promise<ReturnsStore>;
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

/** What a node posts of a batch, and under which names. */
export interface BatchWork {
  /** The node's type: who raises its exceptions. */
  raisedBy: string;
  /** What is made of each member (`documents.ts`). */
  kind: string;
  /** Posts what is open of a batch, as one delivery of it does. */
  post: (batch: StoredBatch, hands: BatchHands) => Promise<BatchPosting>;
  /** The exception that an error is by its code; undefined where only its class tells. */
  codeOf?: MemberPostingParts<never>['codeOf'];
  /** What a batch waits for, in a few words for the status; null where its error does not tell. */
  waitsFor?: (error: LedgerError) => string | null;
}

/** What posting a batch is done with, and how it tells what it does. */
export interface BatchHands extends Pick<
  MemberPostingParts<never>,
  'store' | 'surroundings' | 'how' | 'raisedBy' | 'onProgress' | 'onByHand'
> {
  connector: D365Connector;
  signal: AbortSignal;
  /** Documents of a member, for the message that goes on. */
  keep: (member: BatchMember, documents: readonly PostedDocument[]) => void;
  /** A member is posted and stays in the batch; a person has to look at it, with the return alone. */
  raise: (
    member: BatchMember,
    event: ReturnEvent,
    problem: Problem,
    documents: readonly PostedDocument[],
  ) => Promise<void>;
}

interface Posted {
  documents: PostedDocument[];
  members: NonNullable<PostingSummary['members']>;
  /** Members that ask for no document of the node. */
  without: number;
}

/** What the nodes have in common that take closed batches: waits and exceptions of a batch, its status and its totals. */
export class BatchDelivery {
  constructor(
    private readonly node: BatchNode,
    private readonly connection: BatchConnection,
    private readonly work: BatchWork,
    private readonly surroundings: Surroundings,
  ) {}

  /** Resolves when the message is done with: sent on, held as an exception, or left to come back from the store. */
  async take(message: NodeMessage, batch: ClosedBatch, send: Send): Promise<void> {
    const { status, signal } = this.node;
    let outcome: BatchPosting | undefined;
    try {
      const posted: Posted = { documents: [], members: [], without: 0 };
      outcome = await this.post(message, batch, posted, send);
      if (!outcome.totals)
        throw outcome.failure ?? new Error(`Batch ${batch.number} is not posted as a whole`);
      const store = await this.connection.store();
      const now = instantOf(this.surroundings.clock);
      await store.closeExceptions(batchKey(batch.id), `batch ${batch.number} is posted`, [], now);
      if (batch.membersIncluded) appendDocuments(message, posted.documents);
      message['posting'] = summaryOf(batch, this.work.kind, outcome, outcome.totals, posted);
      const text = statusText(batch.number, outcomeText(outcome, posted.without));
      if (outcome.refused > 0) status.attention(text);
      else status.ok(text);
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
    const { node, surroundings } = this;
    const [connector, store] = await Promise.all([this.connection.connector(), this.connection.store()]);
    const stored = await knownBatch(store, batch);
    for (let attempt = 1; ; attempt += 1) {
      posted.documents = [];
      posted.members = [];
      posted.without = 0;
      const hands = this.hands({ message, batch, stored, posted, send, connector, store });
      const outcome = await this.work.post(stored, hands);
      const { failure } = outcome;
      if (failure?.class !== 'ambiguous' || attempt >= ATTEMPTS) return outcome;
      const wait = failure.retryAfterMs;
      // What takes longer waits in the store; only a message that the store cannot bring back waits here.
      if (wait !== undefined && deliveryWaits(message) !== null) return outcome;
      node.status.waiting(statusText(batch.number, 'looking up'));
      if (wait !== undefined) await surroundings.wait(wait, node.signal);
    }
  }

  private hands(of: {
    message: NodeMessage;
    batch: ClosedBatch;
    stored: StoredBatch;
    posted: Posted;
    send: Send;
    connector: D365Connector;
    store: ReturnsStore;
  }): BatchHands {
    const { node, surroundings } = this;
    const { raisedBy, kind } = this.work;
    const { message, batch, stored, posted, send, connector, store } = of;
    const list = ({ place, return: name, order }: BatchMember, number: string): void => {
      if (batch.membersIncluded) posted.members.push({ place, return: name, order, number });
    };
    return {
      connector,
      store,
      surroundings,
      raisedBy,
      signal: node.signal,
      how: exceptionsAreHeard(node.RED, stored.node) ? 'send' : 'park',
      onProgress: (progress) => node.status.busy(progressText(batch.number, progress)),
      onByHand: (member, settled) => {
        list(member, `by hand: ${settled.resolution}`);
        node.info(
          `Return ${member.return} of batch ${batch.number} was not posted, for a person settled it outside on ` +
            `${settled.at.slice(0, 10)}: ${settled.resolution}`,
        );
      },
      keep: (member, documents) => {
        const ofKind = documents.filter((one) => one.kind === kind);
        if (ofKind.length === 0) posted.without += 1;
        list(member, ofKind.map(({ number }) => number).join(', '));
        if (!batch.membersIncluded) return;
        posted.documents.push(...documents.map((one) => inBatch(one, batch.number, member.return)));
      },
      raise: async (member, event, problem, documents) => {
        const exception = buildException({
          ...problem,
          returnNumber: member.return,
          orderNumber: member.order,
          brand: event.brand,
          raisedBy,
          raisedAt: instantOf(surroundings.clock),
        });
        const own: NodeMessage = { topic: event.topic, payload: event, documents: [...documents] };
        if (message['delivery'] !== undefined) own['delivery'] = message['delivery'];
        await raiseException(node, store, own, returnKey(event), exception, send);
      },
    };
  }

  private async failed(
    message: NodeMessage,
    batch: ClosedBatch,
    error: LedgerError,
    progress: BatchProgress | null,
    send: Send,
  ): Promise<void> {
    const { node, surroundings } = this;
    const { raisedBy, codeOf, waitsFor } = this.work;
    const connector = await this.connection.connector().catch(() => null);
    const name = `batch ${batch.number}`;
    const decided = connector
      ? waitOrRaiseFor(message, name, error, { connector, raisedBy, surroundings })
      : ({ outcome: 'exception', fault: erpFault(error) } as const);
    if (decided.outcome === 'waits') {
      const reason = waitsFor?.(error) ?? null;
      node.status.waiting(statusText(batch.number, reason === null ? 'waiting' : `waits for ${reason}`));
      return;
    }
    node.status.attention(statusText(batch.number, 'held'));
    const exception = buildException({
      ...decided.fault,
      code: codeOf?.(error.code) ?? decided.fault.code,
      what: `${progress ? `${name}, ${progress.posted} of ${progress.members} posted` : name}: ${decided.fault.what}`,
      returnNumber: null,
      orderNumber: null,
      brand: batch.group.brand ?? null,
      raisedBy,
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
  kind: string,
  { posted, refused, byHand, members }: BatchProgress,
  totals: NonNullable<BatchPosting['totals']>,
  done: Posted,
): PostingSummary {
  return {
    batch: batch.number,
    system: SYSTEM,
    kind,
    counts: { closed: members, posted, refused, byHand },
    closed: batch.totals,
    ...totals,
    without: done.without,
    members: batch.membersIncluded ? [...done.members].sort((a, b) => a.place - b.place) : null,
  };
}

/** What became of a batch: who asks for no document has none, and must not read as posted. */
function outcomeText({ posted, refused }: BatchProgress, without: number): string {
  const parts = [
    `${posted - without} posted`,
    ...(without > 0 ? [`${without} without`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ];
  return parts.join(', ');
}

function progressText(number: string, { posted, members }: BatchProgress): string {
  return statusText(number, `${posted} of ${members} posted`);
}

/** With the number of the batch, where a status has room for it. */
function statusText(number: string, text: string): string {
  const long = `${number}: ${text}`;
  return long.length <= LONGEST_STATUS ? long : text;
}
