import {
  arrivalEvents,
  statusEvent,
  type Post,
  type SimulatedReturn,
  type WireEvent,
} from '../../nodes/sandbox/happy-returns/generator';
import {
  createHappyReturnsSimulator,
  type HappyReturnsSimulator,
} from '../../nodes/sandbox/happy-returns/happy-returns-simulator';
import {
  createWorld,
  type SeededRandom,
  type World,
  type WorldOrder,
  type WorldOrderLine,
} from '../../nodes/sandbox/world';
import type { Expected, Line, Meant } from './check';
import { createMix, type PlannedReturn, type Refusal } from './returns-mix';

export interface HappyReturnsPlanOptions {
  world: World;
  seed: number;
  random: SeededRandom;
  account: { secret: string; apiKey: string };
  wait: (milliseconds: number) => Promise<void>;
}

/** What an ERP has to make of a return, worked out here and not by the pack. */
export interface Bookkeeping {
  refusals: readonly Refusal[];
  /** What so many units of an order line come to, in minor units. */
  amount: (line: WorldOrderLine, units: number) => number;
  /** What else the document must say, by name. */
  also?: (order: WorldOrder, returned: readonly ReturnedLine[]) => Record<string, string>;
  /** What must be there besides the document, for a return that is taken. */
  further?: (lines: readonly Line[], wish: PlannedReturn) => Meant[];
  /** The goods arrive and are accepted, with this disposition; without, the story ends with the hand-in. */
  accepted?: { disposition: string };
  /** Share of the returns that are exchanged. */
  exchangeShare?: number;
  /** What happens in the ERP to the orders of a return before its webhooks come. */
  before?: (wish: PlannedReturn) => void;
}

export interface ReturnedLine {
  line: WorldOrderLine;
  units: number;
}

export interface PlannedPost {
  post: Post;
  /** What it names. */
  entries: Expected[];
}

/** A shop that has sold enough for so many returns. */
export function shopFor(returns: number, seed: number): World {
  return createWorld({ seed, orders: Math.ceil(returns * 1.05) });
}

/** Returns of a made-up shop as Happy Returns tells of them, with what the ERP must hold of each in the end. */
export class HappyReturnsPlan {
  readonly platform: HappyReturnsSimulator;
  readonly expected: Expected[] = [];
  private readonly draw: () => PlannedReturn;

  constructor(
    { world, seed, random, account, wait }: HappyReturnsPlanOptions,
    private readonly books: Bookkeeping,
  ) {
    this.platform = createHappyReturnsSimulator({ world, ...account, seed, wait });
    this.platform.dials.retries = Number.POSITIVE_INFINITY;
    this.draw = createMix(world, random, books.refusals, books.exchangeShare);
  }

  /** The POSTs of one more return, in the order in which things happened. */
  next(): PlannedPost[] {
    const wish = this.draw();
    this.books.before?.(wish);
    const { simulated, posts } = this.story(wish);
    const entries = wish.orders.map((order) => this.expectedOf(simulated, order, wish));
    this.expected.push(...entries);
    return posts.map((post) => ({
      post,
      entries: entries.filter((entry) => post.order === null || entry.order === post.order),
    }));
  }

  private story(wish: PlannedReturn): ReturnType<HappyReturnsSimulator['story']> {
    const { platform, books } = this;
    if (!books.accepted) return platform.story(wish);
    const { words } = platform;
    const windows: WireEvent[][] = [
      [statusEvent(words.started)],
      [statusEvent(words.droppedOff), statusEvent(words.approved)],
      arrivalEvents(words, 'accepted'),
    ];
    return platform.story({ ...wish, told: { disposition: books.accepted.disposition } }, windows);
  }

  private expectedOf(simulated: SimulatedReturn, order: WorldOrder, wish: PlannedReturn): Expected {
    const units = new Map<string, number>();
    for (const unit of simulated.units.filter((one) => one.order === order)) {
      units.set(unit.line.lineId, (units.get(unit.line.lineId) ?? 0) + 1);
    }
    const returned = order.lines.flatMap((line): ReturnedLine[] => {
      const count = units.get(line.lineId) ?? 0;
      return count === 0 ? [] : [{ line, units: count }];
    });
    const lines = returned.map(({ line, units: quantity }): Line => ({
      sku: line.sku,
      quantity,
      minor: this.books.amount(line, quantity),
    }));
    return {
      reference: `HR-${simulated.expressCode}-${order.number}`,
      returnNumber: simulated.expressCode,
      order: order.number,
      refused: wish.refused,
      lines,
      ...(this.books.further ? { further: this.books.further(lines, wish) } : {}),
      ...(this.books.also ? { also: this.books.also(order, returned) } : {}),
      acknowledged: false,
    };
  }
}
