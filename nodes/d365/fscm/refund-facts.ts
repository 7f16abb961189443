import { money, type Money } from '../../returns/money';
import type { PostedDocument, ReturnEvent } from '../../returns/event';
import type { Problem } from '../../returns/posting-checks';
import { KINDS, type RefundPolicy } from '../documents';
import { NAMES, NAMES_OF } from './names';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import type { RefundParts } from './parts';
import type { CreditedLine, EarlierRefund } from './refund-plan';
import { linesOf } from './return-order-checks';
import { amountIn } from './row-amount';
import { numberOf, textOf, type D365Row } from './rows';
import type { SalePayments } from './tenders';

/** One credit of a return, and what is known of the return. */
export interface OneCredit {
  event: ReturnEvent;
  credit: PostedDocument;
  /** All credits of the return, first to last. */
  credits: readonly PostedDocument[];
  /** What is posted for the return. */
  known: readonly PostedDocument[];
  policy: RefundPolicy;
}

export interface Refunded {
  made: PostedDocument[];
  problem: Problem | null;
}

/** A credit as it stands in the ERP, with what belongs to it. */
export interface CreditFacts {
  credit: PostedDocument;
  /** `SalesOrderNumber` of the credit note. */
  returnOrder: string;
  /** Account that the credit note was invoiced to. */
  account: string;
  /** Number of the original sales order, as the return order or the credit tells it; empty where neither does. */
  sale: string;
  lines: CreditedLine[];
  /** What is open of the credit note, positive; null where the customer's ledger does not have it. */
  open: Money | null;
  /** What the account is on hold for, such as `Payment`; `No` where for nothing. */
  hold: string;
  methods: D365Row[];
}

/**
 * Reads a credit and all that tells whether and to whom it is refunded. Null where the ERP does not have it: no refund is
 * made before the credit is there (R89).
 */
export async function readCredit(
  credit: PostedDocument,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<CreditFacts | null> {
  const { client, settings } = parts;
  const company = eq('dataAreaId', settings.company);
  const currency = credit.amount?.currency ?? '';
  const names = NAMES_OF.refund;
  const [invoices = [], transactions = [], methods = []] = await client.readTogether(
    [
      listPath('SalesInvoiceHeadersV4', {
        filter: and(company, eq('InvoiceNumber', credit.number)),
        select: names.SalesInvoiceHeadersV4,
      }),
      listPath('CustTransactions', {
        filter: and(company, eq('Invoice', credit.number)),
        select: names.CustTransactions,
      }),
      listPath('CustomerPaymentMethods', { filter: company, select: names.CustomerPaymentMethods }),
    ],
    signal,
  );
  const invoice = invoices.find((row) => numberOf(row, 'TotalInvoiceAmount') < 0);
  if (!invoice) return null;
  const returnOrder = textOf(invoice, 'SalesOrderNumber') || (credit.references['returnOrder'] ?? '');
  const account = textOf(invoice, 'InvoiceCustomerAccountNumber');
  const [headers = [], customers = [], ...opens] = await client.readTogether(
    [
      listPath('ReturnOrderHeadersV2', {
        filter: and(company, eq('ReturnOrderNumber', returnOrder)),
        select: NAMES.ReturnOrderHeadersV2,
        expand: 'ReturnOrderLines',
      }),
      listPath('CustomersV3', {
        filter: and(company, eq('CustomerAccount', account)),
        select: NAMES.CustomersV3,
      }),
      ...transactions.map((row) =>
        listPath('CustTransOpens', {
          filter: `${company} and SysRecId eq ${numberOf(row, 'SysRecId')}`,
          select: names.CustTransOpens,
        }),
      ),
    ],
    signal,
  );
  const [header = {}] = headers;
  const open = opens.flat().reduce((sum, row) => sum - amountIn(row, 'AmountCur', currency), 0);
  return {
    credit,
    returnOrder,
    account,
    sale: textOf(header, 'CustomerRequisitionNumber') || (credit.references['originalOrder'] ?? ''),
    lines: creditedLines(header, currency),
    open: transactions.length === 0 ? null : money(Math.max(0, open), currency),
    hold: customers.map((row) => textOf(row, 'OnHoldStatus')).find((hold) => hold !== '') ?? 'No',
    methods,
  };
}

function creditedLines(header: D365Row, currency: string): CreditedLine[] {
  const live = linesOf(header).filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled');
  const invoiced = live.filter((row) => textOf(row, 'ReturnStatus') === 'Invoiced');
  return (invoiced.length > 0 ? invoiced : live).map((row) => ({
    external: textOf(row, 'ExternalItemNumber'),
    minor: -amountIn(row, 'LineAmount', currency),
  }));
}

/** A line of a payment journal that gives money back for a return of the sale. */
export interface RefundLine extends EarlierRefund {
  journal: string;
  /** Number of the return order that it is for. */
  returnOrder: string;
  /** The credit note that it is to settle; empty where it names none. */
  marked: string;
}

/** How the original order was paid, and all that was refunded of it, by whomever. */
export interface SaleFacts extends SalePayments {
  refunds: RefundLine[];
  /** Refunds of its returns that the call center has made. */
  callCenter: EarlierRefund[];
}

/** Reads the payments of a sale and the refunds of all its returns. */
export async function readSale(
  facts: Pick<CreditFacts, 'sale' | 'returnOrder'>,
  currency: string,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<SaleFacts> {
  const { client, settings } = parts;
  const company = eq('dataAreaId', settings.company);
  const { sale } = facts;
  const names = NAMES_OF.refund;
  const [payments = [], orders = [], invoices = [], returns = []] =
    sale === ''
      ? []
      : await client.readTogether(
          [
            paymentsPath(company, [sale]),
            listPath('SalesOrderHeadersV4', {
              filter: and(company, eq('SalesOrderNumber', sale)),
              select: names.SalesOrderHeadersV4,
            }),
            listPath('SalesInvoiceHeadersV4', {
              filter: and(company, eq('SalesOrderNumber', sale)),
              select: names.SalesInvoiceHeadersV4,
            }),
            listPath('ReturnOrderHeadersV2', {
              filter: and(company, eq('CustomerRequisitionNumber', sale)),
              select: NAMES.ReturnOrderHeadersV2,
            }),
          ],
          signal,
        );
  const numbers = [
    ...new Set([facts.returnOrder, ...returns.map((row) => textOf(row, 'ReturnOrderNumber'))]),
  ].filter((number) => number !== '');
  const chunks = inChunks(numbers, 'PaymentReference');
  const read = await client.readTogether(
    [
      ...chunks.map((chunk) => refundLinesPath(company, chunk)),
      ...chunks.map((chunk) => paymentsPath(company, chunk)),
    ],
    signal,
  );
  const [lines, made] = [read.slice(0, chunks.length), read.slice(chunks.length)];
  const inCurrency = (row: D365Row): boolean => textOf(row, 'CurrencyCode') === currency;
  const invoiced = invoices.filter(inCurrency).map((row) => amountIn(row, 'TotalInvoiceAmount', currency));
  return {
    lines: payments,
    method: orders.map((row) => textOf(row, 'CustomerPaymentMethodName'))[0] ?? '',
    invoiced: money(
      invoiced.reduce((sum, minor) => sum + Math.max(0, minor), 0),
      currency,
    ),
    refunds: lines
      .flat()
      .filter(inCurrency)
      .map((row) => refundLine(row, currency)),
    callCenter: [...made.flat(), ...payments]
      .filter(inCurrency)
      .flatMap((row) => callCenterRefund(row, currency)),
  };
}

function paymentsPath(company: string, orders: readonly string[]): string {
  return listPath('CallCenterSalesOrderCustomerPayments', {
    filter: and(company, anyOf('SalesOrderId', orders)),
    select: NAMES_OF.refund.CallCenterSalesOrderCustomerPayments,
  });
}

function refundLinesPath(company: string, returnOrders: readonly string[]): string {
  return listPath('CustomerPaymentJournalLines', {
    filter: and(company, anyOf('PaymentReference', returnOrders)),
    select: NAMES_OF.refund.CustomerPaymentJournalLines,
  });
}

function refundLine(row: D365Row, currency: string): RefundLine {
  const minor = amountIn(row, 'DebitAmount', currency) - amountIn(row, 'CreditAmount', currency);
  return {
    journal: textOf(row, 'JournalBatchNumber'),
    returnOrder: textOf(row, 'PaymentReference'),
    marked: textOf(row, 'MarkedInvoice'),
    method: textOf(row, 'PaymentMethodName'),
    reference: textOf(row, 'PaymentId'),
    amount: money(minor, currency),
  };
}

/** A payment with a negative amount gives money back; as long as it has not moved, nothing was refunded. */
function callCenterRefund(row: D365Row, currency: string): EarlierRefund[] {
  const posted = amountIn(row, 'PostedAmount', currency);
  if (posted >= 0) return [];
  return [
    {
      method: textOf(row, 'RetailStoreTenderTypeId'),
      reference: textOf(row, 'UniqueCreditCardId'),
      amount: money(-posted, currency),
    },
  ];
}

/** Reads the payment lines of a return order that the call center has worked out. */
export async function readCallCenter(
  returnOrder: string,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<D365Row[]> {
  const company = eq('dataAreaId', parts.settings.company);
  const [rows = []] = await parts.client.readTogether([paymentsPath(company, [returnOrder])], signal);
  return rows.sort((a, b) => numberOf(a, 'LineNumber') - numberOf(b, 'LineNumber'));
}

/**
 * Lines that refund this credit and that the flow has not made (R16): they are for its return order, and settle this credit
 * note or name none. A line that takes money, as a correction does, counts against them.
 */
export function refundsByOthers(
  { returnOrder, credit }: Pick<CreditFacts, 'returnOrder' | 'credit'>,
  refunds: readonly RefundLine[],
  ours: readonly string[],
): RefundLine[] {
  const theirs = refunds.filter(
    (line) =>
      line.returnOrder === returnOrder &&
      (line.marked === '' || line.marked === credit.number) &&
      !ours.includes(line.journal),
  );
  return theirs.reduce((sum, { amount }) => sum + amount.minor, 0) > 0 ? theirs : [];
}

/** Numbers of the journals that the flow has made for a return. */
export function ownJournals(known: readonly PostedDocument[]): string[] {
  return known.flatMap(({ kind, number }) => (kind === KINDS.refund ? [number] : []));
}
