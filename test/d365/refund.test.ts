import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LedgerError } from '../../nodes/returns/failure';
import { returnKey } from '../../nodes/returns/event';
import { isWrite } from '../../nodes/sandbox/d365/faults';
import { GIFT_AND_CARD, RefundBench } from '../support/d365-refunds';
import { line } from '../support/events';
import { mappingsWith } from '../support/posting-mappings';

const CARD = [{ tender: 'CARD', type: 'CreditCard' as const, reference: 'CARD-REF-1', amountMinor: 5000 }];

async function fault(work: Promise<unknown>): Promise<LedgerError> {
  try {
    await work;
  } catch (thrown) {
    assert.ok(thrown instanceof LedgerError, String(thrown));
    return thrown;
  }
  throw new Error('It went through');
}

describe('A10, F-7: the refund of a credit in Finance & SCM', () => {
  it('R80: one journal, whose line refers to the original payment, settles the credit note and is told', async () => {
    const bench = await RefundBench.open({ callCenter: true });
    const { of, credit, returnOrder } = await bench.credited(bench.sale(5000, { payments: CARD }), [2000]);
    const { documents, made, problem } = await bench.refund(of, credit);
    assert.equal(problem, null);
    assert.deepEqual(made, documents);
    const [line_] = bench.erp.simulator.observer.refunds();
    assert.ok(line_);
    assert.deepEqual(
      [line_.posted, line_.method, line_.amount, line_.paymentId, line_.reference],
      [true, 'CARD', 20, 'CARD-REF-1', returnOrder],
    );
    assert.equal(line_.paymentId, CARD[0]?.reference);
    assert.deepEqual(line_.settled, [{ invoice: credit.number, amount: -20 }]);
    const [document] = documents;
    assert.ok(document);
    assert.deepEqual(
      [document.kind, document.number, document.status, document.amount?.minor],
      ['refund-journal', line_.journal, 'Posted', -2000],
    );
    const { references } = document;
    assert.deepEqual(
      [references['credit'], references['returnOrder'], references['voucher'], references['settled']],
      [credit.number, returnOrder, line_.voucher, 'yes'],
    );
    assert.equal(references['company'], 'usrt');
    assert.equal(references['methods'], `CARD 20.00 ${bench.erp.world.currency}`);
  });

  it('is booked once: a repeat makes no call that writes, and hands the same document on', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    const first = await bench.refund(of, credit);
    const calls = bench.connector.calls;
    const [again, twice] = await Promise.all([bench.refund(of, credit), bench.refund(of, credit)]);
    assert.deepEqual([again.documents, twice.documents], [first.documents, first.documents]);
    assert.deepEqual(again.made, []);
    assert.equal(bench.connector.calls, calls);
    assert.deepEqual(bench.refunds(), ['CARD 20.00']);
  });

  it('two credits of a return are two journals, each marked with its own', async () => {
    const bench = await RefundBench.open();
    const order = bench.sale(9000);
    const { of, credit } = await bench.credited(order, [2000]);
    const other = await bench.credited(order, [1500], { returnId: of.returnId });
    const { documents } = await bench.refund(of, [credit, other.credit]);
    assert.equal(documents.length, 2);
    assert.deepEqual(bench.refunds().sort(), ['CARD 15.00', 'CARD 20.00']);
    assert.ok(bench.erp.simulator.observer.creditNotes().every(({ open }) => open === 0));
  });

  it('R89: without a credit note in the ERP there is no refund', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    const error = await fault(bench.refund(of, { ...credit, number: 'CN-NONE' }));
    assert.deepEqual([error.code, error.class], ['d365-invoice-not-posted', 'state-blocked']);
    assert.equal(await bench.journals(), 0);
  });

  it('R82: what the ERP does not post goes to finance at once, and the same journal is posted later', async () => {
    const bench = await RefundBench.open({ paymentVouchers: false });
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    const { problem, documents } = await bench.refund(of, credit);
    assert.equal(problem?.code, 'refund-declined');
    assert.match(problem.what, /Voucher not specified/);
    assert.deepEqual(documents, []);
    bench.erp.simulator.change('CustomerPaymentJournalLines', () => true, { Voucher: 'V-1' });
    assert.equal((await bench.refund(of, credit)).problem, null);
    assert.equal(await bench.journals(), 1);
    assert.deepEqual(bench.refunds(), ['CARD 20.00']);
  });

  it('R82: a journal that the ERP refuses to make is told to finance', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    const { problem } = await bench.refund(of, credit, { journalName: 'NOPE' });
    assert.equal(problem?.code, 'refund-declined');
    assert.match(problem.what, /NOPE/);
  });

  it('a fault of the posting service is tried once more, then told', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    bench.erp.simulator.dials.serviceFaultNext = 1;
    const error = await fault(bench.refund(of, credit));
    assert.deepEqual([error.code, error.class], ['d365-payment-not-posted', 'state-blocked']);
    assert.equal((await bench.refund(of, credit)).problem, null);
    const other = await bench.credited(bench.sale(5000), [1000]);
    bench.erp.simulator.dials.serviceFaultNext = 2;
    await fault(bench.refund(other.of, other.credit));
    assert.equal((await bench.refund(other.of, other.credit)).problem?.code, 'refund-declined');
    assert.equal((await bench.refund(other.of, other.credit)).problem, null);
    assert.deepEqual(bench.refunds(), ['CARD 20.00', 'CARD 10.00']);
  });

  it('without a service the batch job is waited for', async () => {
    const bench = await RefundBench.open({}, { posting: 'batch-job' });
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    const error = await fault(bench.refund(of, credit));
    assert.deepEqual([error.code, error.class], ['d365-payment-not-posted', 'state-blocked']);
    assert.deepEqual([bench.refunds(), bench.refunds(true)], [[], ['CARD 20.00']]);
    await fault(bench.refund(of, credit));
    bench.erp.simulator.operator.runBatchJobs('payment');
    const { documents, problem } = await bench.refund(of, credit);
    assert.deepEqual([documents.length, problem], [1, null]);
    assert.equal(await bench.journals(), 1);
  });

  it('of several credits none waits for the journal of another', async () => {
    const bench = await RefundBench.open({}, { posting: 'batch-job' });
    const order = bench.sale(9000);
    const { of, credit } = await bench.credited(order, [2000]);
    const other = await bench.credited(order, [1500], { returnId: of.returnId });
    await fault(bench.refund(of, [credit, other.credit]));
    assert.deepEqual(bench.refunds(true), ['CARD 20.00', 'CARD 15.00']);
    bench.erp.simulator.operator.runBatchJobs('payment');
    assert.equal((await bench.refund(of, [credit, other.credit])).documents.length, 2);
    assert.equal(await bench.journals(), 2);
  });

  it('R83: a journal that nobody posts in the agreed time is told with the age of the credit', async () => {
    const bench = await RefundBench.open({}, { posting: 'batch-job', stateHours: 24 });
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    await fault(bench.refund(of, credit));
    bench.erp.clock.forward(25 * 3600);
    const { problem } = await bench.refund(of, credit);
    assert.equal(problem?.code, 'credit-blocked');
    assert.match(problem.what, /posted 25 hours ago/);
    assert.match(problem.what, new RegExp(credit.number));
  });

  it('R83: an account on hold blocks the refund, and nothing is written', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    bench.erp.simulator.change('CustomersV3', () => true, { OnHoldStatus: 'Payment' });
    const { problem } = await bench.refund(of, credit);
    assert.equal(problem?.code, 'credit-blocked');
    assert.match(problem.what, /on hold for Payment/);
    assert.equal(await bench.journals(), 0);
    bench.erp.simulator.change('CustomersV3', () => true, { OnHoldStatus: 'No' });
    assert.equal((await bench.refund(of, credit)).problem, null);
  });
});

describe('R109: lost answers and dead processes never refund twice', () => {
  for (const [title, dials] of [
    ['carried out', { dropAfterCommitNext: 1 }],
    ['never arrived', { dropBeforeCommitNext: 1 }],
    ['carried out a minute later', { lateCommitNext: 1, lateCommitMs: 60_000 }],
  ] as const) {
    for (const [at, what] of ['the header', 'the lines', 'the posting'].entries()) {
      it(`an answer lost: ${what}, ${title}`, async () => {
        let commit: () => void = () => undefined;
        const late = new Promise<void>((resolve) => (commit = resolve));
        const bench = await RefundBench.open({ callCenter: true, wait: () => late });
        const { simulator, clock } = bench.erp;
        const { of, credit } = await bench.credited(bench.sale(10_000, { payments: GIFT_AND_CARD }), [5000]);
        await bench.connector.ready();
        let writes = 0;
        const lostAt: number[] = [];
        const handle = simulator.handle.bind(simulator);
        simulator.handle = (request) => {
          if (isWrite(request) && !request.url.includes('oauth2')) {
            if (writes === at) {
              lostAt.push(clock.at);
              Object.assign(simulator.dials, dials);
            }
            writes += 1;
          }
          return handle(request);
        };
        const faults: string[] = [];
        for (let done = false; !done;) {
          assert.ok(faults.length < 6, faults.join(', '));
          try {
            assert.equal((await bench.refund(of, credit)).problem, null);
            done = true;
          } catch (thrown) {
            assert.ok(thrown instanceof LedgerError, String(thrown));
            faults.push(thrown.class);
            clock.at += thrown.retryAfterMs ?? 1000;
            // The slow call is carried out a minute after it was cut off, not before.
            if (clock.at - (lostAt[0] ?? 0) < 60_000) continue;
            commit();
            await simulator.observer.settled();
          }
        }
        commit();
        await simulator.observer.settled();
        assert.equal(faults[0], 'ambiguous');
        assert.deepEqual(bench.refunds(), ['GIFT 30.00 GC-REF-1', 'CARD 20.00 CARD-REF-2']);
        assert.equal(await bench.journals(), 1);
      });
    }
  }

  it('a store that forgot everything finds the journal by its description', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    const first = await bench.refund(of, credit);
    const other = await bench.another();
    const second = await other.refund(of, credit);
    assert.equal(second.problem, null);
    assert.equal(second.documents[0]?.number, first.documents[0]?.number);
    assert.deepEqual(second.made, []);
    assert.equal(await bench.journals(), 1);
  });

  it('a process that is taken for dead after the header writes nothing more; the next one completes it', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    let asked = 0;
    const stopped = Object.create(bench.store) as typeof bench.store;
    stopped.assertAlive = () => {
      if ((asked += 1) > 1)
        throw new LedgerError({ code: 'store-lease-lost', class: 'transient', message: 'lost' });
    };
    const dying = await bench.another({}, stopped);
    assert.equal((await fault(dying.refund(of, credit))).code, 'store-lease-lost');
    assert.deepEqual([await bench.journals(), bench.refunds(true)], [1, []]);
    assert.equal((await bench.refund(of, credit)).problem, null);
    assert.deepEqual([await bench.journals(), bench.refunds()], [1, ['CARD 20.00']]);
  });

  it('a header that was left without lines is completed', async () => {
    const bench = await RefundBench.open({}, { posting: 'batch-job' });
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    await fault(bench.refund(of, credit));
    const [row] = await bench.erp.rows('CustomerPaymentJournalLines');
    const key = `dataAreaId='usrt',JournalBatchNumber='${String(row?.['JournalBatchNumber'])}',LineNumber=1`;
    assert.equal((await bench.erp.call('DELETE', `/data/CustomerPaymentJournalLines(${key})`)).status, 204);
    await fault(bench.refund(of, credit));
    assert.deepEqual(bench.refunds(true), ['CARD 20.00']);
    assert.equal(await bench.journals(), 1);
  });

  it('a line of ours that somebody changed is not posted', async () => {
    const bench = await RefundBench.open({}, { posting: 'batch-job' });
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    await fault(bench.refund(of, credit));
    bench.erp.simulator.change('CustomerPaymentJournalLines', () => true, { DebitAmount: 25 });
    assert.equal((await bench.refund(of, credit)).problem?.code, 'document-conflict');
  });
});

describe('R16, R17: what others have refunded is not refunded again', () => {
  it('R16: a payment by hand stops the refund, and is named', async () => {
    const bench = await RefundBench.open();
    const { of, credit, returnOrder } = await bench.credited(bench.sale(5000), [2000]);
    const journal = await bench.byHand({
      AccountDisplayValue: bench.erp.world.orders.at(-1)?.customer,
      DebitAmount: 20,
      PaymentMethodName: 'CARD',
      PaymentReference: returnOrder,
    });
    const { problem, made } = await bench.refund(of, credit);
    assert.equal(problem?.code, 'refund-by-others');
    assert.match(problem.what, new RegExp(journal));
    assert.deepEqual(made, []);
    assert.equal(bench.refunds().length, 1);
  });

  it('R16: a payment that is prepared and not posted stops it as well', async () => {
    const bench = await RefundBench.open();
    const { of, credit, returnOrder } = await bench.credited(bench.sale(5000), [2000]);
    const fields = { DebitAmount: 20, PaymentMethodName: 'CARD', PaymentReference: returnOrder };
    await bench.byHand({ AccountDisplayValue: bench.erp.world.orders.at(-1)?.customer, ...fields }, false);
    assert.equal((await bench.refund(of, credit)).problem?.code, 'refund-by-others');
    assert.equal(await bench.journals(), 1);
  });

  it('R16: a credit note that was settled with something else is not refunded', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    await bench.byHand({
      AccountDisplayValue: bench.erp.world.orders.at(-1)?.customer,
      DebitAmount: 12.5,
      PaymentMethodName: 'CARD',
      PaymentReference: 'phone call',
      MarkedInvoice: credit.number,
    });
    const { problem } = await bench.refund(of, credit);
    assert.equal(problem?.code, 'refund-by-others');
    assert.match(problem.what, /settled but for 7\.50/);
    assert.equal(bench.refunds().length, 1);
  });

  it('R17: what a person settled outside moves no money any more', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000]);
    const settled = Object.create(bench.store) as typeof bench.store;
    settled.settledOutside = (key) =>
      Promise.resolve(
        key === returnKey(of)
          ? [
              {
                code: 'refund-declined',
                raisedBy: 'n',
                resolution: 'cheque 17',
                at: '2026-03-28T12:00:00.000Z',
              },
            ]
          : [],
      );
    const other = await bench.another({}, settled);
    assert.deepEqual(await other.refund(of, credit), { documents: [], made: [], problem: null });
    assert.equal(await bench.journals(), 0);
  });
});

describe('R79, R81: the method is mapped, and never guessed', () => {
  it('R79: each method of the platform is refunded with the customer payment method of its row', async () => {
    const methods = { visa_eu: 'CARD', paypal: 'BANK', giftcard: 'GIFT' };
    const bench = await RefundBench.open();
    for (const [methodId, erpMethod] of Object.entries(methods)) {
      const { of, credit } = await bench.credited(bench.sale(5000), [2000], {
        payments: [{ methodId, reference: `tx-${methodId}`, amount: null }],
      });
      const mappings = mappingsWith({
        payment: Object.entries(methods).map(([method, target]) => ({ method, erpMethod: target })),
      });
      const { problem, documents } = await bench.refund(of, credit, { methods: new Map(), mappings });
      assert.equal(problem, null);
      assert.equal(bench.refunds().at(-1), `${erpMethod} 20.00 tx-${methodId}`);
      assert.equal(documents[0]?.references['mappings'], mappings.version);
    }
  });

  it('the node’s own table wins as a whole over Return Mappings', async () => {
    const bench = await RefundBench.open();
    const payments = [{ methodId: 'visa', reference: null, amount: null }];
    const mappings = mappingsWith({ payment: [{ method: 'visa', erpMethod: 'BANK' }] });
    const first = await bench.credited(bench.sale(5000), [2000], { payments });
    await bench.refund(first.of, first.credit, { methods: new Map([['VISA', 'CARD']]), mappings });
    assert.deepEqual(bench.refunds(), ['CARD 20.00']);
    const second = await bench.credited(bench.sale(5000), [2000], { payments });
    const { problem } = await bench.refund(second.of, second.credit, {
      methods: new Map([['amex', 'CARD']]),
      mappings,
    });
    assert.equal(problem?.code, 'payment-method-unmapped');
  });

  it('R81: no row, a method that is not there, one that does not fit: finance is asked and no call writes', async () => {
    const bench = await RefundBench.open({ callCenter: true });
    const { of, credit } = await bench.credited(bench.sale(5000, { payments: CARD }), [2000]);
    for (const methods of [
      new Map([['GIFT', 'GIFT']]),
      new Map([['CARD', 'NOPE']]),
      new Map([['CARD', 'CHECK']]),
    ]) {
      const { problem } = await bench.refund(of, credit, { methods });
      assert.equal(problem?.code, 'payment-method-unmapped');
      assert.equal(problem.lines[0]?.received, 'CARD');
      assert.equal(await bench.journals(), 0);
    }
  });

  it('R81: what looks like a card number is neither sent nor shown', async () => {
    const bench = await RefundBench.open();
    const { of, credit } = await bench.credited(bench.sale(5000), [2000], {
      payments: [{ methodId: 'CARD', reference: '4111 1111 1111 1111', amount: null }],
    });
    const { problem } = await bench.refund(of, credit);
    assert.equal(problem?.code, 'payment-method-unmapped');
    assert.doesNotMatch(JSON.stringify(problem), /4111/);
    assert.equal(await bench.journals(), 0);
  });

  it('a gift card instead of the money needs a row of its own', async () => {
    const bench = await RefundBench.open();
    const lines = [line({ id: 'L1', outcome: 'gift-card' })];
    const { of, credit } = await bench.credited(bench.sale(5000), [2000], { lines });
    assert.equal((await bench.refund(of, credit)).problem?.code, 'payment-method-unmapped');
    assert.equal(await bench.journals(), 0);
    const methods = new Map([['gift-card', 'GIFT']]);
    assert.equal((await bench.refund(of, credit, { methods })).problem, null);
    assert.deepEqual(bench.refunds(), ['GIFT 20.00']);
  });

  it('without a call center the method of the sales order is refunded, by its row or as it is', async () => {
    const bench = await RefundBench.open();
    const first = await bench.credited(bench.sale(5000), [2000]);
    await bench.refund(first.of, first.credit, { methods: new Map() });
    const second = await bench.credited(bench.sale(5000), [2000]);
    await bench.refund(second.of, second.credit, { methods: new Map([['card', 'BANK']]) });
    assert.deepEqual(bench.refunds(), ['CARD 20.00', 'BANK 20.00']);
  });
});
