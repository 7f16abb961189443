import type {
  ArrivalPolicy,
  CreditNotePolicy,
  D365Connector,
  ExchangePolicy,
  RefundPolicy,
  ReturnOrderPolicy,
} from '../../nodes/d365/documents';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { LedgerError } from '../../nodes/returns/failure';
import { decideFailure } from '../../nodes/returns/failure-policy';
import { quantity } from '../../nodes/returns/quantity';
import type { World, WorldOrder } from '../../nodes/sandbox/world';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, line } from '../../test/support/events';
import type { SimulatedClock } from './simulated-clock';

export const ORDERS: ReturnOrderPolicy = { warehouse: 'RETQC', reasons: new Map(), orderPattern: null };
export const ARRIVALS: ArrivalPolicy = {
  when: 'return.accepted',
  rejectedGoods: 'quarantine',
  inspection: 'quarantine',
  warehouse: '',
  journalName: 'RETARR',
  mappings: null,
  dispositions: new Map([['resellable', { code: 'CREDIT', warehouse: 'MAIN', location: 'BULK' }]]),
  unannounced: null,
};
export const CREDITS: CreditNotePolicy = {
  mappings: null,
  reasons: new Map(),
  orderPattern: null,
  closedPeriod: 'defer',
  timeZone: 'UTC',
  toleranceMinor: 0,
  early: false,
};
export const REFUNDS: RefundPolicy = {
  mappings: null,
  methods: new Map([['CARD', 'CARD']]),
  route: 'journal',
  journalName: 'RETREFUND',
};
const EXCHANGES: ExchangePolicy = { mappings: null, warehouse: '', orderPattern: null };

/** A document of a return, in the words of the tables. */
export type Step = 'return order' | 'arrival' | 'credit note' | 'refund' | 'exchange order';

/** A return on its way, with what was posted for it so far. */
export interface Journey {
  order: WorldOrder;
  event: ReturnEvent;
  documents: PostedDocument[];
}

/** What a step needs. */
export interface Desk {
  connector: D365Connector;
  store: ReturnsStore;
  clock: SimulatedClock;
}

/** The return of everything that an order sold; `exchanged`: another item is wanted for its first line. */
export function journeyOf(world: World, order: WorldOrder, exchanged = false): Journey {
  const lines = order.lines.map((sold, at) =>
    line({
      id: sold.lineId,
      orderLineId: sold.lineId,
      sku: sold.sku,
      quantity: quantity(sold.quantity),
      platformDisposition: 'resellable',
      confirmedDisposition: 'resellable',
      ...(exchanged && at === 0 ? { outcome: 'exchange' as const } : {}),
    }),
  );
  const [sold] = order.lines;
  // Not always the same one, or its stock would run short.
  const others = world.items.filter(
    ({ sku, state }) => state === 'active' && !order.lines.some((one) => one.sku === sku),
  );
  const other = others[world.orders.indexOf(order) % others.length];
  if (exchanged && sold && other) {
    const id = `${sold.lineId}-x`;
    const wanted = { kind: 'exchange' as const, orderLineId: sold.lineId, sku: other.sku };
    lines.push(line({ id, ...wanted, quantity: quantity(sold.quantity) }));
  }
  const about = event({
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    occurredAt: '2026-02-20T09:00:00.000Z',
    lines,
  });
  return { order, event: about, documents: [] };
}

/** Posts a document of a return as its node does, once. Throws what the connector throws, and where it is parked. */
async function post(step: Step, journey: Journey, { connector, store }: Desk): Promise<void> {
  const { event: told, documents } = journey;
  const at = (topic: ReturnEvent['topic']): ReturnEvent => ({ ...told, id: `${told.id}/${topic}`, topic });
  switch (step) {
    case 'return order': {
      const done = await connector.createReturnOrder(told, ORDERS, store);
      if (done.outcome === 'exception') throw new Error(`Parked: ${done.problem.what}`);
      documents.push(done.document);
      return;
    }
    case 'arrival': {
      keep(await connector.receiveGoods(at('return.accepted'), documents, ARRIVALS, store));
      return;
    }
    case 'credit note': {
      keep(await connector.postCredit(at('return.accepted'), documents, CREDITS, store));
      return;
    }
    case 'refund': {
      const credits = documents.filter(({ kind }) => kind === 'credit-note');
      keep(await connector.bookRefund(at('return.accepted'), credits, REFUNDS, store));
      return;
    }
    case 'exchange order': {
      keep(await connector.createExchange(at('return.accepted'), documents, EXCHANGES, store));
      return;
    }
  }

  function keep({ made, problem }: Awaited<ReturnType<D365Connector['postCredit']>>): void {
    if (problem) throw new Error(`Parked: ${step}: ${problem.code}: ${problem.what}`);
    documents.push(...made);
  }
}

/**
 * Comes back for as long as it is asked to, as a delivery does that waits in the store: by the table of failures, with the
 * connection's own waits. Tells how often it waited.
 *
 * @param leave called before each wait, and to be waited for after it: its place is another one's meanwhile
 */
export async function postInTheEnd(
  step: Step,
  journey: Journey,
  desk: Desk,
  leave: () => () => Promise<void> = () => () => Promise.resolve(),
): Promise<number> {
  const { clock, connector } = desk;
  const since = clock.now;
  for (let waits = 0; ; waits += 1) {
    try {
      await post(step, journey, desk);
      return waits;
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown;
      const decision = decideFailure(thrown, waits, clock.now - since, clock.random(), connector.waitLimits);
      if (decision.action === 'park') throw thrown;
      const back = leave();
      await clock.wait(decision.waitMs);
      await back();
    }
  }
}

/** Does the work of each with so many at a time; who leaves gives the place to the next. */
export async function atATime<Entry>(
  places: number,
  list: readonly Entry[],
  work: (entry: Entry, leave: () => () => Promise<void>) => Promise<void>,
): Promise<void> {
  let free = places;
  const queue: (() => void)[] = [];
  const enter = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const out = (): void => {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  };
  const leave = (): (() => Promise<void>) => {
    out();
    return enter;
  };
  await Promise.all(
    list.map(async (entry) => {
      await enter();
      try {
        await work(entry, leave);
      } finally {
        out();
      }
    }),
  );
}
