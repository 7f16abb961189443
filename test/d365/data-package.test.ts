import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { importJournals, type ImportedJournals } from '../../nodes/d365/fscm/data-package';
import type { PackagedJournal, PackageKind } from '../../nodes/d365/fscm/package-document';
import { zipOf } from '../../nodes/d365/fscm/zip';
import { LedgerError } from '../../nodes/returns/failure';
import { postOnce } from '../../nodes/runtime/post-once';
import { readZip } from '../../nodes/sandbox/d365/zip';
import { RefundBench } from '../support/d365-refunds';
import { BASE } from '../support/simulated-http';
import type { ReturnHeld } from '../support/d365-sandbox';

const ACTION = 'Microsoft.Dynamics.DataEntities.ImportFromPackage';

async function bench(): Promise<RefundBench> {
  return RefundBench.open({ publicUrl: BASE, tokenLifetimeSeconds: 86_400 });
}

/** One try at the journals, as a delivery that comes back from the store makes it. */
function tryOnce(
  erp: RefundBench,
  kind: PackageKind,
  journals: readonly PackagedJournal[],
): Promise<ImportedJournals> {
  const parts = erp.connector.with(erp.store);
  return postOnce<ImportedJournals>(
    { connectionId: 'connection-1', kind: 'package', key: 'batch-1', returnKey: 'a/b/c/d', reference: 'r' },
    {
      posted: () => assert.fail('nothing is completed here'),
      post: (attempt) => importJournals(kind, journals, parts, attempt),
    },
    { store: erp.store, surroundings: parts.surroundings, limitMs: 1000 },
  );
}

async function inTheEnd(
  erp: RefundBench,
  kind: PackageKind,
  journals: readonly PackagedJournal[],
): Promise<{ imported: ImportedJournals; waits: string[] }> {
  const waits: string[] = [];
  for (;;) {
    try {
      return { imported: await tryOnce(erp, kind, journals), waits };
    } catch (thrown) {
      assert.ok(thrown instanceof LedgerError && waits.length < 10, String(thrown));
      waits.push(thrown.code);
      erp.erp.clock.at += thrown.retryAfterMs ?? 10_000;
    }
  }
}

function arrival(erp: RefundBench, held: ReturnHeld, at: number, lot = held.lots[0]): PackagedJournal {
  return {
    header: {
      dataAreaId: 'usrt',
      JournalNameId: 'RETARR',
      JournalDescription: `HR-R${at} <"&'> ${at}`,
      DefaultTransactionReferenceType: 'Sales',
      DefaultTransactionReferenceNumber: held.number,
      DefaultReturnItemNumber: held.rma,
    },
    lines: [
      {
        LineNumber: 1,
        ItemNumber: erp.erp.sku,
        ItemQuantity: 2,
        TransactionReferenceNumber: held.number,
        ReferenceInventoryLotId: lot,
        IsReturnOrder: 'Yes',
        ReturnItemNumber: held.rma,
        ReturnDispositionCodeId: 'CREDIT',
        ReceivingWarehouseId: 'RETQC',
      },
    ],
  };
}

async function arrivals(erp: RefundBench, count: number): Promise<PackagedJournal[]> {
  const journals: PackagedJournal[] = [];
  for (let at = 1; at <= count; at += 1) journals.push(arrival(erp, await erp.erp.returnOrder(), at));
  return journals;
}

describe('A12: a ZIP archive of our own', () => {
  it('holds what was put in, whatever that is', () => {
    const file = fc.record({
      name: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((name) => name.toWellFormed()),
      content: fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(fc.uniqueArray(file, { selector: ({ name }) => name, maxLength: 5 }), (files) => {
        const read = readZip(zipOf(files));
        assert.deepEqual(
          [...read].map(([name, content]) => [name, content.toString('hex')]),
          files.map(({ name, content }) => [name, content.toString('hex')]),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('A12, C2: journals in bulk by a data package', () => {
  it('A3: arrival journals are imported in one package while its stages are waited for', async () => {
    const erp = await bench();
    erp.erp.simulator.dials.packageStageSeconds = 10;
    const journals = await arrivals(erp, 12);
    const { imported, waits } = await inTheEnd(erp, 'arrival', journals);
    assert.deepEqual([...new Set(waits)], ['d365-package-running']);
    const made = erp.erp.simulator.observer.arrivals();
    assert.deepEqual(
      journals.map(({ header }) => imported.numbers.get(String(header['JournalDescription']))),
      made.map(({ journal }) => journal),
    );
    assert.ok(made.every(({ lines, posted }) => lines[0]?.quantity === 2 && !posted));
    assert.deepEqual([imported.missing, imported.twice, imported.errors], [[], [], []]);
    const begun = erp.erp.simulator.observer.recent().filter(({ path }) => path.endsWith(ACTION));
    assert.equal(begun.length, 1);
  });

  it('payment journals too, which are then posted', async () => {
    const erp = await bench();
    const order = erp.sale(5000);
    const { credit, returnOrder } = await erp.credited(order, [2000]);
    const refund: PackagedJournal = {
      header: { JournalName: 'RETREFUND', Description: 'HR-R1 CN' },
      lines: [
        {
          LineNumber: 1,
          AccountType: 'Cust',
          AccountDisplayValue: order.customer,
          DebitAmount: 20,
          PaymentMethodName: 'CARD',
          PaymentReference: returnOrder,
          MarkedInvoice: credit.number,
        },
      ],
    };
    const { imported } = await inTheEnd(erp, 'payment', [refund]);
    const number = imported.numbers.get('HR-R1 CN') ?? '';
    assert.equal((await erp.erp.service('postPaymentJournal', { JournalBatchNumber: number })).success, true);
    assert.deepEqual(erp.refunds(), ['CARD 20.00']);
  });

  it('an empty list of errors proves nothing: what is missing is told by the journals', async () => {
    const erp = await bench();
    const journals = await arrivals(erp, 2);
    const held = await erp.erp.returnOrder();
    journals.push(arrival(erp, held, 3, 'L-NOPE'));
    erp.erp.simulator.dials.packageErrorsHidden = 1;
    const first = await tryOnce(erp, 'arrival', journals);
    assert.deepEqual([first.numbers.size, first.missing.length, first.errors], [2, 1, []]);
    erp.erp.simulator.dials.packageErrorsHidden = 0;
    const second = await tryOnce(erp, 'arrival', journals);
    assert.match(second.errors.join(), /L-NOPE/);
    // Only what was missing is sent again, and it can be put right.
    const mended = await tryOnce(erp, 'arrival', [...journals.slice(0, 2), arrival(erp, held, 3)]);
    assert.deepEqual([mended.numbers.size, mended.missing], [3, []]);
    assert.equal(erp.erp.simulator.observer.arrivals().length, 3);
  });

  for (const [title, dials] of [
    ['carried out', { dropAfterCommitNext: 1 }],
    ['never arrived', { dropBeforeCommitNext: 1 }],
    ['carried out a minute later', { lateCommitNext: 1, lateCommitMs: 60_000 }],
  ] as const) {
    it(`R109: the answer to the import is lost, ${title}: each journal is there once`, async () => {
      let commit: () => void = () => undefined;
      const late = new Promise<void>((resolve) => (commit = resolve));
      const erp = await RefundBench.open({
        publicUrl: BASE,
        tokenLifetimeSeconds: 86_400,
        wait: () => late,
      });
      const { simulator, clock } = erp.erp;
      const journals = await arrivals(erp, 3);
      const began = clock.at;
      const handle = simulator.handle.bind(simulator);
      let begun = 0;
      simulator.handle = async (request) => {
        if (clock.at - began >= 60_000) {
          commit();
          await simulator.observer.settled();
        }
        if (request.url.endsWith(ACTION) && (begun += 1) === 1) Object.assign(simulator.dials, dials);
        return handle(request);
      };
      const { imported, waits } = await inTheEnd(erp, 'arrival', journals);
      assert.ok(waits.includes('http-no-answer'), waits.join());
      assert.equal(imported.numbers.size, 3);
      assert.deepEqual([imported.missing, imported.twice], [[], []]);
      clock.forward(600);
      await erp.erp.rows('LegalEntities');
      await simulator.observer.settled();
      assert.equal(simulator.observer.arrivals().length, 3);
    });
  }

  it('journals without references of their own are not sent', async () => {
    const erp = await bench();
    const [journal] = await arrivals(erp, 1);
    assert.ok(journal);
    await assert.rejects(tryOnce(erp, 'arrival', [journal, journal]), { code: 'd365-package-reference' });
    assert.equal(erp.erp.simulator.observer.arrivals().length, 0);
  });
});
