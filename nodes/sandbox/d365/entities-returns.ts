import { entity, type Entity } from './entity-model';

/** Return orders, their codes, and item arrival journals (A5, A6, A7). */
export const RETURN_ENTITIES: readonly Entity[] = [
  entity(
    'ReturnOrderHeadersV2',
    'ReturnOrderHeaderV2Entity',
    'dataAreaId ReturnOrderNumber',
    `dataAreaId ReturnOrderNumber RMANumber CustomerAccountNumber InvoiceCustomerAccountNumber CustomersOrderReference
     CustomerRequisitionNumber CustomerReturnReasonCode CurrencyCode DefaultReturnSiteId DefaultReturnWarehouseId
     ReturnDeadline:DateTimeOffset Email LanguageId ContactPersonId ReturnStatus:ReturnStatusHeader
     ReturnOrderStatus:SalesStatus IsReturnProcessingStopped:NoYes IsReplacementSalesOrderCreated:NoYes
     ReplacementSalesOrderNumber OrderTotalAmount:Decimal OrderTotalTaxAmount:Decimal OrderTotalChargesAmount:Decimal
     TotalDiscountAmount:Decimal ReturnAddressName ReturnAddressStreet ReturnAddressCity ReturnAddressZipCode
     ReturnAddressCountryRegionId FormattedReturnAddress IsReturnAddressPrivate:NoYes ReturnOriginCode`,
    {
      writable: true,
      indexed: ['ReturnOrderNumber', 'CustomersOrderReference', 'CustomerRequisitionNumber'],
      navigation: {
        ReturnOrderLines: { to: 'ReturnOrderLinesV2', on: ['dataAreaId', 'ReturnOrderNumber'], many: true },
      },
    },
  ),
  entity(
    'ReturnOrderLinesV2',
    'ReturnOrderLineV2Entity',
    'dataAreaId ReturnOrderNumber ReturnInventoryLotId',
    `dataAreaId ReturnOrderNumber ReturnInventoryLotId ReturningInventoryLotId ReferenceNumber ReferenceInventoryLotId
     ItemNumber ProductConfigurationId ProductSizeId ProductColorId ProductStyleId ProductVersionId
     ReturnSalesQuantity:Decimal ReturnedSalesQuantity:Decimal SalesUnitSymbol SalesPrice:Decimal LineAmount:Decimal
     ReturnUnitCost:Decimal ReturnDispositionCode ReturnSiteId ReturnWarehouseId ReturnWarehouseLocationId
     OrderedInventoryStatusId ItemBatchNumber ItemSerialNumber ExternalItemNumber LineDescription
     LineCreationSequenceNumber:Int32 ExpectedReturnArrivalDate:DateTimeOffset ActualReturnArrivalDate:DateTimeOffset
     ReturnClosedDate:DateTimeOffset ReturnStatus:ReturnStatusLine RMANumber CustomerAccountNumber
     InvoiceCustomerAccountNumber IsReturnedQuantityAvailableForReservation:NoYes TotalTaxAmount:Decimal
     TotalChargesAmount:Decimal TotalDiscountAmount:Decimal ReturnConditionText ReturnPriority:Int32`,
    {
      writable: true,
      indexed: [
        'ReturnOrderNumber',
        'ReturnInventoryLotId',
        'ReturningInventoryLotId',
        'ExternalItemNumber',
        'CustomerAccountNumber',
      ],
      navigation: {
        ReturnOrderHeader: {
          to: 'ReturnOrderHeadersV2',
          on: ['dataAreaId', 'ReturnOrderNumber'],
          many: false,
        },
      },
    },
  ),
  entity(
    'ReturnDispositionCodes',
    'ReturnDispositionCodeEntity',
    'dataAreaId DispositionCode',
    `dataAreaId DispositionCode DispositionDescription DispositionAction:DispositionAction`,
  ),
  entity(
    'ReturnReasonCodeBiEntities',
    'ReturnReasonCodeBiEntity',
    'dataAreaId ReasonCodeId',
    `dataAreaId ReasonCodeId ReasonCodeGroupId Description`,
  ),
  entity(
    'ItemArrivalJournalHeadersV2',
    'WMSItemArrivalJournalHeaderV2Entity',
    'dataAreaId JournalNumber',
    `dataAreaId JournalNumber JournalNameId JournalDescription PackingSlipId DefaultReceivingSiteId
     DefaultReceivingWarehouseId DefaultReceivingWarehouseLocationId DefaultReceivingInventoryStatusId
     DefaultReceivingLicensePlateNumber DefaultTransactionReferenceType:InventTransType
     DefaultTransactionReferenceNumber DefaultReturnItemNumber DefaultReturnDispositionCodeId DefaultAccountNumber
     IsQuarantineOrderCreatedForReceivedItem:NoYes IsItemMovedToDefaultItemPickingWarehouseLocation:NoYes
     AreLinesDeletedAfterPosting:NoYes IsPosted:NoYes PostedDateTime:DateTimeOffset PostedUserId`,
    {
      writable: true,
      indexed: ['JournalNumber', 'DefaultTransactionReferenceNumber', 'JournalDescription'],
      navigation: {
        ItemArrivalJournalLine: {
          to: 'ItemArrivalJournalLinesV2',
          on: ['dataAreaId', 'JournalNumber'],
          many: true,
        },
      },
    },
  ),
  entity(
    'ItemArrivalJournalLinesV2',
    'WMSItemArrivalJournalLineV2Entity',
    'dataAreaId JournalNumber LineNumber',
    `dataAreaId JournalNumber LineNumber:Decimal ItemNumber ProductConfigurationId ProductSizeId ProductColorId
     ProductStyleId ProductVersionId ItemQuantity:Decimal ItemCatchWeightQuantity:Decimal
     TransactionDate:DateTimeOffset TransactionReferenceType:InventTransType TransactionReferenceNumber
     ReferenceInventoryLotId IsReturnOrder:NoYes ReturnItemNumber ReturnDispositionCodeId AccountNumber
     ReceivingInventorySiteId ReceivingWarehouseId ReceivingWarehouseLocationId ReceivingInventoryStatusId
     ReceivingLicensePlateNumber ItemBatchNumber ItemSerialNumber IsQuarantineOrderCreatedForReceivedItem:NoYes
     IsItemMovedToDefaultItemPickingWarehouseLocation:NoYes`,
    { writable: true, indexed: ['JournalNumber', 'ReferenceInventoryLotId'] },
  ),
];
