import type { ReturnEvent, ReturnLine } from '../../returns/event';
import { formatMoney, money, type Money } from '../../returns/money';
import { itemLines, type Problem } from '../../returns/posting-checks';
import { allUnits, grossOf, partOfDraft, taxOf, type DraftRow } from './draft-rows';

/** A replacement that is to be sent. */
export interface Replacement {
  line: ReturnLine;
  sku: string;
  units: number;
  /** The line of goods that it takes the place of, where that is beyond doubt. */
  returned: ReturnLine | null;
}

/** A replacement with what it costs, tax included; `tax` is the part of it at the rate of the goods. */
export interface PricedReplacement extends Replacement {
  gross: Money;
  tax: number;
}

/**
 * What a return is exchanged for: its exchange lines, and lines of goods that name a replacement. What is told in both forms
 * is sent once. Empty where nothing is exchanged.
 */
export function replacementsOf(event: ReturnEvent): Replacement[] | { problem: Problem } {
  const asked = event.lines.filter(({ kind }) => kind === 'exchange');
  const items = itemLines(event);
  const nameless = [
    ...asked.filter(({ sku }) => sku === null),
    ...items.filter((line) => asked.length === 0 && exchanged(line) && line.replacementSku === null),
  ];
  if (nameless.length > 0) {
    const lines = nameless.map(({ id, sku }) => ({
      lineId: id,
      sku,
      field: 'replacementSku',
      expected: 'the SKU of the replacement',
    }));
    const what = nameless.map(({ id }) => `line ${id}`).join(', ');
    return { problem: { code: 'exchange-sku-missing', what, lines } };
  }
  const open = new Map(items.map((line) => [line.id, line.quantity.value]));
  const own = asked.map((line): Replacement => {
    const returned = goodsFor(line, asked, items, open);
    const units = line.quantity.value;
    if (returned) open.set(returned.id, (open.get(returned.id) ?? 0) - units);
    return { line, sku: line.sku ?? '', units, returned };
  });
  const named = items.flatMap((line): Replacement[] => {
    const units = open.get(line.id) ?? 0;
    if (line.replacementSku === null || units <= 0) return [];
    return [{ line, sku: line.replacementSku, units, returned: line }];
  });
  const all = [...own, ...named];
  const broken = all.filter(({ units }) => !Number.isSafeInteger(units) || units < 1);
  if (broken.length === 0) return all;
  const what = broken.map(({ sku, units }) => `${units} × ${sku}`).join(', ');
  const lines = broken.map(({ line, sku, units }) => ({
    lineId: line.id,
    sku,
    field: 'quantity',
    expected: 'whole pieces',
    received: String(units),
  }));
  return { problem: { code: 'quantity-not-whole', what, lines } };
}

function exchanged({ outcome }: ReturnLine): boolean {
  return /exchange/i.test(outcome ?? '');
}

function goodsFor(
  line: ReturnLine,
  asked: readonly ReturnLine[],
  items: readonly ReturnLine[],
  open: ReadonlyMap<string, number>,
): ReturnLine | null {
  const fits = (item: ReturnLine): boolean => (open.get(item.id) ?? 0) >= line.quantity.value;
  const same = (item: ReturnLine): boolean =>
    item.replacementSku !== null && item.replacementSku.toLowerCase() === line.sku?.toLowerCase();
  const naming = items.find((item) => same(item) && fits(item));
  if (naming) return naming;
  const ofLine = items.filter(
    (item) => item.orderLineId !== null && item.orderLineId === line.orderLineId && fits(item),
  );
  if (ofLine.length === 1) return ofLine[0] ?? null;
  const marked = items.filter((item) => exchanged(item) && fits(item));
  const candidates = marked.length > 0 ? marked : items.filter(fits);
  return asked.length === 1 && candidates.length === 1 ? (candidates[0] ?? null) : null;
}

/**
 * Prices the replacements: at what the platform says, or, for an even exchange, at what the goods that come back are credited
 * with (R125). Nothing is put on top to make two sides meet: the difference stays between order and credit (R129).
 *
 * @param rows plan of the draft credit memo
 */
export function priced(
  replacements: readonly Replacement[],
  rows: readonly DraftRow[],
  currency: string,
): { rows: PricedReplacement[]; value: Money } | { problem: Problem } {
  const used = new Map<string, number>();
  const result: PricedReplacement[] = [];
  let value = 0;
  for (const one of replacements) {
    const { line, returned, units } = one;
    const own = line.kind === 'exchange' ? line.price : null;
    if (own !== null && own.currency !== currency) {
      return { problem: priceMissing(one, `${formatMoney(own)}, and the order is in ${currency}`) };
    }
    const goods = returned === null ? null : goodsOf(returned.id, units, rows, used, currency);
    if (goods) value += grossOf(goods, currency).minor;
    if (own === null && goods === null) {
      return { problem: priceMissing(one, 'no price, and no goods that it is for') };
    }
    const credited = goods ? grossOf(goods, currency) : null;
    const gross =
      own === null ? (credited ?? money(0, currency)) : money(Math.round(own.minor * units), currency);
    // The rate of the goods, for the price without tax.
    const basis = goods ?? rows.filter(({ fee }) => !fee);
    const [all, tax] = [grossOf(basis, currency).minor, taxOf(basis, currency).minor];
    result.push({ ...one, gross, tax: all === 0 ? 0 : Math.round((gross.minor * tax) / all) });
  }
  return { rows: result, value: money(value, currency) };
}

/** The next units of a line, as the draft credits them; null where it does not hold so many. */
function goodsOf(
  line: string,
  units: number,
  rows: readonly DraftRow[],
  used: Map<string, number>,
  currency: string,
): DraftRow[] | null {
  const before = used.get(line) ?? 0;
  if (before + units > (allUnits(rows).get(line) ?? 0)) return null;
  used.set(line, before + units);
  const of = rows.filter((row) => row.line === line && !row.fee);
  return partOfDraft(of, new Map([[line, before]]), new Map([[line, before + units]]), currency);
}

function priceMissing({ line, sku, units }: Replacement, why: string): Problem {
  return {
    code: 'exchange-price-missing',
    what: `${units} × ${sku}: ${why}`,
    lines: [{ lineId: line.id, sku, field: 'price', expected: 'a price in the currency of the order' }],
  };
}
