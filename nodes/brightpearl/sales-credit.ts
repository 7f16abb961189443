import type { PostedDocument, ReturnEvent } from '../returns/event';
import { returnKey } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { mappedReturn } from '../returns/mapped-return';
import { negateMoney } from '../returns/money';
import { checkReturn, grownSince, itemLines, postedLines, type Problem } from '../returns/posting-checks';
import { asTold } from '../returns/posting-lines';
import { withComponents } from '../returns/bundle-on-order';
import { instantOf } from '../returns/time';
import { documentReference } from '../runtime/document-reference';
import { withMappings } from '../runtime/mappings-node';
import { postOnce, type PostingAttempt } from '../runtime/post-once';
import { bodyRows, creditBody } from './credit-body';
import { compareCredit, creditReferences } from './credit-check';
import { amountsByLine } from './credited-amounts';
import { creditsApart } from './credits-on';
import { BrightpearlRefusal } from './errors';
import { findOriginal } from './find-order';
import { checkOrderState } from './order-state';
import { creditByOthers } from './others';
import type { BrightpearlParts } from './parts';
import { planCredit, type CreditPlan, type CreditRules } from './plan-credit';
import type { CreditPolicy } from './policy';
import { dayOf, keepDeferral, keptDeferral, postingDay, type PostingDay } from './posting-day';
import { createdId, type Credit, type OriginalOrder } from './records';
import { describeRefusal } from './refused-lines';

export const SYSTEM = 'brightpearl';
export const CREDIT_KIND = 'sales-credit';

export type CreditOutcome =
  | {
      outcome: 'posted';
      document: PostedDocument;
      created: boolean;
      /** What the read-back found to differ from what was meant; finance's. */
      mismatch: Problem | null;
    }
  | { outcome: 'exception'; problem: Problem };

/**
 * Creates the sales credit of one return on its original order, or finds it (R110): whatever is repeated, whatever
 * dies in between, there is one. The way: intent → look-ups → state of the order → who else credited it → rows →
 * period → create → read back → outcome. The credit carries our reference and the integration instance, which
 * Brightpearl takes as a unique key: a second create is refused, and what is there is handed on.
 *
 * It is planned in Brightpearl's names and pieces, where the policy has mappings; what it is known by, and what is said
 * of it, stays the platform's.
 *
 * Throws a {@link LedgerError} where Brightpearl or the network fails or the order must be waited for.
 */
export async function createSalesCredit(
  event: ReturnEvent,
  policy: CreditPolicy,
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<CreditOutcome> {
  const { event: mapped, problem } = mappedReturn(event, policy.mappings);
  const unfit = checkReturn(mapped, policy) ?? problem;
  if (unfit) return { outcome: 'exception', problem: asTold(unfit, event, mapped) };
  const { store, surroundings, connectionId, settings } = parts;
  const key = returnKey(event);
  const reference = documentReference(event);
  const outcome = await postOnce<CreditOutcome>(
    { connectionId, kind: CREDIT_KIND, key, returnKey: key, reference },
    {
      posted: (document) => handOn(event, document),
      post: (attempt) => new CreditWork(event, mapped, policy, parts, reference, attempt, signal).run(),
    },
    { store, surroundings, limitMs: 5 * settings.timeoutSeconds * 1000, signal },
  );
  if (outcome.outcome === 'exception') return { ...outcome, problem: asTold(outcome.problem, event, mapped) };
  return { ...outcome, mismatch: outcome.mismatch && asTold(outcome.mismatch, event, mapped) };
}

/** The credit exists: it is handed on without a call, unless the return has grown since. */
function handOn(event: ReturnEvent, document: PostedDocument): CreditOutcome {
  const problem = grownSince(event, document, 'sales credit');
  return problem
    ? { outcome: 'exception', problem }
    : { outcome: 'posted', document, created: false, mismatch: null };
}

class CreditWork {
  constructor(
    private readonly event: ReturnEvent,
    private readonly mapped: ReturnEvent,
    private readonly policy: CreditPolicy,
    private readonly parts: BrightpearlParts,
    private readonly reference: string,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<CreditOutcome> {
    const { reader, settings } = this.parts;
    const found = await findOriginal(this.event, this.policy, this.parts, this.signal);
    if ('problem' in found) return { outcome: 'exception', problem: found.problem };
    const { order } = found;
    const children = await reader.creditsOfOrder(order.id, this.signal);
    this.attempt.lookedUp();
    const credits = await this.readCredits(children.map(({ id }) => id));
    const { existing, earlier } = creditsApart(children, credits, this.reference, settings.instanceId);
    const problem = existing ? null : this.unfit(order, earlier);
    if (problem) return { outcome: 'exception', problem };
    const planned = await this.plan(order, earlier);
    if (existing) return this.finish(order, planned, existing, { created: false });
    if ('problem' in planned) return { outcome: 'exception', problem: planned.problem };
    return this.create(order, planned.plan);
  }

  private unfit(order: OriginalOrder, earlier: readonly Credit[]): Problem | null {
    const { settings } = this.parts;
    const blocked = checkOrderState(order, { ...settings, ...this.policy });
    if (blocked) return blocked;
    if (order.customerId <= 0) {
      return { code: 'customer-unknown', what: `order ${order.reference} has no customer`, lines: [] };
    }
    const { others, othersDays, mappings } = this.policy;
    if (others === 'count') return null;
    return creditByOthers(this.mapped, order, earlier, settings.instanceId, othersDays, mappings);
  }

  private async plan(
    order: OriginalOrder,
    earlier: readonly Credit[],
  ): Promise<{ plan: CreditPlan } | { problem: Problem }> {
    const { directory } = this.parts;
    const { event, mapped } = this;
    const { rules, mappings } = this.policy;
    const [taxCodes, products] = await Promise.all([directory.taxCodes(), this.substituted(rules)]);
    return planCredit({ event, mapped, mappings, order, earlier, taxCodes, products, rules });
  }

  /** Numbers of the products that were sent instead of others. */
  private async substituted(rules: CreditRules): Promise<Map<string, number>> {
    const items = this.mapped.lines.flatMap((line) => line.sku ?? []);
    const skus = withComponents(items, this.policy.mappings).filter((sku) =>
      rules.substitutes.has(sku.toLowerCase()),
    );
    const found = await Promise.all(
      skus.map(async (sku) => [sku, await this.parts.products.bySku(sku, this.signal)] as const),
    );
    return new Map(found.flatMap(([sku, product]) => (product ? [[sku.toLowerCase(), product.id]] : [])));
  }

  private async create(order: OriginalOrder, plan: CreditPlan): Promise<CreditOutcome> {
    const { client, directory, settings } = this.parts;
    const own = dayOf(this.event.occurredAt, this.policy.timeZone);
    const day = postingDay(own, await directory.periodLock(), this.policy.closedPeriod, null);
    if ('problem' in day) return { outcome: 'exception', problem: day.problem };
    const { reference, policy } = this;
    const key = { reference, instanceId: settings.instanceId };
    const statusId = policy.statusOf(this.event);
    const body = creditBody(order, plan, day, { ...policy, statusId }, key);
    await keepDeferral(day, this.attempt);
    let id: number;
    try {
      const answer = await this.attempt.write((assertAlive) =>
        client.write({ method: 'POST', path: '/order-service/sales-credit', body, assertAlive }),
      );
      id = createdId(answer);
    } catch (thrown) {
      if (!(thrown instanceof BrightpearlRefusal)) throw thrown;
      // Which words a taken key is refused with is not published, so the key itself is asked for.
      const there = await this.refusedBecauseThere(thrown);
      if (there === null) return { outcome: 'exception', problem: this.refused(thrown, plan) };
      return this.finish(order, { plan }, there, { created: false });
    }
    const credit = await this.parts.reader.credit(id, this.signal);
    if (!credit) {
      throw new LedgerError({
        code: 'credit-not-readable',
        class: 'ambiguous',
        message: `sales credit ${id} was created (${settings.account}) and cannot be read yet`,
      });
    }
    return this.finish(order, { plan }, credit, { created: true, day });
  }

  /** The credit that holds our key; null where the refusal has another reason. Throws what a person cannot mend. */
  private async refusedBecauseThere(refusal: BrightpearlRefusal): Promise<Credit | null> {
    if (refusal.class !== 'data-invalid' && refusal.class !== 'state-blocked') throw refusal;
    const { reader, settings } = this.parts;
    const [id] = await reader.ofKey(this.reference, settings.instanceId, this.signal);
    const credit = id === undefined ? null : await reader.credit(id, this.signal);
    if (credit) return credit;
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

  private refused(refusal: BrightpearlRefusal, plan: CreditPlan): Problem {
    const rows = bodyRows(plan).map(({ line }) => ({ lineId: line.id, sku: line.sku }));
    return describeRefusal(refusal, rows);
  }

  private async finish(
    order: OriginalOrder,
    planned: { plan: CreditPlan } | { problem: Problem },
    credit: Credit,
    { created, day = keptDeferral(this.attempt) }: { created: boolean; day?: PostingDay | null },
  ): Promise<CreditOutcome> {
    // A credit that is there is there, even where the order has changed so that it could not be made again.
    const plan = 'plan' in planned ? planned.plan : null;
    const rows = plan?.rows.filter(({ rowId }) => rowId !== null);
    const document: PostedDocument = {
      system: SYSTEM,
      kind: CREDIT_KIND,
      number: String(credit.id),
      id: String(credit.id),
      references: withMappings(
        {
          ...creditReferences(credit),
          reference: this.reference,
          salesOrder: String(order.id),
          orderReference: order.reference,
          lines: postedLines(
            rows ?? itemLines(this.event).map((line) => ({ line, quantity: line.quantity.value })),
          ),
          day: dayOf(this.event.occurredAt, this.policy.timeZone),
          ...(plan ? { amounts: amountsByLine(plan) } : {}),
          ...(day?.deferredFrom ? { deferredFrom: day.deferredFrom, postingDay: day.day } : {}),
          ...(plan && plan.differences.length > 0 ? { differences: plan.differences.join('; ') } : {}),
        },
        this.policy.mappings,
      ),
      status: credit.cancelled ? 'cancelled' : credit.invoice === 'none' ? 'open' : credit.invoice,
      amount: negateMoney(credit.gross),
      postedAt: instantOf(this.parts.surroundings.clock),
    };
    await this.attempt.complete(document);
    const mismatch =
      'plan' in planned ? compareCredit(credit, planned.plan, order, created) : planned.problem;
    return { outcome: 'posted', document, created, mismatch };
  }

  private readCredits(ids: readonly number[]): Promise<Credit[]> {
    const { reader } = this.parts;
    return Promise.all(ids.map((id) => reader.credit(id, this.signal))).then((found) =>
      found.flatMap((credit) => credit ?? []),
    );
  }
}

/** The version of the mappings that a credit was posted with, for the documents that follow from it. */
export function mappingsOfCredit({ references }: PostedDocument): { mappings?: string } {
  const version = references['mappings'];
  return version === undefined ? {} : { mappings: version };
}
