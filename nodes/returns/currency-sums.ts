import { addMoney, formatMoney, money, type Money } from './money';

/** How many amounts of a currency there are, and what they come to. */
export interface CurrencySum {
  currency: string;
  count: number;
  amount: string;
}

/** Adds amounts up, each currency by itself. */
export class CurrencySums {
  private readonly sums = new Map<string, { count: number; sum: Money }>();

  add(amount: Money): void {
    const { currency } = amount;
    const { count, sum } = this.sums.get(currency) ?? { count: 0, sum: money(0, currency) };
    this.sums.set(currency, { count: count + 1, sum: addMoney(sum, amount) });
  }

  /** For people, in the order in which the currencies came. */
  shown(): CurrencySum[] {
    return [...this.sums].map(([currency, { count, sum }]) => ({
      currency,
      count,
      amount: formatMoney(sum),
    }));
  }
}
