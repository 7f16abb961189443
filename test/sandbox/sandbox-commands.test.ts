import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSandboxCommand } from '../../nodes/sandbox/sandbox-commands';
import { Sandbox } from '../support/commanded-sandbox';

/** What an Inject node sends where nothing else is set. */
const NOW = Date.parse('2026-03-02T09:00:00Z');

interface Changes {
  salesCredits: { id: number; parentId: number; foreign: boolean; state: string; gross: number }[];
  goodsInNotes: { orderId: number }[];
  payments: unknown[];
  exchangeOrders: unknown[];
  ledger: unknown[];
  stock: { sku: string; change: number; quarantine: boolean }[];
}

describe('a command of the sandbox', () => {
  it('is read with its payload in full or in short; what an Inject node sends by itself names nothing', () => {
    const arrive = { command: 'arrive', outcome: 'accepted' };
    const order = { order: 'AC-50001', system: 'brightpearl' };
    const cases: [unknown, unknown, object][] = [
      [undefined, NOW, { command: 'send' }],
      ['send', 30, { command: 'send', count: 30 }],
      ['send', { count: '30' }, { command: 'send', count: 30 }],
      ['send', 'go', { command: 'send' }],
      ['arrive', NOW, arrive],
      ['arrive', 3, { ...arrive, count: 3 }],
      ['arrive', { count: 3, outcome: 'rejected' }, { ...arrive, count: 3, outcome: 'rejected' }],
      ['arrive', [{ returnId: 'r-1' }], arrive],
      ['ledger', undefined, { command: 'ledger', system: 'd365' }],
      ['ledger', '', { command: 'ledger', system: 'd365' }],
      ['ledger', 'brightpearl', { command: 'ledger', system: 'brightpearl' }],
      ['ledger', { system: 'brightpearl' }, { command: 'ledger', system: 'brightpearl' }],
      ['ledger', 'businessCentral', { command: 'ledger', system: 'businessCentral' }],
      ['dials', NOW, { command: 'dials', d365: {}, businessCentral: {}, happyReturns: {}, brightpearl: {} }],
      ['lock', 'AC-50001', { command: 'lock', ...order, shown: 'status' }],
      [
        'lock',
        { order: ' AC-50001 ', shown: 'hidden', system: 'businessCentral' },
        { command: 'lock', order: 'AC-50001', system: 'businessCentral', shown: 'hidden' },
      ],
      ['unlock', 'AC-50001', { command: 'unlock', ...order }],
      ['foreign-credit', { order: 'AC-50001' }, { command: 'foreign-credit', ...order }],
      ['run-jobs', NOW, { command: 'run-jobs' }],
      ['run-jobs', 'invoice', { command: 'run-jobs', job: 'invoice' }],
      ['inspect', '', { command: 'inspect' }],
      [
        'inspect',
        { lot: 'L-1', disposition: 'SCRAP' },
        { command: 'inspect', lot: 'L-1', disposition: 'SCRAP' },
      ],
      ['stop-order', 'RMA-1', { command: 'stop-order', order: 'RMA-1' }],
      ['decline-payment', 'RMA-1', { command: 'decline-payment', order: 'RMA-1', line: 1 }],
      ['set-period', '2026-02-28', { command: 'set-period', date: '2026-02-28', status: 'on-hold' }],
      ['block', 'RUN-38-BLU', { command: 'block', sku: 'RUN-38-BLU' }],
      ['unblock', 'STOP-42-RED', { command: 'unblock', sku: 'STOP-42-RED' }],
      ['send', { count: 9, mix: 'exceptions' }, { command: 'send', count: 9, mix: 'exceptions' }],
      ['send', { mix: 'exchanges' }, { command: 'send', mix: 'exchanges' }],
      ['mend', 'order-unknown', { command: 'mend', trouble: 'order-unknown' }],
    ];
    for (const [command, payload, wanted] of cases)
      assert.deepEqual(readSandboxCommand(command, payload), wanted);
  });

  it('is refused with what it takes, and what is not known is named', () => {
    const cases: [unknown, unknown, RegExp][] = [
      [
        'post',
        null,
        /^msg\.command can be send, checks, waits, arrive, ledger, dials, lock, .*, set-period, mend, but is "post"$/,
      ],
      [7, null, /^msg\.command can be send/],
      ['constructor', null, /^msg\.command can be send/],
      ['send', 0, /^send takes in msg\.payload: the number of returns, from 1 to 10000, or \{ count, mix \}/],
      ['arrive', { outcome: 'lost' }, /outcome received, accepted or rejected$/],
      ['arrive', { outcom: 'rejected' }, /^msg\.payload has outcom, but arrive takes/],
      ['ledger', 'sap', /^ledger takes in msg\.payload: the system, d365, businessCentral or brightpearl$/],
      ['dials', { d356: { latencyMs: 5 } }, /^msg\.payload has d356, but dials takes/],
      ['dials', { d365: 5 }, /^dials takes .*\{ d365, businessCentral, happyReturns, brightpearl \}/],
      ['lock', NOW, /^lock takes in msg\.payload: the order number/],
      ['lock', { order: 'AC-50001', shown: 'red' }, /status, invoice-pending or hidden$/],
      ['unlock', '', /^unlock takes/],
      ['foreign-credit', {}, /^foreign-credit takes/],
      ['unblock', {}, /^unblock takes in msg\.payload: the SKU/],
      ['foreign-credit', { order: 'AC-1', system: 'd365' }, /the system brightpearl or businessCentral$/],
      ['run-jobs', 'arrivals', /or the batch job: arrival, packingSlip, invoice, payment$/],
      ['inspect', { lots: 'L-1' }, /^msg\.payload has lots, but inspect takes/],
      ['stop-order', NOW, /^stop-order takes in msg\.payload: the return order/],
      ['set-period', '28/02/2026', /^set-period takes in msg\.payload: the date \(YYYY-MM-DD\)/],
      ['mend', 'order-locked', /^mend takes in msg\.payload: what was wrong: sku-blocked, sku-discontinued/],
    ];
    for (const [command, payload, message] of cases) {
      assert.throws(() => readSandboxCommand(command, payload), {
        code: 'command-invalid',
        class: 'data-invalid',
        message,
      });
    }
  });
});

describe('returns that are sent and arrive', () => {
  it('arrive once, and the answer names them; then nothing is on the way', async () => {
    const sandbox = new Sandbox();
    const planned = await sandbox.obey<{ expressCode: string; expectation: string }[]>('send', 6);
    assert.deepEqual(planned.map(({ expectation }) => expectation).sort(), [
      'order-unknown',
      'posted',
      'posted',
      'posted',
      'posted',
      'sku-blocked',
    ]);
    const codes = planned.map(({ expressCode }) => expressCode);
    const first = await sandbox.obey<Record<string, unknown>[]>('arrive', { count: 2, outcome: 'rejected' });
    assert.deepEqual(
      first.map(({ expressCode, outcome }) => [expressCode, outcome]),
      codes.slice(0, 2).map((code) => [code, 'rejected']),
    );
    assert.deepEqual(Object.keys(first[0] ?? {}), ['returnId', 'expressCode', 'orders', 'outcome']);
    const rest = await sandbox.obey<Record<string, unknown>[]>('arrive');
    assert.deepEqual(
      rest.map(({ expressCode, outcome }) => [expressCode, outcome]),
      codes.slice(2).map((code) => [code, 'accepted']),
    );
    assert.deepEqual(await sandbox.obey('arrive'), []);
    assert.deepEqual(sandbox.said.slice(-3), [
      '4 returns arrive',
      '4 returns arrived',
      'nothing is on the way',
    ]);
  });

  it('a flow that does not take the webhooks is told so, and nothing is lost by it', async () => {
    const sandbox = new Sandbox();
    sandbox.answer = 404;
    const refused = { code: 'sandbox-not-received', class: 'config', message: /\/returns\/happy-returns/ };
    await assert.rejects(sandbox.obey('send', 2), refused);
    sandbox.answer = 200;
    await sandbox.obey('send', 3);
    sandbox.answer = 404;
    await assert.rejects(sandbox.obey('arrive'), refused);
    sandbox.answer = 200;
    assert.equal((await sandbox.obey<unknown[]>('arrive')).length, 3);
  });
});

describe('the dials', () => {
  it('are set at each vendor, and all are told', async () => {
    const sandbox = new Sandbox();
    const told = await sandbox.obey<Record<string, Record<string, unknown>>>('dials', {
      d365: { throttleNext: 5 },
      happyReturns: { merge: false },
      brightpearl: { periodLockedUntil: '2026-02-28', throttleOff: true, latencyMs: 1 },
    });
    assert.equal(told['d365']?.['throttleNext'], 5);
    assert.equal(told['happyReturns']?.['merge'], false);
    const { dials } = sandbox.vendors.brightpearl();
    assert.deepEqual(told['brightpearl'], { ...dials });
    assert.deepEqual([dials.periodLockedUntil, dials.throttleOff, dials.latencyMs], ['2026-02-28', true, 1]);
  });

  it('are refused by name where they do not exist or take something else, and then none is set', async () => {
    const sandbox = new Sandbox();
    const cases: [object, RegExp][] = [
      [
        { brightpearl: { latency: 5 } },
        /^The simulated Brightpearl has no dial "latency"; it has latencyMs, /,
      ],
      [{ happyReturns: { toString: 5 } }, /^The simulated Happy Returns has no dial "toString"/],
      [{ d365: { latencyMs: '5' } }, /^The dial latencyMs of the simulated Dynamics 365 takes a number/],
      [{ d365: { latencyMs: -5 } }, /takes a number that is not negative$/],
      [{ brightpearl: { throttleOff: 1 } }, /^The dial throttleOff .* takes true or false$/],
      [{ brightpearl: { periodLockedUntil: 0 } }, /^The dial periodLockedUntil .* takes a text$/],
      [{ happyReturns: { merge: null } }, /^The dial merge .* takes true or false$/],
    ];
    for (const [payload, message] of cases) {
      await assert.rejects(sandbox.obey('dials', payload), {
        code: 'dial-invalid',
        class: 'data-invalid',
        message,
      });
    }
    const last = { brightpearl: { none: 1 } };
    await assert.rejects(
      sandbox.obey('dials', { d365: { throttleNext: 5 }, happyReturns: { duplicateTimes: 9 }, ...last }),
      { code: 'dial-invalid' },
    );
    const { d365, happyReturns } = sandbox.vendors;
    assert.deepEqual([d365.dials.throttleNext, happyReturns.dials.duplicateTimes], [0, 1]);
  });
});

describe('the simulated Brightpearl of the sandbox', () => {
  it('is made at its first use, with the faults of the dialog', async () => {
    const sandbox = new Sandbox({ dropShare: 10, callsPerMinute: 3 });
    assert.equal(sandbox.vendors.brightpearl(), sandbox.vendors.brightpearl());
    const { dials } = sandbox.vendors.brightpearl();
    assert.deepEqual([dials.dropAfterCommitShare, dials.throttleLimit], [0.1, 3]);
    assert.equal(sandbox.vendors.d365.dials.dropAfterCommitShare, 0.1);
    for (let call = 0; call < 3; call += 1) await sandbox.brightpearl('GET', '/order-service/order/100001');
    await assert.rejects(sandbox.brightpearl('GET', '/order-service/order/100001'), /503/);
    assert.equal(new Sandbox({ latencyMs: 4 }).vendors.brightpearl().dials.latencyMs, 4);
  });

  it('offers what a connection needs as text, with a token that is drawn anew', () => {
    const [one, other] = [new Sandbox(), new Sandbox()].map((sandbox) => sandbox.offered('brightpearl'));
    const { accountToken, ...rest } = one?.account ?? {};
    assert.deepEqual(rest, { account: 'sandbox', appRef: 'sandbox_returns', instanceId: '7' });
    assert.match(accountToken ?? '', /^[0-9a-f]{48}$/);
    assert.notEqual(accountToken, other?.account['accountToken']);
  });

  it('has bundles among what the first returns bring back', async () => {
    const sandbox = new Sandbox();
    const planned = await sandbox.obey<{ orders: string[]; expectation: string }[]>('send', 25);
    const brightpearl = sandbox.vendors.brightpearl();
    const sound = planned.filter(({ expectation }) => expectation === 'posted');
    const ids = sound.flatMap(({ orders }) => orders.map((order) => brightpearl.orderId(order)));
    const orders = await sandbox.brightpearl<
      { orderRows: Record<string, { composition: { bundleParent: boolean; bundleChild: boolean } }> }[]
    >('GET', `/order-service/order/${ids.join(',')}`);
    const rows = orders.flatMap(({ orderRows }) => Object.values(orderRows));
    assert.ok(rows.some(({ composition }) => composition.bundleParent));
    assert.ok(rows.some(({ composition }) => composition.bundleChild));
  });

  it('tells what has changed since the start, and nothing else', async () => {
    const sandbox = new Sandbox();
    assert.deepEqual(await sandbox.obey('ledger', 'brightpearl'), {
      salesCredits: [],
      goodsInNotes: [],
      payments: [],
      exchangeOrders: [],
      ledger: [],
      stock: [],
    });
    const { salesCredit } = await sandbox.obey<{ salesCredit: number }>('foreign-credit', 'AC-50001');
    const [credit] = await sandbox.brightpearl<
      { rows: { id: number; productId: number; quantity: string; bundleParent: boolean }[] }[]
    >('GET', `/order-service/sales-credit/${salesCredit}`);
    const row = credit?.rows.find(({ bundleParent }) => !bundleParent);
    assert.ok(row);
    await sandbox.brightpearl('POST', `/warehouse-service/order/${salesCredit}/goods-note/goods-in`, {
      transfer: false,
      warehouseId: 3,
      goodsMoved: [
        {
          productId: row.productId,
          purchaseOrderRowId: row.id,
          quantity: 1,
          destinationLocationId: 31,
          productValue: { currency: 'USD', value: '4.0000' },
        },
      ],
      receivedOn: '2026-03-02T09:00:00.000+00:00',
      userBatchReference: 'return-1',
    });
    const changes = await sandbox.obey<Changes>('ledger', { system: 'brightpearl' });
    assert.deepEqual(
      changes.salesCredits.map(({ id, parentId, foreign, state }) => [id, parentId, foreign, state]),
      [[salesCredit, sandbox.vendors.brightpearl().orderId('AC-50001'), true, 'live']],
    );
    assert.ok((changes.salesCredits[0]?.gross ?? 0) > 0);
    assert.deepEqual(
      changes.goodsInNotes.map(({ orderId }) => orderId),
      [salesCredit],
    );
    assert.deepEqual(
      changes.stock.map(({ change, quarantine }) => [change, quarantine]),
      [[1, true]],
    );
  });

  it('D365’s ledger is the answer where no system is named', async () => {
    const sandbox = new Sandbox();
    const empty = { ...sandbox.vendors.d365.changes(), returnOrders: [], stock: [], batchJobs: [] };
    assert.deepEqual(await sandbox.obey('ledger'), empty);
    assert.deepEqual(await sandbox.obey('ledger', 'd365'), empty);
  });

  it('locks and unlocks an order by the number of the shop', async () => {
    const sandbox = new Sandbox();
    const id = sandbox.vendors.brightpearl().orderId('AC-50002') ?? 0;
    const status = async (): Promise<string> => {
      const [order] = await sandbox.brightpearl<{ orderStatus: { name: string } }[]>(
        'GET',
        `/order-service/order/${id}`,
      );
      return order?.orderStatus.name ?? '';
    };
    assert.deepEqual(await sandbox.obey('lock', 'AC-50002'), {
      order: 'AC-50002',
      locked: true,
      shown: 'status',
    });
    assert.match(await status(), /locked/);
    assert.deepEqual(await sandbox.obey('unlock', { order: 'AC-50002' }), {
      order: 'AC-50002',
      locked: false,
    });
    assert.doesNotMatch(await status(), /locked/);
    await sandbox.obey('lock', { order: 'AC-50002', shown: 'hidden' });
    assert.doesNotMatch(await status(), /locked/);
  });

  it('knows the orders of returns that were sent since, and refuses those that it never imported', async () => {
    const sandbox = new Sandbox();
    const planned = await sandbox.obey<{ orders: string[]; expectation: string }[]>('send', 3);
    const orderOf = (wanted: string): string =>
      planned.find(({ expectation }) => expectation === wanted)?.orders[0] ?? '';
    await sandbox.obey('foreign-credit', orderOf('sku-blocked'));
    for (const command of ['lock', 'unlock', 'foreign-credit']) {
      for (const order of [orderOf('order-unknown'), 'AC-1'])
        await assert.rejects(sandbox.obey(command, { order }), {
          code: 'sandbox-order-unknown',
          class: 'data-invalid',
          message: new RegExp(`^The simulated Brightpearl has no order ${order};`),
        });
    }
  });

  it('takes the stop off an item; D365 is proved with the example flow', async () => {
    const sandbox = new Sandbox();
    const id = sandbox.vendors.brightpearl().productId('STOP-42-RED') ?? 0;
    const statusOf = async (): Promise<string | undefined> =>
      (await sandbox.brightpearl<{ status: string }[]>('GET', `/product-service/product/${id}`))[0]?.status;
    assert.equal(await statusOf(), 'ARCHIVED');
    assert.deepEqual(await sandbox.obey('unblock', { sku: 'STOP-42-RED' }), {
      sku: 'STOP-42-RED',
      blocked: false,
    });
    assert.equal(await statusOf(), 'LIVE');
    for (const sku of ['GHOST-1', 'NO-SUCH'])
      await assert.rejects(sandbox.obey('unblock', sku), { code: 'sandbox-item-unknown' });
  });
});

describe('cases of the sandbox', () => {
  interface Case {
    expressCode: string;
    orders: string[];
    check: string;
    expectation: string;
    erps: string[];
  }

  it('are sent by a command: one return for each, of an order that no other return is of', async () => {
    const sandbox = new Sandbox();
    const sent = await sandbox.obey<Case[]>('checks');
    assert.equal(new Set(sent.map(({ expectation }) => expectation)).size, sent.length);
    const orders = sent.flatMap((one) => one.orders);
    assert.equal(new Set(orders).size, sent.length);
    assert.equal(sandbox.said.at(-1), `${sent.length} returns sent`);
    const usual = await sandbox.obey<Case[]>('send', 220);
    assert.deepEqual(
      usual.flatMap((one) => one.orders).filter((order) => orders.includes(order)),
      [],
    );
    assert.equal((await sandbox.obey<Case[]>('arrive')).length, 220, 'they stay where they are');
  });

  it('can be those that one ERP tells', async () => {
    const sandbox = new Sandbox();
    for (const erp of ['brightpearl', 'd365']) {
      const sent = await sandbox.obey<Case[]>('checks', erp);
      assert.ok(sent.length > 10 && sent.every(({ erps }) => erps.includes(erp)), erp);
    }
    await assert.rejects(
      sandbox.obey('checks', 'khaos'),
      /checks takes in msg\.payload: nothing, or the system/,
    );
  });

  it('are one for each wait of the gate', async () => {
    const waits = await new Sandbox().obey<{ wait: string }[]>('waits');
    assert.deepEqual(
      waits.map(({ wait }) => wait),
      ['handover', 'arrival', 'inspection', 'credit', 'goods'],
    );
  });

  it('change nothing about what is sent besides, so that a rehearsal can be repeated', async () => {
    const plan = async (commands: string[]): Promise<string[][]> => {
      const sandbox = new Sandbox();
      for (const command of commands) await sandbox.obey(command);
      const sent = await sandbox.obey<Case[]>('send', 5);
      return sent.slice(2).map((one) => one.orders);
    };
    assert.deepEqual(await plan([]), await plan(['checks', 'waits']));
  });
});

describe('what a person would mend in Dynamics 365', () => {
  const KINDS = ['sku-blocked', 'sku-discontinued', 'sku-unknown', 'order-unknown', 'order-not-invoiced'];

  it('is one return of each kind in the mix of exceptions, and is mended by its name, once', async () => {
    const sandbox = new Sandbox();
    const planned = await sandbox.obey<{ orders: string[]; expectation: string }[]>('send', {
      count: 12,
      mix: 'exceptions',
    });
    assert.equal(planned.length, 12);
    const troubled = planned.filter(({ expectation }) => expectation !== 'posted');
    assert.deepEqual(
      troubled.map(({ expectation }) => expectation),
      KINDS,
    );
    const orderOf = (kind: string): string[] =>
      troubled.flatMap(({ orders, expectation }) => (expectation === kind ? orders : []));
    const wanted = [
      ['STOP-42-RED'],
      ['OLD-40-GRY'],
      ['GHOST-1'],
      orderOf(KINDS[3] ?? ''),
      orderOf(KINDS[4] ?? ''),
    ];
    for (const [at, trouble] of KINDS.entries()) {
      assert.deepEqual(await sandbox.obey('mend', trouble), { trouble, mended: wanted[at] });
      assert.deepEqual(await sandbox.obey('mend', trouble), { trouble, mended: [] });
    }
    assert.deepEqual(sandbox.said.slice(-2), ['1 mended', 'nothing to mend']);
  });

  it('an item whose stop was taken off stays so when another one is mended', async () => {
    const sandbox = new Sandbox();
    await sandbox.obey('unblock', 'STOP-42-RED');
    assert.deepEqual(await sandbox.obey('mend', 'sku-blocked'), { trouble: 'sku-blocked', mended: [] });
  });
});
