import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unrefundedCredits } from '../../../nodes/d365/unrefunded-credits';
import { returnKey, type ReturnEvent } from '../../../nodes/returns/event';
import { money } from '../../../nodes/returns/money';
import { createWorld } from '../../../nodes/sandbox/world';
import { returnOf } from '../../support/bc-bench';
import { deliver, exceptionOf, messageOf, sentOf } from '../../support/brightpearl-nodes';
import { BC_POST, FSCM_CREDIT, FSCM_CREDIT_CHECKS, FSCM_REFUND } from '../../support/d365-call-sequences';
import {
  acceptedAs,
  bcRig,
  failureOf,
  fscmRig,
  outcomeOf,
  told,
  type ProductRig,
} from '../../support/d365-product-rig';
import { intake, newEvent } from '../../support/events';
import { GateRig } from '../../support/gate-rig';

type AnyRig = ProductRig<never> | ProductRig;
type FscmRig = Awaited<ReturnType<typeof fscmRig>>;

/** An accepted return of all goods of an order; in Finance & SCM they are registered. */
async function accepted<Rig extends AnyRig>(
  rig: Rig,
  change: Partial<ReturnEvent> = {},
): Promise<{ rig: Rig; ok: ReturnEvent; units: number; total: number }> {
  const sold = rig.order();
  const of = returnOf(sold, change);
  assert.equal(outcomeOf(await rig.announce(of)), 'posted');
  await rig.store.accept(intake([newEvent(of)], { source: 'elsewhere' }));
  const fscm = rig.connector.product === 'fscm';
  const ok = acceptedAs(of, fscm ? 'Resellable' : null);
  if (fscm) assert.equal((await rig.receive(ok, { when: 'return.accepted' })).problem, null);
  rig.calls();
  const units = sold.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const total = sold.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return { rig, ok, units, total };
}

/** What the platform says an order was paid with. */
function paidWith(methodId: string, minor: number, reference = 'pi-77'): Partial<ReturnEvent> {
  return { payments: [{ methodId, reference, amount: money(minor, 'USD') }] };
}

async function unrefunded({ store }: AnyRig): Promise<number[]> {
  const open: number[] = [];
  for await (const one of unrefundedCredits(store)) open.push(one.open.minor);
  return open;
}

const writesIn = (calls: readonly string[]): string[] => calls.filter((call) => !call.startsWith('GET '));

describe('C1 row 2 (Happy Returns: the refund fails, its payment method is unmapped)', () => {
  const credited = async (
    payment: Partial<ReturnEvent>,
  ): Promise<Awaited<ReturnType<typeof accepted<FscmRig>>>> => {
    const one = await accepted(await fscmRig(), payment);
    assert.equal((await one.rig.credit(one.ok)).problem, null);
    one.rig.calls();
    return one;
  };

  it('C1 row 2, Finance & SCM: a method without a row is finance’s before anything is written, and is refunded once with one', async () => {
    const { rig, ok, total } = await credited(paidWith('klarna', 50_000_00));
    const { problem } = await rig.refund(ok);
    assert.equal(told(problem), 'payment-method-unmapped, finance');
    const calls = rig.calls();
    assert.ok(calls.includes('GET CustomerPaymentMethods'));
    assert.ok(calls.includes('GET CallCenterSalesOrderCustomerPayments'));
    assert.ok(calls.includes('GET SalesOrderHeadersV4'));
    assert.deepEqual(writesIn(calls), []);
    assert.deepEqual([rig.refunded(), await unrefunded(rig)], [[], [total]]);
    const methods = new Map([['klarna', 'BANK']]);
    assert.equal((await rig.refund(ok, { methods })).problem, null);
    assert.deepEqual(rig.writes(), FSCM_REFUND);
    assert.deepEqual((await rig.refund(ok, { methods })).made, []);
    assert.deepEqual([rig.writes(), rig.refunded(), await unrefunded(rig)], [[], [total], []]);
    const [refund] = rig.simulator.observer.refunds();
    const [credit] = rig.simulator.observer.creditNotes();
    assert.deepEqual(
      [refund?.method, refund?.settled.map(({ invoice }) => invoice)],
      ['BANK', [credit?.number]],
    );
  });

  it('C1 row 2, Finance & SCM: a method that the ERP lacks and a card number are never sent', async () => {
    const { rig, ok } = await credited({});
    const told_ = async (methods: Record<string, string>, of = ok): Promise<string> =>
      told((await rig.refund(of, { methods: new Map(Object.entries(methods)) })).problem);
    assert.equal(
      await told_({ klarna: 'NOPE' }, { ...ok, ...paidWith('klarna', 50_000_00) }),
      'payment-method-unmapped, finance',
    );
    assert.equal(
      await told_({ visa: 'CARD' }, { ...ok, ...paidWith('visa', 50_000_00, '4111111111111111') }),
      'payment-method-unmapped, finance',
    );
    assert.deepEqual(rig.writes(), []);
    assert.deepEqual(rig.simulator.observer.refunds(), []);
  });

  it('C1 row 2, Finance & SCM: a card is not refunded by check, and two payments go back as they were paid', async () => {
    const world = createWorld({ seed: 3, orders: 60 });
    const order = world.orders.find(({ lines }) => lines.length > 1);
    assert.ok(order);
    order.payments = [
      { tender: 'GIFT', type: 'GiftCard', reference: 'GC-REF-1', amountMinor: 3000 },
      { tender: 'VISA', type: 'CreditCard', reference: 'CARD-REF-2', amountMinor: 1_000_000 },
    ];
    const { rig, ok, total } = await accepted(await fscmRig({ world, callCenter: true }));
    await rig.credit(ok);
    rig.calls();
    const row = (visa: string): Map<string, string> =>
      new Map([
        ['VISA', visa],
        ['GIFT', 'GIFT'],
      ]);
    const { problem } = await rig.refund(ok, { methods: row('CHECK') });
    assert.equal(told(problem), 'payment-method-unmapped, finance');
    assert.match(problem?.what ?? '', /CHECK is of type Check/);
    assert.deepEqual(rig.writes(), []);
    assert.equal((await rig.refund(ok, { methods: row('CARD') })).problem, null);
    assert.deepEqual(rig.refunded(), [3000, total - 3000]);
  });

  it('C1 row 2, Finance & SCM: a refund that the call center declined is finance’s, and is taken over once it is paid', async () => {
    const { rig, ok, total } = await accepted(await fscmRig({ callCenter: true }));
    const { operator, observer } = rig.simulator;
    const number = observer.returnOrders()[0]?.number ?? '';
    operator.completeOrder(number);
    operator.declinePayment(number);
    await rig.credit(ok);
    rig.calls();
    const { problem } = await rig.refund(ok, { route: 'call-center' });
    assert.equal(told(problem), 'refund-declined, finance');
    assert.ok(rig.calls().includes('GET CallCenterSalesOrderCustomerPayments'));
    // The processor takes it after all.
    rig.simulator.change(
      'CallCenterSalesOrderCustomerPayments',
      ({ SalesOrderId }) => SalesOrderId === number,
      {
        Status: 'Paid',
        PostedAmount: -total / 100,
      },
    );
    assert.equal((await rig.refund(ok, { route: 'call-center' })).made.length, 1);
    assert.deepEqual((await rig.refund(ok, { route: 'call-center' })).made, []);
    assert.deepEqual([rig.writes(), await unrefunded(rig)], [[], []]);
  });

  it('C1 row 2, Business Central: a refund is outside its API, so finance is asked with number and amount, without a call', async () => {
    const { rig, ok, total } = await accepted(await bcRig());
    await rig.credit(ok);
    rig.calls();
    const { problem } = await rig.refund(ok);
    assert.equal(told(problem), 'payment-method-unmapped, finance');
    const [memo] = rig.simulator.observer.creditMemos();
    assert.ok(memo && problem?.what.includes(memo.number));
    assert.deepEqual([rig.calls(), await unrefunded(rig)], [[], [total]]);
    // The check of the mappings: which methods are there.
    const found = await rig.connector.existing?.('payment method', ['CARD', 'KLARNA']);
    assert.deepEqual([...(found ?? [])], ['CARD']);
    assert.deepEqual(rig.calls(), ['GET paymentMethods']);
    assert.deepEqual(rig.credited(), [total]);
  });
});

describe('C1 row 5 (Swap: refund done but credit note failed)', () => {
  /** A gate that confirms refunds, on the store of a rig. */
  async function gateOf(
    rig: AnyRig,
    ok: ReturnEvent,
  ): Promise<{ gate: GateRig; look: () => Promise<string[]> }> {
    const start = new Date(rig.time.now).toISOString();
    const gate = await GateRig.open({ confirm: true }, { store: rig.store, start });
    await gate.keeper.take({ ...ok, id: `${ok.id}_at_the_gate` });
    return {
      gate,
      look: async () => {
        await gate.keeper.work();
        return gate.out();
      },
    };
  }

  it('C1 row 5, Finance & SCM: no refund and no confirmation before the credit note is read back, then each once', async () => {
    const { rig, ok, total } = await accepted(await fscmRig());
    const { operator, observer } = rig.simulator;
    const number = observer.returnOrders()[0]?.number ?? '';
    const { gate, look } = await gateOf(rig, ok);
    assert.deepEqual(await look(), ['accepted']);
    operator.stopOrder(number);
    const soon = { ...rig.connector.waitLimits, stateFirstMs: 1 };
    Object.defineProperty(rig.connector, 'waitLimits', { value: soon });
    const node = rig.node('d365-credit-note', {
      refund: 'journal',
      journalName: 'RETREFUND',
      methods: [{ paid: 'card', refund: 'CARD' }],
    });
    const { sent, attempts } = await deliver(rig, node, ok, async () => {
      assert.deepEqual([rig.writes(), rig.refunded(), await look()], [[], [], []]);
      operator.resumeOrder(number);
    }).finally(() => node.end());
    assert.equal(attempts, 2);
    assert.equal(sentOf(sent).passed.length, 1);
    const writes = rig.writes();
    assert.deepEqual(writes, ['POST postReturnPackingSlip', 'POST postReturnInvoice', ...FSCM_REFUND]);
    assert.deepEqual([rig.credited(), rig.refunded()], [[total], [total]]);
    assert.deepEqual([await look(), await look()], [['refund'], []]);
    // Number and voucher of the credit stand with the refund.
    const documents = await rig.store.documentsOf(returnKey(ok));
    const credit = documents.find(({ kind }) => kind === 'credit-note');
    const refund = documents.find(({ kind }) => kind === 'refund-journal');
    assert.equal(refund?.references['credit'], credit?.number);
    assert.equal(credit?.references['voucher'] ?? credit?.id, observer.creditNotes()[0]?.voucher);
    await gate.end();
  });

  it('C1 row 5, Finance & SCM: a credit that never comes is told by the gate to finance', async () => {
    const { rig, ok } = await accepted(await fscmRig());
    rig.simulator.operator.stopOrder(rig.simulator.observer.returnOrders()[0]?.number ?? '');
    const { gate, look } = await gateOf(rig, ok);
    assert.deepEqual(await look(), ['accepted']);
    const wait = await failureOf(rig.credit(ok));
    assert.equal(told(wait), 'order-locked, customer service');
    assert.deepEqual(rig.calls(), [...FSCM_CREDIT_CHECKS]);
    await gate.passes(25 * 3_600_000);
    assert.deepEqual(await gate.out(), ['credit-overdue']);
    assert.deepEqual([rig.credited(), rig.refunded()], [[], []]);
    await gate.end();
  });

  it('C1 row 5, Business Central: no confirmation before the memo has its posted number, then one', async () => {
    const { rig, ok, total } = await accepted(await bcRig());
    const { gate, look } = await gateOf(rig, ok);
    assert.deepEqual(await look(), ['accepted']);
    const [draft] = rig.simulator.observer.drafts();
    assert.ok(draft);
    rig.simulator.change('customers', { number: draft.customer }, { blocked: 'All' });
    const node = rig.node('d365-credit-note');
    const { held } = sentOf((await node.take(messageOf(ok))).sent);
    assert.deepEqual(
      [exceptionOf(held[0]).code, exceptionOf(held[0]).owner],
      ['customer-on-hold', 'finance'],
    );
    assert.deepEqual([await look(), rig.credited()], [[], []]);
    rig.simulator.change('customers', { number: draft.customer }, { blocked: ' ' });
    rig.calls();
    const { passed } = sentOf((await node.take(messageOf(ok))).sent);
    await node.end();
    assert.equal(passed.length, 1);
    assert.deepEqual(rig.calls(), BC_POST);
    assert.deepEqual([await look(), await look(), rig.credited()], [['refund'], [], [total]]);
    assert.notEqual(rig.simulator.observer.creditMemos()[0]?.number, draft.number);
    await gate.end();
  });
});

describe('C1 row 7 (ZigZag: refund at the first carrier scan, stock later)', () => {
  const EARLY = ['return.in_transit', 'return.refunded', 'return.received'] as const;

  it('C1 row 7, Finance & SCM: neither scan, refund nor receipt credits anything; acceptance does, once', async (t) => {
    const { rig, ok, units, total } = await accepted(await fscmRig());
    const node = rig.node('d365-credit-note');
    t.after(() => node.end());
    const undecided = acceptedAs(ok, null);
    for (const topic of EARLY) {
      const { passed } = sentOf((await node.take(messageOf({ ...undecided, topic }))).sent);
      assert.equal(passed.length, 1);
    }
    assert.deepEqual([rig.calls(), rig.credited()], [[], []]);
    assert.equal((await rig.credit(ok)).problem, null);
    assert.deepEqual(rig.calls(), FSCM_CREDIT);
    await rig.credit(ok);
    assert.deepEqual([rig.writes(), rig.credited(), rig.stock()], [[], [total], { MAIN: units }]);
  });

  it('C1 row 7, Finance & SCM: with a credit at the scan, goods that are to come back still wait for their arrival', async (t) => {
    const rig = await fscmRig();
    const of = returnOf(rig.order());
    await rig.announce(of);
    rig.calls();
    const node = rig.node('d365-credit-note', { creditOn: 'on-scan' });
    t.after(() => node.end());
    const { held } = sentOf((await node.take(messageOf({ ...of, topic: 'return.in_transit' }))).sent);
    assert.deepEqual(
      [exceptionOf(held[0]).code, exceptionOf(held[0]).owner],
      ['goods-not-ready', 'warehouse'],
    );
    assert.deepEqual([rig.writes(), rig.credited()], [[], []]);
  });

  it('C1 row 7, Business Central: neither scan, refund nor receipt posts the draft; acceptance does, once, goods and money together', async (t) => {
    const { rig, ok, units, total } = await accepted(await bcRig());
    const node = rig.node('d365-credit-note');
    t.after(() => node.end());
    for (const topic of EARLY) {
      const { passed } = sentOf((await node.take(messageOf({ ...ok, topic }))).sent);
      assert.equal(passed.length, 1);
    }
    assert.deepEqual([rig.calls(), rig.credited(), rig.stock()], [[], [], {}]);
    assert.equal((await rig.credit(ok)).problem, null);
    assert.deepEqual(rig.calls(), BC_POST);
    await rig.credit(ok);
    assert.deepEqual([rig.calls(), rig.credited(), rig.stock()], [[], [total], { RETQC: units }]);
  });
});
