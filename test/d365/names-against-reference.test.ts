import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AUDITED_NAMES, NAMES, NAMES_OF } from '../../nodes/d365/fscm/names';
import { BC_SETS, unknownBcNames } from '../support/bc-reference-names';
import { REFERENCE_SETS, SETTINGS } from '../support/d365-reference-names';
import { rehearsedRequests } from '../support/d365-requests';
import { isKnown, unknownNames } from '../support/d365-unknown-names';
import { requestsIn, type SentRequest } from '../support/odata-words';
import { BASE } from '../support/simulated-http';

/** Every name that the connector holds, as `Set.Field`. */
function heldNames(): string[] {
  const groups: Readonly<Record<string, readonly string[]>>[] = [NAMES, ...Object.values(NAMES_OF)];
  const held = groups.flatMap((group) =>
    Object.entries(group).flatMap(([set, fields]) => fields.map((field) => `${set}.${field}`)),
  );
  const audited = Object.entries(AUDITED_NAMES).map(([set, field]) => `${set}.${field}`);
  return [...new Set([...held, ...audited])];
}

describe('names of Finance & SCM against the reference', () => {
  it('every set and field that the connector holds is confirmed, or is one of the settings', () => {
    const unknown = heldNames().filter((name) => {
      const [set = '', field = ''] = name.split('.');
      return !isKnown(set, field);
    });
    assert.deepEqual(unknown, []);
  });

  it('no setting is one that the reference confirms, or that nobody uses', () => {
    const held = new Set(heldNames());
    for (const name of Object.keys(SETTINGS)) {
      const [set = '', field = ''] = name.split('.');
      const { keys = [], fields = [] } = REFERENCE_SETS[set] ?? {};
      assert.ok(![...keys, ...fields].includes(field), `${name} is confirmed`);
      assert.ok(held.has(name), `${name} is not used`);
    }
  });

  it('what is sent for return orders, items, sales and audits names nothing else', async () => {
    const { sent, orders } = await rehearsedRequests();
    assert.deepEqual([...new Set(sent.flatMap(unknownNames))], []);
    // What it has looked at: headers and lines of return orders were written, and each read is there.
    const inner = sent.flatMap(requestsIn);
    const written = inner.filter(({ method, url }) => method === 'POST' && url.includes('/data/ReturnOrder'));
    assert.ok(written.length >= orders.length * 2, `${written.length} writes`);
    const read = new Set(inner.flatMap(({ url }) => /\/data\/(\w+)\?/.exec(url)?.[1] ?? []));
    for (const set of [...Object.keys(NAMES), ...Object.keys(AUDITED_NAMES)])
      assert.ok(read.has(set), `${set} is never read`);
  });

  it('no literal of an enum is sent whose type the reference does not name', async () => {
    const { sent } = await rehearsedRequests();
    const literals = sent
      .flatMap(requestsIn)
      .flatMap(({ url }) => decodeURIComponent(url).match(/DataEntities\.\w+'/g) ?? []);
    assert.deepEqual([...new Set(literals)], ["DataEntities.NoYes'"]);
  });

  const cases: [string, Partial<SentRequest> & { path: string }, string[]][] = [
    ['a set', { path: '/data/SalesReturnOrders' }, ['SalesReturnOrders']],
    [
      'a field that is read',
      { path: '/data/ReturnOrderHeadersV2?$select=RMANumber,RmaNo' },
      ['ReturnOrderHeadersV2.RmaNo'],
    ],
    [
      'a field in a filter, and no text in it',
      {
        path: `/data/ReturnOrderLinesV2?$filter=${encodeURIComponent("dataAreaId eq 'Its''a' and Qty lt 0")}`,
      },
      ['ReturnOrderLinesV2.Qty'],
    ],
    [
      'a field in a key',
      { path: "/data/CustomersV3(dataAreaId='usrt',AccountNum='C-1')" },
      ['CustomersV3.AccountNum'],
    ],
    [
      'a member of an enum',
      {
        path: "/data/ReturnOrderHeadersV2?$filter=ReturnStatus eq Microsoft.Dynamics.DataEntities.ReturnStatusHeader'Opened'",
      },
      ['ReturnStatusHeader.Opened'],
    ],
    ['a navigation', { path: '/data/ReturnOrderHeadersV2?$expand=Lines' }, ['ReturnOrderHeadersV2/Lines']],
    [
      'a field behind a navigation',
      { path: '/data/ReturnOrderHeadersV2?$expand=ReturnOrderLines($select=Sku)' },
      ['ReturnOrderLinesV2.Sku'],
    ],
    ['an option', { path: '/data/LegalEntities?$search=usrt' }, ['$search']],
    [
      'a field that is sent',
      {
        method: 'POST',
        path: '/data/ItemArrivalJournalLinesV2?cross-company=true',
        body: JSON.stringify({ ItemQuantity: 1, Quantity: 1 }),
      },
      ['ItemArrivalJournalLinesV2.Quantity'],
    ],
    [
      'a field of the posting service',
      {
        method: 'POST',
        path: '/api/services/G/S/postReturnInvoice',
        body: JSON.stringify({ _request: { DataAreaId: 'usrt', Date: '2026-03-31' } }),
      },
      ['postReturnInvoice(Date)'],
    ],
  ];
  for (const [what, { path, method = 'GET', body = '' }, unknown] of cases) {
    it(`would tell ${what} that is made up`, () => {
      assert.deepEqual(unknownNames({ method, url: `${BASE}${path}`, headers: {}, body }), unknown);
    });
  }
});

describe('names of Business Central against the reference', () => {
  const ROOT = 'https://api.businesscentral.dynamics.com/v2.0/contoso/production/api/v2.0';
  const COMPANY = `${ROOT}/companies(5a1e2b3c-0000-4000-8000-000000000001)`;
  const told = (method: string, path: string, body?: unknown): string[] =>
    unknownBcNames({
      method,
      url: path.startsWith('$') ? `${ROOT}/${path}` : `${COMPANY}/${path}`,
      headers: {},
      body: body === undefined ? '' : JSON.stringify(body),
    });

  it('the calls of B-1 to B-5 name nothing else', () => {
    const memo = 'salesCreditMemos(9f100000-0000-4000-8000-000000000001)';
    const calls: [string, string, unknown?][] = [
      ['GET', "salesInvoices?$filter=externalDocumentNumber eq 'WEB-100045'&$expand=salesInvoiceLines"],
      ['GET', "salesInvoices?$filter=orderNumber eq 'SO1001'"],
      ['GET', "items?$filter=number eq 'TEE-01'&$select=number,blocked,type,baseUnitOfMeasureCode"],
      ['GET', "locations?$filter=code eq 'RETQC'"],
      [
        'GET',
        "salesCreditMemos?$filter=externalDocumentNumber eq 'HR-RET-88121' and customerNumber eq '10000'",
      ],
      [
        'POST',
        'salesCreditMemos',
        {
          customerNumber: '10000',
          externalDocumentNumber: 'HR-RET-88121',
          creditMemoDate: '2026-03-30',
          postingDate: '2026-03-30',
          currencyCode: 'GBP',
          customerReturnReasonId: '8d1e',
          salesCreditMemoLines: [
            { lineType: 'Item', lineObjectNumber: 'TEE-01', quantity: 1, unitPrice: 25, locationId: '51c0' },
          ],
        },
      ],
      ['POST', `${memo}/Microsoft.NAV.post`],
      ['GET', `${memo}/salesCreditMemoLines?$select=quantity,netAmount`],
      ['GET', "itemLedgerEntries?$filter=documentNumber eq '1041'"],
    ];
    for (const [method, path, body] of calls) assert.deepEqual(told(method, path, body), [], path);
    const requests = calls.map(([method, path, body], id) => ({
      id: String(id),
      method,
      url: `companies(5a1e2b3c-0000-4000-8000-000000000001)/${path}`,
      body,
    }));
    assert.deepEqual(told('POST', '$batch', { requests }), []);
  });

  it('what is made up is told, in a batch as well', () => {
    const cases: [string, string, unknown, string[]][] = [
      ['GET', 'creditMemos', undefined, ['creditMemos']],
      [
        'GET',
        "salesCreditMemos?$filter=paymentMethod eq 'CARD'",
        undefined,
        ['salesCreditMemos.paymentMethod'],
      ],
      ['GET', 'salesCreditMemos?$expand=lines', undefined, ['salesCreditMemos/lines']],
      [
        'POST',
        'salesCreditMemos',
        { customerNumber: '1', salesCreditMemoLines: [{ returnReasonCode: 'DMG' }] },
        ['salesCreditMemoLines.returnReasonCode'],
      ],
      ['POST', 'salesCreditMemos(9)/Microsoft.NAV.release', undefined, ['salesCreditMemos.release()']],
      ['POST', 'salesReturnOrders', { number: 'HR-1' }, ['POST salesReturnOrders']],
      ['GET', 'items?$search=tee', undefined, ['$search']],
    ];
    for (const [method, path, body, unknown] of cases) {
      assert.deepEqual(told(method, path, body), unknown, path);
      const url = `companies(5a1e2b3c-0000-4000-8000-000000000001)/${path}`;
      assert.deepEqual(told('POST', '$batch', { requests: [{ id: '1', method, url, body }] }), unknown);
    }
    assert.ok(Object.values(BC_SETS).every(({ fields }) => fields.length > 0));
  });
});
