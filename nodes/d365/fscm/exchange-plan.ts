import type { Replacement } from '../../returns/exchange-lines';
import { priceMissing, priceOfReplacement, type PriceSource } from '../../returns/exchange-price';
import { addMoney, money, subtractMoney, sumMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { ExchangeItem } from './exchange-items';
import { netOf, rateOf, taxIn, taxOn } from './tax-rate';

/** What the return order gives for a line of goods, positive. */
export interface ReturnedValue {
  /** As the line amount stands: with tax where the order's prices hold it. */
  amount: Money;
  tax: Money;
  taxGroup: string;
}

/** A line of the replacement order. */
export interface ExchangeRow {
  replacement: Replacement;
  /** By which it is known again. */
  external: string;
  item: ExchangeItem;
  quantity: number;
  /** For one piece, in the smallest unit exactly: so the amount does not hang on how the ERP rounds. */
  price: Money;
  amount: Money;
}

export interface ExchangePlan {
  rows: ExchangeRow[];
  /** Sum of the line amounts, as the ERP has them. */
  amount: Money;
  /** What the ERP is expected to add as tax, or holds in the prices. */
  tax: Money;
  /** What the customer pays for the replacement. */
  gross: Money;
  /** What the exchanged goods are credited with, tax included. */
  value: Money;
  /** `gross` less `value`: above zero the customer owes it, below zero it is owed to the customer (R129). */
  difference: Money;
}

export interface ExchangeFacts {
  replacements: readonly Replacement[];
  currency: string;
  /** Whether prices of the order hold the tax. */
  taxIncluded: boolean;
  /** By SKU in lower case. */
  items: ReadonlyMap<string, ExchangeItem>;
  /** By the id of the line of goods. */
  returned: ReadonlyMap<string, ReturnedValue>;
  priceFrom: PriceSource;
}

/**
 * Prices the replacements: at what the platform says, or, for an even exchange, at what the return order gives for the goods
 * (R125). What the ERP taxes itself is taken out of a price at the rate that it taxed the goods with. Nothing is put on top to
 * make two sides meet: the difference is told, and stays between the two orders (R129).
 */
export function planExchange(facts: ExchangeFacts): { plan: ExchangePlan } | { problem: Problem } {
  const { replacements, currency, returned } = facts;
  const used = { gross: new Map<string, number>(), amount: new Map<string, number>() };
  const rows: ExchangeRow[] = [];
  let tax = money(0, currency);
  for (const replacement of replacements) {
    const item = facts.items.get(replacement.sku.toLowerCase());
    if (!item) return { problem: itemProblem('sku-unknown', replacement, null) };
    if (item.state !== 'active') return { problem: itemProblem(CODES[item.state], replacement, item.reason) };
    const priced = priceOf(replacement, item, facts, used);
    if ('problem' in priced) return priced;
    tax = addMoney(tax, priced.tax);
    rows.push(...rowsOf(replacement, item, priced.amount));
  }
  const amount = sumMoney(
    rows.map((row) => row.amount),
    currency,
  );
  const gross = facts.taxIncluded ? amount : addMoney(amount, tax);
  const value = sumMoney(
    [...returned.values()].map((one) => grossOf(one, facts.taxIncluded)),
    currency,
  );
  return { plan: { rows, amount, tax, gross, value, difference: subtractMoney(gross, value) } };
}

const CODES = { unknown: 'sku-unknown', blocked: 'sku-blocked', discontinued: 'sku-discontinued' } as const;

function grossOf({ amount, tax }: ReturnedValue, taxIncluded: boolean): Money {
  return taxIncluded ? amount : addMoney(amount, tax);
}

interface Used {
  gross: Map<string, number>;
  amount: Map<string, number>;
}

/** What the lines of a replacement come to in the ERP, and the tax that belongs to it. */
function priceOf(
  replacement: Replacement,
  item: ExchangeItem,
  facts: ExchangeFacts,
  used: Used,
): { amount: Money; tax: Money } | { problem: Problem } {
  const { currency, returned, priceFrom, taxIncluded } = facts;
  const values = (of: (one: ReturnedValue) => Money): ReadonlyMap<string, Money> =>
    new Map([...returned].map(([id, one]) => [id, of(one)]));
  const gross = priceOfReplacement(
    replacement,
    { currency, values: values((one) => grossOf(one, taxIncluded)), priceFrom },
    used.gross,
  );
  if ('problem' in gross) return gross;
  const rate = rateFor(replacement, item, facts);
  if (taxIncluded) return { amount: gross.price, tax: money(taxIn(gross.price.minor, rate ?? 0), currency) };
  const untaxed = [...returned.values()].every((one) => one.tax.minor === 0);
  if (rate === null && !untaxed) {
    return { problem: priceMissing(replacement, 'it is taxed in another way than the goods that come back') };
  }
  if (gross.from === 'goods') {
    const net = priceOfReplacement(
      replacement,
      { currency, values: values((one) => one.amount), priceFrom },
      used.amount,
    );
    if ('problem' in net) return net;
    return { amount: net.price, tax: subtractMoney(gross.price, net.price) };
  }
  const net = netOf(gross.price.minor, rate ?? 0);
  return { amount: money(net, currency), tax: money(taxOn(net, rate ?? 0), currency) };
}

/** The rate of a replacement, read off goods of its tax group: first of those that it takes the place of. */
function rateFor(
  { returned }: Replacement,
  { taxGroup }: ExchangeItem,
  { returned: values, taxIncluded }: ExchangeFacts,
): number | null {
  const own = returned === null ? undefined : values.get(returned.id);
  const alike = [...(own ? [own] : []), ...values.values()].filter((one) => same(one.taxGroup, taxGroup));
  for (const { amount, tax } of alike) {
    const rate = rateOf(taxIncluded ? subtractMoney(amount, tax) : amount, tax);
    if (rate !== null) return rate;
  }
  return null;
}

/** Lines whose unit prices are exact: where the amount does not divide, the last pieces cost a penny more. */
function rowsOf(replacement: Replacement, item: ExchangeItem, amount: Money): ExchangeRow[] {
  const { units, line } = replacement;
  const dearer = amount.minor % units;
  const each = (amount.minor - dearer) / units;
  const parts = [
    { quantity: units - dearer, minor: each },
    { quantity: dearer, minor: each + 1 },
  ].filter(({ quantity }) => quantity > 0);
  return parts.map(({ quantity, minor }, at) => ({
    replacement,
    item,
    external: at === 0 ? line.id : `${line.id}/${at + 1}`,
    quantity,
    price: money(minor, amount.currency),
    amount: money(minor * quantity, amount.currency),
  }));
}

function itemProblem(
  code: 'sku-unknown' | 'sku-blocked' | 'sku-discontinued',
  { line, sku }: Replacement,
  reason: string | null,
): Problem {
  const what = reason === null ? sku : `${sku}, ${reason}`;
  return { code, what, lines: [{ lineId: line.id, sku, field: 'sku', received: reason ?? sku }] };
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
