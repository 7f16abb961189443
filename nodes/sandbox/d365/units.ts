import { find, text, type Erp } from './erp';
import type { Row } from './odata-filter';

/**
 * A quantity in another unit: ((from + InnerOffset) × Factor × Numerator ÷ Denominator) + OuterOffset (A8) [I].
 * The product's own conversion comes first. Null where there is none in either direction.
 */
export function convert(erp: Erp, item: string, quantity: number, from: string, to: string): number | null {
  if (from.toLowerCase() === to.toLowerCase() || to === '') return quantity;
  const there = conversion(erp, item, from, to);
  if (there) return (quantity + num(there, 'InnerOffset')) * rate(there) + num(there, 'OuterOffset');
  const back = conversion(erp, item, to, from);
  return back ? (quantity - num(back, 'OuterOffset')) / rate(back) - num(back, 'InnerOffset') : null;
}

/** Units of a return line in the inventory unit; positive for what comes back. */
export function inStockUnits(erp: Erp, line: Row): number {
  const quantity = -Number(line['ReturnSalesQuantity']);
  const count = convert(erp, text(line, 'ItemNumber'), quantity, salesUnit(line), stockUnit(erp, line));
  return count === null ? quantity : Math.round(count * 1e6) / 1e6;
}

/**
 * What arrives, in the unit of its return line: journals count in the inventory unit, as all of the stock does [I]. Null
 * where it is no number that the unit may have: a line is not split by a rounded quantity [I].
 */
export function ofLineUnit(erp: Erp, line: Row, quantity: number): number | null {
  const unit = salesUnit(line);
  const stock = stockUnit(erp, line);
  if (unit.toLowerCase() === stock.toLowerCase()) return quantity;
  const count = convert(erp, text(line, 'ItemNumber'), quantity, stock, unit);
  if (count === null) return null;
  const facts = erp.data
    .table('UnitsOfMeasure')
    .find(null)
    .find((row) => text(row, 'UnitSymbol').toLowerCase() === unit.toLowerCase());
  const scale = 10 ** num(facts ?? {}, 'DecimalPrecision');
  const rounded = Math.round(count * scale) / scale;
  return Math.abs(rounded - count) < 1e-9 ? rounded : null;
}

function salesUnit(line: Row): string {
  return text(line, 'SalesUnitSymbol');
}

function stockUnit(erp: Erp, line: Row): string {
  const key = { dataAreaId: line['dataAreaId'] ?? '', ItemNumber: text(line, 'ItemNumber') };
  return text(find(erp.data, 'ReleasedProductsV2', key), 'InventoryUnitSymbol');
}

function conversion(erp: Erp, item: string, from: string, to: string): Row | undefined {
  const fits = (row: Row): boolean =>
    text(row, 'FromUnitSymbol').toLowerCase() === from.toLowerCase() &&
    text(row, 'ToUnitSymbol').toLowerCase() === to.toLowerCase();
  return (
    erp.data
      .table('ProductSpecificUnitOfMeasureConversions')
      .find({ op: 'eq', field: 'ProductNumber', value: item })
      .find(fits) ?? erp.data.table('UnitOfMeasureConversions').find(null).find(fits)
  );
}

function rate(row: Row): number {
  return (num(row, 'Factor') * (num(row, 'Numerator') || 1)) / (num(row, 'Denominator') || 1);
}

function num(row: Row, field: string): number {
  return Number(row[field] ?? 0);
}
