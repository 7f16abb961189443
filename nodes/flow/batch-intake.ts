import { checkMember } from '../returns/batch-check';
import { dueOf } from '../returns/batch-due';
import { memberDocuments, valuedLines } from '../returns/batch-lines';
import { happenedAt } from '../returns/batch-membership';
import { partsOf } from '../returns/batch-parts';
import { dayIn, isDay, type Day } from '../returns/calendar';
import { raisesCredit } from '../returns/credit-timing';
import { returnKey, type PostedDocument, type ReturnMessage } from '../returns/event';
import { asLedgerError } from '../returns/failure';
import type { Problem } from '../returns/posting-checks';
import type { NodeMessage } from '../runtime/node-red';
import type { BatchTerms, NewMember } from '../store/batch';
import type { GroupExpression } from './batch-expression';
import type { BatchSettings } from './batch-settings';

export type Admission =
  /** It is none for a batch. */
  { kind: 'passes' } | { kind: 'problem'; problem: Problem } | { kind: 'member'; member: NewMember };

/** Decides what a message is to the batches of a node. Nothing is stored here. */
export async function admit(
  node: string,
  message: NodeMessage,
  view: ReturnMessage,
  settings: BatchSettings,
  expression: GroupExpression | null,
): Promise<Admission> {
  const event = view.payload;
  // What is earlier on its way, or says no, is passed on; a refund counts as it does for a credit (R87).
  if (!raisesCredit(view, settings.from)) return { kind: 'passes' };
  const documents = view.documents ?? [];
  const valued = valuedLines(event, documents, settings.valueFrom);
  const all = {
    lines: valued.lines.map(({ line }) => line),
    wholeValue: valued.whole?.minor ?? null,
  };
  const problem = checkMember(all, settings.requireValue);
  if (problem) return { kind: 'problem', problem };
  let value: string | null = null;
  try {
    value = expression && (await expression(message));
  } catch (thrown) {
    const what = asLedgerError(thrown).message;
    return { kind: 'problem', problem: { code: 'batch-group-failed', what, lines: [] } };
  }
  const day = dayOfReturn(view, documents, settings.times.timeZone);
  const company = companyOf(message, documents, settings.company);
  const facts = { company, brand: event.brand, day, expression: value, periods: settings.periods };
  const parted = partsOf(valued, facts, settings.grouping);
  if ('problem' in parted) return { kind: 'problem', problem: parted.problem };
  const member: NewMember = {
    node,
    event,
    returnKey: returnKey(event),
    rule: settings.rule,
    parts: parted.parts,
    facts: {
      return: event.returnNumber ?? event.returnId,
      order: event.order.number,
      brand: event.brand,
      documents: memberDocuments(documents),
    },
    day,
    terms: termsOf(settings),
  };
  return { kind: 'member', member };
}

/** What is agreed about the batches of these settings. */
export function termsOf(settings: BatchSettings): BatchTerms {
  const { mostMembers, mostMinor, each, times } = settings;
  return {
    mostMembers,
    mostMinor,
    whenFull: each ? 'each' : 'count',
    dueAt: (openedAt, { period }) => {
      const { at } = dueOf(Date.parse(openedAt), period, times);
      return new Date(Number.isFinite(at) ? at : Date.parse(openedAt)).toISOString();
    },
  };
}

/**
 * The day that a return belongs to: that on which its documents were posted, so that money and stock carry the same
 * (R165), or else the one on which it happened, where the books are kept.
 */
function dayOfReturn(view: ReturnMessage, documents: readonly PostedDocument[], timeZone: string): Day {
  for (const { references } of [...documents].reverse()) {
    const posted = references['postingDay'] ?? references['day'] ?? '';
    if (isDay(posted)) return posted;
  }
  return dayIn(timeZone, Date.parse(happenedAt(view.payload)));
}

function companyOf(
  message: NodeMessage,
  documents: readonly PostedDocument[],
  setting: string,
): string | null {
  const told = message['company'];
  const posted = documents.findLast(({ references }) => references['company'])?.references['company'];
  const found = setting || (typeof told === 'string' ? told.trim() : '') || (posted ?? '');
  return found === '' ? null : found;
}
