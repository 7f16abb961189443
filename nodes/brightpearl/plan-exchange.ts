import { addMoney, money, subtractMoney, sumMoney, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import type { TaxCode } from './directory';
import type { Replacement } from '../returns/exchange-lines';
import { priceOfReplacement, type PriceSource } from '../returns/exchange-price';
import { taxWithin } from './plan-fees';
import type { Product } from './products';

export interface ExchangeRow {
  replacement: Replacement;
  productId: number;
  net: Money;
  tax: Money;
  taxCode: string;
}

export interface ExchangePlan {
  rows: ExchangeRow[];
  net: Money;
  tax: Money;
  gross: Money;
  /** What the exchanged goods are credited with. */
  value: Money;
  /** `gross` less `value`: above zero the customer owes it, below zero it is owed to the customer (R129). */
  difference: Money;
}

export interface ExchangeFacts {
  replacements: readonly Replacement[];
  currency: string;
  /** By SKU in lower case; null where the ERP has no single product of it. */
  products: ReadonlyMap<string, Product | null>;
  taxCodes: ReadonlyMap<string, TaxCode>;
  /** What each exchanged line of goods is credited with, tax included. */
  values: ReadonlyMap<string, Money>;
  priceFrom: PriceSource;
}

/**
 * Prices the replacements: at what the platform says, or, for an even exchange, at what the goods that come back are
 * credited with (R125). The tax is that of the replacement's own code, taken out of the price to the penny. Nothing
 * is put on top to make two sides meet: the difference is told, and stays between order and credit (R129).
 */
export function planExchange(facts: ExchangeFacts): { plan: ExchangePlan } | { problem: Problem } {
  const { replacements, currency, values } = facts;
  const rows: ExchangeRow[] = [];
  const used = new Map<string, number>();
  for (const replacement of replacements) {
    const product = facts.products.get(replacement.sku.toLowerCase()) ?? null;
    if (!product) return { problem: skuProblem('sku-unknown', replacement) };
    if (product.status.toUpperCase() === 'ARCHIVED')
      return { problem: skuProblem('sku-blocked', replacement) };
    const code = facts.taxCodes.get(product.taxCode);
    if (!code) return { problem: taxUnmapped(replacement, product.taxCode) };
    const priced = priceOfReplacement(replacement, facts, used);
    if ('problem' in priced) return priced;
    const gross = priced.price.minor;
    const tax = taxWithin(gross, code.rate);
    rows.push({
      replacement,
      productId: product.id,
      net: money(gross - tax, currency),
      tax: money(tax, currency),
      taxCode: code.code,
    });
  }
  const net = sumMoney(
    rows.map((row) => row.net),
    currency,
  );
  const tax = sumMoney(
    rows.map((row) => row.tax),
    currency,
  );
  const gross = addMoney(net, tax);
  const value = sumMoney([...values.values()], currency);
  return { plan: { rows, net, tax, gross, value, difference: subtractMoney(gross, value) } };
}

function skuProblem(code: 'sku-unknown' | 'sku-blocked', { line, sku }: Replacement): Problem {
  return { code, what: sku, lines: [{ lineId: line.id, sku, field: 'sku', received: sku }] };
}

function taxUnmapped({ line, sku }: Replacement, received: string): Problem {
  return {
    code: 'tax-unmapped',
    what: `${received === '' ? 'no tax code' : received} of ${sku}`,
    lines: [{ lineId: line.id, sku, field: 'tax code', expected: 'a tax code of the account', received }],
  };
}
