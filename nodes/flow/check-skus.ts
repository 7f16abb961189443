import { FIRST_CHECKS, type Check, type ReturnWarning } from '../returns/check-profile';
import type { ErpItem, ItemCandidate } from '../returns/erp-connector';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import type { ExceptionCode } from '../returns/exception-catalogue';
import type { Finding } from '../returns/finding';

/** The SKUs that a return must have an item for: goods that come back and goods that go out instead. */
export function skusOf(event: ReturnEvent): string[] {
  const skus = event.lines.flatMap((line) => (line.kind === 'fee' ? [] : [line.sku, line.replacementSku]));
  return [...new Set(skus.filter((sku): sku is string => sku !== null))];
}

/**
 * Compares each line with the ERP's item master (R32). All findings of the return come at once.
 *
 * @param candidates the nearest items of the ERP for SKUs that it does not know
 * @param checks     which findings are looked for
 */
export function checkSkus(
  event: ReturnEvent,
  items: ReadonlyMap<string, ErpItem>,
  candidates: ReadonlyMap<string, readonly ItemCandidate[]>,
  checks: ReadonlySet<Check> = new Set(FIRST_CHECKS),
): Finding[] {
  const findings = event.lines.flatMap((line) => checkLine(line, items, candidates));
  return findings.filter(({ code }) => checks.has(code === 'sku-discontinued' ? 'discontinued' : 'item'));
}

function checkLine(
  line: ReturnLine,
  items: ReadonlyMap<string, ErpItem>,
  candidates: ReadonlyMap<string, readonly ItemCandidate[]>,
): Finding[] {
  if (line.kind === 'fee') return [];
  if (line.sku === null) {
    const received = line.upc === null ? null : `barcode ${line.upc}`;
    return [finding(line, null, 'sku-missing', { expected: 'a SKU', received })];
  }
  const skus = [line.sku, ...(line.replacementSku === null ? [] : [line.replacementSku])];
  return skus.flatMap((sku) => checkItem(line, sku, items.get(sku), candidates.get(sku) ?? []));
}

function checkItem(
  line: ReturnLine,
  sku: string,
  item: ErpItem | undefined,
  candidates: readonly ItemCandidate[],
): Finding[] {
  const state = item?.state ?? 'unknown';
  if (state === 'active') return [];
  if (state === 'unknown') {
    const near = candidates.map(({ itemNumber, name }) =>
      name === null ? itemNumber : `${itemNumber} (${name})`,
    );
    const facts = { expected: 'an item of the ERP', received: sku, candidates: near };
    return [finding(line, sku, 'sku-unknown', facts)];
  }
  const code = state === 'blocked' ? 'sku-blocked' : 'sku-discontinued';
  return [finding(line, sku, code, { expected: 'active', received: item?.reason ?? state })];
}

function finding(
  line: ReturnLine,
  sku: string | null,
  code: ExceptionCode,
  facts: { expected: string; received: string | null; candidates?: string[] },
): Finding {
  const { expected, received, candidates = [] } = facts;
  return {
    code,
    what: sku ?? `line ${line.id}`,
    line: { lineId: line.id, sku, field: 'sku', expected, received, candidates: candidates.slice(0, 10) },
  };
}

/**
 * Where the platform's words for a product differ from those of the item master (R43). Nobody is stopped by that; spaces,
 * capitals, punctuation and leading zeros of a barcode do not count.
 */
export function compareProducts(event: ReturnEvent, items: ReadonlyMap<string, ErpItem>): ReturnWarning[] {
  return event.lines.flatMap((line) => {
    const item = line.kind === 'item' && line.sku !== null ? items.get(line.sku) : undefined;
    if (!item || item.state === 'unknown') return [];
    const pairs = [
      { field: 'description', expected: item.name, received: line.description, plain: plainText },
      { field: 'barcode', expected: item.barcode ?? null, received: line.upc, plain: plainBarcode },
    ];
    return pairs.flatMap(({ field, expected, received, plain }): ReturnWarning[] => {
      if (expected === null || received === null || plain(expected) === plain(received)) return [];
      return [{ code: 'product-differs', lineId: line.id, sku: line.sku, field, expected, received }];
    });
  });
}

function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

function plainBarcode(text: string): string {
  return text.replace(/\s/g, '').replace(/^0+/, '');
}
