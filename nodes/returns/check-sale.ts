import type { CheckProfile, CheckResult } from './check-profile';
import type { ErpSale, SaleAnswer } from './erp-sale';
import type { ReturnEvent } from './event';
import type { ExceptionCode } from './exception-catalogue';
import type { Finding } from './finding';
import { namedLines } from './named-line';
import { checkOrderNumber } from './posting-checks';
import { SaleLineChecks } from './sale-line-checks';

/**
 * Compares a return with the order it names, before anything is posted. All findings come at once, each with what was
 * expected and what came; which are looked for is the profile's.
 *
 * @param event  the return by the ERP's names
 * @param answer what the ERP has for the order number; null where it was not asked
 * @param told   the return as the platform told it, which is what findings name
 */
export function checkAgainstSale(
  event: ReturnEvent,
  answer: SaleAnswer | null,
  profile: CheckProfile,
  told: ReturnEvent = event,
): CheckResult {
  const none: CheckResult = { findings: [], waitsFor: null, warnings: [], soldOn: [] };
  const reference = checkReference(event, profile);
  if (reference) return { ...none, findings: [reference] };
  if (answer === null) return none;
  if (answer.found !== 'sale') {
    const code = answer.found === 'unknown' ? 'order-unknown' : 'order-ambiguous';
    const expected = answer.found === 'unknown' ? 'an order of the ERP' : 'one order of the ERP';
    return { ...none, findings: [ofOrder(code, answer.what, expected, event.order.number)] };
  }
  const { sale } = answer;
  const lines = new SaleLineChecks(sale, profile);
  for (const named of namedLines(event, told)) {
    if (named.line.kind === 'item') lines.check(named);
  }
  const findings = [...checkHeader(sale, profile.checks), ...lines.findings];
  const waitsFor = profile.checks.has('state') ? openState(sale) : null;
  return {
    // Where a person is asked anyway, they see that as well.
    findings: findings.length > 0 && waitsFor ? [...findings, waitsFor] : findings,
    waitsFor,
    warnings: lines.warnings,
    soldOn: lines.soldOn,
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

function checkHeader(sale: ErpSale, checks: CheckProfile['checks']): Finding[] {
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
