import { asLedgerError } from '../returns/failure';
import { livingNodes } from '../runtime/define-node';
import { RETURNS_STORE, type ReturnsStoreBehaviour } from '../runtime/returns-store';
import type { ReturnsStore } from '../store/store';

/** What an editor is told of a store: small, for it goes to every one that is open. */
export interface StorePulse {
  id: string;
  name: string;
  /** Why nothing can be said of it; null where all is well. */
  problem: string | null;
  open: number;
  owners: Record<string, number>;
  /** Tried again by itself later. */
  waiting: number;
  nextDue: string | null;
  /** On its way through the flow, or next to go. */
  inFlight: number;
  /** Another number after every change of an exception. */
  version: number;
}

export interface PulseParts {
  /** Tells every open editor. */
  publish: (stores: readonly StorePulse[]) => void;
  setTimer: (work: () => void, ms: number) => { clear(): void };
  elapsed: () => number;
  look?: () => Promise<StorePulse[]>;
}

const LOOK_EVERY_MS = 1000;
/** An editor that shows the sidebar asks again well within this. */
const WATCHED_MS = 45_000;

/**
 * Looks at the stores while an editor shows the sidebar, and tells when something has changed. While nobody watches it
 * does nothing at all.
 */
export class SidebarPulse {
  private until = 0;
  private last = '';
  private timer: { clear(): void } | undefined;
  private looking = false;

  constructor(private readonly parts: PulseParts) {}

  /** The counts as they are now; somebody watches from now on. */
  async watched(): Promise<StorePulse[]> {
    this.until = this.parts.elapsed() + WATCHED_MS;
    this.schedule(LOOK_EVERY_MS);
    return this.look();
  }

  /** Something was changed by a person: it is told at once. */
  lookNow(): void {
    if (this.parts.elapsed() >= this.until) return;
    this.timer?.clear();
    this.timer = undefined;
    this.schedule(0);
  }

  close(): void {
    this.until = 0;
    this.timer?.clear();
    this.timer = undefined;
  }

  private schedule(ms: number): void {
    this.timer ??= this.parts.setTimer(() => {
      this.timer = undefined;
      void this.beat();
    }, ms);
  }

  private async beat(): Promise<void> {
    if (this.parts.elapsed() >= this.until) return;
    if (!this.looking) {
      this.looking = true;
      try {
        const stores = await this.look();
        const said = JSON.stringify(stores);
        if (said !== this.last) this.parts.publish(stores);
        this.last = said;
      } catch {
        // A store that is just being closed: the next look says how things are.
      } finally {
        this.looking = false;
      }
    }
    this.schedule(LOOK_EVERY_MS);
  }

  private look(): Promise<StorePulse[]> {
    return (this.parts.look ?? lookAtStores)();
  }
}

/** Every returns store that runs. One that does not answer in time, because it is still opened, is told so. */
export async function lookAtStores(): Promise<StorePulse[]> {
  const stores = await Promise.all(
    livingNodes(RETURNS_STORE).map(async ({ id, label, behaviour }) => {
      const base = { id, name: label };
      try {
        const store = await soon((behaviour as ReturnsStoreBehaviour).open());
        return { ...base, ...(store ? await countsOf(store) : nothing('It is being opened')) };
      } catch (thrown) {
        return { ...base, ...nothing(asLedgerError(thrown).message) };
      }
    }),
  );
  return stores.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

async function countsOf(store: ReturnsStore): Promise<Omit<StorePulse, 'id' | 'name'>> {
  const { open, byOwner } = await store.countExceptions();
  const { open: next, emitted, waiting, nextDue } = await store.countDeliveries(null);
  const version = await store.exceptionsVersion();
  return { problem: null, open, owners: byOwner, waiting, nextDue, inFlight: next + emitted, version };
}

function nothing(problem: string): Omit<StorePulse, 'id' | 'name'> {
  return { problem, open: 0, owners: {}, waiting: 0, nextDue: null, inFlight: 0, version: 0 };
}

/** Null where the promise is still open after what is due now has been done. */
function soon<T>(promise: Promise<T>): Promise<T | null> {
  return Promise.race([
    promise,
    new Promise<null>((resolve) => {
      setImmediate(() => resolve(null));
    }),
  ]);
}
