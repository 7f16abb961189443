import { text, type Erp } from './erp';
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
