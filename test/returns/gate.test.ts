import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CREDIT_TIMINGS, raisesCredit, type CreditTiming } from '../../nodes/returns/credit-timing';
import {
  AT_THE_GATE,
  OVERDUE_CODES,
  stepGate,
  type GateInput,
  type GateState,
} from '../../nodes/returns/gate';
import { walkPolicy, type StepFunction } from '../../nodes/returns/gate-check';
import { policyFor, refundAccepts, type GateSettings } from '../../nodes/returns/gate-rules';
import { CATALOGUE } from '../../nodes/returns/exception-catalogue';
import { checkPolicies, DEPTH, reportLines } from '../../scripts/check-policy';
import { line } from '../support/events';

/** Deep enough for each mutation below; `npm run check:policy` goes deeper. */
const SHALLOW = 5;

describe('the policy checker', () => {
  it('R89, R96, R97: finds nothing wrong with any policy', () => {
    const reports = checkPolicies(SHALLOW);
    assert.equal(reports.length, CREDIT_TIMINGS.length * 3);
    for (const { policy, states, orders, counterexample } of reports) {
      assert.equal(counterexample, null, JSON.stringify([policy, counterexample]));
      assert.ok(states > 100 && orders > 100_000n);
    }
    assert.equal(DEPTH, 8);
    assert.match(reportLines(reports, 1).at(-1) ?? '', /states walked in 1\.0 s\. Nothing is credited twice/);
  });

  /** Gates that are wrong on purpose, and what must be found wrong with them. */
  const WRONG: Record<string, { step: StepFunction; broken: RegExp }> = {
    'forgets that it has let a return through': {
      step: (state, input, policy) => {
        const taken = stepGate(state, input, policy);
        const forgets = input.kind === 'event' && input.topic === 'return.updated';
        return forgets ? { ...taken, state: { ...taken.state, released: false } } : taken;
      },
      broken: /credited twice/,
    },
    'takes a credit that failed for one that exists': {
      step: (state, input, policy) =>
        stepGate(state, input.kind === 'credit' ? { kind: 'credit', posted: true } : input, policy),
      broken: /confirmed before the credit exists/,
    },
    'lets goods through one stage early': {
      step: (state, input, policy) =>
        stepGate(state, input, {
          ...policy,
          timing: policy.timing === 'on-accepted' ? 'on-received' : policy.timing,
        }),
      broken: /before its stage/,
    },
    'takes every refund for an acceptance': {
      step: (state, input, policy) => stepGate(state, input, { ...policy, refundAccepts: true }),
      broken: /before its stage/,
    },
    'credits rejected goods': {
      step: (state, input, policy) => {
        const blind: GateState = { ...state, rejected: false };
        const forgets = input.kind === 'event' && input.topic === 'return.accepted';
        return stepGate(forgets ? blind : state, input, policy);
      },
      broken: /rejected goods are credited/,
    },
    'never tells that a wait is too long': {
      step: (state, input, policy) =>
        stepGate(state, input.kind === 'limit' ? { kind: 'look' } : input, policy),
      broken: /waits for ever \(handover\)/,
    },
    'confirms again with every look': {
      step: (state, input, policy) => stepGate({ ...state, confirmed: false }, input, policy),
      broken: /confirmed twice/,
    },
  };
  for (const [name, { step, broken }] of Object.entries(WRONG)) {
    it(`finds a gate that ${name}, and shows the way there`, () => {
      const report = walkPolicy(
        { timing: 'on-accepted', confirm: true, refundAccepts: false },
        SHALLOW,
        step,
      );
      assert.match(report.counterexample?.broken ?? 'nothing found', broken);
      const { timeline = [] } = report.counterexample ?? {};
      assert.ok(timeline.length >= 1 && timeline.length <= SHALLOW);
      assert.match(timeline[0] ?? '', /^1\. .+ → .+; then \w+$/);
      const lines = reportLines([report], 0);
      assert.match(lines[0] ?? '', /^WRONG on-accepted/);
      assert.match(lines.at(-1) ?? '', /1 of 1 policies are wrong/);
    });
  }
});

describe('what a return does at the gate', () => {
  const policy = { timing: 'on-accepted', confirm: true, refundAccepts: false } as const;
  const run = (inputs: readonly GateInput[]): string[] => {
    let state = AT_THE_GATE;
    return inputs.flatMap((input) => {
      const step = stepGate(state, input, policy);
      ({ state } = step);
      return step.acts.map((act) => ('code' in act ? act.code : act.kind));
    });
  };
  const event = (topic: 'received' | 'accepted' | 'cancelled' | 'started'): GateInput => ({
    kind: 'event',
    topic: `return.${topic}`,
    fresh: true,
  });

  it('tells of each wait once, whatever time passes', () => {
    const limit: GateInput = { kind: 'limit' };
    assert.deepEqual(run([event('started'), limit, limit, limit]), ['handover-overdue']);
    assert.deepEqual(run([limit, event('received'), limit, limit]), [
      'handover-overdue',
      'inspection-overdue',
    ]);
  });

  it('R97: has an owner for each wait', () => {
    for (const code of Object.values(OVERDUE_CODES)) assert.ok(CATALOGUE[code].owner.length > 0);
  });

  it('takes a cancellation back when the goods come after all', () => {
    assert.deepEqual(run([event('cancelled'), { kind: 'limit' }]), []);
    assert.deepEqual(run([event('cancelled'), event('accepted')]), ['release']);
  });

  it('confirms at once where the credit was there before', () => {
    assert.deepEqual(run([{ kind: 'credit', posted: true }, event('accepted')]), ['release', 'confirm']);
  });
});

describe('R87: what a refund says of the goods', () => {
  const decided = line({ confirmedDisposition: 'restock' });
  const open = line({ id: '2', confirmedDisposition: null });
  const facts = (
    lines: ReturnType<typeof line>[],
    goodsAccepted?: boolean,
  ): Parameters<typeof raisesCredit>[0] => ({
    payload: { topic: 'return.refunded', lines },
    ...(goodsAccepted === undefined ? {} : { goodsAccepted }),
  });
  const CASES: [string, Parameters<typeof raisesCredit>[0], CreditTiming[]][] = [
    ['nothing by itself', facts([open]), ['on-initiation', 'on-scan']],
    ['all, with the warehouse’s decision on every line', facts([decided]), [...CREDIT_TIMINGS]],
    ['nothing, with a decision on a part', facts([decided, open]), ['on-initiation', 'on-scan']],
    ['nothing, without goods', facts([line({ kind: 'fee' })]), ['on-initiation', 'on-scan']],
    ['all, where the gate counts it as acceptance', facts([open], true), [...CREDIT_TIMINGS]],
    ['nothing, where the gate does not', facts([open], false), ['on-initiation', 'on-scan']],
  ];
  for (const [what, given, expected] of CASES) {
    it(what, () => {
      assert.deepEqual(
        CREDIT_TIMINGS.filter((timing) => raisesCredit(given, timing)),
        expected,
      );
    });
  }

  it('holds for the platforms that the settings name', () => {
    const settings = { refundAccepts: ['Swap'] };
    assert.deepEqual(
      ['swap', 'zigzag', ''].map((platform) => refundAccepts(settings, platform)),
      [true, false, false],
    );
  });
});

describe('R71: which policy holds', () => {
  const settings: GateSettings = {
    timing: 'on-accepted',
    rows: [
      { brand: 'Acme', reason: '', policy: 'on-scan' },
      { brand: '', reason: 'damaged', policy: 'on-received' },
      { brand: 'acme', reason: 'too-small', policy: 'on-initiation' },
    ],
    confirm: false,
    refundAccepts: ['Swap'],
    hours: { handover: 1, arrival: 1, inspection: 1, credit: 1, goods: 1 },
  };
  const CASES: [string, string[], string][] = [
    ['other', [], 'on-accepted'],
    ['other', ['too-small'], 'on-accepted'],
    ['acme', [], 'on-scan'],
    ['ACME', ['changed-mind'], 'on-scan'],
    ['acme', ['too-small'], 'on-initiation'],
    ['other', ['damaged'], 'on-received'],
    ['acme', ['damaged'], 'on-received'],
    ['acme', ['too-small', 'changed-mind'], 'on-scan'],
    ['acme', ['too-small', 'damaged'], 'on-received'],
  ];
  for (const [brand, reasons, timing] of CASES) {
    it(`${brand} with ${reasons.join(', ') || 'no reason'}: ${timing}`, () => {
      assert.equal(policyFor(settings, { returnKey: 'swap/b/r/o', brand, reasons }).timing, timing);
    });
  }
});
