import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { LedgerError } from '../../nodes/returns/failure';
import { defineNode, type NodeBehaviour, type NodeContext } from '../../nodes/runtime/define-node';
import { fakeNodeRed, type FakeNode } from '../support/fake-node-red';

const schema = z.object({
  name: z.string().default(''),
  limit: z.coerce.number().int().min(1, 'must be at least 1').default(5),
});

function node(
  start: (context: NodeContext<z.infer<typeof schema>>) => NodeBehaviour,
  config: Record<string, unknown> = {},
  credentials?: Record<string, string>,
): FakeNode {
  const { RED, make } = fakeNodeRed();
  defineNode(RED, { type: 'trial', config: schema, credentials: { secret: { type: 'password' } }, start });
  return make('trial', config, credentials);
}

describe('defineNode', () => {
  it('calls done once, after the work, and passes on the message that came', async () => {
    const message = { payload: 1, other: { untouched: true } };
    const result = await node(() => ({
      input: async (given, send) => {
        await Promise.resolve();
        given['payload'] = 2;
        send(given);
      },
    })).take(message);
    assert.deepEqual([result.error, result.times], [undefined, 1]);
    assert.equal(result.sent[0], message);
    assert.deepEqual(message, { payload: 2, other: { untouched: true } });
  });

  it('a handler that throws or rejects ends in done(error) with a stable code, once', async () => {
    for (const input of [
      () => Promise.reject(new LedgerError({ code: 'x-broken', class: 'data-invalid', message: 'broken' })),
      () => {
        throw new LedgerError({ code: 'x-broken', class: 'data-invalid', message: 'broken' });
      },
    ]) {
      const { error, times } = await node(() => ({
        input: async () => {
          await input();
        },
      })).take({});
      assert.equal(times, 1);
      assert.ok(error instanceof LedgerError);
      assert.deepEqual([error.code, error.class, error.message], ['x-broken', 'data-invalid', 'broken']);
    }
  });

  it('anything else that is thrown gets a code too', async () => {
    const { error } = await node(() => ({ input: () => Promise.reject(new TypeError('odd')) })).take({});
    assert.equal((error as LedgerError).code, 'internal-error');
  });

  it('R221, R223: no secret and no address leaves in an error, a status or a log', async () => {
    const secret = 'canary-secret-value';
    const made = node(
      (context) => {
        context.status.failed(`with ${secret}`);
        return {
          input: () =>
            Promise.reject(
              new Error(`Bearer abcdefghijkl ${secret} client_secret=${secret} canary@example.com failed`),
            ),
        };
      },
      {},
      { secret },
    );
    const { error } = await made.take({});
    const visible = JSON.stringify([
      String(error),
      (error as LedgerError).details,
      made.statuses,
      made.errors,
    ]);
    assert.doesNotMatch(visible, /canary/);
    assert.equal((error as Error).cause, undefined);
  });

  it('wrong settings name the field, set a status, and fail each message instead of the process', async () => {
    const made = node(() => ({}), { limit: 0 });
    assert.match(made.errors[0] ?? '', /limit: must be at least 1/);
    assert.equal(made.statuses[0]?.text, 'check the settings');
    const { error, times } = await made.take({});
    assert.deepEqual([(error as LedgerError).code, times], ['config-invalid', 1]);
  });

  it('a start that throws leaves a node that says why', async () => {
    const made = node(() => {
      throw new Error('no such thing');
    });
    assert.equal((await made.take({})).times, 1);
    assert.match(made.errors[0] ?? '', /no such thing/);
  });

  it('on close it aborts, waits for the work under way, and closes the behaviour once', async () => {
    const order: string[] = [];
    let release: () => void = () => undefined;
    const made = node((context) => ({
      input: async () => {
        await new Promise<void>((resolve) => (release = resolve));
        order.push(context.signal.aborted ? 'work ended, aborted' : 'work ended');
      },
      close: () => void order.push('closed'),
    }));
    const work = made.take({});
    const ended = made.end().then(() => order.push('done'));
    release();
    await Promise.all([work, ended]);
    assert.deepEqual(order.at(-1), 'done');
    assert.ok(order.includes('work ended, aborted') && order.includes('closed'));
  });

  it('background work that fails is reported and ends nothing', async () => {
    const made = node((context) => {
      context.background(() => Promise.reject(new Error('in the background')));
      return {};
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(made.errors, ['in the background']);
    await made.end();
  });
});
