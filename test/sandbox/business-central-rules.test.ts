import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { body, makeCaller, type Caller, type Json } from './business-central-caller';

const NOBODY = '11111111-2222-3333-4444-555555555555';

describe('D2.2: drafts, deep insert and lines', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await makeCaller();
  });

  it('header and lines come in one request, with price, tax and unit of the item', async () => {
    const order = caller.sale();
    const line = { lineType: 'Item', lineObjectNumber: order.lines[0]?.sku, quantity: 2 };
    const memo = await caller.create('salesCreditMemos?$expand=salesCreditMemoLines', {
      customerNumber: order.customer,
      externalDocumentNumber: 'hr-ret-1',
      creditMemoDate: '2026-03-28',
      salesCreditMemoLines: [line],
    });
    // A code is kept in capitals.
    assert.deepEqual(
      [memo['status'], memo['externalDocumentNumber'], memo['creditMemoDate'], memo['currencyCode']],
      ['Draft', 'HR-RET-1', '2026-03-28', 'USD'],
    );
    const [shown] = memo['salesCreditMemoLines'] as Json[];
    assert.ok(shown);
    assert.deepEqual([shown['unitOfMeasureCode'], shown['sequence']], ['PCS', 10_000]);
    assert.equal(shown['unitPrice'], (order.lines[0]?.priceMinor ?? 0) / 100);
    assert.equal(shown['amountIncludingTax'], memo['totalAmountIncludingTax']);
  });

  it('a line that is refused leaves no header and takes no number', async () => {
    const first = await caller.draft();
    const sent = {
      customerNumber: caller.sale().customer,
      salesCreditMemoLines: [{ lineType: 'Item', lineObjectNumber: 'NOPE', quantity: 1 }],
    };
    assert.equal((await caller.call('POST', 'salesCreditMemos', sent)).status, 400);
    assert.equal(caller.simulator.observer.drafts().length, 1);
    assert.equal(Number((await caller.draft())['number']), Number(first['number']) + 1);
  });

  it('a change cannot carry lines', async () => {
    const memo = await caller.draft();
    const path = `salesCreditMemos(${String(memo['id'])})`;
    const answer = await caller.call('PATCH', path, { salesCreditMemoLines: [] }, { 'if-match': '*' });
    assert.equal(answer.status, 400);
  });

  it('lines need their document: by path, by filter, or by id', async () => {
    const id = String((await caller.draft())['id']);
    const refused = caller.refusal(await caller.call('GET', 'salesCreditMemoLines'));
    assert.equal(refused.code, 'Application_DialogException');
    assert.match(refused.message, /specify an Id or a Document Id/);
    const byFilter = await caller.row(`salesCreditMemoLines?$filter=documentId eq ${id}`);
    const byPath = await caller.row(`salesCreditMemos(${id})/salesCreditMemoLines`);
    assert.equal(byPath['id'], byFilter['id']);
    assert.equal((await caller.get(`salesCreditMemoLines(${String(byPath['id'])})`))['documentId'], id);
    const noParent = await caller.call('POST', 'salesCreditMemoLines', {
      lineType: 'Comment',
      description: 'x',
    });
    assert.match(caller.refusal(noParent).message, /document id/);
    const wrong = await caller.call('POST', 'salesCreditMemoLines', {
      documentId: NOBODY,
      lineType: 'Comment',
    });
    assert.match(caller.refusal(wrong).message, /No document with the specified ID exists/);
  });

  it('lines are added, changed and removed, and the document follows', async () => {
    const memo = await caller.draft();
    const path = `salesCreditMemos(${String(memo['id'])})`;
    const fee = await caller.create(`${path}/salesCreditMemoLines`, {
      lineType: 'Item',
      lineObjectNumber: 'RETFEE',
      quantity: 1,
      unitPrice: -3.95,
    });
    assert.equal((await caller.get(path))['totalAmountIncludingTax'], 20.05);
    const line = `salesCreditMemoLines(${String(fee['id'])})`;
    assert.equal((await caller.call('PATCH', line, { unitPrice: -4 }, { 'if-match': '*' })).status, 200);
    assert.equal((await caller.get(path))['totalAmountIncludingTax'], 20);
    const sequence = await caller.call('PATCH', line, { sequence: 7 }, { 'if-match': '*' });
    assert.match(caller.refusal(sequence).message, /"sequence" cannot be modified/);
    assert.equal((await caller.call('DELETE', line)).status, 204);
    assert.equal((await caller.get(path))['totalAmountIncludingTax'], 24);
    const twice = { lineType: 'Comment', description: 'x', sequence: 10_000 };
    const taken = await caller.call('POST', `${path}/salesCreditMemoLines`, twice);
    assert.match(caller.refusal(taken).message, /line already exists/);
  });

  it('a document in approval or released is not changed and not deleted', async () => {
    const memo = await caller.draft();
    const path = `salesCreditMemos(${String(memo['id'])})`;
    for (const status of ['In Review', 'Open'] as const) {
      caller.simulator.setDraftStatus(String(memo['id']), status);
      assert.equal((await caller.get(path))['status'], status === 'Open' ? 'Open' : 'In_x0020_Review');
      const refused = caller.refusal(
        await caller.call('PATCH', path, { email: 'x@y.example' }, { 'if-match': '*' }),
      );
      assert.equal(refused.code, 'Application_FieldValidationException');
      assert.match(refused.message, /Status must be equal to 'Open'/);
    }
    // Released can be posted, in approval it cannot.
    caller.simulator.setDraftStatus(String(memo['id']), 'In Review');
    assert.equal((await caller.post(memo)).status, 400);
    caller.simulator.setDraftStatus(String(memo['id']), 'Open');
    assert.equal((await caller.post(memo)).status, 204);
  });

  it('dimensions hang under documents and must exist', async () => {
    const memo = await caller.draft();
    const path = `salesCreditMemos(${String(memo['id'])})/dimensionSetLines`;
    assert.equal(
      (await caller.create(path, { code: 'CHANNEL', valueCode: 'WEB' }))['displayName'],
      'Sales channel',
    );
    assert.equal((await caller.rows(path)).length, 1);
    assert.equal((await caller.call('POST', path, { code: 'CHANNEL', valueCode: 'NOPE' })).status, 400);
    const short = await caller.call('POST', 'salesCreditMemos', {
      customerNumber: caller.sale().customer,
      shortcutDimension1Code: 'NOPE',
    });
    assert.equal(caller.refusal(short).code, 'Internal_InvalidTableRelation');
  });
});

describe('D2.3: what must not be an error', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await makeCaller();
  });

  it('B5.1: a second document with the same external number is accepted, drafts and posted', async () => {
    const [one, two] = [await caller.draft(), await caller.draft()];
    assert.equal(one['externalDocumentNumber'], two['externalDocumentNumber']);
    assert.equal((await caller.post(one)).status, 204);
    assert.equal((await caller.post(two)).status, 204);
    assert.equal(caller.simulator.observer.creditMemos().length, 2);
  });

  it('B5.1: a Sales Blocked item is accepted on a credit memo, and refused on an order and an invoice', async () => {
    const line = { lineType: 'Item', lineObjectNumber: 'OLD-40-GRY', quantity: 1 };
    const memo = await caller.draft({}, line);
    assert.equal((await caller.post(memo)).status, 204);
    const { customer } = caller.sale();
    const order = { customerNumber: customer, salesOrderLines: [line] };
    const invoice = { customerNumber: customer, salesInvoiceLines: [line] };
    for (const answer of [
      await caller.call('POST', 'salesOrders', order),
      await caller.call('POST', 'salesInvoices', invoice),
    ]) {
      assert.match(caller.refusal(answer).message, /Sales Blocked check box is selected/);
    }
  });

  it('B5.1: a customer blocked for Ship or Invoice gets credit memos, and no orders', async () => {
    const { customer } = caller.sale();
    for (const blocked of ['Ship', 'Invoice']) {
      caller.simulator.change('customers', { number: customer }, { blocked });
      assert.equal((await caller.post(await caller.draft())).status, 204, blocked);
      const order = await caller.call('POST', 'salesOrders', { customerNumber: customer });
      assert.match(caller.refusal(order).message, /is blocked with type/);
    }
  });

  it('B5.1: a credit memo may be for more than was sold, and without the invoice', async () => {
    assert.equal((await caller.post(await caller.draft({}, { quantity: 500 }))).status, 204);
  });
});

describe('B5.1, B8: what is refused, with its code and its words', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await makeCaller({
      variants: [{ item: 'RETFEE', code: 'V1' }],
      warehouseLocations: ['MAIN'],
    });
  });
  const posting = async (change: Json, line: Json, code: string, words: RegExp): Promise<void> => {
    const memo = await caller.draft(change, line);
    const refused = caller.refusal(await caller.post(memo));
    assert.deepEqual([refused.status, refused.code], [400, code]);
    assert.match(refused.message, words);
    // What was refused is still a draft.
    const after = await caller.get(`salesCreditMemos(${String(memo['id'])})`);
    assert.deepEqual([after['status'], after['number']], ['Draft', memo['number']]);
    assert.equal(caller.simulator.observer.creditMemos().length, 0);
  };
  const creating = async (sent: Json, code: string, words: RegExp): Promise<void> => {
    const refused = caller.refusal(await caller.call('POST', 'salesCreditMemos', sent));
    assert.deepEqual([refused.status, refused.code], [400, code]);
    assert.match(refused.message, words);
    assert.equal(caller.simulator.observer.drafts().length, 0);
  };
  const withLine = (line: Json): Json => ({
    customerNumber: caller.sale().customer,
    salesCreditMemoLines: [
      { lineType: 'Item', lineObjectNumber: caller.sale().lines[0]?.sku, quantity: 1, ...line },
    ],
  });
  const DIALOG = 'Application_DialogException';
  const RELATION = 'Internal_InvalidTableRelation';

  it('no customer given', () => creating({}, DIALOG, /"customerNumber" or a "customerId"/));

  it('customer unknown, or two that differ', async () => {
    await creating({ customerNumber: 'NOBODY' }, DIALOG, /cannot be found/);
    await creating({ customerId: NOBODY }, DIALOG, /cannot be found/);
    const [one, two] = await caller.rows('customers?$top=2');
    await creating(
      { customerId: one?.['id'], customerNumber: two?.['number'] },
      DIALOG,
      /do not match to a specific Customer/,
    );
  });

  it('currency, reason, payment terms and invoice unknown', async () => {
    const customerNumber = caller.sale().customer;
    for (const change of [
      { currencyCode: 'XXX' },
      { currencyId: NOBODY },
      { customerReturnReasonId: NOBODY },
      { paymentTermsId: NOBODY },
      { shipmentMethodId: NOBODY },
      { invoiceId: NOBODY },
    ]) {
      await creating({ customerNumber, ...change }, DIALOG, /does not match to an? /);
    }
  });

  it('item or account unknown on a line', async () => {
    await creating(withLine({ lineObjectNumber: 'GHOST-1' }), DIALOG, /Item does not exist/);
    await creating(withLine({ itemId: NOBODY }), DIALOG, /Item does not exist/);
    await creating(
      withLine({ lineType: 'Account', lineObjectNumber: '0' }),
      DIALOG,
      /Account does not exist/,
    );
    await creating(withLine({ lineType: 'Charge', lineObjectNumber: 'FEE' }), RELATION, /\(Item Charge\)/);
  });

  it('item blocked: at the line, and at posting', async () => {
    await creating(
      withLine({ lineObjectNumber: 'STOP-42-RED' }),
      'Application_FieldValidationException',
      /Blocked must be equal to/,
    );
    const memo = await caller.draft();
    caller.simulator.blockItem(String(caller.sale().lines[0]?.sku), { blocked: true });
    const refused = caller.refusal(await caller.post(memo));
    assert.equal(refused.code, DIALOG);
    assert.match(refused.message, /check box is selected/);
  });

  it('unit, location, variant and tax group unknown', async () => {
    const related = /cannot be found in the related table/;
    // PALLET is a unit, but none of the item.
    await creating(withLine({ unitOfMeasureCode: 'PALLET' }), RELATION, related);
    await creating(withLine({ unitOfMeasureCode: 'NOPE' }), RELATION, related);
    await creating(withLine({ locationId: NOBODY }), RELATION, related);
    await creating(withLine({ itemVariantId: NOBODY }), RELATION, related);
    const variant = await caller.row("itemVariants?$filter=code eq 'V1'");
    await creating(withLine({ itemVariantId: variant['id'] }), RELATION, /\(Item Variant\)/);
    await creating(withLine({ taxCode: 'NOPE' }), RELATION, /\(Tax Group\)/);
    await creating(
      withLine({ lineType: 'Account', lineObjectNumber: '6110', unitOfMeasureCode: 'PCS' }),
      DIALOG,
      /only for lines with type Item/,
    );
  });

  it('customer blocked with All: at the draft, and at posting', async () => {
    const memo = await caller.draft();
    const { customer } = caller.sale();
    caller.simulator.change('customers', { number: customer }, { blocked: 'All' });
    for (const answer of [
      await caller.post(memo),
      await caller.call('POST', 'salesCreditMemos', { customerNumber: customer }),
    ]) {
      const refused = caller.refusal(answer);
      assert.equal(refused.code, DIALOG);
      assert.match(refused.message, /is blocked with type All/);
    }
  });

  it('posting date outside the allowed range, on either side', async () => {
    caller.simulator.dials.postingAllowedFrom = '2026-03-01';
    caller.simulator.dials.postingAllowedTo = '2026-03-31';
    const words = /range of allowed posting dates/;
    await posting({ postingDate: '2026-02-28' }, {}, DIALOG, words);
    await posting({ postingDate: '2026-04-01' }, {}, DIALOG, words);
    assert.equal((await caller.post(await caller.draft({ postingDate: '2026-03-31' }))).status, 204);
  });

  it('closed inventory period; a memo of services alone has no inventory', async () => {
    // The last closed day is today.
    caller.simulator.dials.inventoryClosedUntil = '2026-03-30';
    await posting({}, {}, DIALOG, /before 2026-03-31 because the Inventory Period is already closed/);
    assert.equal((await caller.post(await caller.draft({}, { lineObjectNumber: 'RETFEE' }))).status, 204);
  });

  it('empty document, and a line without quantity', async () => {
    const empty = await caller.create('salesCreditMemos', { customerNumber: caller.sale().customer });
    const refused = caller.refusal(await caller.post(empty));
    assert.equal(refused.code, DIALOG);
    assert.match(refused.message, /at least one line item/);
    await posting({}, { quantity: 0 }, DIALOG, /do not have a quantity/);
  });

  it('external number mandatory and empty', async () => {
    caller.simulator.dials.externalNumberMandatory = true;
    const code = 'Application_FieldValidationException';
    await posting({ externalDocumentNumber: '' }, {}, code, /External Document No\. must have a value/);
    assert.equal((await caller.post(await caller.draft())).status, 204);
  });

  it('C1 #11: an extension may refuse a second external number', async () => {
    await caller.draft();
    caller.simulator.dials.externalNumberUnique = true;
    const again = { customerNumber: caller.sale().customer, externalDocumentNumber: 'hr-1' };
    const refused = caller.refusal(await caller.call('POST', 'salesCreditMemos', again));
    assert.equal(refused.code, DIALOG);
    assert.match(refused.message, /already used by credit memo/);
  });

  it('applies-to invoice that is closed, of another customer, or unknown', async () => {
    const words = /no Cust\. Ledger Entry within the filter/;
    const paid = await caller.row(
      `salesInvoices?$filter=externalDocumentNumber eq '${caller.sale().number}'`,
    );
    assert.equal(paid['status'], 'Paid');
    await posting({ invoiceId: paid['id'] }, {}, 'Internal_DataNotFoundFilter', words);
    await posting({ invoiceNumber: 'NOPE' }, {}, 'Internal_DataNotFoundFilter', words);
    const other = caller.world.orders.find(({ customer }) => customer !== caller.sale().customer);
    caller.simulator.payInvoice(String(other?.number), 0);
    const open = await caller.row(
      `salesInvoices?$filter=externalDocumentNumber eq '${String(other?.number)}'`,
    );
    await posting({ invoiceId: open['id'] }, {}, 'Internal_DataNotFoundFilter', words);
  });

  it('exact cost reversing mandatory, and warehouse handling at the location', async () => {
    const main = await caller.row("locations?$filter=code eq 'MAIN'");
    await posting({}, { locationId: main['id'] }, DIALOG, /Warehouse handling is required/);
    caller.simulator.dials.exactCostReversing = true;
    await posting({}, {}, 'Application_FieldValidationException', /Appl\.-from Item Entry must have a value/);
  });

  it('number series exhausted', async () => {
    caller.simulator.dials.postedNumbersExhausted = true;
    await posting({}, {}, DIALOG, /cannot assign new numbers/);
  });

  it('strings too long: external number 35, code 20', async () => {
    const customerNumber = caller.sale().customer;
    const code = 'Application_StringExceededLength';
    await creating(
      { customerNumber, externalDocumentNumber: 'X'.repeat(36) },
      code,
      /length of the string is 36/,
    );
    await creating(withLine({ lineObjectNumber: 'X'.repeat(21) }), code, /less than or equal to 20/);
  });

  it('the customer of the order is gone from the ERP', async () => {
    const [order] = caller.world.orders;
    assert.ok(order);
    const lost = await makeCaller({
      world: { ...caller.world, orders: [{ ...order, state: 'no-customer' }] },
    });
    const invoice = await lost.row('salesInvoices');
    const answer = await lost.call('POST', 'salesCreditMemos', { customerNumber: invoice['customerNumber'] });
    assert.match(lost.refusal(answer).message, /sell-to customer cannot be found/);
  });

  it('orders that were not imported, or are not invoiced, are found as such and can be taken over', async () => {
    const [first, second] = caller.world.orders;
    assert.ok(first && second);
    const [late, open] = [
      { ...first, state: 'unknown-to-erp' as const },
      { ...second, state: 'not-invoiced' as const },
    ];
    const own = await makeCaller({ world: { ...caller.world, orders: [late, open] } });
    assert.deepEqual(await own.rows('salesInvoices'), []);
    const [order] = await own.rows(`salesOrders?$filter=externalDocumentNumber eq '${open.number}'`);
    assert.deepEqual([order?.['number'], order?.['status']], [open.salesOrderNumber, 'Open']);
    own.simulator.takeOver({ ...late, state: 'invoiced' });
    own.simulator.takeOver({ ...open, state: 'invoiced' });
    assert.equal((await own.rows('salesInvoices')).length, 2);
    assert.deepEqual(await own.rows('salesOrders'), []);
  });

  it('an item that is unblocked in the shop is taken over', async () => {
    const item = caller.world.items.find(({ sku }) => sku === 'STOP-42-RED');
    assert.ok(item);
    item.state = 'active';
    assert.equal((await caller.row("items?$filter=number eq 'STOP-42-RED'"))['blocked'], false);
    assert.equal(body(await caller.call('GET', 'items/$count')), 119);
  });
});
