import type { ClosedBatch } from '../returns/batch';
import type { Stage } from '../returns/lifecycle';
import type { PostedDocument, ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import type { FailureClass } from '../returns/failure';
import type { Money } from '../returns/money';
import type { ExceptionDesk } from './exception-desk';
import type { BatchesStore } from './batch';
import type { HalvesStore } from './half';

export type { Half, NewHalf, StoredHalf, UnpairedFilter, UnpairedSum } from './half';

/**
 * The store's interface (DESIGN section 6). Everything that must outlive the process is here: two drivers, SQLite and
 * PostgreSQL, pass one conformance suite.
 *
 * Each method is atomic and durable: when its promise resolves, the change survives a power cut. Methods reject with
 * a {@link LedgerError}: `store-full`, `store-over-limit`, `store-read-only`, `store-unavailable` (class `transient`),
 * `store-closed`.
 * Times are UTC instants as text and come from the caller's clock.
 */
export interface ReturnsStore extends HalvesStore, ExceptionDesk, BatchesStore {
  readonly driver: 'sqlite' | 'memory' | 'postgres';
  /** Names this opening of the store: intents of another owner belong to a process that has ended. */
  readonly owner: string;

  // ── Intake ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Stores what came in one request: the receipt, its events, the people in it, and a delivery for each new event.
   * An event that is known already is left as it is and reported as not fresh, and a request that brings nothing new
   * leaves the people as they are: a repeat does not bring back who was erased. All or nothing.
   */
  accept(intake: Intake): Promise<AcceptResult>;
  /** The stored receipt with its raw body; null where it is unknown. */
  receipt(id: string): Promise<Receipt | null>;

  // ── Deliveries: what a durable node emits ─────────────────────────────────────────────────────────────────────

  /**
   * Takes deliveries of a source for emission that are open or whose time has come, oldest first; their attempt goes
   * up by one. A delivery taken stays `emitted` until it is settled, postponed or released.
   */
  takeAnyDeliveries(source: string, limits: TakeLimits, now: string): Promise<AnyDelivery[]>;
  /** The same for a source that sends no batches; rejects, and takes none, where it did. */
  takeDeliveries(source: string, limits: TakeLimits, now: string): Promise<Delivery[]>;
  /** The flow behind the delivery is done. Settling twice is harmless. */
  settleDelivery(id: string, now: string): Promise<void>;
  /** Lets an emitted delivery wait; it is open again when its time has come. */
  postponeDelivery(id: string, wait: NewWait, now: string): Promise<void>;
  /** What they wait for has come early: they are due now. Returns their sources. */
  hastenDeliveries(waitsOn: string, now: string): Promise<string[]>;
  /** When the next waiting delivery of the source is due; null where none waits. */
  nextDue(source: string): Promise<string | null>;
  /**
   * Puts emitted deliveries of the source back to open: those of an opening that has ended, and those of this one but
   * for the ones that it names as still followed. Returns how many there were.
   */
  releaseDeliveries(source: string, keep?: ReadonlySet<string>): Promise<number>;
  /** Of one source, or of all with null. */
  countDeliveries(source: string | null): Promise<DeliveryCounts>;
  /** Calls the listener when deliveries were opened, here or elsewhere: of that source, or with null of any. */
  onWake(listener: (source: string | null) => void): () => void;

  // ── Returns ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Where a return stands (R23); null where no event named it. */
  returnState(returnKey: string): Promise<ReturnState | null>;
  /**
   * The newest event of a return, as it was stored: the one that happened last, whatever the order in which they came.
   * One that is held back for an exception counts only where there is no other. Null where the return is unknown or
   * the event was pruned.
   */
  latestEvent(returnKey: string): Promise<ReturnEvent | null>;
  /** The returns of one brand that have this return id: one for each order. */
  returnsById(platform: string, brand: string, returnId: string): Promise<ReturnState[]>;
  /** Newest change first. */
  listReturns(filter: { stage?: Stage; limit: number; offset?: number }): Promise<ReturnState[]>;

  // ── Post once ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Must be called before a document is created in an ERP. Exactly one caller gets `start` or `resume` for a key at
   * a time; the others get `busy` until that one has completed or released it.
   */
  beginIntent(intent: NewIntent, now: string): Promise<IntentState>;
  /** Remembers a step of a document that takes several calls, for example the header's number. */
  recordIntentStep(intentId: string, step: string, data: IntentData, now: string): Promise<void>;
  /** The document exists and is complete. */
  completeIntent(intentId: string, document: PostedDocument, now: string): Promise<void>;
  /**
   * Gives the intent back without a document. `doubt: true` says that a create call may have been carried out: the
   * next caller must look it up before it posts.
   */
  releaseIntent(intentId: string, outcome: { doubt: boolean }, now: string): Promise<void>;
  /** What has been posted for a return, in order of posting. */
  documentsOf(returnKey: string): Promise<PostedDocument[]>;
  /**
   * Runs work that must be the only one of its name among all instances, such as the documents of one order. Rejects
   * with `wait-aborted` where the signal is aborted before its turn.
   */
  exclusive<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Throws `store-lease-lost` (transient) where this instance may be taken for dead by the others, after a long stop
   * of its process for example. To be called right before anything is sent to an ERP.
   */
  assertAlive(): void;

  // ── Exceptions ────────────────────────────────────────────────────────────────────────────────────────────────

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
   * Closes what was parked or resumed for a return, because its cause is gone. Open ones of the codes in `notCured`
   * stay: what happened does not make them good. Returns how many were closed.
   */
  closeExceptions(
    returnKey: string,
    resolution: string,
    notCured: readonly string[],
    now: string,
  ): Promise<number>;

  // ── Master data of the ERP, cached ────────────────────────────────────────────────────────────────────────────

  masterData(connectionId: string, kind: string, keys: readonly string[]): Promise<Map<string, MasterRecord>>;
  putMasterData(connectionId: string, kind: string, records: readonly NewMasterRecord[]): Promise<void>;
  forgetMasterData(connectionId: string, kind: string, keys: readonly string[]): Promise<void>;
  /** How many records are cached, and when the oldest of them was read. */
  masterDataAge(connectionId: string, kind: string): Promise<{ count: number; oldest: string | null }>;

  // ── People ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The token under which a person's data is kept: keyed, so that it cannot be computed from an address alone. */
  personToken(identity: string): string;
  person(token: string): Promise<PersonData | null>;
  /** Removes a person's data for ever, from the disk as well; events and totals stay (reliability 4.8). */
  erasePerson(token: string): Promise<boolean>;

  // ── Upkeep ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Removes what is older than the given instants and settled: bodies, events but for their identity, deliveries,
   * closed exceptions, the halves of complete returns, the lines of members of batches; and people who have not been
   * seen since. Documents and their keys stay for ever, and so do the totals of batches.
   */
  prune(before: { settled: string; people: string }): Promise<PruneCounts>;
  /** Writes a checked copy of the whole store into a file while the store is in use. Throws `backup-failed`. */
  backup(file: string): Promise<{ bytes: number }>;
  /** Bytes that the store takes, and the limit at which nothing new is accepted; null for none. */
  size(): { bytes: number; limit: number | null };

  close(): Promise<void>;
}

export interface TakeLimits {
  /** How many of one brand may be under way: a brand that is stuck must not take the place of the others (R160). */
  each: number;
  /** How many of each brand are under way already. */
  underWay?: Readonly<Record<string, number>>;
}

/** One reason for which a delivery had to wait: the history that an exception shows in the end (R161). */
export interface Wait {
  at: string;
  /** The node that could not go on. */
  by: string;
  code: string;
  class: FailureClass;
  what: string;
}

export interface NewWait {
  dueAt: string;
  /** What it waits for: the id of a connection. */
  waitsOn: string | null;
  reasons: readonly Wait[];
}

export interface DeliveryCounts {
  open: number;
  emitted: number;
  waiting: number;
  /** When the first waiting one is due. */
  nextDue: string | null;
}

export interface PruneCounts {
  receipts: number;
  events: number;
  deliveries: number;
  exceptions: number;
  halves: number;
  /** Members of old batches, of which only key, day and value are kept. */
  members: number;
  people: number;
}

export interface Intake {
  receipt: NewReceipt;
  /** In the order in which they happened. */
  events: readonly NewEvent[];
  people: readonly NewPerson[];
}

export interface NewReceipt {
  /** Digest of the raw body and its address: the same for every delivery of the same bytes. */
  id: string;
  /** The node that received it. */
  source: string;
  platform: string;
  /** The body with personal data replaced by tokens; null where it could not be read. */
  body: string | null;
  /** The raw bytes of a body that could not be read. Kept with the people's data, since nobody knows what is in it. */
  unreadable: Buffer | null;
  receivedAt: string;
}

export interface NewEvent {
  event: ReturnEvent;
  returnKey: string;
  /** Where a problem is known at the door, the message goes out with its exception instead. */
  exception: ReturnException | null;
}

export interface AcceptResult {
  /** False where the same bytes came before. */
  fresh: boolean;
  events: { id: string; fresh: boolean }[];
}

export interface Receipt {
  id: string;
  source: string;
  platform: string;
  body: string | null;
  unreadable: Buffer | null;
  receivedAt: string;
  /** How often the same bytes came. */
  times: number;
}

/** What is sent: an event of a return, or a batch that was closed. */
export type AnyDelivery = Delivery<ReturnEvent | ClosedBatch>;

export interface Delivery<Payload = ReturnEvent> {
  id: string;
  source: string;
  brand: string;
  attempt: number;
  event: Payload;
  exception: ReturnException | null;
  /** What has been posted for the return so far. */
  documents: PostedDocument[];
  waits: Wait[];
}

export interface ReturnState {
  returnKey: string;
  platform: string;
  brand: string;
  returnId: string;
  returnNumber: string | null;
  orderNumber: string | null;
  stage: Stage;
  since: string;
  /** What it waits for, in words; null where nothing is outstanding. */
  waitsFor: string | null;
}

export type IntentData = Record<string, string | number | boolean | null>;

export interface NewIntent {
  connectionId: string;
  /** For example `return-order`. */
  kind: string;
  /** Business key; with connection and kind it is unique for ever. */
  key: string;
  returnKey: string;
  /** Our reference that the document carries in the ERP. */
  reference: string;
}

export type IntentState =
  /** Nobody has tried: post it. */
  | { state: 'start'; intentId: string }
  /** Tried before. `doubtSince` is set where a call may have been carried out without our knowing. */
  | { state: 'resume'; intentId: string; steps: Record<string, IntentData>; doubtSince: string | null }
  /** Done before: hand the stored document on. */
  | { state: 'posted'; intentId: string; document: PostedDocument }
  /** Another message, here or in another instance, is at it right now. */
  | { state: 'busy'; intentId: string };

export interface NewParked {
  returnKey: string;
  /** Node that parks it (the Exception Router). */
  router: string;
  exception: ReturnException;
  /** The whole message as JSON, ready to be sent again. Holds no personal data. */
  message: string;
}

export interface Parked {
  id: string;
  fresh: boolean;
  owner: string;
  /** False where a person has settled it outside: nobody has to do anything. */
  open: boolean;
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

export interface MasterRecord {
  value: unknown;
  readAt: string;
}

export interface NewMasterRecord {
  key: string;
  value: unknown;
  readAt: string;
}

export type PersonData = Record<string, string>;

export interface NewPerson {
  token: string;
  data: PersonData;
  seenAt: string;
}
