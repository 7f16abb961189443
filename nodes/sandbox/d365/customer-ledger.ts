import { find, having, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';
import { cents } from './tax';

/** Puts a transaction on a customer's account: negative is in the customer's favour (A8, A10). */
export function addTransaction(
  erp: Erp,
  given: {
    company: Value;
    account: string;
    invoice: string;
    voucher: string;
    amount: number;
    type: 'Sales' | 'Payment';
    date: string;
    method?: string;
    reference?: string;
  },
): void {
  const row = {
    dataAreaId: given.company,
    SysRecId: erp.numbers.record(),
    AccountNum: given.account,
    Invoice: given.invoice,
    Voucher: given.voucher,
    AmountCur: given.amount,
    CurrencyCode: erp.currency,
    TransType: given.type,
    TransDate: given.date,
    PaymMode: given.method ?? '',
    PaymReference: given.reference ?? '',
  };
  erp.data.table('CustTransactions').put(row);
  if (given.amount !== 0) putOpen(erp, row, given.amount);
  if (erp.rules.automaticSettlement) settleOldest(erp, given.company, given.account);
}

/** Settles an invoice with a payment, as far as both are open. Gives the amount that was settled, as it was invoiced. */
export function settle(erp: Erp, company: Value, invoice: string, voucher: string, most = Infinity): number {
  const [owed, paid] = [openOf(erp, company, 'Invoice', invoice), openOf(erp, company, 'Voucher', voucher)];
  if (!owed || !paid || Math.sign(owed.amount) === Math.sign(paid.amount)) return 0;
  const amount = Math.min(Math.abs(owed.amount), Math.abs(paid.amount), Math.abs(most));
  const settled = cents(Math.sign(owed.amount) * amount);
  putOpen(erp, owed.row, cents(owed.amount - settled));
  putOpen(erp, paid.row, cents(paid.amount + settled));
  erp.data.table('Settlements').put({
    dataAreaId: company,
    SettlementId: erp.numbers.settlement(),
    Invoice: invoice,
    PaymentVoucher: voucher,
    Amount: settled,
  });
  return settled;
}

/** What is still open of an invoice or a payment; null where nothing is. */
export function openOf(
  erp: Erp,
  company: Value,
  by: 'Invoice' | 'Voucher',
  value: string,
): { row: Row; amount: number } | null {
  const row = value === '' ? undefined : having(erp.data, 'CustTransactions', company, by, value)[0];
  const open =
    row && find(erp.data, 'CustTransOpens', { dataAreaId: company, SysRecId: row['SysRecId'] ?? 0 });
  return row && open ? { row, amount: Number(open['AmountCur']) } : null;
}

function putOpen(erp: Erp, row: Row, amount: number): void {
  const table = erp.data.table('CustTransOpens');
  const key = { dataAreaId: row['dataAreaId'] ?? '', SysRecId: row['SysRecId'] ?? 0 };
  if (amount !== 0) {
    table.put({ ...key, AccountNum: text(row, 'AccountNum'), AmountCur: amount });
    return;
  }
  table.delete(table.keyOf(key));
  erp.data.table('CustTransactions').put({ ...row, Closed: new Date(erp.now()).toISOString() });
}

/** First in, first out: it does not know which return a credit note belongs to (A4). */
function settleOldest(erp: Erp, company: Value, account: string): void {
  const all = having(erp.data, 'CustTransactions', company, 'AccountNum', account);
  const invoices = all.filter((row) => text(row, 'Invoice') !== '');
  for (const payment of all.filter((row) => row['TransType'] === 'Payment')) {
    for (const invoice of invoices) settle(erp, company, text(invoice, 'Invoice'), text(payment, 'Voucher'));
  }
}
