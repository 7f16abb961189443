import { ArrivalJournals, ArrivalLines } from './arrival-journals';
import type { Erp, SetWriter } from './erp';
import { PaymentJournals, PaymentLines, SettledInvoices } from './payments';
import { ReturnLines } from './return-lines';
import { ReturnOrders } from './return-orders';
import { SalesLines, SalesOrders } from './sales-orders';

/** Who writes which entity set. A set that is not here can only be read. */
export function writersOf(erp: Erp): ReadonlyMap<string, SetWriter> {
  return new Map<string, SetWriter>([
    ['ReturnOrderHeadersV2', new ReturnOrders(erp)],
    ['ReturnOrderLinesV2', new ReturnLines(erp)],
    ['ItemArrivalJournalHeadersV2', new ArrivalJournals(erp)],
    ['ItemArrivalJournalLinesV2', new ArrivalLines(erp)],
    ['SalesOrderHeadersV4', new SalesOrders(erp)],
    ['SalesOrderLinesV3', new SalesLines(erp)],
    ['CustomerPaymentJournalHeaders', new PaymentJournals(erp)],
    ['CustomerPaymentJournalLines', new PaymentLines(erp)],
    ['PaymentJournalLineSettledInvoices', new SettledInvoices(erp)],
  ]);
}
