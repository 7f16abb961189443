import type { ReturnEvent, ReturnLine } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import { NO_DISPOSITION, toldDisposition } from '../../returns/told-disposition';
import type { PostingAttempt } from '../../runtime/post-once';
import type { FscmParts } from './parts';
import { effectOf, type CreditState, type Lot } from './read-credit';

interface Facts {
  state: CreditState;
  wanted: ReadonlyMap<string, number>;
  event: ReturnEvent;
  mappings: Mappings | null;
}

/**
 * Gives lines that nothing comes back for the disposition that credits them without goods (F-8), where the mappings give
 * such a one for what the platform tells. Goods that are to come back, or be inspected, are never marked so (C1, row 3).
 *
 * @returns whether a line was changed
 */
export async function markCreditOnly(
  { state, wanted, event, mappings }: Facts,
  { client, settings }: Pick<FscmParts, 'client' | 'settings'>,
  attempt: PostingAttempt,
  signal?: AbortSignal,
): Promise<boolean> {
  if (mappings === null) return false;
  let marked = false;
  for (const lot of state.lots) {
    const code = lot.status === 'Awaiting' && lot.effect === 'none' ? codeFor(lot, event, mappings) : '';
    const creditsOnly = effectOf(state.actions.get(code.toLowerCase())) === 'credit-only';
    if (!creditsOnly || !isWhole(lot, state.lots, wanted)) continue;
    const key = {
      dataAreaId: settings.company,
      ReturnOrderNumber: state.number,
      ReturnInventoryLotId: lot.lot,
    };
    await attempt.write((assertAlive) => {
      assertAlive();
      return client.patch('ReturnOrderLinesV2', key, { ReturnDispositionCode: code }, lot.etag, signal);
    });
    marked = true;
  }
  return marked;
}

function codeFor({ group }: Lot, event: ReturnEvent, mappings: Mappings): string {
  const line = event.lines.find(({ id }) => id === group || id === group.replace(/\+\d+$/, ''));
  return line ? (rowOf(line, mappings)?.erpDisposition ?? '') : '';
}

function rowOf(line: ReturnLine, mappings: Mappings): ReturnType<typeof find> {
  return find(line, mappings);
}

function find(line: ReturnLine, mappings: Mappings): { erpDisposition: string } | null {
  const disposition = toldDisposition(line) ?? NO_DISPOSITION;
  return mappings.find('disposition', { disposition, condition: line.condition });
}

/** Only what is accepted as a whole: a line cannot be credited in part. */
function isWhole({ group }: Lot, lots: readonly Lot[], wanted: ReadonlyMap<string, number>): boolean {
  const held = lots.filter((lot) => lot.group === group).reduce((sum, { pieces }) => sum + pieces, 0);
  return (wanted.get(group) ?? 0) >= held;
}
