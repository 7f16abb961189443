/** Random numbers that a seed repeats: the same seed and the same case always draw the same. */
export class Draw {
  private state: number;

  constructor(seed: number, index: number) {
    // Neighbouring cases must not begin alike.
    this.state = stirred(stirred(seed) + Math.imul(index + 1, 0x9e3779b9));
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    return (stirred(this.state) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** A whole number from 0 below 10 to the power of `digits`: small ones as often as large ones. */
  anySize(digits: number): number {
    return Math.floor(10 ** (this.next() * digits)) - 1;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)] as T;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at -= 1) {
      const other = this.int(0, at);
      [result[at], result[other]] = [result[other] as T, result[at] as T];
    }
    return result;
  }

  /** A count in random pieces, each at least 1. */
  cut(count: number): number[] {
    const pieces: number[] = [];
    let open = count;
    while (open > 0) {
      const piece = this.int(1, open);
      pieces.push(piece);
      open -= piece;
    }
    return pieces;
  }
}

function stirred(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return bits ^ (bits >>> 15);
}
