import { fractionOf, inverse, plus, times, type Fraction } from '../../returns/exact-fraction';
import type { Clock } from '../../returns/time';
import type { D365Client } from './client';
import { NAMES_OF } from './names';
import { anyOf, inChunks, listPath } from './odata';
import { numberOf, textOf, type D365Row } from './rows';

/** Units change rarely, so they are read every ten minutes. */
const AGE_MS = 600_000;

/** A conversion of the environment (`reference/dynamics365.md` A8). */
export interface UnitConversion {
  /** Empty for one of all products. */
  product: string;
  from: string;
  to: string;
  /** Factor × Numerator ÷ Denominator. */
  factor: Fraction;
  innerOffset: Fraction;
  outerOffset: Fraction;
}

const ZERO = fractionOf('0');

/** A quantity in the other unit, exactly: ((quantity + InnerOffset) × Factor × Numerator ÷ Denominator) + OuterOffset (A8). */
export function converted(
  quantity: Fraction,
  { factor, innerOffset, outerOffset }: UnitConversion,
): Fraction {
  return plus(times(plus(quantity, innerOffset), factor), outerOffset);
}

/** The units of an environment as they were read. */
export class KnownUnits {
  constructor(
    private readonly conversions: readonly UnitConversion[],
    private readonly precision: ReadonlyMap<string, number>,
    private readonly eachUnit: string,
  ) {}

  /**
   * Single pieces in one of a unit: by the product's own conversion, else by that of all products, each in both
   * directions. Null where there is none; one with offsets is none either, since parts of a quantity would not come to
   * the whole.
   */
  piecesIn(product: string, unit: string): Fraction | null {
    if (same(unit, this.eachUnit)) return fractionOf('1');
    for (const name of [product, '']) {
      const there = this.find(name, unit, this.eachUnit);
      if (there) return there.factor;
      const back = this.find(name, this.eachUnit, unit);
      if (back) return inverse(back.factor);
    }
    return null;
  }

  /** How many decimals a quantity in a unit may have. */
  decimalsOf(unit: string): number {
    return this.precision.get(unit.toLowerCase()) ?? 0;
  }

  private find(product: string, from: string, to: string): UnitConversion | undefined {
    return this.conversions.find(
      (one) =>
        same(one.product, product) &&
        same(one.from, from) &&
        same(one.to, to) &&
        one.factor.above !== 0n &&
        one.innerOffset.above === 0n &&
        one.outerOffset.above === 0n,
    );
  }
}

/** Reads units of measure and their conversions; they belong to all companies. */
export class D365Units {
  private general:
    { conversions: UnitConversion[]; precision: Map<string, number>; readAt: number } | undefined;
  private readonly ofProduct = new Map<string, { conversions: UnitConversion[]; readAt: number }>();

  constructor(
    private readonly client: Pick<D365Client, 'readTogether'>,
    private readonly eachUnit: string,
    private readonly clock: Clock,
    /** Throws where the environment lacks one of the sets. */
    private readonly ready: (signal?: AbortSignal) => Promise<void>,
  ) {}

  /** The units of these products, by their product numbers; what is not old is not read again. */
  async of(products: readonly string[], signal?: AbortSignal): Promise<KnownUnits> {
    await this.ready(signal);
    const missing = [...new Set(products.map((product) => product.toLowerCase()))].filter(
      (product) => product !== '' && !this.isFresh(this.ofProduct.get(product)),
    );
    const chunks = inChunks(missing, 'ProductNumber');
    const needsGeneral = !this.isFresh(this.general);
    const paths = [
      ...(needsGeneral
        ? [
            listPath('UnitOfMeasureConversions', { select: NAMES_OF.units.UnitOfMeasureConversions }),
            listPath('UnitsOfMeasure', { select: NAMES_OF.units.UnitsOfMeasure }),
          ]
        : []),
      ...chunks.map((chunk) =>
        listPath('ProductSpecificUnitOfMeasureConversions', {
          filter: anyOf('ProductNumber', chunk),
          select: NAMES_OF.units.ProductSpecificUnitOfMeasureConversions,
        }),
      ),
    ];
    if (paths.length > 0) {
      const answers = await this.client.readTogether(paths, signal);
      const readAt = this.clock.now();
      if (needsGeneral) {
        const [conversions = [], units = []] = answers.splice(0, 2);
        const precision = units.map(
          (row) => [textOf(row, 'UnitSymbol').toLowerCase(), numberOf(row, 'DecimalPrecision')] as const,
        );
        this.general = {
          conversions: conversions.flatMap(conversionOf),
          precision: new Map(precision),
          readAt,
        };
      }
      const found = answers.flat().flatMap(conversionOf);
      for (const product of missing) {
        const conversions = found.filter((one) => same(one.product, product));
        this.ofProduct.set(product, { conversions, readAt });
      }
    }
    const own = products.flatMap((product) => this.ofProduct.get(product.toLowerCase())?.conversions ?? []);
    const all = [...own, ...(this.general?.conversions ?? [])];
    return new KnownUnits(all, this.general?.precision ?? new Map(), this.eachUnit);
  }

  private isFresh(read: { readAt: number } | undefined): boolean {
    return read !== undefined && this.clock.now() - read.readAt < AGE_MS;
  }
}

/** What cannot be read exactly is no conversion: nothing is rounded. */
function conversionOf(row: D365Row): UnitConversion[] {
  const [factor, numerator, denominator] = [
    exact(numberOf(row, 'Factor')),
    // 0 is an empty field (A2).
    exact(numberOf(row, 'Numerator') || 1),
    exact(numberOf(row, 'Denominator') || 1),
  ];
  const [innerOffset, outerOffset] = [
    exact(numberOf(row, 'InnerOffset')),
    exact(numberOf(row, 'OuterOffset')),
  ];
  if (!factor || !numerator || !denominator || !innerOffset || !outerOffset) return [];
  return [
    {
      product: textOf(row, 'ProductNumber'),
      from: textOf(row, 'FromUnitSymbol'),
      to: textOf(row, 'ToUnitSymbol'),
      factor: times(times(factor, numerator), inverse(denominator)),
      innerOffset,
      outerOffset,
    },
  ];
}

/** A decimal number of the ERP without rounding; null for what is below 0 or has no plain form. */
function exact(value: number): Fraction | null {
  if (value === 0) return ZERO;
  const [, whole, decimals = ''] = /^(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? [];
  if (whole === undefined) return null;
  const above = { above: BigInt(whole + decimals), below: 1n };
  return times(above, { above: 1n, below: 10n ** BigInt(decimals.length) });
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
