import type { Account } from './account';
import type { EventBus } from './events';
import { formatIdSet, IdSet } from './id-set';
import { ORDER_TYPES } from './codes';
import { orderSearch, salesOrderSearch } from './order-search';
import { presentOrder, presentRow, presentSale, type Shuffle } from './present';
import { NOMINAL_CODES, UNIT, type SimOrder, type SimRow } from './records';
import { refuse } from './refusal';
import type { Sales } from './sales';
import { runSearch } from './search';
import { done, isRecord, ok, readDecimal, readId, type Answer, type Call, type Route } from './wire';

const ORDER_LIMIT = 200;

/** The order service. */
export function orderRoutes(account: Account, sales: Sales, events: EventBus, shuffle: Shuffle): Route[] {
  const orders = orderSearch(account);
  const salesOrders = salesOrderSearch(account);
  return [
    { method: 'GET', pattern: /^\/order-service\/order-search$/, handle: (call) => runSearch(orders, call) },
    {
      method: 'GET',
      pattern: /^\/order-service\/sales-order-search$/,
      handle: (call) => runSearch(salesOrders, call),
    },
    {
      method: 'GET',
      pattern: /^\/order-service\/order\/([^/]+)$/,
      handle: (_call, [ids = '']) => {
        const found = IdSet.parse(ids).atMost(ORDER_LIMIT).pick(account.orders);
        return listAnswer(
          account,
          found.map((order) => presentOrder(account, order, shuffle)),
          'orders',
        );
      },
    },
    {
      method: 'GET',
      pattern: /^\/order-service\/(sales-order|sales-credit)\/?([^/]*)$/,
      handle: (_call, [resource = '', ids = '']) => {
        if (ids === '') return refuse('idSetEmpty', { what: resource });
        const set = IdSet.parse(ids).atMost(ORDER_LIMIT);
        const found = set.pick(account.orders).filter(({ type }) => type === typeOf(resource));
        // 2xx whatever was found; 207 where only some were [D sales-credit GET].
        const status = found.length > 0 && found.length < set.size ? 207 : 200;
        return ok(
          found.map((order) => presentSale(account, order, shuffle)),
          status,
        );
      },
    },
    {
      method: 'OPTIONS',
      pattern: /^\/order-service\/(order|sales-order|sales-credit)\/?([^/]*)$/,
      handle: (_call, [resource = '', ids = '']) => {
        const all = [...account.orders.values()].filter(
          ({ type }) => resource === 'order' || type === typeOf(resource),
        );
        const wanted = ids === '' ? null : IdSet.parse(ids);
        const found = all.map(({ id }) => id).filter((id) => wanted === null || wanted.has(id));
        return getUris(`/${resource}/`, found);
      },
    },
    {
      method: 'POST',
      pattern: /^\/order-service\/(sales-order|sales-credit)\/?$/,
      handle: (call, [resource = '']) => ok(sales.create(typeOf(resource), bodyOf(call), call.actor).id),
    },
    {
      method: 'POST',
      pattern: /^\/order-service\/(sales-order|sales-credit)\/(\d+)\/close$/,
      handle: (call, [resource = '', id = '']) => {
        sales.close(typeOf(resource), Number(id), call.body, call.actor);
        return done();
      },
    },
    {
      method: 'PUT',
      pattern: /^\/order-service\/order\/(\d+)\/status$/,
      handle: (call, [id = '']) => changeStatus(account, sales, events, orderOf(account, id), bodyOf(call)),
    },
    {
      method: 'POST',
      pattern: /^\/order-service\/order\/(\d+)\/note$/,
      handle: (call, [id = '']) => {
        const order = orderOf(account, id);
        const { text } = bodyOf(call);
        if (typeof text !== 'string' || text === '') return refuse('fieldRequired', { field: 'text' });
        return ok(addNote(account, order, text));
      },
    },
    {
      method: 'PATCH',
      pattern: /^\/order-service\/order\/(\d+)\/row\/(\d+)$/,
      handle: (call, [id = '', rowId = '']) => {
        const order = orderOf(account, id);
        const row = order.rows.find((known) => known.id === Number(rowId));
        if (!row) return refuse('notFound', { what: call.path });
        sales.mustBeUnlocked(order);
        // Only invoicing protects a row; "there is currently no protection" while the invoice is pending [D].
        if (order.invoice.state === 'invoiced') refuse('alreadyInvoiced', { id: order.id });
        patchRow(row, call.body);
        order.updatedOn = account.now();
        events.raise('order.modified', order.id);
        return ok(presentRow(account, order, row));
      },
    },
    {
      method: 'GET',
      pattern: /^\/order-service\/order-status\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const set = ids === '' ? null : IdSet.parse(ids);
        const found = account.statuses.filter(({ id }) => set === null || set.has(id));
        return listAnswer(
          account,
          found.map(({ id, name, type, role, disabled }, index) => ({
            statusId: id,
            name,
            orderTypeCode: type,
            sortOrder: index * 10,
            disabled: disabled ?? false,
            visible: true,
            color: '#0099CC',
            remindAfterDays: 0,
            batchProcess: false,
            state: role === 'invoiced' ? 'invoiced' : 'draft',
          })),
          'order statuses',
        );
      },
    },
    { method: 'GET', pattern: /^\/order-service\/order-type$/, handle: () => ok(ORDER_TYPES) },
  ];
}

/** The URIs that fetch many things in the fewest calls: 200 ids each [D OPTIONS pages]. */
export function getUris(prefix: string, ids: readonly number[]): Answer {
  const sorted = [...ids].sort((a, b) => a - b);
  const chunks = Array.from({ length: Math.ceil(sorted.length / ORDER_LIMIT) }, (_, index) =>
    sorted.slice(index * ORDER_LIMIT, (index + 1) * ORDER_LIMIT),
  );
  return ok({ getUris: chunks.map((chunk) => `${prefix}${formatIdSet(chunk)}`) });
}

/** A list that was asked for by ids: 404 where nothing was found (help "Empty list response code" [D], by option [I]). */
export function listAnswer(account: Account, found: readonly unknown[], what: string): Answer {
  if (found.length === 0 && (account.options.emptyIs404 ?? true)) return refuse('nothingFound', { what });
  return ok(found);
}

export function bodyOf(call: Call): Record<string, unknown> {
  return isRecord(call.body) ? call.body : refuse('bodyMissing');
}

export function orderOf(account: Account, id: string): SimOrder {
  return account.orders.get(Number(id)) ?? refuse('notFound', { what: `/order/${id}` });
}

function typeOf(resource: string): 'SO' | 'SC' {
  return resource === 'sales-order' ? 'SO' : 'SC';
}

function addNote(account: Account, order: SimOrder, text: string): number {
  const id = account.nextId('note', 1);
  order.notes.push({ id, text, at: account.now() });
  return id;
}

/** The rules of order-status-update PUT [D]. */
function changeStatus(
  account: Account,
  sales: Sales,
  events: EventBus,
  order: SimOrder,
  body: Record<string, unknown>,
): Answer {
  sales.mustBeUnlocked(order);
  const id = readId(body['orderStatusId']);
  if (id === null) return refuse('fieldRequired', { field: 'orderStatusId' });
  const status = account.statuses.find((known) => known.id === id);
  if (status?.type !== order.type || status.disabled) {
    return refuse('fieldInvalid', {
      field: 'orderStatusId',
      value: id,
      why: `it is no status of a ${order.type}`,
    });
  }
  if (status.role === 'cancelled') {
    const paid = account.paymentsOf(order).reduce((sum, { amountPaid }) => sum + amountPaid, 0);
    if (order.invoice.state === 'invoiced') refuse('alreadyInvoiced', { id: order.id });
    if (order.shipped || paid !== 0) {
      refuse('fieldInvalid', { field: 'orderStatusId', value: id, why: 'the order is shipped or paid' });
    }
  }
  order.statusId = id;
  order.updatedOn = account.now();
  const note = isRecord(body['orderNote']) ? body['orderNote']['text'] : undefined;
  addNote(account, order, typeof note === 'string' ? note : `Status changed to ${status.name}`);
  events.raise('order.modified.order-status-modified', order.id);
  return done();
}

/** The paths that order-row PATCH takes [D]. */
function patchRow(row: SimRow, body: unknown): void {
  if (!Array.isArray(body)) return refuse('bodyMissing');
  const changes: (() => void)[] = [];
  for (const step of body.filter(isRecord)) {
    const field = String(step['path']);
    const value = step['value'];
    const why = 'it is not taken there';
    const wrong = (): never => refuse('fieldInvalid', { field, value: JSON.stringify(value ?? null), why });
    if (step['op'] !== 'replace') wrong();
    if (field === '/quantity/magnitude') {
      const quantity = readDecimal(value, 4) ?? wrong();
      if (row.productId !== null && quantity % UNIT !== 0) wrong();
      changes.push(() => (row.quantity = quantity));
    } else if (field === '/rowValue/rowNet/value' || field === '/rowValue/rowTax/value') {
      const amount = readDecimal(value, 2) ?? wrong();
      changes.push(() => (row[field.includes('Net') ? 'net' : 'tax'] = amount));
    } else if (field === '/nominalCode') {
      const known = NOMINAL_CODES.find(({ code }) => code === String(value)) ?? wrong();
      changes.push(() => (row.nominalCode = known.code));
    } else wrong();
  }
  for (const change of changes) change();
}
