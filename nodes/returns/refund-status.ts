import { LEAST } from './credit-timing';
import type { GatePolicy, GateState, GateWait } from './gate';

/** What may be said of a return to whoever asks where the refund is: no personal data, no ERP words (R31, R195, R203). */
export interface RefundStatus {
  return: string;
  /** One word or two, always the same for the same state. */
  stage: string;
  /** A sentence about where the return stands. */
  text: string;
  /** A sentence about what happens next. */
  nextStep: string;
  /** The day by which the refund is to be made; null where it is made, or none will be. */
  expectedBy: string | null;
  /** It has taken longer than planned, and somebody looks after it. */
  late: boolean;
  updatedAt: string;
}

export interface RefundFacts {
  returnNumber: string;
  state: GateState;
  policy: GatePolicy;
  /** The credit document exists. */
  credited: boolean;
  wait: GateWait | null;
  dueAt: string | null;
  changedAt: string;
  limitOf: (wait: GateWait) => number;
  now: string;
}

interface Words {
  stage: string;
  text: string;
  nextStep: string;
}

const WORDS = {
  announced: {
    stage: 'announced',
    text: 'We know of the return. The goods have not been handed in yet.',
    nextStep: 'The customer hands the goods in.',
  },
  handedIn: {
    stage: 'handed in',
    text: 'The goods have been handed in and are on their way to us.',
    nextStep: 'The goods arrive at our warehouse.',
  },
  arrived: {
    stage: 'arrived',
    text: 'The goods are in our warehouse.',
    nextStep: 'We look at the goods.',
  },
  toBeCredited: {
    stage: 'being credited',
    text: 'All that the refund waited for is there.',
    nextStep: 'We make the credit.',
  },
  credited: {
    stage: 'credited',
    text: 'The credit has been made.',
    nextStep: 'The money goes back the way that it was paid, if it has not arrived yet.',
  },
  rejected: {
    stage: 'rejected',
    text: 'We have looked at the goods and could not accept them.',
    nextStep: 'Customer service gets in touch with the customer.',
  },
  cancelled: {
    stage: 'cancelled',
    text: 'The return was cancelled before the goods were handed in.',
    nextStep: 'Nothing more happens.',
  },
} as const satisfies Readonly<Record<string, Words>>;

/** Where the refund of one return is, in plain words, with the day by which it is to be made. */
export function refundStatus(facts: RefundFacts): RefundStatus {
  const { returnNumber, state, changedAt } = facts;
  const kind = kindOf(facts);
  const pending = kind !== 'credited' && kind !== 'rejected' && kind !== 'cancelled';
  const { stage, text, nextStep } = WORDS[kind];
  return {
    return: returnNumber,
    stage,
    text,
    nextStep,
    expectedBy: pending ? expectedBy(facts) : null,
    late: pending && state.overdue !== null,
    updatedAt: changedAt,
  };
}

function kindOf({ state, credited }: RefundFacts): keyof typeof WORDS {
  if (credited) return 'credited';
  if (state.rejected && !state.overruled) return 'rejected';
  if (state.cancelled && state.reached < LEAST['on-scan']) return 'cancelled';
  if (state.released) return 'toBeCredited';
  if (state.reached < LEAST['on-scan']) return 'announced';
  return state.reached < LEAST['on-received'] ? 'handedIn' : 'arrived';
}

/** The end of the wait of now, and the limits of all that come before the credit. */
function expectedBy(facts: RefundFacts): string {
  const { wait, dueAt, limitOf, now } = facts;
  const [first, ...others] = waitsUntilCredit(facts);
  const running = first !== undefined && first === wait && dueAt !== null && dueAt > now;
  const begin = running ? Date.parse(dueAt) : Date.parse(now) + (first === undefined ? 0 : limitOf(first));
  const end = others.reduce((sum, one) => sum + limitOf(one), begin);
  return new Date(end).toISOString().slice(0, 10);
}

function waitsUntilCredit({ state, policy }: RefundFacts): GateWait[] {
  const waits: GateWait[] = [];
  const least = LEAST[policy.timing];
  if (!state.released) {
    if (state.reached < LEAST['on-scan']) waits.push('handover');
    if (least > LEAST['on-scan'] && state.reached < LEAST['on-received']) waits.push('arrival');
    if (least > LEAST['on-received'] && !state.accepted) waits.push('inspection');
  }
  return [...waits, 'credit'];
}
