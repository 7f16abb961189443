import { isInspected } from '../../returns/arrived-goods';
import type { ReturnEvent, ReturnLine } from '../../returns/event';
import { unmappedLine } from '../../returns/mapping-finding';
import type { Problem } from '../../returns/posting-checks';
import { NO_DISPOSITION, toldDisposition } from '../../returns/told-disposition';
import type { ArrivalPolicy } from '../documents';

/** Where goods of a line are registered, and as what. */
export interface Placement {
  /** A quarantine order is made for them, and no disposition is given before it is ended (A4). */
  quarantine: boolean;
  /** Disposition code of D365; empty for goods that nobody has looked at. */
  code: string;
  /** Empty for that of the return line. */
  warehouse: string;
  location: string;
  journalName: string;
}

/**
 * Where the goods of a line go; null where no table has a row for them: there is no default (R66). What nobody has looked
 * at, or what was rejected, gets no disposition (R73, R76, R88, R94).
 */
export function placeOf(event: ReturnEvent, line: ReturnLine, policy: ArrivalPolicy): Placement | null {
  const { warehouse, journalName, inspection, dispositions } = policy;
  if (isInspected(event, line, policy)) {
    return dispositions.size > 0 ? placeInTable(line, policy) : placeInMappings(line, policy);
  }
  const quarantine = inspection === 'quarantine' || event.topic === 'return.rejected';
  return { quarantine, code: '', warehouse, location: '', journalName };
}

/** What the warehouse decided wins over what the platform proposed. */
function placeInTable(line: ReturnLine, policy: ArrivalPolicy): Placement | null {
  const row = policy.dispositions.get((toldDisposition(line) ?? NO_DISPOSITION).toLowerCase());
  if (!row) return null;
  const { code, location } = row;
  const warehouse = row.warehouse === '' ? policy.warehouse : row.warehouse;
  return { quarantine: false, code, warehouse, location, journalName: policy.journalName };
}

/**
 * Where nobody has told a disposition, the row of the reason may say what becomes of the goods; else a row that is named
 * `none`.
 */
function placeInMappings(line: ReturnLine, policy: ArrivalPolicy): Placement | null {
  const { mappings, journalName, warehouse } = policy;
  if (mappings === null) return null;
  const told = toldDisposition(line);
  const byReason = told === null ? mappings.find('reason', { reason: line.reason.code }) : null;
  if (byReason && byReason.disposition !== '') {
    return { quarantine: false, code: byReason.disposition, warehouse, location: '', journalName };
  }
  const keys = { disposition: told ?? NO_DISPOSITION, condition: line.condition };
  const row = mappings.find('disposition', keys);
  if (!row) return null;
  return {
    quarantine: false,
    code: row.erpDisposition,
    warehouse: row.warehouse,
    location: row.location,
    journalName: row.document === '' ? journalName : row.document,
  };
}

export function dispositionUnmapped(
  lines: readonly ReturnLine[],
  { dispositions, mappings }: Pick<ArrivalPolicy, 'dispositions' | 'mappings'>,
): Problem {
  const told = lines.map((line) => {
    const disposition = toldDisposition(line) ?? NO_DISPOSITION;
    const { id, sku, condition } = line;
    const missing = { lineId: id, sku, field: 'disposition' };
    if (mappings === null || dispositions.size > 0)
      return { ...missing, expected: 'a row in the disposition table', received: disposition };
    return { ...unmappedLine('disposition', { disposition, condition }, line), ...missing };
  });
  return {
    code: 'disposition-unmapped',
    what: [...new Set(told.map(({ received }) => received))].join(', '),
    lines: told,
  };
}

/**
 * Goods whose disposition cannot be registered (A4.2): one that D365 does not have, one that is credited without goods, and
 * one for which D365 would make a replacement order beside ours. Null where all can.
 *
 * @param actionOf  what a code does; undefined where D365 does not have it, null where it does not tell
 * @param exchanged whether the return has a replacement order of ours, or will have one
 */
export function unfitDisposition(
  placed: readonly { line: Pick<ReturnLine, 'id' | 'sku'>; place: Pick<Placement, 'code'> }[],
  actionOf: (code: string) => string | undefined | null,
  exchanged: boolean,
): Problem | null {
  const unfit = placed.flatMap(({ line, place: { code } }) => {
    const why = code === '' ? null : unfitBecause(actionOf(code), exchanged);
    if (why === null) return [];
    const what = `${code} ${why}`;
    return [
      {
        what,
        line: {
          lineId: line.id,
          sku: line.sku,
          field: 'disposition',
          expected: 'one that goods are received with',
          received: code,
        },
      },
    ];
  });
  if (unfit.length === 0) return null;
  const what = [...new Set(unfit.map((one) => one.what))].join('; ');
  return { code: 'disposition-unfit', what, lines: unfit.map(({ line }) => line) };
}

function unfitBecause(action: string | undefined | null, exchanged: boolean): string | null {
  if (action === undefined) return 'is no disposition code there';
  if (action === 'CreditOnly') return 'credits without goods, and these goods are there';
  if (exchanged && action?.startsWith('Replace')) {
    return 'makes a replacement order there, and this return has one of its own';
  }
  return null;
}
