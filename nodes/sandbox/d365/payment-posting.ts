import { addTransaction, settle } from './customer-ledger';
import { find, having, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';
import { paymentLines } from './payments';
import { periodFault } from './periods';
import { PostingFault, type Posted } from './posting';
import { cents } from './tax';

/** Posts a customer payment journal, all of its lines or none, and settles what they mark (A10). */
export function postPaymentJournal(erp: Erp, company: Value, number: string): Posted {
  const journal = find(erp.data, 'CustomerPaymentJournalHeaders', {
    dataAreaId: company,
    JournalBatchNumber: number,
  });
  if (!journal) throw new PostingFault([`Journal ${number} does not exist.`]);
  if (journal['IsPosted'] === 'Yes') throw new PostingFault([`Journal ${number} has already been posted.`]);
  const lines = paymentLines(erp, journal);
  if (lines.length === 0) throw new PostingFault([`Journal ${number} has no lines.`]);
  const faults = lines.flatMap((line) => faultsOf(erp, line));
  if (faults.length > 0) throw new PostingFault(faults);
  erp.data.table('CustomerPaymentJournalHeaders').put({ ...journal, IsPosted: 'Yes' });
  for (const line of lines) postLine(erp, company, line);
  return { documentNumber: number };
}

function faultsOf(erp: Erp, line: Row): string[] {
  const faults: string[] = [];
  const company = line['dataAreaId'] ?? '';
  const period = periodFault(erp, company, text(line, 'TransactionDate'), ['Cust', 'Ledger']);
  if (period !== null) faults.push(period);
  if (text(line, 'Voucher') === '') faults.push('Voucher not specified.');
  const account = text(line, 'AccountDisplayValue');
  const customer = find(erp.data, 'CustomersV3', { dataAreaId: company, CustomerAccount: account });
  const hold = text(customer, 'OnHoldStatus');
  if (hold === 'All' || hold === 'Payment') faults.push(`Customer ${account} is on hold for ${hold}.`);
  const method = find(erp.data, 'CustomerPaymentMethods', {
    dataAreaId: company,
    Name: text(line, 'PaymentMethodName'),
  });
  const wantsReference = method?.['ValidatePaymentReferenceIsMandatory'] === 'Yes';
  if (wantsReference && text(line, 'PaymentReference') === '')
    faults.push('Payment reference must be filled in.');
  if (text(line, 'OffsetAccountDisplayValue') === '' && text(method, 'PaymentAccountDisplayValue') === '')
    faults.push('Offset account must be filled in.');
  return faults;
}

function postLine(erp: Erp, company: Value, line: Row): void {
  const voucher = text(line, 'Voucher');
  addTransaction(erp, {
    company,
    account: text(line, 'AccountDisplayValue'),
    invoice: '',
    voucher,
    amount: cents(Number(line['DebitAmount']) - Number(line['CreditAmount'])),
    type: 'Payment',
    date: text(line, 'TransactionDate'),
    method: text(line, 'PaymentMethodName'),
    reference: text(line, 'PaymentReference'),
  });
  const marked = text(line, 'MarkedInvoice');
  if (marked !== '') settle(erp, company, marked, voucher);
  const number = text(line, 'JournalBatchNumber');
  const settled = having(
    erp.data,
    'PaymentJournalLineSettledInvoices',
    company,
    'JournalBatchNumber',
    number,
  );
  for (const row of settled.filter((one) => one['LineNumber'] === line['LineNumber'])) {
    settle(erp, company, text(row, 'InvoiceNumber'), voucher, Number(row['SettledAmount']) || Infinity);
  }
}
