import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LedgerError } from '../../nodes/returns/failure';
import type { ReturnEvent } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder, type WorldOrder } from '../../nodes/sandbox/world';
import { line } from '../support/events';
import {
  accepted,
  bcBench,
  bcConnector,
  codeOf,
  dyingAfter,
  CREDIT,
  inTheEnd,
  mappings,
  POLICY,
  rejected,
  returnOf,
  type BcBench,
} from '../support/bc-bench';

const services = {
  returnOrder: 'SalesReturnOrder',
  itemUnits: 'ItemUnitsOfMeasure',
  returnReasons: 'ReturnReasons',
  posting: 'ReturnPosting',
};

type Options = Parameters<typeof bcBench>[0];

function orderBench(options: Options = {}, settings: Parameters<typeof bcBench>[1] = {}): Promise<BcBench> {
  return bcBench({ services, version: 29, ...options }, { bcRoute: 'return-order', ...settings });
}

/** A bench with the return order of one return. */
async function announced(
  options: Options = {},
  fits?: (order: WorldOrder) => boolean,
): Promise<BcBench & { sold: WorldOrder; event: ReturnEvent }> {
  const bench = await orderBench(options);
  const sold = bench.order(fits);
  const event = returnOf(sold);
  assert.equal(codeOf(await bench.announce(event)), 'posted, as meant');
  return { ...bench, sold, event };
}

const received = (of: ReturnEvent, lines = of.lines): ReturnEvent => ({
  ...of,
  id: `${of.id}_received`,
  topic: 'return.received',
  lines,
});
const totalOf = (sold: WorldOrder): number => sold.lines.reduce((sum, row) => sum + row.amountMinor, 0);
const unitsOf = (sold: WorldOrder): number => sold.lines.reduce((sum, row) => sum + row.quantity, 0);
const isBlocked =
  (code: string) =>
  (thrown: unknown): boolean =>
    thrown instanceof LedgerError && thrown.code === code && thrown.class === 'state-blocked';

function unitsAt(bench: BcBench, location: string): number {
  return bench.simulator.observer
    .itemEntries()
    .filter((entry) => entry.location === location)
    .reduce((sum, { quantity: units }) => sum + units, 0);
}

/** An order of three pieces whose price does not divide, as one line. */
function threePieces(bench: BcBench): WorldOrder {
  const sku = bench.world.items.find(({ state }) => state === 'active')?.sku ?? '';
  const sold = addOrder(bench.world, { sku, quantity: 3 });
  const [row] = sold.lines;
  assert.ok(row);
  row.amountMinor = 2500;
  bench.simulator.takeOver(sold);
  return sold;
}

describe('B6 B-6: a return as a sales return order', () => {
  it('R100, R102: announced, received, credited: stock comes with the receipt, money with the credit', async () => {
    const bench = await announced();
    const { simulator, event, sold } = bench;
    const [order] = simulator.observer.returnOrders();
    assert.deepEqual([order?.status, simulator.observer.drafts()], ['Open', []]);
    assert.equal(unitsAt(bench, 'RETQC'), 0);

    const arrival = await bench.receive(received(event));
    assert.equal(arrival.problem, null, JSON.stringify(arrival.problem));
    const [receipt] = arrival.documents;
    assert.deepEqual(
      [receipt?.kind, receipt?.number],
      ['item-arrival', simulator.observer.returnReceipts()[0]?.number],
    );
    assert.equal(unitsAt(bench, 'RETQC'), unitsOf(sold));
    assert.deepEqual(simulator.observer.creditMemos(), []);

    const credit = await bench.credit(accepted(event));
    assert.equal(credit.problem, null, JSON.stringify(credit.problem));
    const [memo] = simulator.observer.creditMemos();
    assert.deepEqual(credit.documents[0]?.amount, money(-totalOf(sold), 'USD'));
    assert.deepEqual([memo?.number, memo?.gross], [credit.documents[0].number, totalOf(sold)]);
    assert.equal(memo?.postingDate, '2026-03-20');
    assert.deepEqual(simulator.observer.returnOrders(), []);
    assert.equal(unitsAt(bench, 'RETQC'), unitsOf(sold));
  });

  it('R163: where the day of the goods is refused, they are received and credited today; else both days are told', async () => {
    const bench = await announced();
    const { simulator, event } = bench;
    simulator.dials.postingAllowedFrom = '2026-04-01';
    const held = await bench.receive(received(event));
    assert.equal(held.problem?.code, 'period-closed');
    assert.match(held.problem.what, /^posting date 2026-03-20 and 2026-03-30: .*General Ledger Setup/);
    assert.deepEqual(simulator.observer.returnReceipts(), []);
    simulator.dials.postingAllowedFrom = '2026-03-28';
    const arrival = await bench.receive(received(event));
    assert.equal(arrival.problem, null, JSON.stringify(arrival.problem));
    assert.equal(simulator.observer.returnReceipts().length, 1);
    assert.equal((await bench.credit(accepted(event))).problem, null);
    assert.equal(simulator.observer.creditMemos()[0]?.postingDate, '2026-03-30');
  });

  it('R164, R166: a credit that a process posted before it died is still told as deferred', async () => {
    const { simulator, receive, credit, event, time } = await announced();
    await receive(received(event));
    const of = { ...accepted(event), occurredAt: '2025-12-20T09:00:00.000Z' };
    const process = dyingAfter(simulator, /ReturnPosting_Invoice/);
    await assert.rejects(credit(of));
    process.recover();
    const outcome = await inTheEnd(time, () => credit(of));
    assert.equal(simulator.observer.creditMemos().length, 1);
    const references: Record<string, string> = outcome.documents[0]?.references ?? {};
    assert.deepEqual([references['postingDay'], references['deferredFrom']], ['2026-01-01', '2025-12-20']);
  });

  it('each step happens once, repeated or with answers that are lost (R109)', async () => {
    const bench = await orderBench();
    const { simulator, time } = bench;
    const sold = bench.order();
    const event = returnOf(sold);
    const lose = (): void => {
      simulator.dials.dropAfterCommitNext = 1;
    };
    for (let round = 0; round < 3; round += 1) {
      lose();
      await inTheEnd(time, () => bench.announce(event));
    }
    assert.equal(simulator.observer.returnOrders().length, 1);
    const [made] = simulator.observer.returnOrders();
    const counts = made?.lines.map((row) => row.quantity) ?? [];
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      unitsOf(sold),
    );
    simulator.dials.dropAfterCommitShare = 0.5;
    const arrival = await inTheEnd(time, () => bench.receive(received(event)));
    assert.equal(arrival.problem, null);
    assert.equal((await bench.receive(received(event))).made.length, 0);
    const credit = await inTheEnd(time, () => bench.credit(accepted(event)));
    assert.equal(credit.problem, null, JSON.stringify(credit.problem));
    await bench.credit(accepted(event));
    assert.equal(simulator.observer.returnReceipts().length, 1);
    assert.equal(simulator.observer.creditMemos().length, 1);
    assert.equal(simulator.observer.creditMemos()[0]?.gross, totalOf(sold));
  });

  it('an order whose lines were cut off is completed; foreign lines are a conflict (R18)', async () => {
    const bench = await orderBench();
    const sold = bench.order();
    const event = returnOf(sold);
    // The header is made, and its answer is lost.
    bench.simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(bench.announce(event));
    assert.equal(bench.simulator.observer.returnOrders()[0]?.lines.length, 0);
    const outcome = await inTheEnd(bench.time, () => bench.announce(event));
    assert.equal(codeOf(outcome), 'posted, as meant');
    assert.equal(bench.simulator.observer.returnOrders().length, 1);
    const [order] = bench.simulator.observer.returnOrders();
    bench.simulator.change('salesReturnOrderLines', { documentNumber: order?.number ?? '' }, { quantity: 9 });
    const arrival = await bench.receive(received(event));
    assert.equal(arrival.problem?.code, 'document-conflict');
    assert.deepEqual(bench.simulator.observer.returnReceipts(), []);
  });

  it('goods come and are accepted in parts; every penny once (R21, R52, R87)', async () => {
    const bench = await orderBench();
    const sold = threePieces(bench);
    const event = returnOf(sold);
    assert.equal(codeOf(await bench.announce(event)), 'posted, as meant');
    const upTo = (count: number): ReturnEvent['lines'] =>
      event.lines.map((one) => ({ ...one, quantity: quantity(count), unitIds: [] }));
    await bench.receive(received(event, upTo(1)));
    assert.equal(unitsAt(bench, 'RETQC'), 1);
    await assert.rejects(bench.credit(accepted(event, upTo(2))), isBlocked('goods-not-ready'));
    assert.deepEqual(bench.simulator.observer.creditMemos(), []);
    assert.equal((await bench.credit(accepted(event, upTo(1)))).problem, null);
    await bench.receive(received(event, upTo(3)));
    assert.equal(unitsAt(bench, 'RETQC'), 3);
    const rest = await bench.credit(accepted(event, upTo(3)));
    assert.equal(rest.problem, null, JSON.stringify(rest.problem));
    const memos = bench.simulator.observer.creditMemos();
    assert.deepEqual(
      memos.map(({ gross }) => gross).reduce((sum, gross) => sum + gross, 0),
      2500,
    );
    assert.equal(memos.length, 2);
    assert.deepEqual(bench.simulator.observer.returnOrders(), []);
  });

  it('before version 29 the receipt is known by what the procedure gives', async () => {
    const bench = await announced({ version: 28 });
    const arrival = await bench.receive(received(bench.event));
    assert.equal(arrival.documents[0]?.number, bench.simulator.observer.returnReceipts()[0]?.number);
    assert.equal((await bench.credit(accepted(bench.event))).problem, null);
  });

  it('R87: accepted goods that are not received wait; an order in approval waits', async () => {
    const bench = await announced();
    await assert.rejects(bench.credit(accepted(bench.event)), isBlocked('goods-not-ready'));
    const [order] = bench.simulator.observer.returnOrders();
    const status = (value: string): number =>
      bench.simulator.change('salesReturnOrders', { number: order?.number ?? '' }, { status: value });
    status('Pending Approval');
    await assert.rejects(bench.receive(received(bench.event)), isBlocked('d365-draft-in-review'));
    status('Released');
    assert.equal((await bench.receive(received(bench.event))).problem, null);
  });

  it('R30: rejected goods are never invoiced, and a person is told of the rest of the order', async () => {
    const bench = await announced({}, (order) => order.lines.length === 2);
    const { event, simulator, sold } = bench;
    const [first, second] = event.lines;
    assert.ok(first && second);
    await bench.receive(received(event));
    const told = await bench.receive(rejected(event, [second]), { rejectedGoods: 'quarantine' });
    assert.equal(told.problem?.code, 'rejected-goods');
    assert.match(told.problem.what, /undo their receipt/);
    assert.equal((await bench.receive(rejected(event, [second]))).problem, null);
    const credit = await bench.credit(accepted(event, [first]));
    assert.equal(credit.problem, null, JSON.stringify(credit.problem));
    assert.equal(simulator.observer.creditMemos()[0]?.gross, sold.lines[0]?.amountMinor);
    const late = await bench.credit(accepted(event));
    assert.equal(late.problem?.code, 'inspection-conflict');
    assert.equal(simulator.observer.creditMemos().length, 1);
  });

  it('inspected goods go to the place of their disposition; one without a row parks (R66)', async () => {
    const bench = await announced();
    const graded = (disposition: string): ReturnEvent => ({
      ...accepted(bench.event),
      lines: bench.event.lines.map((one) => ({ ...one, confirmedDisposition: disposition })),
    });
    const policy = {
      when: 'return.accepted' as const,
      dispositions: new Map([['restock', { code: 'C', warehouse: bench.world.mainWarehouse, location: '' }]]),
    };
    assert.equal((await bench.receive(graded('burn'), policy)).problem?.code, 'disposition-unmapped');
    assert.equal(unitsAt(bench, 'RETQC'), 0);
    assert.equal((await bench.receive(graded('restock'), policy)).problem, null);
    assert.equal(unitsAt(bench, bench.world.mainWarehouse), unitsOf(bench.sold));
  });

  it('R50: what another open return order holds cannot come back twice', async () => {
    const { event, announce } = await announced();
    const again = { ...event, returnId: 'HR-OTHER', returnNumber: 'HR-OTHER', id: 'other' };
    assert.equal(codeOf(await announce(again)), 'quantity-over-order');
  });

  it('R105: goods come back at the cost of their sale, where its entry is known and the setting is on', async () => {
    for (const exact of [true, false]) {
      const bench = await orderBench({}, { bcExactCost: exact });
      const sold = bench.order();
      const event = returnOf(sold);
      bench.simulator.dials.exactCostReversing = true;
      assert.equal(codeOf(await bench.announce(event)), 'posted, as meant');
      if (exact) {
        const item = sold.lines[0]?.sku ?? '';
        bench.simulator.change('items', { number: item }, { unitCost: 999 });
        assert.equal((await bench.receive(received(event))).problem, null);
        assert.equal((await bench.credit(accepted(event))).documents[0]?.references['cost'], undefined);
      } else {
        await assert.rejects(bench.receive(received(event)), /Appl\.-from Item Entry/);
      }
    }
  });

  it('R167, R170: a fee comes off with the last goods', async () => {
    const bench = await orderBench();
    const sold = bench.order();
    const fees = mappings({ fee: [{ fee: 'restocking', item: 'RETFEE' }] });
    const event = returnOf(sold);
    const withFee: ReturnEvent = {
      ...event,
      lines: [
        ...event.lines,
        line({ id: 'fee', kind: 'fee', sku: 'restocking', quantity: quantity(1), price: money(395, 'USD') }),
      ],
    };
    assert.equal(codeOf(await bench.announce(withFee, { ...POLICY, mappings: fees })), 'posted, as meant');
    await bench.receive(received(withFee));
    const credit = await bench.credit(accepted(withFee), { mappings: fees });
    assert.equal(credit.problem, null, JSON.stringify(credit.problem));
    assert.equal(bench.simulator.observer.creditMemos()[0]?.gross, totalOf(sold) - 395);
  });

  it('R60, R71: each line has its return reason; a code that is not there parks', async () => {
    const bench = await orderBench();
    const sold = bench.order();
    const event = returnOf(sold, {}, undefined, { reason: { code: 'broken', text: null } });
    const policy = (code: string): typeof POLICY => ({ ...POLICY, reasons: new Map([['broken', code]]) });
    assert.equal(codeOf(await bench.announce(event, policy('NOPE'))), 'reason-unmapped');
    assert.deepEqual(bench.simulator.observer.returnOrders(), []);
    assert.equal(codeOf(await bench.announce(event, policy('INSPECT'))), 'posted, as meant');
    assert.deepEqual(
      new Set(bench.simulator.observer.returnOrders()[0]?.lines.map(({ reason }) => reason)),
      new Set(['INSPECT']),
    );
  });
});

describe('B6 B-6: what is not published', () => {
  it('one clear error names what is missing, and nothing is posted', async () => {
    const nothing = await orderBench({ services: {} });
    const event = returnOf(nothing.order());
    await assert.rejects(nothing.announce(event), (thrown: unknown) => {
      assert.ok(thrown instanceof LedgerError);
      assert.deepEqual([thrown.code, thrown.class], ['d365-names-missing', 'config']);
      assert.match(thrown.message, /SalesReturnOrder \(page 6630.*ReturnPosting_Receive.*page Web Services/);
      return true;
    });
    const { posting, ...pages } = services;
    const unposted = await orderBench({ services: pages });
    await assert.rejects(unposted.announce(event), new RegExp(`publish ${posting}_Receive`));
    const test = await unposted.connector.testConnection();
    assert.equal(test.ok, false);
    assert.match(test.message, /ReturnPosting_Invoice/);
    assert.equal((await orderBench().then(({ connector }) => connector.testConnection())).ok, true);
  });

  it('other names may be set', async () => {
    const renamed = { returnOrder: 'RMA', returnOrderLines: 'RMALines', posting: 'Post' };
    const names = { bcReturnOrderPage: 'RMA', bcReturnLinesPage: 'RMALines', bcPostingService: 'Post' };
    const bench = await orderBench({ services: renamed }, names);
    const event = returnOf(bench.order());
    assert.equal(codeOf(await bench.announce(event)), 'posted, as meant');
    assert.equal((await bench.receive(received(event))).problem, null);
  });

  it('what was announced as a draft is credited as one when the route is changed', async () => {
    const bench = await bcBench({ services });
    const event = returnOf(bench.order());
    await bench.announce(event);
    const later = bcConnector(bench.simulator, bench.time, { bcRoute: 'return-order' });
    const again = await later.createReturnOrder(event, POLICY, bench.store);
    assert.equal(codeOf(again), 'posted, as meant');
    const credit = await later.postCredit(accepted(event), [], CREDIT, bench.store);
    assert.equal(credit.problem, null);
    assert.deepEqual(bench.simulator.observer.returnOrders(), []);
    assert.equal(bench.simulator.observer.creditMemos().length, 1);
    assert.deepEqual([bench.connector.postingWay, later.postingWay], ['credit memos', 'return orders']);
  });

  it('R45, R46: units of items are counted by their published page; without it a pack parks', async () => {
    for (const published of [true, false]) {
      const bench = await bcBench(published ? { services } : {});
      const sold = bench.order((order) => order.lines.length === 1);
      const [row] = sold.lines;
      assert.ok(row);
      bench.simulator.change(
        'salesInvoiceLines',
        { lineObjectNumber: row.sku },
        { unitOfMeasureCode: 'BOX', quantity: 2 },
      );
      const event = returnOf(sold, {}, 20);
      const pieces = (count: number): ReturnEvent => ({
        ...event,
        lines: event.lines.map((one) => ({ ...one, quantity: quantity(count) })),
      });
      if (!published) {
        assert.equal(codeOf(await bench.announce(pieces(10))), 'unit-mismatch');
        continue;
      }
      assert.equal(codeOf(await bench.announce(pieces(5))), 'uom-not-representable');
      assert.deepEqual(bench.simulator.observer.drafts(), []);
      const whole = { ...pieces(10), returnId: 'HR-BOX', returnNumber: 'HR-BOX' };
      assert.equal(codeOf(await bench.announce(whole)), 'posted, as meant');
      const [draft] = bench.simulator.observer.drafts();
      assert.deepEqual([draft?.lines[0]?.quantity, draft?.lines[0]?.unit], [1, 'BOX']);
    }
  });
});
