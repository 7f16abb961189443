import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { body, makeCaller, type Caller, type Json } from './business-central-caller';

function onHand(caller: Caller, item: string, location: string): number {
  return (
    caller.simulator.observer.stock().find((held) => held.item === item && held.location === location)
      ?.quantity ?? 0
  );
}

/** The order with its invoice as the API shows it. */
async function invoiceOf(caller: Caller, order = caller.sale()): Promise<Json> {
  return caller.row(`salesInvoices?$filter=externalDocumentNumber eq '${order.number}'`);
}

describe('D2.2, D2.4: posting a credit memo', () => {
  let caller: Caller;
  let sku = '';
  beforeEach(async () => {
    caller = await makeCaller();
    sku = String(caller.sale().lines[0]?.sku);
  });

  it('the action answers 204 without a body; the id stays, the number is of the posted series', async () => {
    const memo = await caller.draft();
    const answer = await caller.post(memo);
    assert.deepEqual([answer.status, answer.body], [204, undefined]);
    const posted = await caller.get(`salesCreditMemos(${String(memo['id'])})`);
    assert.equal(posted['id'], memo['id']);
    assert.notEqual(posted['number'], memo['number']);
    assert.equal(posted['status'], 'Open');
    assert.deepEqual(await caller.rows(`salesCreditMemos?$filter=number eq '${String(memo['number'])}'`), []);
    // Drafts and posted memos are one set.
    await caller.draft();
    assert.equal((await caller.rows("salesCreditMemos?$filter=externalDocumentNumber eq 'HR-1'")).length, 2);
    const [seen] = caller.simulator.observer.creditMemos();
    assert.deepEqual([seen?.draftNumber, seen?.number], [memo['number'], posted['number']]);
  });

  it('B4.1: a released draft and a posted memo both read Open', async () => {
    const [posted, released] = [await caller.draft(), await caller.draft()];
    await caller.post(posted);
    caller.simulator.setDraftStatus(String(released['id']), 'Open');
    const statuses = (await caller.rows('salesCreditMemos')).map(({ status }) => status);
    assert.deepEqual(statuses, ['Open', 'Open']);
  });

  it('B8 already posted: a second post and every change are refused', async () => {
    const memo = await caller.draft();
    await caller.post(memo);
    const again = caller.refusal(await caller.post(memo));
    assert.deepEqual([again.status, again.code], [400, 'Application_DialogException']);
    assert.match(again.message, /draft credit memo only/);
    const path = `salesCreditMemos(${String(memo['id'])})`;
    for (const answer of [
      await caller.call('PATCH', path, { email: 'x@y.example' }, { 'if-match': '*' }),
      await caller.call('DELETE', path),
      await caller.call('POST', `${path}/salesCreditMemoLines`, { lineType: 'Comment', description: 'x' }),
    ]) {
      assert.match(caller.refusal(answer).message, /has been posted and can no longer/);
    }
    assert.equal(caller.simulator.observer.creditMemos().length, 1);
  });

  it('only POST runs an action, and only one that the set has', async () => {
    const path = `salesCreditMemos(${String((await caller.draft())['id'])})`;
    assert.equal((await caller.call('GET', `${path}/Microsoft.NAV.post`)).status, 405);
    assert.equal((await caller.call('POST', `${path}/Microsoft.NAV.release`)).status, 404);
    assert.equal((await caller.call('POST', 'salesCreditMemos/Microsoft.NAV.post')).status, 404);
    const payments = await caller.row('customerPaymentJournals');
    const post = `customerPaymentJournals(${String(payments['id'])})/Microsoft.NAV.post`;
    assert.equal((await caller.call('POST', post)).status, 404);
  });

  it('goods go to the location of the line, in base units, and the item entries prove it', async () => {
    const before = onHand(caller, sku, 'RETQC');
    const memo = await caller.draft({}, { quantity: 2, unitOfMeasureCode: 'BOX' });
    await caller.post(memo);
    assert.equal(onHand(caller, sku, 'RETQC') - before, 20);
    const posted = await caller.get(`salesCreditMemos(${String(memo['id'])})`);
    const entry = await caller.row(
      `itemLedgerEntries?$filter=documentNumber eq '${String(posted['number'])}'`,
    );
    assert.deepEqual(
      [entry['itemNumber'], entry['quantity'], entry['documentType'], entry['entryType']],
      [sku, 20, 'Sales_x0020_Credit_x0020_Memo', 'Sale'],
    );
    const total = caller.simulator.observer.stock().filter(({ item }) => item === sku);
    const inventory = (await caller.row(`items?$filter=number eq '${sku}'`))['inventory'];
    assert.equal(
      inventory,
      total.reduce((sum, { quantity }) => sum + quantity, 0),
    );
  });

  it('a line without location goes to the blank one, a service nowhere', async () => {
    const memo = await caller.create('salesCreditMemos', {
      customerNumber: caller.sale().customer,
      salesCreditMemoLines: [
        { lineType: 'Item', lineObjectNumber: sku, quantity: 1 },
        { lineType: 'Item', lineObjectNumber: 'RETFEE', quantity: 1, unitPrice: -3 },
      ],
    });
    await caller.post(memo);
    assert.equal(onHand(caller, sku, ''), 1);
    assert.ok(!caller.simulator.observer.stock().some(({ item }) => item === 'RETFEE'));
  });

  it('general ledger and the customer follow', async () => {
    const customer = async (): Promise<Json> =>
      caller.row(`customers?$filter=number eq '${caller.sale().customer}'`);
    const before = Number((await customer())['balanceDue']);
    const memo = await caller.draft({}, { unitPrice: 120 });
    await caller.post(memo);
    const posted = await caller.get(`salesCreditMemos(${String(memo['id'])})`);
    const entries = await caller.rows(
      `generalLedgerEntries?$filter=documentNumber eq '${String(posted['number'])}'`,
    );
    const sum = (field: string): number => entries.reduce((total, entry) => total + Number(entry[field]), 0);
    assert.equal(sum('debitAmount'), sum('creditAmount'));
    assert.equal(sum('creditAmount'), 120);
    assert.equal(Number((await customer())['balanceDue']), before - 120);
    const [detail] = await caller.rows(
      `customerFinancialDetails?$filter=number eq '${caller.sale().customer}'`,
    );
    assert.equal(detail?.['balance'], before - 120);
  });

  it('C1 #4: a memo can stand in the ledger without its stock', async () => {
    caller.simulator.dials.noItemEntriesNext = 1;
    const before = onHand(caller, sku, 'RETQC');
    const memo = await caller.draft();
    assert.equal((await caller.post(memo)).status, 204);
    const posted = await caller.get(`salesCreditMemos(${String(memo['id'])})`);
    const filter = `documentNumber eq '${String(posted['number'])}'`;
    assert.deepEqual(await caller.rows(`itemLedgerEntries?$filter=${filter}`), []);
    assert.equal(onHand(caller, sku, 'RETQC'), before);
    assert.equal(caller.simulator.observer.creditMemos().length, 1);
    await caller.post(await caller.draft());
    assert.equal(onHand(caller, sku, 'RETQC'), before + 1);
  });

  it('B5 way 1: with Return Receipt on Credit Memo, a receipt is made and bears the goods', async () => {
    caller = await makeCaller({ version: 29 });
    caller.simulator.dials.returnReceiptOnCreditMemo = true;
    const memo = await caller.draft();
    await caller.post(memo);
    const receipt = await caller.row('returnReceipts');
    const entry = await caller.row(
      `itemLedgerEntries?$filter=documentNumber eq '${String(receipt['number'])}'`,
    );
    assert.equal(entry['documentType'], 'Sales_x0020_Return_x0020_Receipt');
  });

  it('applies to an open invoice: paid in full it is Paid, in part it stays open', async () => {
    const order = caller.sale();
    caller.simulator.payInvoice(order.number, 0);
    const invoice = await invoiceOf(caller);
    const total = Number(invoice['totalAmountIncludingTax']);
    assert.deepEqual([invoice['status'], invoice['remainingAmount']], ['Open', total]);
    const memo = await caller.draft({ invoiceId: invoice['id'] }, { unitPrice: 1 });
    assert.equal(memo['invoiceNumber'], invoice['number']);
    await caller.post(memo);
    const after = await invoiceOf(caller);
    assert.equal(after['remainingAmount'], Number((total - 1).toFixed(2)));
    assert.equal((await caller.get(`salesCreditMemos(${String(memo['id'])})`))['status'], 'Paid');
    assert.deepEqual(caller.simulator.observer.appliedInvoices(), [
      {
        invoice: invoice['number'],
        creditMemo: caller.simulator.observer.creditMemos()[0]?.number,
        amount: 100,
        remaining: Math.round(total * 100) - 100,
      },
    ]);
    // More than is open is applied as far as it goes.
    const rest = await caller.draft({ invoiceNumber: invoice['number'] }, { unitPrice: total });
    await caller.post(rest);
    assert.equal((await invoiceOf(caller))['status'], 'Paid');
    assert.equal((await caller.get(`salesCreditMemos(${String(rest['id'])})`))['status'], 'Open');
  });

  it('B9: a wrong credit is reversed by an invoice, not by cancel', async () => {
    const memo = await caller.draft();
    await caller.post(memo);
    const path = `salesCreditMemos(${String(memo['id'])})`;
    const refused = caller.refusal(await caller.call('POST', `${path}/Microsoft.NAV.cancel`));
    assert.match(refused.message, /not a corrective document/);
    const draft = await caller.call(
      'POST',
      `salesCreditMemos(${String((await caller.draft())['id'])})/Microsoft.NAV.cancel`,
    );
    assert.match(caller.refusal(draft).message, /posted credit memo only/);
    const location = await caller.row("locations?$filter=code eq 'RETQC'");
    const invoice = await caller.create('salesInvoices', {
      customerNumber: caller.sale().customer,
      salesInvoiceLines: [
        { lineType: 'Item', lineObjectNumber: sku, quantity: 1, unitPrice: 24, locationId: location['id'] },
      ],
    });
    const before = onHand(caller, sku, 'RETQC');
    assert.equal(
      (await caller.call('POST', `salesInvoices(${String(invoice['id'])})/Microsoft.NAV.post`)).status,
      204,
    );
    assert.equal(onHand(caller, sku, 'RETQC'), before - 1);
    assert.equal(caller.simulator.observer.newInvoices().length, 1);
  });

  it('B8: an exchange order is shipped and invoiced, and is found by its invoice then', async () => {
    const order = await caller.create('salesOrders', {
      customerNumber: caller.sale().customer,
      externalDocumentNumber: 'HR-1-X',
      salesOrderLines: [{ lineType: 'Item', lineObjectNumber: sku, quantity: 1 }],
    });
    assert.equal(caller.simulator.observer.exchangeOrders().length, 1);
    const path = `salesOrders(${String(order['id'])})`;
    assert.equal((await caller.call('POST', `${path}/Microsoft.NAV.shipAndInvoice`)).status, 204);
    assert.equal((await caller.call('GET', path)).status, 404);
    const invoice = await caller.row(`salesInvoices?$filter=orderNumber eq '${String(order['number'])}'`);
    assert.equal(invoice['orderId'], order['id']);
    assert.equal((await caller.rows(`salesInvoices(${String(invoice['id'])})/salesInvoiceLines`)).length, 1);
    assert.equal(
      (await caller.rows(`salesShipments?$filter=orderNumber eq '${String(order['number'])}'`)).length,
      1,
    );
  });

  it('B4: the general journal takes only accounts and banks, and posts', async () => {
    const journal = await caller.row('journals');
    const lines = `journals(${String(journal['id'])})/journalLines`;
    const refused = caller.refusal(
      await caller.call('POST', lines, { accountType: 'Customer', accountNumber: '2310' }),
    );
    assert.match(refused.message, /G\/L Account and Bank Account/);
    const post = `journals(${String(journal['id'])})/Microsoft.NAV.post`;
    assert.match(caller.refusal(await caller.call('POST', post)).message, /nothing to post/);
    await caller.create(lines, {
      accountNumber: '6910',
      amount: 5,
      documentNumber: 'J1',
      postingDate: '2026-03-30',
    });
    assert.equal((await caller.call('POST', post)).status, 204);
    assert.equal((await caller.row("generalLedgerEntries?$filter=documentNumber eq 'J1'"))['debitAmount'], 5);
  });

  it('somebody else posts a credit for the whole order', () => {
    const number = caller.simulator.addForeignCreditMemo(caller.sale().number, 'PHONE-1');
    const [memo] = caller.simulator.observer.creditMemos();
    assert.deepEqual([memo?.number, memo?.foreign, memo?.externalNumber], [number, true, 'PHONE-1']);
    const sold = caller.sale().lines.reduce((sum, line) => sum + line.amountMinor, 0);
    assert.equal(memo?.gross, sold);
  });
});

describe('D2.4: makeCorrectiveCreditMemo and cancel', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await makeCaller();
  });
  const act = async (name: string): Promise<{ status: number; message: string; code: string }> => {
    const invoice = await invoiceOf(caller);
    const answer = await caller.call('POST', `salesInvoices(${String(invoice['id'])})/Microsoft.NAV.${name}`);
    return answer.status === 204 ? { status: 204, message: '', code: '' } : caller.refusal(answer);
  };

  it('only a fully open invoice is copied; paid and partly paid ones are refused', async () => {
    const { number } = caller.sale();
    assert.match((await act('makeCorrectiveCreditMemo')).message, /invoice is closed/);
    caller.simulator.payInvoice(number, 100);
    assert.match((await act('makeCorrectiveCreditMemo')).message, /partially paid/);
    assert.equal(caller.simulator.observer.drafts().length, 0);
    caller.simulator.payInvoice(number, 0);
    assert.equal((await act('makeCorrectiveCreditMemo')).status, 204);
    const [draft] = caller.simulator.observer.drafts();
    const sold = caller.sale().lines.reduce((sum, line) => sum + line.amountMinor, 0);
    assert.deepEqual([draft?.status, draft?.gross], ['Draft', sold]);
    assert.deepEqual(
      draft?.lines.map(({ type }) => type),
      ['Comment', ...caller.sale().lines.map(() => 'Item')],
    );
    assert.equal((await caller.post({ id: draft.id })).status, 204);
    assert.equal((await invoiceOf(caller))['status'], 'Paid');
  });

  it('a copy comes back at the cost of the sale, also where that must be named (B5.1)', async () => {
    caller.simulator.payInvoice(caller.sale().number, 0);
    const [line] = caller.sale().lines;
    assert.ok(line);
    caller.simulator.change('items', { number: line.sku }, { unitCost: 99 });
    caller.simulator.dials.exactCostReversing = true;
    assert.equal((await act('makeCorrectiveCreditMemo')).status, 204);
    const [draft] = caller.simulator.observer.drafts();
    assert.equal((await caller.post({ id: draft?.id })).status, 204);
    const entry = caller.simulator.observer.itemEntries().find(({ item }) => item === line.sku);
    assert.ok(entry && entry.cost > 0 && entry.cost < 9900 * line.quantity);
  });

  it('B8 confirm dialog inside the API: the source order still exists', async () => {
    caller.simulator.payInvoice(caller.sale().number, 0);
    caller.simulator.keepOrder(caller.sale().number);
    const refused = await act('makeCorrectiveCreditMemo');
    assert.equal(refused.code, 'Application_CallbackNotAllowed');
    assert.match(refused.message, /client callback/);
  });

  it('a draft invoice has no corrective memo', async () => {
    const draft = await caller.create('salesInvoices', { customerNumber: caller.sale().customer });
    const path = `salesInvoices(${String(draft['id'])})/Microsoft.NAV.makeCorrectiveCreditMemo`;
    assert.match(caller.refusal(await caller.call('POST', path)).message, /posted invoice only/);
  });

  it('cancel makes a corrective memo, and that one can be cancelled again', async () => {
    assert.match((await act('cancel')).message, /fully or partially paid/);
    caller.simulator.payInvoice(caller.sale().number, 0);
    const stock = caller.simulator.observer.stock();
    assert.equal((await act('cancel')).status, 204);
    const invoice = await invoiceOf(caller);
    assert.deepEqual([invoice['status'], invoice['remainingAmount']], ['Canceled', 0]);
    const memo = await caller.row('salesCreditMemos');
    assert.equal(memo['status'], 'Corrective');
    assert.match((await act('cancel')).message, /already been canceled/);
    const cancel = `salesCreditMemos(${String(memo['id'])})/Microsoft.NAV.cancel`;
    assert.equal((await caller.call('POST', cancel)).status, 204);
    assert.equal((await caller.row('salesCreditMemos'))['status'], 'Canceled');
    assert.deepEqual(caller.simulator.observer.stock(), stock);
  });
});

describe('totals', () => {
  it('the sale is worth what the shop sold it for, tax included or on top', async () => {
    for (const pricesIncludeTax of [true, false]) {
      const caller = await makeCaller({ pricesIncludeTax });
      for (const order of caller.world.orders) {
        const invoice = await invoiceOf(caller, order);
        const sold = order.lines.reduce((sum, line) => sum + line.amountMinor, 0) / 100;
        const field = pricesIncludeTax ? 'totalAmountIncludingTax' : 'totalAmountExcludingTax';
        assert.equal(invoice[field], Number(sold.toFixed(2)));
        assert.equal(invoice['pricesIncludeTax'], pricesIncludeTax);
        const sum = Number(invoice['totalAmountExcludingTax']) + Number(invoice['totalTaxAmount']);
        assert.equal(Number(sum.toFixed(2)), invoice['totalAmountIncludingTax']);
      }
    }
  });

  it('tax is that of the sum: three lines of 0.99 at 20 percent bear 0.50, not three times 0.17', async () => {
    const caller = await makeCaller({ taxGroupOf: () => 'STANDARD' });
    const line = {
      lineType: 'Item',
      lineObjectNumber: caller.sale().lines[0]?.sku,
      quantity: 1,
      unitPrice: 0.99,
    };
    const memo = await caller.create('salesCreditMemos', {
      customerNumber: caller.sale().customer,
      salesCreditMemoLines: [line, line, line],
    });
    assert.deepEqual([memo['totalAmountIncludingTax'], memo['totalTaxAmount']], [2.97, 0.5]);
    const lines = await caller.rows(`salesCreditMemos(${String(memo['id'])})/salesCreditMemoLines`);
    const tax = lines.reduce((sum, one) => sum + Math.round(Number(one['netTaxAmount']) * 100), 0);
    assert.equal(tax, 50);
  });

  it('a discount of the line and one of the document are taken off to the penny', async () => {
    const caller = await makeCaller({ taxGroupOf: () => 'ZERO' });
    const sku = caller.sale().lines[0]?.sku;
    const memo = await caller.create('salesCreditMemos?$expand=salesCreditMemoLines', {
      customerNumber: caller.sale().customer,
      discountAmount: 1,
      salesCreditMemoLines: [
        { lineType: 'Item', lineObjectNumber: sku, quantity: 3, unitPrice: 10, discountPercent: 10 },
        { lineType: 'Item', lineObjectNumber: sku, quantity: 1, unitPrice: 10, discountAmount: 0.5 },
        { lineType: 'Item', lineObjectNumber: sku, quantity: 1, unitPrice: 10 },
      ],
    });
    assert.equal(memo['totalAmountIncludingTax'], 45.5);
    const lines = memo['salesCreditMemoLines'] as Json[];
    assert.deepEqual(
      lines.map(({ discountAmount, discountPercent }) => [discountAmount, discountPercent]),
      [
        [3, 10],
        [0.5, 5],
        [0, 0],
      ],
    );
    const allocated = lines.map(({ invoiceDiscountAllocation: part }) => Number(part));
    assert.deepEqual(allocated, [0.58, 0.2, 0.22]);
  });

  it('C1 #12: invoice rounding adds a line at posting', async () => {
    const caller = await makeCaller();
    caller.simulator.dials.invoiceRounding = 5;
    await caller.post(await caller.draft({}, { unitPrice: 24.02 }));
    const [memo] = caller.simulator.observer.creditMemos();
    assert.equal(memo?.gross, 2400);
    assert.deepEqual(
      memo.lines.map(({ type, gross }) => [type, gross]),
      [
        ['Item', 2402],
        ['Account', -2],
      ],
    );
  });

  it('a currency without decimals has none', async () => {
    const caller = await makeCaller({}, { seed: 1, orders: 2, currency: 'JPY' });
    const invoice = await invoiceOf(caller);
    const sold = caller.sale().lines.reduce((sum, line) => sum + line.amountMinor, 0);
    assert.equal(invoice['totalAmountIncludingTax'], sold);
    assert.equal(invoice['currencyCode'], 'JPY');
    const memo = await caller.draft({ currencyCode: 'EUR' }, { unitPrice: 10 });
    assert.equal(memo['currencyCode'], 'EUR');
    assert.equal(body(await caller.call('GET', 'salesCreditMemos'))['value'] instanceof Array, true);
  });
});
