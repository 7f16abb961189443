import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { SendValue } from '../../nodes/runtime/node-red';
import { returnOf, writesOf } from '../support/brightpearl-rig';
import { goodsRig, type GoodsRig } from '../support/brightpearl-goods';
import { deliver, nodeOf, sentOf } from '../support/brightpearl-nodes';
import type { FakeNode } from '../support/fake-node-red';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The longest that is waited between two looks at a state; see FAILURE_RULES. */
const ONE_LOOK = 30 * MINUTE;
/** Turns of the event loop in which everything is done that is due at a minute. */
const TURNS = 200;

const CREDIT = 'POST /order-service/sales-credit';
const NOTE = 'POST /warehouse-service/order/{id}/goods-note/goods-in';

interface Course {
  /** From the event to the message that left the last node, in milliseconds of simulated time. */
  tookMs: number;
  /** Looks in all, and looks until it opened. */
  looks: number;
  looksBefore: number;
  /** What was written to Brightpearl until then. */
  writesBefore: Record<string, number>;
  sent: SendValue[];
}

/** Sends an event through a flow, minute by minute; after some hours something is done that lets it through. */
async function openingAfter(
  hours: number,
  rig: GoodsRig,
  flow: FakeNode,
  event: ReturnEvent,
  open: () => unknown,
): Promise<Course> {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: rig.time.now });
  try {
    const began = Date.now();
    let looks = 0;
    let outAt = 0;
    const delivered = deliver(rig, flow, event, (attempt) => {
      looks = attempt;
      return undefined;
    }).finally(() => {
      outAt = Date.now();
    });
    const passing = async (until: number): Promise<void> => {
      while (outAt === 0 && Date.now() < until) {
        rig.time.now += MINUTE;
        mock.timers.tick(MINUTE);
        for (let at = 0; at < TURNS; at += 1) await turn();
      }
    };
    await passing(began + hours * HOUR);
    assert.equal(outAt, 0, 'nothing goes on before it is open');
    const before = { looksBefore: looks, writesBefore: writesOf(rig.simulator) };
    await open();
    await passing(began + (hours + 24) * HOUR);
    assert.notEqual(outAt, 0, 'it goes on by itself');
    const { attempts, sent } = await delivered;
    return { ...before, tookMs: outAt - began, looks: attempts, sent };
  } finally {
    mock.timers.reset();
  }
}

/** Nodes one behind the other, as one: what the first passes on is what the next gets. */
function inARow(first: FakeNode, next: FakeNode): FakeNode {
  const take: FakeNode['take'] = async (message) => {
    const taken = await first.take(message);
    const [on] = sentOf(taken.sent).passed;
    return on ? next.take(on) : taken;
  };
  return Object.assign(Object.create(first) as FakeNode, { take });
}

function assertByItself(course: Course, rig: GoodsRig): void {
  const { passed, held } = sentOf(course.sent);
  assert.deepEqual([passed.length, held.length], [1, 0]);
  assert.equal(course.looks, course.looksBefore + 1, 'the next look is the one');
  assert.ok(course.tookMs - 3 * HOUR <= ONE_LOOK, `${course.tookMs / MINUTE} minutes`);
  assert.equal(rig.simulator.observer.goodsInNotes().length, 1);
}

describe('R162: what opens later is picked up without a person', () => {
  it('R162, R155: an order that is locked for 3 hours: credit and arrival post within one look, no call before', async () => {
    const rig = await goodsRig();
    const id = rig.simulator.orderId(rig.order.number) ?? 0;
    rig.simulator.lockOrder(id, 'invoice-pending');
    const credit = nodeOf(rig, 'brightpearl-sales-credit', { creditOn: 'on-received' });
    const goods = nodeOf(rig, 'brightpearl-goods-in');
    const event = returnOf(rig.order, undefined, { topic: 'return.received' });
    const course = await openingAfter(3, rig, inARow(credit, goods), event, () =>
      rig.simulator.unlockOrder(id),
    );
    assert.ok(course.looksBefore >= 6, `${course.looksBefore} looks in 3 hours`);
    assert.deepEqual(course.writesBefore, {});
    assertByItself(course, rig);
    assert.deepEqual(writesOf(rig.simulator), { [CREDIT]: 1, [NOTE]: 1 });
    assert.equal((await rig.store.countExceptions()).open, 0);
  });

  it('R162: goods whose credit comes 3 hours later are booked within one look, no call before', async () => {
    const rig = await goodsRig();
    const goods = nodeOf(rig, 'brightpearl-goods-in');
    const event = returnOf(rig.order, undefined, { topic: 'return.received' });
    const course = await openingAfter(3, rig, goods, event, () => rig.creditFor());
    assert.ok(course.looksBefore >= 6, `${course.looksBefore} looks in 3 hours`);
    assert.deepEqual(course.writesBefore, {});
    assertByItself(course, rig);
    assert.deepEqual(writesOf(rig.simulator), { [CREDIT]: 1, [NOTE]: 1 });
    assert.equal((await rig.store.countExceptions()).open, 0);
  });
});
