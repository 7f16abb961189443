/**
 * Arithmetic of the oracle: whole numbers of any size and fractions of them, never a float. It is written here a second
 * time on purpose, so that it shares no mistake with what it judges.
 */
export interface Exact {
  over: bigint;
  /** Above 0. */
  under: bigint;
}

export const NOTHING: Exact = { over: 0n, under: 1n };

export function exact(over: number | bigint, under: number | bigint = 1): Exact {
  return { over: BigInt(over), under: BigInt(under) };
}

export function plus(a: Exact, b: Exact): Exact {
  if (a.under === b.under) return { over: a.over + b.over, under: a.under };
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
}

/** So many of so many equal parts. */
export function partsOf({ over, under }: Exact, parts: number, of: number): Exact {
  return { over: over * BigInt(parts), under: under * BigInt(of) };
}

/** To a whole number, half away from zero. */
export function rounded({ over, under }: Exact): bigint {
  const size = over < 0n ? -over : over;
  const whole = (2n * size + under) / (2n * under);
  return over < 0n ? -whole : whole;
}

/** Whether a count of smallest units is at most so many halves of one away from the exact value. */
export function isNear(minor: number, { over, under }: Exact, halves: number): boolean {
  const apart = BigInt(minor) * under - over;
  return 2n * (apart < 0n ? -apart : apart) <= BigInt(halves) * under;
}

/** For people: at most six decimals, and … where there are more. */
export function inWords({ over, under }: Exact): string {
  const size = over < 0n ? -over : over;
  const decimals = String(((size % under) * 1_000_000n) / under)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const more = ((size % under) * 1_000_000n) % under === 0n ? '' : '…';
  return `${over < 0n ? '-' : ''}${size / under}${decimals === '' ? '' : `.${decimals}`}${more}`;
}
