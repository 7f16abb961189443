import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { API, body, makeCaller, tokenFor, type Json } from './business-central-caller';

describe('what the reference marks as inferred or unknown is an option', () => {
  it('B2: posting commits in a snapshot batch, or does not', async () => {
    for (const postingCommits of [true, false]) {
      const caller = await makeCaller({ postingCommits });
      const memo = await caller.draft();
      const set = `companies(${caller.simulator.companyId})/salesCreditMemos`;
      const requests = [
        { method: 'POST', url: `${set}(${String(memo['id'])})/Microsoft.NAV.post` },
        { method: 'POST', url: set, body: {} },
      ];
      await caller.call('POST', `${API}/$batch`, { requests }, { isolation: 'snapshot' });
      assert.equal(caller.simulator.observer.creditMemos().length, postingCommits ? 1 : 0);
      assert.equal(caller.simulator.observer.drafts().length, postingCommits ? 0 : 1);
    }
  });

  it('B2: after a refusal the rest of a snapshot batch is run, or skipped', async () => {
    for (const snapshotRunsOn of [true, false]) {
      const caller = await makeCaller({ snapshotRunsOn });
      const set = `companies(${caller.simulator.companyId})/salesCreditMemos`;
      const requests = [
        { method: 'POST', url: set, body: {} },
        { method: 'GET', url: set },
      ];
      const answer = await caller.call('POST', `${API}/$batch`, { requests }, { isolation: 'snapshot' });
      assert.equal((body(answer)['responses'] as unknown[]).length, snapshotRunsOn ? 2 : 1);
    }
  });

  it('B2: actions are POST, or also their own name', async () => {
    const [usual, named] = [await makeCaller(), await makeCaller({ actionNamesAsVerbs: true })];
    for (const [caller, status] of [
      [usual, 405],
      [named, 204],
    ] as const) {
      const path = `salesCreditMemos(${String((await caller.draft())['id'])})/Microsoft.NAV.postAndSend`;
      assert.equal((await caller.call('POSTANDSEND', path)).status, status);
    }
    assert.equal((await named.post(await named.draft())).status, 204);
  });

  it('B2: the blank date', async () => {
    const dueOf = async (options: { blankDate?: string }): Promise<unknown> => {
      const caller = await makeCaller(options);
      const line = await caller.row(
        `salesCreditMemos(${String((await caller.draft())['id'])})/salesCreditMemoLines`,
      );
      return line['shipmentDate'];
    };
    assert.equal(await dueOf({}), '0001-01-01');
    assert.equal(await dueOf({ blankDate: '1753-01-01' }), '1753-01-01');
  });

  it('B5: what is in approval or released can be changed, or not', async () => {
    for (const changeNeedsOpen of [true, false]) {
      const caller = await makeCaller({ changeNeedsOpen });
      const memo = await caller.draft();
      caller.simulator.setDraftStatus(String(memo['id']), 'Open');
      const change = { email: 'x@y.example' };
      const answer = await caller.call('PATCH', `salesCreditMemos(${String(memo['id'])})`, change, {
        'if-match': '*',
      });
      assert.equal(answer.status, changeNeedsOpen ? 400 : 200);
    }
  });

  it('B5: the name of the lines of a published return order', async () => {
    const caller = await makeCaller({
      services: { returnOrder: 'Returns', returnOrderLines: 'Returns_Lines' },
    });
    const page = "/v2.0/production/ODataV4/Company('usrt')/Returns";
    assert.equal((await caller.call('GET', `${page}_Lines`)).status, 200);
    assert.equal((await caller.call('GET', `${page}SalesLines`)).status, 404);
  });

  it('B5 way 2: the copy of an invoice begins with a comment, or does not', async () => {
    const caller = await makeCaller({ correctiveComment: false, paidShare: () => 0 });
    const invoice = await caller.row('salesInvoices');
    await caller.call(
      'POST',
      `salesInvoices(${String(invoice['id'])})/Microsoft.NAV.makeCorrectiveCreditMemo`,
    );
    const [draft] = caller.simulator.observer.drafts();
    assert.ok(draft?.lines.every(({ type }) => type === 'Item'));
  });

  it('the shop: units, taxes, reasons, services, stock and what is paid', async () => {
    const caller = await makeCaller({
      unitsOf: () => [
        { code: 'PCS', quantity: 1 },
        { code: 'PALLET', quantity: 40 },
      ],
      taxGroups: [{ code: 'TAX', rate: 19 }],
      reasonCodes: ['DAMAGED'],
      serviceItems: [{ number: 'FEE', name: 'Fee' }],
      initialStock: 7,
      paidShare: () => 0.5,
      otherCurrencies: ['CHF'],
    });
    const codes = async (set: string): Promise<unknown[]> => (await caller.rows(set)).map(({ code }) => code);
    assert.deepEqual(await codes('customerReturnReasons'), ['DAMAGED']);
    assert.deepEqual(await codes('currencies'), ['CHF']);
    assert.deepEqual(await codes('taxGroups'), ['TAX']);
    assert.equal((await caller.row("items?$filter=number eq 'STOP-42-RED'"))['inventory'], 7);
    assert.equal((await caller.rows("items?$filter=number eq 'FEE'")).length, 1);
    const invoice = await caller.row('salesInvoices');
    const half = Math.round(Number(invoice['totalAmountIncludingTax']) * 50) / 100;
    assert.ok(Math.abs(Number(invoice['remainingAmount']) - half) <= 0.01);
    const memo = await caller.draft({}, { unitOfMeasureCode: 'PALLET', unitPrice: 1.19 });
    assert.deepEqual([memo['totalAmountExcludingTax'], memo['totalTaxAmount']], [1, 0.19]);
  });

  it('a reason on the header is seen in the ledger', async () => {
    const caller = await makeCaller();
    const reason = await caller.row("customerReturnReasons?$filter=code eq 'DMG'");
    await caller.post(await caller.draft({ customerReturnReasonId: reason['id'] }));
    const [memo] = caller.simulator.observer.creditMemos();
    assert.deepEqual([memo?.reason, memo?.lines[0]?.location], ['DMG', 'RETQC']);
    const shown = await caller.row('salesCreditMemos?$expand=customerReturnReason');
    assert.equal((shown['customerReturnReason'] as Json)['code'], 'DMG');
  });

  it('what a person blocks stays blocked when the shop changes another item', async () => {
    const caller = await makeCaller();
    const sku = String(caller.sale().lines[0]?.sku);
    caller.simulator.blockItem(sku, { blocked: true });
    const other = caller.world.items.find(({ state }) => state === 'stopped');
    assert.ok(other);
    other.state = 'active';
    assert.equal((await caller.row(`items?$filter=number eq '${sku}'`))['blocked'], true);
    assert.equal((await caller.row(`items?$filter=number eq '${other.sku}'`))['blocked'], false);
  });
});

describe('B4: master data', () => {
  it('an item keeps its units when another field is changed, and a new one has its base unit', async () => {
    const caller = await makeCaller();
    const sku = String(caller.sale().lines[0]?.sku);
    const { id } = await caller.row(`items?$filter=number eq '${sku}'`);
    const path = `items(${String(id)})`;
    assert.equal(
      (await caller.call('PATCH', path, { displayName: 'New name' }, { 'if-match': '*' })).status,
      200,
    );
    const memo = await caller.draft({}, { unitOfMeasureCode: 'BOX' });
    assert.equal((await caller.post(memo)).status, 204);
    const item = await caller.create('items', {
      displayName: 'x',
      baseUnitOfMeasureCode: 'PCS',
      unitPrice: 5,
    });
    assert.match(String(item['number']), /^\d+$/);
    const line = { lineObjectNumber: item['number'], unitPrice: 5 };
    assert.equal((await caller.draft({}, line))['totalAmountIncludingTax'], 5);
    const wrong = caller.refusal(await caller.call('POST', 'items', { baseUnitOfMeasureCode: 'NOPE' }));
    assert.equal(wrong.code, 'Internal_InvalidTableRelation');
  });

  it('a new customer gets a number, and can be credited', async () => {
    const caller = await makeCaller();
    const customer = await caller.create('customers', { displayName: 'Somebody' });
    assert.notEqual(customer['number'], '');
    assert.equal((await caller.draft({ customerNumber: customer['number'] }))['customerName'], 'Somebody');
    const taken = await caller.call('POST', 'customers', { number: customer['number'] });
    assert.equal(caller.refusal(taken).code, 'Internal_EntityWithSameKeyExists');
  });
});

describe('over a socket', () => {
  it('pages are followed by their relative links, and a dropped reply cuts the connection', async () => {
    const caller = await makeCaller({ pageSize: 50 });
    const server = await startSandboxServer([caller.simulator]);
    try {
      const authorization = `Bearer ${await tokenFor(caller.simulator)}`;
      const headers = { authorization, 'content-type': 'application/json' };
      let read = 0;
      let next: string | null = `${server.baseUrl('business-central')}${caller.company}/items`;
      while (next !== null) {
        const answer: Response = await fetch(next, { headers });
        const page = (await answer.json()) as { value: unknown[]; '@odata.nextLink'?: string };
        read += page.value.length;
        const link = page['@odata.nextLink'];
        next = link === undefined ? null : new URL(link, answer.url).href;
      }
      assert.equal(read, 119);
      caller.simulator.dials.dropAfterCommitNext = 1;
      const url = `${server.baseUrl('business-central')}${caller.company}/salesCreditMemos`;
      const sent = JSON.stringify({ customerNumber: caller.sale().customer });
      await assert.rejects(fetch(url, { method: 'POST', headers, body: sent }));
      assert.equal(caller.simulator.observer.drafts().length, 1);
    } finally {
      await server.close();
    }
  });
});
