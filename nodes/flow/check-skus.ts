import { bundleParts } from '../returns/bundle-split';
import { FIRST_CHECKS, type Check, type ReturnWarning } from '../returns/check-profile';
import type { ErpItem, ItemCandidate } from '../returns/erp-connector';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import type { ExceptionCode } from '../returns/exception-catalogue';
import type { Finding } from '../returns/finding';
import type { Mappings } from '../returns/mappings';
import { namedLines, skuInWords, type NamedLine } from '../returns/named-line';

/** What else items are looked at with, where the return has been brought to the ERP's names. */
export interface NamedBy {
  /** The return as the platform told it, which is what findings name. */
  told: ReturnEvent;
  mappings: Mappings | null;
}

/**
 * The SKUs that a return must have an item for: goods that come back and goods that go out instead, and the parts of a
 * bundle, which may be items where the bundle is none.
 */
export function skusOf(event: ReturnEvent, mappings: Mappings | null = null): string[] {
  const skus = event.lines.flatMap((line) => (line.kind === 'fee' ? [] : [line.sku, line.replacementSku]));
  const named = skus.filter((sku): sku is string => sku !== null);
  return [...new Set(named.flatMap((sku) => [sku, ...partsOf(sku, mappings)]))];
}

function partsOf(sku: string, mappings: Mappings | null): string[] {
  return mappings === null ? [] : bundleParts(mappings, sku).map(({ component }) => component);
}

/** The ERP's answers about items. */
interface Answers {
  items: ReadonlyMap<string, ErpItem>;
  /** The nearest items of the ERP for SKUs that it does not know. */
  candidates: ReadonlyMap<string, readonly ItemCandidate[]>;
  mappings: Mappings | null;
}

/**
 * Compares each line with the ERP's item master (R32). All findings of the return come at once.
 *
 * @param event      the return by the ERP's names
 * @param candidates the nearest items of the ERP for SKUs that it does not know
 * @param checks     which findings are looked for
 */
export function checkSkus(
  event: ReturnEvent,
  items: ReadonlyMap<string, ErpItem>,
  candidates: ReadonlyMap<string, readonly ItemCandidate[]>,
  checks: ReadonlySet<Check> = new Set(FIRST_CHECKS),
  { told, mappings }: NamedBy = { told: event, mappings: null },
): Finding[] {
  const findings = namedLines(event, told).flatMap((named) =>
    checkLine(named, { items, candidates, mappings }),
  );
  return findings.filter(({ code }) => checks.has(code === 'sku-discontinued' ? 'discontinued' : 'item'));
}

function checkLine(named: NamedLine, answers: Answers): Finding[] {
  const { line, told } = named;
  if (line.kind === 'fee') return [];
  if (line.sku === null) {
    const received = line.upc === null ? null : `barcode ${line.upc}`;
    const facts = { expected: 'a SKU', received };
    return [finding(line, `line ${line.id}`, null, 'sku-missing', facts)];
  }
  const pairs = [{ line: { sku: line.sku }, told: { sku: told.sku } }];
  if (line.replacementSku !== null)
    pairs.push({ line: { sku: line.replacementSku }, told: { sku: told.replacementSku } });
  return pairs.flatMap((pair) => {
    const parts = partsOf(pair.line.sku, answers.mappings);
    const isItem = (answers.items.get(pair.line.sku)?.state ?? 'unknown') !== 'unknown';
    if (isItem || parts.length === 0) return checkItem(line, pair, answers);
    return parts.flatMap((sku) => checkItem(line, { line: { sku }, told: pair.told }, answers));
  });
}

interface NamedSku {
  line: { sku: string };
  told: { sku: string | null };
}

function checkItem(line: ReturnLine, named: NamedSku, { items, candidates }: Answers): Finding[] {
  const { sku } = named.line;
  const item = items.get(sku);
  const state = item?.state ?? 'unknown';
  if (state === 'active') return [];
  const what = skuInWords(named);
  const told = named.told.sku ?? sku;
  if (state === 'unknown') {
    const near = (candidates.get(sku) ?? []).map(({ itemNumber, name }) =>
      name === null ? itemNumber : `${itemNumber} (${name})`,
    );
    const expected = told === sku ? 'an item of the ERP' : `an item of the ERP; the mappings name ${sku}`;
    return [finding(line, what, told, 'sku-unknown', { expected, received: told, candidates: near })];
  }
  const code = state === 'blocked' ? 'sku-blocked' : 'sku-discontinued';
  return [finding(line, what, told, code, { expected: 'active', received: item?.reason ?? state })];
}

function finding(
  line: ReturnLine,
  what: string,
  sku: string | null,
  code: ExceptionCode,
  facts: { expected: string; received: string | null; candidates?: string[] },
): Finding {
  const { expected, received, candidates = [] } = facts;
  return {
    code,
    what,
    line: { lineId: line.id, sku, field: 'sku', expected, received, candidates: candidates.slice(0, 10) },
  };
}

/**
 * Where the platform's words for a product differ from those of the item master (R43). Nobody is stopped by that; spaces,
 * capitals, punctuation and leading zeros of a barcode do not count.
 */
export function compareProducts(
  event: ReturnEvent,
  items: ReadonlyMap<string, ErpItem>,
  told: ReturnEvent = event,
): ReturnWarning[] {
  return namedLines(event, told).flatMap(({ line, told }) => {
    const item = line.kind === 'item' && line.sku !== null ? items.get(line.sku) : undefined;
    if (!item || item.state === 'unknown') return [];
    const pairs = [
      { field: 'description', expected: item.name, received: line.description, plain: plainText },
      { field: 'barcode', expected: item.barcode ?? null, received: line.upc, plain: plainBarcode },
    ];
    return pairs.flatMap(({ field, expected, received, plain }): ReturnWarning[] => {
      if (expected === null || received === null || plain(expected) === plain(received)) return [];
      const sku = told.sku ?? line.sku;
      return [{ code: 'product-differs', lineId: line.id, sku, field, expected, received }];
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
