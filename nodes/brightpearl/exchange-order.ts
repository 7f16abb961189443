import type { PostedDocument, ReturnEvent } from '../returns/event';
import { returnKey } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { mappedReturn } from '../returns/mapped-return';
import { formatMoney } from '../returns/money';
import { postedLines, type Problem } from '../returns/posting-checks';
import { asTold } from '../returns/posting-lines';
import { instantOf } from '../returns/time';
import { withMappings } from '../runtime/mappings-node';
import { postOnce, type PostingAttempt } from '../runtime/post-once';
import { BrightpearlRefusal } from './errors';
import { deliveryOf, withoutAddress, type Delivery } from './exchange-address';
import { exchangeBody, type ExchangePolicy } from './exchange-body';
import { allocationInWords, compareExchange, notAllocated, totalsOf } from './exchange-check';
import { exchangeFor, grownExchange, type ExchangeLines, type Replacement } from '../returns/exchange-lines';
import { creditedValues, expectedValues } from './exchange-value';
import { creditAmong, creditMissing } from './find-credit';
import { findOriginal } from './find-order';
import { isCancelled } from './order-state';
import type { BrightpearlParts } from './parts';
import { planExchange, type ExchangePlan } from './plan-exchange';
import { createdId, type Credit, type OriginalOrder } from './records';
import { describeRefusal } from './refused-lines';
import { replacementReference } from './replacement-key';
import { SYSTEM } from './sales-credit';

export const EXCHANGE_KIND = 'exchange-order';

export interface ExchangeOutcome {
  /** Null where the order was not made. */
  document: PostedDocument | null;
  created: boolean;
  problem: Problem | null;
}

/**
 * Creates the replacement order of a return, or finds it: a second sales order of its own, linked with the original
 * one, beside the credit (R124). It carries our reference and the integration instance, which Brightpearl takes as a
 * unique key, so that there is one whatever is repeated.
 *
 * Throws a {@link LedgerError}: `credit-missing` (state-blocked) where the credit is to be there first and is not, and
 * what Brightpearl or the network fail with. No address is in it, nor in anything that is given.
 *
 * @param known documents that the message carries: the credit may be among them
 */
export async function createExchangeOrder(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: ExchangePolicy,
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<ExchangeOutcome> {
  const { event: mapped, problem: broken } = mappedReturn(event, policy.mappings);
  const asked = broken ? { problem: broken } : exchangeFor(event, mapped, policy);
  if ('problem' in asked) return failed(asTold(asked.problem, event, mapped));
  const { store, surroundings, connectionId, settings } = parts;
  const key = returnKey(event);
  const reference = replacementReference(event);
  const outcome = await postOnce<ExchangeOutcome>(
    { connectionId, kind: EXCHANGE_KIND, key, returnKey: key, reference },
    {
      posted: (document) => handOn(asked.replacements, document),
      post: (attempt) =>
        new ExchangeWork(event, mapped, asked, known, policy, parts, reference, attempt, signal).run(),
    },
    { store, surroundings, limitMs: 5 * settings.timeoutSeconds * 1000, signal },
  );
  return { ...outcome, problem: outcome.problem && asTold(outcome.problem, event, mapped) };
}

/** The order exists: it is handed on without a call, unless more is to be replaced since. */
function handOn(replacements: readonly Replacement[], document: PostedDocument): ExchangeOutcome {
  return { document, created: false, problem: grownExchange(replacements, document) };
}

interface Original {
  order: OriginalOrder;
  credit: Credit | null;
}

class ExchangeWork {
  constructor(
    private readonly event: ReturnEvent,
    private readonly mapped: ReturnEvent,
    private readonly asked: ExchangeLines,
    private readonly known: readonly PostedDocument[],
    private readonly policy: ExchangePolicy,
    private readonly parts: BrightpearlParts,
    private readonly reference: string,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<ExchangeOutcome> {
    const credit = await this.credit();
    const found = await this.original(credit);
    if ('problem' in found) return failed(found.problem);
    const about: Original = { order: found.order, credit };
    const planned = await this.plan(about);
    if (this.attempt.inDoubt) {
      const there = await this.existing();
      if (there) return this.finish(about, planned, there, { created: false });
    }
    // What may have been sent stays in doubt until it is found, or a call with the same key is answered.
    const problem = this.unfit(about.order);
    if (problem) return failed(problem);
    if ('problem' in planned) return failed(planned.problem);
    return this.create(about, planned.plan);
  }

  /** The order that the credit hangs on; without a credit, the order that the platform names. */
  private async original(credit: Credit | null): Promise<{ order: OriginalOrder } | { problem: Problem }> {
    const parentId = credit?.parentId ?? null;
    const order = parentId === null ? null : await this.parts.reader.order(parentId, this.signal);
    return order ? { order } : findOriginal(this.event, this.policy, this.parts, this.signal);
  }

  /** The credit of the return; null where there is none, and none is needed first. */
  private async credit(): Promise<Credit | null> {
    const { reader } = this.parts;
    const document = await this.creditDocument();
    const credit = document ? await reader.credit(Number(document.number), this.signal) : null;
    if (credit && !credit.cancelled) return credit;
    if (!this.policy.afterCredit) return null;
    const because = credit ? `, ${credit.id}, is cancelled` : 'is not there yet';
    throw creditMissing(this.event, `${because}: the replacement waits for it`);
  }

  private async creditDocument(): Promise<PostedDocument | null> {
    const stored = await this.parts.store.documentsOf(returnKey(this.event));
    return creditAmong([...this.known, ...stored]) ?? null;
  }

  private unfit(order: OriginalOrder): Problem | null {
    const name = `order ${order.reference} (${order.id})`;
    if (isCancelled(order.status, this.parts.settings.cancelledStatuses)) {
      return { code: 'order-cancelled', what: `${name} has the status ${order.status.name}`, lines: [] };
    }
    if (order.customerId > 0) return null;
    return { code: 'customer-unknown', what: `${name} has no customer`, lines: [] };
  }

  private async plan(about: Original): Promise<{ plan: ExchangePlan } | { problem: Problem }> {
    const { directory, products } = this.parts;
    const { replacements, exchanged } = this.asked;
    const skus = new Map(replacements.map(({ sku }) => [sku.toLowerCase(), sku]));
    const [taxCodes, found] = await Promise.all([
      directory.taxCodes(),
      Promise.all(
        [...skus].map(async ([name, sku]) => [name, await products.bySku(sku, this.signal)] as const),
      ),
    ]);
    const { order, credit } = about;
    const { mappings, priceFrom } = this.policy;
    const valued = credit
      ? creditedValues(exchanged, credit, order, await this.creditDocument(), mappings)
      : expectedValues(this.mapped, exchanged, order, await this.earlier(order), taxCodes, mappings);
    if ('problem' in valued) return valued;
    const planned = planExchange({
      replacements,
      currency: order.currency,
      products: new Map(found),
      taxCodes,
      values: valued.values,
      priceFrom,
    });
    return 'problem' in planned ? { problem: await this.withCandidates(planned.problem) } : planned;
  }

  /** The nearest items, as a help to a person. */
  private async withCandidates(problem: Problem): Promise<Problem> {
    if (problem.code !== 'sku-unknown') return problem;
    const lines = problem.lines.map(async (line) => {
      const found = await this.parts.products.candidates(line.sku ?? '', this.signal);
      return { ...line, candidates: found.map(({ itemNumber }) => itemNumber) };
    });
    return { ...problem, lines: await Promise.all(lines) };
  }

  private async earlier(order: OriginalOrder): Promise<Credit[]> {
    const { reader } = this.parts;
    const children = await reader.creditsOfOrder(order.id, this.signal);
    const credits = await Promise.all(children.map(({ id }) => reader.credit(id, this.signal)));
    return credits.flatMap((credit) => (credit && !credit.cancelled ? [credit] : []));
  }

  private async existing(): Promise<OriginalOrder | null> {
    const { reader, settings } = this.parts;
    const [id] = await reader.ofKey(this.reference, settings.instanceId, this.signal);
    return id === undefined ? null : reader.order(id, this.signal);
  }

  private async create(about: Original, plan: ExchangePlan): Promise<ExchangeOutcome> {
    const { client, reader } = this.parts;
    const delivery = await this.delivery(about.order);
    const { reference } = this;
    const key = { reference, instanceId: this.parts.settings.instanceId };
    const body = exchangeBody(about.order, plan, delivery, this.policy, key);
    let id: number;
    try {
      const answer = await this.attempt.write((assertAlive) =>
        client.write({ method: 'POST', path: '/order-service/sales-order', body, assertAlive }),
      );
      id = createdId(answer);
    } catch (thrown) {
      if (!(thrown instanceof BrightpearlRefusal)) throw thrown;
      const refusal = anonymous(thrown, delivery);
      const there = await this.refusedBecauseThere(refusal);
      if (there) return this.finish(about, { plan }, there, { created: false, delivery });
      const rows = plan.rows.map(({ replacement }) => ({
        lineId: replacement.line.id,
        sku: replacement.sku,
      }));
      const problem = describeRefusal(refusal, rows);
      // It is no line of a credit.
      return failed(problem.code === 'credit-line-refused' ? { ...problem, code: 'erp-refused' } : problem);
    }
    const order = await reader.order(id, this.signal);
    if (!order) {
      throw new LedgerError({
        code: 'brightpearl-order-unread',
        class: 'ambiguous',
        message: `Replacement order ${id} was created and cannot be read back`,
      });
    }
    return this.finish(about, { plan }, order, { created: true, delivery });
  }

  /** The order that holds our key; null where the refusal has another reason. Throws what a person cannot mend. */
  private async refusedBecauseThere(refusal: BrightpearlRefusal): Promise<OriginalOrder | null> {
    if (refusal.class !== 'data-invalid' && refusal.class !== 'state-blocked') throw refusal;
    // Which words a taken key is refused with is not published, so the key itself is asked for.
    const there = await this.existing();
    if (there) return there;
    if (refusal.code === 'brightpearl-key-taken') {
      throw new LedgerError({
        code: 'key-taken-not-found',
        class: 'ambiguous',
        message: `Brightpearl says that ${this.reference} exists, and does not find it yet`,
      });
    }
    if (refusal.class === 'state-blocked') throw refusal;
    return null;
  }

  private async finish(
    { order, credit }: Original,
    planned: { plan: ExchangePlan } | { problem: Problem },
    made: OriginalOrder,
    { created, delivery }: { created: boolean; delivery?: Delivery },
  ): Promise<ExchangeOutcome> {
    const { linkParent, requireAllocation } = this.policy;
    const { net, tax, gross } = totalsOf(made);
    const plan = 'plan' in planned ? planned.plan : null;
    const lines = this.asked.replacements.map(({ line, counted }) => ({ line, quantity: counted }));
    const cancelled = isCancelled(made.status, this.parts.settings.cancelledStatuses);
    const document: PostedDocument = {
      system: SYSTEM,
      kind: EXCHANGE_KIND,
      number: String(made.id),
      id: String(made.id),
      references: withMappings(
        {
          reference: this.reference,
          salesOrder: String(order.id),
          orderReference: order.reference,
          ...(credit ? { credit: String(credit.id) } : {}),
          net: formatMoney(net),
          tax: formatMoney(tax),
          ...(plan ? { value: formatMoney(plan.value), difference: formatMoney(plan.difference) } : {}),
          lines: postedLines(lines),
          allocation: made.allocation,
          ...(delivery ? { address: delivery.from } : {}),
        },
        this.policy.mappings,
      ),
      status: cancelled ? 'cancelled' : allocationInWords(made.allocation),
      amount: gross,
      postedAt: instantOf(this.parts.surroundings.clock),
    };
    await this.attempt.complete(document);
    const mismatch = plan
      ? compareExchange(made, plan, linkParent ? order.id : null, created)
      : 'problem' in planned
        ? planned.problem
        : null;
    const problem = mismatch ?? (requireAllocation && !cancelled ? notAllocated(made) : null);
    return { document, created, problem };
  }

  /** Only here the person's record is opened; what it holds goes into the body of the call and nowhere else. */
  private async delivery(order: OriginalOrder): Promise<Delivery> {
    const token = this.event.customerToken;
    const person = token === null ? null : await this.parts.store.person(token);
    return deliveryOf(person, order.delivery.address);
  }
}

function failed(problem: Problem): ExchangeOutcome {
  return { document: null, created: false, problem };
}

/** A refusal without the address that was sent. */
function anonymous(refusal: BrightpearlRefusal, { address }: Delivery): BrightpearlRefusal {
  const { code, class: failure, details, retryAfterMs } = refusal;
  return new BrightpearlRefusal(
    { code, class: failure, message: withoutAddress(refusal.message, address), details, retryAfterMs },
    refusal.faults.map((fault) => ({ ...fault, message: withoutAddress(fault.message, address) })),
  );
}
