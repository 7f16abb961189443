import { refuseReadOnly } from './arrival-journals';
import { companyOf, dateOf, find, having, text, type Erp, type SetWriter } from './erp';
import type { Row } from './odata-filter';
import { fieldRefusal } from './refusal';
import { Relations } from './relations';

const HEADER = 'CustomerPaymentJournalHeaders';
const LINE = 'CustomerPaymentJournalLines';
const SETTLED = 'PaymentJournalLineSettledInvoices';

/** Customer payment journals (A10). As arrival journals, they are never posted over OData. */
export class PaymentJournals implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, 'CustPaymentJournalHeaderEntity');
  }

  create(body: Row): Row {
    refuseReadOnly(body, 'CustPaymentJournalHeaderEntity');
    this.check(body);
    return this.erp.data.table(HEADER).put({
      ...body,
      dataAreaId: companyOf(body, this.erp.data),
      JournalBatchNumber: this.erp.numbers.paymentJournal(),
      IsPosted: 'No',
    });
  }

  update(row: Row, change: Row): void {
    refuseReadOnly(change, 'CustPaymentJournalHeaderEntity');
    refusePosted(row, this.relations);
    const merged = { ...row, ...change };
    this.check(merged);
    this.erp.data.table(HEADER).put(merged);
  }

  remove(row: Row): void {
    refusePosted(row, this.relations);
    const { data } = this.erp;
    for (const line of paymentLines(this.erp, row)) data.table(LINE).delete(data.table(LINE).keyOf(line));
    data.table(HEADER).delete(data.table(HEADER).keyOf(row));
  }

  private check(row: Row): void {
    this.relations.required(row, 'JournalName', 'Name');
    this.relations.known(row, 'JournalName', 'Journal name', (value) =>
      this.erp.rules.paymentJournalNames.some((name) => name.toLowerCase() === value.toLowerCase()),
    );
  }
}

/** Lines of payment journals: a debit gives money back to the customer, a credit takes it (A10). */
export class PaymentLines implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, 'CustPaymentJournalLineEntity');
  }

  create(body: Row): Row {
    const { data, rules, numbers } = this.erp;
    const given: Row = { ...body, dataAreaId: companyOf(body, data) };
    const journal = journalOf(this.erp, given);
    if (!journal) {
      const number = text(given, 'JournalBatchNumber');
      throw fieldRefusal('CustPaymentJournalLineEntity', number, 'Journal', 'JournalBatchNumber');
    }
    refusePosted(journal, this.relations);
    const before = paymentLines(this.erp, journal);
    const number = body['LineNumber'] ?? Math.max(0, ...before.map((line) => Number(line['LineNumber']))) + 1;
    if (before.some((line) => line['LineNumber'] === number))
      throw this.relations.refused(
        'Cannot create a record. The record already exists.',
        'LedgerJournalTrans',
      );
    const row: Row = {
      ...given,
      LineNumber: number,
      AccountType: given['AccountType'] ?? 'Cust',
      CurrencyCode: given['CurrencyCode'] ?? this.erp.currency,
      TransactionDate: given['TransactionDate'] ?? dateOf(this.erp),
      Voucher: text(given, 'Voucher') || (rules.paymentVouchers ? numbers.voucher() : ''),
    };
    this.check(row);
    return data.table(LINE).put(row);
  }

  update(row: Row, change: Row): void {
    refusePosted(journalOf(this.erp, row) ?? {}, this.relations);
    const merged = { ...row, ...change };
    this.check(merged);
    this.erp.data.table(LINE).put(merged);
  }

  remove(row: Row): void {
    refusePosted(journalOf(this.erp, row) ?? {}, this.relations);
    const table = this.erp.data.table(LINE);
    table.delete(table.keyOf(row));
  }

  private check(row: Row): void {
    const { relations } = this;
    relations.required(row, 'AccountDisplayValue', 'Account');
    if (row['AccountType'] === 'Cust')
      relations.related(row, 'AccountDisplayValue', 'CustomersV3', 'CustomerAccount', 'Customer account');
    relations.known(row, 'CurrencyCode', 'Currency', (value) => /^[A-Z]{3}$/.test(value));
    relations.related(row, 'PaymentMethodName', 'CustomerPaymentMethods', 'Name', 'Method of payment');
    const [debit, credit] = [Number(row['DebitAmount'] ?? 0), Number(row['CreditAmount'] ?? 0)];
    if (debit < 0 || credit < 0 || debit > 0 === credit > 0)
      throw relations.refused('Either a debit or a credit amount must be given.', 'LedgerJournalTrans');
  }
}

/** The invoices that a payment line is meant for. The fields are inferred [I]. */
export class SettledInvoices implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, 'CustPaymentJournalLineSettledInvoiceEntity');
  }

  create(body: Row): Row {
    const row: Row = { ...body, dataAreaId: companyOf(body, this.erp.data) };
    refusePosted(journalOf(this.erp, row) ?? {}, this.relations);
    this.relations.required(row, 'InvoiceNumber', 'Invoice');
    const line = find(this.erp.data, LINE, {
      dataAreaId: row['dataAreaId'] ?? '',
      JournalBatchNumber: text(row, 'JournalBatchNumber'),
      LineNumber: row['LineNumber'] ?? 0,
    });
    if (!line) throw this.relations.refused('The payment line does not exist.', 'LedgerJournalTrans');
    const invoices = having(
      this.erp.data,
      'CustTransactions',
      row['dataAreaId'] ?? '',
      'Invoice',
      text(row, 'InvoiceNumber'),
    );
    this.relations.known(row, 'InvoiceNumber', 'Invoice', () =>
      invoices.some((invoice) => invoice['AccountNum'] === line['AccountDisplayValue']),
    );
    return this.erp.data.table(SETTLED).put(row);
  }

  update(row: Row, change: Row): void {
    refusePosted(journalOf(this.erp, row) ?? {}, this.relations);
    this.erp.data.table(SETTLED).put({ ...row, ...change });
  }

  remove(row: Row): void {
    refusePosted(journalOf(this.erp, row) ?? {}, this.relations);
    const table = this.erp.data.table(SETTLED);
    table.delete(table.keyOf(row));
  }
}

export function paymentLines(erp: Erp, journal: Row): Row[] {
  const number = text(journal, 'JournalBatchNumber');
  return having(erp.data, LINE, journal['dataAreaId'] ?? '', 'JournalBatchNumber', number).sort(
    (a, b) => Number(a['LineNumber']) - Number(b['LineNumber']),
  );
}

function journalOf(erp: Erp, row: Row): Row | undefined {
  return find(erp.data, HEADER, {
    dataAreaId: row['dataAreaId'] ?? '',
    JournalBatchNumber: text(row, 'JournalBatchNumber'),
  });
}

function refusePosted(journal: Row, relations: Relations): void {
  if (journal['IsPosted'] !== 'Yes') return;
  const number = text(journal, 'JournalBatchNumber');
  throw relations.refused(`Journal ${number} has been posted.`, 'LedgerJournalTable');
}
