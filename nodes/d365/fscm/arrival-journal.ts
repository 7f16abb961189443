import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { asLedgerError } from '../../returns/failure';
import type { Mappings } from '../../returns/mappings';
import type { Problem } from '../../returns/posting-checks';
import { instantOf } from '../../returns/time';
import { postOnce, type PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import { KINDS } from '../documents';
import { planArrival, unitsHeld, type Arrival, type ArrivalPlan, type PlanFacts } from './arrival-plan';
import {
  arrivalDocument,
  arrivalPath,
  compareLines,
  heldBy,
  journalLine,
  journalLinesOf,
  journalRow,
  keepPlan,
  keptPlan,
  missingEffect,
  type Held,
  type ReceivingOrder,
} from './arrival-rows';
import { importJournal } from './journal-import';
import { havePosted, isPosted } from './arrival-posting';
import { arrivalSetup } from './arrival-setup';
import { arrivalUnits, countedPieces, piecesInJournal } from './arrival-units';
import { earlierPackage, packageIsOver, type EarlierPackage } from './data-package';
import type { ArrivalParts } from './parts';
import type { FoundOrder } from './receiving-order';
import { returnOrdersPath } from './return-order-rows';
import { expectedLines, unreceivable } from './return-order-state';
import { textOf, type D365Row } from './rows';
import { settle } from '../settle';

/** One journal of a return. */
export interface JournalTry {
  event: ReturnEvent;
  /** Which arrival of the return it is, from 1. */
  number: number;
  /** Our name for it. */
  reference: string;
  arrivals: readonly Arrival[];
  mappings: Mappings | null;
  /** Our reference of the return order. */
  returnOrder: string;
  /** Finds the return order as it is now, or in rows that have just been read. */
  order: (read?: readonly D365Row[]) => Promise<FoundOrder>;
}

export interface JournalOutcome {
  document: PostedDocument | null;
  problem: Problem | null;
}

/**
 * Makes one item arrival journal and has it posted, or waits until it is: intent → settle time → look-ups → checks → header
 * → lines → posting → effect → outcome. Whatever is repeated, whatever dies in between, there is one.
 */
export async function postJournal(
  journal: JournalTry,
  parts: ArrivalParts,
  signal?: AbortSignal,
): Promise<JournalOutcome> {
  const { store, surroundings, connectionId, settings } = parts;
  const { event, number, reference } = journal;
  const key = returnKey(event);
  // Another message may have to wait out the settle time, and its calls their time limits.
  const limitMs = (settings.settleSeconds + 5 * settings.timeoutSeconds) * 1000;
  return postOnce<JournalOutcome>(
    { connectionId, kind: KINDS.arrival, key: `${key}#arrival-${number}`, returnKey: key, reference },
    {
      posted: (document) => ({ document, problem: null }),
      post: (attempt) => new JournalWork(journal, attempt, parts, signal).run(),
    },
    { store, surroundings, limitMs, signal },
  );
}

/** One try at one journal. */
class JournalWork {
  private readonly doubt: string;

  constructor(
    private readonly journal: JournalTry,
    private readonly attempt: PostingAttempt,
    private readonly parts: ArrivalParts,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.doubt = `${parts.connectionId}/${KINDS.arrival}/${journal.reference}`;
  }

  async run(): Promise<JournalOutcome> {
    const { doubts, surroundings } = this.parts;
    try {
      return await this.post();
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (this.attempt.writing && error.class === 'ambiguous') doubts.set(this.doubt, surroundings.elapsed());
      throw error;
    }
  }

  private async post(): Promise<JournalOutcome> {
    const { attempt } = this;
    if (attempt.inDoubt) await settle(this.doubt, this.parts, this.signal);
    const earlier = await earlierPackage(attempt, this.parts.client, this.signal);
    const { journals, orders } = await this.lookUp();
    attempt.lookedUp();
    this.parts.doubts.delete(this.doubt);
    if (journals.length > 1) {
      const what = journals.map((row) => `arrival journal ${textOf(row, 'JournalNumber')}`).join(', ');
      return held({ code: 'document-ambiguous', what, lines: [] });
    }
    const found = await this.journal.order(orders);
    if ('problem' in found) return held(found.problem);
    const { order } = found;
    const [there] = journals;
    if (there && earlier.state === 'over' && !earlier.told) await packageIsOver(earlier.place, attempt);
    // Once its lines are there, a journal is what it is. Without, it is planned as things are now.
    if (there && (journalLinesOf(there).length > 0 || isPosted(there))) return this.adopt(there, order);
    return this.create(order, there, earlier);
  }

  /** Journals with our name, and after them the return order, in one call. */
  private async lookUp(): Promise<{ journals: D365Row[]; orders: D365Row[] }> {
    const { client, settings } = this.parts;
    const { reference, returnOrder } = this.journal;
    const [journals = [], orders = []] = await client.readTogether(
      [arrivalPath(settings.company, reference), returnOrdersPath(settings.company, returnOrder)],
      this.signal,
    );
    return { journals, orders };
  }

  /** Hands on a journal that is there: as it was planned, or, where that is not known any more, as D365 tells it. */
  private async adopt(there: D365Row, order: D365Row): Promise<JournalOutcome> {
    const number = textOf(there, 'JournalNumber');
    const plan = keptPlan(this.attempt.step('plan'));
    if (plan) {
      const strange = isPosted(there) ? null : compareLines(there, plan.takes);
      return strange ? held(strange) : this.complete(number, there, order, plan);
    }
    const facts = await this.facts(order);
    const { takes, pieces } = inPieces(heldBy(there), facts);
    const units = unitsHeld(this.journal.arrivals, facts, pieces);
    if (units.length === 0) {
      const what = `arrival journal ${number}`;
      return held({ code: 'document-conflict', what, lines: takes.map(strangeTake) });
    }
    return this.complete(number, there, order, { takes, units, mappings: null });
  }

  private async create(
    order: D365Row,
    there: D365Row | undefined,
    earlier: EarlierPackage,
  ): Promise<JournalOutcome> {
    const closed = unreceivable(order);
    if (closed) return held(closed);
    const planned = planArrival(this.journal.arrivals, await this.facts(order));
    if ('problem' in planned) return held(planned.problem);
    const { plan } = planned;
    const elsewhere = await this.inWarehouseApp(plan);
    if (elsewhere) return held(elsewhere);
    await this.attempt.record('plan', keepPlan(plan));
    const present = there ?? (await this.imported(order, plan, earlier));
    if (present && journalLinesOf(present).length > 0) {
      const strange = compareLines(present, plan.takes);
      return strange ? held(strange) : this.complete(textOf(present, 'JournalNumber'), present, order, plan);
    }
    const header = present ?? (await this.writeHeader(order, plan));
    if (there && textOf(there, 'JournalNameId') !== plan.journalName) await this.rename(there, plan);
    const number = textOf(header, 'JournalNumber');
    await this.attempt.record('journal', { number });
    faultPoint('header-before-lines');
    await this.writeLines(order, number, plan);
    faultPoint('arrival-before-posting');
    return this.complete(number, header, order, plan);
  }

  private async facts(order: D365Row): Promise<PlanFacts> {
    const { mappings } = this.journal;
    const number = textOf(order, 'ReturnOrderNumber');
    const lines = expectedLines(order);
    const units = await arrivalUnits(lines, this.parts, this.signal);
    return { number, lines, mappings, eachUnit: this.parts.settings.eachUnit, units };
  }

  /** Goods are received in the warehouse app where a warehouse is set up for it: a journal would be refused (D3). */
  private async inWarehouseApp({ takes }: ArrivalPlan): Promise<Problem | null> {
    const setup = await arrivalSetup(this.parts, this.signal);
    const advanced = takes.filter(({ warehouse }) => setup.isAdvanced(warehouse));
    if (advanced.length === 0) return null;
    const warehouses = [...new Set(advanced.map(({ warehouse }) => warehouse))].join(', ');
    return {
      code: 'warehouse-advanced',
      what: `warehouse ${warehouses}`,
      lines: advanced.map(({ lineId, item, warehouse }) => ({
        lineId,
        sku: item,
        field: 'warehouse',
        expected: 'one without warehouse management processes',
        received: warehouse,
      })),
    };
  }

  private writeHeader(order: D365Row, plan: ArrivalPlan): Promise<D365Row> {
    const { client } = this.parts;
    const row = journalRow(this.receiving(order), this.journal.reference, plan);
    return this.write(() => client.create('ItemArrivalJournalHeadersV2', row, this.signal));
  }

  /** The journal was begun under a name that is not meant any more. */
  private async rename(there: D365Row, plan: ArrivalPlan): Promise<void> {
    const { client, settings } = this.parts;
    const key = { dataAreaId: settings.company, JournalNumber: textOf(there, 'JournalNumber') };
    const change = { JournalNameId: plan.journalName };
    await client.patch('ItemArrivalJournalHeadersV2', key, change, etagOf(there), this.signal);
  }

  /** The journal as it was imported with others; undefined where each is written by itself. */
  private async imported(
    order: D365Row,
    plan: ArrivalPlan,
    earlier: EarlierPackage,
  ): Promise<D365Row | undefined> {
    const together = this.parts.import;
    if (!together) return undefined;
    const { attempt, parts, signal } = this;
    const { reference } = this.journal;
    const header = journalRow(this.receiving(order), reference, plan);
    const journal = { header, lines: this.lineRows(order, '', plan) };
    const work = {
      kind: 'arrival' as const,
      name: `arrival journal ${reference}`,
      earlier,
      together,
      // Somebody may have stopped the return order before the import came to it.
      passing: () => this.stillReceivable(),
      lookUp: async () => (await this.lookUp()).journals[0],
    };
    return importJournal(journal, work, { ...parts, attempt }, signal);
  }

  private lineRows(order: D365Row, journal: string, plan: ArrivalPlan): D365Row[] {
    const receiving = this.receiving(order);
    const day = this.journal.event.occurredAt.slice(0, 10);
    return plan.takes.map((take, at) => journalLine(receiving, journal, at + 1, take, day));
  }

  private async writeLines(order: D365Row, journal: string, plan: ArrivalPlan): Promise<void> {
    const { client } = this.parts;
    const rows = this.lineRows(order, journal, plan);
    const [only] = rows;
    await this.write(async () => {
      if (only && rows.length === 1) await client.create('ItemArrivalJournalLinesV2', only, this.signal);
      else await client.createTogether('ItemArrivalJournalLinesV2', rows, this.signal);
    });
  }

  private async write<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await this.attempt.write(async (assertAlive) => {
        assertAlive();
        return call();
      });
    } catch (thrown) {
      const { class: failure } = asLedgerError(thrown);
      // Somebody may have stopped the return order since it was read, which passes.
      if (failure === 'data-invalid' || failure === 'state-blocked') await this.stillReceivable();
      throw thrown;
    }
  }

  /** Throws `return-order-locked` where the return order is stopped by now. */
  private async stillReceivable(): Promise<Problem | null> {
    const now = await this.journal.order();
    return 'problem' in now ? now.problem : unreceivable(now.order);
  }

  private receiving(order: D365Row): ReceivingOrder {
    return {
      company: this.parts.settings.company,
      number: textOf(order, 'ReturnOrderNumber'),
      rma: textOf(order, 'RMANumber'),
      customer: textOf(order, 'CustomerAccountNumber'),
    };
  }

  /** The journal is whole. It is done with when D365 has posted it and its goods are registered. */
  private async complete(
    number: string,
    journal: D365Row,
    order: D365Row,
    registered: Pick<ArrivalPlan, 'units' | 'mappings'> & { takes: readonly Held[] },
  ): Promise<JournalOutcome> {
    let after: readonly D365Row[] | undefined;
    if (!isPosted(journal)) {
      const readAgain = async (): Promise<D365Row | undefined> => {
        const { journals, orders } = await this.lookUp();
        after = orders;
        return journals[0];
      };
      const read = { journal: readAgain, order: () => this.journal.order() };
      const problem = await havePosted(number, order, read, this.parts, this.signal);
      if (problem) return held(problem);
    }
    const now = await this.journal.order(after);
    if ('problem' in now) return held(now.problem);
    const missing = missingEffect(number, registered.takes, expectedLines(now.order));
    if (missing) return held(missing);
    const postedAt = instantOf(this.parts.surroundings.clock);
    const receiving = this.receiving(order);
    const document = arrivalDocument(number, this.journal.reference, receiving, registered, postedAt);
    await this.attempt.complete(document);
    return { document, problem: null };
  }
}

function held(problem: Problem): JournalOutcome {
  return { document: null, problem };
}

/** A journal that is there as the return order counts it; what it holds of a line that nobody can count is not ours. */
function inPieces(held: readonly Held[], facts: PlanFacts): { takes: Held[]; pieces: Map<string, number> } {
  const pieces = new Map<string, number>();
  const takes = held.map((take) => {
    const line = facts.lines.find(({ lot }) => lot === take.lot);
    const count = line ? piecesInJournal(line, take.quantity, facts) : take.quantity;
    if (count === null) return take;
    pieces.set(take.lot, count);
    const counted = line ? countedPieces(line, count, facts) : { not: null };
    return 'not' in counted ? take : { ...take, ...counted };
  });
  return { takes, pieces };
}

function strangeTake({ lot, quantity }: Held): Problem['lines'][number] {
  return { field: `lot ${lot}`, expected: '0', received: String(quantity) };
}

function etagOf(row: D365Row): string {
  return textOf(row, '@odata.etag') || '*';
}
