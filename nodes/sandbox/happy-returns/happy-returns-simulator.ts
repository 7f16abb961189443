import type { Simulator, SimulatedRequest, SimulatedResponse } from '../simulator';
import { addOrder, seededRandom, type World } from '../world';
import {
  aggregate,
  arrivalEvents,
  createReturn,
  DEFAULT_WORDS,
  labelUpdate,
  shipmentItem,
  statusEvent,
  type ArrivalOutcome,
  type Post,
  type ReturnWish,
  type SimulatedReturn,
  type StatusWords,
  type WireEvent,
} from './generator';
import { INFERRED_SIGNING, signBody, type Signing } from './signing';

/** Sends one POST to the receiver and tells its answer; 0 where there was none. */
export type Deliver = (body: Buffer, headers: Record<string, string>) => Promise<number>;

export interface HappyReturnsDials {
  /** Share of POSTs that are delivered again, 0 to 1, and how often. */
  duplicateShare: number;
  duplicateTimes: number;
  /** POSTs are shuffled within windows of this many; 1 keeps the order. */
  reorderWindow: number;
  /** Events of one window are merged into one POST; off sends each on its own. */
  merge: boolean;
  /** The next POSTs carry a wrong signature. */
  wrongSignatureNext: number;
  /** The next POSTs carry none. */
  missingSignatureNext: number;
  /** How often a POST without a 2xx is sent again (4.17). */
  retries: number;
}

export interface HappyReturnsSimulatorOptions {
  world: World;
  secret: string;
  apiKey: string;
  seed?: number;
  signing?: Signing;
  words?: StatusWords;
  wait?: (milliseconds: number) => Promise<void>;
}

export interface PlannedReturn {
  returnId: string;
  expressCode: string;
  orders: string[];
  /** What the ERP should make of it: `posted`, or the code of the exception that it should end in. */
  expectation: string;
}

export interface ArrivedReturn {
  returnId: string;
  expressCode: string;
  orders: string[];
  outcome: ArrivalOutcome;
}

export interface HappyReturnsSimulator extends Simulator {
  readonly dials: HappyReturnsDials;
  readonly observer: {
    sent(): number;
    acknowledged(): number;
    refused(): number;
    /** Returns of a plan that the receiver knows of and whose goods have not arrived. */
    onTheWay(): number;
  };
  /** A return with its whole story, as POSTs in order. */
  story(
    wish: ReturnWish,
    events?: readonly (readonly WireEvent[])[],
  ): { simulated: SimulatedReturn; posts: Post[] };
  /** Returns for a rehearsal: mostly sound ones, and one of each trouble that the mix names. */
  plan(count: number, mix?: Partial<Mix>): { planned: PlannedReturn[]; posts: Post[] };
  /** Sends POSTs, with what the dials say. Resolves when each has its answer. */
  send(posts: readonly Post[], deliver: Deliver): Promise<void>;
  /**
   * Lets the goods of returns of a plan reach the warehouse, in the order in which they were sent, and tells the
   * receiver. Each arrives once; one of which the receiver did not take every POST stays on the way. All by default,
   * and `accepted`.
   */
  arrive(
    wish: { count?: number | undefined; outcome?: ArrivalOutcome | undefined },
    deliver: Deliver,
  ): Promise<ArrivedReturn[]>;
  readonly words: StatusWords;
}

/** How many returns of each trouble are in a plan. */
export interface Mix {
  blockedSku: number;
  discontinuedSku: number;
  unknownSku: number;
  unknownOrder: number;
  openOrder: number;
  duplicate: number;
  twoOrders: number;
  mail: number;
  /** Sound ones that the shopper wants exchanged. */
  exchange: number;
}

const DEFAULT_MIX: Mix = {
  blockedSku: 1,
  discontinuedSku: 0,
  unknownSku: 0,
  unknownOrder: 1,
  openOrder: 0,
  duplicate: 1,
  twoOrders: 1,
  mail: 2,
  exchange: 0,
};

/**
 * Simulated Happy Returns, written from `reference/returns-platforms.md` 4: it makes realistic returns of the shop's
 * orders and sends them as signed webhooks. It also answers the one call of the partner API that checks a key.
 */
export function createHappyReturnsSimulator(options: HappyReturnsSimulatorOptions): HappyReturnsSimulator {
  const { world } = options;
  const random = seededRandom(options.seed ?? world.seed);
  const words = options.words ?? DEFAULT_WORDS;
  const wait = options.wait ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const usedCodes = new Set<string>();
  const counts = { sent: 0, acknowledged: 0, refused: 0 };
  const dials: HappyReturnsDials = {
    duplicateShare: 0,
    duplicateTimes: 1,
    reorderWindow: 1,
    merge: true,
    wrongSignatureNext: 0,
    missingSignatureNext: 0,
    retries: 5,
  };
  /** Returns of a plan that were not sent yet, and those that were and whose goods have not arrived. */
  const announced = new Map<string, SimulatedReturn>();
  const onTheWay = new Map<string, SimulatedReturn>();
  let nextOrder = 0;

  const method = (typeID: string): WireEvent => ({ event: 'return_dropoff_method_created', typeID });

  /** Started with a method; then the scan, with the approval at once at a Return Bar and later by mail (4.3). */
  const usualEvents = (dropoffMethod: string): WireEvent[][] => {
    const begin = [statusEvent(words.started), method(dropoffMethod)];
    if (dropoffMethod === 'mail')
      return [begin, [statusEvent(words.droppedOff)], [statusEvent(words.approved)]];
    return [begin, [statusEvent(words.droppedOff), statusEvent(words.approved)]];
  };

  const postsOf = (simulated: SimulatedReturn, window: readonly WireEvent[]): Post[] =>
    dials.merge
      ? aggregate(world, simulated, window)
      : window.flatMap((happening) => aggregate(world, simulated, [happening]));

  const story: HappyReturnsSimulator['story'] = (wish, events) => {
    const simulated = createReturn(world, random, wish, usedCodes);
    const windows = events ?? usualEvents(simulated.dropoffMethod);
    return { simulated, posts: windows.flatMap((window) => postsOf(simulated, window)) };
  };

  const soundOrder = (): World['orders'][number] => {
    for (;;) {
      const order = world.orders[nextOrder] ?? addOrder(world, {});
      nextOrder += 1;
      if (
        order.state === 'invoiced' &&
        order.reserved !== true &&
        !order.lines.some((line) => /^(STOP|OLD|GHOST)-/.test(line.sku))
      )
        return order;
    }
  };

  const plan: HappyReturnsSimulator['plan'] = (count, mix = {}) => {
    const wanted = { ...DEFAULT_MIX, ...mix };
    const planned: PlannedReturn[] = [];
    const posts: Post[] = [];
    const add = (wish: ReturnWish, expectation: string, repeat = false): void => {
      const { simulated, posts: own } = story(wish);
      announced.set(simulated.id, simulated);
      planned.push({
        returnId: simulated.id,
        expressCode: simulated.expressCode,
        orders: wish.orders.map((order) => order.number),
        expectation,
      });
      posts.push(...own);
      if (repeat) posts.push(...own, ...own);
    };
    const times = (n: number, act: () => void): void => {
      for (let done = 0; done < n && planned.length < count; done += 1) act();
    };
    times(wanted.blockedSku, () => add({ orders: [addOrder(world, { sku: 'STOP-42-RED' })] }, 'sku-blocked'));
    times(wanted.discontinuedSku, () =>
      add({ orders: [addOrder(world, { sku: 'OLD-40-GRY' })] }, 'sku-discontinued'),
    );
    times(wanted.unknownSku, () => add({ orders: [addOrder(world, { sku: 'GHOST-1' })] }, 'sku-unknown'));
    times(wanted.unknownOrder, () =>
      add({ orders: [addOrder(world, { state: 'unknown-to-erp' })] }, 'order-unknown'),
    );
    times(wanted.openOrder, () =>
      add({ orders: [addOrder(world, { state: 'not-invoiced' })] }, 'order-not-invoiced'),
    );
    times(wanted.duplicate, () => add({ orders: [soundOrder()] }, 'posted', true));
    times(wanted.twoOrders, () => add({ orders: [soundOrder(), soundOrder()] }, 'posted'));
    times(wanted.mail, () => add({ orders: [soundOrder()], dropoffMethod: 'mail' }, 'posted'));
    times(wanted.exchange, () => add({ orders: [soundOrder()], units: 1, exchange: true }, 'posted'));
    times(count, () => add({ orders: [soundOrder()], units: random.between(1, 3) }, 'posted'));
    return { planned, posts };
  };

  /** Sends POSTs, and tells which of them the receiver took. */
  async function sendAll(posts: readonly Post[], deliver: Deliver): Promise<ReadonlySet<Post>> {
    const repeated = posts.flatMap((post) =>
      random.next() < dials.duplicateShare
        ? Array.from({ length: 1 + dials.duplicateTimes }, () => post)
        : [post],
    );
    const window = Math.max(1, Math.floor(dials.reorderWindow));
    const taken = new Set<Post>();
    const one = async (post: Post): Promise<void> => {
      if (await sendOne(post, deliver)) taken.add(post);
    };
    for (let start = 0; start < repeated.length; start += window) {
      const together = random.shuffle(repeated.slice(start, start + window));
      if (window === 1) for (const post of together) await one(post);
      else await Promise.all(together.map(one));
    }
    return taken;
  }

  const send: HappyReturnsSimulator['send'] = async (posts, deliver) => {
    for (const { returnId } of await sendAll(posts, deliver)) {
      const simulated = announced.get(returnId);
      if (simulated && announced.delete(returnId)) onTheWay.set(returnId, simulated);
    }
  };

  const arrive: HappyReturnsSimulator['arrive'] = async ({ count, outcome = 'accepted' }, deliver) => {
    const coming = [...onTheWay.values()].slice(0, count);
    // Nobody else may let them arrive while the webhooks are under way.
    for (const { id } of coming) onTheWay.delete(id);
    const window = arrivalEvents(words, outcome);
    const posts = coming.flatMap((simulated) => postsOf(simulated, window));
    const taken = await sendAll(posts, deliver);
    const missed = new Set(posts.filter((post) => !taken.has(post)).map(({ returnId }) => returnId));
    for (const simulated of coming) if (missed.has(simulated.id)) onTheWay.set(simulated.id, simulated);
    return coming
      .filter(({ id }) => !missed.has(id))
      .map(({ id, expressCode, units }) => ({
        returnId: id,
        expressCode,
        orders: [...new Set(units.map((unit) => unit.order.number))],
        outcome,
      }));
  };

  /** True where the receiver took it, at once or at one of the repeats. */
  async function sendOne(post: Post, deliver: Deliver): Promise<boolean> {
    const body = Buffer.from(JSON.stringify(post.body));
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    const signature = signBody(body, options.secret, options.signing ?? INFERRED_SIGNING);
    if (dials.missingSignatureNext > 0) dials.missingSignatureNext -= 1;
    else if (dials.wrongSignatureNext > 0) {
      dials.wrongSignatureNext -= 1;
      headers['x-hr-signature'] = signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    } else headers['x-hr-signature'] = signature;
    for (let attempt = 0; attempt <= dials.retries; attempt += 1) {
      if (attempt > 0) await wait(Math.min(30_000, 250 * 2 ** attempt));
      counts.sent += 1;
      const answer = await deliver(body, headers);
      if (answer >= 200 && answer < 300) {
        counts.acknowledged += 1;
        return true;
      }
      counts.refused += 1;
      if (answer === 401) return false;
    }
    return false;
  }

  return {
    name: 'happy-returns',
    dials,
    words,
    observer: {
      sent: () => counts.sent,
      acknowledged: () => counts.acknowledged,
      refused: () => counts.refused,
      onTheWay: () => onTheWay.size,
    },
    story,
    plan,
    send,
    arrive,
    handle: (request) => Promise.resolve(partnerApi(request, options.apiKey)),
  };
}

/** `GET /webhooks` with a key is the check that another platform uses (4.4, secondary). */
function partnerApi(request: SimulatedRequest, apiKey: string): SimulatedResponse {
  const headers = { 'content-type': 'application/json' };
  if (request.headers['x-hr-apikey'] !== apiKey) {
    return { status: 401, headers, body: JSON.stringify({ ErrorMessage: 'unauthorized' }) };
  }
  if (request.method === 'GET' && request.url.split('?')[0] === '/webhooks')
    return { status: 200, headers, body: '[]' };
  return { status: 404, headers, body: JSON.stringify({ ErrorMessage: 'not found' }) };
}

/** An outbound shipment of several returns in one POST (4.7). */
export function outboundShipment(world: World, returns: readonly SimulatedReturn[], box: string): Post {
  const facts = { barcode: box, pallet: 'PLT-12', tracking: '1Z00000000000000042', departed: '2026-02-24' };
  return {
    kind: 'outbound_shipment.asn',
    returnId: returns[0]?.id ?? '',
    order: null,
    body: {
      items: returns.flatMap((simulated) =>
        simulated.units.map((unit) => shipmentItem(world, simulated, unit, facts)),
      ),
    },
  };
}

export { labelUpdate };
