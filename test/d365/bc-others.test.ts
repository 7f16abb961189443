import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import { buildException } from '../../nodes/returns/exception';
import type { Problem } from '../../nodes/returns/posting-checks';
import type { ReturnOrderOutcome } from '../../nodes/d365/documents';
import { addOrder, type WorldOrder } from '../../nodes/sandbox/world';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import type { BcCalls } from '../../nodes/d365/business-central/client';
import type { DraftRow } from '../../nodes/d365/business-central/draft-rows';
import { creditByOthers, othersPaths } from '../../nodes/d365/business-central/others';
import { quoted } from '../../nodes/d365/fscm/odata';
import { literalsIn, refusedByGrammar } from '../support/odata-grammar';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { accepted, bcBench, bcConnector, codeOf, POLICY, returnOf, type BcBench } from '../support/bc-bench';

const AT = '2026-03-30T10:00:00.000Z';
const oneLine = (order: WorldOrder): boolean => order.lines.length === 1 && order.lines[0]?.quantity === 3;

/** A bench with a sale of three of one item. */
async function soldThree(
  settings: Parameters<typeof bcBench>[1] = {},
  options: Parameters<typeof bcBench>[0] = {},
): Promise<BcBench & { sold: WorldOrder; sku: string; event: ReturnEvent }> {
  const bench = await bcBench(options, settings);
  const sku = bench.world.items.find(({ state }) => state === 'active')?.sku ?? '';
  const sold = addOrder(bench.world, { sku, quantity: 3 });
  assert.ok(oneLine(sold));
  return { ...bench, sold, sku, event: returnOf(sold, {}, 1) };
}

/** The same with a draft for one of the three. */
async function drafted(settings: Parameters<typeof bcBench>[1] = {}): ReturnType<typeof soldThree> {
  const bench = await soldThree(settings);
  assert.equal(codeOf(await bench.announce(bench.event)), 'posted, as meant');
  return bench;
}

/** What the desk holds once a node has parked a problem. */
async function parked({ store }: BcBench, event: ReturnEvent, problem: Problem): Promise<string> {
  const exception = buildException({
    ...problem,
    returnNumber: event.returnNumber,
    orderNumber: event.order.number,
    brand: event.brand,
    raisedBy: 'd365-create-return-order',
    raisedAt: AT,
  });
  const message = JSON.stringify({ topic: event.topic, payload: event });
  const held = await store.parkException(
    { returnKey: returnKey(event), router: 'r', exception, message },
    AT,
  );
  return held.id;
}

function problemOf(outcome: ReturnOrderOutcome): Problem {
  assert.ok(outcome.outcome === 'exception', codeOf(outcome));
  return outcome.problem;
}

/** Calls that write anything. */
function writesTo({ simulator }: BcBench): string[] {
  return simulator.observer
    .recent()
    .filter(({ method, path }) => method !== 'GET' && !/\$batch|oauth2/.test(path))
    .map(({ method, path }) => `${method} ${path}`);
}

describe('R12: a credit that a person gave by hand, before the draft', () => {
  it('is found though it names neither order nor invoice, and told with number, day, item and quantity', async () => {
    const bench = await soldThree();
    const number = bench.simulator.addForeignCreditMemo(bench.sold.number);
    const { code, what, lines } = problemOf(await bench.announce(bench.event));
    assert.equal(code, 'credit-by-others');
    assert.equal(what, `credit memo ${number} of 2026-03-30: 3 × ${bench.sku}`);
    const [line, ...more] = lines;
    assert.deepEqual(more, []);
    assert.deepEqual(
      [line?.lineId, line?.sku, line?.field],
      [bench.sold.lines[0]?.lineId, bench.sku, `credit memo ${number}`],
    );
    assert.match(line?.received ?? '', /^3 × \S+ for \d+\.\d\d USD on 2026-03-30$/);
    assert.deepEqual(writesTo(bench), []);
    assert.deepEqual(bench.simulator.observer.drafts(), []);
  });

  it('is found with a number of the person’s own, with ours of the order, and applied to the sale’s own invoice', async () => {
    for (const external of ['PHONE-1', 'own']) {
      const bench = await soldThree();
      const name = external === 'own' ? bench.sold.number : external;
      const number = bench.simulator.addForeignCreditMemo(bench.sold.number, name);
      bench.simulator.change('salesCreditMemoLines', { lineObjectNumber: bench.sku }, { quantity: 1 });
      assert.equal(problemOf(await bench.announce(bench.event)).code, 'credit-by-others', name);
      const [invoice] = await bench.read(
        `salesInvoices?$filter=externalDocumentNumber eq '${bench.sold.number}'`,
      );
      const invoiceNumber = String(invoice?.['number']);
      bench.simulator.change('salesCreditMemos', { number }, { externalDocumentNumber: '', invoiceNumber });
      assert.equal(problemOf(await bench.announce(bench.event)).code, 'credit-by-others', 'applied');
    }
  });

  it('does not count where it is for something else: applied or named so, cancelled, other goods, long ago', async () => {
    const changes: ((bench: BcBench, number: string, other: string) => void)[] = [
      ({ simulator }, number) =>
        simulator.change('salesCreditMemos', { number }, { invoiceNumber: '103999' }),
      ({ simulator }, number, externalDocumentNumber) =>
        simulator.change('salesCreditMemos', { number }, { externalDocumentNumber }),
      ({ simulator }, number) => simulator.change('salesCreditMemos', { number }, { status: 'Canceled' }),
      ({ simulator }, number) =>
        simulator.change('salesCreditMemos', { number }, { creditMemoDate: '2026-02-17' }),
      ({ simulator, world }) =>
        simulator.change('salesCreditMemoLines', {}, { lineObjectNumber: world.items.at(-1)?.sku ?? '' }),
      ({ simulator }, number) =>
        simulator.change('salesCreditMemos', { number }, { customerNumber: 'SOMEONE' }),
    ];
    for (const [at, change] of changes.entries()) {
      const bench = await soldThree();
      const other = addOrder(bench.world, { sku: bench.sku, quantity: 1, customer: bench.sold.customer });
      const number = bench.simulator.addForeignCreditMemo(bench.sold.number);
      change(bench, number, other.number);
      assert.equal(codeOf(await bench.announce(bench.event)), 'posted, as meant', `case ${at}`);
    }
  });

  it('on the last day that is looked back to, it still counts', async () => {
    const bench = await soldThree();
    const number = bench.simulator.addForeignCreditMemo(bench.sold.number);
    bench.simulator.change('salesCreditMemos', { number }, { creditMemoDate: '2026-02-18' });
    assert.equal(problemOf(await bench.announce(bench.event)).code, 'credit-by-others');
  });

  it('R50: ours do not count, of this sale or of another one of the customer, drafts or posted', async () => {
    const bench = await soldThree();
    const { simulator, announce, credit, sold, sku, event } = bench;
    const other = addOrder(bench.world, { sku, quantity: 1, customer: sold.customer });
    const first = returnOf(other);
    await announce(first);
    assert.equal((await credit(accepted(first))).problem, null);
    await announce(returnOf(sold, { returnId: 'HR-OTHER' }, 1));
    assert.equal(codeOf(await announce(event)), 'posted, as meant');
    assert.equal(simulator.observer.drafts().length, 2);
    assert.equal((await credit(accepted(event))).problem, null);
  });

  it('a variant that the person left out may be ours, another one is not', async () => {
    const { world } = await bcBench();
    const sku = world.items.find(({ state }) => state === 'active')?.sku ?? '';
    const variants = ['RED', 'BLUE'].map((code) => ({ item: sku, code }));
    const bench = await soldThree({}, { world, variants });
    const [red = '', blue = ''] = (await bench.read('itemVariants')).map((row) => String(row['id']));
    bench.simulator.change('salesInvoiceLines', { lineObjectNumber: sku }, { itemVariantId: red });
    bench.simulator.addForeignCreditMemo(bench.sold.number);
    const wear = (itemVariantId: string): number =>
      bench.simulator.change('salesCreditMemoLines', { lineObjectNumber: sku }, { itemVariantId });
    wear(red);
    const { what } = problemOf(await bench.announce(bench.event));
    assert.match(what, new RegExp(`3 × ${sku}/RED$`));
    wear('00000000-0000-0000-0000-000000000000');
    assert.equal(problemOf(await bench.announce(bench.event)).code, 'credit-by-others');
    wear(blue);
    assert.equal(codeOf(await bench.announce(bench.event)), 'posted, as meant');
  });

  it('0 days: nobody is looked for, before the draft or before it is posted', async () => {
    const bench = await soldThree({ bcOthersDays: 0 });
    bench.simulator.addForeignCreditMemo(bench.sold.number);
    assert.equal(codeOf(await bench.announce(bench.event)), 'posted, as meant');
    assert.equal((await bench.credit(accepted(bench.event))).problem, null);
  });

  it('a draft that is there already is taken as ours: the memo stops it when it is to be posted', async () => {
    const bench = await drafted();
    bench.simulator.addForeignCreditMemo(bench.sold.number);
    const again = bcConnector(bench.simulator, bench.time);
    const found = await again.createReturnOrder(bench.event, POLICY, await openMemoryStore());
    assert.equal(codeOf(found), 'posted, as meant');
    assert.equal((await bench.credit(accepted(bench.event))).problem?.code, 'credit-by-others');
  });

  it('costs no call where there is nothing, and one where a memo has a number that may be another sale’s', async () => {
    const bench = await soldThree();
    await bench.connector.ready();
    const before = bench.connector.calls;
    await bench.announce(bench.event);
    assert.equal(bench.connector.calls - before, 4);
    const other = await soldThree();
    other.simulator.addForeignCreditMemo(other.sold.number, 'PHONE-1');
    await other.connector.ready();
    const start = other.connector.calls;
    problemOf(await other.announce(other.event));
    assert.equal(other.connector.calls - start, 3, 'sale, facts, whose number it is');
  });
});

describe('R12: a credit that a person gave by hand, between the draft and its posting', () => {
  it('stops the posting; the draft stays as it was', async () => {
    const bench = await drafted();
    const number = bench.simulator.addForeignCreditMemo(bench.sold.number);
    const { problem, made } = await bench.credit(accepted(bench.event));
    assert.equal(problem?.code, 'credit-by-others');
    assert.match(problem.what, new RegExp(`^credit memo ${number} of 2026-03-30: 3 × `));
    assert.deepEqual(made, []);
    const ours = bench.simulator.observer.creditMemos().filter(({ foreign }) => !foreign);
    assert.deepEqual(ours, []);
    assert.equal(bench.simulator.observer.drafts().length, 1);
  });

  it('is found as well where the goods are accepted long after it was given', async () => {
    const bench = await drafted();
    const number = bench.simulator.addForeignCreditMemo(bench.sold.number);
    bench.simulator.change('salesCreditMemos', { number }, { creditMemoDate: '2026-03-31' });
    const late = { ...accepted(bench.event), occurredAt: '2026-06-20T09:00:00.000Z' };
    assert.equal((await bench.credit(late)).problem?.code, 'credit-by-others');
  });

  it('goods that are credited apart are looked at as well, and other goods are not held up', async () => {
    const bench = await bcBench();
    const sold = bench.order(({ lines }) => lines.length === 2);
    const event = returnOf(sold);
    await bench.announce(event);
    bench.simulator.addForeignCreditMemo(sold.number);
    const [first, second] = event.lines;
    assert.ok(first && second);
    bench.simulator.change(
      'salesCreditMemoLines',
      { documentId: foreignId(bench), lineObjectNumber: second.sku ?? '' },
      { quantity: 0 },
    );
    assert.equal((await bench.credit(accepted(event, [first]))).problem?.code, 'credit-by-others');
    const others = await bcBench();
    await others.announce(event);
    others.simulator.addForeignCreditMemo(sold.number);
    others.simulator.change(
      'salesCreditMemoLines',
      { documentId: foreignId(others), lineObjectNumber: first.sku ?? '' },
      { quantity: 0 },
    );
    assert.equal((await others.credit(accepted(event, [first]))).problem, null);
    assert.equal((await others.credit(accepted(event))).problem?.code, 'credit-by-others');
  });

  it('one that a person posted out of our draft is the credit, whatever else there is', async () => {
    const bench = await drafted();
    const [draft] = bench.simulator.observer.drafts();
    await bench.write('POST', `salesCreditMemos(${draft?.id ?? ''})/Microsoft.NAV.post`);
    bench.simulator.addForeignCreditMemo(bench.sold.number);
    const { problem, documents } = await bench.credit(accepted(bench.event));
    assert.equal(problem, null);
    assert.equal(documents.length, 1);
  });
});

describe('R12: after a person has looked', () => {
  it('a note with the number lets the return go on, at the draft and at its posting, and is not asked for twice', async () => {
    const bench = await soldThree();
    const number = bench.simulator.addForeignCreditMemo(bench.sold.number);
    const id = await parked(bench, bench.event, problemOf(await bench.announce(bench.event)));
    assert.equal(codeOf(await bench.announce(bench.event)), 'credit-by-others', 'resumed without a note');
    const note = (text: string): Promise<void> =>
      bench.store.noteException(id, text, { who: 'anna', at: AT });
    await note('asked the shop');
    await note(`not ${number}1 and not X-${number}`);
    assert.equal(codeOf(await bench.announce(bench.event)), 'credit-by-others', 'another number');
    await note(`Looked at ${number}: goodwill for an older order.`);
    assert.equal(codeOf(await bench.announce(bench.event)), 'posted, as meant');
    await bench.store.closeExceptions(returnKey(bench.event), 'posted', [], AT);
    assert.equal((await bench.credit(accepted(bench.event))).problem, null);
  });

  it('it is for that return and that memo alone', async () => {
    const bench = await soldThree();
    const number = bench.simulator.addForeignCreditMemo(bench.sold.number);
    const id = await parked(bench, bench.event, problemOf(await bench.announce(bench.event)));
    await bench.store.noteException(id, `${number}, an older order`, { who: 'anna', at: AT });
    const another = returnOf(bench.sold, { returnId: 'HR-SECOND' }, 1);
    assert.equal(codeOf(await bench.announce(another)), 'credit-by-others');
    assert.equal(codeOf(await bench.announce(bench.event)), 'posted, as meant');
    const second = bench.simulator.addForeignCreditMemo(bench.sold.number);
    const { problem } = await bench.credit(accepted(bench.event));
    assert.match(problem?.what ?? '', new RegExp(`^credit memo ${second} of [^;]*$`));
  });
});

describe('what is asked', () => {
  it('is one filter by the grammar of OData, whatever the customer’s number is', () => {
    const event = { occurredAt: '2026-03-20T09:00:00.000Z' } as ReturnEvent;
    for (const customer of ["O'HARA", '10 & 20', 'C*']) {
      const [path = '', ...more] = othersPaths(
        { event, reference: 'HR-1-AC-1', customer },
        30,
        '2026-01-05T10:00:00Z',
      );
      assert.deepEqual(more, []);
      // Nested expansions are none that this parser knows.
      const filter = `/salesCreditMemos?${path.split(/[?&]/).find((part) => part.startsWith('$filter=')) ?? ''}`;
      assert.equal(refusedByGrammar(filter), null);
      const literals = literalsIn(filter);
      assert.deepEqual(literals, [quoted(customer), '2026-01-05', quoted('HR-*')]);
    }
    assert.deepEqual(othersPaths({ event, reference: 'HR-1-AC-1', customer: 'C' }, 0), []);
  });

  it('ours that come along, where a star is no wildcard, are left out all the same', async () => {
    const bench = await soldThree();
    const event = returnOf(bench.sold, { returnId: 'HR-OTHER' }, 1);
    await bench.announce(event);
    const [memo] = await bench.read('salesCreditMemos?$expand=salesCreditMemoLines');
    assert.ok(memo);
    const rows = [{ item: bench.sku, variantId: '', fee: false, line: 'l1' }] as DraftRow[];
    const parts = {
      client: {} as BcCalls,
      settings: d365SettingsSchema.parse({ company: 'x' }),
      store: bench.store,
    };
    const about = {
      event,
      reference: 'HR-9',
      customer: bench.sold.customer,
      orderNumber: 'AC-9',
      invoices: [],
    };
    assert.equal(await creditByOthers([memo], rows, about, parts), null);
    const theirs = { ...memo, externalDocumentNumber: '' };
    assert.equal((await creditByOthers([theirs], rows, about, parts))?.code, 'credit-by-others');
  });
});

describe('a return order', () => {
  const services = {
    returnOrder: 'SalesReturnOrder',
    itemUnits: 'ItemUnitsOfMeasure',
    returnReasons: 'ReturnReasons',
    posting: 'ReturnPosting',
  };
  const settings = { bcRoute: 'return-order' } as const;
  const options = { services, version: 29 } as const;

  it('R12: is not made while somebody’s memo is in doubt', async () => {
    const bench = await soldThree(settings, options);
    bench.simulator.addForeignCreditMemo(bench.sold.number);
    assert.equal(codeOf(await bench.announce(bench.event)), 'credit-by-others');
    assert.deepEqual(bench.simulator.observer.returnOrders(), []);
    assert.deepEqual(writesTo(bench), []);
  });

  it('R12: is received, and not credited, where somebody has credited its goods meanwhile', async () => {
    const bench = await soldThree(settings, options);
    const { simulator, event } = bench;
    await bench.announce(event);
    await bench.receive({ ...event, id: `${event.id}_received`, topic: 'return.received' });
    const number = simulator.addForeignCreditMemo(bench.sold.number);
    const { problem } = await bench.credit(accepted(event));
    assert.equal(problem?.code, 'credit-by-others');
    assert.equal(simulator.observer.creditMemos().length, 1);
    const id = await parked(bench, event, problem);
    await bench.store.noteException(id, `${number} is for an older order`, { who: 'anna', at: AT });
    assert.equal((await bench.credit(accepted(event))).problem, null);
    assert.equal(simulator.observer.creditMemos().length, 2);
  });
});

describe('the setting', () => {
  it('is 30 days unless something else is set, and whole', () => {
    const days = (bcOthersDays?: unknown): number =>
      d365SettingsSchema.parse({ company: 'x', bcOthersDays }).bcOthersDays;
    assert.deepEqual([days(), days(''), days('0'), days(365)], [30, 30, 0, 365]);
    for (const wrong of [-1, 1.5, 366, 'many']) assert.throws(() => days(wrong), String(wrong));
  });
});

function foreignId({ simulator }: BcBench): string {
  return simulator.observer.creditMemos().find(({ foreign }) => foreign)?.id ?? '';
}
