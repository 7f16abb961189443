import { LedgerError } from '../returns/failure';

/** Runs work of one key one after another, and work of different keys side by side. */
export class KeyedQueue {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Rejects with `wait-aborted` (transient) where the signal is aborted before the work's turn. */
  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const start = (): Promise<T> => {
      if (signal?.aborted) return Promise.reject(waitAborted());
      return work();
    };
    const before = this.last.get(key) ?? Promise.resolve();
    const mine = before.then(start, start);
    const settled = mine.catch(() => undefined);
    this.last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === settled) this.last.delete(key);
    }
  }
}

export function waitAborted(): LedgerError {
  return new LedgerError({
    code: 'wait-aborted',
    class: 'transient',
    message: 'The node was closed while waiting',
  });
}
