import { endQuarantine } from './arrival-posting';
import type { BatchJob, BatchJobs } from './batch-jobs';
import type { BusinessEvents } from './business-events';
import { completeReturnOrder, declinePayment } from './call-center';
import { find, linesOf, type Erp } from './erp';
import { returnOfSale, type TakenBack } from './find-sales-order';
import type { Row } from './odata-filter';
import { setPeriod } from './periods';
import type { RecurringQueue } from './recurring-queue';
import { cancelOrder } from './return-states';
import { createReplacement } from './sales-orders';

/** What people do in the ERP's own client, which no call over OData does. All of it in the default company. */
export interface Operator {
  /** Stops a return order: nothing more is written to it or posted (A5). */
  stopOrder(number: string): void;
  resumeOrder(number: string): void;
  /** Takes back a sale with *Find sales order*, without any reference of ours (A4); gives the return order's number. */
  addForeignReturnOrder(salesOrder: string, taken?: TakenBack): string;
  /** Cancels an order that is still Created; throws for any other (A4.1). */
  cancelOrder(number: string): void;
  /** Ends the inspection of a lot with its disposition (A4). */
  endQuarantine(
    lot: string,
    decision?: { disposition?: string; warehouse?: string; location?: string },
  ): void;
  /** Sets the state of the period that a day is in; a closed one stays closed (A8). */
  setPeriod(date: string, status: 'Open' | 'OnHold' | 'Closed'): void;
  /** Runs the batch jobs whose time has come, as the next call would. */
  runDueJobs(): void;
  /** Runs the standard batch jobs now: all, or those named. */
  runBatchJobs(...jobs: BatchJob[]): void;
  /** "Complete" of a call center: works out the refund lines (A10). */
  completeOrder(number: string): void;
  declinePayment(number: string, line?: number): void;
  /** Makes the replacement order up front, before anything has come back (A4.2). */
  replaceUpFront(number: string): string;
  /** Puts an exported file in the queue of a recurring integration (A12). */
  queueExport(activity: string, file: string): void;
  /** Sends the business events that still wait, and again those that failed (A13). */
  sendEvents(): void;
}

export function createOperator(
  erp: Erp,
  jobs: BatchJobs,
  events: BusinessEvents,
  queue: RecurringQueue,
): Operator {
  const { data } = erp;
  const order = (number: string): Row => {
    const row = find(data, 'ReturnOrderHeadersV2', { dataAreaId: data.company, ReturnOrderNumber: number });
    if (!row) throw new Error(`The simulator has no return order ${number}`);
    return row;
  };
  const stop = (number: string, stopped: 'Yes' | 'No'): void => {
    data.table('ReturnOrderHeadersV2').put({ ...order(number), IsReturnProcessingStopped: stopped });
  };
  return {
    stopOrder: (number) => stop(number, 'Yes'),
    resumeOrder: (number) => stop(number, 'No'),
    addForeignReturnOrder: (salesOrder, taken) => returnOfSale(erp, salesOrder, taken),
    cancelOrder: (number) => cancelOrder(erp, order(number)),
    endQuarantine: (lot, decision) => endQuarantine(erp, lot, decision),
    setPeriod: (date, status) => setPeriod(erp, data.company, date, status),
    runDueJobs: () => {
      jobs.tick();
      events.send();
    },
    runBatchJobs: (...chosen) => {
      const all: BatchJob[] = ['arrival', 'packingSlip', 'invoice', 'payment'];
      for (const job of chosen.length > 0 ? chosen : all) jobs.run(job);
      events.send();
    },
    completeOrder: (number) => completeReturnOrder(erp, order(number)),
    declinePayment: (number, line) => declinePayment(erp, order(number), line),
    replaceUpFront: (number) => createReplacement(erp, order(number), linesOf(data, order(number))),
    queueExport: (activity, file) => queue.export(activity, file),
    sendEvents: () => {
      events.send(true);
      events.resend();
    },
  };
}
