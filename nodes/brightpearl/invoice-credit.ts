import type { PostedDocument, ReturnEvent } from '../returns/event';
import { returnKey } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { formatMoney, parseMoney, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import { postOnce, type PostingAttempt } from '../runtime/post-once';
import { BrightpearlRefusal } from './errors';
import type { BrightpearlParts } from './parts';
import { keepDeferral, keptDeferral, noonOf, postingDay, type PostingDay } from './posting-day';
import type { Credit } from './records';
import { describeRefusal } from './refused-lines';
import { mappingsOfCredit, SYSTEM } from './sales-credit';

export const INVOICE_KIND = 'credit-invoice';

/** How accounting gets a credit. */
export interface InvoicePolicy {
  closedPeriod: 'defer' | 'park';
  /** Status that a credit must have before accounting takes it; null where the account needs none (R114). */
  authorisedStatus: number | null;
  /** Up to which amount the flow may give that status itself, a decimal in the credit's currency; null for any. */
  authoriseUpTo: string | null;
}

export type InvoiceOutcome =
  { outcome: 'invoiced'; document: PostedDocument } | { outcome: 'exception'; problem: Problem };

/** How long accounting is waited for before the credit is read again; what takes longer waits in the store. */
const ACCOUNTING_MS = 2000;

/**
 * Has accounting invoice a sales credit. Brightpearl answers at once and works later: the credit stands in "pending"
 * until it has its invoice number. Where accounting fails it stays there, and closing may be repeated; a credit that
 * is invoiced is left alone (sales-credit-close POST). The state is read back each time, so nothing is done twice.
 *
 * Throws `credit-not-invoiced` (state-blocked) while it is pending, and `period-closed` (state-blocked) where the period
 * was closed while it was asked for.
 */
export async function invoiceCredit(
  event: ReturnEvent,
  credit: PostedDocument,
  policy: InvoicePolicy,
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<InvoiceOutcome> {
  const { store, surroundings, connectionId, settings } = parts;
  const key = returnKey(event);
  const reference = credit.references['reference'] ?? credit.number;
  return postOnce<InvoiceOutcome>(
    { connectionId, kind: INVOICE_KIND, key, returnKey: key, reference },
    {
      posted: (document) => ({ outcome: 'invoiced', document }),
      post: (attempt) => new InvoiceWork(credit, policy, parts, attempt, signal).run(),
    },
    { store, surroundings, limitMs: 5 * settings.timeoutSeconds * 1000, signal },
  );
}

class InvoiceWork {
  constructor(
    private readonly document: PostedDocument,
    private readonly policy: InvoicePolicy,
    private readonly parts: BrightpearlParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<InvoiceOutcome> {
    const before = await this.read();
    this.attempt.lookedUp();
    if (before.cancelled) {
      const what = `sales credit ${before.id} is cancelled`;
      return { outcome: 'exception', problem: { code: 'document-conflict', what, lines: [] } };
    }
    if (before.invoice === 'invoiced') return this.finish(before);
    const held = await this.authorise(before);
    if (held) return { outcome: 'exception', problem: held };
    const day = await this.day();
    if ('problem' in day) return { outcome: 'exception', problem: day.problem };
    await keepDeferral(day, this.attempt);
    const refused = await this.close(before, day);
    if (refused) return { outcome: 'exception', problem: refused };
    await this.parts.surroundings.wait(ACCOUNTING_MS, this.signal);
    const after = await this.read();
    if (after.invoice === 'invoiced') return this.finish(after, day);
    throw new LedgerError({
      code: 'credit-not-invoiced',
      class: 'state-blocked',
      message: `sales credit ${after.id} over ${formatMoney(after.gross)} waits for accounting`,
    });
  }

  private async read(): Promise<Credit> {
    const credit = await this.parts.reader.credit(Number(this.document.id), this.signal);
    if (credit) return credit;
    throw new LedgerError({
      code: 'credit-not-readable',
      class: 'ambiguous',
      message: `sales credit ${this.document.number} cannot be read`,
    });
  }

  /** Moves the credit to the status that lets it be invoiced, where the policy allows; else tells why not (R114). */
  private async authorise(credit: Credit): Promise<Problem | null> {
    const { authorisedStatus, authoriseUpTo } = this.policy;
    if (authorisedStatus === null || credit.statusId === authorisedStatus) return null;
    const upTo = authoriseUpTo === null ? null : parseMoney(authoriseUpTo, credit.gross.currency);
    if (upTo && credit.gross.minor > upTo.minor) return this.needsPerson(credit, upTo);
    const refused = await this.change('PUT', `/order-service/order/${credit.id}/status`, {
      orderStatusId: authorisedStatus,
    });
    return refused ? describeRefusal(refused, []) : null;
  }

  private needsPerson(credit: Credit, upTo: Money): Problem {
    return {
      code: 'credit-needs-authorisation',
      what: `sales credit ${credit.id} over ${formatMoney(credit.gross)}, the flow may pass ${formatMoney(upTo)}`,
      lines: [
        { field: 'gross', expected: `at most ${formatMoney(upTo)}`, received: formatMoney(credit.gross) },
      ],
    };
  }

  /** The books may have been closed since the credit was made. */
  private async day(): Promise<PostingDay | { problem: Problem }> {
    const { references } = this.document;
    const lock = await this.parts.directory.periodLock();
    const own = references['postingDay'] ?? references['day'] ?? '';
    return postingDay(own, lock, this.policy.closedPeriod, null);
  }

  private async close(credit: Credit, day: PostingDay): Promise<Problem | null> {
    const refused = await this.change('POST', `/order-service/sales-credit/${credit.id}/close`, {
      taxDate: noonOf(day.day),
    });
    if (!refused || refused.code === 'brightpearl-invoiced') return null;
    if (refused.code === 'brightpearl-period-locked') {
      this.parts.directory.forget();
      throw new LedgerError({
        code: 'period-closed',
        class: 'state-blocked',
        message: `sales credit ${credit.id}: ${refused.message}`,
      });
    }
    if (refused.class === 'state-blocked') throw refused;
    return describeRefusal(refused, []);
  }

  /** A change that may be repeated; the refusal where it was refused for its content or state. */
  private async change(
    method: 'POST' | 'PUT',
    path: string,
    body: unknown,
  ): Promise<BrightpearlRefusal | null> {
    try {
      await this.attempt.write((assertAlive) => this.parts.client.write({ method, path, body, assertAlive }));
      return null;
    } catch (thrown) {
      const refusal = thrown instanceof BrightpearlRefusal ? thrown : null;
      if (refusal?.class !== 'data-invalid' && refusal?.class !== 'state-blocked') throw thrown;
      return refusal;
    }
  }

  private async finish(credit: Credit, day = keptDeferral(this.attempt)): Promise<InvoiceOutcome> {
    const document: PostedDocument = {
      system: SYSTEM,
      kind: INVOICE_KIND,
      number: credit.invoiceReference,
      id: String(credit.id),
      references: {
        credit: String(credit.id),
        reference: this.document.references['reference'] ?? '',
        ...(day ? { postingDay: day.day } : {}),
        ...(day?.deferredFrom ? { deferredFrom: day.deferredFrom } : {}),
        ...mappingsOfCredit(this.document),
      },
      status: 'invoiced',
      amount: this.document.amount,
      postedAt: instantOf(this.parts.surroundings.clock),
    };
    await this.attempt.complete(document);
    return { outcome: 'invoiced', document };
  }
}
