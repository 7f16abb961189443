import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RETURN_TOPICS, type ReturnTopic } from '../../nodes/returns/event';
import { applyTopic, STAGES, type Stage } from '../../nodes/returns/lifecycle';

function play(topics: readonly ReturnTopic[]): Stage {
  return topics.reduce<Stage>((stage, topic) => {
    const change = applyTopic(stage, topic);
    return change.kind === 'moved' ? change.to : stage;
  }, 'announced');
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first, at) =>
    permutations([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [first, ...rest]),
  );
}

describe('R96: any order of events gives the same end', () => {
  it('all 720 orders of a six-event return', () => {
    const story: ReturnTopic[] = [
      'return.started',
      'return.dropped_off',
      'return.in_transit',
      'return.received',
      'return.accepted',
      'return.updated',
    ];
    const ends = new Set(permutations(story).map(play));
    assert.deepEqual([...ends], ['accepted']);
  });

  it('a cancellation in any place gives one end as well', () => {
    const before: ReturnTopic[] = ['return.started', 'return.cancelled', 'return.updated'];
    const after: ReturnTopic[] = [
      'return.started',
      'return.cancelled',
      'return.dropped_off',
      'return.received',
    ];
    assert.deepEqual([...new Set(permutations(before).map(play))], ['cancelled']);
    assert.deepEqual([...new Set(permutations(after).map(play))], ['received']);
  });

  it('repeats change nothing, and a stage never moves back', () => {
    const topic = fc.constantFrom(...RETURN_TOPICS);
    fc.assert(
      fc.property(fc.array(topic, { maxLength: 12 }), topic, (topics, last) => {
        const stage = play(topics);
        const once = applyTopic(stage, last);
        const after = once.kind === 'moved' ? once.to : stage;
        assert.notEqual(applyTopic(after, last).kind, 'moved');
        assert.ok(STAGES.includes(after));
        if (stage !== 'announced' && stage !== 'started' && stage !== 'cancelled')
          assert.notEqual(after, 'cancelled');
      }),
      { numRuns: 5000 },
    );
  });

  it('R30: accepted and rejected exclude each other, and a person must decide', () => {
    assert.deepEqual(applyTopic('accepted', 'return.rejected'), {
      kind: 'conflict',
      stage: 'accepted',
      ignored: 'rejected',
    });
    assert.equal(applyTopic('rejected', 'return.refunded').kind, 'conflict');
  });

  it('a late expiry after the drop-off has no effect', () => {
    assert.deepEqual(applyTopic('dropped_off', 'return.cancelled'), {
      kind: 'late',
      stage: 'dropped_off',
      ignored: 'cancelled',
    });
  });
});
