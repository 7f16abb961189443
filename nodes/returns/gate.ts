import { GOODS_AT, LEAST, type CreditTiming } from './credit-timing';
import type { ReturnTopic } from './event';

/**
 * What a return can wait for at a gate, in the order of its way: to be handed in, to arrive, to be inspected, and once
 * it was released for its credit, for the credit and for goods that were credited early.
 */
export const GATE_WAITS = ['handover', 'arrival', 'inspection', 'credit', 'goods'] as const;
export type GateWait = (typeof GATE_WAITS)[number];

/** Who is asked when a wait lasts too long: each has its code in the catalogue, with an owner (R97). */
export const OVERDUE_CODES = {
  handover: 'handover-overdue',
  arrival: 'arrival-overdue',
  inspection: 'inspection-overdue',
  credit: 'credit-overdue',
  goods: 'credit-without-stock',
} as const satisfies Readonly<Record<GateWait, string>>;

/** What goes to the output for rejected goods. */
export const REJECTION_CODES = ['rejected-goods', 'credited-but-rejected'] as const;

export type GateCode =
  | (typeof OVERDUE_CODES)[GateWait]
  | (typeof REJECTION_CODES)[number]
  | 'inspection-conflict'
  | 'credited-but-cancelled';

/** What is settled by the gate alone: these close by themselves when the return goes on. */
export const OWN_CODES: readonly GateCode[] = [
  'handover-overdue',
  'arrival-overdue',
  'inspection-overdue',
  'credit-overdue',
  'credit-without-stock',
  'rejected-goods',
  'credited-but-rejected',
  'inspection-conflict',
];

/** What a return may do at a gate: the policy that holds for it, and whether refunds are confirmed. */
export interface GatePolicy {
  timing: CreditTiming;
  confirm: boolean;
  /** The platform refunds only what was accepted, so that its refund counts as acceptance. */
  refundAccepts: boolean;
}

/** What a gate knows of a return, and what it has done for it. What was done is never done again. */
export interface GateState {
  /** How far the goods have come, as in {@link GOODS_AT}. */
  readonly reached: number;
  readonly accepted: boolean;
  readonly rejected: boolean;
  readonly cancelled: boolean;
  /** The platform has paid the customer. */
  readonly refunded: boolean;
  /** The credit document exists. */
  readonly credited: boolean;
  /** It was let through for its credit. */
  readonly released: boolean;
  /** How far the goods were by the furthest event that was let through. */
  readonly passed: number;
  readonly confirmed: boolean;
  /** How its rejection was told. */
  readonly rejection: (typeof REJECTION_CODES)[number] | null;
  /** Accepted after it was rejected: a person was asked. */
  readonly conflict: boolean;
  /** The person who was asked let it go on. */
  readonly overruled: boolean;
  readonly cancellationTold: boolean;
  /** The wait that has lasted too long, and that its owner was told of. */
  readonly overdue: GateWait | null;
  /** A person has ended that wait: nobody waits any more, unless something comes after all. */
  readonly dropped: boolean;
}

export const AT_THE_GATE: GateState = {
  reached: 0,
  accepted: false,
  rejected: false,
  cancelled: false,
  refunded: false,
  credited: false,
  released: false,
  passed: 0,
  confirmed: false,
  rejection: null,
  conflict: false,
  overruled: false,
  cancellationTold: false,
  overdue: null,
  dropped: false,
};

export type GateInput =
  /** `fresh`: this very event did not come before. `inspected`: a refund with the warehouse's decision on every line. */
  | { kind: 'event'; topic: ReturnTopic; fresh: boolean; inspected?: boolean }
  /** The credit document is there, or it is not and was tried. */
  | { kind: 'credit'; posted: boolean }
  /** What is waited for was waited for as long as agreed. */
  | { kind: 'limit' }
  /**
   * A person sends it on again. What the gate itself has raised: waits begin anew, and accepted goods go on although they
   * were rejected before. What was raised `behind` the gate: the event goes there once more.
   */
  | { kind: 'resumed'; behind?: boolean }
  /** A person has ended the wait. */
  | { kind: 'dropped' }
  /** Nothing came; the policy may have been changed. */
  | { kind: 'look' };

export type GateAct =
  /** It goes out: for its credit, once; or later events of a return that went out before. */
  | { kind: 'release'; step: 'credit' | 'later' }
  /** It goes to the output for rejected goods. */
  | { kind: 'reject'; code: (typeof REJECTION_CODES)[number] }
  | { kind: 'exception'; code: GateCode }
  /** The refund may be confirmed to the customer. */
  | { kind: 'confirm' };

export interface GateStep {
  state: GateState;
  acts: GateAct[];
}

export type GatePhase = 'held' | 'released' | 'done' | 'rejected' | 'cancelled' | 'ended';

/**
 * One step of a return at the gate. Pure, and the same whatever the order: facts are collected first, and what follows
 * from all of them is done, once. Nothing is credited twice or before its stage, no refund is confirmed before the
 * credit exists, and every wait can end (R89, R96, R97); `npm run check:policy` proves it.
 */
export function stepGate(before: GateState, input: GateInput, policy: GatePolicy): GateStep {
  const acts: GateAct[] = [];
  const waited = waitOf(before, policy);
  let state = learn(before, input, policy);
  const contradicted = before.rejected && !before.accepted && state.accepted;

  if (state.rejected && state.rejection === null) {
    const code = state.released ? 'credited-but-rejected' : 'rejected-goods';
    state = { ...state, rejection: code };
    acts.push({ kind: 'reject', code });
  } else if (contradicted && !state.conflict) {
    state = { ...state, conflict: true };
    acts.push({ kind: 'exception', code: 'inspection-conflict' });
  }
  if (isCancelled(state) && state.released && !state.cancellationTold) {
    state = { ...state, cancellationTold: true };
    acts.push({ kind: 'exception', code: 'credited-but-cancelled' });
  }
  const goesOn = !isStopped(state) && !isCancelled(state);
  if (goesOn && !state.released && state.reached >= LEAST[policy.timing]) {
    state = { ...state, released: true, passed: state.reached };
    acts.push({ kind: 'release', step: 'credit' });
  } else if (goesOn && before.released && passesLater(before, input, policy)) {
    state = { ...state, passed: state.reached };
    acts.push({ kind: 'release', step: 'later' });
  }
  if (goesOn && policy.confirm && state.released && state.credited && !state.confirmed) {
    state = { ...state, confirmed: true };
    acts.push({ kind: 'confirm' });
  }
  const waits = waitOf(state, policy);
  if (waits !== waited) state = { ...state, overdue: null, dropped: false };
  if (input.kind === 'limit' && waits !== null && waits === waited && state.overdue === null) {
    state = { ...state, overdue: waits };
    acts.push({ kind: 'exception', code: OVERDUE_CODES[waits] });
  }
  return { state, acts };
}

function learn(state: GateState, input: GateInput, policy: GatePolicy): GateState {
  switch (input.kind) {
    case 'event':
      return refunds(learnEvent(state, input), policy);
    case 'credit':
      return input.posted ? { ...state, credited: true } : state;
    case 'resumed': {
      if (input.behind === true) return state;
      const overruled = state.overruled || state.conflict;
      // Where nothing speaks for the goods, their rejection is told once more: nobody has decided on it.
      const rejection = overruled ? state.rejection : null;
      return { ...state, overruled, rejection, overdue: null, dropped: false };
    }
    case 'dropped':
      return state.overdue !== null && state.overdue === waitOf(state, policy)
        ? { ...state, dropped: true }
        : state;
    case 'limit':
      return state;
    case 'look':
      return refunds(state, policy);
  }
}

/** Where the settings say so, what the platform has refunded was accepted; they may say so after the refund came. */
function refunds(state: GateState, { refundAccepts }: GatePolicy): GateState {
  return refundAccepts && state.refunded && !state.accepted ? accepted(state) : state;
}

function accepted(state: GateState): GateState {
  return { ...state, reached: ACCEPTED, accepted: true };
}

function learnEvent(state: GateState, { topic, inspected }: GateInput & { kind: 'event' }): GateState {
  switch (topic) {
    case 'return.rejected':
      // Goods that were looked at are in the building.
      return { ...state, rejected: true, reached: Math.max(state.reached, ARRIVED) };
    case 'return.cancelled':
      return { ...state, cancelled: true };
    case 'return.refunded': {
      // A refund alone says nothing of the goods (R87).
      const known = { ...state, refunded: true };
      return inspected === true ? accepted(known) : known;
    }
    case 'return.accepted':
      return accepted(state);
    default:
      return { ...state, reached: Math.max(state.reached, GOODS_AT[topic] ?? 0) };
  }
}

const HANDED_IN = LEAST['on-scan'];
const ARRIVED = LEAST['on-received'];
const ACCEPTED = LEAST['on-accepted'];

/** Later events of a return that is through the gate follow it; what is older than what went before stays behind. */
function passesLater(before: GateState, input: GateInput, { refundAccepts }: GatePolicy): boolean {
  if (input.kind === 'resumed') return input.behind === true || (before.conflict && !before.overruled);
  if (input.kind !== 'event' || !input.fresh) return false;
  const { topic, inspected } = input;
  const tells = topic === 'return.refunded' && (inspected === true || refundAccepts);
  const at = tells ? ACCEPTED : (GOODS_AT[topic] ?? 0);
  return at > 0 && at >= before.passed;
}

function isStopped({ rejected, overruled }: GateState): boolean {
  return rejected && !overruled;
}

/** A cancellation that overtook the goods is corrected by them. */
function isCancelled({ cancelled, reached }: GateState): boolean {
  return cancelled && reached < HANDED_IN;
}

/** What the return waits for now; null where it waits for nothing. */
export function waitOf(state: GateState, policy: GatePolicy): GateWait | null {
  if (isStopped(state) || isCancelled(state)) return null;
  if (!state.released) {
    if (state.reached < HANDED_IN) return 'handover';
    return state.reached < ARRIVED ? 'arrival' : 'inspection';
  }
  if (policy.confirm && !state.confirmed) return 'credit';
  return state.reached < ARRIVED ? 'goods' : null;
}

export function phaseOf(state: GateState, policy: GatePolicy): GatePhase {
  if (isStopped(state)) return 'rejected';
  if (isCancelled(state)) return 'cancelled';
  if (state.dropped) return 'ended';
  if (!state.released) return 'held';
  return waitOf(state, policy) === null ? 'done' : 'released';
}

/** Exceptions of this gate that are rightly open; all others of its own have lost their cause. */
export function openCodes(state: GateState): GateCode[] {
  const codes: GateCode[] = [];
  if (state.overdue !== null && state.overdue !== 'goods') codes.push(OVERDUE_CODES[state.overdue]);
  // Another node may have raised it, with a limit of its own: it has its cause for as long as the goods are not in.
  if (state.reached < ARRIVED) codes.push('credit-without-stock');
  if (isStopped(state) && state.rejection === 'rejected-goods') codes.push('rejected-goods');
  // Another node may have raised this one as well: only a person, or goods that are accepted after all, take its cause.
  if (!state.overruled) codes.push('credited-but-rejected');
  if (state.conflict && !state.overruled) codes.push('inspection-conflict');
  return codes;
}

/** Topics of the event that tells most of the goods, the best first: a refund where it has told of the acceptance. */
export function furthestTopics({ reached, accepted, rejected }: GateState): ReturnTopic[] {
  if (accepted) return ['return.accepted', 'return.refunded'];
  if (rejected) return ['return.rejected'];
  const found = Object.entries(GOODS_AT).find(([, at]) => at === reached);
  return [(found?.[0] as ReturnTopic | undefined) ?? 'return.started'];
}
