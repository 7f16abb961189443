import { find, having, text, type Erp } from './erp';
import type { Row } from './odata-filter';
import { cents } from './tax';

const SET = 'CallCenterSalesOrderCustomerPayments';

/**
 * Works out the refund lines of a return order, as "Complete" does (A10): the tender of the original order where it
 * was one card, loyalty or gift card of ours; for cash and checks what the refund methods say; else the default.
 */
export function completeReturnOrder(erp: Erp, header: Row): void {
  const number = text(header, 'ReturnOrderNumber');
  for (const line of paymentsOf(erp, header)) {
    if (line['Status'] === 'Paid' || line['Status'] === 'Posted') return;
    const table = erp.data.table(SET);
    table.delete(table.keyOf(line));
  }
  const original = text(header, 'CustomerRequisitionNumber');
  const [paid, ...more] = having(erp.data, SET, header['dataAreaId'] ?? '', 'SalesOrderId', original);
  erp.data.table(SET).put({
    dataAreaId: header['dataAreaId'] ?? '',
    LineNumber: 1,
    SalesOrderId: number,
    ...refundTender(erp, header, more.length === 0 ? paid : undefined),
    Status: 'NotSubmitted',
    Amount: Number(header['OrderTotalAmount']),
    CurrencyCode: text(header, 'CurrencyCode'),
    OriginalRefundSalesOrderId: paid ? original : '',
    OriginalRefundLineNumber: Number(paid?.['LineNumber'] ?? 0),
  });
}

function refundTender(erp: Erp, header: Row, paid: Row | undefined): Row {
  const type = text(paid, 'CustomerPaymentType');
  const ownGiftCard = type === 'GiftCard' && text(paid, 'RetailGiftCardId') !== '';
  if (paid && (type === 'CreditCard' || type === 'LoyaltyCard' || ownGiftCard)) {
    return {
      CustomerPaymentType: type,
      RetailStoreTenderTypeId: text(paid, 'RetailStoreTenderTypeId'),
      UniqueCreditCardId: text(paid, 'UniqueCreditCardId'),
      RetailGiftCardId: text(paid, 'RetailGiftCardId'),
    };
  }
  const method = find(erp.data, 'CallCenterRefundMethods', {
    dataAreaId: header['dataAreaId'] ?? '',
    CurrencyCode: text(header, 'CurrencyCode'),
  });
  const byMethod = type === 'Cash' || type === 'Check' ? text(method, 'TenderTypeId') : '';
  return {
    CustomerPaymentType: 'RefundCheck',
    RetailStoreTenderTypeId: byMethod || erp.rules.defaultRefundTender,
  };
}

/** Money moves with the invoice of the return (A10): cards are paid, checks wait for somebody. */
export function refundWithInvoice(erp: Erp, invoice: Row): void {
  const company = invoice['dataAreaId'] ?? '';
  const number = text(invoice, 'SalesOrderNumber');
  for (const line of having(erp.data, SET, company, 'SalesOrderId', number)) {
    if (line['Status'] === 'Declined' || line['Status'] === 'Paid') continue;
    const check = line['CustomerPaymentType'] === 'RefundCheck';
    const amount = cents(Number(line['PostedAmount']) + Number(invoice['TotalInvoiceAmount']));
    erp.data.table(SET).put({ ...line, Status: check ? 'Posted' : 'Paid', PostedAmount: amount });
  }
}

/** The processor refuses a refund line. */
export function declinePayment(erp: Erp, header: Row, lineNumber = 1): void {
  const line = paymentsOf(erp, header).find((row) => row['LineNumber'] === lineNumber);
  if (!line)
    throw new Error(`Return order ${text(header, 'ReturnOrderNumber')} has no payment line ${lineNumber}`);
  erp.data.table(SET).put({ ...line, Status: 'Declined', PostedAmount: 0 });
}

function paymentsOf(erp: Erp, header: Row): Row[] {
  return having(erp.data, SET, header['dataAreaId'] ?? '', 'SalesOrderId', text(header, 'ReturnOrderNumber'));
}
