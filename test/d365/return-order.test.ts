import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from '../../nodes/d365/documents';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import { documentReference } from '../../nodes/runtime/document-reference';
import type { ReturnEvent } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import { quantity } from '../../nodes/returns/quantity';
import {
  createD365Simulator,
  type D365Simulator,
  type D365SimulatorOptions,
} from '../../nodes/sandbox/d365/d365-simulator';
import { addOrder, createWorld, type World, type WorldOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, line } from '../support/events';
import { BASE, httpTo, simulatedTime } from '../support/simulated-http';

const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };
const POLICY: ReturnOrderPolicy = { warehouse: 'RETQC', reasons: new Map(), orderPattern: /^AC-\d+$/ };

interface Bench {
  world: World;
  simulator: D365Simulator;
  time: ReturnType<typeof simulatedTime>;
  store: ReturnsStore;
  connector: FscmConnector;
  post: (of: ReturnEvent, policy?: ReturnOrderPolicy) => Promise<ReturnOrderOutcome>;
  /** Comes back for as long as it is asked to, as a delivery that waits in the store does. */
  postInTheEnd: (of: ReturnEvent) => Promise<ReturnOrderOutcome>;
}

async function bench(
  options: Partial<D365SimulatorOptions> = {},
  settings: Partial<D365Settings> = {},
): Promise<Bench> {
  const world = createWorld({ seed: 3, orders: 60 });
  const time = simulatedTime();
  const simulator = createD365Simulator({
    world,
    ...ACCOUNT,
    now: () => time.now,
    wait: time.wait,
    ...options,
  });
  const store = await openMemoryStore();
  const connector = newConnector(simulator, time, settings);
  const post: Bench['post'] = (of, policy = POLICY) => connector.createReturnOrder(of, policy, store);
  const postInTheEnd: Bench['postInTheEnd'] = async (of) => {
    for (let tries = 0; tries < 10; tries += 1) {
      try {
        return await post(of);
      } catch (thrown) {
        assert.ok(thrown instanceof LedgerError && thrown.retryAfterMs !== undefined, String(thrown));
        await time.wait(thrown.retryAfterMs);
      }
    }
    throw new Error('It came back ten times in vain');
  };
  return { world, simulator, time, store, connector, post, postInTheEnd };
}

function newConnector(
  simulator: D365Simulator,
  time: ReturnType<typeof simulatedTime>,
  settings: Partial<D365Settings> = {},
  secret = ACCOUNT.clientSecret,
): FscmConnector {
  return new FscmConnector({
    settings: d365SettingsSchema.parse({
      environmentUrl: BASE,
      authorityUrl: BASE,
      tenant: ACCOUNT.tenant,
      clientId: ACCOUNT.clientId,
      company: 'usrt',
      ...settings,
    }),
    clientSecret: secret,
    http: httpTo(simulator),
    surroundings: time,
    connectionId: 'connection-1',
  });
}

/** A return of units of an order, all of them by default. */
function returnOf(order: WorldOrder, units?: number, change: Partial<ReturnEvent> = {}): ReturnEvent {
  return event({
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    lines: order.lines.map((sold) =>
      line({
        id: sold.lineId,
        orderLineId: sold.lineId,
        sku: sold.sku,
        quantity: quantity(Math.min(units ?? sold.quantity, sold.quantity)),
      }),
    ),
    ...change,
  });
}

function firstOrder(world: World): WorldOrder {
  const order = world.orders.find((one) => one.lines.length > 1);
  assert.ok(order);
  return order;
}

function problemCode(outcome: ReturnOrderOutcome): string {
  return outcome.outcome === 'exception'
    ? outcome.problem.code
    : `posted, ${outcome.mismatch?.code ?? 'as meant'}`;
}

/** Somebody stops the item for sales between our look and our call. */
function stopAtLines(simulator: D365Simulator, sku: string): void {
  const handle = simulator.handle.bind(simulator);
  Object.assign(simulator, {
    handle: (request: Parameters<typeof handle>[0]) => {
      const writes = request.body.includes('"ReturnSalesQuantity":');
      simulator.change('ProductDefaultOrderSettings', (row) => row['ItemNumber'] === sku, {
        IsSalesProcessingStopped: writes ? 'Yes' : 'No',
      });
      return handle(request);
    },
  });
}

describe('A14 F-2: the return order', () => {
  it('has the customer, our reference, the sale, negative quantities and the sale’s own prices', async () => {
    const { world, simulator, post } = await bench();
    const order = firstOrder(world);
    const outcome = await post(returnOf(order));
    assert.ok(outcome.outcome === 'posted');
    const [held] = simulator.observer.returnOrders();
    assert.ok(held);
    assert.equal(held.reference, `HR-HR${order.number}-${order.number}`);
    assert.deepEqual(
      held.lines.map((row) => [row.itemNumber, row.quantity, Math.round(row.amount * 100), row.external]),
      order.lines.map((sold) => [sold.sku, -sold.quantity, -sold.amountMinor, sold.lineId]),
    );
    const amount = order.lines.reduce((sum, sold) => sum + sold.amountMinor, 0);
    assert.deepEqual(outcome.document.amount, { minor: -amount, currency: 'USD' });
    assert.equal(outcome.document.status, 'Created');
  });

  it('takes five calls behind sign-in and names, and none when it is repeated', async () => {
    const { world, connector, post } = await bench();
    const order = firstOrder(world);
    await connector.ready();
    const before = connector.calls;
    await post(returnOf(order));
    assert.equal(connector.calls - before, 5);
    await post(returnOf(order, undefined, { topic: 'return.dropped_off' }));
    assert.equal(connector.calls - before, 5);
  });

  it('R100, R12: 50 repeats at once and in any order leave one return order', async () => {
    const { world, simulator, post } = await bench();
    const order = firstOrder(world);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => post(returnOf(order))));
    const numbers = outcomes.map((outcome) =>
      outcome.outcome === 'posted' ? outcome.document.number : 'none',
    );
    assert.equal(new Set(numbers).size, 1);
    assert.equal(simulator.observer.returnOrders().length, 1);
  });

  it('R14: one that another maker created under our reference is found and completed', async () => {
    const { world, simulator, post } = await bench();
    const of = returnOf(firstOrder(world));
    const first = await post(of);
    const other = await openMemoryStore();
    const second = await newConnector(simulator, simulatedTime()).createReturnOrder(of, POLICY, other);
    assert.equal(second.outcome === 'posted' && second.created, false);
    assert.equal(
      second.outcome === 'posted' && second.document.number,
      first.outcome === 'posted' && first.document.number,
    );
    assert.equal(simulator.observer.returnOrders().length, 1);
  });

  it('refers to each return and order by another text, never longer than 60 characters', () => {
    const parts = fc.string({ minLength: 1, maxLength: 80 });
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(parts, parts, (returnId, number) => {
        const reference = documentReference({
          platform: 'happy-returns',
          brand: 'b',
          returnId,
          order: { number, id: null },
        });
        assert.match(reference, /^[A-Za-z0-9._-]{1,60}$/);
        const before = seen.get(reference);
        // A hyphen may stand in either part, so only texts that differ as a whole must differ.
        if (before !== undefined) assert.equal(before, `${returnId}-${number}`);
        seen.set(reference, `${returnId}-${number}`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('R109: lost answers never post twice', () => {
  for (const [title, dials] of [
    ['of the header, carried out', { dropAfterCommitNext: 1 }],
    ['of the header, never arrived', { dropBeforeCommitNext: 1 }],
    ['of the header, carried out a minute later', { lateCommitNext: 1, lateCommitMs: 60_000 }],
  ] as const) {
    it(title, async () => {
      const { world, simulator, time, post, postInTheEnd } = await bench({ wait: () => late });
      let commit: () => void = () => undefined;
      const late = new Promise<void>((resolve) => (commit = resolve));
      Object.assign(simulator.dials, dials);
      const of = returnOf(firstOrder(world));
      await assert.rejects(post(of), { class: 'ambiguous' });
      const before = time.now;
      time.wait = async (milliseconds) => {
        time.now += milliseconds;
        // The slow posting is carried out while we wait out the settle time, not before.
        commit();
        await simulator.observer.settled();
      };
      const outcome = await postInTheEnd(of);
      assert.equal(outcome.outcome, 'posted');
      assert.ok(time.now - before >= 120_000, 'it was looked up before the settle time was over');
      assert.equal(simulator.observer.returnOrders().length, 1);
    });
  }

  it('an instance that others may take for dead writes nothing, not even in a second try', async () => {
    const { world, simulator, store, connector } = await bench();
    let asked = 0;
    const lost = new LedgerError({ code: 'store-lease-lost', class: 'transient', message: 'lost' });
    const leaseLost: ReturnsStore = {
      ...store,
      assertAlive: () => {
        if ((asked += 1) > 1) throw lost;
      },
    };
    simulator.dials.updateConflictNext = 1;
    const of = returnOf(firstOrder(world));
    await assert.rejects(connector.createReturnOrder(of, POLICY, leaseLost), { code: 'store-lease-lost' });
    assert.deepEqual([simulator.observer.returnOrders(), asked > 1], [[], true]);
  });

  it('of the lines: the header is found again and gets its lines once', async () => {
    const { world, simulator, post, postInTheEnd } = await bench();
    const order = firstOrder(world);
    const of = returnOf(order);
    let writes = 0;
    const handle = simulator.handle.bind(simulator);
    Object.assign(simulator, {
      handle: async (request: Parameters<typeof handle>[0]) => {
        const write =
          request.method === 'POST' &&
          (request.url.includes('ReturnOrder') || request.body.includes('POST '));
        if (write && (writes += 1) === 2) simulator.dials.dropAfterCommitNext = 1;
        return handle(request);
      },
    });
    await assert.rejects(post(of), { class: 'ambiguous' });
    assert.equal((await postInTheEnd(of)).outcome, 'posted');
    const [held, ...more] = simulator.observer.returnOrders();
    assert.deepEqual([more.length, held?.lines.length], [0, order.lines.length]);
  });

  it('a crash between header and lines is resumed without waiting for a person', async () => {
    const { world, simulator, time, store, connector } = await bench();
    const order = firstOrder(world);
    const of = returnOf(order);
    const abort = new AbortController();
    const dying: ReturnsStore = {
      ...store,
      recordIntentStep: () => Promise.reject(new Error('the process died')),
      releaseIntent: () => Promise.reject(new Error('the process is dead')),
    };
    await assert.rejects(connector.createReturnOrder(of, POLICY, dying, abort.signal));
    assert.equal(simulator.observer.returnOrders()[0]?.lines.length, 0);
    // The next process finds the intent under way, of an owner that is not itself.
    const next: ReturnsStore = {
      ...store,
      beginIntent: async (intent, now) => {
        const state = await store.beginIntent(intent, now);
        return state.state === 'busy'
          ? { state: 'resume', intentId: state.intentId, steps: {}, doubtSince: now }
          : state;
      },
    };
    const outcome = await newConnector(simulator, time, { settleSeconds: 5 }).createReturnOrder(
      of,
      POLICY,
      next,
    );
    assert.equal(outcome.outcome, 'posted');
    const [held, ...more] = simulator.observer.returnOrders();
    assert.deepEqual([more.length, held?.lines.length], [0, order.lines.length]);
  });

  it('5 % of all writes lose their answer, 300 returns, three tries each: no duplicate, none incomplete', async () => {
    const { world, simulator, time, post } = await bench({ seed: 11 });
    while (world.orders.length < 300) addOrder(world, {});
    simulator.dials.dropAfterCommitShare = 0.05;
    let open = world.orders.slice(0, 300).map((order) => returnOf(order));
    for (let round = 0; round < 6 && open.length > 0; round += 1) {
      const results = await Promise.allSettled(open.map((of) => post(of)));
      open = open.filter((_, at) => results[at]?.status === 'rejected');
      await time.wait(120_000);
    }
    assert.equal(open.length, 0);
    const held = simulator.observer.returnOrders();
    assert.equal(held.length, 300);
    assert.equal(new Set(held.map((one) => one.reference)).size, 300);
    for (const order of world.orders.slice(0, 300)) {
      const one = held.find((candidate) => candidate.reference.endsWith(order.number));
      const meant = order.lines.reduce((sum, sold) => sum + sold.amountMinor, 0);
      assert.equal(Math.round((one?.total ?? 0) * 100), -meant);
    }
  });
});

describe('nothing is written where it must not be', () => {
  const cases: [string, string, (world: World) => ReturnEvent, ReturnOrderPolicy?][] = [
    [
      'R107: no order number',
      'order-reference-missing',
      (world) => returnOf(firstOrder(world), 1, { order: { number: null, id: null } }),
    ],
    [
      'R107: an ill-formed order number',
      'order-reference-invalid',
      (world) => returnOf(firstOrder(world), 1, { order: { number: 'AC-*', id: null } }),
    ],
    [
      'R107: an order number against the pattern',
      'order-reference-invalid',
      (world) => returnOf(firstOrder(world), 1, { order: { number: 'XX-1', id: null } }),
    ],
    [
      'an order that the ERP does not know',
      'order-unknown',
      (world) => returnOf(addOrder(world, { state: 'unknown-to-erp' })),
    ],
    [
      'R15: a customer that the ERP does not know',
      'customer-unknown',
      (world) => returnOf(addOrder(world, { state: 'no-customer' })),
    ],
    [
      'an order that is not invoiced',
      'order-not-invoiced',
      (world) => returnOf(addOrder(world, { state: 'not-invoiced' })),
    ],
    [
      'R38: an item that was not on the order',
      'line-not-on-order',
      (world) => returnOf(firstOrder(world), 1, { lines: [line({ sku: 'GHOST-1', orderLineId: null })] }),
    ],
    [
      'R50: more than was sold',
      'quantity-over-order',
      (world) => {
        const order = firstOrder(world);
        const [sold] = order.lines;
        return returnOf(order, 1, {
          lines: [
            line({ id: 'x', sku: sold?.sku ?? '', orderLineId: sold?.lineId ?? '', quantity: quantity(99) }),
          ],
        });
      },
    ],
    [
      'a line without a SKU',
      'sku-missing',
      (world) => returnOf(firstOrder(world), 1, { lines: [line({ sku: null })] }),
    ],
    [
      'R66: a reason that no row maps',
      'reason-unmapped',
      (world) => returnOf(firstOrder(world)),
      { ...POLICY, reasons: new Map([['damaged', 'DMG']]) },
    ],
  ];
  for (const [title, code, of, policy] of cases) {
    it(`${title}: ${code}`, async () => {
      const { world, simulator, connector, post } = await bench();
      await connector.ready();
      const before = connector.calls;
      const outcome = await post(of(world), policy);
      assert.equal(problemCode(outcome), code);
      assert.deepEqual(simulator.observer.returnOrders(), []);
      if (/^(order-reference|sku-missing|reason)/.test(code))
        assert.equal(connector.calls, before, 'the ERP was called');
    });
  }

  it('an order in a unit that nothing converts into single pieces is parked', async () => {
    const { world, simulator, post } = await bench();
    const order = firstOrder(world);
    simulator.change('SalesOrderLinesV3', (row) => row['SalesOrderNumber'] === order.salesOrderNumber, {
      SalesUnitSymbol: 'kg',
    });
    assert.equal(problemCode(await post(returnOf(order))), 'unit-mismatch');
  });

  it('R44: an item that was stopped meanwhile is refused by the ERP, and its own words reach the exception', async () => {
    const { world, simulator, post } = await bench();
    const order = addOrder(world, { sku: 'STOP-42-RED' });
    stopAtLines(simulator, 'STOP-42-RED');
    await assert.rejects(post(returnOf(order)), {
      code: 'd365-item-blocked',
      class: 'data-invalid',
      message: /Item STOP-42-RED is blocked for 'Returned order'/,
    });
  });

  it('two documents with our reference: neither is touched', async () => {
    const { world, simulator, post } = await bench();
    for (const order of world.orders.slice(0, 2)) await post(returnOf(order));
    const of = returnOf(world.orders[2] ?? firstOrder(world));
    simulator.change('ReturnOrderHeadersV2', () => true, { CustomersOrderReference: documentReference(of) });
    assert.equal(problemCode(await post(of)), 'document-ambiguous');
    assert.equal(simulator.observer.returnOrders().length, 2);
  });

  it('R18: a document with our reference and other lines is a conflict', async () => {
    const { world, simulator, post } = await bench();
    await post(returnOf(world.orders[0] ?? firstOrder(world)));
    const of = returnOf(world.orders[2] ?? firstOrder(world));
    simulator.change('ReturnOrderHeadersV2', () => true, { CustomersOrderReference: documentReference(of) });
    assert.equal(problemCode(await post(of)), 'document-conflict');
  });

  it('a return that has grown since its document was made is reported', async () => {
    const { world, post } = await bench();
    const order = world.orders.find((one) => (one.lines[0]?.quantity ?? 0) > 1);
    assert.ok(order);
    await post(returnOf(order, 1));
    assert.equal(problemCode(await post(returnOf(order, 2))), 'return-grown');
  });

  it('an amount that the ERP made its own of is finance’s exception, and is not posted again', async () => {
    const { world, simulator, post } = await bench();
    const of = returnOf(firstOrder(world));
    const handle = simulator.handle.bind(simulator);
    Object.assign(simulator, {
      handle: async (request: Parameters<typeof handle>[0]) => {
        const answer = await handle(request);
        if (request.body.includes('"ReturnSalesQuantity":'))
          simulator.change('ReturnOrderLinesV2', () => true, { LineAmount: -1 });
        return answer;
      },
    });
    assert.equal(problemCode(await post(of)), 'posted, amount-mismatch');
    assert.equal(problemCode(await post(of)), 'posted, as meant');
    assert.equal(simulator.observer.returnOrders().length, 1);
  });
});

describe('R21, R50, R52: several returns of one order', () => {
  it('add up to what was sold, to the penny, and no further', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 59 }),
        fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 5 }),
        async (at, sizes) => {
          const { world, simulator, post } = await bench();
          const order = world.orders[at];
          const sold = order?.lines[0];
          if (!order || !sold) return;
          let left = sold.quantity;
          for (const [round, size] of [...sizes, 3, 3, 3].entries()) {
            const of = returnOf(order, 1, {
              returnId: `R${round}`,
              lines: [
                line({ id: sold.lineId, orderLineId: sold.lineId, sku: sold.sku, quantity: quantity(size) }),
              ],
            });
            const outcome = await post(of);
            assert.equal(problemCode(outcome), size <= left ? 'posted, as meant' : 'quantity-over-order');
            if (size <= left) left -= size;
          }
          const credited = simulator.observer
            .returnOrders()
            .reduce((sum, one) => sum + Math.round(one.total * 100), 0);
          assert.ok(-credited <= sold.amountMinor);
          if (left === 0) assert.equal(-credited, sold.amountMinor);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the ERP’s moods', () => {
  it('R157: after a 429 nothing leaves before the wait is over', async () => {
    const { world, simulator, time, postInTheEnd } = await bench();
    simulator.dials.throttleNext = 3;
    simulator.dials.retryAfterSeconds = 7;
    const started = time.now;
    assert.equal((await postInTheEnd(returnOf(firstOrder(world)))).outcome, 'posted');
    assert.ok(time.now - started >= 3 * 7000);
  });

  it('a gateway that fails a few times is tried again, a write that it swallowed is looked up', async () => {
    const { world, simulator, post } = await bench();
    simulator.dials.unavailableNext = 2;
    assert.equal((await post(returnOf(firstOrder(world)))).outcome, 'posted');
    assert.equal(simulator.observer.returnOrders().length, 1);
  });

  it('a token that ends in the middle is renewed once', async () => {
    const { world, simulator, post } = await bench();
    assert.equal((await post(returnOf(world.orders[0] ?? firstOrder(world)))).outcome, 'posted');
    simulator.expireTokens();
    assert.equal((await post(returnOf(world.orders[1] ?? firstOrder(world)))).outcome, 'posted');
  });

  it('an update conflict is tried again', async () => {
    const { world, simulator, post } = await bench();
    simulator.dials.updateConflictNext = 2;
    assert.equal((await post(returnOf(firstOrder(world)))).outcome, 'posted');
    assert.equal(simulator.observer.returnOrders().length, 1);
  });

  it('a refusal with status 500 is a refusal all the same (A2.1)', async () => {
    const { world, simulator, post } = await bench({ validationStatus: 500 });
    const of = returnOf(addOrder(world, { sku: 'STOP-42-RED' }));
    stopAtLines(simulator, 'STOP-42-RED');
    await assert.rejects(post(of), { class: 'data-invalid' });
  });

  it('small pages do not hide rows', async () => {
    const { connector, world } = await bench({ pageSize: 2 });
    const near = await connector.findCandidates(world.items[0]?.sku ?? '');
    assert.equal(near.length, 10);
  });

  it('names that the environment lacks are told before anything is posted', async () => {
    const { world, simulator, post } = await bench({
      metadataOmit: ['ReturnOrderLinesV2.ExternalItemNumber', 'CustomersV3'],
    });
    await assert.rejects(post(returnOf(firstOrder(world))), {
      code: 'd365-names-missing',
      message: /does not have ReturnOrderLinesV2\.ExternalItemNumber, CustomersV3\./,
    });
    assert.deepEqual(simulator.observer.returnOrders(), []);
  });
});

describe('Test connection', () => {
  it('says that all is well', async () => {
    const { connector } = await bench();
    const result = await connector.testConnection();
    assert.deepEqual(
      [result.ok, result.message],
      [true, 'Dynamics 365 Finance & SCM, company usrt: connected.'],
    );
  });

  for (const [title, settings, secret, message] of [
    ['a wrong secret', {}, 'wrong-secret', /client secret is wrong \(AADSTS7000215\)/],
    ['a wrong client', { clientId: 'other' }, ACCOUNT.clientSecret, /client ID is not known in this tenant/],
    ['a wrong tenant', { tenant: 'fabrikam' }, ACCOUNT.clientSecret, /tenant does not exist/],
    ['a wrong company', { company: 'nope' }, ACCOUNT.clientSecret, /Company nope does not exist/],
  ] as const) {
    it(`names ${title}, and no secret`, async () => {
      const { simulator } = await bench();
      const result = await newConnector(simulator, simulatedTime(), settings, secret).testConnection();
      assert.equal(result.ok, false);
      assert.match(result.message, message);
      assert.doesNotMatch(JSON.stringify(result), new RegExp(secret));
    });
  }

  it('works with the older sign-in too', async () => {
    const { simulator } = await bench();
    assert.ok((await newConnector(simulator, simulatedTime(), { tokenVersion: 'v1' }).testConnection()).ok);
  });
});

describe('R32, R36: the item master', () => {
  it('tells active, blocked, discontinued and unknown items apart, in few calls', async () => {
    const { world, connector } = await bench();
    await connector.ready();
    const before = connector.calls;
    const skus = [...world.items.map((item) => item.sku), 'run-38-blu', ' RUN-38-BLU', "O'Hara"];
    const items = await connector.findItems(skus);
    assert.equal(items.size, skus.length);
    for (const item of world.items) {
      const state = { active: 'active', stopped: 'blocked', discontinued: 'discontinued', absent: 'unknown' }[
        item.state
      ];
      assert.equal(items.get(item.sku)?.state, state, item.sku);
    }
    assert.equal(items.get('run-38-blu')?.itemNumber, 'RUN-38-BLU');
    assert.equal(items.get(' RUN-38-BLU')?.state, 'unknown');
    assert.ok(connector.calls - before <= 3, `${connector.calls - before} calls for ${skus.length} items`);
  });

  it('half a character in one SKU does not keep the others from being found', async () => {
    const { connector } = await bench();
    const items = await connector.findItems(['RUN-38-BLU', 'TEE-42-SA\ud800N']);
    assert.deepEqual(
      [...items.values()].map(({ state }) => state),
      ['active', 'unknown'],
    );
  });

  it('shows the nearest items for one that is unknown', async () => {
    const { connector } = await bench();
    const near = await connector.findCandidates('RUN-38-BLUE');
    assert.equal(near[0]?.itemNumber, 'RUN-38-BLU');
  });
});
