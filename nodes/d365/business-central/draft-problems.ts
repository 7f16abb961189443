import { formatMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { LedgerError } from '../../returns/failure';
import { textOf, type D365Row } from '../fscm/rows';
import { differences } from './draft-content';
import type { DraftRow } from './draft-rows';
import { type BcSale } from './sales';

/** How the draft that was made differs from what was meant; null where it does not. */
export function mismatch(memo: D365Row, rows: readonly DraftRow[], amount: Money): Problem | null {
  const lines = differences(memo, rows);
  if (lines.length === 0) return null;
  return {
    code: 'amount-mismatch',
    what: `credit memo ${textOf(memo, 'number')} comes to ${formatMoney(amount)}`,
    lines,
  };
}

/** Only *All* stops returns; *Ship* and *Invoice* do not (B5.1). */
export function unfitCustomer(sale: BcSale, customer: D365Row | undefined): Problem | null {
  if (!customer)
    return { code: 'customer-unknown', what: `account ${sale.customer || 'missing'}`, lines: [] };
  if (textOf(customer, 'blocked') !== 'All') return null;
  return { code: 'customer-on-hold', what: `account ${sale.customer} is blocked for All`, lines: [] };
}

/** An extension of this environment refuses a number that another customer's document has (C1 row 11). */
export function numberTaken(external: string, refusal: LedgerError): Problem {
  return {
    code: 'document-conflict',
    what: refusal.message,
    lines: [
      { field: 'external document number', expected: `${external}, not used before`, received: 'used' },
    ],
  };
}

/**
 * Goods that Business Central would refuse, told before anything is written (B6, B-2): an item that is not there any more, or that
 * is *Blocked* for every document (B5.1). *Sales Blocked* does not stop returns. Null where all can come back.
 */
export function stoppedItem(rows: readonly DraftRow[], items: ReadonlyMap<string, D365Row>): Problem | null {
  for (const { item, line, fee } of rows) {
    if (fee) continue;
    const held = items.get(item.toUpperCase());
    if (held && held['blocked'] !== true) continue;
    const received = held ? 'Blocked on the item card' : item;
    return {
      code: held ? 'sku-blocked' : 'sku-unknown',
      what: held ? `${item} (${received})` : item,
      lines: [{ lineId: line, sku: item, field: 'sku', received }],
    };
  }
  return null;
}

/** A location, or a reason, that Business Central does not have. */
export function unknownCode(
  { location, reason }: { location: D365Row | undefined; reason: D365Row | undefined },
  warehouse: string,
  code: string | undefined,
): Problem | null {
  if (!location || warehouse.length > 10) {
    const what = `Business Central has no location ${warehouse}`;
    return {
      code: 'location-unknown',
      what,
      lines: [{ field: 'warehouse', expected: 'the code of a location', received: warehouse }],
    };
  }
  if (code === undefined || (reason && code.length <= 10)) return null;
  const expected = 'a reason code of Business Central, of at most 10 characters';
  return { code: 'reason-unmapped', what: code, lines: [{ field: 'reason', expected, received: code }] };
}
