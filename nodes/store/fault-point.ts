/**
 * Named places where a process can be made to die at once, so that it can be proved what survives. Armed by the
 * environment variable `RETURNS_LEDGER_FAULT_AT`, `<place>:<n>`: the process kills itself when it comes there for the
 * n-th time. Without the variable a fault point does nothing.
 */
export const FAULT_POINTS = [
  'received-before-stored',
  'stored-before-answer',
  'answered-before-emit',
  'released-before-emit',
  'emitted',
  'validated',
  'intent-before-call',
  'answer-before-stored',
  'header-before-lines',
  'outcome-before-next',
  'exception-before-sent',
  'exception-parked',
  'resumed-before-emit',
  'done-before-settled',
  'settled',
  'waiting',
  'compaction',
  'closing',
] as const;

/** The places of batching, which need a flow that batches. */
export const BATCH_FAULT_POINTS = [
  'member-before-stored',
  'member-stored',
  'batch-sealed',
  'batch-page-checked',
  'batch-before-expelled',
  'batch-before-closed',
  'batch-in-transaction',
  'batch-closed',
  'batch-before-emit',
  'batch-emitted',
  'batch-dissolving',
] as const;

/** The places of holding returns at a gate, which need a flow with one. */
export const GATE_FAULT_POINTS = [
  'gate-before-stored',
  'gate-in-transaction',
  'gate-stored',
  'gate-before-review',
  'gate-reviewed',
  'gate-before-emit',
  'gate-emitted',
] as const;

/** The places of alerting, which need a flow that listens to alerts. */
export const ALERT_FAULT_POINTS = ['alert-taken', 'alert-sent'] as const;

/** The places of posting a batch, which need an ERP node behind it. */
export const BATCH_POSTING_FAULT_POINTS = ['batch-before-refused', 'batch-page-posted'] as const;

/** The places of importing journals in a data package, which need an ERP that takes them so. */
export const PACKAGE_FAULT_POINTS = ['package-uploaded', 'package-remembered', 'package-begun'] as const;

/** The places of dividing a return, which need a check that lets lines wait. */
export const DIVISION_FAULT_POINTS = [
  'division-in-transaction',
  'divided-before-sent',
  'part-before-emit',
  'part-emitted',
] as const;

/** The places of documents of Dynamics 365 that take several calls, which need a flow with its nodes. */
export const D365_FAULT_POINTS = [
  // An arrival journal has its lines; nothing has posted it yet.
  'arrival-before-posting',
  // The service has posted it; that is not read back yet.
  'arrival-before-read-back',
  // The packing slip is posted; the credit note is not asked for yet.
  'slip-before-invoice',
  // The credit note is posted; it is not read back yet.
  'credit-before-read-back',
  // A payment journal has its lines; nothing has posted it yet.
  'refund-before-posting',
  // The service has posted it; that is not read back yet.
  'refund-before-read-back',
  // A replacement order has its lines; it is not read back yet.
  'exchange-before-read-back',
  // A draft credit memo is as it is to be; it is not posted yet.
  'draft-before-post',
  // It is posted; it is not found under its new number yet.
  'memo-before-read-back',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];
export type DivisionFaultPoint = (typeof DIVISION_FAULT_POINTS)[number];
export type BatchFaultPoint = (typeof BATCH_FAULT_POINTS)[number];
export type BatchPostingFaultPoint = (typeof BATCH_POSTING_FAULT_POINTS)[number];
export type PackageFaultPoint = (typeof PACKAGE_FAULT_POINTS)[number];
export type GateFaultPoint = (typeof GATE_FAULT_POINTS)[number];
export type AlertFaultPoint = (typeof ALERT_FAULT_POINTS)[number];
export type D365FaultPoint = (typeof D365_FAULT_POINTS)[number];

const armed = /^([a-z-]+):(\d+)$/.exec(process.env['RETURNS_LEDGER_FAULT_AT'] ?? '');
const place = armed?.[1];
let left = Number(armed?.[2] ?? 0);

export type AnyFaultPoint =
  | FaultPoint
  | BatchFaultPoint
  | BatchPostingFaultPoint
  | PackageFaultPoint
  | GateFaultPoint
  | AlertFaultPoint
  | DivisionFaultPoint
  | D365FaultPoint;

/** Dies here, if that was asked for. */
export function faultPoint(point: AnyFaultPoint): void {
  if (place !== point) return;
  left -= 1;
  // SIGKILL, so that nothing is tidied up on the way out.
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}
