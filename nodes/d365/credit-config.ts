import { z } from 'zod';
import { isTimeZone } from '../returns/calendar';
import { CREDIT_TIMINGS, isEarly } from '../returns/credit-timing';
import type { Mappings } from '../returns/mappings';
import { patternField, togetherField } from '../runtime/config-fields';
import type { CreditNotePolicy, RefundPolicy } from './documents';

const word = z.string().trim();
const filled = word.min(1, 'must be filled in');

/** How the refund of a credit is booked: by nobody, by a payment journal, or by the call center, which is read. */
export const REFUND_ROUTES = ['none', 'journal', 'call-center'] as const;

/** Look-ups of so many returns fit few calls, and their documents little memory. */
const TOGETHER = 100;

export const creditConfigSchema = z
  .object({
    name: z.string().default(''),
    connection: z.string().min(1, 'choose a D365 connection'),
    /** Id of a node Return Mappings; blank for none. */
    mappings: word.default(''),
    creditOn: z.enum(CREDIT_TIMINGS).default('on-accepted'),
    orderPattern: patternField,
    timeZone: word.default('UTC').refine(isTimeZone, 'is not a time zone, such as Europe/London'),
    closedPeriod: z.enum(['defer', 'park']).default('defer'),
    toleranceMinor: z.coerce.number().int().min(0).max(100_000).default(1),
    refund: z.enum(REFUND_ROUTES).default('none'),
    journalName: word.default(''),
    methods: z.array(z.object({ paid: filled, refund: filled })).default([]),
    /** How the refunds of a closed batch are booked. */
    batches: z.enum(['package', 'single']).default('package'),
    /** Returns of a batch whose refunds go in with one data package. */
    together: togetherField(TOGETHER),
    /** By when the goods are to be there after a credit, and the credit after the goods. */
    goodsWithinDays: z.coerce.number().min(0).max(365).default(21),
    creditWithinHours: z.coerce.number().min(0).max(8760).default(72),
  })
  .refine(({ refund, journalName }) => refund !== 'journal' || journalName !== '', {
    path: ['journalName'],
    message: 'enter the name of the payment journal',
  });

export type CreditConfig = z.infer<typeof creditConfigSchema>;

/** @param mappings null where the node uses none */
export function creditPolicyOf(config: CreditConfig, mappings: Mappings | null): CreditNotePolicy {
  const { orderPattern, closedPeriod, timeZone, toleranceMinor, creditOn } = config;
  return {
    mappings,
    // The reason stands on the return order; the credit note repeats it.
    reasons: new Map(),
    orderPattern,
    closedPeriod,
    timeZone,
    toleranceMinor,
    early: isEarly(creditOn),
  };
}

/** Null where the refund is not the flow’s. */
export function refundPolicyOf(config: CreditConfig, mappings: Mappings | null): RefundPolicy | null {
  const { refund, journalName, methods } = config;
  if (refund === 'none') return null;
  const table = new Map(methods.map((row) => [row.paid, row.refund]));
  return { mappings, methods: table, route: refund, journalName };
}
