import { bundleParts } from './bundle-split';
import { cleanCell } from './mapping-tables';
import type { Mappings } from './mappings';

/** An item of the ERP, and how many pieces of it one piece of the line is. */
export interface Want {
  sku: string;
  each: number;
}

/**
 * What of the order a line of goods is: the item itself, or all components of a bundle that was sold as its components
 * (R48). `partOf` names the bundle where only that is on the order, and nothing tells what its part is worth.
 */
export type OnOrder = { wants: Want[] } | { partOf: string };

/**
 * Finds an item on an order, or on a credit of it, by what stands there. Null where it is not there in any form.
 *
 * @param item the ERP's item, as Return Mappings name it
 * @param has  whether an item stands on the order
 */
export function bundleOnOrder(
  item: string,
  mappings: Mappings | null,
  has: (sku: string) => boolean,
): OnOrder | null {
  if (has(item)) return { wants: [{ sku: item, each: 1 }] };
  if (mappings === null) return null;
  const parts = bundleParts(mappings, item);
  if (parts.length > 0 && parts.every(({ component }) => has(component))) {
    return { wants: parts.map(({ component, quantity }) => ({ sku: component, each: quantity })) };
  }
  const name = cleanCell(item);
  const parent = mappings
    .rows('bundle')
    .find((row) => row['component'] === name && has(row['parent'] ?? ''))?.['parent'];
  return parent === undefined ? null : { partOf: parent };
}

/** The item and, where it is a bundle, its components: everything that a line of it may be on an order as. */
export function withComponents(items: readonly string[], mappings: Mappings | null): string[] {
  if (mappings === null) return [...items];
  return items.flatMap((item) => [item, ...bundleParts(mappings, item).map(({ component }) => component)]);
}
