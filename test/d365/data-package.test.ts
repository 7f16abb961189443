import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { importPackages, type PackagePlace } from '../../nodes/d365/fscm/data-package';
import type { PackagedJournal } from '../../nodes/d365/fscm/package-document';
import { zipOf } from '../../nodes/d365/fscm/zip';
import { readZip } from '../../nodes/sandbox/d365/zip';
import { RefundBench } from '../support/d365-refunds';
import { BASE } from '../support/simulated-http';

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

describe('A12, C2: payment journals in bulk by a data package', () => {
  it('are imported together, each with its lines, and can be posted', async () => {
    const erp = await RefundBench.open({ publicUrl: BASE, tokenLifetimeSeconds: 86_400 });
    const order = erp.sale(5000);
    const { credit, returnOrder } = await erp.credited(order, [2000]);
    const refund = (description: string, invoice: string): PackagedJournal => ({
      header: { JournalName: 'RETREFUND', Description: description },
      lines: [
        {
          LineNumber: 1,
          AccountType: 'Cust',
          AccountDisplayValue: order.customer,
          DebitAmount: 20,
          PaymentMethodName: 'CARD',
          PaymentReference: returnOrder,
          MarkedInvoice: invoice,
        },
      ],
    });
    const places: PackagePlace[] = [];
    const items = [refund(`HR-R1 <"&'> CN`, credit.number), refund('HR-R2 CN', '')].map((journal) => ({
      kind: 'payment' as const,
      journal,
      again: null,
      remember: (place: PackagePlace) => {
        places.push(place);
        return Promise.resolve();
      },
    }));
    const [first, second] = await importPackages(items, erp.connector.with(erp.store));
    assert.deepEqual(
      [first, second],
      places.map((place) => ({ ...place, over: true })),
    );
    assert.deepEqual(
      places.map(({ record }) => record),
      [1, 2],
    );
    const headers = await erp.erp.rows('CustomerPaymentJournalHeaders');
    assert.deepEqual(headers.map((row) => row['Description']).sort(), [`HR-R1 <"&'> CN`, 'HR-R2 CN']);
    const number = String(headers.find((row) => row['Description'] !== 'HR-R2 CN')?.['JournalBatchNumber']);
    assert.equal((await erp.erp.service('postPaymentJournal', { JournalBatchNumber: number })).success, true);
    assert.deepEqual(erp.refunds(), ['CARD 20.00']);
  });
});
