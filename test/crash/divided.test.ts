import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../nodes/sandbox/world';
import { checkDivisions, planDivisions } from '../../scripts/crash/divided-plan';
import type { DividedTold } from '../../scripts/divided-flow';

describe('the check of divided returns in the crash harness', () => {
  const planned = planDivisions(3, seededRandom(1));
  for (const one of planned) one.acknowledged = true;
  /** What a flow tells where the last line of every return waits. */
  const sound = planned.flatMap(({ id, events }) =>
    events.flatMap((event): DividedTold[] => {
      const lines = event.lines.map((line) => line.id);
      return [
        { path: 'passed', event: event.id, return: id, part: 1, lines: lines.slice(0, -1) },
        { path: 'held', event: `${event.id}~2`, return: id, part: 2, lines: lines.slice(-1) },
      ];
    }),
  );
  const [first] = sound;
  assert.ok(first);

  it('is content with each line of each event once or more, in one part', () => {
    const verdict = checkDivisions(planned, [...sound, first]);
    assert.deepEqual([verdict.posted, verdict.lost, verdict.duplicate, verdict.findings], [3, 0, 0, []]);
  });

  it('R21: tells a line that went on with both parts', () => {
    const late = { ...first, event: `${first.event}~2`, part: 2, lines: first.lines.slice(0, 1) };
    const { duplicate, findings } = checkDivisions(planned, [...sound, late]);
    assert.equal(duplicate, 1);
    assert.match(findings.join(), /went on with both parts/);
  });

  it('tells a line that never came out', () => {
    const { lost, posted } = checkDivisions(planned, sound.slice(1));
    assert.deepEqual([lost, posted], [first.lines.length, 2]);
  });
});
