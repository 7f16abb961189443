import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import type { ReturnOrderOutcome } from '../documents';
import { and, eq } from '../fscm/odata';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { etagOf } from './client';
import { isCopy, stepsOfCopy, whyNoCopy } from './corrective-lines';
import { conflict } from './draft-content';
import { numberTaken } from './draft-problems';
import { lineBody, priceFields, type DraftRow } from './draft-rows';
import { DraftWork, exception, type Facts, type OwnMemo } from './draft-work';
import { readMemo, severalMemos } from './memo';
import { prefixOf } from './others';
import { setPath, withLines } from './query';
import { idIn, statusOf, type BcSale } from './sales';

/** The invoice is copied: which drafts of it were there before. */
const COPY = 'copy';
/** Business Central has said that the copy is made. */
const COPIED = 'copied';
/** It was decided against a copy, or it was refused. */
const PLAIN = 'plain';

/** Whether a try before this one has begun to copy the invoice. */
export function hasCopy(attempt: PostingAttempt): boolean {
  return attempt.step(COPY) !== undefined && attempt.step(PLAIN) === undefined;
}

/**
 * Makes the draft by copying the invoice, where that is open in full: its lines know the item entries of the sale, so that the
 * goods come back at their cost (R105). The copy does not bear our number when it is made, and the call does not tell which
 * one it made. So the drafts that are there are remembered before it; the one that comes is claimed by our number at once, and
 * then brought to the plan line by line. Whatever is cut off in between is found again, by its number or as the only new copy,
 * and carried on with. Where the invoice cannot be copied, the draft is made as usual, and its document says why.
 */
export class CorrectiveWork extends DraftWork {
  private plain: string | null = textIn(this.attempt, PLAIN, 'why');
  private copied = hasCopy(this.attempt);
  /** Ids of the drafts that were there before the copy. */
  private before: ReadonlySet<string> = new Set();

  /** Id of the location that goods are taken in at. */
  private location = '';

  protected override async facts(sale: BcSale, external: string): Promise<Facts> {
    const facts = await super.facts(sale, external);
    this.location = textOf(facts.location ?? {}, 'id');
    return facts;
  }

  protected override told(): Record<string, string> {
    if (this.plain !== null) return { corrective: `no, ${this.plain}` };
    return this.copied ? { corrective: 'yes' } : {};
  }

  protected override copiesAmong(memos: readonly D365Row[], sale: BcSale): D365Row[] {
    if (!hasCopy(this.attempt)) return [];
    return this.newCopies(memos, sale, this.remembered());
  }

  protected override async recover(
    { copies, reason }: Facts,
    sale: BcSale,
    external: string,
  ): Promise<OwnMemo | undefined> {
    const several = severalMemos(copies);
    if (several) return { problem: several };
    const [copy] = copies;
    return copy && this.claim(copy, reason, sale, external);
  }

  protected override async adopt(
    memo: D365Row,
    rows: readonly DraftRow[],
    sale: BcSale,
    external: string,
  ): Promise<ReturnOrderOutcome> {
    // What is no draft any more is a person's work.
    if (!this.copied || statusOf(memo) !== 'Draft') return super.adopt(memo, rows, sale, external);
    return this.reduce(memo, rows, sale, external, false);
  }

  protected override async create(
    facts: Facts,
    rows: readonly DraftRow[],
    sale: BcSale,
    external: string,
  ): Promise<ReturnOrderOutcome> {
    this.plain ??= this.whyPlain(sale, rows) ?? (await this.copyInvoice(facts.memos, sale));
    if (this.plain !== null) {
      this.copied = false;
      await this.attempt.record(PLAIN, { why: this.plain });
      return super.create(facts, rows, sale, external);
    }
    this.copied = true;
    const made = this.newCopies(await this.draftsOf(sale), sale, this.before);
    const several = severalMemos(made);
    if (several) return exception(several);
    const [copy] = made;
    if (!copy) return exception(await this.notFound(sale));
    const own = await this.claim(copy, facts.reason, sale, external);
    if ('problem' in own) return exception(own.problem);
    return this.reduce(own.memo, rows, sale, external, true);
  }

  /** Why the invoice is not copied, as far as it is known before it is tried. */
  private whyPlain(sale: BcSale, rows: readonly DraftRow[]): string | null {
    if (this.attempt.step(COPIED) !== undefined) return 'the copy of the invoice was deleted';
    return whyNoCopy(sale, rows);
  }

  private remembered(): ReadonlySet<string> {
    return new Set(JSON.parse(textIn(this.attempt, COPY, 'before') ?? '[]') as string[]);
  }

  /** Has the copy made; gives why it was refused, or null. */
  private async copyInvoice(memos: readonly D365Row[], sale: BcSale): Promise<string | null> {
    const { client } = this.parts;
    const [invoice] = sale.invoices;
    if (!invoice) return 'the sale has no invoice';
    if (hasCopy(this.attempt)) {
      this.before = this.remembered();
    } else {
      this.before = new Set(memos.map((memo) => textOf(memo, 'id')));
      await this.attempt.record(COPY, { invoice: invoice.number, before: JSON.stringify([...this.before]) });
    }
    try {
      await this.attempt.write((assertAlive) => {
        assertAlive();
        const path = `salesInvoices(${invoice.id})/Microsoft.NAV.makeCorrectiveCreditMemo`;
        return client.act(path, etagOf(sale.shipTo), this.signal);
      });
    } catch (thrown) {
      const refused =
        thrown instanceof LedgerError &&
        (thrown.class === 'data-invalid' || thrown.code === 'd365-not-found');
      if (!refused) throw thrown;
      this.attempt.writing = false;
      return thrown.message;
    }
    await this.attempt.record(COPIED, { invoice: invoice.number });
    return null;
  }

  private async draftsOf(sale: BcSale): Promise<D365Row[]> {
    const number = sale.invoices[0]?.number ?? '';
    const filter = and(eq('invoiceNumber', number), eq('customerNumber', sale.customer));
    const expand = withLines('salesCreditMemoLines');
    const path = setPath('salesCreditMemos', { filter, expand });
    const [memos = []] = await this.parts.client.readTogether([path], this.signal);
    return memos;
  }

  /** Copies of the invoice that came since, and that no return has claimed. */
  private newCopies(
    memos: readonly D365Row[],
    { customer, shipTo: invoice }: BcSale,
    before: ReadonlySet<string>,
  ): D365Row[] {
    const prefix = prefixOf(this.posting.reference);
    const each = new Map(memos.map((memo) => [textOf(memo, 'id'), memo]));
    return [...each.values()].filter(
      (memo) =>
        statusOf(memo) === 'Draft' &&
        textOf(memo, 'customerNumber') === customer &&
        textOf(memo, 'invoiceNumber') === textOf(invoice, 'number') &&
        !before.has(textOf(memo, 'id')) &&
        !textOf(memo, 'externalDocumentNumber').toUpperCase().startsWith(prefix) &&
        isCopy(memo, invoice),
    );
  }

  /** A copy that is made and cannot be found is not made again: somebody looks for it, and then the draft is made as usual. */
  private async notFound(sale: BcSale): Promise<Problem> {
    const invoice = sale.invoices[0]?.number ?? '';
    await this.attempt.record(PLAIN, { why: 'the copy of the invoice was not found' });
    const what = `the corrective credit memo of sales invoice ${invoice} was made, and is not found`;
    const expected = `a draft credit memo that is applied to sales invoice ${invoice}`;
    return {
      code: 'document-conflict',
      what,
      lines: [{ field: 'document', expected, received: 'none; delete it where it is there' }],
    };
  }

  /** Gives the copy our number: from then on it is found as every draft of ours is. */
  private async claim(
    copy: D365Row,
    reason: D365Row | undefined,
    sale: BcSale,
    external: string,
  ): Promise<OwnMemo> {
    const { client } = this.parts;
    const id = textOf(copy, 'id');
    const day = this.posting.event.occurredAt.slice(0, 10);
    const change = {
      externalDocumentNumber: external,
      creditMemoDate: day,
      postingDate: day,
      ...(reason ? { customerReturnReasonId: textOf(reason, 'id') } : {}),
    };
    const path = `salesCreditMemos(${id})`;
    try {
      await this.attempt.write((assertAlive) => {
        assertAlive();
        return client.patch(path, change, etagOf(copy), this.signal);
      });
    } catch (thrown) {
      if (!(thrown instanceof LedgerError) || thrown.code !== 'd365-number-taken') throw thrown;
      // Nobody would know whose it is.
      await this.attempt.write((assertAlive) => {
        assertAlive();
        return client.remove(path, etagOf(copy), this.signal);
      });
      return { problem: numberTaken(external, thrown) };
    }
    await this.attempt.record('draft', { id, number: textOf(copy, 'number') });
    faultPoint('header-before-lines');
    const memo = await readMemo(client, id, this.signal);
    return memo ? { memo } : { problem: await this.notFound(sale) };
  }

  /** Brings the copy to the plan; what a try before this one has done already is left as it is. */
  private async reduce(
    memo: D365Row,
    rows: readonly DraftRow[],
    sale: BcSale,
    external: string,
    created: boolean,
  ): Promise<ReturnOrderOutcome> {
    const { client } = this.parts;
    const { location } = this;
    const steps = stepsOfCopy(memo, sale.shipTo, rows, location);
    if (!steps) {
      const strange = conflict(memo, rows);
      return strange ? exception(strange) : this.finish(memo, rows, sale, external, created);
    }
    const id = textOf(memo, 'id');
    // A discount of the whole document is part of the planned lines.
    if (numberOf(memo, 'discountAmount') !== 0) {
      await this.attempt.write((assertAlive) => {
        assertAlive();
        return client.patch(`salesCreditMemos(${id})`, { discountAmount: 0 }, etagOf(memo), this.signal);
      });
    }
    for (const { line, row } of steps.change) {
      const place = location === '' ? {} : { locationId: location };
      await this.onLine(line, (path, etag) =>
        client.patch(path, { ...priceFields(row, sale.currency), ...place }, etag, this.signal),
      );
    }
    for (const row of steps.add) {
      await this.attempt.write((assertAlive) => {
        assertAlive();
        const body = lineBody(row, sale.currency, '');
        return client.create(`salesCreditMemos(${id})/salesCreditMemoLines`, body, this.signal);
      });
    }
    for (const line of steps.remove) {
      await this.onLine(line, (path, etag) => client.remove(path, etag, this.signal));
    }
    const reduced = (await readMemo(client, id, this.signal)) ?? memo;
    return this.finish(reduced, rows, sale, external, created);
  }

  /** Each change of a line changes the tax of the others, so that it is read before it is written. */
  private async onLine(line: D365Row, work: (path: string, etag: string) => Promise<void>): Promise<void> {
    const path = `salesCreditMemoLines(${idIn(line, 'id')})`;
    const held = await this.parts.client.get(path, this.signal);
    if (!held) return;
    await this.attempt.write((assertAlive) => {
      assertAlive();
      return work(path, etagOf(held));
    });
  }
}

function textIn(attempt: PostingAttempt, step: string, name: string): string | null {
  const value = attempt.step(step)?.[name];
  return value === undefined ? null : String(value);
}
