import type { SaleState } from '../returns/erp-sale';
import { LedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import type { OriginalOrder } from './records';

/** In which state of its invoice an order may be credited. */
export const INVOICE_RULES = ['invoiced', 'any', 'not-invoiced'] as const;
export type InvoiceRule = (typeof INVOICE_RULES)[number];

export interface StateRules {
  /** Statuses, by number or name, in which an order may not be touched. */
  lockedStatuses: readonly string[];
  /** Statuses that mean cancelled; none given: those whose name says so. */
  cancelledStatuses: readonly string[];
  invoiceRule: InvoiceRule;
  /** Orders that were imported as history have no entries in the ledger; off, they are parked. */
  historicalOrders: boolean;
}

/**
 * Whether an order can be credited now (R111). Null where it can; a problem where nobody but a person can change that.
 * Throws a `state-blocked` error where it must be waited for: the order is locked, or its invoice is under way.
 */
export function checkOrderState(order: OriginalOrder, rules: StateRules): Problem | null {
  const name = nameOf(order);
  const { state, detail } = stateOf(order, rules);
  if (state === 'cancelled') return { code: 'order-cancelled', what: detail, lines: [] };
  if (state === 'locked') throw blocked('order-locked', detail);
  if (order.historical && !rules.historicalOrders) {
    return { code: 'order-historical', what: name, lines: [] };
  }
  if (rules.invoiceRule === 'invoiced' && order.invoice === 'none') {
    throw blocked('order-not-invoiced', `${name} is not invoiced yet`);
  }
  if (rules.invoiceRule === 'not-invoiced' && order.invoice === 'invoiced') {
    throw blocked(
      'order-locked',
      `${name} is invoiced (${order.invoiceReference}), and this flow may not touch it then`,
    );
  }
  return null;
}

/** How far an order is, and what tells it: what may not be touched at all comes before what its invoice says. */
export function stateOf(
  order: OriginalOrder,
  rules: Pick<StateRules, 'lockedStatuses' | 'cancelledStatuses'>,
): { state: SaleState; detail: string } {
  const { status } = order;
  const name = nameOf(order);
  if (isCancelled(status, rules.cancelledStatuses)) {
    return { state: 'cancelled', detail: `${name} has the status ${status.name}` };
  }
  if (isOneOf(status, rules.lockedStatuses)) {
    return { state: 'locked', detail: `${name} is locked: it has the status ${status.name}` };
  }
  if (order.invoice === 'pending') {
    return { state: 'locked', detail: `${name} is being invoiced: its invoice is pending` };
  }
  if (order.historical) return { state: 'historical', detail: name };
  if (order.invoice === 'none') return { state: 'not-invoiced', detail: `${name} is not invoiced yet` };
  return { state: 'invoiced', detail: `${name} is invoiced (${order.invoiceReference})` };
}

function nameOf({ reference, id }: OriginalOrder): string {
  return `order ${reference} (${id})`;
}

/** Whether a status is among those listed, by its number or its name. */
export function isOneOf(status: { id: number; name: string }, listed: readonly string[]): boolean {
  const name = status.name.trim().toLowerCase();
  return listed.some((entry) => entry === String(status.id) || entry.toLowerCase() === name);
}

/** An order resource shows no flag for it, so the status tells; see the account's setting. */
export function isCancelled(status: { id: number; name: string }, listed: readonly string[]): boolean {
  return listed.length > 0 ? isOneOf(status, listed) : /\bcancell?ed\b/i.test(status.name);
}

function blocked(code: string, message: string): LedgerError {
  return new LedgerError({ code, class: 'state-blocked', message });
}
