import type { PostedDocument, ReturnLine } from '../returns/event';
import { linesPosted } from '../returns/posting-checks';
import type { CreditPlan } from './plan-credit';

/** What each line is credited, net and tax together in the smallest unit, as `id×minor`. */
export function amountsByLine(plan: CreditPlan): string {
  const sums = new Map<string, number>();
  for (const { line, net, tax } of plan.rows) {
    sums.set(line.id, (sums.get(line.id) ?? 0) + net.minor + tax.minor);
  }
  return [...sums].map(([id, minor]) => `${id}×${minor}`).join(' ');
}

/** What a credit's document says that each line was credited, in the smallest unit. */
export function amountsOf({ references }: Pick<PostedDocument, 'references'>): Map<string, number> {
  const entries = (references['amounts'] ?? '').split(' ').filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => {
      const at = entry.lastIndexOf('×');
      return [entry.slice(0, at), Number(entry.slice(at + 1))] as const;
    }),
  );
}

/** The same of these lines only; null where the document does not tell all of them, or of fewer units. */
export function amountsOfLines(
  lines: readonly ReturnLine[],
  document: PostedDocument,
): Map<string, number> | null {
  const [amounts, posted] = [amountsOf(document), linesPosted(document)];
  const told = lines.every(({ id, quantity }) => amounts.has(id) && posted.get(id) === quantity.value);
  return told ? new Map(lines.map(({ id }) => [id, amounts.get(id) ?? 0])) : null;
}
