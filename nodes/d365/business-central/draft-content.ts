import type { ExceptionLine } from '../../returns/exception';
import { formatMoney, money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import type { DraftRow } from './draft-rows';
import { amountIn, idIn, linesIn } from './sales';

/** A line of a credit memo, in the words of a comparison. */
interface Content {
  key: string;
  words: string;
  sku: string;
  lineId: string | null;
}

/**
 * How a credit memo differs from its plan: item, variant, unit, quantity and amount of every line, in any order. Where the
 * goods lie is not compared, and comment lines are people's own.
 *
 * @param posted posting may have added a line that rounds the total; the total itself is compared besides
 */
export function differences(
  memo: D365Row,
  planned: readonly DraftRow[],
  posted = false,
): Partial<ExceptionLine>[] {
  const currency = textOf(memo, 'currencyCode');
  const expected = planned.map((row) => contentOfRow(row, currency));
  const open = contentsOf(memo, posted);
  const missing = expected.filter(({ key }) => {
    const at = open.findIndex((held) => held.key === key);
    if (at >= 0) open.splice(at, 1);
    return at < 0;
  });
  const lines = missing.map((row): Partial<ExceptionLine> => {
    const at = open.findIndex(({ sku }) => sku === row.sku);
    const [instead] = at < 0 ? [] : open.splice(at, 1);
    const { lineId, sku } = row;
    return {
      ...(lineId === null ? {} : { lineId }),
      sku,
      field: 'line',
      expected: row.words,
      received: instead?.words ?? 'nothing',
    };
  });
  const more = open.map(({ sku, words }): Partial<ExceptionLine> => ({
    sku,
    field: 'line',
    expected: 'nothing',
    received: words,
  }));
  const discount = amountIn(memo, 'discountAmount', currency);
  if (discount.minor === 0) return [...lines, ...more];
  const none = formatMoney(money(0, currency));
  return [...lines, ...more, { field: 'discount', expected: none, received: formatMoney(discount) }];
}

/** The same as a problem; null where the memo is as it was planned. */
export function conflict(memo: D365Row, planned: readonly DraftRow[], posted = false): Problem | null {
  const lines = differences(memo, planned, posted);
  if (lines.length === 0) return null;
  return { code: 'document-conflict', what: `credit memo ${textOf(memo, 'number')}`, lines };
}

function contentOfRow(row: DraftRow, currency: string): Content {
  const { item, variantId, unit, quantity, base } = row;
  return {
    key: keyOf(item, variantId, unit, row.fee ? 1 : quantity, base),
    words: `${quantity} × ${item} for ${formatMoney(money(base, currency))}`,
    sku: item,
    lineId: row.line,
  };
}

function contentsOf(memo: D365Row, posted: boolean): Content[] {
  const currency = textOf(memo, 'currencyCode');
  return linesIn(memo, 'salesCreditMemoLines')
    .filter((line) => !['Comment', posted ? 'Account' : ''].includes(textOf(line, 'lineType')))
    .map((line) => {
      const base = lineAmount(memo, line);
      const sku = textOf(line, 'lineObjectNumber');
      const quantity = numberOf(line, 'quantity');
      const unit = textOf(line, 'unitOfMeasureCode');
      return {
        key: keyOf(sku, idIn(line, 'itemVariantId'), unit, quantity, base),
        words: `${quantity} × ${sku} for ${formatMoney(money(base, currency))}`,
        sku,
        lineId: null,
      };
    });
}

/** What a line of a memo comes to in minor units, as the memo's prices are. */
export function lineAmount(memo: D365Row, line: D365Row): number {
  const field = memo['pricesIncludeTax'] === true ? 'amountIncludingTax' : 'amountExcludingTax';
  return amountIn(line, field, textOf(memo, 'currencyCode')).minor;
}

/** The unit of a fee is the item's own, whatever that is. */
function keyOf(item: string, variantId: string, unit: string, quantity: number, base: number): string {
  const counted = base < 0 ? '' : unit.toUpperCase();
  return [item.toUpperCase(), variantId, counted, quantity, base].join('|');
}
