/**
 * Reads that a group of returns shares: order by reference, credits on it, order, and the credit read back; and a
 * quarter more, since groups are not always full.
 */
const SHARED_READS = 5;
/** Writes that go in one request. */
const TOGETHER = 10;

/** What a return costs in calls, before anything was measured. */
export function plannedCallsPerReturn(how: {
  /** How many returns are under way together. */
  together: number;
  writeTogether: boolean;
  /** Whether accounting is asked as well: one write and one more read. */
  invoice: boolean;
  /** Whether refunds are booked as well: credits and payments are read, and one write. */
  refund: boolean;
}): number {
  const group = Math.max(1, how.together);
  const write = how.writeTogether ? 1 / Math.min(TOGETHER, group) : 1;
  const reads = SHARED_READS + (how.invoice ? 2 : 0) + (how.refund ? 2 : 0);
  const writes = 1 + (how.invoice ? 1 : 0) + (how.refund ? 1 : 0);
  return reads / group + writes * write;
}

/**
 * How long a backlog takes under a ceiling of calls, in minutes (T12): the ceiling decides, whatever the machine does.
 *
 * @param callsPerReturn calls that one return costs on average
 * @param callsPerMinute what the account may make
 */
export function drainMinutes(returns: number, callsPerReturn: number, callsPerMinute: number): number {
  return (returns * callsPerReturn) / Math.max(1, callsPerMinute);
}

/** A time for people: `~40 s`, `~25 min`, `~3 h`. */
export function inWords(minutes: number): string {
  if (minutes < 1) return `~${Math.max(1, Math.round(minutes * 60))} s`;
  return minutes < 90 ? `~${Math.round(minutes)} min` : `~${Math.round(minutes / 60)} h`;
}
