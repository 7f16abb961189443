import { LedgerError } from '../../returns/failure';
import type { PostingAttempt } from '../../runtime/post-once';
import { LONGEST_PAUSE_MS } from '../../runtime/retry';
import type { FscmParts } from './parts';

/**
 * D365 has no unique key for journals: a call whose answer was lost may still be carried out. Nothing is looked up before
 * the settle time is over, or the look-up would miss it (`reference/reliability.md`). Throws `d365-settling` (ambiguous)
 * where that takes longer than anything is waited for in memory.
 *
 * @param doubt names what is in doubt; when that began is in `parts.doubts`
 */
export async function settleDoubt(
  doubt: string,
  attempt: Pick<PostingAttempt, 'inDoubt'>,
  { surroundings, settings, doubts }: Pick<FscmParts, 'surroundings' | 'settings' | 'doubts'>,
  signal?: AbortSignal,
): Promise<void> {
  if (!attempt.inDoubt) return;
  // What another process knew of the time is not relied on: its clock, or ours, may have been set since (T5).
  const since = doubts.get(doubt) ?? surroundings.elapsed();
  doubts.set(doubt, since);
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
