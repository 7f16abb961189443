import type { ObservedReturnOrder } from './simulator-types';
import type { ErpData } from './tables';

/** The return orders that the ERP holds, as tests and rehearsals want to see them. */
export function observedReturnOrders(data: ErpData): ObservedReturnOrder[] {
  return data
    .table('ReturnOrderHeadersV2')
    .find(null)
    .map((row) => ({
      number: String(row['ReturnOrderNumber']),
      reference: String(row['CustomersOrderReference']),
      status: String(row['ReturnStatus']),
      total: Number(row['OrderTotalAmount']),
      reason: typeof row['CustomerReturnReasonCode'] === 'string' ? row['CustomerReturnReasonCode'] : '',
      lines: data
        .table('ReturnOrderLinesV2')
        .find({ op: 'eq', field: 'ReturnOrderNumber', value: String(row['ReturnOrderNumber']) })
        .map((line) => ({
          itemNumber: String(line['ItemNumber']),
          quantity: Number(line['ReturnSalesQuantity']),
          amount: Number(line['LineAmount']),
          external: String(line['ExternalItemNumber']),
        })),
    }));
}
