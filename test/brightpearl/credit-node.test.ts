import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { intake, newEvent } from '../support/events';
import { creditNode, type NodeRig } from '../support/brightpearl-node';
import { orderWhere, returnOf, writesOf } from '../support/brightpearl-rig';

type Outputs = (NodeMessage | null)[];

/** What came out of the node for an event, output by output. */
async function outputsOf(rig: NodeRig, event: ReturnType<typeof returnOf>): Promise<Outputs[]> {
  const { error, sent } = await rig.node.take({ topic: event.topic, payload: event });
  assert.equal(error, undefined);
  return sent as Outputs[];
}

const codeIn = (outputs: Outputs | undefined): string | undefined =>
  (outputs?.[1]?.['exception'] as ReturnException | undefined)?.code;

describe('when the credit is made', () => {
  it('R91, R87: at the stage that is set, and events before it go on untouched, without a call', async () => {
    const stages = ['return.started', 'return.dropped_off', 'return.received', 'return.accepted'] as const;
    const timings = ['on-initiation', 'on-scan', 'on-received', 'on-accepted'] as const;
    for (const [index, creditOn] of timings.entries()) {
      const rig = await creditNode({ creditOn });
      const order = orderWhere(rig.world, () => true);
      for (const [at, topic] of stages.entries()) {
        const came = await rig.take(returnOf(order, 1, { topic }));
        assert.equal(came.passed, true);
        assert.equal(came.documents.length, at >= index ? 1 : 0, `${creditOn}: ${topic}`);
      }
      assert.deepEqual(writesOf(rig.simulator), { 'POST /order-service/sales-credit': 1 });
      await rig.end();
    }
  });

  it('never at a rejection, a cancellation or an update', async () => {
    const rig = await creditNode({ creditOn: 'on-initiation' });
    const order = orderWhere(rig.world, () => true);
    for (const topic of ['return.rejected', 'return.cancelled', 'return.updated'] as const) {
      const came = await rig.take(returnOf(order, 1, { topic }));
      assert.deepEqual([came.passed, came.exception], [true, null]);
    }
    assert.equal(rig.simulator.observer.calls(), 0);
    await rig.end();
  });
});

describe('R94: goods that are rejected after the money is out', () => {
  it('are finance’s, and go on as well, so that they can be booked in', async () => {
    const rig = await creditNode();
    const order = orderWhere(rig.world, () => true);
    await rig.take(returnOf(order));
    const [raised, passed] = await outputsOf(rig, returnOf(order, undefined, { topic: 'return.rejected' }));
    assert.equal(codeIn(raised), 'credited-but-rejected');
    assert.ok(passed?.[0]);
    assert.equal(passed[0]['exception'], undefined);
    const [cancelled] = await outputsOf(rig, returnOf(order, undefined, { topic: 'return.cancelled' }));
    assert.equal(codeIn(cancelled), 'credited-but-cancelled');
    await rig.end();
  });

  it('whose credit was to come are missed by nobody, and an alarm about them ends', async () => {
    const rig = await creditNode({ creditOn: 'on-accepted', creditWithinHours: 1 });
    const order = orderWhere(rig.world, () => true);
    const ago = new Date(Date.now() - 7_200_000).toISOString();
    const { event } = newEvent({ ...returnOf(order, 1, { topic: 'return.received' }), occurredAt: ago });
    await rig.store.accept(intake([{ event, returnKey: returnKey(event), exception: null }]));
    await rig.take(event);
    await rig.ask('unpaired');
    assert.equal(rig.node.sent.length, 1);
    await rig.take(returnOf(order, 1, { topic: 'return.rejected', occurredAt: ago }));
    const { goodsWithoutCredit } = (await rig.ask('unpaired')) as {
      goodsWithoutCredit: { overdue: boolean }[];
    };
    assert.deepEqual(
      goodsWithoutCredit.map(({ overdue }) => overdue),
      [false],
    );
    assert.equal(rig.node.sent.length, 1);
    await rig.end();
  });
});

describe('what a person mends is read anew', () => {
  it('R54: a tax code that was restored counts at once', async () => {
    const taxCodes = [{ id: 7, code: 'T20', description: 'Standard', rate: 20 }];
    const rig = await creditNode({}, { taxCodes, taxCodeOf: () => 'T17' });
    const order = orderWhere(rig.world, () => true);
    assert.equal((await rig.take(returnOf(order))).exception?.code, 'tax-unmapped');
    taxCodes.push({ id: 8, code: 'T17', description: 'Old rate', rate: 17 });
    assert.equal((await rig.take(returnOf(order))).passed, true);
    await rig.end();
  });

  it('R163: a period that was opened counts at once', async () => {
    const rig = await creditNode({ closedPeriod: 'park' });
    rig.simulator.dials.periodLockedUntil = '2030-01-01';
    const order = orderWhere(rig.world, () => true);
    const held = await rig.take(returnOf(order));
    assert.deepEqual([held.exception?.code, held.exception?.owner], ['period-closed', 'finance']);
    rig.simulator.dials.periodLockedUntil = '';
    assert.equal((await rig.take(returnOf(order))).passed, true);
    await rig.end();
  });
});

describe('what the node answers', () => {
  it('refuses a command it does not know, and a payout row that it cannot read, in a sentence', async () => {
    const rig = await creditNode();
    const wrong = await rig.node.take({ command: 'explode' });
    assert.match((wrong.error as Error).message, /exposure, unpaired, deferred, match-payout/);
    const row = await rig.node.take({
      command: 'match-payout',
      payload: [{ reference: 'AC-1', amount: '1' }],
    });
    assert.match((row.error as Error).message, /Row 1 of the payout: currency/);
    await rig.end();
  });

  it('R98, R206: what is out, by age, falls when goods come', async () => {
    const rig = await creditNode();
    const [first, second] = rig.world.orders;
    assert.ok(first && second);
    await rig.take(returnOf(first));
    await rig.take(returnOf(second));
    const sum = (order: typeof first): number =>
      order.lines.reduce((all, { amountMinor }) => all + amountMinor, 0);
    const out = async (): Promise<number> =>
      ((await rig.ask('exposure')) as { minor: number }[]).reduce((all, { minor }) => all + minor, 0);
    assert.equal(await out(), sum(first) + sum(second));
    await rig.take(returnOf(first, undefined, { topic: 'return.received' }));
    assert.equal(await out(), sum(second));
    await rig.end();
  });
});
