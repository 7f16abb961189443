import { parseMoney, type Money } from '../../returns/money';
import type { D365Client } from './client';
import { allLinked, earlierPaths, earlierReturns } from './earlier-returns';
import { numberOf, textOf, type D365Row } from './rows';
import { NAMES } from './names';
import { and, eq, listPath } from './odata';
import { itemPaths, itemsIn, type OrderItems } from './order-items';
import type { D365Settings } from '../settings';

/** A line of the original sales order, as far as a return needs it. */
export interface SalesLine {
  lotId: string;
  itemNumber: string;
  /** The item's variant, as it must be repeated on the return line. */
  dimensions: Readonly<Record<string, string>>;
  quantity: number;
  unit: string;
  /** Unit price before discount, in the order's currency. */
  price: number;
  /** Line total after discount. */
  amount: Money;
  /** The shop platform's id of the line, where the import kept it. */
  external: string;
  /** Tax group of the item on this line. */
  taxGroup?: string;
}

export interface SalesOrder {
  number: string;
  customer: string;
  invoiceCustomer: string;
  currency: string;
  status: string;
  /** Whether its prices hold the tax. */
  taxIncluded: boolean;
  /** Somebody has stopped it: nothing can be posted to it. */
  stopped: boolean;
}

/** A line of an earlier return order of the same sale. */
export interface EarlierReturn {
  /** The return order's number. */
  returnOrder?: string;
  /** The line of the sale that it takes back, where it is linked to that. */
  saleLot?: string;
  /** Its order does not name the sale as ours do: somebody else made it. */
  byOthers?: boolean;
  itemNumber: string;
  /** Our id of the line, or whatever another maker put there. */
  external: string;
  /** Units returned, positive. */
  quantity: number;
  unit: string;
  /** What it gives with tax, in the smallest unit. */
  givenMinor?: number;
}

export interface OrderDetails {
  lines: SalesLine[];
  earlier: EarlierReturn[];
  invoiced: boolean;
  /** Numbers of its invoices. */
  invoices: string[];
  /** The items that were asked for. */
  items: OrderItems;
  customerKnown: boolean;
  /** What the customer is on hold for, such as `All`; empty where for nothing. */
  customerHold: string;
}

export const DIMENSIONS = [
  'ProductConfigurationId',
  'ProductSizeId',
  'ProductColorId',
  'ProductStyleId',
  'ProductVersionId',
] as const;

/**
 * Kinds of hold under which nothing is invoiced or delivered to a customer, nor credited (A8, CustVendorBlocked). `Never`
 * is none: such a customer is never put on hold [I].
 */
const HOLDS = ['Invoice', 'All'];

/** What a customer is on hold for, where that stops what is posted; null where nothing is in the way. */
export function blockingHold(status: string): string | null {
  return HOLDS.includes(status) ? status : null;
}

/** Reads sales orders by the number that the returns platform knows (A14, F-1). */
export class D365Orders {
  constructor(
    private readonly client: Pick<D365Client, 'readTogether'>,
    private readonly settings: Pick<D365Settings, 'company' | 'orderField' | 'unitCostField'>,
  ) {}

  /** The address of the look-up, so that it can travel in one batch with another one. */
  lookUp(orderNumber: string): string {
    const filter = and(eq('dataAreaId', this.settings.company), eq(this.settings.orderField, orderNumber));
    return listPath('SalesOrderHeadersV4', { filter, select: NAMES.SalesOrderHeadersV4 });
  }

  read(rows: readonly D365Row[]): SalesOrder[] {
    return rows.map((row) => ({
      number: textOf(row, 'SalesOrderNumber'),
      customer: textOf(row, 'OrderingCustomerAccountNumber'),
      invoiceCustomer: textOf(row, 'InvoiceCustomerAccountNumber'),
      currency: textOf(row, 'CurrencyCode'),
      status: textOf(row, 'SalesOrderStatus'),
      taxIncluded: textOf(row, 'ArePricesIncludingSalesTax') === 'Yes',
      stopped: textOf(row, 'IsSalesProcessingStopped') === 'Yes',
    }));
  }

  /**
   * Lines, invoices, customer and earlier returns of an order, in one call (A14, F-1 steps 2 to 4); where its customer
   * account is one that many share, in two.
   *
   * @param ownReference the return order with this reference is the one being made, so it is not an earlier one
   * @param items        items to be read with it
   */
  async details(
    order: SalesOrder,
    ownReference: string,
    signal?: AbortSignal,
    items: readonly string[] = [],
  ): Promise<OrderDetails> {
    const company = eq('dataAreaId', this.settings.company);
    const ofOrder = and(company, eq('SalesOrderNumber', order.number));
    const cost = this.settings.unitCostField;
    const answers = await this.client.readTogether(
      [
        listPath('SalesOrderLinesV3', { filter: ofOrder, select: NAMES.SalesOrderLinesV3 }),
        listPath('SalesInvoiceHeadersV4', { filter: ofOrder, select: NAMES.SalesInvoiceHeadersV4 }),
        listPath('CustomersV3', {
          filter: and(company, eq('CustomerAccount', order.customer)),
          select: NAMES.CustomersV3,
        }),
        ...earlierPaths(order, this.settings.company),
        ...itemPaths(this.settings.company, items, cost),
      ],
      signal,
    );
    const [rows = [], invoices = [], customers = [], named = [], linked = [], ...ofItems] = answers;
    const lines = rows.map((row) => salesLine(row, order.currency));
    const found = {
      named,
      linked: await allLinked(linked, lines, this.client, this.settings.company, signal),
    };
    return {
      lines,
      items: itemsIn(ofItems, cost),
      invoices: invoices
        .filter((row) => numberOf(row, 'TotalInvoiceAmount') > 0)
        .map((row) => textOf(row, 'InvoiceNumber')),
      invoiced: invoices.some((row) => numberOf(row, 'TotalInvoiceAmount') > 0),
      customerKnown: customers.length > 0,
      customerHold: customers.map((row) => textOf(row, 'OnHoldStatus')).find((hold) => hold !== 'No') ?? '',
      earlier: earlierReturns(found, lines, order, ownReference),
    };
  }
}

/** The variant that a row names, as it must be repeated on other rows; empty where it names none. */
export function dimensionsOf(row: D365Row): Record<string, string> {
  const dimensions: Record<string, string> = {};
  for (const field of DIMENSIONS) if (textOf(row, field) !== '') dimensions[field] = textOf(row, field);
  return dimensions;
}

function salesLine(row: D365Row, currency: string): SalesLine {
  return {
    lotId: textOf(row, 'InventoryLotId'),
    itemNumber: textOf(row, 'ItemNumber'),
    dimensions: dimensionsOf(row),
    quantity: numberOf(row, 'OrderedSalesQuantity'),
    unit: textOf(row, 'SalesUnitSymbol'),
    price: numberOf(row, 'SalesPrice'),
    amount: parseMoney(numberOf(row, 'LineAmount'), currency),
    external: textOf(row, 'ExternalItemNumber'),
    taxGroup: textOf(row, 'SalesTaxItemGroupCode'),
  };
}
