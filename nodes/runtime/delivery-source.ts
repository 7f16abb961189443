import { returnKey, type PostedDocument } from '../returns/event';
import { instantOf, systemClock } from '../returns/time';
import type { Delivery, ReturnsStore } from '../store/store';
import type { NodeContext } from './define-node';
import { deliveryTracker, type DeliveryOutcome } from './delivery-tracker';
import type { NodeMessage, SendValue } from './node-red';

/**
 * Emits what is stored, at the pace of the flow: at most `window` deliveries are under way at a time, the rest waits
 * in the store. A delivery that was under way when the process died is emitted again at the next start.
 */
export class DeliverySource {
  private readonly underWay = new Map<string, Delivery>();
  /** Of these, the ones that no node has in hand: they wait for their quiet time and take no place in the window. */
  private readonly resting = new Set<string>();
  /** Under way no longer, and not done: a node of the flow reported an error. They keep their place in the window. */
  private readonly failed = new Set<string>();
  private pumping = false;
  private again = false;

  constructor(
    private readonly node: Pick<NodeContext<unknown>, 'RED' | 'id' | 'emit' | 'background' | 'signal'>,
    private readonly store: ReturnsStore,
    private readonly window: number,
    private readonly onProgress: (progress: { underWay: number; failed: number }) => void = () => undefined,
    /** Puts the message on its outputs; by default 1, or 2 with an exception. */
    private readonly place: (message: NodeMessage) => SendValue = onReturnOutputs,
  ) {}

  /** A deploy may have mended what made deliveries fail. */
  private readonly onFlowsStarted = (): void => this.retryFailed();

  /** Call once, when the flow has started. */
  async start(): Promise<void> {
    await this.store.releaseDeliveries(this.node.id);
    this.node.RED.events.on('flows:started', this.onFlowsStarted);
    this.wake();
  }

  /** Looks for open deliveries now. */
  wake(): void {
    if (this.pumping) {
      this.again = true;
      return;
    }
    this.pumping = true;
    this.node.background(async () => {
      try {
        await this.pump();
      } finally {
        this.pumping = false;
        // A call that came between the last look and here must not be lost.
        if (this.again) this.wake();
      }
    });
  }

  close(): void {
    const tracker = deliveryTracker(this.node.RED);
    for (const id of this.underWay.keys()) tracker.forget(id);
    this.underWay.clear();
    this.resting.clear();
    this.node.RED.events.removeListener('flows:started', this.onFlowsStarted);
  }

  private retryFailed(): void {
    const again = [...this.failed].flatMap((id) => this.underWay.get(id) ?? []);
    this.failed.clear();
    for (const delivery of again) {
      const next = { ...delivery, attempt: delivery.attempt + 1 };
      this.node.background(() => this.emit(next));
    }
  }

  private async pump(): Promise<void> {
    do {
      this.again = false;
      const room = this.window - (this.underWay.size - this.resting.size);
      if (room <= 0 || this.node.signal.aborted) return;
      const deliveries = await this.store.takeDeliveries(this.node.id, room, instantOf(systemClock));
      for (const delivery of deliveries) await this.emit(delivery);
      if (deliveries.length === room) this.again = true;
    } while (this.again);
  }

  private async emit(delivery: Delivery): Promise<void> {
    if (this.node.signal.aborted) return;
    const documents = await this.store.documentsOf(returnKey(delivery.event));
    this.underWay.set(delivery.id, delivery);
    this.report();
    const tracker = deliveryTracker(this.node.RED);
    if (tracker.possible) {
      tracker.follow(delivery.id, {
        rests: () => {
          this.resting.add(delivery.id);
          this.wake();
        },
        goesOn: () => this.resting.delete(delivery.id),
        ended: (outcome) => this.ended(delivery.id, outcome),
      });
    }
    this.node.emit(this.place(deliveryMessage(delivery, documents)));
    if (!tracker.possible) this.ended(delivery.id, 'done');
  }

  private ended(id: string, outcome: DeliveryOutcome): void {
    this.resting.delete(id);
    if (outcome === 'failed') {
      this.failed.add(id);
      this.report();
      return;
    }
    this.node.background(async () => {
      await this.store.settleDelivery(id, instantOf(systemClock));
      this.underWay.delete(id);
      this.report();
      this.wake();
    });
  }

  private report(): void {
    this.onProgress({ underWay: this.underWay.size - this.failed.size, failed: this.failed.size });
  }
}

/** The message of DESIGN section 3. */
export function deliveryMessage(delivery: Delivery, documents: readonly PostedDocument[]): NodeMessage {
  return {
    topic: delivery.event.topic,
    payload: delivery.event,
    delivery: { id: delivery.id, attempt: delivery.attempt },
    documents: [...documents],
    ...(delivery.exception === null ? {} : { exception: delivery.exception }),
  };
}

function onReturnOutputs(message: NodeMessage): SendValue {
  return message['exception'] === undefined ? [message, null] : [null, message];
}
