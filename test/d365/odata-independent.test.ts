import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { writeBatch } from '../../nodes/d365/fscm/batch';
import { and, anyOf, eq, eqEnum, keyPath, listPath, quoted } from '../../nodes/d365/fscm/odata';
import { batchParts, keyIn, literalsIn, refusedByGrammar } from '../support/odata-grammar';
import { rehearsedRequests } from '../support/d365-requests';
import { BASE } from '../support/simulated-http';

/** Anything a platform, a shopper or an ERP may put into a text. */
const ANY_TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom("'", '"', '&', '#', '%', '+', '/', '?', '=', ',', '(', ')', ' ', 'ü', '*'),
  }),
);

describe('what the client sends, read by parsers that are not ours', () => {
  it('every address of a rehearsal is one by the grammar of OData 4.0', async () => {
    const { sent } = await rehearsedRequests();
    const paths = new Set<string>();
    for (const request of sent) {
      const requests = request.url.endsWith('/data/$batch')
        ? (await batchParts(request.headers['content-type'] ?? '', request.body)).flat()
        : [request];
      for (const { url } of requests) {
        const at = url.indexOf('/data/');
        if (at >= 0) paths.add(url.slice(at + '/data'.length));
      }
    }
    assert.ok(paths.size > 20, `${paths.size} addresses`);
    for (const path of paths) assert.equal(refusedByGrammar(path), null, path);
  });

  it('whatever stands in a text, it is one literal of the filter, and the same text', () => {
    fc.assert(
      fc.property(ANY_TEXT, ANY_TEXT, (first, second) => {
        const filter = and(eq('dataAreaId', first), anyOf('ItemNumber', [second, first]));
        const path = listPath('ReleasedProductsV2', { filter, select: ['ItemNumber'], top: 5 });
        assert.deepEqual(literalsIn(path).slice(0, 3), [first, second, first].map(quoted));
      }),
    );
  });

  it('whatever stands in a key, the path has the key fields and the same texts', () => {
    fc.assert(
      fc.property(ANY_TEXT, fc.integer({ min: 1, max: 9999 }), (text, number) => {
        const path = `/ItemArrivalJournalLinesV2(${keyPath({ dataAreaId: 'usrt', JournalNumber: text, LineNumber: number })})`;
        assert.deepEqual(keyIn(path), [
          ['dataAreaId', quoted('usrt')],
          ['JournalNumber', quoted(text)],
          ['LineNumber', String(number)],
        ]);
      }),
    );
  });

  it('enum literals, expansions and lists of fields are read', () => {
    const filter = and(eq('dataAreaId', 'usrt'), eqEnum('ReturnStatus', 'ReturnStatusHeader', 'Open'));
    const path = listPath('ReturnOrderHeadersV2', {
      filter,
      select: ['RMANumber', 'ReturnStatus'],
      expand: 'ReturnOrderLines',
    });
    assert.equal(refusedByGrammar(path), null);
  });

  it('a malformed address would be refused', () => {
    const malformed = [
      "CustomersV3?$filter=dataAreaId eq 'it's'",
      "CustomersV3?$filter=dataAreaId eq 'usrt' and",
      "CustomersV3?$filter=dataAreaId = 'usrt'",
      "CustomersV3?$filter=(dataAreaId eq 'usrt'",
      "CustomersV3?$filter=dataAreaId in ('usrt')",
      "ReturnOrderHeadersV2?$filter=ReturnStatus eq ReturnStatusHeader'Open'",
      'CustomersV3?$select=CustomerAccount,',
      'CustomersV3?$select=CustomerAccount OnHoldStatus',
      'CustomersV3?$expand=',
      'CustomersV3?$top=many',
      "CustomersV3(dataAreaId='usrt',CustomerAccount=C-1)",
      "CustomersV3(dataAreaId='usrt'",
      "CustomersV3(dataAreaId='usrt',CustomerAccount='a/b')",
    ];
    for (const path of malformed) assert.notEqual(refusedByGrammar(path), null, path);
  });
});

describe('batches, taken apart by a parser that is not ours', () => {
  it('hold each read by itself, and each group of writes as one changeset, with nothing changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.dictionary(fc.constantFrom('A', 'B', 'C'), ANY_TEXT), { minLength: 1, maxLength: 3 }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async (groups) => {
          const writes = groups.map((rows) =>
            rows.map((body) => ({
              method: 'POST' as const,
              path: 'ReturnOrderLinesV2?cross-company=true',
              body,
            })),
          );
          const { contentType, body } = writeBatch(writes, BASE);
          const parts = await batchParts(contentType, body);
          assert.deepEqual(
            parts.map((members) => members.map((one) => JSON.parse(one.body) as unknown)),
            groups.map((rows) => rows.map((row) => JSON.parse(JSON.stringify(row)) as unknown)),
          );
          for (const { method, url, headers } of parts.flat()) {
            assert.deepEqual([method, url], ['POST', `${BASE}/data/ReturnOrderLinesV2?cross-company=true`]);
            assert.match(headers['content-type'] ?? '', /^application\/json/);
          }
        },
      ),
      { numRuns: 50 },
    );
    const read = (path: string): { method: 'GET'; path: string } => ({ method: 'GET', path });
    const { contentType, body } = writeBatch([[read('CustomersV3'), read('Warehouses')]], BASE);
    assert.deepEqual(
      (await batchParts(contentType, body)).map((members) =>
        members.map(({ method, url }) => `${method} ${url}`),
      ),
      [[`GET ${BASE}/data/CustomersV3`], [`GET ${BASE}/data/Warehouses`]],
    );
  });

  it('one that is cut off, or holds no request, would be refused', async () => {
    const { contentType, body } = writeBatch([[{ method: 'POST', path: 'CustomersV3', body: {} }]], BASE);
    await assert.rejects(batchParts(contentType, body.slice(0, -8)));
    await assert.rejects(batchParts(contentType, body.replace('HTTP/1.1', '')), /no HTTP request/);
    await assert.rejects(batchParts('application/json', body), /no batch/);
  });
});
