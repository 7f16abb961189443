import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';

/** What a refusal of posting is by its words: the texts are not published (A15), so the pattern is wide. */
const WAITS: readonly { says: RegExp; code: string }[] = [
  { says: /update conflict|deadlock/i, code: 'd365-update-conflict' },
  { says: /\bperiod\b/i, code: 'period-closed' },
  { says: /customer .*\b(on hold|stopped|blocked)\b/i, code: 'customer-on-hold' },
  { says: /order .*\b(is stopped|on hold)\b|processing .*stopped/i, code: 'order-locked' },
  {
    says: /quarantine|disposition|not registered|nothing registered|registered or received|has status|needs a registered/i,
    code: 'goods-not-ready',
  },
];

/**
 * What it means that a document was not posted: an error for what passes by itself or is waited for, or a problem for a
 * person. The texts are those of the Infolog.
 *
 * @param document for people, such as `return order 001624`
 * @param thrown the service ended in a fault of its own, which may pass
 */
export function refusedPosting(document: string, messages: readonly string[], thrown: boolean): Problem {
  const said = messages.join(' ').replace(/\s+/g, ' ').trim().slice(0, 500);
  const known = WAITS.find(({ says }) => says.test(said));
  if (known) {
    throw new LedgerError({
      code: known.code,
      class: known.code === 'd365-update-conflict' ? 'transient' : 'state-blocked',
      message: `${document}: ${said}`,
    });
  }
  if (thrown) {
    throw new LedgerError({
      code: 'd365-service-fault',
      class: 'transient',
      message: `${document}: the posting service failed: ${said}`,
    });
  }
  const what = said === '' ? `${document} was not posted, and no reason was told` : `${document}: ${said}`;
  return { code: 'erp-refused', what, lines: [] };
}

/**
 * What the posting service threw, where it ran and threw: nothing of that call is posted, for a transaction that ends so
 * is taken back. Null for other failures, whose outcome is open.
 */
export function thrownByService(error: LedgerError): string | null {
  return /invoking the operation - ([\s\S]*)$/.exec(error.message)?.[1] ?? null;
}
