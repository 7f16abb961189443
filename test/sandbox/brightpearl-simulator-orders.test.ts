import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addOrder, createWorld } from '../../nodes/sandbox/world';
import { TestAccount, type WireOrder, type WireSale } from '../support/brightpearl-account';

interface SearchAnswer {
  response: {
    metaData: {
      resultsAvailable: number;
      resultsReturned: number;
      firstResult: number;
      lastResult: number;
      columns: { name: string; reportDataType: string }[];
    };
    results: unknown[][];
  };
  reference: Record<string, Record<string, unknown>>;
}

async function search(account: TestAccount, path: string): Promise<SearchAnswer> {
  const answer = await account.call('GET', path);
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as SearchAnswer;
}

async function rowsOf(account: TestAccount, path: string): Promise<Record<string, unknown>[]> {
  const { response } = await search(account, path);
  const names = response.metaData.columns.map(({ name }) => name);
  return response.results.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}

describe('the simulated Brightpearl holds the orders of the shop', () => {
  it('as sales orders with customer reference, external reference, channel, warehouse and payment', async () => {
    const account = new TestAccount();
    const [sold] = account.world.orders;
    assert.ok(sold);
    const [found] = await rowsOf(account, `/order-service/order-search?customerRef=${sold.number}`);
    assert.equal(found?.['orderId'], account.id());
    assert.equal(found['externalRef'], sold.id);
    assert.equal(found['installedIntegrationInstanceId'], 2);
    assert.equal(found['orderTypeId'], 1);
    const order = await account.order(account.id());
    assert.equal(order.orderTypeCode, 'SO');
    assert.equal(order.reference, sold.number);
    assert.equal(order.orderPaymentStatus, 'PAID');
    assert.equal(order.stockStatusCode, 'SOA');
    assert.equal(order.allocationStatusCode, 'AAA');
    assert.match(order.invoices[0]?.invoiceReference ?? '', /^SI-\d+$/);
    assert.deepEqual(
      Object.values(order.orderRows).map(({ productSku }) => productSku),
      sold.lines.map(({ sku }) => sku),
    );
    const channels = new Set<number>();
    for (const index of [0, 1])
      channels.add((await account.order(account.id(index))).assignment.current.channelId);
    assert.deepEqual([...channels], [1, 3]);
  });

  it("the rows add up to the order's totals, and to what the shop took", async () => {
    for (const priceMode of ['INC', 'EXC'] as const) {
      const account = new TestAccount({
        priceMode,
        delivery: { name: 'Delivery', amountMinor: 495, taxCode: 'T20' },
        world: createWorld({ seed: 8, orders: 40 }),
      });
      const orders = await account.get<WireOrder[]>(
        `/order-service/order/${account.id(0)}-${account.id(39)}`,
      );
      assert.equal(orders.length, 40);
      const codes = new Set<string>();
      orders.forEach((order, index) => {
        const cents = (text: string): number => Math.round(Number(text) * 100);
        const rows = Object.values(order.orderRows);
        for (const { rowValue } of rows) codes.add(rowValue.taxCode);
        const net = rows.reduce((sum, { rowValue }) => sum + cents(rowValue.rowNet.value), 0);
        const tax = rows.reduce((sum, { rowValue }) => sum + cents(rowValue.rowTax.value), 0);
        assert.equal(cents(order.totalValue.net), net);
        assert.equal(cents(order.totalValue.taxAmount), tax);
        assert.equal(cents(order.totalValue.total), net + tax);
        const paid = account.world.orders[index]?.lines.reduce((sum, line) => sum + line.amountMinor, 495);
        assert.equal(priceMode === 'INC' ? net + tax : net, paid);
      });
      assert.deepEqual([...codes].sort(), ['T0', 'T20', 'T5']);
    }
  });

  it('states of the shop: absent, without its customer, not invoiced', async () => {
    const world = createWorld({ seed: 3, orders: 2 });
    const account = new TestAccount({ world });
    const absent = addOrder(world, { state: 'unknown-to-erp' });
    const orphan = addOrder(world, { state: 'no-customer' });
    const open = addOrder(world, { state: 'not-invoiced' });
    assert.equal(account.simulator.orderId(absent.number), undefined);
    assert.deepEqual(await rowsOf(account, `/order-service/order-search?customerRef=${absent.number}`), []);
    const lost = await account.order(account.simulator.orderId(orphan.number) ?? 0);
    const { contactId } = lost.parties.customer;
    await account.refused('GET', `/contact-service/contact/${contactId}`, undefined, 404);
    const live = await account.order(account.simulator.orderId(open.number) ?? 0);
    assert.equal(live.invoices[0]?.invoiceReference, '');
    assert.equal(live.stockStatusCode, 'SON');
  });

  it('rows come in an order that changes from answer to answer', async () => {
    const world = createWorld({ seed: 3, orders: 60 });
    const account = new TestAccount({ world });
    const index = world.orders.findIndex(({ lines }) => lines.length === 4);
    const keys = async (): Promise<string> => {
      const answer = await account.call('GET', `/order-service/order/${account.id(index)}`);
      // Read from the text: a parsed object would sort the ids.
      return [...answer.text.matchAll(/"(\d{6})":\{"orderRowSequence"/g)].map(([, id]) => id).join();
    };
    const orders = new Set<string>();
    for (let call = 0; call < 12; call += 1) orders.add(await keys());
    assert.ok(orders.size > 3);
    const id = await account.makeCredit(index);
    const credits = new Set<string>();
    for (let call = 0; call < 12; call += 1)
      credits.add((await account.credit(id)).rows.map((row) => row.id).join());
    assert.ok(credits.size > 3);
  });

  it('a bundle is a parent row with its value and child rows of its components', async () => {
    const world = createWorld({ seed: 3, orders: 1 });
    const [first, second, third] = world.items;
    assert.ok(first && second && third);
    const account = new TestAccount({
      world,
      bundles: [
        {
          sku: first.sku,
          components: [
            { sku: second.sku, quantity: 1 },
            { sku: third.sku, quantity: 2 },
          ],
        },
      ],
    });
    const sold = addOrder(world, { sku: first.sku, quantity: 3 });
    const order = await account.order(account.simulator.orderId(sold.number) ?? 0);
    const entries = Object.entries(order.orderRows);
    const parent = entries.find(([, row]) => row.composition.bundleParent);
    assert.ok(parent);
    assert.equal(parent[1].productSku, first.sku);
    const children = entries.map(([, row]) => row).filter((row) => row.composition.bundleChild);
    assert.deepEqual(
      children.map((row) => [row.productSku, row.quantity.magnitude, row.composition.parentOrderRowId]),
      [
        [second.sku, '3.0000', Number(parent[0])],
        [third.sku, '6.0000', Number(parent[0])],
      ],
    );
    assert.ok(children.every((row) => row.rowValue.rowNet.value === '0.0000'));
    const [product] = await account.get<Record<string, Record<string, unknown>>[]>(
      `/product-service/product/${account.simulator.productId(first.sku) ?? 0}`,
    );
    assert.equal(product?.['composition']?.['bundle'], true);
    assert.equal(product['stock']?.['stockTracked'], false);
    const inBundles = await account.get<{ bundles: { id: number }[] }[]>(
      `/product-service/product/${account.simulator.productId(second.sku) ?? 0}/bundle`,
    );
    assert.deepEqual(inBundles[0]?.bundles, [{ id: account.simulator.productId(first.sku) }]);
    await account.refused(
      'GET',
      `/product-service/product/${account.simulator.productId(first.sku) ?? 0}/bundle`,
      undefined,
      404,
    );
  });

  it('products are live, discontinued or archived; what was never released is absent', async () => {
    const account = new TestAccount();
    const status = async (sku: string): Promise<unknown> =>
      (await rowsOf(account, `/product-service/product-search?SKU=${sku}`))[0]?.['productStatus'];
    assert.equal(await status(account.world.items[0]?.sku ?? ''), 'LIVE');
    assert.equal(await status('STOP-42-RED'), 'ARCHIVED');
    assert.equal(await status('OLD-40-GRY'), 'DISCONTINUED');
    assert.equal(await status('GHOST-1'), undefined);
    const barcode = account.world.items[5]?.upc ?? '';
    const [byBarcode] = await rowsOf(account, `/product-service/product-search?barcode=${barcode}`);
    assert.equal(byBarcode?.['SKU'], account.world.items[5]?.sku);
    account.simulator.setProductStatus('STOP-42-RED', 'LIVE');
    assert.equal(await status('STOP-42-RED'), 'LIVE');
  });
});

describe('resource search (help 212644983)', () => {
  it('answers arrays under named columns, in pages counted from 1', async () => {
    const account = new TestAccount();
    const seen: unknown[] = [];
    for (const first of [1, 6, 11]) {
      const { response } = await search(
        account,
        `/order-service/order-search?pageSize=5&firstResult=${first}`,
      );
      assert.equal(response.metaData.resultsAvailable, 12);
      assert.equal(response.metaData.firstResult, first);
      assert.equal(response.metaData.lastResult, Math.min(12, first + 4));
      assert.equal(response.metaData.columns[0]?.name, 'orderId');
      seen.push(...response.results.map(([id]) => id));
    }
    assert.deepEqual(
      seen,
      account.world.orders.map((_, index) => account.id(index)),
    );
    const { response, reference } = await search(account, '/order-service/order-search?customerRef=none');
    assert.deepEqual(response.results, []);
    assert.equal(reference['orderTypeNames']?.['3'], 'SALES_CREDIT');
  });

  it('sorts and picks columns', async () => {
    const account = new TestAccount();
    const rows = await rowsOf(
      account,
      '/order-service/order-search?sort=orderId.DESC&columns=customerRef,orderId&pageSize=1',
    );
    assert.deepEqual(rows, [{ customerRef: account.world.orders[11]?.number, orderId: account.id(11) }]);
  });

  it('refuses filters it does not know, values of the wrong type and pages over 500', async () => {
    const account = new TestAccount();
    for (const query of [
      'customerReference=AC-1',
      'orderId=abc',
      'orderId=9-1',
      'contactId=x',
      'placedOn=yesterday',
      'isHistoricalOrder=yes',
      'pageSize=501',
      'firstResult=0',
      'sort=nope.ASC',
      'sort=orderId.UP',
      'columns=nope',
      'customerRefs=AC-1,AC-2',
      'customerRef=AC-50001&nope=1',
    ]) {
      await account.refused('GET', `/order-service/order-search?${query}`, undefined, 400);
    }
    await account.refused('GET', '/product-service/product-search?salesChannelName=x', undefined, 400);
  });

  it('filters by type, parent, external reference, status and period', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit(0);
    const ids = async (query: string): Promise<unknown[]> =>
      (await rowsOf(account, `/order-service/order-search?${query}`)).map((row) => row['orderId']);
    assert.deepEqual(await ids('orderTypeId=3'), [credit]);
    assert.deepEqual(await ids(`parentOrderId=${account.id()}`), [credit]);
    assert.deepEqual(await ids(`parentOrderId=${account.id()}-${account.id(5)}`), [credit]);
    assert.deepEqual(await ids(`externalRef=return-${account.id()}`), [credit]);
    assert.deepEqual(await ids(`externalRef=return-${account.id()}&installedIntegrationInstanceId=8`), []);
    assert.deepEqual(await ids('orderStatusId=20'), [credit]);
    assert.deepEqual(await ids('createdOn=2026-03-01/'), [credit]);
    assert.equal((await ids('placedOn=2026-01-05/2026-01-06')).length, 12);
    assert.deepEqual((await ids(`customerRef=${account.world.orders[0]?.number ?? ''}`)).length, 2);
  });

  it('sales-order-search takes many customer references in one call; order-search only by option', async () => {
    const account = new TestAccount();
    const refs = account.world.orders.slice(2, 5).map(({ number }) => number);
    const rows = await rowsOf(account, `/order-service/sales-order-search?customerRefs=${refs.join(',')}`);
    assert.deepEqual(
      rows.map((row) => row['salesOrderId']),
      [2, 3, 4].map((index) => account.id(index)),
    );
    const lenient = new TestAccount({ orderSearchTakesCustomerRefs: true });
    assert.equal(
      (await rowsOf(lenient, `/order-service/order-search?customerRefs=${refs.join(',')}`)).length,
      3,
    );
  });

  it('every page of any size holds each order once', async () => {
    const account = new TestAccount();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 14 }), async (size) => {
        account.simulator.dials.throttleOff = true;
        const seen: unknown[] = [];
        for (let first = 1; first <= 12; first += size) {
          const path = `/order-service/order-search?pageSize=${size}&firstResult=${first}`;
          seen.push(...(await rowsOf(account, path)).map((row) => row['orderId']));
        }
        assert.equal(new Set(seen).size, 12);
        assert.equal(seen.length, 12);
      }),
    );
  });
});

describe('R111: states that an order can be in', () => {
  it('live, pending, invoiced, cancelled and historical are seen in order GET', async () => {
    const account = new TestAccount();
    const id = account.id();
    const seen = async (): Promise<(string | number | boolean | undefined)[]> => {
      const order = await account.order(id);
      return [
        order.invoices[0]?.invoiceReference.slice(0, 3),
        order.orderStatus.orderStatusId,
        order.historicalOrder,
      ];
    };
    account.simulator.setOrderState(id, 'live');
    assert.deepEqual(await seen(), ['', 2, false]);
    account.simulator.setOrderState(id, 'pending');
    assert.deepEqual(await seen(), ['pen', 2, false]);
    account.simulator.setOrderState(id, 'invoiced');
    assert.deepEqual(await seen(), ['SI-', 4, false]);
    account.simulator.setOrderState(id, 'historical');
    assert.deepEqual(await seen(), ['SI-', 4, true]);
    account.simulator.setOrderState(id, 'cancelled');
    assert.deepEqual(await seen(), ['', 5, false]);
  });

  it('R112: a locked order refuses a credit until the lock lifts, however it shows', async () => {
    for (const shown of ['status', 'invoice-pending', 'hidden'] as const) {
      const account = new TestAccount();
      const body = await account.creditBody(account.id());
      account.simulator.lockOrder(account.id(), shown);
      const order = await account.order(account.id());
      assert.equal(order.orderStatus.orderStatusId, shown === 'status' ? 9 : 4);
      assert.equal(order.invoices[0]?.invoiceReference === 'pending', shown === 'invoice-pending');
      assert.match(await account.refused('POST', '/order-service/sales-credit', body, 409), /locked/);
      await account.refused('PUT', `/order-service/order/${account.id()}/status`, { orderStatusId: 1 }, 409);
      assert.equal(account.simulator.observer.salesCredits().length, 0);
      account.simulator.unlockOrder(account.id());
      await account.post('/order-service/sales-credit', body);
    }
    const lenient = new TestAccount({ refuseCreditOnLockedParent: false });
    const body = await lenient.creditBody(lenient.id());
    lenient.simulator.lockOrder(lenient.id());
    await lenient.post('/order-service/sales-credit', body);
  });

  it('a credit on an order in invoice pending is refused only by option', async () => {
    for (const refuse of [false, true]) {
      const account = new TestAccount({ refuseCreditOnPendingParent: refuse });
      const body = await account.creditBody(account.id());
      account.simulator.setOrderState(account.id(), 'pending');
      const answer = await account.call('POST', '/order-service/sales-credit', body);
      assert.equal(answer.status, refuse ? 409 : 200);
    }
  });

  it('rows of an invoiced order cannot be patched, those of a live one can, by documented paths', async () => {
    const account = new TestAccount();
    const id = account.id();
    const [rowId = ''] = Object.keys((await account.order(id)).orderRows);
    const path = `/order-service/order/${id}/row/${rowId}`;
    const change = [{ op: 'replace', path: '/rowValue/rowNet/value', value: '1.23' }];
    await account.refused('PATCH', path, change, 409);
    account.simulator.setOrderState(id, 'live');
    assert.equal((await account.call('PATCH', path, change)).status, 200);
    assert.equal((await account.order(id)).orderRows[rowId]?.rowValue.rowNet.value, '1.2300');
    await account.refused('PATCH', path, [{ op: 'replace', path: '/productName', value: 'x' }], 400);
    await account.refused('PATCH', path, [{ op: 'remove', path: '/nominalCode' }], 400);
    await account.refused('PATCH', `/order-service/order/${id}/row/1`, change, 404);
  });

  it('a person changes a row behind the back of the caller', async () => {
    const account = new TestAccount();
    const [rowId = ''] = Object.keys((await account.order(account.id())).orderRows);
    account.simulator.changeRow(account.id(), Number(rowId), { net: 999, tax: 0 });
    assert.equal((await account.order(account.id())).orderRows[rowId]?.rowValue.rowNet.value, '9.9900');
  });

  it('statuses move by the rules of the status update; notes are added', async () => {
    const account = new TestAccount();
    const id = account.id();
    const status = `/order-service/order/${id}/status`;
    await account.refused('PUT', status, { orderStatusId: 20 }, 400);
    await account.refused('PUT', status, { orderStatusId: 999 }, 400);
    await account.refused('PUT', status, {}, 400);
    await account.refused('PUT', status, { orderStatusId: 5 }, 409);
    assert.equal((await account.call('PUT', status, { orderStatusId: 1 })).status, 200);
    assert.equal((await account.order(id)).orderStatus.name, 'Draft / Quote');
    await account.post(`/order-service/order/${id}/note`, { text: 'Return 1 received' });
    await account.refused('POST', `/order-service/order/${id}/note`, {}, 400);
    const statuses = await account.get<{ orderTypeCode: string }[]>('/order-service/order-status');
    assert.deepEqual(new Set(statuses.map(({ orderTypeCode }) => orderTypeCode)), new Set(['SO', 'SC']));
  });
});

describe('R124-R129: exchange orders', () => {
  const exchange = async (
    account: TestAccount,
    change: Record<string, unknown> = {},
  ): Promise<Record<string, unknown>> => {
    const order = await account.order(account.id());
    return {
      customer: { id: order.parties.customer.contactId },
      parentId: account.id(),
      ref: order.reference,
      externalRef: 'exchange-1',
      installedIntegrationInstanceId: 7,
      delivery: { address: { addressLine1: '1 New Street' }, shippingMethodId: 3 },
      rows: [{ productId: 1000, quantity: 1, taxCode: 'T20', net: '0.00', tax: '0.00' }],
      ...change,
    };
  };

  it('R125 R126 R128: a zero-value order, linked and allocated from stock', async () => {
    const account = new TestAccount();
    const id = await account.post<number>('/order-service/sales-order', await exchange(account));
    const [order] = await account.get<(WireSale & { delivery: { address: unknown } })[]>(
      `/order-service/sales-order/${id}`,
    );
    assert.equal(order?.parentId, account.id());
    assert.equal(order.total.gross, '0.00');
    assert.equal(order.allocationStatusCode, 'AAA');
    assert.deepEqual(order.delivery.address, { addressLine1: '1 New Street' });
    assert.deepEqual(
      account.simulator.observer.exchangeOrders().map(({ id: found }) => found),
      [id],
    );
  });

  it('R126: what is not in stock is not allocated, and the same stock is not promised twice', async () => {
    const account = new TestAccount({ initialStock: 3 });
    const rows = [
      { productId: 1000, quantity: 2, taxCode: 'T20', net: 0, tax: 0 },
      { productId: 1000, quantity: 2, taxCode: 'T20', net: 0, tax: 0 },
    ];
    const first = await account.post<number>('/order-service/sales-order', await exchange(account, { rows }));
    assert.equal((await account.order(first)).allocationStatusCode, 'APA');
    const second = await account.post<number>(
      '/order-service/sales-order',
      await exchange(account, { externalRef: 'exchange-2' }),
    );
    assert.equal((await account.order(second)).allocationStatusCode, 'ANA');
    const stock = await account.get<Record<string, { total: Record<string, number> }>>(
      '/warehouse-service/product-availability/1000',
    );
    assert.deepEqual(stock['1000']?.total, { inStock: 3, onHand: 0, allocated: 3, inTransit: 0 });
  });

  it('the reference is unique among sales orders, but a credit may carry the same', async () => {
    const account = new TestAccount();
    const body = await exchange(account);
    await account.post('/order-service/sales-order', body);
    await account.refused('POST', '/order-service/sales-order', body, 409);
    await account.makeCredit(0, { externalRef: 'exchange-1' });
  });

  it('the parent is not known to a sales order where the option says so', async () => {
    const account = new TestAccount({ salesOrderTakesParent: false });
    assert.match(
      await account.refused('POST', '/order-service/sales-order', await exchange(account), 400),
      /parentId/,
    );
  });
});
