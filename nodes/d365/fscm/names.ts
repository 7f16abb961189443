/**
 * The entity sets and fields that are read and written, in one place: requests are built from it, and it is compared
 * with the environment's `$metadata` before anything is posted (`reference/dynamics365.md` A5 to A8, D3 last row).
 */
export const NAMES = {
  ReturnOrderHeadersV2: [
    'dataAreaId',
    'ReturnOrderNumber',
    'RMANumber',
    'CustomerAccountNumber',
    'InvoiceCustomerAccountNumber',
    'CustomersOrderReference',
    'CustomerRequisitionNumber',
    'CustomerReturnReasonCode',
    'CurrencyCode',
    'DefaultReturnWarehouseId',
    'ReturnStatus',
    'IsReturnProcessingStopped',
  ],
  ReturnOrderLinesV2: [
    'dataAreaId',
    'ReturnOrderNumber',
    'ReturnInventoryLotId',
    'ItemNumber',
    'ProductConfigurationId',
    'ProductSizeId',
    'ProductColorId',
    'ProductStyleId',
    'ProductVersionId',
    'ReturnSalesQuantity',
    'SalesUnitSymbol',
    'SalesPrice',
    'LineAmount',
    'ReturnWarehouseId',
    'ExternalItemNumber',
    'ReturnStatus',
  ],
  SalesOrderHeadersV4: [
    'dataAreaId',
    'SalesOrderNumber',
    'SalesOrderStatus',
    'OrderingCustomerAccountNumber',
    'InvoiceCustomerAccountNumber',
    'CustomersOrderReference',
    'CustomerRequisitionNumber',
    'CurrencyCode',
  ],
  SalesOrderLinesV3: [
    'dataAreaId',
    'InventoryLotId',
    'SalesOrderNumber',
    'ItemNumber',
    'ProductConfigurationId',
    'ProductSizeId',
    'ProductColorId',
    'ProductStyleId',
    'ProductVersionId',
    'OrderedSalesQuantity',
    'SalesUnitSymbol',
    'SalesPrice',
    'LineAmount',
    'ExternalItemNumber',
  ],
  SalesInvoiceHeadersV4: ['dataAreaId', 'InvoiceNumber', 'SalesOrderNumber', 'TotalInvoiceAmount'],
  CustomersV3: ['dataAreaId', 'CustomerAccount', 'OnHoldStatus'],
  ReleasedProductsV2: [
    'dataAreaId',
    'ItemNumber',
    'SearchName',
    'SalesUnitSymbol',
    'ProductLifecycleStateId',
  ],
  ProductDefaultOrderSettings: ['dataAreaId', 'ItemNumber', 'IsSalesProcessingStopped'],
  ProductLifecycleStateProcesses: [
    'LifecycleStateId',
    'ProcessName',
    'ProcessPolicy',
    'ApplicableProcessArea',
  ],
  LegalEntities: ['LegalEntityId'],
} as const;

/**
 * What other documents need besides, by the document: an environment that lacks one of them can still post the others, so
 * each is compared with `$metadata` when its first document is posted.
 */
export const NAMES_OF = {
  arrival: {
    ItemArrivalJournalHeadersV2: [
      'dataAreaId',
      'JournalNumber',
      'JournalNameId',
      'JournalDescription',
      'DefaultTransactionReferenceType',
      'DefaultTransactionReferenceNumber',
      'DefaultReturnItemNumber',
      'DefaultReceivingWarehouseId',
      'IsQuarantineOrderCreatedForReceivedItem',
      'IsItemMovedToDefaultItemPickingWarehouseLocation',
      'IsPosted',
      'PostedDateTime',
    ],
    ItemArrivalJournalLinesV2: [
      'dataAreaId',
      'JournalNumber',
      'LineNumber',
      'ItemNumber',
      'ProductConfigurationId',
      'ProductSizeId',
      'ProductColorId',
      'ProductStyleId',
      'ProductVersionId',
      'ItemQuantity',
      'TransactionDate',
      'TransactionReferenceType',
      'TransactionReferenceNumber',
      'ReferenceInventoryLotId',
      'IsReturnOrder',
      'ReturnItemNumber',
      'ReturnDispositionCodeId',
      'AccountNumber',
      'ReceivingWarehouseId',
      'ReceivingWarehouseLocationId',
      'IsQuarantineOrderCreatedForReceivedItem',
      'IsItemMovedToDefaultItemPickingWarehouseLocation',
    ],
  },
  credit: {
    ReturnOrderLinesV2: ['ReturnDispositionCode', 'ReturnUnitCost', 'ReturningInventoryLotId'],
    ReturnDispositionCodes: ['dataAreaId', 'DispositionCode', 'DispositionAction'],
    SalesInvoiceHeadersV4: ['InvoiceDate', 'LedgerVoucher', 'TotalTaxAmount', 'CurrencyCode'],
    SalesInvoiceV4Lines: [
      'dataAreaId',
      'InvoiceNumber',
      'LineCreationSequenceNumber',
      'InvoiceDate',
      'LedgerVoucher',
      'ProductNumber',
      'InvoicedQuantity',
      'SalesPrice',
      'SalesUnitSymbol',
      'LineAmount',
      'LineTotalTaxAmount',
      'InventoryWarehouseId',
    ],
    LedgerFiscalPeriods: [
      'LedgerName',
      'Calendar',
      'YearName',
      'PeriodName',
      'PeriodStatus',
      'CustAccessLevel',
      'SalesAccessLevel',
      'InventAccessLevel',
      'LedgerAccessLevel',
      'TaxAccessLevel',
      'LegalEntityId',
    ],
    FiscalPeriods: ['Calendar', 'FiscalYear', 'StartDate', 'EndDate', 'PeriodName', 'Type'],
  },
  refund: {
    CustomerPaymentJournalHeaders: [
      'dataAreaId',
      'JournalBatchNumber',
      'JournalName',
      'Description',
      'IsPosted',
    ],
    CustomerPaymentJournalLines: [
      'dataAreaId',
      'JournalBatchNumber',
      'LineNumber',
      'AccountType',
      'AccountDisplayValue',
      'DebitAmount',
      'CreditAmount',
      'CurrencyCode',
      'TransactionDate',
      'PaymentMethodName',
      'PaymentReference',
      'PaymentId',
      'MarkedInvoice',
      'TransactionText',
      'Voucher',
    ],
    CustomerPaymentMethods: ['dataAreaId', 'Name', 'PaymentType'],
    SalesOrderHeadersV4: [
      'dataAreaId',
      'SalesOrderNumber',
      'CustomersOrderReference',
      'CurrencyCode',
      'CustomerPaymentMethodName',
    ],
    SalesInvoiceHeadersV4: [
      'dataAreaId',
      'InvoiceNumber',
      'SalesOrderNumber',
      'TotalInvoiceAmount',
      'CurrencyCode',
      'InvoiceCustomerAccountNumber',
    ],
    CustTransactions: ['dataAreaId', 'SysRecId', 'AccountNum', 'Invoice', 'Voucher', 'AmountCur'],
    CustTransOpens: ['dataAreaId', 'SysRecId', 'AmountCur'],
    CallCenterSalesOrderCustomerPayments: [
      'dataAreaId',
      'LineNumber',
      'SalesOrderId',
      'CustomerPaymentType',
      'Status',
      'RetailStoreTenderTypeId',
      'UniqueCreditCardId',
      'Amount',
      'PostedAmount',
      'CurrencyCode',
    ],
  },
  exchange: {},
} as const;

/** A document that has names of its own. */
export type NamesOf = keyof typeof NAMES_OF;

type SetOf<Group> = Group extends NamesOf ? keyof (typeof NAMES_OF)[Group] : never;

/**
 * What only the audit of Return Mappings reads (A6.1, A8): an environment that lacks one of them can post all the same, so
 * they are not compared with `$metadata`.
 */
export const AUDITED_NAMES = {
  Warehouses: 'WarehouseId',
  ReturnDispositionCodes: 'DispositionCode',
  CustomerPaymentMethods: 'Name',
  UnitsOfMeasure: 'UnitSymbol',
} as const;

/** Audited as well: whether goods are received in the warehouse app, and what a disposition code does (A4.2, D3). */
export const ADVANCED_WAREHOUSE = 'AreAdvancedWarehouseManagementProcessesEnabled';
export const DISPOSITION_ACTION = 'DispositionAction';

export type AuditedSet = keyof typeof AUDITED_NAMES;
export type EntitySet = keyof typeof NAMES | SetOf<NamesOf>;
