import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import { negateMoney, type Money } from '../../returns/money';
import { orderReference, postedLines, type Problem } from '../../returns/posting-checks';
import type { ReasonCodes } from '../../returns/reason-codes';
import { instantOf } from '../../returns/time';
import { withMappings } from '../../runtime/mappings-node';
import type { PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import { KINDS, SYSTEM, type ReturnOrderOutcome, type ReturnOrderPolicy } from '../documents';
import { anyOf, eq, inChunks } from '../fscm/odata';
import type { EarlierReturn } from '../fscm/orders';
import { textOf, type D365Row } from '../fscm/rows';
import { conflict } from './draft-content';
import { feeItemOf, feesToPost, planDraft, type DraftPlan } from './draft-plan';
import { lineBody, writeRows, type DraftRow } from './draft-rows';
import { mismatch, numberTaken, stoppedItem, unfitCustomer, unknownCode } from './draft-problems';
import { externalNumber, ownNumbers } from './external-number';
import { memosNumbered, readMemo, severalMemos } from './memo';
import { creditByOthers, othersPaths, type Creditable } from './others';
import type { BcParts } from './parts';
import { setPath } from './query';
import { amountIn, earlierReturns, findBcSale, memoPaths, statusOf, type BcSale } from './sales';

export interface Posting {
  event: ReturnEvent;
  mapped: ReturnEvent;
  policy: ReturnOrderPolicy;
  reasons: ReasonCodes;
  reference: string;
}

/** What is read before a draft is made. */
export interface Facts {
  customer: D365Row | undefined;
  location: D365Row | undefined;
  reason: D365Row | undefined;
  /** Items of the sale and of fees, by number in capitals. */
  items: ReadonlyMap<string, D365Row>;
  existing: D365Row[];
  /** Credit memos of the sale, drafts and posted: ours, and those of others. */
  memos: D365Row[];
  /** Of these, copies of the invoice that a try before this one has left, and that bear no number of ours yet. */
  copies: D365Row[];
  /** Credit memos that others gave the customer lately. */
  others: D365Row[];
  plan: DraftPlan;
}

/** Makes one draft credit memo; what is made instead, in another route, overrides how it is looked up and written. */
export class DraftWork {
  constructor(
    protected readonly posting: Posting,
    protected readonly parts: BcParts,
    protected readonly attempt: PostingAttempt,
    protected readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<ReturnOrderOutcome> {
    const found = await this.findSale();
    if ('problem' in found) return exception(found.problem);
    const { sale } = found;
    const external = externalNumber(this.posting.reference, sale.orderNumber);
    const facts = await this.facts(sale, external);
    this.attempt.lookedUp();
    const { plan, existing } = facts;
    const unfit = severalMemos(existing) ?? unfitCustomer(sale, facts.customer);
    if (unfit) return exception(unfit);
    if ('problem' in plan) return exception(plan.problem);
    const [own] = existing;
    const held = own ? { memo: own } : await this.recover?.(facts, sale, external);
    if (held && 'problem' in held) return exception(held.problem);
    if (held) return this.adopt(held.memo, plan.rows, sale, external);
    // What is there already is not refused any more.
    const missing =
      stoppedItem(plan.rows, facts.items) ??
      this.missing(facts) ??
      (await creditByOthers(facts.others, plan.rows, this.creditable(sale), this.parts, this.signal));
    if (missing) return exception(missing);
    return this.create(facts, plan.rows, sale, external);
  }

  private async findSale(): Promise<{ sale: BcSale } | { problem: Problem }> {
    const { event, policy } = this.posting;
    const { client, settings } = this.parts;
    const number = orderReference(event.order.number ?? '', policy.orderPattern);
    const found = await findBcSale(number, client, settings, this.signal);
    switch (found.found) {
      case 'sale':
        return found;
      case 'unknown':
        return { problem: { code: 'order-unknown', what: `order ${number}`, lines: [] } };
      case 'ambiguous':
        return { problem: { code: 'order-ambiguous', what: found.what, lines: [] } };
      case 'not-invoiced':
        return { problem: { code: 'order-not-invoiced', what: found.what, lines: [] } };
      case 'cancelled':
        return { problem: { code: 'order-cancelled', what: found.what, lines: [] } };
    }
  }

  /** Everything that the draft depends on, in one call: ours if it is there, the codes, and what others took back. */
  protected async facts(sale: BcSale, external: string): Promise<Facts> {
    const { event, mapped, policy } = this.posting;
    const { mappings = null } = policy;
    const fees = feesToPost(event, policy.fees)
      .flatMap((line) => feeItemOf(line, mappings) ?? [])
      .filter((number) => number.length <= 20);
    const reason = this.reason();
    const numbers = [...new Set([...sale.lines.map(({ number }) => number), ...fees])];
    const chunks = inChunks(numbers, 'number').map((chunk) =>
      setPath('items', { filter: anyOf('number', chunk) }),
    );
    const memos = memoPaths(sale);
    const [customers = [], locations = [], reasons = [], existing = [], ...more] =
      await this.parts.client.readTogether(
        [
          setPath('customers', { filter: eq('number', sale.customer) }),
          setPath('locations', { filter: eq('code', policy.warehouse.slice(0, 10)) }),
          setPath('customerReturnReasons', { filter: eq('code', (reason ?? '').slice(0, 10)) }),
          memosNumbered(external, sale.customer),
          ...chunks,
          ...memos,
          ...othersPaths(this.creditable(sale), this.parts.settings.bcOthersDays),
        ],
        this.signal,
      );
    const counted = chunks.length + memos.length;
    const own = ownNumbers(this.posting.reference, sale.orderNumber);
    const rows = more.slice(0, chunks.length).flat();
    const items = new Map(rows.map((row) => [textOf(row, 'number').toUpperCase(), row]));
    const sold = more.slice(chunks.length, counted).flat();
    const copies = this.copiesAmong?.(sold, sale) ?? [];
    const copied = new Set(copies.map((memo) => textOf(memo, 'id')));
    const strange = (memo: D365Row): boolean => !copied.has(textOf(memo, 'id'));
    const plan = planDraft({
      event,
      mapped,
      mappings,
      sale,
      fees: policy.fees,
      earlier: [
        ...earlierReturns(sold.filter(strange), own),
        ...((await this.openElsewhere?.(sale, own)) ?? []),
      ],
      feeItems: items,
      eachUnit: this.parts.settings.bcEachUnit,
      units: await this.parts.services.unitsOf(sale, mapped, this.signal),
      countIn: policy.countIn ?? 'order-unit',
    });
    const [[customer], [location], [reasonRow]] = [customers, locations, reasons];
    const others = more.slice(counted).flat().filter(strange);
    return { customer, location, reason: reasonRow, items, existing, memos: sold, copies, others, plan };
  }

  /** Copies of the invoice that are this return's, and not yet known by its number. */
  protected copiesAmong?(memos: readonly D365Row[], sale: BcSale): D365Row[];

  /** Makes a document of ours of what a try before this one has left. */
  protected recover?(facts: Facts, sale: BcSale, external: string): Promise<OwnMemo | undefined>;

  private creditable({ customer, orderNumber, invoices }: BcSale): Creditable {
    const { event, reference } = this.posting;
    return { event, reference, customer, orderNumber, invoices: invoices.map(({ number }) => number) };
  }

  /** What documents of another kind hold of the sale that is no credit yet. */
  protected openElsewhere?(sale: BcSale, own: ReadonlySet<string>): Promise<EarlierReturn[]>;

  /** Of different reasons, the first that has a code: the reason is the header's, and lines have none (B4.1). */
  protected reason(): string | undefined {
    const { event, reasons } = this.posting;
    return event.lines.flatMap((line) => reasons.get(line.reason.code ?? '') ?? [])[0];
  }

  /** Codes that Business Central does not have: no default takes their place. */
  protected missing(facts: Facts): Problem | null {
    return unknownCode(facts, this.posting.policy.warehouse, this.reason());
  }

  protected async create(
    facts: Facts,
    rows: readonly DraftRow[],
    sale: BcSale,
    external: string,
  ): Promise<ReturnOrderOutcome> {
    const { client } = this.parts;
    const day = this.posting.event.occurredAt.slice(0, 10);
    const location = textOf(facts.location ?? {}, 'id');
    const body = {
      customerNumber: sale.customer,
      externalDocumentNumber: external,
      creditMemoDate: day,
      postingDate: day,
      currencyCode: sale.currency,
      ...(facts.reason ? { customerReturnReasonId: textOf(facts.reason, 'id') } : {}),
      salesCreditMemoLines: rows.map((row) => lineBody(row, sale.currency, location)),
    };
    let made: D365Row;
    try {
      made = await this.attempt.write((assertAlive) => {
        assertAlive();
        return client.create('salesCreditMemos', body, this.signal);
      });
    } catch (thrown) {
      if (thrown instanceof LedgerError && thrown.code === 'd365-number-taken') {
        return exception(numberTaken(external, thrown));
      }
      throw thrown;
    }
    const id = textOf(made, 'id');
    await this.attempt.record('draft', { id, number: textOf(made, 'number') });
    faultPoint('header-before-lines');
    const memo = (await readMemo(client, id, this.signal)) ?? made;
    return this.finish(memo, rows, sale, external, true);
  }

  /** A memo with our number is there: the same content is ours, other content is a conflict (R18). */
  protected adopt(
    memo: D365Row,
    rows: readonly DraftRow[],
    sale: BcSale,
    external: string,
  ): Promise<ReturnOrderOutcome> | ReturnOrderOutcome {
    const strange = conflict(memo, rows);
    return strange ? exception(strange) : this.finish(memo, rows, sale, external, false);
  }

  protected finish(
    memo: D365Row,
    rows: readonly DraftRow[],
    sale: BcSale,
    external: string,
    created: boolean,
  ): Promise<ReturnOrderOutcome> {
    const amount = amountIn(memo, 'totalAmountIncludingTax', sale.currency);
    const made = {
      number: textOf(memo, 'number'),
      id: textOf(memo, 'id'),
      status: statusOf(memo),
      amount,
      references: this.told(),
    };
    return this.complete(made, rows, sale, { external, created, mismatch: mismatch(memo, rows, amount) });
  }

  /** What is told of how the document was made. */
  protected told(): Record<string, string> {
    return {};
  }

  /** The document is there as it was meant. */
  protected async complete(
    made: Made,
    rows: readonly DraftRow[],
    sale: BcSale,
    {
      external,
      created,
      mismatch: differs,
    }: { external: string; created: boolean; mismatch: Problem | null },
  ): Promise<ReturnOrderOutcome> {
    const { event, policy, reference } = this.posting;
    const { settings, surroundings } = this.parts;
    const references = {
      ...made.references,
      salesOrder: sale.orderNumber,
      invoice: sale.invoices.map(({ number }) => number).join(', '),
      customer: sale.customer,
      reference,
      external,
      company: settings.company,
      lines: postedLines(rows.filter(({ fee }) => !fee).flatMap((row) => lineCount(event, row))),
      rows: writeRows(rows),
    };
    const document: PostedDocument = {
      system: SYSTEM,
      kind: KINDS.returnOrder,
      number: made.number,
      id: made.id,
      references: withMappings(references, policy.mappings ?? null),
      status: made.status || null,
      amount: negateMoney(made.amount),
      postedAt: instantOf(surroundings.clock),
    };
    await this.attempt.complete(document);
    const leftOut =
      policy.fees === 'leave-out' ? event.lines.filter(({ kind }) => kind === 'fee').map(({ id }) => id) : [];
    return { outcome: 'posted', document, created, leftOut, mismatch: differs };
  }
}

/** A credit memo that bears our number now, or why none does. */
export type OwnMemo = { memo: D365Row } | { problem: Problem };

/** What is told of a document that is there. */
export interface Made {
  number: string;
  id: string;
  status: string;
  amount: Money;
  references: Record<string, string>;
}

function lineCount(
  event: ReturnEvent,
  row: DraftRow,
): { line: ReturnEvent['lines'][number]; quantity: number; units: number }[] {
  const line = event.lines.find(({ id }) => id === row.line);
  return line ? [{ line, quantity: row.quantity, units: row.units }] : [];
}

export function exception(problem: Problem): ReturnOrderOutcome {
  return { outcome: 'exception', problem };
}
