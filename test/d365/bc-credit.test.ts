import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LedgerError } from '../../nodes/returns/failure';
import { money } from '../../nodes/returns/money';
import type { ReturnEvent } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder, type WorldOrder } from '../../nodes/sandbox/world';
import { line } from '../support/events';
import {
  accepted,
  bcBench,
  codeOf,
  dyingAfter,
  inTheEnd,
  mappings,
  POLICY,
  rejected,
  returnOf,
  type BcBench,
} from '../support/bc-bench';

/** A bench with the draft of one return. */
async function announced(
  options: Parameters<typeof bcBench>[0] = {},
  fits?: (order: WorldOrder) => boolean,
): Promise<BcBench & { sold: WorldOrder; event: ReturnEvent }> {
  const bench = await bcBench(options);
  const sold = bench.order(fits);
  const event = returnOf(sold);
  assert.equal(codeOf(await bench.announce(event)), 'posted, as meant');
  return { ...bench, sold, event };
}

const totalOf = (sold: WorldOrder): number => sold.lines.reduce((sum, row) => sum + row.amountMinor, 0);

describe('B6 B-5: the credit', () => {
  it('R87, R102: posts the draft when the goods are accepted, takes them into stock, and reads it back', async () => {
    const { simulator, credit, event, sold } = await announced();
    assert.deepEqual(simulator.observer.creditMemos(), []);
    const stockBefore = unitsAt(simulator, 'RETQC');
    const outcome = await credit(accepted(event));
    assert.equal(outcome.problem, null, JSON.stringify(outcome.problem));
    const [memo] = simulator.observer.creditMemos();
    assert.ok(memo);
    assert.deepEqual(simulator.observer.drafts(), []);
    const [document] = outcome.documents;
    assert.equal(document?.kind, 'credit-note');
    assert.equal(document.number, memo.number);
    assert.notEqual(memo.number, memo.draftNumber);
    assert.equal(document.references['draftNumber'], memo.draftNumber);
    assert.equal(document.id, memo.id);
    assert.deepEqual(document.amount, money(-totalOf(sold), 'USD'));
    assert.equal(memo.postingDate, '2026-03-20');
    const units = sold.lines.reduce((sum, row) => sum + row.quantity, 0);
    assert.equal(unitsAt(simulator, 'RETQC') - stockBefore, units);
  });

  it('posts once: repeated, two at once, or with answers that are lost (R109)', async () => {
    const { simulator, credit, event, time } = await announced();
    simulator.dials.dropAfterCommitNext = 3;
    const both = await Promise.all([credit(accepted(event)), credit(accepted(event))]);
    assert.deepEqual(
      both.map(({ problem }) => problem),
      [null, null],
    );
    await credit(accepted(event));
    assert.equal(simulator.observer.creditMemos().length, 1);
    const other = await announced();
    other.simulator.dials.dropAfterCommitShare = 0.5;
    other.simulator.dials.gatewayTimeoutNext = 2;
    other.simulator.dials.conflictNext = 2;
    await inTheEnd(other.time, () => other.credit(accepted(other.event)));
    assert.equal(other.simulator.observer.creditMemos().length, 1);
    assert.ok(time.now > 0);
  });

  it('waits for a draft that is not there yet, and for one in approval', async () => {
    const { credit, order } = await bcBench();
    await assert.rejects(credit(accepted(returnOf(order()))), isBlocked('credit-missing'));
    const { simulator, event, credit: again } = await announced();
    const id = simulator.observer.drafts()[0]?.id ?? '';
    simulator.setDraftStatus(id, 'In Review');
    await assert.rejects(again(accepted(event)), isBlocked('d365-draft-in-review'));
    simulator.setDraftStatus(id, 'Draft');
    assert.equal((await again(accepted(event))).problem, null);
  });

  it('a released draft is no posted one: it is posted, or waited for where its dates must change', async () => {
    const { simulator, credit, event } = await announced();
    simulator.setDraftStatus(simulator.observer.drafts()[0]?.id ?? '', 'Open');
    const outcome = await credit(accepted(event));
    assert.equal(outcome.made.length, 1);
    assert.equal(simulator.observer.creditMemos().length, 1);
    const second = await announced();
    second.simulator.setDraftStatus(second.simulator.observer.drafts()[0]?.id ?? '', 'Open');
    const later = { ...accepted(second.event), occurredAt: '2026-03-25T09:00:00.000Z' };
    await assert.rejects(second.credit(later), isBlocked('d365-draft-not-open'));
  });

  it('a draft that a person posted is adopted; one that was changed or deleted is told, and nothing is posted', async () => {
    const posted = await announced();
    const [draft] = posted.simulator.observer.drafts();
    await byHand(posted, `salesCreditMemos(${draft?.id ?? ''})/Microsoft.NAV.post`);
    const outcome = await posted.credit(accepted(posted.event));
    assert.equal(outcome.problem, null);
    assert.equal(posted.simulator.observer.creditMemos().length, 1);
    assert.equal(outcome.documents[0]?.number, posted.simulator.observer.creditMemos()[0]?.number);

    const changed = await announced();
    const [held] = changed.simulator.observer.drafts();
    changed.simulator.change(
      'salesCreditMemoLines',
      { documentId: held?.id ?? '', lineObjectNumber: held?.lines[0]?.number ?? '' },
      { quantity: 7 },
    );
    const told = await changed.credit(accepted(changed.event));
    assert.equal(told.problem?.code, 'document-conflict');
    assert.deepEqual(changed.simulator.observer.creditMemos(), []);

    const deleted = await announced();
    await byHand(deleted, `salesCreditMemos(${deleted.simulator.observer.drafts()[0]?.id ?? ''})`, 'DELETE');
    const gone = await deleted.credit(accepted(deleted.event));
    assert.equal(gone.problem?.code, 'document-conflict');
    assert.match(gone.problem.what, /was deleted/);
  });

  it('R176: a success without item entries is told', async () => {
    const { simulator, credit, event } = await announced();
    simulator.dials.noItemEntriesNext = 1;
    const outcome = await credit(accepted(event));
    assert.equal(outcome.made.length, 1);
    assert.equal(outcome.problem?.code, 'amount-mismatch');
    assert.equal(outcome.problem.lines[0]?.field, 'stock');
  });

  it('R176: an invoice of the same number is no proof that goods came in', async () => {
    const { simulator, credit, event } = await announced();
    simulator.dials.noItemEntriesNext = 1;
    const invoices = simulator.change(
      'itemLedgerEntries',
      { entryType: 'Sale' },
      { documentNumber: '104001' },
    );
    assert.ok(invoices > 0);
    const outcome = await credit(accepted(event));
    assert.equal(outcome.documents[0]?.number, '104001');
    assert.equal(outcome.problem?.lines[0]?.field, 'stock');
  });

  it('goods that come in under a return receipt are in stock', async () => {
    const { simulator, credit, event } = await announced();
    simulator.dials.returnReceiptOnCreditMemo = true;
    assert.equal((await credit(accepted(event))).problem, null);
  });

  it('R57, R58: a total that rounding has changed is told with both figures, unless it is tolerated', async () => {
    const { simulator, credit, event, sold } = await announced();
    simulator.dials.invoiceRounding = 100;
    const outcome = await credit(accepted(event));
    const rounded = Math.round(totalOf(sold) / 100) * 100;
    assert.equal(outcome.problem?.code, rounded === totalOf(sold) ? undefined : 'amount-mismatch');
    const tolerant = await announced();
    tolerant.simulator.dials.invoiceRounding = 100;
    assert.equal((await tolerant.credit(accepted(tolerant.event), { toleranceMinor: 100 })).problem, null);
  });

  it('R55, R56: tax of mixed rates equals that of the invoice', async () => {
    for (const pricesIncludeTax of [true, false]) {
      const bench = await bcBench({ pricesIncludeTax });
      for (const sold of bench.world.orders.slice(0, 15)) {
        const event = returnOf(sold);
        await bench.announce(event);
        assert.equal(
          (await bench.credit(accepted(event))).problem,
          null,
          `${sold.number} ${pricesIncludeTax}`,
        );
      }
    }
  });

  it('R105: the credit is applied to an invoice that is open, not to one that is paid', async () => {
    const { simulator, credit, event, sold } = await announced({ paidShare: () => 0 });
    await credit(accepted(event));
    const [applied] = simulator.observer.appliedInvoices();
    assert.equal(applied?.amount, totalOf(sold));
    const paid = await announced();
    await paid.credit(accepted(paid.event));
    assert.deepEqual(paid.simulator.observer.appliedInvoices(), []);
  });

  it('R105: another cost than that of the sale is told beside the credit', async () => {
    const { simulator, credit, event, sold } = await announced();
    const sku = sold.lines[0]?.sku ?? '';
    simulator.change('items', { number: sku }, { unitCost: 1.5 });
    const outcome = await credit(accepted(event));
    assert.match(outcome.documents[0]?.references['cost'] ?? '', new RegExp(`${sku} 1\\.50 \\(sold at `));
  });

  it('R163, R164: a closed period defers to the first open day and keeps the own one, or parks', async () => {
    const closed = { occurredAt: '2025-12-20T09:00:00.000Z' };
    const { simulator, credit, event } = await announced();
    const outcome = await credit({ ...accepted(event), ...closed });
    assert.equal(outcome.problem, null);
    assert.equal(simulator.observer.creditMemos()[0]?.postingDate, '2026-01-01');
    assert.equal(outcome.documents[0]?.references['deferredFrom'], '2025-12-20');
    const parked = await announced();
    const calls = parked.simulator.observer.calls();
    const held = await parked.credit({ ...accepted(parked.event), ...closed }, { closedPeriod: 'park' });
    assert.equal(held.problem?.code, 'period-closed');
    assert.ok(
      parked.simulator.observer
        .recent()
        .slice(calls)
        .every(({ path }) => !/Microsoft\.NAV\.post/.test(path)),
    );
  });

  it('R164, R166: a credit that a process posted before it died is still told as deferred', async () => {
    const { simulator, credit, event, time } = await announced();
    const of = { ...accepted(event), occurredAt: '2025-12-20T09:00:00.000Z' };
    const process = dyingAfter(simulator, /Microsoft\.NAV\.post$/);
    await assert.rejects(credit(of));
    process.recover();
    const outcome = await inTheEnd(time, () => credit(of));
    assert.equal(simulator.observer.creditMemos().length, 1);
    const references: Record<string, string> = outcome.documents[0]?.references ?? {};
    assert.deepEqual([references['postingDay'], references['deferredFrom']], ['2026-01-01', '2025-12-20']);
  });

  it('a day outside the allowed posting dates, which cannot be read: today is tried, or finance is asked', async () => {
    const { simulator, credit, event } = await announced();
    simulator.dials.postingAllowedFrom = '2026-03-28';
    const outcome = await credit(accepted(event));
    assert.equal(outcome.problem, null);
    assert.equal(simulator.observer.creditMemos()[0]?.postingDate, '2026-03-30');
    assert.equal(outcome.documents[0]?.references['deferredFrom'], '2026-03-20');
    const parked = await announced();
    parked.simulator.dials.inventoryClosedUntil = '2026-03-25';
    const held = await parked.credit(accepted(parked.event), { closedPeriod: 'park' });
    assert.equal(held.problem?.code, 'period-closed');
    assert.deepEqual(parked.simulator.observer.creditMemos(), []);
  });

  it('where today is refused too, finance is told both days, which setting it is and who changes it; then it goes on', async () => {
    const { simulator, credit, event, time } = await announced();
    simulator.dials.postingAllowedFrom = '2026-04-01';
    const held = await credit(accepted(event));
    assert.equal(held.problem?.code, 'period-closed');
    assert.match(
      held.problem.what,
      /^posting date 2026-03-20 and 2026-03-30: .* allowed posting dates; set in Allow Posting From and To in General Ledger Setup, or of the user of the connection in User Setup, which whoever closes the books changes$/,
    );
    assert.deepEqual(simulator.observer.creditMemos(), []);
    // No older day is kept: three days later that day is tried.
    time.now += 3 * 86_400_000;
    const outcome = await credit(accepted(event));
    assert.equal(outcome.problem, null);
    assert.equal(simulator.observer.creditMemos()[0]?.postingDate, '2026-04-02');
    assert.equal(outcome.documents[0]?.references['deferredFrom'], '2026-03-20');

    const stock = await announced();
    stock.simulator.dials.inventoryClosedUntil = '2026-03-31';
    const closed = await stock.credit(accepted(stock.event));
    assert.match(
      closed.problem?.what ?? '',
      /2026-03-20 and 2026-03-30: .*; set in Inventory Periods, where/,
    );
    stock.simulator.dials.inventoryClosedUntil = '2026-03-29';
    assert.equal((await stock.credit(accepted(stock.event))).problem, null);
    assert.equal(stock.simulator.observer.creditMemos()[0]?.postingDate, '2026-03-30');
  });

  it('another day, another place and a refused day are done with in one go', async () => {
    const { simulator, credit, event } = await announced();
    simulator.dials.postingAllowedFrom = '2026-03-28';
    const row = { disposition: 'resell', condition: '*', erpDisposition: 'R', location: '', document: '' };
    const rows = mappings({ disposition: [{ ...row, warehouse: 'MAIN' }] });
    const lines = event.lines.map((one) => ({ ...one, confirmedDisposition: 'resell' }));
    const later = { ...accepted(event, lines), occurredAt: '2026-03-25T09:00:00.000Z' };
    assert.equal((await credit(later, { mappings: rows })).problem, null);
    const [memo] = simulator.observer.creditMemos();
    assert.deepEqual([memo?.postingDate, memo?.lines[0]?.location], ['2026-03-30', 'MAIN']);
  });

  it('a return of today whose day is refused names that day once', async () => {
    const { simulator, credit, event } = await announced();
    simulator.dials.postingAllowedTo = '2026-03-25';
    const held = await credit({ ...accepted(event), occurredAt: '2026-03-30T08:00:00.000Z' });
    assert.match(held.problem?.what ?? '', /^posting date 2026-03-30: /);
    assert.deepEqual(simulator.observer.creditMemos(), []);
  });

  it('R104: goods go where the disposition says; one without a row parks', async () => {
    const rows = mappings({
      disposition: [
        {
          disposition: 'resell',
          condition: '*',
          erpDisposition: 'RESELL',
          warehouse: 'MAIN',
          location: '',
          document: '',
        },
      ],
    });
    const { simulator, credit, event } = await announced();
    const with_ = (disposition: string): ReturnEvent => ({
      ...accepted(event),
      lines: event.lines.map((one) => ({ ...one, confirmedDisposition: disposition })),
    });
    assert.equal((await credit(with_('burn'), { mappings: rows })).problem?.code, 'disposition-unmapped');
    assert.deepEqual(simulator.observer.creditMemos(), []);
    const outcome = await credit(with_('resell'), { mappings: rows });
    assert.equal(outcome.problem, null);
    assert.ok(simulator.observer.creditMemos()[0]?.lines.every(({ location }) => location === 'MAIN'));
  });

  it('a customer that was blocked since is told, and the credit goes through when it is free', async () => {
    const { simulator, credit, event, sold } = await announced();
    simulator.change('customers', { number: sold.customer }, { blocked: 'All' });
    assert.equal((await credit(accepted(event))).problem?.code, 'customer-on-hold');
    simulator.change('customers', { number: sold.customer }, { blocked: ' ' });
    assert.equal((await credit(accepted(event))).problem, null);
  });
});

describe('goods that are decided one after the other', () => {
  const two = (order: WorldOrder): boolean =>
    order.lines.length > 1 && order.lines.some((row) => row.quantity > 1);

  it('accepted goods are credited apart, the draft keeps the rest and is posted with the last', async () => {
    const { simulator, credit, event, sold } = await announced({}, two);
    const [first, ...others] = event.lines;
    assert.ok(first);
    const one = { ...first, quantity: quantity(1) };
    assert.equal((await credit(accepted(event, [one]))).problem, null);
    assert.equal(simulator.observer.creditMemos().length, 1);
    const [draft] = simulator.observer.drafts();
    assert.equal((draft?.gross ?? 0) + (simulator.observer.creditMemos()[0]?.gross ?? 0), totalOf(sold));
    const last = await credit(accepted(event, [first, ...others]));
    assert.equal(last.problem, null, JSON.stringify(last.problem));
    assert.equal(last.documents.length, 2);
    assert.equal(last.made.length, 1);
    assert.deepEqual(simulator.observer.drafts(), []);
    assert.equal(
      simulator.observer.creditMemos().reduce((sum, { gross }) => sum + gross, 0),
      totalOf(sold),
    );
  });

  it('R109: with lost answers there is one of each, whatever is repeated', async () => {
    for (const share of [0.2, 0.4, 0.6]) {
      const bench = await announced({ seed: Math.round(share * 100) }, two);
      const { simulator, credit, event, sold, time } = bench;
      const [first, ...others] = event.lines;
      assert.ok(first);
      simulator.dials.dropAfterCommitShare = share;
      await inTheEnd(time, () => credit(accepted(event, [first])));
      await inTheEnd(time, () => credit(accepted(event, [first])));
      const done = await inTheEnd(time, () => credit(accepted(event, [first, ...others])));
      assert.equal(done.problem, null, JSON.stringify(done.problem));
      assert.equal(simulator.observer.creditMemos().length, 2);
      assert.deepEqual(simulator.observer.drafts(), []);
      assert.equal(
        simulator.observer.creditMemos().reduce((sum, { gross }) => sum + gross, 0),
        totalOf(sold),
      );
    }
  });

  it('R109: calls that are carried out late change nothing twice', async () => {
    const { simulator, credit, event, sold, time } = await announced({}, two);
    const [first, ...others] = event.lines;
    assert.ok(first);
    for (const late of [1, 2, 3, 4]) {
      simulator.dials.lateCommitMs = 60_000;
      simulator.dials.lateCommitNext = late;
      await inTheEnd(time, () => credit(accepted(event, [first])));
    }
    simulator.dials.lateCommitNext = 3;
    const done = await inTheEnd(time, () => credit(accepted(event, [first, ...others])));
    await simulator.observer.settled();
    assert.equal(done.problem, null, JSON.stringify(done.problem));
    assert.equal(simulator.observer.creditMemos().length, 2);
    assert.deepEqual(simulator.observer.drafts(), []);
    assert.equal(
      simulator.observer.creditMemos().reduce((sum, { gross }) => sum + gross, 0),
      totalOf(sold),
    );
  });

  it('a rejection between two tries of a credit leaves no memo behind', async () => {
    const { simulator, credit, receive, event, sold, time } = await announced(
      {},
      (order) => order.lines.length === 2,
    );
    const [first, second] = event.lines;
    assert.ok(first && second);
    // The memo of its own is made, and nothing more.
    simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(credit(accepted(event, [first])));
    assert.equal(simulator.observer.drafts().length, 2);
    assert.equal((await receive(rejected(event, [second]))).problem, null);
    const done = await inTheEnd(time, () => credit(accepted(event, [first])));
    assert.equal(done.problem, null, JSON.stringify(done.problem));
    assert.deepEqual(simulator.observer.drafts(), []);
    const memos = simulator.observer.creditMemos();
    assert.deepEqual(
      memos.map(({ gross }) => gross),
      [sold.lines[0]?.amountMinor],
    );
  });

  it('units that the platform names are credited once each, told together or one by one', async () => {
    const bench = await bcBench();
    const sold = addOrder(bench.world, { sku: bench.world.items[2]?.sku ?? '', quantity: 2 });
    const [row] = sold.lines;
    const named = (unitIds: string[]): ReturnEvent =>
      returnOf(sold, {
        lines: [
          line({
            id: 'l1',
            sku: row?.sku ?? '',
            orderLineId: null,
            quantity: quantity(unitIds.length),
            unitIds,
          }),
        ],
      });
    await bench.announce(named(['u1', 'u2']));
    await bench.credit(accepted(named(['u2'])));
    await bench.credit(accepted(named(['u2'])));
    const last = await bench.credit(accepted(named(['u1'])));
    assert.equal(last.documents.length, 2);
    assert.equal(
      bench.simulator.observer.creditMemos().reduce((sum, { gross }) => sum + gross, 0),
      totalOf(sold),
    );
  });

  it('C3: goods that are rejected leave the draft; with the last of them it is deleted, and no credit follows', async () => {
    const { simulator, receive, credit, event, time } = await announced({}, two);
    const [first, ...others] = event.lines;
    assert.ok(first);
    assert.deepEqual(await receive({ ...event, topic: 'return.received' }), {
      documents: [],
      made: [],
      problem: null,
    });
    const partly = await receive(rejected(event, [first]));
    assert.equal(partly.problem, null, JSON.stringify(partly.problem));
    assert.equal(simulator.observer.drafts()[0]?.lines.length, event.lines.length - 1);
    simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(receive(rejected(event, others)));
    const all = await inTheEnd(time, () => receive(rejected(event, others)));
    assert.equal(all.problem, null);
    assert.deepEqual(simulator.observer.drafts(), []);
    const late = await credit(accepted(event));
    assert.equal(late.problem?.code, 'inspection-conflict');
    assert.deepEqual(simulator.observer.creditMemos(), []);
  });

  it('R14, R106: goods that nobody announced get their draft when they arrive, or are waited for', async () => {
    const { receive, credit, simulator, order } = await bcBench();
    const event = { ...returnOf(order()), topic: 'return.received' as const };
    await assert.rejects(receive(event), isBlocked('credit-missing'));
    const outcome = await receive(event, { unannounced: POLICY });
    assert.equal(outcome.documents[0]?.kind, 'return-order');
    assert.equal(simulator.observer.drafts().length, 1);
    assert.equal((await credit(accepted(event))).problem, null);
    assert.equal(simulator.observer.creditMemos().length, 1);
  });

  it('one accepted and one rejected: credited without the rejected one', async () => {
    const { simulator, receive, credit, event, sold } = await announced(
      {},
      (order) => order.lines.length === 2,
    );
    const [first, second] = event.lines;
    assert.ok(first && second);
    await receive(rejected(event, [second]));
    assert.equal((await credit(accepted(event, [first]))).problem, null);
    assert.equal(simulator.observer.creditMemos()[0]?.gross, sold.lines[0]?.amountMinor);
    assert.deepEqual(simulator.observer.drafts(), []);
  });

  it('a draft that was posted by hand is not touched by a rejection: the way to reverse it is told (B-9)', async () => {
    const bench = await announced();
    await byHand(
      bench,
      `salesCreditMemos(${bench.simulator.observer.drafts()[0]?.id ?? ''})/Microsoft.NAV.post`,
    );
    const outcome = await bench.receive(rejected(bench.event));
    assert.equal(outcome.problem?.code, 'document-conflict');
    assert.match(outcome.problem.what, /reversed by a sales invoice/);
  });

  it('a fee is charged with the last goods, and told where none are left', async () => {
    const bench = await bcBench();
    const sold = bench.order((order) => order.lines.length === 2);
    const fee = line({
      id: 'fee',
      kind: 'fee',
      sku: 'restocking',
      orderLineId: null,
      price: money(200, 'USD'),
    });
    const base = returnOf(sold);
    const event = { ...base, lines: [...base.lines, fee] };
    const table = mappings({ fee: [{ fee: 'restocking', item: 'RETFEE' }] });
    await bench.announce(event, { ...POLICY, mappings: table });
    const [first] = base.lines;
    assert.ok(first);
    assert.equal((await bench.credit(accepted(event, [first]))).problem, null);
    const last = await bench.credit(accepted(event));
    assert.equal(last.problem, null, JSON.stringify(last.problem));
    const memos = bench.simulator.observer.creditMemos();
    assert.equal(
      memos.reduce((sum, { gross }) => sum + gross, 0),
      totalOf(sold) - 200,
    );
  });
});

function unitsAt(simulator: BcBench['simulator'], location: string): number {
  return simulator.observer
    .stock()
    .filter((row) => row.location === location)
    .reduce((sum, row) => sum + row.quantity, 0);
}

function isBlocked(code: string): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof LedgerError, String(thrown));
    assert.deepEqual([thrown.code, thrown.class], [code, 'state-blocked']);
    return true;
  };
}

/** What a person does in Business Central, or another app. */
async function byHand(bench: BcBench, path: string, method: 'POST' | 'DELETE' = 'POST'): Promise<void> {
  await bench.write(method, path);
}
