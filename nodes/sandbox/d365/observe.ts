import { journalLines } from './arrival-journals';
import { openOf } from './customer-ledger';
import { find, having, linesOf, text, type Erp } from './erp';
import type {
  ObservedArrival,
  ObservedCreditNote,
  ObservedPaymentLine,
  ObservedQuarantine,
  ObservedRefund,
  ObservedReturnLine,
  ObservedReturnOrder,
  ObservedSalesOrder,
  ObservedStock,
} from './observed-types';
import type { Row } from './odata-filter';
import { orderLines } from './sales-orders';

/** What stands in the books, as tests and rehearsals want to see it. */

export function observedReturnOrders(erp: Erp): ObservedReturnOrder[] {
  return all(erp, 'ReturnOrderHeadersV2').map((row) => ({
    number: text(row, 'ReturnOrderNumber'),
    rma: text(row, 'RMANumber'),
    reference: text(row, 'CustomersOrderReference'),
    requisition: text(row, 'CustomerRequisitionNumber'),
    customer: text(row, 'CustomerAccountNumber'),
    status: text(row, 'ReturnStatus'),
    stopped: row['IsReturnProcessingStopped'] === 'Yes',
    total: Number(row['OrderTotalAmount']),
    tax: Number(row['OrderTotalTaxAmount']),
    charges: Number(row['OrderTotalChargesAmount']),
    reason: text(row, 'CustomerReturnReasonCode'),
    replacement: text(row, 'ReplacementSalesOrderNumber'),
    lines: linesOf(erp.data, row).map((line) => observedLine(erp, line)),
  }));
}

function observedLine(erp: Erp, line: Row): ObservedReturnLine {
  const facts = find(erp.data, 'ReturnLineFacts', {
    dataAreaId: line['dataAreaId'] ?? '',
    ReturnInventoryLotId: text(line, 'ReturnInventoryLotId'),
  });
  return {
    itemNumber: text(line, 'ItemNumber'),
    quantity: Number(line['ReturnSalesQuantity']),
    amount: Number(line['LineAmount']),
    external: text(line, 'ExternalItemNumber'),
    lot: text(line, 'ReturnInventoryLotId'),
    status: text(line, 'ReturnStatus'),
    disposition: text(line, 'ReturnDispositionCode'),
    warehouse: text(line, 'ReturnWarehouseId'),
    location: text(line, 'ReturnWarehouseLocationId'),
    tax: Number(line['TotalTaxAmount']),
    unitCost: Number(facts?.['UnitCost'] ?? 0),
    packingSlip: text(facts, 'PackingSlipId'),
    creditNote: text(facts, 'InvoiceNumber'),
  };
}

/** Places with something in them, and what was scrapped. */
export function observedStock(erp: Erp): ObservedStock[] {
  const places = all(erp, 'StockPlaces').map((row): ObservedStock => ({
    item: text(row, 'ItemNumber'),
    warehouse: text(row, 'WarehouseId'),
    location: text(row, 'LocationId'),
    place: row['Place'] === 'quarantine' ? 'quarantine' : 'sellable',
    quantity: Number(row['Quantity']),
  }));
  const scrapped = all(erp, 'ReturnLineFacts').map((row): ObservedStock => {
    const [line] = having(
      erp.data,
      'ReturnOrderLinesV2',
      row['dataAreaId'] ?? '',
      'ReturnInventoryLotId',
      text(row, 'ReturnInventoryLotId'),
    );
    return {
      item: text(line, 'ItemNumber'),
      warehouse: text(row, 'WarehouseId'),
      location: text(row, 'LocationId'),
      place: 'scrap',
      quantity: Number(row['Scrapped']),
    };
  });
  return [...places, ...scrapped].filter(({ quantity }) => quantity !== 0);
}

/** Invoices with a negative total, and those of return orders. */
export function observedCreditNotes(erp: Erp): ObservedCreditNote[] {
  return all(erp, 'SalesInvoiceHeadersV4')
    .filter((row) => text(row, 'InvoiceNumber').startsWith('CN-'))
    .map((row) => {
      const company = row['dataAreaId'] ?? '';
      const number = text(row, 'InvoiceNumber');
      return {
        number,
        voucher: text(row, 'LedgerVoucher'),
        date: text(row, 'InvoiceDate'),
        returnOrder: text(row, 'SalesOrderNumber'),
        reference: text(row, 'CustomersOrderReference'),
        customer: text(row, 'InvoiceCustomerAccountNumber'),
        currency: text(row, 'CurrencyCode'),
        total: Number(row['TotalInvoiceAmount']),
        tax: Number(row['TotalTaxAmount']),
        lines: having(erp.data, 'SalesInvoiceV4Lines', company, 'InvoiceNumber', number).map((line) => ({
          item: text(line, 'ProductNumber'),
          quantity: Number(line['InvoicedQuantity']),
          amount: Number(line['LineAmount']),
          tax: Number(line['LineTotalTaxAmount']),
          warehouse: text(line, 'InventoryWarehouseId'),
        })),
        open: openOf(erp, company, 'Invoice', number)?.amount ?? 0,
      };
    });
}

export function observedRefunds(erp: Erp): ObservedRefund[] {
  return all(erp, 'CustomerPaymentJournalLines').map((row) => {
    const company = row['dataAreaId'] ?? '';
    const voucher = text(row, 'Voucher');
    const journal = find(erp.data, 'CustomerPaymentJournalHeaders', {
      dataAreaId: company,
      JournalBatchNumber: text(row, 'JournalBatchNumber'),
    });
    return {
      journal: text(row, 'JournalBatchNumber'),
      line: Number(row['LineNumber']),
      posted: journal?.['IsPosted'] === 'Yes',
      customer: text(row, 'AccountDisplayValue'),
      amount: Number(row['DebitAmount']) - Number(row['CreditAmount']),
      currency: text(row, 'CurrencyCode'),
      method: text(row, 'PaymentMethodName'),
      reference: text(row, 'PaymentReference'),
      paymentId: text(row, 'PaymentId'),
      voucher,
      settled:
        voucher === ''
          ? []
          : having(erp.data, 'Settlements', company, 'PaymentVoucher', voucher).map((one) => ({
              invoice: text(one, 'Invoice'),
              amount: Number(one['Amount']),
            })),
    };
  });
}

export function observedArrivals(erp: Erp): ObservedArrival[] {
  return all(erp, 'ItemArrivalJournalHeadersV2').map((row) => ({
    journal: text(row, 'JournalNumber'),
    description: text(row, 'JournalDescription'),
    posted: row['IsPosted'] === 'Yes',
    lines: journalLines(erp, row).map((line) => ({
      lot: text(line, 'ReferenceInventoryLotId'),
      item: text(line, 'ItemNumber'),
      quantity: Number(line['ItemQuantity']),
      disposition: text(line, 'ReturnDispositionCodeId'),
      quarantine: line['IsQuarantineOrderCreatedForReceivedItem'] === 'Yes',
    })),
  }));
}

/** Sales orders that were not the shop's: exchanges over OData, and replacements of the ERP itself. */
export function observedSalesOrders(erp: Erp): ObservedSalesOrder[] {
  return all(erp, 'SalesOrderHeadersV4')
    .filter((row) => text(row, 'SalesOrderNumber').startsWith('SO-9'))
    .map((row) => ({
      number: text(row, 'SalesOrderNumber'),
      reference: text(row, 'CustomersOrderReference'),
      requisition: text(row, 'CustomerRequisitionNumber'),
      customer: text(row, 'OrderingCustomerAccountNumber'),
      status: text(row, 'SalesOrderStatus'),
      lines: orderLines(erp, row).map((line) => {
        const key = { dataAreaId: line['dataAreaId'] ?? '', InventoryLotId: text(line, 'InventoryLotId') };
        return {
          item: text(line, 'ItemNumber'),
          quantity: Number(line['OrderedSalesQuantity']),
          amount: Number(line['LineAmount']),
          reserved: Number(find(erp.data, 'Reservations', key)?.['Quantity'] ?? 0),
          external: text(line, 'ExternalItemNumber'),
        };
      }),
    }));
}

export function observedQuarantine(erp: Erp): ObservedQuarantine[] {
  return all(erp, 'QuarantineOrders').map((row) => ({
    order: text(row, 'OrderNumber'),
    lot: text(row, 'ReturnInventoryLotId'),
    item: text(row, 'ItemNumber'),
    warehouse: text(row, 'WarehouseId'),
    quantity: Number(row['Quantity']),
    ended: row['Status'] === 'Ended',
  }));
}

export function observedPaymentLines(erp: Erp): ObservedPaymentLine[] {
  return all(erp, 'CallCenterSalesOrderCustomerPayments').map((row) => ({
    order: text(row, 'SalesOrderId'),
    line: Number(row['LineNumber']),
    type: text(row, 'CustomerPaymentType'),
    tender: text(row, 'RetailStoreTenderTypeId'),
    status: text(row, 'Status'),
    amount: Number(row['Amount']),
    posted: Number(row['PostedAmount']),
  }));
}

function all(erp: Erp, set: string): Row[] {
  return erp.data.table(set).find(null);
}
