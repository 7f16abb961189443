import type { ReturnEvent, ReturnLine } from './event';

/** A line by the ERP's names, which checks go by, and as the platform told it, which is what people are shown. */
export interface NamedLine {
  line: ReturnLine;
  told: ReturnLine;
}

/** @param named the same return by the ERP's names, with its lines in the same order */
export function namedLines(named: ReturnEvent, told: ReturnEvent): NamedLine[] {
  return named.lines.map((line, at) => ({ line, told: told.lines[at] ?? line }));
}

/** What an item is called: by the platform's SKU, with the ERP's item behind it where that is another. */
export function skuInWords({
  line,
  told,
}: {
  line: { sku: string | null };
  told: { sku: string | null };
}): string {
  if (told.sku === null) return line.sku ?? '?';
  return line.sku === null || line.sku === told.sku ? told.sku : `${told.sku.trim()} (${line.sku})`;
}
