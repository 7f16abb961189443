import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { postingText, waitsInWords, type PostingCounts } from '../../nodes/runtime/posting-status';
import { LONGEST_STATUS } from '../../nodes/runtime/status';

const NOTHING: PostingCounts = {
  made: '24 credited',
  underWay: 0,
  waiting: new Map(),
  held: 0,
  byHand: 0,
};

/** So many returns that wait for each thing. */
function waits(times: Record<string, number>): Map<string, string> {
  const all = Object.entries(times).flatMap(([reason, count]) => Array.from({ length: count }, () => reason));
  return new Map(all.map((reason, at) => [`return ${at}`, reason]));
}

describe('the status of a node that posts', () => {
  it('says first what is waited for, then what is held, then what is made', () => {
    const waiting = waits({ goods: 3 });
    assert.equal(postingText(NOTHING), '24 credited');
    assert.equal(postingText({ ...NOTHING, underWay: 2 }), '24 credited · 2 posting');
    assert.equal(postingText({ ...NOTHING, waiting, underWay: 2 }), '3 wait for goods · 24 credited');
    // The longest that fits; what is left out is the least urgent.
    assert.equal(postingText({ ...NOTHING, waiting, held: 1 }), '3 wait for goods · 1 held');
  });

  it('of several things tells all who wait, and what most of them wait for', () => {
    const waiting = waits({ goods: 3, 'packing slip job': 12 });
    assert.equal(waitsInWords([...waiting.values()]), '15 wait, 12 for packing slip job');
    assert.equal(waitsInWords(['goods', null]), '2 wait, 1 for goods');
    assert.equal(waitsInWords([null, null]), '2 waiting');
    assert.equal(waitsInWords([]), null);
  });

  it('leaves out whole what there is no room for', () => {
    for (const reason of ['customer on hold', 'packing slip service', 'draft’s approval', 'goods']) {
      for (const other of [0, 7]) {
        const waiting = waits({ [reason]: 120, data: other });
        const text = postingText({ ...NOTHING, waiting, held: 13, byHand: 4, underWay: 8 });
        assert.ok(text.length <= LONGEST_STATUS, text);
        assert.doesNotMatch(text, /…/);
        assert.ok(text.includes(reason), text);
      }
    }
  });
});
