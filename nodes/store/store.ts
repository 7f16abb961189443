import type { ClosedBatch } from '../returns/batch';
import type { Stage } from '../returns/lifecycle';
import type { PostedDocument, ReturnEvent } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import type { FailureClass } from '../returns/failure';
import type { DivisionsStore } from './division';
import type { IntentsStore } from './intent';
import type { AlertsStore } from './exception-alerts';
import type { ExceptionDesk } from './exception-desk';
import type { ExceptionsStore } from './parked-exception';
import type { BatchesStore } from './batch';
import type { GatesStore } from './gate-return';
import type { HalvesStore } from './half';
import type { MappingsStore } from './mapping';

export type {
  ExceptionFilter,
  ExceptionSelection,
  ExceptionsStore,
  NewParked,
  Parked,
  ParkedException,
  SettledOutside,
} from './parked-exception';
export type { IntentData, IntentState, IntentsStore, NewIntent } from './intent';
export type { MappingsStore, MappingVersion, NewSighting } from './mapping';
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
export interface ReturnsStore
  extends
    IntentsStore,
    HalvesStore,
    ExceptionsStore,
    ExceptionDesk,
    AlertsStore,
    BatchesStore,
    MappingsStore,
    DivisionsStore,
    GatesStore {
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
  /**
   * The flow behind the delivery is done. Settling twice is harmless. What a batch was held for and resumed is closed
   * with its last delivery, unless the batch was held again.
   */
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
  /** A gate counts the goods of this refund as accepted (R87); whoever sends it, also after a person has resumed it. */
  goodsAccepted?: true;
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
