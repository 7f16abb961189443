import { z } from 'zod';
import type { ReturnEvent } from '../returns/event';
import { LedgerError } from '../returns/failure';
import type { Mappings } from '../returns/mappings';
import { PRICE_MODES } from '../returns/compare-value';
import { itemLines } from '../returns/posting-checks';
import { reasonCodes } from '../returns/reason-codes';
import { idOrBlankField, patternField } from '../runtime/config-fields';
import type { InvoicePolicy } from './invoice-credit';
import { INVOICE_RULES } from './order-state';
import { OTHERS_POLICIES } from './others';
import type { RefundPolicy } from './plan-refund';
import { CREDIT_TIMINGS, type CreditPolicy } from './policy';

const word = z.string().trim();
const filled = word.min(1, 'must be filled in');

/** When accounting gets the credit. */
export const INVOICE_TIMINGS = ['never', 'at-once', 'on-accepted'] as const;

export const creditConfigSchema = z.object({
  name: z.string().default(''),
  account: z.string().min(1, 'choose a Brightpearl account'),
  /** Id of a node Return Mappings; blank for none. */
  mappings: word.default(''),
  creditOn: z.enum(CREDIT_TIMINGS).default('on-accepted'),
  orderPattern: patternField,
  reasons: z.array(z.object({ platform: filled, status: idOrBlankField })).default([]),
  invoiceRule: z.enum(INVOICE_RULES).default('invoiced'),
  historicalOrders: z.boolean().default(false),
  others: z.enum(OTHERS_POLICIES).default('stop'),
  othersDays: z.coerce.number().int().min(0).max(3650).default(30),
  timeZone: word.default('UTC').refine(isTimeZone, 'is not a time zone, such as Europe/London'),
  closedPeriod: z.enum(['defer', 'park']).default('defer'),
  warehouseId: idOrBlankField,
  nominalCode: word.default(''),
  substitutes: z.array(z.object({ returned: filled, sold: filled })).default([]),
  bundleParts: z.enum(['park', 'even']).default('park'),
  prices: z.enum(PRICE_MODES).default('either'),
  toleranceMinor: z.coerce.number().int().min(0).max(100_000).default(0),
  fees: z.array(z.object({ fee: filled, name: filled, nominalCode: filled, taxCode: filled })).default([]),
  invoice: z.enum(INVOICE_TIMINGS).default('never'),
  authorisedStatus: idOrBlankField,
  authoriseUpTo: word
    .default('')
    .refine((text) => /^(\d{1,9}([.]\d{1,2})?)?$/.test(text), 'must be an amount such as 250.00, or blank')
    .transform((text) => (text === '' ? null : text)),
  refund: z.boolean().default(false),
  refundOutcomes: word.default('original-payment').transform(
    (text) =>
      new Set(
        text
          .toLowerCase()
          .split(/[,;\s]+/)
          .filter((part) => part !== ''),
      ),
  ),
  methods: z.array(z.object({ paid: filled, refund: filled })).default([]),
  /** By when the goods are to be there after a credit, and the credit after the goods. */
  goodsWithinDays: z.coerce.number().min(0).max(365).default(21),
  creditWithinHours: z.coerce.number().min(0).max(8760).default(72),
});

export type CreditConfig = z.infer<typeof creditConfigSchema>;

/**
 * The policy that a dialog sets. Without a row in its own table of reasons, those of the mappings decide.
 *
 * @param mappings null where the node uses none
 */
export function creditPolicyOf(config: CreditConfig, mappings: Mappings | null = null): CreditPolicy {
  const lower = (text: string): string => text.toLowerCase();
  const own = config.reasons.length > 0;
  // Of two rows for one reason the first counts, as it does for the status.
  const rows = [...config.reasons].reverse();
  return {
    mappings,
    reasons: reasonCodes(new Map(rows.map((row) => [row.platform, String(row.status ?? '')])), mappings),
    orderPattern: config.orderPattern,
    rules: {
      substitutes: new Map(config.substitutes.map((row) => [lower(row.returned), lower(row.sold)])),
      bundleParts: config.bundleParts,
      toleranceMinor: config.toleranceMinor,
      prices: config.prices,
      fees: new Map(config.fees.map(({ fee, ...row }) => [lower(fee), row])),
      nominalCode: config.nominalCode,
    },
    invoiceRule: config.invoiceRule,
    historicalOrders: config.historicalOrders,
    others: config.others,
    othersDays: config.othersDays,
    timeZone: config.timeZone,
    closedPeriod: config.closedPeriod,
    warehouseId: config.warehouseId,
    statusOf: (event) =>
      own || mappings === null ? statusOf(event, config.reasons) : mappedStatus(event, mappings),
  };
}

/** A credit has one status: of several reasons, the one that stands first in the table decides. */
function statusOf(event: ReturnEvent, reasons: CreditConfig['reasons']): number | null {
  const given = new Set(itemLines(event).map((line) => line.reason.code));
  return reasons.find((row) => given.has(row.platform) && row.status !== null)?.status ?? null;
}

/**
 * The status that the mappings give: their rows have no order, so of several reasons that of the first line decides.
 * Throws `mapping-status-invalid` (config) for a row whose ERP reason is no number of a status.
 */
function mappedStatus(event: ReturnEvent, mappings: Mappings): number | null {
  const [row] = itemLines(event).flatMap(
    ({ reason }) => mappings.find('reason', { reason: reason.code }) ?? [],
  );
  if (!row) return null;
  if (/^[1-9]\d{0,14}$/.test(row.erpReason)) return Number(row.erpReason);
  throw new LedgerError({
    code: 'mapping-status-invalid',
    class: 'config',
    message:
      `Return Mappings: in the table reason, row “${row.reason}”, the column erpReason needs the number of an order ` +
      `status of Brightpearl; it is “${row.erpReason}”. Open the mappings, correct it and deploy`,
  });
}

export function invoicePolicyOf(config: CreditConfig): InvoicePolicy {
  return {
    closedPeriod: config.closedPeriod,
    authorisedStatus: config.authorisedStatus,
    authoriseUpTo: config.authoriseUpTo,
  };
}

export function refundPolicyOf(config: CreditConfig): RefundPolicy {
  return {
    methods: new Map(config.methods.map((row) => [row.paid, row.refund])),
    outcomes: config.refundOutcomes,
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-CA', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
