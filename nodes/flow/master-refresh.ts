import { asLedgerError } from '../returns/failure';
import type { Surroundings } from '../runtime/retry';
import type { Filled, ItemMaster } from './item-master';

/** What is read ahead is read again when three quarters of its time are over, so that nothing runs out in between. */
const PART = 0.75;
const LEAST_MS = 60_000;

export interface RefreshParts {
  master: () => Promise<ItemMaster>;
  /** How long an item is believed, in milliseconds. */
  maxAgeMs: number;
  surroundings: Pick<Surroundings, 'clock' | 'wait'>;
  signal: AbortSignal;
  onFilled: (filled: Filled) => void;
  /** Told once in a row of failures. */
  onFailed: (sentence: string) => void;
}

/** Keeps the cache of items filled for as long as the node lives: at its start, and again by age. */
export async function keepFilled(parts: RefreshParts): Promise<void> {
  const { maxAgeMs, surroundings, signal } = parts;
  const everyMs = Math.max(LEAST_MS, maxAgeMs * PART);
  let failing = false;
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    let pauseMs = everyMs;
    try {
      const master = await parts.master();
      if (!master.offered) {
        parts.onFailed('The ERP does not offer its whole item master; items are asked for as they come');
        return;
      }
      const filled = await master.fillUnlessSince(surroundings.clock.now() - everyMs);
      failing = false;
      parts.onFilled(filled);
      // A clock that was set back must not make it wait for long.
      const ageMs = Math.max(0, surroundings.clock.now() - Date.parse(filled.at));
      pauseMs = Math.max(LEAST_MS, everyMs - ageMs);
    } catch (thrown) {
      if (ended()) return;
      if (!failing)
        parts.onFailed(`The item master could not be read ahead: ${asLedgerError(thrown).message}`);
      failing = true;
      pauseMs = Math.max(LEAST_MS, everyMs / 4);
    }
    await surroundings.wait(pauseMs, signal);
  }
}
