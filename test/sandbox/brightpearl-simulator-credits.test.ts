import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createWorld } from '../../nodes/sandbox/world';
import { TestAccount, type WireSale } from '../support/brightpearl-account';

const CREDIT = '/order-service/sales-credit';

interface CreditRow {
  [field: string]: unknown;
}

async function bodyWith(account: TestAccount, change: CreditRow): Promise<Record<string, unknown>> {
  const body = await account.creditBody(account.id());
  const [row, ...rest] = body['rows'] as CreditRow[];
  return { ...body, rows: [{ ...row, ...change }, ...rest] };
}

describe('R110: a sales credit on the original order', () => {
  it('carries its parent, references, channel, warehouse and rows', async () => {
    const account = new TestAccount();
    const id = await account.makeCredit(0, {
      warehouseId: 3,
      channelId: 3,
      statusId: 21,
      taxDate: '2026-03-02',
    });
    const credit = await account.credit(id);
    assert.equal(credit.parentId, account.id());
    assert.equal(credit.isCanceled, false);
    assert.equal(credit.orderPaymentStatus, 'UNPAID');
    assert.equal(credit.stockStatusCode, 'SCN');
    assert.equal(credit.allocationStatusCode, 'ANR');
    const order = await account.order(id);
    assert.deepEqual([order.orderTypeCode, order.parentOrderId, order.warehouseId], ['SC', account.id(), 3]);
    const [observed] = account.simulator.observer.salesCredits();
    assert.deepEqual(
      [observed?.externalRef, observed?.instanceId, observed?.channelId, observed?.state, observed?.foreign],
      [`return-${account.id()}`, 7, 3, 'live', false],
    );
    assert.equal(observed?.gross, Math.round(Number(credit.total.gross) * 100));
  });

  it('totals equal the sum of the rows to the penny, whatever the rows', async () => {
    const account = new TestAccount();
    account.simulator.dials.throttleOff = true;
    const row = fc.record({
      net: fc.integer({ min: 0, max: 5_000_00 }),
      tax: fc.integer({ min: 0, max: 1_000_00 }),
      quantity: fc.integer({ min: 1, max: 9 }),
    });
    let key = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        key += 1;
        const id = await account.makeCredit(0, {
          externalRef: `p-${key}`,
          rows: rows.map(({ net, tax, quantity }) => ({
            name: 'row',
            quantity,
            taxCode: 'T20',
            net: (net / 100).toFixed(2),
            tax: tax / 100,
          })),
        });
        const { total, rows: read } = await account.credit(id);
        const sum = (pick: (one: { net: number; tax: number }) => number): string =>
          (rows.reduce((all, one) => all + pick(one), 0) / 100).toFixed(2);
        assert.equal(
          total.net,
          sum(({ net }) => net),
        );
        assert.equal(
          total.tax,
          sum(({ tax }) => tax),
        );
        assert.equal(
          total.gross,
          sum(({ net, tax }) => net + tax),
        );
        const cents = read.reduce((all, one) => all + Math.round(Number(one.net) * 100), 0);
        assert.equal((cents / 100).toFixed(2), total.net);
      }),
      { numRuns: 50 },
    );
  });

  it('a bundle is one row of its product; the components are added', async () => {
    const world = createWorld({ seed: 3, orders: 2 });
    const sku = world.orders[0]?.lines[0]?.sku ?? '';
    const part = world.items.find((item) => item.sku !== sku)?.sku ?? '';
    const account = new TestAccount({ world, bundles: [{ sku, components: [{ sku: part, quantity: 2 }] }] });
    const product = account.simulator.productId(sku);
    const rows = [{ productId: product, quantity: 1, taxCode: 'T20', net: '10.00', tax: '2.00' }];
    const { rows: read, total } = await account.credit(await account.makeCredit(0, { rows }));
    const parent = read.find((row) => row.bundleParent);
    const child = read.find((row) => row.bundleChild);
    assert.deepEqual([parent?.sku, child?.sku, child?.quantity], [sku, part, '2.0000']);
    assert.equal(child?.parentRowId, parent?.id);
    assert.equal(total.gross, '12.00');
    const fraction = [{ productId: product, quantity: 0.5, taxCode: 'T20', net: 1, tax: 0 }];
    await account.refused('POST', CREDIT, await account.creditBody(account.id(), { rows: fraction }), 400);
  });

  it('several ids are 200 where all, 207 where some are found; none is 200 and empty; no id set is refused', async () => {
    const account = new TestAccount();
    const ids = [await account.makeCredit(0), await account.makeCredit(1)];
    const read = async (set: string): Promise<[number, number]> => {
      const answer = await account.call('GET', `${CREDIT}/${set}`);
      return [answer.status, (answer.body.response as WireSale[]).length];
    };
    assert.deepEqual(await read(ids.join(',')), [200, 2]);
    assert.deepEqual(await read(`${ids.join(',')},999`), [207, 2]);
    assert.deepEqual(await read('999'), [200, 0]);
    assert.deepEqual(await read(String(account.id())), [200, 0]);
    await account.refused('GET', CREDIT, undefined, 400);
  });
});

describe('R117: a credit that is wrong is refused whole, with row and field named', () => {
  const wrong: [string, CreditRow, RegExp][] = [
    ['no tax code', { taxCode: undefined }, /rows\[0\]\.taxCode is required/],
    ['unknown tax code', { taxCode: 'T99' }, /"T99".*rows\[0\]\.taxCode/],
    ['no quantity', { quantity: undefined }, /rows\[0\]\.quantity is required/],
    ['fraction of a stock-tracked product', { quantity: '1.5' }, /rows\[0\]\.quantity.*whole number/],
    ['negative quantity', { quantity: -1 }, /rows\[0\]\.quantity.*positive/],
    ['no quantity at all', { quantity: 0 }, /rows\[0\]\.quantity.*positive/],
    ['five decimals', { quantity: '1.00001', productId: undefined, name: 'x' }, /4 decimals/],
    ['net with three decimals', { net: '1.005' }, /rows\[0\]\.net.*2 decimals/],
    ['tax with three decimals', { tax: 0.001 }, /rows\[0\]\.tax.*2 decimals/],
    ['no net', { net: undefined }, /rows\[0\]\.net is required/],
    ['unknown product', { productId: 77 }, /rows\[0\]\.productId.*does not exist/],
    ['neither product nor text', { productId: undefined }, /rows\[0\]\.productId is required/],
    ['unknown nominal code', { nominalCode: '0000' }, /rows\[0\]\.nominalCode/],
    ['a field that rows do not have', { magnitude: 1 }, /rows\[0\]\.magnitude is not known/],
  ];
  for (const [name, change, message] of wrong) {
    it(name, async () => {
      const account = new TestAccount();
      assert.match(await account.refused('POST', CREDIT, await bodyWith(account, change), 400), message);
      assert.equal(account.simulator.observer.salesCredits().length, 0);
    });
  }

  const headers: [string, Record<string, unknown>, RegExp][] = [
    ['no customer', { customer: undefined }, /customer\.id is required/],
    ['unknown customer', { customer: { id: 5 } }, /customer 5 does not exist/],
    ['no rows', { rows: [] }, /rows is required/],
    ['unknown parent', { parentId: 4 }, /parent order 4/],
    ['unknown warehouse', { warehouseId: 99 }, /warehouseId/],
    ['unknown channel', { channelId: 99 }, /channelId/],
    ['unknown price list', { priceListId: 99 }, /priceListId/],
    ['a status of sales orders', { statusId: 2 }, /statusId/],
    ['a date that is none', { taxDate: '02/03/2026' }, /taxDate/],
    ['a currency that is none', { currency: { code: 'pounds' } }, /currency\.code/],
    ['a field that does not exist', { warehouseID: 2 }, /warehouseID is not known/],
  ];
  for (const [name, change, message] of headers) {
    it(name, async () => {
      const account = new TestAccount();
      const body = await account.creditBody(account.id(), change);
      assert.match(await account.refused('POST', CREDIT, body, 400), message);
    });
  }

  it('every fault is told at once', async () => {
    const account = new TestAccount();
    const body = await bodyWith(account, { taxCode: 'T99', net: '1.005' });
    const told = await account.refused('POST', CREDIT, { ...body, warehouseId: 99 }, 400);
    assert.equal(told.split('\n').length, 3);
  });

  it('the credit of a credit has no parent that is a sales order', async () => {
    const account = new TestAccount();
    const parentId = await account.makeCredit();
    const body = await account.creditBody(account.id(), { parentId, externalRef: 'x' });
    await account.refused('POST', CREDIT, body, 400);
    const lenient = new TestAccount({ checkParent: false, refuseUnknownFields: false });
    const free = await lenient.creditBody(lenient.id(), { parentId: 4, unknown: 1 });
    await lenient.post(CREDIT, free);
  });

  it('archived products are refused by option; live and discontinued ones are not', async () => {
    for (const [archivedRefusedOn, status] of [
      ['all', 400],
      ['sales-orders', 200],
      ['none', 200],
    ] as const) {
      const account = new TestAccount({ archivedRefusedOn });
      const sku = account.world.orders[0]?.lines[0]?.sku ?? '';
      const body = await account.creditBody(account.id());
      account.simulator.setProductStatus(sku, 'ARCHIVED');
      assert.equal((await account.call('POST', CREDIT, body)).status, status);
      account.simulator.setProductStatus(sku, 'DISCONTINUED');
      await account.post(CREDIT, { ...body, externalRef: 'again' });
    }
  });

  it('R113: more than was sold is taken, unless the option limits it, over several credits and rows', async () => {
    const account = new TestAccount({ limitToOriginal: true });
    const body = await account.creditBody(account.id());
    const [row] = body['rows'] as CreditRow[];
    await account.post(CREDIT, { ...body, rows: [{ ...row, quantity: 1 }] });
    const sold = Number(row?.['quantity']);
    const more = { ...body, externalRef: 'b', rows: [{ ...row, quantity: sold }] };
    assert.match(await account.refused('POST', CREDIT, more, 400), /rows\[0\]\.quantity/);
    const free = new TestAccount();
    await free.post(CREDIT, {
      ...(await free.creditBody(free.id())),
      rows: [{ ...row, quantity: sold * 9 }],
    });
  });

  it('statuses, codes and words of a refusal can be replaced', async () => {
    const account = new TestAccount({
      refusals: { duplicateExternalRef: { status: 400, code: 'ORDC-999', message: 'Seen {externalRef}' } },
    });
    await account.makeCredit();
    const body = await account.creditBody(account.id());
    assert.equal(await account.refused('POST', CREDIT, body, 400), `ORDC-999: Seen return-${account.id()}`);
  });
});

describe('the compound key of external reference and integration instance', () => {
  it('is unique among credits; another half makes another key; half a key is none', async () => {
    const account = new TestAccount();
    const id = await account.makeCredit();
    const body = await account.creditBody(account.id());
    assert.match(
      await account.refused('POST', CREDIT, body, 409),
      new RegExp(`already exists with ID ${id}`),
    );
    await account.post(CREDIT, { ...body, installedIntegrationInstanceId: 8 });
    await account.post(CREDIT, { ...body, externalRef: 'other' });
    for (const half of [{ externalRef: undefined }, { installedIntegrationInstanceId: undefined }]) {
      await account.post(CREDIT, { ...body, ...half });
      await account.post(CREDIT, { ...body, ...half });
    }
    assert.equal(account.simulator.observer.salesCredits().length, 7);
  });

  it('can be taken away, to see what comes of it', async () => {
    const account = new TestAccount({ uniqueKey: false });
    await account.makeCredit();
    await account.makeCredit();
    assert.equal(account.simulator.observer.salesCredits().length, 2);
  });

  it('a refused credit does not take the key', async () => {
    const account = new TestAccount();
    await account.refused('POST', CREDIT, await bodyWith(account, { taxCode: 'T99' }), 400);
    await account.makeCredit();
  });

  it('an answer that was lost is found again: the second try conflicts, and nothing is twice', async () => {
    const account = new TestAccount();
    account.simulator.dials.dropAfterCommitNext = 1;
    const body = await account.creditBody(account.id());
    assert.equal((await account.call('POST', CREDIT, body)).status, 0);
    await account.refused('POST', CREDIT, body, 409);
    assert.equal(account.simulator.observer.salesCredits().length, 1);
  });

  it('a late commit and a second try at once make one credit', async () => {
    const account = new TestAccount();
    Object.assign(account.simulator.dials, { lateCommitNext: 1, lateCommitMs: 5000 });
    const body = await account.creditBody(account.id());
    assert.equal((await account.call('POST', CREDIT, body)).status, 0);
    await account.post(CREDIT, body);
    await account.clock.advance(5000);
    await account.simulator.observer.settled();
    assert.equal(account.simulator.observer.salesCredits().length, 1);
  });
});

describe("someone else's credit", () => {
  it("a person's credit has the parent, the whole order's amount and no external reference", async () => {
    const account = new TestAccount();
    const id = account.simulator.addForeignCredit(account.id(), { invoiced: true });
    const [found] = account.simulator.observer.salesCredits();
    const order = await account.order(account.id());
    assert.deepEqual(
      [found?.id, found?.foreign, found?.externalRef, found?.state],
      [id, true, null, 'invoiced'],
    );
    assert.equal((await account.credit(id)).total.gross, order.totalValue.total);
    assert.equal(account.simulator.observer.ledger().length, 1);
  });

  it("another app's credit holds its key; parts of rows are credited to the penny of their share", async () => {
    const account = new TestAccount();
    const [entry] = Object.entries((await account.order(account.id())).orderRows);
    assert.ok(entry);
    const [rowId, row] = entry;
    account.simulator.addForeignCredit(account.id(), {
      rows: [{ rowId: Number(rowId), quantity: Number(row.quantity.magnitude) }],
      externalRef: 'shop-refund-1',
      instanceId: 2,
    });
    const [found] = account.simulator.observer.salesCredits();
    assert.equal(found?.net, Math.round(Number(row.rowValue.rowNet.value) * 100));
    account.simulator.changeRow(account.id(), Number(rowId), { quantity: 4, net: 1001, tax: 203 });
    account.simulator.addForeignCredit(account.id(), { rows: [{ rowId: Number(rowId), quantity: 1 }] });
    const [, part] = account.simulator.observer.salesCredits();
    assert.deepEqual([part?.net, part?.tax, part?.rows[0]?.quantity], [250, 51, 1]);
    const clash = { externalRef: 'shop-refund-1', installedIntegrationInstanceId: 2 };
    await account.refused('POST', CREDIT, await account.creditBody(account.id(), clash), 409);
  });
});

describe('closing a sales credit is asynchronous', () => {
  const close = (
    account: TestAccount,
    id: number,
    body: unknown = {},
  ): Promise<{ status: number; text: string }> => account.call('POST', `${CREDIT}/${id}/close`, body);
  const reference = async (account: TestAccount, id: number): Promise<string> =>
    (await account.credit(id)).invoice.invoiceReference;

  it('pending first, invoiced after a while; then in the ledger with its amounts', async () => {
    const account = new TestAccount();
    account.simulator.dials.closeAfterMs = 2000;
    const id = await account.makeCredit();
    const answer = await close(account, id, { taxDate: '2026-02-28T00:00:00.000Z' });
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
    assert.equal(await reference(account, id), 'pending');
    assert.equal((await account.order(id)).invoices[0]?.invoiceReference, 'pending');
    assert.deepEqual(account.simulator.observer.ledger(), []);
    await account.clock.advance(2000);
    assert.match(await reference(account, id), /^SC-\d+$/);
    const [entry] = account.simulator.observer.ledger();
    const [credit] = account.simulator.observer.salesCredits();
    assert.equal(credit?.state, 'invoiced');
    assert.deepEqual(
      [entry?.net, entry?.tax, entry?.gross, entry?.taxDate],
      [credit.net, credit.tax, credit.gross, '2026-02-28'],
    );
    assert.equal((await account.order(id)).orderStatus.name, 'Credited');
  });

  it('a close may fail and stays pending; it may be repeated, and invoices once', async () => {
    const account = new TestAccount();
    const id = await account.makeCredit();
    account.simulator.dials.closeFailsNext = 1;
    await close(account, id);
    await account.clock.advance(10);
    assert.equal(await reference(account, id), 'pending');
    assert.deepEqual([(await close(account, id)).status, (await close(account, id)).status], [200, 200]);
    await account.clock.advance(10);
    assert.match(await reference(account, id), /^SC-/);
    assert.equal(account.simulator.observer.ledger().length, 1);
    await account.refused('POST', `${CREDIT}/${id}/close`, {}, 409);
  });

  it('what is no credit, cancelled or locked cannot be closed', async () => {
    const account = new TestAccount();
    await account.refused('POST', `${CREDIT}/999/close`, {}, 404);
    await account.refused('POST', `${CREDIT}/${account.id()}/close`, {}, 404);
    const id = await account.makeCredit();
    await account.refused('POST', `${CREDIT}/${id}/close`, { taxDate: 'soon' }, 400);
    account.simulator.lockOrder(id, 'hidden');
    await account.refused('POST', `${CREDIT}/${id}/close`, {}, 409);
    account.simulator.unlockOrder(id);
    await account.call('PUT', `/order-service/order/${id}/status`, { orderStatusId: 24 });
    assert.equal((await account.credit(id)).isCanceled, true);
    await account.refused('POST', `${CREDIT}/${id}/close`, {}, 409);
  });

  it('R114: a status that needs authorisation must be left first', async () => {
    const account = new TestAccount({ closeRefusedInStatuses: [21] });
    const id = await account.makeCredit(0, { statusId: 21 });
    assert.match(await account.refused('POST', `${CREDIT}/${id}/close`, {}, 409), /authorisation/);
    assert.equal(
      (await account.call('PUT', `/order-service/order/${id}/status`, { orderStatusId: 22 })).status,
      200,
    );
    assert.equal((await close(account, id)).status, 200);
  });

  it('a locked period leaves the credit pending, refuses it, or lets its owner post', async () => {
    const auth = { appRef: 'acme_returns', accountToken: 'sys-token', staffTokens: { owner: 5 } };
    const account = new TestAccount({ auth });
    await account.refused('GET', '/accounting-service/accounting-period-lock', undefined, 404);
    account.simulator.dials.periodLockedUntil = '2026-02-28';
    assert.deepEqual(await account.get('/accounting-service/accounting-period-lock'), {
      lockedBy: 5,
      lockedUntil: '2026-02-28',
    });
    const locked = await account.makeCredit(0, { taxDate: '2026-02-28T12:00:00Z' });
    await close(account, locked);
    const open = await account.makeCredit(1, { taxDate: '2026-03-01' });
    await close(account, open);
    await account.clock.advance(10);
    assert.equal(await reference(account, locked), 'pending');
    assert.match(await reference(account, open), /^SC-/);
    const headers = { 'brightpearl-app-ref': 'acme_returns', 'brightpearl-staff-token': 'owner' };
    await account.call('POST', `${CREDIT}/${locked}/close`, {}, headers);
    await account.clock.advance(10);
    assert.match(await reference(account, locked), /^SC-/);

    const strict = new TestAccount({ periodLockAnswer: 'refuse' });
    strict.simulator.dials.periodLockedUntil = '2026-02-28';
    const id = await strict.makeCredit(0, { taxDate: '2026-02-01' });
    assert.match(await strict.refused('POST', `${CREDIT}/${id}/close`, {}, 409), /2026-02-28/);
  });
});
