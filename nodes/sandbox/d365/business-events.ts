import { randomUUID } from 'node:crypto';
import type { SeededRandom } from '../world';
import { text } from './erp';
import type { Row } from './odata-filter';
import type { D365Dials } from './simulator-types';

/** Takes one event; what it throws or rejects with is a delivery that failed. */
export type EventTarget = (body: string) => unknown;

export interface BusinessEvent {
  controlNumber: number;
  eventId: string;
  body: string;
}

/**
 * Business events of posted invoices (A13): a credit note is a sales invoice with a negative amount [I]. An event is
 * delivered once its posting has been committed, tried again three times a second apart, and kept as an error after.
 */
export class BusinessEvents {
  private waiting: BusinessEvent[] = [];
  private control = 5_637_000_000;
  private readonly underway = new Set<Promise<void>>();
  readonly failed: BusinessEvent[] = [];

  constructor(
    private readonly target: EventTarget | undefined,
    private readonly dials: D365Dials,
    private readonly random: SeededRandom,
    private readonly clock: { now: () => number; wait: (milliseconds: number) => Promise<void> },
  ) {}

  raise(invoice: Row): void {
    if (!this.target) return;
    // The numbers grow and have gaps.
    this.control += this.random.between(1, 5);
    const eventId = randomUUID().toUpperCase();
    const at = this.clock.now();
    this.waiting.push({
      controlNumber: this.control,
      eventId,
      body: JSON.stringify({
        BusinessEventId: 'SalesInvoicePostedBusinessEvent',
        BusinessEventLegalEntity: text(invoice, 'dataAreaId'),
        ContextRecordSubject: '',
        ControlNumber: this.control,
        EventId: eventId,
        EventTime: `/Date(${at})/`,
        EventTimeIso8601: new Date(at).toISOString(),
        InitiatingUserAADObjectId: '{00000000-0000-0000-0000-000000000000}',
        MajorVersion: 0,
        MinorVersion: 0,
        ParentContextRecordSubjects: [],
        InvoiceAccount: text(invoice, 'InvoiceCustomerAccountNumber'),
        InvoiceId: text(invoice, 'InvoiceNumber'),
        SalesOrderId: text(invoice, 'SalesOrderNumber'),
        InvoiceDate: `/Date(${Date.parse(text(invoice, 'InvoiceDate'))})/`,
        InvoiceDueDate: `/Date(${Date.parse(text(invoice, 'InvoiceDate'))})/`,
        InvoiceAmountInAccountingCurrency: Number(invoice['TotalInvoiceAmount']),
        InvoiceTaxAmount: Number(invoice['TotalTaxAmount']),
        LegalEntity: text(invoice, 'dataAreaId'),
      }),
    });
  }

  /** Sends what was raised: in windows that are shuffled, some of it twice, as the dials say. */
  send(all = false): void {
    const window = Math.max(1, this.dials.eventReorderWindow);
    while (this.waiting.length >= window || (all && this.waiting.length > 0)) {
      const batch = this.waiting.splice(0, window);
      for (const event of window > 1 ? this.random.shuffle(batch) : batch) {
        this.deliver(event);
        if (this.random.next() < this.dials.eventDuplicateShare) this.deliver(event);
      }
    }
  }

  /** Sends again what could not be delivered, as an administrator does. */
  resend(): void {
    for (const event of this.failed.splice(0)) this.deliver(event);
  }

  async settled(): Promise<void> {
    while (this.underway.size > 0) await Promise.all(this.underway);
  }

  private deliver(event: BusinessEvent): void {
    const work = this.tries(event);
    this.underway.add(work);
    void work.finally(() => this.underway.delete(work));
  }

  private async tries(event: BusinessEvent): Promise<void> {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      if (attempt > 0) await this.clock.wait(1000);
      try {
        await this.target?.(event.body);
        return;
      } catch {
        // Tried again, and kept as failed in the end.
      }
    }
    this.failed.push(event);
  }
}
