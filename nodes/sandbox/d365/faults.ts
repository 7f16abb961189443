import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import type { D365Dials } from './simulator-types';
import { queryErrorBody, Refusal } from './refusal';

/** Dials that are used up, one a time. */
type Countdown = {
  [Name in keyof D365Dials]: Name extends `${string}Next` ? Name : never;
}[keyof D365Dials];

export const JSON_TYPE = {
  'content-type': 'application/json; odata.metadata=minimal',
  'odata-version': '4.0',
};

const THROTTLED = 'Number of requests exceeded the limit because of high resource utilization.';

/** The fault dials of one simulator, all at rest. */
export function restingDials(): D365Dials {
  return {
    latencyMs: 0,
    throttleNext: 0,
    retryAfterSeconds: 1,
    throttlePartsNext: 0,
    unavailableNext: 0,
    dropAfterCommitNext: 0,
    dropAfterCommitShare: 0,
    cutBatchAfter: 0,
    cutBatchNext: 0,
    dropBeforeCommitNext: 0,
    updateConflictNext: 0,
    lateCommitMs: 0,
    lateCommitNext: 0,
    serviceFaultNext: 0,
    arrivalJobSeconds: 0,
    packingSlipJobSeconds: 0,
    invoiceJobSeconds: 0,
    paymentJobSeconds: 0,
    packageStageSeconds: 0,
    packageErrorsHidden: 0,
    eventReorderWindow: 0,
    eventDuplicateShare: 0,
  };
}

/** What goes wrong on purpose, and with which answer. */
export class Faults {
  readonly dials = restingDials();

  /** Uses up one of a dial's next times. */
  spend(dial: Countdown): boolean {
    if (this.dials[dial] <= 0) return false;
    this.dials[dial] -= 1;
    return true;
  }

  throttled(message = THROTTLED): { status: number; headers: Record<string, string>; body: string } {
    return {
      status: 429,
      headers: { 'retry-after': String(this.dials.retryAfterSeconds) },
      body: queryErrorBody(message),
    };
  }
}

export const UNAVAILABLE: SimulatedResponse = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Service Unavailable</body></html>',
};

export function updateConflict(): Refusal {
  return new Refusal(
    'SalesTable',
    [
      'An update conflict occurred due to another user process deleting the record or changing one or more fields in the record.',
    ],
    'Update has been canceled',
  );
}

/** A write is a POST, PATCH or DELETE of a row, or a batch with a changeset in it. */
export function isWrite(request: SimulatedRequest): boolean {
  if (request.method === 'GET') return false;
  return (
    !request.url.startsWith('/data/$batch') ||
    /content-type:\s*multipart\/mixed/i.test(request.body.toString())
  );
}

export function headerOf(request: SimulatedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
