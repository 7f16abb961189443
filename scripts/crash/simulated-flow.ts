import type { D365Connector } from '../../nodes/d365/connector';
import type { ReturnOrderOutcome, ReturnOrderPolicy } from '../../nodes/d365/return-order';
import { checkSkus, skusOf } from '../../nodes/flow/check-skus';
import { returnKey } from '../../nodes/returns/event';
import { buildException, type ExceptionFacts } from '../../nodes/returns/exception';
import { asLedgerError } from '../../nodes/returns/failure';
import { decideFailure } from '../../nodes/returns/failure-policy';
import { instantOf } from '../../nodes/returns/time';
import { erpFault } from '../../nodes/runtime/erp-fault';
import type { Delivery, ReturnsStore } from '../../nodes/store/store';
import type { SimulatedClock } from './simulated-clock';

/** The node that the deliveries belong to. */
export const SOURCE = 'simulated-source';
const ROUTER = 'simulated-router';
const UNDER_WAY = 50;
const LOOK_AGAIN_MS = 500;
const TRIES_AT_ONCE = 3;

export interface SimulatedFlowParts {
  store: ReturnsStore;
  connector: D365Connector;
  policy: ReturnOrderPolicy;
  clock: SimulatedClock;
}

/**
 * The example flow without Node-RED: source, SKU check, return order, exceptions, on a clock that jumps. Waits and
 * decisions are those of the pack.
 */
export class SimulatedFlow {
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly parts: SimulatedFlowParts) {}

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
    const { store, connector, clock } = this.parts;
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
    const items = await this.parts.connector.findItems(skusOf(event));
    const { code, what, lines } = checkSkus(event, items, new Map());
    return code === null ? null : { code, what, lines };
  }

  /** As the node does: a lost answer is looked up at once, what has to wait longer waits in the store. */
  private async post(delivery: Delivery): Promise<Problem | null> {
    const { connector, policy, store } = this.parts;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcome: ReturnOrderOutcome = await connector.createReturnOrder(delivery.event, policy, store);
        if (outcome.outcome === 'exception') return outcome.problem;
        await store.closeExceptions(returnKey(delivery.event), 'posted', [], this.now());
        return outcome.mismatch;
      } catch (thrown) {
        const error = asLedgerError(thrown);
        if (error.class !== 'ambiguous' || attempt >= TRIES_AT_ONCE || error.retryAfterMs !== undefined) {
          throw thrown;
        }
      }
    }
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

type Problem = Pick<ExceptionFacts, 'code' | 'what'> &
  Partial<Pick<ExceptionFacts, 'lines' | 'class' | 'detail'>>;
