import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesPosted } from '../../nodes/returns/posting-checks';
import { acceptedReturn, creditRig, failureOf, orderWith, type CreditRig } from '../support/d365-credit-rig';

type Made = Awaited<ReturnType<CreditRig['post']>>;

/** A rig with the return order of a whole order, whose goods have arrived. */
async function arrived(
  settings: Parameters<typeof creditRig>[0] = {},
  options: Parameters<typeof creditRig>[1] = {},
): Promise<CreditRig & { of: ReturnType<typeof acceptedReturn>; total: number }> {
  const rig = await creditRig(settings, options);
  const order = orderWith(rig.world, 2);
  const of = acceptedReturn(order);
  await rig.ordered(of);
  for (const { lineId } of order.lines) await rig.arrive(of, lineId);
  rig.asked.length = 0;
  return { ...rig, of, total: -order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0) };
}

const only = ({ documents, problem }: Made): Made['documents'][number] => {
  assert.equal(problem, null, JSON.stringify(problem));
  assert.equal(documents.length, 1);
  const [document] = documents;
  assert.ok(document);
  return document;
};

describe('R87, R105: a credit note of Finance & SCM', () => {
  it('is posted by packing slip and invoice, and read back with its voucher and its lots', async () => {
    const rig = await arrived();
    const document = only(await rig.post(rig.of));
    const [credit, ...more] = rig.simulator.observer.creditNotes();
    assert.ok(credit);
    assert.equal(more.length, 0);
    assert.deepEqual(
      rig.asked.map(({ operation }) => operation),
      ['postReturnPackingSlip', 'postReturnInvoice'],
    );
    const order = rig.order(rig.of);
    assert.equal(document.number, credit.number);
    assert.deepEqual(document.amount, { minor: rig.total, currency: 'USD' });
    const { references } = document;
    assert.equal(references['returnOrder'], order.number);
    assert.equal(references['rma'], order.rma);
    assert.equal(references['voucher'], credit.voucher);
    assert.equal(references['originalOrder'], order.requisition);
    assert.equal(references['company'], 'usrt');
    assert.equal(references['lots'], order.lines.map(({ lot }) => lot).join(' '));
    assert.equal(references['cost'], 'not told by Dynamics 365');
    assert.equal(references['adopted'], undefined);
    for (const { id, quantity } of rig.of.lines) assert.equal(linesPosted(document).get(id), quantity.value);
    assert.deepEqual(
      new Set(order.lines.map(({ packingSlip }) => packingSlip)),
      new Set([references['packingSlip']]),
    );
    assert.equal(order.status, 'Closed');
    assert.equal(references['packingSlip'], `${order.number}-1`, 'our reference is too long for the field');
    assert.equal(rig.asked[0]?.request['PackingSlipId'], references['packingSlip']);
  });

  it('R164, R165: is dated by the event, where the books are kept, and its packing slip alike', async () => {
    const rig = await arrived();
    const of = { ...rig.of, occurredAt: '2026-02-18T23:30:00.000Z' };
    const document = only(await rig.post(of, { timeZone: 'Europe/Berlin' }));
    assert.equal(document.references['invoiceDate'], '2026-02-19');
    assert.equal(rig.asked[0]?.request['PackingSlipDate'], '2026-02-19');
    assert.equal(rig.asked[1]?.request['InvoiceDate'], '2026-02-19');
    assert.equal(rig.simulator.observer.creditNotes()[0]?.date.slice(0, 10), '2026-02-19');
  });

  it('is handed on without a call once it is there', async () => {
    const rig = await arrived();
    await rig.post(rig.of);
    const before = rig.simulator.observer.calls();
    const again = await rig.post(rig.of);
    assert.deepEqual([again.documents.length, again.made.length], [1, 0]);
    assert.equal(rig.simulator.observer.calls(), before);
  });

  it('is one for two messages at once', async () => {
    const rig = await arrived();
    const [one, other] = await Promise.all([rig.post(rig.of), rig.post(rig.of)]);
    assert.equal(one.documents[0]?.number, other.documents[0]?.number);
    assert.equal(rig.simulator.observer.creditNotes().length, 1);
    assert.equal(one.made.length + other.made.length, 1);
  });
});

describe('R87, R93: goods that are not ready are waited for, and no call posts anything', () => {
  const waits: [
    string,
    (rig: CreditRig, of: ReturnType<typeof acceptedReturn>, line: string) => Promise<void>,
    RegExp,
  ][] = [
    ['not arrived', () => Promise.resolve(), /not arrived \(Expected\)/],
    [
      'in quarantine',
      (rig, of, line) => rig.arrive(of, line, undefined, { quarantine: true }),
      /in quarantine/,
    ],
    [
      'registered without a disposition',
      (rig, of, line) => rig.arrive(of, line, undefined, { disposition: '' }),
      /without a disposition code/,
    ],
  ];
  for (const [name, prepare, says] of waits) {
    it(name, async () => {
      const rig = await creditRig();
      const order = orderWith(rig.world, 1);
      const of = acceptedReturn(order, { [order.lines[0]?.lineId ?? '']: 1 });
      await rig.ordered(of);
      await prepare(rig, of, of.lines[0]?.id ?? '');
      rig.asked.length = 0;
      const error = await failureOf(rig.post(of));
      assert.deepEqual([error.code, error.class], ['goods-not-ready', 'state-blocked']);
      assert.match(error.message, says);
      assert.deepEqual(rig.asked, []);
    });
  }

  it('no return order is there yet', async () => {
    const rig = await creditRig();
    const error = await failureOf(rig.post(acceptedReturn(orderWith(rig.world, 1))));
    assert.equal(error.code, 'goods-not-ready');
  });

  it('goods from quarantine are credited when it has ended', async () => {
    const rig = await creditRig();
    const order = orderWith(rig.world, 1);
    const of = acceptedReturn(order, { [order.lines[0]?.lineId ?? '']: 1 });
    await rig.ordered(of);
    await rig.arrive(of, of.lines[0]?.id ?? '', undefined, { quarantine: true });
    const posted = await rig.postInTheEnd(of, {}, () => {
      rig.simulator.operator.endQuarantine(rig.order(of).lines[0]?.lot ?? '', { disposition: 'CREDIT' });
    });
    assert.equal(posted.documents.length, 1);
  });

  it('R94: what goes to the customer again is not credited', async () => {
    const rig = await creditRig();
    const order = orderWith(rig.world, 1);
    const of = acceptedReturn(order, { [order.lines[0]?.lineId ?? '']: 1 });
    await rig.ordered(of);
    await rig.arrive(of, of.lines[0]?.id ?? '', undefined, { disposition: 'BACK' });
    const posted = await rig.post(of);
    assert.deepEqual([posted.documents, posted.problem], [[], null]);
    assert.deepEqual(rig.simulator.observer.creditNotes(), []);
  });

  it('what is registered and not accepted is never credited along', async () => {
    const rig = await creditRig();
    const order = orderWith(rig.world, 2);
    const of = acceptedReturn(order);
    await rig.ordered(of);
    for (const { lineId } of order.lines) await rig.arrive(of, lineId);
    const [first, ...rest] = of.lines;
    assert.ok(first);
    const error = await failureOf(rig.post({ ...of, lines: [first] }));
    assert.match(error.message, /not accepted yet, and would be credited as well/);
    assert.deepEqual(rig.simulator.observer.creditNotes(), []);
    // The other half is accepted by an event of its own: together they are free to go.
    const posted = await rig.post({ ...of, lines: rest });
    assert.equal(posted.documents.length, 1);
    assert.equal(rig.order(of).status, 'Closed');
    const first2 = await rig.post({ ...of, lines: [first] });
    assert.deepEqual([first2.documents.length, first2.made.length], [1, 0]);
  });

  it('more pieces than the return order holds are somebody’s to look at', async () => {
    const rig = await creditRig();
    const order = orderWith(rig.world, 1, 2);
    const id = order.lines[0]?.lineId ?? '';
    const of = acceptedReturn(order, { [id]: 1 });
    await rig.ordered(of);
    await rig.arrive(of, id);
    const posted = await rig.post(acceptedReturn(order, { [id]: 2 }));
    assert.equal(posted.problem?.code, 'return-grown');
    assert.deepEqual(rig.simulator.observer.creditNotes(), []);
  });
});

describe('R83, R163: what D365 would refuse is known before a call', () => {
  const stops: [string, (rig: CreditRig, of: ReturnType<typeof acceptedReturn>) => void, string][] = [
    [
      'a customer on hold',
      ({ simulator }) => simulator.change('CustomersV3', () => true, { OnHoldStatus: 'Invoice' }),
      'customer-on-hold',
    ],
    [
      'a stopped return order',
      (rig, of) => rig.simulator.operator.stopOrder(rig.order(of).number),
      'order-locked',
    ],
  ];
  for (const [name, stop, code] of stops) {
    it(name, async () => {
      const rig = await arrived();
      stop(rig, rig.of);
      const error = await failureOf(rig.post(rig.of));
      assert.deepEqual([error.code, error.class], [code, 'state-blocked']);
      assert.deepEqual(rig.asked, []);
    });
  }

  it('a closed period, which is deferred with the day that it belongs to', async () => {
    const rig = await arrived();
    rig.simulator.operator.setPeriod('2026-02-20', 'Closed');
    const document = only(await rig.post(rig.of));
    const { references } = document;
    assert.deepEqual(
      [references['invoiceDate'], references['postingDay'], references['deferredFrom']],
      ['2026-03-01', '2026-03-01', '2026-02-20'],
    );
    assert.equal(references['packingSlipDate'], '2026-03-01');
  });

  it('a closed period, which is finance’s', async () => {
    const rig = await arrived();
    rig.simulator.operator.setPeriod('2026-02-20', 'Closed');
    const posted = await rig.post(rig.of, { closedPeriod: 'park' });
    assert.equal(posted.problem?.code, 'period-closed');
    assert.deepEqual(rig.asked, []);
  });

  it('a period that is closed while the credit is under way is found by what the service says', async () => {
    const rig = await arrived();
    await rig.connector.closedUntil();
    rig.simulator.operator.setPeriod('2026-02-20', 'Closed');
    const error = await failureOf(rig.post(rig.of));
    assert.deepEqual([error.code, error.class], ['period-closed', 'state-blocked']);
    const document = only(await rig.post(rig.of));
    assert.equal(document.references['deferredFrom'], '2026-02-20');
  });
});

describe('R57, R58: the credit note is held against the sale', () => {
  const taxed = {
    tax: { percent: 7.25, byItemTaxGroup: {}, included: false, rounding: 'line' as const },
  };

  it('agrees with it, tax and all', async () => {
    const rig = await arrived({}, taxed);
    const document = only(await rig.post(rig.of));
    assert.equal(document.references['rounding'], undefined);
    assert.equal(document.references['taxCheck'], undefined);
    assert.match(document.references['tax'] ?? '', /^-\d+\.\d\d USD$/);
    assert.notEqual(document.references['tax'], '0.00 USD');
  });

  it('a difference within the tolerance is a notice, above it finance is told, and the credit stands', async () => {
    for (const [toleranceMinor, code] of [
      [100_000, undefined],
      [0, 'amount-mismatch'],
    ] as const) {
      const rig = await arrived({}, taxed);
      const { requisition } = rig.order(rig.of);
      let done = false;
      rig.simulator.change(
        'SalesInvoiceV4Lines',
        (row) => {
          const first = !done && String(row['InvoiceNumber']) === `INV-${requisition}`;
          done = done || first;
          return first;
        },
        { LineTotalTaxAmount: 0 },
      );
      const posted = await rig.post(rig.of, { toleranceMinor });
      assert.equal(posted.problem?.code, code);
      assert.equal(posted.documents.length, 1);
      if (code === undefined)
        assert.match(posted.documents[0]?.references['rounding'] ?? '', /tax .* meant, .* posted/);
      else
        assert.ok(
          posted.problem?.lines.some(
            ({ field, expected, received }) => field === 'tax' && expected !== received,
          ),
        );
      // A person has looked at it: nothing is posted a second time.
      const again = await rig.post(rig.of);
      assert.deepEqual([again.problem, again.made.length], [null, 0]);
    }
  });

  it('a line that somebody has changed in D365 is told with both figures', async () => {
    const rig = await arrived();
    const [lot] = rig.order(rig.of).lines;
    rig.simulator.change('ReturnOrderLinesV2', (row) => row['ReturnInventoryLotId'] === lot?.lot, {
      LineAmount: (lot?.amount ?? 0) - 1,
    });
    const { problem } = await rig.post(rig.of);
    assert.equal(problem?.code, 'amount-mismatch');
    assert.deepEqual(
      problem.lines.map(({ field }) => field),
      ['goods', 'total', 'line'],
    );
  });

  it('R170: a charge of D365 is held against the platform’s fee', async () => {
    const charges = { byReason: {}, byDisposition: { CREDIT: 3 } };
    const told = await arrived({}, { charges });
    const { problem } = await told.post(told.of);
    assert.deepEqual(
      problem?.lines.map(({ field }) => field),
      ['total'],
    );
    const agreed = await arrived({}, { charges });
    const [first] = agreed.of.lines;
    assert.ok(first);
    const lots = agreed.order(agreed.of).lines.length;
    const fee = {
      ...first,
      id: 'fee-1',
      kind: 'fee' as const,
      sku: 'RETURN-FEE',
      quantity: { ...first.quantity, value: 1 },
      price: { minor: 300 * lots, currency: 'USD' },
    };
    only(await agreed.post({ ...agreed.of, lines: [...agreed.of.lines, fee] }));
  });
});
