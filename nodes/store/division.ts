import type { ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';

/** An event of a return of which some lines may have to wait. */
export interface Division {
  /** The node that sends the part that waits. */
  source: string;
  /** The whole event. */
  event: ReturnEvent;
  /** Lines that shall wait, where it is not settled yet with which part they go. */
  wait: readonly string[];
  /** Whether a return may be divided that has not been; one that has been stays so. */
  mayBegin: boolean;
  /** What holds the part that waits; null where nothing does any more. Called in the transaction: it must be quick. */
  exceptionOf: (part: ReturnEvent) => ReturnException | null;
}

/** The part of the store that knows which lines of a return go which way. */
export interface DivisionsStore {
  /** Part of each line by its id; empty for a return that nobody ever thought of dividing. */
  partsOf(returnKey: string): Promise<Map<string, number>>;
  /**
   * Settles for good with which part each line of an event goes, divides the event, and opens a delivery of the part that
   * waits, once. What goes on first keeps the event's identity. All or nothing.
   *
   * A line never changes its part, or it could be credited with both. A return that is under way already (posted, at a
   * gate, in a batch, or settled by a person outside) is not divided any more.
   *
   * @returns what goes on first; null where the event has nothing for it
   */
  divide(division: Division, now: string): Promise<ReturnEvent | null>;
}
