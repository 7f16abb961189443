import type { ReturnEvent, ReturnTopic } from '../returns/event';
import type { GateCode, GatePhase, GatePolicy, GateState, GateWait } from '../returns/gate';
import type { GateFacts } from '../returns/gate-rules';

/** What holds for a return at a gate: chosen by its brand and reasons, so that it follows the settings of now. */
export interface GateRules {
  policyOf: (facts: GateFacts) => GatePolicy;
  /** How long each wait may last, in milliseconds. */
  limitOf: (wait: GateWait) => number;
  /** Names these settings: returns that were last looked at by others are looked at again. */
  settings: string;
  /** Who raises exceptions: the type of the node. */
  raisedBy: string;
}

/** An event that comes to a gate. */
export interface GateArrival {
  node: string;
  returnKey: string;
  event: ReturnEvent;
  rules: GateRules;
}

/** A return at a gate. */
export interface GateReturn {
  returnKey: string;
  brand: string;
  returnNumber: string;
  orderNumber: string | null;
  reasons: string[];
  state: GateState;
  phase: GatePhase;
  wait: GateWait | null;
  /** Since when it waits for that, on the clock of the gate. */
  since: string;
  /** Until when; null where it waits for nothing, or the limit is over and the owner was told. */
  dueAt: string | null;
  /** The exception with which the owner of the wait was told. */
  told: GateCode | null;
  /** When its first event came to the gate, and when something changed last. */
  openedAt: string;
  changedAt: string;
}

export interface GateTaken {
  found: GateReturn;
  /** The very event was here before. */
  repeat: boolean;
  /** Something is to be sent now. */
  sends: boolean;
}

export interface GateCounts {
  held: number;
  /** Let through, and waiting for their credit or their goods. */
  released: number;
  /** Those of both that have waited longer than agreed. */
  overLimit: number;
  /** When the next limit is over. */
  nextDue: string | null;
}

export interface GateEvent {
  eventId: string;
  topic: ReturnTopic;
  happenedAt: string;
  /** What it did: `held`, `credit`, `later`, `rejected`, `recorded`. */
  effect: string;
  at: string;
}

/** The part of the store that holds returns at gates (R85 to R97). */
export interface GatesStore {
  /**
   * Stores an event of a return and does what follows from it, in one: it waits, or goes out as a delivery of the node,
   * or makes an exception. The same event again changes nothing.
   */
  arriveAtGate(arrival: GateArrival, now: string): Promise<GateTaken>;
  /**
   * Returns of a gate that may have something to be done: their credit is there, the store knows of a later stage, a
   * limit is over, a person has ended a wait, an exception has lost its cause, or the settings are others now. With null
   * for the settings only what is found quickly, however many wait: limits and credits.
   */
  gateReturnsToReview(node: string, settings: string | null, now: string, limit: number): Promise<string[]>;
  /** Does what is to be done for a return now. Resolves to whether something is to be sent. */
  reviewAtGate(node: string, returnKey: string, rules: GateRules, now: string): Promise<boolean>;
  gateCounts(node: string): Promise<GateCounts>;
  /** Returns of a gate, the one that has waited longest first. */
  gateReturns(
    node: string,
    filter: { phase?: GatePhase; overLimit?: boolean; limit: number; offset?: number },
  ): Promise<GateReturn[]>;
  gateReturn(node: string, returnKey: string): Promise<GateReturn | null>;
  /** Returns of a gate by their number. */
  gateReturnsNumbered(node: string, returnNumber: string): Promise<GateReturn[]>;
  /** What has come to the gate for a return, in the order in which it came. */
  gateEvents(node: string, returnKey: string): Promise<GateEvent[]>;
}

/** Source of the deliveries that confirm refunds: they go out beside those of the node itself. */
export function confirmationsOf(node: string): string {
  return `${node}/refunds`;
}
