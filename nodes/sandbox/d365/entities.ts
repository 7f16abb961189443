/**
 * The entity sets that the simulator serves, with the fields that `reference/dynamics365.md` lists (A5, A6, A8).
 * `$metadata` is written from this table, and a name that is not in it is refused.
 */

export type FieldType = 'String' | 'Decimal' | 'Int32' | 'Int64' | 'DateTimeOffset' | { enum: string };

export interface Entity {
  set: string;
  /** Singular name, and the internal class that error texts name. */
  type: string;
  internal: string;
  keys: readonly string[];
  fields: Readonly<Record<string, FieldType>>;
  navigation: Readonly<Record<string, { to: string; on: readonly string[]; many: boolean }>>;
  /** Fields that a filter finds without reading every row. */
  indexed: readonly string[];
  writable: boolean;
}

export const ENUMS: Readonly<Record<string, readonly string[]>> = {
  NoYes: ['No', 'Yes'],
  ReturnStatusHeader: ['None', 'Created', 'Open', 'Closed', 'Canceled'],
  ReturnStatusLine: ['None', 'Awaiting', 'Registered', 'Quarantine', 'Received', 'Invoiced', 'Canceled'],
  SalesStatus: ['None', 'Backorder', 'Delivered', 'Invoiced', 'Canceled'],
  DispositionAction: ['Credit', 'CreditOnly', 'Scrap', 'ReplaceCredit', 'ReplaceScrap', 'ReturnToCust'],
  CustVendorBlocked: ['No', 'Invoice', 'All', 'Payment', 'Requisition', 'Never', 'PurchOrder'],
  EcoResProductType: ['None', 'Item', 'Service'],
  EcoResProductLifecycleProcessPolicy: ['Allow', 'Error', 'Warning'],
  EcoResProductLifecycleProcessArea: [
    'Costing',
    'Inventory',
    'Planning',
    'Production',
    'Purchasing',
    'Sales',
    'Warehouse',
  ],
  WHSWarehouseType: ['Standard', 'Quarantine', 'Transit'],
};

function fields(spec: string): Record<string, FieldType> {
  const table: Record<string, FieldType> = {};
  for (const part of spec.trim().split(/\s+/)) {
    const [name = '', type = 'String'] = part.split(':');
    table[name] =
      type === 'Decimal' ||
      type === 'Int32' ||
      type === 'Int64' ||
      type === 'DateTimeOffset' ||
      type === 'String'
        ? type
        : { enum: type };
  }
  return table;
}

function entity(
  set: string,
  internal: string,
  keys: string,
  spec: string,
  more: Partial<Pick<Entity, 'navigation' | 'indexed' | 'writable'>> = {},
): Entity {
  return {
    set,
    type: set
      .replace(/Headers(V\d)/, 'Header$1')
      .replace(/Lines(V\d)?$/, 'Line$1')
      .replace(/s$/, ''),
    internal,
    keys: keys.split(' '),
    fields: fields(spec),
    navigation: more.navigation ?? {},
    indexed: more.indexed ?? [],
    writable: more.writable ?? false,
  };
}

export const ENTITIES: readonly Entity[] = [
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
     ReturnAddressCountryRegionId FormattedReturnAddress IsReturnAddressPrivate:NoYes`,
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
     TotalChargesAmount:Decimal TotalDiscountAmount:Decimal`,
    {
      writable: true,
      indexed: ['ReturnOrderNumber', 'ReturningInventoryLotId', 'ExternalItemNumber'],
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
    'SalesOrderHeadersV4',
    'SalesOrderHeaderV4Entity',
    'dataAreaId SalesOrderNumber',
    `dataAreaId SalesOrderNumber SalesOrderStatus:SalesStatus OrderingCustomerAccountNumber
     InvoiceCustomerAccountNumber CustomersOrderReference CustomerRequisitionNumber CurrencyCode
     CustomerPaymentMethodName SalesTaxGroupCode ArePricesIncludingSalesTax:NoYes IsSalesProcessingStopped:NoYes
     DefaultShippingWarehouseId SalesOrderOriginCode CreditNoteReasonCode`,
    { indexed: ['SalesOrderNumber', 'CustomersOrderReference', 'CustomerRequisitionNumber'] },
  ),
  entity(
    'SalesOrderLinesV3',
    'SalesOrderLineV3Entity',
    'dataAreaId InventoryLotId',
    `dataAreaId InventoryLotId SalesOrderNumber ItemNumber ProductConfigurationId ProductSizeId ProductColorId
     ProductStyleId ProductVersionId OrderedSalesQuantity:Decimal SalesUnitSymbol SalesPrice:Decimal
     LineDiscountAmount:Decimal LineDiscountPercentage:Decimal LineAmount:Decimal SalesTaxGroupCode
     SalesTaxItemGroupCode SalesOrderLineStatus:SalesStatus ShippingWarehouseId LineCreationSequenceNumber:Int32
     ExternalItemNumber`,
    { indexed: ['SalesOrderNumber', 'InventoryLotId'] },
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
     ProductDimensionGroupName TrackingDimensionGroupName IsPOSRegistrationBlocked:NoYes Bundle:NoYes`,
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
    'UnitsOfMeasure',
    'UnitOfMeasureEntity',
    'UnitSymbol',
    `UnitSymbol DecimalPrecision:Int32 UnitClass`,
  ),
  entity('LegalEntities', 'CompanyLegalEntity', 'LegalEntityId', `LegalEntityId Name`),
];

const BY_SET = new Map(ENTITIES.map((found) => [found.set, found]));

/** Set names are case-sensitive (A2). */
export function entityOf(set: string): Entity | undefined {
  return BY_SET.get(set);
}

/** The `$metadata` document, without the sets and properties that this environment is said to lack. */
export function metadataXml(omitted: ReadonlySet<string>): string {
  const shown = ENTITIES.filter((found) => !omitted.has(found.set));
  const types = shown.map((found) => {
    const keys = found.keys.map((key) => `<PropertyRef Name="${key}"/>`).join('');
    const properties = Object.entries(found.fields)
      .filter(([name]) => !omitted.has(`${found.set}.${name}`))
      .map(([name, type]) => propertyXml(name, type, found.keys.includes(name)))
      .join('');
    const links = Object.entries(found.navigation)
      .map(([name, { to, many }]) => {
        const target = `Microsoft.Dynamics.DataEntities.${entityOf(to)?.type ?? to}`;
        return `<NavigationProperty Name="${name}" Type="${many ? `Collection(${target})` : target}"/>`;
      })
      .join('');
    return `<EntityType Name="${found.type}"><Key>${keys}</Key>${properties}${links}</EntityType>`;
  });
  const enums = Object.entries(ENUMS).map(([name, members]) => {
    const list = members.map((member, value) => `<Member Name="${member}" Value="${value}"/>`).join('');
    return `<EnumType Name="${name}">${list}</EnumType>`;
  });
  const sets = shown.map(
    (found) => `<EntitySet Name="${found.set}" EntityType="Microsoft.Dynamics.DataEntities.${found.type}"/>`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">' +
    '<edmx:DataServices><Schema Namespace="Microsoft.Dynamics.DataEntities" xmlns="http://docs.oasis-open.org/odata/ns/edm">' +
    `${enums.join('')}${types.join('')}<EntityContainer Name="Resources">${sets.join('')}</EntityContainer>` +
    '</Schema></edmx:DataServices></edmx:Edmx>'
  );
}

function propertyXml(name: string, type: FieldType, key: boolean): string {
  const edm = typeof type === 'string' ? `Edm.${type}` : `Microsoft.Dynamics.DataEntities.${type.enum}`;
  // Numbers and dates are not nullable merely because they are value types (A2).
  const required = key || (typeof type === 'string' && type !== 'String');
  return `<Property Name="${name}" Type="${edm}"${required ? ' Nullable="false"' : ''}/>`;
}

/** What an empty field holds (A2). */
export function emptyValue(type: FieldType): string | number {
  if (typeof type !== 'string') return ENUMS[type.enum]?.[0] ?? '';
  if (type === 'String') return '';
  return type === 'DateTimeOffset' ? '1900-01-01T12:00:00Z' : 0;
}
