import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RouterAlerts, type Alert } from '../../nodes/flow/router-alerts';
import type { ReturnException } from '../../nodes/returns/exception';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { newEvent, NOW } from '../support/events';
import { creditNode, type Came, type NodeRig } from '../support/brightpearl-node';
import { orderWhere, returnOf } from '../support/brightpearl-rig';
import { routerRig } from '../support/router-rig';

const MINUTE = 60_000;

/** Brightpearl makes a penny more of the tax than it was sent, in each credit. */
function roundsOnItsOwn({ simulator }: NodeRig): void {
  const handle = simulator.handle.bind(simulator);
  simulator.handle = async (request) => {
    const answer = await handle(request);
    if (request.method === 'POST' && request.url.endsWith('/order-service/sales-credit')) {
      const made = simulator.observer.salesCredits().at(-1);
      const row = made?.rows[0];
      assert.ok(made && row);
      simulator.changeRow(made.id, row.rowId, { tax: row.tax + 1 });
    }
    return answer;
  };
}

async function mismatched(rig: NodeRig, returnId: string, at: number): Promise<Came & { credit: string }> {
  const order = rig.world.orders[at] ?? orderWhere(rig.world, () => true);
  const came = await rig.take(returnOf(order, 1, { returnId, returnNumber: returnId }));
  return { ...came, credit: came.documents[0]?.number ?? '' };
}

const alertOf = (message: NodeMessage | undefined): Alert => message?.['alert'] as Alert;

describe('R58, R57, R191: a rounding difference reaches finance at once', () => {
  it('R58: the alert names the document, what was meant and what is there, and who acts', async () => {
    const rig = await creditNode();
    roundsOnItsOwn(rig);
    const { exception, credit, passed } = await mismatched(rig, 'HR1', 0);
    assert.deepEqual([passed, exception?.code, exception?.owner], [false, 'amount-mismatch', 'finance']);
    const [tax] = (exception?.lines ?? []).filter(({ field }) => field === 'tax');
    assert.ok(tax?.expected && tax.received);
    const router = await routerRig({ outputs: 8 });
    const began = Date.now();
    await router.raise('HR1', exception as ReturnException);
    const [told, ...more] = await router.until(7, 1);
    assert.ok(Date.now() - began < MINUTE);
    assert.deepEqual(more, []);
    assert.deepEqual([alertOf(told).kind, alertOf(told).owner], ['raised', 'finance']);
    const text = String(told?.['payload']);
    assert.match(
      text,
      new RegExp(`sales credit ${credit}, tax: ${tax.expected} meant, ${tax.received} there`),
    );
    assert.match(text, /^Who has to act: finance$/m);
    await router.end();
    await rig.end();
  });

  it('R58: so is the next one, however long alerts of other causes are held back', async () => {
    const rig = await creditNode();
    roundsOnItsOwn(rig);
    const store = await openMemoryStore();
    let time = Date.parse(NOW);
    const sent: { at: number; alert: Alert }[] = [];
    const alerts = new RouterAlerts({
      store,
      router: 'router',
      send: (message) => sent.push({ at: time, alert: alertOf(message) }),
      canSend: () => true,
      clock: { now: () => time },
      everyMs: 60 * MINUTE,
    });
    const raised: { at: number; credit: string }[] = [];
    for (const [at, returnId] of ['HR1', 'HR2', 'HR3'].entries()) {
      const { exception, credit } = await mismatched(rig, returnId, at);
      const { event, returnKey } = newEvent({ returnId });
      const message = JSON.stringify({ topic: event.topic, payload: event, documents: [] });
      const parked = { exception: exception as ReturnException, message, alert: true };
      await store.parkException({ returnKey, router: 'router', ...parked }, new Date(time).toISOString());
      raised.push({ at: time, credit });
      // The router looks every 15 seconds.
      for (let look = 0; look < (at === 0 ? 1 : 8); look += 1) {
        await alerts.look();
        time += 15_000;
      }
    }
    assert.deepEqual(
      sent.map(({ alert }) => [alert.kind, alert.count]),
      [
        ['raised', 1],
        ['update', 2],
        ['update', 3],
      ],
    );
    for (const [at, { at: when }] of raised.entries()) assert.ok((sent[at]?.at ?? 0) - when < MINUTE);
    const { found } = await store.findExceptions({ sort: 'rank', limit: 10 }, new Date(time).toISOString());
    const named = raised.map(({ credit }) => credit);
    for (const id of sent.at(-1)?.alert.exceptions ?? []) {
      const summary = found.find((one) => one.id === id)?.exception.summary ?? '';
      assert.ok(
        named.some((credit) => summary.includes(`sales credit ${credit}`)),
        summary,
      );
    }
    assert.equal(sent.at(-1)?.alert.exceptions.length, 3);
    await store.close();
    await rig.end();
  });
});

describe('R82: a refund that fails for its payment method reaches finance at once', () => {
  it('the alert names the method, and nothing was paid back', async () => {
    const rig = await creditNode({ refund: true, methods: [] });
    const order = orderWhere(rig.world, () => true);
    const { exception, passed } = await rig.take(returnOf(order));
    assert.deepEqual(
      [passed, exception?.code, exception?.owner],
      [false, 'payment-method-unmapped', 'finance'],
    );
    assert.deepEqual(rig.simulator.observer.payments(), []);
    const router = await routerRig({ outputs: 8 });
    const began = Date.now();
    await router.raise('HR1', exception as ReturnException);
    const [told] = await router.until(7, 1);
    assert.ok(Date.now() - began < MINUTE);
    assert.equal(alertOf(told).owner, 'finance');
    await router.end();
    await rig.end();
  });
});
