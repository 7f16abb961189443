import type { PostedDocument, ReturnEvent } from '../returns/event';
import { returnKey } from '../returns/event';
import { asLedgerError, LedgerError } from '../returns/failure';
import type { Money } from '../returns/money';
import { checkReturn, grownSince, postedLines, type Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import { documentReference } from '../runtime/document-reference';
import { beginIntent } from '../runtime/post-once';
import { LONGEST_PAUSE_MS, withRetry, type Surroundings } from '../runtime/retry';
import { faultPoint } from '../store/fault-point';
import type { IntentState, ReturnsStore } from '../store/store';
import type { ReturnOrderCalls } from './gathered-calls';
import { decimalNumber, planLines, type PlannedLine } from './match-lines';
import { NAMES } from './names';
import { and, eq, listPath } from './odata';
import type { D365Orders, SalesOrder } from './orders';
import { amountOf, compareWithPlan, linesOf, strangeLines } from './return-order-checks';
import { textOf, type D365Row } from './rows';
import type { D365Settings } from './settings';

export interface ReturnOrderPolicy {
  /** Where the goods go before inspection. */
  warehouse: string;
  /** Platform reason code → D365 return reason code. Empty: no reason is sent. */
  reasons: ReadonlyMap<string, string>;
  /** What an order number must look like; null for anything. */
  orderPattern: RegExp | null;
}

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

export type ReturnOrderOutcome =
  | {
      outcome: 'posted';
      document: PostedDocument;
      created: boolean;
      leftOut: string[];
      mismatch: Problem | null;
    }
  | { outcome: 'exception'; problem: Problem };

const KIND = 'return-order';
const SYSTEM = 'd365';

/**
 * Creates the return order of one return and order, or finds it (R14, R100): whatever is repeated, whatever dies in
 * between, there is one. The way: intent → look-ups → checks → header → lines → read back → outcome.
 *
 * Throws a {@link LedgerError} where the ERP or the network fails; the intent then says whether the outcome is open.
 */
export async function createReturnOrder(
  event: ReturnEvent,
  policy: ReturnOrderPolicy,
  parts: ReturnOrderParts,
  signal?: AbortSignal,
): Promise<ReturnOrderOutcome> {
  const unfit = checkReturn(event, policy);
  if (unfit) return { outcome: 'exception', problem: unfit };
  const { store, surroundings, doubts } = parts;
  const reference = documentReference(event);
  const key = returnKey(event);
  const wanted = { connectionId: parts.connectionId, kind: KIND, key, returnKey: key, reference };
  const { settleSeconds, timeoutSeconds } = parts.settings;
  // Another message may have to wait out the settle time, and its calls their time limits.
  const limitMs = (settleSeconds + 5 * timeoutSeconds) * 1000;
  const intent = await beginIntent(wanted, store, surroundings, limitMs, signal);
  if (intent.state === 'posted') return handOn(event, intent.document);
  const work = new ReturnOrderWork(event, policy, parts, intent, reference, signal);
  try {
    const outcome = await work.run();
    doubts.delete(intent.intentId);
    if (outcome.outcome === 'exception') {
      await store.releaseIntent(intent.intentId, { doubt: false }, instantOf(surroundings.clock));
    }
    return outcome;
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
    private readonly event: ReturnEvent,
    private readonly policy: ReturnOrderPolicy,
    private readonly parts: ReturnOrderParts,
    private readonly intent: Extract<IntentState, { state: 'start' | 'resume' }>,
    private readonly reference: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.doubtful = intent.state === 'resume' && intent.doubtSince !== null;
  }

  async run(): Promise<ReturnOrderOutcome> {
    await this.settle();
    const { existing, orders } = await this.lookUp();
    this.doubtful = false;
    if (existing.length > 1) {
      const numbers = existing.map((row) => textOf(row, 'ReturnOrderNumber')).join(', ');
      return exception({ code: 'document-ambiguous', what: numbers, lines: [] });
    }
    const [order, another] = orders;
    if (!order)
      return exception({ code: 'order-unknown', what: `order ${this.event.order.number ?? ''}`, lines: [] });
    if (another) {
      const numbers = orders.map((found) => found.number).join(', ');
      return exception({ code: 'order-ambiguous', what: numbers, lines: [] });
    }
    const details = await this.parts.orders.details(order, this.reference, this.signal);
    if (order.customer === '' || !details.customerKnown) {
      return exception({
        code: 'customer-unknown',
        what: `account ${order.customer || 'missing'}`,
        lines: [],
      });
    }
    if (this.parts.settings.requireInvoice && !details.invoiced) {
      return exception({
        code: 'order-not-invoiced',
        what: `sales order ${order.number}, ${order.status}`,
        lines: [],
      });
    }
    const plan = planLines(this.event, details.lines, details.earlier, this.parts.settings.eachUnit);
    if ('problem' in plan) return exception(plan.problem);
    if (plan.planned.length === 0)
      return exception({ code: 'line-not-on-order', what: 'nothing: no goods come back', lines: [] });
    return this.write(order, plan.planned, existing[0]);
  }

  /**
   * D365 has no unique key for return orders: a call whose answer was lost may still be carried out. Nothing is looked
   * up before the settle time is over, or the look-up would miss it (`reference/reliability.md`).
   */
  private async settle(): Promise<void> {
    if (!this.doubtful) return;
    const { surroundings, settings, doubts } = this.parts;
    const { intentId } = this.intent;
    // What another process knew of the time is not relied on: its clock, or ours, may have been set since (T5).
    const since = doubts.get(intentId) ?? surroundings.elapsed();
    doubts.set(intentId, since);
    const wait = since + settings.settleSeconds * 1000 - surroundings.elapsed();
    if (wait > LONGEST_PAUSE_MS) {
      throw new LedgerError({
        code: 'd365-settling',
        class: 'ambiguous',
        message: 'The outcome of an earlier call is not known; it is looked up when the settle time is over',
        retryAfterMs: Math.ceil(wait),
      });
    }
    if (wait > 0) await surroundings.wait(wait, this.signal);
  }

  /** Our return order, if it is there, and the sales order: one call. Cancelled return orders do not count. */
  private async lookUp(): Promise<{ existing: D365Row[]; orders: SalesOrder[] }> {
    const { client, orders } = this.parts;
    const [returns = [], sales = []] = await client.readTogether(
      [this.returnOrderPath(), orders.lookUp(this.event.order.number ?? '')],
      this.signal,
    );
    return {
      existing: returns.filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled'),
      orders: orders.read(sales),
    };
  }

  private returnOrderPath(): string {
    return returnOrdersPath(this.parts.settings.company, this.reference);
  }

  private async write(
    order: SalesOrder,
    planned: readonly PlannedLine[],
    found: D365Row | undefined,
  ): Promise<ReturnOrderOutcome> {
    const { store, surroundings, client } = this.parts;
    faultPoint('intent-before-call');
    const header =
      found ??
      (await this.whileWriting(() =>
        client.create('ReturnOrderHeadersV2', this.headerBody(order), this.signal),
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
    const missing = planned.filter(({ line }) => !there.has(line.id));
    if (missing.length > 0) await this.writeLines(number, missing);

    const [back] = await client.readTogether([this.returnOrderPath()], this.signal);
    const written = back?.find((row) => textOf(row, 'ReturnOrderNumber') === number) ?? header;
    const document = this.documentOf(written, number, order, planned);
    await store.completeIntent(this.intent.intentId, document, instantOf(surroundings.clock));
    faultPoint('outcome-before-next');
    const leftOut = this.event.lines.filter((line) => line.kind !== 'item').map((line) => line.id);
    return {
      outcome: 'posted',
      document,
      created: !found,
      leftOut,
      mismatch: compareWithPlan(linesOf(written), planned, order.currency),
    };
  }

  private async writeLines(number: string, lines: readonly PlannedLine[]): Promise<void> {
    const { client } = this.parts;
    const bodies = lines.map((line) => this.lineBody(number, line));
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

  private headerBody(order: SalesOrder): D365Row {
    const { policy, event } = this;
    const [reason] = event.lines.flatMap((line) => policy.reasons.get(line.reason.code ?? '') ?? []);
    return {
      dataAreaId: this.parts.settings.company,
      CustomerAccountNumber: order.customer,
      InvoiceCustomerAccountNumber: order.invoiceCustomer === '' ? order.customer : order.invoiceCustomer,
      CustomersOrderReference: this.reference,
      CustomerRequisitionNumber: order.number,
      CurrencyCode: order.currency,
      DefaultReturnWarehouseId: policy.warehouse,
      // The reason is the header's; different reasons of one return are told apart by disposition later (C2).
      ...(reason === undefined ? {} : { CustomerReturnReasonCode: reason }),
    };
  }

  private lineBody(number: string, { line, sale, quantity, amount }: PlannedLine): D365Row {
    return {
      dataAreaId: this.parts.settings.company,
      ReturnOrderNumber: number,
      ItemNumber: sale.itemNumber,
      ...sale.dimensions,
      ReturnSalesQuantity: -quantity,
      SalesUnitSymbol: this.parts.settings.eachUnit,
      SalesPrice: sale.price,
      LineAmount: decimalNumber(amount),
      ReturnWarehouseId: this.policy.warehouse,
      ExternalItemNumber: line.id,
    };
  }

  private documentOf(
    row: D365Row,
    number: string,
    order: SalesOrder,
    planned: readonly PlannedLine[],
  ): PostedDocument {
    return postedReturnOrder(row, {
      number,
      amount: amountOf(linesOf(row), order.currency),
      references: {
        salesOrder: order.number,
        reference: this.reference,
        company: this.parts.settings.company,
        lines: postedLines(planned),
      },
      postedAt: instantOf(this.parts.surroundings.clock),
    });
  }
}

/** Address of the look-up by our reference, with lines. */
export function returnOrdersPath(company: string, reference: string): string {
  const filter = and(eq('dataAreaId', company), eq('CustomersOrderReference', reference));
  return listPath('ReturnOrderHeadersV2', {
    filter,
    select: NAMES.ReturnOrderHeadersV2,
    expand: 'ReturnOrderLines',
  });
}

/** A return order of the ERP in the pack's own form. */
export function postedReturnOrder(
  row: D365Row,
  facts: { number: string; amount: Money | null; references: Record<string, string>; postedAt: string },
): PostedDocument {
  const rma = textOf(row, 'RMANumber');
  return {
    system: SYSTEM,
    kind: KIND,
    number: facts.number,
    id: null,
    references: { ...(rma === '' ? {} : { rma }), ...facts.references },
    status: textOf(row, 'ReturnStatus') || null,
    amount: facts.amount,
    postedAt: facts.postedAt,
  };
}

/** The return order exists: it is handed on without a call, unless the return has grown since. */
function handOn(event: ReturnEvent, document: PostedDocument): ReturnOrderOutcome {
  const problem = grownSince(event, document, 'return order');
  return problem
    ? { outcome: 'exception', problem }
    : { outcome: 'posted', document, created: false, leftOut: [], mismatch: null };
}

function exception(problem: Problem): ReturnOrderOutcome {
  return { outcome: 'exception', problem };
}
