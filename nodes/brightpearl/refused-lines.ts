import type { ExceptionCode } from '../returns/exception-catalogue';
import type { Problem } from '../returns/posting-checks';
import { redact } from '../runtime/redact';
import type { BrightpearlRefusal } from './errors';

/** What a refusal by its words means for the return. */
const MEANINGS: Readonly<Record<string, ExceptionCode>> = {
  'brightpearl-customer-unknown': 'customer-unknown',
  'brightpearl-product-archived': 'sku-blocked',
  'brightpearl-cancelled': 'order-cancelled',
  'brightpearl-not-authorised': 'credit-needs-authorisation',
};

/** The exception that a refusal of Brightpearl is, whichever call it came from (see {@link describeRefusal}). */
export function meaningOf(code: string): ExceptionCode | undefined {
  return MEANINGS[code];
}

/**
 * Turns a refusal into an exception that a person can read: each of its reasons, with the line of the return and the
 * field that it names (R117).
 *
 * @param rows the lines of the return, in the order of the rows that were sent
 */
export function describeRefusal(
  refusal: BrightpearlRefusal,
  rows: readonly { lineId: string | null; sku: string | null }[],
): Problem {
  const lines = refusal.faults.map((fault) => {
    const row = fault.row === null ? undefined : rows[fault.row];
    return {
      lineId: row?.lineId ?? null,
      sku: row?.sku ?? null,
      field: fault.field,
      received: redact(`${fault.message} (${fault.code})`).slice(0, 400),
    };
  });
  const places = lines.map(({ lineId, sku, field, received }) => {
    const where = lineId === null ? '' : `line ${lineId} (${sku ?? '?'}), `;
    return `${where}${field === null ? '' : `field ${field}: `}${received}`;
  });
  const inLines = lines.some(({ lineId }) => lineId !== null);
  return {
    code: MEANINGS[refusal.code] ?? (inLines ? 'credit-line-refused' : 'erp-refused'),
    what: (places.length === 0 ? redact(refusal.message) : places.join('; ')).slice(0, 600),
    lines,
  };
}
