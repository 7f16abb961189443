import type { BatchTotals, MemberFacts, MemberLine } from './batch';
import { exactNumber, fromMillionths, millionths } from './exact-share';

type SkuTotal = BatchTotals['bySku'][number];
type TaxTotal = BatchTotals['byTax'][number];

/** A sum that is added to one by one: exact, however large, and null as long as nothing was added. */
class Sum {
  private total = 0n;
  private any = false;

  add(value: number | null): void {
    if (value === null) return;
    this.any = true;
    this.total += BigInt(value);
  }

  get exact(): number {
    return exactNumber(this.total);
  }

  get orNull(): number | null {
    return this.any ? this.exact : null;
  }
}

interface Bucket<Key> {
  key: Key;
  quantity: Sum;
  value: Sum;
  tax: Sum;
  lines: number;
  unvalued: number;
}

/**
 * Adds members up one by one and keeps none of them: what it takes in memory depends on how many SKUs, warehouses,
 * dispositions and tax codes there are. Whatever the order, and however the members are split into batches, the sums of
 * the parts are the sum of the whole.
 */
export class BatchTotalizer {
  private readonly skus = new Map<
    string,
    Bucket<Pick<SkuTotal, 'sku' | 'warehouse' | 'disposition' | 'unit'>>
  >();
  private readonly taxes = new Map<string, Bucket<string | null>>();
  private readonly fees = new Map<string, Bucket<string>>();
  private readonly units = new Map<string, Sum>();
  private readonly items = new Sum();
  private readonly charged = new Sum();
  private readonly whole = new Sum();
  private lines = 0;
  private unvalued = 0;
  members = 0;

  constructor(private readonly currency: string | null) {}

  add({ lines, wholeValue }: Pick<MemberFacts, 'lines' | 'wholeValue'>): void {
    this.members += 1;
    this.whole.add(wholeValue);
    for (const line of lines) {
      this.lines += 1;
      if (line.kind === 'fee') this.addFee(line);
      else this.addItem(line);
    }
  }

  private addItem(line: MemberLine): void {
    const { sku, warehouse, disposition, unit } = line;
    const key = { sku: sku ?? '', warehouse, disposition, unit };
    count(bucketOf(this.skus, JSON.stringify(Object.values(key)), key), line);
    count(bucketOf(this.taxes, line.taxCode ?? '', line.taxCode), line);
    this.items.add(line.value);
    if (line.value === null) this.unvalued += 1;
    const units = this.units.get(unit) ?? new Sum();
    units.add(millionths(line.quantity));
    this.units.set(unit, units);
  }

  private addFee(line: MemberLine): void {
    const name = line.sku ?? line.id;
    count(bucketOf(this.fees, name, name), line);
    this.charged.add(line.value);
  }

  /** Throws `sum-too-large` where a sum is more than can be held exactly. */
  totals(): BatchTotals {
    const { currency } = this;
    const [items, fees, notByLine] = [this.items.exact, this.charged.exact, this.whole.exact];
    return {
      bySku: inOrder(this.skus).map(({ key, quantity, value, lines, unvalued }) => ({
        ...key,
        quantity: fromMillionths(quantity.exact),
        value: value.orNull,
        lines,
        unvalued,
      })),
      byTax: inOrder(this.taxes).map(({ key, value, tax, lines }): TaxTotal => ({
        code: key,
        currency,
        value: value.exact,
        tax: tax.orNull,
        lines,
      })),
      fees: inOrder(this.fees).map(({ key, quantity, value, lines }) => ({
        fee: key,
        quantity: fromMillionths(quantity.exact),
        value: value.orNull,
        lines,
      })),
      overall: {
        members: this.members,
        lines: this.lines,
        units: [...this.units]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([unit, sum]) => ({ unit, quantity: fromMillionths(sum.exact) })),
        currency,
        items,
        fees,
        notByLine,
        value: exactNumber(BigInt(items) - BigInt(fees) + BigInt(notByLine)),
        unvalued: this.unvalued,
      },
    };
  }
}

/** What a member comes to: goods less fees, in minor units; null where no value is known. */
export function memberValue({ lines, wholeValue }: Pick<MemberFacts, 'lines' | 'wholeValue'>): number | null {
  const sum = new Sum();
  sum.add(wholeValue);
  for (const { kind, value } of lines) sum.add(value !== null && kind === 'fee' ? -value : value);
  return sum.orNull;
}

function bucketOf<Key>(buckets: Map<string, Bucket<Key>>, name: string, key: Key): Bucket<Key> {
  const known = buckets.get(name);
  if (known) return known;
  const made = { key, quantity: new Sum(), value: new Sum(), tax: new Sum(), lines: 0, unvalued: 0 };
  buckets.set(name, made);
  return made;
}

function count(bucket: Bucket<unknown>, line: MemberLine): void {
  bucket.quantity.add(millionths(line.quantity));
  bucket.value.add(line.value);
  bucket.tax.add(line.tax);
  bucket.lines += 1;
  if (line.value === null) bucket.unvalued += 1;
}

/** By their names, so that the same members give the same totals in whatever order they came. */
function inOrder<Key>(buckets: ReadonlyMap<string, Bucket<Key>>): Bucket<Key>[] {
  return [...buckets].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, bucket]) => bucket);
}
