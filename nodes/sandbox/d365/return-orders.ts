import { companyOf, find, linesOf, text, type Erp, type SetWriter } from './erp';
import type { Row } from './odata-filter';
import { Refusal, sourceNoise } from './refusal';
import { Relations } from './relations';
import { recount } from './return-states';

const HEADER = 'ReturnOrderHeadersV2';
const ENTITY = 'ReturnOrderHeaderV2Entity';

/** Fields that the system fills; what a caller sends for them is ignored (D1, item 3). */
const READ_ONLY = new Set([
  'RMANumber',
  'ReturnStatus',
  'ReturnOrderStatus',
  'OrderTotalAmount',
  'OrderTotalTaxAmount',
  'OrderTotalChargesAmount',
  'TotalDiscountAmount',
  'ReplacementSalesOrderNumber',
  'IsReplacementSalesOrderCreated',
]);

/** Return order headers: relation checks in field order first, then the header's rules (A2, A5). */
export class ReturnOrders implements SetWriter {
  private readonly relations: Relations;

  constructor(private readonly erp: Erp) {
    this.relations = new Relations(erp, ENTITY);
  }

  create(body: Row): Row {
    const { data, rules, numbers } = this.erp;
    this.relations.lengths(HEADER, body);
    this.check(body);
    const own = rules.manualNumberSequence ? body['ReturnOrderNumber'] : undefined;
    const company = companyOf(body, data);
    if (own !== undefined && find(data, HEADER, { dataAreaId: company, ReturnOrderNumber: own })) {
      throw this.relations.refused('Cannot create a record. The record already exists.', 'SalesTable');
    }
    return data.table(HEADER).put({
      ReturnDeadline: new Date(this.erp.now() + rules.validityDays * 86_400_000).toISOString(),
      ...withoutSystemFields(body),
      dataAreaId: company,
      ReturnOrderNumber: own ?? numbers.returnOrder(),
      RMANumber: numbers.rma(),
      InvoiceCustomerAccountNumber:
        body['InvoiceCustomerAccountNumber'] ?? body['CustomerAccountNumber'] ?? '',
      CurrencyCode: body['CurrencyCode'] ?? this.erp.currency,
      DefaultReturnSiteId: body['DefaultReturnSiteId'] ?? siteOf(this.erp, body, 'DefaultReturnWarehouseId'),
      ReturnStatus: rules.opensAt === 'creation' ? 'Open' : 'Created',
      ReturnOrderStatus: 'Backorder',
    });
  }

  update(row: Row, change: Row): void {
    this.relations.lengths(HEADER, change);
    const onlyStop = Object.keys(change).every((field) => field === 'IsReturnProcessingStopped');
    const live = row['ReturnStatus'] === 'Created' || row['ReturnStatus'] === 'Open';
    if (!live || (row['IsReturnProcessingStopped'] === 'Yes' && !onlyStop)) {
      throw this.relations.refused('The return order cannot be changed in its status.', 'SalesTable');
    }
    const merged = { ...row, ...withoutSystemFields(change) };
    this.check(merged);
    this.erp.data.table(HEADER).put(merged);
    // Charges follow the reason code.
    recount(this.erp, merged);
  }

  /** Only before anything is registered; its lines go with it (A14, F-10) [I]. */
  remove(row: Row): void {
    if (row['ReturnStatus'] !== 'Created') {
      throw new Refusal(ENTITY, ['The record cannot be deleted in its status.'], sourceNoise('SalesTable'));
    }
    const { data } = this.erp;
    for (const line of linesOf(data, row)) {
      const table = data.table('ReturnOrderLinesV2');
      table.delete(table.keyOf(line));
    }
    data.table(HEADER).delete(data.table(HEADER).keyOf(row));
  }

  private check(row: Row): void {
    const { relations } = this;
    relations.required(row, 'CustomerAccountNumber', 'Customer account');
    relations.related(row, 'CustomerAccountNumber', 'CustomersV3', 'CustomerAccount', 'Customer account');
    relations.related(
      row,
      'InvoiceCustomerAccountNumber',
      'CustomersV3',
      'CustomerAccount',
      'Invoice account',
    );
    relations.related(
      row,
      'CustomerReturnReasonCode',
      'ReturnReasonCodeBiEntities',
      'ReasonCodeId',
      'Return reason',
    );
    relations.known(row, 'CurrencyCode', 'Currency', (value) => /^[A-Z]{3}$/.test(value));
    relations.related(row, 'DefaultReturnWarehouseId', 'Warehouses', 'WarehouseId', 'Warehouse');
  }
}

/** The site of the warehouse that a row names: it may be left out (A5). */
export function siteOf(erp: Erp, row: Row, field: string): string {
  const key = { dataAreaId: companyOf(row, erp.data), WarehouseId: text(row, field) };
  return text(find(erp.data, 'Warehouses', key), 'OperationalSiteId');
}

function withoutSystemFields(body: Row): Row {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !READ_ONLY.has(field)));
}
