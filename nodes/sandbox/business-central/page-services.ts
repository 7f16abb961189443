import { readBody } from './body';
import type { Books } from './books';
import { itemUnits } from './document-lines';
import { entity, type Entity } from './entity';
import { matches } from './filter';
import type { Answer, Operation } from './operation';
import { etagOf, parseQuery, present } from './query';
import { amount, text, type Row, type Value } from './records';
import { refuse } from './refusal';
import type { PublishedServices } from './simulator-types';
import {
  addReturnLine,
  changeReturnLine,
  changeReturnOrder,
  createReturnOrder,
  invoiceReturnOrder,
  linesOfReturn,
  placeReturnLine,
  receiveReturnOrder,
  returnReasons,
} from './return-orders';

/** A page that is published as a web service, or a page of a custom API: what it shows, and what it takes. */
export interface Page {
  entity: Entity;
  rows: (books: Books) => Row[];
  insert?: (books: Books, given: Readonly<Record<string, Value>>) => Row;
  change?: (books: Books, row: Row, given: Readonly<Record<string, Value>>) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** Page 6630; spelling of the fields after their captions [I]. */
const RETURN_ORDER = entity(
  'SalesReturnOrder',
  'SalesReturnOrder',
  'Sales Header',
  `Document_Type:Text20 No:Code20 Sell_to_Customer_No:Code20 Sell_to_Customer_Name:Text100! External_Document_No:Code35
   Your_Reference:Text35 Posting_Date:Date Location_Code:Code10 Status:Text20!`,
);

const RETURN_LINE = entity(
  'SalesReturnOrderSalesLines',
  'SalesReturnOrderSalesLines',
  'Sales Line',
  `Document_Type:Text20 Document_No:Code20 Line_No:Int Type:Text20 No:Code20 Variant_Code:Code10 Quantity:Decimal
   Unit_of_Measure_Code:Code10 Unit_Price:Decimal Location_Code:Code10 Return_Reason_Code:Code10
   Return_Qty_to_Receive:Decimal Return_Qty_Received:Decimal! Qty_to_Invoice:Decimal Quantity_Invoiced:Decimal!
   Appl_from_Item_Entry:Int`,
);

const returnOrders: Page = {
  entity: RETURN_ORDER,
  rows: (books) => books.table('salesReturnOrders').all().map(orderPage),
  insert: (books, given) =>
    orderPage(
      createReturnOrder(books, {
        customer: text(given, 'Sell_to_Customer_No'),
        externalNumber: text(given, 'External_Document_No'),
        location: text(given, 'Location_Code'),
        reference: text(given, 'Your_Reference'),
        postingDate: text(given, 'Posting_Date'),
      }),
    ),
  change: (books, row, given) => {
    const day = given['Posting_Date'];
    if (day !== undefined) changeReturnOrder(books, row, { postingDate: day });
  },
};

const returnLines: Page = {
  entity: RETURN_LINE,
  rows: (books) =>
    books
      .table('salesReturnOrders')
      .all()
      .flatMap((order) => linesOfReturn(books, order).map(linePage)),
  insert: (books, given) => {
    const number = text(given, 'Document_No');
    const order = books.find('salesReturnOrders', 'number', number);
    if (!order) return refuse('recordUnknown', { table: 'Sales Header', key: `No.='${number}'` });
    const price = given['Unit_Price'];
    return linePage(
      addReturnLine(books, order, {
        number: text(given, 'No'),
        variant: text(given, 'Variant_Code'),
        appliedFrom: amount(given, 'Appl_from_Item_Entry'),
        quantity: amount(given, 'Quantity'),
        unit: text(given, 'Unit_of_Measure_Code'),
        price: typeof price === 'number' ? price : null,
        location: text(given, 'Location_Code'),
        reason: text(given, 'Return_Reason_Code'),
      }),
    );
  },
  change: (books, row, given) => {
    const names = { Return_Qty_to_Receive: 'returnQtyToReceive', Qty_to_Invoice: '_toInvoice' } as const;
    const change: Record<string, Value> = {};
    for (const [name, field] of Object.entries(names)) {
      const value = given[name];
      if (value !== undefined) change[field] = value;
    }
    const place = given['Location_Code'];
    if (place !== undefined) placeReturnLine(books, row, String(place));
    changeReturnLine(books, row, change);
  },
};

function orderPage(order: Row): Row {
  return {
    ...order,
    Document_Type: 'Return Order',
    No: text(order, 'number'),
    Sell_to_Customer_No: text(order, 'sellToCustomerNumber'),
    Sell_to_Customer_Name: text(order, 'sellToCustomerName'),
    External_Document_No: text(order, 'externalDocumentNumber'),
    Your_Reference: text(order, 'yourReference'),
    Posting_Date: text(order, 'postingDate'),
    Location_Code: text(order, 'locationCode'),
    Status: text(order, 'status'),
  };
}

function linePage(line: Row): Row {
  return {
    ...line,
    Document_Type: 'Return Order',
    Document_No: text(line, 'documentNumber'),
    Line_No: amount(line, 'sequence'),
    Type: 'Item',
    No: text(line, 'lineObjectNumber'),
    Variant_Code: text(line, '_variant'),
    Quantity: amount(line, 'quantity'),
    Unit_of_Measure_Code: text(line, 'unitOfMeasureCode'),
    Unit_Price: amount(line, 'unitPrice'),
    Location_Code: text(line, '_location'),
    Return_Reason_Code: text(line, '_reason'),
    Return_Qty_to_Receive: amount(line, 'returnQtyToReceive'),
    Return_Qty_Received: amount(line, 'returnQtyReceived'),
    Qty_to_Invoice: amount(line, '_toInvoice'),
    Quantity_Invoiced: amount(line, '_invoiced'),
    Appl_from_Item_Entry: amount(line, '_appliedFrom'),
  };
}

/** Units and return reasons, with the field names of a page, or of a custom API. */
function unitsPage(set: string, [item, code, quantity]: readonly [string, string, string]): Page {
  return {
    entity: entity(set, set, 'Item Unit of Measure', `${item}:Code20 ${code}:Code10 ${quantity}:Decimal`),
    rows: (books) =>
      books
        .table('items')
        .all()
        .flatMap((row) =>
          itemUnits(row).map((unit) => ({
            id: `${text(row, 'id')} ${unit.code}`,
            _version: 1,
            [item]: text(row, 'number'),
            [code]: unit.code,
            [quantity]: unit.quantity,
          })),
        ),
  };
}

function reasonsPage(
  set: string,
  [code, words, location, zero]: readonly [string, string, string, string],
): Page {
  return {
    entity: entity(
      set,
      set,
      'Return Reason',
      `${code}:Code10 ${words}:Text100 ${location}:Code10 ${zero}:Bool`,
    ),
    rows: (books) =>
      returnReasons(books).map((reason) => ({
        id: reason.code,
        _version: 1,
        [code]: reason.code,
        [words]: reason.description,
        [location]: reason.defaultLocation ?? '',
        [zero]: reason.valueZero ?? false,
      })),
  };
}

const pageUnits = unitsPage('ItemUnits', ['Item_No', 'Code', 'Qty_per_Unit_of_Measure']);
const pageReasons = reasonsPage('ReturnReasons', [
  'Code',
  'Description',
  'Default_Location_Code',
  'Inventory_Value_Zero',
]);
const apiUnits = unitsPage('itemUnitsOfMeasure', ['itemNumber', 'code', 'quantityPerUnitOfMeasure']);
const apiReasons = reasonsPage('returnReasons', [
  'code',
  'description',
  'defaultLocationCode',
  'inventoryValueZero',
]);

/** The page that is published under a name, if any is. */
export function publishedPage(books: Books, name: string): Page | undefined {
  const { services = {} } = books.around.options;
  if (name === services.returnOrder) return returnOrders;
  if (services.returnOrder !== undefined && name === linesName(services)) return returnLines;
  if (name === services.itemUnits) return pageUnits;
  return name === services.returnReasons ? pageReasons : undefined;
}

function linesName({ returnOrder = '', returnOrderLines }: PublishedServices): string {
  return returnOrderLines ?? `${returnOrder}SalesLines`;
}

export function customPage(set: string): Page | undefined {
  return [apiUnits, apiReasons].find((page) => page.entity.set === set);
}

/** What is published: sets, and the actions of the posting codeunit. For `ODataV4/$metadata`. */
export function publishedMetadata(books: Books): string {
  const { services = {} } = books.around.options;
  const { returnOrder, itemUnits: units, returnReasons: reasons, posting } = services;
  const names = [returnOrder, returnOrder && linesName(services), units, reasons];
  const sets = names.filter((name) => name !== undefined).map((name) => `<EntitySet Name="${name}"/>`);
  const actions = ['Receive', 'Invoice'].map((procedure) => `<Action Name="${posting ?? ''}_${procedure}"/>`);
  return `<Schema Namespace="NAV">${posting === undefined ? '' : actions.join('')}<EntityContainer Name="NAV">${sets.join('')}</EntityContainer></Schema>`;
}

/** A request to a page. Deep inserts are not supported here (B2). */
export function operatePage(books: Books, page: Page, key: string | null, operation: Operation): Answer {
  const query = parseQuery(operation.options, page.entity, NONE);
  const show = (row: Row): Record<string, unknown> => present(row, page.entity, query, books, NONE);
  const all = page.rows(books).filter((row) => key === null || hasKey(row, key));
  if (operation.method === 'GET') {
    if (key === null) {
      const { filter, skip, top } = query;
      const found = all.filter((row) => filter === null || matches(filter, row));
      const rows = found.slice(skip, top === null ? undefined : skip + top);
      return { status: 200, body: { value: rows.map(show) } };
    }
    const [row] = all;
    return row
      ? { status: 200, body: show(row) }
      : refuse('recordUnknown', { table: page.entity.table, key });
  }
  if (operation.method === 'POST' && key === null && page.insert) {
    const row = page.insert(books, readBody(page.entity, operation.body, false, NONE).fields);
    return { status: 201, body: show(row) };
  }
  const [row] = all;
  if (operation.method !== 'PATCH' || !page.change || !row) {
    return refuse('methodNotAllowed', { method: operation.method, set: page.entity.set });
  }
  const token = operation.headers['if-match'];
  if (token === undefined) refuse('tokenMissing');
  if (token !== '*' && token !== etagOf(row)) refuse('changed');
  page.change(books, row, readBody(page.entity, operation.body, false, NONE).fields);
  return operatePage(books, page, key, { ...operation, method: 'GET' });
}

/** Whether a row has all the parts of a key such as `Document_Type='Return Order',No='108001'`. */
function hasKey(row: Row, key: string): boolean {
  const parts = [...key.matchAll(/(\w+)=(?:'((?:[^']|'')*)'|(\d+))/g)];
  return (
    parts.length > 0 &&
    parts.every(
      ([, field = '', quoted, number]) => text(row, field) === (quoted?.replaceAll("''", "'") ?? number),
    )
  );
}

/** An unbound action `<Service>_<Procedure>` of the customer's posting codeunit (B5, way 3). */
export function unboundAction(books: Books, name: string, body: unknown): Answer {
  const service = books.around.options.services?.posting;
  const procedure =
    service !== undefined && name.startsWith(`${service}_`) ? name.slice(service.length + 1) : '';
  if (procedure !== 'Receive' && procedure !== 'Invoice') return refuse('segmentUnknown', { segment: name });
  const given: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'returnOrderNo') : undefined;
  if (typeof given !== 'string' || given === '')
    return refuse('parameterMissing', { field: 'returnOrderNo' });
  const number =
    procedure === 'Receive' ? receiveReturnOrder(books, given) : invoiceReturnOrder(books, given);
  return { status: 200, body: { '@odata.context': '$metadata#Edm.String', value: number } };
}
