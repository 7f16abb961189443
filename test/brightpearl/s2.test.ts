import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWorld } from '../../nodes/sandbox/world';
import { intake, line, newEvent } from '../support/events';
import { creditNode } from '../support/brightpearl-node';
import { orderWhere, returnOf, writesOf } from '../support/brightpearl-rig';

/** The failures and questions of the product document "Happy Returns and Brightpearl": detection, calls, outcome. */

const HOUR = 3_600_000;

describe('S2, the four failures', () => {
  it('F1: a locked order: seen before the call, no call, customer service’s in the end, and credited once it opens', async () => {
    const rig = await creditNode();
    const order = orderWhere(rig.world, () => true);
    const id = rig.simulator.orderId(order.number) ?? 0;
    rig.simulator.lockOrder(id, 'invoice-pending');
    const held = await rig.take(returnOf(order));
    assert.deepEqual(
      [held.passed, held.exception?.code, held.exception?.owner],
      [false, 'order-locked', 'customer service'],
    );
    assert.match(
      held.exception?.summary ?? '',
      new RegExp(`Return HR${order.number} \\(order ${order.number}\\).*invoice is pending`),
    );
    assert.deepEqual(writesOf(rig.simulator), {});
    rig.simulator.unlockOrder(id);
    const credited = await rig.take(returnOf(order));
    assert.deepEqual([credited.passed, credited.documents.length], [true, 1]);
    assert.deepEqual(writesOf(rig.simulator), { 'POST /order-service/sales-credit': 1 });
    await rig.end();
  });

  it('F2: an order that does not show what was sent: held, with expected and received side by side, no call', async () => {
    const rig = await creditNode();
    const { world, simulator } = rig;
    const order = orderWhere(world, ({ lines }) => lines.length === 1);
    const sold = order.lines[0]?.sku ?? '';
    const sent = world.items.find(({ sku }) => sku !== sold)?.sku ?? '';
    const held = await rig.take(returnOf(order, 1, { lines: [line({ sku: sent })] }));
    assert.equal(held.exception?.code, 'line-not-on-order');
    const [shown] = held.exception.lines;
    assert.match(shown?.expected ?? '', new RegExp(`× ${sold}`));
    assert.equal(shown?.received, sent);
    assert.deepEqual(writesOf(simulator), {});
    await rig.end();
    // Once the brand has said what stands for what, it is credited with the value of what was sold.
    const mapped = await creditNode({ substitutes: [{ returned: sent, sold }] });
    const same = orderWhere(mapped.world, ({ number }) => number === order.number);
    assert.equal((await mapped.take(returnOf(same, 1, { lines: [line({ sku: sent })] }))).passed, true);
    await mapped.end();
  });

  it('F3: goods that were received, and whose credit did not come: listed after the agreed time, exactly those', async () => {
    const rig = await creditNode({ creditOn: 'on-accepted', creditWithinHours: 72 });
    const { world, store } = rig;
    const ago = (hours: number): string => new Date(Date.now() - hours * HOUR).toISOString();
    const received = world.orders.slice(0, 5).map((order, index) =>
      newEvent({
        ...returnOf(order, 1, { topic: 'return.received' }),
        occurredAt: ago(index < 3 ? 73 : 10),
      }),
    );
    await store.accept(intake(received));
    for (const { event } of received) assert.equal((await rig.take(event)).passed, true);
    const listed = (await rig.ask('unpaired')) as {
      goodsWithoutCredit: { overdue: boolean; return: string }[];
    };
    const overdue = listed.goodsWithoutCredit.filter((one) => one.overdue);
    assert.deepEqual(
      overdue.map((one) => one.return).sort(),
      world.orders
        .slice(0, 3)
        .map(({ number }) => `HR${number}`)
        .sort(),
    );
    const raised = rig.node.sent.map(
      (out) => (out as { exception: { code: string; owner: string } }[])[1]?.exception,
    );
    assert.deepEqual(
      raised.map((exception) => [exception?.code, exception?.owner]),
      [1, 2, 3].map(() => ['stock-without-credit', 'finance']),
    );
    assert.equal(rig.simulator.observer.calls(), 0);
    await rig.end();
  });

  it('F4: no refund is confirmed without a credit: what fails does not leave output 1', async () => {
    const rig = await creditNode({ nominalCode: '9999' });
    const order = orderWhere(rig.world, () => true);
    const failed = await rig.take(returnOf(order));
    assert.deepEqual(
      [failed.passed, failed.documents, failed.exception?.code],
      [false, [], 'credit-line-refused'],
    );
    assert.equal(rig.simulator.observer.salesCredits().length, 0);
    await rig.end();
    const sound = await creditNode();
    const confirmed = await sound.take(returnOf(orderWhere(sound.world, () => true)));
    const [made] = sound.simulator.observer.salesCredits();
    assert.equal(confirmed.passed, true);
    assert.deepEqual(
      confirmed.documents.map(({ kind, number }) => [kind, number]),
      [['sales-credit', String(made?.id)]],
    );
    await sound.end();
  });
});

describe('S2, the five questions', () => {
  it('Q1: what if the order is locked or fully invoiced? It waits, and then it is customer service’s, never lost', async () => {
    const rig = await creditNode({ invoiceRule: 'not-invoiced' });
    const order = orderWhere(rig.world, () => true);
    const held = await rig.take(returnOf(order));
    assert.deepEqual([held.exception?.code, held.exception?.owner], ['order-locked', 'customer service']);
    assert.match(held.exception?.summary ?? '', /is invoiced \(SI-\d+\)/);
    assert.deepEqual(writesOf(rig.simulator), {});
    await rig.end();
  });

  it('Q2: can credits be matched to payouts without line-by-line work? By order, return or credit number', async () => {
    const rig = await creditNode();
    const orders = rig.world.orders.slice(0, 20);
    for (const order of orders) assert.equal((await rig.take(returnOf(order))).passed, true);
    const rows = rig.simulator.observer.salesCredits().map((credit, index) => ({
      reference: [credit.ref, String(credit.id), `HR${credit.ref}`][index % 3],
      amount: ((credit.gross + (index === 19 ? 1 : 0)) / 100).toFixed(2),
      currency: 'GBP',
    }));
    const answer = (await rig.ask('match-payout', rows)) as {
      matched: unknown[];
      explained: { explanation: string }[];
      creditedNotPaid: unknown[];
    };
    assert.deepEqual(
      [answer.matched.length, answer.explained.length, answer.creditedNotPaid.length],
      [19, 1, 1],
    );
    assert.match(answer.explained[0]?.explanation ?? '', /^paid .* credited/);
    await rig.end();
  });

  it('Q3: does the first posting succeed? 1,000 clean returns: every one at its first try, none refused (R42)', async () => {
    const world = createWorld({ seed: 9, orders: 1000, currency: 'GBP' });
    const rig = await creditNode({}, { world });
    rig.simulator.dials.throttleOff = true;
    const came = await Promise.all(world.orders.map((order) => rig.take(returnOf(order))));
    assert.equal(came.filter(({ passed }) => passed).length, 1000);
    assert.equal(rig.simulator.observer.salesCredits().length, 1000);
    const refused = rig.simulator.observer.recent().filter(({ status }) => status >= 300 && status !== 404);
    assert.deepEqual(refused, []);
    await rig.end();
  });

  it('Q4: can statuses that need authorisation be passed without a person? Where the policy allows; else it says why not', async () => {
    const account = { closeRefusedInStatuses: [20, 21] };
    const policy = { invoice: 'at-once', authorisedStatus: '22', authoriseUpTo: '50.00' };
    const rig = await creditNode(policy, account);
    const worth = (number: string): number =>
      rig.world.orders
        .find((order) => order.number === number)
        ?.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0) ?? 0;
    const small = orderWhere(rig.world, ({ number }) => worth(number) <= 5000);
    const large = orderWhere(rig.world, ({ number }) => worth(number) > 5000);
    const passed = await rig.take(returnOf(small));
    assert.deepEqual(
      passed.documents.map(({ kind }) => kind),
      ['sales-credit', 'credit-invoice'],
    );
    const held = await rig.take(returnOf(large));
    assert.deepEqual(
      [held.passed, held.exception?.code, held.exception?.owner],
      [false, 'credit-needs-authorisation', 'finance'],
    );
    assert.match(held.exception?.summary ?? '', /the flow may pass 50\.00 GBP/);
    assert.equal(rig.simulator.observer.ledger().length, 1);
    await rig.end();
  });

  it('Q5: are tax codes exact, and mixed rates right? An unknown one parks before any call (R54, R55)', async () => {
    const taxCodes = [
      { id: 7, code: 'T20', description: 'Standard', rate: 20 },
      { id: 2, code: 'T5', description: 'Reduced', rate: 5 },
    ];
    const rig = await creditNode(
      {},
      { taxCodes, taxCodeOf: (_item, index) => ['T20', 'T5', 'T17'][index % 3] ?? '' },
    );
    const codes = (skus: readonly string[]): Set<number> =>
      new Set(skus.map((sku) => rig.world.items.findIndex((item) => item.sku === sku) % 3));
    const of = (wanted: readonly number[]) =>
      orderWhere(rig.world, ({ lines }) => {
        const found = codes(lines.map(({ sku }) => sku));
        return found.size === wanted.length && wanted.every((code) => found.has(code));
      });
    const lost = await rig.take(returnOf(of([0, 2])));
    assert.deepEqual([lost.exception?.code, lost.exception?.owner], ['tax-unmapped', 'data']);
    assert.match(lost.exception?.summary ?? '', /T17/);
    assert.deepEqual(writesOf(rig.simulator), {});
    const mixed = of([0, 1]);
    assert.equal((await rig.take(returnOf(mixed))).passed, true);
    const [made] = rig.simulator.observer.salesCredits();
    assert.deepEqual(new Set(made?.rows.map(({ taxCode }) => taxCode)), new Set(['T20', 'T5']));
    assert.equal(
      made?.gross,
      mixed.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    );
    await rig.end();
  });
});
