import { BATCH_TOPIC, isBatch } from '../returns/batch';
import type { PostedDocument } from '../returns/event';
import { instantOf, systemClock } from '../returns/time';
import { faultPoint } from '../store/fault-point';
import type { AnyDelivery, ReturnsStore, Wait } from '../store/store';
import type { NodeContext } from './define-node';
import { deliveryTracker, type DeliveryOutcome } from './delivery-tracker';
import { DeliveryWindow, type UnderWay } from './delivery-window';
import { areFlowsRunning, onFlowsRunning } from './flow-state';
import type { NodeMessage, SendValue } from './node-red';

export interface DeliverySourceOptions {
  /** How many deliveries of one brand may be under way; the rest waits in the store. */
  window: number;
  /** After this time without an end a delivery is reported as stalled; in milliseconds. */
  stalledAfterMs?: number;
  onProgress?: (progress: DeliveryProgress) => void;
  /** Puts the message on its outputs; by default 1, or 2 with an exception. */
  place?: (message: NodeMessage) => SendValue;
}

export interface DeliveryProgress {
  underWay: number;
  /** Ended with an error that no Catch node took; sent again at the next deploy. */
  failed: number;
  stalled: number;
  /** They wait in the store for their time. */
  waiting: number;
}

/** Looks again at least this often: a wake-up of another instance may have been lost with its connection. */
const LOOK_AGAIN_MS = 5000;
/** Looks at the store are so far apart at least, so that several deliveries go out with one. */
const LOOKS_APART_MS = 10;
/** What ends within this time is settled in one transaction: each has to wait for the disk. */
const SETTLED_TOGETHER_MS = 25;
/** Stalled deliveries take no place in the window, but the number of them is bounded as well. */
const STALLED_WINDOWS = 10;

/** Deliveries under way in this process, so that a node of the flow can ask for one to wait. */
const live = new Map<string, UnderWay>();

/** What {@link delayDelivery} needs to know of a delivery; null where the message belongs to none. */
export function deliveryWaits(message: NodeMessage): readonly Wait[] | null {
  const known = liveDelivery(message);
  return known ? [...known.delivery.waits, ...(known.wait?.reasons ?? [])] : null;
}

/**
 * Asks for the delivery of a message to wait: when everything else of its flow is done it waits in the store, and its
 * source emits it again when the time has come. The node must not send the message on.
 *
 * @returns false where the message belongs to no delivery of this process, so that nothing could bring it back
 */
export function delayDelivery(
  message: NodeMessage,
  wait: { dueAt: string; waitsOn: string; reason: Wait },
): boolean {
  const entry = liveDelivery(message);
  if (!entry) return false;
  const before = entry.wait;
  const later = before && before.dueAt > wait.dueAt ? before : wait;
  entry.wait = {
    dueAt: later.dueAt,
    waitsOn: later.waitsOn,
    reasons: [...(before?.reasons ?? []), wait.reason],
  };
  return true;
}

function liveDelivery(message: NodeMessage): UnderWay | undefined {
  const delivery = message['delivery'] as { id?: unknown } | undefined;
  return typeof delivery?.id === 'string' ? live.get(delivery.id) : undefined;
}

/**
 * Emits what is stored, at the pace of the flow: of each brand at most `window` deliveries are under way at a time,
 * the rest waits in the store. A delivery that was under way when its process died is emitted again, at the next start
 * or by another instance.
 */
export class DeliverySource {
  private readonly underWay = new DeliveryWindow();
  private waiting = 0;
  private readonly place: (message: NodeMessage) => SendValue;
  private readonly stops: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private soonTimer: NodeJS.Timeout | undefined;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private settling: Promise<void> | undefined;
  private stallTimer: NodeJS.Timeout | undefined;
  private pumping = false;
  private again = false;
  /** Something may be marked as emitted by us that we do not know of: a take that failed after its commit, say. */
  private uncertain = true;

  constructor(
    private readonly node: Pick<
      NodeContext<unknown>,
      'RED' | 'id' | 'emit' | 'background' | 'signal' | 'warn'
    >,
    private readonly store: ReturnsStore,
    private readonly options: DeliverySourceOptions,
  ) {
    this.place = options.place ?? onReturnOutputs;
  }

  /** Call once. What is stored goes out as soon as the flows run, and again after a deploy where it failed. */
  start(): void {
    const onRunning = (): void => {
      this.retryFailed();
      this.wake();
    };
    this.stops.push(onFlowsRunning(this.node.RED, onRunning));
    this.stops.push(
      this.store.onWake((source) => {
        if (source === null) this.uncertain = true;
        if (source === null || source === this.node.id) this.wake();
      }),
    );
    const { stalledAfterMs = 0 } = this.options;
    if (stalledAfterMs > 0) {
      const every = Math.min(30_000, Math.max(1000, stalledAfterMs / 4));
      this.stallTimer = setInterval(() => this.markStalled(stalledAfterMs), every);
    }
  }

  /** Looks for open deliveries: now, or a moment later where the last look was a moment ago. */
  wake(): void {
    if (this.pumping) {
      this.again = true;
      return;
    }
    if (performance.now() - this.lookedAt < LOOKS_APART_MS) {
      this.wakeSoon();
      return;
    }
    if (this.closed() || !areFlowsRunning(this.node.RED)) return;
    this.pumping = true;
    clearTimeout(this.timer);
    this.node.background(async () => {
      try {
        await this.pump();
      } catch (thrown) {
        this.uncertain = true;
        throw thrown;
      } finally {
        this.pumping = false;
        this.lookedAt = performance.now();
        if (this.again) this.wakeSoon();
        else await this.lookAgain();
      }
    });
  }

  private wakeSoon(): void {
    this.soonTimer ??= setTimeout(() => {
      this.soonTimer = undefined;
      this.lookedAt = Number.NEGATIVE_INFINITY;
      this.wake();
    }, LOOKS_APART_MS);
  }

  /** A place of the brand has become free: looks at once where many are, else a little later, for several together. */
  private wakeForPlace(brand: string): void {
    if (this.underWay.placesOf(brand) * 4 <= this.options.window * 3) this.wake();
    else this.wakeSoon();
  }

  close(): void {
    clearTimeout(this.timer);
    clearTimeout(this.soonTimer);
    clearInterval(this.stallTimer);
    for (const stop of this.stops.splice(0)) stop();
    const tracker = deliveryTracker(this.node.RED);
    for (const id of this.underWay.ids()) {
      tracker.forget(id);
      live.delete(id);
    }
    this.underWay.clear();
  }

  private closed(): boolean {
    return this.node.signal.aborted;
  }

  private retryFailed(): void {
    for (const entry of this.underWay.all().filter((one) => one.failed)) this.emitAgain(entry);
  }

  private emitAgain({ delivery }: UnderWay): void {
    this.emit({ ...delivery, attempt: delivery.attempt + 1 });
  }

  private async pump(): Promise<void> {
    let full: boolean;
    do {
      this.again = false;
      if (this.closed()) return;
      if (this.uncertain) {
        this.uncertain = false;
        await this.store.releaseDeliveries(this.node.id, new Set(this.underWay.ids()));
        faultPoint('released-before-emit');
      }
      if (this.underWay.stalled >= this.options.window * STALLED_WINDOWS) return;
      const limits = { each: this.options.window, underWay: this.underWay.places() };
      const deliveries = await this.store.takeAnyDeliveries(this.node.id, limits, instantOf(systemClock));
      if (this.closed()) return;
      if (!areFlowsRunning(this.node.RED)) {
        // A deploy has begun: they are taken again when it is over.
        this.uncertain = true;
        return;
      }
      for (const delivery of deliveries) this.emit(delivery);
      // Fewer than it may be are all that may go out, until more come or places become free.
      full = deliveries.length >= this.options.window;
    } while (full);
  }

  /** The next look without a wake-up: when something waiting is due, and now and then in any case. */
  private async lookAgain(): Promise<void> {
    if (this.closed()) return;
    const due = await this.lookAtWaiting().catch(() => null);
    if (this.closed() || this.pumping) return;
    const untilDue = due === null ? LOOK_AGAIN_MS : Date.parse(due) - systemClock.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), Math.min(LOOK_AGAIN_MS, Math.max(10, untilDue)));
  }

  /** When the next waiting delivery is due; tells how many there are. */
  private async lookAtWaiting(): Promise<string | null> {
    const due = await this.store.nextDue(this.node.id);
    if (due === null && this.waiting === 0) return due;
    const { waiting } = await this.store.countDeliveries(this.node.id);
    if (waiting !== this.waiting && !this.closed()) {
      this.waiting = waiting;
      this.report();
    }
    return due;
  }

  private emit(delivery: AnyDelivery): void {
    const entry: UnderWay = {
      delivery,
      since: performance.now(),
      resting: false,
      failed: false,
      stalled: false,
      wait: null,
    };
    this.underWay.add(entry);
    live.set(delivery.id, entry);
    this.report();
    const tracker = deliveryTracker(this.node.RED);
    if (tracker.possible) {
      tracker.follow(delivery.id, {
        rests: () => {
          this.underWay.change(entry, { resting: true });
          this.wakeForPlace(delivery.brand);
        },
        goesOn: () => this.underWay.change(entry, { resting: false }),
        ended: (outcome) => this.ended(delivery.id, entry, outcome),
      });
    }
    this.node.emit(this.place(deliveryMessage(delivery)));
    faultPoint('emitted');
    if (!tracker.possible) this.ended(delivery.id, entry, 'done');
  }

  private ended(id: string, entry: UnderWay, outcome: DeliveryOutcome): void {
    if (outcome !== 'done' && entry.wait === null) {
      this.underWay.change(entry, { resting: false, failed: true });
      if (outcome === 'interrupted' && areFlowsRunning(this.node.RED)) this.emitAgain(entry);
      else this.report();
      return;
    }
    this.underWay.change(entry, { resting: false });
    this.node.background(async () => {
      const now = instantOf(systemClock);
      try {
        await (this.settling ??= this.settlingTime());
        faultPoint('done-before-settled');
        if (entry.wait) await this.store.postponeDelivery(id, entry.wait, now);
        else await this.store.settleDelivery(id, now);
        faultPoint(entry.wait ? 'waiting' : 'settled');
      } catch (thrown) {
        // It is no longer followed, so it will be sent again: what has been posted is handed on, not posted twice.
        this.uncertain = true;
        throw thrown;
      } finally {
        this.underWay.remove(id);
        live.delete(id);
        this.report();
        this.wakeForPlace(entry.delivery.brand);
      }
    });
  }

  private settlingTime(): Promise<void> {
    return new Promise((resolve) =>
      setTimeout(() => {
        this.settling = undefined;
        resolve();
      }, SETTLED_TOGETHER_MS),
    );
  }

  private markStalled(afterMs: number): void {
    const late = this.underWay
      .all()
      .filter((entry) => !entry.stalled && !entry.failed && performance.now() - entry.since > afterMs);
    for (const entry of late) this.underWay.change(entry, { stalled: true });
    const [first] = late;
    if (!first) return;
    const { event } = first.delivery;
    const what = isBatch(event) ? `batch ${event.number}` : `return ${event.returnNumber ?? event.returnId}`;
    this.node.warn(
      `${late.length} ${late.length === 1 ? 'delivery has' : 'deliveries have'} not come to an end for ` +
        `${Math.round(afterMs / 60_000)} min, the first of them of ${what}: ` +
        'a node of the flow holds its message, or never calls done. It is sent again when Node-RED starts anew',
    );
    this.report();
    this.wake();
  }

  private report(): void {
    const { failed, stalled } = this.underWay;
    this.options.onProgress?.({
      underWay: this.underWay.size - failed - stalled,
      failed,
      stalled,
      waiting: this.waiting,
    });
  }
}

/** The message of DESIGN section 3. */
export function deliveryMessage(delivery: AnyDelivery): NodeMessage {
  return {
    topic: isBatch(delivery.event) ? BATCH_TOPIC : delivery.event.topic,
    payload: delivery.event,
    delivery: { id: delivery.id, attempt: delivery.attempt },
    documents: [...delivery.documents] satisfies PostedDocument[],
    ...(delivery.exception === null ? {} : { exception: delivery.exception }),
    ...(delivery.goodsAccepted === undefined ? {} : { goodsAccepted: delivery.goodsAccepted }),
  };
}

function onReturnOutputs(message: NodeMessage): SendValue {
  return message['exception'] === undefined ? [message, null] : [null, message];
}
