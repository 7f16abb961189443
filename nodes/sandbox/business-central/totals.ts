import type { Books } from './books';
import { linesOf, type DocumentKind } from './documents';
import { amount, flag, text, type Row } from './records';

interface LineSum {
  line: Row;
  /** Line amount after its discount, in minor units, with or without tax as the prices are. */
  base: number;
  /** The line's part of the document's discount. */
  allocated: number;
}

/**
 * Works out the amounts of all lines and of the document, and gives the document as it is then. Tax is worked out on
 * the running sum of each tax group, so that the document's tax is that of its sum and no penny is lost [I].
 */
export function recalculate(books: Books, kind: DocumentKind, header: Row): Row {
  const inclusive = flag(header, 'pricesIncludeTax');
  const sums = allocate(
    linesOf(books, kind, header).map((line) => ({ line, base: baseOf(books, line), allocated: 0 })),
    books.minor(amount(header, 'discountAmount')),
  );
  const running = new Map<string, { base: number; part: number }>();
  let [net, tax] = [0, 0];
  for (const { line, base, allocated } of sums) {
    const rate = amount(line, 'taxPercent');
    const group = text(line, 'taxCode');
    const before = running.get(group) ?? { base: 0, part: 0 };
    const upTo = before.base + base - allocated;
    const part = taxIn(upTo, rate, inclusive);
    running.set(group, { base: upTo, part });
    const lineTax = part - before.part;
    const lineNet = base - allocated - (inclusive ? lineTax : 0);
    net += lineNet;
    tax += lineTax;
    const fullTax = allocated === 0 ? lineTax : taxIn(base, rate, inclusive);
    const full = base - (inclusive ? fullTax : 0);
    keep(books, kind, line, {
      discountAppliedBeforeTax: !inclusive,
      amountExcludingTax: books.decimal(full),
      totalTaxAmount: books.decimal(fullTax),
      amountIncludingTax: books.decimal(full + fullTax),
      invoiceDiscountAllocation: books.decimal(allocated),
      netAmount: books.decimal(lineNet),
      netTaxAmount: books.decimal(lineTax),
      netAmountIncludingTax: books.decimal(lineNet + lineTax),
    });
  }
  return books.table(kind.set).change(text(header, 'id'), {
    totalAmountExcludingTax: books.decimal(net),
    totalTaxAmount: books.decimal(tax),
    totalAmountIncludingTax: books.decimal(net + tax),
  });
}

function baseOf(books: Books, line: Row): number {
  const full = books.minor(amount(line, 'quantity') * amount(line, 'unitPrice'));
  return full - books.minor(amount(line, 'discountAmount'));
}

/** Spreads the document's discount over the lines by their amounts, to the penny. */
function allocate(sums: LineSum[], discount: number): LineSum[] {
  const whole = sums.reduce((sum, { base }) => sum + base, 0);
  if (discount === 0 || whole === 0) return sums;
  let [seen, given] = [0, 0];
  return sums.map(({ line, base }) => {
    seen += base;
    const upTo = rounded((discount * seen) / whole);
    const allocated = upTo - given;
    given = upTo;
    return { line, base, allocated };
  });
}

function taxIn(base: number, rate: number, inclusive: boolean): number {
  return rounded(inclusive ? (base * rate) / (100 + rate) : (base * rate) / 100);
}

/** Half away from zero. */
function rounded(value: number): number {
  return Math.sign(value) * Math.round(Number(Math.abs(value).toFixed(6)));
}

/** Writes only what differs: a line that nobody touched keeps its etag. */
function keep(books: Books, kind: DocumentKind, line: Row, values: Row): void {
  const differs = Object.entries(values).some(([field, value]) => line[field] !== value);
  if (differs) books.table(kind.lines).change(text(line, 'id'), values);
}
