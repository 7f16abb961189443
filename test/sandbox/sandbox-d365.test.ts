import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import type { BusinessCentralChanges } from '../../nodes/sandbox/business-central/rehearsal-company';
import type { D365Changes } from '../../nodes/sandbox/d365/rehearsal-environment';
import { Sandbox } from '../support/commanded-sandbox';

type Json = Record<string, unknown>;

const SKU = 'RUN-38-BLU';
const API = '/v2.0/sandbox-tenant/production/api/v2.0';

/** Batch jobs whose time has come at each look. */
const AT_ONCE = { jobSeconds: 0.000_001 };

async function created(sandbox: Sandbox, set: string, row: Json): Promise<Json> {
  const answer = await sandbox.d365('POST', `/data/${set}?cross-company=true`, {
    dataAreaId: 'usrt',
    ...row,
  });
  assert.equal(answer.status, 201, String(answer.body));
  return JSON.parse(String(answer.body)) as Json;
}

interface Held {
  number: string;
  rma: string;
  lot: string;
}

/** A return order of one item that has arrived: its journal is not posted. */
async function arrived(sandbox: Sandbox, reference = 'HR-1', quarantine = false): Promise<Held> {
  const made = await created(sandbox, 'ReturnOrderHeadersV2', {
    CustomerAccountNumber: 'C-00001',
    CustomersOrderReference: reference,
    DefaultReturnWarehouseId: 'RETQC',
  });
  const number = String(made['ReturnOrderNumber']);
  const rma = String(made['RMANumber']);
  const line = await created(sandbox, 'ReturnOrderLinesV2', {
    ReturnOrderNumber: number,
    ItemNumber: SKU,
    ReturnSalesQuantity: -1,
    SalesPrice: 10,
  });
  const lot = String(line['ReturnInventoryLotId']);
  const { JournalNumber } = await created(sandbox, 'ItemArrivalJournalHeadersV2', {
    JournalNameId: 'RETARR',
    DefaultTransactionReferenceNumber: number,
    DefaultReturnItemNumber: rma,
    DefaultReceivingWarehouseId: 'RETQC',
  });
  await created(sandbox, 'ItemArrivalJournalLinesV2', {
    JournalNumber,
    ItemNumber: SKU,
    ItemQuantity: 1,
    ReferenceInventoryLotId: lot,
    IsReturnOrder: 'Yes',
    ...(quarantine
      ? { IsQuarantineOrderCreatedForReceivedItem: 'Yes' }
      : { ReturnDispositionCodeId: 'CREDIT' }),
  });
  return { number, rma, lot };
}

function placesOf({ stock }: D365Changes): unknown[] {
  return stock.map(({ warehouse, place, change }) => [warehouse, place, change]);
}

describe('Finance & SCM of the sandbox, on the whole way of a return', () => {
  it('batch jobs post by themselves, and the ledger tells goods, credit and cost', async () => {
    const sandbox = new Sandbox(AT_ONCE);
    const { number } = await arrived(sandbox);
    // The jobs come one after the other, as their turn is.
    const end = await sandbox.obey<D365Changes>('ledger');
    const [credit] = end.creditNotes;
    assert.deepEqual([credit?.returnOrder, credit?.total], [number, -10]);
    assert.deepEqual(placesOf(end), [['RETQC', 'sellable', 1]]);
    const [cost] = end.costs;
    assert.deepEqual([cost?.returnOrder, cost?.quantity], [number, 1]);
    assert.ok((cost?.cost ?? 0) > 0);
    assert.deepEqual(end.notPosted, {
      arrivalJournals: [],
      packingSlips: [],
      creditNotes: [],
      paymentJournals: [],
    });
  });

  it('with no jobs, what waits is named, and a person runs one after the other', async () => {
    const sandbox = new Sandbox({ jobSeconds: 0 });
    const { number } = await arrived(sandbox);
    const waits = async (): Promise<D365Changes['notPosted']> =>
      (await sandbox.obey<D365Changes>('ledger')).notPosted;
    assert.equal((await waits()).arrivalJournals.length, 1);
    await sandbox.obey('run-jobs', 'arrival');
    assert.deepEqual((await waits()).packingSlips, [number]);
    await sandbox.obey('run-jobs', 'packingSlip');
    assert.deepEqual((await waits()).creditNotes, [number]);
    const done = await sandbox.obey<{ job: string; result: { success: boolean } }[]>('run-jobs');
    assert.deepEqual(
      done.map(({ job, result }) => [job, result.success]),
      [['invoice', true]],
    );
    assert.equal(sandbox.said.at(-1), '1 posted');
  });

  it('the dials of the jobs stand as the dialog says, and each can be turned', async () => {
    const sandbox = new Sandbox({ jobSeconds: 5 });
    const told = await sandbox.obey<{ d365: Json }>('dials', { d365: { invoiceJobSeconds: 0 } });
    const { arrivalJobSeconds, packingSlipJobSeconds, invoiceJobSeconds, paymentJobSeconds } = told.d365;
    assert.deepEqual(
      [arrivalJobSeconds, packingSlipJobSeconds, invoiceJobSeconds, paymentJobSeconds],
      [5, 5, 0, 5],
    );
  });

  it('has the posting service where a connection looks for it, and can be without', async () => {
    const { servicePath, serviceParameter, serviceArrival } = d365SettingsSchema.parse({ company: 'usrt' });
    const ask = async (sandbox: Sandbox): Promise<number> => {
      const body = { [serviceParameter]: { DataAreaId: 'usrt', JournalNumber: 'none' } };
      return (await sandbox.d365('POST', `${servicePath}/${serviceArrival}`, body)).status;
    };
    assert.equal(await ask(new Sandbox()), 200);
    assert.equal(await ask(new Sandbox({ postingService: false })), 404);
  });

  it('has what the flow must name: journals, warehouses, codes, methods, a fee', async () => {
    const sandbox = new Sandbox();
    const names = async (set: string, field: string): Promise<unknown[]> => {
      const answer = await sandbox.d365('GET', `/data/${set}?cross-company=true`);
      const { value } = JSON.parse(String(answer.body)) as { value: Json[] };
      return value.filter((row) => (row['dataAreaId'] ?? 'usrt') === 'usrt').map((row) => row[field]);
    };
    assert.deepEqual(await names('Warehouses', 'WarehouseId'), ['MAIN', 'RETQC', 'QUAR']);
    assert.ok((await names('ReturnDispositionCodes', 'DispositionCode')).includes('SCRAP'));
    assert.ok((await names('CustomerPaymentMethods', 'Name')).includes('CARD'));
    assert.ok((await names('ReleasedProductsV2', 'ItemNumber')).includes('RETURN-FEE'));
    for (const JournalName of ['CUSTPAY', 'RETREFUND'])
      await created(sandbox, 'CustomerPaymentJournalHeaders', { JournalName });
  });
});

describe('what people do in Finance & SCM', () => {
  it('inspect: goods leave the quarantine warehouse, and the lot is registered', async () => {
    const sandbox = new Sandbox({ jobSeconds: 0 });
    assert.deepEqual(await sandbox.obey('inspect'), []);
    const { lot } = await arrived(sandbox, 'HR-1', true);
    await sandbox.obey('run-jobs', 'arrival');
    assert.deepEqual(placesOf(await sandbox.obey('ledger')), [['QUAR', 'quarantine', 1]]);
    await assert.rejects(sandbox.obey('inspect', 'L-0'), {
      code: 'sandbox-lot-unknown',
      message: new RegExp(`no lot L-0 in quarantine; it has ${lot}$`),
    });
    const ended = await sandbox.obey<Json[]>('inspect', { disposition: 'CREDIT', warehouse: 'MAIN' });
    assert.deepEqual([ended[0]?.['lot'], ended[0]?.['disposition']], [lot, 'CREDIT']);
    const after = await sandbox.obey<D365Changes>('ledger');
    assert.deepEqual(placesOf(after), [['MAIN', 'sellable', 1]]);
    const [line] = after.returnOrders[0]?.lines ?? [];
    assert.deepEqual([line?.status, line?.disposition], ['Registered', 'CREDIT']);
    assert.deepEqual(await sandbox.obey('inspect'), []);
  });

  it('an order is stopped and resumed by what people know of it', async () => {
    const sandbox = new Sandbox({ jobSeconds: 0 });
    const { number, rma } = await arrived(sandbox, 'HR-7');
    const stopped = { returnOrder: number, stopped: true };
    assert.deepEqual(await sandbox.obey('stop-order', 'HR-7'), stopped);
    const [refused] = await sandbox.obey<{ result: { messages: string[] } }[]>('run-jobs', 'arrival');
    assert.match(refused?.result.messages.join(' ') ?? '', /stopped/);
    assert.deepEqual(await sandbox.obey('resume-order', rma), { ...stopped, stopped: false });
    const done = await sandbox.obey<{ result: { success: boolean } }[]>('run-jobs', 'arrival');
    assert.deepEqual(
      done.map(({ result }) => result.success),
      [true],
    );
    await assert.rejects(sandbox.obey('cancel-order', number), { code: 'sandbox-refused' });
    await assert.rejects(sandbox.obey('stop-order', 'HR-8'), {
      code: 'sandbox-order-unknown',
      message: /no return order HR-8; the answer to ledger names them$/,
    });
    await arrived(sandbox, 'HR-7');
    await assert.rejects(sandbox.obey('stop-order', 'HR-7'), /has several return orders HR-7: /);
  });

  it('a period is shut, so that no credit is posted in it; a closed one stays closed', async () => {
    const sandbox = new Sandbox({ jobSeconds: 0 });
    await arrived(sandbox);
    await sandbox.obey('run-jobs', 'arrival');
    const today = new Date().toISOString().slice(0, 10);
    const posted = async (): Promise<number> =>
      (await sandbox.obey<D365Changes>('ledger')).creditNotes.length;
    await sandbox.obey('set-period', today);
    await sandbox.obey('run-jobs');
    assert.equal(await posted(), 0);
    await sandbox.obey('set-period', { date: today, status: 'open' });
    await sandbox.obey('run-jobs');
    assert.equal(await posted(), 1);
    await sandbox.obey('set-period', { date: '2026-01-31', status: 'closed' });
    await assert.rejects(sandbox.obey('set-period', { date: '2026-01-01', status: 'open' }), {
      code: 'sandbox-refused',
      message: /closed for good$/,
    });
  });

  it('a refund line of the call center is worked out, and the processor refuses it', async () => {
    const sandbox = new Sandbox({ jobSeconds: 0 });
    const { number } = await arrived(sandbox);
    await assert.rejects(sandbox.obey('decline-payment', number), { code: 'sandbox-refused' });
    const { paymentLines } = await sandbox.obey<{ paymentLines: Json[] }>('complete-order', number);
    assert.deepEqual([paymentLines[0]?.['status'], paymentLines[0]?.['amount']], ['NotSubmitted', -10]);
    await sandbox.obey('decline-payment', number);
    const after = await sandbox.obey<D365Changes>('ledger');
    assert.deepEqual(
      after.paymentLines.map(({ status }) => status),
      ['Declined'],
    );
  });
});

describe('Business Central of the sandbox', () => {
  const read = async (sandbox: Sandbox, path: string): Promise<Json[]> => {
    const answer = await sandbox.businessCentral('GET', `${API}/${path}`);
    assert.equal(answer.status, 200, String(answer.body));
    return (JSON.parse(String(answer.body)) as { value: Json[] }).value;
  };
  /** A draft of one unit of the first item, for the customer of a shop order. */
  const draft = async (sandbox: Sandbox): Promise<{ path: string; number: string }> => {
    const [company] = await read(sandbox, 'companies');
    const scope = `companies(${String(company?.['id'])})`;
    const [location] = await read(sandbox, `${scope}/locations?$filter=code eq 'RETQC'`);
    const answer = await sandbox.businessCentral('POST', `${API}/${scope}/salesCreditMemos`, {
      customerNumber: 'C-00001',
      externalDocumentNumber: 'HR-1',
      salesCreditMemoLines: [
        {
          lineType: 'Item',
          lineObjectNumber: SKU,
          quantity: 1,
          unitPrice: 10,
          locationId: location?.['id'],
        },
      ],
    });
    assert.equal(answer.status, 201, String(answer.body));
    const { id, number } = JSON.parse(String(answer.body)) as { id: string; number: string };
    return { path: `${API}/${scope}/salesCreditMemos(${id})`, number };
  };

  it('is offered by its name with an account of its own, and holds the orders of the shop as invoices', async () => {
    const sandbox = new Sandbox();
    const { vendor, account } = sandbox.offered('business-central');
    const { clientSecret, ...open } = account;
    assert.equal(vendor, 'businessCentral');
    assert.deepEqual(open, {
      tenant: 'sandbox-tenant',
      clientId: 'sandbox-client',
      company: 'usrt',
      environment: 'production',
    });
    assert.match(clientSecret ?? '', /^[0-9a-f]{48}$/);
    assert.notEqual(clientSecret, sandbox.offered('d365').account['clientSecret']);
    const [company] = await read(sandbox, "companies?$filter=name eq 'usrt'");
    const scope = `companies(${String(company?.['id'])})`;
    const sold = sandbox.vendors.world.orders.filter(({ state }) => state === 'invoiced');
    const invoices = await read(sandbox, `${scope}/salesInvoices?$select=externalDocumentNumber`);
    assert.deepEqual(
      invoices.map(({ externalDocumentNumber }) => externalDocumentNumber).sort(),
      sold.map(({ number }) => number).sort(),
    );
  });

  it('tells what has changed since the start: credit, entries with cost, stock by location', async () => {
    const sandbox = new Sandbox({ dropShare: 0 });
    const empty = await sandbox.obey<BusinessCentralChanges>('ledger', 'businessCentral');
    for (const [name, held] of Object.entries(empty)) assert.deepEqual(held, [], name);
    const { path } = await draft(sandbox);
    assert.equal((await sandbox.businessCentral('POST', `${path}/Microsoft.NAV.post`)).status, 204);
    const told = await sandbox.obey<BusinessCentralChanges>('ledger', 'businessCentral');
    const [memo] = told.creditMemos;
    assert.deepEqual([memo?.externalNumber, memo?.gross, memo?.foreign], ['HR-1', 1000, false]);
    const [entry] = told.itemEntries;
    assert.deepEqual([entry?.document, entry?.quantity, entry?.location], [memo?.number, 1, 'RETQC']);
    assert.ok((entry?.cost ?? 0) > 0);
    assert.deepEqual(
      told.stock.map(({ item, location, change }) => [item, location, change]),
      [[SKU, 'RETQC', 1]],
    );
  });

  it('sends a draft for approval and gives it back', async () => {
    const sandbox = new Sandbox();
    const { path, number } = await draft(sandbox);
    const post = async (): Promise<number> =>
      (await sandbox.businessCentral('POST', `${path}/Microsoft.NAV.post`)).status;
    const named = { order: 'HR-1', system: 'businessCentral' };
    assert.deepEqual(await sandbox.obey('lock', named), {
      order: 'HR-1',
      locked: true,
      creditMemos: [number],
    });
    assert.equal(await post(), 400);
    await sandbox.obey('unlock', { ...named, order: number });
    assert.equal(await post(), 204);
    await assert.rejects(sandbox.obey('lock', named), {
      code: 'sandbox-order-unknown',
      message: /no draft credit memo HR-1/,
    });
  });

  it('a person credits a whole order past the flow', async () => {
    const sandbox = new Sandbox();
    const command = { order: 'AC-50001', system: 'businessCentral' };
    const { creditMemo } = await sandbox.obey<{ creditMemo: string }>('foreign-credit', command);
    const { creditMemos } = await sandbox.obey<BusinessCentralChanges>('ledger', 'businessCentral');
    assert.deepEqual(
      creditMemos.map(({ number, foreign }) => [number, foreign]),
      [[creditMemo, true]],
    );
    await assert.rejects(sandbox.obey('foreign-credit', { ...command, order: 'AC-1' }), {
      code: 'sandbox-order-unknown',
      message: /^The simulated Business Central has no order AC-1;/,
    });
  });

  it('an item is blocked in every ERP and let go again; mended orders are invoiced here too', async () => {
    const sandbox = new Sandbox();
    const [company] = await read(sandbox, 'companies');
    const scope = `companies(${String(company?.['id'])})`;
    const blocked = async (): Promise<unknown> => {
      const [item] = await read(sandbox, `${scope}/items?$filter=number eq '${SKU}'`);
      return item?.['blocked'];
    };
    await sandbox.obey('block', SKU);
    assert.equal(await blocked(), true);
    const stopped = await sandbox.d365(
      'GET',
      `/data/ProductDefaultOrderSettings?cross-company=true&$filter=ItemNumber eq '${SKU}'`,
    );
    assert.match(String(stopped.body), /"IsSalesProcessingStopped":"Yes"/);
    await sandbox.obey('unblock', SKU);
    assert.equal(await blocked(), false);

    const sent = await sandbox.obey<{ orders: string[]; expectation: string }[]>('send', {
      count: 12,
      mix: 'exceptions',
    });
    const open = sent.find(({ expectation }) => expectation === 'order-not-invoiced')?.orders[0] ?? '';
    const invoices = async (): Promise<number> =>
      (await read(sandbox, `${scope}/salesInvoices?$filter=externalDocumentNumber eq '${open}'`)).length;
    assert.equal(await invoices(), 0);
    await sandbox.obey('mend', 'order-not-invoiced');
    assert.equal(await invoices(), 1);
  });

  it('has its faults turned by the dialog and the command dials', async () => {
    const sandbox = new Sandbox({ latencyMs: 1, dropShare: 10 });
    const told = await sandbox.obey<Record<string, Json>>('dials', { businessCentral: { lockedNext: 1 } });
    const { latencyMs, dropAfterCommitShare, lockedNext } = told['businessCentral'] ?? {};
    assert.deepEqual([latencyMs, dropAfterCommitShare, lockedNext], [1, 0.1, 1]);
    await assert.rejects(sandbox.obey('dials', { businessCentral: { speed: 1 } }), {
      message: /^The simulated Business Central has no dial "speed"; it has latencyMs, /,
    });
  });

  it('names its pages by the address that it is reached at', async () => {
    const sandbox = new Sandbox({ addressOf: (name) => `http://127.0.0.1:9/${name}` });
    const { simulator } = sandbox.offered('business-central');
    const [company] = await read(sandbox, 'companies');
    const answer = await sandbox.businessCentral(
      'GET',
      `${API}/companies(${String(company?.['id'])})/items`,
      null,
      { prefer: 'odata.maxpagesize=5' },
    );
    const { '@odata.nextLink': next } = JSON.parse(String(answer.body)) as Record<string, string>;
    assert.match(next ?? '', new RegExp(`^http://127\\.0\\.0\\.1:9/${simulator.name}/v2\\.0/`));
  });
});
