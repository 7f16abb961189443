import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drainMinutes, plannedCallsPerReturn } from '../../nodes/brightpearl/forecast';
import { createWorld } from '../../nodes/sandbox/world';
import { brightpearlRig, posted, returnOf } from '../support/brightpearl-rig';

/** Works a list off, so many at a time, as a source with a window does. */
async function workOff<T>(
  list: readonly T[],
  together: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = [...list];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: together }, worker));
}

describe('fewest calls', () => {
  it('a return that comes quite alone costs five: order, credits on it, its rows, the credit, and its read-back', async () => {
    const { world, connector, credit } = await brightpearlRig();
    const [first, second] = world.orders;
    assert.ok(first && second);
    posted(await credit(returnOf(first)));
    const before = connector.calls;
    posted(await credit(returnOf(second)));
    assert.equal(connector.calls - before, 5);
  });

  it('T12: a backlog of 5,000 at 200 a minute drains as foretold, without one throttle reply', async () => {
    const world = createWorld({ seed: 3, orders: 5000, currency: 'GBP' });
    const { simulator, time, connector, credit } = await brightpearlRig({ world });
    const began = time.now;
    const planned = plannedCallsPerReturn({
      together: 50,
      writeTogether: true,
      invoice: false,
      refund: false,
    });
    const foretold = drainMinutes(world.orders.length, planned, connector.callsPerMinute);
    await workOff(world.orders, 50, async (order) => posted(await credit(returnOf(order))));
    const minutes = (time.now - began) / 60_000;
    const perReturn = connector.calls / world.orders.length;
    assert.equal(simulator.observer.salesCredits().length, world.orders.length);
    assert.equal(simulator.observer.throttleReplies(), 0);
    assert.ok(perReturn <= 1.5, `${perReturn} calls a return`);
    const byCalls = drainMinutes(world.orders.length, perReturn, 200);
    assert.ok(within(minutes, byCalls, 0.05), `${minutes} minutes, ${byCalls} by its calls`);
    assert.ok(within(minutes, foretold, 0.05), `${minutes} minutes, ${foretold} foretold`);
  });
});

function within(value: number, wanted: number, share: number): boolean {
  return Math.abs(value - wanted) <= wanted * share;
}
