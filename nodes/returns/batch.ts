import { z } from 'zod';
import type { PostedDocument } from './event';

/** The topic under which a closed batch travels. */
export const BATCH_TOPIC = 'batch.closed';

/** What all members of a batch have in common. Company, currency and period are always kept apart. */
export interface BatchGroup {
  company: string | null;
  /** Null where no value is known, so that only units are counted. */
  currency: string | null;
  /** Last day of the accounting period; null where no period ends. */
  period: string | null;
  /** The following ones are there only where batches are grouped by them. */
  brand?: string;
  warehouse?: string;
  postingDate?: string;
  expression?: string;
}

/** Why a batch was closed. `each`: the node makes a batch of every return at once. */
export const CLOSING_REASONS = [
  'count',
  'value',
  'age',
  'schedule',
  'period-end',
  'command',
  'reset',
  'each',
] as const;
export type ClosingReason = (typeof CLOSING_REASONS)[number];

/** A line of a return as it stands in a batch. Amounts are minor units of the batch's currency. */
export interface MemberLine {
  id: string;
  /** Goods that come back, or a charge that lowers the value. */
  kind: 'item' | 'fee';
  sku: string | null;
  quantity: number;
  unit: string;
  /** The platform's ids of the physical units, where it tells all of them. */
  units: readonly string[];
  warehouse: string | null;
  /** As the warehouse confirmed it; null where it did not. */
  disposition: string | null;
  /** Of all its units; null where it is not known. */
  value: number | null;
  tax: number | null;
  /** Null where it is not stated. No code is ever assumed. */
  taxCode: string | null;
}

/** What a batch keeps of a return. */
export interface MemberFacts {
  /** The number that an operator reads. */
  return: string;
  order: string | null;
  brand: string;
  lines: readonly MemberLine[];
  /** An amount that is known of the return only as a whole. */
  wholeValue: number | null;
  documents: readonly MemberDocument[];
}

export type MemberDocument = Pick<PostedDocument, 'system' | 'kind' | 'number' | 'id' | 'amount'>;

/** A member of a batch as a message, a page or a person reads it. */
export interface BatchMember extends MemberFacts {
  /** Its place in the batch; pages go by it. */
  place: number;
  returnKey: string;
  eventId: string;
  topic: string;
  /** What it comes to: goods less fees. Null where no value is known. */
  value: number | null;
  currency: string | null;
  /** The day that it belongs to. */
  date: string;
  /** The same day, where that one was closed and it was deferred (R164). */
  originalDate: string | null;
  /** Lines that the ERP refused (R136); null where it refused none. */
  refused: readonly string[] | null;
}

const amount = z.number().int();

export const batchTotalsSchema = z.object({
  /** One for each SKU, warehouse, disposition and unit. */
  bySku: z.array(
    z.object({
      sku: z.string(),
      warehouse: z.string().nullable(),
      disposition: z.string().nullable(),
      unit: z.string(),
      quantity: z.number(),
      value: amount.nullable(),
      lines: z.number().int(),
      /** How many of them have no value. */
      unvalued: z.number().int(),
    }),
  ),
  /** One for each tax code; `code: null` is what is not stated. */
  byTax: z.array(
    z.object({
      code: z.string().nullable(),
      currency: z.string().nullable(),
      value: amount,
      tax: amount.nullable(),
      lines: z.number().int(),
    }),
  ),
  fees: z.array(
    z.object({
      fee: z.string(),
      quantity: z.number(),
      value: amount.nullable(),
      lines: z.number().int(),
    }),
  ),
  overall: z.object({
    members: z.number().int(),
    lines: z.number().int(),
    units: z.array(z.object({ unit: z.string(), quantity: z.number() })),
    currency: z.string().nullable(),
    /** Of goods whose line has a value. */
    items: amount,
    /** Of fees, positive. */
    fees: amount,
    /** Known only of whole returns, not of their lines. */
    notByLine: amount,
    /** `items` − `fees` + `notByLine`. */
    value: amount,
    /** Goods lines without a value. */
    unvalued: z.number().int(),
  }),
});

export type BatchTotals = z.infer<typeof batchTotalsSchema>;

/** The payload of a closed batch, as far as nodes rely on it. */
export const closedBatchSchema = z.looseObject({
  schema: z.literal(1),
  kind: z.literal('batch'),
  id: z.string().min(1),
  number: z.string().min(1),
});

/** The payload of a closed batch. */
export interface ClosedBatch {
  schema: 1;
  kind: 'batch';
  id: string;
  /** Running number of its node, with a prefix that people know. */
  number: string;
  group: BatchGroup;
  /** The day that everything in it is posted on (R139, R164, R165). */
  postingDate: string;
  /** Days that were closed, with what was deferred from each; empty where nothing was. */
  originalDates: readonly { date: string; members: number; value: number }[];
  currency: string | null;
  openedAt: string;
  closedAt: string;
  why: ClosingReason;
  counts: {
    members: number;
    lines: number;
    /** Left out when it was closed, each with an exception (R135). */
    expelled: number;
    /** Rejected or cancelled before it was closed. */
    withdrawn: number;
  };
  totals: BatchTotals;
  /** False where there are more of them than a message is to hold; they are read from the store page by page. */
  membersIncluded: boolean;
  members: readonly BatchMember[];
}

/** Whether what a delivery carries is a closed batch. */
export function isBatch(payload: object): payload is ClosedBatch {
  return (payload as { kind?: unknown }).kind === 'batch';
}

/** Under what the documents and exceptions of a batch are kept. */
export function batchKey(batchId: string): string {
  return `batch/${batchId}`;
}
