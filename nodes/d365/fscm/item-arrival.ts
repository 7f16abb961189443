import { arrivedLines, unfitToReceive } from '../../returns/arrived-goods';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { mappedReturn } from '../../returns/mapped-return';
import type { Problem } from '../../returns/posting-checks';
import { asTold, pairedLines } from '../../returns/posting-lines';
import { readUnits, unitsLeft } from '../../returns/unit-count';
import { documentReference } from '../../runtime/document-reference';
import { KINDS, SYSTEM, type ArrivalPolicy, type PostedDocuments } from '../documents';
import { postJournal, type JournalTry } from './arrival-journal';
import { dispositionUnmapped, placeOf, unfitDisposition } from './arrival-place';
import type { Arrival } from './arrival-plan';
import { arrivalReference } from './arrival-rows';
import { arrivalSetup } from './arrival-setup';
import type { ArrivalParts } from './parts';
import { findReturnOrder } from './receiving-order';

/**
 * Registers the goods of a return on its return order (A7). Each arrival makes one item arrival journal, `…-A1`, `…-A2`;
 * what stands in those before is taken off, so that a repeat makes none, and goods that come in over several days close
 * the order (R174).
 *
 * To be run by one at a time for a return. Throws a {@link LedgerError}: `return-order-missing` and `return-order-locked`
 * (state-blocked), where the return order is to be waited for (R85, R101, R162), `d365-arrival-not-posted`, until D365 has
 * posted the journal, and what D365 or the network fail with.
 *
 * @param known documents that the message carries: a replacement order may be among them
 */
export async function receiveGoods(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: ArrivalPolicy,
  parts: ArrivalParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const { event: mapped, problem: broken } = mappedReturn(event, policy.mappings);
  const unfit = broken ?? unfitToReceive(arrivedLines(mapped, policy), policy.mappings);
  if (unfit) return { documents: [], made: [], problem: asTold(unfit, event, mapped) };
  const stored = await parts.store.documentsOf(returnKey(event));
  const before = stored.filter(
    ({ system, kind, references }) =>
      system === SYSTEM && kind === KINDS.arrival && references['company'] === parts.settings.company,
  );
  const exchanged = replaces(event, [...known, ...stored]);
  const work = new ArrivalWork({ event, mapped, policy, exchanged }, parts, signal);
  const { made, problem } = await work.run(before);
  return { documents: [...before, ...made], made, problem: problem && asTold(problem, event, mapped) };
}

/** Whether the return has a replacement order of ours, or asks for one (C2). */
function replaces(event: ReturnEvent, documents: readonly PostedDocument[]): boolean {
  return (
    documents.some(({ system, kind }) => system === SYSTEM && kind === KINDS.exchange) ||
    event.lines.some(({ kind, replacementSku }) => kind === 'exchange' || replacementSku !== null)
  );
}

/** What is to be received. */
interface Receiving {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces. */
  mapped: ReturnEvent;
  policy: ArrivalPolicy;
  exchanged: boolean;
}

class ArrivalWork {
  private readonly reference: string;

  constructor(
    private readonly receiving: Receiving,
    private readonly parts: ArrivalParts,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.reference = documentReference(receiving.event);
  }

  /** Makes journal after journal until everything that has arrived is registered. */
  async run(before: readonly PostedDocument[]): Promise<{ made: PostedDocument[]; problem: Problem | null }> {
    const made: PostedDocument[] = [];
    const { event, policy } = this.receiving;
    for (;;) {
      const journals = [...before, ...made];
      const arrived = openArrivals(this.receiving, journals);
      if ('problem' in arrived) return { made, problem: arrived.problem };
      if (arrived.open.length === 0) return { made, problem: null };
      const unfit = await this.unfit(arrived.open);
      if (unfit) return { made, problem: unfit };
      const journal: JournalTry = {
        event,
        number: journals.length + 1,
        reference: arrivalReference(this.reference, journals.length + 1),
        arrivals: arrived.open,
        mappings: policy.mappings,
        returnOrder: this.reference,
        order: (read) =>
          findReturnOrder(event, this.reference, policy.unannounced, this.parts, this.signal, read),
      };
      const { document, problem } = await postJournal(journal, this.parts, this.signal);
      if (document) made.push(document);
      if (problem || !document) return { made, problem };
    }
  }

  private async unfit(arrivals: readonly Arrival[]): Promise<Problem | null> {
    if (arrivals.every(({ place }) => place.code === '')) return null;
    const setup = await arrivalSetup(this.parts, this.signal);
    return unfitDisposition(arrivals, (code) => setup.actionOf(code), this.receiving.exchanged);
  }
}

/**
 * What has arrived and is in no journal yet, with the place that it goes to. Units are the platform's, so that what was
 * registered before is known again whatever the mappings have come to say since.
 */
function openArrivals(
  { event, mapped, policy }: Receiving,
  journals: readonly PostedDocument[],
): { open: Arrival[] } | { problem: Problem } {
  const held = journals.flatMap(readUnits);
  const arrived = new Set(arrivedLines(event, policy));
  const left = pairedLines(event, mapped)
    .filter(({ told }) => arrived.has(told))
    .map(({ told, known }) => ({ ...unitsLeft(told, held), line: told, known }))
    .filter(({ units }) => units > 0);
  const placed = left.map((arrival) => ({ arrival, place: placeOf(event, arrival.line, policy) }));
  const nowhere = placed.filter(({ place }) => place === null).map(({ arrival }) => arrival.line);
  if (nowhere.length > 0) return { problem: dispositionUnmapped(nowhere, policy) };
  return { open: placed.flatMap(({ arrival, place }) => (place === null ? [] : [{ ...arrival, place }])) };
}
