/**
 * Names of Finance & SCM as `reference/dynamics365.md` has them in A4 to A8 and A10, transcribed by hand and neither from the
 * connector nor from the simulator: what either of them misspells, or made up, is not here.
 */

export interface ReferenceSet {
  /** The section that names it. */
  section: string;
  keys: readonly string[];
  fields: readonly string[];
  /** Navigation to other sets. */
  navigation: Readonly<Record<string, string>>;
}

const VARIANT = 'ProductConfigurationId ProductSizeId ProductColorId ProductStyleId ProductVersionId';

export const REFERENCE_SETS: Readonly<Record<string, ReferenceSet>> = {
  ReturnOrderHeadersV2: set(
    'A5',
    'dataAreaId ReturnOrderNumber',
    `RMANumber CustomerAccountNumber InvoiceCustomerAccountNumber CustomersOrderReference CustomerRequisitionNumber
     CustomerReturnReasonCode CurrencyCode DefaultReturnSiteId DefaultReturnWarehouseId ReturnDeadline Email LanguageId
     ContactPersonId ReturnStatus ReturnOrderStatus IsReturnProcessingStopped IsReplacementSalesOrderCreated
     ReplacementSalesOrderNumber OrderTotalAmount OrderTotalTaxAmount OrderTotalChargesAmount TotalDiscountAmount
     FormattedReturnAddress IsReturnAddressPrivate IsReturnAddressOrderSpecific`,
    { ReturnOrderLines: 'ReturnOrderLinesV2' },
  ),
  ReturnOrderLinesV2: set(
    'A6',
    'dataAreaId ReturnOrderNumber ReturnInventoryLotId',
    `ReturningInventoryLotId ReferenceType ReferenceNumber ReferenceInventoryLotId ItemNumber ${VARIANT}
     ReturnSalesQuantity ReturnedSalesQuantity SalesUnitSymbol SalesPrice LineAmount ReturnUnitCost ReturnDispositionCode
     ReturnSiteId ReturnWarehouseId ReturnWarehouseLocationId OrderedInventoryStatusId ItemBatchNumber ItemSerialNumber
     ExternalItemNumber LineDescription LineCreationSequenceNumber MainAccountIdDisplayValue ReturnCatchWeightQuantity
     ExpectedReturnArrivalDate ActualReturnArrivalDate ReturnClosedDate ReturnStatus RMANumber CustomerAccountNumber
     InvoiceCustomerAccountNumber IsReturnedQuantityAvailableForReservation TotalTaxAmount TotalChargesAmount
     TotalDiscountAmount OriginCountryRegionId OriginStateId`,
    { ReturnOrderHeader: 'ReturnOrderHeadersV2' },
  ),
  ReturnDispositionCodes: set(
    'A6.1',
    'dataAreaId DispositionCode',
    'DispositionDescription DispositionAction KittingDispositionCodeId',
  ),
  ReturnReasonCodeBiEntities: set('A6.1', 'dataAreaId ReasonCodeId', 'ReasonCodeGroupId Description'),
  ItemArrivalJournalHeadersV2: set(
    'A7',
    'dataAreaId JournalNumber',
    `JournalNameId JournalDescription PackingSlipId DefaultReceivingSiteId DefaultReceivingWarehouseId
     DefaultReceivingWarehouseLocationId DefaultReceivingInventoryStatusId DefaultReceivingLicensePlateNumber
     DefaultTransactionReferenceType DefaultTransactionReferenceNumber DefaultReturnItemNumber
     DefaultReturnDispositionCodeId DefaultAccountNumber IsQuarantineOrderCreatedForReceivedItem
     IsItemMovedToDefaultItemPickingWarehouseLocation AreLinesDeletedAfterPosting IsPosted PostedDateTime PostedUserId`,
    { ItemArrivalJournalLine: 'ItemArrivalJournalLinesV2' },
  ),
  ItemArrivalJournalLinesV2: set(
    'A7',
    'dataAreaId JournalNumber LineNumber',
    `ItemNumber ${VARIANT} ItemQuantity ItemCatchWeightQuantity TransactionDate TransactionReferenceType
     TransactionReferenceNumber ReferenceInventoryLotId IsReturnOrder ReturnItemNumber ReturnDispositionCodeId
     AccountNumber ReceivingInventorySiteId ReceivingWarehouseId ReceivingWarehouseLocationId ReceivingInventoryStatusId
     ReceivingLicensePlateNumber ItemBatchNumber ItemSerialNumber IsQuarantineOrderCreatedForReceivedItem
     IsItemMovedToDefaultItemPickingWarehouseLocation`,
  ),
  SalesOrderHeadersV4: set(
    'A8',
    'dataAreaId SalesOrderNumber',
    `SalesOrderStatus SalesOrderProcessingStatus OrderingCustomerAccountNumber InvoiceCustomerAccountNumber
     CustomersOrderReference CustomerRequisitionNumber CurrencyCode CustomerPaymentMethodName SalesTaxGroupCode
     ArePricesIncludingSalesTax IsSalesProcessingStopped DefaultShippingWarehouseId SalesOrderOriginCode
     CreditNoteReasonCode`,
  ),
  SalesOrderLinesV3: set(
    'A8',
    'dataAreaId InventoryLotId',
    `SalesOrderNumber ItemNumber ${VARIANT} OrderedSalesQuantity SalesUnitSymbol SalesPrice LineDiscountAmount
     LineDiscountPercentage LineAmount SalesTaxGroupCode SalesTaxItemGroupCode SalesOrderLineStatus ShippingWarehouseId
     LineCreationSequenceNumber ExternalItemNumber`,
  ),
  SalesInvoiceHeadersV4: set(
    'A8',
    'dataAreaId InvoiceNumber InvoiceDate LedgerVoucher',
    `SalesOrderNumber TotalInvoiceAmount TotalTaxAmount CurrencyCode InvoiceCustomerAccountNumber
     CustomersOrderReference`,
  ),
  SalesInvoiceV4Lines: set(
    'A8',
    'dataAreaId InvoiceNumber LineCreationSequenceNumber InvoiceDate LedgerVoucher',
    'ProductNumber InvoicedQuantity SalesPrice SalesUnitSymbol LineAmount LineTotalTaxAmount InventoryWarehouseId',
  ),
  CustInvoiceJourBiEntities: set(
    'A8',
    'dataAreaId SourceKey',
    'InvoiceId SalesId ReturnItemNum ReturnStatus ReturnReasonCodeId PurchaseOrder LedgerVoucher InvoiceAmount SumTax',
  ),
  // A8: item, dimensions, site and warehouse are its key; how it names the last two is not said.
  WarehousesOnHandV2: set(
    'A8',
    'dataAreaId ItemNumber ProductConfigurationId ProductSizeId ProductColorId ProductStyleId ProductVersionId',
    'OnHandQuantity AvailableOnHandQuantity',
  ),
  CustTransactions: set(
    'A8',
    'dataAreaId SysRecId',
    'AccountNum Invoice Voucher AmountCur PaymMode PaymReference TransType Closed',
  ),
  // One row of A8 names both sets of the customer ledger.
  CustTransOpens: set(
    'A8',
    'dataAreaId SysRecId',
    'AccountNum Invoice Voucher AmountCur PaymMode PaymReference TransType Closed',
  ),
  CustomersV3: set(
    'A8',
    'dataAreaId CustomerAccount',
    `OnHoldStatus PaymentMethod SalesCurrencyCode SalesTaxGroup SalesReturnTaxGroup InvoiceAccount
     PrimaryContactEmail`,
  ),
  ReleasedProductsV2: set(
    'A8',
    'dataAreaId ItemNumber',
    `ProductNumber ProductType InventoryUnitSymbol SalesUnitSymbol ProductLifecycleStateId ItemModelGroupId
     SalesSalesTaxItemGroupCode ProductDimensionGroupName TrackingDimensionGroupName IsPOSRegistrationBlocked Bundle`,
  ),
  ReleasedProductVariantsV2: set(
    'A8',
    `dataAreaId ProductMasterNumber ${VARIANT}`,
    'ItemNumber ProductVariantNumber ProductLifecycleStateId',
  ),
  ProductDefaultOrderSettings: set(
    'A8',
    'dataAreaId ItemNumber',
    `IsSalesProcessingStopped IsInventoryProcessingStopped IsProcurementProcessingstopped IsSalesSiteMandatory
     IsSalesWarehouseMandatory`,
  ),
  // The reference calls the first key field "state", without its name.
  ProductLifecycleStateProcesses: set('A8', 'ProcessName', 'ProcessPolicy ApplicableProcessArea'),
  UnitsOfMeasure: set('A8', 'UnitSymbol', 'DecimalPrecision UnitClass'),
  UnitOfMeasureConversions: set(
    'A8',
    'FromUnitSymbol ToUnitSymbol',
    'Factor Numerator Denominator InnerOffset OuterOffset Rounding',
  ),
  ProductSpecificUnitOfMeasureConversions: set(
    'A8',
    'ProductNumber FromUnitSymbol ToUnitSymbol',
    'Factor Numerator Denominator InnerOffset OuterOffset Rounding',
  ),
  Warehouses: set(
    'A8',
    'dataAreaId WarehouseId',
    `OperationalSiteId WarehouseType QuarantineWarehouseId AreAdvancedWarehouseManagementProcessesEnabled
     IsWarehouseExternallyManaged ExternalWarehouseId`,
  ),
  OperationalSitesV2: set('A8', 'dataAreaId SiteId', ''),
  CustomerPaymentMethods: set(
    'A8',
    'dataAreaId Name',
    `PaymentType PaymentStatus AccountType PaymentAccountDisplayValue ValidatePaymentReferenceIsMandatory
     PaymentJournalName`,
  ),
  LedgerFiscalPeriods: set(
    'A8',
    'LedgerName Calendar YearName PeriodName',
    `PeriodStatus CustAccessLevel SalesAccessLevel InventAccessLevel LedgerAccessLevel TaxAccessLevel LegalEntityId`,
  ),
  FiscalPeriods: set('A8', 'Calendar FiscalYear StartDate EndDate PeriodName', 'Type'),
  NumberSequencesV2References: set('A8', 'ScopeType ScopeValue DataTypeName', 'NumberSequenceCode'),
  LegalEntities: set('A8', 'LegalEntityId', ''),
  CustomerPaymentJournalHeaders: set(
    'A10',
    'dataAreaId JournalBatchNumber',
    'JournalName Description OverrideSalesTax IsPosted',
  ),
  CustomerPaymentJournalLines: set(
    'A10',
    'dataAreaId JournalBatchNumber LineNumber',
    `AccountType AccountDisplayValue DebitAmount CreditAmount CurrencyCode TransactionDate PaymentMethodName
     PaymentReference PaymentId MarkedInvoice OffsetAccountType OffsetAccountDisplayValue TransactionText SettleVoucher
     Voucher PostingProfile`,
  ),
  CallCenterSalesOrderCustomerPayments: set(
    'A10',
    'dataAreaId LineNumber SalesOrderId',
    `CustomerPaymentType Status RetailStoreTenderTypeId RetailStoreCardTypeId UniqueCreditCardId RetailGiftCardId Amount
     PostedAmount CurrencyCode IsPrepay OriginalRefundSalesOrderId OriginalRefundLineNumber RetailChannelId`,
  ),
  CallCenterRefundMethods: set('A10', 'dataAreaId CurrencyCode', 'TenderTypeId PaymentMode'),
};

/** Enums that the reference names, with their members (A4.1, A4.2, A6, A7, A8). */
export const REFERENCE_ENUMS: Readonly<Record<string, readonly string[]>> = {
  NoYes: words('No Yes'),
  ReturnStatusHeader: words('None Created Open Closed Canceled'),
  ReturnStatusLine: words('None Awaiting Registered Quarantine Received Invoiced Canceled'),
  SalesStatus: words('None Backorder Delivered Invoiced Canceled'),
  DispositionAction: words('Credit CreditOnly Scrap ReplaceCredit ReplaceScrap ReturnToCust'),
  InventTransType: words(
    'Sales InventTransaction InventLossProfit InventTransfer QuarantineOrder QualityOrder WHSInboundShipmentOrder',
  ),
  InventRefType: words(
    'None Sales Purch Production ProdLine InventJournal CRMQuotation InventTransfer FixedAsset',
  ),
  CustVendorBlocked: words('No Invoice All Payment Requisition Never PurchOrder'),
};

/** The proposed contract of the posting service (A7): our own, so that a connection may rename each of them. */
export const SERVICE_NAMES: Readonly<Record<string, readonly string[]>> = {
  postArrivalJournal: words('DataAreaId JournalNumber'),
  postReturnPackingSlip: words('DataAreaId ReturnOrderNumber PackingSlipId Lots Quantities'),
  postReturnInvoice: words('DataAreaId ReturnOrderNumber InvoiceDate CreditCorrection'),
  postPaymentJournal: words('DataAreaId JournalBatchNumber'),
};

/**
 * Names that the reference does not confirm and the connector uses all the same. Each is compared with the environment's own
 * `$metadata` before anything is posted, and the connection says what is missing; none may come in unseen.
 */
export const SETTINGS: Readonly<Record<string, string>> = {
  'ReleasedProductsV2.SearchName': 'the name of an item for people; A8 names no field for it',
  'ProductLifecycleStateProcesses.LifecycleStateId': 'A8 calls this key field "state"',
  'WarehousesOnHandV2.InventoryWarehouseId':
    'A8 calls this key field "warehouse"; read only where the node tells short stock',
};

function set(
  section: string,
  keys: string,
  fields: string,
  navigation: Readonly<Record<string, string>> = {},
): ReferenceSet {
  return { section, keys: words(keys), fields: words(fields), navigation };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
