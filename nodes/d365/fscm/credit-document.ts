import type { Day } from '../../returns/calendar';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { formatMoney, subtractMoney, type Money } from '../../returns/money';
import { itemLines, type Problem } from '../../returns/posting-checks';
import { instantOf } from '../../returns/time';
import { withMappings } from '../../runtime/mappings-node';
import type { IntentData } from '../../store/store';
import { KINDS, SYSTEM, type CreditNotePolicy } from '../documents';
import { compareCredit, feeOf, isGoods, type Comparison } from './credit-compare';
import { meantFor } from './credit-plan';
import type { PlannedLine } from './match-lines';
import type { FscmParts } from './parts';
import { feesOn } from './plan-fees';
import {
  readInvoiceLines,
  type CreditNote,
  type CreditNoteLine,
  type CreditState,
  type Lot,
} from './read-credit';

/** What was asked of the posting service for a credit. */
export interface CreditAsked {
  /** How many packing slips. */
  slips: number;
  /** The last of them, and its day. */
  slip: string;
  slipDay: string;
  lots: readonly string[];
  /** The day of the credit note; empty where none was asked for yet. */
  day: string;
  deferredFrom: string | null;
}

/** What an earlier try has remembered of it. */
export function askedBefore(step: IntentData | undefined): CreditAsked | null {
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

export interface CreditFacts {
  event: ReturnEvent;
  policy: CreditNotePolicy;
  reference: string;
  number: number;
  state: CreditState;
  credit: CreditNote;
  planned: readonly PlannedLine[];
  /** Lots of earlier credits of the return. */
  before: readonly Lot[];
  lotsWith: (lines: readonly CreditNoteLine[]) => Lot[];
  /** Null where nothing was asked: a batch job posted it, or a person. */
  asked: CreditAsked | null;
  /** The day of the event where the books are kept. */
  ownDay: Day;
  isShut: (day: Day) => Promise<boolean>;
}

/** The document of a posted credit note, read back and compared with what was meant. */
export async function creditDocument(
  facts: CreditFacts,
  parts: FscmParts,
  signal?: AbortSignal,
): Promise<{ document: PostedDocument; problem: Problem | null }> {
  const { state, credit, event, policy, before, planned, number, asked } = facts;
  const { lines, invoiced } = await readInvoiceLines(
    credit.number,
    state.saleInvoices,
    state.currency,
    parts,
    signal,
  );
  const lots = facts.lotsWith(lines.filter(isGoods));
  const meant = meantFor(lots, before, planned, invoiced);
  const compared = compareCredit({
    credit,
    lines,
    meant,
    // A fee is charged once for the return.
    fee: number === 1 ? await feeOfReturn(event, credit.total.currency, parts) : null,
    toleranceMinor: policy.toleranceMinor,
    day: asked !== null && asked.day !== '' ? asked.day : null,
  });
  const deferredFrom = await deferral(facts);
  const references = {
    returnOrder: state.number,
    ...(state.rma === '' ? {} : { rma: state.rma }),
    reference: facts.reference,
    company: parts.settings.company,
    ...(state.salesOrder === '' ? {} : { originalOrder: state.salesOrder }),
    voucher: credit.voucher,
    invoiceDate: credit.day,
    ...(deferredFrom === null ? {} : { deferredFrom, postingDay: credit.day }),
    ...(asked !== null && asked.slip !== ''
      ? { packingSlip: asked.slip, packingSlipDate: asked.slipDay }
      : {}),
    lots: lots.map(({ lot }) => lot).join(' '),
    lines: toldLines(event, lots, before, planned),
    net: formatMoney(subtractMoney(credit.total, credit.tax)),
    tax: formatMoney(credit.tax),
    cost: costOf(lots),
    ...noticesOf(compared),
    ...(isAdopted(facts, parts) ? { adopted: 'posted outside the flow' } : {}),
  };
  const document: PostedDocument = {
    system: SYSTEM,
    kind: KINDS.creditNote,
    number: credit.number,
    id: credit.voucher,
    references: withMappings(references, policy.mappings),
    status: 'posted',
    amount: credit.total,
    postedAt: instantOf(parts.surroundings.clock),
  };
  return { document, problem: compared.problem };
}

/** What the platform keeps back: as the event tells it, or, where it tells of goods only, as the return order has it. */
export async function feeOfReturn(
  event: ReturnEvent,
  currency: string,
  { store }: Pick<FscmParts, 'store'>,
): Promise<Money | null> {
  const told = feeOf(event, currency);
  if (told !== null) return told;
  const documents = await store.documentsOf(returnKey(event));
  const order = documents.find(({ system, kind }) => system === SYSTEM && kind === KINDS.returnOrder);
  return order ? feesOn(order) : null;
}

/** The lots that a credit of the return holds. */
export function lotsOf({ references }: PostedDocument): string[] {
  return (references['lots'] ?? '').split(' ').filter((lot) => lot !== '');
}

function noticesOf({ notice, taxCompared }: Comparison): Record<string, string> {
  return {
    ...(notice === '' ? {} : { rounding: notice }),
    ...(taxCompared ? {} : { taxCheck: 'no tax of the sale to compare with' }),
  };
}

/** The day that the credit belongs to, where it is posted on another one because that is shut (R164). */
async function deferral({ asked, credit, ownDay, isShut }: CreditFacts): Promise<Day | null> {
  if (asked !== null && asked.day !== '') return asked.deferredFrom;
  return credit.day > ownDay && (await isShut(ownDay)) ? ownDay : null;
}

/** Where a service posts and was not asked for these goods, somebody else has posted them. */
function isAdopted({ asked }: CreditFacts, { route }: FscmParts): boolean {
  return route.byService('invoice') && (asked === null || asked.day === '');
}

/** What the goods come back with, as far as D365 tells it (R105). */
function costOf(lots: readonly Lot[]): string {
  const told = lots.map(({ linked, unitCost, item }) =>
    linked ? 'that of the sale' : unitCost > 0 ? `${item} ${unitCost} a unit` : 'not told by Dynamics 365',
  );
  return [...new Set(told)].join(', ');
}

/**
 * The units of each line that the credit holds, as the platform counts them: a bundle or a pack counts when all of its
 * pieces are credited. Lines of other events are told in pieces.
 */
function toldLines(
  event: ReturnEvent,
  lots: readonly Lot[],
  before: readonly Lot[],
  planned: readonly PlannedLine[],
): string {
  const lineOf = ({ group }: Pick<Lot, 'group'>): string => group.replace(/\+\d+$/, '');
  const piecesOf = (of: readonly Lot[], id: string): number =>
    of.filter((lot) => lineOf(lot) === id).reduce((sum, { pieces }) => sum + pieces, 0);
  const unitsOf = (id: string): number => {
    const told = itemLines(event).find((line) => line.id === id)?.quantity.value;
    const whole = planned
      .filter(({ line }) => line.id === id)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    if (told === undefined || whole === 0) return piecesOf(lots, id);
    const upTo = (pieces: number): number => Math.floor((told * Math.min(pieces, whole)) / whole + 1e-9);
    return upTo(piecesOf([...before, ...lots], id)) - upTo(piecesOf(before, id));
  };
  return [...new Set(lots.map(lineOf))]
    .map((id) => ({ id, units: unitsOf(id) }))
    .filter(({ units }) => units > 0)
    .map(({ id, units }) => `${id}×${units}`)
    .join(' ');
}
