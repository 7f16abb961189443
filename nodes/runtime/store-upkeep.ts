import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { instantOf } from '../returns/time';
import type { PruneCounts, ReturnsStore } from '../store/store';
import type { StoreSettings } from './store-settings';
import type { Surroundings } from './retry';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A clock that differs from the elapsed time by more than this was set meanwhile. */
const SET_BY_MS = 10 * 60_000;

/** Back-ups of a store's file, in the folder `backups` beside it. */
export class StoreBackups {
  constructor(
    private readonly store: ReturnsStore,
    private readonly file: string,
    private readonly kept: number,
    private readonly surroundings: Surroundings,
  ) {}

  /** Writes a checked copy and removes the oldest ones. Throws `backup-failed`, `backup-elsewhere`. */
  async make(): Promise<{ file: string; bytes: number }> {
    const folder = join(dirname(this.file), 'backups');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const name = basename(this.file, '.db');
    const stamp = instantOf(this.surroundings.clock).replace(/[:.]/g, '-');
    const file = join(folder, `${name}.${stamp}.db`);
    const { bytes } = await this.store.backup(file);
    const pattern = new RegExp(`^${name.replace(/[.]/g, '\\.')}\\.\\d{4}-\\d\\d-\\d\\dT[\\d-]+Z\\.db$`);
    const older = readdirSync(folder)
      .filter((entry) => pattern.test(entry))
      .sort()
      .slice(0, -this.kept);
    for (const entry of older) rmSync(join(folder, entry), { force: true });
    return { file, bytes };
  }
}

/**
 * Removes what is old, every hour. The first time is an hour after the start, and never when the clock was set
 * meanwhile: a clock that is years ahead would make everything old (T5).
 */
export async function pruneHourly(
  store: ReturnsStore,
  settings: Pick<StoreSettings, 'keepDays' | 'peopleDays'>,
  surroundings: Surroundings,
  signal: AbortSignal,
  done: (counts: PruneCounts) => void,
): Promise<void> {
  const { clock, elapsed, wait } = surroundings;
  while (!signal.aborted) {
    const before = { clock: clock.now(), elapsed: elapsed() };
    await wait(HOUR_MS, signal);
    const set = Math.abs(clock.now() - before.clock - (elapsed() - before.elapsed));
    if (set > SET_BY_MS) continue;
    done(await pruneNow(store, settings, surroundings, signal));
  }
}

/** Removes what is old by the settings; of several instances one at a time does it. */
export function pruneNow(
  store: ReturnsStore,
  settings: Pick<StoreSettings, 'keepDays' | 'peopleDays'>,
  { clock }: Surroundings,
  signal: AbortSignal,
): Promise<PruneCounts> {
  const ago = (daysAgo: number): string => new Date(clock.now() - daysAgo * DAY_MS).toISOString();
  const limits = { settled: ago(settings.keepDays), people: ago(settings.peopleDays) };
  return store.exclusive('upkeep', () => store.prune(limits), signal);
}
