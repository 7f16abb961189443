import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import type { ExchangeLines } from '../../returns/exchange-lines';
import type { Problem } from '../../returns/posting-checks';
import { KINDS, SYSTEM, type ExchangePolicy } from '../documents';
import { requireStage, rowsOfLine, tooEarly } from './exchange-check';
import { exchangesPath } from './exchange-rows';
import { NAMES, NAMES_OF } from './names';
import { and, eq, listPath } from './odata';
import { blockingHold } from './orders';
import type { FscmParts } from './parts';
import { linesOf } from './return-order-checks';
import { textOf, type D365Row } from './rows';

/** What is asked of a replacement order. */
export interface ExchangeAsked {
  event: ReturnEvent;
  asked: ExchangeLines;
  /** Documents that the message carries: the return order may be among them. */
  known: readonly PostedDocument[];
  policy: ExchangePolicy;
  reference: string;
}

/** What the ERP holds of the return, its sale and its replacement. */
export interface ExchangeFound {
  existing: D365Row[];
  /** The original order. */
  order: D365Row;
  returnOrder: string;
  returnRows: D365Row[];
}

/** The replacement, if it is there, the return order and the original order, in one call. */
export async function lookUpExchange(
  of: ExchangeAsked,
  parts: FscmParts,
  signal?: AbortSignal,
): Promise<ExchangeFound | { problem: Problem }> {
  const { client, orders, settings, fields } = parts;
  const { after = 'return-order', addressFields } = of.policy;
  const document = await returnOrderDocument(of, parts);
  if (!document) throw tooEarly('return-order', 'it is not there yet');
  const ofAddress = [...(addressFields?.values() ?? [])];
  await fields.check('SalesOrderHeadersV4', ofAddress, signal);
  const company = eq('dataAreaId', settings.company);
  const number = document.references['salesOrder'];
  const [existing = [], returns = [], sales = []] = await client.readTogether(
    [
      exchangesPath(settings.company, of.reference),
      listPath('ReturnOrderHeadersV2', {
        filter: and(company, eq('ReturnOrderNumber', document.number)),
        select: NAMES.ReturnOrderHeadersV2,
        expand: 'ReturnOrderLines',
      }),
      number === undefined
        ? orders.lookUp(of.event.order.number ?? '')
        : listPath('SalesOrderHeadersV4', {
            filter: and(company, eq('SalesOrderNumber', number)),
            select: [...NAMES_OF.exchange.SalesOrderHeadersV4, 'IsSalesProcessingStopped', ...ofAddress],
          }),
    ],
    signal,
  );
  const [header] = returns;
  if (!header) throw tooEarly('return-order', `${document.number} is not in Dynamics 365`);
  if (textOf(header, 'ReturnStatus') === 'Canceled') {
    throw tooEarly('return-order', `${document.number} is cancelled`);
  }
  const [order, another] = sales;
  if (!order) {
    const what = `order ${number ?? of.event.order.number ?? ''}`;
    return { problem: { code: 'order-unknown', what, lines: [] } };
  }
  if (another) {
    const what = sales.map((row) => textOf(row, 'SalesOrderNumber')).join(', ');
    return { problem: { code: 'order-ambiguous', what, lines: [] } };
  }
  const returnRows = linesOf(header);
  const ours = of.asked.exchanged.flatMap((line) => rowsOfLine(line, returnRows));
  requireStage(after, ours, document.number);
  return { existing, order, returnOrder: document.number, returnRows };
}

async function returnOrderDocument(
  { event, known }: Pick<ExchangeAsked, 'event' | 'known'>,
  { store }: Pick<FscmParts, 'store'>,
): Promise<PostedDocument | undefined> {
  const stored = await store.documentsOf(returnKey(event));
  return [...known, ...stored].find(({ system, kind }) => system === SYSTEM && kind === KINDS.returnOrder);
}

/** Why nothing can be sent to the customer of the original order; null where it can (C2: never a stand-in). */
export async function unfitForExchange(
  order: D365Row,
  { client, settings }: Pick<FscmParts, 'client' | 'settings'>,
  signal?: AbortSignal,
): Promise<Problem | null> {
  const name = `sales order ${textOf(order, 'SalesOrderNumber')}`;
  if (textOf(order, 'SalesOrderStatus') === 'Canceled') {
    return { code: 'order-cancelled', what: `${name} is cancelled`, lines: [] };
  }
  const account = textOf(order, 'OrderingCustomerAccountNumber');
  const path = listPath('CustomersV3', {
    filter: and(eq('dataAreaId', settings.company), eq('CustomerAccount', account)),
    select: NAMES.CustomersV3,
  });
  const [[customer] = []] = await client.readTogether([path], signal);
  if (account === '' || !customer) {
    return { code: 'customer-unknown', what: `account ${account || 'missing'}`, lines: [] };
  }
  const hold = blockingHold(textOf(customer, 'OnHoldStatus'));
  return hold === null
    ? null
    : { code: 'customer-on-hold', what: `account ${account} is on hold for ${hold}`, lines: [] };
}
