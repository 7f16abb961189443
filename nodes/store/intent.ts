import type { PostedDocument } from '../returns/event';

/** Documents are posted once (DESIGN section 5, point 3): part of the store's interface. */
export interface IntentsStore {
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
   * Documents of a connection that were posted on a later day than they belong to, because the books were closed (R166):
   * those that bear `deferredFrom`, in order of posting.
   */
  deferredDocuments(filter: DeferredFilter): Promise<DeferredDocument[]>;
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
}

export interface DeferredFilter {
  connectionId: string;
  /** Only those posted at this instant or later. */
  since: string;
  limit: number;
  offset?: number;
}

export interface DeferredDocument {
  returnKey: string;
  document: PostedDocument;
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
