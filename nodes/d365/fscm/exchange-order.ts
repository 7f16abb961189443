import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { returnKey } from '../../returns/event';
import { exchangeFor, grownExchange, type ExchangeLines } from '../../returns/exchange-lines';
import { asLedgerError, LedgerError } from '../../returns/failure';
import { mappedReturn } from '../../returns/mapped-return';
import type { Problem } from '../../returns/posting-checks';
import { asTold } from '../../returns/posting-lines';
import { withoutValues } from '../../returns/told-address';
import { instantOf } from '../../returns/time';
import { postOnce, type PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import { customValues } from '../custom-fields';
import { KINDS, type ExchangePolicy, type PostedDocuments } from '../documents';
import { deliveryOf, type Delivery } from './exchange-address';
import { compareExchange, returnedValues, rowsOfLine, shortStock, strangeRows } from './exchange-check';
import { exchangeCandidates, exchangeItems } from './exchange-items';
import { lookUpExchange, unfitForExchange, type ExchangeFound } from './exchange-look-up';
import { planExchange, type ExchangePlan } from './exchange-plan';
import {
  exchangeDocument,
  exchangeHeader,
  exchangeLine,
  exchangeReference,
  type ExchangeFacts,
} from './exchange-rows';
import { NAMES, NAMES_OF } from './names';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import type { FscmParts } from './parts';
import { textOf, type D365Row } from './rows';
import { settle } from '../settle';

/**
 * Creates the replacement order of a return, or finds it: a sales order of its own beside the return order, which credits
 * the goods at their full value (A14, F-9; R124, R128). It carries our reference and names the return order; whatever is
 * repeated, whatever dies in between, there is one. The way: intent → look-ups → checks → header → lines → read back.
 *
 * Throws a {@link LedgerError}: `exchange-too-early` (state-blocked) where the return is not far enough, and what the ERP or
 * the network fail with. No address is in it, nor in anything that is given.
 *
 * @param known documents that the message carries: the return order may be among them
 */
export async function createExchange(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: ExchangePolicy,
  parts: FscmParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const { event: mapped, problem: broken } = mappedReturn(event, policy.mappings);
  const asked = broken ? { problem: broken } : exchangeFor(event, mapped, policy);
  if ('problem' in asked) return failed(asTold(asked.problem, event, mapped));
  if (asked.replacements.length === 0) return { documents: [], made: [], problem: null };
  const { store, surroundings, connectionId, settings } = parts;
  const key = returnKey(event);
  const reference = exchangeReference(event);
  const limitMs = (settings.settleSeconds + 6 * settings.timeoutSeconds) * 1000;
  const outcome = await postOnce<PostedDocuments>(
    { connectionId, kind: KINDS.exchange, key, returnKey: key, reference },
    {
      posted: (document) => ({
        documents: [document],
        made: [],
        problem: grownExchange(asked.replacements, document),
      }),
      post: (attempt) =>
        new ExchangeWork(event, asked, known, policy, parts, reference, attempt, signal).run(),
    },
    { store, surroundings, limitMs, signal },
  );
  return { ...outcome, problem: outcome.problem && asTold(outcome.problem, event, mapped) };
}

/** One try at one replacement order. */
class ExchangeWork {
  constructor(
    private readonly event: ReturnEvent,
    private readonly asked: ExchangeLines,
    private readonly known: readonly PostedDocument[],
    private readonly policy: ExchangePolicy,
    private readonly parts: FscmParts,
    private readonly reference: string,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<PostedDocuments> {
    if (this.attempt.inDoubt) await settle(this.doubtName, this.parts, this.signal);
    const { event, asked, known, policy, reference, parts } = this;
    const found = await lookUpExchange({ event, asked, known, policy, reference }, parts, this.signal);
    this.attempt.lookedUp();
    this.parts.doubts.delete(this.doubtName);
    if ('problem' in found) return failed(found.problem);
    const { existing, order, returnOrder } = found;
    const [there, another] = existing;
    if (another) {
      const what = existing.map((row) => textOf(row, 'SalesOrderNumber')).join(', ');
      return failed({ code: 'document-ambiguous', what, lines: [] });
    }
    const facts: ExchangeFacts = { order, returnOrder, reference, policy, settings: parts.settings };
    const planned = await this.plan(found);
    // Somebody took the replacement back: that is not undone, and another one is not made.
    if (there && textOf(there, 'SalesOrderStatus') === 'Canceled') {
      return this.finish(facts, there, { plan: 'plan' in planned ? planned.plan : null, created: false });
    }
    if ('problem' in planned) return failed(planned.problem);
    const unfit = there ? null : await unfitForExchange(order, parts, this.signal);
    if (unfit) return failed(unfit);
    return this.write(facts, planned.plan, there);
  }

  private get doubtName(): string {
    return `${KINDS.exchange}/${returnKey(this.event)}`;
  }

  private async plan(found: ExchangeFound): Promise<{ plan: ExchangePlan } | { problem: Problem }> {
    const { replacements, exchanged } = this.asked;
    const { order, returnOrder, returnRows } = found;
    const currency = textOf(order, 'CurrencyCode');
    const back = exchanged
      .flatMap((line) => rowsOfLine(line, returnRows))
      .map((row) => textOf(row, 'ItemNumber'));
    const skus = [...new Set([...replacements.map(({ sku }) => sku), ...back])];
    const items = await exchangeItems(skus, this.parts, this.signal);
    const valued = returnedValues(exchanged, returnRows, {
      currency,
      returnOrder,
      taxGroupOf: (item) => items.get(item.toLowerCase())?.taxGroup ?? '',
    });
    if ('problem' in valued) return valued;
    const planned = planExchange({
      replacements,
      currency,
      taxIncluded: textOf(order, 'ArePricesIncludingSalesTax') === 'Yes',
      items,
      returned: valued.returned,
      priceFrom: this.policy.priceFrom ?? 'even',
    });
    return 'problem' in planned ? { problem: await this.withCandidates(planned.problem) } : planned;
  }

  /** The nearest items, as a help to a person. */
  private async withCandidates(problem: Problem): Promise<Problem> {
    if (problem.code !== 'sku-unknown') return problem;
    const lines = problem.lines.map(async (line) => ({
      ...line,
      candidates: await exchangeCandidates(line.sku ?? '', this.parts, this.signal),
    }));
    return { ...problem, lines: await Promise.all(lines) };
  }

  private async write(
    facts: ExchangeFacts,
    plan: ExchangePlan,
    there: D365Row | undefined,
  ): Promise<PostedDocuments> {
    const { client, settings, fields } = this.parts;
    const delivery = await this.delivery(facts.order);
    if ('problem' in delivery) return failed(delivery.problem);
    const warehouse = facts.policy.warehouse || textOf(facts.order, 'DefaultShippingWarehouseId');
    const stock = await this.stock(plan, warehouse);
    const rows = await this.customRows(plan);
    const custom = customValues(this.policy.customFields ?? [], this.event, null);
    const own = await fields.row('SalesOrderHeadersV4', custom, this.signal);
    const header =
      there ??
      (await this.posting(delivery, () =>
        client.create('SalesOrderHeadersV4', exchangeHeader(facts, delivery, own), this.signal),
      ));
    const number = textOf(header, 'SalesOrderNumber');
    await this.attempt.record('header', { number });
    faultPoint('header-before-lines');
    const present = there ? await this.linesOfOrder(number) : [];
    const conflict = strangeRows(present, plan.rows, number);
    if (conflict) return failed(conflict);
    const written = new Set(present.map((line) => textOf(line, 'ExternalItemNumber')));
    const missing = plan.rows.flatMap((row, at) =>
      written.has(row.external) ? [] : [exchangeLine({ settings }, number, warehouse, row, rows[at] ?? {})],
    );
    if (missing.length > 0) {
      await this.posting(delivery, () => client.createTogether('SalesOrderLinesV3', missing, this.signal));
    }
    faultPoint('exchange-before-read-back');
    return this.finish(facts, header, { plan, created: !there, delivery, ...(stock ? { stock } : {}) });
  }

  /** Fields of the customer's own, for each line. */
  private customRows(plan: ExchangePlan): Promise<D365Row[]> {
    const { customFields = [] } = this.policy;
    return Promise.all(
      plan.rows.map(({ replacement }) => {
        const told = this.event.lines.find(({ id }) => id === replacement.line.id) ?? replacement.line;
        const values = customValues(customFields, this.event, told);
        return this.parts.fields.row('SalesOrderLinesV3', values, this.signal);
      }),
    );
  }

  /** What was short before the order took any of it; an interrupted try has noted it. Undefined where nobody asks. */
  private async stock(
    plan: ExchangePlan,
    warehouse: string,
  ): Promise<ReturnType<typeof shortStock> | undefined> {
    if (this.policy.tellShortStock === false) return undefined;
    const noted = this.attempt.step('stock')?.['short'];
    if (typeof noted === 'string') return JSON.parse(noted) as ReturnType<typeof shortStock>;
    await this.parts.ready('stock', this.signal);
    const items = [...new Set(plan.rows.map(({ item }) => item.itemNumber))];
    const company = eq('dataAreaId', this.parts.settings.company);
    const rows = await this.parts.client.readTogether(
      inChunks(items, 'ItemNumber').map((chunk) =>
        listPath('WarehousesOnHandV2', {
          filter: and(company, anyOf('ItemNumber', chunk)),
          select: NAMES_OF.stock.WarehousesOnHandV2,
        }),
      ),
      this.signal,
    );
    const short = shortStock(plan.rows, warehouse, rows.flat());
    await this.attempt.record('stock', { short: JSON.stringify(short) });
    return short;
  }

  /** Only here the person's record is opened; what it holds goes into the body of the call and nowhere else. */
  private async delivery(order: D365Row): Promise<Delivery | { problem: Problem }> {
    const token = this.event.customerToken;
    const person = token === null ? null : await this.parts.store.person(token);
    return deliveryOf(person, order, this.policy);
  }

  /** A call that writes. When its answer is lost, the settle time begins; a refusal does not repeat the address. */
  private async posting<T>(delivery: Delivery, call: () => Promise<T>): Promise<T> {
    try {
      return await this.attempt.write((assertAlive) => {
        assertAlive();
        return call();
      });
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (error.class === 'ambiguous') {
        this.parts.doubts.set(this.doubtName, this.parts.surroundings.elapsed());
      }
      throw anonymous(error, delivery);
    }
  }

  private async linesOfOrder(number: string): Promise<D365Row[]> {
    const { client, settings } = this.parts;
    const [lines = []] = await client.readTogether(
      [
        listPath('SalesOrderLinesV3', {
          filter: and(eq('dataAreaId', settings.company), eq('SalesOrderNumber', number)),
          select: [...NAMES.SalesOrderLinesV3, ...NAMES_OF.exchange.SalesOrderLinesV3],
        }),
      ],
      this.signal,
    );
    return lines;
  }

  private async finish(
    facts: ExchangeFacts,
    header: D365Row,
    made: {
      plan: ExchangePlan | null;
      created: boolean;
      delivery?: Delivery;
      stock?: ReturnType<typeof shortStock>;
    },
  ): Promise<PostedDocuments> {
    const { plan, created, delivery = null, stock } = made;
    const number = textOf(header, 'SalesOrderNumber');
    const lines = await this.linesOfOrder(number);
    const document = exchangeDocument(facts, {
      header,
      lines,
      plan,
      replacements: this.asked.replacements,
      currency: textOf(facts.order, 'CurrencyCode'),
      taxIncluded: textOf(facts.order, 'ArePricesIncludingSalesTax') === 'Yes',
      delivery,
      stock: stock === undefined ? null : stock.length > 0 ? 'short' : 'enough',
      postedAt: instantOf(this.parts.surroundings.clock),
    });
    await this.attempt.complete(document);
    const cancelled = textOf(header, 'SalesOrderStatus') === 'Canceled';
    const mismatch = plan && !cancelled ? compareExchange(number, lines, plan, created) : null;
    const tells = (this.policy.tellShortStock ?? true) && !cancelled;
    const problem = mismatch ?? (tells ? notAllocated(number, stock ?? []) : null);
    return { documents: [document], made: created ? [document] : [], problem };
  }
}

/** Where stock is missing, the replacement does not reach picking by itself (R126). */
function notAllocated(number: string, short: ReturnType<typeof shortStock>): Problem | null {
  if (short.length === 0) return null;
  return {
    code: 'exchange-not-allocated',
    what: `sales order ${number}: ${short.map(({ sku, wanted, free }) => `${wanted} × ${sku}, ${free} free`).join('; ')}`,
    lines: short.map(({ sku, wanted, free }) => ({
      sku,
      field: 'stock',
      expected: `${wanted} free`,
      received: `${free} free`,
    })),
  };
}

function failed(problem: Problem): PostedDocuments {
  return { documents: [], made: [], problem };
}

/** An error without the address that was sent. */
function anonymous(error: LedgerError, { fields }: Delivery): LedgerError {
  const message = withoutValues(error.message, Object.values(fields));
  if (message === error.message) return error;
  const { code, class: failure, details, retryAfterMs } = error;
  return new LedgerError({ code, class: failure, message, details, retryAfterMs });
}
