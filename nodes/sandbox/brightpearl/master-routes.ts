import type { Account } from './account';
import { IdSet } from './id-set';
import { getUris, listAnswer } from './order-routes';
import { PRICE_LISTS, type SimContact, type SimProduct } from './records';
import { runSearch, type SearchResource } from './search';
import { ok, readDecimal, type Call, type Route } from './wire';

const LIMIT = 200;

/** Products, channels and price lists of the product service; contacts of the contact service. */
export function masterRoutes(account: Account): Route[] {
  const products = productSearch(account);
  const contacts = contactSearch(account);
  return [
    {
      method: 'GET',
      pattern: /^\/product-service\/product-search$/,
      handle: (call) => runSearch(products, call),
    },
    {
      method: 'GET',
      pattern: /^\/product-service\/product\/([^/]+)$/,
      handle: (_call, [ids = '']) => {
        const found = IdSet.parse(ids).atMost(LIMIT).pick(account.products);
        return listAnswer(
          account,
          found.map((product) => presentProduct(account, product)),
          'products',
        );
      },
    },
    {
      // The bundles that contain a product; 404 where it is in none [D product-bundle GET].
      method: 'GET',
      pattern: /^\/product-service\/product\/([^/]+)\/bundle$/,
      handle: (_call, [ids = '']) => {
        const found = IdSet.parse(ids)
          .atMost(LIMIT)
          .pick(account.products)
          .map(({ id }) => ({
            id,
            bundles: [...account.products.values()]
              .filter(({ components }) => components.some(({ productId }) => productId === id))
              .map((bundle) => ({ id: bundle.id })),
          }))
          .filter(({ bundles }) => bundles.length > 0);
        return listAnswer(account, found, 'bundles');
      },
    },
    {
      method: 'OPTIONS',
      pattern: /^\/product-service\/product\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const found = ids === '' ? [...account.products.values()] : IdSet.parse(ids).pick(account.products);
        return getUris(
          '/product/',
          found.map(({ id }) => id),
        );
      },
    },
    { method: 'GET', pattern: /^\/product-service\/channel\/?$/, handle: () => ok(account.channels) },
    { method: 'GET', pattern: /^\/product-service\/price-list\/?$/, handle: () => ok(PRICE_LISTS) },
    {
      method: 'GET',
      pattern: /^\/contact-service\/contact-search$/,
      handle: (call) => runSearch(contacts, call),
    },
    {
      method: 'GET',
      pattern: /^\/contact-service\/contact\/?([^/]*)$/,
      handle: (call, [ids = '']) => contactPage(account, call, ids),
    },
    {
      method: 'OPTIONS',
      pattern: /^\/contact-service\/contact\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const found = ids === '' ? [...account.contacts.values()] : IdSet.parse(ids).pick(account.contacts);
        return getUris(
          '/contact/',
          found.map(({ id }) => id),
        );
      },
    },
  ];
}

/** More than 200 contacts are not refused but paged [D contact GET]. */
function contactPage(account: Account, call: Call, ids: string): ReturnType<Route['handle']> {
  const all = ids === '' ? [...account.contacts.values()] : IdSet.parse(ids).pick(account.contacts);
  const first = readDecimal(call.query.get('firstResult') ?? '1', 0) ?? 1;
  const size = Math.min(LIMIT, readDecimal(call.query.get('pageSize') ?? String(LIMIT), 0) ?? LIMIT);
  const page = all.slice(first - 1, first - 1 + size);
  const answer = listAnswer(account, page.map(presentContact), 'contacts');
  return {
    status: answer.status,
    body: {
      ...(answer.body as Record<string, unknown>),
      pagination: {
        resultsAvailable: all.length,
        resultsReturned: page.length,
        firstResult: first,
        lastResult: first - 1 + page.length,
        morePagesAvailable: all.length > first - 1 + page.length,
      },
    },
  };
}

function presentContact(contact: SimContact): Record<string, unknown> {
  return {
    contactId: contact.id,
    firstName: contact.firstName,
    lastName: contact.lastName,
    communication: { emails: { PRI: { email: contact.email } }, telephones: {}, websites: {} },
    relationshipToAccount: { isSupplier: false, isStaff: false },
    assignment: { current: { accountReference: contact.account } },
    financialDetails: { priceListId: 2, currencyId: 1 },
  };
}

function contactSearch(account: Account): SearchResource<SimContact> {
  return {
    columns: [
      { name: 'contactId', type: 'IDSET', value: (contact) => contact.id },
      { name: 'primaryEmail', type: 'SEARCH_STRING', value: (contact) => contact.email },
      { name: 'secondaryEmail', type: 'SEARCH_STRING', value: () => null },
      { name: 'tertiaryEmail', type: 'SEARCH_STRING', value: () => null },
      { name: 'firstName', type: 'SEARCH_STRING', value: (contact) => contact.firstName },
      { name: 'lastName', type: 'SEARCH_STRING', value: (contact) => contact.lastName },
      { name: 'isSupplier', type: 'BOOLEAN', value: () => false },
      { name: 'companyName', type: 'SEARCH_STRING', value: () => null },
      { name: 'isStaff', type: 'BOOLEAN', value: () => false },
      { name: 'isCustomer', type: 'BOOLEAN', value: () => true },
    ],
    rows: () => account.contacts.values(),
    sort: 'contactId',
  };
}

function presentProduct(account: Account, product: SimProduct): Record<string, unknown> {
  const bundle = product.components.length > 0;
  const tax = account.taxCodes.find(({ code }) => code === product.taxCode);
  return {
    id: product.id,
    brandId: 74,
    productTypeId: 1,
    identity: { sku: product.sku, barcode: product.barcode, upc: product.barcode },
    productGroupId: product.id,
    featured: false,
    stock: {
      stockTracked: !bundle,
      weight: { magnitude: 0 },
      dimensions: { length: 0, height: 0, width: 0, volume: 0 },
    },
    financialDetails: {
      taxable: (tax?.rate ?? 0) > 0,
      taxCode: { id: tax?.id, code: product.taxCode },
    },
    salesChannels: [
      {
        salesChannelName: 'Brightpearl',
        productName: product.name,
        productCondition: 'new',
        categories: [{ categoryCode: '276' }],
        description: { languageCode: 'en', text: '', format: 'HTML_FRAGMENT' },
      },
    ],
    composition: {
      bundle,
      bundleComponents: bundle
        ? product.components.map(({ productId, quantity }) => ({ productId, productQuantity: quantity }))
        : undefined,
    },
    status: account.statusOf(product),
    version: 1,
  };
}

/** The first columns are those of a captured answer; barcode, MPN, productStatus and brandId are inferred [I]. */
function productSearch(account: Account): SearchResource<SimProduct> {
  const created = '2025-01-01T00:00:00.000+00:00';
  return {
    columns: [
      { name: 'productId', type: 'IDSET', value: (product) => product.id },
      { name: 'productName', type: 'SEARCH_STRING', value: (product) => product.name },
      { name: 'SKU', type: 'STRING', value: (product) => product.sku },
      { name: 'barcode', type: 'STRING', value: (product) => product.barcode },
      { name: 'EAN', type: 'STRING', value: () => null },
      { name: 'UPC', type: 'STRING', value: (product) => product.barcode },
      { name: 'ISBN', type: 'STRING', value: () => null },
      { name: 'MPN', type: 'STRING', value: () => null },
      { name: 'stockTracked', type: 'BOOLEAN', value: (product) => account.stockTracked(product) },
      { name: 'salesChannelName', type: 'STRING', filterable: false, value: () => 'Brightpearl' },
      { name: 'createdOn', type: 'PERIOD', value: () => created },
      { name: 'updatedOn', type: 'PERIOD', value: () => created },
      {
        name: 'brightpearlCategoryCode',
        type: 'INTEGER',
        sortable: false,
        filterable: false,
        reference: ['productCategoryMembership'],
        value: (product) => product.id,
      },
      { name: 'productGroupId', type: 'INTEGER', value: (product) => product.id },
      { name: 'brandId', type: 'INTEGER', value: () => 74 },
      { name: 'productStatus', type: 'STRING', value: (product) => account.statusOf(product) },
    ],
    rows: () => account.products.values(),
    sort: 'productId',
    reference: (rows) => ({
      productCategoryMembership: Object.fromEntries(rows.map(({ id }) => [String(id), [276]])),
    }),
  };
}
