import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEGACY_LIMITS } from '../../nodes/sandbox/d365/throttle';
import { D365Sandbox, infolog, type Json } from '../support/d365-sandbox';

const get = (erp: D365Sandbox, path: string): Promise<{ status: number; body: Json }> =>
  erp.call('GET', `/data/${path}`).then(({ status, body }) => ({
    status,
    body: JSON.parse(String(body || '{}')) as Json,
  }));

describe('D1: the protocol of the simulated Finance & SCM', () => {
  it('D1.1: the sets of A5 to A10 are served under their exact names, the traps are not', async () => {
    const erp = await D365Sandbox.open();
    const sets =
      'ReturnOrderHeadersV2 ReturnOrderLinesV2 ReturnDispositionCodes ReturnReasonCodeBiEntities ' +
      'ItemArrivalJournalHeadersV2 ItemArrivalJournalLinesV2 SalesOrderHeadersV4 SalesOrderLinesV3 ' +
      'SalesInvoiceHeadersV4 SalesInvoiceV4Lines CustInvoiceJourBiEntities CustPackingSlipJourBiEntities ' +
      'CustPackingSlipTransBiEntities CustTransactions CustTransOpens CustomersV3 ReleasedProductsV2 ' +
      'ReleasedProductVariantsV2 ProductDefaultOrderSettings SellableReleasedProducts ProductLifecycleStates ' +
      'ProductLifecycleStateProcesses ProductBarcodesV3 UnitsOfMeasure UnitOfMeasureConversions ' +
      'ProductSpecificUnitOfMeasureConversions Warehouses OperationalSitesV2 WarehouseLocations WarehousesOnHandV2 ' +
      'TaxGroups TaxGroupDatas TaxItemGroups TaxCodes CustomerPaymentMethods CustomerPaymentJournalHeaders ' +
      'CustomerPaymentJournalLines PaymentJournalLineSettledInvoices LedgerFiscalPeriods FiscalPeriods ' +
      'NumberSequencesV2References LegalEntities CallCenterSalesOrderCustomerPayments CallCenterRefundMethods';
    const metadata = String((await erp.call('GET', '/data/$metadata')).body);
    for (const set of sets.split(' ')) {
      assert.equal((await get(erp, `${set}?$top=1`)).status, 200, set);
      assert.ok(metadata.includes(`<EntitySet Name="${set}" `), set);
    }
    const types = [...metadata.matchAll(/<EntityType Name="(\w+)"/g)].map(([, name]) => name);
    assert.equal(new Set(types).size, types.length);
    assert.match(metadata, /<Member Name="QuarantineOrder" Value="15"\/>/);
    for (const trap of ['SalesOrderLinesV2', 'SalesInvoiceLinesV4', 'returnorderheadersv2', 'StockPlaces']) {
      assert.equal((await get(erp, trap)).status, 404, trap);
    }
  });

  it('D1.2: a row of another company is not found without cross-company', async () => {
    const erp = await D365Sandbox.open();
    const key = "Warehouses(dataAreaId='frrt',WarehouseId='MAIN')";
    assert.equal((await get(erp, key)).status, 404);
    assert.equal((await get(erp, `${key}?cross-company=true`)).status, 200);
    const elsewhere = { dataAreaId: 'frrt', CustomerAccountNumber: 'C-00001' };
    assert.match(await erp.refused('ReturnOrderHeadersV2', elsewhere), /C-00001/);
  });

  it('D1.3: numbers of one order differ, and the site and the deadline are filled', async () => {
    const erp = await D365Sandbox.open();
    const row = await erp.created('ReturnOrderHeadersV2', {
      CustomerAccountNumber: 'C-00001',
      DefaultReturnWarehouseId: 'RETQC',
      RMANumber: 'MINE',
      ReturnStatus: 'Closed',
    });
    assert.notEqual(row['RMANumber'], 'MINE');
    assert.deepEqual(
      [row['ReturnStatus'], row['DefaultReturnSiteId'], row['ReturnDeadline']],
      ['Created', '1', '2026-04-27T12:00:00.000Z'],
    );
    const manual = await D365Sandbox.open({ manualNumberSequence: true });
    const own = { CustomerAccountNumber: 'C-00001', ReturnOrderNumber: 'OWN-1' };
    assert.equal((await manual.created('ReturnOrderHeadersV2', own))['ReturnOrderNumber'], 'OWN-1');
    assert.match(await manual.refused('ReturnOrderHeadersV2', own), /already exists/);
  });

  it('D1.4: positive quantities are refused only in strict mode', async () => {
    for (const strictNegativeQuantity of [true, false]) {
      const erp = await D365Sandbox.open({ strictNegativeQuantity });
      const { number } = await erp.returnOrder([]);
      const body = { ReturnOrderNumber: number, ItemNumber: erp.sku, ReturnSalesQuantity: 1 };
      const { status } = await erp.post('ReturnOrderLinesV2', body);
      assert.equal(status, strictNegativeQuantity ? 400 : 201);
    }
  });

  it('D1.5: relations come before rules; the status of a refusal is a switch', async () => {
    const erp = await D365Sandbox.open();
    const held = await erp.returnOrder();
    erp.simulator.operator.stopOrder(held.number);
    const body = { ReturnOrderNumber: held.number, ItemNumber: 'NOPE', ReturnSalesQuantity: -1 };
    assert.match(await erp.refused('ReturnOrderLinesV2', body), /NOPE.*not found in the related table/);
    assert.match(await erp.refused('ReturnOrderLinesV2', { ...body, ItemNumber: erp.sku }), /SalesTable/);
    const older = await D365Sandbox.open({ validationStatus: 500 });
    assert.equal((await older.post('ReturnOrderHeadersV2', { CustomerAccountNumber: 'X' })).status, 500);
  });

  it('A15: variants must be named and assigned; units must convert', async () => {
    const erp = await D365Sandbox.open();
    const { number } = await erp.returnOrder([]);
    const line = (change: Json): Json => ({
      ReturnOrderNumber: number,
      ItemNumber: 'TEE-MASTER',
      ReturnSalesQuantity: -1,
      ...change,
    });
    const variant = { ProductSizeId: 'M', ProductColorId: 'Blue' };
    assert.match(await erp.refused('ReturnOrderLinesV2', line({})), /Inventory dimension Size is mandatory/);
    assert.match(
      await erp.refused('ReturnOrderLinesV2', line({ ...variant, ProductColorId: 'Pink' })),
      /Color Pink has not been assigned to the product/,
    );
    assert.match(
      await erp.refused('ReturnOrderLinesV2', line({ ProductSizeId: 'L', ProductColorId: 'Black' })),
      /has not been assigned/,
    );
    await erp.created('ReturnOrderLinesV2', line(variant));
    assert.match(
      await erp.refused('ReturnOrderLinesV2', line({ ...variant, SalesUnitSymbol: 'kg' })),
      /conversion from kg to ea/,
    );
    assert.match(
      await erp.refused('ReturnOrderLinesV2', line({ ...variant, SalesUnitSymbol: 'NO' })),
      /'Unit'/,
    );
  });

  it('A8: a box arrives, and comes into stock, as the units that it holds; a part of one is not rounded', async () => {
    const erp = await D365Sandbox.open();
    const held = await erp.returnOrder([{ ReturnSalesQuantity: -1, SalesUnitSymbol: 'box' }]);
    await assert.rejects(erp.receive(held, { ItemQuantity: 1 }), /without rounding/);
    await erp.receive(held, { ItemQuantity: 12 });
    assert.equal(erp.simulator.observer.stock().find((one) => one.warehouse === 'RETQC')?.quantity, 12);
  });

  it('A4.1: a line is changed while it is expected only; the setting may widen that', async () => {
    for (const lineEditable of [['Awaiting'], ['Awaiting', 'Registered']]) {
      const erp = await D365Sandbox.open({ lineEditable });
      const held = await erp.returnOrder();
      const key = `/data/ReturnOrderLinesV2(dataAreaId='usrt',ReturnOrderNumber='${held.number}',ReturnInventoryLotId='${held.lots[0]}')`;
      const code = { ReturnDispositionCode: 'SCRAP' };
      assert.equal((await erp.call('PATCH', key, { ReturnSalesQuantity: -3 })).status, 204);
      assert.equal(erp.simulator.observer.returnOrders()[0]?.total, -30);
      await erp.receive(held, { ItemQuantity: 3 });
      const answer = await erp.call('PATCH', key, code);
      if (lineEditable.length === 2) assert.equal(answer.status, 204);
      else assert.match(infolog(answer), /not expected any more/);
    }
  });

  it('A2: enumerations take their members only, and keys their own kind of value', async () => {
    const erp = await D365Sandbox.open();
    const held = await erp.returnOrder();
    const header = erp.arrivalHeader(held, { DefaultTransactionReferenceType: 'Nope' });
    assert.equal((await erp.post('ItemArrivalJournalHeadersV2', header)).status, 400);
    const journal = await erp.arrival(held);
    const key = (line: string): string =>
      `ItemArrivalJournalLinesV2(dataAreaId='usrt',JournalNumber='${journal}',LineNumber=${line})`;
    assert.equal((await get(erp, key('1'))).status, 200);
    assert.equal((await get(erp, key("'1'"))).status, 400);
    assert.equal((await get(erp, key('2'))).status, 404);
  });

  it('D1.11: an entity tag that is out of date is refused', async () => {
    const erp = await D365Sandbox.open();
    const held = await erp.returnOrder();
    const key = `/data/ReturnOrderHeadersV2(dataAreaId='usrt',ReturnOrderNumber='${held.number}')`;
    const read = await get(erp, key.slice('/data/'.length));
    const tag = { 'if-match': String(read.body['@odata.etag']) };
    assert.equal((await erp.call('PATCH', key, { Email: 'a@b.example' }, tag)).status, 204);
    assert.equal((await erp.call('PATCH', key, { Email: 'c@d.example' }, tag)).status, 412);
    assert.equal((await erp.call('PATCH', key, { Email: 'c@d.example' }, { 'if-match': '*' })).status, 204);
  });

  it('D1.12: pages end with a link, and $expand goes one level', async () => {
    const erp = await D365Sandbox.open({ pageSize: 2 });
    const first = await get(erp, 'UnitsOfMeasure');
    assert.equal((first.body['value'] as unknown[]).length, 2);
    const next = String(first.body['@odata.nextLink']).replace(/^\.\//, '');
    const second = await get(erp, next);
    assert.deepEqual(
      [(second.body['value'] as unknown[]).length, second.body['@odata.nextLink']],
      [1, undefined],
    );
    const held = await erp.returnOrder();
    await erp.arrival(held);
    const [journal] = (await get(erp, 'ItemArrivalJournalHeadersV2?$expand=ItemArrivalJournalLine')).body[
      'value'
    ] as [Json];
    assert.equal((journal['ItemArrivalJournalLine'] as unknown[]).length, 1);
    const deep = 'ReturnOrderHeadersV2?$expand=ReturnOrderLines($expand=ReturnOrderHeader)';
    assert.equal((await get(erp, deep)).status, 400);
  });

  it('D1.10: a changeset that fails takes everything back, stock and totals included', async () => {
    const erp = await D365Sandbox.open();
    const held = await erp.returnOrder();
    const operation = (set: string, body: Json): string =>
      'Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n' +
      `POST https://x.example/data/${set} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`;
    const line = {
      ReturnOrderNumber: held.number,
      ItemNumber: erp.sku,
      ReturnSalesQuantity: -1,
      SalesPrice: 5,
    };
    const body =
      '--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n' +
      `--c\r\n${operation('ReturnOrderLinesV2', line)}--c\r\n${operation('ReturnOrderLinesV2', { ...line, ItemNumber: 'NOPE' })}--c--\r\n--b--\r\n`;
    const answer = await erp.call('POST', '/data/$batch', Buffer.from(body), {
      'content-type': 'multipart/mixed; boundary=b',
    });
    assert.equal(answer.status, 200);
    assert.match(String(answer.body), /HTTP\/1\.1 400/);
    const [order] = erp.simulator.observer.returnOrders();
    assert.deepEqual([order?.lines.length, order?.total], [1, -20]);
  });

  it('D1.9: the older limits are off, and on request count calls, time and calls at once', async () => {
    const off = await D365Sandbox.open();
    assert.equal((await off.call('GET', '/data/LegalEntities')).status, 200);
    const erp = await D365Sandbox.open({ legacyLimits: { ...LEGACY_LIMITS, requests: 3, concurrent: 2 } });
    erp.simulator.dials.latencyMs = 1;
    const read = (): ReturnType<D365Sandbox['call']> => erp.call('GET', '/data/LegalEntities');
    const together = await Promise.all([read(), read(), read()]);
    assert.deepEqual(
      together.map(({ status }) => status),
      [200, 200, 429],
    );
    assert.match(String(together[2].body), /concurrent/);
    assert.equal((await read()).status, 200);
    const over = await read();
    assert.deepEqual([over.status, over.headers?.['retry-after']], [429, '1']);
    assert.match(String(over.body), /Number of requests/);
    erp.clock.forward(LEGACY_LIMITS.windowSeconds + 1);
    assert.equal((await read()).status, 200);
  });

  it('D1.9: the switch throttles the posting service too, with the seconds to wait', async () => {
    const erp = await D365Sandbox.open();
    Object.assign(erp.simulator.dials, { throttleNext: 1, retryAfterSeconds: 7 });
    const url = '/api/services/RetConnectorServiceGroup/RetConnectorService/postReturnInvoice';
    const answer = await erp.call('POST', url, { _request: {} });
    assert.deepEqual([answer.status, answer.headers?.['retry-after']], [429, '7']);
  });

  it('D1.13: an application that the ERP does not know gets a token and no data', async () => {
    const erp = await D365Sandbox.open({ registeredApp: false });
    assert.equal((await erp.call('GET', '/data/LegalEntities')).status, 401);
  });

  it('A15: an answer of the posting service may be lost after the work was done', async () => {
    const erp = await D365Sandbox.open();
    const held = await erp.returnOrder();
    await erp.receive(held);
    erp.simulator.dials.dropAfterCommitNext = 1;
    const url = '/api/services/RetConnectorServiceGroup/RetConnectorService/postReturnInvoice';
    const request = { _request: { DataAreaId: 'usrt', ReturnOrderNumber: held.number } };
    assert.equal((await erp.call('POST', url, request)).drop, true);
    assert.equal(erp.simulator.observer.creditNotes().length, 1);
  });
});
