import type { ReturnEvent, ReturnLine } from './event';
import { findItem, type Mappings } from './mappings';
import type { Problem } from './posting-checks';
import { EACH } from './quantity';
import { convertUnit } from './unit-conversion';

/** A return as the ERP names and counts its goods, and what stands in the way of that. */
export interface MappedReturn {
  event: ReturnEvent;
  /** Quantities that have a row in the table of units and do not come out whole (R46). Nothing is rounded. */
  problem: Problem | null;
}

/**
 * The return with the ERP's item numbers in place of the platform's codes, and in single pieces where the platform counts
 * in packs. An item without a row keeps its SKU, which the ERP may know as it is; a unit without a row stays as well, for
 * the original order may be in it. Nothing else changes, and the ids of lines are never touched: documents are told apart
 * by them.
 *
 * @param mappings null where the node uses none: the return is then the platform's
 */
export function mappedReturn(event: ReturnEvent, mappings: Mappings | null): MappedReturn {
  if (mappings === null) return { event, problem: null };
  const broken: Problem['lines'] = [];
  const lines = event.lines.map((line): ReturnLine => {
    if (line.kind === 'fee') return line;
    const named = { ...line, sku: itemOf(line, mappings), replacementSku: replacementOf(line, mappings) };
    const { unit } = line.quantity;
    if (unit === EACH || named.sku === null) return named;
    const converted = convertUnit(mappings, named.sku, line.quantity, EACH, true);
    if (converted.ok) return { ...named, quantity: converted.quantity };
    if (converted.code === 'unit-unmapped') return named;
    const { expected, received } = converted;
    broken.push({ lineId: line.id, sku: line.sku, field: 'unit', expected, received });
    return named;
  });
  return { event: { ...event, lines }, problem: broken.length === 0 ? null : problemOf(broken) };
}

/** The ERP's item of a line: by its row, else its own SKU; null where it has neither. */
export function itemOf(
  line: Pick<ReturnLine, 'sku' | 'variantId' | 'upc'>,
  mappings: Mappings,
): string | null {
  return findItem(mappings, { sku: line.sku, variant: line.variantId, upc: line.upc })?.item ?? line.sku;
}

function replacementOf({ replacementSku }: ReturnLine, mappings: Mappings): string | null {
  return mappings.find('sku', { by: 'sku', code: replacementSku })?.item ?? replacementSku;
}

function problemOf(lines: Problem['lines']): Problem {
  const what = lines.map(({ sku, received }) => `${sku ?? '?'}: ${received ?? '?'}`).join(', ');
  return { code: 'uom-not-representable', what, lines };
}
