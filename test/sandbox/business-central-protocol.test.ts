import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { API, body, makeCaller, signIn, tokenFor, type Caller, type Json } from './business-central-caller';

const encode = encodeURIComponent;

describe('D2.1: token, companies, sets, ids and etags', () => {
  let caller: Caller;
  before(async () => {
    caller = await makeCaller({
      otherClients: [{ clientId: 'no-card', clientSecret: 's3cret', enabled: false }],
    });
  });

  it('B1: Entra refuses a wrong secret and an unknown app', async () => {
    const wrong = await signIn(caller.simulator, 'client', undefined, 'nope');
    assert.equal(wrong.status, 401);
    assert.match(String(body(wrong)['error_description']), /^AADSTS7000215/);
    assert.match(
      String(body(await signIn(caller.simulator, 'nobody'))['error_description']),
      /^AADSTS700016/,
    );
  });

  it('B8 bad token or audience: Authentication_InvalidCredentials, 401', async () => {
    const { simulator } = caller;
    const ask = async (token: string): Promise<{ status: number; code: string }> =>
      caller.refusal(
        await caller.call('GET', `${API}/companies`, undefined, { authorization: `Bearer ${token}` }),
      );
    const foreign = await signIn(simulator, 'client', 'https://elsewhere.example/.default');
    for (const token of [
      'nonsense',
      String(body(foreign)['access_token']),
      await tokenFor(simulator, 'no-card'),
    ]) {
      const { status, code } = await ask(token);
      assert.deepEqual([status, code], [401, 'Authentication_InvalidCredentials']);
    }
  });

  it('B1: a token runs out after an hour, and can be ended sooner', async () => {
    const own = await makeCaller();
    own.clock.now += 3_600_000;
    assert.equal((await own.call('GET', `${API}/companies`)).status, 401);
    const ended = await makeCaller();
    ended.simulator.expireTokens();
    assert.equal((await ended.call('GET', `${API}/companies`)).status, 401);
  });

  it('B8 app lacks permission: 403', async () => {
    const own = await makeCaller();
    own.simulator.setAccess('client', { forbiddenSets: ['salesCreditMemos'] });
    assert.match(own.refusal(await own.call('GET', 'salesCreditMemos')).code, /^Authorization_/);
    assert.equal((await own.call('GET', 'salesInvoices?$top=1')).status, 200);
  });

  it('B1: companies are listed, and a company is named by path, option or header', async () => {
    const companies = await caller.rows(`${API}/companies`);
    assert.deepEqual(
      companies.map(({ name }) => name),
      ['usrt', 'CRONUS'],
    );
    const found = await caller.get(`${API}/items?company=${caller.simulator.companyId}&$top=1`);
    assert.equal((found['value'] as unknown[]).length, 1);
    assert.equal((await caller.call('GET', `${API}/items`, undefined, { company: 'usrt' })).status, 200);
    assert.equal(caller.refusal(await caller.call('GET', `${API}/items`)).code, 'Internal_CompanyNotFound');
    const other = String(companies[1]?.['id']);
    assert.deepEqual(await caller.rows(`${API}/companies(${other})/customers`), []);
    assert.ok((await caller.rows(`${API}/companies(${other})/locations`)).length > 0);
  });

  it('B1: the tenant may stand in the path; another environment does not exist', async () => {
    assert.equal((await caller.call('GET', '/v2.0/tenant/production/api/v2.0/companies')).status, 200);
    assert.equal((await caller.call('GET', '/v2.0/sandbox/api/v2.0/companies')).status, 404);
    assert.equal((await caller.call('GET', '/v2.0/strangers/production/api/v2.0/companies')).status, 503);
    assert.equal((await caller.call('GET', '/api/v2.0/companies')).status, 404);
  });

  it('B4: every set of the API is there under its exact name', async () => {
    const sets = `salesOrders salesInvoices salesCreditMemos customerReturnReasons items itemVariants unitsOfMeasure
      customers paymentMethods locations dimensions accountingPeriods itemLedgerEntries generalLedgerEntries
      customerFinancialDetails journals customerPaymentJournals taxGroups taxAreas currencies paymentTerms
      shipmentMethods salespeoplePurchasers salesShipments accounts`;
    for (const set of sets.split(/\s+/))
      assert.equal((await caller.call('GET', `${set}?$top=1`)).status, 200, set);
    for (const wrong of ['SalesInvoices', 'itemJournals', 'returnReasons', 'itemUnitsOfMeasure']) {
      const { status, code } = caller.refusal(await caller.call('GET', wrong));
      assert.deepEqual([status, code], [404, 'BadRequest_ResourceNotFound'], wrong);
    }
  });

  it('B2: ids are GUIDs, the etag is weak, options are escaped', async () => {
    const customer = await caller.row('customers?$top=1');
    assert.match(String(customer['id']), /^[0-9a-f-]{36}$/);
    assert.match(String(customer['@odata.etag']), /^W\/"/);
    assert.equal(customer['blocked'], '_x0020_');
    const entries = await caller.row('itemLedgerEntries?$top=1');
    assert.equal(entries['entryType'], 'Positive_x0020_Adjmt_x002E_');
  });

  it('B4: Sales Blocked is not in the API, and blocked is', async () => {
    const item = await caller.row("items?$filter=number eq 'OLD-40-GRY'");
    assert.equal(item['blocked'], false);
    assert.ok(!Object.keys(item).some((name) => /sales.*blocked/i.test(name) || name.startsWith('_')));
    assert.equal((await caller.row("items?$filter=number eq 'STOP-42-RED'"))['blocked'], true);
  });

  it('B8 missing If-Match: BadRequest_InvalidToken; a stale one: Request_EntityChanged, 409', async () => {
    const memo = await caller.draft();
    const path = `salesCreditMemos(${String(memo['id'])})`;
    const change = { externalDocumentNumber: 'HR-2' };
    const missing = caller.refusal(await caller.call('PATCH', path, change));
    assert.deepEqual([missing.status, missing.code], [400, 'BadRequest_InvalidToken']);
    assert.match(missing.message, /concurrency token/);
    assert.equal(
      caller.refusal(await caller.call('PATCH', path, change, { 'if-match': 'x' })).code,
      missing.code,
    );
    const etag = String((await caller.get(path))['@odata.etag']);
    const changed = await caller.call('PATCH', path, change, { 'if-match': etag });
    assert.deepEqual([changed.status, body(changed)['externalDocumentNumber']], [200, 'HR-2']);
    const stale = caller.refusal(await caller.call('PATCH', path, change, { 'if-match': etag }));
    assert.deepEqual([stale.status, stale.code], [409, 'Request_EntityChanged']);
    assert.match(stale.message, /already changed the record/);
    assert.equal((await caller.call('PATCH', path, change, { 'if-match': '*' })).status, 200);
    assert.equal((await caller.call('DELETE', path, undefined, { 'if-match': etag })).status, 409);
    assert.equal((await caller.call('DELETE', path)).status, 204);
    assert.equal((await caller.call('GET', path)).status, 404);
  });

  it('B8 duplicate key: Internal_EntityWithSameKeyExists', async () => {
    const again = caller.refusal(await caller.call('POST', 'customerReturnReasons', { code: 'dmg' }));
    assert.equal(again.code, 'Internal_EntityWithSameKeyExists');
    assert.match(again.message, /already exists/);
    assert.equal((await caller.call('POST', 'customerReturnReasons', { code: 'late' })).status, 201);
    assert.equal((await caller.row("customerReturnReasons?$filter=code eq 'LATE'"))['code'], 'LATE');
  });

  it('B8 read-only set: BadRequest_MethodNotAllowed', async () => {
    for (const set of ['itemLedgerEntries', 'accountingPeriods', 'generalLedgerEntries']) {
      const refused = caller.refusal(await caller.call('POST', set, {}));
      assert.deepEqual([refused.status, refused.code], [405, 'BadRequest_MethodNotAllowed']);
      assert.match(refused.message, /are not allowed within/);
    }
    assert.equal((await caller.call('POST', `${API}/companies`, {})).status, 405);
  });

  it('B2: a body is read as its types are, and what the system fills is read-only', async () => {
    const { customer } = caller.sale();
    const cases: [Json | string, string][] = [
      ['{', 'BadRequest'],
      [{ customerNumber: customer, nope: 1 }, 'BadRequest'],
      [{ customerNumber: customer, number: 'MINE' }, 'BadRequest_InvalidOperation'],
      [{ customerNumber: customer, postingDate: 'soon' }, 'BadRequest'],
      [{ customerId: 'x' }, 'Application_InvalidGUID'],
    ];
    for (const [sent, code] of cases) {
      assert.equal(
        caller.refusal(await caller.call('POST', 'salesCreditMemos', sent)).code,
        code,
        JSON.stringify(sent),
      );
    }
    const option = caller.refusal(
      await caller.call('POST', 'items', { number: 'NEW', displayName: 'New', type: 'Invalid Type' }),
    );
    assert.equal(option.code, 'Unknown');
    assert.match(option.message, /existing options are: Inventory,Service,Non-Inventory/);
    assert.equal(
      (await caller.create('items', { number: 'new-1', type: 'Non_x002D_Inventory' }))['number'],
      'NEW-1',
    );
  });

  it('B2: $metadata tells what is there, and what an environment lacks is missing', async () => {
    const own = await makeCaller({
      metadataOmit: ['customerReturnReasons', 'salesCreditMemos.customerReturnReasonId'],
    });
    const metadata = String((await own.call('GET', `${API}/$metadata`)).body);
    assert.match(metadata, /EntitySet Name="salesCreditMemos"/);
    assert.match(metadata, /Action Name="makeCorrectiveCreditMemo" IsBound="true"/);
    assert.doesNotMatch(metadata, /customerReturnReason/);
    assert.equal((await own.call('GET', 'customerReturnReasons')).status, 404);
    assert.ok(!('customerReturnReasonId' in (await own.draft())));
  });
});

describe('B2: query options', () => {
  let caller: Caller;
  before(async () => {
    caller = await makeCaller({ pageSize: 50 });
  });
  const filtered = (set: string, filter: string): string => `${set}?$filter=${encode(filter)}`;

  it('the sale is found by the shop number and by the order number', async () => {
    const order = caller.sale(3);
    const byShop = await caller.row(
      `${filtered('salesInvoices', `externalDocumentNumber eq '${order.number}'`)}&$expand=salesInvoiceLines`,
    );
    const byOrder = await caller.row(filtered('salesInvoices', `orderNumber eq '${order.salesOrderNumber}'`));
    assert.equal(byShop['id'], byOrder['id']);
    assert.equal((byShop['salesInvoiceLines'] as unknown[]).length, order.lines.length);
    assert.deepEqual(await caller.rows(filtered('salesOrders', `number eq '${order.salesOrderNumber}'`)), []);
  });

  it('comparisons, and, or, not and text functions; codes compare without case', async () => {
    const sku = String(caller.sale().lines[0]?.sku);
    assert.equal((await caller.rows(filtered('items', `number eq '${sku.toLowerCase()}'`))).length, 1);
    assert.equal(
      (await caller.rows(filtered('items', `number eq '${sku}' or number eq 'RETFEE'`))).length,
      2,
    );
    assert.equal((await caller.rows(filtered('items', "type eq 'Service' and blocked eq false"))).length, 1);
    assert.equal(
      (await caller.rows(filtered('items', "startswith(number,'STOP') and not (blocked eq false)"))).length,
      1,
    );
    assert.ok(
      (await caller.rows(filtered('items', "contains(tolower(displayName),'runner 42')"))).length > 1,
    );
    assert.equal((await caller.rows(filtered('items', "number eq 'O''Hara'"))).length, 0);
    assert.ok((await caller.rows(filtered('items', "number eq 'RUN*'"))).length > 3);
  });

  it('or between two fields is refused, a lambda is ignored', async () => {
    const refused = caller.refusal(
      await caller.call('GET', filtered('items', "number eq 'A' or gtin eq 'A'")),
    );
    assert.deepEqual([refused.status, refused.code], [501, 'BadRequest_MethodNotImplemented']);
    const all = await caller.rows(
      filtered('salesInvoices', "salesInvoiceLines/any(l: l/lineObjectNumber eq 'X')"),
    );
    assert.equal(all.length, 20);
  });

  it('a filter longer than its field is an error, not an empty answer', async () => {
    const refused = caller.refusal(
      await caller.call('GET', filtered('items', `number eq '${'X'.repeat(21)}'`)),
    );
    assert.equal(refused.code, 'Application_FilterErrorException');
    const external = filtered('salesCreditMemos', `externalDocumentNumber eq '${'X'.repeat(36)}'`);
    assert.equal((await caller.call('GET', external)).status, 400);
  });

  it('unknown fields, wrong types and broken filters are refused', async () => {
    for (const filter of [
      'nope eq 1',
      'number eq 5',
      "id eq 'x'",
      "number in ('a')",
      "number eq 'a' and",
      '(',
    ]) {
      assert.equal((await caller.call('GET', filtered('items', filter))).status, 400, filter);
    }
    for (const query of ['$select=nope', '$expand=nope', '$top=x', '$apply=x']) {
      assert.equal((await caller.call('GET', `items?${query}`)).status, 400, query);
    }
  });

  it('$expand goes down more than one level, with options of its own', async () => {
    const expand = encode(
      'salesInvoiceLines($expand=item($select=number,blocked);$select=quantity;$top=1),customer',
    );
    const invoice = await caller.row(`salesInvoices?$top=1&$expand=${expand}`);
    const [line] = invoice['salesInvoiceLines'] as Json[];
    assert.deepEqual(Object.keys(line ?? {}).sort(), ['@odata.etag', 'item', 'quantity']);
    assert.deepEqual(Object.keys(line?.['item'] as Json).sort(), ['@odata.etag', 'blocked', 'number']);
    assert.equal((invoice['customer'] as Json)['number'], caller.sale().customer);
  });

  it('pages follow one another by their links until all is read, once', async () => {
    const seen: unknown[] = [];
    let path = `items?$orderby=${encode('number desc')}&$select=number`;
    let pages = 0;
    for (let next: unknown = path; typeof next === 'string'; pages += 1) {
      const page = await caller.get(next);
      seen.push(...(page['value'] as Json[]).map(({ number }) => number));
      next = page['@odata.nextLink'];
      path = String(next);
    }
    assert.equal(pages, 3);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.length, (await caller.get('items?$count=true&$top=1'))['@odata.count']);
    assert.equal(await caller.get('items/$count'), seen.length);
  });

  it('Prefer asks for smaller pages, up to 20,000; links are absolute where the address is known', async () => {
    const small = await caller.get('items', { prefer: 'odata.maxpagesize=7' });
    assert.equal((small['value'] as unknown[]).length, 7);
    assert.equal(
      (await caller.call('GET', 'items', undefined, { prefer: 'odata.maxpagesize=20001' })).status,
      413,
    );
    const own = await makeCaller({ pageSize: 5, publicUrl: () => 'https://bc.example' });
    const page = await own.get('items?$top=8');
    const link = String(page['@odata.nextLink']);
    assert.match(link, /^https:\/\/bc\.example\/v2\.0\/production\/api\/v2\.0\/companies\(.+\)\/items\?/);
    const rest = await own.get(link.replace('https://bc.example', ''));
    assert.equal((rest['value'] as unknown[]).length, 3);
    assert.ok(!('@odata.nextLink' in rest));
  });
});

describe('D2.9: errors have code, message and correlation id, in the language that was asked for', () => {
  it('the id is at the end of the message, another one each time', async () => {
    const caller = await makeCaller();
    const ask = async (): Promise<string> =>
      caller.refusal(await caller.call('POST', 'salesCreditMemos', {})).message;
    const [one, two] = [await ask(), await ask()];
    assert.match(
      one,
      /^A "customerNumber" or a "customerId" must be provided\. {2}CorrelationId: {2}[0-9a-f-]{36}\.$/,
    );
    assert.notEqual(one, two);
  });

  it('Accept-Language picks the words, not the code; what is not held is answered in English', async () => {
    const caller = await makeCaller({ userLanguage: 'de-DE' });
    const ask = async (language?: string): Promise<{ code: string; message: string }> => {
      const headers = language === undefined ? undefined : { 'accept-language': language };
      const line = { lineType: 'Item', lineObjectNumber: 'NOPE', quantity: 1 };
      const memo = { customerNumber: caller.sale().customer, salesCreditMemoLines: [line] };
      return caller.refusal(await caller.call('POST', 'salesCreditMemos', memo, headers));
    };
    assert.match((await ask()).message, /^Der Artikel ist nicht vorhanden/);
    assert.match((await ask('en-US')).message, /^Item does not exist/);
    assert.match((await ask('de-AT,en;q=0.5')).message, /^Der Artikel/);
    assert.match((await ask('fr-FR')).message, /^Item does not exist/);
    assert.equal((await ask()).code, (await ask('en-US')).code);
  });

  it('status, code and words of every refusal can be replaced', async () => {
    const caller = await makeCaller({
      refusals: { customerMissing: { status: 422, code: 'Mine', en: 'Who?' } },
    });
    const refused = caller.refusal(await caller.call('POST', 'salesCreditMemos', {}));
    assert.deepEqual([refused.status, refused.code], [422, 'Mine']);
    assert.match(refused.message, /^Who\?/);
  });
});
