import { numberOf, textOf, type D365Row } from '../fscm/rows';
import type { DraftRow } from './draft-rows';
import { holds } from './reduce-draft';
import { amountIn, idIn, linesIn, statusOf, type BcSale } from './sales';

/** What is still to be done to a copy of an invoice, until it holds what is planned. */
export interface CopySteps {
  /** Lines that become a planned one. */
  change: { line: D365Row; row: DraftRow }[];
  /** Lines that do not come back, and comments. */
  remove: D365Row[];
  /** Lines that an invoice does not have: fees. */
  add: DraftRow[];
}

/**
 * Why the invoice of a sale cannot be copied into a credit memo, as far as it is known beforehand; null where it can. It must
 * be the only one, open in full and without its order, or Business Central refuses (`reference/dynamics365.md` B5, way 2).
 */
export function whyNoCopy(sale: BcSale, rows: readonly DraftRow[]): string | null {
  const { shipTo: invoice, invoices, currency } = sale;
  if (invoices.length !== 1) return `the sale has ${invoices.length} invoices`;
  const total = linesIn(invoice, 'salesInvoiceLines').reduce(
    (sum, line) => sum + amountIn(line, 'netAmountIncludingTax', currency).minor,
    0,
  );
  const open = amountIn(invoice, 'remainingAmount', currency).minor;
  if (statusOf(invoice) !== 'Open' || open !== total) return 'the invoice is not open in full';
  if (sale.orderLeft) return 'the order of the invoice is still there';
  return assign(rows, contentLines(invoice, 'salesInvoiceLines'))
    ? null
    : 'the invoice has no line of its own for each line of the return';
}

/** Whether a credit memo holds just what the invoice does: then it is a copy that nobody has changed. */
export function isCopy(memo: D365Row, invoice: D365Row): boolean {
  const open = contentLines(invoice, 'salesInvoiceLines');
  const lines = contentLines(memo, 'salesCreditMemoLines');
  if (lines.length !== open.length) return false;
  return lines.every((line) => {
    const at = open.findIndex((one) => sameLine(one, line));
    if (at >= 0) open.splice(at, 1);
    return at >= 0;
  });
}

/**
 * What is to be done to a copy, whole or half-way to its plan; null where a line is neither as the invoice has it nor as it is
 * planned: then somebody else has changed it.
 *
 * @param locationId where the goods are taken in; blank: they stay where the invoice has them
 */
export function stepsOfCopy(
  memo: D365Row,
  invoice: D365Row,
  rows: readonly DraftRow[],
  locationId: string,
): CopySteps | null {
  const originals = contentLines(invoice, 'salesInvoiceLines');
  const open = contentLines(memo, 'salesCreditMemoLines');
  const done: CopySteps['change'] = [];
  const left = rows.filter((row) => {
    const at = open.findIndex((line) => holds(memo, line, row) && (row.fee || sameUnit(line, row)));
    const [line] = at < 0 ? [] : open.splice(at, 1);
    if (line && !row.fee && locationId !== '' && idIn(line, 'locationId') !== locationId) {
      done.push({ line, row });
    }
    return !line;
  });
  if (!open.every((line) => originals.some((one) => sameLine(one, line)))) return null;
  const change = assign(left, open);
  if (!change) return null;
  const changed = new Set(change.map(({ line }) => line));
  return {
    change: [...done, ...change],
    remove: [
      ...open.filter((line) => !changed.has(line)),
      ...linesIn(memo, 'salesCreditMemoLines').filter(isComment),
    ],
    add: left.filter(({ fee }) => fee),
  };
}

/** A line for each planned one of goods, with the same price where there is one; null where they do not suffice. */
function assign(rows: readonly DraftRow[], lines: readonly D365Row[]): CopySteps['change'] | null {
  const open = [...lines];
  const found: CopySteps['change'] = [];
  // The largest first: a line that suffices for one then suffices for all that follow.
  const goods = rows.filter(({ fee }) => !fee).sort((a, b) => b.quantity - a.quantity);
  for (const row of goods) {
    const fits = (line: D365Row): boolean =>
      textOf(line, 'lineObjectNumber').toUpperCase() === row.item.toUpperCase() &&
      idIn(line, 'itemVariantId') === row.variantId &&
      sameUnit(line, row) &&
      numberOf(line, 'quantity') >= row.quantity;
    const priced = open.findIndex((line) => fits(line) && numberOf(line, 'unitPrice') === row.price);
    const at = priced >= 0 ? priced : open.findIndex(fits);
    const [line] = at < 0 ? [] : open.splice(at, 1);
    if (!line) return null;
    found.push({ line, row });
  }
  return found;
}

function sameUnit(line: D365Row, row: DraftRow): boolean {
  return textOf(line, 'unitOfMeasureCode').toUpperCase() === row.unit.toUpperCase();
}

function sameLine(one: D365Row, other: D365Row): boolean {
  const texts = ['lineType', 'lineObjectNumber', 'unitOfMeasureCode'];
  const numbers = ['quantity', 'unitPrice'];
  return (
    texts.every((field) => textOf(one, field) === textOf(other, field)) &&
    numbers.every((field) => numberOf(one, field) === numberOf(other, field)) &&
    idIn(one, 'itemVariantId') === idIn(other, 'itemVariantId')
  );
}

function contentLines(document: D365Row, set: 'salesInvoiceLines' | 'salesCreditMemoLines'): D365Row[] {
  return linesIn(document, set).filter((line) => !isComment(line));
}

function isComment(line: D365Row): boolean {
  return textOf(line, 'lineType') === 'Comment';
}
