import type { D365Client } from './client';
import { sameText } from './line-use';
import { NAMES } from './names';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import type { EarlierReturn, SalesLine, SalesOrder } from './orders';
import { numberOf, textOf, type D365Row } from './rows';
import { rounded } from './tax-rate';

/**
 * How many linked return lines of one customer are read beside the sale. An account that many customers share has more; its
 * lines are asked for by the lots of the sale then, with a call more.
 */
export const MOST_OF_CUSTOMER = 500;

/** What is read of return orders for a sale. */
export interface ReturnsRead {
  /** Return orders that name the sale, with their lines. */
  named: readonly D365Row[];
  /** Return lines that are linked to a line of some sale, with their orders. */
  linked: readonly D365Row[];
}

/**
 * Addresses of the earlier returns of a sale: those that name it, as ours do in their requisition number (A5), and those
 * that are linked to its lines, as a person's are (A4, A14 F-1 step 4). The lots of the sale are not known in the same
 * batch, so linked lines are asked for by the customer, for whom alone a sale can be found and taken back.
 */
export function earlierPaths(order: Pick<SalesOrder, 'number' | 'customer'>, company: string): string[] {
  const ofCompany = eq('dataAreaId', company);
  return [
    listPath('ReturnOrderHeadersV2', {
      filter: and(ofCompany, eq('CustomerRequisitionNumber', order.number)),
      select: NAMES.ReturnOrderHeadersV2,
      expand: 'ReturnOrderLines',
    }),
    linkedPath(and(ofCompany, eq('CustomerAccountNumber', order.customer), `ReturningInventoryLotId ne ''`), {
      top: MOST_OF_CUSTOMER,
    }),
  ];
}

function linkedPath(filter: string, options: { top?: number } = {}): string {
  return listPath('ReturnOrderLinesV2', {
    filter,
    select: NAMES.ReturnOrderLinesV2,
    expand: 'ReturnOrderHeader',
    ...options,
  });
}

/** The linked lines that were read for the customer, or, where there are more than were read, those of the sale. */
export async function allLinked(
  ofCustomer: readonly D365Row[],
  sales: readonly SalesLine[],
  client: Pick<D365Client, 'readTogether'>,
  company: string,
  signal?: AbortSignal,
): Promise<readonly D365Row[]> {
  if (ofCustomer.length < MOST_OF_CUSTOMER) return ofCustomer;
  const lots = sales.map(({ lotId }) => lotId).filter((lot) => lot !== '');
  if (lots.length === 0) return [];
  const paths = inChunks(lots, 'ReturningInventoryLotId').map((chunk) =>
    linkedPath(and(eq('dataAreaId', company), anyOf('ReturningInventoryLotId', chunk))),
  );
  return (await client.readTogether(paths, signal)).flat();
}

/**
 * What earlier return orders take of a sale, each line once. Cancelled ones take nothing, nor does our own.
 *
 * @param ownReference the return order with this reference is the one being made, so it is not an earlier one
 */
export function earlierReturns(
  { named, linked }: ReturnsRead,
  sales: readonly SalesLine[],
  order: SalesOrder,
  ownReference: string,
): EarlierReturn[] {
  const counts = (header: D365Row): boolean =>
    textOf(header, 'ReturnStatus') !== 'Canceled' &&
    textOf(header, 'CustomersOrderReference') !== ownReference;
  const numbers = new Set(named.map((header) => textOf(header, 'ReturnOrderNumber')));
  const isOfSale = (line: D365Row): boolean =>
    sales.some(({ lotId }) => lotId !== '' && sameText(lotId, textOf(line, 'ReturningInventoryLotId')));
  // A link says more than what somebody has typed into the requisition number.
  const mayBeOfSale = (line: D365Row): boolean =>
    textOf(line, 'ReturningInventoryLotId') === '' || isOfSale(line);
  return [
    ...named
      .filter(counts)
      .flatMap((header) =>
        earlierLines(textOf(header, 'ReturnOrderNumber'), linesIn(header).filter(mayBeOfSale), order),
      ),
    ...linked
      .filter((line) => !numbers.has(textOf(line, 'ReturnOrderNumber')) && isOfSale(line))
      .filter((line) => counts(headerIn(line)))
      .flatMap((line) => earlierLines(textOf(line, 'ReturnOrderNumber'), [line], order))
      .map((returned) => ({ ...returned, byOthers: true })),
  ];
}

function linesIn(header: D365Row): D365Row[] {
  const lines = header['ReturnOrderLines'];
  return Array.isArray(lines) ? (lines as D365Row[]) : [];
}

function headerIn(line: D365Row): D365Row {
  const header = line['ReturnOrderHeader'];
  return typeof header === 'object' && header !== null ? (header as D365Row) : {};
}

function earlierLines(
  returnOrder: string,
  lines: readonly D365Row[],
  { currency, taxIncluded }: SalesOrder,
): EarlierReturn[] {
  return lines
    .filter((line) => textOf(line, 'ReturnStatus') !== 'Canceled' && isGoodsLine(line))
    .map((line) => ({
      returnOrder,
      saleLot: textOf(line, 'ReturningInventoryLotId'),
      itemNumber: textOf(line, 'ItemNumber'),
      external: textOf(line, 'ExternalItemNumber'),
      quantity: Math.max(0, -numberOf(line, 'ReturnSalesQuantity')),
      unit: textOf(line, 'SalesUnitSymbol'),
      givenMinor: givenBy(line, currency, taxIncluded),
    }));
}

/** Goods that come back count below zero; a fee is a line of a service that counts above (C2). */
export function isGoodsLine(line: D365Row): boolean {
  return numberOf(line, 'ReturnSalesQuantity') < 0;
}

function givenBy(line: D365Row, currency: string, taxIncluded: boolean): number {
  const minor = (field: string): number => -rounded(numberOf(line, field), currency).minor;
  return minor('LineAmount') + (taxIncluded ? 0 : minor('TotalTaxAmount'));
}
