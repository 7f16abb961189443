import type { PostedDocument, ReturnEvent, ReturnLine } from '../../returns/event';
import { formatMoney, money, shareOf, type Money } from '../../returns/money';
import { itemLines, type Problem } from '../../returns/posting-checks';
import { KINDS, SYSTEM } from '../documents';
import type { MappedTender } from './tenders';

/** A refund that went before, or is under way: money that a tender has no more. */
export interface EarlierRefund {
  method: string;
  /** The id of the original transaction that it refers to; empty where it names none. */
  reference: string;
  amount: Money;
}

/** What one line of the payment journal gives back. */
export interface PlannedRefund {
  tender: MappedTender;
  amount: Money;
}

/**
 * Shares a refund out over what the order was paid with, in the order of the payments: each gets at most what was paid with
 * it and not refunded yet, and the next one gets the rest (R84). 30 on a gift card and 70 on a card, of which 100 comes
 * back, are refunded as 30 and 70; of which 50 comes back, as 30 and 20.
 */
export function shareOut(
  due: Money,
  tenders: readonly MappedTender[],
  earlier: readonly EarlierRefund[],
): { refunds: PlannedRefund[] } | { problem: Problem } {
  const left = leftOf(tenders, earlier);
  const refunds: PlannedRefund[] = [];
  let open = due.minor;
  tenders.forEach((tender, at) => {
    const minor = Math.min(open, left[at] ?? 0);
    if (minor <= 0 || tender.paid.currency !== due.currency) return;
    refunds.push({ tender, amount: money(minor, due.currency) });
    open -= minor;
  });
  if (open === 0) return { refunds };
  const shown = tenders.map(({ name, paid }, at) => ({ name, left: money(left[at] ?? 0, paid.currency) }));
  return { problem: overPaid(due, shown) };
}

/**
 * What is left of each tender. An earlier refund is taken off the payment that it refers to, else off those that are
 * refunded with its method, else off the first that has something left: the sum never exceeds what was paid. A correction
 * of a refund gives back to a tender what was taken off it.
 */
function leftOf(tenders: readonly MappedTender[], earlier: readonly EarlierRefund[]): number[] {
  const paid = tenders.map((tender) => Math.max(0, tender.paid.minor));
  const left = [...paid];
  const corrections = earlier.filter(({ amount }) => amount.minor < 0);
  for (const refund of [...earlier.filter(({ amount }) => amount.minor > 0), ...corrections]) {
    const { reference, method } = refund;
    const sign = Math.sign(refund.amount.minor);
    let open = Math.abs(refund.amount.minor);
    const take = (fits: (tender: MappedTender) => boolean): void => {
      tenders.forEach((tender, at) => {
        if (tender.paid.currency !== refund.amount.currency || !fits(tender)) return;
        const now = left[at] ?? 0;
        const minor = Math.min(open, sign > 0 ? now : (paid[at] ?? 0) - now);
        left[at] = now - sign * minor;
        open -= minor;
      });
    };
    if (reference !== '') take((tender) => tender.reference === reference);
    take((tender) => sameName(tender.method ?? tender.name, method) || sameName(tender.name, method));
    take(() => true);
  }
  return left;
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function overPaid(due: Money, left: readonly { name: string; left: Money }[]): Problem {
  const told = left.map((one) => `${one.name} ${formatMoney(one.left)}`).join(', ');
  return {
    code: 'refund-over-paid',
    what: `${formatMoney(due)} to refund, ${told === '' ? 'nothing paid' : `left: ${told}`}`,
    lines: left.map((one) => ({
      field: `left on ${one.name}`,
      expected: formatMoney(one.left),
      received: formatMoney(due),
    })),
  };
}

/** A line of the return order, as far as its value counts. */
export interface CreditedLine {
  /** `ExternalItemNumber`: our line, or a part of it. */
  external: string;
  /** Of the line, in minor units; positive for what the customer gets. */
  minor: number;
}

/**
 * What of a credit is paid back in money: the credit less what the customer got goods for. A replacement order tells what
 * it costs; where there is none yet, the credit's own value of the exchanged lines is kept back, so that an even exchange
 * moves no money (A10, F-9). Several credits of a return share the replacement, the first of them first.
 *
 * @param credits all credits of the return, first to last
 * @param known   what is posted for the return
 * @param lines   of the return order, as far as they are credited
 */
export function dueOf(
  event: ReturnEvent,
  credit: PostedDocument,
  credits: readonly PostedDocument[],
  known: readonly PostedDocument[],
  lines: readonly CreditedLine[],
): Money {
  const currency = credit.amount?.currency ?? '';
  const value = (document: PostedDocument): number =>
    document.amount?.currency === currency ? Math.abs(document.amount.minor) : 0;
  const upTo = credits.slice(0, credits.findIndex(({ number }) => number === credit.number) + 1);
  const credited = upTo.reduce((sum, one) => sum + value(one), 0);
  const refunded = known
    .filter(({ kind, references }) => kind === KINDS.refund && references['credit'] !== credit.number)
    .filter(({ references }) => upTo.some(({ number }) => number === references['credit']))
    .reduce((sum, one) => sum + value(one), 0);
  const kept = keptBack(event, money(credited, currency), known, lines);
  return money(Math.min(value(credit), Math.max(0, credited - kept - refunded)), currency);
}

/** What of a credited amount the customer gets goods for, in minor units. */
function keptBack(
  event: ReturnEvent,
  credited: Money,
  known: readonly PostedDocument[],
  lines: readonly CreditedLine[],
): number {
  const orders = known.filter(({ system, kind }) => system === SYSTEM && kind === KINDS.exchange);
  const priced = orders.flatMap(({ amount }) => (amount?.currency === credited.currency ? [amount] : []));
  if (orders.length > 0 && priced.length === orders.length) {
    return priced.reduce((sum, { minor }) => sum + Math.abs(minor), 0);
  }
  const exchanged = exchangedLines(event);
  if (exchanged.length === 0) return 0;
  if (exchanged.length === itemLines(event).length) return credited.minor;
  const sum = (of: readonly CreditedLine[]): number => of.reduce((total, { minor }) => total + minor, 0);
  const all = sum(lines);
  const kept = sum(lines.filter(({ external }) => exchanged.some(({ id }) => isPartOf(external, id))));
  return all <= 0 ? credited.minor : shareOf(credited, 0, Math.min(all, Math.max(0, kept)), all).minor;
}

/** Goods that are exchanged: those that name a replacement, or all where the exchange lines alone tell it. */
export function exchangedLines(event: ReturnEvent): ReturnLine[] {
  const items = itemLines(event);
  const marked = items.filter(
    ({ outcome, replacementSku }) => /exchange/i.test(outcome ?? '') || replacementSku !== null,
  );
  const asked = event.lines.some(({ kind }) => kind === 'exchange');
  return asked && marked.length === 0 ? items : marked;
}

/** A row of the return order stands for a line, for a component of it (`+n`), or for a further order line of it (`/n`). */
function isPartOf(external: string, lineId: string): boolean {
  return (
    external === lineId || (external.startsWith(lineId) && /^[+/]\d+$/.test(external.slice(lineId.length)))
  );
}

const OTHER_THAN_PAID = /gift|store.?credit|shop.*credit|voucher/i;

/**
 * What the shopper chose instead of the payment that was made, such as a gift card, in the platform's words; the goods that
 * are exchanged are left out. Empty where the original payment is refunded.
 */
export function chosenInstead(event: ReturnEvent): (string | null)[] {
  const exchanged = new Set(exchangedLines(event).map(({ id }) => id));
  const chosen = itemLines(event)
    .filter(({ id }) => !exchanged.has(id))
    .map(({ outcome }) => (OTHER_THAN_PAID.test(outcome ?? '') ? outcome : null));
  return chosen.some((word) => word !== null) ? [...new Set(chosen)] : [];
}
