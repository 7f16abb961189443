import { areFlowsRunning } from './flow-state';
import type { CompleteEvent, DeliverEvent, NodeMessage, NodeRed, NodeRedNode } from './node-red';

/** How long a delivery must have no message under way before it counts as done. */
const QUIET_MS = 250;
const LABEL = 'returns-ledger';

interface Tracked {
  id: string;
  underWay: number;
  failed: boolean;
  interrupted: boolean;
  timer: NodeJS.Timeout | undefined;
  follower: DeliveryFollower;
}

/** A message of a delivery at a node: how often it is on its way there, and how often the node has it in hand. */
interface Stay {
  delivery: Tracked;
  onItsWay: number;
  inHand: number;
}

export interface DeliveryFollower {
  /** Nothing of the delivery is under way for the moment: its place is free, though it may still come back. */
  rests(): void;
  /** Something of it is under way again. */
  goesOn(): void;
  /** It is over; called once. */
  ended(outcome: DeliveryOutcome): void;
}

/**
 * `failed`: a node completed the message with an error, so the flow did not do all of its work. `interrupted`: the
 * same because of a deploy, which closed a node that had the message, or took away the node that it was sent to.
 */
export type DeliveryOutcome = 'done' | 'failed' | 'interrupted';

/**
 * Follows messages through the flow with Node-RED's messaging hooks: one up when a message is handed to a node, one
 * down when that node has completed it (or has received it, for nodes that never call `done`). At zero, for a short
 * quiet time, the flow behind the delivery is done. The count touches zero for a moment on the way through catch and
 * complete nodes, hence the quiet time.
 *
 * Hooks are process-wide, so they are there only while a delivery is being followed.
 */
export class DeliveryTracker {
  private readonly tracked = new Map<string, Tracked>();
  /**
   * Up and down must belong together: a node may call `done` twice, or take the delivery off a message that it has in
   * hand. Node-RED hands a node the very object that its hooks saw, and completes that one.
   */
  private readonly stays = new WeakMap<NodeMessage, Map<NodeRedNode, Stay>>();
  private hooked = false;

  constructor(private readonly RED: NodeRed) {}

  /** False where the runtime has no hooks (a test without a runtime): nothing can be followed then. */
  get possible(): boolean {
    return this.RED.hooks !== undefined;
  }

  /** Follows a delivery from now on. */
  follow(deliveryId: string, follower: DeliveryFollower): void {
    this.hook();
    clearTimeout(this.tracked.get(deliveryId)?.timer);
    const tracked: Tracked = {
      id: deliveryId,
      underWay: 0,
      failed: false,
      interrupted: false,
      timer: undefined,
      follower,
    };
    this.tracked.set(deliveryId, tracked);
    this.rest(tracked);
  }

  /** Stops following, without an outcome: the node that emitted it closes. */
  forget(deliveryId: string): void {
    clearTimeout(this.tracked.get(deliveryId)?.timer);
    this.tracked.delete(deliveryId);
    this.unhookWhenIdle();
  }

  /** A node sends the message; during a deploy nobody knows whether its destination is there. */
  private sent(message: NodeMessage): void {
    const id = deliveryIdOf(message);
    const tracked = id === undefined ? undefined : this.tracked.get(id);
    if (tracked && !areFlowsRunning(this.RED)) tracked.interrupted = true;
  }

  private handedOver(message: NodeMessage, node: NodeRedNode | undefined): void {
    const stay = this.stayOf(message, node);
    if (!stay) return;
    stay.onItsWay += 1;
    this.count(stay.delivery, 1);
  }

  private received(message: NodeMessage, node: NodeRedNode | undefined): void {
    const stay = this.stayOf(message, node);
    if (!stay) return;
    stay.inHand += 1;
    if (stay.onItsWay > 0) stay.onItsWay -= 1;
    // Catch and complete nodes, and the callee of a link call, get their messages without being handed them.
    else this.count(stay.delivery, 1);
  }

  private completed(message: NodeMessage, node: NodeRedNode | undefined, failed = false): void {
    const stays = this.stays.get(message);
    const stay = node && stays?.get(node);
    if (!stay || stay.inHand === 0) return;
    stay.inHand -= 1;
    if (stay.inHand + stay.onItsWay === 0) stays?.delete(node);
    // What a link, catch or complete node did with it during a deploy may have come to nothing, unseen by any hook.
    if (!areFlowsRunning(this.RED)) stay.delivery.interrupted = true;
    this.count(stay.delivery, -1, failed);
    // A deploy is closing the node. Delay and join nodes complete what they hold then, without having sent it.
    if (!this.RED.nodes.getNode(node.id)) this.end(stay.delivery, 'interrupted');
  }

  private stayOf(message: NodeMessage, node: NodeRedNode | undefined): Stay | undefined {
    if (!node) return undefined;
    const stays = this.stays.get(message) ?? new Map<NodeRedNode, Stay>();
    const known = stays.get(node);
    if (known) return known;
    const id = deliveryIdOf(message);
    const delivery = id === undefined ? undefined : this.tracked.get(id);
    if (!delivery) return undefined;
    const stay: Stay = { delivery, onItsWay: 0, inHand: 0 };
    this.stays.set(message, stays.set(node, stay));
    return stay;
  }

  private count(tracked: Tracked, change: 1 | -1, failed = false): void {
    // What is left of an earlier attempt says nothing about the one that is followed now.
    if (this.tracked.get(tracked.id) !== tracked) return;
    tracked.failed ||= failed;
    const before = tracked.underWay;
    tracked.underWay = before + change;
    clearTimeout(tracked.timer);
    tracked.timer = undefined;
    if (before === 0) tracked.follower.goesOn();
    if (tracked.underWay === 0) {
      tracked.follower.rests();
      this.rest(tracked);
    }
  }

  private rest(tracked: Tracked): void {
    const over = (): void => {
      if (tracked.interrupted) this.end(tracked, 'interrupted');
      else this.end(tracked, tracked.failed ? 'failed' : 'done');
    };
    tracked.timer = setTimeout(over, QUIET_MS);
  }

  private end(tracked: Tracked, outcome: DeliveryOutcome): void {
    if (this.tracked.get(tracked.id) !== tracked) return;
    this.forget(tracked.id);
    tracked.follower.ended(outcome);
  }

  private hook(): void {
    const hooks = this.RED.hooks;
    if (this.hooked || !hooks) return;
    this.hooked = true;
    type ReceiveEvent = Omit<DeliverEvent, 'source'>;
    hooks.add(`preRoute.${LABEL}`, ({ msg }: DeliverEvent) => this.sent(msg));
    hooks.add(`preDeliver.${LABEL}`, ({ msg, destination }: DeliverEvent) =>
      this.handedOver(msg, destination.node),
    );
    hooks.add(`onReceive.${LABEL}`, ({ msg, destination }: ReceiveEvent) =>
      this.received(msg, destination.node),
    );
    hooks.add(`postReceive.${LABEL}`, ({ msg, destination: { node } }: ReceiveEvent) => {
      if (!declaresDone(node)) this.completed(msg, node);
    });
    hooks.add(`onComplete.${LABEL}`, ({ msg, node: { node }, error }: CompleteEvent) => {
      const failed = error !== undefined && error !== null;
      if (declaresDone(node)) this.completed(msg, node, failed);
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
