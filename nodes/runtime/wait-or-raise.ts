import type { ErpConnector } from '../returns/erp-connector';
import type { ReturnMessage } from '../returns/event';
import type { LedgerError } from '../returns/failure';
import { decideFailure } from '../returns/failure-policy';
import type { Wait } from '../store/store';
import { delayDelivery, deliveryWaits } from './delivery-source';
import { erpFault } from './erp-fault';
import type { NodeMessage } from './node-red';
import { redact } from './redact';
import type { Surroundings } from './retry';

/** So many tries there are at least, before the time limit counts: a clock that was set must not end them early (T5). */
const FEWEST_TRIES = 3;

export type FaultOutcome =
  /** The delivery comes back by itself; the message ends here. */
  | { outcome: 'waits'; untilMs: number }
  /** It becomes an exception, with all tries that there were (R161). */
  | { outcome: 'exception'; fault: ReturnType<typeof erpFault> };

export interface FaultParts {
  connector: Pick<ErpConnector, 'connectionId' | 'waitLimits'>;
  raisedBy: string;
  surroundings: Surroundings;
}

/**
 * Decides what a failed call to an ERP means for a return: it waits in the store and comes back, or it becomes
 * somebody's exception. What no durable node has emitted cannot come back and becomes an exception at once.
 */
export function waitOrRaise(
  message: NodeMessage,
  view: ReturnMessage,
  error: LedgerError,
  parts: FaultParts,
): FaultOutcome {
  return waitOrRaiseFor(
    message,
    `return ${view.payload.returnNumber ?? view.payload.returnId}`,
    error,
    parts,
  );
}

/** @param name what the message is about, for people: `return HRQ7K2MD`, `batch NIGHT-000012` */
export function waitOrRaiseFor(
  message: NodeMessage,
  name: string,
  error: LedgerError,
  parts: FaultParts,
): FaultOutcome {
  const { connector, raisedBy, surroundings } = parts;
  const now = surroundings.clock.now();
  const waits = deliveryWaits(message);
  const fault = erpFault(error);
  // A fault of the program does not pass by itself; it must be seen.
  if (error.code === 'internal-error') return { outcome: 'exception', fault };
  if (waits === null) return { outcome: 'exception', fault };
  const since = waits[0] === undefined || waits.length < FEWEST_TRIES ? now : Date.parse(waits[0].at);
  const decision = decideFailure(
    error,
    waits.length,
    now - since,
    surroundings.random(),
    connector.waitLimits,
  );
  const reason: Wait = {
    at: new Date(now).toISOString(),
    by: raisedBy,
    code: error.code,
    class: error.class,
    what: redact(error.message).slice(0, 300),
  };
  if (decision.action === 'wait') {
    const dueAt = new Date(now + decision.waitMs).toISOString();
    if (delayDelivery(message, { dueAt, waitsOn: connector.connectionId, reason })) {
      return { outcome: 'waits', untilMs: decision.waitMs };
    }
  }
  if (waits.length === 0) return { outcome: 'exception', fault };
  const history = [...waits, reason].map(({ at, code, what }) => `${at} ${code}: ${what}`);
  const detail = `Tried ${waits.length + 1} times for ${name}:\n`;
  return {
    outcome: 'exception',
    fault: { ...fault, detail: `${detail}${history.join('\n')}`.slice(0, 8000) },
  };
}
