import { currencyDecimals, parseMoney, type Money } from '../../returns/money';

/** Rates are told in hundredths of a percent; of those that fit, the roundest is meant. */
const STEPS = [100, 50, 25, 10, 5, 1] as const;
/** No sales tax is higher than this. */
const HIGHEST = 10_000;

/**
 * The rate, in hundredths of a percent, by which a tax was worked out of a net amount: the roundest one that gives it to the
 * penny. Finance & SCM has no set of rates (`reference/dynamics365.md` A8), so they are read off what it has taxed. Null where
 * none fits.
 */
export function rateOf(net: Money, tax: Money): number | null {
  if (tax.minor === 0) return 0;
  if (net.minor === 0) return null;
  const about = Math.round((tax.minor / net.minor) * 10_000);
  // How far a rounded penny may move the rate.
  const width = Math.ceil(10_000 / (2 * Math.abs(net.minor))) + 1;
  for (const step of STEPS) {
    const from = Math.max(0, Math.ceil((about - width) / step) * step);
    for (let rate = from; rate <= Math.min(HIGHEST, about + width); rate += step) {
      if (taxOn(net.minor, rate) === tax.minor) return rate;
    }
  }
  return null;
}

/** The tax on a net amount, rounded half away from zero. */
export function taxOn(net: number, rate: number): number {
  const product = BigInt(Math.abs(net)) * BigInt(rate);
  const tax = Number((2n * product + 10_000n) / 20_000n);
  return net < 0 && tax !== 0 ? -tax : tax;
}

/** The tax that an amount holds, rounded half up. */
export function taxIn(gross: number, rate: number): number {
  const whole = 10_000n + BigInt(rate);
  const product = BigInt(gross) * BigInt(rate);
  return Number((2n * product + whole) / (2n * whole));
}

/** The net amount that comes to a gross one with its tax; where no penny fits exactly, the nearest. */
export function netOf(gross: number, rate: number): number {
  const near = gross - taxIn(gross, rate);
  return [near, near - 1, near + 1].find((net) => net >= 0 && net + taxOn(net, rate) === gross) ?? near;
}

/** An amount of the ERP in the currency's smallest unit; finer digits are rounded, for it is compared and not posted. */
export function rounded(amount: number, currency: string): Money {
  return parseMoney(amount.toFixed(currencyDecimals(currency)), currency);
}
