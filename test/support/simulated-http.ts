import { LedgerError } from '../../nodes/returns/failure';
import type { HttpSend } from '../../nodes/runtime/http';
import type { Surroundings } from '../../nodes/runtime/retry';
import type { Simulator } from '../../nodes/sandbox/simulator';

export const BASE = 'https://d365.example';

/** The simulator behind the pack's HTTP interface; a lost answer becomes what axios makes of it. */
export function httpTo(simulator: Simulator): HttpSend {
  return async (request) => {
    const url = new URL(request.url);
    const answer = await simulator.handle({
      method: request.method,
      url: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(
        Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      body: Buffer.from(request.body ?? ''),
    });
    if (answer.drop) {
      const write = request.method !== 'GET' && request.safe !== true;
      throw new LedgerError({
        code: 'http-no-answer',
        class: write ? 'ambiguous' : 'transient',
        message: 'd365.example gave no answer (ECONNRESET)',
      });
    }
    return { status: answer.status, headers: answer.headers ?? {}, text: answer.body?.toString() ?? '' };
  };
}

/** Time that moves only when somebody waits. `onWait` sees each wait, and may move the world meanwhile. */
export function simulatedTime(
  start = Date.parse('2026-02-20T10:00:00Z'),
): Surroundings & { now: number; waits: number[] } {
  const time = {
    now: start,
    waits: [] as number[],
    clock: { now: () => time.now },
    elapsed: () => time.now,
    random: () => 0.5,
    wait: async (milliseconds: number) => {
      time.waits.push(milliseconds);
      time.now += milliseconds;
      await Promise.resolve();
    },
  };
  return time;
}
