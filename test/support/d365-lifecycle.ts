import assert from 'node:assert/strict';
import type { ReturnStates } from '../../scripts/returns-table';
import type { BusinessCentralChanges } from '../../nodes/sandbox/business-central/rehearsal-company';
import type { D365Changes } from '../../nodes/sandbox/d365/rehearsal-environment';
import type { FlowNode } from './rehearsal';

type Returned = ReturnStates['returns'][number];

/** Returns that come to their end, and how many of them are exchanges of one piece. */
const POSTED = 24;
const EXCHANGED = 4;

/** An example that takes returns through everything that either product of Dynamics 365 posts for them. */
export interface Lifecycle {
  /** What the Sandbox calls the product. */
  system: 'd365' | 'businessCentral';
  /** The button that ends the quarantine; null where there is none. */
  inspect: string | null;
  /** Compares what the store knows of the returns with the books of the simulated product: each once, to the penny. */
  check: (states: ReturnStates, books: unknown) => void;
}

export const LIFECYCLES: Readonly<Record<string, Lifecycle>> = {
  'happy-returns-to-d365-full-lifecycle.json': {
    system: 'd365',
    inspect: 'Inspect the quarantine: all sellable',
    check: (states, books) => checkFscm(states, books as D365Changes),
  },
  'happy-returns-to-business-central.json': {
    system: 'businessCentral',
    inspect: null,
    check: (states, books) => checkBusinessCentral(states, books as BusinessCentralChanges),
  },
};

/** The flow as it is, and besides a path that tells what the Sandbox holds. */
export function withBooks(flow: readonly FlowNode[]): FlowNode[] {
  const sandbox = flow.find(({ type }) => type === 'returns-sandbox');
  assert.ok(sandbox);
  const { z } = sandbox;
  const [wires = []] = sandbox['wires'] as string[][];
  const step = (id: string, func: string, to: string): FlowNode => ({
    id,
    type: 'function',
    z,
    func,
    outputs: 1,
    libs: [],
    wires: [[to]],
  });
  return [
    ...flow.map((node) => (node === sandbox ? { ...node, wires: [[...wires, 'booksanswer']] } : node)),
    {
      id: 'booksin',
      type: 'http in',
      z,
      url: '/books/:system',
      method: 'get',
      upload: false,
      wires: [['booksask']],
    },
    step('booksask', "msg.command = 'ledger'; msg.payload = msg.req.params.system; return msg;", sandbox.id),
    step('booksanswer', 'return msg.res ? msg : null;', 'booksout'),
    { id: 'booksout', type: 'http response', z, wires: [] },
  ];
}

export async function booksOf(baseUrl: string, { system }: Lifecycle): Promise<unknown> {
  const answer = await fetch(`${baseUrl}/books/${system}`);
  assert.equal(answer.status, 200);
  return answer.json();
}

/** Kinds of the documents of a return, in the order of the alphabet. */
export function kindsOf({ documents }: Returned): string[] {
  return documents.map(({ kind }) => kind).sort();
}

function checkFscm(states: ReturnStates, books: D365Changes): void {
  const { returnOrders, arrivals, creditNotes, refunds, exchangeOrders, notPosted } = books;
  const posted = finished(states);
  assert.deepEqual(Object.values(notPosted).flat(), []);
  assert.equal(returnOrders.length, POSTED);
  once(returnOrders.map(({ reference }) => reference));
  assert.deepEqual(new Set(returnOrders.map(({ status }) => status)), new Set(['Closed']));
  assert.ok(arrivals.every((journal) => journal.posted));
  once(arrivals.map(({ description }) => description));
  const arrived = new Map<string, number>();
  for (const { lot, quantity } of arrivals.flatMap(({ lines }) => lines))
    arrived.set(lot, (arrived.get(lot) ?? 0) + quantity);
  assert.equal(creditNotes.length, POSTED);
  for (const one of posted) {
    const order = only(returnOrders, ({ number }) => number === numberOf(one, 'return-order'));
    for (const line of order.lines) {
      assert.deepEqual([line.status, arrived.get(line.lot)], ['Invoiced', -line.quantity], line.lot);
    }
    const note = only(creditNotes, ({ returnOrder }) => returnOrder === order.number);
    assert.equal(note.number, numberOf(one, 'credit-note'));
    assert.deepEqual(
      [minor(note.total), minor(note.total)],
      [amountOf(one, 'credit-note'), amountOf(one, 'return-order')],
    );
    const paid = refunds.filter(({ settled }) => settled.some(({ invoice }) => invoice === note.number));
    const [exchange, ...more] = exchangeOrders.filter(({ requisition }) => requisition === order.number);
    assert.deepEqual(more, []);
    if (exchange) {
      // An even exchange moves no money: what was credited stays open against the replacement.
      assert.deepEqual(
        [paid, kindsOf(one)],
        [[], ['credit-note', 'exchange-order', 'item-arrival', 'return-order']],
      );
      assert.equal(exchange.number, numberOf(one, 'exchange-order'));
      assert.equal(amountOf(one, 'exchange-order'), -minor(note.total));
      assert.equal(minor(note.open), minor(note.total));
      assert.notEqual(exchange.lines[0]?.item, order.lines[0]?.itemNumber);
    } else {
      assert.deepEqual(
        paid.map((line) => [line.posted, line.journal, minor(line.amount), line.method]),
        [[true, numberOf(one, 'refund-journal'), -minor(note.total), 'CARD']],
      );
      assert.equal(minor(note.open), 0);
    }
  }
  assert.deepEqual([exchangeOrders.length, refunds.length], [EXCHANGED, POSTED - EXCHANGED]);
}

function checkBusinessCentral(states: ReturnStates, books: BusinessCentralChanges): void {
  const { creditMemos, drafts, exchangeOrders, newInvoices, itemEntries } = books;
  const posted = finished(states);
  assert.deepEqual([drafts, newInvoices], [[], []]);
  assert.deepEqual([creditMemos.length, exchangeOrders.length], [POSTED, EXCHANGED]);
  once([...creditMemos, ...exchangeOrders].map(({ externalNumber }) => externalNumber));
  for (const one of posted) {
    const memo = only(creditMemos, ({ number }) => number === numberOf(one, 'credit-note'));
    assert.equal(memo.draftNumber, numberOf(one, 'return-order'));
    assert.deepEqual(
      [-memo.gross, -memo.gross],
      [amountOf(one, 'credit-note'), amountOf(one, 'return-order')],
    );
    const moved = itemEntries.filter(({ document }) => document === memo.number);
    const units = (rows: readonly { quantity: number }[]): number =>
      rows.reduce((sum, { quantity }) => sum + quantity, 0);
    assert.equal(units(moved), units(memo.lines.filter(({ type }) => type === 'Item')), memo.number);
    assert.deepEqual(new Set(moved.map(({ location }) => location)), new Set(['RETQC']));
    if (!kindsOf(one).includes('exchange-order')) continue;
    const exchange = only(exchangeOrders, ({ number }) => number === numberOf(one, 'exchange-order'));
    assert.deepEqual([exchange.gross, amountOf(one, 'exchange-order')], [memo.gross, memo.gross]);
    assert.notEqual(exchange.lines[0]?.number, memo.lines[0]?.number);
  }
}

/** Returns that are posted; each document is of one of them only. */
function finished({ returns }: ReturnStates): Returned[] {
  const posted = returns.filter(({ documents }) => documents.length > 0);
  assert.equal(posted.length, POSTED);
  assert.equal(posted.filter((one) => kindsOf(one).includes('exchange-order')).length, EXCHANGED);
  once(posted.flatMap(({ documents }) => documents.map(({ kind, number }) => `${kind} ${number}`)));
  return posted;
}

function once(names: readonly string[]): void {
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  );
}

function only<T>(all: readonly T[], wanted: (one: T) => boolean): T {
  const [one, ...more] = all.filter(wanted);
  assert.ok(one);
  assert.deepEqual(more, []);
  return one;
}

function numberOf({ documents }: Returned, kind: string): string | undefined {
  return documents.find((document) => document.kind === kind)?.number;
}

function amountOf({ documents }: Returned, kind: string): number | undefined {
  return documents.find((document) => document.kind === kind)?.amount?.minor;
}

function minor(amount: number): number {
  return Math.round(amount * 100);
}
