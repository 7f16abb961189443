import assert from 'node:assert/strict';
import { it } from 'node:test';
import { returnKey, type ReturnEvent } from '../../../nodes/returns/event';
import { money } from '../../../nodes/returns/money';
import { documentReference } from '../../../nodes/runtime/document-reference';
import type { WorldOrder } from '../../../nodes/sandbox/world';
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
import { bcRig, fscmRig, told } from '../../support/d365-product-rig';

const CLOSED = 'C2 “after the month was closed”';

/** A return that is ready for its credit, of a day in December. */
async function ofDecember(rig: FscmRig | BcRig): Promise<{ order: WorldOrder; event: ReturnEvent }> {
  const order = rig.order();
  const of = returnOf(order);
  await announced(rig, of);
  const event = { ...(await arrived(rig, of)), occurredAt: '2025-12-20T09:00:00.000Z' };
  // In Business Central the periods of the last year are closed.
  if (isFscm(rig))
    for (const day of ['2025-12-20', '2026-01-15']) rig.simulator.operator.setPeriod(day, 'Closed');
  rig.calls();
  return { order, event };
}

onBoth(
  CLOSED,
  'slip and credit carry the first open day, and the document the day that it belongs to',
  async (rig, product) => {
    const { order, event } = await ofDecember(rig);
    const day = product === 'fscm' ? '2026-02-01' : '2026-01-01';
    const { references } = only(await rig.credit(event, { closedPeriod: 'defer' }));
    assert.deepEqual([references['postingDay'], references['deferredFrom']], [day, '2025-12-20']);
    if (isFscm(rig)) {
      assert.deepEqual([references['packingSlipDate'], references['invoiceDate']], [day, day]);
      assert.equal(rig.simulator.observer.creditNotes()[0]?.date.slice(0, 10), day);
    } else {
      // Goods and credit are one posting; the day of the return stays the document's own.
      assert.equal(rig.simulator.observer.creditMemos()[0]?.postingDate, day);
      assert.ok(
        rig.simulator.observer
          .itemEntries()
          .every(({ document }) => document === rig.simulator.observer.creditMemos()[0]?.number),
      );
    }
    await rig.credit(event, { closedPeriod: 'defer' });
    assert.deepEqual(rig.credited(), [soldFor(order)]);
  },
);

onBoth(CLOSED, 'where the policy forbids it, finance decides, and nothing is posted before', async (rig) => {
  const { order, event } = await ofDecember(rig);
  const { problem } = await rig.credit(event, { closedPeriod: 'park' });
  assert.equal(told(problem), 'period-closed, finance');
  assert.deepEqual([rig.writes(), rig.credited()], [[], []]);
  // Finance opens the period, or lets it be deferred: the same event goes through.
  if (isFscm(rig)) {
    rig.simulator.operator.setPeriod('2026-03-20', 'Open');
    await rig.time.wait(24 * 3_600_000);
  }
  only(await rig.credit(event, { closedPeriod: 'defer' }));
  assert.deepEqual(rig.credited(), [soldFor(order)]);
});

it(`${CLOSED}, Business Central: a day outside the allowed posting dates, which cannot be read, becomes today`, async () => {
  const rig = await bcRig();
  const of = returnOf(rig.order());
  await announced(rig, of);
  const event = await arrived(rig, of);
  rig.simulator.dials.postingAllowedFrom = '2026-03-28';
  const { references } = only(await rig.credit(event));
  assert.deepEqual([references['postingDay'], references['deferredFrom']], ['2026-03-30', '2026-03-20']);
});

const EXCHANGE = 'C2 “exchange for another SKU”';

/** The first line of an order comes back and is exchanged for another item at a price. */
function exchanged(
  rig: FscmRig | BcRig,
  difference: number,
): { order: WorldOrder; of: ReturnEvent; price: number } {
  const order = rig.order(({ lines }) => lines.length === 1 && lines[0]?.quantity === 1);
  const base = returnOf(order, {}, undefined, { outcome: 'exchange' });
  const [goods] = base.lines;
  const other = rig.world.items.find(({ sku, state }) => state === 'active' && sku !== goods?.sku);
  assert.ok(goods && other);
  const price = soldFor(order) + difference;
  const swap = { ...goods, id: 'x-1', kind: 'exchange' as const, sku: other.sku, price: money(price, 'USD') };
  return { order, of: { ...base, lines: [goods, swap] }, price };
}

for (const [words, difference] of [
  ['dearer', 1500],
  ['cheaper', -700],
  ['even', 0],
] as const) {
  onBoth(EXCHANGE, `two linked documents; ${words}: only the difference moves`, async (rig, product) => {
    const { order, of, price } = exchanged(rig, difference);
    await announced(rig, of);
    rig.calls();
    const replacement = only(await rig.exchange(of));
    assert.deepEqual(
      rig.writes(),
      product === 'fscm' ? ['POST SalesOrderHeadersV4', 'POST SalesOrderLinesV3'] : ['POST salesOrders'],
    );
    assert.equal(replacement.amount?.minor, price);
    const reference = documentReference(of);
    assert.ok(Object.values(replacement.references).some((value) => value.includes(reference)));
    const goods = of.lines.slice(0, 1);
    const credit = only(await rig.credit(await arrived(rig, of, goods)));
    assert.equal(credit.amount?.minor, -soldFor(order));
    await rig.exchange(of);
    const orders = isFscm(rig)
      ? rig.simulator.observer.salesOrders()
      : rig.simulator.observer.exchangeOrders();
    assert.equal(orders.length, 1);
    if (product === 'fscm') {
      rig.calls();
      assert.equal((await rig.refund(of)).problem, null);
      assert.deepEqual(rig.refunded(), difference < 0 ? [-difference] : []);
      if (difference >= 0) assert.deepEqual(rig.writes(), []);
    } else {
      const { problem } = await rig.refund(of);
      if (difference >= 0) assert.equal(problem, null, JSON.stringify(problem));
      else {
        assert.equal(told(problem), 'payment-method-unmapped, finance');
        assert.match(problem?.what ?? '', /7\.00 USD/);
      }
    }
  });
}

it(`${EXCHANGE}, Finance & SCM: a Replace… disposition beside our own order is held, for both would order it`, async () => {
  const rig = await fscmRig();
  const { of } = exchanged(rig, 0);
  await announced(rig, of);
  only(await rig.exchange(of));
  const [goods] = of.lines;
  assert.ok(goods);
  rig.calls();
  const replaced = {
    ...of,
    topic: 'return.accepted' as const,
    lines: [{ ...goods, confirmedDisposition: 'swap' }],
  };
  const dispositions = new Map([['swap', { code: 'REPLCRED', warehouse: '', location: '' }]]);
  const { problem } = await rig.receive(replaced, { when: 'return.accepted', dispositions });
  assert.match(told(problem), /warehouse$|data$|integration$/);
  assert.deepEqual(rig.writes(), []);
  assert.equal(rig.simulator.observer.salesOrders().length, 1);
});

const LEDGER = 'C2 “refund does not post to the sales ledger”';

it(`${LEDGER}, Finance & SCM: hold, method and credit are looked at before a journal is made; mended, it posts once`, async () => {
  const rig = await fscmRig();
  const order = rig.order();
  const of = returnOf(order);
  await announced(rig, of);
  const event = await arrived(rig, of);
  // No credit, no refund.
  assert.deepEqual((await rig.refund(event)).documents, []);
  only(await rig.credit(event));
  rig.calls();
  rig.simulator.change('CustomersV3', () => true, { OnHoldStatus: 'Payment' });
  assert.equal(told((await rig.refund(event)).problem), 'credit-blocked, finance');
  rig.simulator.change('CustomersV3', () => true, { OnHoldStatus: 'No' });
  const methods = new Map([['CARD', 'NOT-THERE']]);
  assert.equal(told((await rig.refund(event, { methods })).problem), 'payment-method-unmapped, finance');
  assert.deepEqual([rig.writes(), rig.refunded()], [[], []]);
  const refund = only(await rig.refund(event));
  assert.equal(refund.references['settled'], 'yes');
  await rig.refund(event);
  assert.deepEqual(rig.refunded(), [soldFor(order)]);
  assert.equal(rig.simulator.observer.creditNotes()[0]?.open, 0);
});

it(`${LEDGER}, Business Central: finance is told what to book, with number and amount, and nothing is written`, async () => {
  const rig = await bcRig();
  const order = rig.order();
  const of = returnOf(order);
  await announced(rig, of);
  assert.deepEqual((await rig.refund(of)).problem, null);
  const event = await arrived(rig, of);
  const credit = only(await rig.credit(event));
  rig.calls();
  const { problem, documents } = await rig.refund(event);
  assert.equal(told(problem), 'payment-method-unmapped, finance');
  assert.match(
    problem?.what ?? '',
    new RegExp(`${credit.number} over ${(soldFor(order) / 100).toFixed(2)} USD`),
  );
  assert.deepEqual([documents, rig.calls()], [[], []]);
});

onBoth(
  'C2 “month-end matching”',
  'one chain of numbers leads from the return to its last voucher',
  async (rig, product) => {
    const order = rig.order();
    const of = returnOf(order);
    await announced(rig, of);
    const event = await arrived(rig, of);
    await rig.credit(event);
    if (product === 'fscm') only(await rig.refund(event));
    const documents = await rig.store.documentsOf(returnKey(of));
    const by = (kind: string): Record<string, string> & { number: string } => {
      const document = documents.find((one) => one.kind === kind);
      assert.ok(document, kind);
      return { ...document.references, number: document.number };
    };
    const reference = documentReference(of);
    assert.ok(documents.every(({ references }) => references['reference']?.startsWith(reference)));
    if (isFscm(rig)) {
      const [held] = rig.simulator.observer.returnOrders();
      const [journal] = rig.simulator.observer.arrivals();
      const [note] = rig.simulator.observer.creditNotes();
      const [paid] = rig.simulator.observer.refunds();
      assert.ok(held && journal && note && paid);
      assert.equal(by('return-order').number, held.number);
      const arrival = by('item-arrival');
      assert.deepEqual(
        [arrival.number, arrival['returnOrder'], arrival['rma']],
        [journal.journal, held.number, held.rma],
      );
      const credit = by('credit-note');
      assert.deepEqual(
        [credit.number, credit['voucher'], credit['returnOrder']],
        [note.number, note.voucher, held.number],
      );
      assert.ok(held.lines.every(({ packingSlip }) => packingSlip === credit['packingSlip']));
      const refund = by('refund-journal');
      assert.deepEqual(
        [refund.number, refund['credit'], refund['voucher']],
        [paid.journal, note.number, paid.voucher],
      );
    } else {
      const [memo] = rig.simulator.observer.creditMemos();
      assert.ok(memo);
      const [draft, credit] = [by('return-order'), by('credit-note')];
      assert.deepEqual(
        [credit.number, credit['draftNumber'], draft.number],
        [memo.number, memo.draftNumber, memo.draftNumber],
      );
      assert.equal(credit['external'], memo.externalNumber);
      assert.ok(rig.simulator.observer.itemEntries().every(({ document }) => document === memo.number));
    }
  },
);
