import { LedgerError } from '../returns/failure';
import { LONGEST_PAUSE_MS, type Surroundings } from '../runtime/retry';
import type { D365Settings } from './settings';

export interface SettleParts {
  settings: Pick<D365Settings, 'settleSeconds'>;
  surroundings: Surroundings;
  /** When the doubt about a document began, in milliseconds of `surroundings.elapsed`. */
  doubts: Map<string, number>;
}

/**
 * D365 has no unique key of ours: a call whose answer was lost may still be carried out. Nothing is looked up before the
 * settle time is over, or the look-up would miss it (`reference/reliability.md`). Throws `d365-settling` (ambiguous, with
 * the rest of the time) where that is longer than a try may pause.
 *
 * @param key by which the doubt about one document is known
 */
export async function settle(key: string, parts: SettleParts, signal?: AbortSignal): Promise<void> {
  const { surroundings, settings, doubts } = parts;
  // What another process knew of the time is not relied on: its clock, or ours, may have been set since (T5).
  const since = doubts.get(key) ?? surroundings.elapsed();
  doubts.set(key, since);
  const wait = since + settings.settleSeconds * 1000 - surroundings.elapsed();
  if (wait > LONGEST_PAUSE_MS) {
    throw new LedgerError({
      code: 'd365-settling',
      class: 'ambiguous',
      message: 'The outcome of an earlier call is not known; it is looked up when the settle time is over',
      retryAfterMs: Math.ceil(wait),
    });
  }
  if (wait > 0) await surroundings.wait(wait, signal);
}
