import { arrivedLines } from '../returns/arrived-goods';
import type { PostedDocument, ReturnEvent } from '../returns/event';
import { asLedgerError, LedgerError } from '../returns/failure';
import { realSurroundings, type Surroundings } from '../runtime/retry';
import { waitAborted } from '../store/keyed-queue';
import type { ReturnsStore } from '../store/store';
import type { BatchConnection, BatchHands, BatchNode } from './batch-delivery';
import { KINDS, type ArrivalPolicy, type D365Connector, type PostedDocuments } from './documents';
import { DocumentsBatch, type MemberAnswer } from './documents-batch';

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

/** What D365 Item Arrival does with a closed batch: the goods of each member are registered, in journals of its own. */
export class ArrivalBatch extends DocumentsBatch {
  constructor(
    node: BatchNode,
    connection: BatchConnection,
    private readonly posting: ArrivalBatchPosting,
    raisedBy: string,
    surroundings: Surroundings = realSurroundings,
  ) {
    super(
      node,
      connection,
      {
        raisedBy,
        kind: KINDS.arrival,
        together: posting.together,
        mappings: () => posting.policy().mappings,
        waits: WAITS,
        brings: 'goods',
      },
      surroundings,
    );
  }

  protected async post(
    events: readonly ReturnEvent[],
    accepted: ReadonlySet<ReturnEvent>,
    hands: BatchHands,
  ): Promise<MemberAnswer[]> {
    const { posting } = this;
    const { connector, store } = hands;
    const policy = posting.policy();
    for (const event of events) {
      const stages = { ...policy, goodsAccepted: accepted.has(event) };
      if (arrivedLines(event, stages).length > 0) await posting.arrived(event, connector, store);
    }
    const answers = await this.receiveAll(events, accepted, policy, hands);
    return Promise.all(
      answers.map(async (answer, at) => {
        const event = events[at];
        if (answer instanceof LedgerError || !event) return answer;
        const documents = await posting.registered(event, answer.documents, connector, store);
        return { documents, problem: answer.problem };
      }),
    );
  }

  /** Refunds that a gate counts as accepted go by themselves: what they ask for is another policy. */
  private async receiveAll(
    events: readonly ReturnEvent[],
    accepted: ReadonlySet<ReturnEvent>,
    policy: ArrivalPolicy,
    hands: BatchHands,
  ): Promise<(PostedDocuments | LedgerError)[]> {
    const answers = new Map<ReturnEvent, PostedDocuments | LedgerError>();
    for (const goodsAccepted of [false, true]) {
      const some = events.filter((event) => accepted.has(event) === goodsAccepted);
      if (some.length === 0) continue;
      const received = await this.receive(some, goodsAccepted ? { ...policy, goodsAccepted } : policy, hands);
      for (const [at, event] of some.entries()) {
        const answer = received[at];
        if (answer) answers.set(event, answer);
      }
    }
    return events.map((event) => {
      const answer = answers.get(event);
      if (!answer) throw new Error('An answer came for no return');
      return answer;
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
}
