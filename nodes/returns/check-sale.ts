import type { Check, CheckProfile, CheckResult, ReturnWarning } from './check-profile';
import { compareTax, compareValue, type ValueDifference } from './compare-value';
import type { ErpSale, SaleAnswer } from './erp-sale';
import type { ReturnEvent, ReturnLine } from './event';
import type { ExceptionCode } from './exception-catalogue';
import type { Finding } from './finding';
import { formatMoney, money } from './money';
import { checkOrderNumber, itemLines } from './posting-checks';
import { piecesOf, SaleUse, type LineState, type Take } from './sale-use';

/**
 * Compares a return with the order it names, before anything is posted. All findings come at once, each with what was
 * expected and what came; which are looked for is the profile's.
 *
 * @param answer what the ERP has for the order number; null where it was not asked
 */
export function checkAgainstSale(
  event: ReturnEvent,
  answer: SaleAnswer | null,
  profile: CheckProfile,
): CheckResult {
  const none: CheckResult = { findings: [], waitsFor: null, warnings: [] };
  const reference = checkReference(event, profile);
  if (reference) return { ...none, findings: [reference] };
  if (answer === null) return none;
  if (answer.found !== 'sale') {
    const code = answer.found === 'unknown' ? 'order-unknown' : 'order-ambiguous';
    const expected = answer.found === 'unknown' ? 'an order of the ERP' : 'one order of the ERP';
    return { ...none, findings: [ofOrder(code, answer.what, expected, event.order.number)] };
  }
  const { sale } = answer;
  const lines = new LineChecks(sale, profile);
  for (const line of itemLines(event)) lines.check(line);
  const findings = [...checkHeader(sale, profile.checks), ...lines.findings];
  const waitsFor = profile.checks.has('state') ? openState(sale) : null;
  return {
    // Where a person is asked anyway, they see that as well.
    findings: findings.length > 0 && waitsFor ? [...findings, waitsFor] : findings,
    waitsFor,
    warnings: lines.warnings,
  };
}

/** Whether a return names an order that can be looked for (R130); null where nothing is wrong, or nobody asks. */
export function checkReference(event: ReturnEvent, profile: CheckProfile): Finding | null {
  const problem = checkOrderNumber(event, profile.orderPattern);
  if (problem === null) return null;
  const { id, number } = event.order;
  if (problem.code !== 'order-reference-missing')
    return ofOrder(problem.code, problem.what, 'a well-formed order number', number);
  if (!profile.checks.has('blind')) return null;
  const what = id === null ? 'no order number' : `no order number, the shop’s id ${id}`;
  return ofOrder('blind-return', what, 'an order number', null);
}

function checkHeader(sale: ErpSale, checks: ReadonlySet<Check>): Finding[] {
  const { state, stateDetail, customer } = sale;
  const findings: Finding[] = [];
  if (checks.has('state') && (state === 'cancelled' || state === 'historical')) {
    const code = state === 'cancelled' ? 'order-cancelled' : 'order-historical';
    findings.push(ofOrder(code, stateDetail, 'an order that can be credited', state));
  }
  if (checks.has('customer') && !customer.known) {
    findings.push(ofOrder('customer-unknown', customer.account, 'a customer of the ERP', customer.account));
  } else if (checks.has('customer') && customer.hold !== null) {
    const what = `${customer.account}, ${customer.hold}`;
    findings.push(ofOrder('customer-on-hold', what, 'not on hold', customer.hold));
  }
  return findings;
}

/** A state that passes: somebody releases the order, or invoices it. */
function openState({ state, stateDetail }: ErpSale): Finding | null {
  if (state === 'locked') return ofOrder('order-locked', stateDetail, 'not locked', state);
  if (state === 'not-invoiced') return ofOrder('order-not-invoiced', stateDetail, 'invoiced', state);
  return null;
}

function ofOrder(code: ExceptionCode, what: string, expected: string, received: string | null): Finding {
  return { code, what, line: { field: 'order', expected, received } };
}

/** Checks the lines of a return one after another, since each takes from what the order has left. */
class LineChecks {
  readonly findings: Finding[] = [];
  readonly warnings: ReturnWarning[] = [];
  private readonly use: SaleUse;

  constructor(
    private readonly sale: ErpSale,
    private readonly profile: CheckProfile,
  ) {
    this.use = new SaleUse(sale, profile);
  }

  check(line: ReturnLine): void {
    // A line without a SKU is the item check's to tell.
    if (line.sku === null) return;
    const candidates = this.candidatesFor(line, line.sku);
    const wanted = this.piecesWanted(line, candidates);
    if (wanted === null) return;
    const sold = sum(candidates, ({ pieces }) => pieces);
    const left = sum(candidates, (state) => this.use.leftOf(state));
    const takes = this.use.take(candidates, wanted);
    if (left < wanted) {
      const what = `${line.sku}: ${sold} sold, ${sold - left} returned before, ${wanted} now`;
      this.add('quantity', 'quantity-over-order', line, what, 'quantity', `at most ${left}`, String(wanted));
      return;
    }
    this.checkWorth(line, takes);
  }

  /** The lines of the order that a returned line can have been sold on; none where something is wrong with it. */
  private candidatesFor(line: ReturnLine, sku: string): LineState[] {
    const wanted = (this.profile.substitutes.get(sku.toLowerCase()) ?? sku).toLowerCase();
    const { states } = this.use;
    const named = states.filter(
      ({ sold }) => line.orderLineId !== null && sold.externalId === line.orderLineId,
    );
    const fitting = (named.length > 0 ? named : states).filter(
      ({ sold }) => sold.sku?.toLowerCase() === wanted || sold.substitutedFor?.toLowerCase() === wanted,
    );
    if (fitting.length > 0) {
      // Lines of their own before parts of a bundle.
      const own = fitting.filter(({ sold }) => sold.parentId === null);
      return own.length > 0 ? own : fitting;
    }
    this.tellNotOnOrder(line, sku, named);
    return [];
  }

  /** Both SKUs are shown: the one on the order and the one that comes back (R38). */
  private tellNotOnOrder(line: ReturnLine, sku: string, named: readonly LineState[]): void {
    const [ordered] = named;
    if (ordered && this.profile.checks.has('substitution')) {
      const expected = ordered.sold.sku;
      this.add(
        'substitution',
        'substitution',
        line,
        `${expected ?? '?'} ordered, ${sku} back`,
        'sku',
        expected,
      );
      return;
    }
    const shown = named.length > 0 ? named : this.use.states.filter(({ sold }) => sold.parentId === null);
    const expected = shown.map(({ sold }) => `${sold.quantity} × ${sold.sku ?? '?'}`).join(', ');
    this.add('order', 'line-not-on-order', line, `${line.quantity.value} × ${sku}`, 'sku', expected);
  }

  /** How many single pieces come back (R47); null where that cannot be told. */
  private piecesWanted(line: ReturnLine, candidates: readonly LineState[]): number | null {
    const [first] = candidates;
    if (!first) return null;
    const strange = candidates.find((state) => piecesOf(line, state) === null);
    if (strange) {
      const { sku, unit } = strange.sold;
      const told = unit ?? 'single pieces';
      this.add(
        'quantity',
        'unit-mismatch',
        line,
        `${sku ?? '?'} in ${told}`,
        'unit',
        line.quantity.unit,
        told,
      );
      return null;
    }
    const pieces = piecesOf(line, first);
    if (pieces !== null && Number.isSafeInteger(pieces) && pieces >= 1) return pieces;
    const received = String(line.quantity.value);
    const what = `${received} × ${line.sku ?? '?'}`;
    this.add('quantity', 'quantity-not-whole', line, what, 'quantity', 'whole pieces', received);
    return null;
  }

  private checkWorth(line: ReturnLine, takes: readonly Take[]): void {
    const { profile, use } = this;
    if (profile.checks.has('bundle') && takes.some((take) => use.isShareOfBundle(take))) {
      const count = `${line.quantity.value} × ${line.sku ?? '?'}`;
      this.add(
        'bundle',
        'bundle-part',
        line,
        count,
        'value',
        'a price of its own',
        'a share of the bundle’s',
      );
      return;
    }
    const worth = use.worthOf(takes);
    for (const take of takes) this.checkRoom(line, take);
    const price = compareValue(line, worth, profile.toleranceMinor);
    this.tellDifference('value', 'price-mismatch', line, 'price', price);
    this.tellDifference('tax', 'tax-mismatch', line, 'tax', compareTax(line, worth, profile.toleranceMinor));
  }

  private checkRoom(line: ReturnLine, take: Take): void {
    const over = this.use.credit(take);
    if (!over) return;
    const shown = (minor: number): string => formatMoney(money(minor, this.sale.currency));
    const { wholeMinor, beforeMinor, oursMinor } = over;
    const what = `${line.sku ?? '?'}: ${shown(wholeMinor)} sold, ${shown(beforeMinor)} credited before, ${shown(oursMinor)} now`;
    const most = `at most ${shown(Math.max(0, wholeMinor - beforeMinor))}`;
    this.add('value', 'value-over-order', line, what, 'value', most, shown(oursMinor));
  }

  private tellDifference(
    check: Check,
    code: ExceptionCode,
    line: ReturnLine,
    field: string,
    difference: ValueDifference | null,
  ): void {
    if (difference === null || !this.profile.checks.has(check)) return;
    const { expected, received, within } = difference;
    if (within) {
      const { id, sku } = line;
      this.warnings.push({ code: 'value-within-tolerance', lineId: id, sku, field, expected, received });
      return;
    }
    const what = `${line.sku ?? '?'}: order ${expected}, platform ${received}`;
    this.add(check, code, line, what, field, expected, received);
  }

  /** Notes a finding, if its check is switched on. */
  private add(
    check: Check,
    code: ExceptionCode,
    line: ReturnLine,
    what: string,
    field: string,
    expected: string | null,
    received: string | null = line.sku,
  ): void {
    if (!this.profile.checks.has(check)) return;
    this.findings.push({ code, what, line: { lineId: line.id, sku: line.sku, field, expected, received } });
  }
}

function sum<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((total, one) => total + value(one), 0);
}
