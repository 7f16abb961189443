import type { CompleteEvent, DeliverEvent, NodeMessage, NodeRed, NodeRedNode } from './node-red';

/** How long a delivery must have no message under way before it counts as done. */
const QUIET_MS = 250;
const LABEL = 'returns-ledger';

interface Tracked {
  underWay: number;
  failed: boolean;
  timer: NodeJS.Timeout | undefined;
  follower: DeliveryFollower;
}

export interface DeliveryFollower {
  /** Nothing of the delivery is under way for the moment: its place is free, though it may still come back. */
  rests(): void;
  /** Something of it is under way again. */
  goesOn(): void;
  /** It is over; called once. */
  ended(outcome: DeliveryOutcome): void;
}

/** `failed`: a node completed the message with an error, so the flow did not do all of its work. */
export type DeliveryOutcome = 'done' | 'failed';

/**
 * Follows messages through the flow with Node-RED's messaging hooks: one up when a message is handed to a node, one
 * down when that node has completed it (or has received it, for nodes that never call `done`). At zero, for a short
 * quiet time, the flow behind the delivery is done. The count touches zero for a moment on the way through link call
 * and catch nodes, hence the quiet time.
 *
 * Hooks are process-wide, so they are there only while a delivery is being followed.
 */
export class DeliveryTracker {
  private readonly tracked = new Map<string, Tracked>();
  private hooked = false;

  constructor(private readonly RED: NodeRed) {}

  /** False where the runtime has no hooks (a test without a runtime): nothing can be followed then. */
  get possible(): boolean {
    return this.RED.hooks !== undefined;
  }

  /** Follows a delivery from now on. */
  follow(deliveryId: string, follower: DeliveryFollower): void {
    this.hook();
    this.tracked.set(deliveryId, { underWay: 0, failed: false, timer: undefined, follower });
    this.rest(deliveryId);
  }

  /** Stops following, without an outcome: the node that emitted it closes. */
  forget(deliveryId: string): void {
    clearTimeout(this.tracked.get(deliveryId)?.timer);
    this.tracked.delete(deliveryId);
    this.unhookWhenIdle();
  }

  private count(message: NodeMessage, change: 1 | -1, failed = false): void {
    const id = deliveryIdOf(message);
    const tracked = id === undefined ? undefined : this.tracked.get(id);
    if (!tracked || id === undefined) return;
    tracked.failed ||= failed;
    const before = tracked.underWay;
    tracked.underWay = Math.max(0, before + change);
    clearTimeout(tracked.timer);
    tracked.timer = undefined;
    if (before === 0 && tracked.underWay > 0) tracked.follower.goesOn();
    if (tracked.underWay === 0) {
      tracked.follower.rests();
      this.rest(id);
    }
  }

  private rest(id: string): void {
    const tracked = this.tracked.get(id);
    if (!tracked) return;
    tracked.timer = setTimeout(() => {
      this.tracked.delete(id);
      this.unhookWhenIdle();
      tracked.follower.ended(tracked.failed ? 'failed' : 'done');
    }, QUIET_MS);
  }

  private hook(): void {
    const hooks = this.RED.hooks;
    if (this.hooked || !hooks) return;
    this.hooked = true;
    hooks.add(`preDeliver.${LABEL}`, (event: DeliverEvent) => this.count(event.msg, 1));
    hooks.add(`postReceive.${LABEL}`, (event: DeliverEvent) => {
      if (!declaresDone(event.destination.node)) this.count(event.msg, -1);
    });
    hooks.add(`onComplete.${LABEL}`, (event: CompleteEvent) => {
      const failed = event.error !== undefined && event.error !== null;
      if (declaresDone(event.node.node)) this.count(event.msg, -1, failed);
    });
  }

  private unhookWhenIdle(): void {
    if (this.tracked.size > 0 || !this.hooked) return;
    this.hooked = false;
    this.RED.hooks?.remove(`*.${LABEL}`);
  }
}

const trackers = new WeakMap<object, DeliveryTracker>();

/** The one tracker of a runtime. */
export function deliveryTracker(RED: NodeRed): DeliveryTracker {
  const key = RED.hooks ?? RED.settings;
  let tracker = trackers.get(key);
  if (!tracker) {
    tracker = new DeliveryTracker(RED);
    trackers.set(key, tracker);
  }
  return tracker;
}

function deliveryIdOf(message: NodeMessage): string | undefined {
  const delivery = message['delivery'];
  if (typeof delivery !== 'object' || delivery === null) return undefined;
  const id = (delivery as Record<string, unknown>)['id'];
  return typeof id === 'string' ? id : undefined;
}

/** Whether a node's input handler takes `done`: Node-RED counts these in a property of the node. */
function declaresDone(node: NodeRedNode | undefined): boolean {
  const expected = (node as { _expectedDoneCount?: unknown } | undefined)?._expectedDoneCount;
  return typeof expected === 'number' && expected > 0;
}
