/** How the ERP works out sales tax. Rates are made up: the reference gives the tables, not the rates (A8). */
export interface TaxRules {
  /** Percent for an item whose tax group has no rate of its own. */
  percent: number;
  /** Percent by `SalesSalesTaxItemGroupCode` of the item. */
  byItemTaxGroup: Readonly<Record<string, number>>;
  /** Prices hold the tax already. */
  included: boolean;
  /** Whether each line is rounded, or the tax of the whole invoice [I]. */
  rounding: 'line' | 'invoice';
}

export interface TaxedLine {
  amount: number;
  taxGroup: string;
}

/** Rounds to cents, halves away from zero. */
export function cents(amount: number): number {
  return (Math.sign(amount) * Math.round(Math.abs(amount) * 100 + 1e-7)) / 100;
}

export function sum(amounts: readonly number[]): number {
  return cents(amounts.reduce((all, amount) => all + amount, 0));
}

/** Tax of one line in currency, not rounded. */
function exactTax(rules: TaxRules, line: TaxedLine): number {
  const rate = (rules.byItemTaxGroup[line.taxGroup] ?? rules.percent) / 100;
  return rules.included ? line.amount - line.amount / (1 + rate) : line.amount * rate;
}

/** Tax and total of a document, in currency; `lines` holds the tax of each line, rounded. */
export function taxOf(
  rules: TaxRules,
  lines: readonly TaxedLine[],
): { lines: number[]; tax: number; total: number } {
  const exact = lines.map((line) => exactTax(rules, line));
  const rounded = exact.map(cents);
  const tax = rules.rounding === 'line' ? sum(rounded) : sum(exact);
  const amount = sum(lines.map((line) => line.amount));
  return { lines: rounded, tax, total: rules.included ? amount : cents(amount + tax) };
}
