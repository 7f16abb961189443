import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { returnKey } from '../../returns/event';
import { asLedgerError } from '../../returns/failure';
import { mappedReturn } from '../../returns/mapped-return';
import { checkReturn, grownSince, type Problem } from '../../returns/posting-checks';
import { asTold } from '../../returns/posting-lines';
import { reasonCodes, type ReasonCodes } from '../../returns/reason-codes';
import { instantOf } from '../../returns/time';
import { documentReference } from '../../runtime/document-reference';
import { beginIntent } from '../../runtime/post-once';
import { withRetry, type Surroundings } from '../../runtime/retry';
import { faultPoint } from '../../store/fault-point';
import type { IntentState, ReturnsStore } from '../../store/store';
import type { ReturnOrderCalls } from './gathered-calls';
import { planLines, type PlannedLine } from './match-lines';
import type { D365Orders, SalesOrder } from './orders';
import { compareWithPlan, linesOf, strangeLines, theOrder, unfitOrder } from './return-order-checks';
import {
  documentOf,
  headerRow,
  KIND,
  lineRow,
  returnOrdersPath,
  type ReturnOrderFacts,
} from './return-order-rows';
import { textOf, type D365Row } from './rows';
import { settle } from './settle';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from '../documents';
import type { D365Settings } from '../settings';

export interface ReturnOrderParts {
  client: ReturnOrderCalls;
  orders: D365Orders;
  settings: D365Settings;
  connectionId: string;
  store: ReturnsStore;
  surroundings: Surroundings;
  /** When the doubt about an intent began, in milliseconds of `surroundings.elapsed`. */
  doubts: Map<string, number>;
}

/**
 * Creates the return order of one return and order, or finds it (R14, R100): whatever is repeated, whatever dies in
 * between, there is one. The way: intent → look-ups → checks → header → lines → read back → outcome. It is planned in the
 * ERP's names and pieces, where the policy has mappings; what it is known by, and what is said of it, stays the platform's.
 *
 * Throws a {@link LedgerError} where the ERP or the network fails; the intent then says whether the outcome is open.
 */
export async function createReturnOrder(
  event: ReturnEvent,
  policy: ReturnOrderPolicy,
  parts: ReturnOrderParts,
  signal?: AbortSignal,
): Promise<ReturnOrderOutcome> {
  const { mappings = null } = policy;
  const { event: mapped, problem } = mappedReturn(event, mappings);
  const reasons = reasonCodes(policy.reasons, mappings);
  const unfit = checkReturn(mapped, { ...policy, reasons }) ?? problem;
  if (unfit) return exception(asTold(unfit, event, mapped));
  const { store, surroundings, doubts } = parts;
  const reference = documentReference(event);
  const key = returnKey(event);
  const wanted = { connectionId: parts.connectionId, kind: KIND, key, returnKey: key, reference };
  const { settleSeconds, timeoutSeconds } = parts.settings;
  // Another message may have to wait out the settle time, and its calls their time limits.
  const limitMs = (settleSeconds + 5 * timeoutSeconds) * 1000;
  const intent = await beginIntent(wanted, store, surroundings, limitMs, signal);
  if (intent.state === 'posted') return handOn(event, intent.document);
  const posting = { event, mapped, reasons, policy, reference };
  const work = new ReturnOrderWork(posting, parts, intent, signal);
  try {
    const outcome = await work.run();
    doubts.delete(intent.intentId);
    if (outcome.outcome === 'exception') {
      await store.releaseIntent(intent.intentId, { doubt: false }, instantOf(surroundings.clock));
    }
    return inToldWords(outcome, event, mapped);
  } catch (thrown) {
    const error = asLedgerError(thrown);
    // What was in doubt before stays in doubt until a look-up has cleared it.
    const doubt = work.writing ? error.class === 'ambiguous' : work.doubtful;
    if (!doubt) doubts.delete(intent.intentId);
    else if (work.writing) doubts.set(intent.intentId, surroundings.elapsed());
    await store.releaseIntent(intent.intentId, { doubt }, instantOf(surroundings.clock));
    throw error;
  }
}

/** What is to be posted. */
interface Posting {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces. */
  mapped: ReturnEvent;
  reasons: ReasonCodes;
  policy: ReturnOrderPolicy;
  reference: string;
}

/** One try at one return order. */
class ReturnOrderWork {
  /** True from the moment a write may have left until its answer is known. */
  writing = false;
  /** True while an earlier try may have written something that has not been looked up yet. */
  doubtful: boolean;

  constructor(
    private readonly posting: Posting,
    private readonly parts: ReturnOrderParts,
    private readonly intent: Extract<IntentState, { state: 'start' | 'resume' }>,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.doubtful = intent.state === 'resume' && intent.doubtSince !== null;
  }

  async run(): Promise<ReturnOrderOutcome> {
    if (this.doubtful) await settle(this.intent.intentId, this.parts, this.signal);
    const { existing, orders } = await this.lookUp();
    this.doubtful = false;
    const { event, mapped, policy, reference } = this.posting;
    const { settings } = this.parts;
    const found = theOrder(existing, orders, event.order.number ?? '');
    if ('problem' in found) return exception(found.problem);
    const { order } = found;
    const details = await this.parts.orders.details(order, reference, this.signal);
    const unfit = unfitOrder(order, details, settings.requireInvoice);
    if (unfit) return exception(unfit);
    const { lines: sales, earlier } = details;
    const { mappings = null } = policy;
    const plan = planLines({ event, mapped, mappings, sales, earlier, eachUnit: settings.eachUnit });
    if ('problem' in plan) return exception(plan.problem);
    if (plan.planned.length === 0)
      return exception({ code: 'line-not-on-order', what: 'nothing: no goods come back', lines: [] });
    return this.write(order, plan.planned, existing[0]);
  }

  /** Our return order, if it is there, and the sales order: one call. Cancelled return orders do not count. */
  private async lookUp(): Promise<{ existing: D365Row[]; orders: SalesOrder[] }> {
    const { client, orders } = this.parts;
    const [returns = [], sales = []] = await client.readTogether(
      [this.returnOrderPath(), orders.lookUp(this.posting.event.order.number ?? '')],
      this.signal,
    );
    return {
      existing: returns.filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled'),
      orders: orders.read(sales),
    };
  }

  private returnOrderPath(): string {
    return returnOrdersPath(this.parts.settings.company, this.posting.reference);
  }

  private async write(
    order: SalesOrder,
    planned: readonly PlannedLine[],
    found: D365Row | undefined,
  ): Promise<ReturnOrderOutcome> {
    const { store, surroundings, client, settings } = this.parts;
    const { policy, reference } = this.posting;
    const facts = { order, policy, settings, reference };
    faultPoint('intent-before-call');
    const header =
      found ??
      (await this.whileWriting(() =>
        client.create('ReturnOrderHeadersV2', headerRow(facts, this.reason()), this.signal),
      ));
    faultPoint('answer-before-stored');
    const number = textOf(header, 'ReturnOrderNumber');
    const now = instantOf(surroundings.clock);
    await store.recordIntentStep(
      this.intent.intentId,
      'header',
      { number, rma: textOf(header, 'RMANumber') },
      now,
    );

    faultPoint('header-before-lines');
    const present = found ? linesOf(found) : [];
    const conflict = strangeLines(present, planned, number);
    if (conflict) return exception(conflict);
    const there = new Set(present.map((line) => textOf(line, 'ExternalItemNumber')));
    const missing = planned.filter(({ external }) => !there.has(external));
    if (missing.length > 0) await this.writeLines(facts, number, missing);

    const [back] = await client.readTogether([this.returnOrderPath()], this.signal);
    const written = back?.find((row) => textOf(row, 'ReturnOrderNumber') === number) ?? header;
    const postedAt = instantOf(surroundings.clock);
    const document = documentOf(written, number, facts, planned, postedAt);
    await store.completeIntent(this.intent.intentId, document, postedAt);
    faultPoint('outcome-before-next');
    const leftOut = this.posting.event.lines.filter((line) => line.kind !== 'item').map((line) => line.id);
    return {
      outcome: 'posted',
      document,
      created: !found,
      leftOut,
      mismatch: compareWithPlan(linesOf(written), planned, order.currency),
    };
  }

  /** Of different reasons, the first that has a code. */
  private reason(): string | undefined {
    const { event, reasons } = this.posting;
    return event.lines.flatMap((line) => reasons.get(line.reason.code ?? '') ?? [])[0];
  }

  private async writeLines(
    facts: ReturnOrderFacts,
    number: string,
    lines: readonly PlannedLine[],
  ): Promise<void> {
    const { client } = this.parts;
    const bodies = lines.map((line) => lineRow(facts, number, line));
    const [only] = bodies;
    if (only && bodies.length === 1) {
      await this.whileWriting(() => client.create('ReturnOrderLinesV2', only, this.signal));
    } else {
      await this.whileWriting(() => client.createTogether('ReturnOrderLinesV2', bodies, this.signal));
    }
  }

  /** A write is tried again only where it is certain that nothing was written. */
  private async whileWriting<T>(write: () => Promise<T>): Promise<T> {
    const { store, surroundings } = this.parts;
    this.writing = true;
    // Before each try: the wait between two of them may be the stop in which another instance took over.
    const answer = await withRetry(
      async () => {
        store.assertAlive();
        return write();
      },
      surroundings,
      this.signal,
    );
    this.writing = false;
    return answer;
  }
}

/** The return order exists: it is handed on without a call, unless the return has grown since. */
function handOn(event: ReturnEvent, document: PostedDocument): ReturnOrderOutcome {
  const problem = grownSince(event, document, 'return order');
  return problem
    ? { outcome: 'exception', problem }
    : { outcome: 'posted', document, created: false, leftOut: [], mismatch: null };
}

/** The outcome with its problem, if it has one, in the platform's words. */
function inToldWords(
  outcome: ReturnOrderOutcome,
  event: ReturnEvent,
  mapped: ReturnEvent,
): ReturnOrderOutcome {
  if (outcome.outcome === 'exception') return exception(asTold(outcome.problem, event, mapped));
  return { ...outcome, mismatch: outcome.mismatch && asTold(outcome.mismatch, event, mapped) };
}

function exception(problem: Problem): ReturnOrderOutcome {
  return { outcome: 'exception', problem };
}
