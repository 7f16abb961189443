import type { PostedDocument, ReturnEvent } from '../returns/event';
import { addMoney, formatMoney, money, parseMoney, sumMoney, type Money } from '../returns/money';
import { numberOf, textOf, type D365Row } from './client';
import type { PlannedLine, Problem } from './match-lines';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from './return-order';

/**
 * The return order exists: it is handed on without a call. Where the return has grown since, the new units are not on
 * it, and somebody must know.
 */
export function handOn(event: ReturnEvent, document: PostedDocument): ReturnOrderOutcome {
  const posted = new Map(
    (document.references['lines'] ?? '').split(' ').map((entry) => {
      const at = entry.lastIndexOf('×');
      return [entry.slice(0, at), Number(entry.slice(at + 1))] as const;
    }),
  );
  const grown = event.lines.filter(
    (line) => line.kind === 'item' && line.quantity.value > (posted.get(line.id) ?? 0),
  );
  if (grown.length === 0) return { outcome: 'posted', document, created: false, leftOut: [], mismatch: null };
  const lines = grown.map((line) => ({
    lineId: line.id,
    sku: line.sku,
    field: 'quantity',
    expected: String(posted.get(line.id) ?? 0),
    received: String(line.quantity.value),
  }));
  return {
    outcome: 'exception',
    problem: { code: 'return-grown', what: `return order ${document.number}`, lines },
  };
}

/** The lines of the document, as `id×quantity`, so that a later event can be compared with it. */
export function postedLines(planned: readonly PlannedLine[]): string {
  return planned.map(({ line, quantity }) => `${line.id}×${quantity}`).join(' ');
}

/** What can be known without a call (R107). */
export function checkEvent(event: ReturnEvent, policy: ReturnOrderPolicy): Problem | null {
  const number = event.order.number;
  if (number === null || number.trim() === '') {
    return { code: 'order-reference-missing', what: 'orderNumber is empty', lines: [] };
  }
  const shown = number.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
  // `*` is a wildcard in a D365 filter; control characters are in no order number.
  const wellFormed =
    number.length <= 60 && !/[\x00-\x1f*]/.test(number) && (policy.orderPattern?.test(number) ?? true);
  if (!wellFormed) return { code: 'order-reference-invalid', what: `orderNumber ${shown}`, lines: [] };
  const items = event.lines.filter((line) => line.kind === 'item');
  const nameless = items.filter((line) => line.sku === null);
  if (nameless.length > 0) {
    return {
      code: 'sku-missing',
      what: nameless.map((line) => `line ${line.id}`).join(', '),
      lines: nameless.map((line) => ({ lineId: line.id, field: 'sku', expected: 'a SKU' })),
    };
  }
  return unmappedReason(event, policy);
}

function unmappedReason(event: ReturnEvent, policy: ReturnOrderPolicy): Problem | null {
  if (policy.reasons.size === 0) return null;
  const unmapped = event.lines.filter(
    (line) => line.kind === 'item' && !policy.reasons.has(line.reason.code ?? ''),
  );
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
      expected: 'a row in the reason table',
      received: line.reason.code ?? line.reason.text,
    })),
  };
}

/** The lines of a return order that was read with them. */
export function linesOf(header: D365Row): D365Row[] {
  const lines = header['ReturnOrderLines'];
  return Array.isArray(lines) ? (lines as D365Row[]) : [];
}

/** Sum of the line amounts, as the ERP states them. */
export function amountOf(lines: readonly D365Row[], currency: string): Money {
  return sumMoney(
    lines.map((line) => parseMoney(numberOf(line, 'LineAmount'), currency)),
    currency,
  );
}

/** Lines of the found document that are not of this return: somebody else's content under our reference. */
export function strangeLines(
  present: readonly D365Row[],
  planned: readonly PlannedLine[],
  number: string,
): Problem | null {
  const ours = new Set(planned.map(({ line }) => line.id));
  const strange = present.filter((line) => !ours.has(textOf(line, 'ExternalItemNumber')));
  if (strange.length === 0) return null;
  return {
    code: 'document-conflict',
    what: `return order ${number}`,
    lines: strange.map((line) => ({
      field: 'line',
      expected: planned.map(({ line: own, quantity }) => `${quantity} × ${own.sku ?? '?'}`).join(', '),
      received: `${-numberOf(line, 'ReturnSalesQuantity')} × ${textOf(line, 'ItemNumber')}`,
    })),
  };
}

/** Compares what the ERP holds with what was meant; the line amount is a field that the ERP may recalculate (A6). */
export function compareWithPlan(
  written: readonly D365Row[],
  planned: readonly PlannedLine[],
  currency: string,
): Problem | null {
  const byId = new Map(written.map((line) => [textOf(line, 'ExternalItemNumber'), line]));
  const different = planned.flatMap(({ line, quantity, amount }) => {
    const row = byId.get(line.id);
    const got = row ? parseMoney(numberOf(row, 'LineAmount'), currency) : money(0, currency);
    const gotQuantity = row ? -numberOf(row, 'ReturnSalesQuantity') : 0;
    if (got.minor === amount.minor && gotQuantity === quantity) return [];
    return [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'amount',
        expected: `${quantity} for ${formatMoney(amount)}`,
        received: `${gotQuantity} for ${formatMoney(got)}`,
      },
    ];
  });
  if (different.length === 0) return null;
  const meant = planned.reduce((sum, { amount }) => addMoney(sum, amount), money(0, currency));
  return {
    code: 'amount-mismatch',
    what: `expected ${formatMoney(meant)}, it has ${formatMoney(amountOf(written, currency))}`,
    lines: different,
  };
}
