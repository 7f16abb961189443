import { returnKey, type ReturnEvent } from '../returns/event';
import { asLedgerError, LedgerError } from '../returns/failure';
import type { Mappings } from '../returns/mappings';
import { realSurroundings, type Surroundings } from '../runtime/retry';
import { refundedByHand } from '../runtime/settled-outside';
import type { ReturnsStore } from '../store/store';
import type { BatchConnection, BatchHands, BatchNode } from './batch-delivery';
import { KINDS, type CreditedReturn, type D365Connector, type RefundPolicy } from './documents';
import { DocumentsBatch, type MemberAnswer } from './documents-batch';

const WAITS = /^d365-(package-running|packing-slip-not-posted|invoice-not-posted|payment-not-posted)$/;

/** How the credits and refunds of a batch are posted. */
export interface CreditBatchPosting {
  /** `package`: the payment journals of many returns go in together; `single`: one return after another. */
  way: 'package' | 'single';
  /** Returns of one package. */
  together: number;
  /** As they are when a batch comes: they can be deployed by themselves. */
  mappings: () => Mappings | null;
  /** Null where the refund is not the flow's. */
  refund: () => RefundPolicy | null;
  /** Posts the credit of one return, or tells why there is none; nothing where its event asks for none. */
  credit: (
    view: { payload: ReturnEvent; goodsAccepted: boolean },
    connector: D365Connector,
    store: ReturnsStore,
  ) => Promise<MemberAnswer>;
}

/** What D365 Credit Note does with a closed batch: each member is credited by itself, and all are refunded together. */
export class CreditBatch extends DocumentsBatch {
  constructor(
    node: BatchNode,
    connection: BatchConnection,
    private readonly posting: CreditBatchPosting,
    raisedBy: string,
    surroundings: Surroundings = realSurroundings,
  ) {
    super(
      node,
      connection,
      {
        raisedBy,
        kind: KINDS.creditNote,
        together: posting.together,
        mappings: posting.mappings,
        waits: WAITS,
        brings: 'credit',
      },
      surroundings,
    );
  }

  protected async post(
    events: readonly ReturnEvent[],
    accepted: ReadonlySet<ReturnEvent>,
    hands: BatchHands,
  ): Promise<MemberAnswer[]> {
    const { connector, store } = hands;
    const credited = await Promise.all(
      events.map((event) => {
        const view = { payload: event, goodsAccepted: accepted.has(event) };
        return this.posting.credit(view, connector, store).catch(asLedgerError);
      }),
    );
    const policy = this.posting.refund();
    if (policy === null) return credited;
    const due: CreditedReturn[] = [];
    for (const [at, event] of events.entries()) {
      const answer = credited[at];
      if (!answer || answer instanceof LedgerError || answer.problem || answer.documents.length === 0)
        continue;
      if (await refundedByHand(store, returnKey(event))) continue;
      due.push({ event, credits: answer.documents });
    }
    const refunded = new Map<ReturnEvent, MemberAnswer>();
    (await this.refund(due, policy, hands)).forEach((answer, at) => {
      const one = due[at];
      if (one) refunded.set(one.event, withCredits(one, answer));
    });
    return credited.map((answer, at) => {
      const event = events[at];
      return (event && refunded.get(event)) ?? answer;
    });
  }

  private refund(
    due: readonly CreditedReturn[],
    policy: RefundPolicy,
    { connector, store, signal }: BatchHands,
  ): Promise<MemberAnswer[]> {
    if (due.length === 0) return Promise.resolve([]);
    if (this.posting.way === 'package' && policy.route === 'journal' && connector.bookRefundsTogether) {
      return connector.bookRefundsTogether(due, policy, store, signal);
    }
    return Promise.all(
      due.map(({ event, credits }) =>
        connector.bookRefund(event, credits, policy, store, signal).catch(asLedgerError),
      ),
    );
  }
}

function withCredits({ credits }: CreditedReturn, answer: MemberAnswer): MemberAnswer {
  if (answer instanceof LedgerError) return answer;
  return { documents: [...credits, ...answer.documents], problem: answer.problem };
}
