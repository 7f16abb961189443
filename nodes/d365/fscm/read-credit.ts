import { parseMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { NAMES, NAMES_OF } from './names';
import { and, anyOf, eq, listPath } from './odata';
import { isGoodsLine } from './orders';
import type { FscmParts } from './parts';
import { linesOf } from './return-order-checks';
import { returnOrdersPath } from './return-order-rows';
import { numberOf, textOf, type D365Row } from './rows';

/** Ends the name of a line that goes beyond one line of the sale. */
const FURTHER = /\/\d+$/;

/** What the disposition of a lot does (A4.2). */
export type LotEffect =
  /** Goods that must have arrived before they are credited. */
  | 'goods'
  /** The customer is credited, and nothing comes back. */
  | 'credit-only'
  /** Goods go to the customer again, and nothing is credited. */
  | 'no-credit'
  /** None is set, or one that the ERP does not tell. */
  | 'none';

/** A line of the return order: a part arrival splits off another one. */
export interface Lot {
  lot: string;
  external: string;
  /** Lines that stand for one line of the return, whichever line of the sale they came from. */
  group: string;
  item: string;
  /** In its unit. */
  pieces: number;
  unit: string;
  /** What is to be credited for it by the return order: negative. */
  amount: Money;
  status: string;
  effect: LotEffect;
  disposition: string;
  /** Cost of a unit, where it was typed in; 0 where not (A4). */
  unitCost: number;
  /** Linked to the line of the sale, so that the cost is that of the sale. */
  linked: boolean;
  etag: string;
}

export interface CreditNoteLine {
  item: string;
  /** Positive: what came back. */
  pieces: number;
  amount: Money;
  tax: Money;
}

/** A posted credit note of the return order. Amounts are negative. */
export interface CreditNote {
  number: string;
  voucher: string;
  /** The day it was posted on. */
  day: string;
  total: Money;
  tax: Money;
}

/** What stands in the ERP for the credit of a return. */
export interface CreditState {
  number: string;
  rma: string;
  status: string;
  stopped: boolean;
  /** The sales order that the goods were sold on; empty where it is not known. */
  salesOrder: string;
  customer: string;
  invoiceCustomer: string;
  /** What the account that is credited is on hold for; empty where for nothing. */
  hold: string;
  currency: string;
  /** Actions of the company's disposition codes, by code in lower case. */
  actions: ReadonlyMap<string, string>;
  /** Without cancelled ones. */
  lots: Lot[];
  credits: CreditNote[];
}

/** The return order of a return with all that its credit depends on; null where there is none yet. */
export async function readCreditState(
  reference: string,
  { client, settings }: Pick<FscmParts, 'client' | 'settings'>,
  signal?: AbortSignal,
): Promise<CreditState | null | { problem: Problem }> {
  const { company } = settings;
  const [found = []] = await client.readTogether([returnOrdersPath(company, reference)], signal);
  const standing = found.filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled');
  const [header, another] = standing;
  if (another) {
    const what = standing.map((row) => textOf(row, 'ReturnOrderNumber')).join(', ');
    return { problem: { code: 'document-ambiguous', what, lines: [] } };
  }
  if (!header) return found.length === 0 ? null : { problem: cancelled(found) };
  const number = textOf(header, 'ReturnOrderNumber');
  const account = textOf(header, 'InvoiceCustomerAccountNumber') || textOf(header, 'CustomerAccountNumber');
  const ofCompany = eq('dataAreaId', company);
  const invoiceFields = [...NAMES.SalesInvoiceHeadersV4, ...NAMES_OF.credit.SalesInvoiceHeadersV4];
  const [invoices = [], customers = [], codes = []] = await client.readTogether(
    [
      listPath('SalesInvoiceHeadersV4', {
        filter: and(ofCompany, eq('SalesOrderNumber', number)),
        select: invoiceFields,
      }),
      listPath('CustomersV3', {
        filter: and(ofCompany, eq('CustomerAccount', account)),
        select: NAMES.CustomersV3,
      }),
      listPath('ReturnDispositionCodes', {
        filter: ofCompany,
        select: NAMES_OF.credit.ReturnDispositionCodes,
      }),
    ],
    signal,
  );
  const currency = textOf(header, 'CurrencyCode');
  const actions = new Map(
    codes.map((row) => [textOf(row, 'DispositionCode').toLowerCase(), textOf(row, 'DispositionAction')]),
  );
  return {
    number,
    rma: textOf(header, 'RMANumber'),
    status: textOf(header, 'ReturnStatus'),
    stopped: textOf(header, 'IsReturnProcessingStopped') === 'Yes',
    salesOrder: textOf(header, 'CustomerRequisitionNumber'),
    customer: textOf(header, 'CustomerAccountNumber'),
    invoiceCustomer: account,
    hold: customers.map((row) => textOf(row, 'OnHoldStatus')).find(stopsCredits) ?? '',
    currency,
    actions,
    lots: linesOf(header)
      .filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled' && isGoodsLine(row))
      .map((row) => lotOf(row, actions, currency)),
    credits: invoices
      .filter((row) => numberOf(row, 'TotalInvoiceAmount') < 0)
      .map(creditOf)
      .sort((a, b) => (a.number < b.number ? -1 : 1)),
  };
}

/** The lines of a credit note, or of the invoices of a sale. */
export async function readInvoiceLines(
  invoices: readonly string[],
  currency: string,
  { client, settings }: Pick<FscmParts, 'client' | 'settings'>,
  signal?: AbortSignal,
): Promise<CreditNoteLine[]> {
  if (invoices.length === 0) return [];
  const rows = await client.list(
    'SalesInvoiceV4Lines',
    {
      filter: and(eq('dataAreaId', settings.company), anyOf('InvoiceNumber', invoices)),
      select: NAMES_OF.credit.SalesInvoiceV4Lines,
    },
    signal,
  );
  return rows.map((row) => ({
    item: textOf(row, 'ProductNumber'),
    pieces: -numberOf(row, 'InvoicedQuantity'),
    amount: parseMoney(numberOf(row, 'LineAmount'), currency),
    tax: parseMoney(numberOf(row, 'LineTotalTaxAmount'), currency),
  }));
}

/** What the lines of the sale were invoiced with: positive figures. */
export async function readSaleInvoices(
  salesOrder: string,
  currency: string,
  parts: Pick<FscmParts, 'client' | 'settings'>,
  signal?: AbortSignal,
): Promise<CreditNoteLine[]> {
  if (salesOrder === '') return [];
  const rows = await parts.client.list(
    'SalesInvoiceHeadersV4',
    {
      filter: and(eq('dataAreaId', parts.settings.company), eq('SalesOrderNumber', salesOrder)),
      select: NAMES.SalesInvoiceHeadersV4,
    },
    signal,
  );
  const numbers = rows
    .filter((row) => numberOf(row, 'TotalInvoiceAmount') > 0)
    .map((row) => textOf(row, 'InvoiceNumber'));
  const lines = await readInvoiceLines([...new Set(numbers)], currency, parts, signal);
  return lines.map((line) => ({ ...line, pieces: -line.pieces }));
}

export function groupOf(external: string): string {
  return external.replace(FURTHER, '');
}

function lotOf(row: D365Row, actions: ReadonlyMap<string, string>, currency: string): Lot {
  const external = textOf(row, 'ExternalItemNumber');
  const disposition = textOf(row, 'ReturnDispositionCode');
  return {
    lot: textOf(row, 'ReturnInventoryLotId'),
    external,
    group: groupOf(external),
    item: textOf(row, 'ItemNumber'),
    pieces: -numberOf(row, 'ReturnSalesQuantity'),
    unit: textOf(row, 'SalesUnitSymbol'),
    amount: parseMoney(numberOf(row, 'LineAmount'), currency),
    status: textOf(row, 'ReturnStatus'),
    effect: effectOf(actions.get(disposition.toLowerCase())),
    disposition,
    unitCost: numberOf(row, 'ReturnUnitCost'),
    linked: textOf(row, 'ReturningInventoryLotId') !== '',
    etag: textOf(row, '@odata.etag'),
  };
}

/** The effect of a `DispositionAction`; undefined for a code that the company does not have. */
export function effectOf(action: string | undefined): LotEffect {
  if (action === undefined || action === '') return 'none';
  if (action === 'CreditOnly') return 'credit-only';
  return action === 'ReturnToCust' ? 'no-credit' : 'goods';
}

function creditOf(row: D365Row): CreditNote {
  const currency = textOf(row, 'CurrencyCode');
  const amount = (field: string): Money => parseMoney(numberOf(row, field), currency);
  return {
    number: textOf(row, 'InvoiceNumber'),
    voucher: textOf(row, 'LedgerVoucher'),
    day: textOf(row, 'InvoiceDate').slice(0, 10),
    total: amount('TotalInvoiceAmount'),
    tax: amount('TotalTaxAmount'),
  };
}

/** On hold for payments or purchases, a customer is credited all the same (A8, A15). */
function stopsCredits(hold: string): boolean {
  return hold === 'All' || hold === 'Invoice';
}

function cancelled(found: readonly D365Row[]): Problem {
  const numbers = found.map((row) => textOf(row, 'ReturnOrderNumber')).join(', ');
  return {
    code: 'document-conflict',
    what: `return order ${numbers} is cancelled`,
    lines: [{ field: 'state', expected: 'standing', received: 'Canceled' }],
  };
}
