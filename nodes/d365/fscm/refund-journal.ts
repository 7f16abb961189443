import { formatMoney, money, negateMoney, type Money } from '../../returns/money';
import type { PostedDocument } from '../../returns/event';
import { asLedgerError, type LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import { instantOf } from '../../returns/time';
import { withMappings } from '../../runtime/mappings-node';
import type { PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import { KINDS, SYSTEM, type RefundPolicy } from '../documents';
import { settle } from '../settle';
import { earlierPackage, packageIsOver, type EarlierPackage, type PackagePlace } from './data-package';
import { importJournal } from './journal-import';
import { eq } from './odata';
import type { RefundParts } from './parts';
import type { CreditFacts } from './refund-facts';
import {
  journalConflict,
  journalDescription,
  journalLine,
  openOfCredit,
  readJournal,
  readJournals,
  sameLine,
  type Journal,
  type JournalPlan,
} from './refund-journal-rows';
import type { PlannedRefund } from './refund-plan';
import { awaitReserved, release, reserve } from './refund-reservation';
import { creditBlocked, refusedRefund } from './refund-problems';
import { amountIn } from './row-amount';
import { numberOf, textOf, type D365Row } from './rows';

export type JournalOutcome = { document: PostedDocument; made: boolean } | { problem: Problem };

/** One try at the journal of one credit: look-up → header → lines → posting → read back (A10, F-7). */
export class JournalWork {
  private readonly description: string;
  private readonly doubt: string;
  /** What refunds of one sale are known by. */
  private readonly reserved: string;
  /** What is known of the import that an earlier try has put the journal into. */
  private earlier: EarlierPackage = { state: 'none' };

  constructor(
    private readonly facts: CreditFacts,
    private readonly policy: RefundPolicy,
    private readonly parts: RefundParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {
    const { credit } = facts;
    this.description = journalDescription(credit.references['reference'] ?? '', credit.number);
    this.reserved = facts.sale || facts.returnOrder;
    this.doubt = `${KINDS.refund}/${this.description}`;
  }

  /**
   * Our journals of this credit; there is one at most, unless somebody has copied it. Throws `d365-package-running`
   * (state-blocked) while an import runs that brings it, or that brings another refund of the sale.
   */
  async find(): Promise<Journal[]> {
    const { attempt, parts, signal } = this;
    if (attempt.inDoubt) await settle(this.doubt, parts, signal);
    await awaitReserved(this.reserved, this.description, parts, signal);
    this.earlier = await earlierPackage(attempt, parts.client, signal);
    const found = await this.lookUp();
    attempt.lookedUp();
    parts.doubts.delete(this.doubt);
    const { earlier } = this;
    if (found.length > 0 && earlier.state === 'over' && !earlier.told) {
      await packageIsOver(earlier.place, attempt);
      await release(this.reserved, parts);
    }
    return found;
  }

  private lookUp(): Promise<Journal[]> {
    return readJournals(eq('Description', this.description), this.parts, this.signal);
  }

  /** What an earlier try meant to write, as long as its journal is there. */
  plannedBefore(): JournalPlan | null {
    const step = this.attempt.step('plan');
    return step === undefined ? null : (JSON.parse(String(step['plan'])) as JournalPlan);
  }

  /** Makes the journal, or completes what an earlier try has begun, and has it posted. */
  async write(found: Journal | undefined, plan: JournalPlan): Promise<JournalOutcome> {
    if (found?.posted) return this.hold(found.number, plan, false, [], found);
    try {
      const present = found ?? (await this.imported(plan));
      const number = present?.number ?? (await this.writeHeader(plan));
      faultPoint('header-before-lines');
      const written = await this.writeLines(number, present?.lines ?? [], plan);
      if (typeof written !== 'boolean') return { problem: written };
      // What has just been read, and nothing was done to since, is not read again.
      const asRead = written ? undefined : present;
      faultPoint('refund-before-posting');
      return await this.post(number, plan, asRead);
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (error.class === 'ambiguous') this.parts.doubts.set(this.doubt, this.parts.surroundings.elapsed());
      if (error.class !== 'data-invalid') throw error;
      return { problem: refusedRefund(this.facts, `the payment journal: ${error.message}`) };
    }
  }

  /** The journal as it was imported with others; undefined where each is written by itself. */
  private async imported(plan: JournalPlan): Promise<Journal | undefined> {
    const { parts, attempt, description, signal } = this;
    const together = parts.import;
    if (!together) return undefined;
    await this.keep(plan);
    const journal = { header: this.headerRow(), lines: this.lineRows('', plan) };
    const work = {
      kind: 'payment' as const,
      name: `payment journal ${description}`,
      earlier: this.earlier,
      together,
      lookUp: async () => (await this.lookUp())[0],
      beforeImport: (place: PackagePlace) => reserve(this.reserved, description, place, parts),
    };
    const made = await importJournal(journal, work, { ...parts, attempt }, signal);
    await release(this.reserved, parts);
    return made;
  }

  private keep(plan: JournalPlan): Promise<void> {
    return this.attempt.record('plan', { plan: JSON.stringify(plan) });
  }

  private headerRow(): D365Row {
    return {
      dataAreaId: this.parts.settings.company,
      JournalName: this.policy.journalName,
      Description: this.description,
    };
  }

  private lineRows(number: string, plan: JournalPlan): D365Row[] {
    const { company } = this.parts.settings;
    return plan.refunds.map((_, at) => journalLine(number, at, plan, this.facts, company));
  }

  private async writeHeader(plan: JournalPlan): Promise<string> {
    const { client } = this.parts;
    await this.keep(plan);
    const header = await this.attempt.write(async (assertAlive) => {
      assertAlive();
      return client.create('CustomerPaymentJournalHeaders', this.headerRow(), this.signal);
    });
    const number = textOf(header, 'JournalBatchNumber');
    await this.attempt.record('header', { number });
    return number;
  }

  /**
   * Lines are numbered, and the number is part of their key: what is there cannot be written a second time. True where any
   * was written.
   */
  private async writeLines(
    number: string,
    present: readonly D365Row[],
    plan: JournalPlan,
  ): Promise<Problem | boolean> {
    const rows = this.lineRows(number, plan);
    const strange = present.filter((row) => {
      const meant = rows.find((one) => one['LineNumber'] === numberOf(row, 'LineNumber'));
      return meant === undefined || !sameLine(row, meant, plan.currency);
    });
    if (strange.length > 0) return journalConflict(number, strange, plan);
    const there = new Set(present.map((row) => numberOf(row, 'LineNumber')));
    const missing = rows.filter((row) => !there.has(numberOf(row, 'LineNumber')));
    if (missing.length === 0) return false;
    const { client } = this.parts;
    await this.attempt.write(async (assertAlive) => {
      assertAlive();
      const [only] = missing;
      if (only && missing.length === 1) await client.create('CustomerPaymentJournalLines', only, this.signal);
      else await client.createTogether('CustomerPaymentJournalLines', missing, this.signal);
    });
    return true;
  }

  /** By the service where there is one; else the batch job is waited for. Whether it is posted, the journal itself tells. */
  private async post(number: string, plan: JournalPlan, asRead?: Journal): Promise<JournalOutcome> {
    const { route, settings } = this.parts;
    if (!route.byService('payment')) return this.hold(number, plan, true, [], asRead);
    const request = { DataAreaId: settings.company, JournalBatchNumber: number };
    try {
      const answer = await this.attempt.write((assertAlive) => {
        assertAlive();
        return route.post('payment', request, this.signal);
      });
      faultPoint('refund-before-read-back');
      return await this.hold(number, plan, true, answer.posted ? [] : answer.messages);
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (!isServiceFault(error)) throw error;
      return this.afterFault(number, plan, error);
    }
  }

  /**
   * A fault of the service undoes what it began. It may pass, so the posting is tried once more after a while, which a
   * journal that is posted all the same refuses; then finance is told.
   */
  private async afterFault(number: string, plan: JournalPlan, fault: LedgerError): Promise<JournalOutcome> {
    this.attempt.writing = false;
    const before = this.attempt.step('fault') !== undefined;
    const { route } = this.parts;
    await this.attempt.record('fault', { said: fault.message.slice(0, 500) });
    const journal = await readJournal(number, this.parts, this.signal);
    if (!journal?.posted && !before) throw route.notPosted('payment', `payment journal ${number}`);
    return this.hold(number, plan, true, [fault.message]);
  }

  /** Reads the journal back; what is not posted waits, or is told with its age. */
  private async hold(
    number: string,
    plan: JournalPlan,
    made: boolean,
    messages: readonly string[] = [],
    asRead?: Journal,
  ): Promise<JournalOutcome> {
    const journal = asRead ?? (await readJournal(number, this.parts, this.signal));
    if (!journal?.posted) {
      const name = `payment journal ${number}`;
      if (messages.length > 0)
        return { problem: refusedRefund(this.facts, `${name}: ${messages.join(' ')}`) };
      const nameless = journal?.lines.some((row) => textOf(row, 'Voucher') === '') ?? false;
      const late = creditBlocked(this.facts, nameless ? `${name}, without a voucher` : name, this.parts);
      if (late) return { problem: late };
      throw this.parts.route.notPosted('payment', name);
    }
    const total = journal.lines.reduce((sum, row) => sum + amountIn(row, 'DebitAmount', plan.currency), 0);
    const due = plan.refunds.reduce((sum, { minor }) => sum + minor, 0);
    if (total !== due) return { problem: journalConflict(number, journal.lines, plan) };
    const document = await this.documentOf(journal, money(total, plan.currency), plan);
    await this.attempt.complete(document);
    return { document, made };
  }

  private async documentOf(journal: Journal, total: Money, plan: JournalPlan): Promise<PostedDocument> {
    const { surroundings, settings } = this.parts;
    const { credit, returnOrder, sale } = this.facts;
    const vouchers = [...new Set(journal.lines.map((row) => textOf(row, 'Voucher')))];
    const open = await openOfCredit(credit.number, plan.currency, this.parts, this.signal);
    const references = {
      credit: credit.number,
      reference: credit.references['reference'] ?? '',
      company: settings.company,
      returnOrder,
      ...(sale === '' ? {} : { originalOrder: sale }),
      description: this.description,
      voucher: vouchers.filter((voucher) => voucher !== '').join(', '),
      methods: plan.refunds
        .map(({ method, minor }) => `${method} ${formatMoney(money(minor, plan.currency))}`)
        .join(' + '),
      paidWith: plan.refunds.map(({ paid }) => paid).join(' + '),
      // Whether the credit note is settled by it, or how much of it is open (C2).
      settled: open === null ? 'unknown' : open.minor === 0 ? 'yes' : `no, ${formatMoney(open)} open`,
    };
    return {
      system: SYSTEM,
      kind: KINDS.refund,
      number: journal.number,
      id: null,
      references: withMappings(references, this.policy.mappings),
      status: 'Posted',
      amount: negateMoney(total),
      postedAt: instantOf(surroundings.clock),
    };
  }
}

/** What is planned as it is written: one line for each original payment. */
export function journalPlan(
  facts: CreditFacts,
  refunds: readonly PlannedRefund[],
  parts: RefundParts,
): JournalPlan {
  return {
    refunds: refunds.map(({ tender, amount }) => ({
      method: tender.method ?? '',
      paymentId: tender.reference,
      minor: amount.minor,
      paid: tender.name,
    })),
    account: facts.account,
    currency: facts.credit.amount?.currency ?? '',
    // Dates are kept at noon, so that no time zone makes another day of them (A14).
    date: `${instantOf(parts.surroundings.clock).slice(0, 10)}T12:00:00Z`,
  };
}

/** The transaction of a custom service that throws is undone (A2.1); another failure leaves open what was done. */
function isServiceFault({ class: failure, message }: LedgerError): boolean {
  return failure === 'ambiguous' && /An exception occured when invoking the operation/.test(message);
}
