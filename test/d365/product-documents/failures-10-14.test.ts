import assert from 'node:assert/strict';
import { returnKey } from '../../../nodes/returns/event';
import { CATALOGUE } from '../../../nodes/returns/exception-catalogue';
import { erpFault } from '../../../nodes/runtime/erp-fault';
import { addOrder } from '../../../nodes/sandbox/world';
import { openMemoryStore } from '../../../nodes/store/sqlite';
import { returnOf } from '../../support/bc-bench';
import {
  announced,
  arrived,
  isFscm,
  onBoth,
  only,
  soldFor,
  type BcRig,
  type FscmRig,
} from '../../support/d365-both-products';
import { failureOf, outcomeOf, POLICIES, told } from '../../support/d365-product-rig';

onBoth(
  'C1 row 10 (ZigZag: original order missing)',
  'no call without a number, no write without a sale',
  async (rig, product) => {
    const order = addOrder(rig.world, { state: 'unknown-to-erp' });
    const of = returnOf(order);
    await rig.connector.ready();
    rig.calls();
    const nameless = { ...of, order: { number: null, id: null } };
    assert.equal(outcomeOf(await rig.announce(nameless)), 'order-reference-missing, integration');
    const strange = await rig.announce(
      { ...of, order: { number: 'X*', id: null } },
      { orderPattern: /^AC-\d+$/ },
    );
    assert.equal(outcomeOf(strange), 'order-reference-invalid, integration');
    assert.deepEqual(rig.calls(), []);
    assert.equal(outcomeOf(await rig.announce(of)), 'order-unknown, customer service');
    const looked = rig.calls();
    assert.ok(looked.length > 0 && looked.every((call) => call.startsWith('GET ')), looked.join());
    // The shop's import is made good: the same event goes through, once.
    order.state = 'invoiced';
    rig.simulator.takeOver(order);
    await announced(rig, of);
    await announced(rig, of);
    assert.deepEqual(
      rig.writes(),
      product === 'fscm'
        ? ['POST ReturnOrderHeadersV2', ...order.lines.map(() => 'POST ReturnOrderLinesV2')]
        : ['POST salesCreditMemos'],
    );
    // In Business Central the import took the sale's own goods out; nothing has come back.
    assert.ok(Object.values(rig.stock()).every((units) => units < 0));
    assert.deepEqual(rig.credited(), []);
  },
);

onBoth(
  'C1 row 11 (Happy Returns: number conflicts)',
  'ours is looked up before it is made, and other content is a conflict',
  async (rig, product) => {
    const of = returnOf(rig.order());
    await announced(rig, of);
    const set = product === 'fscm' ? 'ReturnOrderHeadersV2' : 'salesCreditMemos';
    const calls = rig.calls();
    assert.ok(
      calls.indexOf(`GET ${set}`) < calls.indexOf(`POST ${set}`) && calls.includes(`GET ${set}`),
      calls.join(),
    );
    // Another process that knows nothing finds it.
    const found = await rig.connector.createReturnOrder(of, POLICIES.order, await openMemoryStore());
    assert.ok(found.outcome === 'posted' && !found.created);
    assert.deepEqual(rig.writes(), []);
    if (isFscm(rig))
      rig.simulator.change('ReturnOrderLinesV2', () => true, { ExternalItemNumber: 'of somebody else' });
    else rig.simulator.change('salesCreditMemoLines', { lineType: 'Item' }, { quantity: 9 });
    const strange = await rig.connector.createReturnOrder(of, POLICIES.order, await openMemoryStore());
    assert.equal(outcomeOf(strange), 'document-conflict, integration');
    assert.deepEqual(rig.writes(), []);
    const held = isFscm(rig) ? rig.simulator.observer.returnOrders() : rig.simulator.observer.drafts();
    assert.equal(held.length, 1);
  },
);

onBoth(
  'C1 row 12 (Happy Returns: rounding)',
  'a penny is told with both figures, or passes where finance tolerates it',
  async (rig) => {
    const [first, second] = rig.world.orders.filter(({ state }) => state === 'invoiced');
    assert.ok(first && second);
    for (const [order, toleranceMinor] of [
      [first, 0],
      [second, 5],
    ] as const) {
      const of = returnOf(order);
      await announced(rig, of);
      const event = await arrived(rig, of);
      if (isFscm(rig)) {
        // A person rounds a line in D365.
        let once = true;
        const mine = rig.simulator.observer.returnOrders().at(-1)?.number;
        rig.simulator.change(
          'ReturnOrderLinesV2',
          (row) => {
            const hit = once && row['ReturnOrderNumber'] === mine;
            if (hit) once = false;
            return hit;
          },
          { LineAmount: -(order.lines[0]?.amountMinor ?? 0) / 100 + 0.01 },
        );
      } else {
        const coarse = [3, 7, 9].find((minor) => soldFor(order) % minor !== 0);
        rig.simulator.dials.invoiceRounding = coarse ?? 0;
      }
      const { made, problem } = await rig.credit(event, { toleranceMinor });
      assert.equal(made.length, 1);
      if (toleranceMinor === 0) {
        assert.equal(told(problem), 'amount-mismatch, finance');
        assert.match(JSON.stringify(problem?.lines), /USD.*USD/);
      } else assert.equal(problem, null, JSON.stringify(problem));
      // It stands as the ERP has it, and a repeat posts nothing.
      assert.equal(made[0]?.amount?.minor, -(rig.credited().at(-1) ?? 0));
      rig.calls();
      await rig.credit(event, { toleranceMinor });
      assert.deepEqual(rig.writes(), []);
    }
    assert.equal(rig.credited().length, 2);
  },
);

onBoth(
  'C1 row 13 (Happy Returns: rate limits)',
  'a refused call is made again after the wait that was told, and posts once',
  async (rig, product) => {
    const of = returnOf(rig.order());
    await rig.connector.ready();
    const { dials } = rig.simulator;
    dials.throttleNext = 30;
    dials.retryAfterSeconds = 40;
    if ('throttleRetryAfterSeconds' in dials) dials.throttleRetryAfterSeconds = 40;
    const error = await failureOf(rig.announce(of));
    assert.deepEqual(
      [error.code, error.class, error.retryAfterMs],
      ['d365-throttled', 'rate-limited', 40_000],
    );
    assert.deepEqual(
      [erpFault(error).code, CATALOGUE[erpFault(error).code].owner],
      ['erp-unavailable', 'integration'],
    );
    dials.throttleNext = 2;
    const from = rig.time.now;
    rig.calls();
    const outcome = await rig.inTheEnd(() => rig.announce(of));
    assert.equal(outcomeOf(outcome), 'posted');
    assert.ok(rig.time.now - from >= 40_000);
    const held = isFscm(rig) ? rig.simulator.observer.returnOrders() : rig.simulator.observer.drafts();
    assert.equal(held.length, 1);
    // Many returns go together: fewer calls than returns in one product, at most five at a time in the other.
    const others = rig.world.orders.filter((one) => one.state === 'invoiced').slice(10, 30);
    const before = rig.connector.calls;
    const refused = repliesOf(rig);
    const made = await rig.connector.createReturnOrders(
      others.map((one) => returnOf(one)),
      POLICIES.order,
      rig.store,
    );
    assert.ok(made.every((one) => 'outcome' in one && one.outcome === 'posted'));
    if (product === 'fscm') assert.ok(rig.connector.calls - before < others.length, 'batched');
    else assert.equal(repliesOf(rig), refused);
  },
);

function repliesOf(rig: FscmRig | BcRig): number {
  return isFscm(rig) ? 0 : rig.simulator.observer.throttleReplies();
}

onBoth(
  'C1 row 14 (Happy Returns: blocked credit memos)',
  'customer, period and document are told before anything is posted',
  async (rig) => {
    const order = rig.order();
    const of = returnOf(order);
    await announced(rig, of);
    const event = await arrived(rig, of);
    const stocked = rig.stock();
    rig.calls();
    if (isFscm(rig)) {
      const [held] = rig.simulator.observer.returnOrders();
      assert.ok(held);
      for (const hold of ['All', 'Invoice']) {
        rig.simulator.change('CustomersV3', (row) => row['CustomerAccount'] === order.customer, {
          OnHoldStatus: hold,
        });
        const error = await failureOf(rig.credit(event));
        assert.deepEqual([told(error), error.class], ['customer-on-hold, finance', 'state-blocked']);
      }
      rig.simulator.change('CustomersV3', () => true, { OnHoldStatus: 'No' });
      rig.simulator.operator.stopOrder(held.number);
      assert.equal((await failureOf(rig.credit(event))).code, 'order-locked');
      rig.simulator.operator.resumeOrder(held.number);
      rig.simulator.operator.setPeriod('2026-03-20', 'OnHold');
      assert.equal(
        told((await rig.credit(event, { closedPeriod: 'park' })).problem),
        'period-closed, finance',
      );
      rig.simulator.operator.setPeriod('2026-03-20', 'Open');
      await rig.time.wait(24 * 3_600_000);
      assert.deepEqual(rig.writes(), []);
    } else {
      const [draft] = rig.simulator.observer.drafts();
      assert.ok(draft);
      rig.simulator.setDraftStatus(draft.id, 'In Review');
      const error = await failureOf(rig.credit(event));
      assert.deepEqual([error.code, error.class], ['d365-draft-in-review', 'state-blocked']);
      rig.simulator.setDraftStatus(draft.id, 'Draft');
      assert.deepEqual(rig.writes(), []);
      rig.simulator.change('customers', { number: order.customer }, { blocked: 'All' });
      assert.equal(told((await rig.credit(event)).problem), 'customer-on-hold, finance');
      rig.simulator.change('customers', { number: order.customer }, { blocked: ' ' });
      rig.simulator.dials.inventoryClosedUntil = '2026-03-25';
      assert.equal(
        told((await rig.credit(event, { closedPeriod: 'park' })).problem),
        'period-closed, finance',
      );
      rig.simulator.dials.inventoryClosedUntil = '';
    }
    assert.deepEqual([rig.credited(), rig.stock()], [[], stocked]);
    only(await rig.credit(event));
    await rig.credit(event);
    assert.deepEqual(rig.credited(), [soldFor(order)]);
    assert.equal(
      (await rig.store.documentsOf(returnKey(of))).filter(({ kind }) => kind === 'credit-note').length,
      1,
    );
  },
);
