import { checkSkus, skusOf } from '../../nodes/flow/check-skus';
import { ItemLookup } from '../../nodes/flow/item-lookup';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import { buildException, type ExceptionFacts } from '../../nodes/returns/exception';
import { asLedgerError } from '../../nodes/returns/failure';
import { decideFailure } from '../../nodes/returns/failure-policy';
import { verdictOn } from '../../nodes/returns/finding';
import { instantOf } from '../../nodes/returns/time';
import { erpFault } from '../../nodes/runtime/erp-fault';
import type { HttpSend } from '../../nodes/runtime/http';
import type { Simulator } from '../../nodes/sandbox/simulator';
import type { SeededRandom, World } from '../../nodes/sandbox/world';
import type { Delivery, ReturnsStore } from '../../nodes/store/store';
import type { Held } from './check';
import type { Bookkeeping } from './happy-returns-plan';
import type { SimulatedClock } from './simulated-clock';

/** The node that the deliveries belong to. */
export const SOURCE = 'simulated-source';
const ROUTER = 'simulated-router';
const UNDER_WAY = 50;
const LOOK_AGAIN_MS = 500;
const ITEMS_MAX_AGE_MS = 3_600_000;

/** An ERP on a simulated clock: its connector, and what its node does with an event. */
export interface SimulatedErp {
  books: Bookkeeping;
  connector: ErpConnector;
  /** Posts what the event asks for, if it does; a problem where a person has to decide. Throws what has to wait. */
  post(event: ReturnEvent): Promise<'posted' | 'passed-on' | Problem>;
  held(): Held[];
}

export interface SimulatedErpParts {
  world: World;
  seed: number;
  random: SeededRandom;
  clock: SimulatedClock;
  store: ReturnsStore;
  timeoutSeconds: number;
  /** Share of the writes whose answer is lost. */
  dropShare: number;
  /** Without what keeps a document from being posted twice, to prove that duplicates are seen. */
  careless: boolean;
  /** The simulator behind the pack's HTTP interface. */
  http: (simulator: Simulator) => HttpSend;
}

export interface SimulatedFlowParts {
  store: ReturnsStore;
  erp: SimulatedErp;
  clock: SimulatedClock;
}

/**
 * A flow without Node-RED: source, SKU check, document, exceptions, on a clock that jumps. Waits and decisions are those
 * of the pack.
 */
export class SimulatedFlow {
  private readonly underWay = new Set<Promise<void>>();
  private readonly items: ItemLookup;

  constructor(private readonly parts: SimulatedFlowParts) {
    const { erp, store, clock } = parts;
    const { signal } = new AbortController();
    this.items = new ItemLookup(erp.connector, store, ITEMS_MAX_AGE_MS, clock, signal);
  }

  /** Works until nothing is open and no more comes. */
  async run(moreComes: () => boolean): Promise<void> {
    const { store, clock } = this.parts;
    for (;;) {
      const limits = { each: UNDER_WAY, underWay: this.places() };
      for (const delivery of await store.takeDeliveries(SOURCE, limits, this.now())) this.begin(delivery);
      const { open, emitted, waiting } = await store.countDeliveries(SOURCE);
      if (open + emitted + waiting === 0 && !moreComes()) return;
      await clock.wait(LOOK_AGAIN_MS);
    }
  }

  private places(): Record<string, number> {
    return this.underWay.size === 0 ? {} : { 'acme-shoes': this.underWay.size };
  }

  private begin(delivery: Delivery): void {
    const work = this.carry(delivery);
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
  }

  private async carry(delivery: Delivery): Promise<void> {
    const { store, clock } = this.parts;
    const { connector } = this.parts.erp;
    try {
      const problem = (await this.skuProblem(delivery)) ?? (await this.post(delivery));
      if (problem) await this.park(delivery, problem);
      await store.settleDelivery(delivery.id, this.now());
    } catch (thrown) {
      const error = asLedgerError(thrown);
      const since = delivery.waits[0] ? Date.parse(delivery.waits[0].at) : clock.clock.now();
      const decision = decideFailure(
        error,
        delivery.waits.length,
        clock.clock.now() - since,
        clock.random(),
        connector.waitLimits,
      );
      if (decision.action === 'park') {
        await this.park(delivery, erpFault(error));
        await store.settleDelivery(delivery.id, this.now());
        return;
      }
      const { code, message } = error;
      const reason = { at: this.now(), by: ROUTER, code, class: error.class, what: message };
      const dueAt = new Date(clock.clock.now() + decision.waitMs).toISOString();
      const wait = { dueAt, waitsOn: connector.connectionId, reasons: [reason] };
      await store.postponeDelivery(delivery.id, wait, this.now());
    }
  }

  private async skuProblem({ event }: Delivery): Promise<Problem | null> {
    const answers = await this.items.find(skusOf(event));
    const items = new Map([...answers].map(([sku, { item }]) => [sku, item]));
    return verdictOn(checkSkus(event, items, new Map()));
  }

  private async post({ event }: Delivery): Promise<Problem | null> {
    const { erp, store } = this.parts;
    const result = await erp.post(event);
    if (result === 'posted') await store.closeExceptions(returnKey(event), result, [], this.now());
    return typeof result === 'string' ? null : result;
  }

  private async park({ event }: Delivery, problem: Problem): Promise<void> {
    const exception = buildException({
      ...problem,
      returnNumber: event.returnNumber ?? event.returnId,
      orderNumber: event.order.number,
      brand: event.brand,
      raisedBy: ROUTER,
      raisedAt: this.now(),
    });
    const message = JSON.stringify({ topic: event.topic, payload: event, documents: [] });
    await this.parts.store.parkException(
      { returnKey: returnKey(event), router: ROUTER, exception, message },
      this.now(),
    );
  }

  private now(): string {
    return instantOf(this.parts.clock.clock);
  }
}

export type Problem = Pick<ExceptionFacts, 'code' | 'what'> &
  Partial<Pick<ExceptionFacts, 'lines' | 'class' | 'detail'>>;
