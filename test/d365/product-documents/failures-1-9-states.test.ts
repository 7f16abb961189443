import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey, type ReturnEvent } from '../../../nodes/returns/event';
import type { WorldOrder } from '../../../nodes/sandbox/world';
import { rejected, returnOf } from '../../support/bc-bench';
import { deliver, exceptionOf, messageOf, sentOf } from '../../support/brightpearl-nodes';
import {
  BC_DRAFT,
  BC_POST,
  FSCM_ARRIVAL_CHECKS,
  fscmJournal,
  fscmReturnOrder,
} from '../../support/d365-call-sequences';
import {
  acceptedAs,
  bcRig,
  failureOf,
  fscmRig,
  outcomeOf,
  received,
  told,
  type ProductRig,
} from '../../support/d365-product-rig';
import { unpaired } from '../../support/halves';

/** A return of all goods of an order, announced. */
async function announced<Rig extends ProductRig<never> | ProductRig>(
  rig: Rig,
): Promise<{ rig: Rig; sold: WorldOrder; of: ReturnEvent; units: number; total: number }> {
  const sold = rig.order();
  const of = returnOf(sold);
  assert.equal(outcomeOf(await rig.announce(of)), 'posted');
  rig.calls();
  const units = sold.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const total = sold.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return { rig, sold, of, units, total };
}

/** The next look comes at once. */
function impatient(rig: ProductRig<never> | ProductRig): void {
  const soon = { ...rig.connector.waitLimits, stateFirstMs: 1 };
  Object.defineProperty(rig.connector, 'waitLimits', { value: soon });
}

describe('C1 row 1 (Happy Returns: the return order must be open)', () => {
  it('C1 row 1, Finance & SCM: a stopped return order gets no journal, and its goods are registered once when it goes on', async () => {
    const { rig, of, sold, units } = await announced(await fscmRig());
    const { operator, observer } = rig.simulator;
    const [order] = observer.returnOrders();
    assert.ok(order);
    // Created, not Open, is what an order is before its goods arrive (A4.1).
    assert.equal(order.status, 'Created');
    operator.stopOrder(order.number);
    const wait = await failureOf(rig.receive(received(of)));
    assert.deepEqual([wait.class, told(wait)], ['state-blocked', 'return-order-locked, customer service']);
    assert.deepEqual(rig.calls(), FSCM_ARRIVAL_CHECKS);
    assert.deepEqual(rig.stock(), {});
    operator.resumeOrder(order.number);
    assert.equal((await rig.receive(received(of))).problem, null);
    assert.deepEqual(rig.writes(), [...fscmJournal(sold.lines.length), 'POST postArrivalJournal']);
    await rig.receive(received(of));
    assert.deepEqual(rig.writes(), []);
    assert.deepEqual(Object.values(rig.stock()), [units]);
    assert.equal(observer.returnOrders()[0]?.status, 'Open');
  });

  it('C1 row 1, Finance & SCM: a return order that is stopped while its journal is written waits too, and nothing is there twice', async () => {
    const { rig, of, units } = await announced(await fscmRig());
    const { operator, observer } = rig.simulator;
    const number = observer.returnOrders()[0]?.number ?? '';
    const handle = rig.simulator.handle.bind(rig.simulator);
    let stopped = false;
    rig.simulator.handle = (request) => {
      if (!stopped && request.body.includes('ItemQuantity')) {
        stopped = true;
        operator.stopOrder(number);
      }
      return handle(request);
    };
    const wait = await failureOf(rig.receive(received(of)));
    assert.ok(stopped);
    assert.equal(told(wait), 'return-order-locked, customer service');
    assert.deepEqual(rig.stock(), {});
    operator.resumeOrder(number);
    assert.equal((await rig.receive(received(of))).problem, null);
    assert.equal(observer.arrivals().length, 1);
    assert.deepEqual(Object.values(rig.stock()), [units]);
  });

  it('C1 row 1, Finance & SCM: a cancelled return order is customer service’s, and no journal is made', async () => {
    const { rig, of } = await announced(await fscmRig());
    const { operator, observer } = rig.simulator;
    operator.cancelOrder(observer.returnOrders()[0]?.number ?? '');
    const { problem } = await rig.receive(received(of));
    assert.equal(told(problem), 'return-order-closed, customer service');
    assert.deepEqual(rig.calls(), FSCM_ARRIVAL_CHECKS);
    assert.deepEqual(observer.arrivals(), []);
  });

  it('C1 row 1, Finance & SCM: the node waits in the store, knows the goods without stock (sync illusion), and goes on by itself', async (t) => {
    const { rig, of, units } = await announced(await fscmRig());
    const { operator, observer } = rig.simulator;
    const number = observer.returnOrders()[0]?.number ?? '';
    operator.stopOrder(number);
    impatient(rig);
    const node = rig.node('d365-item-arrival', { journalName: 'RETARR' });
    t.after(() => node.end());
    const seen: unknown[] = [];
    const { sent, attempts } = await deliver(rig, node, received(of), async () => {
      seen.push(...((await unpaired(rig.store))['goods without stock'] ?? []));
      operator.resumeOrder(number);
    });
    assert.deepEqual([attempts, seen], [2, [returnKey(of)]]);
    assert.deepEqual([sentOf(sent).passed.length, sentOf(sent).held.length], [1, 0]);
    assert.deepEqual(Object.values(rig.stock()), [units]);
    assert.equal((await unpaired(rig.store))['goods without stock'], undefined);
  });

  it('C1 row 1, Business Central: a draft in approval is not posted, and is posted once when it is free', async () => {
    const { rig, of, units, total } = await announced(await bcRig());
    const id = rig.simulator.observer.drafts()[0]?.id ?? '';
    rig.simulator.setDraftStatus(id, 'In Review');
    const wait = await failureOf(rig.credit(acceptedAs(of, null)));
    assert.deepEqual([wait.class, told(wait)], ['state-blocked', 'credit-needs-authorisation, finance']);
    assert.deepEqual(rig.calls(), ['GET salesCreditMemos']);
    assert.deepEqual([rig.credited(), rig.stock()], [[], {}]);
    rig.simulator.setDraftStatus(id, 'Draft');
    assert.equal((await rig.credit(acceptedAs(of, null))).problem, null);
    assert.deepEqual(rig.calls(), BC_POST);
    await rig.credit(acceptedAs(of, null));
    assert.deepEqual(rig.calls(), []);
    assert.deepEqual([rig.credited(), rig.stock()], [[total], { RETQC: units }]);
  });

  it('C1 row 1, Business Central: the node waits in the store for the approval, and goes on by itself', async (t) => {
    const { rig, of, total } = await announced(await bcRig());
    const id = rig.simulator.observer.drafts()[0]?.id ?? '';
    rig.simulator.setDraftStatus(id, 'In Review');
    impatient(rig);
    const node = rig.node('d365-credit-note');
    t.after(() => node.end());
    const { sent, attempts } = await deliver(rig, node, acceptedAs(of, null), () => {
      rig.simulator.setDraftStatus(id, 'Draft');
      return undefined;
    });
    assert.deepEqual([attempts, sentOf(sent).passed.length, sentOf(sent).held.length], [2, 1, 0]);
    assert.deepEqual(rig.credited(), [total]);
  });
});

describe('C1 row 3 (Happy Returns: liability gap when the credit is made at drop-off)', () => {
  const droppedOff = (of: ReturnEvent): ReturnEvent => ({ ...of, topic: 'return.dropped_off' });

  it('C1 row 3, Finance & SCM: a drop-off makes the return order and nothing else', async (t) => {
    const rig = await fscmRig();
    const sold = rig.order();
    const of = returnOf(sold);
    const create = rig.node('d365-create-return-order', { warehouse: 'RETQC' });
    t.after(() => create.end());
    const made = sentOf((await create.take(messageOf(droppedOff(of)))).sent);
    assert.equal(made.passed.length, 1);
    assert.deepEqual(rig.calls(), fscmReturnOrder(sold.lines.length));
    for (const type of ['d365-item-arrival', 'd365-credit-note'] as const) {
      const node = rig.node(type, { journalName: 'RETARR', refund: 'journal' });
      t.after(() => node.end());
      assert.equal(sentOf((await node.take(made.passed[0] ?? {})).sent).passed.length, 1);
    }
    assert.deepEqual(rig.calls(), []);
    assert.deepEqual([rig.stock(), rig.credited(), rig.refunded()], [{}, [], []]);
    assert.equal(rig.simulator.observer.returnOrders()[0]?.status, 'Created');
  });

  it('C1 row 3, Finance & SCM: rejected goods stay in quarantine and go back to the customer; nothing is ever credited', async () => {
    const { rig, of, units } = await announced(await fscmRig());
    assert.equal((await rig.receive(rejected(of))).problem, null);
    assert.deepEqual(Object.values(rig.stock()), [units]);
    const { operator, observer } = rig.simulator;
    for (const { lot } of observer.quarantine()) operator.endQuarantine(lot, { disposition: 'BACK' });
    operator.runBatchJobs('packingSlip', 'invoice');
    rig.calls();
    assert.deepEqual((await rig.credit(rejected(of))).made, []);
    assert.deepEqual(rig.writes(), []);
    assert.deepEqual([rig.credited(), rig.stock()], [[], {}]);
  });

  it('C1 row 3, Business Central: a drop-off makes a draft; goods that arrive change nothing; rejected ones take it away', async (t) => {
    const rig = await bcRig();
    const of = returnOf(rig.order());
    const create = rig.node('d365-create-return-order', { warehouse: 'RETQC' });
    t.after(() => create.end());
    const made = sentOf((await create.take(messageOf(droppedOff(of)))).sent);
    assert.equal(made.passed.length, 1);
    assert.deepEqual(rig.calls(), BC_DRAFT);
    await rig.receive(received(of));
    assert.deepEqual(rig.calls(), []);
    assert.equal(rig.simulator.observer.drafts().length, 1);
    assert.equal((await rig.receive(rejected(of))).problem, null);
    assert.equal(rig.writes().at(-1), 'DELETE salesCreditMemos');
    assert.deepEqual([rig.simulator.observer.drafts(), rig.credited(), rig.stock()], [[], [], {}]);
  });

  it('C1 row 3, Business Central: a credit that was posted wrongly is finance’s to reverse by an invoice, and stays as it is', async (t) => {
    const { rig, of, total } = await announced(await bcRig());
    const node = rig.node('d365-credit-note');
    t.after(() => node.end());
    await node.take(messageOf(acceptedAs(of, null)));
    rig.calls();
    const { held } = sentOf((await node.take(messageOf(rejected(of)))).sent);
    const exception = exceptionOf(held[0]);
    assert.deepEqual([exception.code, exception.owner], ['credited-but-rejected', 'finance']);
    assert.match(exception.detail, /reverse it by a sales invoice/);
    assert.deepEqual(rig.writes(), []);
    assert.deepEqual(rig.credited(), [total]);
  });
});

describe('C1 row 4 (Swap: stock is posted late, or not at all)', () => {
  it('C1 row 4, Finance & SCM: arrival, packing slip and credit note are each waited for, and each is made once', async () => {
    const { rig, of, sold, units, total } = await announced(await fscmRig({}, { posting: 'batch-job' }));
    const { operator } = rig.simulator;
    const ok = acceptedAs(of, 'Resellable');
    const arrival = (): Promise<unknown> => rig.receive(ok, { when: 'return.accepted' });
    const waits: string[] = [];
    const waitFor = async (work: Promise<unknown>): Promise<void> => {
      const { code, class: kind } = await failureOf(work);
      waits.push(`${kind} ${code}`);
    };
    await waitFor(arrival());
    assert.deepEqual(rig.writes(), fscmJournal(sold.lines.length));
    await waitFor(arrival());
    assert.deepEqual([rig.writes(), rig.stock()], [[], {}]);
    operator.runBatchJobs('arrival');
    await arrival();
    assert.deepEqual(Object.values(rig.stock()), [units]);
    // Posted by the job, and its packing slip is missing.
    rig.calls();
    await waitFor(rig.credit(ok));
    assert.deepEqual(rig.writes(), []);
    operator.runBatchJobs('packingSlip');
    await waitFor(rig.credit(ok));
    assert.deepEqual([rig.writes(), rig.credited()], [[], []]);
    operator.runBatchJobs('invoice');
    assert.equal((await rig.credit(ok)).problem, null);
    await rig.credit(ok);
    assert.deepEqual(waits, [
      'state-blocked d365-arrival-not-posted',
      'state-blocked d365-arrival-not-posted',
      'state-blocked d365-packing-slip-not-posted',
      'state-blocked d365-invoice-not-posted',
    ]);
    assert.deepEqual([rig.credited(), rig.stock()], [[total], { MAIN: units }]);
  });

  it('C1 row 4, Finance & SCM: what no job posts becomes an exception of the integration, and of finance', async () => {
    const { rig, of } = await announced(await fscmRig({}, { posting: 'batch-job' }));
    const ok = acceptedAs(of, 'Resellable');
    const arrival = await failureOf(rig.receive(ok, { when: 'return.accepted' }));
    assert.equal(told(arrival), 'arrival-not-posted, integration');
    rig.simulator.operator.runBatchJobs('arrival');
    await rig.receive(ok, { when: 'return.accepted' });
    assert.equal(told(await failureOf(rig.credit(ok))), 'credit-not-posted, finance');
  });

  it('C1 row 4, Finance & SCM: a posting service that says “success” and posts nothing is not believed', async () => {
    const { rig, of } = await announced(await fscmRig());
    const handle = rig.simulator.handle.bind(rig.simulator);
    rig.simulator.handle = (request) =>
      request.url.endsWith('/postArrivalJournal')
        ? Promise.resolve({
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: '{"Success":true,"DocumentNumber":"ARJ-1","Messages":[]}',
          })
        : handle(request);
    const [settled] = await Promise.allSettled([rig.receive(received(of))]);
    const heard = settled.status === 'rejected' ? (settled.reason as never) : settled.value.problem;
    assert.equal(told(heard), 'arrival-not-posted, integration');
    assert.deepEqual(rig.stock(), {});
    rig.simulator.handle = handle;
    assert.equal((await rig.inTheEnd(() => rig.receive(received(of)))).problem, null);
    assert.equal(rig.simulator.observer.arrivals().length, 1);
  });

  it('C1 row 4, Business Central: a credit without item entries is finance’s, and is not posted again', async () => {
    const { rig, of, total } = await announced(await bcRig());
    rig.simulator.dials.noItemEntriesNext = 1;
    const { made, problem } = await rig.credit(acceptedAs(of, null));
    assert.equal(made.length, 1);
    assert.equal(told(problem), 'amount-mismatch, finance');
    assert.deepEqual([...new Set(problem?.lines.map(({ field }) => field))], ['stock']);
    assert.deepEqual(rig.calls(), BC_POST);
    assert.deepEqual([rig.credited(), rig.stock()], [[total], {}]);
    await rig.credit(acceptedAs(of, null));
    assert.deepEqual([rig.calls(), rig.credited()], [[], [total]]);
  });
});
