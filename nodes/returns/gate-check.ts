import { GOODS_AT, LEAST } from './credit-timing';
import { RETURN_TOPICS, type ReturnTopic } from './event';
import {
  AT_THE_GATE,
  GATE_WAITS,
  phaseOf,
  stepGate,
  waitOf,
  type GateInput,
  type GatePolicy,
  type GateState,
  type GateStep,
} from './gate';

/** A gate as it is walked: the real one, or one that is wrong on purpose. */
export type StepFunction = (state: GateState, input: GateInput, policy: GatePolicy) => GateStep;

export interface WalkReport {
  policy: GatePolicy;
  depth: number;
  /** Different situations that were seen. */
  states: number;
  /** Orders of what may happen that lead through them; too many for a number. */
  orders: bigint;
  /** The shortest way to something that must never be, as a timeline; null where there is none. */
  counterexample: { broken: string; timeline: string[] } | null;
}

/** What can happen to a return: each topic, new or repeated; credit posted or refused; time; and what people do. */
export const HAPPENINGS: readonly GateInput[] = [
  ...RETURN_TOPICS.map((topic): GateInput => ({ kind: 'event', topic, fresh: true })),
  { kind: 'event', topic: 'return.refunded', fresh: true, inspected: true },
  ...RETURN_TOPICS.map((topic): GateInput => ({ kind: 'event', topic, fresh: false })),
  { kind: 'credit', posted: true },
  { kind: 'credit', posted: false },
  { kind: 'limit' },
  { kind: 'resumed' },
  { kind: 'resumed', behind: true },
  { kind: 'dropped' },
];

/** A topic, and apart from it a refund that came with the warehouse's decision. */
type Seen = ReturnTopic | 'inspected';

/** What an onlooker remembers who trusts nothing that the gate says of itself. */
interface Witness {
  seen: ReadonlySet<Seen>;
  credits: number;
  posted: boolean;
  confirmations: number;
  /** A person has sent it on. */
  sentOn: boolean;
}

interface Place {
  state: GateState;
  witness: Witness;
  orders: bigint;
  /** How it was come to, by the first way found. */
  from: { place: Place; input: GateInput; step: GateStep } | null;
}

/**
 * Walks every order of what may happen to a return, so many steps deep, and looks at each situation whether a return
 * was credited twice or before its stage, whether its refund was confirmed before the credit or twice, and whether it
 * would wait for ever if nothing more came. Orders that lead to the same situation go on as one.
 */
export function walkPolicy(policy: GatePolicy, depth: number, step: StepFunction = stepGate): WalkReport {
  const start: Place = {
    state: AT_THE_GATE,
    witness: { seen: new Set(), credits: 0, posted: false, confirmations: 0, sentOn: false },
    orders: 1n,
    from: null,
  };
  const known = new Set([keyOf(start)]);
  let level = [start];
  let orders = 0n;
  for (let at = 0; at < depth; at += 1) {
    const next = new Map<string, Place>();
    for (const place of level) {
      for (const input of HAPPENINGS) {
        // Nobody hears an event again that did not come before.
        if (input.kind === 'event' && !input.fresh && !place.witness.seen.has(input.topic)) continue;
        const taken = step(place.state, input, policy);
        const reached: Place = {
          state: taken.state,
          witness: observe(place.witness, input, taken),
          orders: place.orders,
          from: { place, input, step: taken },
        };
        const broken = breach(reached, taken, policy, step);
        if (broken !== null) {
          const counterexample = { broken, timeline: timelineOf(reached, policy) };
          return { policy, depth, states: known.size, orders, counterexample };
        }
        const key = keyOf(reached);
        known.add(key);
        const same = next.get(key);
        if (same) same.orders += place.orders;
        else next.set(key, reached);
      }
    }
    level = [...next.values()];
    orders = level.reduce((sum, place) => sum + place.orders, 0n);
  }
  return { policy, depth, states: known.size, orders, counterexample: null };
}

function observe(witness: Witness, input: GateInput, { acts }: GateStep): Witness {
  const of = (test: (act: GateStep['acts'][number]) => boolean): number => acts.filter(test).length;
  return {
    seen: input.kind === 'event' ? withEvent(witness.seen, input) : witness.seen,
    credits: witness.credits + of((act) => act.kind === 'release' && act.step === 'credit'),
    posted: witness.posted || (input.kind === 'credit' && input.posted),
    confirmations: witness.confirmations + of(({ kind }) => kind === 'confirm'),
    sentOn: witness.sentOn || (input.kind === 'resumed' && input.behind !== true),
  };
}

function withEvent(
  seen: ReadonlySet<Seen>,
  { topic, inspected }: GateInput & { kind: 'event' },
): ReadonlySet<Seen> {
  return new Set<Seen>([...seen, topic, ...(inspected === true ? (['inspected'] as const) : [])]);
}

/** What is wrong at a place, in words; null where all is well. */
function breach(
  { state, witness }: Place,
  { acts }: GateStep,
  policy: GatePolicy,
  step: StepFunction,
): string | null {
  if (witness.credits > 1) return 'the return is credited twice';
  const confirms = acts.some(({ kind }) => kind === 'confirm');
  if (confirms && !witness.posted) return 'the refund is confirmed before the credit exists';
  if (confirms && witness.credits === 0)
    return 'the refund of a return is confirmed that was never let through';
  if (witness.confirmations > 1) return 'the refund is confirmed twice';
  const later = acts.some((act) => act.kind === 'release' && act.step === 'later');
  if (later && witness.credits === 0) return 'a later event goes out before the return was let through';
  const credits = acts.some((act) => act.kind === 'release' && act.step === 'credit');
  if (credits && !mayBeCredited(witness.seen, policy)) return 'the return is credited before its stage';
  if (credits && witness.seen.has('return.rejected') && !witness.sentOn) return 'rejected goods are credited';
  return endlessFrom(state, policy, step);
}

function mayBeCredited(seen: ReadonlySet<Seen>, policy: GatePolicy): boolean {
  return [...seen].some((one) => goodsAt(one, policy) >= LEAST[policy.timing]);
}

/** How far the goods are by what was seen: a refund alone says nothing of them (R87). */
function goodsAt(seen: Seen, { refundAccepts }: GatePolicy): number {
  if (seen === 'inspected') return LEAST['on-accepted'];
  if (seen === 'return.refunded') return refundAccepts ? LEAST['on-accepted'] : 0;
  // Rejected goods are in the building, so they count as received; whether they are credited is another rule.
  return seen === 'return.rejected' ? LEAST['on-received'] : (GOODS_AT[seen] ?? 0);
}

/** If nothing more comes, time alone must bring the return to an end, or to somebody who owns it. */
function endlessFrom(state: GateState, policy: GatePolicy, step: StepFunction): string | null {
  let now = state;
  for (let times = 0; times <= GATE_WAITS.length; times += 1) {
    const waits = waitOf(now, policy);
    if (waits === null || now.overdue === waits) return null;
    now = step(now, { kind: 'limit' }, policy).state;
  }
  return `the return waits for ever (${waitOf(state, policy) ?? 'nothing'}), and nobody is told`;
}

function keyOf({ state, witness }: Place): string {
  const { seen, ...counts } = witness;
  return JSON.stringify([Object.values(state), Object.values(counts), [...seen].sort()]);
}

/** The way to a place, one line for each thing that happened. */
function timelineOf(place: Place, policy: GatePolicy): string[] {
  const lines: string[] = [];
  for (let at = place; at.from !== null; at = at.from.place) {
    const { input, step } = at.from;
    const done = step.acts.map((act) =>
      act.kind === 'release' ? `release (${act.step})` : 'code' in act ? `${act.kind} ${act.code}` : act.kind,
    );
    lines.unshift(`${inWords(input)} → ${done.join(', ') || 'nothing'}; then ${phaseOf(step.state, policy)}`);
  }
  return lines.map((line, index) => `${index + 1}. ${line}`);
}

function inWords(input: GateInput): string {
  switch (input.kind) {
    case 'event':
      if (!input.fresh) return `${input.topic} again`;
      return input.inspected === true ? `${input.topic} of goods that the warehouse decided on` : input.topic;
    case 'credit':
      return input.posted ? 'credit posted' : 'credit failed';
    case 'limit':
      return 'the time limit passes';
    case 'resumed':
      return input.behind === true
        ? 'a person sends on what was parked behind the gate'
        : 'a person sends it on';
    case 'dropped':
      return 'a person ends the wait';
    case 'look':
      return 'nothing';
  }
}
