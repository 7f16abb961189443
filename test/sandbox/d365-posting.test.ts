import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { D365Sandbox, infolog, type ReturnHeld } from '../support/d365-sandbox';

describe('D1.7, D1.8, A4, A7: posting at the simulated Finance & SCM', () => {
  let erp: D365Sandbox;
  const slip = (held: ReturnHeld, change: Record<string, unknown> = {}): ReturnType<D365Sandbox['service']> =>
    erp.service('postReturnPackingSlip', { ReturnOrderNumber: held.number, ...change });
  const invoice = (
    held: ReturnHeld,
    change: Record<string, unknown> = {},
  ): ReturnType<D365Sandbox['service']> =>
    erp.service('postReturnInvoice', { ReturnOrderNumber: held.number, ...change });
  const stockOf = (warehouse: string): (string | number)[][] =>
    erp.simulator.observer
      .stock()
      .filter((one) => one.warehouse === warehouse && one.item === erp.sku)
      .map(({ place, quantity }) => [place, quantity]);

  beforeEach(async () => {
    erp = await D365Sandbox.open();
  });

  it('D1.8: arrival, packing slip and credit note, each with its document', async () => {
    const held = await erp.returnOrder([{}], {
      CustomerRequisitionNumber: 'SO-000001',
      CustomerReturnReasonCode: 'FIT',
    });
    await erp.receive(held);
    const delivered = await slip(held, { PackingSlipId: 'HR-1-1', Lots: held.lots });
    assert.deepEqual([delivered.success, delivered.number], [true, 'HR-1-1']);
    assert.deepEqual(erp.statuses(held.number), ['Open', 'Received']);
    const credited = await invoice(held, { InvoiceDate: '2026-03-31' });
    assert.deepEqual(erp.statuses(held.number), ['Closed', 'Invoiced']);
    const filter = `dataAreaId eq 'usrt' and SalesOrderNumber eq '${held.number}'`;
    const [row, ...more] = await erp.rows('SalesInvoiceHeadersV4', filter);
    assert.equal(more.length, 0);
    assert.deepEqual(
      [row?.['InvoiceNumber'], row?.['TotalInvoiceAmount'], row?.['InvoiceDate']],
      [credited.number, -20, '2026-03-31T12:00:00.000Z'],
    );
    assert.match(String(row?.['LedgerVoucher']), /^VCH-/);
    const [journal] = await erp.rows('CustInvoiceJourBiEntities', `SalesId eq '${held.number}'`);
    assert.deepEqual(
      [journal?.['InvoiceAmount'], journal?.['PurchaseOrder'], journal?.['ReturnReasonCodeId']],
      [-20, 'SO-000001', 'FIT'],
    );
    const [line] = await erp.rows('SalesInvoiceV4Lines', `InvoiceNumber eq '${credited.number}'`);
    assert.deepEqual([line?.['InvoicedQuantity'], line?.['LineAmount']], [-2, -20]);
    const [slipRow] = await erp.rows('CustPackingSlipJourBiEntities', `SalesId eq '${held.number}'`);
    assert.equal(slipRow?.['PackingSlipId'], 'HR-1-1');
    const [note] = erp.simulator.observer.creditNotes();
    assert.deepEqual([note?.returnOrder, note?.total, note?.open], [held.number, -20, -20]);
  });

  it('R165: a packing slip is posted on the day that is asked for, whose period must be open', async () => {
    const held = await erp.returnOrder();
    await erp.receive(held);
    erp.simulator.operator.setPeriod('2026-03-28', 'OnHold');
    assert.match((await slip(held, { Lots: held.lots })).messages, /on hold/);
    const posted = await slip(held, { Lots: held.lots, PackingSlipDate: '2026-04-01' });
    assert.equal(posted.success, true, posted.messages);
    const [row] = await erp.rows('CustPackingSlipJourBiEntities', `SalesId eq '${held.number}'`);
    assert.equal(row?.['DeliveryDate'], '2026-04-01T12:00:00.000Z');
  });

  it('A4: a packing slip wants registered lines, a disposition and the full quantity', async () => {
    const held = await erp.returnOrder();
    assert.match((await slip(held)).messages, /nothing registered/);
    assert.match((await slip(held, { Lots: held.lots })).messages, /status Awaiting/);
    assert.match((await slip(held, { Lots: ['L-NOPE'] })).messages, /not of return order/);
    await erp.receive(held, { ReturnDispositionCodeId: '' });
    assert.match((await slip(held)).messages, /no disposition code/);
    const other = await erp.returnOrder();
    await erp.receive(other);
    const part = { Lots: other.lots, Quantities: { [other.lots[0] ?? '']: 1 } };
    assert.match((await slip(other, part)).messages, /in full/);
    assert.deepEqual(erp.statuses(other.number), ['Open', 'Registered']);
  });

  it('A4: the packing slip may be skipped: the invoice does its work', async () => {
    const held = await erp.returnOrder();
    await erp.receive(held);
    assert.equal((await invoice(held)).success, true);
    assert.equal((await erp.rows('CustPackingSlipTransBiEntities')).length, 1);
    assert.deepEqual(erp.statuses(held.number), ['Closed', 'Invoiced']);
    assert.match((await invoice(held)).messages, /status Closed/);
    assert.equal(erp.simulator.observer.creditNotes().length, 1);
  });

  it('A15: an invoice without a registered or received line is refused; unknown orders too', async () => {
    const held = await erp.returnOrder();
    assert.match((await invoice(held)).messages, /no line that is registered or received/);
    assert.match((await invoice({ ...held, number: 'NOPE' })).messages, /does not exist/);
    assert.deepEqual(erp.statuses(held.number), ['Created', 'Awaiting']);
  });

  it('A4: lines that wait are credited later, with a credit note of their own', async () => {
    const held = await erp.returnOrder([{}, { SalesPrice: 7 }]);
    const journal = await erp.arrival(held, [{}]);
    await erp.service('postArrivalJournal', { JournalNumber: journal });
    assert.equal((await invoice(held)).success, true);
    assert.deepEqual(erp.statuses(held.number), ['Open', 'Invoiced', 'Awaiting']);
    const rest = await erp.arrival(held, [{ ReferenceInventoryLotId: held.lots[1] }]);
    await erp.service('postArrivalJournal', { JournalNumber: rest });
    await invoice(held);
    assert.deepEqual(
      erp.simulator.observer.creditNotes().map(({ total }) => total),
      [-20, -14],
    );
    assert.equal(erp.statuses(held.number)[0], 'Closed');
  });

  it('A4.2: what each disposition does to stock, credit and replacement', async () => {
    const seen: unknown[] = [];
    for (const code of ['CREDIT', 'SCRAP', 'REPLCRED', 'REPLSCRAP', 'BACK']) {
      erp = await D365Sandbox.open();
      const held = await erp.returnOrder();
      await erp.receive(held, { ReturnDispositionCodeId: code });
      assert.deepEqual(stockOf('RETQC'), [['sellable', 2]]);
      assert.equal((await slip(held)).success, true);
      assert.equal((await invoice(held)).success, true);
      assert.deepEqual(erp.statuses(held.number), ['Closed', 'Invoiced']);
      const { observer } = erp.simulator;
      const replaced = observer.salesOrders().map(({ requisition, lines }) => {
        assert.equal(requisition, held.number);
        return lines.map(({ item, quantity }) => [item, quantity]);
      });
      seen.push([code, stockOf('RETQC'), observer.creditNotes().map(({ total }) => total), replaced]);
    }
    assert.deepEqual(seen, [
      ['CREDIT', [['sellable', 2]], [-20], []],
      ['SCRAP', [['scrap', 2]], [-20], []],
      ['REPLCRED', [['sellable', 2]], [-20], [[[erp.sku, 2]]]],
      ['REPLSCRAP', [['scrap', 2]], [-20], [[[erp.sku, 2]]]],
      ['BACK', [], [], []],
    ]);
  });

  it('A4.2: a replacement order that was made up front rules out dispositions that replace', async () => {
    const held = await erp.returnOrder();
    const number = erp.simulator.operator.replaceUpFront(held.number);
    const [row] = await erp.rows('ReturnOrderHeadersV2');
    assert.deepEqual(
      [row?.['IsReplacementSalesOrderCreated'], row?.['ReplacementSalesOrderNumber']],
      ['Yes', number],
    );
    const body = {
      ReturnOrderNumber: held.number,
      ItemNumber: erp.sku,
      ReturnSalesQuantity: -1,
      ReturnDispositionCode: 'REPLCRED',
    };
    assert.match(await erp.refused('ReturnOrderLinesV2', body), /A replacement order exists/);
  });

  it('A4.1, F-8: credit only needs no arrival and no slip; what OData shows of it is a setting', async () => {
    for (const creditOnlyOverOData of [true, false]) {
      erp = await D365Sandbox.open({ creditOnlyOverOData });
      const held = await erp.returnOrder([{ ReturnDispositionCode: 'CREDONLY' }]);
      assert.deepEqual(
        erp.statuses(held.number),
        creditOnlyOverOData ? ['Open', 'Received'] : ['Created', 'Awaiting'],
      );
      assert.equal((await invoice(held)).success, true);
      assert.deepEqual([stockOf('RETQC'), erp.simulator.observer.creditNotes()[0]?.total], [[], -20]);
    }
  });

  it('C2: a fee is a service item with a positive quantity; it lessens the credit note', async () => {
    const fee = { ItemNumber: 'RETURN-FEE', ReturnSalesQuantity: 1, SalesPrice: 4.5 };
    const held = await erp.returnOrder([{}, fee]);
    const journal = await erp.arrival(held, [{}]);
    await erp.service('postArrivalJournal', { JournalNumber: journal });
    assert.equal((await invoice(held)).success, true);
    assert.deepEqual(erp.statuses(held.number), ['Closed', 'Invoiced', 'Invoiced']);
    assert.equal(erp.simulator.observer.creditNotes()[0]?.total, -15.5);
  });

  it('A4: charges by reason and by disposition are on the order and on its credit note', async () => {
    erp = await D365Sandbox.open({ charges: { byReason: { MIND: 3 }, byDisposition: { CREDIT: 1 } } });
    const held = await erp.returnOrder([{}], { CustomerReturnReasonCode: 'MIND' });
    await erp.receive(held);
    await invoice(held);
    const [order] = erp.simulator.observer.returnOrders();
    assert.deepEqual([order?.total, order?.charges], [-16, 4]);
    assert.equal(erp.simulator.observer.creditNotes()[0]?.total, -16);
  });

  it('D1.8: nothing is posted into a period that is closed, on hold or shut to the module', async () => {
    const held = await erp.returnOrder();
    await erp.receive(held);
    const { operator } = erp.simulator;
    operator.setPeriod('2026-03-28', 'OnHold');
    assert.match((await slip(held)).messages, /on hold/);
    operator.setPeriod('2026-03-28', 'Open');
    assert.equal((await slip(held)).success, true);
    operator.setPeriod('2026-02-10', 'Closed');
    assert.match((await invoice(held, { InvoiceDate: '2026-02-28' })).messages, /is closed/);
    assert.throws(() => operator.setPeriod('2026-02-10', 'Open'), /closed for good/);
    erp.simulator.change('LedgerFiscalPeriods', (row) => row['PeriodName'] === 'Period 3', {
      CustAccessLevel: 'None',
    });
    assert.match((await invoice(held)).messages, /module Cust/);
    assert.match((await invoice(held, { InvoiceDate: '2050-01-01' })).messages, /no fiscal period/);
    assert.equal(erp.simulator.observer.creditNotes().length, 0);
    assert.equal((await invoice(held, { InvoiceDate: '2026-04-01' })).success, true);
  });

  it('A8: periods are read with their states and, in another set, their dates', async () => {
    const filter = "LegalEntityId eq 'usrt' and YearName eq '2026'";
    const states = await erp.rows('LedgerFiscalPeriods', filter);
    const dates = await erp.rows('FiscalPeriods', "FiscalYear eq '2026'");
    assert.deepEqual([states.length, dates.length], [12, 12]);
    assert.equal(states[0]?.['PeriodStatus'], 'Open');
    assert.equal('StartDate' in states[0], false);
    const held = dates.find((row) => row['PeriodName'] === 'Period 2');
    assert.deepEqual(
      [held?.['StartDate'], held?.['EndDate']],
      ['2026-02-01T00:00:00.000Z', '2026-02-28T00:00:00.000Z'],
    );
  });

  it('A15: nothing is credited to a customer on hold, or on an order that is stopped', async () => {
    const held = await erp.returnOrder();
    await erp.receive(held);
    const hold = (OnHoldStatus: string): void =>
      erp.simulator.change('CustomersV3', (row) => row['CustomerAccount'] === 'C-00001', { OnHoldStatus });
    hold('Invoice');
    assert.match((await invoice(held)).messages, /on hold for Invoice/);
    // Never and Payment do not hold invoices up.
    hold('Never');
    erp.simulator.operator.stopOrder(held.number);
    assert.match((await invoice(held)).messages, /is stopped/);
    erp.simulator.operator.resumeOrder(held.number);
    assert.equal((await invoice(held)).success, true);
  });

  it('A6, C1 #17: tax is worked out by the ERP, rounded by line or by invoice', async () => {
    const totals: unknown[] = [];
    for (const rounding of ['line', 'invoice'] as const) {
      for (const included of [false, true]) {
        erp = await D365Sandbox.open({ tax: { percent: 7, byItemTaxGroup: {}, included, rounding } });
        const line = { ReturnSalesQuantity: -1, SalesPrice: 0.35 };
        const held = await erp.returnOrder([line, line, line]);
        await erp.receive(held, { ItemQuantity: 1 });
        await invoice(held);
        const [note] = erp.simulator.observer.creditNotes();
        assert.equal(erp.simulator.observer.returnOrders()[0]?.total, note?.total);
        totals.push([rounding, included, note?.tax, note?.total]);
      }
    }
    assert.deepEqual(totals, [
      ['line', false, -0.06, -1.11],
      ['line', true, -0.06, -1.05],
      ['invoice', false, -0.07, -1.12],
      ['invoice', true, -0.07, -1.05],
    ]);
  });

  it('A4: cost comes from the line, else from the item', async () => {
    const held = await erp.returnOrder([{ ReturnUnitCost: 3.5 }, {}]);
    await erp.receive(held);
    await slip(held);
    const price = (erp.world.items[0]?.priceMinor ?? 0) / 100;
    assert.deepEqual(
      erp.simulator.observer.returnOrders()[0]?.lines.map(({ unitCost }) => unitCost),
      [3.5, Math.round(price * 40) / 100],
    );
  });

  it('D3: the link to the sale may be writable: then it limits the quantity and reverses the sale exactly', async () => {
    erp = await D365Sandbox.open({ saleLotWritable: true });
    const [line] = erp.order.lines;
    assert.ok(line);
    const lot = `LOT-${erp.order.salesOrderNumber}-1`;
    const body = { ItemNumber: line.sku, ReturningInventoryLotId: lot, SalesPrice: undefined };
    const held = await erp.returnOrder([{ ...body, ReturnSalesQuantity: -line.quantity }]);
    const [order] = erp.simulator.observer.returnOrders();
    assert.equal(Math.round((order?.total ?? 0) * -100), line.amountMinor);
    const more = {
      ItemNumber: line.sku,
      ReturningInventoryLotId: lot,
      ReturnOrderNumber: held.number,
      ReturnSalesQuantity: -1,
    };
    assert.match(await erp.refused('ReturnOrderLinesV2', more), /greater than the quantity/);
    const usual = await D365Sandbox.open();
    await usual.returnOrder([{ ...body, ReturnSalesQuantity: -99, SalesPrice: 1 }]);
    assert.equal((await usual.rows('ReturnOrderLinesV2'))[0]?.['ReturningInventoryLotId'], '');
  });

  it('A4: a person’s “Find sales order” links price and lot to the sale, and takes no more than is left of it', async () => {
    erp = await D365Sandbox.open();
    const { operator, observer } = erp.simulator;
    const { salesOrderNumber, lines } = erp.order;
    const [line] = lines;
    assert.ok(line);
    const number = operator.addForeignReturnOrder(salesOrderNumber, { 1: line.quantity });
    const lot = `LOT-${salesOrderNumber}-1`;
    const [row, ...more] = await erp.rows('ReturnOrderLinesV2', `ReturningInventoryLotId eq '${lot}'`);
    assert.deepEqual([row?.['ReturnOrderNumber'], more.length], [number, 0]);
    const [order] = observer.returnOrders();
    assert.deepEqual([order?.reference, order?.requisition, order?.status], ['', '', 'Created']);
    assert.equal(Math.round((order?.total ?? 0) * -100), line.amountMinor);
    assert.throws(() => operator.addForeignReturnOrder(salesOrderNumber, { 1: 1 }), /has 0 left to return/);
    assert.equal(observer.returnOrders().length, 1, 'the refused one is not there in part');
    operator.cancelOrder(number);
    assert.notEqual(operator.addForeignReturnOrder(salesOrderNumber, { 1: 1 }), number);
  });

  it('A7: the service can be absent, throw, or fault', async () => {
    const url = '/api/services/RetConnectorServiceGroup/RetConnectorService/postReturnInvoice';
    const none = await D365Sandbox.open({ customService: null });
    assert.equal((await none.call('POST', url, { _request: {} })).status, 404);
    const elsewhere = await D365Sandbox.open({ customService: '/api/services/ABC/Posting' });
    assert.equal((await elsewhere.call('POST', url, { _request: {} })).status, 404);
    const there = await elsewhere.call('POST', '/api/services/ABC/Posting/postReturnInvoice', {
      _request: {},
    });
    assert.equal(there.status, 200);
    assert.equal((await erp.call('POST', url.replace('postReturnInvoice', 'nope'), {})).status, 404);
    erp.simulator.dials.serviceFaultNext = 1;
    const held = await erp.returnOrder();
    const request = { _request: { DataAreaId: 'usrt', ReturnOrderNumber: held.number } };
    const strict = await D365Sandbox.open({ serviceThrows: true });
    for (const [one, body] of [
      [erp, request],
      [erp, { wrong: 1 }],
      [strict, request],
    ] as const) {
      const answer = await one.call('POST', url, body);
      const { Message, ExceptionType, ActivityId } = JSON.parse(String(answer.body)) as Record<
        string,
        string
      >;
      assert.equal(answer.status, 500);
      assert.match(Message ?? '', /^An exception occured when invoking the operation - /);
      assert.ok(ExceptionType && ActivityId);
    }
  });

  it('D1.7: batch jobs post when their time has come, by the filters of A7', async () => {
    const held = await erp.returnOrder();
    await erp.arrival(held);
    const { dials, observer } = erp.simulator;
    Object.assign(dials, { arrivalJobSeconds: 60, packingSlipJobSeconds: 120, invoiceJobSeconds: 180 });
    const after = async (seconds: number): Promise<string[]> => {
      erp.clock.forward(seconds);
      await erp.rows('LegalEntities');
      return erp.statuses(held.number);
    };
    assert.deepEqual(await after(59), ['Created', 'Awaiting']);
    assert.deepEqual(await after(1), ['Open', 'Registered']);
    assert.deepEqual(await after(60), ['Open', 'Received']);
    assert.deepEqual(await after(60), ['Closed', 'Invoiced']);
    assert.deepEqual(
      observer.batchLog().map(({ job, result }) => [job, result.success]),
      [
        ['arrival', true],
        ['packingSlip', true],
        ['invoice', true],
      ],
    );
  });

  it('A7, A15: a batch job reports what it cannot post, and goes on', async () => {
    erp = await D365Sandbox.open({ batchNeedsSystemLock: true });
    const held = await erp.returnOrder();
    const journal = await erp.arrival(held);
    erp.simulator.operator.runBatchJobs('arrival');
    const [entry] = erp.simulator.observer.batchLog();
    assert.deepEqual([entry?.document, entry?.result.success], [journal, false]);
    assert.match(entry?.result.messages.join(' ') ?? '', /not locked by system/);
    // The posting service sets the flag that the batch job wants.
    assert.equal((await erp.service('postArrivalJournal', { JournalNumber: journal })).success, true);
  });

  it('A7: the invoice job takes received lines only; a registered line waits for its slip', async () => {
    const held = await erp.returnOrder();
    await erp.receive(held);
    erp.simulator.operator.runBatchJobs('invoice');
    assert.deepEqual(erp.statuses(held.number), ['Open', 'Registered']);
    erp.simulator.operator.runBatchJobs();
    assert.deepEqual(erp.statuses(held.number), ['Closed', 'Invoiced']);
  });

  it('A4.1, F-10: only a created order is cancelled, or deleted with its lines', async () => {
    const held = await erp.returnOrder();
    erp.simulator.operator.cancelOrder(held.number);
    assert.deepEqual(erp.statuses(held.number), ['Canceled', 'Canceled']);
    const body = { ReturnOrderNumber: held.number, ItemNumber: erp.sku, ReturnSalesQuantity: -1 };
    assert.match(await erp.refused('ReturnOrderLinesV2', body), /SalesTable/);
    const key = (number: string): string =>
      `/data/ReturnOrderHeadersV2(dataAreaId='usrt',ReturnOrderNumber='${number}')`;
    assert.match(infolog(await erp.call('PATCH', key(held.number), { Email: 'a@b.example' })), /SalesTable/);
    const open = await erp.returnOrder();
    await erp.receive(open);
    assert.throws(() => erp.simulator.operator.cancelOrder(open.number), /cannot be cancelled/);
    infolog(await erp.call('DELETE', key(open.number)));
    const fresh = await erp.returnOrder();
    assert.equal((await erp.call('DELETE', key(fresh.number))).status, 204);
    const left = await erp.rows('ReturnOrderLinesV2', `ReturnOrderNumber eq '${fresh.number}'`);
    assert.equal(left.length, 0);
  });

  it('A4.1, D3: what opens an order, and in which states goods may arrive, are settings', async () => {
    const early = await D365Sandbox.open({ opensAt: 'creation' });
    assert.equal(early.statuses((await early.returnOrder()).number)[0], 'Open');
    const strict = await D365Sandbox.open({ receivable: ['Open'] });
    const made = await strict.created('ReturnOrderHeadersV2', { CustomerAccountNumber: 'C-00001' });
    const body = {
      ReturnOrderNumber: made['ReturnOrderNumber'],
      ItemNumber: strict.sku,
      ReturnSalesQuantity: -1,
      ReturnWarehouseId: 'RETQC',
    };
    assert.match(await strict.refused('ReturnOrderLinesV2', body), /SalesTable/);
  });
});
