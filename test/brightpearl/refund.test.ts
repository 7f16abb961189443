import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { planRefund, type RefundPolicy } from '../../nodes/brightpearl/plan-refund';
import { bookRefund, type RefundOutcome } from '../../nodes/brightpearl/refund';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { event, line, NOW } from '../support/events';
import {
  brightpearlRig,
  failureOf,
  orderWhere,
  posted,
  returnOf,
  type BrightpearlRig,
} from '../support/brightpearl-rig';

const METHODS = new Map([
  ['GIFT_CARD', 'GIFT_CARD'],
  ['WEB_PAY', 'WEB_PAY'],
]);
const POLICY: RefundPolicy = { methods: METHODS, outcomes: new Set(['original-payment']) };

interface Credited extends BrightpearlRig {
  of: ReturnEvent;
  document: PostedDocument;
  refund: (policy?: Partial<RefundPolicy>) => Promise<RefundOutcome>;
}

/** A credit of a whole order; the fourth of each seven orders was paid with two methods. */
async function credited(index: number): Promise<Credited> {
  const rig = await brightpearlRig();
  const order = rig.world.orders[index];
  assert.ok(order);
  const of = returnOf(order);
  const document = posted(await rig.credit(of));
  const refund: Credited['refund'] = (policy = {}) =>
    bookRefund(of, document, { ...POLICY, ...policy }, rig.connector.with(rig.store));
  return { ...rig, of, document, refund };
}

describe('R89: the refund of a credit', () => {
  it('is booked once, with our reference, after the credit exists', async () => {
    const { simulator, document, refund } = await credited(0);
    const outcome = await refund();
    assert.equal(outcome.outcome, 'booked', JSON.stringify(outcome));
    const [made, ...more] = simulator.observer.payments();
    assert.deepEqual(more, []);
    assert.deepEqual(
      [made?.orderId, made?.type, made?.method, made?.amount, made?.transactionRef],
      [
        Number(document.number),
        'PAYMENT',
        'WEB_PAY',
        -(document.amount?.minor ?? 0),
        document.references['reference'],
      ],
    );
    await refund();
    assert.equal(simulator.observer.payments().length, 1);
  });

  it('an answer that was lost is looked up by reference and method', async () => {
    const { simulator, refund } = await credited(0);
    simulator.dials.dropAfterCommitNext = 1;
    assert.equal((await failureOf(refund())).class, 'ambiguous');
    assert.equal((await refund()).outcome, 'booked');
    assert.equal(simulator.observer.payments().length, 1);
  });

  it('R84: an order paid with two methods gets each back what was paid with it', async () => {
    const { simulator, document, refund } = await credited(3);
    const outcome = await refund();
    assert.equal(outcome.outcome, 'booked', JSON.stringify(outcome));
    const made = simulator.observer.payments();
    const gross = -(document.amount?.minor ?? 0);
    const gift = Math.round(gross * 0.3);
    assert.deepEqual(made.map(({ method, amount }) => [method, amount]).sort(), [
      ['GIFT_CARD', gift],
      ['WEB_PAY', gross - gift],
    ]);
  });

  it('R84: goes on where it was cut off between two methods, and tells of both', async () => {
    const { simulator, store, refund } = await credited(3);
    const complete = store.completeIntent.bind(store);
    store.completeIntent = async (id, made, now) => {
      await complete(id, made, now);
      if (made.references['last'] === 'false') throw new Error('cut off');
    };
    await assert.rejects(refund());
    store.completeIntent = complete;
    const outcome = await refund();
    const again = await refund();
    assert.equal(outcome.outcome === 'booked' && outcome.documents.length, 2);
    assert.equal(again.outcome === 'booked' && again.documents.length, 2);
    assert.equal(simulator.observer.payments().length, 2);
  });

  it('R81: a method without a row blocks the refund, whole, and is never guessed', async () => {
    const { simulator, refund } = await credited(3);
    const outcome = await refund({ methods: new Map([['WEB_PAY', 'WEB_PAY']]) });
    assert.equal(outcome.outcome === 'exception' && outcome.problem.code, 'payment-method-unmapped');
    assert.match(JSON.stringify(outcome), /GIFT_CARD/);
    assert.deepEqual(simulator.observer.payments(), []);
  });

  it('lines of an exchange are credited, not paid back; an outcome nobody named blocks', async () => {
    const rig = await brightpearlRig();
    const order = orderWhere(rig.world, ({ lines }) => lines.length === 2);
    const whole = returnOf(order);
    const of = {
      ...whole,
      lines: whole.lines.map((one, index) => (index === 0 ? { ...one, outcome: 'exchange' } : one)),
    };
    const document = posted(await rig.credit(of));
    const parts = rig.connector.with(rig.store);
    const booked = await bookRefund(of, document, POLICY, parts);
    assert.equal(booked.outcome, 'booked', JSON.stringify(booked));
    assert.equal(rig.simulator.observer.payments()[0]?.amount, order.lines[1]?.amountMinor);
    const odd = { ...of, returnId: 'HRODD', lines: of.lines.map((one) => ({ ...one, outcome: 'points' })) };
    const outcome = await bookRefund(odd, document, POLICY, parts);
    assert.equal(outcome.outcome === 'exception' && outcome.problem.code, 'payment-method-unmapped');
  });
});

describe('never more than was paid, per method', () => {
  const document = (minor: number): PostedDocument => ({
    system: 'brightpearl',
    kind: 'sales-credit',
    number: '9',
    id: '9',
    references: { reference: 'HR-1', salesOrder: '5', amounts: `99000111×${minor}` },
    status: 'open',
    amount: { minor: -minor, currency: 'GBP' },
    postedAt: NOW,
  });

  it('whatever was paid and refunded before: the plan is the credit, or there is none', () => {
    const payment = fc.record({
      type: fc.constantFrom('RECEIPT', 'CAPTURE', 'PAYMENT', 'AUTH', 'VOID'),
      method: fc.constantFrom('WEB_PAY', 'GIFT_CARD', 'CHEQUE'),
      minor: fc.integer({ min: 0, max: 100_00 }),
    });
    fc.assert(
      fc.property(fc.array(payment, { maxLength: 8 }), fc.integer({ min: 1, max: 200_00 }), (paid, due) => {
        const payments = paid.map(({ type, method, minor }, index) => ({
          id: index + 1,
          orderId: 5,
          type,
          method,
          amount: (minor / 100).toFixed(2),
          currency: 'GBP',
          transactionRef: `t${index}`,
        }));
        const planned = planRefund(event({ lines: [line()] }), document(due), payments, POLICY);
        if ('problem' in planned) return;
        assert.equal(
          planned.refunds.reduce((sum, { amount }) => sum + amount.minor, 0),
          due,
        );
        for (const { paid: method, amount } of planned.refunds) {
          const sum = (types: readonly string[]): number =>
            paid
              .filter((one) => one.method === method && types.includes(one.type))
              .reduce((all, { minor }) => all + minor, 0);
          assert.ok(amount.minor <= sum(['RECEIPT', 'CAPTURE']) - sum(['PAYMENT']));
          assert.notEqual(method, 'CHEQUE');
        }
      }),
    );
  });

  it('R84: what was booked with another method counts against what it was paid with', () => {
    const row = { orderId: 5, currency: 'GBP' };
    const payments = [
      { ...row, id: 1, type: 'RECEIPT', method: 'GIFT_CARD', amount: '30.00', transactionRef: 'a' },
      { ...row, id: 2, type: 'RECEIPT', method: 'WEB_PAY', amount: '70.00', transactionRef: 'b' },
      { ...row, id: 3, type: 'PAYMENT', method: 'STORE_CREDIT', amount: '25.00', transactionRef: 'c' },
    ];
    const refunds = (methods: [string, string][]): unknown => {
      const planned = planRefund(event({ lines: [line()] }), document(40_00), payments, {
        ...POLICY,
        methods: new Map(methods),
      });
      assert.ok('refunds' in planned);
      return planned.refunds.map(({ paid, method, amount }) => [paid, method, amount.minor]);
    };
    assert.deepEqual(
      refunds([
        ['GIFT_CARD', 'STORE_CREDIT'],
        ['WEB_PAY', 'WEB_PAY'],
      ]),
      [
        ['GIFT_CARD', 'STORE_CREDIT', 5_00],
        ['WEB_PAY', 'WEB_PAY', 35_00],
      ],
    );
    // One method for both is one payment: a second one under its name would not be booked.
    assert.deepEqual(
      refunds([
        ['GIFT_CARD', 'STORE_CREDIT'],
        ['WEB_PAY', 'STORE_CREDIT'],
      ]),
      [['GIFT_CARD + WEB_PAY', 'STORE_CREDIT', 40_00]],
    );
  });

  it('a refund over what is left is finance’s, with what is left by method', () => {
    const payments = [
      {
        id: 1,
        orderId: 5,
        type: 'RECEIPT',
        method: 'WEB_PAY',
        amount: '50.00',
        currency: 'GBP',
        transactionRef: 'a',
      },
      {
        id: 2,
        orderId: 6,
        type: 'PAYMENT',
        method: 'WEB_PAY',
        amount: '20.00',
        currency: 'GBP',
        transactionRef: 'b',
      },
    ];
    const planned = planRefund(event({ lines: [line()] }), document(40_00), payments, POLICY);
    assert.equal('problem' in planned && planned.problem.code, 'refund-over-paid');
    assert.match(JSON.stringify(planned), /40\.00 GBP to refund, left: WEB_PAY 30\.00 GBP/);
  });
});
