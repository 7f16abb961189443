/** A line of an order, as far as the value of what comes back of it depends on it. Amounts in ten-thousandths. */
export interface ValueLine {
  id: string;
  /** The line of the bundle that this one is a part of. */
  parentId: string | null;
  /** In whole units, the same kind of unit for all lines. */
  quantity: number;
  net: number;
  tax: number;
}

/** From which line units take their value, and which of its equal shares they are. */
export interface ValuePlace<Line> {
  from: Line;
  /** The share begins after so many pieces … */
  at: number;
  /** … of so many. */
  of: number;
  /** Pieces in one unit: of a bundle all its parts. */
  each: number;
  /** Whether it is a share of a bundle's price, since the order gives the part none of its own. */
  ofBundle: boolean;
  /** Whether it is a bundle without a price, whose parts have theirs: no line tells what it is worth. */
  inItsParts: boolean;
}

/**
 * Where units of a line take their value from (R48, R52): from the line itself, or, for a part of a bundle that carries
 * no value, from the bundle's line. The pieces of a bundle are counted as they come back, alone or in a whole bundle, so
 * that all of them together come to the bundle's price, in whatever order and way they come.
 *
 * @param lines  all lines of the order
 * @param usedOf units of a line that came back before, those in whole bundles included
 */
export function valuePlace<Line extends ValueLine>(
  line: Line,
  lines: readonly Line[],
  usedOf: (line: Line) => number,
): ValuePlace<Line> {
  const own = { at: usedOf(line), of: line.quantity, each: 1, ofBundle: false, inItsParts: false };
  const parent = line.parentId === null ? line : lines.find(({ id }) => id === line.parentId);
  const parts = lines.filter(({ parentId }) => parent !== undefined && parentId === parent.id);
  if (parent === line && !isWorth(line)) return { from: line, ...own, inItsParts: parts.some(isWorth) };
  if (!parent || !isWorth(parent) || (parent !== line && isWorth(line))) return { from: line, ...own };
  const of = sum(parts, ({ quantity }) => quantity);
  const at = sum(parts, usedOf);
  const each = parent === line ? of / line.quantity : 1;
  // What does not come to whole pieces cannot be counted in pieces.
  const countable = of > 0 && !parts.some(isWorth) && [at, each].every(Number.isSafeInteger);
  if (parent === line && !countable) return { from: line, ...own };
  return { from: parent, at, of, each, ofBundle: parent !== line, inItsParts: false };
}

function isWorth({ net, tax }: ValueLine): boolean {
  return net !== 0 || tax !== 0;
}

function sum<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((total, one) => total + value(one), 0);
}
