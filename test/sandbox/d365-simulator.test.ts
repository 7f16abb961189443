import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { SimulatedResponse } from '../../nodes/sandbox/simulator';
import { createWorld } from '../../nodes/sandbox/world';

const world = createWorld({ seed: 1, orders: 20 });
const [order] = world.orders;
const sku = order?.lines[0]?.sku ?? '';

describe('the simulated Finance & SCM refuses what the product refuses', () => {
  let simulator: D365Simulator;
  let token = '';
  const call = (
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<SimulatedResponse> =>
    simulator.handle({
      method,
      url,
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: Buffer.from(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)),
    });
  const rows = async (path: string): Promise<Record<string, unknown>[]> => {
    const answer = await call('GET', `/data/${path}`);
    assert.equal(answer.status, 200, String(answer.body));
    return (JSON.parse(String(answer.body)) as { value: Record<string, unknown>[] }).value;
  };
  const header = async (change: Record<string, unknown> = {}): Promise<SimulatedResponse> =>
    call('POST', '/data/ReturnOrderHeadersV2?cross-company=true', {
      dataAreaId: 'usrt',
      CustomerAccountNumber: 'C-00001',
      CustomersOrderReference: 'HR-1',
      DefaultReturnWarehouseId: 'RETQC',
      ...change,
    });
  const lineOf = (number: string, change: Record<string, unknown> = {}): Record<string, unknown> => ({
    dataAreaId: 'usrt',
    ReturnOrderNumber: number,
    ItemNumber: sku,
    ReturnSalesQuantity: -1,
    SalesPrice: 10,
    ...change,
  });
  const infolog = (answer: SimulatedResponse): string =>
    (JSON.parse(String(answer.body)) as { error: { message: string; innererror?: { message: string } } })
      .error.innererror?.message ?? '';

  before(async () => {
    simulator = createD365Simulator({ world, tenant: 't', clientId: 'c', clientSecret: 's3cret' });
    const form =
      'grant_type=client_credentials&client_id=c&client_secret=s3cret&scope=https%3A%2F%2Fx.example%2F.default';
    const answer = await simulator.handle({
      method: 'POST',
      url: '/t/oauth2/v2.0/token',
      headers: {},
      body: Buffer.from(form),
    });
    token = (JSON.parse(String(answer.body)) as { access_token: string }).access_token;
  });

  it('A1: no token, no data', async () => {
    assert.equal(
      (await call('GET', '/data/LegalEntities', undefined, { authorization: 'Bearer x' })).status,
      401,
    );
  });

  it('A2: set names and fields are exact', async () => {
    assert.equal((await call('GET', '/data/salesorderheadersv4')).status, 404);
    assert.equal((await call('GET', '/data/SalesOrderLinesV2')).status, 404);
    assert.equal((await call('GET', '/data/LegalEntities?$select=Nope')).status, 400);
    assert.equal((await header({ Nope: 'x' })).status, 400);
    assert.equal((await header({ CurrencyCode: 7 })).status, 400);
  });

  it('A2: in, has, contains and enum texts without their literal are refused', async () => {
    for (const filter of [
      "ItemNumber in ('A','B')",
      "contains(ItemNumber,'A')",
      "ProductType eq 'Item'",
      'ItemNumber eq 7',
      "Nope eq 'x'",
      "ItemNumber eq 'a' and",
    ]) {
      const answer = await call(
        'GET',
        `/data/ReleasedProductsV2?cross-company=true&$filter=${encodeURIComponent(filter)}`,
      );
      assert.equal(answer.status, 400, filter);
    }
    const literal = "ProductType eq Microsoft.Dynamics.DataEntities.EcoResProductType'Item'";
    assert.ok(
      (await rows(`ReleasedProductsV2?cross-company=true&$top=3&$filter=${encodeURIComponent(literal)}`))
        .length === 3,
    );
  });

  it('A2: quotes are doubled, texts compare without case, a star stands for anything', async () => {
    assert.equal(
      (await rows(`ReleasedProductsV2?$filter=${encodeURIComponent(`ItemNumber eq '${sku.toLowerCase()}'`)}`))
        .length,
      1,
    );
    assert.equal(
      (await rows(`ReleasedProductsV2?$filter=${encodeURIComponent("ItemNumber eq 'O''Hara'")}`)).length,
      0,
    );
    assert.ok(
      (await rows(`ReleasedProductsV2?$filter=${encodeURIComponent("ItemNumber eq 'RUN*'")}`)).length > 3,
    );
  });

  it('A2: every key field must be given', async () => {
    assert.equal((await call('GET', "/data/CustomersV3(CustomerAccount='C-00001')")).status, 400);
    assert.equal(
      (await call('GET', "/data/CustomersV3(dataAreaId='usrt',CustomerAccount='C-00001')")).status,
      200,
    );
    assert.equal(
      (await call('GET', "/data/CustomersV3(dataAreaId='usrt',CustomerAccount='nobody')")).status,
      404,
    );
  });

  it('A5: numbers are generated, two headers may carry the same reference', async () => {
    const [a, b] = [await header(), await header({ ReturnOrderNumber: 'MINE' })].map(
      (answer) => JSON.parse(String(answer.body)) as Record<string, string>,
    );
    assert.ok(a && b);
    assert.notEqual(a['ReturnOrderNumber'], b['ReturnOrderNumber']);
    assert.notEqual(b['ReturnOrderNumber'], 'MINE');
    assert.notEqual(a['ReturnOrderNumber'], a['RMANumber']);
    assert.deepEqual([a['ReturnStatus'], a['CurrencyCode']], ['Created', 'USD']);
    assert.match(a['@odata.etag'] ?? '', /^W\/"/);
  });

  it('A15: relations are checked, with an Infolog', async () => {
    for (const change of [
      { CustomerAccountNumber: 'nobody' },
      { DefaultReturnWarehouseId: 'NOWHERE' },
      { CustomerReturnReasonCode: 'NOPE' },
      { CurrencyCode: 'dollar' },
    ]) {
      const answer = await header(change);
      assert.equal(answer.status, 400);
      assert.match(infolog(answer), /Infolog: .*is not found in the related table/);
    }
    assert.match(infolog(await header({ CustomerAccountNumber: '' })), /must be filled in/);
  });

  it('A15: stopped, discontinued, unreleased items, wrong units and positive quantities are refused', async () => {
    const number =
      (JSON.parse(String((await header()).body)) as Record<string, string>)['ReturnOrderNumber'] ?? '';
    const post = (change: Record<string, unknown>): Promise<SimulatedResponse> =>
      call('POST', '/data/ReturnOrderLinesV2?cross-company=true', lineOf(number, change));
    assert.match(infolog(await post({ ItemNumber: 'STOP-42-RED' })), /is blocked for 'Returned order'/);
    assert.match(infolog(await post({ ItemNumber: 'OLD-40-GRY' })), /lifecycle state/);
    assert.match(infolog(await post({ ItemNumber: 'GHOST-1' })), /is not found in the related table/);
    assert.match(infolog(await post({ SalesUnitSymbol: 'furlong' })), /is not found/);
    assert.match(infolog(await post({ ReturnSalesQuantity: 1 })), /must be negative/);
    assert.match(infolog(await post({ ReturnOrderNumber: '999999' })), /is not found/);
    assert.equal((await post({})).status, 201);
  });

  it('A4.1: a closed return order takes no line', async () => {
    const number =
      (JSON.parse(String((await header()).body)) as Record<string, string>)['ReturnOrderNumber'] ?? '';
    simulator.change('ReturnOrderHeadersV2', (row) => row['ReturnOrderNumber'] === number, {
      ReturnStatus: 'Closed',
    });
    const answer = await call('POST', '/data/ReturnOrderLinesV2', lineOf(number));
    assert.match(infolog(answer), /validateWrite failed on data source 'SalesTable/);
  });

  it('A2: a changeset is carried out whole or not at all, and the outer status is 200', async () => {
    const number =
      (
        JSON.parse(String((await header({ CustomersOrderReference: 'HR-BATCH' })).body)) as Record<
          string,
          string
        >
      )['ReturnOrderNumber'] ?? '';
    const part = (body: unknown): string =>
      `--cs\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nPOST https://x.example/data/ReturnOrderLinesV2 HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`;
    const send = (bodies: unknown[]): Promise<SimulatedResponse> =>
      call(
        'POST',
        '/data/$batch',
        `--b\r\nContent-Type: multipart/mixed; boundary=cs\r\n\r\n${bodies.map(part).join('')}--cs--\r\n--b--\r\n`,
        { 'content-type': 'multipart/mixed; boundary=b' },
      );
    const failed = await send([lineOf(number), lineOf(number, { ItemNumber: 'STOP-42-RED' })]);
    assert.equal(failed.status, 200);
    assert.match(String(failed.body), /HTTP\/1\.1 400/);
    const held = (): number =>
      simulator.observer.returnOrders().find((one) => one.number === number)?.lines.length ?? -1;
    assert.equal(held(), 0);
    assert.match(String((await send([lineOf(number), lineOf(number)])).body), /HTTP\/1\.1 201/);
    assert.equal(held(), 2);
  });

  it('A2: a stale etag is refused with 412', async () => {
    const made = JSON.parse(String((await header()).body)) as Record<string, string>;
    const url = `/data/ReturnOrderHeadersV2(dataAreaId='usrt',ReturnOrderNumber='${made['ReturnOrderNumber'] ?? ''}')`;
    const etag = made['@odata.etag'] ?? '';
    assert.equal((await call('PATCH', url, { LanguageId: 'en-us' }, { 'if-match': etag })).status, 204);
    assert.equal((await call('PATCH', url, { LanguageId: 'en-gb' }, { 'if-match': etag })).status, 412);
  });

  it('A3: a throttled call gets 429 with Retry-After', async () => {
    simulator.dials.throttleNext = 1;
    const answer = await call('GET', '/data/LegalEntities');
    assert.deepEqual([answer.status, answer.headers?.['retry-after']], [429, '1']);
  });
});

describe('A2: companies are kept apart', () => {
  it('without cross-company only the default company exists', async () => {
    const simulator = createD365Simulator({ world, tenant: 't', clientId: 'c', clientSecret: 's' });
    const form = 'grant_type=client_credentials&client_id=c&client_secret=s&resource=https%3A%2F%2Fx.example';
    const token = JSON.parse(
      String(
        (
          await simulator.handle({
            method: 'POST',
            url: '/t/oauth2/token',
            headers: {},
            body: Buffer.from(form),
          })
        ).body,
      ),
    ) as { access_token: string };
    const count = async (path: string): Promise<number> => {
      const answer = await simulator.handle({
        method: 'GET',
        url: `/data/${path}`,
        headers: { authorization: `Bearer ${token.access_token}` },
        body: Buffer.alloc(0),
      });
      return (JSON.parse(String(answer.body)) as { value: unknown[] }).value.length;
    };
    assert.equal(await count('Warehouses'), 2);
    assert.equal(await count('Warehouses?cross-company=true'), 4);
  });
});
