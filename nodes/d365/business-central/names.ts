/**
 * The sets and fields of API v2.0 that are read and written, in one place: requests are built from it, and it is compared
 * with the environment's `$metadata` before anything is posted (`reference/dynamics365.md` B4, B4.1).
 */
export const BC_NAMES = {
  salesCreditMemos: [
    'id',
    'number',
    'externalDocumentNumber',
    'creditMemoDate',
    'postingDate',
    'customerNumber',
    'currencyCode',
    'pricesIncludeTax',
    'discountAmount',
    'totalAmountExcludingTax',
    'totalTaxAmount',
    'totalAmountIncludingTax',
    'status',
    'invoiceId',
    'invoiceNumber',
    'customerReturnReasonId',
  ],
  salesCreditMemoLines: [
    'id',
    'documentId',
    'sequence',
    'lineType',
    'lineObjectNumber',
    'itemVariantId',
    'unitOfMeasureCode',
    'quantity',
    'unitPrice',
    'discountAmount',
    'amountExcludingTax',
    'amountIncludingTax',
    'locationId',
  ],
  salesInvoices: [
    'id',
    'number',
    'externalDocumentNumber',
    'orderNumber',
    'customerNumber',
    'currencyCode',
    'pricesIncludeTax',
    'remainingAmount',
    'status',
    'invoiceDate',
    'shipToName',
    'shipToAddressLine1',
    'shipToAddressLine2',
    'shipToCity',
    'shipToCountry',
    'shipToState',
    'shipToPostCode',
  ],
  salesInvoiceLines: [
    'id',
    'documentId',
    'sequence',
    'lineType',
    'lineObjectNumber',
    'description',
    'itemVariantId',
    'unitOfMeasureCode',
    'quantity',
    'unitPrice',
    'taxCode',
    'taxPercent',
    'netAmount',
    'netTaxAmount',
    'netAmountIncludingTax',
    'locationId',
  ],
  salesOrders: [
    'id',
    'number',
    'externalDocumentNumber',
    'customerNumber',
    'currencyCode',
    'pricesIncludeTax',
    'totalAmountIncludingTax',
    'status',
    'orderDate',
    'shipToName',
    'shipToAddressLine1',
    'shipToAddressLine2',
    'shipToCity',
    'shipToCountry',
    'shipToState',
    'shipToPostCode',
  ],
  salesOrderLines: [
    'id',
    'documentId',
    'lineType',
    'lineObjectNumber',
    'itemVariantId',
    'quantity',
    'unitPrice',
    'discountAmount',
    'locationId',
    'amountExcludingTax',
    'amountIncludingTax',
  ],
  items: [
    'id',
    'number',
    'displayName',
    'type',
    'blocked',
    'gtin',
    'baseUnitOfMeasureCode',
    'taxGroupCode',
    'unitPrice',
  ],
  itemVariants: ['id', 'itemNumber', 'code'],
  customers: ['id', 'number', 'blocked'],
  locations: ['id', 'code'],
  customerReturnReasons: ['id', 'code'],
  accountingPeriods: ['startingDate', 'closed', 'dateLocked'],
  itemLedgerEntries: [
    'entryNumber',
    'postingDate',
    'sourceNumber',
    'documentNumber',
    'documentType',
    'itemNumber',
    'quantity',
    'costAmountActual',
  ],
  generalLedgerEntries: ['documentNumber', 'documentType'],
} as const;

/** Codes that only the audit of Return Mappings reads. */
export const BC_AUDITED_NAMES = {
  unitsOfMeasure: ['code'],
  paymentMethods: ['code'],
  taxGroups: ['code'],
} as const;

/** What only the route of return orders reads. */
export const BC_ORDER_NAMES = { salesShipments: ['number', 'orderNumber'] } as const;

/** Read where the version has it: posted receipts of return orders can be read since 29 (`reference/dynamics365.md` B4). */
export const BC_RECEIPT_NAMES = { returnReceipts: ['number', 'orderNumber'] } as const;

export type BcSet =
  | keyof typeof BC_ORDER_NAMES
  | keyof typeof BC_RECEIPT_NAMES
  | keyof typeof BC_NAMES
  | keyof typeof BC_AUDITED_NAMES;
