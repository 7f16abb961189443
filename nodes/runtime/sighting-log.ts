import { cleanCell, keyColumns, keyText, tableOf } from '../returns/mapping-tables';
import { instantOf } from '../returns/time';
import type { NewSighting } from '../store/mapping';
import type { ReturnsStore } from '../store/store';
import type { SeenCode } from './mappings-node';
import type { Surroundings } from './retry';

/** Different codes of a table that the store keeps one by one; those beyond are counted together. */
export const MOST_CODES = 2000;
/** So many different codes are written at once, even before the time. */
const WRITE_AT = 500;
const WRITE_AFTER_MS = 5000;

export interface SightingLogParts {
  node: string;
  store: () => Promise<Pick<ReturnsStore, 'recordSightings'>>;
  surroundings: Pick<Surroundings, 'clock' | 'wait'>;
  /** Runs what nobody waits for. */
  background: (work: () => Promise<void>) => void;
  signal: AbortSignal;
}

/**
 * Counts the codes that come in, and writes them every few seconds: one small write for a burst of returns. These are
 * counts for a report; what a killed process had not written yet is lost to it, and to nothing else.
 */
export class SightingLog {
  private waiting = new Map<string, NewSighting>();
  private timed = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly parts: SightingLogParts) {}

  note(codes: readonly SeenCode[]): void {
    const at = instantOf(this.parts.surroundings.clock);
    for (const code of codes) this.add(code, at);
    if (this.waiting.size >= WRITE_AT) this.parts.background(() => this.write());
    else if (this.waiting.size > 0) this.writeLater();
  }

  /** Writes what was counted. Where the store cannot take it, it is counted again and tried with the next ones. */
  async write(): Promise<void> {
    const run = this.writing.then(() => this.writeNow());
    this.writing = run.catch(() => undefined);
    return run;
  }

  private async writeNow(): Promise<void> {
    const taken = this.waiting;
    if (taken.size === 0) return;
    this.waiting = new Map();
    try {
      const store = await this.parts.store();
      await store.recordSightings(this.parts.node, [...taken.values()], MOST_CODES);
    } catch (thrown) {
      for (const [key, sighting] of taken) this.merge(key, sighting);
      throw thrown;
    }
  }

  private writeLater(): void {
    if (this.timed) return;
    this.timed = true;
    const { background, surroundings, signal } = this.parts;
    background(async () => {
      await surroundings.wait(WRITE_AFTER_MS, signal).catch(() => undefined);
      this.timed = false;
      if (!signal.aborted) await this.write();
    });
  }

  private add({ table, keys, brand }: SeenCode, at: string): void {
    const { together } = tableOf(table);
    const names = together === undefined ? keyColumns(table).map(({ name }) => name) : [together];
    const cells = names.map((name) => storable(keys[name] ?? ''));
    // Nothing that a person could add a row for.
    const needed = new Set(keyColumns(table).flatMap(({ name, any }) => (any ? [] : [name])));
    if (cells[0] === '' || names.some((name, at) => needed.has(name) && cells[at] === '')) return;
    const key = keyText([table, brand, ...cells]);
    const sighting = {
      table,
      keys: Object.fromEntries(names.map((name, place) => [name, cells[place] ?? ''])),
      brand,
    };
    this.merge(key, { ...sighting, times: 1, firstAt: at, lastAt: at });
  }

  private merge(key: string, sighting: NewSighting): void {
    const known = this.waiting.get(key);
    // What the store cannot take for a long time must not fill the memory.
    if (!known && this.waiting.size >= MOST_CODES) return;
    this.waiting.set(
      key,
      known
        ? {
            ...known,
            times: known.times + sighting.times,
            firstAt: known.firstAt < sighting.firstAt ? known.firstAt : sighting.firstAt,
            lastAt: known.lastAt > sighting.lastAt ? known.lastAt : sighting.lastAt,
          }
        : sighting,
    );
  }
}

/** PostgreSQL takes no NUL in a text. */
function storable(text: string): string {
  return cleanCell(text.replaceAll('\u0000', ''));
}
