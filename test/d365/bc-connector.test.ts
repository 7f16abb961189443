import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTokenSource } from '../../nodes/d365/token';
import { closedUntil } from '../../nodes/d365/business-central/posting-day';
import { BcClient } from '../../nodes/d365/business-central/client';
import { bcError } from '../../nodes/d365/business-central/errors';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import type { FailureClass } from '../../nodes/returns/failure';
import { LedgerError } from '../../nodes/returns/failure';
import { documentReference } from '../../nodes/runtime/document-reference';
import { ConnectionGate } from '../../nodes/runtime/connection-gate';
import type { HttpRequest } from '../../nodes/runtime/http';
import { addOrder } from '../../nodes/sandbox/world';
import { accepted, bcBench, bcConnector, codeOf, mappings, returnOf } from '../support/bc-bench';
import { simulatedTime } from '../support/simulated-http';

describe('the item master', () => {
  it('C1 rows 6, 8: by number, then by barcode; blocked is told, Sales Blocked is fine', async () => {
    const { connector, simulator, world } = await bcBench();
    const [first, second] = world.items;
    assert.ok(first && second);
    simulator.blockItem(second.sku, { blocked: true });
    const skus = [first.sku.toLowerCase(), second.sku, first.upc, 'OLD-40-GRY', 'NOBODY', 'X'.repeat(40)];
    const found = await connector.findItems(skus);
    assert.deepEqual(
      skus.map((sku) => found.get(sku)?.state),
      ['active', 'blocked', 'active', 'active', 'unknown', 'unknown'],
    );
    assert.equal(found.get(first.upc)?.itemNumber, first.sku);
    assert.equal(found.get(first.upc)?.unit, 'PCS');
  });

  it('looks hundreds up with few calls', async () => {
    const { connector, world } = await bcBench();
    await connector.ready();
    const before = connector.calls;
    const found = await connector.findItems(world.items.map(({ sku }) => sku));
    assert.equal(found.size, world.items.length);
    assert.ok(connector.calls - before <= 2, String(connector.calls - before));
  });

  it('gives all items a page at a time, and the nearest ones to a wrong number', async () => {
    const { connector, world } = await bcBench({ pageSize: 20 });
    const numbers: string[] = [];
    for await (const page of connector.eachItem()) {
      assert.ok(page.length <= 20);
      numbers.push(...page.flatMap(({ itemNumber }) => itemNumber ?? []));
    }
    assert.equal(numbers.length, world.items.filter(({ state }) => state !== 'absent').length + 1);
    const sku = world.items[0]?.sku ?? '';
    const [nearest] = await connector.findCandidates(`${sku}X`);
    assert.equal(nearest?.itemNumber, sku);
  });
});

describe('the sale', () => {
  it('R50, R54: lines with what others took, tax and code; states of the order', async () => {
    const { connector, world, announce, order, simulator } = await bcBench();
    const sold = order((one) => one.lines.every(({ quantity }) => quantity > 1));
    await announce(returnOf(sold, { returnId: 'HR-OTHER' }, 1));
    const answer = await connector.findSale(returnOf(sold));
    assert.ok(answer.found === 'sale');
    const { lines, state, currency, customer } = answer.sale;
    assert.deepEqual([state, currency, customer.known, customer.hold], ['invoiced', 'USD', true, null]);
    assert.deepEqual(
      lines.map(({ returned, pieces }) => [returned, pieces]),
      lines.map(() => [1, 1]),
    );
    assert.deepEqual(
      lines.map(({ net, tax }) => Math.round((net + (tax ?? 0)) / 100)),
      sold.lines.map(({ amountMinor }) => amountMinor),
    );
    const own = await connector.findSale(returnOf(sold, { returnId: 'HR-OTHER' }));
    assert.ok(own.found === 'sale');
    assert.deepEqual(
      own.sale.lines.map(({ returned }) => returned),
      own.sale.lines.map(() => 0),
    );
    const open = await connector.findSale(returnOf(addOrder(world, { state: 'not-invoiced' })));
    assert.ok(open.found === 'sale');
    assert.equal(open.sale.state, 'not-invoiced');
    assert.equal(open.sale.currency, 'USD');
    assert.equal(
      (await connector.findSale(returnOf(addOrder(world, { state: 'unknown-to-erp' })))).found,
      'unknown',
    );
    simulator.addForeignCreditMemo(sold.number, sold.number);
    const taken = await connector.findSale(returnOf(sold));
    assert.ok(taken.found === 'sale');
    assert.ok(taken.sale.lines.every(({ returned, quantity }) => returned >= quantity));
  });

  it('by the number of the sales order, where the connection says so', async () => {
    const { world, simulator, time } = await bcBench();
    const [sold] = world.orders;
    assert.ok(sold);
    const connector = bcConnector(simulator, time, { bcOrderField: 'orderNumber' });
    assert.equal((await connector.findSale(returnOf(sold), undefined, sold.salesOrderNumber)).found, 'sale');
    assert.equal((await connector.findSale(returnOf(sold), undefined, 'X'.repeat(21))).found, 'unknown');
  });
});

describe('what is there', () => {
  it('R67: locations, reasons, payment methods, units and tax groups; nothing is said of other kinds', async () => {
    const { connector } = await bcBench();
    const there = async (
      kind: Parameters<typeof connector.existing>[0],
      ...values: string[]
    ): Promise<string[] | null> => {
      const found = await connector.existing(kind, values);
      return found && [...found];
    };
    assert.deepEqual(await there('warehouse', 'retqc', 'NOWHERE'), ['retqc']);
    assert.deepEqual(await there('reason', 'FIT', 'X'), ['FIT']);
    assert.deepEqual(await there('payment method', 'CARD', 'X'), ['CARD']);
    assert.deepEqual(await there('unit', 'PCS', 'each', 'X'), ['PCS', 'each']);
    assert.deepEqual(await there('tax code', 'STANDARD', 'X'), ['STANDARD']);
    assert.equal(await there('disposition', 'RESELL'), null);
  });

  it('R163: closed accounting periods', async () => {
    const { connector } = await bcBench();
    assert.equal(await connector.closedUntil(), '2025-12-31');
    assert.equal(closedUntil([]), null);
    assert.equal(
      closedUntil([{ startingDate: '2026-02-01', closed: true, dateLocked: false }]),
      '2026-02-28',
    );
  });

  it('postings of a return by our reference, drafts apart from what is posted', async () => {
    const { connector, announce, credit, order } = await bcBench();
    const event = returnOf(order(), { returnId: '7d3f6c4e-91aa-4c53-8a8f-2a4f2d1c9b11' });
    const reference = documentReference(event);
    assert.ok(reference.length > 35);
    await announce(event);
    assert.deepEqual(
      (await connector.findPostings(reference)).map(({ kind }) => kind),
      ['return-order'],
    );
    await credit(accepted(event));
    assert.deepEqual(
      (await connector.findPostings(reference)).map(({ kind }) => kind),
      ['credit-note'],
    );
  });
});

describe('the connection', () => {
  it('finds the company by name or id, renews tokens, and reads many pages on its own host only', async () => {
    const { connector, simulator, time } = await bcBench();
    await connector.ready();
    simulator.expireTokens();
    assert.equal((await connector.findItems(['NOBODY'])).size, 1);
    await bcConnector(simulator, time, { company: simulator.companyId.toUpperCase() }).ready();
    await assert.rejects(
      bcConnector(simulator, time, { company: 'elsewhere' }).ready(),
      isError('d365-company-unknown', 'config'),
    );
    await assert.rejects(
      bcConnector(simulator, time, {}, 'wrong').ready(),
      isError('d365-sign-in-refused', 'auth'),
    );
  });

  it('tells what the environment lacks before anything is posted', async () => {
    const { announce, order, connector } = await bcBench({
      metadataOmit: ['salesCreditMemos.customerReturnReasonId'],
    });
    await assert.rejects(announce(returnOf(order())), isError('d365-names-missing', 'config'));
    const result = await connector.testConnection();
    assert.equal(result.ok, false);
    assert.match(result.message, /salesCreditMemos\.customerReturnReasonId/);
  });

  it('Test connection says what it found, what it cannot know, and what to do about a refusal', async () => {
    const { connector, simulator } = await bcBench();
    const result = await connector.testConnection();
    assert.equal(result.ok, true, result.message);
    assert.match(result.message, /Business Central, company usrt: connected/);
    assert.match(result.checks?.at(-1)?.text ?? '', /cannot be read/);
    simulator.setAccess('client-1', { enabled: false });
    assert.match((await connector.testConnection()).message, /Microsoft Entra Applications/);
  });

  it('R157: after a 429 all calls wait, also without Retry-After', async () => {
    const { connector, simulator } = await bcBench();
    await connector.ready();
    simulator.dials.throttleNext = 1;
    await assert.rejects(connector.findItems(['A']), isError('d365-throttled', 'rate-limited'));
    const before = simulator.observer.calls();
    await assert.rejects(connector.findItems(['A']), isError('connection-paused', 'rate-limited'));
    assert.equal(simulator.observer.calls(), before);
  });

  it('sends English, the scope of Business Central, and the token to its own host only', async () => {
    const seen: HttpRequest[] = [];
    const settings = d365SettingsSchema.parse({ product: 'bc', company: 'usrt', tenant: 't', clientId: 'c' });
    const surroundings = simulatedTime();
    const tokens = { token: () => Promise.resolve('token-1') };
    const gate = new ConnectionGate({ label: 'x', concurrency: 1, callsPerMinute: null, surroundings });
    const next = '@odata.nextLink';
    const client = new BcClient(
      settings,
      tokens,
      (request) => {
        seen.push(request);
        const companies = /companies\?/.test(request.url);
        const body = companies
          ? { value: [{ id: 'id-1', name: 'USRT' }] }
          : { value: [], [next]: 'https://evil.example/next' };
        return Promise.resolve({ status: 200, headers: {}, text: JSON.stringify(body) });
      },
      surroundings,
      gate,
    );
    await assert.rejects(client.list('items'), isError('d365-foreign-link', 'config'));
    assert.deepEqual(
      seen.map(({ url }) => url),
      [
        'https://api.businesscentral.dynamics.com/v2.0/production/api/v2.0/companies?$select=id,name,displayName',
        'https://api.businesscentral.dynamics.com/v2.0/production/api/v2.0/companies(id-1)/items',
      ],
    );
    assert.ok(seen.every(({ headers }) => headers?.['accept-language'] === 'en-US'));
    assert.equal(seen[1]?.headers?.['data-access-intent'], 'ReadOnly');
    const asked: string[] = [];
    const source = createTokenSource(
      { ...settings, environmentUrl: 'https://api.businesscentral.dynamics.com', tokenVersion: 'v2' },
      's',
      (request) => {
        asked.push(String(request.body));
        return Promise.resolve({ status: 200, headers: {}, text: '{"access_token":"x","expires_in":3600}' });
      },
      surroundings,
    );
    await source.token();
    assert.equal(
      new URLSearchParams(asked[0]).get('scope'),
      'https://api.businesscentral.dynamics.com/.default',
    );
  });

  it('B8: every refusal has a class by its code and words, without the correlation id', () => {
    const cases: [number, string, string, boolean, string, FailureClass][] = [
      [
        400,
        'Application_DialogException',
        'Posting Date is not within your range of allowed posting dates.',
        true,
        'd365-posting-date',
        'data-invalid',
      ],
      [
        400,
        'Application_FieldValidationException',
        "Blocked must be equal to 'No'  in Item: No.=A.",
        true,
        'd365-item-blocked',
        'data-invalid',
      ],
      [400, 'Application_DialogException', 'Item does not exist.', true, 'd365-item-unknown', 'data-invalid'],
      [
        400,
        'Internal_InvalidTableRelation',
        'The field X contains a value (Y) that cannot be found in the related table (Z).',
        true,
        'd365-value-unknown',
        'data-invalid',
      ],
      [
        400,
        'Application_DialogException',
        'The action can be applied to a draft credit memo only.',
        true,
        'd365-already-posted',
        'data-invalid',
      ],
      [
        400,
        'Internal_DataNotFoundFilter',
        'There is no Cust. Ledger Entry within the filter.',
        true,
        'd365-invoice-not-open',
        'data-invalid',
      ],
      [
        409,
        'Request_EntityChanged',
        'Another user has already changed the record.',
        true,
        'd365-changed-meanwhile',
        'state-blocked',
      ],
      [500, 'Internal_ServerError', 'locked by another user', true, 'd365-locked', 'transient'],
      [503, '', '', true, 'd365-unavailable', 'ambiguous'],
      [503, '', '', false, 'd365-unavailable', 'transient'],
      [504, '', '', true, 'd365-unavailable', 'ambiguous'],
      [408, '', '', true, 'd365-unavailable', 'ambiguous'],
      [403, 'Authorization_RequestDenied', 'x', false, 'd365-forbidden', 'auth'],
      [404, 'BadRequest_ResourceNotFound', 'x', false, 'd365-not-found', 'config'],
    ];
    for (const [status, code, message, write, expected, failure] of cases) {
      const text = JSON.stringify({ error: { code, message: `${message}  CorrelationId:  5c3d-ab12.` } });
      const error = bcError({ status, headers: {}, text }, write, { now: () => 0 });
      assert.deepEqual([error.code, error.class], [expected, failure], message);
      assert.doesNotMatch(error.message, /Correlation/);
    }
  });
});

describe('B-8: the replacement order', () => {
  const EXCHANGE = { mappings: null, warehouse: '', orderPattern: null };

  it('R124, R125, R128: an order of its own at the value of the goods, linked with the credit memo, made once (R109)', async () => {
    const { announce, connector, store, simulator, order, world, time } = await bcBench();
    const sold = order((one) => one.lines.length === 1);
    const other = world.items[5]?.sku ?? '';
    const event = returnOf(sold, {}, undefined, { replacementSku: other, outcome: 'exchange' });
    await assert.rejects(
      connector.createExchange(event, [], EXCHANGE, store),
      isError('credit-missing', 'state-blocked'),
    );
    assert.equal(codeOf(await announce(event)), 'posted, as meant');
    simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(connector.createExchange(event, [], EXCHANGE, store), isAmbiguous);
    await time.wait(130_000);
    const outcome = await connector.createExchange(event, [], EXCHANGE, store);
    assert.equal(outcome.problem, null, JSON.stringify(outcome.problem));
    const [made, ...more] = simulator.observer.exchangeOrders();
    assert.ok(made);
    assert.deepEqual(more, []);
    assert.equal(made.gross, sold.lines[0]?.amountMinor);
    assert.equal(made.externalNumber, `HR-HR${sold.number}-${sold.number}-X`);
    assert.equal(outcome.documents[0]?.references['difference'], '0.00 USD');
    assert.equal((await connector.createExchange(event, [], EXCHANGE, store)).made.length, 0);
  });

  it('R129: a dearer and a cheaper one differ by as much, with no balancing line', async () => {
    const { announce, connector, store, simulator, world } = await bcBench();
    for (const [at, change] of [
      [0, 15_000],
      [1, -200],
    ] as const) {
      const sold = world.orders.filter(({ lines }) => lines.length === 1)[at];
      assert.ok(sold);
      const [row] = sold.lines;
      assert.ok(row);
      const price = row.amountMinor + change;
      const base = returnOf(sold);
      const [goods] = base.lines;
      assert.ok(goods);
      const sku = world.items[6]?.sku ?? '';
      const event = {
        ...base,
        lines: [
          { ...goods, outcome: 'exchange' },
          {
            ...goods,
            id: 'x',
            kind: 'exchange' as const,
            sku,
            quantity: { ...goods.quantity, value: 1 },
            price: { minor: price, currency: 'USD' },
          },
        ],
      };
      assert.equal(codeOf(await announce(event)), 'posted, as meant');
      const outcome = await connector.createExchange(event, [], EXCHANGE, store);
      assert.equal(outcome.problem, null, JSON.stringify(outcome.problem));
      const [made] = simulator.observer.exchangeOrders().slice(-1);
      assert.equal(made?.gross, price);
      assert.equal(made.lines.length, 1);
    }
  });

  it('R127: the address that came with the return, and a blocked replacement parks', async () => {
    const { announce, connector, store, simulator, world, read } = await bcBench();
    const [sold] = world.orders.filter(({ lines }) => lines.length === 1);
    assert.ok(sold);
    const token = store.personToken('shopper');
    const data = { 'customer.address1': '1 New Street', 'customer.zip': 'AB1 2CD', 'customer.city': 'York' };
    await store.accept({
      receipt: {
        id: 'r',
        source: 's',
        platform: 'happy-returns',
        body: '{}',
        unreadable: null,
        receivedAt: '2026-03-01T00:00:00.000Z',
      },
      events: [{ event: returnOf(sold), returnKey: 'k', exception: null }],
      people: [{ token, data, seenAt: '2026-03-01T00:00:00.000Z' }],
    });
    const event = returnOf(sold, { customerToken: token }, undefined, { replacementSku: 'STOP-42-RED' });
    await announce(event);
    const blocked = await connector.createExchange(event, [], EXCHANGE, store);
    assert.equal(blocked.problem?.code, 'sku-blocked');
    const table = mappings({ sku: [{ by: 'sku', code: 'STOP-42-RED', item: world.items[3]?.sku ?? '' }] });
    const outcome = await connector.createExchange(
      event,
      [],
      { ...EXCHANGE, mappings: table, warehouse: 'MAIN' },
      store,
    );
    assert.equal(outcome.problem, null, JSON.stringify(outcome.problem));
    const [held] = await read(`salesOrders?$filter=number eq '${outcome.documents[0]?.number ?? ''}'`);
    assert.deepEqual([held?.['shipToAddressLine1'], held?.['shipToPostCode']], ['1 New Street', 'AB1 2CD']);
    assert.doesNotMatch(JSON.stringify(outcome), /New Street/);
    assert.equal(simulator.observer.exchangeOrders()[0]?.lines[0]?.location, 'MAIN');
  });

  it('a refund that the flow asks for goes to finance, with the credit’s number', async () => {
    const REFUND = { mappings: null, methods: new Map(), route: 'journal', journalName: '' } as const;
    const { announce, credit, connector, order, store } = await bcBench();
    const event = returnOf(order());
    await announce(event);
    const { documents } = await credit(accepted(event));
    const outcome = await connector.bookRefund(event, documents, REFUND, store);
    assert.equal(outcome.problem?.code, 'payment-method-unmapped');
    assert.match(outcome.problem.what, new RegExp(documents[0]?.number ?? '?'));
    assert.equal((await connector.bookRefund(event, [], REFUND, store)).problem, null);
  });
});

function isError(code: string, failure: FailureClass): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof LedgerError, String(thrown));
    assert.deepEqual([thrown.code, thrown.class], [code, failure], thrown.message);
    return true;
  };
}

function isAmbiguous(thrown: unknown): boolean {
  return thrown instanceof LedgerError && thrown.class === 'ambiguous';
}
