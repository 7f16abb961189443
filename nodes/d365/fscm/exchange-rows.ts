import { createHash } from 'node:crypto';
import type { PostedDocument, ReturnEvent } from '../../returns/event';
import type { Replacement } from '../../returns/exchange-lines';
import { addMoney, formatMoney, money, parseMoney, sumMoney, type Money } from '../../returns/money';
import { postedLines } from '../../returns/posting-checks';
import { documentReference } from '../../runtime/document-reference';
import { withMappings } from '../../runtime/mappings-node';
import { KINDS, SYSTEM, type ExchangePolicy } from '../documents';
import type { D365Settings } from '../settings';
import type { Delivery } from './exchange-address';
import type { ExchangePlan, ExchangeRow } from './exchange-plan';
import { decimalNumber } from './match-lines';
import { NAMES_OF } from './names';
import { and, eq, listPath } from './odata';
import { numberOf, textOf, type D365Row } from './rows';

/** Room in the field for our reference. */
const LONGEST = 60;
const SUFFIX = '-X';

/** Our reference on the replacement order of a return: it is found again by it. */
export function exchangeReference(event: ReturnEvent): string {
  const reference = documentReference(event);
  if (reference.length + SUFFIX.length <= LONGEST) return `${reference}${SUFFIX}`;
  const digest = createHash('sha256').update(reference).digest('hex').slice(0, 12);
  return `${reference.slice(0, LONGEST - 13 - SUFFIX.length)}-${digest}${SUFFIX}`;
}

/** What a replacement order is written with, beside its lines. */
export interface ExchangeFacts {
  /** The original order's row. */
  order: D365Row;
  returnOrder: string;
  reference: string;
  policy: ExchangePolicy;
  settings: Pick<D365Settings, 'company' | 'eachUnit'>;
}

/** Customer, currency and tax of the original order, and the return that it belongs to (F-9, R128). */
export function exchangeHeader(
  { order, returnOrder, reference, policy, settings }: ExchangeFacts,
  delivery: Delivery,
  custom: D365Row,
): D365Row {
  const customer = textOf(order, 'OrderingCustomerAccountNumber');
  const warehouse = policy.warehouse || textOf(order, 'DefaultShippingWarehouseId');
  const origin = textOf(order, 'SalesOrderOriginCode');
  return {
    ...custom,
    ...delivery.fields,
    dataAreaId: settings.company,
    OrderingCustomerAccountNumber: customer,
    InvoiceCustomerAccountNumber: textOf(order, 'InvoiceCustomerAccountNumber') || customer,
    CustomersOrderReference: reference,
    CustomerRequisitionNumber: returnOrder,
    CurrencyCode: textOf(order, 'CurrencyCode'),
    ArePricesIncludingSalesTax: textOf(order, 'ArePricesIncludingSalesTax') || 'No',
    ...(warehouse === '' ? {} : { DefaultShippingWarehouseId: warehouse }),
    ...(origin === '' ? {} : { SalesOrderOriginCode: origin }),
  };
}

export function exchangeLine(
  { settings }: Pick<ExchangeFacts, 'settings'>,
  number: string,
  warehouse: string,
  { item, external, quantity, price }: ExchangeRow,
  custom: D365Row,
): D365Row {
  return {
    ...custom,
    dataAreaId: settings.company,
    SalesOrderNumber: number,
    ItemNumber: item.itemNumber,
    ...item.dimensions,
    OrderedSalesQuantity: quantity,
    SalesUnitSymbol: settings.eachUnit,
    SalesPrice: decimalNumber(price),
    ...(warehouse === '' ? {} : { ShippingWarehouseId: warehouse }),
    ExternalItemNumber: external,
  };
}

/** Address of the look-up of replacement orders by our reference. */
export function exchangesPath(company: string, reference: string): string {
  const filter = and(eq('dataAreaId', company), eq('CustomersOrderReference', reference));
  return listPath('SalesOrderHeadersV4', { filter, select: NAMES_OF.exchange.SalesOrderHeadersV4 });
}

/** What the lines of a sales order come to, as the ERP states it. */
export function amountOfLines(lines: readonly D365Row[], currency: string): Money {
  return sumMoney(
    lines.map((line) => parseMoney(numberOf(line, 'LineAmount'), currency)),
    currency,
  );
}

/** What is told of a replacement order that was written or found. */
export interface ExchangeMade {
  header: D365Row;
  lines: readonly D365Row[];
  plan: ExchangePlan | null;
  replacements: readonly Replacement[];
  currency: string;
  taxIncluded: boolean;
  delivery: Delivery | null;
  stock: string | null;
  postedAt: string;
}

/** The replacement order as it stands in the ERP, with the difference to what came back (R129). */
export function exchangeDocument(facts: ExchangeFacts, made: ExchangeMade): PostedDocument {
  const { order, returnOrder, reference, policy, settings } = facts;
  const { header, lines, plan, currency, taxIncluded, delivery, stock, postedAt } = made;
  const amount = amountOfLines(lines, currency);
  const tax = plan?.tax ?? money(0, currency);
  const gross = taxIncluded ? amount : addMoney(amount, tax);
  const counted = made.replacements.map(({ line, counted: quantity }) => ({ line, quantity }));
  const references = {
    reference,
    returnOrder,
    salesOrder: textOf(order, 'SalesOrderNumber'),
    company: settings.company,
    lines: postedLines(counted),
    ...(plan
      ? {
          tax: formatMoney(tax),
          value: formatMoney(plan.value),
          difference: formatMoney(addMoney(gross, { ...plan.value, minor: -plan.value.minor })),
        }
      : {}),
    ...(delivery ? { address: delivery.from } : {}),
    ...(stock === null ? {} : { stock }),
  };
  return {
    system: SYSTEM,
    kind: KINDS.exchange,
    number: textOf(header, 'SalesOrderNumber'),
    id: null,
    references: withMappings(references, policy.mappings),
    status: statusInWords(textOf(header, 'SalesOrderStatus')),
    amount: gross,
    postedAt,
  };
}

const STATUSES: Readonly<Record<string, string>> = {
  Backorder: 'open order',
  Delivered: 'delivered',
  Invoiced: 'invoiced',
  Canceled: 'cancelled',
};

/** The status as Finance & SCM shows it: an open order is called Backorder in its data. */
function statusInWords(status: string): string | null {
  return STATUSES[status] ?? (status === '' ? null : status);
}
