import { dayIn, type Day } from '../../returns/calendar';
import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import { formatMoney, money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import type { CreditNotePolicy } from '../documents';
import { askedBefore, creditDocument, feeOfReturn, lotsOf, type CreditAsked } from './credit-document';
import { chooseLots, goodsNotReady, isCredited, lotsOnCredit } from './credit-lots';
import { planCredit, type CreditPlan } from './credit-plan';
import { markCreditOnly } from './credit-only';
import type { FscmParts } from './parts';
import { periodOf, postingDay, type PostingDay } from './periods';
import { PostingCalls } from './posting-calls';
import { readCreditState, type CreditNote, type CreditState, type Lot } from './read-credit';
import { creditedBeyond } from './taken-back';

/** Room for the number of a packing slip; cut off, two of them could be the same. */
const SLIP_LENGTH = 20;

/** What a try at one credit note came to: neither of both where there is nothing to credit. */
export interface CreditStep {
  document: PostedDocument | null;
  problem: Problem | null;
}

export interface CreditPosting {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces. */
  mapped: ReturnEvent;
  policy: CreditNotePolicy;
  /** Credits of the return that are posted. */
  documents: readonly PostedDocument[];
  /** Ours, of the return. */
  reference: string;
  /** Which credit of the return it is, from 1. */
  number: number;
}

/** One try at one credit note. */
export class CreditWork {
  /** What was asked of the posting service, in this try or in an earlier one. */
  private asked: CreditAsked | null;
  private readonly calls: PostingCalls;
  /** As it was read last. */
  private seen: CreditState | undefined;

  constructor(
    private readonly posting: CreditPosting,
    private readonly parts: FscmParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.asked = askedBefore(attempt.step('asked'));
    this.calls = new PostingCalls(parts, attempt, `credit/${posting.reference}/${posting.number}`, signal);
  }

  async run(): Promise<CreditStep> {
    await this.calls.settle();
    const state = await this.look();
    if ('problem' in state) return { document: null, problem: state.problem };
    this.calls.lookedUp();
    const plan = await this.plan(state);
    const [posted] = this.unclaimed(state);
    if (posted) return this.finish(state, plan, posted);
    if ('problem' in plan) return { document: null, problem: plan.problem };
    const wanted = await this.accepted(plan);
    const ready = await this.readied(state, wanted);
    const chosen = chooseLots(ready.lots, wanted);
    const [over] = chosen.beyond;
    if (over) return { document: null, problem: grown(ready, over) };
    if (chosen.take.length === 0 && chosen.missing.length === 0) return { document: null, problem: null };
    if (chosen.take.length === 0) throw goodsNotReady(ready, chosen.missing);
    const taken = chosen.take.map(({ lot }) => lot);
    const beyond = creditedBeyond(plan.sold, ready, taken);
    if (beyond) return { document: null, problem: beyond };
    return this.post(ready, plan, chosen.take, chosen.strange);
  }

  private plan(state: CreditState): Promise<CreditPlan | { problem: Problem }> {
    const { event, mapped, policy, reference } = this.posting;
    return planCredit(
      { event, mapped, mappings: policy.mappings },
      state,
      reference,
      this.parts,
      this.signal,
    );
  }

  /** Posts lots that are ready: packing slip, invoice, each read back. Checks come before any call that posts. */
  private async post(
    state: CreditState,
    plan: CreditPlan,
    lots: readonly Lot[],
    strange: readonly Lot[],
  ): Promise<CreditStep> {
    const { route } = this.parts;
    this.checkState(state);
    const day = await this.day();
    if ('problem' in day) return { document: null, problem: day.problem };
    // The invoice names no lines: what else is registered would be credited with them.
    if (route.byService('invoice') && strange.length > 0)
      throw goodsNotReady(state, strange.map(notAccepted));
    await this.checkFee(state, lots);
    let now = state;
    const registered = lots.filter(({ status }) => status === 'Registered');
    if (registered.length > 0) {
      const slip = await this.packingSlip(state, registered, day);
      if ('document' in slip) return slip;
      faultPoint('slip-before-invoice');
      now = slip;
    }
    return this.invoice(now, plan, lots, day);
  }

  private async packingSlip(
    state: CreditState,
    lots: readonly Lot[],
    { day }: PostingDay,
  ): Promise<CreditState | CreditStep> {
    const document = `return order ${state.number}`;
    if (!this.parts.route.byService('packing-slip'))
      throw this.parts.route.notPosted('packing-slip', document);
    const slips = (this.asked?.slips ?? 0) + 1;
    const slip = this.slipNumber(state, slips);
    await this.ask({ slips, slip, slipDay: day });
    const answer = await this.calls.ask('packing-slip', {
      DataAreaId: this.parts.settings.company,
      ReturnOrderNumber: state.number,
      PackingSlipId: slip,
      PackingSlipDate: day,
      Lots: lots.map(({ lot }) => lot),
    });
    const now = await this.look();
    if ('problem' in now) return { document: null, problem: now.problem };
    const left = now.lots.filter(
      ({ lot, status }) => status === 'Registered' && lots.some((one) => one.lot === lot),
    );
    if (left.length === 0) return now;
    const problem = this.calls.notDone(`packing slip of ${document}`, answer, left);
    return { document: null, problem };
  }

  /** Our reference with the number of the credit, or, where the field has no room for it, that of the return order. */
  private slipNumber({ number: order }: CreditState, slips: number): string {
    const { reference, number } = this.posting;
    const end = `-${number}${slips === 1 ? '' : `.${slips}`}`;
    return `${reference.length + end.length <= SLIP_LENGTH ? reference : order}${end}`;
  }

  private async invoice(
    state: CreditState,
    plan: CreditPlan,
    lots: readonly Lot[],
    { day, deferredFrom }: PostingDay,
  ): Promise<CreditStep> {
    const document = `return order ${state.number}`;
    const { route, settings } = this.parts;
    // A batch job may have been faster than this.
    const [there] = this.unclaimed(state);
    if (there) return this.finish(state, plan, there);
    if (!route.byService('invoice')) throw route.notPosted('invoice', document);
    await this.ask({ lots: lots.map(({ lot }) => lot), day, deferredFrom });
    const answer = await this.calls.ask('invoice', {
      DataAreaId: settings.company,
      ReturnOrderNumber: state.number,
      InvoiceDate: day,
      CreditCorrection: false,
    });
    faultPoint('credit-before-read-back');
    const now = await this.look();
    if ('problem' in now) return { document: null, problem: now.problem };
    const unclaimed = this.unclaimed(now);
    const credit = unclaimed.find(({ number }) => 'number' in answer && number === answer.number);
    const posted = credit ?? unclaimed[0];
    if (posted) return this.finish(now, plan, posted);
    return { document: null, problem: this.calls.notDone(`credit note of ${document}`, answer, lots) };
  }

  private async finish(
    state: CreditState,
    plan: CreditPlan | { problem: Problem },
    credit: CreditNote,
  ): Promise<CreditStep> {
    const { documents } = this.posting;
    const before = new Set(documents.flatMap(lotsOf));
    const made = await creditDocument(
      {
        ...this.posting,
        state,
        credit,
        planned: 'planned' in plan ? plan.planned : [],
        before: state.lots.filter(({ lot }) => before.has(lot)),
        lotsWith: (lines) =>
          lotsOnCredit(
            state.lots.filter((lot) => isCredited(lot) && !before.has(lot.lot)),
            lines,
            this.unclaimed(state).length === 1,
          ),
        asked: this.asked,
        ownDay: this.ownDay(),
        isShut: async (day) => periodOf(day, await this.parts.periods.read(this.signal))?.shut !== '',
      },
      this.parts,
      this.signal,
    );
    await this.attempt.complete(made.document);
    // Nobody else would tell that more comes back than was sold.
    const over =
      'problem' in plan
        ? plan.problem
        : creditedBeyond(plan.sold, state, lotsOf(made.document), made.document.number);
    return { document: made.document, problem: made.problem ?? over };
  }

  /** Accepted pieces by group, of this event and of those that wait for the same credit. */
  private async accepted({ wanted }: CreditPlan): Promise<Map<string, number>> {
    const all = new Map(
      Object.entries(this.attempt.step('accepted') ?? {}).map(([group, pieces]) => [group, Number(pieces)]),
    );
    let changed = false;
    for (const [group, pieces] of wanted) {
      if (pieces <= (all.get(group) ?? 0)) continue;
      all.set(group, pieces);
      changed = true;
    }
    if (changed) await this.attempt.record('accepted', Object.fromEntries(all));
    return all;
  }

  /** The state with credits without goods marked as such, where the policy lets money go out early (F-8). */
  private async readied(state: CreditState, wanted: ReadonlyMap<string, number>): Promise<CreditState> {
    const { mapped, policy } = this.posting;
    if (!policy.early) return state;
    const marked = await markCreditOnly(
      { state, wanted, event: mapped, mappings: policy.mappings },
      this.parts,
      this.attempt,
      this.signal,
    );
    if (!marked) return state;
    const now = await this.look();
    return 'problem' in now ? state : now;
  }

  /** Throws for what somebody in D365 has stopped, before anything is posted. */
  private checkState({ number, stopped, hold, invoiceCustomer }: CreditState): void {
    const blocked = (code: string, message: string): LedgerError =>
      new LedgerError({ code, class: 'state-blocked', message });
    if (stopped) throw blocked('order-locked', `return order ${number} is stopped in Dynamics 365`);
    if (hold !== '') throw blocked('customer-on-hold', `account ${invoiceCustomer} is on hold for ${hold}`);
  }

  /** D365 charges the fee with the first goods: where it is higher, it would be an invoice, so more goods are waited for. */
  private async checkFee(state: CreditState, lots: readonly Lot[]): Promise<void> {
    const { event, documents } = this.posting;
    if (documents.length > 0) return;
    const fee = await feeOfReturn(event, state.currency, this.parts);
    const goods = lots.reduce((sum, { amount }) => sum - amount.minor, 0);
    if (fee === null || fee.minor < goods) return;
    const value = formatMoney(money(goods, state.currency));
    throw goodsNotReady(state, [`the fee of ${formatMoney(fee)} is not below the goods accepted, ${value}`]);
  }

  /** The day to post on. A batch job posts on its own day, so that a shut one only matters where it is parked. */
  private async day(): Promise<PostingDay | { problem: Problem }> {
    const { closedPeriod } = this.posting.policy;
    return postingDay(this.ownDay(), await this.parts.periods.read(this.signal), closedPeriod);
  }

  private ownDay(): Day {
    return dayIn(this.posting.policy.timeZone, Date.parse(this.posting.event.occurredAt));
  }

  /** Credit notes of the return order that no document of ours holds. */
  private unclaimed({ credits }: CreditState): CreditNote[] {
    const claimed = new Set(this.posting.documents.map(({ number }) => number));
    return credits.filter(({ number }) => !claimed.has(number));
  }

  private async look(): Promise<CreditState | { problem: Problem }> {
    const { reference } = this.posting;
    const state = await readCreditState(reference, this.parts, this.signal, this.seen);
    if (state && !('problem' in state)) this.seen = state;
    if (state) return state;
    throw new LedgerError({
      code: 'goods-not-ready',
      class: 'state-blocked',
      message: `there is no return order with the reference ${this.posting.reference} yet`,
    });
  }

  /** Remembers what is asked of the service before it is asked: the process may die with the call under way. */
  private async ask(change: Partial<CreditAsked>): Promise<void> {
    this.asked = {
      slips: 0,
      slip: '',
      slipDay: '',
      lots: [],
      day: '',
      deferredFrom: null,
      ...this.asked,
      ...change,
    };
    const { lots, ...rest } = this.asked;
    await this.attempt.record('asked', { ...rest, lots: lots.join(' ') });
  }
}

function notAccepted({ item, pieces }: Lot): string {
  return `${pieces} × ${item} registered and not accepted yet, and would be credited as well`;
}

function grown(
  { number, lots }: CreditState,
  { group, held, accepted }: { group: string; held: number; accepted: number },
): Problem {
  const sku = lots.find((lot) => lot.group === group)?.item ?? null;
  return {
    code: 'return-grown',
    what: `return order ${number}`,
    lines: [
      {
        lineId: group.replace(/\+\d+$/, ''),
        sku,
        field: 'quantity',
        expected: String(held),
        received: String(accepted),
      },
    ],
  };
}
