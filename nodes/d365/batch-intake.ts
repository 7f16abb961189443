import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import type { ClosedBatch } from '../returns/batch';
import { instantOf } from '../returns/time';
import type { NodeMessage } from '../runtime/node-red';
import { realSurroundings, type Surroundings } from '../runtime/retry';
import type { StoredBatch } from '../store/batch';
import {
  BatchDelivery,
  type BatchConnection,
  type BatchHands,
  type BatchNode,
  type Send,
} from './batch-delivery';
import { KINDS, type ReturnOrderPolicy } from './documents';
import { NOT_CURED, postBatch, type BatchPosting, type PostedMember } from './post-batch';

/** How the members of a batch are posted. */
export interface BatchIntakePosting {
  /** As it is when a batch comes: its mappings can be deployed by themselves. */
  policy: () => ReturnOrderPolicy;
  /** Counts the codes of a return that is posted. */
  saw: (event: ReturnEvent) => void;
}

/** What D365 Create Return Order does with a closed batch: a return order for each member, and the totals of them all. */
export class BatchIntake {
  private readonly delivery: BatchDelivery;

  constructor(
    private readonly node: BatchNode,
    connection: BatchConnection,
    private readonly posting: BatchIntakePosting,
    private readonly together: number,
    surroundings: Surroundings = realSurroundings,
  ) {
    const work = {
      raisedBy: 'd365-create-return-order',
      kind: KINDS.returnOrder,
      post: (batch: StoredBatch, hands: BatchHands): Promise<BatchPosting> => this.post(batch, hands),
    };
    this.delivery = new BatchDelivery(node, connection, work, surroundings);
  }

  /** Resolves when the message is done with: sent on, held as an exception, or left to come back from the store. */
  take(message: NodeMessage, batch: ClosedBatch, send: Send): Promise<void> {
    return this.delivery.take(message, batch, send);
  }

  private post(batch: StoredBatch, hands: BatchHands): Promise<BatchPosting> {
    const { posting, together } = this;
    return postBatch(batch, {
      ...hands,
      policy: posting.policy(),
      together,
      onTaken: (event) => posting.saw(event),
      onPosted: (posted, event) => this.onPosted(posted, event, hands),
    });
  }

  private async onPosted(
    { member, document, leftOut, mismatch }: PostedMember,
    event: ReturnEvent,
    { store, surroundings, keep, raise }: BatchHands,
  ): Promise<void> {
    keep(member, [document]);
    warnOfLeftOut(this.node, document, leftOut);
    if (mismatch) {
      await raise(member, event, mismatch, [document]);
      return;
    }
    const now = instantOf(surroundings.clock);
    await store.closeExceptions(returnKey(event), `return order ${document.number}`, NOT_CURED, now);
  }
}

/** Tells the consultant which fees of a return are not on its return order, because the node is set so (R167). */
export function warnOfLeftOut(
  node: Pick<BatchNode, 'warn'>,
  { number }: PostedDocument,
  lines: readonly string[],
): void {
  if (lines.length === 0) return;
  node.warn(`Return order ${number}: fees are left out, as this node is set (${lines.join(', ')})`);
}
