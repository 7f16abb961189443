import { asLedgerError } from '../../returns/failure';
import { postOnce, type OnceWork, type PostingAttempt } from '../../runtime/post-once';
import type { NewIntent } from '../../store/store';
import { settle } from '../settle';
import type { BcParts } from './parts';

/**
 * Posts one document of Business Central once. It has no unique key for sales documents (`reference/dynamics365.md` B5.1), so a
 * call whose answer was lost may still be carried out: nothing is looked up before the settle time is over, or the look-up
 * would miss it.
 */
export async function once<Result>(
  wanted: NewIntent,
  work: OnceWork<Result>,
  parts: BcParts,
  signal?: AbortSignal,
): Promise<Result> {
  const { store, surroundings, settings, doubts } = parts;
  const name = `${wanted.kind}/${wanted.key}`;
  const { settleSeconds, timeoutSeconds } = settings;
  // Another message may have to wait out the settle time, and its calls their time limits.
  const limitMs = (settleSeconds + 5 * timeoutSeconds) * 1000;
  let current: PostingAttempt | undefined;
  try {
    const result = await postOnce<Result>(
      wanted,
      {
        posted: work.posted,
        post: async (attempt) => {
          current = attempt;
          if (attempt.inDoubt) await settle(name, parts, signal);
          return work.post(attempt);
        },
      },
      { store, surroundings, limitMs, signal },
    );
    doubts.delete(name);
    return result;
  } catch (thrown) {
    const error = asLedgerError(thrown);
    if (current?.writing === true && error.class === 'ambiguous') doubts.set(name, surroundings.elapsed());
    else if (current && !current.inDoubt) doubts.delete(name);
    throw error;
  }
}
