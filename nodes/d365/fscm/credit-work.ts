import { dayIn, type Day } from '../../returns/calendar';
import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { asLedgerError, LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import { LONGEST_PAUSE_MS } from '../../runtime/retry';
import type { CreditNotePolicy } from '../documents';
import { creditDocument, lotsOf, type CreditAsked } from './credit-document';
import { chooseLots, goodsNotReady, lotsOnCredit } from './credit-lots';
import { planCredit, type CreditPlan } from './credit-plan';
import { markCreditOnly } from './credit-only';
import type { FscmParts } from './parts';
import { periodOf, postingDay, type PostingDay } from './periods';
import { refusedPosting, thrownByService } from './posting-refusal';
import type { PostingStep, ServiceAnswer } from './posting-route';
import { readCreditState, type CreditNote, type CreditState, type Lot } from './read-credit';
import type { D365Row } from './rows';

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

  constructor(
    private readonly posting: CreditPosting,
    private readonly parts: FscmParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.asked = askedBefore(attempt);
  }

  async run(): Promise<CreditStep> {
    await this.settle();
    const state = await this.look();
    if ('problem' in state) return { document: null, problem: state.problem };
    this.attempt.lookedUp();
    this.parts.doubts.delete(this.doubt);
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
    let now = state;
    const registered = lots.filter(({ status }) => status === 'Registered');
    if (registered.length > 0) {
      const slip = await this.packingSlip(state, registered, day);
      if ('document' in slip) return slip;
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
    const { reference, number } = this.posting;
    const slip = `${reference}-${number}${slips === 1 ? '' : `.${slips}`}`;
    await this.ask({ slips, slip, slipDay: day });
    const answer = await this.call('packing-slip', {
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
    const problem = this.notDone(`packing slip of ${document}`, answer, left);
    return { document: null, problem };
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
    const answer = await this.call('invoice', {
      DataAreaId: settings.company,
      ReturnOrderNumber: state.number,
      InvoiceDate: day,
      CreditCorrection: false,
    });
    const now = await this.look();
    if ('problem' in now) return { document: null, problem: now.problem };
    const unclaimed = this.unclaimed(now);
    const credit = unclaimed.find(({ number }) => 'number' in answer && number === answer.number);
    const posted = credit ?? unclaimed[0];
    if (posted) return this.finish(now, plan, posted);
    return { document: null, problem: this.notDone(`credit note of ${document}`, answer, lots) };
  }

  /**
   * What was to be posted is not: a refusal, or an answer that says otherwise, which a person must know of (R176). Throws
   * where it is waited for.
   */
  private notDone(document: string, answer: Answered, lots: readonly Lot[]): Problem {
    if (answer.posted) {
      const told = answer.number === '' ? '' : ` as ${answer.number}`;
      return {
        code: 'posting-without-effect',
        what: `${document}: posted${told} by the answer`,
        lines: lots.map(({ item, lot, status }) => ({
          sku: item,
          field: `status of lot ${lot}`,
          expected: 'Received or Invoiced',
          received: status,
        })),
      };
    }
    const problem = unlessThrown(() => refusedPosting(document, answer.messages, answer.thrown));
    if (problem instanceof LedgerError) {
      // What was read of the periods may be what the books no longer say.
      if (problem.code === 'period-closed') this.parts.periods.forget();
      throw problem;
    }
    return problem;
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
            state.lots.filter(
              ({ lot, status, effect }) =>
                status === 'Invoiced' && effect !== 'no-credit' && !before.has(lot),
            ),
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
    const unplanned = 'problem' in plan ? plan.problem : null;
    return { document: made.document, problem: made.problem ?? unplanned };
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
    const state = await readCreditState(this.posting.reference, this.parts, this.signal);
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

  private async call(step: PostingStep, request: D365Row): Promise<Answered> {
    try {
      const answer = await this.attempt.write((assertAlive) => {
        assertAlive();
        return this.parts.route.post(step, request, this.signal);
      });
      return { ...answer, thrown: false };
    } catch (thrown) {
      const error = asLedgerError(thrown);
      const said = thrownByService(error);
      if (said === null) {
        if (error.class === 'ambiguous') this.parts.doubts.set(this.doubt, this.parts.surroundings.elapsed());
        throw error;
      }
      this.attempt.writing = false;
      return { posted: false, messages: [said], thrown: true };
    }
  }

  /**
   * A call whose answer was lost may still be carried out: nothing is looked up before the settle time is over
   * (`reference/reliability.md`).
   */
  private async settle(): Promise<void> {
    if (!this.attempt.inDoubt) return;
    const { surroundings, settings, doubts } = this.parts;
    const since = doubts.get(this.doubt) ?? surroundings.elapsed();
    doubts.set(this.doubt, since);
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

  private get doubt(): string {
    return `credit/${this.posting.reference}/${this.posting.number}`;
  }
}

type Answered = ServiceAnswer & { thrown: boolean };

function askedBefore(attempt: PostingAttempt): CreditAsked | null {
  const step = attempt.step('asked');
  if (!step) return null;
  const text = (name: string): string => String(step[name] ?? '');
  return {
    slips: Number(step['slips'] ?? 0),
    slip: text('slip'),
    slipDay: text('slipDay'),
    lots: text('lots')
      .split(' ')
      .filter((lot) => lot !== ''),
    day: text('day'),
    deferredFrom: step['deferredFrom'] === null ? null : text('deferredFrom') || null,
  };
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

function unlessThrown(work: () => Problem): Problem | LedgerError {
  try {
    return work();
  } catch (thrown) {
    return asLedgerError(thrown);
  }
}
