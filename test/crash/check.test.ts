import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, type Expected, type Held, type Kept, type Verdict } from '../../scripts/crash/check';
import { drawMoment, nameOf, planKills } from '../../scripts/crash/kill-plan';
import { seededRandom } from '../../nodes/sandbox/world';

const SHIRT = { sku: 'TEE-38-BLU', quantity: 2, minor: 3980 };

const meant: Expected = {
  reference: 'HR-HRABC234-AC-50001',
  returnNumber: 'HRABC234',
  order: 'AC-50001',
  refused: null,
  lines: [SHIRT],
  acknowledged: true,
};
const posted: Held = { reference: meant.reference, number: '001624', minor: 3980, lines: [SHIRT] };
const inStore: Kept = { returnNumber: 'HRABC234', order: 'AC-50001', exception: null };

function counts({ lost, duplicate, wrongAmount, unasked }: Verdict): number[] {
  return [lost, duplicate, wrongAmount, unasked];
}

describe('the check of the crash harness', () => {
  it('finds nothing where each return has its one document', () => {
    const verdict = check([meant], [posted], [inStore]);
    assert.deepEqual(counts(verdict), [0, 0, 0, 0]);
    assert.deepEqual([verdict.acknowledged, verdict.posted, verdict.findings], [1, 1, []]);
  });

  it('a line in two parts is the same line', () => {
    const parts = [
      { sku: SHIRT.sku, quantity: 1, minor: 1990 },
      { sku: SHIRT.sku, quantity: 1, minor: 1990 },
    ];
    assert.deepEqual(counts(check([meant], [{ ...posted, lines: parts }], [inStore])), [0, 0, 0, 0]);
  });

  const parked: Kept = { ...inStore, exception: 'sku-blocked' };
  const refused: Expected = { ...meant, refused: 'sku-blocked' };
  for (const [title, expected, held, kept, result] of [
    ['what was acknowledged and is nowhere is lost', meant, [], inStore, [1, 0, 0, 0]],
    ['what was not acknowledged is not lost', { ...meant, acknowledged: false }, [], inStore, [0, 0, 0, 0]],
    ['a second document is a duplicate', meant, [posted, { ...posted, number: '2' }], inStore, [0, 1, 0, 0]],
    ['a penny less is wrong', meant, [{ ...posted, minor: 3979 }], inStore, [0, 0, 1, 0]],
    ['a line that is missing is wrong', meant, [{ ...posted, lines: [] }], inStore, [0, 0, 1, 0]],
    ['a sound return that is parked is lost', meant, [], parked, [1, 0, 0, 0]],
    ['a posted return that is parked all the same counts as lost', meant, [posted], parked, [1, 0, 0, 0]],
    ['a refused return with its owner is where it belongs', refused, [], parked, [0, 0, 0, 0]],
    ['a refused return without an owner is lost', refused, [], inStore, [1, 0, 0, 0]],
    ['a refused return with a document was not asked for', refused, [posted], parked, [0, 0, 0, 1]],
  ] as const satisfies readonly (readonly [string, Expected, readonly Held[], Kept, readonly number[]])[]) {
    it(title, () => assert.deepEqual(counts(check([expected], held, [kept])), result));
  }

  it('a document on another order than it should hang on is wrong', () => {
    const hung = { ...meant, also: { 'parent order': '100001' } };
    const rightly = { ...posted, also: { 'parent order': '100001' } };
    assert.deepEqual(counts(check([hung], [rightly], [inStore])), [0, 0, 0, 0]);
    const wrongly = { ...posted, also: { 'parent order': '100002' } };
    const verdict = check([hung], [wrongly], [inStore]);
    assert.deepEqual(counts(verdict), [0, 0, 1, 0]);
    assert.match(verdict.findings.join(), /parent order: 100001 expected, 100002 there/);
    assert.deepEqual(counts(check([hung], [posted], [inStore])), [0, 0, 1, 0]);
  });

  it('a document that nobody sent a return for is told', () => {
    const stranger = { ...posted, reference: 'HR-OTHER-AC-50001' };
    assert.deepEqual(counts(check([meant], [posted, stranger], [inStore])), [0, 0, 0, 1]);
  });
});

describe('the plan of the kills', () => {
  it('names every point as often as wanted, and is the same for the same seed', () => {
    const plan = planKills({ each: 2, random: 5 }, seededRandom(4));
    const names = new Map<string, number>();
    for (const kill of plan) names.set(nameOf(kill), (names.get(nameOf(kill)) ?? 0) + 1);
    assert.equal(names.get('random'), 5);
    for (const point of ['stored-before-answer', 'during-call', 'closing', 'during-redeploy']) {
      assert.equal(names.get(point), 2, point);
    }
    assert.deepEqual(planKills({ each: 2, random: 5 }, seededRandom(4)), plan);
  });

  it('leaves out what no pair of the run comes to', () => {
    const reachable = { points: ['settled'], halfDone: false } as const;
    const plan = planKills({ each: 1, random: 0 }, seededRandom(4), reachable);
    assert.deepEqual(plan.map(nameOf).sort(), [
      'committed-before-reply',
      'during-call',
      'during-redeploy',
      'settled',
    ]);
  });

  it('what was missed is tried again at its first pass, at the first write', () => {
    const kill = { kind: 'point', point: 'settled', again: true } as const;
    const pace = { writes: { most: 15, eachOpen: 0.4 }, pairs: 1 };
    assert.equal(drawMoment(kill, 1000, seededRandom(1), pace).pass, 1);
    const caught = { kind: 'during-call', again: true } as const;
    assert.equal(drawMoment(caught, 1000, seededRandom(1), pace).writes, 0);
  });
});
