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
  /** The share begins after so many units … */
  at: number;
  /** … of so many. */
  of: number;
  /** Whether it is a share of a bundle's price, since the order gives the part none of its own. */
  ofBundle: boolean;
}

/**
 * Where units of a line take their value from (R48, R52): from the line itself, or, for a part of a bundle that carries
 * no value, from the bundle's line. Each unit of each part then has a place of its own, so that all parts together come
 * to the bundle's price, in whatever order they come back.
 *
 * @param lines all lines of the order, always in the same order
 * @param used  units of the line that came back before
 */
export function valuePlace<Line extends ValueLine>(
  line: Line,
  lines: readonly Line[],
  used: number,
): ValuePlace<Line> {
  const own = { from: line, at: used, of: line.quantity, ofBundle: false };
  if (line.parentId === null || isWorth(line)) return own;
  const parent = lines.find(({ id }) => id === line.parentId);
  if (!parent || !isWorth(parent)) return own;
  const parts = lines.filter(({ parentId }) => parentId === parent.id);
  const before = parts.slice(
    0,
    parts.findIndex(({ id }) => id === line.id),
  );
  return { from: parent, at: unitsOf(before) + used, of: unitsOf(parts), ofBundle: true };
}

function isWorth({ net, tax }: ValueLine): boolean {
  return net !== 0 || tax !== 0;
}

function unitsOf(lines: readonly ValueLine[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
