import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, type Expected, type Held, type Kept, type Verdict } from '../../scripts/crash/check';
import { nameOf, planKills, POINTS } from '../../scripts/crash/kill-plan';
import { LIFECYCLES, scenarioNamed } from '../../scripts/crash/scenarios';
import { D365_FAULT_POINTS } from '../../nodes/store/fault-point';
import { seededRandom } from '../../nodes/sandbox/world';

const SHIRT = { sku: 'TEE-38-BLU', quantity: 2, minor: 3980 };
const ARRIVED = { ...SHIRT, minor: 0 };
const MONEY = { sku: 'money', quantity: 1, minor: 3980 };

const meant: Expected = {
  reference: 'HR-HRABC234-AC-50001',
  returnNumber: 'HRABC234',
  order: 'AC-50001',
  refused: null,
  lines: [SHIRT],
  further: [
    { kind: 'arrival', lines: [ARRIVED] },
    { kind: 'credit', lines: [SHIRT] },
    { kind: 'refund', lines: [MONEY] },
  ],
  acknowledged: true,
};
const { reference } = meant;
const order: Held = { reference, number: '001624', minor: 3980, lines: [SHIRT] };
const arrival: Held = { reference, kind: 'arrival', number: 'J-1', minor: 0, lines: [ARRIVED] };
const credit: Held = { reference, kind: 'credit', number: 'CN-1', minor: 3980, lines: [SHIRT] };
const refund: Held = { reference, kind: 'refund', number: 'P-1', minor: 3980, lines: [MONEY] };
const inStore: Kept = { returnNumber: 'HRABC234', order: 'AC-50001', exception: null };

function counts({ lost, duplicate, wrongAmount, unasked }: Verdict): number[] {
  return [lost, duplicate, wrongAmount, unasked];
}

describe('the check of the whole way of a return in the crash harness', () => {
  const replacement: Held = { ...credit, kind: 'replacement', number: 'SO-9' };
  const refused: Expected = { ...meant, refused: 'order-unknown', further: [] };
  const penny = { ...MONEY, minor: 3979 };
  for (const [title, expected, held, result] of [
    ['each document once', meant, [order, arrival, credit, refund], [0, 0, 0, 0]],
    ['goods that never arrived', meant, [order, credit, refund], [1, 0, 0, 0]],
    ['goods that arrived twice', meant, [order, arrival, arrival, credit, refund], [0, 1, 0, 0]],
    ['a second credit', meant, [order, arrival, credit, credit, refund], [0, 1, 0, 0]],
    [
      'a refund of a penny less',
      meant,
      [order, arrival, credit, { ...refund, minor: 3979, lines: [penny] }],
      [0, 0, 1, 0],
    ],
    ['a refund in two halves', meant, [order, arrival, credit, refund, refund], [0, 1, 0, 0]],
    [
      'a replacement that nobody asked for',
      meant,
      [order, arrival, credit, refund, replacement],
      [0, 0, 0, 1],
    ],
    ['goods of what was to be refused', refused, [arrival], [0, 0, 0, 1]],
  ] as const satisfies readonly (readonly [string, Expected, readonly Held[], readonly number[]])[]) {
    const exception = expected.refused;
    it(title, () =>
      assert.deepEqual(counts(check([expected], held, [{ ...inStore, exception }])), [...result]),
    );
  }
});

describe('the whole way into Dynamics 365 in the crash harness', () => {
  it('comes to every place of its documents, in one variant or another', () => {
    const reached = LIFECYCLES.flatMap((name) => {
      const scenario = scenarioNamed(name).real({ returns: 1, seed: 1, random: seededRandom(1) });
      return scenario.ownPoints ?? [];
    });
    assert.deepEqual([...new Set(reached)].sort(), [...D365_FAULT_POINTS].sort());
    const plan = planKills({ each: 1, random: 0 }, seededRandom(1), {
      points: D365_FAULT_POINTS,
      halfDone: false,
    });
    for (const point of D365_FAULT_POINTS) {
      assert.ok(plan.some((kill) => nameOf(kill) === point));
      assert.ok(POINTS[point].most > 0);
    }
  });
});
