import type { D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { Post, SimulatedReturn } from '../../nodes/sandbox/happy-returns/generator';
import {
  createHappyReturnsSimulator,
  type HappyReturnsSimulator,
} from '../../nodes/sandbox/happy-returns/happy-returns-simulator';
import { createWorld, type SeededRandom, type World, type WorldOrder } from '../../nodes/sandbox/world';
import type { Expected, Held, Line } from './check';
import { amountOfUnits, createMix, type PlannedReturn } from './returns-mix';

export interface HappyReturnsPlanOptions {
  seed: number;
  returns: number;
  random: SeededRandom;
  account: { secret: string; apiKey: string };
  wait: (milliseconds: number) => Promise<void>;
}

/** Returns of a made-up shop as Happy Returns tells of them, with what the ERP must hold of each in the end. */
export class HappyReturnsPlan {
  readonly world: World;
  readonly platform: HappyReturnsSimulator;
  readonly expected: Expected[] = [];
  private readonly draw: () => PlannedReturn;

  constructor({ seed, returns, random, account, wait }: HappyReturnsPlanOptions) {
    this.world = createWorld({ seed, orders: Math.ceil(returns * 1.05) });
    this.platform = createHappyReturnsSimulator({ world: this.world, ...account, seed, wait });
    this.platform.dials.retries = Number.POSITIVE_INFINITY;
    this.draw = createMix(this.world, random);
  }

  /** The POSTs of one more return, in the order in which things happened, each with the entries that it names. */
  next(): { post: Post; entries: Expected[] }[] {
    const wish = this.draw();
    const { simulated, posts } = this.platform.story(wish);
    const entries = wish.orders.map((order) => expectedOf(simulated, order, wish.refused));
    this.expected.push(...entries);
    return posts.map((post) => ({
      post,
      entries: entries.filter((entry) => post.order === null || entry.order === post.order),
    }));
  }
}

function expectedOf(simulated: SimulatedReturn, order: WorldOrder, refused: string | null): Expected {
  const units = new Map<string, number>();
  for (const unit of simulated.units.filter((one) => one.order === order)) {
    units.set(unit.line.lineId, (units.get(unit.line.lineId) ?? 0) + 1);
  }
  const lines = order.lines.flatMap((line): Line[] => {
    const quantity = units.get(line.lineId) ?? 0;
    return quantity === 0 ? [] : [{ sku: line.sku, quantity, minor: amountOfUnits(line, quantity) }];
  });
  return {
    reference: `HR-${simulated.expressCode}-${order.number}`,
    returnNumber: simulated.expressCode,
    order: order.number,
    refused,
    lines,
    acknowledged: false,
  };
}

/** The return orders of the simulated ERP that are not cancelled. */
export function heldBy(d365: D365Simulator): Held[] {
  return d365.observer
    .returnOrders()
    .filter((document) => document.status !== 'Canceled')
    .map((document) => ({
      reference: document.reference,
      number: document.number,
      minor: Math.round(-document.total * 100),
      lines: document.lines.map((line) => ({
        sku: line.itemNumber,
        quantity: -line.quantity,
        minor: Math.round(-line.amount * 100),
      })),
    }));
}
