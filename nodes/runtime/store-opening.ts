import { asLedgerError, type LedgerError } from '../returns/failure';
import { waitAborted } from '../store/keyed-queue';
import type { ReturnsStore } from '../store/store';
import type { Surroundings } from './retry';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Opens a store and keeps trying where the reason may pass: the disk is full, the server is down, another process has
 * the file still. Rejects where trying again cannot help, and where the signal is aborted.
 *
 * @param onFailure called with the first failure, and again when its reason changes
 */
export async function openPatiently(
  open: () => Promise<ReturnsStore>,
  surroundings: Surroundings,
  signal: AbortSignal,
  onFailure: (error: LedgerError) => void,
): Promise<ReturnsStore> {
  let told = '';
  for (let tries = 0; ; tries += 1) {
    try {
      const store = await open();
      if (!signal.aborted) return store;
      await store.close();
      throw waitAborted();
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (signal.aborted) throw waitAborted();
      if (error.message !== told) onFailure(error);
      told = error.message;
      if (!error.retryable && error.code !== 'store-in-use') throw error;
    }
    await surroundings.wait(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries), signal);
  }
}

/** The promise's result, unless the signal is aborted first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(waitAborted());
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
