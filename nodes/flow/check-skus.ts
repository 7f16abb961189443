import type { ErpItem, ItemCandidate } from '../returns/erp-connector';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import type { ExceptionLine } from '../returns/exception';
import type { ExceptionCode } from '../returns/exception-catalogue';

export interface SkuFindings {
  /** The code of the gravest finding; null where every line may be posted. */
  code: ExceptionCode | null;
  /** Names the SKUs concerned, for the exception's sentence. */
  what: string;
  lines: ExceptionLine[];
}

/** Gravest first: what is not known at all comes before what is known and stopped. */
const GRAVITY: readonly ExceptionCode[] = ['sku-missing', 'sku-unknown', 'sku-discontinued', 'sku-blocked'];

/** The SKUs that a return must have an item for: goods that come back and goods that go out instead. */
export function skusOf(event: ReturnEvent): string[] {
  const skus = event.lines.flatMap((line) => (line.kind === 'fee' ? [] : [line.sku, line.replacementSku]));
  return [...new Set(skus.filter((sku): sku is string => sku !== null))];
}

/**
 * Compares each line with the ERP's item master (R32). All findings of the return come at once.
 *
 * @param candidates the nearest items of the ERP for SKUs that it does not know
 */
export function checkSkus(
  event: ReturnEvent,
  items: ReadonlyMap<string, ErpItem>,
  candidates: ReadonlyMap<string, readonly ItemCandidate[]>,
): SkuFindings {
  const lines = event.lines.flatMap((line) => checkLine(line, items, candidates));
  const code = GRAVITY.find((grave) => lines.some((line) => line.code === grave)) ?? null;
  const named = lines
    .filter((line) => line.code === code)
    .map((line) => line.sku ?? `line ${line.lineId ?? '?'}`);
  return { code, what: [...new Set(named)].join(', '), lines };
}

function checkLine(
  line: ReturnLine,
  items: ReadonlyMap<string, ErpItem>,
  candidates: ReadonlyMap<string, readonly ItemCandidate[]>,
): ExceptionLine[] {
  if (line.kind === 'fee') return [];
  if (line.sku === null) {
    const received = line.upc === null ? null : `barcode ${line.upc}`;
    return [finding(line, null, 'sku-missing', { expected: 'a SKU', received })];
  }
  const skus = [line.sku, ...(line.replacementSku === null ? [] : [line.replacementSku])];
  return skus.flatMap((sku) => {
    const item = items.get(sku);
    if (item?.state === 'active') return [];
    const state = item?.state ?? 'unknown';
    if (state === 'unknown') {
      const near = (candidates.get(sku) ?? []).map(({ itemNumber, name }) =>
        name === null ? itemNumber : `${itemNumber} (${name})`,
      );
      return [
        finding(line, sku, 'sku-unknown', {
          expected: 'an item of the ERP',
          received: sku,
          candidates: near,
        }),
      ];
    }
    const code = state === 'blocked' ? 'sku-blocked' : 'sku-discontinued';
    return [finding(line, sku, code, { expected: 'active', received: item?.reason ?? state })];
  });
}

function finding(
  line: ReturnLine,
  sku: string | null,
  code: ExceptionCode,
  facts: { expected: string; received: string | null; candidates?: string[] },
): ExceptionLine {
  return {
    lineId: line.id,
    sku,
    code,
    field: 'sku',
    expected: facts.expected,
    received: facts.received,
    candidates: (facts.candidates ?? []).slice(0, 10),
  };
}
