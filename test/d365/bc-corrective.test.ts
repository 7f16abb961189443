import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PostedDocument } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import { money } from '../../nodes/returns/money';
import type { BusinessCentralSimulatorOptions } from '../../nodes/sandbox/business-central/business-central-simulator';
import type { ObservedDocument } from '../../nodes/sandbox/business-central/observed-types';
import type { SimulatedRequest } from '../../nodes/sandbox/simulator';
import { addOrder, type WorldOrder } from '../../nodes/sandbox/world';
import { line } from '../support/events';
import {
  accepted,
  bcBench,
  bcConnector,
  codeOf,
  inTheEnd,
  mappings,
  POLICY,
  rejected,
  returnOf,
  type BcBench,
} from '../support/bc-bench';
import { unknownBcNames } from '../support/bc-reference-names';
import { BASE } from '../support/simulated-http';

const ON = { bcCorrective: 'open-invoice' } as const;
const ACTION = /makeCorrectiveCreditMemo$/;

/** A shop that sells on account: nothing is paid yet, and goods cost more today than when they were sold. */
async function onAccount(options: Partial<BusinessCentralSimulatorOptions> = {}): Promise<BcBench> {
  return bcBench({ paidShare: () => 0, ...options }, ON);
}

function documentOf(outcome: Awaited<ReturnType<BcBench['announce']>>): PostedDocument {
  assert.ok(outcome.outcome === 'posted', codeOf(outcome));
  assert.equal(codeOf(outcome), 'posted, as meant');
  return outcome.document;
}

/** All calls that reach Business Central from now on; `before` is told of each first. */
function watch(
  { simulator }: BcBench,
  before: (request: SimulatedRequest) => void = () => undefined,
): SimulatedRequest[] {
  const handle = simulator.handle.bind(simulator);
  const calls: SimulatedRequest[] = [];
  simulator.handle = (request) => {
    before(request);
    calls.push(request);
    return handle(request);
  };
  return calls;
}

function isWrite({ method, url }: SimulatedRequest): boolean {
  return method !== 'GET' && !/\$batch|oauth2/.test(url);
}

function acted(calls: readonly SimulatedRequest[]): number {
  return calls.filter(({ url }) => ACTION.test(url)).length;
}

/** What a line is, without where its goods are. */
function contentOf(draft: ObservedDocument | undefined): unknown[] {
  return (draft?.lines ?? []).map(({ type, number, quantity, gross, location }) => [
    type,
    number,
    quantity,
    gross,
    location,
  ]);
}

function soldIn(order: WorldOrder): unknown[] {
  return order.lines.map((row) => ['Item', row.sku, row.quantity, row.amountMinor, 'RETQC']);
}

describe('B5 way 2: the draft is a copy of the invoice, where that is open in full', () => {
  it('R105: a return in full is credited at the cost of the sale, and applied to its invoice', async () => {
    const bench = await onAccount();
    const { simulator } = bench;
    const sold = bench.order();
    const calls = watch(bench);
    const event = returnOf(sold);
    await bench.read('items');
    const [first] = sold.lines;
    assert.ok(first);
    const [item] = await bench.read(`items?$filter=number eq '${first.sku}'`);
    const cost = Number(item?.['unitCost']);
    simulator.change('items', { number: first.sku }, { unitCost: cost + 5 });
    const document = documentOf(await bench.announce(event));
    assert.equal(acted(calls), 1);
    assert.equal(document.references['corrective'], 'yes');
    const [draft, ...more] = simulator.observer.drafts();
    assert.deepEqual(more, []);
    assert.deepEqual(contentOf(draft), soldIn(sold), 'no comment line is left');
    assert.equal(draft?.externalNumber, `HR-HR${sold.number}-${sold.number}`);
    assert.equal(draft.postingDate, '2026-03-20');
    const { made, problem } = await bench.credit(accepted(event));
    assert.equal(problem, null);
    assert.equal(made[0]?.references['cost'], undefined, 'what it came back at is what it was sold at');
    const entry = simulator.observer.itemEntries().find((row) => row.item === first.sku);
    assert.equal(entry?.cost, Math.round(cost * 100) * first.quantity);
    const [applied] = simulator.observer.appliedInvoices();
    const total = sold.lines.reduce((sum, row) => sum + row.amountMinor, 0);
    assert.deepEqual([applied?.amount, applied?.remaining], [total, 0]);
  });

  it('R105: a return in part takes the rest off the copy, adds the fee, and leaves the rest of the invoice open', async () => {
    const bench = await onAccount();
    const { simulator, world } = bench;
    const sold = addOrder(world, { sku: world.items[0]?.sku ?? '', quantity: 3 });
    const [only] = sold.lines;
    assert.ok(only);
    const other = { ...only, lineId: 'second', sku: world.items[1]?.sku ?? '' };
    sold.lines.push(other);
    only.amountMinor -= 100;
    const base = returnOf(sold, { lines: returnOf(sold, {}, 1).lines.slice(0, 1) });
    const fee = line({
      id: 'fee-1',
      kind: 'fee',
      sku: 'restocking',
      orderLineId: null,
      price: money(395, 'USD'),
    });
    const event = { ...base, lines: [...base.lines, fee] };
    const policy = {
      ...POLICY,
      mappings: mappings({ fee: [{ fee: 'restocking', item: 'RETFEE' }] }),
      reasons: new Map([['too-small', 'FIT']]),
    };
    simulator.change('items', { number: only.sku }, { unitCost: 99 });
    const document = documentOf(await bench.announce(event, policy));
    assert.equal(document.references['corrective'], 'yes');
    const [draft] = simulator.observer.drafts();
    const share = Math.round(only.amountMinor / 3);
    assert.ok(Math.abs((draft?.lines[0]?.gross ?? 0) - share) <= 1);
    assert.deepEqual(
      draft?.lines.map(({ number, quantity }) => [number, quantity]),
      [
        [only.sku, 1],
        ['RETFEE', 1],
      ],
    );
    assert.equal(draft.reason, 'FIT');
    const { made, problem } = await bench.credit(accepted(event, base.lines));
    assert.equal(problem, null);
    assert.equal(made[0]?.references['cost'], undefined);
    const [applied] = simulator.observer.appliedInvoices();
    assert.equal(applied?.amount, draft.gross);
    assert.equal(applied.remaining, only.amountMinor + other.amountMinor - draft.gross);
    assert.notEqual(simulator.observer.itemEntries()[0]?.cost, 9900);
    // The invoice is not open in full any more, so the next return of it goes the usual way, and is applied all the same.
    const next = returnOf(sold, { returnId: 'HR-2', lines: base.lines });
    const again = documentOf(await bench.announce(next));
    assert.match(again.references['corrective'] ?? '', /^no, the invoice is not open in full/);
    await bench.credit(accepted(next));
    const [, second] = simulator.observer.appliedInvoices();
    assert.equal(second?.invoice, applied.invoice);
  });

  it('two returns of one invoice have a copy each, and what is rejected leaves it', async () => {
    const bench = await onAccount();
    const sold = addOrder(bench.world, { sku: bench.world.items[0]?.sku ?? '', quantity: 2 });
    const events = ['HR-1', 'HR-2'].map((returnId) => returnOf(sold, { returnId }, 1));
    for (const event of events) {
      assert.equal(documentOf(await bench.announce(event)).references['corrective'], 'yes');
    }
    assert.deepEqual(
      bench.simulator.observer.drafts().map(({ lines }) => lines.map(({ quantity }) => quantity)),
      [[1], [1]],
    );
    const [first, second] = events;
    assert.ok(first && second);
    await bench.receive(rejected(first));
    assert.equal(bench.simulator.observer.drafts().length, 1);
    assert.equal((await bench.credit(accepted(second))).problem, null);
  });

  it('stays with its invoice when a part of that is paid before the credit', async () => {
    const bench = await onAccount();
    const { simulator } = bench;
    const sold = bench.order();
    const event = returnOf(sold);
    documentOf(await bench.announce(event));
    simulator.payInvoice(sold.number, 100);
    assert.equal((await bench.credit(accepted(event))).problem, null);
    const total = sold.lines.reduce((sum, row) => sum + row.amountMinor, 0);
    const [applied] = simulator.observer.appliedInvoices();
    assert.deepEqual([applied?.amount, applied?.remaining], [total - 100, 0]);
    // A closed one cannot be applied to (B5.1).
    const other = bench.order((one) => one !== sold);
    const closed = returnOf(other);
    documentOf(await bench.announce(closed));
    simulator.payInvoice(
      other.number,
      other.lines.reduce((sum, row) => sum + row.amountMinor, 0),
    );
    assert.equal((await bench.credit(accepted(closed))).problem, null);
    assert.equal(simulator.observer.appliedInvoices().length, 1);
  });

  it('a discount of the whole invoice is in the lines of the draft', async () => {
    const bench = await onAccount();
    const { simulator, read } = bench;
    const sold = bench.order();
    const [invoice] = await read(`salesInvoices?$filter=externalDocumentNumber eq '${sold.number}'`);
    assert.ok(invoice);
    const id = String(invoice['id']);
    // Business Central has shared it out over the lines when it was posted.
    const lines = await read(`salesInvoices(${id})/salesInvoiceLines`);
    const [first] = lines;
    const net = Number(first?.['netAmountIncludingTax']) - 1;
    simulator.change('salesInvoiceLines', { id: String(first?.['id']) }, { netAmountIncludingTax: net });
    const total = Number(invoice['totalAmountIncludingTax']) - 1;
    simulator.change(
      'salesInvoices',
      { id },
      { discountAmount: 1, totalAmountIncludingTax: total, _remaining: Math.round(total * 100) },
    );
    const document = documentOf(await bench.announce(returnOf(sold)));
    assert.equal(document.references['corrective'], 'yes');
    assert.equal(simulator.observer.drafts()[0]?.gross, Math.round(total * 100));
  });

  it('with Exact Cost Reversing mandatory it can be posted', async () => {
    const bench = await onAccount();
    bench.simulator.dials.exactCostReversing = true;
    const event = returnOf(bench.order());
    documentOf(await bench.announce(event));
    assert.equal((await bench.credit(accepted(event))).problem, null);
  });
});

describe('where the invoice cannot be copied, the draft is made as usual, and says why', () => {
  const cases: [string, (bench: BcBench, order: WorldOrder) => void, RegExp, number][] = [
    [
      'it is paid',
      ({ simulator }, order) =>
        simulator.payInvoice(
          order.number,
          order.lines.reduce((sum, row) => sum + row.amountMinor, 0),
        ),
      /^no, the invoice is not open in full$/,
      0,
    ],
    [
      'it is paid in part',
      ({ simulator }, order) => simulator.payInvoice(order.number, 1),
      /^no, the invoice is not open in full$/,
      0,
    ],
    [
      'its order is still there, and not found by the number of the platform',
      ({ simulator }, order) => {
        simulator.keepOrder(order.number);
        simulator.change('salesOrders', { number: order.salesOrderNumber }, { externalDocumentNumber: 'X' });
      },
      /^no, .*callback/,
      1,
    ],
    [
      'its order is still there',
      ({ simulator }, order) => simulator.keepOrder(order.number),
      /^no, the order of the invoice is still there$/,
      0,
    ],
  ];
  for (const [name, prepare, why, actions] of cases) {
    it(name, async () => {
      const bench = await onAccount();
      const sold = bench.order();
      await bench.read('items');
      prepare(bench, sold);
      const calls = watch(bench);
      const document = documentOf(await bench.announce(returnOf(sold)));
      assert.match(document.references['corrective'] ?? '', why);
      assert.equal(acted(calls), actions);
      assert.deepEqual(bench.simulator.observer.drafts().map(contentOf), [soldIn(sold)]);
    });
  }

  it('it is paid at the very moment', async () => {
    const bench = await onAccount();
    const sold = bench.order();
    watch(bench, ({ url }) => {
      if (ACTION.test(url)) bench.simulator.payInvoice(sold.number, 1);
    });
    // The change shows first, as somebody else's; the next look finds it paid.
    const outcome = await inTheEnd(bench.time, () => bench.announce(returnOf(sold)));
    assert.match(documentOf(outcome).references['corrective'] ?? '', /^no, the invoice is not open in full/);
    assert.equal(bench.simulator.observer.drafts().length, 1);
  });

  it('two lines of the return are of one line of the invoice', async () => {
    const bench = await onAccount();
    const sold = addOrder(bench.world, { sku: bench.world.items[0]?.sku ?? '', quantity: 2 });
    const event = returnOf(sold, {}, 1);
    const [only] = event.lines;
    assert.ok(only);
    const twice = { ...event, lines: [only, { ...only, id: 'again' }] };
    const document = documentOf(await bench.announce(twice));
    assert.match(document.references['corrective'] ?? '', /^no, the invoice has no line of its own/);
  });

  it('an answer to the usual draft that is lost does not bring a copy in', async () => {
    const bench = await onAccount();
    const sold = bench.order();
    await bench.read('items');
    bench.simulator.payInvoice(sold.number, 1);
    const calls = watch(bench);
    bench.simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(bench.announce(returnOf(sold)));
    bench.simulator.payInvoice(sold.number, 0);
    const outcome = await inTheEnd(bench.time, () => bench.announce(returnOf(sold)));
    assert.match(documentOf(outcome).references['corrective'] ?? '', /^no, /);
    assert.equal(acted(calls), 0);
    assert.equal(bench.simulator.observer.drafts().length, 1);
  });
});

describe('one draft of ours with the planned content, and no copy besides, whatever is lost', () => {
  /** A return of one of two lines, in part, so that the copy has to be claimed, changed and reduced. */
  const partOf = (bench: BcBench): { sold: WorldOrder; event: ReturnType<typeof returnOf> } => {
    const { items } = bench.world;
    const sold = addOrder(bench.world, { sku: items[0]?.sku ?? '', quantity: 2 });
    const [only] = sold.lines;
    assert.ok(only);
    sold.lines.push({ ...only, lineId: 'second', sku: items[1]?.sku ?? '' });
    const whole = returnOf(sold, {}, 1);
    const fee = line({ id: 'f', kind: 'fee', sku: 'fee', orderLineId: null, price: money(100, 'USD') });
    return { sold, event: { ...whole, lines: [...whole.lines.slice(0, 1), fee] } };
  };
  const policy = { ...POLICY, mappings: mappings({ fee: [{ fee: 'fee', item: 'RETFEE' }] }) };
  const carriedOut = ['dropAfterCommitNext', 'lateCommitNext', 'gatewayTimeoutNext'] as const;
  const losses = [...carriedOut, 'dropBeforeCommitNext', 'lockedNext', 'conflictNext'] as const;

  it('R109: the answer to each of its writes', async () => {
    const plain = await onAccount();
    const counted = watch(plain);
    documentOf(await plain.announce(partOf(plain).event, policy));
    const writes = counted.filter(isWrite).length;
    const named = counted.filter(isWrite).map(({ method, url, body }) => ({
      method,
      url: new URL(url, BASE).href,
      headers: {},
      body: String(body),
    }));
    assert.deepEqual(named.flatMap(unknownBcNames), [], 'the reference knows them');
    assert.equal(writes, 6, 'the action, the number, a line, a fee, and two lines that go');
    for (const loss of losses) {
      for (let at = 1; at <= writes; at += 1) {
        const bench = await onAccount();
        const { simulator, time } = bench;
        simulator.dials.lateCommitMs = 30_000;
        let seen = 0;
        const calls = watch(bench, (request) => {
          if (!isWrite(request)) return;
          seen += 1;
          if (seen === at) simulator.dials[loss] = 1;
        });
        const { sold, event } = partOf(bench);
        const document = documentOf(await inTheEnd(time, () => bench.announce(event, policy)));
        await simulator.observer.settled();
        const where = `${loss} at write ${at}`;
        assert.ok(seen >= writes, where);
        const drafts = simulator.observer.drafts();
        assert.equal(drafts.length, 1, where);
        assert.deepEqual(
          drafts[0]?.lines.map(({ number, quantity }) => [number, quantity]),
          [
            [sold.lines[0]?.sku, 1],
            ['RETFEE', 1],
          ],
          where,
        );
        assert.equal(document.id, drafts[0].id, where);
        assert.equal(document.references['corrective'], 'yes', where);
        const again = at === 1 && !carriedOut.some((one) => one === loss);
        assert.equal(acted(calls), again ? 2 : 1, where);
      }
    }
  });

  it('R109: many with lost answers, gateway time-outs and throttling make one each', async () => {
    const bench = await onAccount();
    const { simulator, world, time } = bench;
    simulator.dials.dropAfterCommitShare = 0.1;
    simulator.dials.gatewayTimeoutNext = 3;
    simulator.dials.throttleNext = 5;
    simulator.dials.lockedNext = 3;
    const sold = world.orders.slice(0, 15);
    for (const order of sold) {
      documentOf(await inTheEnd(time, () => bench.announce(returnOf(order))));
    }
    assert.deepEqual(simulator.observer.drafts().map(contentOf), sold.map(soldIn));
  });

  it('side by side they stay apart', async () => {
    const bench = await onAccount();
    const events = bench.world.orders.slice(0, 10).map((sold) => returnOf(sold));
    const outcomes = await bench.connector.createReturnOrders(events, POLICY, bench.store);
    for (const one of outcomes) {
      assert.ok(!(one instanceof LedgerError));
      assert.equal(documentOf(one).references['corrective'], 'yes');
    }
    assert.equal(bench.simulator.observer.drafts().length, 10);
  });

  it('a return whose copy was not carried out does not take that of another one', async () => {
    const bench = await onAccount();
    const sold = addOrder(bench.world, { sku: bench.world.items[0]?.sku ?? '', quantity: 2 });
    const [first, second] = ['HR-1', 'HR-2'].map((returnId) =>
      returnOf(sold, { returnId, returnNumber: returnId }, 1),
    );
    assert.ok(first && second);
    bench.simulator.dials.dropBeforeCommitNext = 1;
    await assert.rejects(bench.announce(first));
    const other = documentOf(await bench.announce(second));
    const own = documentOf(await inTheEnd(bench.time, () => bench.announce(first)));
    assert.notEqual(own.id, other.id);
    assert.deepEqual(
      bench.simulator.observer.drafts().map(({ id, lines }) => [id, lines.map(({ quantity }) => quantity)]),
      [
        [other.id, [1]],
        [own.id, [1]],
      ],
    );
  });

  it('a copy that is there before is a person’s, and is left alone', async () => {
    const bench = await onAccount();
    const sold = bench.order();
    const [invoice] = await bench.read(`salesInvoices?$filter=externalDocumentNumber eq '${sold.number}'`);
    await bench.write(
      'POST',
      `salesInvoices(${String(invoice?.['id'])})/Microsoft.NAV.makeCorrectiveCreditMemo`,
    );
    assert.equal(codeOf(await bench.announce(returnOf(sold))), 'quantity-over-order');
    assert.deepEqual(
      bench.simulator.observer.drafts().map(({ externalNumber }) => externalNumber),
      [sold.number],
    );
  });

  it('two new copies are told apart by nothing, so a person decides', async () => {
    const bench = await onAccount();
    const { simulator, time } = bench;
    const sold = bench.order();
    const event = returnOf(sold);
    watch(bench, ({ url }) => {
      if (ACTION.test(url)) simulator.dials.dropAfterCommitNext = 1;
    });
    await assert.rejects(bench.announce(event));
    const [invoice] = await bench.read(`salesInvoices?$filter=externalDocumentNumber eq '${sold.number}'`);
    const path = `salesInvoices(${String(invoice?.['id'])})/Microsoft.NAV.makeCorrectiveCreditMemo`;
    await bench.write('POST', path).catch(() => undefined);
    simulator.dials.dropAfterCommitNext = 0;
    assert.equal(simulator.observer.drafts().length, 2);
    assert.equal(codeOf(await inTheEnd(time, () => bench.announce(event))), 'document-ambiguous');
    const [, second] = simulator.observer.drafts();
    await bench.write('DELETE', `salesCreditMemos(${second?.id ?? ''})`);
    assert.equal(documentOf(await bench.announce(event)).references['corrective'], 'yes');
    assert.deepEqual(simulator.observer.drafts().map(contentOf), [soldIn(sold)]);
  });

  it('what a person changes half-way is not overwritten', async () => {
    const bench = await onAccount();
    const { simulator, time } = bench;
    const { event } = partOf(bench);
    watch(bench, ({ method, url }) => {
      if (method === 'PATCH' && /salesCreditMemoLines/.test(url)) simulator.dials.dropBeforeCommitNext = 1;
    });
    await assert.rejects(bench.announce(event, policy));
    const [draft] = simulator.observer.drafts();
    const [, first] = draft?.lines ?? [];
    simulator.change(
      'salesCreditMemoLines',
      { documentId: draft?.id ?? '', lineObjectNumber: first?.number ?? '' },
      { quantity: 9 },
    );
    assert.equal(codeOf(await inTheEnd(time, () => bench.announce(event, policy))), 'document-conflict');
    assert.ok(simulator.observer.drafts()[0]?.lines.some(({ quantity }) => quantity === 9));
  });

  it('a copy that is made and not found is told, not made again; then the draft is made as usual', async () => {
    const bench = await onAccount();
    const { simulator } = bench;
    const sold = bench.order();
    const event = returnOf(sold);
    const calls = watch(bench, ({ url }) => {
      if (!/\$batch/.test(url) || acted(calls) === 0) return;
      simulator.change('salesCreditMemos', { externalDocumentNumber: sold.number }, { invoiceNumber: '' });
    });
    const outcome = await bench.announce(event);
    assert.equal(codeOf(outcome), 'document-conflict');
    const [copy] = simulator.observer.drafts();
    await bench.write('DELETE', `salesCreditMemos(${copy?.id ?? ''})`);
    const document = documentOf(await bench.announce(event));
    assert.match(document.references['corrective'] ?? '', /^no, the copy of the invoice was not found/);
    assert.equal(acted(calls), 1);
    assert.deepEqual(simulator.observer.drafts().map(contentOf), [soldIn(sold)]);
  });

  it('is ended as it was begun when the setting is changed in between', async () => {
    const bench = await onAccount();
    const { simulator, time, store } = bench;
    const sold = bench.order();
    simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(bench.announce(returnOf(sold)));
    const off = bcConnector(simulator, time);
    const outcome = await inTheEnd(time, () => off.createReturnOrder(returnOf(sold), POLICY, store));
    assert.equal(documentOf(outcome).references['corrective'], 'yes');
    assert.deepEqual(simulator.observer.drafts().map(contentOf), [soldIn(sold)]);
  });
});

describe('never, which is the default', () => {
  it('makes the calls of before, and tells nothing of copies', async () => {
    const bench = await bcBench({ paidShare: () => 0 });
    await bench.connector.ready();
    const calls = watch(bench);
    const document = documentOf(await bench.announce(returnOf(bench.order())));
    assert.equal(document.references['corrective'], undefined);
    const writes = calls.filter(isWrite).map(({ method, url }) => `${method} ${url.split('/').at(-1) ?? ''}`);
    assert.deepEqual(writes, ['POST salesCreditMemos']);
    assert.equal(calls.length, 4);
  });

  it('is never asked for with return orders', async () => {
    const services = { returnOrder: 'SalesReturnOrder', posting: 'ReturnPosting' };
    const settings = { ...ON, bcRoute: 'return-order' } as const;
    const bench = await bcBench({ paidShare: () => 0, services, version: 29 }, settings);
    const calls = watch(bench);
    documentOf(await bench.announce(returnOf(bench.order())));
    assert.equal(acted(calls), 0);
  });
});
