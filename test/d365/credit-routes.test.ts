import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { D365Dials } from '../../nodes/sandbox/d365/simulator-types';
import { acceptedReturn, creditRig, failureOf, orderWith, type CreditRig } from '../support/d365-credit-rig';

type Arrived = CreditRig & { of: ReturnType<typeof acceptedReturn> };

async function arrived(
  settings: Parameters<typeof creditRig>[0] = {},
  options: Parameters<typeof creditRig>[1] = {},
): Promise<Arrived> {
  const rig = await creditRig(settings, options);
  const order = orderWith(rig.world, 2);
  const of = acceptedReturn(order);
  await rig.ordered(of);
  for (const { lineId } of order.lines) await rig.arrive(of, lineId);
  rig.asked.length = 0;
  return { ...rig, of };
}

/** Credit notes of the return: number of them, and what they come to. */
function credited({ simulator, order, of }: Arrived): { count: number; total: number } {
  const credits = simulator.observer
    .creditNotes()
    .filter(({ returnOrder }) => returnOrder === order(of).number);
  return {
    count: credits.length,
    total: credits.reduce((sum, { total }) => sum + Math.round(total * 100), 0),
  };
}

const sold = ({ world, of }: Arrived): number =>
  -(world.orders.find(({ number }) => number === of.order.number)?.lines ?? []).reduce(
    (sum, { amountMinor }) => sum + amountMinor,
    0,
  );

describe('R109: an answer that is lost never makes two credit notes, or none', () => {
  const faults: [string, Partial<D365Dials>][] = [
    ['a packing slip whose answer is lost', { dropAfterCommitNext: 1 }],
    ['both answers lost', { dropAfterCommitNext: 2 }],
    ['a packing slip that never arrived', { dropBeforeCommitNext: 1 }],
    ['a service that fails', { serviceFaultNext: 1 }],
    ['a service that fails time after time', { serviceFaultNext: 4 }],
    ['a packing slip that is posted after we gave up', { lateCommitNext: 1, lateCommitMs: 30_000 }],
    ['both of them posted after we gave up', { lateCommitNext: 2, lateCommitMs: 30_000 }],
    ['a gateway that is away', { unavailableNext: 3 }],
    ['too many calls', { throttleNext: 2 }],
  ];
  for (const [name, dials] of faults) {
    it(name, async () => {
      const rig = await arrived();
      Object.assign(rig.simulator.dials, dials);
      const posted = await rig.postInTheEnd(rig.of);
      assert.equal(posted.problem, null);
      assert.equal(posted.documents[0]?.references['adopted'], undefined);
      await rig.simulator.observer.settled();
      assert.deepEqual(credited(rig), { count: 1, total: sold(rig) });
    });
  }

  it('a look-up waits until the settle time is over', async () => {
    const rig = await arrived({ settleSeconds: 90 });
    rig.simulator.dials.dropAfterCommitNext = 1;
    const began = rig.time.now;
    assert.equal((await failureOf(rig.post(rig.of))).class, 'ambiguous');
    await rig.postInTheEnd(rig.of);
    assert.ok(rig.time.now - began >= 90_000);
  });

  it('a random course of faults and arrivals ends with the same money', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          dropAfterCommitNext: fc.nat(2),
          dropBeforeCommitNext: fc.nat(2),
          serviceFaultNext: fc.nat(2),
          updateConflictNext: fc.nat(1),
        }),
        async (dials) => {
          const rig = await arrived();
          Object.assign(rig.simulator.dials, dials);
          await rig.postInTheEnd(rig.of);
          assert.deepEqual(credited(rig), { count: 1, total: sold(rig) });
          await rig.store.close();
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('R176: what the service answers is not believed', () => {
  /** A service that answers so and posts nothing. */
  async function answering(body: unknown, operation: RegExp): Promise<Arrived> {
    const rig = await arrived();
    const handle = rig.simulator.handle.bind(rig.simulator);
    rig.simulator.handle = (request) =>
      operation.test(request.url)
        ? Promise.resolve({ status: 200, body: JSON.stringify(body) })
        : handle(request);
    return rig;
  }

  it('posted by the answer and nothing there is told, for the slip and for the invoice', async () => {
    for (const [operation, status] of [
      [/postReturnPackingSlip/, 'Registered'],
      [/postReturnInvoice/, 'Registered'],
    ] as const) {
      const rig = await answering(
        { $id: '1', Success: true, DocumentNumber: 'CN-9', Messages: [] },
        operation,
      );
      const { documents, problem } = await rig.post(rig.of);
      assert.equal(problem?.code, 'posting-without-effect');
      assert.deepEqual(documents, []);
      assert.match(problem.what, /posted as CN-9 by the answer/);
      assert.equal(problem.lines[0]?.received, status);
    }
  });

  const refusals: [string, string, string][] = [
    ['Fiscal period for 2026-02-20 is not open for module Tax.', 'period-closed', 'state-blocked'],
    ['Customer C-00001 is on hold for All.', 'customer-on-hold', 'state-blocked'],
    ['Return order RO-1 is stopped.', 'order-locked', 'state-blocked'],
    [
      'Lot L-1 has status Awaiting; a packing slip needs a registered line.',
      'goods-not-ready',
      'state-blocked',
    ],
    ['An update conflict occurred due to another user process.', 'd365-update-conflict', 'transient'],
  ];
  for (const [said, code, failure] of refusals) {
    it(`“${said}” is ${code}`, async () => {
      const rig = await answering(
        { Success: false, DocumentNumber: '', Messages: [said] },
        /postReturnPackingSlip/,
      );
      const error = await failureOf(rig.post(rig.of));
      assert.deepEqual([error.code, error.class], [code, failure]);
      assert.ok(error.message.includes(said));
    });
  }

  it('a refusal in other words is a person’s, in D365’s own words', async () => {
    const rig = await answering(
      { Success: false, DocumentNumber: '', Messages: ['Credit limit of 100.00 exceeded.'] },
      /postReturnInvoice/,
    );
    const { problem } = await rig.post(rig.of);
    assert.equal(problem?.code, 'erp-refused');
    assert.match(problem.what, /Credit limit of 100.00 exceeded/);
  });

  it('a service that throws what it could have answered is understood alike', async () => {
    const rig = await arrived({}, { serviceThrows: true });
    await rig.connector.closedUntil();
    rig.simulator.operator.setPeriod('2026-02-20', 'Closed');
    assert.equal((await failureOf(rig.post(rig.of))).code, 'period-closed');
  });

  it('another day than was asked for is told', async () => {
    const rig = await arrived();
    const handle = rig.simulator.handle.bind(rig.simulator);
    rig.simulator.handle = (request) => {
      if (!request.url.includes('postReturnInvoice')) return handle(request);
      const body = Buffer.from(
        request.body.toString().replace(/"InvoiceDate":"[^"]+"/, '"InvoiceDate":"2026-02-22"'),
      );
      return handle({ ...request, body });
    };
    const { problem } = await rig.post(rig.of);
    assert.equal(problem?.code, 'amount-mismatch');
    assert.deepEqual(problem.lines, [{ field: 'date', expected: '2026-02-20', received: '2026-02-22' }]);
  });
});

describe('batch jobs of Dynamics 365 post, and are waited for', () => {
  it('slip, then invoice, each when its job has run', async () => {
    const rig = await arrived({ posting: 'batch-job' });
    const codes: string[] = [];
    const wait = async (): Promise<void> => {
      codes.push((await failureOf(rig.post(rig.of))).code);
    };
    await wait();
    rig.simulator.operator.runBatchJobs('packingSlip');
    await wait();
    rig.simulator.operator.runBatchJobs('invoice');
    const posted = await rig.post(rig.of);
    assert.deepEqual(codes, ['d365-packing-slip-not-posted', 'd365-invoice-not-posted']);
    assert.deepEqual(rig.asked, []);
    assert.equal(posted.documents[0]?.references['adopted'], undefined);
    assert.deepEqual(credited(rig), { count: 1, total: sold(rig) });
  });

  it('by the clock of the jobs', async () => {
    const rig = await arrived({ posting: 'batch-job' });
    Object.assign(rig.simulator.dials, { packingSlipJobSeconds: 300, invoiceJobSeconds: 600 });
    const posted = await rig.postInTheEnd(rig.of);
    assert.equal(posted.problem, null);
    assert.deepEqual(credited(rig), { count: 1, total: sold(rig) });
  });

  it('a service for the invoice alone takes over after the job’s packing slip', async () => {
    const rig = await arrived({ servicePackingSlip: '' });
    assert.equal((await failureOf(rig.post(rig.of))).code, 'd365-packing-slip-not-posted');
    rig.simulator.operator.runBatchJobs('packingSlip');
    const posted = await rig.post(rig.of);
    assert.deepEqual(
      rig.asked.map(({ operation }) => operation),
      ['postReturnInvoice'],
    );
    assert.equal(posted.documents.length, 1);
  });

  it('R164: the day that a job could not post on is kept', async () => {
    const rig = await arrived({ posting: 'batch-job' });
    rig.simulator.operator.setPeriod('2026-02-20', 'Closed');
    rig.time.now = Date.parse('2026-03-02T08:00:00Z');
    rig.simulator.operator.runBatchJobs('packingSlip', 'invoice');
    const { documents } = await rig.post(rig.of);
    assert.equal(documents[0]?.references['deferredFrom'], '2026-02-20');
    assert.equal(documents[0].references['invoiceDate'], '2026-03-02');
  });
});

describe('R19, R109: what a person has posted meanwhile is taken over', () => {
  it('where a service posts, with a note of who did it', async () => {
    const rig = await arrived();
    rig.simulator.operator.runBatchJobs('packingSlip', 'invoice');
    const { documents, made, problem } = await rig.post(rig.of);
    assert.equal(problem, null);
    assert.equal(made.length, 1);
    assert.equal(documents[0]?.references['adopted'], 'posted outside the flow');
    assert.deepEqual(rig.asked, []);
    assert.deepEqual(credited(rig), { count: 1, total: sold(rig) });
  });

  it('a person’s packing slip is gone on from', async () => {
    const rig = await arrived();
    rig.simulator.operator.runBatchJobs('packingSlip');
    await rig.post(rig.of);
    assert.deepEqual(
      rig.asked.map(({ operation }) => operation),
      ['postReturnInvoice'],
    );
    assert.equal(credited(rig).count, 1);
  });
});

describe('R52, R87: goods that come in parts', () => {
  it('make a credit note for each part, and none of a lot twice', async () => {
    const rig = await creditRig();
    const order = orderWith(rig.world, 2, 2);
    const [first] = order.lines;
    assert.ok(first);
    const of = acceptedReturn(order);
    await rig.ordered(of);
    await rig.arrive(of, first.lineId, 1);
    const error = await failureOf(rig.post(of));
    assert.equal(error.code, 'goods-not-ready');
    assert.equal(rig.simulator.observer.creditNotes().length, 1, 'what is there is credited');
    for (const { lineId } of order.lines) await rig.arrive(of, lineId);
    const { documents, made, problem } = await rig.post(of, { toleranceMinor: 1 });
    assert.equal(problem, null);
    assert.deepEqual([documents.length, made.length], [2, 1]);
    const lots = documents.flatMap(({ references }) => (references['lots'] ?? '').split(' '));
    assert.equal(new Set(lots).size, lots.length);
    const total = documents.reduce((sum, { amount }) => sum + (amount?.minor ?? 0), 0);
    assert.equal(total, -order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
  });

  it('any split into arrivals and acceptances comes to the money of the sale, to the penny', async () => {
    const course = fc.array(fc.record({ line: fc.nat(4), units: fc.integer({ min: 1, max: 2 }) }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(course, fc.nat(20), async (steps, which) => {
        const rig = await creditRig();
        const orders = rig.world.orders.filter(
          ({ lines, state }) => state === 'invoiced' && lines.length > 0,
        );
        const order = orders[which % orders.length];
        assert.ok(order);
        const whole = acceptedReturn(order);
        await rig.ordered(whole);
        const inside = new Map<string, number>();
        const take = async (id: string, wanted: number, all: number): Promise<void> => {
          const before = inside.get(id) ?? 0;
          const units = Math.min(wanted, all - before);
          if (units <= 0) return;
          await rig.arrive(whole, id, units);
          inside.set(id, before + units);
          // The platform accepts what has come so far of this line.
          await rig.post(acceptedReturn(order, { [id]: before + units }), { toleranceMinor: 2 });
        };
        for (const { line, units } of steps) {
          const chosen = order.lines[line % order.lines.length];
          if (chosen) await take(chosen.lineId, units, chosen.quantity);
        }
        for (const { lineId, quantity } of order.lines) await take(lineId, quantity, quantity);
        const { documents, problem } = await rig.post(whole, { toleranceMinor: 2 });
        assert.equal(problem, null);
        const credits = rig.simulator.observer.creditNotes();
        assert.equal(documents.length, credits.length);
        const expected = -order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
        assert.equal(
          credits.reduce((sum, { total }) => sum + Math.round(total * 100), 0),
          expected,
        );
        assert.equal(
          documents.reduce((sum, { amount }) => sum + (amount?.minor ?? 0), 0),
          expected,
        );
        const lots = documents.flatMap(({ references }) => (references['lots'] ?? '').split(' '));
        assert.equal(new Set(lots).size, lots.length);
        await rig.store.close();
      }),
      { numRuns: 40 },
    );
  });
});
