import type { LedgerError } from '../../returns/failure';
import { sideBySide } from '../connector-parts';
import type { CreditedReturn, PostedDocuments, RefundPolicy } from '../documents';
import { askedOnce, importPackages } from './data-package';
import { GatheredCalls } from './gathered-calls';
import { listPath } from './odata';
import type { FscmParts, RefundCalls } from './parts';
import { bookRefund } from './refund';

/**
 * Books the refunds of many returns at once: the look-ups of all are a few calls, and their journals go in with one data
 * package, which no throttling touches (A3, A12). Each refund has its own journal, intent and outcome, planned by the same
 * code as that of a single one; what failed for one is the answer of that one.
 *
 * @param name by which refunds of one return are made one after another
 */
export async function refundTogether(
  credited: readonly CreditedReturn[],
  policy: RefundPolicy,
  parts: FscmParts,
  name: (one: CreditedReturn) => string,
  signal?: AbortSignal,
): Promise<(PostedDocuments | LedgerError)[]> {
  const { client, surroundings, store } = parts;
  const answers = new Map<CreditedReturn, PostedDocuments | LedgerError>();
  for (const some of apart(credited)) {
    const calls = new GatheredCalls(client, some.length, surroundings, signal, (items) =>
      importPackages(items, parts, signal),
    );
    const packageAction = askedOnce(client);
    const outcomes = await sideBySide(some, calls, (one, caller) => {
      const own: RefundCalls = {
        readTogether: (paths) => caller.readTogether(paths),
        list: async (set, query) => (await caller.readTogether([listPath(set, query)])).flat(),
        create: (set, row) => caller.create(set, row),
        createTogether: (set, rows) => caller.createTogether(set, rows),
        packageAction,
      };
      const together = { ...parts, client: own, import: caller.import };
      const book = (): Promise<PostedDocuments> =>
        bookRefund(one.event, one.credits, policy, together, signal);
      return store.exclusive(name(one), book, signal);
    });
    some.forEach((one, at) => {
      const outcome = outcomes[at];
      if (outcome) answers.set(one, outcome);
    });
  }
  return credited.map((one) => {
    const answer = answers.get(one);
    if (!answer) throw new Error('No answer came for a refund');
    return answer;
  });
}

/** Refunds of one order wait for one another, so no two of them are in the same round. */
function apart(credited: readonly CreditedReturn[]): CreditedReturn[][] {
  const rounds: CreditedReturn[][] = [];
  const seen = new Map<string, number>();
  for (const one of credited) {
    const order = one.event.order.number ?? one.event.returnId;
    const round = seen.get(order) ?? 0;
    seen.set(order, round + 1);
    rounds[round] = [...(rounds[round] ?? []), one];
  }
  return rounds;
}
