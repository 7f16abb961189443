import { bundleParts } from './bundle-split';
import type { CheckProfile } from './check-profile';
import type { NamedLine } from './named-line';
import type { LineState } from './sale-use';

/** Goods of a returned line that are looked for on the order: the item itself, or a part of it that was sold apart. */
export interface SoughtGoods {
  sku: string;
  /** Pieces of it in one of what comes back; null for the item itself. */
  inBundle: number | null;
  /** The lines of the order that it can have been sold on. */
  states: LineState[];
}

/**
 * Where on the order the goods of a line are: on lines with their SKU, or the one that it stands for; else, for a bundle
 * that the order does not have, on those of all its parts (R48). Empty where they are not on it.
 */
export function goodsOn(
  states: readonly LineState[],
  named: NamedLine,
  profile: CheckProfile,
): SoughtGoods[] {
  const { line } = named;
  const sku = line.sku ?? '';
  const own = fitting(linesNamedBy(line, states) ?? states, orderedFor(named, profile));
  if (own.length > 0) return [{ sku, inBundle: null, states: own }];
  const parts = profile.mappings ? bundleParts(profile.mappings, sku) : [];
  const found = parts.map(({ component, quantity }) => ({
    sku: component,
    inBundle: quantity,
    states: fitting(states, component),
  }));
  return found.every((part) => part.states.length > 0) ? found : [];
}

/** The lines of the order that the return names by their id; null where it names none of them. */
export function linesNamedBy(
  { orderLineId }: Pick<NamedLine['line'], 'orderLineId'>,
  states: readonly LineState[],
): LineState[] | null {
  const named = states.filter(({ sold }) => orderLineId !== null && sold.externalId === orderLineId);
  return named.length > 0 ? named : null;
}

/** The SKU that was ordered, where another one was sent for it (R49); the table may hold the platform's or the ERP's. */
function orderedFor({ line, told }: NamedLine, { substitutes }: CheckProfile): string {
  const rowFor = (sku: string | null): string | undefined => substitutes.get((sku ?? '').toLowerCase());
  return rowFor(line.sku) ?? rowFor(told.sku) ?? line.sku ?? '';
}

function fitting(states: readonly LineState[], sku: string): LineState[] {
  const wanted = sku.toLowerCase();
  const found = states.filter(
    ({ sold }) => sold.sku?.toLowerCase() === wanted || sold.substitutedFor?.toLowerCase() === wanted,
  );
  // Lines of their own before parts of a bundle.
  const own = found.filter(({ sold }) => sold.parentId === null);
  return own.length > 0 ? own : found;
}
