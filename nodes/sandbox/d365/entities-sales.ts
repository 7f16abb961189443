import { entity, type Entity } from './entity-model';

/** Sales orders and what is posted of them and of returns (A8). */
export const SALES_ENTITIES: readonly Entity[] = [
  entity(
    'SalesOrderHeadersV4',
    'SalesOrderHeaderV4Entity',
    'dataAreaId SalesOrderNumber',
    `dataAreaId SalesOrderNumber SalesOrderStatus:SalesStatus OrderingCustomerAccountNumber
     InvoiceCustomerAccountNumber CustomersOrderReference CustomerRequisitionNumber CurrencyCode
     CustomerPaymentMethodName SalesTaxGroupCode ArePricesIncludingSalesTax:NoYes IsSalesProcessingStopped:NoYes
     DefaultShippingWarehouseId SalesOrderOriginCode CreditNoteReasonCode
     SalesOrderProcessingStatus:SalesOrderProcessingStatus DeliveryAddressName DeliveryAddressStreet
     DeliveryAddressCity DeliveryAddressZipCode DeliveryAddressCountryRegionId OrderChannelCode`,
    { writable: true, indexed: ['SalesOrderNumber', 'CustomersOrderReference', 'CustomerRequisitionNumber'] },
  ),
  entity(
    'SalesOrderLinesV3',
    'SalesOrderLineV3Entity',
    'dataAreaId InventoryLotId',
    `dataAreaId InventoryLotId SalesOrderNumber ItemNumber ProductConfigurationId ProductSizeId ProductColorId
     ProductStyleId ProductVersionId OrderedSalesQuantity:Decimal SalesUnitSymbol SalesPrice:Decimal
     LineDiscountAmount:Decimal LineDiscountPercentage:Decimal LineAmount:Decimal SalesTaxGroupCode
     SalesTaxItemGroupCode SalesOrderLineStatus:SalesStatus ShippingWarehouseId LineCreationSequenceNumber:Int32
     ExternalItemNumber LineChannelCode`,
    { writable: true, indexed: ['SalesOrderNumber', 'InventoryLotId'] },
  ),
  entity(
    'SalesInvoiceHeadersV4',
    'SalesInvoiceHeaderV4Entity',
    'dataAreaId InvoiceNumber InvoiceDate LedgerVoucher',
    `dataAreaId InvoiceNumber InvoiceDate:DateTimeOffset LedgerVoucher SalesOrderNumber TotalInvoiceAmount:Decimal
     TotalTaxAmount:Decimal CurrencyCode InvoiceCustomerAccountNumber CustomersOrderReference`,
    { indexed: ['SalesOrderNumber', 'InvoiceNumber'] },
  ),
  entity(
    'SalesInvoiceV4Lines',
    'SalesInvoiceLineV4Entity',
    'dataAreaId InvoiceNumber LineCreationSequenceNumber InvoiceDate LedgerVoucher',
    `dataAreaId InvoiceNumber LineCreationSequenceNumber:Int32 InvoiceDate:DateTimeOffset LedgerVoucher ProductNumber
     InvoicedQuantity:Decimal SalesPrice:Decimal SalesUnitSymbol LineAmount:Decimal LineTotalTaxAmount:Decimal
     InventoryWarehouseId`,
    { indexed: ['InvoiceNumber'] },
  ),
  entity(
    'CustInvoiceJourBiEntities',
    'CustInvoiceJourBiEntity',
    'dataAreaId SourceKey',
    `dataAreaId SourceKey:Int64 InvoiceId SalesId ReturnItemNum ReturnStatus:ReturnStatusHeader ReturnReasonCodeId
     PurchaseOrder LedgerVoucher InvoiceAmount:Decimal SumTax:Decimal`,
    { indexed: ['SalesId', 'InvoiceId'] },
  ),
  entity(
    'CustPackingSlipJourBiEntities',
    'CustPackingSlipJourBiEntity',
    'dataAreaId SourceKey',
    `dataAreaId SourceKey:Int64 PackingSlipId DeliveryDate:DateTimeOffset SalesId ReturnItemNum Qty:Decimal`,
    { indexed: ['SalesId', 'PackingSlipId'] },
  ),
  entity(
    'CustPackingSlipTransBiEntities',
    'CustPackingSlipTransBiEntity',
    'dataAreaId SourceKey',
    `dataAreaId SourceKey:Int64 PackingSlipId SalesId ReturnItemNum ItemId InventTransId Qty:Decimal Scrap:NoYes`,
    { indexed: ['SalesId', 'PackingSlipId'] },
  ),
];
