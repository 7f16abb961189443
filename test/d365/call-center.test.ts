import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '../../nodes/flow/router-alerts';
import { LedgerError } from '../../nodes/returns/failure';
import { buildException } from '../../nodes/returns/exception';
import { instantOf } from '../../nodes/returns/time';
import { RefundBench, type SaleOptions } from '../support/d365-refunds';
import { routerRig } from '../support/router-rig';

const CARD: SaleOptions = {
  payments: [{ tender: 'CARD', type: 'CreditCard', reference: 'CARD-REF-1', amountMinor: 5000 }],
};
const READ = { route: 'call-center' } as const;

async function bench(stateHours = 48): Promise<RefundBench> {
  return RefundBench.open({ callCenter: true }, { stateHours });
}

describe('A10: the call center refunds by itself, and is read', () => {
  it('what it has paid is a document of the return, and nothing is written', async () => {
    const erp = await bench();
    const { of, credit, returnOrder } = await erp.credited(erp.sale(5000, CARD), [2000], {}, (number) =>
      erp.erp.simulator.operator.completeOrder(number),
    );
    const { documents, made, problem } = await erp.refund(of, credit, READ);
    assert.equal(problem, null);
    assert.deepEqual(made, documents);
    const [document] = documents;
    assert.deepEqual(
      [document?.kind, document?.number, document?.status, document?.amount?.minor],
      ['refund-journal', `${returnOrder}/1`, 'Paid', -2000],
    );
    assert.equal(document?.references['credit'], credit.number);
    assert.deepEqual((await erp.refund(of, credit, READ)).made, []);
    assert.equal(await erp.journals(), 0);
  });

  it('R82: a declined payment goes to finance at once, by its line', async () => {
    const erp = await bench();
    const { of, credit, returnOrder } = await erp.credited(erp.sale(5000, CARD), [2000], {}, (number) => {
      erp.erp.simulator.operator.completeOrder(number);
      erp.erp.simulator.operator.declinePayment(number);
    });
    const { problem, documents } = await erp.refund(of, credit, READ);
    assert.equal(problem?.code, 'refund-declined');
    assert.match(problem.what, /CARD 20\.00 \w+ Declined/);
    assert.deepEqual(
      problem.lines.map(({ field, received }) => [field, received]),
      [[`payment line ${returnOrder}/1`, 'Declined']],
    );
    assert.deepEqual(documents, []);
  });

  it('R82: finance has the alert within a minute, and it names the payment', async () => {
    const erp = await bench();
    const { of, credit } = await erp.credited(erp.sale(5000, CARD), [2000], {}, (number) => {
      erp.erp.simulator.operator.completeOrder(number);
      erp.erp.simulator.operator.declinePayment(number);
    });
    const { problem } = await erp.refund(of, credit, READ);
    assert.ok(problem);
    const exception = buildException({
      ...problem,
      returnNumber: of.returnNumber,
      orderNumber: of.order.number,
      brand: of.brand,
      raisedBy: 'd365-credit-note',
      raisedAt: instantOf({ now: Date.now }),
    });
    const router = await routerRig({ outputs: 8 });
    const began = Date.now();
    await router.raise('HR1', exception);
    const [told] = await router.until(7, 1);
    assert.ok(Date.now() - began < 60_000);
    assert.equal((told?.['alert'] as Alert).owner, 'finance');
    assert.match(String(told?.['payload']), /CARD 20\.00 \w+ Declined/);
    await router.end();
  });

  it('R82: a payment that was never submitted is no refund', async () => {
    const erp = await bench();
    const { of, credit, returnOrder } = await erp.credited(erp.sale(5000, CARD), [2000]);
    erp.erp.simulator.operator.completeOrder(returnOrder);
    const { problem } = await erp.refund(of, credit, READ);
    assert.equal(problem?.code, 'refund-declined');
    assert.match(problem.what, /NotSubmitted/);
  });

  it('R83: lines that are missing are waited for, then told with the age of the credit', async () => {
    const erp = await bench(24);
    const { of, credit } = await erp.credited(erp.sale(5000, CARD), [2000]);
    await assert.rejects(
      erp.refund(of, credit, READ),
      (thrown) => thrown instanceof LedgerError && thrown.class === 'state-blocked',
    );
    erp.erp.clock.forward(3 * 24 * 3600);
    const { problem } = await erp.refund(of, credit, READ);
    assert.equal(problem?.code, 'credit-blocked');
    assert.match(problem.what, /posted 3 days ago/);
  });

  it('a payment that is only authorized is waited for', async () => {
    const erp = await bench();
    const { of, credit, returnOrder } = await erp.credited(erp.sale(5000, CARD), [2000], {}, (number) =>
      erp.erp.simulator.operator.completeOrder(number),
    );
    const set = (Status: string): void =>
      erp.erp.simulator.change(
        'CallCenterSalesOrderCustomerPayments',
        (row) => row['SalesOrderId'] === returnOrder,
        { Status },
      );
    set('Authorized');
    await assert.rejects(erp.refund(of, credit, READ), { code: 'd365-payment-not-posted' });
    set('Paid');
    assert.equal((await erp.refund(of, credit, READ)).problem, null);
  });

  it('a refund of another amount than the credit is told', async () => {
    const erp = await bench();
    const { of, credit, returnOrder } = await erp.credited(erp.sale(5000, CARD), [2000], {}, (number) =>
      erp.erp.simulator.operator.completeOrder(number),
    );
    erp.erp.simulator.change(
      'CallCenterSalesOrderCustomerPayments',
      (row) => row['SalesOrderId'] === returnOrder,
      { PostedAmount: -15 },
    );
    const { problem } = await erp.refund(of, credit, READ);
    assert.equal(problem?.code, 'amount-mismatch');
    assert.deepEqual([problem.lines[0]?.expected, problem.lines[0]?.received].map(String), [
      `20.00 ${erp.erp.world.currency}`,
      `15.00 ${erp.erp.world.currency}`,
    ]);
  });

  it('R84: what the call center refunded for one return is not left for a journal of another', async () => {
    const erp = await bench();
    const order = erp.sale(5000, CARD);
    await erp.credited(order, [4000], {}, (number) => erp.erp.simulator.operator.completeOrder(number));
    const second = await erp.credited(order, [2000]);
    assert.equal((await erp.refund(second.of, second.credit)).problem?.code, 'refund-over-paid');
    assert.equal(await erp.journals(), 0);
  });
});
