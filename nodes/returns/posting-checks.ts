import type { PostedDocument, ReturnEvent, ReturnLine } from './event';
import type { ExceptionLine } from './exception';
import type { ExceptionCode } from './exception-catalogue';

/** Why a return cannot be posted, before it becomes an exception. */
export interface Problem {
  code: ExceptionCode;
  /** Fills the catalogue's sentence: names and values only. */
  what: string;
  lines: Partial<ExceptionLine>[];
}

/** What every ERP node lets a user set about the returns it takes. */
export interface PostingRules {
  /** Platform reason code → the ERP's code. Empty: no reason is sent. */
  reasons: { readonly size: number; has(code: string): boolean; readonly expected?: string };
  /** What an order number must look like; null for anything. */
  orderPattern: RegExp | null;
}

/** Whether the order number is there and well formed, so that the ERP can be asked for it. */
export function checkOrderNumber(event: ReturnEvent, orderPattern: RegExp | null): Problem | null {
  const { number } = event.order;
  if (number === null || number.trim() === '') {
    return { code: 'order-reference-missing', what: 'orderNumber is empty', lines: [] };
  }
  const shown = number.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
  // `*` is a wildcard in an ERP's filter; control characters are in no order number.
  const wellFormed =
    number.length <= 60 && !/[\x00-\x1f*]/.test(number) && (orderPattern?.test(number) ?? true);
  return wellFormed ? null : { code: 'order-reference-invalid', what: `orderNumber ${shown}`, lines: [] };
}

/** The part of the platform's order number that the ERP knows: the first group of the pattern, if it has one. */
export function orderReference(number: string, pattern: RegExp | null): string {
  return pattern?.exec(number)?.[1] ?? number;
}

/** What can be known of a return without a call (R107). */
export function checkReturn(event: ReturnEvent, rules: PostingRules): Problem | null {
  const reference = checkOrderNumber(event, rules.orderPattern);
  if (reference) return reference;
  const nameless = itemLines(event).filter((line) => line.sku === null);
  if (nameless.length > 0) {
    return {
      code: 'sku-missing',
      what: nameless.map((line) => `line ${line.id}`).join(', '),
      lines: nameless.map((line) => ({ lineId: line.id, field: 'sku', expected: 'a SKU' })),
    };
  }
  return unmappedReason(event, rules);
}

/** The lines of goods that come back. */
export function itemLines(event: ReturnEvent): ReturnLine[] {
  return event.lines.filter((line) => line.kind === 'item');
}

function unmappedReason(event: ReturnEvent, rules: PostingRules): Problem | null {
  if (rules.reasons.size === 0) return null;
  const unmapped = itemLines(event).filter((line) => !rules.reasons.has(line.reason.code ?? ''));
  if (unmapped.length === 0) return null;
  return {
    code: 'reason-unmapped',
    what: [
      ...new Set(unmapped.map((line) => line.reason.code ?? line.reason.text ?? 'no reason given')),
    ].join(', '),
    lines: unmapped.map((line) => ({
      lineId: line.id,
      sku: line.sku,
      field: 'reason',
      expected: rules.reasons.expected ?? 'a row in the reason table',
      received: line.reason.code ?? line.reason.text,
    })),
  };
}

/**
 * The lines of a document, as `id×quantity`, so that a later event can be compared with it. A row that holds another
 * number of pieces than the platform counts, such as a component of a bundle, tells in `units` how many units of the
 * line it stands for.
 */
export function postedLines(
  planned: readonly { line: ReturnLine; quantity: number; units?: number }[],
): string {
  const sums = new Map<string, number>();
  for (const { line, quantity, units = quantity } of planned) {
    sums.set(line.id, (sums.get(line.id) ?? 0) + units);
  }
  return [...sums].map(([id, quantity]) => `${id}×${quantity}`).join(' ');
}

/** The quantity of each line that a document holds. */
export function linesPosted(document: PostedDocument): Map<string, number> {
  const entries = (document.references['lines'] ?? '').split(' ').filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => {
      const at = entry.lastIndexOf('×');
      return [entry.slice(0, at), Number(entry.slice(at + 1))] as const;
    }),
  );
}

/**
 * Where a return has grown since its document was posted, the new units are not on it, and somebody must know.
 *
 * @param kind what the document is called in the exception, for example `return order`
 */
export function grownSince(event: ReturnEvent, document: PostedDocument, kind: string): Problem | null {
  const posted = linesPosted(document);
  const grown = itemLines(event).filter((line) => line.quantity.value > (posted.get(line.id) ?? 0));
  if (grown.length === 0) return null;
  return {
    code: 'return-grown',
    what: `${kind} ${document.number}`,
    lines: grown.map((line) => ({
      lineId: line.id,
      sku: line.sku,
      field: 'quantity',
      expected: String(posted.get(line.id) ?? 0),
      received: String(line.quantity.value),
    })),
  };
}
