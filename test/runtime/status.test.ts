import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { NodeStatus } from '../../nodes/runtime/node-red';
import { LONGEST_STATUS, StatusLine } from '../../nodes/runtime/status';

describe('the status line', () => {
  it('changes at most once a second, ends with the last value, and never repeats itself', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    const shown: NodeStatus[] = [];
    const line = new StatusLine({ status: (status) => void shown.push(status) }, () => now);
    for (let count = 1; count <= 500; count += 1) line.ok(`${count} in`);
    assert.deepEqual(
      shown.map((status) => status.text),
      ['1 in'],
    );
    now = 1000;
    mock.timers.tick(1000);
    assert.deepEqual(
      shown.map((status) => status.text),
      ['1 in', '500 in'],
    );
    now = 3000;
    line.ok('500 in');
    assert.equal(shown.length, 2);
    line.ok('a text that is far too long for the place that it is shown in');
    assert.ok((shown[2]?.text ?? '').length <= LONGEST_STATUS);
    line.close();
    line.ok('after the end');
    now = 9000;
    mock.timers.tick(9000);
    assert.equal(shown.length, 3);
    mock.timers.reset();
  });
});
