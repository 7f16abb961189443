import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readBatchCommand } from '../../nodes/flow/batch-commands';
import { groupExpression } from '../../nodes/flow/batch-expression';
import { batchConfigSchema, batchSettingsOf } from '../../nodes/flow/batch-settings';
import { openText } from '../../nodes/flow/batch-status';
import { JoinQueue } from '../../nodes/flow/join-queue';
import type { NodeRed } from '../../nodes/runtime/node-red';
import type { NewMember } from '../../nodes/store/batch';
import { newMember } from '../support/batches';
import { ROOT } from '../../scripts/node-red-process';
import { dialogDefaults } from '../support/dialog-defaults';
import { fakeNodeRed } from '../support/fake-node-red';

describe('the dialog of the Batch Aggregator', () => {
  it('starts from the settings that the node takes where nothing is set', () => {
    const node = batchConfigSchema.parse({ store: 's' });
    const dialog: Record<string, unknown> = batchConfigSchema.parse({
      ...dialogDefaults('flow/returns-batch-aggregator.html'),
      store: 's',
    });
    for (const [field, value] of Object.entries(node)) assert.deepEqual(dialog[field], value, field);
  });

  it('takes blank and 0 for no limit, and an amount in the places of each currency', () => {
    const parsed = batchConfigSchema.parse({
      store: 's',
      mostMembers: '',
      maxAgeMinutes: '0',
      timetable: '2:00',
      mostValue: '12.5',
    });
    const settings = batchSettingsOf(parsed, 'x');
    assert.deepEqual([settings.mostMembers, settings.times.mostAgeMs], [null, null]);
    assert.deepEqual(['GBP', 'JPY', 'BHD'].map(settings.mostMinor), [1250, 12, 12_500]);
    for (const wrong of [
      { mostMembers: 2.5 },
      { mostValue: '1,000' },
      { timetable: 'at noon' },
      { timeZone: 'Mars' },
      { periodEnds: 'soon' },
      { closedUntil: '31.3.2026' },
      { prefix: 'a b' },
    ]) {
      assert.ok(!batchConfigSchema.safeParse({ store: 's', ...wrong }).success, JSON.stringify(wrong));
    }
  });
});

describe('commands', () => {
  it('are read from msg.command, or as the core nodes have them', () => {
    assert.equal(readBatchCommand({ payload: { schema: 1 }, flush: true }), null);
    assert.equal(readBatchCommand({ payload: 'x' }), null);
    assert.deepEqual(readBatchCommand({ payload: 'x', flush: true }), { command: 'flush', group: {} });
    assert.deepEqual(readBatchCommand({ reset: true }), { command: 'reset', group: {} });
    assert.deepEqual(readBatchCommand({ command: 'flush', payload: { group: { brand: 'a' } } }), {
      command: 'flush',
      group: { brand: 'a' },
    });
    assert.deepEqual(readBatchCommand({ command: 'members', payload: { batch: 'b', limit: '10' } }), {
      command: 'members',
      batch: 'b',
      after: 0,
      limit: 10,
      line: null,
    });
    assert.deepEqual(
      readBatchCommand({
        command: 'refuse',
        payload: { batch: 'b', refused: [{ returnKey: 'r', lines: ['1'] }] },
      }),
      { command: 'refuse', batch: 'b', refused: [{ returnKey: 'r', lines: ['1'] }], what: 'it said no more' },
    );
  });

  it('say what may be sent', () => {
    const refuse = (command: unknown, payload?: unknown): void => void readBatchCommand({ command, payload });
    assert.throws(() => refuse('sing'), { code: 'command-invalid', message: /flush, reset, status/ });
    assert.throws(() => refuse('members', {}), {
      message: /msg\.payload\.batch does not fit: members takes batch/,
    });
    assert.throws(() => refuse('flush', { group: { brnad: 'x' } }), { code: 'command-invalid' });
    assert.throws(() => refuse('deferred', { from: 'today', to: 'tomorrow' }), { message: /payload\.from/ });
  });
});

describe('the expression to group by', () => {
  // Node-RED's own, as a node gets it.
  const ofNodeRed = createRequire(join(ROOT, 'node_modules', 'node-red', 'red.js'));
  const { util } = ofNodeRed('@node-red/util') as { util: NodeRed['util'] };
  const node = (): NodeRed => ({ ...fakeNodeRed().RED, util });
  const evaluate = (type: 'msg' | 'jsonata', text: string, payload: object): Promise<string> => {
    const expression = groupExpression(node(), 'n', type, text);
    assert.ok(expression);
    return expression({ payload });
  };

  it('is a path or JSONata', async () => {
    assert.equal(await evaluate('msg', 'payload.lines[0].warehouse', { lines: [{ warehouse: 'N' }] }), 'N');
    assert.equal(await evaluate('jsonata', '$uppercase(payload.brand)', { brand: 'acme' }), 'ACME');
    assert.equal(await evaluate('jsonata', 'payload.n * 2', { n: 21 }), '42');
    assert.equal(groupExpression(node(), 'n', 'msg', ''), null);
  });

  it('is an error where it has no value that can be used, never a default', async () => {
    for (const [type, text] of [
      ['msg', 'payload.nothing'],
      ['msg', 'payload'],
      ['jsonata', 'payload.nothing'],
      ['jsonata', '$error("not today")'],
      ['jsonata', 'payload.n / "x"'],
    ] as const) {
      await assert.rejects(
        evaluate(type, text, { n: 1 }),
        { code: 'batch-expression', class: 'data-invalid' },
        text,
      );
    }
    await assert.rejects(evaluate('msg', 'payload.x', { x: 'y'.repeat(300) }), { code: 'batch-expression' });
    assert.throws(() => groupExpression(node(), 'n', 'jsonata', 'a ('), {
      code: 'jsonata-invalid',
      class: 'config',
    });
    assert.throws(() => groupExpression(node(), 'n', 'msg', 'a ('), { code: 'path-invalid' });
  });
});

describe('the status', () => {
  const now = Date.parse('2026-02-20T16:00:00Z');
  const text = (members: number, batches: number, values: [string, number][], due: string | null): string =>
    openText(
      { members, batches, values: new Map(values), nextDue: due === null ? null : Date.parse(due) },
      'Europe/London',
      now,
    );

  it('R134: shows members, value and when the next batch is closed, in 32 characters', () => {
    assert.equal(text(312, 4, [['GBP', 812050]], '2026-02-20T17:30:00Z'), '312 in 4 · 8,120.50 GBP · 17:30');
    assert.equal(text(1000, 1, [['JPY', 98765]], '2026-02-23T02:00:00Z'), '1,000 in 1 · Mon 02:00');
    assert.equal(text(5, 2, [], '2026-02-23T02:00:00Z'), '5 in 2 · Mon 02:00');
    assert.equal(
      text(
        5,
        2,
        [
          ['GBP', 1],
          ['EUR', 2],
        ],
        '2026-02-20T17:30:00Z',
      ),
      '5 in 2 · 2 currencies · 17:30',
    );
    assert.equal(text(5, 1, [['GBP', 100]], '2026-02-20T15:00:00Z'), '5 in 1 · 1.00 GBP · now');
    assert.equal(
      text(99_999, 99, [['GBP', 99_999_999_99]], '2026-02-23T02:00:00Z'),
      '99,999 in 99 · Mon 02:00',
    );
    assert.equal(text(0, 0, [], null), 'nothing waits');
    for (const members of [1, 99_999]) {
      for (const value of [1, 1e8, 1e14]) {
        assert.ok(text(members, members, [['GBP', value]], '2026-02-23T02:00:00Z').length <= 32);
      }
    }
  });
});

describe('joining', () => {
  const queueOver = (joinBatches: (members: readonly NewMember[]) => Promise<'ok'[]>): JoinQueue =>
    new JoinQueue({ joinBatches: joinBatches as never }, () => '2026-02-20T10:00:00.000Z');

  it('goes together while the store is at work, and one that fails sinks no other', async () => {
    const sizes: number[] = [];
    const queue = queueOver((members) => {
      sizes.push(members.length);
      if (members.some(({ facts }) => facts.return === 'BAD'))
        return Promise.reject(new Error('cannot be stored'));
      return Promise.resolve(members.map(() => 'ok' as const));
    });
    const results = await Promise.allSettled(
      ['A', 'B', 'BAD', 'C'].map((name) => queue.join(newMember(name))),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(sizes, [1, 3, 1, 1, 1]);
  });

  it('asks a store that is down not for each of them', async () => {
    let asked = 0;
    const queue = queueOver(() => {
      asked += 1;
      return Promise.reject(new Error('down'));
    });
    const results = await Promise.allSettled(
      Array.from({ length: 101 }, (_, at) => queue.join(newMember(`R${at}`))),
    );
    assert.ok(results.every(({ status }) => status === 'rejected'));
    assert.equal(asked, 4);
  });
});
