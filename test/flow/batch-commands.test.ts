import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BATCH_COMMANDS, readBatchCommand } from '../../nodes/flow/batch-commands';
import { accepted } from '../support/batch-rig';

describe('commands of the Batch Aggregator', () => {
  it('each command is read with what it takes', () => {
    assert.deepEqual(readBatchCommand({ command: 'flush', payload: { group: { brand: 'acme' } } }), {
      command: 'flush',
      group: { brand: 'acme' },
    });
    assert.deepEqual(readBatchCommand({ command: 'reset' }), { command: 'reset', group: {} });
    assert.deepEqual(readBatchCommand({ command: 'status', payload: 'go' }), { command: 'status' });
    assert.deepEqual(readBatchCommand({ command: 'list' }), { command: 'list', limit: 50, offset: 0 });
    assert.deepEqual(readBatchCommand({ command: 'list', payload: { limit: '5', offset: 10 } }), {
      command: 'list',
      limit: 5,
      offset: 10,
    });
    assert.deepEqual(
      readBatchCommand({ command: 'members', payload: { batch: 'b', line: { sku: 'A-1' } } }),
      {
        command: 'members',
        batch: 'b',
        after: 0,
        limit: 5000,
        line: { sku: 'A-1' },
      },
    );
    assert.deepEqual(
      readBatchCommand({ command: 'refuse', payload: { batch: 'b', refused: [{ sku: 'A-1' }] } }),
      {
        command: 'refuse',
        batch: 'b',
        refused: [{ sku: 'A-1' }],
        what: 'it said no more',
      },
    );
    const [from, to] = ['2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z'];
    assert.deepEqual(readBatchCommand({ command: 'deferred', payload: { from, to } }), {
      command: 'deferred',
      from,
      to,
      limit: 5000,
      offset: 0,
    });
  });

  it('flush and reset set to true do it too, as in the core nodes, but not beside a return', () => {
    assert.deepEqual(readBatchCommand({ flush: true }), { command: 'flush', group: {} });
    assert.deepEqual(readBatchCommand({ reset: true, payload: '' }), { command: 'reset', group: {} });
    const event = accepted('A');
    assert.equal(readBatchCommand({ flush: true, topic: event.topic, payload: event }), null);
    assert.equal(readBatchCommand({ payload: event }), null);
  });

  it('what does not fit is refused, with what may be sent', () => {
    assert.throws(() => readBatchCommand({ command: 'dance' }), {
      code: 'command-invalid',
      message: `msg.command can be ${BATCH_COMMANDS.join(', ')}, but is something else`,
    });
    assert.throws(() => readBatchCommand({ command: 'flush', payload: { group: { shop: 'acme' } } }), {
      code: 'command-invalid',
      message: /msg\.payload\.group does not fit: flush takes group/,
    });
    assert.throws(() => readBatchCommand({ command: 'list', payload: { limit: 0 } }), /payload\.limit/);
    assert.throws(
      () => readBatchCommand({ command: 'members' }),
      /payload\.batch .* takes batch, after, limit, line/,
    );
    assert.throws(
      () => readBatchCommand({ command: 'refuse', payload: { batch: 'b', refused: [] } }),
      /refused/,
    );
    assert.throws(
      () => readBatchCommand({ command: 'deferred', payload: { from: 'April', to: 'May' } }),
      /payload\.from/,
    );
  });
});
