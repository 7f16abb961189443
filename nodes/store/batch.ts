import type { BatchGroup, BatchMember, ClosedBatch, ClosingReason, MemberFacts } from '../returns/batch';
import type { MemberRule } from '../returns/batch-membership';
import type { MemberPart } from '../returns/batch-parts';
import type { Day } from '../returns/calendar';
import type { ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import type { Stage } from '../returns/lifecycle';

/**
 * Where a batch stands. `open`: it takes members. `sealed`: it takes none any more and is being closed. `closed`: it was
 * sent. `dissolved`: its members were sent one by one instead. `empty`: no member was left when it was closed.
 */
export type BatchState = 'open' | 'sealed' | 'closed' | 'dissolved' | 'empty';

export interface StoredBatch {
  id: string;
  node: string;
  /** Once it is closed. */
  number: string | null;
  state: BatchState;
  group: BatchGroup;
  openedAt: string;
  /** When it is to be closed at the latest, as its node agreed (R134, R197). */
  dueAt: string;
  /** Once it is sealed. */
  why: ClosingReason | null;
  closedAt: string | null;
  postingDate: Day | null;
  /** Members that it has now; those that were expelled do not count. */
  members: number;
  /** What they come to, as far as known, in minor units of the group's currency. */
  minor: number;
}

/** A return that is to become a member. */
export interface NewMember {
  node: string;
  event: ReturnEvent;
  returnKey: string;
  rule: MemberRule;
  /** Its lines by group; none of them empty. */
  parts: readonly MemberPart[];
  facts: Omit<MemberFacts, 'lines' | 'wholeValue'>;
  /** The day that it belongs to. */
  day: Day;
  terms: BatchTerms;
}

/** What a node agreed about its batches. */
export interface BatchTerms {
  /** With so many members a batch is sealed; null for no limit. */
  mostMembers: number | null;
  /** With this value a batch of the currency is sealed, in minor units; null for no limit. */
  mostMinor: (currency: string) => number | null;
  /** Why a batch that has reached its number is closed. */
  whenFull: ClosingReason;
  /** When a batch that was opened then is to be closed at the latest. */
  dueAt: (openedAt: string, group: BatchGroup) => string;
}

export type JoinResult =
  /** The batches that it joined or left, as they are now, and those that are gone because it was their last member. */
  | { kind: 'joined'; batches: StoredBatch[]; gone: string[] }
  /** All of it is in a batch already. */
  | { kind: 'repeat' };

/** A member as closing reads it. */
export interface MemberToCheck {
  place: number;
  returnKey: string;
  eventId: string;
  day: Day;
  /** Null where what is stored cannot be read. */
  facts: MemberFacts | null;
  /** Where the return stands now; null where no platform told. */
  stage: Stage | null;
  /** A person has settled an exception of the return outside; which one decides what that means. */
  settledOutside: boolean;
}

export interface Expulsion {
  place: number;
  /** Null where it was withdrawn: then nothing is sent. */
  exception: ReturnException | null;
}

export interface Refusal {
  place: number;
  /** Lines that the ERP refused. */
  lines: readonly string[];
  exception: ReturnException;
}

/** How the batch of a return is found, for people who ask about the return (R197). */
export interface BatchOfReturn {
  id: string;
  number: string | null;
  state: BatchState;
  joinedAt: string;
  dueAt: string;
  closedAt: string | null;
}

/** The event that brought a member of a batch. */
export interface MemberEvent {
  place: number;
  /** Null where it was removed by age. */
  event: ReturnEvent | null;
  /** A gate counts the goods of this refund as accepted (R87), as a delivery of the return by itself says it. */
  goodsAccepted?: true;
}

/** What was deferred into another period, for the report at the close (R166). */
export interface DeferredMember {
  batch: string;
  returnKey: string;
  return: string;
  order: string | null;
  date: Day;
  postingDate: Day;
  minor: number | null;
  currency: string | null;
}

/** The part of the store that keeps batches and their members (R131 to R139). */
export interface BatchesStore {
  /**
   * Puts returns into the open batches of their groups and opens those that are missing. What is in a batch already is
   * told as a repeat, and no batch gets more members than agreed. All or nothing.
   */
  joinBatches(members: readonly NewMember[], now: string): Promise<JoinResult[]>;
  /** Batches of a node that are not closed yet, the one that is due first at the beginning. */
  pendingBatches(node: string): Promise<StoredBatch[]>;
  /** Agrees on another time for a batch that is open. */
  setBatchDue(id: string, dueAt: string): Promise<void>;
  /** Lets open batches take no more members. Resolves to those that were open. */
  sealBatches(ids: readonly string[], why: ClosingReason): Promise<string[]>;
  /** Members of a batch that is being closed, in the order of their places. */
  membersToCheck(id: string, after: number, limit: number): Promise<MemberToCheck[]>;
  /**
   * Takes members out of a sealed batch. Each goes out as a delivery of the node with its exception, or, where nobody
   * would get it, is parked at once; one without an exception goes nowhere.
   */
  expelMembers(
    id: string,
    expulsions: readonly Expulsion[],
    how: 'send' | 'park',
    now: string,
  ): Promise<void>;
  /**
   * Closes a sealed batch and opens its delivery, in one. `make` is given its number, counted for each node from 1. What
   * was resumed of its members' exceptions is closed: their causes are gone. Resolves to false, without a change, where
   * the batch is sealed no more or has other members than counted.
   */
  closeBatch(
    id: string,
    closing: {
      members: number;
      /** Members of closed days were deferred: the books are closed up to and with this day. */
      deferredUntil: Day | null;
      make: (number: number) => ClosedBatch;
    },
    now: string,
  ): Promise<boolean>;
  /** Ends a sealed batch that has no member left. */
  endEmptyBatch(id: string, now: string): Promise<void>;
  /**
   * Sends members of a sealed batch one by one, so many at a time, each as a delivery of the node; the batch is dissolved
   * with the last of them. Resolves to how many are left.
   */
  releaseMembers(id: string, limit: number, now: string): Promise<number>;
  /** How many members were expelled from a batch, and how many were withdrawn. */
  countLeft(id: string): Promise<{ expelled: number; withdrawn: number }>;
  /**
   * The ERP refused lines of members of a batch that was sent: each of these goes out as a delivery of the node with its
   * exception, and its refused lines may join another batch. What was refused before is left alone. Resolves to those
   * that were not.
   */
  refuseMembers(
    id: string,
    refusals: readonly Refusal[],
    how: 'send' | 'park',
    now: string,
  ): Promise<number[]>;

  batch(id: string): Promise<StoredBatch | null>;
  /** Newest first. */
  listBatches(node: string, filter: { limit: number; offset?: number }): Promise<StoredBatch[]>;
  /** Members of a batch in the order of their places, those that left it not among them (R133). */
  batchMembers(id: string, page: { after?: number; limit: number }): Promise<BatchMember[]>;
  /** The events that brought the members of a batch, in the order of their places, those that left it not among them. */
  memberEvents(id: string, page: { after?: number; limit: number }): Promise<MemberEvent[]>;
  /** The newest batches of a return, one for each node; newest first. */
  batchesOfReturn(returnKey: string): Promise<BatchOfReturn[]>;
  /** What batches of a node that were closed in a time deferred, oldest first. */
  deferredMembers(
    node: string,
    filter: { from: string; to: string; limit: number; offset?: number },
  ): Promise<DeferredMember[]>;
}
