import { LedgerError } from '../../returns/failure';
import type { CreditNoteLine, CreditState, Lot } from './read-credit';

/** What is done about the lots of a return order. */
export interface ChosenLots {
  /** Accepted and registered: to be credited now. */
  take: Lot[];
  /** They would be credited with them, and nobody has accepted them. */
  strange: Lot[];
  /** Accepted, and not there to be credited, in words for people. */
  missing: string[];
  /** More pieces are accepted than the return order holds: `group` with both numbers. */
  beyond: { group: string; held: number; accepted: number }[];
}

/**
 * Chooses the lots that are credited now: accepted goods whose lines are registered or received, and credits without
 * goods. What waits for its arrival or inspection is not credited, and nothing is that nobody has accepted (R87).
 *
 * @param wanted accepted pieces by group of lots, over all events of the return
 */
export function chooseLots(lots: readonly Lot[], wanted: ReadonlyMap<string, number>): ChosenLots {
  const chosen: ChosenLots = { take: [], strange: [], missing: [], beyond: [] };
  for (const group of new Set([...wanted.keys(), ...lots.map((lot) => lot.group)])) {
    chooseOf(
      group,
      lots.filter((lot) => lot.group === group),
      wanted.get(group) ?? 0,
      chosen,
    );
  }
  return chosen;
}

function chooseOf(group: string, lots: readonly Lot[], accepted: number, chosen: ChosenLots): void {
  const held = piecesOf(lots);
  if (accepted > held) chosen.beyond.push({ group, held, accepted });
  let open = accepted - piecesOf(lots.filter(isSettled));
  for (const lot of lots.filter(isReady)) {
    if (lot.pieces <= open) {
      chosen.take.push(lot);
      open -= lot.pieces;
    } else {
      chosen.strange.push(lot);
    }
  }
  const waiting = lots.filter((lot) => !isSettled(lot) && !chosen.take.includes(lot));
  if (open > 0) chosen.missing.push(...waiting.map((lot) => whatOf(lot, open)));
}

/** On a credit note. */
export function isCredited({ status, effect }: Lot): boolean {
  return status === 'Invoiced' && effect !== 'no-credit';
}

/** Credited, or never to be credited: the goods go to the customer again. */
function isSettled({ status, effect }: Lot): boolean {
  return status === 'Invoiced' || (effect === 'no-credit' && status !== 'Awaiting');
}

function isReady(lot: Lot): boolean {
  if (isSettled(lot)) return false;
  if (lot.status === 'Received') return true;
  if (lot.status === 'Registered') return lot.effect === 'goods';
  return lot.status === 'Awaiting' && lot.effect === 'credit-only';
}

/** What stands in the way of a lot, in words of the ERP's screens. */
function whatOf({ item, pieces, status, effect }: Lot, open: number): string {
  const goods = `${pieces} × ${item}`;
  if (status === 'Awaiting') return `${goods} not arrived (Expected)`;
  if (status === 'Quarantine') return `${goods} in quarantine`;
  if (status === 'Registered' && effect === 'none') return `${goods} registered without a disposition code`;
  return `${goods} on one line, ${open} accepted`;
}

function piecesOf(lots: readonly Lot[]): number {
  return lots.reduce((sum, { pieces }) => sum + pieces, 0);
}

/** The error that makes a return wait until its goods are ready to be credited. */
export function goodsNotReady({ number }: Pick<CreditState, 'number'>, what: readonly string[]): LedgerError {
  return new LedgerError({
    code: 'goods-not-ready',
    class: 'state-blocked',
    message: `return order ${number}: ${what.join(', ')}`,
  });
}

/**
 * The lots that a credit note holds: those that are invoiced and in no earlier one, by item, pieces and amount. The only
 * one there is holds them all, whatever its lines say.
 */
export function lotsOnCredit(
  invoiced: readonly Lot[],
  lines: readonly CreditNoteLine[],
  only: boolean,
): Lot[] {
  if (only) return [...invoiced];
  const left = [...invoiced];
  return lines.flatMap((line) => {
    const same = left.filter(
      ({ item, pieces }) => item.toLowerCase() === line.item.toLowerCase() && pieces === line.pieces,
    );
    const lot = same.find(({ amount }) => amount.minor === line.amount.minor) ?? same[0];
    if (!lot) return [];
    left.splice(left.indexOf(lot), 1);
    return [lot];
  });
}
