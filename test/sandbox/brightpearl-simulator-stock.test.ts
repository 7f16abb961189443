import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { WebhookRequest } from '../../nodes/sandbox/brightpearl/simulator-types';
import { createWorld } from '../../nodes/sandbox/world';
import { TestAccount } from '../support/brightpearl-account';

interface Line {
  productId: number;
  rowId: number;
  quantity: number;
}

async function linesOf(account: TestAccount, credit: number): Promise<Line[]> {
  const { rows } = await account.credit(credit);
  return rows
    .filter((row) => row.productId !== undefined && !row.bundleParent)
    .map((row) => ({ productId: row.productId ?? 0, rowId: row.id, quantity: Number(row.quantity) }));
}

function note(lines: readonly Line[], change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    transfer: false,
    warehouseId: 3,
    goodsMoved: lines.map(({ productId, rowId, quantity }) => ({
      productId,
      purchaseOrderRowId: rowId,
      quantity,
      destinationLocationId: 31,
      productValue: { currency: 'USD', value: '4.0000' },
    })),
    receivedOn: '2026-03-02T09:00:00.000+00:00',
    userBatchReference: 'return-1',
    ...change,
  };
}

const goodsIn = (order: number): string => `/warehouse-service/order/${order}/goods-note/goods-in`;

describe('goods-in notes on a sales credit', () => {
  it('R92: put the units into quarantine, and the credit tells what was received', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    const lines = await linesOf(account, credit);
    const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const id = await account.post<number>(goodsIn(credit), note(lines));
    const held = account.simulator.observer.stock().filter(({ quarantine }) => quarantine);
    assert.equal(
      held.reduce((sum, { quantity }) => sum + quantity, 0),
      units,
    );
    assert.ok(held.every(({ warehouseId, locationId }) => warehouseId === 3 && locationId === 31));
    assert.equal((await account.credit(credit)).stockStatusCode, 'SCA');
    const notes = await account.get<Record<string, { orderId: number; userBatchReference: string }>>(
      `/warehouse-service/order/*/goods-note/goods-in/${id}`,
    );
    assert.deepEqual(
      [notes[String(id)]?.orderId, notes[String(id)]?.userBatchReference],
      [credit, 'return-1'],
    );
    const [observed] = account.simulator.observer.goodsInNotes();
    assert.equal(observed?.batchReference, 'return-1');
    assert.ok(observed.lines.every(({ quarantine }) => quarantine));
  });

  it('the batch reference is unique over all notes; without one nothing is checked', async () => {
    const account = new TestAccount();
    const first = await account.makeCredit(0);
    const second = await account.makeCredit(1);
    const half = (await linesOf(account, first)).map((line) => ({ ...line, quantity: 1 })).slice(0, 1);
    await account.post(goodsIn(first), note(half));
    const other = (await linesOf(account, second)).map((line) => ({ ...line, quantity: 1 })).slice(0, 1);
    assert.match(await account.refused('POST', goodsIn(second), note(other), 409), /return-1/);
    await account.post(goodsIn(second), note(other, { userBatchReference: undefined }));
  });

  it('R115: a credit is received in parts, its state tells so, and no more than was credited comes in', async () => {
    const account = new TestAccount();
    const rows = [{ productId: 1000, quantity: 3, taxCode: 'T20', net: 3, tax: 0 }];
    const credit = await account.makeCredit(0, { rows });
    const [line] = await linesOf(account, credit);
    assert.ok(line);
    const receive = (quantity: number, userBatchReference: string): Promise<{ status: number }> =>
      account.call('POST', goodsIn(credit), note([{ ...line, quantity }], { userBatchReference }));
    assert.equal((await receive(1, 'a')).status, 200);
    assert.equal((await account.credit(credit)).stockStatusCode, 'SCP');
    assert.equal((await receive(3, 'b')).status, 400);
    assert.equal((await receive(2, 'c')).status, 200);
    assert.equal((await account.credit(credit)).stockStatusCode, 'SCA');
    assert.equal((await receive(1, 'd')).status, 400);
    assert.equal(account.simulator.observer.goodsInNotes().length, 2);
  });

  it('a note is corrected by no more than it brought, whatever else lies there', async () => {
    const account = new TestAccount();
    const rows = [{ productId: 1000, quantity: 4, taxCode: 'T20', net: 3, tax: 0 }];
    const credit = await account.makeCredit(0, { rows });
    const [line] = await linesOf(account, credit);
    assert.ok(line);
    const ids: number[] = [];
    for (const userBatchReference of ['a', 'b']) {
      ids.push(
        await account.post<number>(goodsIn(credit), note([{ ...line, quantity: 2 }], { userBatchReference })),
      );
    }
    const path = `/warehouse-service/goods-note/goods-in/${ids[0] ?? 0}/correction`;
    const body = { productId: 1000, locationId: 31, quantity: 1 };
    assert.equal((await account.call('POST', path, body)).status, 200);
    await account.refused('POST', path, { ...body, quantity: 2 }, 400);
    assert.equal((await account.call('POST', path, body)).status, 200);
    await account.refused('POST', path, body, 400);
    assert.equal((await account.credit(credit)).stockStatusCode, 'SCP');
  });

  it('a lost answer is found again by the reference', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    const body = note((await linesOf(account, credit)).map((line) => ({ ...line, quantity: 1 })).slice(0, 1));
    account.simulator.dials.dropAfterCommitNext = 1;
    assert.equal((await account.call('POST', goodsIn(credit), body)).status, 0);
    await account.refused('POST', goodsIn(credit), body, 409);
    assert.equal(account.simulator.observer.goodsInNotes().length, 1);
  });

  it('refuses sales orders, foreign rows, wrong products, other locations, no value and too many units', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    const lines = await linesOf(account, credit);
    const [line] = lines;
    assert.ok(line);
    const moved = (note([line])['goodsMoved'] as Record<string, unknown>[])[0];
    const wrong = (change: Record<string, unknown>): Record<string, unknown> =>
      note([line], { goodsMoved: [{ ...moved, ...change }] });
    await account.refused('POST', goodsIn(account.id()), note(lines), 400);
    await account.refused('POST', goodsIn(999), note(lines), 404);
    for (const change of [
      { purchaseOrderRowId: 1 },
      { productId: 1 },
      { destinationLocationId: 20 },
      { destinationLocationId: 99 },
      { productValue: undefined },
      { productValue: { currency: 'USD', value: 'x' } },
      { quantity: 0 },
      { quantity: 1.5 },
      { quantity: line.quantity + 1 },
    ]) {
      await account.refused('POST', goodsIn(credit), wrong(change), 400);
    }
    await account.refused('POST', goodsIn(credit), note(lines, { warehouseId: 99 }), 400);
    await account.refused('POST', goodsIn(credit), note([]), 400);
    await account.refused('POST', goodsIn(credit), note(lines, { receivedOn: 'today' }), 400);
    const twice = note([line], { goodsMoved: [{ ...moved, quantity: line.quantity }, moved] });
    await account.refused('POST', goodsIn(credit), twice, 400);
    assert.deepEqual(account.simulator.observer.goodsInNotes(), []);
    await account.call('PUT', `/order-service/order/${credit}/status`, { orderStatusId: 24 });
    await account.refused('POST', goodsIn(credit), note(lines), 400);
  });

  it('the field of the row can have another name', async () => {
    const account = new TestAccount({ goodsInRowField: 'salesOrderRowId' });
    const credit = await account.makeCredit();
    const [line] = await linesOf(account, credit);
    assert.ok(line);
    await account.refused('POST', goodsIn(credit), note([line]), 400);
    const [moved] = note([line])['goodsMoved'] as Record<string, unknown>[];
    await account.post(
      goodsIn(credit),
      note([line], { goodsMoved: [{ ...moved, salesOrderRowId: line.rowId }] }),
    );
  });

  it('a bundle is received by its components, and one product on two rows makes two notes', async () => {
    const world = createWorld({ seed: 3, orders: 2 });
    const sku = world.orders[0]?.lines[0]?.sku ?? '';
    const part = world.items.find((item) => item.sku !== sku)?.sku ?? '';
    const account = new TestAccount({ world, bundles: [{ sku, components: [{ sku: part, quantity: 2 }] }] });
    const row = { quantity: 1, taxCode: 'T20', net: 1, tax: 0 };
    const credit = await account.makeCredit(0, {
      rows: [
        { ...row, productId: account.simulator.productId(sku) },
        { ...row, productId: account.simulator.productId(part) },
      ],
    });
    const { rows } = await account.credit(credit);
    const parent = rows.find(({ bundleParent }) => bundleParent);
    const bundle = { productId: parent?.productId ?? 0, rowId: parent?.id ?? 0, quantity: 1 };
    await account.refused('POST', goodsIn(credit), note([bundle]), 400);
    const first = await account.post<number>(goodsIn(credit), note(await linesOf(account, credit)));
    const notes = account.simulator.observer.goodsInNotes();
    assert.deepEqual(
      notes.map(({ id }) => id),
      [first, first + 1],
    );
    assert.equal((await account.credit(credit)).stockStatusCode, 'SCA');
  });

  it('tells notes of orders; asks for all notes of all orders are refused', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    const found = '/warehouse-service/order/*/goods-note/goods-in/';
    await account.refused('GET', found, undefined, 400);
    await account.refused('GET', goodsIn(credit), undefined, 404);
    await account.post(goodsIn(credit), note((await linesOf(account, credit)).slice(0, 1)));
    assert.equal(Object.keys(await account.get<object>(goodsIn(credit))).length, 1);
  });
});

describe('quarantine and corrections', () => {
  it('stock is released from quarantine to a sellable location, no more than is there', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    const [line] = await linesOf(account, credit);
    assert.ok(line);
    const path = '/warehouse-service/warehouse/3/quarantine/release';
    const body = { productId: line.productId, quantity: 1, toLocationId: 30 };
    assert.match(await account.refused('POST', path, body, 400), /WHSB-023.*location 31/);
    await account.post(goodsIn(credit), note([line]));
    await account.refused('POST', path, { ...body, quantity: line.quantity + 1 }, 400);
    await account.refused('POST', path, { ...body, toLocationId: 31 }, 400);
    await account.refused('POST', path, { ...body, toLocationId: 20 }, 400);
    await account.refused('POST', path, { ...body, quantity: 0 }, 400);
    await account.refused('POST', path, { ...body, productId: 1 }, 400);
    await account.refused('POST', '/warehouse-service/warehouse/9/quarantine/release', body, 404);
    assert.equal((await account.call('POST', path, body)).text, '{}');
    const here = account.simulator.observer.stock().filter(({ warehouseId }) => warehouseId === 3);
    assert.equal(here.find(({ quarantine }) => !quarantine)?.quantity, 1);
  });

  it('a goods-in note is corrected, a stock level adjusted', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    const [line] = await linesOf(account, credit);
    assert.ok(line);
    const id = await account.post<number>(goodsIn(credit), note([line]));
    const path = `/warehouse-service/goods-note/goods-in/${id}/correction`;
    const body = {
      productId: line.productId,
      locationId: 31,
      cost: { currency: 'USD', value: '4' },
      quantity: 1,
    };
    await account.refused('POST', path, { ...body, quantity: line.quantity + 1 }, 400);
    await account.refused('POST', path, { ...body, locationId: 30 }, 400);
    await account.refused('POST', path, { ...body, quantity: 0 }, 400);
    assert.equal((await account.call('POST', path, body)).status, 200);
    const left = account.simulator.observer.stock().find(({ locationId }) => locationId === 31)?.quantity;
    assert.equal(left, line.quantity - 1);
    const adjust = '/warehouse-service/warehouse/2/stock-correction';
    const correction = { productId: line.productId, quantity: -50, reason: 'damaged', locationId: 20 };
    await account.post(adjust, { corrections: [correction] });
    await account.refused('POST', adjust, { corrections: [correction] }, 400);
    await account.refused('POST', adjust, { corrections: [] }, 400);
  });

  it('warehouses and their locations are told', async () => {
    const account = new TestAccount();
    const warehouses = await account.get<{ id: number; name: string }[]>('/warehouse-service/warehouse');
    assert.deepEqual(
      warehouses.map(({ id, name }) => [id, name]),
      [
        [2, 'MAIN'],
        [3, 'RETQC'],
      ],
    );
    assert.equal(await account.get('/warehouse-service/warehouse/3/location/default'), 30);
    assert.equal(await account.get('/warehouse-service/warehouse/3/location/quarantine'), 31);
    const locations = await account.get<{ id: number }[]>('/warehouse-service/warehouse/3/location/');
    assert.deepEqual(
      locations.map(({ id }) => id),
      [30, 31],
    );
  });

  it('whatever is received, released and corrected, units are conserved and never negative', async () => {
    const step = fc.record({
      what: fc.constantFrom('in', 'release', 'correct'),
      line: fc.nat({ max: 3 }),
      quantity: fc.integer({ min: -1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const account = new TestAccount();
        account.simulator.dials.throttleOff = true;
        const credit = await account.makeCredit();
        const lines = await linesOf(account, credit);
        const start = sum(account);
        let net = 0;
        let reference = 0;
        let lastNote = 0;
        for (const { what, line: index, quantity } of steps) {
          const line = lines[index % lines.length];
          assert.ok(line);
          if (what === 'in') {
            reference += 1;
            const body = note([{ ...line, quantity }], { userBatchReference: `b-${reference}` });
            const answer = await account.call('POST', goodsIn(credit), body);
            if (answer.status === 200) {
              net += quantity;
              lastNote = Number(answer.body.response);
            }
          } else if (what === 'release') {
            const body = { productId: line.productId, quantity, toLocationId: 30 };
            await account.call('POST', '/warehouse-service/warehouse/3/quarantine/release', body);
          } else {
            const body = { productId: line.productId, locationId: 31, quantity };
            const path = `/warehouse-service/goods-note/goods-in/${lastNote}/correction`;
            if ((await account.call('POST', path, body)).status === 200) net -= quantity;
          }
          assert.ok(account.simulator.observer.stock().every((entry) => entry.quantity >= 0));
          assert.equal(sum(account), start + net);
        }
        const sold = lines.reduce((total, { quantity }) => total + quantity, 0);
        assert.ok(net <= sold);
      }),
      { numRuns: 40 },
    );
  });
});

function sum(account: TestAccount): number {
  return account.simulator.observer.stock().reduce((total, { quantity }) => total + quantity, 0);
}

describe('customer payments', () => {
  const PAYMENT = '/accounting-service/customer-payment';
  const refund = (orderId: number, change: Record<string, unknown> = {}): Record<string, unknown> => ({
    transactionRef: 'refund-1',
    paymentMethodCode: 'WEB_PAY',
    paymentType: 'PAYMENT',
    orderId,
    currencyIsoCode: 'USD',
    amountPaid: '1.00',
    paymentDate: '2026-03-02T09:00:00Z',
    ...change,
  });

  it('a refund on a credit is journalled where the method has a bank account, and changes the payment status', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    await account.post(PAYMENT, refund(credit));
    assert.equal((await account.credit(credit)).orderPaymentStatus, 'PARTIALLY_PAID');
    const { gross } = (await account.credit(credit)).total;
    const rest = (Number(gross) - 1).toFixed(2);
    await account.post(PAYMENT, refund(credit, { paymentMethodCode: 'GIFT_CARD', amountPaid: rest }));
    assert.equal((await account.credit(credit)).orderPaymentStatus, 'PAID');
    const payments = account.simulator.observer.payments();
    assert.deepEqual(
      payments.map(({ method, journalId }) => [method, journalId !== null]),
      [
        ['WEB_PAY', true],
        ['GIFT_CARD', false],
      ],
    );
    // Nothing on the page limits a refund: a careless caller pays twice.
    await account.post(PAYMENT, refund(credit, { transactionRef: 'refund-2', amountPaid: gross }));
  });

  it('transaction reference and method together are unique', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    await account.post(PAYMENT, refund(credit));
    await account.refused('POST', PAYMENT, refund(credit), 409);
    await account.post(PAYMENT, refund(credit, { paymentMethodCode: 'OTHER' }));
    for (let count = 0; count < 2; count += 1) {
      await account.post(PAYMENT, refund(credit, { transactionRef: undefined }));
    }
  });

  it('refuses what the page requires and limits', async () => {
    const account = new TestAccount();
    const credit = await account.makeCredit();
    for (const change of [
      { transactionRef: 'x'.repeat(65) },
      { paymentMethodCode: 'x'.repeat(37) },
      { paymentMethodCode: undefined },
      { paymentType: 'REFUND' },
      { paymentType: undefined },
      { orderId: 4 },
      { orderId: undefined },
      { currencyIsoCode: 'US' },
      { currencyIsoCode: undefined },
      { exchangeRate: 0 },
      { amountPaid: '1.005' },
      { amountPaid: -1 },
      { paymentDate: undefined },
      { paymentDate: 'today' },
      { paymentType: 'AUTH' },
    ]) {
      await account.refused('POST', PAYMENT, refund(credit, change), 400);
    }
    await account.post(PAYMENT, refund(credit, { transactionRef: 'x'.repeat(64) }));
  });

  it('what was paid with each method is found by the order', async () => {
    const account = new TestAccount();
    const answer = await account.call(
      'GET',
      `/accounting-service/customer-payment-search?orderId=${account.id(3)}`,
    );
    const { metaData, results } = answer.body.response as {
      metaData: { columns: { name: string }[] };
      results: unknown[][];
    };
    const at = (name: string): number => metaData.columns.findIndex((column) => column.name === name);
    assert.deepEqual(
      results.map((row) => row[at('paymentMethodCode')]),
      ['WEB_PAY', 'GIFT_CARD'],
    );
    const paid = results.reduce((total, row) => total + Math.round(Number(row[at('amountPaid')]) * 100), 0);
    assert.equal((paid / 100).toFixed(2), (await account.order(account.id(3))).totalValue.total);
  });

  it('lists tax codes, nominal codes, payment methods, contacts, channels and price lists', async () => {
    const account = new TestAccount();
    const taxes = await account.get<{ code: string; rate?: number }[]>('/accounting-service/tax-code');
    assert.deepEqual(
      taxes.map(({ code, rate }) => [code, rate]),
      [
        ['T0', undefined],
        ['T5', 5],
        ['T20', 20],
        ['T2', undefined],
      ],
    );
    const methods = await account.get<{ bankAccounts: unknown[] }[]>('/accounting-service/payment-method');
    assert.deepEqual(
      methods.map(({ bankAccounts }) => bankAccounts.length),
      [1, 0],
    );
    assert.ok((await account.get<unknown[]>('/accounting-service/nominal-code/1,2')).length === 2);
    assert.ok((await account.get<unknown[]>('/product-service/channel')).length === 2);
    assert.ok((await account.get<unknown[]>('/product-service/price-list')).length === 2);
    const email = account.world.customers[0]?.email ?? '';
    const found = await account.call(
      'GET',
      `/contact-service/contact-search?primaryEmail=${encodeURIComponent(email)}`,
    );
    const { results } = found.body.response as { results: unknown[][] };
    assert.deepEqual(results[0]?.slice(0, 2), [200, email]);
    const contacts = await account.call('GET', '/contact-service/contact?pageSize=10&firstResult=31');
    assert.equal((contacts.body.response as unknown[]).length, 10);
  });
});

describe('webhooks', () => {
  const subscription = {
    subscribeTo: 'sales-credit.created',
    httpMethod: 'POST',
    uriTemplate: 'https://flows.example/hook?a=${account-code}',
    bodyTemplate: '{"id":"${resource-id}","event":"${full-event}"}',
    contentType: 'application/json',
    idSetAccepted: true,
    qualityOfService: 1,
  };
  const start = (answers: (number | Error)[]): { account: TestAccount; sent: WebhookRequest[] } => {
    const sent: WebhookRequest[] = [];
    const account = new TestAccount({
      webhookRetryDelaysMs: [1000, 5000],
      deliver: (request) => {
        sent.push(request);
        const answer = answers.shift() ?? 200;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    });
    return { account, sent };
  };

  it('are subscribed, listed and deleted', async () => {
    const { account } = start([]);
    const id = await account.post<number>('/integration-service/webhook', subscription);
    const [listed] = await account.get<{ id: number; qualityOfService: number }[]>(
      '/integration-service/webhook',
    );
    assert.deepEqual([listed?.id, listed?.qualityOfService], [id, 1]);
    for (const change of [
      { subscribeTo: 'sales-credit.made' },
      { subscribeTo: undefined },
      { httpMethod: 'PATCH' },
      { uriTemplate: '/relative' },
      { bodyTemplate: undefined },
      { contentType: undefined },
      { qualityOfService: 2 },
    ]) {
      await account.refused('POST', '/integration-service/webhook', { ...subscription, ...change }, 400);
    }
    assert.equal((await account.call('DELETE', `/integration-service/webhook/${id}`)).status, 200);
    await account.refused('DELETE', `/integration-service/webhook/${id}`, undefined, 404);
    await account.refused('GET', `/integration-service/webhook/${id}`, undefined, 404);
  });

  it('templates are filled in; only the subscribed events and what is below them are sent', async () => {
    const { account, sent } = start([]);
    await account.post('/integration-service/webhook', subscription);
    await account.post('/integration-service/webhook', {
      subscribeTo: 'order',
      httpMethod: 'GET',
      uriTemplate: 'https://flows.example/order/${resource-id}/${resource-specifier}',
    });
    const id = await account.makeCredit();
    await account.call('PUT', `/order-service/order/${id}/status`, { orderStatusId: 21 });
    await account.clock.advance(10);
    assert.deepEqual(
      sent.map(({ method, url, body }) => [method, url, body]),
      [
        ['POST', 'https://flows.example/hook?a=acme', `{"id":"${id}","event":"sales-credit.created"}`],
        ['GET', `https://flows.example/order/${id}/order-status-modified`, ''],
      ],
    );
  });

  const cases: [number, (number | Error)[], number[], string][] = [
    [0, [500], [500], 'given-up'],
    [0, [503, 200], [503, 200], 'delivered'],
    [0, [503, 500], [503, 500], 'given-up'],
    [0, [new Error('cut')], [0], 'given-up'],
    [0, [404], [404], 'given-up'],
    [1, [500, 302, 200], [500, 302, 200], 'delivered'],
    [1, [new Error('cut'), 200], [0, 200], 'delivered'],
    [1, [400], [400], 'given-up'],
    [1, [503, 503, 503, 200], [503, 503, 503], 'given-up'],
  ];
  for (const [quality, answers, tries, outcome] of cases) {
    it(`quality ${quality}: ${tries.join(', ')} is ${outcome}`, async () => {
      const { account } = start([...answers]);
      await account.post('/integration-service/webhook', { ...subscription, qualityOfService: quality });
      await account.makeCredit();
      await account.clock.advance(60_000);
      await account.simulator.observer.settled();
      const [delivery] = account.simulator.observer.webhooks();
      assert.deepEqual([delivery?.answers, delivery?.outcome], [tries, outcome]);
    });
  }

  it('goods-in, release and exchange raise their events', async () => {
    const { account, sent } = start([]);
    for (const subscribeTo of [
      'goods-in-note',
      'quarantine-release.created',
      'sales-order.created',
      'product.modified',
    ]) {
      await account.post('/integration-service/webhook', { ...subscription, subscribeTo });
    }
    const credit = await account.makeCredit();
    const [line] = await linesOf(account, credit);
    assert.ok(line);
    await account.post(goodsIn(credit), note([line]));
    const body = { productId: line.productId, quantity: 1, toLocationId: 30 };
    await account.call('POST', '/warehouse-service/warehouse/3/quarantine/release', body);
    await account.post('/order-service/sales-order', {
      customer: { id: 200 },
      rows: [{ name: 'Gift', quantity: 1, taxCode: 'T0', net: 0, tax: 0 }],
    });
    await account.clock.advance(10);
    assert.deepEqual(
      sent.map(({ body: text }) => (JSON.parse(text) as { event: string }).event),
      [
        'goods-in-note.created',
        'quarantine-release.created',
        'product.modified.on-hand-modified',
        'sales-order.created',
      ],
    );
  });
});
