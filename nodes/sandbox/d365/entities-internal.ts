import { entity, type Entity } from './entity-model';

/** What the ERP keeps and does not show over OData: places of stock, quarantine orders, what posting wrote (A8). */
export const INTERNAL_ENTITIES: readonly Entity[] = [
  entity(
    'StockPlaces',
    'InventSum',
    'dataAreaId ItemNumber WarehouseId LocationId Place',
    `dataAreaId ItemNumber WarehouseId LocationId Place Quantity:Decimal`,
    { indexed: ['ItemNumber'] },
  ),
  entity(
    'Reservations',
    'InventTrans',
    'dataAreaId InventoryLotId',
    `dataAreaId InventoryLotId ItemNumber WarehouseId Quantity:Decimal`,
    { indexed: ['ItemNumber'] },
  ),
  entity(
    'QuarantineOrders',
    'InventQuarantineOrder',
    'dataAreaId OrderNumber',
    `dataAreaId OrderNumber ReturnInventoryLotId ItemNumber WarehouseId LocationId TargetWarehouseId TargetLocationId
     Quantity:Decimal Status`,
    { indexed: ['ReturnInventoryLotId'] },
  ),
  entity(
    'ReturnLineFacts',
    'SalesLineReturn',
    'dataAreaId ReturnInventoryLotId',
    `dataAreaId ReturnInventoryLotId WarehouseId LocationId PackingSlipId InvoiceNumber UnitCost:Decimal
     Scrapped:Decimal SentBack:Decimal`,
  ),
  entity(
    'Settlements',
    'CustSettlement',
    'dataAreaId SettlementId',
    `dataAreaId SettlementId Invoice PaymentVoucher Amount:Decimal`,
    { indexed: ['Invoice', 'PaymentVoucher'] },
  ),
];
