import { addTransaction } from './customer-ledger';
import { dateOf, find, linesOf, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';
import { commitDispositions, orderToPost } from './packing-slip';
import { periodFault } from './periods';
import { PostingFault, type Posted } from './posting';
import { chargesOf, effectOf, isService, setLine, taxed } from './return-states';
import { cents, taxOf } from './tax';

/**
 * Posts the credit note of a return order: a negative invoice with a voucher (A4). Lines that are only registered get
 * the work of the packing slip as well, unless a batch job posts, which takes received lines only (A7); lines that wait
 * or are in quarantine are left for a later one.
 */
export function postCreditNote(
  erp: Erp,
  company: Value,
  request: { number: string; invoiceDate?: string; onlyReceived?: boolean },
): Posted {
  const header = orderToPost(erp, company, request.number);
  const date = request.invoiceDate ?? dateOf(erp);
  const live = linesOf(erp.data, header).filter((line) => line['ReturnStatus'] !== 'Canceled');
  const ready = live.filter(
    (line) => isReady(erp, line) && !(request.onlyReceived && line['ReturnStatus'] === 'Registered'),
  );
  const onlyFees = ready.every((line) => isService(erp, line)) && ready.length < live.length;
  if (ready.length === 0 || onlyFees) {
    throw new PostingFault([
      `Return order ${request.number} has no line that is registered or received; nothing can be invoiced.`,
    ]);
  }
  const fault = customerFault(erp, header) ?? periodFault(erp, company, date, ['Cust', 'Sales', 'Tax']);
  if (fault !== null) throw new PostingFault([fault]);
  const registered = ready.filter((line) => line['ReturnStatus'] === 'Registered');
  if (registered.length > 0) commitDispositions(erp, header, registered, erp.numbers.packingSlip(), date);
  const lines = linesOf(erp.data, header).filter((line) =>
    ready.some((one) => one['ReturnInventoryLotId'] === line['ReturnInventoryLotId']),
  );
  const credited = lines.filter((line) => isService(erp, line) || effectOf(erp, line)?.credits === true);
  const number = credited.length > 0 ? writeCreditNote(erp, header, credited, date) : '';
  for (const line of lines) {
    setLine(erp, line, { ReturnStatus: 'Invoiced', ReturnClosedDate: date });
  }
  // Goods that go to the customer again come to nothing, so that there is no document for them alone [I].
  return { documentNumber: number, messages: number === '' ? ['Nothing is credited.'] : [] };
}

/** Registered, received, or nothing to wait for: a fee, or a credit without goods. */
function isReady(erp: Erp, line: Row): boolean {
  const status = text(line, 'ReturnStatus');
  if (status === 'Registered' || status === 'Received') return true;
  return status === 'Awaiting' && (isService(erp, line) || effectOf(erp, line)?.goods === 'none');
}

function customerFault(erp: Erp, header: Row): string | null {
  const account = text(header, 'InvoiceCustomerAccountNumber');
  const key = { dataAreaId: header['dataAreaId'] ?? '', CustomerAccount: account };
  const hold = text(find(erp.data, 'CustomersV3', key), 'OnHoldStatus');
  return hold === 'All' || hold === 'Invoice' ? `Customer ${account} is on hold for ${hold}.` : null;
}

function writeCreditNote(erp: Erp, header: Row, lines: readonly Row[], date: string): string {
  const company = header['dataAreaId'] ?? '';
  const taxes = taxOf(
    erp.rules.tax,
    lines.map((line) => taxed(erp, line)),
  );
  const key = {
    dataAreaId: company,
    InvoiceNumber: erp.numbers.creditNote(),
    InvoiceDate: date,
    LedgerVoucher: erp.numbers.voucher(),
  };
  const number = key.InvoiceNumber;
  const before = linesOf(erp.data, header).some((line) => line['ReturnStatus'] === 'Invoiced');
  const charges = chargesOf(erp, before ? {} : header, lines);
  const invoice = erp.data.table('SalesInvoiceHeadersV4').put({
    ...key,
    SalesOrderNumber: text(header, 'ReturnOrderNumber'),
    TotalInvoiceAmount: cents(taxes.total + charges),
    TotalTaxAmount: taxes.tax,
    CurrencyCode: text(header, 'CurrencyCode'),
    InvoiceCustomerAccountNumber: text(header, 'InvoiceCustomerAccountNumber'),
    CustomersOrderReference: text(header, 'CustomersOrderReference'),
  });
  lines.forEach((line, index) => {
    erp.data.table('SalesInvoiceV4Lines').put({
      ...key,
      LineCreationSequenceNumber: index + 1,
      ProductNumber: text(line, 'ItemNumber'),
      InvoicedQuantity: Number(line['ReturnSalesQuantity']),
      SalesPrice: Number(line['SalesPrice']),
      SalesUnitSymbol: text(line, 'SalesUnitSymbol'),
      LineAmount: Number(line['LineAmount']),
      LineTotalTaxAmount: taxes.lines[index] ?? 0,
      InventoryWarehouseId: text(line, 'ReturnWarehouseId'),
    });
    noteInvoice(erp, line, number);
  });
  writeJournal(erp, header, invoice);
  addTransaction(erp, {
    company,
    account: text(header, 'InvoiceCustomerAccountNumber'),
    invoice: number,
    voucher: key.LedgerVoucher,
    amount: Number(invoice['TotalInvoiceAmount']),
    type: 'Sales',
    date,
  });
  erp.invoicePosted(invoice);
  return number;
}

function noteInvoice(erp: Erp, line: Row, number: string): void {
  const key = {
    dataAreaId: line['dataAreaId'] ?? '',
    ReturnInventoryLotId: text(line, 'ReturnInventoryLotId'),
  };
  erp.data
    .table('ReturnLineFacts')
    .put({ ...(find(erp.data, 'ReturnLineFacts', key) ?? key), InvoiceNumber: number });
}

function writeJournal(erp: Erp, header: Row, invoice: Row): void {
  erp.data.table('CustInvoiceJourBiEntities').put({
    dataAreaId: header['dataAreaId'] ?? '',
    SourceKey: erp.numbers.record(),
    InvoiceId: text(invoice, 'InvoiceNumber'),
    SalesId: text(header, 'ReturnOrderNumber'),
    ReturnItemNum: text(header, 'RMANumber'),
    ReturnStatus: text(header, 'ReturnStatus'),
    ReturnReasonCodeId: text(header, 'CustomerReturnReasonCode'),
    PurchaseOrder: text(header, 'CustomerRequisitionNumber'),
    LedgerVoucher: text(invoice, 'LedgerVoucher'),
    InvoiceAmount: Number(invoice['TotalInvoiceAmount']),
    SumTax: Number(invoice['TotalTaxAmount']),
  });
}
