import {
  expansions,
  namesInFilter,
  namesInKey,
  namesInList,
  optionsOf,
  type SentRequest,
} from './odata-words';

/**
 * Names of Business Central's API v2.0 as `reference/dynamics365.md` has them in B1, B4, B4.1, B6 and B7, transcribed by hand
 * and neither from a connector nor from the simulator. The reference names for some sets only what a return needs.
 */

export interface BcSet {
  fields: readonly string[];
  /** Navigation to other sets. */
  navigation: Readonly<Record<string, string>>;
  /** Bound actions. */
  actions: readonly string[];
  /** Whether it can only be read. */
  readOnly: boolean;
}

/** B4.1 has them for credit memos only; that invoices and orders have the same is not said. */
const CREDIT_MEMO = `id number externalDocumentNumber postingDate dueDate customerId customerNumber billToCustomerId
  billToCustomerNumber currencyId currencyCode paymentTermsId shipmentMethodId salesperson shortcutDimension1Code
  shortcutDimension2Code phoneNumber email pricesIncludeTax totalAmountExcludingTax totalTaxAmount
  totalAmountIncludingTax status lastModifiedDateTime discountAmount discountAppliedBeforeTax`;

const CREDIT_MEMO_LINE = `id documentId sequence itemId accountId lineType lineObjectNumber description description2
  unitOfMeasureId unitOfMeasureCode quantity unitPrice discountAmount discountPercent taxCode taxPercent
  amountExcludingTax totalTaxAmount amountIncludingTax netAmount netTaxAmount netAmountIncludingTax shipmentDate
  itemVariantId locationId`;

export const BC_SETS: Readonly<Record<string, BcSet>> = {
  companies: set('id name displayName systemVersion timestamp', { readOnly: true }),
  salesCreditMemos: set(`${CREDIT_MEMO} creditMemoDate invoiceId invoiceNumber customerReturnReasonId`, {
    navigation: {
      salesCreditMemoLines: 'salesCreditMemoLines',
      dimensionSetLines: 'dimensionSetLines',
      customer: 'customers',
      currency: 'currencies',
      customerReturnReason: 'customerReturnReasons',
    },
    actions: 'post postAndSend send cancel cancelAndSend',
  }),
  salesCreditMemoLines: set(CREDIT_MEMO_LINE),
  salesInvoices: set('id number externalDocumentNumber status orderId orderNumber remainingAmount', {
    navigation: { salesInvoiceLines: 'salesInvoiceLines', dimensionSetLines: 'dimensionSetLines' },
    actions: 'post postAndSend send cancel cancelAndSend makeCorrectiveCreditMemo',
  }),
  salesInvoiceLines: set('id documentId'),
  salesOrders: set('id number externalDocumentNumber status', {
    navigation: { salesOrderLines: 'salesOrderLines', dimensionSetLines: 'dimensionSetLines' },
    actions: 'shipAndInvoice',
  }),
  salesOrderLines: set('id documentId'),
  salesShipments: set('id number orderNumber', { readOnly: true }),
  salesReturnOrders: set('id number', {
    navigation: { salesReturnOrderLines: 'salesReturnOrderLines' },
    readOnly: true,
  }),
  salesReturnOrderLines: set('id documentId', { readOnly: true }),
  returnReceipts: set('id number orderNumber', { readOnly: true }),
  customerReturnReasons: set('id code description'),
  items: set(
    `id number displayName type blocked gtin inventory unitPrice unitCost taxGroupCode baseUnitOfMeasureId
     baseUnitOfMeasureCode`,
    { navigation: { itemVariants: 'itemVariants' } },
  ),
  itemVariants: set('id itemId itemNumber code description'),
  unitsOfMeasure: set('id code displayName internationalStandardCode symbol'),
  customers: set('id number displayName email currencyCode paymentMethodId blocked'),
  paymentMethods: set('id code displayName'),
  locations: set('id code displayName'),
  dimensionSetLines: set('id'),
  accountingPeriods: set('id startingDate name newFiscalYear closed dateLocked', { readOnly: true }),
  itemLedgerEntries: set(
    `id entryNumber itemNumber postingDate entryType documentType documentNumber quantity
    costAmountActual`,
    { readOnly: true },
  ),
  generalLedgerEntries: set('id', { readOnly: true }),
  customerFinancialDetails: set('id', { readOnly: true }),
  customerPaymentJournals: set('id', {
    navigation: { customerPayments: 'customerPayments' },
  }),
  customerPayments: set('id appliesToInvoiceId'),
  currencies: set('id'),
  taxGroups: set('id'),
  taxAreas: set('id'),
  subscriptions: set('subscriptionId notificationUrl resource clientState expirationDateTime'),
};

/** Names that the reference does not confirm and a connector uses all the same, each with why. */
export const BC_SETTINGS: Readonly<Record<string, string>> = {};

/** Options that the API takes (B2): `$filter` and the rest as in OData v4. */
const OPTIONS: readonly string[] = [
  '$filter',
  '$select',
  '$expand',
  '$orderby',
  '$top',
  '$skip',
  '$count',
  'company',
  '$schemaversion',
];

/**
 * Names in a request to the API v2.0 that neither the reference nor the settings know, as `set`, `set.field`, `set/navigation`
 * or `set.action()`; a set that is written though it can only be read is `POST set`. A JSON batch is taken apart. Page services
 * and custom APIs are of the customer's own making: nothing is told of them.
 */
export function unknownBcNames(request: SentRequest): string[] {
  const { pathname, search } = new URL(request.url);
  const at = pathname.indexOf('/api/v2.0/');
  if (at < 0) return [];
  const path = pathname.slice(at + '/api/v2.0/'.length);
  if (path === '$metadata') return [];
  if (path === '$batch') return [...new Set(innerRequests(request).flatMap(unknownBcNames))];
  return [...new Set(inPath(request, path, search.slice(1)))];
}

function innerRequests(batch: SentRequest): SentRequest[] {
  const { requests } = JSON.parse(batch.body) as {
    requests: { method: string; url: string; headers?: Record<string, string>; body?: unknown }[];
  };
  const root = batch.url.slice(0, batch.url.indexOf('$batch'));
  return requests.map(({ method, url, headers = {}, body }) => ({
    method,
    url: new URL(url.replace(/^\//, ''), root).href,
    headers,
    body: body === undefined ? '' : JSON.stringify(body),
  }));
}

function inPath(request: SentRequest, path: string, query: string): string[] {
  const segments = path.split('/').map(decodeURIComponent);
  const unknown: string[] = [];
  let current = '';
  for (const segment of segments) {
    const [, name = '', key = ''] = /^([^(]+)(?:\((.*)\))?$/.exec(segment) ?? [];
    const action = /^Microsoft\.NAV\.(\w+)$/.exec(name)?.[1];
    if (action !== undefined) {
      if (!(BC_SETS[current]?.actions.includes(action) ?? false)) unknown.push(`${current}.${action}()`);
      continue;
    }
    const to = current === '' || current === 'companies' ? name : BC_SETS[current]?.navigation[name];
    if (to === undefined) return [...unknown, `${current}/${name}`];
    if (!(to in BC_SETS)) return [...unknown, to];
    current = to;
    unknown.push(...unknownFields(current, namesInKey(key)));
  }
  const writes = request.method !== 'GET' && !segments.at(-1)?.startsWith('Microsoft.NAV.');
  if (writes && BC_SETS[current]?.readOnly === true) unknown.push(`${request.method} ${current}`);
  const sent = request.body === '' ? {} : (JSON.parse(request.body) as object);
  return [...unknown, ...inBody(current, sent), ...inOptions(current, optionsOf(query))];
}

/** Fields of a body; lists in it are rows of the set that the navigation leads to (deep insert, B2). */
function inBody(set: string, body: object): string[] {
  return Object.entries(body).flatMap(([name, value]) => {
    if (!Array.isArray(value)) return unknownFields(set, [name]);
    const to = BC_SETS[set]?.navigation[name];
    if (to === undefined) return [`${set}/${name}`];
    return value.flatMap((row) => inBody(to, row as object));
  });
}

function inOptions(set: string, options: ReadonlyMap<string, string>): string[] {
  const { fields } = namesInFilter(options.get('$filter') ?? '');
  const listed = ['$select', '$orderby'].flatMap((name) => namesInList(options.get(name) ?? ''));
  const strange = [...options.keys()].filter((name) => !OPTIONS.includes(name));
  const further = expansions(options.get('$expand') ?? '').flatMap(({ name, options: inner }) => {
    const to = BC_SETS[set]?.navigation[name];
    return to === undefined ? [`${set}/${name}`] : inOptions(to, inner);
  });
  return [...strange, ...unknownFields(set, [...fields, ...listed]), ...further];
}

function unknownFields(set: string, fields: readonly string[]): string[] {
  return fields
    .map((field) => `${set}.${field}`)
    .filter((name) => {
      const field = name.slice(set.length + 1);
      return !(BC_SETS[set]?.fields.includes(field) ?? false) && !(name in BC_SETTINGS);
    });
}

function set(
  fields: string,
  more: { navigation?: Readonly<Record<string, string>>; actions?: string; readOnly?: boolean } = {},
): BcSet {
  return {
    fields: words(fields),
    navigation: more.navigation ?? {},
    actions: words(more.actions ?? ''),
    readOnly: more.readOnly ?? false,
  };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
