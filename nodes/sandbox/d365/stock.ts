import { find, text, type Erp } from './erp';
import type { Row, Value } from './odata-filter';

export type Place = 'sellable' | 'quarantine';

export interface Whereabouts {
  company: Value;
  item: string;
  warehouse: string;
  location: string;
}

/** Puts units to a place or takes them from it, and keeps `WarehousesOnHandV2` in step (A8). Units are inventory units. */
export function moveStock(erp: Erp, at: Whereabouts, place: Place, units: number): void {
  const key = {
    dataAreaId: at.company,
    ItemNumber: at.item,
    WarehouseId: at.warehouse,
    LocationId: at.location,
    Place: place,
  };
  const table = erp.data.table('StockPlaces');
  const before = Number(table.get(table.keyOf(key))?.['Quantity'] ?? 0);
  table.put({ ...key, Quantity: before + units });
  showOnHand(erp, at);
}

/** Reserves what is free of the units that an order wants; gives how many it got. */
export function reserve(erp: Erp, at: Whereabouts, lot: string, units: number): number {
  const got = Math.max(0, Math.min(units, available(erp, at)));
  erp.data.table('Reservations').put({
    dataAreaId: at.company,
    InventoryLotId: lot,
    ItemNumber: at.item,
    WarehouseId: at.warehouse,
    Quantity: got,
  });
  showOnHand(erp, at);
  return got;
}

export function release(erp: Erp, company: Value, lot: string): void {
  const table = erp.data.table('Reservations');
  const held = find(erp.data, 'Reservations', { dataAreaId: company, InventoryLotId: lot });
  if (!held) return;
  table.delete(table.keyOf(held));
  showOnHand(erp, {
    company,
    item: text(held, 'ItemNumber'),
    warehouse: text(held, 'WarehouseId'),
    location: '',
  });
}

function quantities(erp: Erp, at: Whereabouts): { sellable: number; quarantine: number; reserved: number } {
  const mine = (set: string): Row[] =>
    erp.data
      .table(set)
      .find({ op: 'eq', field: 'ItemNumber', value: at.item })
      .filter(
        (row) =>
          row['dataAreaId'] === at.company &&
          text(row, 'WarehouseId').toLowerCase() === at.warehouse.toLowerCase(),
      );
  const total = (rows: readonly Row[]): number => rows.reduce((all, row) => all + Number(row['Quantity']), 0);
  const places = mine('StockPlaces');
  return {
    sellable: total(places.filter((row) => row['Place'] === 'sellable')),
    quarantine: total(places.filter((row) => row['Place'] === 'quarantine')),
    reserved: total(mine('Reservations')),
  };
}

function available(erp: Erp, at: Whereabouts): number {
  const { sellable, reserved } = quantities(erp, at);
  return sellable - reserved;
}

/** Goods in quarantine are on hand and not available. */
function showOnHand(erp: Erp, at: Whereabouts): void {
  const { sellable, quarantine, reserved } = quantities(erp, at);
  const warehouse = find(erp.data, 'Warehouses', { dataAreaId: at.company, WarehouseId: at.warehouse });
  erp.data.table('WarehousesOnHandV2').put({
    dataAreaId: at.company,
    ItemNumber: at.item,
    InventorySiteId: text(warehouse, 'OperationalSiteId'),
    InventoryWarehouseId: text(warehouse, 'WarehouseId') || at.warehouse,
    OnHandQuantity: sellable + quarantine,
    AvailableOnHandQuantity: sellable - reserved,
  });
}
