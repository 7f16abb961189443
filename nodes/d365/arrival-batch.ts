import { arrivedLines } from '../returns/arrived-goods';
import type { ClosedBatch } from '../returns/batch';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import { CATALOGUE } from '../returns/exception-catalogue';
import { asLedgerError, LedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import type { NodeMessage } from '../runtime/node-red';
import { realSurroundings, type Surroundings } from '../runtime/retry';
import { waitAborted } from '../store/keyed-queue';
import type { StoredBatch } from '../store/batch';
import type { ReturnsStore } from '../store/store';
import {
  BatchDelivery,
  type BatchConnection,
  type BatchHands,
  type BatchNode,
  type Send,
} from './batch-delivery';
import { KINDS, type ArrivalPolicy, type D365Connector, type PostedDocuments } from './documents';
import { waitsForPosting } from './fscm/posting-route';
import { postMembers, type BatchPosting } from './post-batch';
import { codeOf } from './posting-node';

/** What passes while the batch waits: D365 is at it. What a person has to end concerns one return, which leaves the batch. */
const WAITS = /^d365-(package-running|arrival-not-posted)$/;

/** How the goods of a batch are registered. */
export interface ArrivalBatchPosting {
  /** `package`: the journals of many returns go in together; `single`: one return after another. */
  way: 'package' | 'single';
  /** Returns of one package. */
  together: number;
  /** As it is when a batch comes: its mappings can be deployed by themselves. */
  policy: () => ArrivalPolicy;
  /** The goods of a return are in the building. */
  arrived: (event: ReturnEvent, connector: D365Connector, store: ReturnsStore) => Promise<void>;
  /** What stands in the ERP for a return now; gives all documents that its message goes on with. */
  registered: (
    event: ReturnEvent,
    documents: readonly PostedDocument[],
    connector: D365Connector,
    store: ReturnsStore,
  ) => Promise<PostedDocument[]>;
}

type ArrivalOutcome =
  { outcome: 'posted'; documents: PostedDocument[] } | { outcome: 'exception'; problem: Problem };

/** What D365 Item Arrival does with a closed batch: the goods of each member are registered, in journals of its own. */
export class ArrivalBatch {
  private readonly delivery: BatchDelivery;

  constructor(
    private readonly node: BatchNode,
    connection: BatchConnection,
    private readonly posting: ArrivalBatchPosting,
    raisedBy: string,
    surroundings: Surroundings = realSurroundings,
  ) {
    const work = {
      raisedBy,
      kind: KINDS.arrival,
      codeOf,
      waitsFor: waitsForPosting,
      post: (batch: StoredBatch, hands: BatchHands): Promise<BatchPosting> => this.post(batch, hands),
    };
    this.delivery = new BatchDelivery(node, connection, work, surroundings);
  }

  /** Resolves when the message is done with: sent on, held as an exception, or left to come back from the store. */
  take(message: NodeMessage, batch: ClosedBatch, send: Send): Promise<void> {
    return this.delivery.take(message, batch, send);
  }

  private post(batch: StoredBatch, hands: BatchHands): Promise<BatchPosting> {
    const { posting } = this;
    const { connector, store, surroundings, keep } = hands;
    const policy = posting.policy();
    return postMembers<ArrivalOutcome>(batch, {
      ...hands,
      connectionId: connector.connectionId,
      mappings: policy.mappings,
      together: posting.together,
      codeOf,
      waits: ({ code }) => WAITS.test(code),
      post: async (events) => {
        for (const event of events) {
          if (arrivedLines(event, policy).length > 0) await posting.arrived(event, connector, store);
        }
        const answers = await this.receive(events, policy, hands);
        return Promise.all(answers.map((answer, at) => this.outcomeOf(answer, events[at], hands)));
      },
      onDone: async (member, { documents }, event) => {
        keep(member, documents);
        if (documents.length === 0) {
          this.node.info(`Return ${member.return} of batch ${batch.number ?? batch.id} brings no goods`);
          return;
        }
        const resolution = documents.map(({ kind, number }) => `${kind} ${number}`).join(', ');
        const now = instantOf(surroundings.clock);
        await store.closeExceptions(returnKey(event), resolution, Object.keys(CATALOGUE), now);
      },
    });
  }

  private async receive(
    events: readonly ReturnEvent[],
    policy: ArrivalPolicy,
    { connector, store, signal }: BatchHands,
  ): Promise<(PostedDocuments | LedgerError)[]> {
    if (this.posting.way === 'package' && connector.receiveGoodsTogether) {
      return connector.receiveGoodsTogether(events, policy, store, signal);
    }
    const answers: (PostedDocuments | LedgerError)[] = [];
    for (const event of events) {
      if (signal.aborted) throw waitAborted();
      answers.push(await connector.receiveGoods(event, [], policy, store, signal).catch(asLedgerError));
    }
    return answers;
  }

  private async outcomeOf(
    answer: PostedDocuments | LedgerError,
    event: ReturnEvent | undefined,
    { connector, store }: BatchHands,
  ): Promise<ArrivalOutcome | LedgerError> {
    if (answer instanceof LedgerError) return answer;
    if (!event) throw new Error('An answer came for no return');
    const documents = await this.posting.registered(event, answer.documents, connector, store);
    const { problem } = answer;
    return problem ? { outcome: 'exception', problem } : { outcome: 'posted', documents };
  }
}
