import { createHash } from 'node:crypto';
import type { PostedDocument } from '../../returns/event';
import type { Problem } from '../../returns/posting-checks';
import { writeUnits, type LineUnits } from '../../returns/unit-count';
import type { IntentData } from '../../store/store';
import { KINDS, SYSTEM } from '../documents';
import type { ArrivalPlan, Take } from './arrival-plan';
import { NAMES_OF } from './names';
import { and, eq, listPath } from './odata';
import type { ExpectedLine } from './return-order-state';
import { numberOf, textOf, type D365Row } from './rows';

/** Room of `JournalDescription`; the reference does not give it, so this is careful. */
const LONGEST = 60;

/** Our name of the n-th arrival of a return: by it its journal is found again. */
export function arrivalReference(reference: string, number: number): string {
  const end = `-A${number}`;
  if (reference.length + end.length <= LONGEST) return `${reference}${end}`;
  const digest = createHash('sha256').update(reference).digest('hex').slice(0, 12);
  return `${reference.slice(0, LONGEST - digest.length - 1 - end.length)}-${digest}${end}`;
}

/** Address of the look-up of a journal by our name for it, with its lines. */
export function arrivalPath(company: string, reference: string): string {
  return listPath('ItemArrivalJournalHeadersV2', {
    filter: and(eq('dataAreaId', company), eq('JournalDescription', reference)),
    select: NAMES_OF.arrival.ItemArrivalJournalHeadersV2,
    expand: 'ItemArrivalJournalLine',
  });
}

/** The return order that goods are received on. */
export interface ReceivingOrder {
  company: string;
  number: string;
  rma: string;
  customer: string;
}

/** A journal (A7): the return order's number in one field, its RMA number in another. */
export function journalRow(order: ReceivingOrder, reference: string, plan: ArrivalPlan): D365Row {
  return {
    dataAreaId: order.company,
    JournalNameId: plan.journalName,
    JournalDescription: reference,
    DefaultTransactionReferenceType: 'Sales',
    DefaultTransactionReferenceNumber: order.number,
    DefaultReturnItemNumber: order.rma,
    DefaultReceivingWarehouseId: plan.takes[0]?.warehouse ?? '',
    IsQuarantineOrderCreatedForReceivedItem: yesOrNo(plan.takes.every(({ quarantine }) => quarantine)),
    IsItemMovedToDefaultItemPickingWarehouseLocation: 'No',
  };
}

export function journalLine(
  order: ReceivingOrder,
  journal: string,
  lineNumber: number,
  { lot, item, dimensions, quantity, quarantine, code, warehouse, location }: Take,
  day: string,
): D365Row {
  return {
    dataAreaId: order.company,
    JournalNumber: journal,
    LineNumber: lineNumber,
    ItemNumber: item,
    ...dimensions,
    ItemQuantity: quantity,
    TransactionDate: `${day}T12:00:00Z`,
    TransactionReferenceType: 'Sales',
    TransactionReferenceNumber: order.number,
    ReferenceInventoryLotId: lot,
    IsReturnOrder: 'Yes',
    ReturnItemNumber: order.rma,
    // Empty while the goods go to quarantine (A4).
    ...(code === '' ? {} : { ReturnDispositionCodeId: code }),
    AccountNumber: order.customer,
    ReceivingWarehouseId: warehouse,
    ...(location === '' ? {} : { ReceivingWarehouseLocationId: location }),
    IsQuarantineOrderCreatedForReceivedItem: yesOrNo(quarantine),
    IsItemMovedToDefaultItemPickingWarehouseLocation: 'No',
  };
}

/** What a journal registers of a lot. */
export type Held = Pick<Take, 'lot' | 'quantity' | 'onLine' | 'quarantine' | 'warehouse'>;

/** What a journal registers, read from its lines. */
export function heldBy(journal: D365Row): Held[] {
  return journalLinesOf(journal).map((line) => ({
    lot: textOf(line, 'ReferenceInventoryLotId'),
    quantity: numberOf(line, 'ItemQuantity'),
    quarantine: textOf(line, 'IsQuarantineOrderCreatedForReceivedItem') === 'Yes',
    warehouse: textOf(line, 'ReceivingWarehouseId'),
  }));
}

export function journalLinesOf(journal: D365Row): D365Row[] {
  const lines = journal['ItemArrivalJournalLine'];
  return Array.isArray(lines) ? (lines as D365Row[]) : [];
}

/** Where a journal that has lines says something else than was meant; null where it does not. */
export function compareLines(journal: D365Row, takes: readonly Take[]): Problem | null {
  const meant = new Map(takes.map(({ lot, quantity }) => [lot, quantity]));
  const there = new Map(heldBy(journal).map(({ lot, quantity }) => [lot, quantity]));
  const lots = [...new Set([...meant.keys(), ...there.keys()])];
  const lines = lots.flatMap((lot) => {
    const [expected, received] = [meant.get(lot) ?? 0, there.get(lot) ?? 0];
    if (expected === received) return [];
    return [{ field: `lot ${lot}`, expected: String(expected), received: String(received) }];
  });
  if (lines.length === 0) return null;
  const what = `arrival journal ${textOf(journal, 'JournalNumber')}`;
  return { code: 'document-conflict', what, lines };
}

/** What a line may be after its registration: later steps may have come already. */
const REGISTERED = ['Registered', 'Received', 'Invoiced'];

/**
 * Compares the lines of the return order with what a posted journal was to do: the effect counts, not the reply (R176).
 * Null where all of it has come about.
 */
export function missingEffect(
  journal: string,
  takes: readonly Pick<Take, 'lot' | 'quantity' | 'onLine' | 'quarantine'>[],
  lines: readonly ExpectedLine[],
): Problem | null {
  const different = takes.flatMap(({ lot, quantity: inJournal, onLine, quarantine }) => {
    const quantity = onLine ?? inJournal;
    const line = lines.find((one) => one.lot === lot);
    const allowed = quarantine ? ['Quarantine', ...REGISTERED] : REGISTERED;
    if (line && sameQuantity(line.quantity, quantity) && allowed.includes(line.status)) return [];
    const expected = `${quantity} ${quarantine ? 'Quarantine' : 'Registered'}`;
    const received = line ? `${line.quantity} ${line.status}` : 'no such lot';
    return [{ field: `lot ${lot}`, expected, received }];
  });
  if (different.length === 0) return null;
  const told = different.map(
    ({ field, expected, received }) => `${field}: ${expected} expected, ${received} there`,
  );
  return {
    code: 'arrival-without-effect',
    what: `arrival journal ${journal}, ${told.join('; ')}`,
    lines: different,
  };
}

/** Quantities are decimals, whatever their binary form adds. */
function sameQuantity(one: number, other: number): boolean {
  return Math.abs(one - other) < 1e-6;
}

/** A posted journal in the pack's own form. */
export function arrivalDocument(
  journal: string,
  reference: string,
  order: ReceivingOrder,
  held: {
    units: readonly LineUnits[];
    takes: readonly Pick<Take, 'lot' | 'warehouse' | 'quarantine'>[];
    mappings: string | null;
  },
  postedAt: string,
): PostedDocument {
  const { units, takes, mappings } = held;
  return {
    system: SYSTEM,
    kind: KINDS.arrival,
    number: journal,
    id: null,
    references: {
      reference,
      returnOrder: order.number,
      rma: order.rma,
      company: order.company,
      warehouse: [...new Set(takes.map(({ warehouse }) => warehouse))].join(', '),
      lots: takes.map(({ lot }) => lot).join(', '),
      ...writeUnits(units),
      quarantine: String(takes.some(({ quarantine }) => quarantine)),
      ...(mappings === null ? {} : { mappings }),
    },
    status: 'posted',
    amount: null,
    postedAt,
  };
}

/** The plan as an intent keeps it. */
export function keepPlan(plan: ArrivalPlan): IntentData {
  return { plan: JSON.stringify(plan) };
}

export function keptPlan(kept: IntentData | undefined): ArrivalPlan | null {
  const text = kept?.['plan'];
  return typeof text === 'string' ? (JSON.parse(text) as ArrivalPlan) : null;
}

function yesOrNo(value: boolean): 'Yes' | 'No' {
  return value ? 'Yes' : 'No';
}
