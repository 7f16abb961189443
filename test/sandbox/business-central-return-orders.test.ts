import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { body, makeCaller, type Caller, type Json } from './business-central-caller';

const ODATA = '/v2.0/production/ODataV4';
const services = {
  returnOrder: 'SalesReturnOrder',
  itemUnits: 'ItemUnits',
  returnReasons: 'ReturnReasons',
  posting: 'ReturnPosting',
};

describe('D2.5: return orders', () => {
  it('before version 29 they do not exist, from 29 on they can only be read', async () => {
    const sets = ['salesReturnOrders', 'returnReceipts', 'salesReturnOrderArchives', 'inventoryReceipts'];
    const [older, newer] = [await makeCaller(), await makeCaller({ version: 29 })];
    for (const set of sets) {
      const missing = older.refusal(await older.call('GET', set));
      assert.deepEqual([missing.status, missing.code], [404, 'BadRequest_ResourceNotFound']);
      assert.deepEqual(await newer.rows(set), []);
      const refused = newer.refusal(await newer.call('POST', set, {}));
      assert.equal(refused.code, 'BadRequest_MethodNotAllowed');
    }
  });

  it('pages and actions that are not published do not exist', async () => {
    const caller = await makeCaller();
    for (const path of [`${ODATA}/Company('usrt')/SalesReturnOrder`, `${ODATA}/Company('usrt')/ItemUnits`]) {
      assert.equal((await caller.call('GET', path)).status, 404);
    }
    const action = `${ODATA}/ReturnPosting_Receive?company=usrt`;
    assert.equal((await caller.call('POST', action, { returnOrderNo: '1' })).status, 404);
    const own = await makeCaller({ services });
    assert.equal((await own.call('POST', `${ODATA}/ReturnPosting_Release?company=usrt`, {})).status, 404);
    const metadata = String((await own.call('GET', `${ODATA}/$metadata`)).body);
    assert.match(metadata, /SalesReturnOrderSalesLines.*|ReturnPosting_Invoice/);
  });
});

describe('B5 ways 3 and 4: page services and custom API', () => {
  let caller: Caller;
  let sku = '';
  beforeEach(async () => {
    caller = await makeCaller({
      version: 29,
      services,
      customApi: { publisher: 'acme', group: 'returns', version: 'v1.0' },
    });
    sku = String(caller.sale().lines[0]?.sku);
  });
  const page = (name: string): string => `${ODATA}/Company('usrt')/${name}`;
  const act = (procedure: string, number: string): ReturnType<Caller['call']> =>
    caller.call('POST', `${ODATA}/ReturnPosting_${procedure}?company=usrt`, { returnOrderNo: number });
  const order = async (lines: Json[] = [{}]): Promise<string> => {
    const made = await caller.create(page('SalesReturnOrder'), {
      Document_Type: 'Return Order',
      Sell_to_Customer_No: caller.sale().customer,
      External_Document_No: 'HR-1',
    });
    for (const line of lines) {
      await caller.create(page('SalesReturnOrderSalesLines'), {
        Document_Type: 'Return Order',
        Document_No: made['No'],
        Type: 'Item',
        No: sku,
        Quantity: 2,
        Unit_Price: 12,
        ...line,
      });
    }
    return String(made['No']);
  };
  const stock = (location: string): number =>
    caller.simulator.observer.stock().find((held) => held.item === sku && held.location === location)
      ?.quantity ?? 0;

  it('goods are received first and credited later', async () => {
    const number = await order([{ Return_Reason_Code: 'INSPECT' }]);
    const early = caller.refusal(await act('Invoice', number));
    assert.match(early.message, /cannot invoice more than 0 units/);
    const received = await act('Receive', number);
    assert.equal(received.status, 200);
    assert.deepEqual([stock('RETQC'), caller.simulator.observer.creditMemos().length], [2, 0]);
    const receipt = await caller.row(`returnReceipts?$filter=orderNumber eq '${number}'`);
    assert.equal(body(received)['value'], receipt['number']);
    const open = await caller.row('salesReturnOrders?$expand=salesReturnOrderLines');
    assert.equal(open['status'], 'Released');
    assert.equal((open['salesReturnOrderLines'] as Json[])[0]?.['returnQtyReceived'], 2);
    assert.equal((await act('Invoice', number)).status, 200);
    const [memo] = caller.simulator.observer.creditMemos();
    assert.deepEqual([memo?.gross, memo?.externalNumber], [2400, 'HR-1']);
    // The goods came with the receipt, once; an order that is done with is deleted.
    assert.equal(stock('RETQC'), 2);
    assert.deepEqual(caller.simulator.observer.returnOrders(), []);
  });

  it('a part is received and credited, the rest later', async () => {
    const number = await order();
    const [line] = await caller.rows(page('SalesReturnOrderSalesLines'));
    const path = page(
      `SalesReturnOrderSalesLines(Document_Type='Return Order',Document_No='${number}',Line_No=${String(line?.['Line_No'])})`,
    );
    const part = { Return_Qty_to_Receive: 1, Qty_to_Invoice: 1 };
    assert.equal(caller.refusal(await caller.call('PATCH', path, part)).code, 'BadRequest_InvalidToken');
    assert.equal(
      (await caller.call('PATCH', path, part, { 'if-match': String(line?.['@odata.etag']) })).status,
      200,
    );
    assert.equal(
      (await caller.call('PATCH', path, part, { 'if-match': String(line?.['@odata.etag']) })).status,
      409,
    );
    await act('Receive', number);
    await act('Invoice', number);
    assert.deepEqual(caller.simulator.observer.returnOrders()[0]?.lines[0], {
      item: sku,
      quantity: 2,
      received: 1,
      invoiced: 1,
      location: '',
      reason: '',
    });
    await act('Receive', number);
    assert.equal((await act('Invoice', number)).status, 200);
    assert.equal(caller.simulator.observer.creditMemos().length, 2);
    assert.equal((await act('Receive', number)).status, 404);
  });

  it('a reason with Inventory Value Zero brings goods of no value', async () => {
    const number = await order([{ Return_Reason_Code: 'SCRAP', Location_Code: 'RETQC' }]);
    const receipt = String(body(await act('Receive', number))['value']);
    const entry = await caller.row(`itemLedgerEntries?$filter=documentNumber eq '${receipt}'`);
    assert.deepEqual([entry['quantity'], entry['costAmountActual']], [2, 0]);
  });

  it('relations and states are checked; there is no deep insert', async () => {
    const number = await order();
    const line = { Document_No: number, Type: 'Item', No: sku, Quantity: 1 };
    for (const change of [
      { Return_Reason_Code: 'NOPE' },
      { Location_Code: 'NOPE' },
      { Unit_of_Measure_Code: 'PALLET' },
    ]) {
      const answer = await caller.call('POST', page('SalesReturnOrderSalesLines'), { ...line, ...change });
      assert.equal(caller.refusal(answer).code, 'Internal_InvalidTableRelation');
    }
    const nobody = await caller.call('POST', page('SalesReturnOrder'), { Sell_to_Customer_No: 'NOBODY' });
    assert.equal(caller.refusal(nobody).code, 'Internal_InvalidTableRelation');
    const deep = { Sell_to_Customer_No: caller.sale().customer, SalesReturnOrderSalesLines: [] };
    assert.equal((await caller.call('POST', page('SalesReturnOrder'), deep)).status, 400);
    await act('Receive', number);
    const closed = await caller.call('POST', page('SalesReturnOrderSalesLines'), line);
    assert.match(caller.refusal(closed).message, /Status must be equal to 'Open'/);
    const blank = await caller.call('POST', `${ODATA}/ReturnPosting_Receive?company=usrt`, {});
    assert.equal(caller.refusal(blank).code, 'BadRequest_RequiredParamNotProvided');
  });

  it('receiving keeps to the posting range and the inventory period', async () => {
    const number = await order();
    caller.simulator.dials.postingAllowedTo = '2026-01-31';
    assert.match(caller.refusal(await act('Receive', number)).message, /allowed posting dates/);
    caller.simulator.dials.postingAllowedTo = '';
    caller.simulator.dials.inventoryClosedUntil = '2026-12-31';
    assert.match(caller.refusal(await act('Receive', number)).message, /already closed/);
    assert.equal(stock('RETQC'), 0);
  });

  it('units of items and return reasons are read by page or by custom API', async () => {
    const units = await caller.rows(`${page('ItemUnits')}?$filter=Item_No eq '${sku}'`);
    assert.deepEqual(
      units.map((unit) => [unit['Code'], unit['Qty_per_Unit_of_Measure']]),
      [
        ['PCS', 1],
        ['BOX', 10],
      ],
    );
    const api = `/v2.0/production/api/acme/returns/v1.0/companies(${caller.simulator.companyId})`;
    const same = await caller.rows(`${api}/itemUnitsOfMeasure?$filter=itemNumber eq '${sku}'`);
    assert.deepEqual(
      same.map((unit) => unit['quantityPerUnitOfMeasure']),
      [1, 10],
    );
    const reasons = await caller.rows(`${api}/returnReasons`);
    assert.deepEqual(reasons.length, (await caller.rows(page('ReturnReasons'))).length);
    assert.ok(reasons.some((reason) => reason['defaultLocationCode'] === 'RETQC'));
    assert.equal((await caller.call('POST', `${api}/returnReasons`, {})).status, 405);
    assert.equal((await caller.call('GET', `${api}/nope`)).status, 404);
    const strangers = `/v2.0/production/api/acme/other/v1.0/companies(${caller.simulator.companyId})/returnReasons`;
    assert.equal((await caller.call('GET', strangers)).status, 404);
  });
});
