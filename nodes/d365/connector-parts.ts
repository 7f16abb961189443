import { asLedgerError, type LedgerError } from '../returns/failure';
import type { WaitLimits } from '../returns/failure-policy';
import { ConnectionGate } from '../runtime/connection-gate';
import type { ConnectionTestResult } from '../runtime/connection-test';
import type { HttpSend } from '../runtime/http';
import type { Surroundings } from '../runtime/retry';
import type { D365Settings } from './settings';

/** What the connectors of both products are made from. */
export interface ConnectorParts {
  settings: D365Settings;
  clientSecret: string;
  http: HttpSend;
  surroundings: Surroundings;
  connectionId: string;
  /** Dynamics 365 answers again after an outage. */
  onRecovered?: () => void;
}

/** How waits and limits of failed calls, and of documents that are not ready yet, are set. */
export function waitLimitsOf(settings: D365Settings): WaitLimits {
  const { retryFirstSeconds, retryHours, stateFirstMinutes, stateHours } = settings;
  return {
    firstMs: retryFirstSeconds * 1000,
    limitMs: retryHours * 3_600_000,
    stateFirstMs: stateFirstMinutes * 60_000,
    stateLimitMs: stateHours * 3_600_000,
  };
}

/** The gate that all calls of a connection go through. */
export function gateOf(
  label: string,
  { concurrency, callsPerMinute }: { concurrency: number; callsPerMinute: number | null },
  { surroundings, onRecovered }: ConnectorParts,
): ConnectionGate {
  const told = onRecovered ? { onRecovered } : {};
  return new ConnectionGate({ label, concurrency, callsPerMinute, surroundings, ...told });
}

/** One of several whose calls are gathered: it must leave, or the others wait for its next call. */
export interface Caller {
  leave(): void;
}

/** Works on many side by side; what failed for one is the answer of that one. */
export function sideBySide<Item, Result, Calls extends Caller>(
  items: readonly Item[],
  gathered: { caller(): Calls },
  work: (item: Item, calls: Calls) => Promise<Result>,
): Promise<(Result | LedgerError)[]> {
  return Promise.all(
    items.map(async (item) => {
      const caller = gathered.caller();
      try {
        return await work(item, caller);
      } catch (thrown) {
        return asLedgerError(thrown);
      } finally {
        caller.leave();
      }
    }),
  );
}

/** One line of what the Test connection button tells. */
export interface ConnectionCheck {
  ok: boolean;
  text: string;
}

/**
 * Makes the checks of the Test connection button one after the other, until one cannot be made at all.
 *
 * @param refused what is to be done where Dynamics 365 refuses the application
 */
export async function testSteps(
  label: string,
  refused: string,
  steps: (tell: (check: ConnectionCheck) => void) => Promise<void>,
): Promise<ConnectionTestResult> {
  const checks: ConnectionCheck[] = [];
  try {
    await steps((check) => checks.push(check));
  } catch (thrown) {
    const { code, message } = asLedgerError(thrown);
    const signIn = code === 'd365-token-refused' || code === 'd365-forbidden';
    checks.push({ ok: false, text: signIn ? refused : message });
  }
  const failed = checks.find((check) => !check.ok);
  return { ok: !failed, message: failed?.text ?? `${label}: connected.`, checks };
}
