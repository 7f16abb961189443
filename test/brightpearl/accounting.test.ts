import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  invoiceCredit,
  type InvoiceOutcome,
  type InvoicePolicy,
} from '../../nodes/brightpearl/invoice-credit';
import { closedUntil, postingDay } from '../../nodes/brightpearl/posting-day';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { formatMoney, negateMoney } from '../../nodes/returns/money';
import { deferredCredits } from '../../nodes/runtime/deferred-credits';
import {
  brightpearlRig,
  connectorTo,
  failureOf,
  orderWhere,
  posted,
  problemOf,
  returnOf,
  writesOf,
  type BrightpearlRig,
  type RigOptions,
} from '../support/brightpearl-rig';

const POLICY: InvoicePolicy = { closedPeriod: 'defer', authorisedStatus: null, authoriseUpTo: null };

interface Credited extends BrightpearlRig {
  of: ReturnEvent;
  document: PostedDocument;
  invoice: (policy?: Partial<InvoicePolicy>) => Promise<InvoiceOutcome>;
}

async function credited(options: RigOptions = {}): Promise<Credited> {
  const rig = await brightpearlRig(options);
  const of = returnOf(orderWhere(rig.world, () => true));
  const document = posted(await rig.credit(of));
  const invoice: Credited['invoice'] = (policy = {}) =>
    invoiceCredit(of, document, { ...POLICY, ...policy }, rig.connector.with(rig.store));
  return { ...rig, of, document, invoice };
}

function invoiceOf(outcome: InvoiceOutcome): PostedDocument {
  assert.equal(outcome.outcome, 'invoiced', JSON.stringify(outcome));
  return outcome.document;
}

describe('invoicing a credit: asked once, done later', () => {
  it('is read back until accounting has its number, and stands in the ledger once', async () => {
    const { simulator, document, invoice } = await credited();
    simulator.dials.closeAfterMs = 1500;
    const made = invoiceOf(await invoice());
    assert.match(made.number, /^SC-/);
    assert.deepEqual(
      simulator.observer.ledger().map(({ orderId, gross }) => [orderId, gross]),
      [[Number(document.number), -(document.amount?.minor ?? 0)]],
    );
    const before = simulator.observer.calls();
    assert.deepEqual(invoiceOf(await invoice()), made);
    assert.equal(simulator.observer.calls(), before);
  });

  it('waits while it is pending, and closes again where accounting failed (safe to repeat)', async () => {
    const { simulator, invoice } = await credited();
    simulator.dials.closeFailsNext = 1;
    const failure = await failureOf(invoice());
    assert.deepEqual([failure.code, failure.class], ['credit-not-invoiced', 'state-blocked']);
    invoiceOf(await invoice());
    assert.equal(simulator.observer.ledger().length, 1);
  });

  it('an answer that was lost is no second posting', async () => {
    const { simulator, invoice } = await credited();
    simulator.dials.dropAfterCommitNext = 1;
    assert.equal((await failureOf(invoice())).class, 'ambiguous');
    await simulator.observer.settled();
    invoiceOf(await invoice());
    assert.equal(simulator.observer.ledger().length, 1);
  });
});

describe('R114: statuses that need authorisation', () => {
  const account: RigOptions = { closeRefusedInStatuses: [20, 21] };

  it('the flow moves the credit through the status where the policy allows', async () => {
    const { simulator, invoice } = await credited(account);
    invoiceOf(await invoice({ authorisedStatus: 22 }));
    assert.equal(simulator.observer.ledger().length, 1);
    assert.equal(writesOf(simulator)['PUT /order-service/order/{id}/status'], 1);
  });

  it('or reports why not: over the amount, and where nothing is set', async () => {
    const { simulator, document, invoice } = await credited(account);
    const over = await invoice({ authorisedStatus: 22, authoriseUpTo: '0.01' });
    assert.equal(over.outcome === 'exception' && over.problem.code, 'credit-needs-authorisation');
    assert.match(
      JSON.stringify(over),
      new RegExp(`sales credit ${document.number} over .* the flow may pass 0.01 GBP`),
    );
    const unset = await invoice();
    assert.equal(unset.outcome === 'exception' && unset.problem.code, 'credit-needs-authorisation');
    assert.equal(simulator.observer.ledger().length, 0);
    // A person gives the word in Brightpearl, and it goes on.
    await invoice({ authorisedStatus: 22 });
    assert.equal(simulator.observer.ledger().length, 1);
  });
});

describe('R163, R164: closed periods', () => {
  it('deferred: taxed on the first open day, with the day it belongs to kept', async () => {
    const rig = await brightpearlRig();
    rig.simulator.dials.periodLockedUntil = '2026-02-28';
    const of = returnOf(orderWhere(rig.world, () => true));
    const document = posted(await rig.credit(of));
    assert.deepEqual(
      [document.references['postingDay'], document.references['deferredFrom']],
      ['2026-03-01', '2026-02-20'],
    );
    const outcome = await invoiceCredit(of, document, POLICY, rig.connector.with(rig.store));
    invoiceOf(outcome);
    assert.equal(rig.simulator.observer.ledger()[0]?.taxDate, '2026-03-01');
  });

  it('R166: a credit and an invoice whose answers were lost are still told as deferred, and the credit is listed once', async () => {
    const rig = await brightpearlRig({ periodLockAnswer: 'refuse' });
    const { simulator, time, store, connector } = rig;
    simulator.dials.periodLockedUntil = '2026-02-28';
    const of = returnOf(orderWhere(rig.world, () => true));
    simulator.dials.dropAfterCommitNext = 1;
    await assert.rejects(rig.credit(of));
    const document = posted(await rig.credit(of));
    await simulator.observer.settled();
    assert.equal(document.references['deferredFrom'], '2026-02-20');
    // The books are closed further before it is invoiced, so that it moves on.
    simulator.dials.periodLockedUntil = '2026-03-31';
    time.now += 6 * 60_000;
    simulator.dials.dropAfterCommitNext = 1;
    const invoice = (): ReturnType<typeof invoiceCredit> =>
      invoiceCredit(of, document, POLICY, connector.with(store));
    await assert.rejects(invoice());
    await simulator.observer.settled();
    assert.equal(invoiceOf(await invoice()).references['deferredFrom'], '2026-03-01');
    const range = { from: '2026-02-01', until: '2026-04-30' };
    const listed = await deferredCredits(range, store, connector.connectionId, time);
    const amount = document.amount && formatMoney(negateMoney(document.amount));
    assert.deepEqual(
      listed.rows.map((row) => [row.document, row.amount, row.day, row.postingDay]),
      [[document.number, amount, '2026-02-20', '2026-04-01']],
    );
    assert.deepEqual([listed.count, listed.totals[0]?.amount], [1, amount]);
  });

  it('parked: no call is made that accounting would refuse', async () => {
    const rig = await brightpearlRig();
    rig.simulator.dials.periodLockedUntil = '2026-02-28';
    const of = returnOf(orderWhere(rig.world, () => true));
    const problem = problemOf(await rig.credit(of, { closedPeriod: 'park' }));
    assert.equal(problem.code, 'period-closed');
    assert.match(problem.what, /belongs to 2026-02-20, and the books are closed until 2026-02-28/);
    assert.deepEqual(writesOf(rig.simulator), {});
  });

  it('a period that was closed since the credit was made is seen before it is invoiced', async () => {
    const { simulator, time, invoice } = await credited({ periodLockAnswer: 'refuse' });
    simulator.dials.periodLockedUntil = '2026-02-28';
    time.now += 6 * 60_000;
    const made = invoiceOf(await invoice());
    assert.equal(made.references['deferredFrom'], '2026-02-20');
    assert.equal(simulator.observer.ledger()[0]?.taxDate, '2026-03-01');
  });

  it('the day is that of the books, not of Greenwich', async () => {
    const rig = await brightpearlRig();
    rig.simulator.dials.periodLockedUntil = '2026-02-28';
    const of = { ...returnOf(orderWhere(rig.world, () => true)), occurredAt: '2026-02-28T23:30:00.000Z' };
    const document = posted(await rig.credit(of, { timeZone: 'Europe/Berlin' }));
    assert.equal(document.references['day'], '2026-03-01');
    assert.equal(document.references['deferredFrom'], undefined);
    assert.ok(connectorTo(rig.simulator, rig.time));
  });

  it('the last closed day is told to a batch as it stands in the account', async () => {
    const { connector, simulator, time } = await brightpearlRig({ settings: { lockMinutes: 5 } });
    assert.equal(await connector.closedUntil(), null);
    simulator.dials.periodLockedUntil = '2026-02-28';
    time.now += 5 * 60_000;
    assert.equal(await connector.closedUntil(), '2026-02-28');
    // Read once in its time, however many batches are closed.
    const asked = simulator.observer.calls();
    assert.equal(await connector.closedUntil(), '2026-02-28');
    assert.equal(simulator.observer.calls(), asked);
  });

  it('who set the lock posts before its end, so for them nothing is closed', () => {
    const lock = { until: '2026-02-28', by: 5 };
    assert.deepEqual(
      [closedUntil(lock, 5), closedUntil(lock, 4), closedUntil(lock, null)],
      [null, '2026-02-28', '2026-02-28'],
    );
    assert.equal(closedUntil(null, null), null);
    assert.deepEqual(postingDay('2026-02-28', lock, 'park', 5), { day: '2026-02-28', deferredFrom: null });
  });
});
