import { parseMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { NAMES, NAMES_OF } from './names';
import { and, anyOf, eq, listPath } from './odata';
import { isGoodsLine } from './earlier-returns';
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
  /** Numbers of the invoices of the sale. */
  saleInvoices: string[];
  credits: CreditNote[];
}

/** What the rest of the state is read by. */
const HANGS_ON = ['number', 'salesOrder', 'invoiceCustomer'] as const;
type HangsOn = Pick<CreditState, (typeof HANGS_ON)[number]>;

function hangingOn(header: D365Row): HangsOn {
  return {
    number: textOf(header, 'ReturnOrderNumber'),
    salesOrder: textOf(header, 'CustomerRequisitionNumber'),
    invoiceCustomer:
      textOf(header, 'InvoiceCustomerAccountNumber') || textOf(header, 'CustomerAccountNumber'),
  };
}

/** Invoices of the return order and of the sale, the account that is credited, and what dispositions do. */
function pathsAround(company: string, { number, salesOrder, invoiceCustomer }: HangsOn): string[] {
  const ofCompany = eq('dataAreaId', company);
  const orders = salesOrder === '' ? [number] : [number, salesOrder];
  return [
    listPath('SalesInvoiceHeadersV4', {
      filter: and(ofCompany, anyOf('SalesOrderNumber', orders)),
      select: [...NAMES.SalesInvoiceHeadersV4, ...NAMES_OF.credit.SalesInvoiceHeadersV4],
    }),
    listPath('CustomersV3', {
      filter: and(ofCompany, eq('CustomerAccount', invoiceCustomer)),
      select: NAMES.CustomersV3,
    }),
    listPath('ReturnDispositionCodes', {
      filter: ofCompany,
      select: NAMES_OF.credit.ReturnDispositionCodes,
    }),
  ];
}

/**
 * The return order of a return with all that its credit depends on; null where there is none yet.
 *
 * @param before as it was read before: what it hangs on is known then, so that one call is enough
 */
export async function readCreditState(
  reference: string,
  { client, settings }: Pick<FscmParts, 'client' | 'settings'>,
  signal?: AbortSignal,
  before?: CreditState,
): Promise<CreditState | null | { problem: Problem }> {
  const { company } = settings;
  const [found = [], ...around] = await client.readTogether(
    [returnOrdersPath(company, reference), ...(before ? pathsAround(company, before) : [])],
    signal,
  );
  const standing = found.filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled');
  const [header, another] = standing;
  if (another) {
    const what = standing.map((row) => textOf(row, 'ReturnOrderNumber')).join(', ');
    return { problem: { code: 'document-ambiguous', what, lines: [] } };
  }
  if (!header) return found.length === 0 ? null : { problem: cancelled(found) };
  const hangsOn = hangingOn(header);
  const same = before !== undefined && HANGS_ON.every((field) => before[field] === hangsOn[field]);
  const [invoices = [], customers = [], codes = []] = same
    ? around
    : await client.readTogether(pathsAround(company, hangsOn), signal);
  const { number, salesOrder, invoiceCustomer } = hangsOn;
  const currency = textOf(header, 'CurrencyCode');
  const actions = new Map(
    codes.map((row) => [textOf(row, 'DispositionCode').toLowerCase(), textOf(row, 'DispositionAction')]),
  );
  return {
    number,
    rma: textOf(header, 'RMANumber'),
    status: textOf(header, 'ReturnStatus'),
    stopped: textOf(header, 'IsReturnProcessingStopped') === 'Yes',
    salesOrder,
    customer: textOf(header, 'CustomerAccountNumber'),
    invoiceCustomer,
    hold: customers.map((row) => textOf(row, 'OnHoldStatus')).find(stopsCredits) ?? '',
    currency,
    actions,
    lots: linesOf(header)
      .filter((row) => textOf(row, 'ReturnStatus') !== 'Canceled' && isGoodsLine(row))
      .map((row) => lotOf(row, actions, currency)),
    saleInvoices: invoices
      .filter(
        (row) => textOf(row, 'SalesOrderNumber') === salesOrder && numberOf(row, 'TotalInvoiceAmount') > 0,
      )
      .map((row) => textOf(row, 'InvoiceNumber')),
    credits: invoices
      .filter((row) => textOf(row, 'SalesOrderNumber') === number && numberOf(row, 'TotalInvoiceAmount') < 0)
      .map(creditOf)
      .sort((a, b) => (a.number < b.number ? -1 : 1)),
  };
}

/** The lines of a credit note, and what the lines of the sale were invoiced with, in positive figures; in one call. */
export async function readInvoiceLines(
  credit: string,
  saleInvoices: readonly string[],
  currency: string,
  { client, settings }: Pick<FscmParts, 'client' | 'settings'>,
  signal?: AbortSignal,
): Promise<{ lines: CreditNoteLine[]; invoiced: CreditNoteLine[] }> {
  const rows = await client.list(
    'SalesInvoiceV4Lines',
    {
      filter: and(
        eq('dataAreaId', settings.company),
        anyOf('InvoiceNumber', [...new Set([credit, ...saleInvoices])]),
      ),
      select: NAMES_OF.credit.SalesInvoiceV4Lines,
    },
    signal,
  );
  const line = (row: D365Row, sign: 1 | -1): CreditNoteLine => ({
    item: textOf(row, 'ProductNumber'),
    pieces: sign * numberOf(row, 'InvoicedQuantity'),
    amount: parseMoney(numberOf(row, 'LineAmount'), currency),
    tax: parseMoney(numberOf(row, 'LineTotalTaxAmount'), currency),
  });
  const isCredit = (row: D365Row): boolean => textOf(row, 'InvoiceNumber') === credit;
  return {
    lines: rows.filter(isCredit).map((row) => line(row, -1)),
    invoiced: rows.filter((row) => !isCredit(row)).map((row) => line(row, 1)),
  };
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
