import type { ClosedBatch } from '../returns/batch';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import { CATALOGUE } from '../returns/exception-catalogue';
import { LedgerError } from '../returns/failure';
import type { Mappings } from '../returns/mappings';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import type { NodeMessage } from '../runtime/node-red';
import type { Surroundings } from '../runtime/retry';
import type { StoredBatch } from '../store/batch';
import {
  BatchDelivery,
  type BatchConnection,
  type BatchHands,
  type BatchNode,
  type Send,
} from './batch-delivery';
import type { PostedDocuments } from './documents';
import { waitsForPosting } from './fscm/posting-route';
import { postMembers, type BatchPosting } from './post-batch';
import { codeOf } from './posting-node';

/** What came of a member: its documents, what a person has to look at, or why it failed. */
export type MemberAnswer = Pick<PostedDocuments, 'documents' | 'problem'> | LedgerError;

/** What is told of the documents that a node makes of the members of a batch. */
export interface BatchTraits {
  /** The node's type: who raises its exceptions. */
  raisedBy: string;
  /** What is made of each member (`documents.ts`). */
  kind: string;
  /** Returns that are posted with the same calls. */
  together: number;
  /** As they are when a batch comes: they can be deployed by themselves. */
  mappings: () => Mappings | null;
  /**
   * Errors that pass while the batch waits, as D365 is at it. What a person has to end concerns one return, which leaves the
   * batch.
   */
  waits: RegExp;
  /** What a member brings none of, such as `goods`. */
  brings: string;
}

type Outcome =
  { outcome: 'posted'; documents: readonly PostedDocument[] } | { outcome: 'exception'; problem: Problem };

/** What a node does with a closed batch whose members each get documents of their own. */
export abstract class DocumentsBatch {
  private readonly delivery: BatchDelivery;

  constructor(
    private readonly node: BatchNode,
    connection: BatchConnection,
    private readonly traits: BatchTraits,
    surroundings: Surroundings,
  ) {
    const { raisedBy, kind } = traits;
    const post = (batch: StoredBatch, hands: BatchHands): Promise<BatchPosting> => this.postAll(batch, hands);
    const posting = { raisedBy, kind, codeOf, waitsFor: waitsForPosting, post };
    this.delivery = new BatchDelivery(node, connection, posting, surroundings);
  }

  /** Resolves when the message is done with: sent on, held as an exception, or left to come back from the store. */
  take(message: NodeMessage, batch: ClosedBatch, send: Send): Promise<void> {
    return this.delivery.take(message, batch, send);
  }

  /**
   * Posts the documents of some members, each with an answer of its own. `accepted`: the refunds whose goods a gate counts as
   * accepted.
   */
  protected abstract post(
    events: readonly ReturnEvent[],
    accepted: ReadonlySet<ReturnEvent>,
    hands: BatchHands,
  ): Promise<MemberAnswer[]>;

  private postAll(batch: StoredBatch, hands: BatchHands): Promise<BatchPosting> {
    const { traits } = this;
    const { connector, store, surroundings, keep } = hands;
    return postMembers<Outcome>(batch, {
      ...hands,
      connectionId: connector.connectionId,
      mappings: traits.mappings(),
      together: traits.together,
      codeOf,
      waits: ({ code }) => traits.waits.test(code),
      post: async (events, accepted) => (await this.post(events, accepted, hands)).map(outcomeOf),
      onDone: async (member, { documents }, event) => {
        keep(member, documents);
        if (documents.length === 0) {
          const name = `batch ${batch.number ?? batch.id}`;
          this.node.info(`Return ${member.return} of ${name} brings no ${traits.brings}`);
          return;
        }
        const resolution = documents.map(({ kind, number }) => `${kind} ${number}`).join(', ');
        const now = instantOf(surroundings.clock);
        // Other nodes may hold the return for reasons that this does not cure.
        await store.closeExceptions(returnKey(event), resolution, Object.keys(CATALOGUE), now);
      },
    });
  }
}

function outcomeOf(answer: MemberAnswer): Outcome | LedgerError {
  if (answer instanceof LedgerError) return answer;
  const { problem, documents } = answer;
  return problem ? { outcome: 'exception', problem } : { outcome: 'posted', documents };
}
