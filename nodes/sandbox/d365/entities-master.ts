import { entity, type Entity } from './entity-model';

/** Products, units, warehouses, customers and companies (A8). */
export const MASTER_ENTITIES: readonly Entity[] = [
  entity(
    'CustomersV3',
    'CustCustomerV3Entity',
    'dataAreaId CustomerAccount',
    `dataAreaId CustomerAccount OnHoldStatus:CustVendorBlocked PaymentMethod SalesCurrencyCode SalesTaxGroup
     SalesReturnTaxGroup InvoiceAccount PrimaryContactEmail`,
    { indexed: ['CustomerAccount'] },
  ),
  entity(
    'ReleasedProductsV2',
    'EcoResReleasedProductV2Entity',
    'dataAreaId ItemNumber',
    `dataAreaId ItemNumber ProductNumber ProductSearchName SearchName ProductType:EcoResProductType
     InventoryUnitSymbol SalesUnitSymbol ProductLifecycleStateId ItemModelGroupId SalesSalesTaxItemGroupCode
     ProductDimensionGroupName TrackingDimensionGroupName IsPOSRegistrationBlocked:NoYes Bundle:NoYes
     UnitCost:Decimal`,
    { indexed: ['ItemNumber'] },
  ),
  entity(
    'ProductDefaultOrderSettings',
    'InventProductDefaultOrderSettingsEntity',
    'dataAreaId ItemNumber',
    `dataAreaId ItemNumber IsSalesProcessingStopped:NoYes IsInventoryProcessingStopped:NoYes
     IsProcurementProcessingstopped:NoYes IsSalesSiteMandatory:NoYes IsSalesWarehouseMandatory:NoYes`,
    { indexed: ['ItemNumber'] },
  ),
  entity(
    'ProductLifecycleStates',
    'EcoResProductLifecycleStateEntity',
    'LifecycleStateId',
    `LifecycleStateId Description`,
  ),
  entity(
    'ProductLifecycleStateProcesses',
    'EcoResProductLifecycleStateProcessEntity',
    'LifecycleStateId ProcessName',
    `LifecycleStateId ProcessName ProcessPolicy:EcoResProductLifecycleProcessPolicy
     ApplicableProcessArea:EcoResProductLifecycleProcessArea`,
  ),
  entity(
    'Warehouses',
    'InventWarehouseEntity',
    'dataAreaId WarehouseId',
    `dataAreaId WarehouseId WarehouseName OperationalSiteId WarehouseType:WHSWarehouseType QuarantineWarehouseId
     AreAdvancedWarehouseManagementProcessesEnabled:NoYes IsWarehouseExternallyManaged:NoYes ExternalWarehouseId`,
    { indexed: ['WarehouseId'] },
  ),
  entity(
    'UnitsOfMeasure',
    'UnitOfMeasureEntity',
    'UnitSymbol',
    `UnitSymbol DecimalPrecision:Int32 UnitClass`,
  ),
  entity('LegalEntities', 'CompanyLegalEntity', 'LegalEntityId', `LegalEntityId Name`),
  entity(
    'ReleasedProductVariantsV2',
    'EcoResReleasedProductVariantV2Entity',
    `dataAreaId ProductMasterNumber ProductConfigurationId ProductSizeId ProductColorId ProductStyleId
     ProductVersionId`.replace(/\s+/g, ' '),
    `dataAreaId ProductMasterNumber ProductConfigurationId ProductSizeId ProductColorId ProductStyleId
     ProductVersionId ItemNumber ProductVariantNumber ProductLifecycleStateId`,
    { indexed: ['ItemNumber', 'ProductMasterNumber'] },
  ),
  entity(
    'SellableReleasedProducts',
    'RetailSellableReleasedProductEntity',
    'dataAreaId ProductNumber',
    `dataAreaId ProductNumber IsSalesStopped:NoYes IsStockedProduct:NoYes SalesUnitSymbol InventoryUnitSymbol
     ProductType:EcoResProductType`,
    { indexed: ['ProductNumber'] },
  ),
  entity(
    'ProductBarcodesV3',
    'EcoResProductBarcodeV3Entity',
    'dataAreaId ItemNumber Barcode',
    `dataAreaId ItemNumber Barcode ProductQuantityUnitSymbol`,
    { indexed: ['Barcode', 'ItemNumber'] },
  ),
  entity(
    'UnitOfMeasureConversions',
    'UnitOfMeasureConversionEntity',
    'FromUnitSymbol ToUnitSymbol',
    `FromUnitSymbol ToUnitSymbol Factor:Decimal Numerator:Int32 Denominator:Int32 InnerOffset:Decimal
     OuterOffset:Decimal Rounding:UnitOfMeasureConversionRounding`,
  ),
  entity(
    'ProductSpecificUnitOfMeasureConversions',
    'EcoResProductSpecificUnitOfMeasureConversionEntity',
    'ProductNumber FromUnitSymbol ToUnitSymbol',
    `ProductNumber FromUnitSymbol ToUnitSymbol Factor:Decimal Numerator:Int32 Denominator:Int32 InnerOffset:Decimal
     OuterOffset:Decimal Rounding:UnitOfMeasureConversionRounding`,
    { indexed: ['ProductNumber'] },
  ),
  entity(
    'OperationalSitesV2',
    'InventOperationalSiteV2Entity',
    'dataAreaId SiteId',
    `dataAreaId SiteId SiteName`,
  ),
  entity(
    'WarehouseLocations',
    'WMSWarehouseLocationEntity',
    'dataAreaId WarehouseId WarehouseLocationId',
    `dataAreaId WarehouseId WarehouseLocationId`,
    { indexed: ['WarehouseId'] },
  ),
  entity(
    'WarehousesOnHandV2',
    'InventWarehouseOnHandV2Entity',
    `dataAreaId ItemNumber ProductConfigurationId ProductSizeId ProductColorId ProductStyleId ProductVersionId
     InventorySiteId InventoryWarehouseId`.replace(/\s+/g, ' '),
    `dataAreaId ItemNumber ProductConfigurationId ProductSizeId ProductColorId ProductStyleId ProductVersionId
     InventorySiteId InventoryWarehouseId OnHandQuantity:Decimal AvailableOnHandQuantity:Decimal`,
    { indexed: ['ItemNumber', 'InventoryWarehouseId'] },
  ),
];
