import { createHash } from 'node:crypto';
import { formatMoney, money, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { decimalNumber } from './match-lines';
import { NAMES_OF } from './names';
import { and, eq, listPath } from './odata';
import type { RefundParts } from './parts';
import type { CreditFacts } from './refund-facts';
import { amountIn } from './row-amount';
import { numberOf, textOf, type D365Row } from './rows';

/** Room for a description: the reference gives no length, so this is careful. */
const LONGEST = 60;

/**
 * By what a refund’s journal is found again: our reference with the number of the credit note, since a return may have
 * several.
 */
export function journalDescription(reference: string, credit: string): string {
  // A wildcard would make the look-up find other journals (A2).
  const plain = `${reference} ${credit}`.replace(/[^A-Za-z0-9 ._-]/g, '_');
  if (plain.length <= LONGEST && plain === `${reference} ${credit}`) return plain;
  const digest = createHash('sha256').update(`${reference}\u0000${credit}`).digest('hex').slice(0, 12);
  return `${plain.slice(0, LONGEST - 13)}-${digest}`;
}

/** What a refund’s journal is to hold. */
export interface JournalPlan {
  refunds: readonly PlannedLine[];
  account: string;
  currency: string;
  /** Day of the transactions. */
  date: string;
}

export interface PlannedLine {
  method: string;
  paymentId: string;
  minor: number;
  /** What the original payment is called where it was told. */
  paid: string;
}

/** A payment journal with its lines. */
export interface Journal {
  number: string;
  posted: boolean;
  lines: D365Row[];
}

/** A line as it is written: money that goes to the customer, with the credit note that it settles (A10, F-7). */
export function journalLine(
  number: string,
  at: number,
  plan: JournalPlan,
  { credit, returnOrder }: Pick<CreditFacts, 'credit' | 'returnOrder'>,
  company: string,
): D365Row {
  const { method = '', paymentId = '', minor = 0 } = plan.refunds[at] ?? {};
  return {
    dataAreaId: company,
    JournalBatchNumber: number,
    LineNumber: at + 1,
    AccountType: 'Cust',
    AccountDisplayValue: plan.account,
    DebitAmount: decimalNumber(money(minor, plan.currency)),
    CurrencyCode: plan.currency,
    TransactionDate: plan.date,
    PaymentMethodName: method,
    PaymentReference: returnOrder,
    ...(paymentId === '' ? {} : { PaymentId: paymentId }),
    MarkedInvoice: credit.number,
    TransactionText: journalDescription(credit.references['reference'] ?? '', credit.number),
  };
}

/** The journals that meet a condition, with their lines. */
export async function readJournals(
  condition: string,
  { client, settings }: RefundParts,
  signal?: AbortSignal,
): Promise<Journal[]> {
  const company = eq('dataAreaId', settings.company);
  const names = NAMES_OF.refund;
  const headers = await client.list(
    'CustomerPaymentJournalHeaders',
    { filter: and(company, condition), select: names.CustomerPaymentJournalHeaders },
    signal,
  );
  if (headers.length === 0) return [];
  const lines = await client.readTogether(
    headers.map((row) => linesPath(company, textOf(row, 'JournalBatchNumber'))),
    signal,
  );
  return headers.map((row, at) => journalOf(row, lines[at] ?? []));
}

/** A journal whose number is known, in one call; undefined where there is none. */
export async function readJournal(
  number: string,
  { client, settings }: RefundParts,
  signal?: AbortSignal,
): Promise<Journal | undefined> {
  const company = eq('dataAreaId', settings.company);
  const [[header] = [], lines = []] = await client.readTogether(
    [
      listPath('CustomerPaymentJournalHeaders', {
        filter: and(company, eq('JournalBatchNumber', number)),
        select: NAMES_OF.refund.CustomerPaymentJournalHeaders,
      }),
      linesPath(company, number),
    ],
    signal,
  );
  return header && journalOf(header, lines);
}

function linesPath(company: string, number: string): string {
  return listPath('CustomerPaymentJournalLines', {
    filter: and(company, eq('JournalBatchNumber', number)),
    select: NAMES_OF.refund.CustomerPaymentJournalLines,
  });
}

function journalOf(header: D365Row, lines: D365Row[]): Journal {
  return {
    number: textOf(header, 'JournalBatchNumber'),
    posted: textOf(header, 'IsPosted') === 'Yes',
    lines: lines.sort((a, b) => numberOf(a, 'LineNumber') - numberOf(b, 'LineNumber')),
  };
}

/** What is open of a credit note, positive; null where the customer's ledger does not have it. */
export async function openOfCredit(
  credit: string,
  currency: string,
  { client, settings }: RefundParts,
  signal?: AbortSignal,
): Promise<Money | null> {
  const company = eq('dataAreaId', settings.company);
  const filter = and(company, eq('Invoice', credit));
  const rows = await client.list(
    'CustTransactions',
    { filter, select: NAMES_OF.refund.CustTransactions },
    signal,
  );
  if (rows.length === 0) return null;
  const opens = await client.readTogether(
    rows.map((row) => openPath(company, row)),
    signal,
  );
  return money(
    opens.flat().reduce((sum, row) => sum - amountIn(row, 'AmountCur', currency), 0),
    currency,
  );
}

function openPath(company: string, row: D365Row): string {
  return listPath('CustTransOpens', {
    filter: `${company} and SysRecId eq ${numberOf(row, 'SysRecId')}`,
    select: NAMES_OF.refund.CustTransOpens,
  });
}

/** Whether a line is what was meant, as far as money, customer and original payment go. */
export function sameLine(row: D365Row, meant: D365Row, currency: string): boolean {
  const fields = [
    'AccountDisplayValue',
    'CurrencyCode',
    'PaymentMethodName',
    'PaymentReference',
    'PaymentId',
  ];
  return (
    amountIn(row, 'DebitAmount', currency) === amountIn(meant, 'DebitAmount', currency) &&
    amountIn(row, 'CreditAmount', currency) === 0 &&
    fields.every((field) => textOf(row, field).toLowerCase() === textOf(meant, field).toLowerCase())
  );
}

/** A journal of ours holds something else than the credit comes to. */
export function journalConflict(number: string, rows: readonly D365Row[], plan: JournalPlan): Problem {
  const meant = plan.refunds.map(
    ({ method, minor }) => `${method} ${formatMoney(money(minor, plan.currency))}`,
  );
  return {
    code: 'document-conflict',
    what: `payment journal ${number}`,
    lines: rows.map((row) => ({
      field: `line ${numberOf(row, 'LineNumber')}`,
      expected: meant.join(', '),
      received: `${textOf(row, 'PaymentMethodName')} ${formatMoney(
        money(amountIn(row, 'DebitAmount', plan.currency), plan.currency),
      )}`,
    })),
  };
}
