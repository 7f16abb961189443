import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { returnKey } from '../../returns/event';
import { asLedgerError } from '../../returns/failure';
import { mappedReturn } from '../../returns/mapped-return';
import { checkReturn, grownSince, itemLines, type Problem } from '../../returns/posting-checks';
import { asTold } from '../../returns/posting-lines';
import { reasonCodes } from '../../returns/reason-codes';
import { instantOf } from '../../returns/time';
import { documentReference } from '../../runtime/document-reference';
import { beginIntent } from '../../runtime/post-once';
import { withRetry } from '../../runtime/retry';
import { faultPoint } from '../../store/fault-point';
import type { IntentState } from '../../store/store';
import type { PlannedLine } from './match-lines';
import type { SalesOrder } from './orders';
import { mappedFees, type MappedFee } from './plan-fees';
import {
  compareFees,
  compareWithPlan,
  grownFees,
  linesOf,
  strangeLines,
  theOrder,
} from './return-order-checks';
import {
  documentOf,
  feeRow,
  headerRow,
  KIND,
  lineRow,
  returnOrdersPath,
  type ReturnOrderFacts,
} from './return-order-rows';
import { unknownPlace, returnPlaces } from './return-places';
import { textOf, type D365Row } from './rows';
import {
  planReturnOrder,
  type PlannedReturnOrder,
  type Posting,
  type ReturnOrderParts,
} from './return-order-plan';
import { settle } from '../settle';
import { customValues } from '../custom-fields';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from '../documents';

export type { ReturnOrderParts } from './return-order-plan';

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
  const places = returnPlaces(event, policy);
  if ('problem' in places) return exception(places.problem);
  const posted = policy.fees === 'leave-out' ? { fees: [] } : mappedFees(event, mappings);
  if ('problem' in posted) return exception(posted.problem);
  const { fees } = posted;
  const { store, surroundings, doubts } = parts;
  const reference = documentReference(event);
  const key = returnKey(event);
  const wanted = { connectionId: parts.connectionId, kind: KIND, key, returnKey: key, reference };
  const { settleSeconds, timeoutSeconds } = parts.settings;
  // Another message may have to wait out the settle time, and its calls their time limits.
  const limitMs = (settleSeconds + 5 * timeoutSeconds) * 1000;
  const intent = await beginIntent(wanted, store, surroundings, limitMs, signal);
  if (intent.state === 'posted') return handOn(event, intent.document, fees);
  const posting = { event, mapped, reasons, policy, reference, fees, places: places.places };
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
    const found = theOrder(existing, orders, this.posting.event.order.number ?? '');
    if ('problem' in found) return exception(found.problem);
    const { order } = found;
    const plan = await planReturnOrder(this.posting, order, existing.length > 0, this.parts, this.signal);
    return 'problem' in plan ? exception(plan.problem) : this.write(order, plan, existing[0]);
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
    lines: PlannedReturnOrder,
    found: D365Row | undefined,
  ): Promise<ReturnOrderOutcome> {
    const { store, surroundings, client, settings } = this.parts;
    const { policy, reference, event } = this.posting;
    const { planned, fees } = lines;
    const facts = { order, policy, settings, reference };
    faultPoint('intent-before-call');
    const begun = found ? { row: found } : await this.header(facts);
    if ('problem' in begun) return exception(begun.problem);
    const { row: header } = begun;
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
    const conflict = strangeLines(present, planned, fees, number);
    if (conflict) return exception(conflict);
    const there = new Set(present.map((line) => textOf(line, 'ExternalItemNumber')));
    const isMissing = ({ external }: { external: string }): boolean => !there.has(external);
    const goods = planned.filter(isMissing).map((line) => this.lineRow(facts, number, line, lines));
    const charges = fees.filter(isMissing).map((fee) => feeRow(facts, number, fee));
    const missing = [...(await Promise.all(goods)), ...charges];
    const nowhere = missing.length > 0 ? await this.writeLines(missing) : null;
    if (nowhere) return exception(nowhere);

    const [back] = await client.readTogether([this.returnOrderPath()], this.signal);
    const written = back?.find((row) => textOf(row, 'ReturnOrderNumber') === number) ?? header;
    const postedAt = instantOf(surroundings.clock);
    const document = documentOf(written, number, facts, planned, fees, postedAt);
    await store.completeIntent(this.intent.intentId, document, postedAt);
    faultPoint('outcome-before-next');
    const leftOut =
      policy.fees === 'leave-out' ? event.lines.filter(({ kind }) => kind === 'fee').map(({ id }) => id) : [];
    const rows = linesOf(written);
    return {
      outcome: 'posted',
      document,
      created: !found,
      leftOut,
      mismatch: compareWithPlan(rows, planned, order.currency) ?? compareFees(rows, fees, order),
    };
  }

  /** Of different reasons, the first that has a code. */
  private reason(): string | undefined {
    const { event, reasons } = this.posting;
    return event.lines.flatMap((line) => reasons.get(line.reason.code ?? '') ?? [])[0];
  }

  /** Creates the header; a reason code that the ERP does not have is the mappings' (C1 row 15). */
  private async header(facts: ReturnOrderFacts): Promise<{ row: D365Row } | { problem: Problem }> {
    const { client, fields } = this.parts;
    const { policy, event } = this.posting;
    const values = customValues(policy.customFields ?? [], event, null);
    const custom = await fields.row('ReturnOrderHeadersV2', values, this.signal);
    const reason = this.reason();
    const row = { ...custom, ...headerRow(facts, reason) };
    try {
      return {
        row: await this.whileWriting(() => client.create('ReturnOrderHeadersV2', row, this.signal)),
      };
    } catch (thrown) {
      const error = asLedgerError(thrown);
      const unknown = error.code === 'd365-value-unknown' && /reason/i.test(error.message);
      const problem =
        unknown && reason !== undefined ? unknownReason(reason, event) : unknownPlace(error, [policy]);
      if (!problem) throw thrown;
      this.writing = false;
      return { problem };
    }
  }

  private async lineRow(
    facts: ReturnOrderFacts,
    number: string,
    planned: PlannedLine,
    { costOf }: PlannedReturnOrder,
  ): Promise<D365Row> {
    const { event, policy, places } = this.posting;
    const told = event.lines.find(({ id }) => id === planned.line.id) ?? planned.line;
    const values = customValues(policy.customFields ?? [], event, told);
    const custom = await this.parts.fields.row('ReturnOrderLinesV2', values, this.signal);
    const place = places.get(told.id) ?? { warehouse: policy.warehouse, location: '' };
    const cost = planned.unit === planned.sale.unit ? costOf(planned.sale.itemNumber) : 0;
    return { ...custom, ...lineRow(facts, number, planned, place, cost) };
  }

  /** A place that the ERP does not have is the warehouse's to mend, and the lines are written then (C1 row 16). */
  private async writeLines(bodies: readonly D365Row[]): Promise<Problem | null> {
    const { client } = this.parts;
    const [only] = bodies;
    try {
      if (only && bodies.length === 1) {
        await this.whileWriting(() => client.create('ReturnOrderLinesV2', only, this.signal));
      } else {
        await this.whileWriting(() => client.createTogether('ReturnOrderLinesV2', bodies, this.signal));
      }
      return null;
    } catch (thrown) {
      const problem = unknownPlace(asLedgerError(thrown), [...this.posting.places.values()]);
      if (!problem) throw thrown;
      this.writing = false;
      return problem;
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
function handOn(
  event: ReturnEvent,
  document: PostedDocument,
  fees: readonly MappedFee[],
): ReturnOrderOutcome {
  const problem = grownSince(event, document, 'return order') ?? grownFees(fees, document);
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

/** A code of the mappings that Dynamics 365 does not have: its own words are the proof, for no set of reasons is confirmed. */
function unknownReason(reason: string, event: ReturnEvent): Problem {
  return {
    code: 'reason-unmapped',
    what: `${reason}, which is no return reason code of Dynamics 365`,
    lines: itemLines(event).map((line) => ({
      lineId: line.id,
      sku: line.sku,
      field: 'reason',
      expected: 'a return reason code of Dynamics 365',
      received: line.reason.code ?? line.reason.text,
    })),
  };
}
