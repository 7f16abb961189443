import type { ReturnException } from '../returns/exception';
import type { Money } from '../returns/money';

/** What nodes do with the exceptions that they park: part of the store's interface. */
export interface ExceptionsStore {
  /**
   * Parks a message with its exception. The same return, code and node again: the parked one is renewed, and it belongs
   * to the owner whom a person gave it to. One that was settled outside stays closed.
   */
  parkException(parked: NewParked, now: string): Promise<Parked>;
  listExceptions(filter: ExceptionFilter): Promise<ParkedException[]>;
  countExceptions(): Promise<{ open: number; byOwner: Record<string, number> }>;
  parkedException(id: string): Promise<ParkedException | null>;
  /** What a return waits for: its newest open exception, in short. */
  openExceptionOf(
    returnKey: string,
  ): Promise<{ id: string; code: string; owner: string; summary: string } | null>;
  /** What people have settled outside for a return, the newest first (R17). */
  settledOutside(returnKey: string): Promise<SettledOutside[]>;
  /**
   * Marks open exceptions `resumed` and opens a delivery of their return at `source`, so that the resumed return is as
   * durable as a new one. What holds no return (a body that could not be read) stays open and is not in the answer.
   * One that fails again is opened again.
   */
  resumeExceptions(
    selection: ExceptionSelection,
    source: string,
    now: string,
    who?: string,
  ): Promise<ParkedException[]>;
  /**
   * Gives the open ones of a router to the owners that its table names now, but for those that a person has assigned.
   * Returns how many changed hands.
   */
  reownExceptions(
    router: string,
    ownerOf: (exception: ReturnException) => string,
    now: string,
  ): Promise<number>;
  /**
   * Closes what was parked or resumed for a return, because its cause is gone. Open ones of the codes in `notCured`
   * stay: what happened does not make them good. Returns how many were closed.
   */
  closeExceptions(
    returnKey: string,
    resolution: string,
    notCured: readonly string[],
    now: string,
  ): Promise<number>;
}

export interface NewParked {
  returnKey: string;
  /** Node that parks it (the Exception Router). */
  router: string;
  exception: ReturnException;
  /** Whom it belongs to where the flow says it; else the exception's own owner. */
  owner?: string;
  /** Its router tells people of it: it counts for the alert of its cause. */
  alert?: boolean;
  /** The whole message as JSON, ready to be sent again. Holds no personal data. */
  message: string;
}

export interface Parked {
  id: string;
  fresh: boolean;
  owner: string;
  /** False where a person has settled it outside: nobody has to do anything. */
  open: boolean;
  /** There is an alert to be told at the router, now. */
  alertDue: boolean;
}

export interface ParkedException {
  id: string;
  returnKey: string;
  router: string;
  status: 'open' | 'resumed' | 'closed';
  exception: ReturnException;
  message: string;
  /** What must be mended, the same for all that wait for it. */
  cause: string;
  brand: string | null;
  /** What is at stake, of documents or prices; null where it is not known. */
  value: Money | null;
  /** How often it was raised. */
  times: number;
  firstAt: string;
  lastAt: string;
  resolution: string | null;
}

export interface SettledOutside {
  code: string;
  raisedBy: string;
  /** What the person said about it. */
  resolution: string;
  at: string;
}

export interface ExceptionFilter {
  status?: 'open' | 'resumed' | 'closed';
  owner?: string;
  code?: string;
  router?: string;
  cause?: string;
  limit: number;
  offset?: number;
}

/** By name, or all of a kind: at one router, or at all. */
export type ExceptionSelection =
  | { ids: readonly string[] }
  | (({ code: string } | { owner: string } | { cause: string } | { all: true }) & { router?: string });
