import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { D365Sandbox, infolog, type Json } from '../support/d365-sandbox';

describe('A10, A13, A14: money at the simulated Finance & SCM', () => {
  let erp: D365Sandbox;

  beforeEach(async () => {
    erp = await D365Sandbox.open();
  });

  const credit = async (header: Json = {}): Promise<{ order: string; note: string }> => {
    const held = await erp.returnOrder([{}], header);
    await erp.receive(held);
    const { number } = await erp.service('postReturnInvoice', { ReturnOrderNumber: held.number });
    return { order: held.number, note: number };
  };
  const journal = async (line: Json): Promise<string> => {
    const made = await erp.created('CustomerPaymentJournalHeaders', { JournalName: 'RETREFUND' });
    const number = String(made['JournalBatchNumber']);
    await erp.created('CustomerPaymentJournalLines', payment(number, line));
    return number;
  };
  const payment = (number: string, change: Json = {}): Json => ({
    JournalBatchNumber: number,
    AccountDisplayValue: 'C-00001',
    DebitAmount: 20,
    PaymentMethodName: 'CARD',
    ...change,
  });
  const post = (number: string): ReturnType<D365Sandbox['service']> =>
    erp.service('postPaymentJournal', { JournalBatchNumber: number });

  it('F-7: a refund is posted and settles the credit note that it marks', async () => {
    const { order, note } = await credit();
    const number = await journal({ PaymentReference: order, MarkedInvoice: note, PaymentId: 'pay-1' });
    assert.equal(erp.simulator.observer.creditNotes()[0]?.open, -20);
    assert.deepEqual([(await post(number)).success, (await post(number)).success], [true, false]);
    const [refund] = erp.simulator.observer.refunds();
    assert.deepEqual(
      [refund?.posted, refund?.amount, refund?.method, refund?.reference, refund?.paymentId],
      [true, 20, 'CARD', order, 'pay-1'],
    );
    assert.deepEqual(refund?.settled, [{ invoice: note, amount: -20 }]);
    assert.equal(erp.simulator.observer.creditNotes()[0]?.open, 0);
    const [row] = await erp.rows('CustTransactions', `Voucher eq '${refund.voucher}'`);
    assert.deepEqual([row?.['AmountCur'], row?.['PaymReference']], [20, order]);
    assert.equal((await erp.rows('CustTransOpens')).length, 0);
  });

  it('A10: settled invoices are named one by one, with an amount', async () => {
    const { note } = await credit();
    const number = await journal({});
    const line = { JournalBatchNumber: number, LineNumber: 1, InvoiceNumber: note, SettledAmount: 5 };
    await erp.created('PaymentJournalLineSettledInvoices', line);
    assert.match(
      await erp.refused('PaymentJournalLineSettledInvoices', { ...line, InvoiceNumber: 'NOPE' }),
      /NOPE/,
    );
    assert.equal((await post(number)).success, true);
    assert.equal(erp.simulator.observer.creditNotes()[0]?.open, -15);
  });

  it('A4: automatic settlement takes the oldest first and knows nothing of returns', async () => {
    erp = await D365Sandbox.open({ automaticSettlement: true });
    const [older, newer] = [await credit(), await credit()];
    await post(await journal({ PaymentReference: newer.order }));
    assert.deepEqual(
      erp.simulator.observer.creditNotes().map(({ number, open }) => [number, open]),
      [
        [older.note, 0],
        [newer.note, -20],
      ],
    );
  });

  it('A15: relations, amounts and keys of payment lines; nothing is posted over OData', async () => {
    const number = await journal({});
    const line = (change: Json): Promise<string> =>
      erp.refused('CustomerPaymentJournalLines', payment(number, change));
    assert.match(await line({ PaymentMethodName: 'NOPE' }), /NOPE.*'Method of payment'/);
    assert.match(await line({ AccountDisplayValue: 'NOPE' }), /NOPE/);
    assert.match(await line({ DebitAmount: 0 }), /debit or a credit/);
    assert.match(await line({ CreditAmount: 1 }), /debit or a credit/);
    assert.match(await line({ LineNumber: 1 }), /already exists/);
    assert.match(await erp.refused('CustomerPaymentJournalHeaders', { JournalName: 'NOPE' }), /NOPE/);
    const key = `/data/CustomerPaymentJournalHeaders(dataAreaId='usrt',JournalBatchNumber='${number}')`;
    assert.match(infolog(await erp.call('PATCH', key, { IsPosted: 'Yes' })), /does not allow/);
    await post(number);
    assert.match(await line({}), /has been posted/);
  });

  it('A15: no voucher, no reference, a closed period or a customer on hold stop the posting', async () => {
    erp = await D365Sandbox.open({ paymentVouchers: false });
    assert.match((await post(await journal({}))).messages, /Voucher not specified/);
    const number = await journal({ Voucher: 'V1', PaymentMethodName: 'BANK' });
    assert.match((await post(number)).messages, /Payment reference/);
    erp.simulator.operator.setPeriod('2026-01-15', 'Closed');
    const old = await journal({ Voucher: 'V2', TransactionDate: '2026-01-15T12:00:00Z' });
    assert.match((await post(old)).messages, /is closed/);
    erp.simulator.change('CustomersV3', () => true, { OnHoldStatus: 'Payment' });
    assert.match((await post(await journal({ Voucher: 'V3' }))).messages, /on hold for Payment/);
    assert.equal((await erp.rows('CustTransactions')).length, 0);
    assert.ok(erp.simulator.observer.refunds().every(({ posted }) => !posted));
  });

  it('A10: payment journals are posted by their batch job as well', async () => {
    await journal({});
    erp.simulator.dials.paymentJobSeconds = 30;
    erp.clock.forward(30);
    await erp.rows('LegalEntities');
    assert.equal(erp.simulator.observer.refunds()[0]?.posted, true);
  });

  it('A10: a call center works refund lines out, pays cards with the invoice, and shows what was declined', async () => {
    erp = await D365Sandbox.open({ callCenter: true });
    const refund = async (requisition: string, decline: boolean): Promise<unknown[]> => {
      const held = await erp.returnOrder([{}], { CustomerRequisitionNumber: requisition });
      erp.simulator.operator.completeOrder(held.number);
      const before = erp.simulator.observer.paymentLines().find(({ order }) => order === held.number);
      if (decline) erp.simulator.operator.declinePayment(held.number);
      await erp.receive(held);
      await erp.service('postReturnInvoice', { ReturnOrderNumber: held.number });
      const after = erp.simulator.observer.paymentLines().find(({ order }) => order === held.number);
      return [before?.type, before?.amount, before?.status, after?.status, after?.posted];
    };
    const original = erp.order.salesOrderNumber;
    assert.deepEqual(await refund(original, false), ['CreditCard', -20, 'NotSubmitted', 'Paid', -20]);
    assert.deepEqual(await refund(original, true), ['CreditCard', -20, 'NotSubmitted', 'Declined', 0]);
    assert.deepEqual(await refund('', false), ['RefundCheck', -20, 'NotSubmitted', 'Posted', -20]);
    const answer = await erp.post('CallCenterSalesOrderCustomerPayments', {
      LineNumber: 9,
      SalesOrderId: 'x',
    });
    assert.equal(answer.status, 405);
  });

  it('F-9: an exchange is a sales order; what is free of its units is reserved', async () => {
    erp = await D365Sandbox.open({ openingStock: 3 });
    const order = await erp.created('SalesOrderHeadersV4', {
      OrderingCustomerAccountNumber: 'C-00001',
      CustomersOrderReference: 'HR-X-1',
      CustomerRequisitionNumber: '001624',
    });
    const number = String(order['SalesOrderNumber']);
    const line = {
      SalesOrderNumber: number,
      ItemNumber: erp.sku,
      OrderedSalesQuantity: 2,
      SalesPrice: 12.5,
      ExternalItemNumber: 'X-1',
    };
    const made = await erp.created('SalesOrderLinesV3', line);
    await erp.created('SalesOrderLinesV3', line);
    const [held] = erp.simulator.observer.salesOrders();
    assert.deepEqual(
      [held?.requisition, held?.lines.map(({ amount, reserved }) => [amount, reserved])],
      [
        '001624',
        [
          [25, 2],
          [25, 1],
        ],
      ],
    );
    const onHand = async (): Promise<unknown> =>
      (await erp.rows('WarehousesOnHandV2', `ItemNumber eq '${erp.sku}'`))[0]?.['AvailableOnHandQuantity'];
    assert.equal(await onHand(), 0);
    const key = `/data/SalesOrderLinesV3(dataAreaId='usrt',InventoryLotId='${String(made['InventoryLotId'])}')`;
    assert.equal((await erp.call('DELETE', key)).status, 204);
    assert.equal(await onHand(), 2);
    assert.match(await erp.refused('SalesOrderLinesV3', { ...line, ItemNumber: 'NOPE' }), /NOPE/);
    assert.match(await erp.refused('SalesOrderLinesV3', { ...line, ItemNumber: 'STOP-42-RED' }), /blocked/);
    assert.match(await erp.refused('SalesOrderLinesV3', { ...line, SalesOrderNumber: 'NOPE' }), /NOPE/);
    const sold = { ...line, SalesOrderNumber: erp.order.salesOrderNumber };
    assert.match(await erp.refused('SalesOrderLinesV3', sold), /cannot be changed in its status/);
  });

  it('D1.15: business events of credit notes, twice and out of order, with numbers that grow', async () => {
    const bodies: Json[] = [];
    erp = await D365Sandbox.open({
      seed: 4,
      businessEvents: (body) => bodies.push(JSON.parse(body) as Json),
    });
    Object.assign(erp.simulator.dials, { eventReorderWindow: 4, eventDuplicateShare: 1 });
    const made = [await credit(), await credit(), await credit()];
    assert.equal(bodies.length, 0);
    made.push(await credit());
    await erp.simulator.observer.settled();
    assert.equal(bodies.length, 8);
    const controls = bodies.map((body) => Number(body['ControlNumber']));
    assert.equal(new Set(controls).size, 4);
    assert.notDeepEqual(controls, [...controls].sort());
    const own = bodies.find((body) => body['InvoiceId'] === made[0]?.note);
    assert.deepEqual(
      [own?.['BusinessEventId'], own?.['SalesOrderId'], own?.['InvoiceAmountInAccountingCurrency']],
      ['SalesInvoicePostedBusinessEvent', made[0]?.order, -20],
    );
    assert.match(String(own?.['EventTime']), /^\/Date\(\d+\)\/$/);
  });

  it('A13: a delivery is tried again three times, then kept and sent by hand', async () => {
    let calls = 0;
    erp = await D365Sandbox.open({
      businessEvents: () => {
        calls += 1;
        if (calls <= 4) throw new Error('closed');
      },
    });
    await credit();
    await erp.simulator.observer.settled();
    assert.deepEqual([calls, erp.simulator.observer.failedEvents().length], [4, 1]);
    erp.simulator.operator.sendEvents();
    await erp.simulator.observer.settled();
    assert.deepEqual([calls, erp.simulator.observer.failedEvents().length], [5, 0]);
  });
});
