import { fractionOf, partOf, plus, type Fraction } from './exact-fraction';
import { exactNumber } from './exact-share';
import type { Mappings } from './mappings';

/** A part of a bundle. */
export interface BundlePart {
  component: string;
  /** Pieces of it in one bundle. */
  quantity: number;
  /** Of the bundle’s price, as a fraction; those of all parts are 1. */
  share: string;
}

/** The parts of a bundle in a fixed order; empty where the item is no bundle (R48). */
export function bundleParts(mappings: Mappings, parent: string): BundlePart[] {
  return mappings.findTogether('bundle', parent).map(({ component = '', quantity = '', share = '' }) => ({
    component,
    quantity: Number(quantity),
    share,
  }));
}

/**
 * An amount in minor units split over the parts of a bundle. What each part gets depends on the amount and the parts
 * alone, so that parts that come back one by one add up to the whole, to the penny (R52).
 */
export function splitOverParts(minor: number, parts: readonly BundlePart[]): number[] {
  const sign = minor < 0 ? -1 : 1;
  const whole = BigInt(Math.abs(minor));
  let share: Fraction = fractionOf('0');
  let given = 0n;
  return parts.map((part) => {
    share = plus(share, fractionOf(part.share));
    const upTo = partOf(whole, share);
    const own = upTo - given;
    given = upTo;
    return exactNumber(BigInt(sign) * own);
  });
}
