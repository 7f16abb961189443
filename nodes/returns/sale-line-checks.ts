import type { Check, CheckProfile, ReturnWarning, SoldOn } from './check-profile';
import { compareTax, compareValue, type ValueDifference } from './compare-value';
import type { ErpSale, TakenByOthers } from './erp-sale';
import type { ExceptionCode } from './exception-catalogue';
import type { Finding } from './finding';
import { formatMoney, money } from './money';
import { skuInWords, type NamedLine } from './named-line';
import { EACH } from './quantity';
import { goodsOn, linesNamedBy, type SoughtGoods } from './sale-match';
import { piecesOf, SaleUse, type LineState, type Take } from './sale-use';
import { convertUnit } from './unit-conversion';

/** Checks the lines of a return one after another, since each takes from what the order has left. */
export class SaleLineChecks {
  readonly findings: Finding[] = [];
  readonly warnings: ReturnWarning[] = [];
  readonly soldOn: SoldOn[] = [];
  private readonly use: SaleUse;

  constructor(
    private readonly sale: ErpSale,
    private readonly profile: CheckProfile,
  ) {
    this.use = new SaleUse(sale, profile);
  }

  check(named: NamedLine): void {
    // A line without a SKU is the item check's to tell.
    if (named.line.sku === null) return;
    const goods = goodsOn(this.use.states, named, this.profile);
    if (goods.length === 0) {
      this.tellNotOnOrder(named);
      return;
    }
    // A bundle is counted in bundles, whatever the unit of its parts.
    const [part] = goods.find(({ inBundle }) => inBundle !== null)?.states ?? [];
    if (part && named.line.quantity.unit !== EACH) {
      this.tellUnit(named, part);
      return;
    }
    const wanted = goods.map((one) => this.piecesWanted(named, one));
    const takes = goods.map((one, at) => this.take(named, one, wanted[at] ?? null));
    const sold = goods.flatMap(({ states }, at) => takes[at]?.map(({ state }) => state) ?? states);
    this.soldOn.push({ line: named.told, sold: sold.map((state) => state.sold) });
    if (takes.every((one) => one !== null)) this.checkWorth(named, takes.flat());
  }

  /** Both SKUs are shown: the one on the order and the one that comes back (R38). */
  private tellNotOnOrder(named: NamedLine): void {
    const { line } = named;
    const sku = skuInWords(named);
    const meant = linesNamedBy(line, this.use.states);
    const [ordered] = meant ?? [];
    if (ordered && this.profile.checks.has('substitution')) {
      const expected = ordered.sold.sku;
      const what = `${expected ?? '?'} ordered, ${sku} back`;
      this.add('substitution', 'substitution', named, what, 'sku', expected);
      return;
    }
    const shown = meant ?? this.use.states.filter(({ sold }) => sold.parentId === null);
    const expected = shown.map(({ sold }) => `${sold.quantity} × ${sold.sku ?? '?'}`).join(', ');
    this.add('order', 'line-not-on-order', named, `${line.quantity.value} × ${sku}`, 'sku', expected);
  }

  /** How many single pieces come back (R47); null where that cannot be told. */
  private piecesWanted(named: NamedLine, { states, inBundle }: SoughtGoods): number | null {
    const { line } = named;
    const strange = states.find((state) => piecesOf(line, state) === null);
    const [first] = states;
    if (strange) this.tellUnit(named, strange);
    if (strange || !first) return null;
    const pieces = millionths((piecesOf(line, first) ?? 0) * (inBundle ?? 1));
    if (Number.isSafeInteger(pieces) && pieces >= 1) return pieces;
    const received = String(line.quantity.value);
    const what = `${received} × ${skuInWords(named)}`;
    this.add('quantity', 'quantity-not-whole', named, what, 'quantity', 'whole pieces', received);
    return null;
  }

  /** One of the two counts in a unit that cannot be told in single pieces. */
  private tellUnit(named: NamedLine, { sold, factor }: LineState): void {
    const { mappings, checks } = this.profile;
    const { line } = named;
    if (mappings && checks.has('unit')) {
      const ofOrder = factor === null;
      const from = ofOrder ? { value: sold.quantity, unit: sold.unit ?? '' } : line.quantity;
      const fault = convertUnit(mappings, (ofOrder ? sold.sku : line.sku) ?? '', from, EACH, true);
      // That a returned quantity does not come out whole is known, and told, without the order.
      if (!fault.ok && !ofOrder && fault.code === 'uom-not-representable') return;
      if (!fault.ok) {
        const what = `${skuInWords(named)}: ${ofOrder ? 'sold' : 'returned'} ${fault.received}`;
        this.add('unit', fault.code, named, what, 'unit', fault.expected, fault.received);
        return;
      }
    }
    const told = sold.unit ?? 'single pieces';
    const what = `${sold.sku ?? '?'} in ${told}`;
    this.add('quantity', 'unit-mismatch', named, what, 'unit', line.quantity.unit, told);
  }

  /** What comes back is taken off the order; null where it is more than is left. */
  private take(
    named: NamedLine,
    { sku, states, inBundle }: SoughtGoods,
    wanted: number | null,
  ): Take[] | null {
    if (wanted === null) return null;
    const sold = sum(states, ({ pieces }) => pieces);
    const left = sum(states, (state) => this.use.leftOf(state));
    const others = left >= wanted ? [] : this.othersInTheWay(states, wanted);
    const takes = this.use.take(states, wanted);
    if (left >= wanted) return takes;
    const name = inBundle === null ? skuInWords(named) : `${sku} in ${skuInWords(named)}`;
    const what = `${name}: ${sold} sold, ${sold - left} returned before, ${wanted} now`;
    const code = others.length > 0 ? 'credit-by-others' : 'quantity-over-order';
    const told = others.map(({ name: document, goods }) => `${document} takes back ${goods}`).join(', ');
    const all = others.length > 0 ? `${told}; ${what}` : what;
    this.add('quantity', code, named, all, 'quantity', `at most ${left}`, String(wanted));
    for (const { name: document, goods } of others)
      this.add('quantity', code, named, all, document, 'no return order of others for these goods', goods);
    return null;
  }

  /** What others took back, where all would fit without it, as the posting tells it; none where it is too much anyway. */
  private othersInTheWay(states: readonly LineState[], wanted: number): TakenByOthers['documents'] {
    if (sum(states, (state) => this.use.leftWithoutOthers(state)) < wanted) return [];
    const all = states.flatMap(({ sold }) => sold.byOthers?.documents ?? []);
    return all.filter(
      (one, at) => at === all.findIndex(({ name, goods }) => name === one.name && goods === one.goods),
    );
  }

  private checkWorth(named: NamedLine, takes: readonly Take[]): void {
    const { profile, use } = this;
    const { told } = named;
    if (profile.checks.has('bundle') && takes.some((take) => use.isShareOfBundle(take))) {
      const count = `${told.quantity.value} × ${skuInWords(named)}`;
      const received = 'a share of the bundle’s';
      this.add('bundle', 'bundle-part', named, count, 'value', 'a price of its own', received);
      return;
    }
    const worth = use.worthOf(takes);
    for (const take of takes) this.checkRoom(named, take);
    // The platform's price is that of its own unit.
    const price = compareValue(told, worth, profile.toleranceMinor, profile.prices);
    const tax = compareTax(told, worth, profile.toleranceMinor);
    this.tellDifference('value', 'price-mismatch', named, 'price', price);
    this.tellDifference('tax', 'tax-mismatch', named, 'tax', tax);
  }

  private checkRoom(named: NamedLine, take: Take): void {
    const over = this.use.credit(take);
    if (!over) return;
    const shown = (minor: number): string => formatMoney(money(minor, this.sale.currency));
    const { wholeMinor, beforeMinor, oursMinor } = over;
    const what = `${skuInWords(named)}: ${shown(wholeMinor)} sold, ${shown(beforeMinor)} credited before, ${shown(oursMinor)} now`;
    const most = `at most ${shown(Math.max(0, wholeMinor - beforeMinor))}`;
    this.add('value', 'value-over-order', named, what, 'value', most, shown(oursMinor));
  }

  private tellDifference(
    check: Check,
    code: ExceptionCode,
    named: NamedLine,
    field: string,
    difference: ValueDifference | null,
  ): void {
    if (difference === null || !this.profile.checks.has(check)) return;
    const { expected, received, within } = difference;
    if (within) {
      const { id, sku } = named.told;
      this.warnings.push({ code: 'value-within-tolerance', lineId: id, sku, field, expected, received });
      return;
    }
    const what = `${skuInWords(named)}: order ${expected}, platform ${received}`;
    this.add(check, code, named, what, field, expected, received);
  }

  /** Notes a finding, if its check is switched on. */
  private add(
    check: Check,
    code: ExceptionCode,
    { line, told }: NamedLine,
    what: string,
    field: string,
    expected: string | null,
    received: string | null = told.sku ?? line.sku,
  ): void {
    if (!this.profile.checks.has(check)) return;
    const sku = told.sku ?? line.sku;
    this.findings.push({ code, what, line: { lineId: line.id, sku, field, expected, received } });
  }
}

function sum<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((total, one) => total + value(one), 0);
}

/** Products of decimals, without what their binary form adds. */
function millionths(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
