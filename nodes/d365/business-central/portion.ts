import type { PostedDocument, ReturnEvent, ReturnLine } from '../../returns/event';
import { itemLines, linesPosted, type Problem } from '../../returns/posting-checks';
import { KINDS, SYSTEM } from '../documents';
import { allUnits, readRows, type DraftRow } from './draft-rows';

/** Document that tells which goods were taken off a draft because the inspection rejected them. */
export const REDUCED_KIND = 'return-order-reduced';

/** How the document of a return order tells that it is none of the credit memos. */
export const ORDER_ROUTE = 'return-order';

/** What a draft is called. */
export function nameOf({ document, onOrder }: Pick<Draft, 'document' | 'onOrder'>): string {
  return `${onOrder ? 'return order' : 'credit memo'} ${document.number}`;
}

/** The draft of a return, with its plan. */
export interface Draft {
  document: PostedDocument;
  id: string;
  rows: DraftRow[];
  customer: string;
  orderNumber: string;
  external: string;
  reference: string;
  currency: string;
  /** A sales return order with its own receipt, in the route of return orders; else a draft credit memo. */
  onOrder: boolean;
}

/** The draft credit memo among what was posted for a return; null where there is none. */
export function draftAmong(documents: readonly PostedDocument[]): Draft | null {
  for (const document of documents) {
    const { system, kind, id, references, amount } = document;
    const rows = readRows(document);
    if (system !== SYSTEM || kind !== KINDS.returnOrder || id === null || rows === null || amount === null) {
      continue;
    }
    return {
      document,
      id,
      rows,
      customer: references['customer'] ?? '',
      orderNumber: references['salesOrder'] ?? '',
      external: references['external'] ?? '',
      reference: references['reference'] ?? '',
      currency: amount.currency,
      onOrder: references['route'] === ORDER_ROUTE,
    };
  }
  return null;
}

/** Units of lines, and the platform's ids of them where it gives one for each. */
export interface Portion {
  units: Record<string, number>;
  unitIds: string[];
}

/** What was decided of a draft so far: credited, or rejected. */
export function decidedOf(documents: readonly PostedDocument[], draft: Draft): PostedDocument[] {
  return documents.filter(
    ({ system, kind, references }) =>
      system === SYSTEM &&
      (kind === KINDS.creditNote || kind === REDUCED_KIND) &&
      references['draft'] === draft.id,
  );
}

/** Units of each line that are decided. */
export function unitsDecided(decided: readonly PostedDocument[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const document of decided) {
    for (const [line, units] of linesPosted(document)) sums.set(line, (sums.get(line) ?? 0) + units);
  }
  return sums;
}

/**
 * The units of an event that nothing was decided of yet. By the platform's ids of units where there are some, since it may
 * tell of one unit today and of the other tomorrow; else by the line, whose quantity then counts all units so far that were
 * decided in the same way.
 *
 * @param decided everything decided so far
 * @param kind    documents of the same way: credits, or reductions
 */
export function openPortion(
  event: ReturnEvent,
  draft: Draft,
  decided: readonly PostedDocument[],
  kind: string,
): { portion: Portion } | { problem: Problem } {
  const all = allUnits(draft.rows);
  const done = unitsDecided(decided);
  const same = unitsDecided(decided.filter((document) => document.kind === kind));
  const known = new Set(decided.flatMap(unitIdsOf));
  const units: Record<string, number> = {};
  const unitIds: string[] = [];
  for (const line of itemLines(event)) {
    const named = namesUnits(line);
    const fresh = line.unitIds.filter((id) => !known.has(id));
    const wanted = named ? fresh.length : Math.max(0, line.quantity.value - (same.get(line.id) ?? 0));
    const left = (all.get(line.id) ?? 0) - (done.get(line.id) ?? 0);
    if (wanted > left && !named && wanted > 0 && left >= 0 && kind === REDUCED_KIND) {
      // What was credited before can no longer be taken off.
      if (left > 0) units[line.id] = left;
      continue;
    }
    if (wanted > left) return { problem: tooMany(line, draft, all.get(line.id) ?? 0, decided) };
    if (wanted <= 0) continue;
    units[line.id] = wanted;
    if (named) unitIds.push(...fresh);
  }
  return { portion: { units, unitIds } };
}

export function isEmpty({ units }: Portion): boolean {
  return Object.keys(units).length === 0;
}

/** Units after a portion was decided. */
export function afterPortion(done: ReadonlyMap<string, number>, { units }: Portion): Map<string, number> {
  const after = new Map(done);
  for (const [line, count] of Object.entries(units)) after.set(line, (after.get(line) ?? 0) + count);
  return after;
}

/** How a portion stands in the references of its document. */
export function portionReferences({ units, unitIds }: Portion): Record<string, string> {
  const lines = Object.entries(units)
    .map(([line, count]) => `${line}×${count}`)
    .join(' ');
  return { lines, ...(unitIds.length === 0 ? {} : { units: JSON.stringify(unitIds) }) };
}

function unitIdsOf(document: PostedDocument): string[] {
  const text = document.references['units'];
  return text === undefined ? [] : (JSON.parse(text) as string[]);
}

function namesUnits(line: ReturnLine): boolean {
  return line.unitIds.length > 0 && line.unitIds.length === line.quantity.value;
}

/** More than the draft holds: because more comes back, or because the same goods were rejected before. */
function tooMany(
  line: ReturnLine,
  draft: Draft,
  planned: number,
  decided: readonly PostedDocument[],
): Problem {
  const rejected = unitsDecided(decided.filter(({ kind }) => kind === REDUCED_KIND)).get(line.id) ?? 0;
  const about = { lineId: line.id, sku: line.sku, field: 'quantity', received: String(line.quantity.value) };
  if (rejected > 0) {
    const what = `${rejected} × ${line.sku ?? '?'} were rejected first, and are no longer on ${nameOf(draft)}`;
    return {
      code: 'inspection-conflict',
      what,
      lines: [{ ...about, expected: `${rejected} rejected` }],
    };
  }
  return {
    code: 'return-grown',
    what: nameOf(draft),
    lines: [{ ...about, expected: String(planned) }],
  };
}
