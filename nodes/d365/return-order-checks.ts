import { addMoney, formatMoney, money, parseMoney, sumMoney, type Money } from '../returns/money';
import { numberOf, textOf, type D365Row } from './rows';
import type { Problem } from '../returns/posting-checks';
import type { PlannedLine } from './match-lines';

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
