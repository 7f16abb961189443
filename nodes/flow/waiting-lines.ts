import { WAITING_PART } from '../returns/division';
import { returnKey, type ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import { instantOf } from '../returns/time';
import { DeliverySource } from '../runtime/delivery-source';
import { emitting, type Emitting } from '../runtime/emitting';
import type { NodeContext } from '../runtime/define-node';
import { realSurroundings } from '../runtime/retry';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';

/** How many parts of one brand may be under way. */
const WINDOW = 50;

/** What holds the lines that wait, and which they are; `exceptionOf` is asked for the part that they make. */
export interface LinesToWait {
  wait: readonly string[];
  exceptionOf: (part: ReturnEvent) => ReturnException | null;
}

/**
 * Sends the lines of a return that may go on, and what waits as a part of its own: by output 2 with its exception, and by
 * output 1 once nothing holds it any more. The part is a delivery in the store, so it is never lost and never sent twice.
 */
export class WaitingLines {
  private source: DeliverySource | undefined;
  private store: ReturnsStore | undefined;

  /** @param mayBegin whether returns may be divided that have not been */
  constructor(
    private readonly node: Emitting & Pick<NodeContext<unknown>, 'label'>,
    readonly mayBegin: boolean,
  ) {}

  /** Sends what is left from before. To be called as soon as the store is open; more often does no harm. */
  start(store: ReturnsStore): void {
    if (this.store === store || this.node.signal.aborted) return;
    this.source?.close();
    this.store = store;
    const sender = emitting(this.node, store, ['part-before-emit', 'part-emitted']);
    this.source = new DeliverySource(sender, store, { window: WINDOW });
    this.source.start();
  }

  /**
   * Whether an event may have lines that wait: then its parts are looked at one by one. A return that was divided stays
   * so, whatever the setting is now.
   */
  async concerns(event: ReturnEvent, store: ReturnsStore): Promise<boolean> {
    if (event.part !== undefined) return false;
    if (this.mayBegin) return true;
    return [...(await store.partsOf(returnKey(event))).values()].includes(WAITING_PART);
  }

  /** What of the event goes on now, or is held with the first part; null where it has nothing for it. */
  async divide(event: ReturnEvent, lines: LinesToWait, store: ReturnsStore): Promise<ReturnEvent | null> {
    this.start(store);
    const first = await store.divide(
      { source: this.node.id, event, mayBegin: this.mayBegin, ...lines },
      instantOf(realSurroundings.clock),
    );
    faultPoint('divided-before-sent');
    return first;
  }

  close(): void {
    this.source?.close();
  }
}
