import type { ReturnEvent } from '../../returns/event';
import { money, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { looksLikeCardNumber } from '../../returns/payment-reference';
import type { RefundPolicy } from '../documents';
import { amountIn } from './row-amount';
import { textOf, type D365Row } from './rows';

/** One payment of the original order: what it was paid with, and how much. */
export interface Tender {
  /** What it is called where it was told: by the platform, the call center or the sales order. */
  name: string;
  /** `CustomerPaymentType` of the call center; empty where nobody tells. */
  type: string;
  /** The opaque id of the original transaction; empty where nobody tells one. */
  reference: string;
  paid: Money;
  /** The name is a customer payment method of the ERP already, so that it needs no row. */
  own: boolean;
}

/** A tender with the customer payment method that it is refunded with; null where no row tells it. */
export interface MappedTender extends Tender {
  method: string | null;
}

/** What tells how a sale was paid. */
export interface SalePayments {
  /** `CallCenterSalesOrderCustomerPayments` of the original order. */
  lines: readonly D365Row[];
  /** `CustomerPaymentMethodName` of the original order; empty where it has none. */
  method: string;
  /** What was invoiced of the sale. */
  invoiced: Money;
}

/** Statuses of a call center payment with which money has moved (A10). */
const MOVED = ['Posted', 'Paid'];

/**
 * How the original order was paid: what the platform tells, else the payment lines of the call center, else the one method
 * of the sales order, with which everything that was invoiced was paid (A8, A10). Null where it is not to be known how much
 * was paid with what.
 */
export function tendersOf(event: ReturnEvent, sale: SalePayments): Tender[] | null {
  const { payments = [] } = event;
  const { currency } = sale.invoiced;
  if (payments.length > 0) {
    const [only, another] = payments;
    if (only && !another && only.amount === null) return [told(only, sale.invoiced)];
    const tenders = payments.flatMap((one) => (one.amount === null ? [] : [told(one, one.amount)]));
    return tenders.length === payments.length ? tenders : null;
  }
  const paid = sale.lines.filter((row) => MOVED.includes(textOf(row, 'Status')));
  if (paid.length > 0) {
    return paid
      .filter((row) => textOf(row, 'CurrencyCode') === currency)
      .map((row) => ofCallCenter(row, currency))
      .filter((tender) => tender.paid.minor > 0);
  }
  if (sale.method === '') return null;
  return [{ name: sale.method, type: '', reference: '', paid: sale.invoiced, own: true }];
}

function told({ methodId, reference }: { methodId: string; reference: string | null }, paid: Money): Tender {
  return { name: methodId, type: '', reference: reference ?? '', paid, own: false };
}

function ofCallCenter(row: D365Row, currency: string): Tender {
  const posted = amountIn(row, 'PostedAmount', currency);
  return {
    name: textOf(row, 'RetailStoreTenderTypeId') || textOf(row, 'CustomerPaymentType'),
    type: textOf(row, 'CustomerPaymentType'),
    reference: textOf(row, 'UniqueCreditCardId'),
    paid: money(posted === 0 ? amountIn(row, 'Amount', currency) : posted, currency),
    own: false,
  };
}

/**
 * The customer payment method for a method of the platform or a tender of the call center: by the node's own table, which
 * wins as a whole, else by Return Mappings (R79). Null where there is no row: it is never guessed (R81).
 */
export function refundMethod(name: string, { methods, mappings }: RefundPolicy): string | null {
  if (methods.size > 0) {
    const wanted = name.trim().toLowerCase();
    return [...methods].find(([from]) => from.trim().toLowerCase() === wanted)?.[1] ?? null;
  }
  return mappings?.find('payment', { method: name })?.erpMethod ?? null;
}

export function mapTenders(tenders: readonly Tender[], policy: RefundPolicy): MappedTender[] {
  return tenders.map((tender) => {
    const method = refundMethod(tender.name, policy);
    return { ...tender, method: method ?? (tender.own ? tender.name : null) };
  });
}

/** Customer payment methods that a kind of payment cannot be refunded with (A8 `PaymentType`, A10). */
const UNFIT: Readonly<Record<string, readonly string[]>> = {
  CreditCard: ['Check', 'BillOfExchange'],
  GiftCard: ['Check', 'BillOfExchange', 'CreditCard'],
  LoyaltyCard: ['Check', 'BillOfExchange', 'CreditCard'],
  Cash: ['CreditCard', 'BillOfExchange'],
  Check: ['CreditCard', 'BillOfExchange'],
};

/**
 * Why these tenders cannot be refunded: no row, a method that the ERP does not have or that does not fit, or a reference
 * that may be a card number (R81). Null where all of them can.
 *
 * @param known customer payment methods of the company
 */
export function unfitTenders(tenders: readonly MappedTender[], known: readonly D365Row[]): Problem | null {
  const unfit = tenders.flatMap((tender) => {
    const expected = whyUnfit(tender, known);
    return expected === null ? [] : [{ name: shown(tender.name), expected }];
  });
  if (unfit.length === 0) return null;
  return {
    code: 'payment-method-unmapped',
    what: [...new Set(unfit.map(({ name, expected }) => `${name}: ${expected}`))].join('; '),
    lines: unfit.map(({ name, expected }) => ({ field: 'payment method', expected, received: name })),
  };
}

function whyUnfit({ method, type, reference }: MappedTender, known: readonly D365Row[]): string | null {
  if (looksLikeCardNumber(reference)) return 'an id of the payment that is no card number';
  if (method === null) return 'a row in the table';
  const target = known.find((row) => textOf(row, 'Name').toLowerCase() === method.toLowerCase());
  if (!target) return `a customer payment method that there is, and ${shown(method)} is none`;
  const kind = textOf(target, 'PaymentType');
  return UNFIT[type]?.includes(kind)
    ? `a method that fits ${type}, and ${shown(method)} is of type ${kind}`
    : null;
}

/** A name is shown but for what may be a card number. */
function shown(name: string): string {
  return looksLikeCardNumber(name) ? '(a number like that of a card)' : name;
}
