import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { externalNumber } from '../../nodes/d365/business-central/external-number';
import { LedgerError } from '../../nodes/returns/failure';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { documentReference } from '../../nodes/runtime/document-reference';
import { addOrder } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { line } from '../support/events';
import { bcBench, bcConnector, codeOf, inTheEnd, mappings, POLICY, returnOf } from '../support/bc-bench';

describe('B6 B-4: the draft credit memo', () => {
  it('R100: has the customer, our number, positive quantities and the sale’s own prices, and is not posted', async () => {
    const { simulator, announce, order } = await bcBench();
    const sold = order();
    const outcome = await announce(returnOf(sold));
    assert.ok(outcome.outcome === 'posted', codeOf(outcome));
    assert.equal(codeOf(outcome), 'posted, as meant');
    const [draft, ...more] = simulator.observer.drafts();
    assert.ok(draft);
    assert.deepEqual(more, []);
    assert.equal(draft.externalNumber, `HR-HR${sold.number}-${sold.number}`);
    assert.equal(draft.customer, sold.customer);
    assert.deepEqual(
      draft.lines.map((row) => [row.number, row.quantity, row.gross, row.location, row.unit]),
      sold.lines.map((row) => [row.sku, row.quantity, row.amountMinor, 'RETQC', 'PCS']),
    );
    const total = sold.lines.reduce((sum, row) => sum + row.amountMinor, 0);
    const { document } = outcome;
    assert.deepEqual(document.amount, money(-total, 'USD'));
    assert.deepEqual([document.kind, document.number, document.id], ['return-order', draft.number, draft.id]);
    assert.equal(document.status, 'Draft');
    assert.equal(document.references['company'], 'usrt');
    assert.deepEqual(simulator.observer.creditMemos(), []);
  });

  it('takes four calls behind sign-in, company and names, and none when it is repeated', async () => {
    const { connector, announce, order } = await bcBench();
    await connector.ready();
    const before = connector.calls;
    const event = returnOf(order());
    await announce(event);
    assert.equal(connector.calls - before, 4);
    assert.equal(codeOf(await announce(event)), 'posted, as meant');
    assert.equal(connector.calls - before, 4);
  });

  it('R52: parts of a line that was discounted come to the line, to the penny, with taxes of three rates (R55)', async () => {
    const { simulator, announce, world } = await bcBench();
    const sold = addOrder(world, { sku: world.items[0]?.sku ?? '', quantity: 3 });
    const [only] = sold.lines;
    assert.ok(only);
    only.amountMinor -= 100;
    for (const part of [1, 2, 3]) {
      const event = returnOf(sold, { returnId: `HR-P${part}` }, 1);
      assert.equal(codeOf(await announce(event)), 'posted, as meant');
    }
    const drafts = simulator.observer.drafts();
    assert.equal(drafts.length, 3);
    assert.equal(
      drafts.reduce((sum, { gross }) => sum + gross, 0),
      only.amountMinor,
    );
    const fourth = await announce(returnOf(sold, { returnId: 'HR-P4' }, 1));
    assert.equal(codeOf(fourth), 'quantity-over-order', 'R50: net of what other credit memos took');
  });

  it('comes to the penny where prices are without tax', async () => {
    const { simulator, announce, world } = await bcBench({ pricesIncludeTax: false });
    for (const sold of world.orders.slice(0, 20)) {
      assert.equal(codeOf(await announce(returnOf(sold))), 'posted, as meant');
    }
    for (const draft of simulator.observer.drafts()) {
      const sold = world.orders.find(({ number }) => draft.externalNumber.endsWith(number));
      assert.equal(
        draft.net,
        sold?.lines.reduce((sum, row) => sum + row.amountMinor, 0),
      );
    }
  });

  it('R15, R107: an unknown order, one that is not invoiced, a lost customer and a cancelled invoice make no draft', async () => {
    const { simulator, announce, world } = await bcBench();
    const cases = [
      ['unknown-to-erp', 'order-unknown'],
      ['not-invoiced', 'order-not-invoiced'],
      ['no-customer', 'customer-unknown'],
    ] as const;
    for (const [state, code] of cases) {
      assert.equal(codeOf(await announce(returnOf(addOrder(world, { state })))), code);
    }
    assert.equal(
      codeOf(await announce(returnOf(world.orders[0] as never, { order: { number: null, id: null } }))),
      'order-reference-missing',
    );
    assert.deepEqual(simulator.observer.drafts(), []);
  });

  it('B5.1: a customer blocked for All is told before a call is wasted, Ship and Invoice do not matter', async () => {
    const { simulator, announce, order } = await bcBench();
    const sold = order((one) => one.lines.every((row) => row.quantity > 1));
    simulator.change('customers', { number: sold.customer }, { blocked: 'Invoice' });
    assert.equal(codeOf(await announce(returnOf(sold, { returnId: 'HR-1' }, 1))), 'posted, as meant');
    simulator.change('customers', { number: sold.customer }, { blocked: 'All' });
    assert.equal(codeOf(await announce(returnOf(sold, { returnId: 'HR-2' }, 1))), 'customer-on-hold');
  });

  it('C1 row 8: a blocked item is told before anything is written and refused by its name, a Sales Blocked one is taken', async () => {
    const { simulator, announce, order } = await bcBench();
    const sold = order();
    const sku = sold.lines[0]?.sku ?? '';
    simulator.blockItem(sku, { salesBlocked: true });
    assert.equal(codeOf(await announce(returnOf(sold, { returnId: 'HR-1' }))), 'posted, as meant');
    const other = order((one) => one !== sold);
    const block = (blocked: boolean): void => simulator.blockItem(other.lines[0]?.sku ?? '', { blocked });
    block(true);
    const drafts = simulator.observer.drafts().length;
    assert.equal(codeOf(await announce(returnOf(other))), 'sku-blocked');
    // It may be blocked after it was looked at.
    block(false);
    const handle = simulator.handle.bind(simulator);
    simulator.handle = (request) => {
      if (request.method === 'POST' && request.url.endsWith('/salesCreditMemos')) block(true);
      return handle(request);
    };
    await assert.rejects(announce(returnOf(other)), (thrown: unknown) => {
      assert.ok(thrown instanceof LedgerError);
      assert.equal(thrown.code, 'd365-item-blocked');
      assert.equal(thrown.class, 'data-invalid');
      assert.doesNotMatch(thrown.message, /CorrelationId/);
      return true;
    });
    assert.equal(simulator.observer.drafts().length, drafts);
  });

  it('R16: a warehouse and a reason that Business Central does not have park, without a default', async () => {
    const { announce, order, simulator } = await bcBench();
    const event = returnOf(order());
    assert.equal(codeOf(await announce(event, { ...POLICY, warehouse: 'NOWHERE' })), 'location-unknown');
    const reasons = new Map([['too-small', 'NOCODE']]);
    assert.equal(codeOf(await announce(event, { ...POLICY, reasons })), 'reason-unmapped');
    assert.equal(
      codeOf(await announce(event, { ...POLICY, reasons: new Map([['too-small', 'FIT']]) })),
      'posted, as meant',
    );
    assert.equal(simulator.observer.drafts()[0]?.reason, 'FIT');
  });

  it('R167, R170: a fee lowers the credit by a service line; unmapped, or mapped to stock, it parks (R168)', async () => {
    const { announce, order, simulator, world } = await bcBench();
    const sold = order();
    const fee = line({
      id: 'fee-1',
      kind: 'fee',
      sku: 'restocking',
      orderLineId: null,
      price: money(395, 'USD'),
    });
    const base = returnOf(sold);
    const event = { ...base, lines: [...base.lines, fee] };
    assert.equal(codeOf(await announce(event)), 'fee-unmapped');
    const stock = mappings({ fee: [{ fee: 'restocking', item: world.items[0]?.sku ?? '' }] });
    assert.equal(codeOf(await announce(event, { ...POLICY, mappings: stock })), 'fee-unmapped');
    const right = mappings({ fee: [{ fee: 'restocking', item: 'RETFEE' }] });
    const outcome = await announce(event, { ...POLICY, mappings: right });
    assert.equal(codeOf(outcome), 'posted, as meant');
    const [draft] = simulator.observer.drafts();
    const goods = sold.lines.reduce((sum, row) => sum + row.amountMinor, 0);
    assert.equal(draft?.gross, goods - 395);
    assert.deepEqual(draft.lines.at(-1)?.number, 'RETFEE');
    assert.equal(outcome.outcome === 'posted' && outcome.document.references['mappings'], right.version);
  });

  it('sends the item in the variant of the sale, and takes none where the sale has several', async () => {
    const { world } = await bcBench();
    const sku = world.items[0]?.sku ?? '';
    const variants = ['RED', 'BLUE'].map((code) => ({ item: sku, code }));
    const { announce, simulator, read } = await bcBench({ world, variants });
    const sold = addOrder(world, { sku, quantity: 2 });
    const ids = (await read('itemVariants')).map((row) => String(row['id']));
    simulator.change('salesInvoiceLines', { lineObjectNumber: sku }, { itemVariantId: ids[1] ?? '' });
    assert.equal(codeOf(await announce(returnOf(sold, {}, 1))), 'posted, as meant');
    assert.equal(simulator.observer.drafts()[0]?.lines[0]?.variant, 'BLUE');
    const both = addOrder(world, { sku, quantity: 2 });
    const [only] = both.lines;
    assert.ok(only);
    both.lines.push({ ...only, lineId: 'second', quantity: 3 });
    await read('items');
    simulator.change('salesInvoiceLines', { lineObjectNumber: sku }, { itemVariantId: ids[1] ?? '' });
    const [three] = (await read(`salesInvoices?$filter=externalDocumentNumber eq '${both.number}'`)).map(
      (row) => String(row['id']),
    );
    assert.equal(
      simulator.change('salesInvoiceLines', { documentId: three ?? '', itemVariantId: ids[1] ?? '' }, {}),
      2,
    );
    const lines = await read(`salesInvoices(${three ?? ''})/salesInvoiceLines`);
    simulator.change('salesInvoiceLines', { id: String(lines[0]?.['id']) }, { itemVariantId: ids[0] ?? '' });
    const event = returnOf(both, {}, 1);
    const unclear = await announce({ ...event, lines: event.lines.slice(0, 1) });
    assert.equal(codeOf(unclear), 'line-not-on-order');
    const named = mappings({ sku: [{ by: 'sku', code: sku, item: `${sku}/RED` }] });
    const clear = await announce(
      { ...event, lines: event.lines.slice(0, 1) },
      { ...POLICY, mappings: named },
    );
    assert.equal(codeOf(clear), 'posted, as meant');
    assert.equal(simulator.observer.drafts()[1]?.lines[0]?.variant, 'RED');
  });

  it('R48: a bundle that was sold as its components is credited with their lines', async () => {
    const { announce, order, simulator } = await bcBench();
    const sold = order((one) => one.lines.length === 2);
    const [first, second] = sold.lines;
    assert.ok(first && second);
    const bundle = mappings({
      bundle: [
        { parent: 'SET', component: first.sku, quantity: '1', share: '1/2' },
        { parent: 'SET', component: second.sku, quantity: '1', share: '1/2' },
      ],
    });
    const event = returnOf(sold, {
      lines: [line({ id: 'b', sku: 'SET', orderLineId: null, quantity: quantity(1) })],
    });
    const outcome = await announce(event, { ...POLICY, mappings: bundle });
    assert.equal(codeOf(outcome), 'posted, as meant');
    assert.deepEqual(
      simulator.observer
        .drafts()[0]
        ?.lines.map((row) => row.number)
        .sort(),
      [first.sku, second.sku].sort(),
    );
  });
});

describe('one draft, whatever happens', () => {
  it('R100: two at once make one', async () => {
    const { simulator, announce, order } = await bcBench();
    const event = returnOf(order());
    const both = await Promise.all([announce(event), announce(event)]);
    assert.deepEqual(both.map(codeOf), ['posted, as meant', 'posted, as meant']);
    assert.equal(simulator.observer.drafts().length, 1);
  });

  it('R109: an answer that was lost is looked up after the settle time, and found', async () => {
    const { simulator, announce, order, time } = await bcBench();
    const event = returnOf(order());
    simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(
      announce(event),
      (thrown: unknown) => thrown instanceof LedgerError && thrown.class === 'ambiguous',
    );
    const before = time.now;
    const outcome = await inTheEnd(time, () => announce(event));
    assert.ok(outcome.outcome === 'posted');
    assert.equal(outcome.created, false);
    assert.ok(time.now - before >= 120_000);
    assert.equal(simulator.observer.drafts().length, 1);
  });

  it('R109: one that is carried out late is not made twice', async () => {
    const { simulator, announce, order, time } = await bcBench();
    const event = returnOf(order());
    simulator.dials.lateCommitNext = 1;
    simulator.dials.lateCommitMs = 60_000;
    await assert.rejects(announce(event));
    await inTheEnd(time, () => announce(event));
    await simulator.observer.settled();
    assert.equal(simulator.observer.drafts().length, 1);
  });

  it('R109: many with lost answers, gateway time-outs and throttling make one each', async () => {
    const { simulator, announce, world, time } = await bcBench();
    simulator.dials.dropAfterCommitShare = 0.3;
    simulator.dials.gatewayTimeoutNext = 3;
    simulator.dials.throttleNext = 5;
    simulator.dials.lockedNext = 3;
    for (const sold of world.orders.slice(0, 25)) {
      const outcome = await inTheEnd(time, () => announce(returnOf(sold)));
      assert.equal(codeOf(outcome), 'posted, as meant');
    }
    assert.equal(simulator.observer.drafts().length, 25);
  });

  it('R18: the same content under our number is found, other content is a conflict with both versions', async () => {
    const { simulator, store, announce, order, time, connector } = await bcBench();
    const event = returnOf(order());
    await announce(event);
    const again = bcConnector(simulator, time);
    const found = await again.createReturnOrder(event, POLICY, await openMemoryStore());
    assert.ok(found.outcome === 'posted');
    assert.equal(found.created, false);
    const [draft] = simulator.observer.drafts();
    assert.ok(draft);
    simulator.change(
      'salesCreditMemoLines',
      { documentId: draft.id, lineObjectNumber: draft.lines[0]?.number ?? '' },
      { quantity: 9 },
    );
    const strange = await again.createReturnOrder(event, POLICY, await openMemoryStore());
    assert.ok(strange.outcome === 'exception');
    assert.equal(strange.problem.code, 'document-conflict');
    assert.match(strange.problem.lines[0]?.received ?? '', /^9 × /);
    assert.equal(simulator.observer.drafts().length, 1);
    const [posting] = await connector.findPostings(documentReference(event));
    assert.equal(posting?.number, draft.number);
    assert.equal((await store.documentsOf('x')).length, 0);
  });

  it('keeps to 35 capitals, stays unique, and ends with the order', () => {
    const reference = 'SW-7d3f6c4e-91aa-4c53-8a8f-2a4f2d1c9b11-AC-50211';
    const short = externalNumber(reference, 'AC-50211');
    assert.ok(short.length <= 35 && short === short.toUpperCase());
    assert.ok(short.endsWith('-AC-50211'));
    assert.notEqual(short, externalNumber(reference.toUpperCase(), 'AC-50211'));
    assert.notEqual(short, externalNumber(reference, 'AC-50211', '-C1'));
    assert.equal(externalNumber('HR-HRQ7K2MD-AC-50211', 'AC-50211'), 'HR-HRQ7K2MD-AC-50211');
  });

  it('many at a time stay within the five calls of a user', async () => {
    const { simulator, connector, store, world } = await bcBench();
    const events = world.orders.slice(0, 20).map((sold) => returnOf(sold));
    const outcomes = await connector.createReturnOrders(events, POLICY, store);
    assert.ok(outcomes.every((one) => !(one instanceof LedgerError) && codeOf(one) === 'posted, as meant'));
    assert.equal(simulator.observer.drafts().length, 20);
    assert.equal(simulator.observer.throttleReplies(), 0);
  });
});
