import type { ReturnEvent, ReturnLine } from './event';
import { itemOf } from './mapped-return';
import type { Mappings } from './mappings';
import { itemLines, type Problem } from './posting-checks';
import { withComponents } from './bundle-on-order';
import { EACH } from './quantity';

/** A line of goods as the platform tells it, and as the ERP names and counts it. */
export interface PairedLine {
  /** Its quantity is what documents count, and what its price is for. */
  told: ReturnLine;
  known: ReturnLine;
}

/** The lines of goods that come back, each in both forms. */
export function pairedLines(event: ReturnEvent, mapped: ReturnEvent): PairedLine[] {
  const known = itemLines(mapped);
  return itemLines(event).map((told, at) => ({ told, known: known[at] ?? told }));
}

/**
 * A line whose unit is no single piece and has no conversion, where a node uses Return Mappings: taken as pieces, it would
 * book and give back the wrong number (R46). Null where nothing is wrong.
 */
export function unitUnmapped({ id, sku, quantity }: ReturnLine, mappings: Mappings | null): Problem | null {
  if (mappings === null || quantity.unit === EACH) return null;
  const received = `${quantity.value} ${quantity.unit}`;
  const expected = `a row in the table unit of the Return Mappings from ${quantity.unit} to ${EACH}`;
  return {
    code: 'unit-unmapped',
    what: `${sku ?? '?'}: ${received}`,
    lines: [{ lineId: id, sku, field: 'unit', expected, received }],
  };
}

/** A component comes back of a bundle that the order has as a whole only, so nothing tells what it is worth. */
export function partOfBundle({ id, sku, quantity }: ReturnLine, parent: string): Problem {
  const received = `${quantity.value} × ${sku ?? '?'}`;
  return {
    code: 'bundle-part',
    what: `${received} of ${parent}`,
    lines: [{ lineId: id, sku, field: 'value', expected: parent, received }],
  };
}

/**
 * A problem in the words of the platform, for it is about the return as it came: its lines name the platform's SKUs,
 * which people see there and correct. What the ERP calls them stays beside, as what was looked for.
 */
export function asTold(problem: Problem, event: ReturnEvent, mapped: ReturnEvent): Problem {
  if (event === mapped) return problem;
  const lines = problem.lines.map((line) => {
    const told = event.lines.find(({ id }) => id === line.lineId);
    const known = mapped.lines.find(({ id }) => id === line.lineId);
    if (!told || !known) return line;
    if (line.sku === known.sku) return { ...line, sku: told.sku };
    return line.sku === known.replacementSku ? { ...line, sku: told.replacementSku } : line;
  });
  return { ...problem, lines };
}

/** Every name that goods of a return may have in what is kept of the ERP's items. */
export function itemNamesOf(event: ReturnEvent, mappings: Mappings | null): string[] {
  const told = event.lines.flatMap(({ sku }) => sku ?? []);
  if (mappings === null) return told;
  const known = event.lines.flatMap((line) => itemOf(line, mappings) ?? []);
  return [...new Set([...told, ...withComponents(known, mappings)])];
}
