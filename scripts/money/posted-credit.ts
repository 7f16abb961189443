import { amountsByLine } from '../../nodes/brightpearl/credited-amounts';
import type { CreditPlan } from '../../nodes/brightpearl/plan-credit';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { postedLines } from '../../nodes/returns/posting-checks';

/** The credit as the product keeps it, with what each line is credited. */
export function postedCredit(event: ReturnEvent, plan: CreditPlan): PostedDocument {
  return {
    system: 'brightpearl',
    kind: 'sales-credit',
    number: event.returnId,
    id: event.returnId,
    references: {
      reference: event.returnId,
      lines: postedLines(plan.rows.filter(({ rowId }) => rowId !== null)),
      amounts: amountsByLine(plan),
    },
    status: 'open',
    amount: money(-plan.gross.minor, plan.gross.currency),
    postedAt: event.occurredAt,
  };
}
