import { postArrivalJournal } from './arrival-posting';
import { postCreditNote } from './credit-note';
import { linesOf, text, type Erp } from './erp';
import type { Row } from './odata-filter';
import { postPackingSlip } from './packing-slip';
import { postPaymentJournal } from './payment-posting';
import { attempt, PostingFault, type Posted, type PostingResult } from './posting';
import type { D365Dials } from './simulator-types';

export type BatchJob = 'arrival' | 'packingSlip' | 'invoice' | 'payment';

export interface BatchLogEntry {
  job: BatchJob;
  /** The journal or return order that was posted, or was not. */
  document: string;
  result: PostingResult;
  at: number;
}

const NOT_LOCKED = 'The journal is not locked by system.';

/** The standard batch jobs of an environment: they post what the filters of A7 find, when their time has come. */
export class BatchJobs {
  private readonly lastRun = new Map<BatchJob, number>();
  readonly log: BatchLogEntry[] = [];

  constructor(
    private readonly erp: Erp,
    private readonly dials: D365Dials,
  ) {
    for (const job of JOBS) this.lastRun.set(job, erp.now());
  }

  /** Runs the jobs whose time has come by the simulator's clock; each once, however late it is. */
  tick(): void {
    for (const job of JOBS) {
      const seconds = this.secondsOf(job);
      const due = seconds > 0 && this.erp.now() - (this.lastRun.get(job) ?? 0) >= seconds * 1000;
      if (due) this.run(job);
    }
  }

  run(job: BatchJob): void {
    this.lastRun.set(job, this.erp.now());
    for (const { document, work } of this.found(job)) {
      const result = attempt(this.erp, work);
      this.log.push({ job, document, result, at: this.erp.now() });
      if (this.log.length > 1000) this.log.shift();
    }
  }

  private secondsOf(job: BatchJob): number {
    const { arrivalJobSeconds, packingSlipJobSeconds, invoiceJobSeconds, paymentJobSeconds } = this.dials;
    return {
      arrival: arrivalJobSeconds,
      packingSlip: packingSlipJobSeconds,
      invoice: invoiceJobSeconds,
      payment: paymentJobSeconds,
    }[job];
  }

  private found(job: BatchJob): { document: string; work: () => Posted }[] {
    const { erp } = this;
    switch (job) {
      case 'arrival':
        return this.journals(
          'ItemArrivalJournalHeadersV2',
          'JournalNumber',
          'ItemArrivalJournalLinesV2',
          (row) => postArrivalJournal(erp, row['dataAreaId'] ?? '', text(row, 'JournalNumber')),
        );
      case 'payment':
        return this.journals(
          'CustomerPaymentJournalHeaders',
          'JournalBatchNumber',
          'CustomerPaymentJournalLines',
          (row) => postPaymentJournal(erp, row['dataAreaId'] ?? '', text(row, 'JournalBatchNumber')),
        );
      case 'packingSlip':
        return this.orders(['Backorder'], 'Registered').map((row) => ({
          document: text(row, 'ReturnOrderNumber'),
          work: () =>
            postPackingSlip(erp, row['dataAreaId'] ?? '', { number: text(row, 'ReturnOrderNumber') }),
        }));
      case 'invoice':
        return this.orders(['Backorder', 'Delivered'], 'Received').map((row) => ({
          document: text(row, 'ReturnOrderNumber'),
          work: () =>
            postCreditNote(erp, row['dataAreaId'] ?? '', {
              number: text(row, 'ReturnOrderNumber'),
              onlyReceived: true,
            }),
        }));
    }
  }

  private journals(
    set: string,
    key: string,
    lines: string,
    post: (row: Row) => Posted,
  ): { document: string; work: () => Posted }[] {
    const { data, rules } = this.erp;
    const withLines = new Set(
      data
        .table(lines)
        .find(null)
        .map((line) => text(line, key)),
    );
    return data
      .table(set)
      .find(null)
      .filter((row) => row['IsPosted'] !== 'Yes' && withLines.has(text(row, key)))
      .map((row) => ({
        document: text(row, key),
        work: () => {
          if (rules.batchNeedsSystemLock) throw new PostingFault([NOT_LOCKED]);
          return post(row);
        },
      }));
  }

  /** Return orders that are Open, with a line in that status (A7). */
  private orders(statuses: readonly string[], line: string): Row[] {
    return this.erp.data
      .table('ReturnOrderHeadersV2')
      .find(null)
      .filter(
        (row) =>
          row['ReturnStatus'] === 'Open' &&
          statuses.includes(text(row, 'ReturnOrderStatus')) &&
          linesOf(this.erp.data, row).some((one) => one['ReturnStatus'] === line),
      );
  }
}

const JOBS: readonly BatchJob[] = ['arrival', 'packingSlip', 'invoice', 'payment'];
