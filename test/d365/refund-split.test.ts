import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exchangedLines, shareOut, type EarlierRefund } from '../../nodes/d365/fscm/refund-plan';
import type { MappedTender } from '../../nodes/d365/fscm/tenders';
import { money } from '../../nodes/returns/money';
import { looksLikeCardNumber } from '../../nodes/returns/payment-reference';
import { GIFT_AND_CARD, RefundBench } from '../support/d365-refunds';
import { event, line } from '../support/events';

function tender(name: string, minor: number, change: Partial<MappedTender> = {}): MappedTender {
  return {
    name,
    type: '',
    reference: '',
    paid: money(minor, 'GBP'),
    own: false,
    method: name,
    ...change,
  };
}

describe('R84: a refund is shared out over what the order was paid with', () => {
  it('R84: 30 on a gift card and 70 on a card come back as 30 and 70', async () => {
    const bench = await RefundBench.open({ callCenter: true });
    const { of, credit } = await bench.credited(bench.sale(10_000, { payments: GIFT_AND_CARD }), [10_000]);
    const { documents, problem } = await bench.refund(of, credit);
    assert.equal(problem, null);
    assert.deepEqual(bench.refunds(), ['GIFT 30.00 GC-REF-1', 'CARD 70.00 CARD-REF-2']);
    assert.equal(documents.length, 1);
    assert.equal(documents[0]?.amount?.minor, -10_000);
    assert.equal(await bench.journals(), 1);
  });

  it('R84: returns of one sale see what the others were refunded, also at the same time', async () => {
    const bench = await RefundBench.open({ callCenter: true });
    const order = bench.sale(10_000, { payments: GIFT_AND_CARD });
    const returns = [];
    for (const minor of [2000, 2500, 5500]) returns.push(await bench.credited(order, [minor]));
    const outcomes = await Promise.all(returns.map(({ of, credit }) => bench.refund(of, credit)));
    assert.ok(outcomes.every(({ problem }) => problem === null));
    const sums = { GIFT: 0, CARD: 0 };
    for (const { method, amount } of bench.erp.simulator.observer.refunds())
      sums[method as 'GIFT' | 'CARD'] += Math.round(amount * 100);
    assert.deepEqual(sums, { GIFT: 3000, CARD: 7000 });
  });

  it('R84: more than was paid is not refunded, and finance sees what is left of each payment', async () => {
    const bench = await RefundBench.open({ callCenter: true });
    const order = bench.sale(10_000, { payments: GIFT_AND_CARD });
    const first = await bench.credited(order, [6000]);
    await bench.refund(first.of, first.credit);
    const second = await bench.credited(order, [4001]);
    const { problem } = await bench.refund(second.of, second.credit);
    assert.equal(problem?.code, 'refund-over-paid');
    assert.deepEqual(
      problem.lines.map(({ field, expected }) => [field, expected]),
      [
        ['left on GIFT', `0.00 ${bench.erp.world.currency}`],
        ['left on CARD', `40.00 ${bench.erp.world.currency}`],
      ],
    );
    assert.equal(await bench.journals(), 1);
  });

  it('R84: what somebody refunded for another return of the sale counts', async () => {
    const bench = await RefundBench.open();
    const order = bench.sale(5000);
    const first = await bench.credited(order, [4000]);
    await bench.byHand({
      AccountDisplayValue: order.customer,
      DebitAmount: 40,
      PaymentMethodName: 'CARD',
      PaymentReference: first.returnOrder,
    });
    const second = await bench.credited(order, [2000]);
    assert.equal((await bench.refund(second.of, second.credit)).problem?.code, 'refund-over-paid');
    const third = await bench.credited(order, [1000]);
    assert.equal((await bench.refund(third.of, third.credit)).problem, null);
  });

  it('a return order that names no sale: the credit tells it, and without one nothing is guessed', async () => {
    const bench = await RefundBench.open({ callCenter: true });
    const order = bench.sale(10_000, { payments: GIFT_AND_CARD });
    const { of, credit } = await bench.credited(order, [4000]);
    bench.erp.simulator.change('ReturnOrderHeadersV2', () => true, { CustomerRequisitionNumber: '' });
    const { problem } = await bench.refund(of, credit);
    assert.equal(problem?.code, 'payment-method-unmapped');
    assert.match(problem.what, /original sales order is not known/);
    const references = { ...credit.references, originalOrder: order.salesOrderNumber };
    assert.equal((await bench.refund(of, { ...credit, references })).problem, null);
    assert.deepEqual(bench.refunds(), ['GIFT 30.00 GC-REF-1', 'CARD 10.00 CARD-REF-2']);
  });

  it('R84: to the penny, whatever was paid and refunded: nothing above what a payment has left', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(amounts, fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 6 }), (paid, dues) => {
        const tenders = paid.map((minor, at) => tender(`T${at % 3}`, minor, { reference: `ref-${at}` }));
        const earlier: EarlierRefund[] = [];
        const back = paid.map(() => 0);
        for (const minor of dues) {
          const left = paid.reduce((sum, one) => sum + one, 0) - back.reduce((sum, one) => sum + one, 0);
          const shared = shareOut(money(minor, 'GBP'), tenders, earlier);
          assert.equal('refunds' in shared, minor <= left, 'refused only where it exceeds what is left');
          if (!('refunds' in shared)) continue;
          assert.equal(
            shared.refunds.reduce((sum, { amount }) => sum + amount.minor, 0),
            minor,
          );
          for (const { tender: of, amount } of shared.refunds) {
            assert.ok(amount.minor > 0);
            const at = tenders.indexOf(of);
            back[at] = (back[at] ?? 0) + amount.minor;
            earlier.push({ method: of.method ?? '', reference: of.reference, amount });
          }
          assert.ok(back.every((sum, at) => sum <= (paid[at] ?? 0)));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('a refund with a method that nobody paid with is taken off all the same, and a correction gives it back', () => {
    const tenders = [tender('GIFT', 3000), tender('CARD', 7000)];
    const cheque = { method: 'CHECK', reference: '', amount: money(4000, 'GBP') };
    const shared = shareOut(money(6000, 'GBP'), tenders, [cheque]);
    assert.ok('refunds' in shared);
    assert.deepEqual(
      shared.refunds.map(({ tender: of, amount }) => [of.name, amount.minor]),
      [['CARD', 6000]],
    );
    assert.ok('problem' in shareOut(money(6001, 'GBP'), tenders, [cheque]));
    const corrected = { ...cheque, amount: money(-4000, 'GBP') };
    assert.ok('refunds' in shareOut(money(10_000, 'GBP'), tenders, [corrected, cheque]));
    assert.ok('problem' in shareOut(money(10_001, 'GBP'), tenders, [corrected]));
  });

  it('payments that the platform tells are refunded in their order; without amounts of several none is guessed', async () => {
    const bench = await RefundBench.open();
    const payments = [
      { methodId: 'GIFT', reference: 'p-1', amount: money(500, bench.erp.world.currency) },
      { methodId: 'CARD', reference: 'p-2', amount: money(4500, bench.erp.world.currency) },
    ];
    const first = await bench.credited(bench.sale(5000), [2000], { payments });
    await bench.refund(first.of, first.credit);
    assert.deepEqual(bench.refunds(), ['GIFT 5.00 p-1', 'CARD 15.00 p-2']);
    const second = await bench.credited(bench.sale(5000), [2000], {
      payments: payments.map((one) => ({ ...one, amount: null })),
    });
    assert.equal((await bench.refund(second.of, second.credit)).problem?.code, 'payment-method-unmapped');
    assert.equal(await bench.journals(), 1);
  });
});

describe('A10: an exchange moves only the difference', () => {
  it('an even exchange makes no journal, whether its order is there or not', async () => {
    const bench = await RefundBench.open();
    const lines = [line({ id: 'L1', outcome: 'exchange', replacementSku: 'OTHER' })];
    const { of, credit } = await bench.credited(bench.sale(5000), [2000], { lines });
    assert.deepEqual(await bench.refund(of, credit), { documents: [], made: [], problem: null });
    await bench.keep(of, bench.document(of, 'exchange-order', 'SO-9001', 2000));
    assert.deepEqual(await bench.refund(of, credit), { documents: [], made: [], problem: null });
    assert.equal(await bench.journals(), 0);
  });

  it('what the replacement costs less is refunded, and what it costs more is not taken', async () => {
    const bench = await RefundBench.open();
    const lines = [line({ id: 'L1', outcome: 'exchange', replacementSku: 'OTHER' })];
    const cheaper = await bench.credited(bench.sale(5000), [2000], { lines });
    await bench.keep(cheaper.of, bench.document(cheaper.of, 'exchange-order', 'SO-9001', 1250));
    await bench.refund(cheaper.of, cheaper.credit);
    const dearer = await bench.credited(bench.sale(5000), [2000], { lines });
    await bench.keep(dearer.of, bench.document(dearer.of, 'exchange-order', 'SO-9002', 2250));
    assert.deepEqual((await bench.refund(dearer.of, dearer.credit)).documents, []);
    assert.deepEqual(bench.refunds(), ['CARD 7.50']);
  });

  it('of a return with both, the exchanged lines’ part of the credit is kept back', async () => {
    const bench = await RefundBench.open({
      tax: { percent: 20, byItemTaxGroup: {}, included: false, rounding: 'invoice' },
    });
    const lines = [
      line({ id: 'L1', outcome: 'original-payment' }),
      line({ id: 'L2', outcome: 'exchange', replacementSku: 'OTHER' }),
    ];
    const { of, credit } = await bench.credited(bench.sale(9000), [2000, 1000], { lines });
    assert.equal(credit.amount?.minor, -3600);
    await bench.refund(of, credit);
    assert.deepEqual(bench.refunds(), ['CARD 24.00']);
  });

  it('exchange lines without marks on the goods mean all of them', () => {
    const goods = [line({ id: 'L1' }), line({ id: 'L2' })];
    assert.deepEqual(exchangedLines(event({ lines: goods })), []);
    const asked = event({ lines: [...goods, line({ id: 'X1', kind: 'exchange', sku: 'OTHER' })] });
    assert.deepEqual(
      exchangedLines(asked).map(({ id }) => id),
      ['L1', 'L2'],
    );
  });
});

describe('R80: what refers to a payment is never a card number', () => {
  it('finds them with blanks and hyphens, and leaves ids alone', () => {
    for (const text of [
      '4111111111111111',
      '4111-1111-1111-1111',
      'card 5500 0000 0000 0004',
      '378282246310005',
    ])
      assert.equal(looksLikeCardNumber(text), true, text);
    for (const text of ['4111111111111112', 'pi_3N8xY2', '1234', 'GC-REF-1', '22565421072', ''])
      assert.equal(looksLikeCardNumber(text), false, text);
  });
});
